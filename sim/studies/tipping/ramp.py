"""A ramp: the level is raised step by step and lowered again, within each run.

Where the coalition is gained on the way up and where it is lost on the way down differ for two
reasons: it lags behind any level that moves, and it may hold itself up. Slower ramps tell them
apart.
"""

from __future__ import annotations

from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues
from sim.engines.block_runner import BlockRunner, RunBlock
from sim.engines.memory import checked_arrays
from sim.results.records import SIZE_MEASURES
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.random import RandomInputs, drawn_values
from sim.scenario.events import LONGEST_RUN, TEMPO
from sim.scenario.files.variants import path_steps
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome
from sim.studies.tipping.bisection import NONE
from sim.studies.tipping.levels import AlongError, Levels

Integers = NDArray[np.int32]

MOST_STEPS = 100
"""Steps of a way, of equal length; fewer if it has fewer days."""

SPEEDS = (4, 2, 1)
"""Ramps of these many times the days of the fastest, the slowest first."""

SLOWEST = 4
"""Days of the slowest way, in lengths of the scenario, unless they are given."""


class Ramp(NamedTuple):
    """A ramp of a path up and down again.

    Attributes
    ----------
    lead : int, days
        Before it, at the low end: the length of the scenario, so that all its events are over.
    days : int
        Of the way up, and as many of the way down.
    n_steps : int
        Of each way. The first is on the first day of the way.
    """

    lead: int
    days: int
    n_steps: int

    @property
    def n_days(self) -> int:
        """Days of a run."""
        return self.lead + 2 * self.days

    def step_day(self, step: int) -> int:
        """The day of the n-th step of the way up, from 1; those of the way down follow."""
        return self.lead + 1 + (step - 1) * self.days // self.n_steps

    def step_ends(self) -> list[int]:
        """The last day of the lead and of each step up and down, 2 n_steps + 1 days."""
        return [*(self.step_day(step) - 1 for step in range(1, 2 * self.n_steps + 1)), self.n_days]

    def step_of(self, days: Integers) -> Integers:
        """The step, from 1, of days of the way up, counted from the first of these, 0."""
        # The day d is in step k if (k - 1) days // n_steps <= d.
        starts = [self.step_day(step) - self.lead - 1 for step in range(1, self.n_steps + 1)]
        return np.searchsorted(starts, days, side="right").astype(np.int32)


class Passages(NamedTuple):
    """When runs turn on the way up and turn back on the way down, and their size all along.

    Attributes
    ----------
    up, down : ndarray of int32, shape (n_runs,)
        The step of each; 0 if it has done so before the way begins, -1 if it does not.
    size : ndarray of int32, shape (n_runs, 2 n_steps + 1), nations
        At the end of the lead and of each step, up and down.
    """

    up: Integers
    down: Integers
    size: Integers


