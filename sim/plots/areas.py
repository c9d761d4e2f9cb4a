"""Areas that stand on each other, told apart by colour, hatching and name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import ceil
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sim.plots.sheet import figure_of
from sim.plots.theme import MEAN_LETTER, SMALL, Theme, is_dark
from sim.results.format import display_width

OPACITY = 0.8

HATCHED = 3.2
"""Width of the rim round the letters of a name, which keeps hatching away, points."""

MOST_PLACES = 400
"""Places along an area that are tried for its name."""

ACROSS, UP = 0.8, 0.6
"""Shares of the room of the axes that is surely left to them when the figure is laid out."""

Reals = NDArray[np.float64]


class Area(NamedTuple):
    """An area: its name, its height at each place, and how it looks."""

    name: str
    heights: Reals
    colour: str
    hatch: str


def stack_areas(axes: Axes, x: Reals, areas: Sequence[Area], look: Theme) -> None:
    """Draw areas one above the other, the first at the bottom."""
    with fine_hatching():
        drawn = axes.stackplot(
            x,
            np.array([area.heights for area in areas]),
            colors=[on_paper(area.colour, look) for area in areas],
            labels=[area.name for area in areas],
            edgecolor=look.paper,
            lw=0.5,
        )
    for polygon, area in zip(drawn, areas, strict=True):
        polygon.set_hatch(area.hatch)


def fine_hatching() -> AbstractContextManager[None]:
    """Context in which areas that are made have thin lines of hatching."""
    return matplotlib.rc_context({"hatch.linewidth": 0.7})


def name_areas(axes: Axes, x: Reals, areas: Sequence[Area], look: Theme) -> None:
    """Write the name of each area into it where it is highest, if there is room."""
    figure, place, (low, high) = figure_of(axes), axes.get_position(), axes.get_ylim()
    picked = np.linspace(0, len(x) - 1, min(len(x), MOST_PLACES)).round().astype(np.int64)
    places, tops = x[picked], np.cumsum([area.heights[picked] for area in areas], axis=0)
    bottoms = np.vstack([np.zeros(len(picked)), tops[:-1]])
    letter = MEAN_LETTER * SMALL / (ACROSS * 72 * figure.get_figwidth() * place.width)
    line = 1.4 * SMALL * (high - low) / (UP * 72 * figure.get_figheight() * place.height)
    for area, bottom, top in zip(areas, bottoms, tops, strict=True):
        n_places = ceil((display_width(area.name) + 1) * letter * len(places)) + 1
        if n_places > len(places):
            continue
        floor = sliding_window_view(bottom, n_places).max(axis=-1)
        room = sliding_window_view(top, n_places).min(axis=-1) - floor
        best = int(room.argmax())
        if room[best] < line:
            continue
        ground = on_paper(area.colour, look)
        axes.text(
            float(places[[best, best + n_places - 1]].mean()),
            float(floor[best] + room[best] / 2),
            area.name,
            size=SMALL,
            color="white" if is_dark(ground) else "#222222",
            ha="center",
            va="center_baseline",
            zorder=3,
            in_layout=False,
            parse_math=False,
            path_effects=[patheffects.withStroke(linewidth=HATCHED, foreground=ground)],
        )


def on_paper(colour: str, look: Theme) -> tuple[float, float, float]:
    """A colour as it looks where a little of the paper shows through."""
    red, green, blue = (
        OPACITY * ink + (1 - OPACITY) * paper
        for ink, paper in zip(to_rgb(colour), to_rgb(look.paper), strict=True)
    )
    return (red, green, blue)
