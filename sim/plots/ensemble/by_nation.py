"""Heat maps with a row a nation: the chance of being public by day, the order of joining."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.plots.axes import colour_bar, day_axis, day_positions
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import (
    GIVEN,
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    small_print,
)
from sim.plots.theme import LIGHT, SMALL, Theme
from sim.results.estimates import even_odds_day, order_of_arrival
from sim.results.format import cut, cut_apart, percent
from sim.results.joining import public_days, rank_quantile, rank_shares

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MAX_ROWS = 80
LONGEST_NAME = 32
ROW_INCHES, LEAST_ROW_INCHES = 0.175, 0.1
AROUND_ROWS_INCHES = 1.9
"""Height of a row that a figure is made for, and the least in a figure of a given height; what
stands above and below the rows."""

ROOM_FOR_NAMES_INCHES = 2.4

Reals = NDArray[np.float64]


@on_sheet
def nations_by_day(
    ensemble: Ensemble,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Heat map of the chance of being public, a row a nation and a column a day.

    Nations that are public on day 0 in every run stand apart, on top. The others follow in the
    order in which they are likely to come out: by the first day of even odds, then by the chance
    at the end.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`; a new figure is as tall as its rows need.
    max_rows : int
        Rows to draw; the least likely nations beyond are only counted.
    top : int, optional
        Draw the first so many nations instead.
    """
    chances = ensemble.records.runs_public() / ensemble.n_runs
    days = even_odds_day(chances)
    already, others = order_of_arrival(chances[0], chances[-1], days)
    shown = [*already, *others][
        : rows_that_fit(look, rows_asked(top, max_rows), AROUND_ROWS_INCHES)
    ]
    rows, places = chances[:, shown].T, np.arange(len(shown))
    if 0 < len(already) < len(shown):  # an empty row between the two groups
        rows = np.insert(rows, len(already), np.nan, axis=0)
        places[len(already) :] += 1
    axes = ax or new_axes(8.0, AROUND_ROWS_INCHES + ROW_INCHES * len(rows), look)
    first, last = day_positions(ensemble, [0, ensemble.n_days])
    image = _heat_map(axes, np.ma.masked_invalid(rows), (first, last), look, 1.0)
    day_axis(axes, ensemble, look)
    _name_rows(axes, ensemble, shown, places, row_type(look, len(rows), AROUND_ROWS_INCHES))
    marked = days[shown] > 0
    if marked.any():
        _dots(axes, day_positions(ensemble, days[shown][marked]), places[marked])
    colour_bar(axes, image, "chance of being public", look)
    hidden = len(already) + len(others) - len(shown)
    more = f" (and {hidden:,} more)" if hidden else ""
    heading(axes, "Who is public, by when" + more, look=look)
    note = (
        "Dots: first day on which the nation is public in half of the runs. "
        f"Chances over runs, {GIVEN}."
    )
    small_print(axes, ensemble_line(ensemble), note, look)
    return axes


