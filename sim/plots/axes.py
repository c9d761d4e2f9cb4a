"""What axes have: days along the bottom, grid lines, a legend under them, a colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.dates import (
    MONTHLY,
    AutoDateLocator,
    ConciseDateFormatter,
    DayLocator,
    date2num,
    num2date,
)
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from sim.plots.sheet import figure_of
from sim.plots.theme import LIGHT, MEAN_LETTER, NORMAL, SMALL, Theme
from sim.results.estimates import INNER, OUTER
from sim.results.format import display_width

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

BELOW_DAYS_POINTS = 30.0
"""Room that the labels of a day axis take below it, points."""

LEAST_DAYS_OF_DATES = 5

NARROW = 5.0
"""Inches of width below which a legend, a heading and small print take many lines."""


LEAST_FOR_TWO_BANDS = 6
"""Nations between the ends of the range of 90 % from which on a second band is no patchwork."""

Band = tuple[tuple[float, float], float, str]
"""Quantiles that a band lies between, its opacity, and the share of the runs it contains."""


class HasScenario(Protocol):
    """What a figure of days is drawn from: an ensemble, or the trace of one run."""

    @property
    def scenario(self) -> Scenario:
        """The scenario, with its calendar."""
        ...


def day_positions(drawn: HasScenario, days: Sequence[int] | Any) -> Any:
    """Positions of days on a day axis: calendar dates where the scenario has them.

    Returns
    -------
    ndarray, the shape of `days`
    """
    start = drawn.scenario.start
    offset = 0.0 if start is None else float(cast(Any, date2num)(start))
    return np.asarray(days, dtype=np.float64) + offset


def bands_of_sizes(span: float) -> list[Band]:
    """Bands of a number of nations by day: that of 90 % of the runs, and that of 50 % in it.

    The second is left out where the number takes few values: bands with steps are a patchwork.

    Parameters
    ----------
    span : float
        Largest value of the range of 90 % on any day, minus the smallest.
    """
    bands = [(OUTER, 0.22, "90 % of runs"), (INNER, 0.5, "50 % of runs")]
    return bands if span >= LEAST_FOR_TWO_BANDS else bands[:1]


def day_axis(axes: Axes, drawn: HasScenario, look: Theme = LIGHT) -> None:
    """Label the horizontal axis with calendar dates, or with days from the start."""
    if drawn.scenario.start is None:
        axes.set_xlabel("day")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=9))
        return
    most = max(3, int(figure_of(axes).get_figwidth() * axes.get_position().width * 1.4))
    locator = _date_locator(drawn, min(most, 9))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(cast(Any, ConciseDateFormatter)(locator))
    axes.xaxis.get_offset_text().set(fontsize=SMALL, color=look.ink)


def _date_locator(drawn: HasScenario, most: int) -> Any:
    """Where dates stand: at two or more, since a single one would be written as a time of day."""
    if drawn.scenario.days < LEAST_DAYS_OF_DATES:  # no hours
        return cast(Any, DayLocator)()
    low, high = day_positions(drawn, [0, drawn.scenario.days])
    locator = None
    for allowed in range(most, most + 4):
        locator = cast(Any, AutoDateLocator)(minticks=2, maxticks=allowed)
        locator.intervald[MONTHLY] = [1, 2, 3, 4, 6, 12]
        found = np.asarray(locator.tick_values(*cast(Any, num2date)([low, high])))
        if np.count_nonzero((found >= low) & (found <= high)) > 1:
            break
    return locator


def lines_across(axes: Axes, look: Theme, axis: str = "y") -> None:
    """Faint lines across a chart, behind what is drawn."""
    axes.grid(axis=cast(Any, axis), color=look.grid, lw=0.8)
    axes.set_axisbelow(True)


def legend_below(
    axes: Axes,
    look: Theme,
    order: Sequence[int] | None = None,
    others: Sequence[Axes] = (),
    title: str | None = None,
    has_rows: bool = False,
) -> None:
    """Put a legend under the label of the horizontal axis, in as many columns as the width holds.

    Parameters
    ----------
    axes : Axes
    look : Theme
    order : sequence of int, optional
        Which entries in what order.
    others : sequence of Axes
        Further axes, such as panels, whose entries come first, each label once.
    title : str, optional
        Written above the entries.
    has_rows : bool
        Whether the axes have rows with names, which leave little width beside them in a narrow
        figure: the legend then begins at the figure's edge.
    """
    first: dict[str, Any] = {}
    for each in others:
        for handle, label in zip(*each.get_legend_handles_labels(), strict=True):
            first.setdefault(label, handle)
    handles, labels = axes.get_legend_handles_labels()
    handles, labels = [*first.values(), *handles], [*first, *labels]
    if order is not None:
        labels, handles = [labels[i] for i in order], [handles[i] for i in order]
    if not handles:
        return
    figure = figure_of(axes)
    widest = (max(map(display_width, labels)) * MEAN_LETTER + 5) * SMALL / 72
    across = figure.get_figwidth() * axes.get_position().width
    n_rows = -(-len(handles) // max(1, int(across / widest)))
    n_lines = max(len(each.get_xlabel().splitlines()) for each in (axes, *others))
    below = BELOW_DAYS_POINTS + (1.2 * n_lines - 0.2) * NORMAL * (n_lines > 0)
    is_at_edge = has_rows and figure.get_figwidth() < NARROW
    left = figure.transFigure if is_at_edge else axes.transAxes
    at = blended_transform_factory(left, axes.transAxes) + lowered(axes, below)
    legend = axes.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0.02 if is_at_edge else 0, 0),
        bbox_transform=at,
        ncols=-(-len(handles) // n_rows),
        fontsize=SMALL,
        labelcolor=look.ink,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.4,
        title=title,
        title_fontsize=SMALL,
        alignment="left",
    )
    legend.get_title().set_color(look.ink)


def lowered(axes: Axes, points: float) -> ScaledTranslation:
    """Transform that moves things down by so many points."""
    return ScaledTranslation(0, -points / 72, figure_of(axes).dpi_scale_trans)


def colour_bar(
    axes: Axes, colours: ScalarMappable, label: str, look: Theme, in_percent: bool = False
) -> None:
    """Say what colours mean, in a bar at the right of the axes."""
    share = 0.03 if figure_of(axes).get_figwidth() >= 5 else 0.05  # a thin bar would be a low one
    bar = figure_of(axes).colorbar(
        colours, ax=axes, fraction=share, pad=0.015, aspect=30, anchor=(0.0, 1.0)
    )
    if in_percent:
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:z.3g} %"))
    bar.set_label(label, fontsize=SMALL, color=look.ink)
    bar.outline.set_visible(False)
