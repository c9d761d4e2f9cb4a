"""Nation changes: whom a scenario brings in or keeps out, and how much sooner or later."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.plots.axes import BELOW_DAYS_POINTS, lowered
from sim.plots.catalogue import DrawingError
from sim.plots.comparison.scenarios import (
    alike_note,
    chosen,
    comparison_line,
    left_out,
    scenario_name,
)
from sim.plots.ensemble.by_nation import LEAST_ROW_INCHES, MAX_ROWS, ROW_INCHES, row_label
from sim.plots.sheet import Sheet, figure_of, heading, on_sheet, small_print
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import by_chance, cut, day_text

if TYPE_CHECKING:
    from sim.studies.compare.changes import Difference, NationChange
    from sim.studies.compare.comparison import Comparison

MOST_SCENARIOS = 4
"""Scenarios that are drawn side by side in one row."""

MORE_A_SCENARIO = 0.6
"""Height that every scenario beyond the first adds to a row, in rows."""

LONGEST_APART = 24
"""Letters of the label of a scenario that is not drawn."""

LONGEST_CODE, WIDTH_FOR_NAMES = 12, 5.0
"""In a narrower figure nations go by their codes alone."""

NOTE = (
    "Run by run with common random numbers, other minus base. Dots: differences with their 95 % "
    "intervals, Monte Carlo error alone, each nation by itself: of {n} intervals{each} {expected} "
    "would exclude 0 by chance. Filled dots are statistically significant (false discovery rate "
    "5 %); hollow ones may be chance. Days: mean number before a nation is first public, counted "
    "to the end."
)


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

    Returns
    -------
    Axes
        Those of the chances.

    Raises
    ------
    DrawingError
        No scenario has a nation in common with the base, or the figure is too low for its rows.
    ValueError
        No scenario but the base has that label.
    """
    asked = chosen(comparison, other, len(comparison.differences))
    shown = tuple(each for each in asked if each.common_nations)[:MOST_SCENARIOS]
    apart = [each.label for each in asked if not each.common_nations]
    if not shown:
        raise DrawingError("the scenarios have no nation in common")
    rows, n_hidden = ranked_rows(shown, _rows_that_fit(look, max_rows, len(shown)))
    panels = [ax] if ax is not None else _panels(look, len(rows), len(shown))
    for axes, of_days in zip(panels, (False, True), strict=False):
        day = day_text(comparison.base.start, comparison.n_days)
        label = f"change in the chance of being public on {day}, points"
        label = "change in days until public (- is earlier)" if of_days else label
        _draw_panel(axes, rows, of_days, label, look)
    axes = panels[0]
    is_wide = figure_of(axes).get_figwidth() >= WIDTH_FOR_NAMES
    axes.set_yticks(range(len(rows)), [_name(row, is_wide) for row in rows], parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=_row_type(axes, len(rows), look))
    for beside in panels[1:]:
        beside.tick_params(axis="y", labelleft=False, length=0)
    base = scenario_name(comparison, comparison.labels[0])
    what = f": {scenario_name(comparison, shown[0].label)} minus {base}"
    what = f", compared with {base}" if len(shown) > 1 else what
    more = f" (and {n_hidden:,} more)" if n_hidden else ""
    heading(axes, f"Changes by nation{what}{more}", look=look)
    _add_legend(axes, [scenario_name(comparison, each.label) for each in shown], look)
    n_common = max(len(difference.common_nations) for difference in shown)
    of_each = " of a colour" if len(shown) > 1 else ""
    note = NOTE.format(n=n_common, each=of_each, expected=by_chance(n_common))
    note += alike_note(comparison, _is_alike(comparison, shown, rows), " of days")
    note += left_out(comparison, len(shown) + len(apart)) if other is None else ""
    if apart:
        named = [cut(label, LONGEST_APART) for label in apart[:MOST_SCENARIOS]]
        named += [f"{len(apart) - len(named):,} more"] if len(apart) > len(named) else []
        note += f" Not drawn, with no nation in common with the base: {', '.join(named)}."
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


