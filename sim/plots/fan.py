"""Fan chart: how large the coalition is, day by day, over all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.plots.marks import mark_meetings
from sim.plots.style import (
    INK,
    NORMAL,
    PRIVATE_COLOUR,
    PUBLIC_COLOUR,
    SMALL,
    day_axis,
    day_positions,
    heading,
    new_axes,
    small_print,
)
from sim.results.measures import INNER, OUTER

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NOTE = (
    "Bands: spread over runs, given the scenario's parameters. "
    "They do not show doubt about the parameters."
)


def fan_chart(ensemble: Ensemble, ax: Axes | None = None) -> Axes:
    """Public size by day: median, and the ranges that hold 50 % and 90 % of the runs.

    The median of the private size, which counts nations that have decided but not said so, is a
    dashed line with its 90 % range in a lighter tone. Meetings stand on the time axis.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    axes = new_axes(8.0, 4.8) if ax is None else ax
    _draw_fan(axes, ensemble)
    _frame(axes, ensemble)
    marks = mark_meetings(axes, ensemble)
    heading(axes, "Size of the coalition", marks.n_lines)
    if ax is None:
        small_print(axes, ensemble, NOTE + marks.note)
    return axes


def _draw_fan(axes: Axes, ensemble: Ensemble) -> None:
    private, public = ensemble.tally("private_size"), ensemble.tally("size")
    days = day_positions(ensemble, ensemble.days)
    bands = (
        (private, OUTER, PRIVATE_COLOUR, 0.18, "90 %"),
        (public, OUTER, PUBLIC_COLOUR, 0.25, "90 % of runs"),
        (public, INNER, PUBLIC_COLOUR, 0.45, "50 %"),
    )
    for tally, ends, colour, alpha, label in bands:
        low, high = (tally.quantile(q) for q in ends)
        axes.fill_between(days, low, high, step="mid", color=colour, alpha=alpha, lw=0, label=label)
    lines = (
        (private, PRIVATE_COLOUR, 1.4, (0, (4, 2)), "with the undisclosed: median"),
        (public, PUBLIC_COLOUR, 2.0, "solid", "public: median"),
    )
    for tally, colour, width, style, label in lines:
        middle = tally.quantile(0.5)
        axes.step(days, middle, where="mid", color=colour, lw=width, ls=style, label=label)


def _frame(axes: Axes, ensemble: Ensemble) -> None:
    """Limits, labels and, under the axes where it hides nothing, the legend."""
    first, last = day_positions(ensemble, [0, ensemble.n_days])
    largest = max(ensemble.tally("private_size").quantile(OUTER[1]).max(), 1.0)
    axes.set_xlim(first, last)
    axes.set_ylim(0, largest * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("nations", fontsize=NORMAL, color=INK)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_axisbelow(True)
    day_axis(axes, ensemble)
    order = (4, 2, 1, 3, 0)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        [handles[index] for index in order],
        [labels[index] for index in order],
        loc="upper left",
        bbox_to_anchor=(0, -0.13),
        ncols=5,
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
        columnspacing=1.4,
    )
