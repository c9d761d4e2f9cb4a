"""Panels of figures of a back-test: one for each day on which forecasts stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sim.calibration.backtest.case import TITLES
from sim.calibration.backtest.result import Backtest
from sim.plots.sheet import Sheet, require_height
from sim.plots.theme import NORMAL, SMALL, Theme
from sim.results.format import counted

N_ACROSS = 2
WIDTH, LEAST_FOR_TWO, AROUND_INCHES = 8.0, 6.5, 0.6
"""Inches: width of a figure, least width for two panels beside each other, and what is around."""

CALENDARS = {
    "known": "calendar of the day, and drawn occasions",
    "scheduled": "scheduled meetings alone",
    "all": "all later events given",
}


def panels_of(standings: Sequence[str], height: float, look: Theme) -> list[Axes]:
    """Axes of a new figure, two across if it is wide enough, as many as there are standings.

    Those with nothing below have the labels of the horizontal axis.

    Parameters
    ----------
    standings : sequence of str
    height : float, inches
        Of a panel with its labels.
    look : Theme
    """
    is_narrow = look.width is not None and look.width < LEAST_FOR_TWO
    n_across = 1 if is_narrow else min(N_ACROSS, len(standings))
    n_down = -(-len(standings) // n_across)
    around = AROUND_INCHES + 4.0 / (look.width or WIDTH)
    require_height(look, around + 0.5 * height * n_down)
    sheet = Sheet(WIDTH if n_across > 1 else 5.2, around + height * n_down, look)
    cast(ConstrainedLayoutEngine, sheet.get_layout_engine()).set(wspace=0.04, hspace=0.04)
    grid = sheet.subplots(n_down, n_across, sharex=True, sharey=True, squeeze=False)
    places = list(grid.flat)
    for spare in places[len(standings) :]:
        spare.set_axis_off()
    panels = places[: len(standings)]
    for axes in panels[-n_across:]:
        axes.tick_params(labelbottom=True)
    return panels


def label_lowest(panels: Sequence[Axes], label: str) -> None:
    """Label the horizontal axis of the panels with nothing below."""
    for axes in panels:
        if axes.xaxis.get_tick_params()["labelbottom"]:
            axes.set_xlabel(label, size=SMALL)


def title_panel(axes: Axes, standing: str, more: str, look: Theme) -> None:
    """Say above a panel when its forecasts stand."""
    text = f"{TITLES[standing]}{more}"
    axes.set_title(text, loc="left", size=NORMAL, color=look.ink, parse_math=False)


def backtest_line(backtest: Backtest) -> str:
    """What a back-test is: coalitions, calendar."""
    n = counted(len(backtest.coalitions), "coalition")
    return f"{n}, each left out of the fit that forecasts it · {CALENDARS[backtest.calendar]}"
