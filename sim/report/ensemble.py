"""The summary of an ensemble in words and cells: the same in a terminal, a notebook and a page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.results.estimates import Spread, order_of_arrival
from sim.results.format import cut, day_text, number, percent

if TYPE_CHECKING:
    from sim.results.summary import NationOutlook, NowAndEnd, Summary

LONGEST_LINE = 96
LONGEST_NAME = 28
MAX_NATIONS = 9
MAX_ROWS = 6
"""Most nations, and most kinds or conditions, that are listed; the rest is in the tables."""


class Part(NamedTuple):
    """A part of the summary; any of its three pieces may be empty.

    Attributes
    ----------
    lines : list of str
    header : list of str
        What the table is of, then the headings of its columns.
    rows : list of list of str
        Each begins with what it is of.
    details : list of str
        What stands under the lines or the table.
    main : int
        Column of the table that stays where there is no room for all.
    """

    lines: list[str]
    header: list[str]
    rows: list[list[str]]
    details: list[str]
    main: int = 1


def heading(summary: Summary) -> tuple[str, str]:
    """Title, and what was run, when and how often."""
    first, last = _day(summary, 0), _day(summary, summary.n_days)
    title = cut(summary.title, LONGEST_LINE) or "untitled scenario"
    runs = "1 run" if summary.n_runs == 1 else f"{summary.n_runs:,} runs"
    nations = "1 nation" if len(summary.nations) == 1 else f"{len(summary.nations):,} nations"
    return title, f"{nations}, {first} to {last}, {runs}, seed {summary.seed}"


def summary_parts(summary: Summary) -> list[Part]:
    """Parts under the heading; those are left out of which the scenario has nothing."""
    made = (_sizes(summary), _success(summary), _nations(summary), _force(summary))
    return [part for part in (*made, _conditions(summary)) if part.lines or part.rows]


NOTHING = Part([], [], [], [])


def _day(summary: Summary, day: int) -> str:
    start = None if summary.start is None else date.fromisoformat(summary.start)
    return day_text(start, day)


def _sizes(summary: Summary) -> Part:
    names = {
        "public": summary.size,
        "with those decided but undisclosed": summary.private_size,
        "pledged or deployed": summary.firm_size,
    }
    rows = [[name, *_whole(change)] for name, change in names.items()]
    header = ["Size of the coalition, nations", "now", "at the end", "mean at the end"]
    return Part([], header, rows, [], main=2)


def _whole(change: NowAndEnd) -> list[str]:
    """Cells for a size: now, at the end, mean at the end."""
    cells = []
    for spread in (change.now, change.end):
        text = f"{spread.median:.0f}"
        if spread.low != spread.high:
            text += f" ({spread.low:.0f} to {spread.high:.0f})"
        cells.append(text)
    return [*cells, _mean(change.end)]


def _mean(spread: Spread) -> str:
    if np.isnan(spread.mc_error):
        return number(spread.mean)
    digits = 1 if spread.mc_error >= 0.095 else 2
    return f"{spread.mean:,.{digits}f} ± {spread.mc_error:.{digits}f}"


def _range(spread: Spread) -> str:
    if spread.low == spread.high:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)} to {number(spread.high)})"


def _success(summary: Summary) -> Part:
    success = summary.success
    if success is None:
        return NOTHING
    found = success.chance
    words = {"public_size": "public size", "requirement_share": "share of the requirement met"}
    wanted = [f"{words.get(name, name)} >= {least:g}" for name, least in success.thresholds.items()]
    chance = (
        f"Chance of success: {100 * found.chance:.1f} % ± {100 * found.mc_error:.1f} "
        f"(95 % interval {100 * found.low:.1f} % to {100 * found.high:.1f} %)"
    )
    details = [f"Success: {', '.join(wanted)}, {_for_days(success.hold)}"]
    if success.median_day is not None:
        by = _day(summary, success.median_day)
        details.append(f"Of the runs that succeed, half have done so by {by}")
    return Part([chance], [], [], details)


def _for_days(hold: int) -> str:
    """For how long something must hold."""
    return "for one day" if hold == 1 else f"for {hold} days running"


def _nations(summary: Summary) -> Part:
    public = np.array([nation.public for nation in summary.nations])
    days = np.array([nation.even_odds_day for nation in summary.nations])
    already, others = order_of_arrival(public[:, 0], public[:, -1], days)
    names = ", ".join(summary.nations[index].nation for index in sorted(already))
    lines = [cut(f"Public already: {names}", LONGEST_LINE)] if already else []
    shown = [summary.nations[index] for index in others[:MAX_NATIONS]]
    days_shown = [_day(summary, day) for day in summary.checkpoints[1:]]
    header = ["Chance of being public", "now", *days_shown, "even odds by"] if shown else []
    n_more = len(others) - len(shown)
    details = [f"and {n_more:,} more, later or less likely"] if n_more else []
    rows = [_chances(summary, nation) for nation in shown]
    return Part(lines, header, rows, details, main=len(days_shown) + 1)


def _chances(summary: Summary, nation: NationOutlook) -> list[str]:
    name = nation.nation
    if nation.name != nation.nation:
        name = f"{nation.nation}  {cut(nation.name, LONGEST_NAME)}"
    day = nation.even_odds_day
    return [name, *map(percent, nation.public), "-" if day < 0 else _day(summary, day)]


def _force(summary: Summary) -> Part:
    if not summary.force:
        return NOTHING
    listed = list(summary.force.items())[:MAX_ROWS]
    rows = [[kind, _range(spread), _mean(spread)] for kind, spread in listed]
    rows.append(["all kinds", _range(summary.total_force), _mean(summary.total_force)])
    if summary.requirement:
        met = summary.total_force
        shares = [met.median, met.low, met.high]
        text = [f"{100 * share / summary.requirement:.0f} %" for share in shares]
        label = f"share of the requirement, {number(summary.requirement)}"
        rows.append([label, f"{text[0]} ({text[1]} to {text[2]})", ""])
    return Part([], ["Public force at the end, force units", "median", "mean"], rows, [])


def _conditions(summary: Summary) -> Part:
    if not summary.conditions:
        return NOTHING
    wanted = {} if summary.success is None else summary.success.thresholds
    rows = [
        [
            name,
            _range(change.now),
            _range(change.end),
            f"{wanted[name]:g}" if name in wanted else "",
        ]
        for name, change in list(summary.conditions.items())[:MAX_ROWS]
    ]
    return Part([], ["Conditions", "now", "at the end", "success needs"], rows, [], main=2)
