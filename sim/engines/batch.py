"""The batch engine: blocks of runs through the compiled kernel, threads over blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import Drawn, Rows, Sums, simulate_block
from sim.core.kernel.world import Luck, World, new_world
from sim.core.stages import N_STAGES
from sim.engines.memory import Sizes, check_memory
from sim.results.records import N_BINS, Days, Records, RunRecords
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.random import drawn_values

Progress = Callable[[int, int], None]

LARGEST_BLOCK = 1024
LARGEST_BLOCK_BYTES = 32 * 2**20
BLOCKS_PER_WORKER = 4


class Request(NamedTuple):
    """Which runs are wanted, and what is kept of them."""

    seed: int
    first_run: int
    n_runs: int
    keeps_runs: bool
    workers: int


class Workspace(NamedTuple):
    """What one thread works in."""

    world: World
    sums: Sums


def sizes_of(arrays: Arrays) -> Sizes:
    """Return how long the axes of an ensemble are."""
    n_nations, n_kinds = arrays.structure.start_pledge.shape
    n_conditions = arrays.structure.condition_key.size
    return Sizes(arrays.structure.n_days + 1, n_nations, n_conditions, n_kinds)


def available_workers() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def new_workspace(arrays: Arrays) -> Workspace:
    """Return the memory of one thread."""
    n_records, n_nations, n_conditions, n_kinds = sizes_of(arrays)
    sums = Sums(
        size_change=np.zeros((3, n_records, n_nations + 1), dtype=np.int32),
        force_change=np.zeros((n_kinds + 1, n_records, N_BINS), dtype=np.int32),
        condition=np.zeros((n_records, n_conditions, N_BINS), dtype=np.int32),
        force_scale=N_BINS / arrays.force_top,
        success=np.zeros(n_records + 1, dtype=np.int64),
    )
    return Workspace(new_world(arrays.structure, arrays.inputs), sums)


def new_rows(n_runs: int, sizes: Sizes) -> Rows:
    """Return rows for the runs of a block; none where single runs are not kept."""
    n_records, n_nations, n_conditions, n_kinds = sizes

    def days(width: int) -> NDArray[np.int32]:
        return np.empty((n_runs, width), dtype=np.int32)

    return Rows(
        size=days(3 * n_records),
        stage=days(n_nations),
        first_day=days(n_nations * N_STAGES),
        refusal_day=days(n_nations),
        exit_day=days(n_nations),
        pledge=np.empty((n_runs, n_nations * n_kinds)),
        force=np.empty((n_runs, n_kinds)),
        conditions=np.empty((n_runs, n_conditions)),
        success_day=np.empty(n_runs, dtype=np.int32),
    )


def new_run_records(n_runs: int, sizes: Sizes) -> RunRecords:
    """Return records of single runs, to be filled block by block."""
    n_records, n_nations, n_conditions, n_kinds = sizes
    small = max(n_records, n_nations) < np.iinfo(np.int16).max
    by_day, by_nation = (n_runs, n_records), (n_runs, n_nations)

    def days(shape: tuple[int, ...]) -> Days:
        return np.empty(shape, dtype=np.int16) if small else np.empty(shape, dtype=np.int32)

    return RunRecords(
        size=days(by_day),
        private_size=days(by_day),
        firm_size=days(by_day),
        stage=np.empty(by_nation, dtype=np.int8),
        first_day=days((n_runs, n_nations, N_STAGES)),
        refusal_day=days(by_nation),
        exit_day=days(by_nation),
        pledge=np.empty((n_runs, n_nations, n_kinds)),
        force=np.empty((n_runs, n_kinds)),
        conditions=np.empty((n_runs, n_conditions)),
        success_day=days((n_runs,)),
    )


def copy_rows(rows: Rows, begin: int, out: RunRecords) -> None:
    """Copy a block's rows into the records of all runs."""
    n_runs = rows.success_day.size
    block = slice(begin, begin + n_runs)
    size = rows.size.reshape(n_runs, 3, -1)
    for measure, target in enumerate((out.size, out.private_size, out.firm_size)):
        target[block] = size[:, measure]
    out.first_day[block] = rows.first_day.reshape(n_runs, -1, N_STAGES)
    out.pledge[block] = rows.pledge.reshape(n_runs, *out.pledge.shape[1:])
    for name in ("stage", "refusal_day", "exit_day", "force", "conditions", "success_day"):
        getattr(out, name)[block] = getattr(rows, name)


