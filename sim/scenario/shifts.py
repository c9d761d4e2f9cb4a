"""What numbers on the log-odds scale do to the conditions that they are typed for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from math import exp, log
from typing import NamedTuple

from sim.scenario.addresses import event_steps
from sim.scenario.distribution import Distribution
from sim.scenario.events import TEMPO
from sim.scenario.fields import Number
from sim.scenario.files.variants import path_of
from sim.scenario.joint_draws import JointNumber
from sim.scenario.schema import Scenario

SHIFTING = {"signal": "shift", "shock": "jump"}
"""Events that move a condition by a number of their own, and the field of it."""


class LevelShift(NamedTuple):
    """A shift on the log-odds scale, and where it takes a condition from its level.

    Attributes
    ----------
    path : str
        Address of the shift, as in ``events.shock.us_backing.0.jump``.
    condition : str
    shift : float, log-odds
    before, after : float
        The level, and the level shifted. Of a random number its median.
    is_random : bool
        True if the shift or the level is a random number.
    """

    path: str
    condition: str
    shift: float
    before: float
    after: float
    is_random: bool


def level_shifts(scenario: Scenario) -> Iterator[LevelShift]:
    """Yield what each signal and shock does to the level of its condition.

    A signal moves the target for as long as it lasts; a shock moves the condition once, from
    wherever it then is.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> [shift] = level_shifts(scenario_from_dict({
    ...     "days": 10, "nations": ["GBR"], "conditions": {"us_backing": {"level": 0.35}},
    ...     "events": [{"date": 5, "signal": "us_backing", "shift": 2}],
    ... }))
    >>> shift.path, round(shift.after, 2)
    ('events.signal.us_backing.0.shift', 0.8)
    """
    for event, steps in zip(scenario.events, event_steps(scenario), strict=True):
        field, condition = SHIFTING.get(event.kind), getattr(event, event.kind)
        if field is not None and condition != TEMPO:
            numbers = getattr(event, field), scenario.conditions[condition].level
            is_random = any(isinstance(each, Distribution) for each in numbers)
            shift, before = map(_typical, numbers)
            odds = log(before / (1.0 - before)) + shift
            # exp of a number below 0 cannot overflow.
            after = 1.0 / (1.0 + exp(-odds)) if odds >= 0.0 else exp(odds) / (1.0 + exp(odds))
            path = path_of(("events", *steps, field))
            yield LevelShift(path, condition, shift, before, after, is_random)


def _typical(number: Number) -> float:
    """A number, or the median of a random one."""
    if not isinstance(number, Distribution):
        return float(number)
    if isinstance(number, JointNumber):
        lines = sorted(zip(number.values, number.draws.weights, strict=True))
        reached = list(accumulate(weight for _, weight in lines))
        return lines[bisect_left(reached, 0.5 * reached[-1])][0]
    from sim.scenario.arrays.random import median  # heavy, and few numbers are random

    return float(median(number))
