"""The batch engine: blocks of runs through the compiled kernel, threads over blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues, Rows, Sums
from sim.core.kernel.world import LANES
from sim.core.stages import N_STAGES
from sim.engines.block_runner import LARGEST_BLOCK, BlockRunner, as_records, new_rows
from sim.engines.counts import binned_counts, counts_by_day, stage_counts
from sim.engines.memory import Sizes, sizes_of
from sim.engines.request import Request
from sim.engines.threads import OrderedThreads
from sim.results.records import Records, counts_stages
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.random import drawn_values

Progress = Callable[[int, int], None]

LARGEST_BLOCK_BYTES = 32 * 2**20
BLOCKS_PER_WORKER = 4
SHORT = 1_500_000
"""Nation-days: some hundredths of a second, of which nobody needs to know how far they are."""

MOST_NOTED = 256
"""Up to so many runs are noted, and counted when that is asked for.

Memory for counts by day and bin takes as long to come by as dozens of runs.
"""

COUNTED = tuple(name for name in Sums._fields if name not in {"noted", "level_scale"})
"""What the sums of several threads are added up in."""


def blocks(request: Request, sizes: Sizes) -> Iterator[range]:
    """Yield the runs of each block, as indices into the records."""
    row_bytes = 4 * (7 * sizes.n_records + sizes.n_nations * (N_STAGES + 3 + 2 * sizes.n_kinds))
    largest = min(LARGEST_BLOCK, max(1, LARGEST_BLOCK_BYTES // row_bytes))
    fair = -(-request.n_runs // request.workers)
    a_run = sizes.n_records * sizes.n_nations
    if fair * a_run > SHORT:  # else more blocks would cost more than fairer shares save
        fair = -(-fair // BLOCKS_PER_WORKER)
    if LANES * a_run <= SHORT:
        fair += -fair % LANES  # whole numbers of runs in step
    step = max(1, min(largest, fair))
    for begin in range(0, request.n_runs, step):
        yield range(begin, min(begin + step, request.n_runs))


class BatchRun:
    """An ensemble on the compiled kernel, under way; the same bits for any number of workers.

    Parameters
    ----------
    arrays : Arrays
    request : Request

    Raises
    ------
    MemoryError
        If there is too little for the counts by day.
    """

    def __init__(self, arrays: Arrays, request: Request) -> None:
        self.arrays, self.request, self.sizes = arrays, request, sizes_of(arrays)
        n_blocks = sum(1 for _ in blocks(request, self.sizes))
        n_workers = min(request.workers, n_blocks)
        self._by_stage = counts_stages(
            self.sizes.n_records - 1, self.sizes.n_nations, request.stage_counts
        )
        n_noted = request.n_runs if request.n_runs <= MOST_NOTED else 0
        self._runners = [
            BlockRunner(arrays, None, self._by_stage, n_noted, n_to_come)
            for n_to_come in range(n_workers, 0, -1)
        ]
        self._rows = new_rows(request.n_runs if request.keeps_runs else 0, self.sizes)
        a_run = self.sizes.n_records * self.sizes.n_nations
        is_short = n_blocks == 1 and request.n_runs * a_run <= SHORT
        # A thread takes as long as a few runs: so little is done by the one that asks for it, and
        # is lost as a whole if that one is interrupted.
        self._threads = None if is_short else OrderedThreads(self._runners)
        self._finished: list[int] = []
        self._records: Records | None = None

    def run(self, progress: Progress | None = None) -> None:
        """Run; after an interrupt, `records` has the runs that are done."""
        n_runs, done = self.request.n_runs, 0
        todo, runners = blocks(self.request, self.sizes), self._runners
        results: Iterator[int] = (self._run_block(runners[0], places) for places in todo)
        if self._threads is not None:
            results = self._threads.results(self._run_block, todo, ahead=len(runners))
        for n_more in results:
            done += n_more
            if progress is not None:
                progress(done, n_runs)

    @property
    def n_done(self) -> int:
        """Runs that are done, which are the first ones; no runs can follow."""
        if self._threads is not None:  # an interrupt may have come while it waited for a thread
            self._threads.close()
        return sum(self._finished)

    def records(self) -> Records:
        """Return the records of the runs that are done, which are the first ones.

        No runs can follow. The counts of all threads are added up on the first call; later calls
        return the same records.
        """
        if self._records is None:
            self._records = self._added_up()
        return self._records

    def _added_up(self) -> Records:
        """Records of the runs that are done; the counts of the first thread become the sums."""
        n_done = self.n_done
        done = Rows._make(part[:n_done] for part in self._rows)
        first, *others = [each.workspace for each in self._runners]
        worlds = first.worlds
        for runner in self._runners:
            runner.leave_worlds()
        for other in others:
            np.add(worlds.moved, other.worlds.moved, out=worlds.moved)
            np.add(worlds.moved_by_day, other.worlds.moved_by_day, out=worlds.moved_by_day)
            for name in COUNTED:
                total: NDArray[Any] = getattr(first.sums, name)
                total += getattr(other.sums, name)
        sums = first.sums
        return Records(
            runs=as_records(done, self.sizes) if self.request.keeps_runs else None,
            size_counts=partial(counts_by_day, sums.size_change, 1, 1),
            **stage_counts(worlds, self.sizes, self._by_stage),
            **binned_counts([each.workspace.sums for each in self._runners], self.sizes),
            force_top=self.arrays.force_top,
            success_counts=sums.success,
            quorum_counts=sums.quorum if self.sizes.has_quorum else None,
            groups_covered_counts=partial(counts_by_day, sums.groups_change)
            if self.sizes.n_groups
            else None,
            kinds_covered_counts=partial(counts_by_day, sums.kinds_change)
            if self.sizes.n_kinds
            else None,
        )

    def _run_block(self, runner: BlockRunner, places: range) -> int:
        seed, first_run = self.request.seed, self.request.first_run + places.start
        drawn = RandomValues(*drawn_values(self.arrays.drawn, seed, first_run, len(places)))
        rows = Rows._make(part[places.start : places.stop] for part in self._rows)
        runner.fill(rows, seed, first_run, drawn)
        self._finished.append(len(places))
        return len(places)