def blocks(request: Request, sizes: Sizes) -> Iterator[tuple[int, int]]:
    """Yield (place of the first run, number of runs) of every block."""
    row_bytes = 4 * (3 * sizes.n_records + sizes.n_nations * (N_STAGES + 3 + 2 * sizes.n_kinds))
    largest = min(LARGEST_BLOCK, max(1, LARGEST_BLOCK_BYTES // row_bytes))
    fair = -(-request.n_runs // (request.workers * BLOCKS_PER_WORKER))
    step = max(1, min(largest, fair))
    for begin in range(0, request.n_runs, step):
        yield begin, min(step, request.n_runs - begin)


def summed(workspaces: list[Workspace], arrays: Arrays, runs: RunRecords | None) -> Records:
    """Return the records of an ensemble from what the threads counted."""
    n_records, n_nations, _, _ = sizes_of(arrays)

    def over_days(changes: list[NDArray[np.int32]], axis: int) -> NDArray[np.int64]:
        return np.cumsum(sum(each.astype(np.int64) for each in changes), axis=axis)

    sums = [each.sums for each in workspaces]
    moved = [each.world.moved.reshape(n_records, n_nations, N_STAGES) for each in workspaces]
    force = over_days([each.force_change for each in sums], axis=1)
    condition = sum(each.condition.astype(np.int64) for each in sums)
    return Records(
        runs=runs,
        size_counts=over_days([each.size_change for each in sums], axis=1),
        stage_counts=over_days(moved, axis=0),
        condition_counts=np.asarray(condition),
        force_counts=np.ascontiguousarray(force.transpose(1, 0, 2)),
        force_top=arrays.force_top,
        success_counts=np.asarray(sum(each.success for each in sums)),
    )


def simulate(arrays: Arrays, request: Request, progress: Progress | None = None) -> Records:
    """Run an ensemble on the compiled kernel.

    Parameters
    ----------
    arrays : Arrays
    request : Request
    progress : callable of (runs done, all runs), optional
        Called from this thread after each block.

    Returns
    -------
    Records
        The same bits for any number of workers and any blocks.

    Raises
    ------
    MemoryError
        If there is too little for the counts by day.
    """
    sizes = sizes_of(arrays)
    check_memory(sizes, request.workers)
    kept = new_run_records(request.n_runs, sizes) if request.keeps_runs else None
    todo = list(blocks(request, sizes))
    request = request._replace(workers=min(request.workers, len(todo)))
    workspaces = [new_workspace(arrays) for _ in range(request.workers)]
    free: SimpleQueue[Workspace] = SimpleQueue()
    for workspace in workspaces:
        free.put(workspace)

    def simulate_one(begin: int, n_runs: int) -> int:
        workspace = free.get()
        try:
            first_run = request.first_run + begin
            drawn = Drawn(*drawn_values(arrays.drawn, request.seed, first_run, n_runs))
            rows = new_rows(n_runs if kept is not None else 0, sizes)
            luck = Luck(np.uint64(request.seed), np.uint64(first_run))
            simulate_block(workspace.world, luck, drawn, rows, workspace.sums)
            if kept is not None:
                copy_rows(rows, begin, kept)
        finally:  # whoever waits for a workspace would wait for ever
            free.put(workspace)
        return n_runs

    work_through(simulate_one, todo, request, progress)
    return summed(workspaces, arrays, kept)


def work_through(
    task: Callable[[int, int], int],
    todo: list[tuple[int, int]],
    request: Request,
    progress: Progress | None,
) -> None:
    """Run all blocks on threads, few ahead of time, so that an interrupt stops soon."""
    done, running = 0, set[Future[int]]()
    with ThreadPoolExecutor(request.workers) as pool:
        try:
            for begin, n_runs in todo:
                running.add(pool.submit(task, begin, n_runs))
                if len(running) > request.workers:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    done += sum(future.result() for future in finished)
                    if progress is not None:
                        progress(done, request.n_runs)
            done += sum(future.result() for future in running)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if progress is not None:
        progress(done, request.n_runs)
