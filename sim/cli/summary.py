"""The summary of an ensemble in plain words, for a terminal."""

from __future__ import annotations

from datetime import date
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from sim.results.measures import Spread, order_of_arrival
from sim.results.wording import cut, day_text, number, percent

if TYPE_CHECKING:
    from sim.results.summary import NationOutlook, NowAndEnd, Summary

WIDTH = 96
LONGEST_NAME = 28
MAX_NATIONS = 9
MAX_ROWS = 6
"""Most nations, and most kinds or conditions, that are listed; the rest is in the tables."""

CAVEAT = (
    "Ranges in brackets hold 90 % of the runs: the spread of luck, and of inputs that the scenario "
    "itself draws at random. They leave out doubt about its other numbers and about the model. "
    "After ± stands the Monte Carlo error (one standard error), which more runs would shrink."
)


def summary_text(summary: Summary) -> str:
    """Lines of the summary; parts are left out where the scenario has nothing of the kind."""
    parts = [
        _heading(summary),
        _sizes(summary),
        _success(summary),
        _nations(summary),
        _force(summary),
        _conditions(summary),
        fill(CAVEAT, WIDTH),
    ]
    return "\n\n".join(part for part in parts if part)


def _day(summary: Summary, day: int) -> str:
    start = None if summary.start is None else date.fromisoformat(summary.start)
    return day_text(start, day)


def table(header: list[str], rows: list[list[str]]) -> str:
    """Columns set flush, the first one to the left and indented under its heading."""
    body = [["  " + row[0], *row[1:]] for row in rows]
    widths = [max(len(row[column]) for row in [header, *body]) for column in range(len(header))]
    lines = []
    for row in [header, *body]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.ljust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines)


def _heading(summary: Summary) -> str:
    first, last = _day(summary, 0), _day(summary, summary.n_days)
    title = cut(summary.title, WIDTH) or "untitled scenario"
    runs = "1 run" if summary.n_runs == 1 else f"{summary.n_runs:,} runs"
    nations = "1 nation" if len(summary.nations) == 1 else f"{len(summary.nations):,} nations"
    return f"{title}\n{nations}, {first} to {last}, {runs}, seed {summary.seed}"


def _sizes(summary: Summary) -> str:
    names = {
        "public": summary.size,
        "with those decided but undisclosed": summary.private_size,
        "pledged or deployed": summary.firm_size,
    }
    rows = [[name, *_whole(change)] for name, change in names.items()]
    return table(["Size of the coalition, nations", "now", "at the end", "mean at the end"], rows)


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


def _success(summary: Summary) -> str:
    success = summary.success
    if success is None:
        return ""
    found = success.chance
    words = {"public_size": "public size", "requirement_share": "share of the requirement met"}
    wanted = [f"{words.get(name, name)} >= {least:g}" for name, least in success.thresholds.items()]
    lines = [
        f"Chance of success: {100 * found.chance:.1f} % ± {100 * found.mc_error:.1f} "
        f"(95 % interval {100 * found.low:.1f} % to {100 * found.high:.1f} %)",
        fill(
            f"Success: {', '.join(wanted)}, for {success.hold} days running",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
        ),
    ]
    if success.median_day is not None:
        by = _day(summary, success.median_day)
        lines.append(f"  Of the runs that succeed, half have done so by {by}")
    return "\n".join(lines)


def _nations(summary: Summary) -> str:
    public = np.array([nation.public for nation in summary.nations])
    days = np.array([nation.even_odds_day for nation in summary.nations])
    already, others = order_of_arrival(public[:, 0], public[:, -1], days)
    lines = []
    if already:
        names = ", ".join(summary.nations[index].nation for index in sorted(already))
        lines.append(cut(f"Public already: {names}", WIDTH))
    shown = [summary.nations[index] for index in others[:MAX_NATIONS]]
    if shown:
        days_shown = [_day(summary, day) for day in summary.checkpoints[1:]]
        header = ["Chance of being public", "now", *days_shown, "even odds by"]
        lines.append(table(header, [_chances(summary, nation) for nation in shown]))
    if len(others) > len(shown):
        lines.append(f"  and {len(others) - len(shown):,} more, later or less likely")
    return "\n".join(lines)


def _chances(summary: Summary, nation: NationOutlook) -> list[str]:
    name = nation.nation
    if nation.name != nation.nation:
        name = f"{nation.nation}  {cut(nation.name, LONGEST_NAME)}"
    day = nation.even_odds_day
    return [name, *map(percent, nation.public), "-" if day < 0 else _day(summary, day)]


def _force(summary: Summary) -> str:
    if not summary.force:
        return ""
    listed = list(summary.force.items())[:MAX_ROWS]
    rows = [[kind, _range(spread), _mean(spread)] for kind, spread in listed]
    rows.append(["all kinds", _range(summary.total_force), _mean(summary.total_force)])
    if summary.requirement:
        met = summary.total_force
        shares = [met.median, met.low, met.high]
        text = [f"{100 * share / summary.requirement:.0f} %" for share in shares]
        label = f"share of the requirement, {number(summary.requirement)}"
        rows.append([label, f"{text[0]} ({text[1]} to {text[2]})", ""])
    return table(["Public force at the end, force units", "median", "mean"], rows)


def _conditions(summary: Summary) -> str:
    if not summary.conditions:
        return ""
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
    header = ["Conditions", "now", "at the end", "success needs"]
    return table(header, rows)
