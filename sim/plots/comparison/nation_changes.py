"""Nation changes: whom a scenario brings in or keeps out, and how much sooner or later."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from sim.plots.axes import BELOW_DAYS_POINTS
from sim.plots.catalogue import DrawingError
from sim.plots.comparison.scenarios import alike_note, chosen, comparison_line, left_out
from sim.plots.ensemble.rows import LEAST_ROW_INCHES, LONGEST_NAME, MAX_ROWS, ROW_INCHES
from sim.plots.sheet import Sheet, figure_of, heading, on_sheet, small_print
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import LONGEST_LABEL, by_chance, cut, day_text

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
    "Run by run under the same luck, other minus base. Dots: differences with their 95 % "
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


class Columns(NamedTuple):
    """Which numbers of a nation a panel shows, and what it is called."""

    estimate: str
    low: str
    high: str
    is_significant: str
    scale: float
    label: str


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
    ax : Axes, optional
        Where to draw the chances alone; by default a new figure with both parts.
    look : Theme
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
    shown, apart = _with_common(comparison, other)
    rows, n_hidden = ranked_rows(shown, rows_that_fit(look, max_rows, len(shown)))
    chances, days = _columns(comparison)
    if ax is not None:
        _panel(ax, rows, chances, look)
        _finish(ax, _title(comparison, shown, n_hidden), rows, look)
        _add_legend(ax, shown, look)
        return ax
    height = _around_inches(look.width or 8.0) + _row_inches(len(shown)) * len(rows)
    sheet = Sheet(8.0, height, look)
    axes = sheet.add_subplot(1, 2, 1)
    beside = sheet.add_subplot(1, 2, 2, sharey=axes)
    for each, columns in ((axes, chances), (beside, days)):
        _panel(each, rows, columns, look)
    _finish(axes, _title(comparison, shown, n_hidden), rows, look)
    beside.tick_params(axis="y", labelleft=False, length=0)
    _add_legend(axes, shown, look)
    n_common = max(len(difference.common_nations) for difference in shown)
    of_each = " of a colour" if len(shown) > 1 else ""
    note = NOTE.format(n=n_common, each=of_each, expected=by_chance(n_common))
    more = left_out(comparison, len(shown) + len(apart)) if other is None else ""
    more += _apart_note(apart)
    alike = alike_note(comparison, _is_alike(comparison, shown, rows), " of days")
    small_print(axes, comparison_line(comparison), note + alike + more, look)
    return axes


def _with_common(
    comparison: Comparison, other: str | None
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Scenarios that are drawn, and labels of those with no nation in common with the base.

    Raises
    ------
    DrawingError
        None has a nation in common with it.
    """
    asked = chosen(comparison, other, len(comparison.differences))
    found = tuple(each for each in asked if each.common_nations)
    if not found:
        raise DrawingError("the scenarios have no nation in common")
    return found[:MOST_SCENARIOS], tuple(each.label for each in asked if not each.common_nations)


def _apart_note(apart: Sequence[str]) -> str:
    """What the small print says of scenarios with no nation in common with the base."""
    if not apart:
        return ""
    named = [cut(label, LONGEST_APART) for label in apart[:MOST_SCENARIOS]]
    n_more = len(apart) - len(named)
    named += [f"{n_more:,} more"] if n_more else []
    return f" Not drawn, with no nation in common with the base: {', '.join(named)}."


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
        for nation in difference.common_nations:
            found.setdefault(nation.nation, [None] * len(shown))[place] = nation
    kept = list(found.values())[:most]
    rows = []
    for changes in sorted(kept, key=_gain):
        named = next(change for change in changes if change is not None)
        rows.append(Row(named.nation, named.name, tuple(changes)))
    return rows, len(found) - len(kept)


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


def rows_that_fit(look: Theme, most: int, n_scenarios: int) -> int:
    """Most rows that a figure of this look has room for.

    Raises
    ------
    DrawingError
    """
    if look.height is None:
        return most
    around = _around_inches(look.width or 8.0)
    least = LEAST_ROW_INCHES * (1 + MORE_A_SCENARIO * (n_scenarios - 1))
    if look.height < around + 3 * least:
        raise DrawingError(f"it takes {around + 3 * least:.1f} inches of height")
    return min(most, int((look.height - around) / least))


def _gain(changes: list[NationChange | None]) -> tuple[float, float]:
    """What rows are sorted by: the largest gain in the first scenario that has the nation first."""
    change = next(change for change in changes if change is not None)
    return (-change.difference, change.days)


def _row_inches(n_scenarios: int) -> float:
    return ROW_INCHES * (1 + MORE_A_SCENARIO * (n_scenarios - 1))


def _around_inches(width: float) -> float:
    """Height of heading, labels, legend and small print, which take more lines in less width."""
    return 1.35 + 4.6 / width


