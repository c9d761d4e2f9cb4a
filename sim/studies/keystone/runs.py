"""Runs with levers pulled: each run its own, all under the luck of its number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues
from sim.core.layout import Integers, Reals
from sim.core.stages import DEPLOYED, LEFT, N_STAGES, PUBLIC, STAGES
from sim.engines.block_runner import BlockRunner, RunBlock
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.arrays.random import drawn_values
from sim.scenario.arrays.slots import input_begins, slots_of
from sim.scenario.parts import MOST_NATIONS
from sim.studies.design.outcomes import Outcome
from sim.studies.keystone.levers import Levers

Bools = NDArray[np.bool_]

MOST_RUNS_AT_ONCE = 1024


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
        self.blocks = BlockRunner(self.arrays)
        begins, slots = input_begins(scenario), slots_of(scenario)
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
        random = tuple(each for each in self.arrays.drawn if each.slot in slots)
        if random:
            where, values = drawn_values(random, self.seed, first_run, n_runs)
            found[:, [slots.index(slot) for slot in where.tolist()]] = values
        return found

    def run(self, first_run: int, n_runs: int, inputs: Reals, first_days: bool) -> list[RunBlock]:
        """Blocks of some runs, whose levers stand as the inputs say."""
        given = RandomValues(self.indices, inputs)
        vector = self.arrays.vector
        return list(
            self.blocks.blocks(vector, self.seed, first_run, n_runs, given, first_days=first_days)
        )


class Lucks:
    """Some lucks, each of which can be played with any levers.

    Parameters
    ----------
    runner : LeverRunner
    first_run, n_runs : int

    Attributes
    ----------
    base : Runs
        With no lever pulled.
    open : ndarray of bool, shape (n_runs, n_levers)
        Where a lever changes anything: a nation that has reached the stage before the day, or has
        left, stays as it is, and so does a meeting that was held before.
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
        self.open = np.ones((n_runs, n_levers), dtype=np.bool_)
        blocks = self._blocks(np.zeros_like(self.open), None, first_days=True)
        self.base = self._runs(blocks)
        self._close(np.concatenate([block.first_day for block in blocks]))

    def play(self, pulled: Bools, held: int | None = None) -> Runs:
        """The runs with levers pulled.

        Parameters
        ----------
        pulled : ndarray of bool, shape (n_runs, n_levers) or (n_levers,)
        held : int, optional
            The lever of a nation that is kept from the stage, in all runs and at all times.
        """
        return self._runs(self._blocks(pulled & self.open, held, first_days=False))

    def _blocks(self, pulled: Bools, held: int | None, first_days: bool) -> list[RunBlock]:
        runner = self.runner
        quorums = np.zeros((self.n_runs, len(runner.quorums)))
        places = list(runner.quorums)
        if runner.levers.stage == "left":  # who leaves does not come back
            quorums[pulled[:, places]] = MOST_NATIONS
        if held is not None:
            quorums[:, places.index(held)] = MOST_NATIONS
        dates = np.where(pulled, self._on, self._off)
        inputs = np.ascontiguousarray(np.concatenate([dates, self._shift, quorums], axis=1))
        return runner.run(self.first_run, self.n_runs, inputs, first_days)

    def _runs(self, blocks: list[RunBlock]) -> Runs:
        stage = np.concatenate([block.stage for block in blocks])
        success = np.concatenate([block.success_day for block in blocks]) >= 0
        asked = self.runner.outcome
        if asked is not None:
            return Runs(stage, success, np.concatenate([asked.values(block) for block in blocks]))
        size = np.concatenate([block.size[:, 0, -1] for block in blocks])
        return Runs(stage, success, size.astype(np.float64))

    def _close(self, first_day: Integers) -> None:
        """Close the levers that change nothing."""
        levers = self.runner.levers
        first = first_day.reshape(self.n_runs, -1, N_STAGES)
        was_there = (first >= 0) & (first < levers.day)
        reached = [STAGES.index(stage) for stage in levers.reached]
        done = was_there[:, :, reached].any(axis=2) | was_there[:, :, LEFT]
        for place, lever in enumerate(levers.found):
            if lever.kind == "nations":
                self.open[:, place] = ~done[:, lever.nation]
            elif lever.kind == "meetings":
                held_on = self._off[:, place]
                self.open[:, place] = (held_on >= levers.day) & (held_on <= levers.base.days)
