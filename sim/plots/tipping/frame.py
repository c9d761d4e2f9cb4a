"""What figures of a tipping point share: axes of levels and of chances, and what they are of."""

from __future__ import annotations

from math import inf, isinf
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from sim.plots.sheet import figure_of, title_of
from sim.results.format import counted
from sim.studies.tipping.words import level_text, path_text

if TYPE_CHECKING:
    from sim.studies.tipping.levels import Levels
    from sim.studies.tipping.result import Tipping

Reals = NDArray[np.float64]

INCHES_A_TICK = 0.9


def level_axis(axes: Axes, which: Literal["x", "y"], levels: Levels, found: Tipping) -> None:
    """An axis of levels from end to end of a path: numbers, days, or dates."""
    label, axis = path_text(levels, with_unit=True), axes.xaxis if which == "x" else axes.yaxis
    if levels.spacing == "log":
        axes.set_xscale("log") if which == "x" else axes.set_yscale("log")
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    else:
        inches = figure_of(axes).get_size_inches()[0 if which == "x" else 1]
        nbins = int(np.clip(inches / INCHES_A_TICK, 3, 9))
        steps = [1, 2, 2.5, 5, 10]
        axis.set_major_locator(MaxNLocator(nbins=nbins, steps=steps, integer=levels.is_whole))
    if levels.is_date:
        axis.set_major_formatter(
            FuncFormatter(lambda day, _: level_text(day, levels, found.scenario))
        )
    low, high = _padded(levels)
    if which == "x":
        axes.set_xlabel(label)
        axes.set_xlim(low, high)
    else:
        axes.set_ylabel(label)
        axes.set_ylim(low, high)


def _padded(levels: Levels) -> tuple[float, float]:
    """Ends of an axis, a little beyond those of the path, so that marks on them are whole."""
    if levels.spacing == "log":
        ratio = (levels.high / levels.low) ** 0.02
        return levels.low / ratio, levels.high * ratio
    pad = 0.02 * (levels.high - levels.low)
    return levels.low - pad, levels.high + pad


def chance_axis(axes: Axes, label: str) -> None:
    """A vertical axis of chances."""
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.set_ylabel(label)


def at_end(level: float, levels: Levels) -> float:
    """A level where it can be drawn: at the end beyond which it is."""
    return (levels.high if level == inf else levels.low) if isinf(level) else level


def marker_of(level: float, beyond: tuple[str, str] = ("<", ">")) -> str:
    """Marker of a level: a dot, or an arrow towards the end beyond which it is."""
    return "o" if not isinf(level) else beyond[int(level > 0)]


def tipping_line(found: Tipping) -> str:
    """What a tipping point is: title, runs, seed, digest."""
    runs, digest = counted(found.n_runs, "run"), found.scenario.digest[:8]
    return f"{title_of(found.scenario)} · {runs} · seed {found.seed} · digest {digest}"