def _is_alike(comparison: Comparison, shown: Sequence[Difference], rows: list[Row]) -> bool:
    """Whether the days of any nation differ by the same in all runs, and not by design.

    By design are those of the same scenario, and of a nation that is public from day 0 in both.
    """
    drawn = [place for place, each in enumerate(shown) if not comparison.is_same(each.label)]
    changes = [row.changes[place] for row in rows for place in drawn]
    return any(
        each is not None
        and each.days_low == each.days_high
        and each.base_days + each.other_days > 0
        for each in changes
    )


def _rows_that_fit(look: Theme, most: int, n_scenarios: int) -> int:
    """Most rows that a figure of this look has room for."""
    if look.height is None:
        return most
    around = _around_inches(look.width or 8.0)
    least = LEAST_ROW_INCHES * (1 + MORE_A_SCENARIO * (n_scenarios - 1))
    if look.height < around + 3 * least:
        raise DrawingError(f"it takes {around + 3 * least:.1f} inches of height")
    return min(most, int((look.height - around) / least))


def _around_inches(width: float) -> float:
    """Height of heading, labels, legend and small print, which take more lines in less width."""
    return 1.35 + 4.6 / width


def _row_type(axes: Axes, n_rows: int, look: Theme) -> float:
    """Size of the type of rows, points: smaller where rows are lower."""
    if look.height is None:
        return SMALL
    width, height = figure_of(axes).get_size_inches()
    return float(min(SMALL, 0.68 * 72 * (height - _around_inches(width)) / n_rows))


def _panels(look: Theme, n_rows: int, n_scenarios: int) -> list[Axes]:
    """Axes of a new figure: for the chances, and beside them for the days."""
    row = ROW_INCHES * (1 + MORE_A_SCENARIO * (n_scenarios - 1))
    figure = Sheet(8.0, _around_inches(look.width or 8.0) + row * n_rows, look)
    axes = figure.add_subplot(1, 2, 1)
    return [axes, figure.add_subplot(1, 2, 2, sharey=axes)]


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
            axes.plot(found[1:], [y, y], color=colour, lw=1.2, solid_capstyle="butt", zorder=2)
            fill = colour if is_significant else look.paper
            axes.plot(found[:1], [y], "o", ms=3.6, mfc=fill, mec=colour, mew=0.9, zorder=3)
    axes.axvline(0, color=look.ink, lw=0.8, zorder=1)
    across = axes.get_yaxis_transform()
    axes.hlines(np.arange(len(rows)), 0, 1, transform=across, colors=look.grid, lw=0.6, zorder=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    width = figure_of(axes).get_figwidth()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=int(np.clip(width, 3, 8)), integer=True))
    inches = (width - (2.2 if width >= WIDTH_FOR_NAMES else 0.6)) / 2  # about the panel's width
    letters = max(12, int(inches * 72 / (SMALL * MEAN_LETTER)))
    axes.set_xlabel(textwrap.fill(label, letters), fontsize=SMALL)
    axes.spines["left"].set_visible(False)


def _name(row: Row, is_wide: bool) -> str:
    return row_label(row.name, row.nation) if is_wide else cut(row.nation, LONGEST_CODE)


def _add_legend(axes: Axes, names: list[str], look: Theme) -> None:
    """What colours mean, where there are several, under the label of the axis."""
    if len(names) == 1:
        return
    handles = [
        Line2D([], [], color=look.series_colour(place), lw=1.2, marker="o", ms=3.6)
        for place in range(len(names))
    ]
    n_lines = axes.get_xlabel().count("\n") + 1
    move = lowered(axes, BELOW_DAYS_POINTS + LINE_POINTS * n_lines)
    at: dict[str, object] = {"bbox_to_anchor": (0, 0), "bbox_transform": axes.transAxes + move}
    axes.legend(handles, names, loc="upper left", borderpad=0, **at)
