"""Size strips: the whole distribution of public size as it changes along one varied path."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import PowerNorm
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.plots.axes import colour_bar, legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    canvas_along,
    colour_map,
    draw_axis,
    draw_mesh,
    draw_row_names,
    label_axis,
    length_points,
    mark_base,
    mark_gaps,
    notes_along,
    small_print_of,
    thinned_rows,
    write_title,
)
from sim.plots.sweep.grid import (
    Axis,
    Lattice,
    Reals,
    along_axis,
    grid_axes,
    lattice_of,
    refuse_nothing,
)
from sim.plots.sweep.outcome_lines import MOST_MARKED, apart
from sim.plots.sweep.words import on_day
from sim.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sim.studies.sweep.result import Sweep

MOST_BINS = 120
"""Of more sizes than these, several share a cell."""


class Strip(NamedTuple):
    """Shares of runs by size, along an axis.

    Attributes
    ----------
    along : Axis
    edges : ndarray, shape (n_bins + 1,)
        Ends of the bins of size.
    shares : ndarray, shape (n_along, n_bins)
        NaN where there is no run.
    medians : ndarray, shape (n_along,)
    least_runs : int
        Least number of runs at any point that has some.
    """

    along: Axis
    edges: Reals
    shares: Reals
    medians: Reals
    least_runs: int


@on_sheet
def size_strip(
    sweep: Sweep,
    *,
    day: int | None = None,
    across: str | None = None,
    look: Theme = LIGHT,
    ax: Axes | None = None,
) -> Axes:
    """Share of runs by public size, along one varied number or category by category.

    Two humps of a distribution show as two dark strips, where a mean lies between them.

    Parameters
    ----------
    sweep : Sweep
        Of a grid.
    day : int, optional
        One of the study's days; the last day by default.
    across : str, optional
        The varied path; by default the number with the most values, if there is one. Others are
        held at the value nearest to the base scenario's.
    look, ax
        See `sim.plots`.

    Raises
    ------
    DrawingError
        The design is no grid, the sizes of that day were not kept, no point could be run, or the
        figure is too low for a row each.
    """
    axes_of = grid_axes(sweep)
    along = thinned_rows(along_axis(sweep, axes_of, across), look, ax is not None)
    lattice = lattice_of(sweep, [along], axes_of)
    try:
        counts = sweep.size_counts(day)
    except KeyError as reason:
        raise DrawingError(str(reason.args[0])) from None
    refuse_nothing(sweep, np.where(lattice.of(counts.sum(axis=1)) > 0, 0.0, np.nan))
    strip = _strip(lattice, counts)
    axes = ax or canvas_along(along, look)
    colours = ScalarMappable(PowerNorm(0.5, 0.0, float(np.nanmax(strip.shares))), colour_map(look))
    (_draw_columns if along.is_number else _draw_rows)(axes, strip, colours, look)
    mark_gaps(axes, along, lattice.failed(sweep), look)
    colour_bar(axes, colours, "share of runs", look, in_percent=True)
    legend_below(axes, look, has_rows=not along.is_number)
    write_title(axes, f"distribution of public size{on_day(sweep, day)}", look)
    error = 100 * sqrt(0.1 * 0.9 / strip.least_runs)
    width = int(strip.edges[1] - strip.edges[0])
    several = f"Each cell is {width} sizes. " if width > 1 else ""
    is_bold = not along.is_number and along.base_place is not None
    bold = "Bold: the base scenario. " if is_bold else ""
    note = (
        f"{several}Variation between runs, which more runs do not reduce; colour goes with the "
        f"square root of the share. {bold}Monte Carlo error of a share of 10 %: {error:.2g} points "
        "(one standard error)."
    )
    notes = notes_along(axes, sweep, lattice, axes_of[along.path])
    small_print_of(axes, sweep, [note, *notes], look)
    return axes


def _strip(lattice: Lattice, counts: NDArray[np.int64]) -> Strip:
    """Shares of runs by size along the one axis of a lattice.

    Parameters
    ----------
    lattice : Lattice
    counts : ndarray of int, shape (n_points, n_sizes)
        Number of runs by public size, in the order of the sweep's table; some of them not 0.
    """
    there = lattice.rows >= 0
    found = np.where(there[:, None], counts[lattice.rows], 0)
    runs = found.sum(axis=1)
    has_runs = runs > 0
    medians = np.full(len(found), np.nan)
    # The least size that at least half of the runs do not exceed, as for medians of runs.
    medians[has_runs] = (2 * found.cumsum(axis=1) >= runs[:, None]).argmax(axis=1)[has_runs]
    occurring = np.flatnonzero(found.sum(axis=0))
    low, high = int(occurring[0]), int(occurring[-1])
    step = -(-(high - low + 1) // MOST_BINS)
    lows = np.arange(low, high + 1, step)
    binned = np.add.reduceat(found[:, : high + 1], lows, axis=1)
    with np.errstate(invalid="ignore"):
        shares = binned / runs[:, None]
    edges = np.append(lows, lows[-1] + step) - 0.5
    return Strip(lattice.axes[0], edges, shares, medians, int(runs[has_runs].min()))


def _draw_columns(axes: Axes, strip: Strip, colours: ScalarMappable, look: Theme) -> None:
    """Draw sizes upwards over a numeric axis, with the median."""
    draw_mesh(axes, strip.along.edges, strip.edges, strip.shares.T, colours)
    where = strip.along.positions
    # Rims of many markers would cover the line; a median apart from others is seen by its own.
    is_marked = np.isfinite(where) if len(where) <= MOST_MARKED else apart(strip.medians)
    halo = [patheffects.withStroke(linewidth=3.2, foreground=look.paper)]
    style: dict[str, Any] = {"lw": 1.6, "path_effects": halo, "label": "median of runs"}
    style |= {"color": look.series_colour(1), "ms": 3, "markevery": is_marked}
    style["marker"] = "o" if is_marked.any() else ""  # so too in the legend
    axes.plot(where, strip.medians, **style)
    draw_axis(axes, "x", strip.along, look)
    mark_base(axes, strip.along, look)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.set_ylim(strip.edges[0], strip.edges[-1])
    label_axis(axes, "y", "public size (nations)", look)


def _draw_rows(axes: Axes, strip: Strip, colours: ScalarMappable, look: Theme) -> None:
    """Draw a row of sizes for each category, with the median."""
    n_rows = len(strip.along)
    spaced = np.full((2 * n_rows - 1, strip.shares.shape[1]), np.nan)  # with gaps between rows
    spaced[::2] = strip.shares
    ends = (np.arange(n_rows)[:, None] + np.array([-0.42, 0.42])).ravel()
    draw_mesh(axes, strip.edges, ends, spaced, colours)
    style: dict[str, Any] = {"color": look.series_colour(1), "mec": look.paper, "ms": 5}
    axes.plot(strip.medians, np.arange(n_rows), "o", label="median of runs", **style)
    draw_row_names(axes, strip.along, look)
    most = int(np.clip(length_points(axes, "x") / 25, 2, 6))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=most))
    axes.set_xlim(strip.edges[0], strip.edges[-1])
    label_axis(axes, "x", "public size (nations)", look)
