"""Tile maps: one equal tile a nation, coloured by its chance of being public on a day."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sim.plots.axes import colour_bar
from sim.plots.ensemble.tiles import Spot, place_tiles, world
from sim.plots.sheet import (
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    small_print,
)
from sim.plots.theme import LIGHT, MEAN_LETTER, NORMAL, SMALL, Theme, is_dark
from sim.results.estimates import chance_public
from sim.results.format import cut, day_text, percent

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

LONGEST_CODE = 5
N_MAPS = 6
GAP = 1.1
"""Between small maps, in tiles; holds the date."""

Reals = NDArray[np.float64]


class Grid(NamedTuple):
    """Spots of the tiles, and how far they reach."""

    spots: list[Spot]
    width: float
    height: float


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
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme
    day : int, from 0 to n_days
        The last day by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        There is no such day.
    """
    [chosen] = _checked_days(ensemble, [ensemble.n_days if day is None else day])
    grid = _grid(ensemble)
    across = look.width or 7.2
    height = _around_inches(across) + 0.875 * across * grid.height / grid.width
    axes = new_axes(across, height, look) if ax is None else ax
    tile = _tile_points(axes, grid.width, grid.height)
    _draw_map(axes, ensemble, grid, (0.0, 0.0, chosen), tile, look)
    _frame(axes, grid.width, grid.height)
    colours = ScalarMappable(cmap=look.chance_colours())
    colour_bar(axes, colours, "chance of being public", look)
    heading(axes, f"Who is public on {day_text(ensemble.scenario.start, chosen)}", look=look)
    if ax is None:
        small_print(axes, ensemble_line(ensemble), _note(ensemble), look)
    return axes


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
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme
    days : sequence of int, from 0 to n_days
        Six from the first day to the last by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        There is no such day.
    """
    spread = np.linspace(0, ensemble.n_days, min(N_MAPS, ensemble.n_days + 1)).round()
    chosen = _checked_days(ensemble, spread.astype(int).tolist() if days is None else days)
    grid = _grid(ensemble)
    across = look.width or 8.0
    sheet = _sheet(len(chosen), grid, across * 0.885)
    height = _around_inches(across) + sheet.tile * sheet.height / 72
    axes = new_axes(across, height, look) if ax is None else ax
    tile = (
        sheet.tile
        if ax is None and look.height is None
        else _tile_points(axes, sheet.width, sheet.height)
    )
    for place, day in enumerate(chosen):
        x = place % sheet.across * (grid.width + sheet.gap)
        y = place // sheet.across * (grid.height + sheet.gap)
        _draw_map(axes, ensemble, grid, (x, y, day), tile, look)
        date = day_text(ensemble.scenario.start, day)
        axes.text(x, y - 0.15, date, fontsize=SMALL, color=look.ink, va="bottom")
    _frame(axes, sheet.width, sheet.height - sheet.gap, top=sheet.gap)
    colours = ScalarMappable(cmap=look.chance_colours())
    colour_bar(axes, colours, "chance of being public", look)
    heading(axes, "Who is public, day by day", look=look)
    if ax is None:
        small_print(axes, ensemble_line(ensemble), _note(ensemble), look)
    return axes


def _checked_days(ensemble: Ensemble, days: Sequence[int]) -> list[int]:
    for day in days:
        if not 0 <= day <= ensemble.n_days:
            raise ValueError(f"day: {day} must be from 0 to {ensemble.n_days}")
    if not days:
        raise ValueError("days: at least one is needed")
    return [int(day) for day in days]


def _grid(ensemble: Ensemble) -> Grid:
    spots = place_tiles(ensemble.nations)
    return Grid(spots, max(spot.x for spot in spots) + 1, max(spot.y for spot in spots) + 1)


def _around_inches(width: float) -> float:
    """Height of heading and small print, which takes more lines in less width."""
    return 0.55 + 3.2 / width


class Sheet(NamedTuple):
    """How small maps lie: maps in a row, gap, size of the whole in tiles, a tile in points."""

    across: int
    gap: float
    width: float
    height: float
    tile: float


def _sheet(n_maps: int, grid: Grid, inches: float) -> Sheet:
    """Lay maps out so that the whole is about half as wide again as it is high, or flatter."""
    across = sqrt(n_maps * 1.5 * (grid.height + GAP) / (grid.width + GAP))
    across = max(1, min(n_maps, round(across)))
    tile = inches * 72 / (across * (grid.width + GAP))
    gap = max(GAP, 1.7 * SMALL / tile)
    width = across * (grid.width + gap) - gap
    height = ceil(n_maps / across) * (grid.height + gap)
    return Sheet(across, gap, width, height, inches * 72 / width)


def _tile_points(axes: Axes, width: float, height: float) -> float:
    """Side of a tile, points: somewhat less than what the axes will hold."""
    figure, place = figure_of(axes), axes.get_position()
    across = figure.get_figwidth() * place.width
    down = min(
        figure.get_figheight() * place.height,
        max(0.5, figure.get_figheight() - _around_inches(figure.get_figwidth())),
    )
    return float(min(across / width, down / height) * 72)


def _draw_map(
    axes: Axes,
    ensemble: Ensemble,
    grid: Grid,
    at: tuple[float, float, int],
    tile: float,
    look: Theme,
) -> None:
    """Draw the tiles of one day, and in each as much text as there is room for."""
    x, y, day = at
    chances = chance_public(ensemble.records.stage_counts[[day]])[0]
    colours = look.chance_colours()(chances)
    squares = [Rectangle((x + spot.x, y + spot.y), 0.94, 0.94) for spot in grid.spots]
    axes.add_collection(PatchCollection(squares, facecolors=list(colours), linewidths=0))
    codes = [cut(nation, LONGEST_CODE) for nation in ensemble.nations]
    size = min(NORMAL, 0.86 * tile / (max(3, *map(len, codes)) * MEAN_LETTER * 1.35))
    for code, spot, chance, colour in zip(codes, grid.spots, chances, colours, strict=True):
        ink = "white" if is_dark(tuple(colour)) else "#222222"
        _letter(axes, (x + spot.x, y + spot.y), code, chance, (tile, size, ink))


def _letter(
    axes: Axes,
    corner: tuple[float, float],
    code: str,
    chance: float,
    how: tuple[float, float, str],
) -> None:
    """Write a code, and under it the chance if the tile is large enough for both."""
    tile, size, ink = how
    x, y = corner[0] + 0.47, corner[1]
    roomy = tile >= 21
    if size >= 3.5:
        axes.text(
            *(x, y + (0.34 if roomy else 0.49), code),
            fontsize=size,
            color=ink,
            ha="center",
            va="center_baseline",
            fontweight="bold" if roomy else "normal",
            parse_math=False,
            in_layout=False,
        )
    if roomy:
        axes.text(
            *(x, y + 0.70, percent(chance)),
            fontsize=min(SMALL - 0.5, tile / 4.2),
            color=ink,
            ha="center",
            va="center_baseline",
            in_layout=False,
        )


def _frame(axes: Axes, width: float, height: float, top: float = 0.1) -> None:
    axes.set_xlim(-0.1, width + 0.1)
    axes.set_ylim(height + 0.1, -top)
    axes.set_aspect("equal", anchor="W")
    axes.set_axis_off()


def _where(ensemble: Ensemble) -> str:
    """What tiles say of where nations lie."""
    n_placed = sum(nation in world() for nation in ensemble.nations)
    if n_placed == 0:
        return ", in the order of the scenario"
    return ", roughly where it lies" + (
        "; in rows below those with no place on the map" if n_placed < len(ensemble.nations) else ""
    )


def _note(ensemble: Ensemble) -> str:
    error = 50 / sqrt(ensemble.n_runs)
    return (
        f"Each nation one tile{_where(ensemble)}. Chances over runs, given the scenario's "
        f"parameters; Monte Carlo error of a chance of one half {error:.2g} points (one standard "
        "error). Codes and chances are left out where tiles are too small."
    )
