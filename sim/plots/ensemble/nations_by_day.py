"""Nation-by-day chart: the chance that each nation is public, on each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from sim.plots.axes import colour_bar, day_axis, day_positions
from sim.plots.ensemble.rows import (
    AROUND_ROWS_INCHES,
    MAX_ROWS,
    ROW_INCHES,
    name_rows,
    row_type,
    rows_that_fit,
)
from sim.plots.sheet import ensemble_line, heading, new_axes, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.results.estimates import chance_public, even_odds_day, order_of_arrival

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NOTE = (
    "Dots: first day on which the nation is public in half of the runs. "
    "Chances over runs, given the scenario's parameters."
)

Reals = NDArray[np.float64]


@on_sheet
def nations_by_day(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, max_rows: int = MAX_ROWS
) -> Axes:
    """Heat map of the chance of being public, a row a nation and a column a day.

    Nations that are public on day 0 in every run stand apart, on top. The others follow in the
    order in which they are likely to come out: by the first day of even odds, then by the chance
    at the end.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax : Axes, optional
        Where to draw; a new figure by default, as tall as its rows need.
    look : Theme
    max_rows : int
        Rows to draw; the least likely nations beyond are only counted.

    Returns
    -------
    Axes
    """
    chances = chance_public(ensemble.records.stage_counts)
    already, others = order_of_arrival(chances[0], chances[-1], even_odds_day(chances))
    shown = [*already, *others][: rows_that_fit(look, max_rows)]
    n_apart = min(len(already), len(shown))
    rows = _rows(chances, shown, n_apart)
    axes = new_axes(8.0, AROUND_ROWS_INCHES + ROW_INCHES * len(rows), look) if ax is None else ax
    image = _draw(axes, ensemble, rows, look)
    places = [_row_of(index, n_apart) for index in range(len(shown))]
    name_rows(axes, ensemble, shown, places, row_type(look, len(rows)))
    _mark_even_odds(axes, ensemble, chances[:, shown], n_apart)
    colour_bar(axes, image, "chance of being public", look)
    hidden = len(already) + len(others) - len(shown)
    more = f" (and {hidden:,} more)" if hidden else ""
    heading(axes, "Who is public, by when" + more, look=look)
    if ax is None:
        small_print(axes, ensemble_line(ensemble), NOTE, look)
    return axes


def _rows(chances: Reals, shown: list[int], n_apart: int) -> Reals:
    """Rows of the heat map, with an empty one between the two groups."""
    rows = chances[:, shown].T
    if 0 < n_apart < len(shown):
        rows = np.insert(rows, n_apart, np.nan, axis=0)
    return rows


def _row_of(index: int, n_apart: int) -> int:
    """Row of the n-th nation shown, past the empty one."""
    return index if index < n_apart or n_apart == 0 else index + 1


def _draw(axes: Axes, ensemble: Ensemble, rows: Reals, look: Theme) -> AxesImage:
    first, last = day_positions(ensemble, [0, ensemble.n_days])
    image = axes.imshow(
        np.ma.masked_invalid(rows),
        cmap=look.chance_colours(),
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(first - 0.5, last + 0.5, len(rows) - 0.5, -0.5),
    )
    edges = np.arange(1, len(rows)) - 0.5
    axes.hlines(edges, first - 0.5, last + 0.5, colors=look.paper, lw=0.6)
    day_axis(axes, ensemble, look)
    return image


def _mark_even_odds(axes: Axes, ensemble: Ensemble, chances: Reals, n_apart: int) -> None:
    """Put a dot where a nation's chance first reaches a half, if it does so after day 0."""
    days = even_odds_day(chances)
    marked = [(day, _row_of(index, n_apart)) for index, day in enumerate(days) if day > 0]
    if marked:
        x, y = zip(*marked, strict=True)
        axes.plot(
            day_positions(ensemble, x),
            y,
            "o",
            ms=3.2,
            mfc="white",
            mec="#222222",
            mew=0.6,
            zorder=3,
        )
