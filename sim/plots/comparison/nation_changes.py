"""Nation changes: whom a scenario brings in or keeps out, and how much sooner or later."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.plots.axes import BELOW_DAYS_POINTS, NARROW, lowered
from sim.plots.catalogue import DrawingError
from sim.plots.comparison.scenarios import (
    alike_note,
    chosen,
    comparison_line,
    left_out,
    scenario_name,
)
from sim.plots.ensemble.by_nation import (
    LEAST_ROW_INCHES,
    MAX_ROWS,
    ROW_INCHES,
    row_labels,
    row_type,
    rows_asked,
    rows_that_fit,
)
from sim.plots.sheet import (
    Sheet,
    figure_of,
    heading,
    on_sheet,
    require_height,
    say_empty,
    small_print,
)
from sim.plots.theme import DASHES, LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import by_chance, cut_apart, day_text

if TYPE_CHECKING:
    from sim.studies.compare.changes import Difference, NationChange
    from sim.studies.compare.comparison import Comparison

MOST_SCENARIOS = 4
"""Scenarios that are drawn side by side in one row."""

MORE_A_SCENARIO = 0.6
"""Height that every scenario beyond the first adds to a row, in rows."""

WIDTH = 8.0
LEAST_ROWS = 3
LEGEND_LINES_INCHES = 0.5

LONGEST_APART = 24
"""Letters of the label of a scenario that is not drawn."""

LONGEST_CODE = 12

NOTE = (
    "Run by run with common random numbers, other minus base. Dots: differences with their 95 % "
    "intervals, Monte Carlo error alone, each nation by itself: of {n} intervals{each} {expected} "
    "would exclude 0 by chance. Filled dots are statistically significant (false discovery rate "
    "5 %); hollow ones may be chance. Days: mean number before a nation is first public, counted "
    "to the end."
)


FROM_ABOVE = "in each row from above:"
"""How scenarios are told apart where colours cannot be."""


class Row(NamedTuple):
    """A nation in the scenarios that are drawn; None where it is not in one of them."""

    nation: str
    name: str
    changes: tuple[NationChange | None, ...]


@on_sheet
def nation_changes(
    comparison: Comparison,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    other: str | None = None,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Nations ranked by the change in their chance of being public at the end; days beside it.

    Parameters
    ----------
    comparison : Comparison, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, the chances are drawn alone.
    other : str, optional
        Label of the scenario to draw against the base; by default all up to four, in colours of
        their own, ranked by the first.
    max_rows : int
        Rows to draw; of more nations those that change least are only counted.
    top : int, optional
        Draw the nations that change most, so many of them, instead.

    Returns
    -------
    Axes
        Those of the chances.

    Raises
    ------
    DrawingError
        No scenario has a nation in common with the base, or the figure is too low for its rows.
    ValueError
        No scenario but the base has that label, or `top` is less than 1.
    """
    asked = chosen(comparison, other, len(comparison.differences))
    shown = tuple(each for each in asked if each.common_nations)[:MOST_SCENARIOS]
    if not shown:
        raise DrawingError(
            "the scenarios have no nation in common with the base: nations are told by their ids"
        )
    # Heading, labels, legend and small print take more lines in less width.
    around = 1.35 + 4.6 / (look.width or WIDTH)
    row_height = 1 + MORE_A_SCENARIO * (len(shown) - 1)
    # Of a given height, the legend may take a line or two more than is reckoned with.
    taken = around + LEGEND_LINES_INCHES
    require_height(look, taken + LEAST_ROWS * row_height * LEAST_ROW_INCHES)
    most = rows_that_fit(look, rows_asked(top, max_rows), taken, row_height * LEAST_ROW_INCHES)
    rows, n_hidden = ranked_rows(shown, most)
    axes = ax
    if axes is None:
        sheet = Sheet(WIDTH, around + ROW_INCHES * row_height * len(rows), look)
        axes = sheet.add_subplot(1, 2, 1)
        beside = sheet.add_subplot(1, 2, 2, sharey=axes)
        _draw_panel(beside, rows, True, "change in days until public (- is earlier)", look)
        beside.tick_params(axis="y", labelleft=False, length=0)
    if not any(each.difference or each.days for row in rows for each in row.changes if each):
        say_empty(axes, "No nation differs in its chance or in its days.", look)
    day = day_text(comparison.base.start, comparison.n_days)
    label = f"change in the chance of being public on {day}, points"
    _draw_panel(axes, rows, False, label, look)
    is_wide = figure_of(axes).get_figwidth() >= NARROW  # else nations go by their codes alone
    names = cut_apart([row.nation for row in rows], LONGEST_CODE)
    if is_wide:
        names = row_labels([(row.name, row.nation) for row in rows])
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=row_type(look, len(rows), taken))
    base = scenario_name(comparison, comparison.labels[0])
    scenarios = [scenario_name(comparison, each.label) for each in shown]
    what = f", compared with {base}" if len(shown) > 1 else f": {scenarios[0]} minus {base}"
    more = f" (and {n_hidden:,} more)" if n_hidden else ""
    heading(axes, f"Changes by nation{what}{more}", look=look)
    if len(shown) > 1:
        _name_colours(axes, scenarios, look)
    note = _dots_note(comparison, asked, shown, rows)
    small_print(axes, comparison_line(comparison), note, look)
    return axes


