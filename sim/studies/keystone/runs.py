"""Runs with levers pulled: each run its own, all under the luck of its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues
from sim.core.layout import Integers, Reals
from sim.core.stages import DEPLOYED, LEFT, N_STAGES, PUBLIC, STAGES
from sim.engines.block_runner import BlockRunner, RunBlock
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.arrays.random import RandomInputs, drawn_values
from sim.scenario.arrays.slots import input_layout, slots_of
from sim.scenario.parts import MOST_NATIONS
from sim.studies.design.outcomes import Outcome
from sim.studies.keystone.levers import Levers

Bools = NDArray[np.bool_]

MOST_RUNS_AT_ONCE = 1024

LONGEST_GAP = 3
"""Runs in a row that are made along with those around them though nothing is changed in them: a
call takes longer than so many runs."""


class Runs(NamedTuple):
    """What came of some runs.

    Attributes
    ----------
    stage : ndarray of int, shape (n_runs, n_nations)
        At the end.
    success : ndarray of bool, shape (n_runs,)
        False where the scenario sets no thresholds.
    outcome : ndarray, shape (n_runs,)
        The outcome that is asked for; the public size at the end for `OTHERS`.
    """

    stage: Integers
    success: Bools
    outcome: Reals

    @property
    def public(self) -> Bools:
        """Which nations are public at the end, shape (n_runs, n_nations)."""
        return (self.stage >= PUBLIC) & (self.stage <= DEPLOYED)

    @property
    def size(self) -> Integers:
        """Public nations at the end, shape (n_runs,)."""
        return np.asarray(self.public.sum(axis=1))


class LeverRunner:
    """The memory of one thread for runs with levers; not to be shared.

    Parameters
    ----------
    levers : Levers
    outcome : Outcome or None
        None for the public size at the end.
    seed : int
    """

    def __init__(self, levers: Levers, outcome: Outcome | None, seed: int) -> None:
        self.levers, self.outcome, self.seed = levers, outcome, seed
        scenario = levers.scenario
        self.arrays = arrays_of(scenario)
        self.blocks = BlockRunner(self.arrays, counts=False)
        begins, slots = input_layout(scenario).begins, slots_of(scenario)
        added = iter(range(len(levers.base.events), len(scenario.events)))
        self.dates, self.shifts, self.quorums = list[int](), list[int](), dict[int, int]()
        for place, lever in enumerate(levers.found):
            event = lever.source if lever.kind == "meetings" else next(added)
            self.dates.append(begins["event_date"] + event)
            if lever.kind == "nations":
                own = len(scenario.nations[lever.nation].quorum) - 1
                self.quorums[place] = slots[f"nations.{lever.name}.quorum.{own}.public"]
            elif lever.kind == "conditions" and lever.source in levers.levels_by_number:
                self.shifts.append(begins["event"] + 2 * event)
        self.level_slots = [begins["level"] + number for number in levers.levels_by_number]
        self.indices = np.array([*self.dates, *self.shifts, *self.quorums.values()], dtype=np.int64)

    def drawn(self, slots: list[int], first_run: int, n_runs: int) -> Reals:
        """Inputs of some runs as the scenario has or draws them, shape (n_runs, n_slots)."""
        found = np.tile(self.arrays.vector[slots], (n_runs, 1))
        random = RandomInputs(each for each in self.arrays.drawn if each.slot in slots)
        if random:
            where, values = drawn_values(random, self.seed, first_run, n_runs)
            found[:, [slots.index(slot) for slot in where.tolist()]] = values
        return found

    def run(self, first_run: int, n_runs: int, inputs: Reals, first_days: bool) -> list[RunBlock]:
        """Blocks of some runs, whose levers stand as the inputs say."""
        given = RandomValues(self.indices, inputs)
        only_end = self.outcome is None  # any other may be of any day
        return list(
            self.blocks.blocks(
                self.arrays.vector, self.seed, first_run, n_runs, given, first_days, only_end
            )
        )


class Lucks:
    """Some lucks, each of which can be played with any levers.

    Parameters
    ----------
    runner : LeverRunner
    first_run, n_runs : int
    """

    def __init__(self, runner: LeverRunner, first_run: int, n_runs: int) -> None:
        self.runner, self.first_run, self.n_runs = runner, first_run, n_runs
        levers, last = runner.levers, runner.levers.base.days
        n_levers = len(levers.found)
        self._on = np.full((n_runs, n_levers), float(levers.day))
        self._off = np.full((n_runs, n_levers), last + 1.0)
        for place, lever in enumerate(levers.found):
            if lever.kind != "meetings":
                continue
            event = levers.base.events[lever.source]
            self._on[:, place] = last + 1.0
            self._off[:, place] = event.first_date
            if event.drawn_date is not None:
                slot = runner.dates[place]
                self._off[:, place] = runner.drawn([slot], first_run, n_runs)[:, 0]
        level = runner.drawn(runner.level_slots, first_run, n_runs)
        target = np.array(list(levers.levels_by_number.values()))
        self._shift = np.log(target / (1 - target)) - np.log(level / (1 - level))
        self._nobody = np.zeros((n_runs, n_levers), dtype=np.bool_)

    @cached_property
    def _base_blocks(self) -> list[RunBlock]:
        inputs = self._inputs(slice(None), self._nobody, self._nobody)
        return self.runner.run(self.first_run, self.n_runs, inputs, first_days=True)

    @cached_property
    def base(self) -> Runs:
        """The runs with no lever pulled."""
        return self._runs(self._base_blocks)

    @cached_property
    def open(self) -> Bools:
        """Where a lever changes anything, shape (n_runs, n_levers).

        A nation that has reached the stage before the day, or has left, stays as it is, and so does
        a meeting that was held before.
        """
        levers, found = self.runner.levers, np.ones_like(self._nobody)
        was_there = (self._first_day >= 0) & (self._first_day < levers.day)
        done = was_there[:, :, self._reached].any(axis=2) | was_there[:, :, LEFT]
        for place, lever in enumerate(levers.found):
            if lever.kind == "nations":
                found[:, place] = ~done[:, lever.nation]
            elif lever.kind == "meetings":
                held_on = self._off[:, place]
                found[:, place] = (held_on >= levers.day) & (held_on <= levers.base.days)
        return found

    @cached_property
    def reaches(self) -> Bools:
        """Where each nation of `Levers.held` reaches the stage in the base, a column each.

        In the other runs it makes no difference that it is kept from it.
        """
        levers = self.runner.levers
        nations = [levers.found[place].nation for place in levers.held]
        found = np.asarray((self._first_day[:, :, self._reached] >= 0).any(axis=2))
        return found[:, nations]

    @cached_property
    def _first_day(self) -> Integers:
        """First day of each nation in each stage in the base; -1 for never."""
        first_day = np.concatenate([block.first_day for block in self._base_blocks])
        return first_day.reshape(self.n_runs, -1, N_STAGES)

    @property
    def _reached(self) -> list[int]:
        return [STAGES.index(stage) for stage in self.runner.levers.reached]

    def play(self, pulled: Bools) -> Runs:
        """The runs with levers pulled.

        Parameters
        ----------
        pulled : ndarray of bool, shape (n_runs, n_levers) or (n_levers,)
        """
        inputs = self._inputs(slice(None), pulled & self.open, self._nobody)
        return self._runs(self.runner.run(self.first_run, self.n_runs, inputs, first_days=False))

    def each_pulled(self) -> list[Runs]:
        """The runs with each lever pulled by itself, in the order of the levers.

        A run in which a lever changes nothing is that of the base, and is not made again.
        """
        n_levers = self.open.shape[1]
        found = [Runs._make(part.copy() for part in self.base) for _ in range(n_levers)]
        for place, rows, made in self._one_by_one(range(n_levers), self.open, holds=False):
            for into, part in zip(found[place], made, strict=True):
                into[rows] = part
        return found

    def held(self, due: Bools) -> Runs:
        """Runs in which one nation of `Levers.held` each is kept from the stage throughout.

        Parameters
        ----------
        due : ndarray of bool, shape (n_runs, n_held)
            Which runs of which nations are made.

        Returns
        -------
        Runs
            Of the first run all that are due, then of the second, and so on.
        """
        order = np.cumsum(due).reshape(due.shape) - 1  # place of each among all that are due
        pieces = list(self._one_by_one(self.runner.levers.held, due, holds=True))
        places = np.concatenate([order[rows, which] for which, rows, _ in pieces])
        parts = (np.concatenate(each) for each in zip(*(made for *_, made in pieces), strict=True))
        return Runs._make(part[np.argsort(places)] for part in parts)

    def _one_by_one(
        self, places: Sequence[int], due: Bools, holds: bool
    ) -> Iterator[tuple[int, Integers, Runs]]:
        """Yield runs in which one lever is pulled, or its nation held: its column, and which runs.

        Parameters
        ----------
        places : sequence of int
            Of the levers.
        due : ndarray of bool, shape (n_runs, n_places)
            Which runs of each lever are made.
        holds : bool
        """
        # As runs of consecutive numbers are made together, these may have different levers: in
        # the first round each run has the first of those that are due in it, and so on.
        rounds = np.cumsum(due, axis=1)
        for number in range(1, int(rounds.max(initial=0)) + 1):
            is_due = due & (rounds == number)
            for rows in stretches(is_due.any(axis=1)):
                chosen = np.zeros((rows.stop - rows.start, self._nobody.shape[1]), dtype=np.bool_)
                chosen[:, places] = is_due[rows]
                nobody = np.zeros_like(chosen)
                inputs = self._inputs(rows, *((nobody, chosen) if holds else (chosen, nobody)))
                first_run = self.first_run + rows.start
                made = self._runs(self.runner.run(first_run, len(chosen), inputs, False))
                for which in np.flatnonzero(is_due[rows].any(axis=0)):
                    at = np.flatnonzero(is_due[rows, which])
                    yield int(which), rows.start + at, Runs._make(part[at] for part in made)

    def _inputs(self, rows: slice, pulled: Bools, held: Bools) -> Reals:
        """Inputs of some runs whose levers are pulled, or whose nations held, each by its place."""
        quorum_places = list(self.runner.quorums)
        bars = held[:, quorum_places]
        if self.runner.levers.stage == "left":  # who leaves does not come back
            bars = bars | pulled[:, quorum_places]
        dates = np.where(pulled, self._on[rows], self._off[rows])
        quorums = np.where(bars, float(MOST_NATIONS), 0.0)
        return np.ascontiguousarray(np.concatenate([dates, self._shift[rows], quorums], axis=1))

    def _runs(self, blocks: list[RunBlock]) -> Runs:
        stage = np.concatenate([block.stage for block in blocks])
        success = np.concatenate([block.success_day for block in blocks]) >= 0
        asked = self.runner.outcome
        if asked is not None:
            return Runs(stage, success, np.concatenate([asked.values(block) for block in blocks]))
        size = np.concatenate([block.size[:, 0, -1] for block in blocks])
        return Runs(stage, success, size.astype(np.float64))


def first_due(possible: Bools, share: float, least: int) -> Bools:
    """The first runs of each column that are possible: a share of them, and at least a few.

    Examples
    --------
    >>> first_due(np.array([[1, 1], [0, 1], [1, 0], [1, 0]], dtype=bool), 0.5, least=1).sum(axis=0)
    array([2, 1])
    """
    wanted = np.maximum(np.ceil(share * possible.sum(axis=0)), least)
    return np.asarray(possible & (np.cumsum(possible, axis=0) <= wanted))


def stretches(due: Bools) -> Iterator[slice]:
    """Stretches of runs that begin and end with one that is due, without a long gap in between.

    Examples
    --------
    >>> list(stretches(np.array([0, 1, 0, 1, 0, 0, 0, 0, 1], dtype=bool)))
    [slice(1, 4, None), slice(8, 9, None)]
    """
    places = np.flatnonzero(due)
    for part in np.split(places, np.flatnonzero(np.diff(places) > LONGEST_GAP + 1) + 1):
        if part.size:
            yield slice(int(part[0]), int(part[-1]) + 1)
