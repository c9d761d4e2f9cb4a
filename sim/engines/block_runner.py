"""Blocks of runs in memory that each thread allocates once.

Allocating memory and counting in a thousand bins a day costs more than a hundred short runs.
A `BlockRunner` keeps the memory: an ensemble hands it block after block, and a sweep, which has
thousands of small ensembles of scenarios that differ in numbers only, one vector of inputs after
another.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.core.kernel.memory import (
    STEP_BYTES,
    memory_key,
    new_move_counts,
    new_worlds,
    write_constants,
)
from sim.core.kernel.simulate import (
    N_NOTED,
    Noted,
    RandomValues,
    Rows,
    Sums,
    simulate_block,
)
from sim.core.kernel.world import LANES, RunKey, Worlds
from sim.core.layout import Reals
from sim.core.stages import N_STAGES
from sim.engines.memory import MOST_IN_TWO_BYTES, Sizes, check_memory, sizes_of
from sim.results.quorum import in_force_days
from sim.results.records import N_BINS, Days, RunRecords
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.random import drawn_values

LARGEST_BLOCK = 1024
LARGEST_ROWS_BYTES = 16 * 2**20
MOST_DRAWN_KEPT = 32 * 2**20
"""Bytes of drawn inputs that are kept for the next ensemble of the same seed and runs."""


IDLE = deque[tuple[Arrays, Worlds]](maxlen=4)
"""Worlds that no thread works in, for the next ensemble of a scenario with the same layout.

To come by such memory takes as long as a few runs, and to write anew what is the same in all runs
of a scenario as long as one. A deque can be shared by threads.
"""

LINE_BYTES = 64
"""Of a line of the processor's cache."""

LARGEST_IDLE = 2 * STEP_BYTES


class Workspace(NamedTuple):
    """What one thread works in."""

    worlds: Worlds
    sums: Sums


Shape = tuple[int, ...]


def side_by_side(
    new: Callable[..., NDArray[np.uint8]], parts: Iterable[tuple[Shape, DTypeLike]]
) -> Iterator[NDArray[Any]]:
    """Yield arrays of these shapes and types that lie in one stretch of memory.

    The system hands out a large stretch in large pages, of which each costs time when it is first
    touched: of small ones, as much as a dozen runs.

    Parameters
    ----------
    new : callable
        What makes the stretch: `numpy.zeros` or `numpy.empty`.
    parts : iterable of shape and type
    """
    kinds = [(shape, np.dtype(kind)) for shape, kind in parts]
    lengths = [math.prod(shape) * kind.itemsize for shape, kind in kinds]
    begins = [0, *accumulate(length + -length % LINE_BYTES for length in lengths)]
    stretch = new(begins[-1], dtype=np.uint8)
    for (shape, kind), begin, length in zip(kinds, begins[:-1], lengths, strict=True):
        yield stretch[begin : begin + length].view(kind).reshape(shape)


def new_noted(n_most: int, sizes: Sizes) -> Noted:
    """Return memory for the notes of so many runs."""
    n_records = sizes.n_records
    return Noted(
        n_runs=np.zeros(1, dtype=np.int64),
        condition=np.empty((n_records, sizes.n_conditions, n_most + LANES), dtype=np.int16),
        n_changed=np.empty(n_most, dtype=np.int32),
        changed_on=np.empty((n_most, n_records), dtype=np.int32),
        level=np.empty((n_most, n_records, sizes.n_kinds + 2), dtype=np.int16),
    )


def new_workspace(arrays: Arrays, counts_stages: bool = False, n_noted: int = 0) -> Workspace:
    """Return the memory of one thread.

    Parameters
    ----------
    arrays : Arrays
    counts_stages : bool
        See `new_worlds`.
    n_noted : int
        As many runs are only noted, and no more can follow; 0 to count any number of runs.
    """
    sizes = sizes_of(arrays)
    n_records, n_nations, n_conditions, n_kinds, n_groups, _, _ = sizes
    n_counted = 0 if n_noted else n_records
    shapes: tuple[Shape, ...] = (
        (3, n_records, n_nations + 1),
        (n_kinds + 2, n_counted, N_BINS),
        (n_counted, n_conditions, N_BINS),
        (n_records, n_groups + 1),
        (n_records, n_kinds + 1),
    )
    size, level, condition, groups, kinds = side_by_side(
        np.zeros, ((shape, np.int32) for shape in shapes)
    )
    level_scale = np.full(n_kinds + 2, float(N_BINS))
    level_scale[:-1] /= arrays.force_top
    sums = Sums(
        size_change=size,
        level_change=level,
        condition=condition,
        noted=new_noted(n_noted or N_NOTED, sizes),
        level_scale=level_scale,
        success=np.zeros(n_records + 1, dtype=np.int64),
        quorum=np.zeros(n_records + 1, dtype=np.int64),
        groups_change=groups,
        kinds_change=kinds,
    )
    return Workspace(idle_worlds(arrays, counts_stages), sums)


