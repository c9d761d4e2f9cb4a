"""What the points of a study have in common, so that each is a vector of numbers and no more.

To check and lower a scenario takes as long as a hundred runs. Points that share their categories
mostly differ in numbers that are put into the flat inputs as they are: then a point is a copy of a
vector with a few numbers written over. Where that is not so, points are lowered one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from sim.core.layout import Integers, Reals
from sim.engines.block_runner import DrawCache
from sim.scenario.addresses import Keys, draw_keys, find_event, find_place
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.arrays.slots import slots_of
from sim.scenario.load import ScenarioError
from sim.scenario.paths import is_sure
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome, OutcomeError, asked_outcomes
from sim.studies.design.study import Point, Study
from sim.studies.design.values import scenario_with

MOST_SHARED = 64
"""Structures whose inputs are kept."""

MOST_REASONS = 3
"""Problems of a point that are told."""


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
        What is asked of each of its runs.
    drawn : DrawCache
    slots : tuple of ndarray of int64, or None for a number that is not varied
        Where each number of a point is put in the flat inputs, in the order of the study.
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
    """The shared inputs of a study, made when they are needed; threads may share it."""

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
            The point is none that can be run.
        """
        found = None if self._would_thrash else self._shared(point)
        return own_inputs(self.study, point) if found is None else found

    def _shared(self, point: Point) -> SharedInputs | None:
        """What a point shares with others, made by the first thread that asks for it."""
        key = self.study.categories(point)
        with self._making:
            if key not in self._found:
                while len(self._found) >= MOST_SHARED:
                    self._found.pop(next(iter(self._found)))
                self._found[key] = self._with_drawn(shared_inputs(self.study, point))
            return self._found[key]

    def _with_drawn(self, shared: SharedInputs | None) -> SharedInputs | None:
        """The same with the drawn inputs that others have drawn, if they are the same."""
        if shared is None:
            return None
        if self._drawn is None or self._drawn.inputs != shared.arrays.drawn:
            self._drawn = shared.drawn
        return replace(shared, drawn=self._drawn)


def _would_thrash(study: Study) -> bool:
    """True if every entry would be evicted before the design comes to another of its points."""
    together = study.design.kind == "grid" and study.varied[-1].is_number
    n_entries = prod(len(each.options) for each in study.varied if not each.is_number)
    return n_entries > MOST_SHARED and not together


def own_inputs(study: Study, point: Point) -> SharedInputs:
    """The inputs of one point alone.

    Raises
    ------
    PointError
        Its scenario is wrong, or does not have what is asked of it.
    """
    try:
        scenario = study.scenario_at(point)
    except ScenarioError as error:
        shown = [_reason(problem) for problem in error.problems[:MOST_REASONS]]
        more = len(error.problems) - len(shown)
        raise PointError("; ".join(shown) + (f" (and {more} more)" if more else "")) from None
    outcomes = outcomes_in(study, scenario)
    try:
        arrays = arrays_of(scenario)
    except ValueError as error:  # weights of ties that multiply to infinity
        raise PointError(str(error)) from None
    return SharedInputs(arrays, outcomes, DrawCache(arrays))


def _reason(problem: Any) -> str:
    return f"{problem.path}: {problem.message}" if problem.path else str(problem.message)


def outcomes_in(study: Study, scenario: Scenario) -> tuple[Outcome, ...]:
    """What is asked of a scenario of the study.

    Raises
    ------
    PointError
        It does not have that.
    """
    late = [day for day in study.days if day > scenario.days]
    if late:
        raise PointError(f"day {late[0]} is asked for, and the run ends on day {scenario.days}")
    try:
        return tuple(asked_outcomes(study.outcomes, scenario))
    except OutcomeError as error:
        raise PointError(str(error)) from None


def shared_inputs(study: Study, point: Point) -> SharedInputs | None:
    """The inputs of all points that share a point's categories; None if they have none in common.

    The scenarios with all numbers at their least and at their greatest are checked. A number is
    allowed between two that are. Capacities are the only numbers of the flat inputs with limits
    that hold for several together, from below by pledges and from above by their sum: what is
    right at both ends is right between. The exception is a condition that is relied on and
    presses, which is looked for.
    """
    numbers = [each.is_number for each in study.varied]
    if not any(numbers) or _may_clash(study):
        return None
    low, high = (_with_ends(study, point, [end] * len(numbers)) for end in (0, 1))
    try:
        scenario = study.scenario_at(low)
        study.scenario_at(high)
        arrays, outcomes = arrays_of(scenario), outcomes_in(study, scenario)
        places = _slots(study, low, scenario)
    except ValueError:  # some of the points cannot be run: they say why
        return None
    slots = list[Integers | None]()
    for each, (least, most), found in zip(study.varied, study.ends, places, strict=True):
        if not each.is_number or least.label == most.label:
            slots.append(None)
        elif not found or is_sure(each.path, most.label):
            return None
        else:
            slots.append(np.array(found, dtype=np.int64))
    return SharedInputs(arrays, outcomes, DrawCache(arrays), tuple(slots))


def _slots(study: Study, point: Point, scenario: Scenario) -> list[tuple[int, ...]]:
    """Where each varied path stands in the flat inputs of a point's scenario; else empty.

    Paths are those of the scenario before events are taken away, which moves the others up.
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
        place = find_place(before, path)
        keys: Keys = () if place is None else place.keys
        if keys[:1] == ("events",):
            number = int(keys[1])
            keys = ("events", number - sum(each < number for each in removed), *keys[2:])
        drawn = draw_keys(scenario, keys) if keys else ()
        found.append(tuple(slots[key] for key in drawn) if slots.keys() >= set(drawn) else ())
    return found


def _may_clash(study: Study) -> bool:
    """Whether a nation could come to rely on a condition that presses on it."""
    texts = " ".join(study.paths)
    return ".reliance" in texts and ".sensitivity" in texts


def _with_ends(study: Study, point: Point, which: Sequence[int]) -> Point:
    """A point with its numbers at one of their ends each, and its own categories."""
    options = tuple(
        study.ends[place][which[place]] if each.is_number else option
        for place, (each, option) in enumerate(zip(study.varied, point.options, strict=True))
    )
    return Point(point.number, options)
