"""The figures of one small ensemble, as they were when somebody last looked at them.

Lettering and legends are left out, and axes put in fixed places: typefaces differ from one version
to the next, and what lettering says and where it lies has tests of its own.
``python -m tests.plots.images`` draws them anew; look at each.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from matplotlib.legend import Legend
from matplotlib.text import Text

import sim
from sim.plots.catalogue import drawer, figures_of
from sim.plots.sheet import figure_of, save_figure
from sim.plots.theme import LIGHT, Theme
from sim.results.ensemble import Ensemble
from sim.results.trace import Trace

FOLDER = Path(__file__).with_name("baseline")
SCENARIO = Path(__file__).with_name("small.yaml")
LOOK = LIGHT.sized(6.0, 4.5)
DPI = 60
PLACES = (
    ((0.05, 0.05, 0.9, 0.9),),
    ((0.05, 0.4, 0.8, 0.55), (0.05, 0.05, 0.8, 0.25)),
)
"""Left, lower edge, width and height of the axes of a figure of one or of two, as shares of it."""

OF_ONE_RUN = "hazard_chart"
ALL = (*figures_of("Ensemble"), OF_ONE_RUN)

QUICK = ("fan_chart", "tile_map", "influence", OF_ONE_RUN)
"""Lines, tiles and text, a network, panels: some tests draw the other kinds where slow ones run."""


def few_of(kinds: Iterable[str]) -> list[Any]:
    """Kinds of figures for a test, which but for a few are marked slow."""
    return [pytest.param(kind, marks=[pytest.mark.slow] * (kind not in QUICK)) for kind in kinds]


@cache
def fixed_ensemble(keep: str = "runs") -> Ensemble:
    """The ensemble that all images are of."""
    return sim.run(sim.load_scenario(SCENARIO), runs=600, seed=1, keep=keep)


@cache
def fixed_trace() -> Trace:
    """One run of it."""
    return sim.trace(fixed_ensemble().scenario, seed=1, run=3)


def write_image(kind: str, file: Path, look: Theme = LOOK) -> None:
    """Draw one figure without its lettering, its axes in places that lettering cannot move."""
    if kind == OF_ONE_RUN:
        axes = sim.plots.hazard_chart(fixed_trace(), "DEU", look=look)
    else:
        axes = drawer(kind)(fixed_ensemble(), look=look)
    figure = figure_of(axes)
    figure.set_layout_engine("none")
    for place, each in enumerate(figure.axes):
        each.set_position(PLACES[len(figure.axes) - 1][place])
    for artist in figure.findobj(lambda artist: isinstance(artist, Text | Legend)):
        artist.set_visible(False)
    save_figure(axes, file, dpi=DPI)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in ALL:
        write_image(name, FOLDER / f"{name}.png")
