"""The canvas that all figures share: axes, days, headings, small print, files."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.dates import (
    MONTHLY,
    AutoDateLocator,
    ConciseDateFormatter,
    DayLocator,
    date2num,
    num2date,
)
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from sim.plots.theme import LIGHT, Look
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario

SMALL, NORMAL, LARGE = 7.5, 9.0, 12.0
"""Sizes of type, points."""

LINE_POINTS = SMALL * 1.35
"""Height of a line of small type, points."""

MEAN_LETTER = 0.52
"""Mean width of a letter of the typeface, in units of its size."""

BELOW_DAYS_POINTS = 30.0
"""Room that the labels of a day axis take below it, points."""

LEAST_DAYS_OF_DATES = 5
HEADING_SHARE = 0.75
"""Of the figure's width, what a heading may take up."""

DPI = 150


class DrawingError(ValueError):
    """There is nothing to draw in this result; the message says why."""


class Drawn(Protocol):
    """What a figure of days is drawn from: an ensemble, or the trace of one run."""

    @property
    def scenario(self) -> Scenario:
        """The scenario, with its calendar."""
        ...


def new_figure(width: float, height: float, look: Look = LIGHT) -> Figure:
    """Figure of its own, sized in inches unless the look has a size, drawn without any window."""
    size = (look.width or width, look.height or height)
    figure = Figure(figsize=size, layout="constrained", facecolor=look.paper)
    FigureCanvasAgg(figure)
    return figure


def new_axes(width: float, height: float, look: Look = LIGHT) -> Axes:
    """The axes of a figure that has one."""
    axes = new_figure(width, height, look).add_subplot()
    dress(axes, look)
    return axes


def dress(axes: Axes, look: Look) -> None:
    """Give axes of our own figures their colours, type and spines."""
    axes.set_facecolor("none")
    axes.tick_params(labelsize=SMALL, colors=look.ink)
    for side, spine in axes.spines.items():
        spine.set_edgecolor(look.ink)
        spine.set_visible(side in ("left", "bottom"))


def figure_of(axes: Axes) -> Figure:
    """Figure that the axes belong to."""
    return cast(Figure, axes.get_figure(root=True))


def day_positions(drawn: Drawn, days: Sequence[int] | Any) -> Any:
    """Positions of days on a day axis: calendar dates where the scenario has them.

    Returns
    -------
    ndarray, the shape of `days`
    """
    start = drawn.scenario.start
    offset = 0.0 if start is None else float(cast(Any, date2num)(start))
    return np.asarray(days, dtype=np.float64) + offset


def day_axis(axes: Axes, drawn: Drawn, look: Look = LIGHT) -> None:
    """Label the horizontal axis with calendar dates, or with days from the start."""
    if drawn.scenario.start is None:
        axes.set_xlabel("day", fontsize=NORMAL, color=look.ink)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=9))
        return
    most = max(3, int(figure_of(axes).get_figwidth() * axes.get_position().width * 1.4))
    locator = _date_locator(drawn, min(most, 9))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(cast(Any, ConciseDateFormatter)(locator))
    offset = axes.xaxis.get_offset_text()
    offset.set_fontsize(SMALL)
    offset.set_color(look.ink)


def _date_locator(drawn: Drawn, most: int) -> Any:
    """Where dates stand: at two or more, since a single one would be written as a time of day."""
    if drawn.scenario.days < LEAST_DAYS_OF_DATES:  # no hours
        return cast(Any, DayLocator)()
    low, high = day_positions(drawn, [0, drawn.scenario.days])
    locator = None
    for allowed in range(most, most + 4):
        locator = cast(Any, AutoDateLocator)(minticks=2, maxticks=allowed)
        locator.intervald[MONTHLY] = [1, 2, 3, 4, 6, 12]
        ends = cast(Any, num2date)([low, high])
        found = np.asarray(locator.tick_values(*ends))
        if np.count_nonzero((found >= low) & (found <= high)) > 1:
            break
    return locator


def heading(axes: Axes, text: str, n_lines: int = 0, look: Look = LIGHT) -> None:
    """Say what the figure shows, above its left edge and above `n_lines` of labels there."""
    across = figure_of(axes).get_figwidth() * 72 * HEADING_SHARE
    wrapped = textwrap.fill(text, max(12, int(across / (LARGE * MEAN_LETTER))))
    axes.set_title(
        wrapped,
        loc="left",
        fontsize=LARGE,
        color=look.ink,
        pad=6 + n_lines * LINE_POINTS,
        parse_math=False,
    )


