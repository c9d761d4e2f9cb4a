"""Tile maps: one equal tile a nation, coloured by its chance of being public on a day."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from sim.plots.axes import colour_bar
from sim.plots.ensemble.tiles import Spot, place_tiles, world
from sim.plots.sheet import (
    GIVEN,
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    small_print,
)
from sim.plots.theme import LIGHT, MEAN_LETTER, NORMAL, SMALL, Theme, is_dark
from sim.results.format import cut_apart, day_text, percent

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

LONGEST_CODE = 5
N_MAPS = 6
GAP = 1.1
"""Between small maps, in tiles; holds the date."""

ROOMY, LEAST_TYPE = 21, 3.5
"""Side of a tile that holds the chance as well, and the smallest type of a code, points."""


@on_sheet
def tile_map(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, day: int | None = None
) -> Axes:
    """Map of one equal tile a nation, with its chance of being public on one day.

    Nations of Europe, the Commonwealth and some others lie roughly where they do on a map; any
    others stand in rows below.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`.
    day : int, from 0 to n_days
        The last day by default.

    Raises
    ------
    ValueError
        There is no such day.
    """
    [chosen] = _checked_days(ensemble, [ensemble.n_days if day is None else day])
    spots = place_tiles(ensemble.nations)
    width, height = _extent(spots)
    across = look.width or 7.2
    axes = ax or new_axes(
        across, _around_maps_inches(across) + 0.875 * across * height / width, look
    )
    _draw_map(axes, ensemble, spots, chosen, _tile_points(axes, width, height), look)
    title = f"Who is public on {day_text(ensemble.scenario.start, chosen)}"
    return _with_heading(axes, ensemble, look, (width, height, 0.1), title)


@on_sheet
def tile_maps(
    ensemble: Ensemble,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    days: Sequence[int] | None = None,
) -> Axes:
    """Small tile maps of several days, side by side.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`.
    days : sequence of int, from 0 to n_days
        Six from the first day to the last by default.

    Raises
    ------
    ValueError
        There is no such day.
    """
    spread = np.linspace(0, ensemble.n_days, min(N_MAPS, ensemble.n_days + 1)).round()
    chosen = _checked_days(ensemble, spread.astype(int).tolist() if days is None else days)
    spots = place_tiles(ensemble.nations)
    width, height = _extent(spots)
    across = look.width or 8.0
    # Maps in rows such that the whole is about half as wide again as it is high, or flatter.
    n_across = round(sqrt(len(chosen) * 1.5 * (height + GAP) / (width + GAP)))
    n_across = max(1, min(len(chosen), n_across))
    points = across * 0.885 * 72
    gap = max(GAP, 1.7 * SMALL * n_across * (width + GAP) / points)
    whole_width = n_across * (width + gap) - gap
    whole_height = ceil(len(chosen) / n_across) * (height + gap)
    tile = points / whole_width
    is_free = ax is None and look.height is None
    axes = ax or new_axes(across, _around_maps_inches(across) + tile * whole_height / 72, look)
    tile = tile if is_free else _tile_points(axes, whole_width, whole_height)
    for place, day in enumerate(chosen):
        x, y = place % n_across * (width + gap), place // n_across * (height + gap)
        moved = [Spot(x + spot.x, y + spot.y) for spot in spots]
        _draw_map(axes, ensemble, moved, day, tile, look)
        axes.text(x, y - 0.15, day_text(ensemble.scenario.start, day), size=SMALL, va="bottom")
    size = (whole_width, whole_height - gap, gap)
    return _with_heading(axes, ensemble, look, size, "Who is public, day by day")


def _checked_days(ensemble: Ensemble, days: Sequence[int]) -> list[int]:
    for day in days:
        if not 0 <= day <= ensemble.n_days:
            raise ValueError(f"day: {day} must be from 0 to {ensemble.n_days}")
    if not days:
        raise ValueError("days: at least one is needed")
    return [int(day) for day in days]


def _extent(spots: list[Spot]) -> tuple[float, float]:
    """Width and height of a map, in tiles."""
    return max(spot.x for spot in spots) + 1, max(spot.y for spot in spots) + 1


def _around_maps_inches(width: float) -> float:
    """Height of heading and small print, which takes more lines in less width."""
    return 0.55 + 3.2 / width


def _tile_points(axes: Axes, width: float, height: float) -> float:
    """Side of a tile, points: somewhat less than what the axes will hold."""
    (figure_width, figure_height), place = figure_of(axes).get_size_inches(), axes.get_position()
    room = max(0.5, figure_height - _around_maps_inches(figure_width))
    down = min(figure_height * place.height, room)
    return float(min(figure_width * place.width / width, down / height) * 72)


def _draw_map(
    axes: Axes, ensemble: Ensemble, spots: list[Spot], day: int, tile: float, look: Theme
) -> None:
    """Draw the tiles of one day, and in each its code, and its chance if there is room for both."""
    chances = ensemble.records.runs_public(day) / ensemble.n_runs
    colours = look.chance_colours()(chances)
    squares = [Rectangle(spot, 0.94, 0.94) for spot in spots]
    axes.add_collection(PatchCollection(squares, facecolors=list(colours), linewidths=0))
    codes = cut_apart(ensemble.nations, LONGEST_CODE)
    size = min(NORMAL, 0.86 * tile / (max(3, *map(len, codes)) * MEAN_LETTER * 1.35))
    middle: dict[str, Any] = {"ha": "center", "va": "center_baseline", "in_layout": False}
    is_roomy = tile >= ROOMY
    weight, at = ("bold", 0.34) if is_roomy else ("normal", 0.49)
    for code, spot, chance, colour in zip(codes, spots, chances, colours, strict=True):
        x, ink = spot.x + 0.47, "white" if is_dark(tuple(colour)) else "#222222"
        if size >= LEAST_TYPE:
            axes.text(x, spot.y + at, code, size=size, color=ink, weight=weight, **middle)
        if is_roomy:
            small = min(SMALL - 0.5, tile / 4.2)
            axes.text(x, spot.y + 0.70, percent(chance), size=small, color=ink, **middle)


def _with_heading(
    axes: Axes, ensemble: Ensemble, look: Theme, size: tuple[float, float, float], title: str
) -> Axes:
    """The axes with limits, a colour bar and words round maps that are drawn.

    Parameters
    ----------
    axes, ensemble, look
    size : tuple of float, tiles
        Width and height of what is drawn, and what is above it.
    title : str
    """
    width, height, above = size
    axes.set_xlim(-0.1, width + 0.1)
    axes.set_ylim(height + 0.1, -above)
    axes.set_aspect("equal", anchor="W")
    axes.set_axis_off()
    colours = ScalarMappable(cmap=look.chance_colours())
    colour_bar(axes, colours, "chance of being public", look)
    heading(axes, title, look=look)
    n_placed = sum(nation in world() for nation in ensemble.nations)
    where = ", in the order of the scenario"
    if n_placed:
        where = ", roughly where it lies"
        rest = "; in rows below those with no place on the map"
        where += rest if n_placed < len(ensemble.nations) else ""
    note = (
        f"Each nation one tile{where}. Chances over runs, {GIVEN}; Monte Carlo error of a chance "
        f"of one half {50 / sqrt(ensemble.n_runs):.2g} points (one standard error). "
        "Codes and chances are left out where tiles are too small."
    )
    small_print(axes, ensemble_line(ensemble), note, look)
    return axes
