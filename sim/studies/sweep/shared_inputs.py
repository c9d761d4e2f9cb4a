"""Inputs that points of a study share, so that a point is no more than a vector of numbers.

Checking a scenario and turning it into arrays takes as long as a hundred runs. Points with the same
categories mostly differ in numbers that the flat inputs hold as they are. Then a point is a copy of
a vector with a few numbers replaced. Other points are checked and turned into arrays one by one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from sim.core.layout import Integers, Reals
from sim.engines.block_runner import DrawCache
from sim.engines.memory import checked_arrays
from sim.scenario.addresses import Keys, draw_keys, find_event, find_place
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.slots import slots_of
from sim.scenario.load import ScenarioError
from sim.scenario.paths import is_sure
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome, OutcomeError, outcomes_at
from sim.studies.design.study import Point, Study
from sim.studies.design.values import scenario_with

MOST_SHARED = 64
"""Combinations of categories whose inputs are cached."""

MOST_REASONS = 3
"""Problems of a point that its message lists."""


class PointError(ValueError):
    """A point cannot be run; the message says why."""


@dataclass(frozen=True, eq=False)
class SharedInputs:
    """Scenarios of one structure.

    Attributes
    ----------
    arrays : Arrays
        Of one of the scenarios.
    outcomes : tuple of Outcome
        Outcomes of the study as these scenarios have them.
    drawn : DrawCache
    slots : tuple of ndarray of int64, or None for what is not a varied number
        Indices in the flat inputs of each value of a point, in the order of the study.
    """

    arrays: Arrays
    outcomes: tuple[Outcome, ...]
    drawn: DrawCache
    slots: tuple[Integers | None, ...] = ()

    def vector(self, point: Point) -> Reals:
        """The flat inputs of a point."""
        vector = self.arrays.vector.copy()
        for slots, option in zip(self.slots, point.options, strict=False):
            if slots is not None:
                vector[slots] = option.label
        return vector


class SharedInputsCache:
    """The shared inputs of a study, computed when they are needed. Threads may share the cache."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._found: dict[tuple[Any, ...], SharedInputs | None] = {}
        self._drawn: DrawCache | None = None
        self._making = threading.Lock()
        self._would_thrash = _would_thrash(study)

    def of(self, point: Point) -> SharedInputs:
        """The inputs of a point, and of those that share them.

        Raises
        ------
        PointError
            The point cannot be run.
        """
        found = None if self._would_thrash else self.shared(point)
        return own_inputs(self.study, point) if found is None else found

    def shared(self, point: Point) -> SharedInputs | None:
        """The inputs that a point shares with others; None if there are none."""
        key = self.study.categories(point)
        with self._making:
            if key not in self._found:
                while len(self._found) >= MOST_SHARED:
                    self._found.pop(next(iter(self._found)))
                shared = shared_inputs(self.study, point)
                if shared is not None:
                    if self._drawn is None or self._drawn.inputs != shared.arrays.drawn:
                        self._drawn = shared.drawn
                    shared = replace(shared, drawn=self._drawn)  # equal draws are made once
                self._found[key] = shared
            return self._found[key]


def _would_thrash(study: Study) -> bool:
    """True if every cached entry would be evicted before it is used again."""
    together = study.design.kind == "grid" and study.varied[-1].is_number
    n_entries = prod(len(each.options) for each in study.varied if not each.is_number)
    return n_entries > MOST_SHARED and not together


def own_inputs(study: Study, point: Point) -> SharedInputs:
    """The inputs of one point alone.

    Raises
    ------
    PointError
        Its scenario is wrong, or ends before a day of the study.
    """
    try:
        scenario = study.scenario_at(point)
    except ScenarioError as error:
        reasons = [
            f"{problem.path}: {problem.message}" if problem.path else problem.message
            for problem in error.problems[:MOST_REASONS]
        ]
        more = len(error.problems) - len(reasons)
        raise PointError("; ".join(reasons) + (f" (and {more} more)" if more else "")) from None
    outcomes = outcomes_in(study, scenario)
    try:
        arrays = checked_arrays(scenario)
    except ValueError as error:  # weights of ties that multiply to infinity
        raise PointError(str(error)) from None
    return SharedInputs(arrays, outcomes, DrawCache(arrays))