@on_sheet
def joining_order(
    ensemble: Ensemble,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Heat map of each nation's rank in the order of going public, with its chance of never.

    Nations that are public on day 0 in every run have no rank and are left out.

    Parameters
    ----------
    ensemble : Ensemble
        With single runs kept.
    ax, look
        See `sim.plots`; a new figure is as tall as its rows need.
    max_rows : int
        Rows to draw; the least likely nations beyond are only counted.
    top : int, optional
        Draw the first so many nations instead.

    Raises
    ------
    DrawingError
        The ensemble kept no single runs, or no nation goes public after day 0.
    """
    shares = rank_shares(kept_public_days(ensemble))
    if not shares[:, 1:-1].any():
        raise DrawingError(
            "no nation goes public after day 0 in any run, so there is no order: see nations_by_day"
        )
    order = [int(i) for i in np.argsort(shares[:, -1], kind="stable") if shares[i, 0] < 1]
    shown = order[: rows_that_fit(look, rows_asked(top, max_rows), AROUND_ROWS_INCHES)]
    rows, places = shares[shown], np.arange(len(shown))
    size = row_type(look, len(shown), AROUND_ROWS_INCHES)
    axes = ax or new_axes(8.0, AROUND_ROWS_INCHES + ROW_INCHES * len(shown), look)
    first = 0 if rows[:, 0].any() else 1  # 0 is for those that are there from the start
    last = int(np.nonzero(shares[:, 1:-1].any(axis=0))[0].max()) + 1
    ranks = rows[:, first : last + 1]
    image = _heat_map(axes, ranks, (first, last), look, max(float(ranks.max()), 1e-9))
    _dots(axes, rank_quantile(rows, 0.5), places)
    room = figure_of(axes).get_figwidth() - ROOM_FOR_NAMES_INCHES
    locator = MaxNLocator(integer=True, nbins=int(np.clip(room / 0.4, 2, 10)))
    axes.set_xticks([x for x in locator.tick_values(first, last) if first <= x <= last])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "start" if x == 0 else f"{x:.0f}"))
    axes.set_xlabel("rank")
    colour_bar(axes, image, "share of runs", look, in_percent=True)
    # After a gap, the chance of never going public, as a number at the end of each row.
    gap = (last + 1) * 0.55 / (figure_of(axes).get_figwidth() * axes.get_position().width)
    axes.set_xlim(axes.get_xlim()[0], last + 0.5 + gap)
    at_end: dict[str, Any] = {"ha": "right", "x": last + 0.5 + gap}
    for place, share in enumerate(rows[:, -1]):
        axes.text(y=place, s=percent(float(share)), size=size, va="center_baseline", **at_end)
    axes.text(y=-0.7, s="never", size=SMALL, color=look.faint, va="bottom", **at_end)
    _name_rows(axes, ensemble, shown, places, size)
    hidden = len(order) - len(shown)
    more = f" (and {hidden:,} more)" if hidden else ""
    heading(axes, "In what order" + more, n_lines=1 if hidden else 0, look=look)
    note = (
        "Rank: order of going public after day 0 (start: public on day 0); nations of one day "
        "share their ranks. Dots: median rank over the runs in which the nation goes public. "
        f"Shares of runs, {GIVEN}."
    )
    small_print(axes, ensemble_line(ensemble), note, look)
    return axes


def kept_public_days(ensemble: Ensemble) -> NDArray[np.int64]:
    """First day on which each nation is public, shape (n_runs, n_nations); see `public_days`.

    Raises
    ------
    DrawingError
        The ensemble kept no single runs.
    """
    if ensemble.keep == "summary":
        raise DrawingError("it takes single runs, and only counts were kept (run with --keep runs)")
    return public_days(ensemble)


def row_labels(nations: Sequence[tuple[str, str]]) -> list[str]:
    """Name and code of nations, given as such pairs; the code alone of one with no other name."""
    codes = cut_apart([code for _, code in nations], LONGEST_NAME)
    return [
        short if name == code else f"{cut(name, LONGEST_NAME)}  {short}"
        for (name, code), short in zip(nations, codes, strict=True)
    ]


def rows_asked(top: int | None, most: int) -> int:
    """Rows that are asked for, at most `most` unless by `top`.

    Raises
    ------
    ValueError
        `top` is less than 1.
    """
    if top is not None and top < 1:
        raise ValueError(f"top: {top} must be at least 1 nation")
    return most if top is None else top


def rows_that_fit(
    look: Theme, most: int, around: float, row_inches: float = LEAST_ROW_INCHES
) -> int:
    """Most rows, at most `most`, that a figure of this look has room for beside `around` inches."""
    if look.height is None:
        return most
    return min(most, max(1, int((look.height - around) / row_inches)))


def row_type(look: Theme, n_rows: int, around: float) -> float:
    """Size of the type of rows, points: smaller where rows are lower."""
    if look.height is None:
        return SMALL
    return min(SMALL, 0.68 * 72 * max(LEAST_ROW_INCHES, (look.height - around) / n_rows))


def _heat_map(
    axes: Axes, values: Reals, ends: tuple[float, float], look: Theme, most: float
) -> AxesImage:
    """Draw rows of values from 0 to `most`, the columns from one end to the other, apart."""
    left, right = ends[0] - 0.5, ends[1] + 0.5
    image = axes.imshow(
        values,
        cmap=look.chance_colours(),
        vmin=0,
        vmax=most,
        aspect="auto",
        interpolation="nearest",
        extent=(left, right, len(values) - 0.5, -0.5),
    )
    axes.hlines(np.arange(1, len(values)) - 0.5, left, right, colors=look.paper, lw=0.6)
    return image


def _dots(axes: Axes, x: Any, y: Any) -> None:
    axes.plot(x, y, "o", ms=3.2, mfc="white", mec="#222222", mew=0.6, zorder=3)


def _name_rows(
    axes: Axes, ensemble: Ensemble, shown: list[int], places: NDArray[np.int64], size: float
) -> None:
    """Name rows after nations, by name and code, in place of ticks and spines."""
    nations = [ensemble.scenario.nations[nation] for nation in shown]
    labels = row_labels([(each.name, each.id) for each in nations])
    axes.set_yticks(list(places), labels, parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=size)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
