"""Kinds of figures by the kind of result, and what each of them takes from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sim.cli.terminal.failures import WrongInput
from sim.results.format import LONGEST_NAME, cut
from sim.scenario.files.suggestions import suggestion

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario
    from sim.studies.compare.comparison import Comparison
    from sim.studies.sweep.result import Sweep

SHOWS = {
    "fan_chart": "public and private size by day",
    "outcomes": "final size and the chance of success",
    "nations_by_day": "who is public by when",
    "stage_chart": "nations at each stage by day",
    "force_chart": "force by kind against the requirement",
    "conditions_chart": "conditions by day",
    "tile_map": "a map of who is public on a day",
    "tile_maps": "small maps of several days",
    "joining_order": "each nation's rank in the order of joining",
    "influence": "who goes public soon after whom",
}
"""Kinds of figures of an ensemble and what they show, without importing any."""

SHOWS_COMPARED = {
    "difference_fan": "difference in public size by day",
    "nation_changes": "chance of being public and days until then, by nation",
}
"""The same of a comparison."""

SHOWS_SWEPT = {
    "condition_map": "heat map over two conditions, and where success is even",
    "outcome_multiples": "such maps for each value of a third",
    "outcome_lines": "an outcome along one condition, with its interval",
    "size_strip": "the distribution of size along one condition",
    "outcome_scatter": "an outcome against each input, of lhs or sobol",
}
"""The same of a sweep."""

SHOWS_OF = {
    "willing.result": SHOWS,
    "willing.comparison": SHOWS_COMPARED,
    "willing.sweep": SHOWS_SWEPT,
}
"""Kinds of figures by the kind of result, as in its provenance; all that the gallery has."""

WRITERS = {
    "willing.result": "willing run",
    "willing.comparison": "willing compare",
    "willing.sweep": "willing sweep",
}

KINDS_HELP = "\n\n".join(
    f"\b\nOf what `{WRITERS[kind]}` wrote:\n"
    + "\n".join(f"  {name:<17} {text}" for name, text in shows.items())
    for kind, shows in SHOWS_OF.items()
)


class Stored(NamedTuple):
    """A result and its kind, as in its provenance."""

    kind: str
    result: Ensemble | Comparison | Sweep


KINDS_WITH = {
    "days": ("--day", ("tile_map", "tile_maps", "size_strip")),
    "window": ("--window", ("influence",)),
    "outcome": (
        "--outcome",
        ("condition_map", "outcome_multiples", "outcome_lines", "outcome_scatter"),
    ),
    "across": ("--across", ("condition_map", "outcome_lines", "size_strip", "outcome_scatter")),
    "by": ("--by", ("condition_map", "outcome_multiples", "outcome_lines")),
}
"""Kinds of figures that an option of some is for; every kind takes the others."""


def asked_kinds(stored: Stored, options: dict[str, Any]) -> tuple[str, ...]:
    """Kinds to draw, each once; by default all, or of a sweep those that suit it.

    Raises
    ------
    WrongInput
        A kind is of another kind of result, or an option is for none of those to draw.
    """
    offered, writer = SHOWS_OF[stored.kind], WRITERS[stored.kind]
    for kind in options["kinds"]:
        if kind not in offered:
            raise WrongInput(
                f"--kind: {kind} is not drawn of what `{writer}` wrote; there are "
                f"{', '.join(offered)}"
            )
    _check_offered(stored, options)
    asked = tuple(dict.fromkeys(options["kinds"]))
    if stored.kind == "willing.result":
        kinds = _with_days(asked or tuple(offered), options)
    else:
        kinds = asked or _suited(stored, tuple(offered))
    _check_taken(kinds, options)
    return kinds


def _given(options: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Options of some kinds of figures that are given, and the kinds that they are for."""
    for name, (option, owners) in KINDS_WITH.items():
        if options[name] not in (None, ()):
            yield option, owners


def _check_offered(stored: Stored, options: dict[str, Any]) -> None:
    """Refuse an option that no figure of this kind of result takes.

    Raises
    ------
    WrongInput
    """
    for option, owners in _given(options):
        if not set(owners) & set(SHOWS_OF[stored.kind]):
            writer = WRITERS[stored.kind]
            raise WrongInput(
                f"{option}: no figure of what `{writer}` wrote takes it; it is for "
                f"{', '.join(owners)}"
            )


