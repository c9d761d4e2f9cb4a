"""Reliability: of nations that were given some chance, how many joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from sim.plots.axes import lines_across
from sim.plots.backtest.panels import (
    backtest_line,
    label_lowest,
    panels_of,
    title_panel,
)
from sim.plots.sheet import head_figure, on_sheet, small_print
from sim.plots.theme import LIGHT, SMALL, Theme

if TYPE_CHECKING:
    from sim.calibration.backtest.reliability import Reliability
    from sim.calibration.backtest.result import Backtest

PANEL_INCHES = 2.9
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
COUNTS_AT = -0.085
"""Where the numbers of nations stand, on the scale of shares."""


@on_sheet
def reliability(backtest: Backtest, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Shares that joined against chances, with bands from joint draws of the model, by standing.

    Parameters
    ----------
    backtest : Backtest, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, the first standing is drawn.

    Returns
    -------
    Axes
        Those of the first panel.
    """
    found = backtest.reliability
    standings = list(found) if ax is None else list(found)[:1]
    panels = [ax] if ax is not None else panels_of(standings, PANEL_INCHES, look)
    for axes, standing in zip(panels, standings, strict=True):
        draw_reliability(axes, found[standing], look)
        title_panel(axes, standing, f" ({found[standing].p_text})", look)
    label_lowest(panels, "chance of joining")
    for axes in panels:
        if axes.yaxis.get_tick_params()["labelleft"]:
            axes.set_ylabel("share that joined", size=SMALL)
    head_figure(panels[0], "Whether chances are kept", look)
    note = (
        "Nations in bins of their chance, all coalitions together; how many stands below. Bars: "
        "95 % of joint draws of the model, in which nations of a coalition share its climate. "
        "Dots: the share that joined, a cross where it is outside its bar. p: how often draws "
        "stray as far."
    )
    small_print(panels[0], backtest_line(backtest), note, look)
    return panels[0]


def draw_reliability(axes: Axes, found: Reliability, look: Theme = LIGHT) -> None:
    """Draw the bins of some forecasts: bands, shares, and how many nations are in each."""
    axes.plot([0.0, 1.0], [0.0, 1.0], color=look.faint, lw=0.8, ls="--", zorder=1)
    for each in found.bins:
        ends = [each.band_low, each.band_high]
        axes.plot(
            [each.forecast] * 2,
            ends,
            color=look.public,
            alpha=0.35,
            lw=5,
            zorder=2,
            solid_capstyle="butt",
        )
        marker, colour = ("o", look.ink) if each.is_within else ("X", look.stages["left"])
        axes.plot(each.forecast, each.joined, marker, color=colour, ms=5, zorder=3)
        middle = 0.5 * (each.low + each.high)
        style: dict[str, Any] = {
            "size": SMALL - 1.0,
            "color": look.faint,
            "ha": "center",
            "va": "center",
        }
        axes.text(middle, COUNTS_AT, f"{each.nations:,}", **style)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.14, 1.04)
    axes.set_xticks(TICKS)
    axes.set_yticks(TICKS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    lines_across(axes, look)
