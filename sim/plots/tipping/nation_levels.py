"""Nation levels: the level at which each nation is public in half of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.plots.axes import NARROW
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import (
    AROUND_ROWS_INCHES,
    LEAST_ROW_INCHES,
    MAX_ROWS,
    ROW_INCHES,
    row_labels,
    row_type,
    rows_asked,
    rows_that_fit,
)
from sim.plots.sheet import (
    GIVEN,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    require_height,
    small_print,
)
from sim.plots.theme import LIGHT, Theme
from sim.plots.tipping.frame import at_end, level_axis, marker_of, tipping_line
from sim.results.format import cut_apart

if TYPE_CHECKING:
    from sim.studies.tipping.result import Tipping
    from sim.studies.tipping.scan import NationLevels

LEAST_ROWS = 3
LONGEST_CODE = 12

NOTE = (
    "Dots: the level from which on a nation is public at the end in half of {n} runs that were "
    "tried at {levels} levels{falls}; thick bars: its 95 % interval, Monte Carlo error alone; thin "
    "bars: from a quarter of the runs to three quarters. Arrows: beyond an end. Levels are {given}."
)


@on_sheet
def nation_levels(
    tipping: Tipping,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Nations by the level at which they are public in half of the runs, with its interval.

    Parameters
    ----------
    tipping : Tipping
        Along one path.
    ax, look
        See `sim.plots`; a new figure is as tall as its rows need.
    max_rows : int
        Rows to draw; nations that turn last are only counted.
    top : int, optional
        Draw the first so many nations instead.

    Raises
    ------
    DrawingError
        It is along two paths, or the figure is too low for its rows.
    """
    if not tipping.nations:
        raise DrawingError("it is of one path; of two, the levels of nations are not kept")
    require_height(look, AROUND_ROWS_INCHES + LEAST_ROWS * LEAST_ROW_INCHES)
    most = rows_that_fit(look, rows_asked(top, max_rows), AROUND_ROWS_INCHES)
    rows = sorted(tipping.nations, key=_place)
    shown, n_hidden = rows[:most], max(0, len(rows) - most)
    axes = ax or new_axes(7.0, AROUND_ROWS_INCHES + ROW_INCHES * len(shown), look)
    for place, each in enumerate(shown):
        _draw_row(axes, place, each, look)
    names = cut_apart([each.nation for each in shown], LONGEST_CODE)
    if figure_of(axes).get_figwidth() >= NARROW:
        names = row_labels([(each.name, each.nation) for each in shown])
    axes.set_yticks(range(len(shown)), names, parse_math=False)
    size = row_type(look, len(shown), AROUND_ROWS_INCHES)
    axes.tick_params(axis="y", length=0, labelsize=size)
    across = axes.get_yaxis_transform()
    axes.hlines(np.arange(len(shown)), 0, 1, transform=across, colors=look.grid, lw=0.6, zorder=0)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    level_axis(axes, "x", tipping.levels, tipping)
    more = f" (and {n_hidden:,} more)" if n_hidden else ""
    heading(axes, f"From which level on nations join{more}", look=look)
    scanned = shown[0].thresholds
    falls = "" if all(each.rises for each in shown) else " (hollow: up to which)"
    note = NOTE.format(
        n=f"{scanned.n_runs:,}", levels=len(scanned.levels.values), falls=falls, given=GIVEN
    )
    small_print(axes, tipping_line(tipping), note, look)
    return axes


def _place(each: NationLevels) -> tuple[float, float]:
    """Orders nations by their level; those beyond an end by how many of their runs are not."""
    return each.thresholds.quantile(0.5).level, -each.thresholds.share_always


def _draw_row(axes: Axes, place: int, each: NationLevels, look: Theme) -> None:
    """Draw the median of a nation with its interval, and the middle half of its runs."""
    levels = each.thresholds.levels
    quarters = [at_end(each.thresholds.quantile(q).level, levels) for q in (0.25, 0.75)]
    median = each.thresholds.quantile(0.5)
    ends = [at_end(end, levels) for end in (median.low, median.high)]
    style: dict[str, Any] = {"color": look.public, "solid_capstyle": "butt"}
    axes.plot(quarters, [place, place], lw=0.9, zorder=1, **style)
    axes.plot(ends, [place, place], lw=3.2, alpha=0.5, zorder=2, **style)
    fill = look.public if each.rises else look.paper
    level = at_end(median.level, levels)
    marker: dict[str, Any] = {"mfc": fill, "mec": look.public, "ms": 4.5, "mew": 0.9, "zorder": 3}
    axes.plot([level], [place], marker_of(median.level), clip_on=False, **marker)