def _check_taken(kinds: tuple[str, ...], options: dict[str, Any]) -> None:
    """Refuse an option that none of the figures to draw takes.

    Raises
    ------
    WrongInput
    """
    for option, owners in _given(options):
        if not set(owners) & set(kinds):
            drawn = f"{kinds[0]} does not take it"
            if len(kinds) > 1:
                drawn = f"none of {', '.join(kinds)} takes it"
            raise WrongInput(f"{option}: {drawn}; it is for {', '.join(owners)}")


def _suited(stored: Stored, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Of a sweep, kinds that are worth drawing; where none is, the first says why."""
    if stored.kind != "willing.sweep":
        return offered
    from sim.plots.swept.choice import suits

    return suits(cast("Sweep", stored.result)) or ("outcome_lines",)


def undrawn_options(drawn: Iterable[str], options: dict[str, Any]) -> list[str]:
    """Options that none of the figures that were drawn takes.

    Parameters
    ----------
    drawn : iterable of str
        Kinds of figures.
    options : mapping of name to value
        Of the command line.
    """
    there = set(drawn)
    return [option for option, owners in _given(options) if not there & set(owners)]


def _with_days(kinds: tuple[str, ...], options: dict[str, Any]) -> tuple[str, ...]:
    """Kinds of an ensemble's figures, without the map of one day where several are asked for."""
    if len(options["days"]) < 2:
        return kinds
    if "tile_map" in options["kinds"]:
        raise WrongInput("--day: tile_map shows one day; tile_maps shows several")
    return tuple(kind for kind in kinds if kind != "tile_map")


def options_by_kind(stored: Stored, options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What single kinds of figures are to be drawn with.

    Raises
    ------
    WrongInput
    """
    if stored.kind == "willing.sweep":
        return _of_sweep(cast("Sweep", stored.result), options)
    if stored.kind != "willing.result":
        return {}
    ensemble = cast("Ensemble", stored.result)
    days = [_day(ensemble.scenario, text) for text in options["days"]]
    special: dict[str, dict[str, Any]] = {}
    if options["window"] is not None:
        special["influence"] = {"window": options["window"]}
    if days:
        special |= {"tile_map": {"day": days[0]}, "tile_maps": {"days": days}}
    return special


def _of_sweep(sweep: Sweep, options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The outcome and the paths that a sweep's figures are of."""
    outcome, across, by = (
        {} if options[name] is None else {name: options[name]}
        for name in ("outcome", "across", "by")
    )
    up = {"up": by["by"]} if by else {}
    _check_asked(sweep, options)
    days = [_day(sweep.study.scenario, text) for text in options["days"]]
    day = {"day": days[0]} if days else {}
    return {
        "condition_map": {**outcome, **across, **up},
        "outcome_multiples": {**outcome, **by},
        "outcome_lines": {**outcome, **across, **by},
        "size_strip": {**across, **day},
        "outcome_scatter": {**outcome, **across},
    }


def _check_asked(sweep: Sweep, options: dict[str, Any]) -> None:
    """Refuse an outcome, a path or days that the sweep does not have.

    Raises
    ------
    WrongInput
    """
    known = {"outcome": sweep.outcomes, "across": sweep.paths, "by": sweep.paths}
    for name, names in known.items():
        asked = options[name]
        if asked is not None and asked not in names:
            shown = cut(asked, LONGEST_NAME)
            raise WrongInput(f"--{name}: it has no {shown!r}{suggestion(asked, names)}")
    across, by = options["across"], options["by"]
    if across is not None and across == by:
        raise WrongInput(f"--by: {by!r} runs across already; choose another, or leave one of them")
    if len(options["days"]) > 1:
        raise WrongInput("--day: a figure of a sweep shows one day")
    kept = (*sweep.study.days, sweep.study.scenario.days)
    for text in options["days"]:
        if _day(sweep.study.scenario, text) not in kept:
            there_are = ", ".join(map(str, kept))
            raise WrongInput(f"--day: {text!r} was not kept; there are {there_are}")


def _day(scenario: Scenario, text: str) -> int:
    """A day of the run out of its number or its date."""
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
        raise WrongInput(f"--day: {text!r} must be {allowed}")
    return day