def _columns(comparison: Comparison) -> tuple[Columns, Columns]:
    day = day_text(comparison.base.start, comparison.n_days)
    chance = f"change in the chance of being public on {day}, points"
    return (
        Columns("difference", "low", "high", "significant_fdr", 100.0, chance),
        Columns(
            "days",
            "days_low",
            "days_high",
            "days_significant_fdr",
            1.0,
            "change in days until public (- is earlier)",
        ),
    )


def _panel(axes: Axes, rows: list[Row], columns: Columns, look: Theme) -> None:
    """Dots with intervals, a row a nation; scenarios of a row lie above each other."""
    n_scenarios = len(rows[0].changes)
    apart = 0.8 / n_scenarios
    for scenario in range(n_scenarios):
        colour = _colour(scenario, n_scenarios, look)
        for place, row in enumerate(rows):
            change = row.changes[scenario]
            if change is not None:
                y = place + apart * (scenario - (n_scenarios - 1) / 2)
                _dot(axes, y, change, columns, (colour, look.paper))
    axes.axvline(0, color=look.ink, lw=0.8, zorder=1)
    axes.hlines(
        np.arange(len(rows)),
        0,
        1,
        transform=axes.get_yaxis_transform(),
        colors=look.grid,
        lw=0.6,
        zorder=0,
    )
    axes.set_ylim(len(rows) - 0.4, -0.6)
    room = figure_of(axes).get_figwidth()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=int(np.clip(room, 3, 8)), integer=True))
    letters = int(_panel_inches(axes) * 72 / (SMALL * MEAN_LETTER))
    label = textwrap.fill(columns.label, max(12, letters))
    axes.set_xlabel(label, fontsize=SMALL, color=look.ink)
    axes.spines["left"].set_visible(False)


def _dot(
    axes: Axes, y: float, change: NationChange, columns: Columns, colours: tuple[str, str]
) -> None:
    """A difference with its interval, filled where it is significant."""
    middle, low, high = (
        columns.scale * getattr(change, name)
        for name in (columns.estimate, columns.low, columns.high)
    )
    colour, paper = colours
    axes.plot([low, high], [y, y], color=colour, lw=1.2, solid_capstyle="butt", zorder=2)
    fill = colour if getattr(change, columns.is_significant) else paper
    axes.plot([middle], [y], "o", ms=3.6, mfc=fill, mec=colour, mew=0.9, zorder=3)


def _colour(scenario: int, n_scenarios: int, look: Theme) -> str:
    return look.public if n_scenarios == 1 else look.series_colour(scenario)


def _panel_inches(axes: Axes) -> float:
    """About the width of one of the two panels."""
    width = figure_of(axes).get_figwidth()
    return (width - (2.2 if width >= WIDTH_FOR_NAMES else 0.6)) / 2


def _finish(axes: Axes, title: str, rows: list[Row], look: Theme) -> None:
    """Name the rows and say what is shown."""
    wide = figure_of(axes).get_figwidth() >= WIDTH_FOR_NAMES
    axes.set_yticks(range(len(rows)), [_name(row, wide) for row in rows], parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=_type(axes, len(rows), look))
    heading(axes, title, look=look)


def _title(comparison: Comparison, shown: Sequence[Difference], n_hidden: int) -> str:
    """What is shown, of which scenarios, and how many rows are not."""
    base = cut(comparison.labels[0], LONGEST_LABEL)
    what = f": {cut(shown[0].label, LONGEST_LABEL)} less {base}"
    if len(shown) > 1:
        what = f", compared with {base}"
    more = f" (and {n_hidden:,} more)" if n_hidden else ""
    return f"Changes by nation{what}{more}"


def _name(row: Row, wide: bool) -> str:
    if not wide:
        return cut(row.nation, LONGEST_CODE)
    code = cut(row.nation, LONGEST_NAME)
    return code if row.name == row.nation else f"{cut(row.name, LONGEST_NAME)}  {code}"


def _type(axes: Axes, n_rows: int, look: Theme) -> float:
    """Size of the type of rows, points: smaller where rows are lower."""
    if look.height is None:
        return SMALL
    width, height = figure_of(axes).get_size_inches()
    return float(min(SMALL, 0.68 * 72 * (height - _around_inches(width)) / n_rows))


def _add_legend(axes: Axes, shown: Sequence[Difference], look: Theme) -> None:
    """What colours mean, where there are several, under the label of the axis."""
    if len(shown) == 1:
        return
    handles = [
        Line2D([], [], color=look.series_colour(place), lw=1.2, marker="o", ms=3.6)
        for place in range(len(shown))
    ]
    n_lines = axes.get_xlabel().count("\n") + 1
    below = BELOW_DAYS_POINTS + LINE_POINTS * n_lines
    move = ScaledTranslation(0, -below / 72, figure_of(axes).dpi_scale_trans)
    axes.legend(
        handles,
        [cut(difference.label, LONGEST_LABEL) for difference in shown],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + move,
        fontsize=SMALL,
        labelcolor=look.ink,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
    )