def idle_worlds(arrays: Arrays, counts_stages: bool) -> Worlds:
    """Return worlds that another ensemble has left, with nothing counted, or else new ones."""
    structure, inputs = arrays.structure, arrays.inputs
    worlds = _left_by(lambda other: other.structure is structure)
    if worlds is not None and worlds.at.counts_stages == counts_stages:
        worlds.real[:, : arrays.vector.size] = arrays.vector
    else:
        key = memory_key(structure, inputs)
        worlds = worlds or _left_by(lambda other: memory_key(other.structure, other.inputs) == key)
        if worlds is None:
            return new_worlds(structure, inputs, counts_stages=counts_stages)
        write_constants(worlds, structure, inputs, counts_stages)
    moved, by_day = new_move_counts(structure, counts_stages)
    return worlds._replace(moved=moved, moved_by_day=by_day)


def _left_by(is_meant: Callable[[Arrays], bool]) -> Worlds | None:
    """Idle worlds of the first scenario that is meant, which are idle no more; None without any."""
    for _ in range(len(IDLE)):
        try:
            arrays, worlds = IDLE.popleft()
        except IndexError:  # another thread has taken the last of them
            return None
        if is_meant(arrays):
            return worlds
        IDLE.append((arrays, worlds))
    return None


def new_rows(n_runs: int, sizes: Sizes) -> Rows:
    """Return rows for some runs, to be filled; none where single runs are not kept."""
    n_records, n_nations, n_conditions, n_kinds, n_groups, has_capacity, _ = sizes
    days = np.int16 if max(n_records, n_nations, n_groups) < MOST_IN_TWO_BYTES else np.int32
    shapes: dict[str, tuple[Shape, DTypeLike]] = {
        "size": ((n_records,), days),
        "private_size": ((n_records,), days),
        "firm_size": ((n_records,), days),
        "stage": ((n_nations,), np.int8),
        "first_day": ((n_nations * N_STAGES,), days),
        "refusal_day": ((n_nations,), days),
        "exit_day": ((n_nations,), days),
        "pledge": ((n_nations * n_kinds,), np.float64),
        "force": ((n_kinds,), np.float64),
        "conditions": ((n_conditions,), np.float64),
        "success_day": ((), days),
        "quorum_day": ((), days),
        "groups_covered": ((n_records if n_groups else 0,), days),
        "kinds_covered": ((n_records if n_kinds else 0,), days),
        "capacity_public": ((n_records if has_capacity else 0,), np.float64),
    }
    parts = side_by_side(np.empty, (((n_runs, *of_run), kind) for of_run, kind in shapes.values()))
    return Rows(**dict(zip(shapes, parts, strict=True)))


def widened(rows: Rows) -> Rows:
    """Return rows in which days and numbers of nations are int32, to calculate with."""
    return Rows._make(part.astype(np.int32) if part.dtype == np.int16 else part for part in rows)


