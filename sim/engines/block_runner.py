"""Runs of scenarios that differ in numbers only, on memory that a thread lays out once.

An ensemble lays out memory and counts in a thousand bins a day, which costs more than a hundred
short runs do. A sweep has thousands of small ensembles: a bench keeps the memory, takes another
vector of inputs for each of them, and hands out the rows of single runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import Drawn, Rows, simulate_block
from sim.core.kernel.world import Luck
from sim.core.layout import Reals
from sim.engines.batch import LARGEST_BLOCK, new_rows, new_workspace, sizes_of
from sim.engines.memory import check_memory
from sim.results.records import Days
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.random import drawn_values

LARGEST_ROWS_BYTES = 16 * 2**20
MOST_DRAWN_KEPT = 32 * 2**20
"""Bytes of drawn inputs that are kept for the next ensemble of the same luck."""


class RunBlock(NamedTuple):
    """A few runs of one scenario; axes run (run, day, nation or kind).

    Attributes
    ----------
    size : ndarray of int32, shape (n_runs, 3, n_days + 1), nations
        Public, private and firm size at the end of each day.
    stage : ndarray of int32, shape (n_runs, n_nations)
        Stage at the end of the run.
    force : ndarray of float64, shape (n_runs, n_kinds), force units
    conditions : ndarray of float64, shape (n_runs, n_conditions)
        Public force and conditions at the end of the run.
    success_day : ndarray of int32, shape (n_runs,), days
        -1 never.
    """

    size: Days
    stage: Days
    force: Reals
    conditions: Reals
    success_day: Days


class BlockRunner:
    """The memory of one thread for runs of scenarios of one structure; not to be shared.

    Parameters
    ----------
    arrays : Arrays
        Of any scenario that has the structure and the drawn inputs.
    drawn : DrawCache, optional
        Drawn inputs of blocks before, which benches may share.

    Raises
    ------
    MemoryError
        If there is too little memory.
    """

    def __init__(self, arrays: Arrays, drawn: DrawCache | None = None) -> None:
        self.arrays = arrays
        self.sizes = sizes_of(arrays)
        check_memory(self.sizes, workers=1)
        self._drawn = drawn or DrawCache(arrays)
        self._workspace = new_workspace(arrays)
        a_run = 4 * (3 * self.sizes.n_records + self.sizes.n_nations * (1 + 2 * self.sizes.n_kinds))
        self._step = max(1, min(LARGEST_BLOCK, LARGEST_ROWS_BYTES // a_run))

    def fits(self, arrays: Arrays) -> bool:
        """Whether it can run a scenario: all but numbers is the same."""
        return arrays is self.arrays or same_structure(self.arrays, arrays)

    def blocks(self, vector: Reals, seed: int, first_run: int, n_runs: int) -> Iterator[RunBlock]:
        """Yield runs in their order, a few at a time.

        Parameters
        ----------
        vector : ndarray, shape (n_inputs,)
            The flat inputs, laid out as those of the arrays.
        seed, first_run, n_runs : int
            The runs first_run, first_run + 1, ... under the seed: the same bits as from
            `sim.run` of the scenario that the vector stands for.

        Yields
        ------
        RunBlock
        """
        world = self._workspace.world
        world.real[: vector.size] = vector
        for begin in range(0, n_runs, self._step):
            length = min(self._step, n_runs - begin)
            rows = self._new_rows(length)
            drawn = self._drawn.values(seed, first_run + begin, length)
            luck = Luck(np.uint64(seed), np.uint64(first_run + begin))
            simulate_block(world, luck, drawn, rows, self._workspace.sums)
            yield RunBlock(
                rows.size.reshape(length, 3, -1),
                rows.stage,
                rows.force,
                rows.conditions,
                rows.success_day,
            )

    def _new_rows(self, n_runs: int) -> Rows:
        """Rows without first days, refusals and exits: those have no width to be filled."""
        none = np.empty((n_runs, 0), dtype=np.int32)
        rows = new_rows(n_runs, self.sizes._replace(n_nations=0))
        return rows._replace(
            stage=np.empty((n_runs, self.sizes.n_nations), dtype=np.int32),
            pledge=np.empty((n_runs, self.sizes.n_nations * self.sizes.n_kinds)),
            first_day=none,
            refusal_day=none,
            exit_day=none,
        )


class DrawCache:
    """Drawn inputs of runs, kept for ensembles that share their luck; threads may share it.

    Parameters
    ----------
    arrays : Arrays

    Attributes
    ----------
    inputs : tuple of RandomInput
    """

    def __init__(self, arrays: Arrays) -> None:
        self.inputs = arrays.drawn
        self._kept: dict[tuple[int, int, int], Drawn] = {}
        self._bytes = 0

    def values(self, seed: int, first_run: int, n_runs: int) -> Drawn:
        """Places and values of the drawn inputs of some runs."""
        key = (seed, first_run, n_runs)
        found = self._kept.get(key)
        if found is None:
            found = Drawn(*drawn_values(self.inputs, seed, first_run, n_runs))
            if self._bytes + found.value.nbytes <= MOST_DRAWN_KEPT:
                self._kept[key] = found
                self._bytes += found.value.nbytes
        return found


def same_structure(arrays: Arrays, others: Arrays) -> bool:
    """Return whether a bench of one scenario can run the other: all but numbers is the same."""
    return arrays.drawn == others.drawn and _same(arrays.structure, others.structure)


def _same(one: object, other: object) -> bool:
    """Return whether two records of arrays are the same to the bit, NaNs included."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _same_array(one, other)
    return bool(one == other)


def _same_array(one: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    same_kind = one.shape == other.shape and one.dtype == other.dtype
    return same_kind and one.tobytes() == other.tobytes()