def legend_below(
    axes: Axes,
    look: Look,
    order: Sequence[int] | None = None,
    more: tuple[list[Any], list[str]] = ([], []),
) -> None:
    """Put the legend under the labels of the day axis, in as many columns as the width holds.

    Parameters
    ----------
    axes : Axes
    look : Look
    order : sequence of int, optional
        Which entries in what order.
    more : pair of lists
        Handles and labels of other axes, which come first.
    """
    handles, labels = axes.get_legend_handles_labels()
    handles, labels = [*more[0], *handles], [*more[1], *labels]
    places = range(len(handles)) if order is None else order
    handles, labels = [handles[i] for i in places], [labels[i] for i in places]
    if not handles:
        return
    widest = (max(map(len, labels)) * MEAN_LETTER + 5) * SMALL / 72
    across = figure_of(axes).get_figwidth() * axes.get_position().width
    below = BELOW_DAYS_POINTS + (NORMAL if axes.get_xlabel() else 0)
    move = ScaledTranslation(0, -below / 72, figure_of(axes).dpi_scale_trans)
    axes.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + move,
        ncols=max(1, min(len(handles), int(across / widest))),
        fontsize=SMALL,
        labelcolor=look.ink,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.4,
    )


def colour_bar(
    axes: Axes, colours: ScalarMappable, label: str, look: Look, in_percent: bool = False
) -> None:
    """Say what colours mean, in a bar at the right of the axes."""
    share = 0.03 if figure_of(axes).get_figwidth() >= 5 else 0.05  # a thin bar would be a low one
    bar = figure_of(axes).colorbar(
        colours, ax=axes, fraction=share, pad=0.015, aspect=30, anchor=(0.0, 1.0)
    )
    if in_percent:
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    bar.set_label(label, fontsize=SMALL, color=look.ink)
    bar.ax.tick_params(labelsize=SMALL, colors=look.ink)
    bar.outline.set_visible(False)


def ensemble_line(ensemble: Ensemble) -> str:
    """What an ensemble is: title, runs, seed, digest."""
    title = cut(ensemble.scenario.title, 80) or "untitled scenario"
    runs = "1 run" if ensemble.n_runs == 1 else f"{ensemble.n_runs:,} runs"
    return f"{title} · {runs} · seed {ensemble.seed} · digest {ensemble.scenario.digest[:8]}"


def small_print(axes: Axes, drawn_from: str, note: str = "", look: Look = LIGHT) -> None:
    """Say under the figure what it was drawn from, and what else a reader must know."""
    figure = figure_of(axes)
    points = figure.get_figwidth() * 72 - 8
    lines = [line for text in (drawn_from, note) for line in fitted(text, points)]
    label = figure.supxlabel(
        "\n".join(lines), x=0.01, ha="left", fontsize=SMALL, color=look.faint, linespacing=1.3
    )
    label.set_parse_math(False)


def fitted(text: str, points: float) -> list[str]:
    """Lines of small type that are no wider than so many points, as measured."""
    letters = int(points / (SMALL * MEAN_LETTER))
    figure = Figure(dpi=72)
    while True:
        lines = textwrap.wrap(text, letters)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            boxes = [
                Text(text=line, fontsize=SMALL, figure=figure, parse_math=False).get_window_extent()
                for line in lines
            ]
        if letters < 12 or all(box.width <= points for box in boxes):
            return lines
        letters -= 1


def save_figure(axes: Axes, file: str | Path, dpi: int = DPI) -> None:
    """Write the figure that the axes belong to; PNG, SVG or PDF by the suffix.

    The same figure gives the same file: no date and no random identifiers are put in. Type in a
    PDF stays type (journals refuse outlines). A letter that the typeface lacks is drawn as a box.

    Raises
    ------
    DrawingError
        The figure is too small for what is on it.
    OSError
        The disk is full, read-only or failed.
    """
    file = Path(file)
    undated: dict[str, dict[str, None]] = {
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
    }
    settings: Any = {"svg.hashsalt": "willing", "pdf.fonttype": 42}
    drawn, form = BytesIO(), file.suffix.lower()  # a disk that gives out half-way says so plainly
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        warnings.filterwarnings("error", message="constrained_layout not applied")
        try:
            figure_of(axes).savefig(drawn, format=form[1:], dpi=dpi, metadata=undated.get(form))
        except UserWarning:
            width, height = figure_of(axes).get_size_inches()
            raise DrawingError(f"{width:g} by {height:g} inches are too small for it") from None
    file.write_bytes(drawn.getvalue())
