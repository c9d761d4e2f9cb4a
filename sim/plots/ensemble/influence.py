"""Influence: who goes public soon after whom, more often than by chance, as a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.rows import kept_public_days, row_label
from sim.plots.sheet import (
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    small_print,
)
from sim.plots.theme import LIGHT, MEAN_LETTER, SMALL, Theme
from sim.results.following import Followings, followings
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MOST_NATIONS = 60
FALSE_SHARE = 0.05
"""Share of the lines drawn that may be noise, on average [BenjaminiHochberg1995]_."""

LEAST_RUNS = 500
"""With fewer, errors are themselves known so badly that noise would be drawn as lines."""

SURE_OF_DIRECTION = 2.0
"""Standard errors by which one direction must lead the other to be drawn as an arrow."""

WIDEST = 3.4
"""Width of the line of the strongest pair, points."""

RIM, BEND, OUTSIDE = 0.965, 0.5, 1.06
"""Where lines end, how far they bend towards the middle, and where names begin, in radii."""

FILLED = 0.9
"""Share of the figure's width that the circle and its names take up."""

MOST_FOR_NAMES = 0.22
"""Of the room there is, what the longest name may take up on either side."""

LONGEST_CODE = 12
LEAST_ACROSS_INCHES = 3.5

Reals = NDArray[np.float64]


class Edge(NamedTuple):
    """Two nations, by their place among those drawn; the second follows the first."""

    first: int
    second: int
    excess: float
    is_directed: bool


@on_sheet
def influence(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, window: int = 14
) -> Axes:
    """Network of nations that go public within `window` days of each other beyond chance.

    Nations stand on a circle, clockwise from the top in the order in which they tend to go
    public. A line joins two if one follows the other more often than their own dates give, by
    more than Monte Carlo error explains; it is an arrow where one direction clearly leads. That
    is dependence, not proof of influence: what moves both makes a line as well.

    Parameters
    ----------
    ensemble : Ensemble
        With single runs kept, at least 500 of them.
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme
    window : int, days, at least 1

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The ensemble kept no single runs or has fewer than 500, or fewer than two nations ever go
        public after day 0.
    ValueError
        The window is shorter than a day.
    """
    if window < 1:
        raise ValueError(f"window: {window} must be at least 1 day")
    days = kept_public_days(ensemble)
    shown = _in_order(days)
    n_left_out = len(ensemble.nations) - len(shown)
    _check(ensemble, shown)
    found = followings(days, ensemble.n_days, window, shown)
    edges, n_sure = surest(found, len(shown))
    across = look.width or 7.2
    least = FILLED * min(across, LEAST_ACROSS_INCHES) + _around_inches(across)
    if look.height is not None and look.height < least:
        raise DrawingError(f"it takes {least:.1f} inches of height")
    height = FILLED * across + _around_inches(across)
    axes = new_axes(across, height, look) if ax is None else ax
    places = _circle(len(shown))
    chances = (days[:, shown] >= 0).mean(axis=0)
    _draw_edges(axes, places, edges, look)
    _draw_nations(axes, places, chances, look)
    _name_nations(axes, places, _labels(axes, ensemble, shown), look)
    _legend(axes, edges, look)
    heading(axes, f"Who goes public within {window} days of whom, beyond chance", look=look)
    if ax is None:
        note = _note(len(edges), n_sure, found) + _left_out(n_left_out)
        small_print(axes, ensemble_line(ensemble), note, look)
    return axes


def surest(found: Followings, most: int) -> tuple[list[Edge], int]:
    """Pairs that follow each other beyond chance, and how many of them there are.

    The surest are returned, at most `most`, the strongest of those last. Pairs are told from noise
    so that a share `FALSE_SHARE` of them at most is false on average.
    """
    from scipy.stats import false_discovery_control, norm

    n = len(found.excess)
    first, second = np.nonzero(~np.eye(n, dtype=bool))
    error = found.error[first, second]
    usable = (error > 0) & (found.excess[first, second] > 0)
    z = np.where(usable, found.excess[first, second] / np.where(usable, error, 1.0), -np.inf)
    sure = usable & (false_discovery_control(norm.sf(z)) <= FALSE_SHARE)
    ahead = found.lead[first, second] > 0
    level = (found.lead[first, second] == 0) & (first < second)
    partner = _partner_is_sure(first, second, sure, n)
    kept = sure & (ahead | level | ~partner)
    chosen = np.nonzero(kept)[0][np.argsort(-z[kept], kind="stable")][:most]
    edges = [_edge(found, int(first[pair]), int(second[pair])) for pair in chosen]
    return sorted(edges, key=lambda edge: edge.excess), int(kept.sum())


def _partner_is_sure(
    first: NDArray[np.int64], second: NDArray[np.int64], sure: NDArray[np.bool_], n: int
) -> NDArray[np.bool_]:
    """Whether the same pair the other way round is sure as well: one line does for both."""
    table = np.zeros((n, n), dtype=bool)
    table[first, second] = sure
    return table[second, first]


def _edge(found: Followings, first: int, second: int) -> Edge:
    lead, error = found.lead[first, second], found.lead_error[first, second]
    is_directed = bool(error > 0 and lead > SURE_OF_DIRECTION * error)
    return Edge(first, second, float(found.excess[first, second]), is_directed)


def _in_order(days: NDArray[np.int64]) -> list[int]:
    """Nations that ever go public after day 0: the likeliest, in the order of their mean day."""
    after = days > 0
    often = after.sum(axis=0)
    chosen = np.argsort(-often, kind="stable")[:MOST_NATIONS]
    chosen = chosen[often[chosen] > 0]
    latest = days.max() + 1
    middle = np.median(np.where(after, days, latest)[:, chosen], axis=0)
    order = np.lexsort((chosen, -often[chosen], middle))
    return [int(nation) for nation in chosen[order]]


