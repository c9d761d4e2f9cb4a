"""The blocks that the points of a study are cut into: how many, and each from runs to bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import pyarrow as pa

from sim.store.parquet import parquet_bytes
from sim.studies.design.study import Point, Study
from sim.studies.sweep.points import Gathered, PointRecord, Worker, failed, recorded
from sim.studies.sweep.shared_inputs import PointError, SharedInputsCache
from sim.studies.sweep.tables import (
    points_schema,
    points_table,
    runs_schema,
    runs_table,
)

NATION_DAYS_A_BLOCK = 2e8
"""About two seconds' work of one thread: what a stop may lose, and what a cluster hands out."""

MOST_POINTS_A_BLOCK = 4096
MOST_BLOCKS = 20_000
"""Of longer sweeps the blocks are larger, so that a folder does not fill with files."""

RUNS_EXPECTED = 4000
"""Of a point that is run until it is precise."""

LONGEST_STINT = 16_384
"""Runs that a thread makes of one point before another may take over."""

POINTS_AHEAD = 4
"""Points a worker that are handed out before the first of them is back."""

NATION_DAYS_TOGETHER = 7e6
"""Some hundredths of a second's work of one thread: the least that is handed out at a time."""

MOST_NUMBERS_AHEAD = 25_000_000
"""Outcomes of runs that wait for their turn: of long points, fewer are handed out."""

Progress = Callable[[int, int], None]


class Part(NamedTuple):
    """A finished block.

    Attributes
    ----------
    block, n_points, n_failed : int
    points : bytes
        Parquet file of its points.
    runs : bytes or None
        Parquet file of the outcomes of single runs, where they are kept.
    """

    block: int
    n_points: int
    n_failed: int
    points: bytes
    runs: bytes | None


def points_a_block(study: Study) -> int:
    """Number of points of a block: fixed by the study, whoever runs it."""
    fair = max(1, min(MOST_POINTS_A_BLOCK, int(NATION_DAYS_A_BLOCK / work_of(study))))
    return max(fair, -(-study.n_points // MOST_BLOCKS))


def work_of(study: Study) -> int:
    """Nation-days of a point."""
    effort = study.effort
    runs = effort.runs if effort.precision is None else min(effort.runs, RUNS_EXPECTED)
    return len(study.scenario.nations) * study.scenario.days * runs


def n_blocks(study: Study) -> int:
    """Number of blocks of a study."""
    return -(-study.n_points // points_a_block(study))


def points_of(study: Study, block: int) -> range:
    """Numbers of the points of a block."""
    step = points_a_block(study)
    return range(block * step, min((block + 1) * step, study.n_points))


def schemas_of(study: Study, block: int) -> list[pa.Schema]:
    """What the files of a block begin with: that of its points, and that of its runs if kept."""
    points = points_of(study, block)
    schemas = [points_schema(study, block, points)]
    return schemas if study.keep == "summary" else [*schemas, runs_schema(study, block, points)]


def part_of(study: Study, block: int, records: list[PointRecord]) -> Part:
    """A block as it is stored."""
    runs = parquet_bytes(runs_table(study, block, records)) if study.keep == "runs" else None
    n_failed = sum(record.problem is not None for record in records)
    points = parquet_bytes(points_table(study, block, records))
    return Part(block, len(records), n_failed, points, runs)


def run_block(study: Study, frames: SharedInputsCache, block: int) -> Part:
    """A block, run by this thread alone."""
    worker = Worker(study, frames)
    records = [worker.record(study.point(number)) for number in points_of(study, block)]
    return part_of(study, block, records)


def run_blocks(
    study: Study, blocks: Iterable[int], workers: int, progress: Progress | None = None
) -> Generator[Part]:
    """Blocks in their order, their points run by threads that look ahead into the next block.

    Parameters
    ----------
    study : Study
    blocks : iterable of int
    workers : int
    progress : callable of (points done, points), optional

    Yields
    ------
    Part
        The same bytes whatever the number of workers.
    """
    with ThreadPoolExecutor(workers) as pool:
        crew = _Crew(study, pool, workers, progress)
        try:
            yield from crew.parts(list(blocks))
        except BaseException:
            crew.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def points_ahead(study: Study, workers: int) -> int:
    """Number of points that are handed out before the first of them is back."""
    effort = study.effort
    fitting = MOST_NUMBERS_AHEAD // (effort.runs * len(study.outcomes))
    is_cut = effort.precision is None and effort.runs > LONGEST_STINT
    return max(1 if is_cut else workers, min(POINTS_AHEAD * workers, fitting))


def points_together(study: Study, workers: int) -> int:
    """Number of points that a thread is handed at a time, so that short ones do not cost more."""
    fair = study.n_points // (POINTS_AHEAD * workers)
    return max(1, min(fair, int(NATION_DAYS_TOGETHER / work_of(study))))


class _Crew:
    """Threads at work on a study, each with memory of its own."""

    def __init__(
        self, study: Study, pool: ThreadPoolExecutor, workers: int, progress: Progress | None
    ) -> None:
        self.study, self.pool, self.progress = study, pool, progress
        self.frames, self.stop = SharedInputsCache(study), threading.Event()
        self.is_cut = study.effort.precision is None and study.effort.runs > LONGEST_STINT
        self.n_together = 1 if self.is_cut else points_together(study, workers)
        n_ahead = points_ahead(study, workers)
        self.ahead = n_ahead if self.is_cut else max(workers, n_ahead // self.n_together)
        self.own = threading.local()

    def parts(self, blocks: list[int]) -> Iterator[Part]:
        """Finished blocks."""
        done, of_all = 0, sum(len(points_of(self.study, block)) for block in blocks)
        found = self._records(number for block in blocks for number in points_of(self.study, block))
        for block in blocks:
            records = list[PointRecord]()
            for record in islice(found, len(points_of(self.study, block))):
                records.append(record)
                done += 1
                if self.progress is not None:
                    self.progress(done, of_all)
            yield part_of(self.study, block, records)

    def _records(self, numbers: Iterator[int]) -> Iterator[PointRecord]:
        """Records of points in their order, while the next ones are under way."""
        waiting = deque[Callable[[], list[PointRecord]]]()
        while True:
            while len(waiting) <= self.ahead:
                points = [self.study.point(number) for number in islice(numbers, self.n_together)]
                if not points:
                    break
                waiting.append(self._cut(points[0]) if self.is_cut else self._together(points))
            if not waiting:
                return
            yield from waiting.popleft()()

    def _together(self, points: list[Point]) -> Callable[[], list[PointRecord]]:
        """A few points under way on one thread."""

        def work() -> list[PointRecord]:
            worker = self._worker()
            return [worker.record(point) for point in points]

        return self.pool.submit(work).result

    def _cut(self, point: Point) -> Callable[[], list[PointRecord]]:
        """One long point under way on several threads."""
        runs = self.study.effort.runs
        stints = [
            self.pool.submit(self._stint, point, start, min(LONGEST_STINT, runs - start))
            for start in range(0, runs, LONGEST_STINT)
        ]

        def back() -> list[PointRecord]:
            try:
                gathered = [stint.result() for stint in stints]
            except PointError as error:
                return [failed(self.study, point, str(error))]
            return [recorded(self.study, point, self.study.asked, gathered)]

        return back

    def _stint(self, point: Point, first_run: int, n_runs: int) -> Gathered:
        return self._worker().runs(point, first_run, n_runs)

    def _worker(self) -> Worker:
        """The worker of this thread."""
        worker: Worker | None = getattr(self.own, "worker", None)
        if worker is None:
            worker = self.own.worker = Worker(self.study, self.frames, self.stop)
        return worker
