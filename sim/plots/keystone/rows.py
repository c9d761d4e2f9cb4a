"""What figures of keystone studies share: rows of names, dots with intervals, what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.plots.ensemble.by_nation import ROW_INCHES, row_labels, row_type
from sim.plots.sheet import Sheet, figure_of, require_height, title_of
from sim.plots.theme import SMALL, Theme
from sim.results.estimates import Mean
from sim.results.format import counted, cut_apart
from sim.studies.compare.changes import CHANCES
from sim.studies.keystone.changes import OTHERS
from sim.studies.keystone.result import Keystone

WIDTH, NARROW = 8.0, 5.0
"""Inches: width of a figure, and the width below which names are codes and one panel is drawn."""

LONGEST_CODE = 12


def keystone_line(found: Keystone) -> str:
    """What a study is: title, runs, seed, digest."""
    scenario, runs = found.scenario, counted(found.n_runs, "run")
    return f"{title_of(scenario)} · {runs} · seed {found.seed} · digest {scenario.digest[:8]}"


def change_label(found: Keystone, outcome: str) -> str:
    """What a change of an outcome is called on an axis."""
    if outcome in CHANCES:
        return "success, points" if outcome == "success" else f"{outcome}, points"
    if outcome not in (OTHERS, "size"):
        return found.outcome_name()
    if "nations" not in found.kinds:
        return "public nations"
    return "other public nations" if outcome == OTHERS else "public nations, itself too"


def panels_of(
    n_rows: float, widths: Sequence[float], ax: Axes | None, look: Theme, around: float
) -> list[Axes]:
    """Axes beside each other that share their rows; one alone where it is given, or no wider fits.

    Parameters
    ----------
    n_rows : float
    widths : sequence of float
        Of the panels, compared with each other.
    ax : Axes or None
    look : Theme
    around : float, inches
        What stands above and below the rows.
    """
    if ax is not None:
        return [ax]
    require_height(look, around + 1.0)
    sheet = Sheet(WIDTH, around + ROW_INCHES * 1.15 * n_rows, look)
    if sheet.get_figwidth() < NARROW:
        return [sheet.add_subplot()]
    found = sheet.subplots(1, len(widths), sharey=True, squeeze=False, width_ratios=list(widths))
    return list(found[0])


def name_rows(
    axes: Axes,
    places: Sequence[float],
    names: Sequence[tuple[str, str]],
    look: Theme,
    around: float,
) -> None:
    """Write names and ids of nations beside their rows; others have a name alone.

    Parameters
    ----------
    axes : Axes
    places : sequence of float
    names : sequence of (name, id)
    look : Theme
    around : float, inches
    """
    is_wide = figure_of(axes).get_figwidth() >= NARROW
    texts = row_labels(names) if is_wide else cut_apart([code for _, code in names], LONGEST_CODE)
    axes.set_yticks(list(places), texts, parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=row_type(look, len(names), around))


class DotStyle(NamedTuple):
    """How dots look, and what a legend calls them."""

    colour: str
    marker: str = "o"
    label: str = ""
    is_filled: bool = True


def dots(
    axes: Axes,
    places: Sequence[float],
    changes: Sequence[Mean],
    scale: float,
    look: Theme,
    style: DotStyle,
) -> None:
    """Draw estimates as dots with their intervals, a row each."""
    for place, change in zip(places, changes, strict=True):
        if not isnan(change.low):
            ends = [scale * change.low, scale * change.high]
            axes.plot(ends, [place] * 2, color=style.colour, lw=1.2, solid_capstyle="butt")
    axes.plot(
        [scale * change.mean for change in changes],
        list(places),
        style.marker,
        ms=3.8,
        mfc=style.colour if style.is_filled else look.paper,
        mec=style.colour,
        mew=0.9,
        zorder=3,
        label=style.label or None,
    )


def finish_panel(axes: Axes, places: Sequence[float], label: str, look: Theme) -> None:
    """Lines across, ticks and the label of a panel of changes."""
    axes.axvline(0, color=look.ink, lw=0.8, zorder=1)
    across = axes.get_yaxis_transform()
    axes.hlines(np.asarray(places), 0, 1, transform=across, colors=look.grid, lw=0.6, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(label, fontsize=SMALL)
    axes.spines["left"].set_visible(False)
    low, high = axes.get_xlim()
    if low == high or not axes.lines:
        axes.set_xlim(-1, 1)