def _check(ensemble: Ensemble, shown: list[int]) -> None:
    if ensemble.n_runs < LEAST_RUNS:
        raise DrawingError(f"it takes {LEAST_RUNS} runs or more to tell who follows whom")
    if len(shown) < 2:
        raise DrawingError("fewer than two nations go public after day 0")


def _around_inches(width: float) -> float:
    """Height of heading, legend and small print, which take more lines in less width."""
    return 0.8 + 3.3 / width


def _circle(n: int) -> Reals:
    """Places on the unit circle, clockwise from the top, shape (n, 2)."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _draw_edges(axes: Axes, places: Reals, edges: list[Edge], look: Theme) -> None:
    """Draw the lines, bent towards the middle, the strongest last and widest."""
    most = max((edge.excess for edge in edges), default=1.0)
    for edge in edges:
        start, end = places[edge.first] * RIM, places[edge.second] * RIM
        path = Path([start, BEND * (start + end) / 2, end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(
            FancyArrowPatch(
                path=path,
                arrowstyle="-|>" if edge.is_directed else "-",
                mutation_scale=9,
                color=look.stages["left"] if edge.is_directed else look.faint,
                lw=max(0.4, WIDEST * edge.excess / most),
                alpha=0.75,
                zorder=2 if edge.is_directed else 1,
            )
        )


def _draw_nations(axes: Axes, places: Reals, chances: Reals, look: Theme) -> None:
    """Dots in the colour of the chance of going public."""
    colours = look.chance_colours()(chances)
    apart = 72 * figure_of(axes).get_figwidth() * np.pi * 0.6 / len(places)
    size = min(46.0, (0.7 * apart) ** 2)
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=size,
        c=list(colours),
        edgecolors=look.ink,
        linewidths=0.6,
        zorder=3,
    )
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()


def _name_nations(axes: Axes, places: Reals, labels: list[str], look: Theme) -> None:
    """Names turned outwards, all within the axes, small enough to keep apart."""
    room, longest = _room(axes), _longest(labels)
    reach = OUTSIDE / max(0.3, 1 - 2 * longest / room)
    apart = np.pi * room * OUTSIDE / reach / len(labels)
    size = min(SMALL, 0.8 * apart)
    for (x, y), label in zip(places, labels, strict=True):
        angle = float(np.degrees(np.arctan2(y, x)))
        is_left = x < -1e-9
        axes.text(
            *(OUTSIDE * x, OUTSIDE * y, label),
            fontsize=size,
            color=look.ink,
            rotation=angle + 180 if is_left else angle,
            rotation_mode="anchor",
            ha="right" if is_left else "left",
            va="center",
            parse_math=False,
            in_layout=False,
        )
    axes.update_datalim([(-reach, -reach), (reach, reach)])
    axes.margins(0)


def _labels(axes: Axes, ensemble: Ensemble, shown: list[int]) -> list[str]:
    """Names and codes, or codes alone where names would take up the figure."""
    full = [row_label(ensemble, nation) for nation in shown]
    if _longest(full) <= MOST_FOR_NAMES * _room(axes):
        return full
    return [cut(ensemble.nations[nation], LONGEST_CODE) for nation in shown]


def _room(axes: Axes) -> float:
    """Width and height that circle and names have, points."""
    width, height = figure_of(axes).get_size_inches()
    return float(72 * max(0.5, min(FILLED * width, height - _around_inches(width))))


def _longest(labels: list[str]) -> float:
    """Length of the longest label, points; slightly generous."""
    return max(map(len, labels)) * MEAN_LETTER * SMALL * 1.1


def _legend(axes: Axes, edges: list[Edge], look: Theme) -> None:
    """What the widths and colours of lines mean."""
    if not edges:
        return
    most = max(edge.excess for edge in edges)
    lines = (
        (look.stages["left"], WIDEST, f"arrow: follows in {_points(most)} more than by chance"),
        (look.faint, WIDEST, "the same, either may be first"),
        (look.faint, WIDEST / 3, f"{_points(most / 3)}"),
    )
    axes.legend(
        handles=[Line2D([], [], color=colour, lw=lw, label=text) for colour, lw, text in lines],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=max(1, min(3, int(figure_of(axes).get_figwidth() / 2.3))),
        fontsize=SMALL,
        labelcolor=look.ink,
        frameon=False,
        borderaxespad=0,
    )


def _points(share: float) -> str:
    return f"{100 * share:.2g} % of runs" if share < 0.1 else f"{100 * share:.0f} % of runs"


def _left_out(n_nations: int) -> str:
    """What the small print says of nations that are not on the circle."""
    if n_nations == 0:
        return ""
    verb = "nation is" if n_nations == 1 else "nations are"
    return (
        f" {n_nations} {verb} not shown: public from the start, never, or less often than the "
        f"{MOST_NATIONS} that are."
    )


def _note(n_drawn: int, n_sure: int, found: Followings) -> str:
    if n_sure == 0:
        return (
            "Clockwise from the top: earlier to later. No pair stands out from Monte Carlo error: "
            "more runs may show some that do."
        )
    drawn = f"{n_drawn} surest of {n_sure}" if n_drawn < n_sure else f"{n_sure}"
    pairs = "pair that follows" if n_sure == 1 else "pairs that follow"
    noise = float(np.nanmedian(found.error[found.error > 0])) if (found.error > 0).any() else 0.0
    return (
        f"Clockwise from the top: earlier to later. Lines: {drawn} {pairs} each other "
        "more often than their own dates give, among runs in which the others are about as fast, "
        f"by more than Monte Carlo error (about {100 * noise:.2g} points); more runs show weaker "
        "ones. A line is dependence, not influence: what moves both makes a line as well."
    )
