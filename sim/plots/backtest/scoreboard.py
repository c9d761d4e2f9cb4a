"""Scoreboard: log losses of the model and of baselines, coalition by coalition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product
from math import isnan
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.calibration.backtest.result import MODEL
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
    from sim.calibration.backtest.result import Backtest
    from sim.calibration.backtest.scoreboard import Scoreboard

AROUND_INCHES, ROW_INCHES = 0.7, 0.27
BELOW = 0.24
"""Of a row: how far below the mean the coalitions lie."""

SCORE_LABEL = "log loss a nation"


@on_sheet
def scoreboard(backtest: Backtest, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Mean log loss of each method with its interval, and that of each coalition, by standing.

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
    board = backtest.scoreboard
    standings = board.standings if ax is None else board.standings[:1]
    height = AROUND_INCHES + ROW_INCHES * len(board.methods)
    panels = [ax] if ax is not None else panels_of(standings, height, look)
    methods = {method: method for method in board.methods}
    for axes, standing in zip(panels, standings, strict=True):
        draw_scores(axes, board, standing, methods, (MODEL,), look)
        title_panel(axes, standing, "", look)
    largest = largest_score(board, standings, board.methods)
    panels[0].set_xlim(0.0, 1.1 * largest)
    label_lowest(panels, SCORE_LABEL)
    head_figure(panels[0], "How well coalitions that were left out are forecast", look)
    note = (
        "Diamonds: means over coalitions, with their 95 % interval by Student's t, which may reach "
        "over the edge; dots: coalitions. Intervals take coalitions to be independent, but their "
        "fits overlap, so they may be too narrow. Differences between two methods, which are "
        "paired, have intervals of their own."
    )
    small_print(panels[0], backtest_line(backtest), note, look)
    return panels[0]


def largest_score(board: Scoreboard, standings: Iterable[str], methods: Iterable[str]) -> float:
    """The largest log loss of a coalition."""
    pairs = product(methods, standings)
    return max(max(board.of(*pair, "log").values(), default=0.0) for pair in pairs)


def draw_scores(
    axes: Axes,
    board: Scoreboard,
    standing: str,
    methods: Mapping[str, str],
    own: Collection[str],
    look: Theme = LIGHT,
) -> None:
    """Draw a row for each method: coalitions, and their mean with its interval.

    Parameters
    ----------
    axes : Axes
    board : Scoreboard
    standing : str
    methods : mapping of str to str
        Names of the methods and what the figure calls them, from the top down.
    own : collection of str
        Methods of the model, which have its colour.
    look : Theme
    """
    for row, method in enumerate(methods):
        each = board.of(method, standing, "log")
        if not each:
            style: dict[str, Any] = {"size": SMALL, "color": look.faint, "va": "center"}
            axes.text(0.02, row, "no forecast", transform=axes.get_yaxis_transform(), **style)
            continue
        mean, half, *_ = board.mean(method, standing, "log")
        colour = look.public if method in own else look.ink
        values = list(each.values())
        axes.plot(values, [row + BELOW] * len(values), "o", color=look.faint, ms=3, alpha=0.8)
        if not isnan(half):
            axes.plot([max(0.0, mean - half), mean + half], [row, row], color=colour, lw=1.4)
        axes.plot(mean, row, "D", color=colour, ms=5)
    axes.set_yticks(range(len(methods)), methods.values(), parse_math=False)
    axes.set_ylim(len(methods) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    lines_across(axes, look, "x")
