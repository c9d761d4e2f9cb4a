"""Options that select what figures show: which figures take each, and what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sim.plots.catalogue import (
    FIGURES,
    WRITTEN_BY,
    DrawingError,
    figures_of,
    parts_found,
    suit_sweep_analysis,
    suit_tipping,
    suits,
)
from sim.results.format import LONGEST_NAME, cut
from sim.scenario.files.suggestions import suggestion

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

OPTIONS = MappingProxyType(
    {
        "day": ("day", "days"),
        "window": ("window",),
        "top": ("top",),
        "outcome": ("outcome",),
        "across": ("across",),
        "by": ("by", "up"),
    }
)
"""Options by name, each with what the functions of figures call it."""


def figures_with(option: str) -> tuple[str, ...]:
    """Names of the figures that take an option.

    Examples
    --------
    >>> figures_with("window")
    ('influence',)
    """
    names = set(OPTIONS[option])
    return tuple(name for name, kind in FIGURES.items() if names & set(kind.options))


def choose_figures(
    result: Any, asked: Sequence[str], given: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Figures to draw of a result, by name, each with its arguments.

    Parameters
    ----------
    result : Ensemble, Comparison or Sweep
    asked : sequence of str
        Names of figures; by default all of the result, or those that suit a sweep.
    given : mapping of str
        Options that are given, as in `OPTIONS`; the days are texts, each a number or a date.

    Raises
    ------
    DrawingError
        A figure belongs to another kind of result, no figure takes an option, or the result does
        not have its value, or no figures.
    """
    of = type(result).__name__
    offered = figures_of(of)
    if not offered:
        raise DrawingError(f"there are no figures of `{WRITTEN_BY[of]}`")
    for name in asked:
        if name not in offered:
            raise DrawingError(
                f"--kind: {name} is not a figure of `{WRITTEN_BY[of]}`, whose figures are "
                f"{', '.join(offered)}"
            )
    kinds = tuple(dict.fromkeys(asked)) or offered
    if not asked:
        kinds = default_kinds(result) or kinds
    if of == "Ensemble" and len(given.get("day", ())) > 1:
        if "tile_map" in asked:
            raise DrawingError("--day: tile_map shows one day; tile_maps shows several")
        kinds = tuple(kind for kind in kinds if kind != "tile_map")
    none_does = f"none of {', '.join(kinds)} takes it"
    for some, taken in (
        (offered, f"no figure of `{WRITTEN_BY[of]}` takes it"),
        (kinds, none_does if len(kinds) > 1 else f"{kinds[0]} does not take it"),
    ):
        for option in given:
            takers = figures_with(option)
            if not set(takers) & set(some):
                raise DrawingError(f"--{option}: {taken}; it is for {', '.join(takers)}")
    arguments = _arguments(result, given)
    return {
        kind: {name: arguments[name] for name in FIGURES[kind].options if name in arguments}
        for kind in kinds
    }


def default_kinds(result: Any) -> tuple[str, ...]:
    """Figures of a result that has some of its kind only; none where all are drawn."""
    of = type(result).__name__
    if of == "Sweep":
        return suits(result) or ("outcome_lines",)  # which says why
    if of == "Tipping":
        return suit_tipping(result)
    if of == "SweepAnalysis":
        return suit_sweep_analysis(result)
    return parts_found(result) if of == "Keystone" else ()


def _arguments(result: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of figures by name, from options whose values the result has."""
    arguments = {name: value for option, value in given.items() for name in OPTIONS[option]}
    is_sweep = type(result).__name__ == "Sweep"
    if "day" in given:
        scenario = result.study.scenario if is_sweep else result.scenario
        days = [day_of(scenario, text) for text in given["day"]]
        arguments |= {"day": days[0], "days": days}
    for option in ("outcome", "across", "by"):
        asked = given.get(option)
        if asked is None:
            continue
        known = result.outcomes if option == "outcome" else result.paths
        if asked not in known:
            shown, of = cut(asked, LONGEST_NAME), "sweep" if is_sweep else "analysis"
            raise DrawingError(f"--{option}: the {of} has no {shown!r}{suggestion(asked, known)}")
    if not is_sweep:
        return arguments
    if "across" in given and given["across"] == given.get("by"):
        path = given["across"]
        others = ", ".join(other for other in result.paths if other != path)
        rest = f": {others}" if others else ", of which this sweep varies none"
        raise DrawingError(
            f"--by: {path!r} is given as --across already; choose another path{rest}"
        )
    texts = given.get("day", ())
    if len(texts) > 1:
        raise DrawingError("--day: a figure of a sweep shows one day; give it once")
    kept = (*result.study.days, result.study.scenario.days)
    if texts and arguments["day"] not in kept:
        there_are = ", ".join(map(str, kept))
        raise DrawingError(f"--day: {texts[0]!r} was not kept; there are {there_are}")
    return arguments


def day_of(scenario: Scenario, text: str) -> int:
    """The day of a run that a number or a date stands for.

    Raises
    ------
    DrawingError
    """
    start, last = scenario.start, scenario.days
    allowed = f"a day from 0 to {last}"
    if start is not None:
        allowed += f" or a date from {start} to {start + timedelta(last)}"
    try:
        if start is not None and "-" in text[1:]:
            day = (date.fromisoformat(text) - start).days
        else:
            day = int(text)
    except ValueError:
        day = -1
    if not 0 <= day <= last:
        raise DrawingError(f"--day: {text!r} must be {allowed}")
    return day