def as_records(rows: Rows, sizes: Sizes) -> RunRecords:
    """Return rows as records that share their memory."""
    n_runs = rows.success_day.size
    return RunRecords(
        size=rows.size,
        private_size=rows.private_size,
        firm_size=rows.firm_size,
        stage=rows.stage,
        first_day=rows.first_day.reshape(n_runs, sizes.n_nations, N_STAGES),
        refusal_day=rows.refusal_day,
        exit_day=rows.exit_day,
        pledge=rows.pledge.reshape(n_runs, sizes.n_nations, sizes.n_kinds),
        force=rows.force,
        conditions=rows.conditions,
        success_day=rows.success_day,
        quorum_day=rows.quorum_day if sizes.has_quorum else None,
        groups_covered=rows.groups_covered if sizes.n_groups else None,
        kinds_covered=rows.kinds_covered if sizes.n_kinds else None,
        capacity_public=rows.capacity_public if sizes.has_capacity else None,
    )


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
    in_force_day : ndarray of int32, shape (n_runs,), days
        Day on which the coalition's quorum takes force; -1 never, or after the last day.
    groups_covered, kinds_covered : ndarray of int32, shape (n_runs, n_days + 1)
        How many, at the end of each day; no columns where the scenario has none.
    capacity_public : ndarray of float64, shape (n_runs, n_days + 1)
        Share of all capacity that public nations have; no columns where there is none.
    n_groups, n_kinds : int
    first_day : ndarray of int32, shape (n_runs, n_nations * 7), days
        First day of each nation at each stage, -1 never; no columns unless they are asked for.
    """

    size: Days
    stage: Days
    force: Reals
    conditions: Reals
    success_day: Days
    in_force_day: Days
    groups_covered: Days
    kinds_covered: Days
    capacity_public: Reals
    n_groups: int
    n_kinds: int
    first_day: Days


class BlockRunner:
    """The memory of one thread for runs of scenarios of one structure; not to be shared.

    Parameters
    ----------
    arrays : Arrays
        Of any scenario that has the structure and the random inputs.
    drawn : DrawCache, optional
        Random inputs of blocks before, which several runners may share.
    counts_stages : bool
        Count runs by day, nation and stage, which only an ensemble reads.
    n_noted : int
        See `new_workspace`.
    n_to_come : int
        Threads for which there must be memory, this one included.
    counts : bool
        False if only blocks are read: nothing is counted by day.

    Attributes
    ----------
    workspace : Workspace
        Counts of all runs so far are in it.

    Raises
    ------
    MemoryError
        If there is too little memory.
    """

    def __init__(
        self,
        arrays: Arrays,
        drawn: DrawCache | None = None,
        counts_stages: bool = False,
        n_noted: int = 0,
        n_to_come: int = 1,
        counts: bool = True,
    ) -> None:
        self.arrays = arrays
        self.sizes = sizes_of(arrays)
        check_memory(self.sizes, n_to_come, counts_stages)
        self._drawn = drawn or DrawCache(arrays)
        a_run = 4 * (7 * self.sizes.n_records + self.sizes.n_nations * (1 + 2 * self.sizes.n_kinds))
        self._step = max(1, min(LARGEST_BLOCK, LARGEST_ROWS_BYTES // a_run))
        self._counts = counts
        self.workspace = new_workspace(arrays, counts_stages, n_noted if counts else self._step)

    def fits(self, arrays: Arrays) -> bool:
        """True if it can run a scenario: only numbers differ."""
        return arrays is self.arrays or same_structure(self.arrays, arrays)

    def fill(self, rows: Rows, seed: int, first_run: int, drawn: RandomValues) -> None:
        """Run the scenario of the vector that was set last, once for each set of drawn inputs.

        Parameters
        ----------
        rows : Rows
            Filled; without any rows only the counts are added to.
        seed, first_run : int
        drawn : RandomValues
            Random inputs of first_run, first_run + 1, ...
        """
        if not self._counts:  # what was noted is forgotten
            self.workspace.sums.noted.n_runs[0] = 0
        run_key = RunKey(np.uint64(seed), np.uint64(first_run))
        simulate_block(self.workspace.worlds, run_key, drawn, rows, self.workspace.sums)

    def leave_worlds(self) -> None:
        """Leave the worlds to the next ensemble of the structure; no runs can follow."""
        worlds = self.workspace.worlds
        if worlds.real.nbytes + worlds.whole.nbytes <= LARGEST_IDLE:
            nothing = worlds.moved[:0].copy(), worlds.moved_by_day[:0].copy()
            idle = worlds._replace(moved=nothing[0], moved_by_day=nothing[1])
            IDLE.append((self.arrays, idle))

    def blocks(  # noqa: PLR0913 (the last three are each for one study)
        self,
        vector: Reals,
        seed: int,
        first_run: int,
        n_runs: int,
        given: RandomValues | None = None,
        first_days: bool = False,
        only_end: bool = False,
    ) -> Iterator[RunBlock]:
        """Yield runs in their order, a few at a time.

        Parameters
        ----------
        vector : ndarray, shape (n_inputs,)
            The flat inputs, laid out as those of the arrays.
        seed, first_run, n_runs : int
            The runs first_run, first_run + 1, ... under the seed: the same bits as from
            `sim.run` of the scenario that the vector stands for.
        given : RandomValues, optional
            Inputs that each run has of its own, in place of those of the vector and of what the
            scenario draws. Each must be drawn in the scenario of the arrays, which for a date also
            means that the engines look for it anew in every run.
        first_days : bool
            Whether blocks have the first day of each nation at each stage.
        only_end : bool
            Whether blocks have sizes at the end alone, as of one day, which takes less time.

        Yields
        ------
        RunBlock
        """
        self.workspace.worlds.real[:, : vector.size] = vector
        for begin in range(first_run, first_run + n_runs, self._step):
            length = min(self._step, first_run + n_runs - begin)
            rows = self._rows_to_read(length, first_days)
            drawn = self._drawn.values(seed, begin, length)
            if given is not None:
                own = given.value[begin - first_run : begin - first_run + length]
                drawn = RandomValues(
                    np.concatenate([drawn.indices, given.indices]),
                    np.concatenate([drawn.value, own], axis=1),
                )
            self.fill(rows, seed, begin, drawn)
            if only_end:
                sizes = ("size", "private_size", "firm_size")
                rows = rows._replace(**{name: getattr(rows, name)[:, -1:] for name in sizes})
            yield self._block_of(rows)

    def points(
        self, vector: Reals, seed: int, first_run: int, n_runs: int, given: RandomValues
    ) -> Iterator[RunBlock]:
        """Yield the same runs of one point after another, some points at a time.

        As `blocks` does for each point, and in less time for points of few runs.

        Parameters
        ----------
        vector, seed, first_run, n_runs
            As for `blocks`.
        given : RandomValues
            Inputs of each point, shape (n_points, n_given), which all its runs have.

        Yields
        ------
        RunBlock
        """
        if n_runs > self._step:
            for row in given.value:
                own = RandomValues(given.indices, np.tile(row, (n_runs, 1)))
                yield from self.blocks(vector, seed, first_run, n_runs, own)
            return
        self.workspace.worlds.real[:, : vector.size] = vector
        drawn = self._drawn.values(seed, first_run, n_runs)
        n_drawn = drawn.indices.size
        value = np.empty((n_runs, n_drawn + given.indices.size))
        value[:, :n_drawn] = drawn.value
        both = RandomValues(np.concatenate([drawn.indices, given.indices]), value)
        n_together = self._step // n_runs
        for begin in range(0, len(given.value), n_together):
            of_points = given.value[begin : begin + n_together]
            rows = self._rows_to_read(len(of_points) * n_runs)
            for place, row in enumerate(of_points):
                value[:, n_drawn:] = row
                own_rows = slice(place * n_runs, (place + 1) * n_runs)
                self.fill(Rows._make([x[own_rows] for x in rows]), seed, first_run, both)
            yield self._block_of(rows)

    def _rows_to_read(self, n_runs: int, first_days: bool = False) -> Rows:
        """Rows of what blocks have; what has no width is not written."""
        rows = new_rows(n_runs, self.sizes)
        unread = ["refusal_day", "exit_day"] + ["first_day"] * (not first_days)
        return rows._replace(**{name: getattr(rows, name)[:, :0] for name in unread})

    def _block_of(self, rows: Rows) -> RunBlock:
        """Filled rows as a block."""
        rows = widened(rows)
        size = np.stack([rows.size, rows.private_size, rows.firm_size], axis=1, dtype=np.int32)
        lag, n_days = self.arrays.structure.quorums.lag, self.sizes.n_records - 1
        return RunBlock(
            size,
            rows.stage.astype(np.int32),
            rows.force,
            rows.conditions,
            rows.success_day,
            in_force_days(rows.quorum_day, lag, n_days),
            rows.groups_covered,
            rows.kinds_covered,
            rows.capacity_public,
            self.sizes.n_groups,
            self.sizes.n_kinds,
            rows.first_day,
        )


class DrawCache:
    """Random inputs of runs, kept for ensembles of the same seed and runs; threads may share it.

    Parameters
    ----------
    arrays : Arrays

    Attributes
    ----------
    inputs : RandomInputs
    """

    def __init__(self, arrays: Arrays) -> None:
        self.inputs = arrays.drawn
        self._kept: dict[tuple[int, int, int], RandomValues] = {}
        self._bytes = 0

    def values(self, seed: int, first_run: int, n_runs: int) -> RandomValues:
        """Places and values of the random inputs of some runs."""
        key = (seed, first_run, n_runs)
        found = self._kept.get(key)
        if found is not None:
            return found
        # Threads may add to what is kept meanwhile.
        for (of_seed, first, number), drawn in list(self._kept.items()):
            begin = first_run - first
            if of_seed == seed and 0 <= begin <= number - n_runs:
                return RandomValues(drawn.indices, drawn.value[begin : begin + n_runs])
        found = RandomValues(*drawn_values(self.inputs, seed, first_run, n_runs))
        if self._bytes + found.value.nbytes <= MOST_DRAWN_KEPT:
            self._kept[key] = found
            self._bytes += found.value.nbytes
        return found


def same_structure(arrays: Arrays, others: Arrays) -> bool:
    """Return True if the runner of one scenario can run the other: only numbers differ."""
    if arrays.has_capacity != others.has_capacity:  # then only one of them has rows of its share
        return False
    return arrays.drawn == others.drawn and _same(arrays.structure, others.structure)


def _same(one: object, other: object) -> bool:
    """Return True if two records of arrays are the same to the bit, NaNs included."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        same_kind = one.shape == other.shape and one.dtype == other.dtype
        return same_kind and one.tobytes() == other.tobytes()
    return bool(one == other)
