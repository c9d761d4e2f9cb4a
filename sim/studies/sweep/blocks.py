"""Blocks of the points of a study: their number and size, and running them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import cached_property
from itertools import islice
from threading import Event
from typing import Any, NamedTuple

import pyarrow as pa

from sim.engines.batch import Progress
from sim.engines.threads import OrderedThreads
from sim.store.parquet import parquet_bytes
from sim.studies.design.study import Point, Study
from sim.studies.sweep.points import PointRecord, PointRuns, Worker, failed, recorded
from sim.studies.sweep.shared_inputs import PointError, SharedInputsCache
from sim.studies.sweep.tables import (
    points_schema,
    points_table,
    runs_schema,
    runs_table,
)

NATION_DAYS_A_BLOCK = 2e8
"""About two seconds' work of one thread: the most that an interruption loses."""

MOST_POINTS_A_BLOCK = 4096
MOST_BLOCKS = 20_000
"""Longer sweeps have larger blocks, so that a folder does not fill with files."""

RUNS_EXPECTED = 4000
"""Assumed number of runs of a point that is run until it is precise."""

MOST_RUNS_AT_ONCE = 16_384
"""Runs of one point that a thread does at once; several threads share longer points."""

POINTS_AHEAD = 4
"""Points per worker that are in progress at the same time."""

NATION_DAYS_TOGETHER = 7e6
"""Some hundredths of a second's work of one thread: the smallest job."""

MOST_NUMBERS_AHEAD = 25_000_000
"""Outcomes of runs in memory at the same time: it limits the points in progress."""


class SweepPart(NamedTuple):
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
    """Number of points of a block. It depends on the study alone."""
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


def schemas_of(study: Study, block: int, code: str | None) -> list[pa.Schema]:
    """Schemas of the files of a block by some code: of its points, and of its runs if kept."""
    which = (study, block, points_of(study, block), code)
    schemas = [points_schema(*which)]
    return schemas if study.keep == "summary" else [*schemas, runs_schema(*which)]


def part_of(study: Study, block: int, records: list[PointRecord]) -> SweepPart:
    """The files of a block."""
    runs = parquet_bytes(runs_table(study, block, records)) if study.keep == "runs" else None
    n_failed = sum(record.problem is not None for record in records)
    points = parquet_bytes(points_table(study, block, records))
    return SweepPart(block, len(records), n_failed, points, runs)


def run_block(study: Study, shared: SharedInputsCache, block: int) -> SweepPart:
    """A block, run by this thread alone."""
    worker, points = Worker(study, shared), map(study.point, points_of(study, block))
    jobs = iter(lambda: list(islice(points, points_together(study, workers=1))), [])
    records = [record for job in jobs for record in worker.records(job)]
    return part_of(study, block, records)


class BlockWork:
    """Blocks of a study as the work of a cluster."""

    def __init__(self, study: Study) -> None:
        self.study, self.name = study, study.digest[:12]

    @cached_property
    def shared(self) -> SharedInputsCache:
        """The shared inputs, which each worker makes for itself."""
        return SharedInputsCache(self.study)

    def run(self, block: int) -> SweepPart:
        """A block."""
        return run_block(self.study, self.shared, block)

    def __getstate__(self) -> dict[str, Any]:
        return {"study": self.study, "name": self.name}


def run_blocks(
    study: Study, blocks: Iterable[int], workers: int, progress: Progress | None = None
) -> Generator[SweepPart]:
    """Blocks in their order; threads go on to the points of the next block meanwhile.

    Parameters
    ----------
    study : Study
    blocks : iterable of int
    workers : int
    progress : callable of (points done, points), optional

    Yields
    ------
    SweepPart
        The same bytes whatever the number of workers.
    """
    todo = list(blocks)
    done, of_all = 0, sum(len(points_of(study, block)) for block in todo)
    numbers = (number for block in todo for number in points_of(study, block))
    with closing(_records(study, numbers, workers)) as found:
        for block in todo:
            records = list[PointRecord]()
            for record in islice(found, len(points_of(study, block))):
                records.append(record)
                done += 1
                if progress is not None:
                    progress(done, of_all)
            yield part_of(study, block, records)


def _records(study: Study, numbers: Iterator[int], workers: int) -> Generator[PointRecord]:
    """Records of points in their order, while threads run the next ones."""
    shared, stop = SharedInputsCache(study), Event()
    memories = [Worker(study, shared, stop) for _ in range(workers)]
    threads = OrderedThreads(memories, stop)
    points = map(study.point, numbers)
    runs = study.effort.runs
    if study.effort.precision is not None or runs <= MOST_RUNS_AT_ONCE:
        n_together = points_together(study, workers)
        ahead = max(workers, points_ahead(study, workers) // n_together)
        jobs = iter(lambda: list(islice(points, n_together)), [])
        with closing(threads.results(Worker.records, jobs, ahead)) as found:
            for records in found:
                yield from records
        return
    # Points so long that several threads run parts of each.
    starts = range(0, runs, MOST_RUNS_AT_ONCE)
    jobs_of_parts = ((point, start) for point in points for start in starts)
    with closing(threads.results(_run_part, jobs_of_parts, POINTS_AHEAD * workers)) as found:
        while parts := list(islice(found, len(starts))):
            point = parts[0][0]
            wrong = next((part for _, part in parts if isinstance(part, str)), None)
            if wrong is not None:
                yield failed(study, point, wrong)
            else:
                done = [part for _, part in parts if isinstance(part, PointRuns)]
                yield recorded(study, point, study.base_outcomes, done)


def _run_part(worker: Worker, job: tuple[Point, int]) -> tuple[Point, PointRuns | str]:
    """Part of the runs of a point, or why it cannot be run."""
    point, start = job
    n_runs = min(MOST_RUNS_AT_ONCE, worker.study.effort.runs - start)
    try:
        return point, worker.runs(point, start, n_runs)
    except PointError as error:
        return point, str(error)


def points_ahead(study: Study, workers: int) -> int:
    """Number of points in progress at the same time."""
    fitting = MOST_NUMBERS_AHEAD // (study.effort.runs * len(study.outcomes))
    return max(workers, min(POINTS_AHEAD * workers, fitting))


def points_together(study: Study, workers: int) -> int:
    """Number of points in one job, so that short points have little overhead."""
    fair = study.n_points // (POINTS_AHEAD * workers)
    return max(1, min(fair, int(NATION_DAYS_TOGETHER / work_of(study))))