def ranked_rows(shown: Sequence[Difference], most: int) -> tuple[list[Row], int]:
    """Rows from the largest gain to the largest loss in the first scenario, and how many more.

    Of too many, those that change most are kept.

    Parameters
    ----------
    shown : sequence of Difference
        With a nation in common with the base each.
    most : int
    """
    found: dict[str, list[NationChange | None]] = {}
    for place, difference in enumerate(shown):
        for change in difference.common_nations:
            found.setdefault(change.nation, [None] * len(shown))[place] = change
    rows = []
    for changes in list(found.values())[:most]:
        first = next(change for change in changes if change is not None)
        row = Row(first.nation, first.name, tuple(changes))
        rows.append((-first.difference, first.days, row))
    rows.sort(key=lambda each: each[:2])
    return [row for *_, row in rows], len(found) - len(rows)


def _dots_note(
    comparison: Comparison,
    asked: Sequence[Difference],
    shown: Sequence[Difference],
    rows: list[Row],
) -> str:
    """How to read dots and intervals, and which scenarios are not drawn."""
    n_common = max(len(difference.common_nations) for difference in shown)
    of_each = " of a colour" if len(shown) > 1 else ""
    note = NOTE.format(n=n_common, each=of_each, expected=by_chance(n_common))
    # Days that differ by the same in all runs, and not by design: as of one scenario drawn twice,
    # or of a nation that is public from day 0 in both.
    differ = [place for place, each in enumerate(shown) if not comparison.is_same(each.label)]
    changes = [row.changes[place] for row in rows for place in differ]
    is_alike = any(
        each is not None
        and each.days_low == each.days_high
        and each.base_days + each.other_days > 0
        for each in changes
    )
    note += alike_note(comparison, is_alike, " of days")
    apart = [each.label for each in asked if not each.common_nations]
    note += left_out(len(asked) - len(shown) - len(apart))
    if apart:
        named = cut_apart(apart, LONGEST_APART)[:MOST_SCENARIOS]
        named += [f"{len(apart) - len(named):,} more"] if len(apart) > len(named) else []
        note += f" Not drawn, with no nation in common with the base: {', '.join(named)}."
    return note


def _draw_panel(axes: Axes, rows: list[Row], of_days: bool, label: str, look: Theme) -> None:
    """Draw dots with intervals, a row a nation; scenarios of a row lie above each other.

    A dot is filled where the difference is significant.
    """
    n_scenarios = len(rows[0].changes)
    for scenario in range(n_scenarios):
        colour = look.public if n_scenarios == 1 else look.series_colour(scenario)
        for place, row in enumerate(rows):
            change = row.changes[scenario]
            if change is None:
                continue
            y = place + 0.8 / n_scenarios * (scenario - (n_scenarios - 1) / 2)
            found = [100 * x for x in (change.difference, change.low, change.high)]
            is_significant = change.significant_fdr
            if of_days:
                found = [change.days, change.days_low, change.days_high]
                is_significant = change.days_significant_fdr
            style: dict[str, Any] = {"ls": DASHES[scenario], "solid_capstyle": "butt", "zorder": 2}
            axes.plot(found[1:], [y, y], color=colour, lw=1.2, **style)
            fill = colour if is_significant else look.paper
            axes.plot(found[:1], [y], "o", ms=3.6, mfc=fill, mec=colour, mew=0.9, zorder=3)
    if not any(
        (each.days if of_days else each.difference) for row in rows for each in row.changes if each
    ):
        axes.set_xlim(-1, 1)  # an axis of its own would have no scale
    axes.axvline(0, color=look.ink, lw=0.8, zorder=1)
    across = axes.get_yaxis_transform()
    axes.hlines(np.arange(len(rows)), 0, 1, transform=across, colors=look.grid, lw=0.6, zorder=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    width = figure_of(axes).get_figwidth()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=int(np.clip(width, 3, 8)), integer=True))
    inches = (width - (2.2 if width >= NARROW else 0.6)) / 2  # about the panel's width
    letters = max(12, int(inches * 72 / (SMALL * MEAN_LETTER)))
    axes.set_xlabel(textwrap.fill(label, letters), fontsize=SMALL)
    axes.spines["left"].set_visible(False)


def _name_colours(axes: Axes, names: list[str], look: Theme) -> None:
    """Say under the label of the axis which scenario has which colour."""
    handles = [
        Line2D([], [], color=look.series_colour(place), ls=DASHES[place], marker="o", ms=3.6)
        for place in range(len(names))
    ]
    n_lines = axes.get_xlabel().count("\n") + 1
    below = lowered(axes, BELOW_DAYS_POINTS + LINE_POINTS * n_lines)
    style: dict[str, Any] = {"title": FROM_ABOVE, "title_fontsize": SMALL, "alignment": "left"}
    legend = axes.legend(handles, names, loc="upper left", borderpad=0, handlelength=3, **style)
    legend.set_bbox_to_anchor((0, 0), transform=axes.transAxes + below)
