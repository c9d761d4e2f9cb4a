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
from numpy.typing import NDArray

from sim.core.layout import Integers, Reals
from sim.engines.block_runner import DrawCache, same_structure
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.load import ScenarioError
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome, OutcomeError, asked_outcomes
from sim.studies.design.study import Point, Study
from sim.studies.design.varied import Option

MOST_FRAMES = 64
"""Frames that are kept."""

MOST_REASONS = 3
"""Problems of a point that are told."""


class PointError(ValueError):
    """A point cannot be run; the message says why."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Scenarios of one structure.

    Attributes
    ----------
    arrays : Arrays
        Of one of the scenarios.
    outcomes : tuple of Outcome
        What is asked of each of its runs.
    drawn : DrawCache
    spots : tuple of ndarray of int64, or None for a number that is not varied
        Where each number of a point is put in the flat inputs, in the order of the study.
    """

    arrays: Arrays
    outcomes: tuple[Outcome, ...]
    drawn: DrawCache
    spots: tuple[Integers | None, ...] = ()

    def vector(self, point: Point) -> Reals:
        """The flat inputs of a point."""
        vector = self.arrays.vector.copy()
        for spots, option in zip(self.spots, point.options, strict=False):
            if spots is not None:
                vector[spots] = option.label
        return vector


class Frames:
    """The frames of a study, made when they are needed; threads may share it."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._found: dict[tuple[Any, ...], Frame | None] = {}
        self._drawn: DrawCache | None = None
        self._making = threading.Lock()
        self._come_back_too_late = _come_back_too_late(study)

    def of(self, point: Point) -> Frame:
        """The frame of a point.

        Raises
        ------
        PointError
            The point is none that can be run.
        """
        found = None if self._come_back_too_late else self._shared(point)
        return own_frame(self.study, point) if found is None else found

    def _shared(self, point: Point) -> Frame | None:
        """The frame that a point shares with others, made by the first thread that asks for it."""
        key = self.study.categories(point)
        with self._making:
            if key not in self._found:
                while len(self._found) >= MOST_FRAMES:
                    self._found.pop(next(iter(self._found)))
                self._found[key] = self._with_drawn(shared_frame(self.study, point))
            return self._found[key]

    def _with_drawn(self, frame: Frame | None) -> Frame | None:
        """The frame with the drawn inputs that other frames have drawn, if they are the same."""
        if frame is None:
            return None
        if self._drawn is None or self._drawn.inputs != frame.arrays.drawn:
            self._drawn = frame.drawn
        return replace(frame, drawn=self._drawn)


def _come_back_too_late(study: Study) -> bool:
    """Whether each frame is forgotten before the design comes to another of its points."""
    together = study.design.kind == "grid" and study.varied[-1].is_number
    n_frames = prod(len(each.options) for each in study.varied if not each.is_number)
    return n_frames > MOST_FRAMES and not together


def own_frame(study: Study, point: Point) -> Frame:
    """The frame of one point alone.

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
    return Frame(arrays, outcomes, DrawCache(arrays))


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


def shared_frame(study: Study, point: Point) -> Frame | None:
    """The frame of all points that share a point's categories; None if they have none in common.

    The scenarios with all numbers at their least and at their greatest are made in full. A number
    is allowed between two that are. Capacities are the only numbers of the flat inputs with limits
    that hold for several together, from below by pledges and from above by their sum: what is
    right at both ends is right between. The exception is a condition that is relied on and
    presses, which is looked for. Where each number lies in the flat inputs is found by changing it
    alone.
    """
    numbers = [each.is_number for each in study.varied]
    if not any(numbers) or _may_clash(study):
        return None
    low = _with_ends(study, point, [0] * len(numbers))
    try:
        start = study.scenario_at(low)
        first = arrays_of(start)
        spots = tuple(
            _spots_of(study, low, place, first) if is_number else None
            for place, is_number in enumerate(numbers)
        )
        high = _with_ends(study, point, [1] * len(numbers))
        last = arrays_of(study.scenario_at(high))
        outcomes = outcomes_in(study, start)
    except (ValueError, _NotSharedError):  # some of the points cannot be run: they say why
        return None
    frame = Frame(first, outcomes, DrawCache(first), spots)
    is_right = same_structure(first, last) and _are_same(frame.vector(high), last.vector)
    return frame if is_right else None


class _NotSharedError(Exception):
    """A number is more than a number in the flat inputs."""


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


def _spots_of(study: Study, low: Point, place: int, first: Arrays) -> Integers:
    """Where one number lies in the flat inputs: everything else stays as it is, to the bit."""
    least, most = study.ends[place]
    if least.label == most.label:
        return np.empty(0, dtype=np.int64)
    options = (*low.options[:place], most, *low.options[place + 1 :])
    changed = arrays_of(study.scenario_at(Point(low.number, options)))
    if not same_structure(first, changed):
        raise _NotSharedError
    spots = np.flatnonzero(_bits(first.vector) != _bits(changed.vector))
    before, after = first.vector[spots], changed.vector[spots]
    if not (spots.size and _are(before, least) and _are(after, most)):
        raise _NotSharedError
    return spots


def _are(numbers: Reals, option: Option) -> bool:
    """Whether numbers of the flat inputs are those of the study to the bit."""
    return _are_same(numbers, np.full_like(numbers, option.label))


def _bits(vector: Reals) -> NDArray[np.int64]:
    return vector.view(np.int64)


def _are_same(one: Reals, other: Reals) -> bool:
    return bool((_bits(one) == _bits(other)).all())
