"""Levels, intervals and outcomes of a tipping point as words, the same in texts and figures."""

from __future__ import annotations

from math import ceil, isfinite, isinf, log10

from sim.results.format import cut, day_text
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import find_outcomes, outcome_label
from sim.studies.tipping.levels import Levels
from sim.studies.tipping.result import Tipping
from sim.studies.tipping.thresholds import Quantile

LONGEST_LABEL = 48


def outcome_text(found: Tipping, outcome: str = "") -> str:
    """What people call an outcome, by default that of the tipping point."""
    name = outcome or found.outcome
    (asked,) = find_outcomes([name], found.scenario)
    return cut(outcome_label(found.scenario, asked), LONGEST_LABEL)


def path_text(levels: Levels, with_unit: bool = False) -> str:
    """What people call a path, with its unit if that is asked for."""
    unit = f" ({levels.unit})" if with_unit and levels.unit and not levels.is_date else ""
    return cut(f"{levels.label}{unit}", LONGEST_LABEL)


def level_text(
    level: float,
    levels: Levels,
    scenario: Scenario,
    digits: int | None = None,
    figures: int = 4,
) -> str:
    """A level as people write it: a date, or a number.

    Parameters
    ----------
    level : float
    levels : Levels
        Of its path.
    scenario : Scenario
        Whose calendar dates are of.
    digits : int, optional
        Digits behind the point; by default so many as make up its `figures`.
    figures : int
    """
    if levels.is_date:
        return day_text(scenario.start, round(level))
    if levels.is_whole and level == round(level):
        return f"{level:,.0f}"
    return f"{level:.{figures}g}" if digits is None else f"{level:z,.{digits}f}"


def interval_text(quantile: Quantile, levels: Levels, scenario: Scenario) -> str:
    """A level with its interval; a bound where it is beyond an end of the path.

    There are no bounds where the interval reaches beyond both ends of the path, or where there are
    too few runs for one.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> from sim.studies.tipping.levels import levels_from
    >>> scenario = load_scenario("paris_2025")
    >>> levels = levels_from(scenario, "commitment.requirement", (10, 60))
    >>> for numbers in ((30.1, 28.2, 31.4), (float("inf"), 58, float("inf"))):
    ...     print(interval_text(Quantile(0.5, *numbers), levels, scenario))
    30.1 (28.2 to 31.4)
    above 60 (at least 58)
    >>> unbounded = Quantile(0.1, 30.1, float("-inf"), float("inf"))
    >>> interval_text(unbounded, levels, scenario)
    '30.1 (no bounds)'
    """
    ends = [end for end in quantile[1:] if isfinite(end)]
    digits = None
    if len(ends) == 3 and quantile.high > quantile.low:  # two figures of half the interval
        digits = max(0, 1 + ceil(-log10((quantile.high - quantile.low) / 2)))

    def text(level: float) -> str:
        return level_text(level, levels, scenario, digits, 3)

    _, level, low, high = quantile
    if isinf(level):
        end = level_text(levels.high if level > 0 else levels.low, levels, scenario)
        over, under = ("after", "before") if levels.is_date else ("above", "below")
        found = f"{over} {end}" if level > 0 else f"{end} or {under}"
    else:
        found = text(level)
    if isfinite(low) and isfinite(high):
        return f"{found} ({text(low)} to {text(high)})"
    if low < high and isinf(low) and isinf(high):
        return f"{found} (no bounds)"
    if isfinite(low):
        return f"{found} (at least {text(low)})"
    return f"{found} (at most {text(high)})" if isfinite(high) else found
