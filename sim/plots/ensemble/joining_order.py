"""Order of joining: for each nation, how likely it is to be the first, second, ... newcomer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.plots.axes import colour_bar
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.rows import (
    AROUND_ROWS_INCHES,
    MAX_ROWS,
    ROW_INCHES,
    kept_public_days,
    name_rows,
    row_type,
    rows_that_fit,
)
from sim.plots.sheet import (
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    small_print,
)
from sim.plots.theme import LIGHT, NORMAL, SMALL, Theme
from sim.results.format import percent
from sim.results.joining import rank_quantile, rank_shares

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NOTE = (
    "Rank: order of going public after day 0 (start: public on day 0); nations of one day share "
    "their ranks. Dots: median rank over the runs in which the nation goes public. Given the "
    "scenario's parameters."
)

ROOM_FOR_NAMES_INCHES = 2.4

Reals = NDArray[np.float64]


@on_sheet
def joining_order(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, max_rows: int = MAX_ROWS
) -> Axes:
    """Heat map of each nation's rank in the order of going public, with its chance of never.

    Nations that are public on day 0 in every run have no rank and are left out.

    Parameters
    ----------
    ensemble : Ensemble
        With single runs kept.
    ax : Axes, optional
        Where to draw; a new figure by default, as tall as its rows need.
    look : Theme
    max_rows : int
        Rows to draw; the least likely nations beyond are only counted.

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The ensemble kept no single runs, or no nation goes public after day 0.
    """
    shares = rank_shares(kept_public_days(ensemble))
    order = _order(shares)
    if not shares[:, 1:-1].any():
        raise DrawingError("no nation goes public after day 0")
    shown = order[: rows_that_fit(look, max_rows)]
    axes = new_axes(8.0, AROUND_ROWS_INCHES + ROW_INCHES * len(shown), look) if ax is None else ax
    last = int(np.nonzero(shares[:, 1:-1].any(axis=0))[0].max()) + 1
    _draw(axes, shares[shown], last, look)
    _write_never(axes, shares[shown, -1], last, look)
    size = row_type(look, len(shown))
    name_rows(axes, ensemble, shown, range(len(shown)), size)
    hidden = len(order) - len(shown)
    more = f" (and {hidden:,} more)" if hidden else ""
    heading(axes, "In what order" + more, n_lines=1 if hidden else 0, look=look)
    if ax is None:
        small_print(axes, ensemble_line(ensemble), NOTE, look)
    return axes


def _order(shares: Reals) -> list[int]:
    """Nations by their chance of ever going public, but for those there from the start."""
    order = np.argsort(shares[:, -1], kind="stable")
    return [int(nation) for nation in order if shares[nation, 0] < 1]


def _draw(axes: Axes, shares: Reals, last: int, look: Theme) -> None:
    """Draw ranks 0 (from the start, if any is) to `last`, and after a gap the chance of never."""
    first = 0 if shares[:, 0].any() else 1
    ranks = shares[:, first : last + 1]
    image = axes.imshow(
        ranks,
        cmap=look.chance_colours(),
        vmin=0,
        vmax=max(float(ranks.max()), 1e-9),
        aspect="auto",
        interpolation="nearest",
        extent=(first - 0.5, last + 0.5, len(shares) - 0.5, -0.5),
    )
    axes.hlines(np.arange(1, len(shares)) - 0.5, first - 0.5, last + 0.5, colors=look.paper, lw=0.6)
    _mark_medians(axes, shares)
    room = figure_of(axes).get_figwidth() - ROOM_FOR_NAMES_INCHES
    n_ticks = int(np.clip(room / 0.4, 2, 10))
    ticks = MaxNLocator(integer=True, nbins=n_ticks).tick_values(first, last)
    axes.set_xticks([tick for tick in ticks if first <= tick <= last])
    axes.xaxis.set_major_formatter(FuncFormatter(_rank_label))
    axes.set_xlabel("rank", fontsize=NORMAL, color=look.ink)
    colour_bar(axes, image, "share of runs", look, in_percent=True)


def _mark_medians(axes: Axes, shares: Reals) -> None:
    places = np.arange(len(shares))
    axes.plot(
        rank_quantile(shares, 0.5),
        places,
        "o",
        ms=3.2,
        mfc="white",
        mec="#222222",
        mew=0.6,
        zorder=3,
    )


def _write_never(axes: Axes, never: Reals, last: int, look: Theme) -> None:
    """The chance of never going public, as a number at the end of each row."""
    figure_width = figure_of(axes).get_figwidth() * axes.get_position().width
    room = (last + 1) * 0.55 / figure_width
    axes.set_xlim(axes.get_xlim()[0], last + 0.5 + room)
    for place, share in enumerate(never):
        axes.text(
            *(last + 0.5 + room, place, percent(float(share))),
            fontsize=row_type(look, len(never)),
            color=look.ink,
            ha="right",
            va="center_baseline",
        )
    axes.text(
        *(last + 0.5 + room, -0.7, "never"),
        fontsize=SMALL,
        color=look.faint,
        ha="right",
        va="bottom",
    )


def _rank_label(value: float, _: int | None) -> str:
    return "start" if value == 0 else f"{value:.0f}"