def ramps_of(scenario: Scenario, slowest: int | None) -> tuple[Ramp, ...]:
    """Ramps of three speeds, the slowest first.

    Parameters
    ----------
    scenario : Scenario
    slowest : int or None, days
        Of the slowest way up.

    Raises
    ------
    AlongError
        The runs would be too long, or too short to tell speeds apart.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> ramps = ramps_of(load_scenario("paris_2025"), None)
    >>> [(ramp.days, ramp.n_steps, ramp.n_days) for ramp in ramps]
    [(720, 100, 1620), (360, 100, 900), (180, 100, 540)]
    """
    days = SLOWEST * scenario.days if slowest is None else slowest
    if days < 2 * SPEEDS[0]:
        raise AlongError(f"{days} days must be at least {2 * SPEEDS[0]}", "ramp")
    if scenario.days + 2 * days > LONGEST_RUN:
        most = (LONGEST_RUN - scenario.days) // 2
        raise AlongError(f"{days:,} days must be at most {most:,}, up and as many down", "ramp")
    ways = [days * speed // SPEEDS[0] for speed in SPEEDS]
    n_steps = min(MOST_STEPS, ways[-1])
    return tuple(Ramp(scenario.days, way, n_steps) for way in ways)


def check_ramp(levels: Levels) -> None:
    """Refuse a path that no event can move.

    Raises
    ------
    AlongError
    """
    _step_event(levels, 0, levels.low, levels.high)


def ramp_scenario(scenario: Scenario, levels: Levels, ramp: Ramp) -> Scenario:
    """The scenario with a ramp after its last day.

    Its own events stay where they are; the path has its low end until the ramp begins.
    """
    way = levels.at(np.arange(ramp.n_steps + 1) / ramp.n_steps).tolist()
    course = [*way, *way[-2::-1]]
    events = [
        _step_event(levels, ramp.step_day(step), course[step - 1], course[step])
        for step in range(1, len(course))
    ]
    base = scenario.with_value(levels.path, levels.low)
    return scenario_from_dict({"base": base, "days": ramp.n_days, "add_events": events})


def _step_event(levels: Levels, date: int, before: float, after: float) -> dict[str, Any]:
    """The event by which a level becomes another."""
    match path_steps(levels.path):
        case ["conditions", condition, "level"]:
            shift = log(after / (1 - after)) - log(before / (1 - before))
            return {"date": date, "signal": condition, "shift": shift}
        case ["tempo"]:
            return {"date": date, "signal": TEMPO, "shift": log(after) - log(before)}
        case ["commitment", "requirement"]:
            return {"date": date, "requirement": after}
        case _:
            raise AlongError(
                f"{levels.path}: no event moves it within a run, and going back takes one; the "
                "level of a condition, tempo and commitment.requirement can be moved",
                "back",
            )


def bar_of(outcome: Outcome, scenario: Scenario) -> tuple[int, float]:
    """Which size an outcome is about, and what it must reach, as it can be lost again.

    Raises
    ------
    AlongError
        It cannot be lost, or is not about a size.
    """
    if outcome.quantity == "success":
        success = scenario.success
        if success is None or not success.public_size:
            raise AlongError(
                "success has no public_size here, and only a size is followed up and down; give "
                "one, such as size>=20",
                "outcome",
            )
        return 0, float(success.public_size)
    if outcome.bar is None or outcome.quantity not in SIZE_MEASURES or outcome.day is not None:
        sizes = " or ".join(f"{name}>=NUMBER" for name in SIZE_MEASURES)
        raise AlongError(f"{outcome.name}: up and down, it must be success, {sizes}", "outcome")
    return SIZE_MEASURES.index(outcome.quantity), outcome.bar


class RampRuns:
    """Runs of a scenario with a ramp.

    Parameters
    ----------
    scenario : Scenario
    levels : Levels
    ramp : Ramp
    """

    def __init__(self, scenario: Scenario, levels: Levels, ramp: Ramp) -> None:
        self.ramp, self.last_day = ramp, scenario.days
        self.arrays = checked_arrays(ramp_scenario(scenario, levels, ramp))

    def passages(
        self, seed: int, first_run: int, n_runs: int, bar: tuple[int, float], rises: bool
    ) -> Passages:
        """When some runs turn and turn back.

        Parameters
        ----------
        seed, first_run, n_runs : int
        bar : tuple of int and float
            Which size, and what it must reach.
        rises : bool
            Whether it is reached on the way up, or lost there.
        """
        # A runner that only notes takes little memory for thousands of days.
        runner = BlockRunner(self.arrays, n_noted=n_runs)
        given = late_dates(self.arrays, self.last_day, seed, first_run, n_runs)
        blocks = runner.blocks(self.arrays.vector, seed, first_run, n_runs, given)
        found = [passages_in(block, self.ramp, bar, rises) for block in blocks]
        return Passages(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def passages_in(block: RunBlock, ramp: Ramp, bar: tuple[int, float], rises: bool) -> Passages:
    """When the runs of a block turn and turn back."""
    measure, least = bar
    size = block.size[:, measure]
    has_turned = (size >= least) == rises
    top = ramp.lead + ramp.days
    ways = (has_turned[:, ramp.lead : top + 1], ~has_turned[:, top:])
    up, down = (_first_step(way, ramp) for way in ways)
    return Passages(up, down, size[:, ramp.step_ends()].astype(np.int32))


def _first_step(is_there: NDArray[np.bool_], ramp: Ramp) -> Integers:
    """The first step of a way on which something is so: 0 before the way, -1 never."""
    first = is_there.argmax(axis=1).astype(np.int32)
    steps = np.where(first == 0, 0, ramp.step_of(first - 1))
    return np.where(is_there.any(axis=1), steps, NONE).astype(np.int32)


def late_dates(
    arrays: Arrays, last_day: int, seed: int, first_run: int, n_runs: int
) -> RandomValues | None:
    """Dates that are drawn after a day, moved to after the last: such events do not happen.

    Runs are longer with a ramp, and an event whose date was drawn to be too late would happen.

    Returns
    -------
    RandomValues or None
        All drawn dates of some runs; None where none is drawn.
    """
    dates = RandomInputs(each for each in arrays.drawn if each.path.endswith(".date"))
    if not dates:
        return None
    slots, values = drawn_values(dates, seed, first_run, n_runs)
    after = float(arrays.structure.n_days + 1)
    return RandomValues(slots, np.where(values > last_day, after, values))