def outcomes_in(study: Study, scenario: Scenario) -> tuple[Outcome, ...]:
    """The outcomes of the study as one of its scenarios has them.

    Raises
    ------
    PointError
        It ends before a day that the study asks for.
    """
    late = [day for day in study.days if day > scenario.days]
    if late:
        raise PointError(f"day {late[0]} is asked for, and the run ends on day {scenario.days}")
    try:
        return tuple(outcomes_at(study.base_outcomes, scenario))
    except OutcomeError as error:
        raise PointError(str(error)) from None


def shared_inputs(study: Study, point: Point) -> SharedInputs | None:
    """The inputs of all points that share a point's categories; None if they share none.

    Two scenarios are checked: with all numbers at their smallest, and with all at their largest. A
    number between two allowed ones is allowed. Capacities are the only numbers of the flat inputs
    with joint limits: pledges bound them from below, and their sum is bounded from above. So
    scenarios between two correct ones are correct. The one exception is a nation that comes to
    rely on a condition that presses on it; studies that could bring it about share nothing.
    """
    numbers = [each.is_number for each in study.varied]
    texts = " ".join(study.paths)
    may_clash = ".reliance" in texts and ".sensitivity" in texts
    if not any(numbers) or may_clash:
        return None
    low, high = (
        Point(
            point.number,
            tuple(
                ends[which] if is_number else option
                for is_number, option, ends in zip(numbers, point.options, study.ends, strict=True)
            ),
        )
        for which in (0, 1)
    )
    try:
        scenario, largest = study.scenario_at(low), study.scenario_at(high)
        if any(event.first_date > scenario.days for event in study.base_of(low).events):
            return None  # events that are left out change what numbers of events mean
        arrays, outcomes = checked_arrays(scenario), outcomes_in(study, scenario)
        if outcomes != outcomes_in(study, largest):
            return None  # without any capacity there is no share of it that is public
        found_slots = _slots(study, low, scenario)
    except ValueError:  # some points cannot be run; each gets its own reason
        return None
    slots = list[Integers | None]()
    for each, (least, most), found in zip(study.varied, study.ends, found_slots, strict=True):
        if not each.is_number or least.label == most.label:
            slots.append(None)
        elif not found or is_sure(each.path, most.label):
            return None
        else:
            slots.append(np.array(found, dtype=np.int64))
    return SharedInputs(arrays, outcomes, DrawCache(arrays), tuple(slots))


def _slots(study: Study, point: Point, scenario: Scenario) -> list[tuple[int, ...]]:
    """Indices in the flat inputs of the scenario of a point, for each varied path.

    Paths refer to the scenario before anything is removed. A removed event moves later ones up,
    which changes what their draws hang on; what hangs on the ids of nations stays.
    """
    changes = study.changes_at(point)
    kept = {path: value for path, value in changes.items() if value is not None}
    removed, before = list[int](), scenario
    if len(kept) < len(changes):
        before = scenario_with(study.base_of(point), kept)
        events = (find_event(before, path) for path in changes.keys() - kept.keys())
        removed = [event for event in events if event is not None]
    slots, found = slots_of(scenario), list[tuple[int, ...]]()
    for path in study.paths:
        field = find_place(before, path)
        keys: Keys = () if field is None else field.keys
        owner = before
        if keys[:1] == ("events",):
            number = int(keys[1])
            keys = ("events", number - sum(each < number for each in removed), *keys[2:])
            owner = scenario
        drawn = draw_keys(owner, keys) if keys else ()
        found.append(tuple(slots[key] for key in drawn) if slots.keys() >= set(drawn) else ())
    return found
