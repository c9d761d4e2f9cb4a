"""Figure of the rescaled times of moves, and of what mistakes in the hazards do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from experiments.verification.laws import MOST_ERRORS, Reals
from experiments.verification.rescaling.martingales import NO_KIND, Flags, Spells, excess, of_kinds
from sim.plots.sheet import figure_of, heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, SMALL, STAGE_COLOURS

LOOKS = {
    "engage": (STAGE_COLOURS["talks"], "-"),
    "resolve": (STAGE_COLOURS["willing"], "-"),
    "declare": (STAGE_COLOURS["public"], "-"),
    "pledge": (STAGE_COLOURS["pledged"], "-"),
    "deploy": (STAGE_COLOURS["deployed"], "-"),
    "return": (STAGE_COLOURS["talks"], "--"),
    "decline": (STAGE_COLOURS["left"], "--"),
    "withdraw": (STAGE_COLOURS["left"], "-"),
}
"""Colour of the stage that a move leads to, and a dash where two lead to one."""

LONGEST, N_STEPS = 4.0, 80
FEWEST = 50
"""Visits still going on below which a curve ends."""

SHARE_INSIDE = 0.9
SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
TICKS = (-4, -2, 0, 2, 4, 10, 20, 50, 100, 200, 500)


class Power(NamedTuple):
    """Standardised sums in the direction of each mistake.

    Attributes
    ----------
    features : tuple of str
    right, wrong : ndarray, shape (n_mistakes,)
        Each feature left out, then the last of the features a day late.
    """

    features: tuple[str, ...]
    right: Reals
    wrong: Reals


def draw(visits: Spells, power: Power, note: str) -> Figure:
    """Survival and deviation of rescaled times; what leaving out or delaying a feature does."""
    axes = new_axes(10.0, 5.6)
    figure = figure_of(axes)
    axes.remove()
    grid = figure.add_gridspec(2, 2, height_ratios=(1.4, 1.0), width_ratios=(1.1, 1.0))
    survival, deviation = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    mistakes = figure.add_subplot(grid[:, 1])
    draw_times(survival, deviation, visits)
    draw_power(mistakes, power)
    for each in (survival, deviation, mistakes):
        each.tick_params(labelsize=SMALL, colors=INK)
        each.spines[["top", "right"]].set_visible(False)
    note = f"{note} · grey: 90 % of chance, at each time (left); 4.5 standard errors (right)"
    figure.supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
    return figure


def draw_times(survival: Axes, deviation: Axes, visits: Spells) -> None:
    """Survival of each kind of move, and moves less their expectation in standard errors."""
    grid = np.linspace(0.0, LONGEST, N_STEPS + 1)
    survival.plot(grid, np.exp(-grid), color=INK, lw=4, alpha=0.25, label="unit exponential")
    for kind, (time, ended) in of_kinds(visits):
        colour, dash = LOOKS[kind]
        curve(survival, deviation, time, ended, color=colour, ls=dash, label=kind)
    every = visits.side != NO_KIND
    curve(survival, deviation, visits.time, every, color=INK, ls=":", label="either move")
    reach = float(stats.norm.ppf((1.0 + SHARE_INSIDE) / 2.0))
    deviation.axhspan(-reach, reach, color=FAINT, alpha=0.2, lw=0)
    deviation.axhline(0.0, color=INK, lw=0.7)
    survival.set_yscale("log")
    survival.set_yticks(SHARES, [f"{share:g}" for share in SHARES])
    survival.set_yticks([], minor=True)
    survival.set_ylabel("share that has not moved", fontsize=NORMAL, color=INK)
    survival.legend(fontsize=SMALL, frameon=False, ncols=2, loc="lower left")
    deviation.set_ylabel("moves less expected,\nstandard errors", fontsize=NORMAL, color=INK)
    deviation.set_xlabel(
        "rescaled time: hazard accumulated since entering the stage", fontsize=NORMAL, color=INK
    )
    survival.set_xlim(0.0, LONGEST)
    deviation.set_xlim(0.0, LONGEST)
    deviation.set_ylim(-4.5, 4.5)
    heading(survival, "Accumulated hazards at moves")


def curve(survival: Axes, deviation: Axes, time: Reals, ended: Flags, **look: str) -> None:
    """Draw one kind of move, as far as enough visits go on."""
    grid = np.linspace(0.0, LONGEST, N_STEPS + 1)
    moves, exposure = excess(time, ended, grid)
    going_on = np.array([(time > at).sum() for at in grid])
    last = int((going_on >= FEWEST).sum())
    hazard = np.divide(moves, exposure, out=np.zeros_like(moves), where=exposure > 0.0)
    width = grid[1] - grid[0]
    share = np.exp(-np.append(0.0, np.cumsum(hazard * width)))
    survival.plot(grid[:last], share[:last], lw=1.2, **look)
    total, due = np.cumsum(moves), np.cumsum(exposure)
    off = np.append(0.0, (total - due) / np.sqrt(due))
    deviation.plot(grid[1:last], off[1:last], lw=1.2, **look)


def draw_power(axes: Axes, power: Power) -> None:
    """How far off moves lie from right and from wrong hazards, a row a feature."""
    n_features, n_late = len(power.features), len(power.wrong) - len(power.features)
    rows = np.append(np.arange(n_features), np.arange(n_features - n_late, n_features))
    is_late = np.arange(rows.size) >= n_features
    axes.axvspan(-MOST_ERRORS, MOST_ERRORS, color=FAINT, alpha=0.2, lw=0)
    for chosen, mark, colour, names in (
        (~is_late, "o", STAGE_COLOURS["public"], ("left out", "kept")),
        (is_late, "D", STAGE_COLOURS["willing"], ("a day late", "in time")),
    ):
        for off, face, name in zip(
            (power.wrong, power.right), (colour, "white"), names, strict=True
        ):
            axes.plot(off[chosen], rows[chosen], mark, ms=5, mfc=face, color=colour, label=name)
    axes.set_xscale("symlog", linthresh=MOST_ERRORS, linscale=0.8)
    axes.set_xlim(-6.0, 600.0)
    axes.set_xticks(TICKS, [f"{tick}" for tick in TICKS])
    axes.set_xticks([], minor=True)
    axes.set_yticks(np.arange(n_features), list(power.features))
    axes.invert_yaxis()
    axes.set_xlabel("z of the moves: linear to 4.5, then logarithmic", fontsize=NORMAL, color=INK)
    axes.legend(fontsize=SMALL, edgecolor=FAINT, loc="upper left", bbox_to_anchor=(0.5, 1.0))
    heading(axes, "Features left out or late are found out")
