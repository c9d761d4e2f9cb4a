"""Even chances: along which curve of two paths the outcome is as likely as not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.plots.axes import lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import GIVEN, heading, new_axes, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.plots.tipping.frame import at_end, level_axis, marker_of, tipping_line
from sim.studies.tipping.words import outcome_text

if TYPE_CHECKING:
    from sim.studies.tipping.result import Tipping

NOTE = (
    "Dots: where the outcome holds in half of the runs, with 95 % intervals, Monte Carlo error "
    "alone; the line joins them. Arrows lie beyond an end. Shaded: more likely than not. All "
    "levels share their luck, so that neighbouring errors are alike. Chances are {given}."
)

NOTE_OF_TURNS = (
    "Dots: the level by which half of the runs have turned, with 95 % intervals, Monte Carlo error "
    "alone; the line joins them. Arrows lie beyond an end. Many runs turn more than once, so that "
    "chances need not be even there."
)


@on_sheet
def even_chances(tipping: Tipping, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """The curve in the plane of two paths along which the chance is one half, with intervals.

    Parameters
    ----------
    tipping : Tipping
        Along two paths.
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        It is along one path.
    """
    if tipping.second is None:
        raise DrawingError("it is of one path; give --along twice for a plane")
    axes, levels, even = ax or new_axes(6.4, 5.0, look), tipping.levels, tipping.even()
    x = np.array([at for at, _ in even])
    y = np.array([at_end(quantile.level, levels) for _, quantile in even])
    level_axis(axes, "x", tipping.second, tipping)
    level_axis(axes, "y", levels, tipping)
    title, note = f"Where the median run first turns, {outcome_text(tipping)}", NOTE_OF_TURNS
    if tipping.is_mostly_monotone:
        title, note = (
            f"Where the chance of {outcome_text(tipping)} is even",
            NOTE.format(given=GIVEN),
        )
        edge = axes.get_ylim()[1 if tipping.rises else 0]
        axes.fill_between(x, y, edge, color=look.public, alpha=0.15, lw=0)
    axes.plot(x, y, color=look.public, lw=1.4)
    for at, quantile in even:
        ends = [at_end(end, levels) for end in (quantile.low, quantile.high)]
        axes.plot([at, at], ends, color=look.public, lw=3, alpha=0.5, solid_capstyle="butt")
        marker = marker_of(quantile.level, ("v", "^"))
        style: dict[str, Any] = {"color": look.public, "ms": 5, "zorder": 3, "clip_on": False}
        axes.plot(at, at_end(quantile.level, levels), marker, **style)
    lines_across(axes, look)
    heading(axes, title, look=look)
    small_print(axes, tipping_line(tipping), note, look)
    return axes
