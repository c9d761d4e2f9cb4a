"""Influence: who goes public soon after whom, more often than by chance, as a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import kept_public_days, row_labels
from sim.plots.sheet import (
    ensemble_line,
    figure_of,
    heading,
    new_axes,
    on_sheet,
    require_height,
    say_empty,
    small_print,
)
from sim.plots.theme import LIGHT, MEAN_LETTER, SMALL, Theme
from sim.results.following import Followings, followings
from sim.results.format import cut_apart, display_width

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
EMPTY_INCHES = 3.5

NO_PAIR = "No pair of nations stands out from Monte Carlo error: more runs may show some that do."

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
    ax, look
        See `sim.plots`.
    window : int, days, at least 1

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
    if ensemble.n_runs < LEAST_RUNS:
        raise DrawingError(
            f"it takes {LEAST_RUNS} runs or more to tell who follows whom, and there are "
            f"{ensemble.n_runs} (run with --runs {LEAST_RUNS} or more)"
        )
    shown = _in_order(days)
    if len(shown) < 2:
        raise DrawingError(
            "fewer than two nations go public after day 0 in any run, and a line joins two: see "
            "nations_by_day"
        )
    found = followings(days, ensemble.n_days, window, shown)
    edges, n_sure = surest(found, len(shown))
    across = look.width or 7.2
    title = f"Who goes public within {window} days of whom, beyond chance"
    if not edges:
        axes = ax or new_axes(across, EMPTY_INCHES, look)
        axes.set_axis_off()
        say_empty(axes, NO_PAIR, look)
        heading(axes, title, look=look)
        left_out = _left_out(len(ensemble.nations) - len(shown), len(shown)).strip()
        small_print(axes, ensemble_line(ensemble), left_out, look)
        return axes
    least = FILLED * min(across, LEAST_ACROSS_INCHES) + _around_circle_inches(across)
    require_height(look, least)
    axes = ax or new_axes(across, FILLED * across + _around_circle_inches(across), look)
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(shown)) / len(shown)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    _draw_edges(axes, places, edges, look)
    apart = 72 * figure_of(axes).get_figwidth() * np.pi * 0.6 / len(places)
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=min(46.0, (0.7 * apart) ** 2),
        c=list(look.chance_colours()((days[:, shown] >= 0).mean(axis=0))),
        edgecolors=look.ink,
        linewidths=0.6,
        zorder=3,
    )
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()
    _name_nations(axes, places, ensemble, shown)
    heading(axes, title, look=look)
    note = _lines_note(len(edges), n_sure, found, len(ensemble.nations) - len(shown), len(shown))
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
    error, excess = found.error[first, second], found.excess[first, second]
    usable = (error > 0) & (excess > 0)
    z = np.where(usable, excess / np.where(usable, error, 1.0), -np.inf)
    sure = usable & (false_discovery_control(norm.sf(z)) <= FALSE_SHARE)
    # Of a pair that is sure both ways, one line does for both: the way that is ahead.
    is_sure = np.zeros((n, n), dtype=bool)
    is_sure[first, second] = sure
    lead = found.lead[first, second]
    kept = sure & ((lead > 0) | ((lead == 0) & (first < second)) | ~is_sure[second, first])
    chosen = np.nonzero(kept)[0][np.argsort(-z[kept], kind="stable")][:most]
    edges = []
    for i, j in zip(first[chosen].tolist(), second[chosen].tolist(), strict=True):
        lead_error = found.lead_error[i, j]
        is_directed = lead_error > 0 and found.lead[i, j] > SURE_OF_DIRECTION * lead_error
        edges.append(Edge(i, j, float(found.excess[i, j]), bool(is_directed)))
    return sorted(edges, key=lambda edge: edge.excess), int(kept.sum())


def _in_order(days: NDArray[np.int64]) -> list[int]:
    """Nations that ever go public after day 0: the likeliest, in the order of their mean day."""
    after = days > 0
    often = after.sum(axis=0)
    chosen = np.argsort(-often, kind="stable")[:MOST_NATIONS]
    chosen = chosen[often[chosen] > 0]
    middle = np.median(np.where(after, days, days.max() + 1)[:, chosen], axis=0)
    return [int(nation) for nation in chosen[np.lexsort((chosen, -often[chosen], middle))]]


def _around_circle_inches(width: float) -> float:
    """Height of heading, legend and small print, which take more lines in less width."""
    return 0.8 + 3.3 / width


def _draw_edges(axes: Axes, places: Reals, edges: list[Edge], look: Theme) -> None:
    """Draw the lines, bent towards the middle, the strongest last and widest; say what they are."""
    most, red = max(edge.excess for edge in edges), look.stages["left"]
    for edge in edges:
        start, end = places[edge.first] * RIM, places[edge.second] * RIM
        curve = [Path.MOVETO, Path.CURVE3, Path.CURVE3]
        axes.add_patch(
            FancyArrowPatch(
                path=Path([start, BEND * (start + end) / 2, end], curve),
                arrowstyle="-|>" if edge.is_directed else "-",
                mutation_scale=9,
                color=red if edge.is_directed else look.faint,
                lw=max(0.4, WIDEST * edge.excess / most),
                alpha=0.75,
                zorder=2 if edge.is_directed else 1,
            )
        )
    lines = (
        (red, WIDEST, ">", f"arrow: follows in {_share_text(most)} more than by chance"),
        (look.faint, WIDEST, "", "the same, either may be first"),
        (look.faint, WIDEST / 3, "", f"{_share_text(most / 3)}"),
    )
    axes.legend(
        handles=[
            Line2D([], [], color=colour, lw=lw, marker=end, markevery=[-1], ms=6, label=text)
            for colour, lw, end, text in lines
        ],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=max(1, min(3, int(figure_of(axes).get_figwidth() / 2.3))),
    )


def _name_nations(axes: Axes, places: Reals, ensemble: Ensemble, shown: list[int]) -> None:
    """Name nations outwards, all within the axes, in type small enough to keep apart.

    Codes stand alone where names would take up the figure.
    """
    width, height = figure_of(axes).get_size_inches()
    room = 72 * max(
        0.5, min(FILLED * width, height - _around_circle_inches(width))
    )  # of it all, points
    nations = [ensemble.scenario.nations[nation] for nation in shown]
    labels = row_labels([(each.name, each.id) for each in nations])
    letter = MEAN_LETTER * SMALL * 1.1  # slightly generous
    if max(map(display_width, labels)) * letter > MOST_FOR_NAMES * room:
        labels = cut_apart([each.id for each in nations], LONGEST_CODE)
    reach = OUTSIDE / max(0.3, 1 - 2 * max(map(display_width, labels)) * letter / room)
    size = min(SMALL, 0.8 * np.pi * room * OUTSIDE / reach / len(labels))
    outwards: dict[str, Any] = {"va": "center", "rotation_mode": "anchor", "in_layout": False}
    for (x, y), label in zip(places, labels, strict=True):
        angle, at = float(np.degrees(np.arctan2(y, x))), (OUTSIDE * x, OUTSIDE * y)
        side, turn = ("right", angle + 180) if x < -1e-9 else ("left", angle)
        axes.text(*at, label, fontsize=size, rotation=turn, ha=side, **outwards)
    axes.update_datalim([(-reach, -reach), (reach, reach)])
    axes.margins(0)


def _share_text(share: float) -> str:
    return f"{100 * share:.2g} % of runs" if share < 0.1 else f"{100 * share:.0f} % of runs"


def _left_out(n_nations: int, n_shown: int) -> str:
    """How many nations are not on the circle, and why."""
    if n_nations == 0:
        return ""
    verb = "nation is" if n_nations == 1 else "nations are"
    why = "public from the start, or never"
    if n_shown == MOST_NATIONS:
        why += f", or less often than the {MOST_NATIONS} that are"
    return f" {n_nations} {verb} not shown: {why}."


def _lines_note(n_drawn: int, n_sure: int, found: Followings, n_left_out: int, n_shown: int) -> str:
    """What lines are and what they are not, and which nations are not on the circle."""
    drawn = f"{n_drawn} surest of {n_sure}" if n_drawn < n_sure else f"{n_sure}"
    pairs = "pair that follows" if n_sure == 1 else "pairs that follow"
    noise = float(np.nanmedian(found.error[found.error > 0])) if (found.error > 0).any() else 0.0
    return (
        f"Clockwise from the top: earlier to later. Lines: {drawn} {pairs} each other "
        "more often than their own dates give, among runs in which the others are about as fast, "
        f"by more than Monte Carlo error (about {100 * noise:.2g} points); more runs show weaker "
        f"ones. A line is dependence, not influence: what moves both makes a line as well."
        f"{_left_out(n_left_out, n_shown)}"
    )
