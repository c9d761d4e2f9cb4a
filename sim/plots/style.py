"""The look that all figures share: colours, canvas, axes of days, and the small print."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from sim.results.wording import cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

STAGE_COLOURS = {
    "outside": "#DDDDDD",
    "talks": "#CCBB44",
    "willing": "#EE8866",
    "public": "#4477AA",
    "pledged": "#228833",
    "deployed": "#114477",
    "left": "#AA3377",
}
"""One colour a stage in every figure; tones of the schemes of [Tol2021]_, which people with the
common kinds of colour blindness can tell apart."""

PUBLIC_COLOUR = STAGE_COLOURS["public"]
PRIVATE_COLOUR = STAGE_COLOURS["willing"]
INK, FAINT = "#222222", "#777777"

CHANCE_COLOURS = LinearSegmentedColormap.from_list(
    "chance of being public", ["#F7F7F4", "#BBD0E4", PUBLIC_COLOUR, "#16324F"]
)
"""From never (white) to always (dark) in the colour of the public stage; even in lightness."""

SMALL, NORMAL, LARGE = 7.5, 9.0, 12.0
"""Sizes of type, points."""

LINE_POINTS = SMALL * 1.35
"""Height of a line of small type, points."""

DPI = 150


def new_axes(width: float, height: float) -> Axes:
    """Axes of a figure of their own, sized in inches, drawn without any window."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=SMALL, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def figure_of(axes: Axes) -> Figure:
    """Figure that the axes belong to."""
    return cast(Figure, axes.get_figure(root=True))


def day_positions(ensemble: Ensemble, days: Sequence[int] | Any) -> Any:
    """Positions of days on a day axis: calendar dates where the scenario has them.

    Returns
    -------
    ndarray, the shape of `days`
    """
    start = ensemble.scenario.start
    offset = 0.0 if start is None else float(cast(Any, date2num)(start))
    return np.asarray(days, dtype=np.float64) + offset


def day_axis(axes: Axes, ensemble: Ensemble) -> None:
    """Label the horizontal axis with calendar dates, or with days from the start."""
    if ensemble.scenario.start is None:
        axes.set_xlabel("day", fontsize=NORMAL, color=INK)
        return
    locator = cast(Any, AutoDateLocator)(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(cast(Any, ConciseDateFormatter)(locator))
    axes.xaxis.get_offset_text().set_fontsize(SMALL)


def heading(axes: Axes, text: str, n_lines: int = 0) -> None:
    """Say what the figure shows, above its left edge and above `n_lines` of labels there."""
    axes.set_title(text, loc="left", fontsize=LARGE, color=INK, pad=6 + n_lines * LINE_POINTS)


def small_print(axes: Axes, ensemble: Ensemble, note: str = "") -> None:
    """Say under the figure what it was drawn from: scenario, runs, seed."""
    title = cut(ensemble.scenario.title, 80) or "untitled scenario"
    text = f"{title} · {ensemble.n_runs:,} runs · seed {ensemble.seed}"
    text = f"{text}\n{note}" if note else text
    label = figure_of(axes).supxlabel(text, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
    label.set_parse_math(False)


def save_figure(axes: Axes, file: str | Path) -> None:
    """Write the figure that the axes belong to; PNG, SVG or PDF by the suffix.

    The same figure gives the same file: no date and no random identifiers are put in. A letter
    that the typeface lacks is drawn as a box.
    """
    file = Path(file)
    undated: dict[str, dict[str, None]] = {
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
    }
    with matplotlib.rc_context({"svg.hashsalt": "willing"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure_of(axes).savefig(file, dpi=DPI, metadata=undated.get(file.suffix.lower()))
