"""Ranges of numbers for which none is given, by kind of number, in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sim.scenario.distribution import Distribution
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario

DATE_DAYS, SHARE, FACTOR, PART, WHOLE_PART = 30, 0.2, 2.0, 0.5, 0.2
"""How far a range reaches to either side: days, a share of 1, a factor, parts of the number."""

INSIDE = 0.01
"""Distance from an end that a range does not hold, as a condition is never 0 or 1."""


class Rule(NamedTuple):
    """The default range of a kind of number.

    Attributes
    ----------
    kind, range : str
        What it is for, and what it is.
    applies : callable of (scenario, parameter) -> bool
    written : callable of (scenario, parameter) -> dict or None
        As a study file has it; None for what the scenario draws, which keeps its distribution.
    """

    kind: str
    range: str
    applies: Callable[[Scenario, Parameter], bool]
    written: Callable[[Scenario, Parameter], dict[str, Any] | None]


def _is_date(_: Scenario, parameter: Parameter) -> bool:
    return parameter.path.startswith("events.") and parameter.path.endswith(".date")


def _number(parameter: Parameter) -> float:
    assert isinstance(parameter.value, int | float)
    return parameter.value


def _whole_range(low: float, high: float) -> dict[str, Any]:
    return {"range": [round(low), round(high)]}


def _date_range(scenario: Scenario, parameter: Parameter) -> dict[str, Any]:
    day = _number(parameter)
    return _whole_range(max(1, day - DATE_DAYS), min(scenario.days, day + DATE_DAYS))


def _count_range(_: Scenario, parameter: Parameter) -> dict[str, Any]:
    count, bounds = _number(parameter), parameter.bounds
    reach = max(1, round(WHOLE_PART * count))
    return _whole_range(max(bounds.low, count - reach), min(bounds.high, count + reach))


def _share_range(_: Scenario, parameter: Parameter) -> dict[str, Any]:
    share, bounds = _number(parameter), parameter.bounds
    least, most = INSIDE * bounds.open_low, 1.0 - INSIDE * bounds.open_high
    ends = max(min(least, share), share - SHARE), min(max(most, share), share + SHARE)
    return {"range": [round(end, 12) for end in ends]}


def _factor_range(_: Scenario, parameter: Parameter) -> dict[str, Any]:
    number = _number(parameter)
    return {
        "range": [
            max(number / FACTOR, parameter.bounds.low),
            min(number * FACTOR, parameter.bounds.high),
        ],
        "spacing": "log",
    }


def _part_range(_: Scenario, parameter: Parameter) -> dict[str, Any]:
    number, bounds = _number(parameter), parameter.bounds
    reach = PART * abs(number)
    return {"range": [max(bounds.low, number - reach), min(bounds.high, number + reach)]}


RULES = (
    Rule(
        "a number or date that the scenario draws",
        "as the scenario draws it",
        lambda _, parameter: isinstance(parameter.value, Distribution),
        lambda *_: None,
    ),
    Rule(
        "the date of an event after day 0",
        f"{DATE_DAYS} days sooner to {DATE_DAYS} days later, within the run",
        _is_date,
        _date_range,
    ),
    Rule(
        "another whole number",
        f"{WHOLE_PART:.0%} less to {WHOLE_PART:.0%} more".replace("%", " %"),
        lambda _, parameter: parameter.bounds.is_whole,
        _count_range,
    ),
    Rule(
        "a rate or speed, by day",
        "half to double, even in its logarithm",
        lambda _, parameter: "per day" in parameter.unit,
        _factor_range,
    ),
    Rule(
        "a share, or another number from 0 to 1",
        f"{SHARE} less to {SHARE} more, within 0 and 1",
        lambda _, parameter: parameter.bounds.low == 0 and parameter.bounds.high == 1,
        _share_range,
    ),
    Rule(
        "another number that cannot be below 0",
        "half to double, even in its logarithm",
        lambda _, parameter: parameter.bounds.low >= 0,
        _factor_range,
    ),
    Rule(
        "a coefficient, or another number that may be below 0",
        "half of it less to half of it more",
        lambda *_: True,
        _part_range,
    ),
)
"""The first that applies is the range of a number. What is 0 or not set has none: 0 turns off what
it is a number of. Neither has a date up to day 0: that has happened."""


def rule_of(scenario: Scenario, parameter: Parameter) -> Rule | None:
    """The rule for the range of a number; None for one that has no range of its own.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("paris_2025")
    >>> parameter = scenario.parameter("conditions.us_backing.level")
    >>> rule = rule_of(scenario, parameter)
    >>> rule.kind, rule.written(scenario, parameter)
    ('a share, or another number from 0 to 1', {'range': [0.15, 0.55]})
    """
    value = parameter.value
    if value is None or value == 0:
        return None
    is_fixed_date = _is_date(scenario, parameter) and not isinstance(value, Distribution)
    if is_fixed_date and not 1 <= _number(parameter) <= scenario.days:
        return None
    return next(rule for rule in RULES if rule.applies(scenario, parameter))
