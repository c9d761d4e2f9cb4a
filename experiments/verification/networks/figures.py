"""Figures of cascades on random graphs: theory of infinite graphs, and runs on finite ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.verification.laws import anchor
from experiments.verification.networks.global_cascades import (
    GLOBAL_SHARE,
    SEED,
    THRESHOLD,
    Case,
    Share,
    frequency,
    global_size,
)
from experiments.verification.networks.watts import (
    chance_of_a_global_cascade,
    most_ties_of_the_vulnerable,
    size_of_a_global_cascade,
    window,
)
from sim.plots.sheet import figure_of, heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL

FEW_COLOUR = "#7FA8CF"
MOST_TIES = 8
"""Largest K* that is drawn."""

WINDOW_COLOUR = "#E3ECF5"
MOST_DEGREE = 17.0
BESIDE = 0.05
"""How far right of large graphs small ones are drawn, so that bars do not hide each other."""


def draw_cut(large: list[Case], few: list[Case]) -> Axes:
    """Frequency and size of global cascades over the mean degree, at a threshold of 0.18."""
    axes = new_axes(8.0, 5.4)
    _draw_theory(axes)
    _draw_points(
        axes,
        [(case.mean_degree, global_size(case)) for case in large if frequency(case).value > 0.0],
        ("s", PRIVATE_COLOUR, PRIVATE_COLOUR),
        f"size, {large[0].n_nations:,} nations",
    )
    _draw_points(
        axes,
        [(case.mean_degree, frequency(case)) for case in large],
        ("o", PUBLIC_COLOUR, PUBLIC_COLOUR),
        f"frequency, {large[0].n_nations:,} nations",
    )
    if few:
        _draw_points(
            axes,
            [(case.mean_degree + BESIDE, frequency(case)) for case in few],
            ("o", FEW_COLOUR, "white"),
            f"frequency, {few[0].n_nations:,} nations",
        )
    _mark_ends(axes)
    axes.set_xlim(0.3, 8.2)
    axes.set_ylim(-0.03, 1.04)
    heading(axes, "Watts's cascade window, cut at a threshold of 0.18")
    _frame(axes, ("mean degree z, ties per nation", "frequency (of seeds), size (of nations)"))
    _legend_below(axes, 3)
    n_runs = sum(frequency(case).n_runs for case in [*large, *few])
    beside = f" The smaller are drawn {BESIDE:g} to the right." if few else ""
    _note(
        axes,
        f"[Watts2002], [GleesonCahalane2007]. {n_runs:,} runs from one random seed on Erdos-Renyi "
        f"graphs ({_graphs([*large, *few])} a point); seed {SEED}.\nGlobal: more than "
        f"{100 * GLOBAL_SHARE:g} % of the nations. "
        "Bars: 95 % intervals from the spread between graphs, or Wilson's where wider."
        "\nTheory is of infinite graphs; finite ones cascade somewhat beyond its ends, the smaller "
        f"the further.{beside}",
    )
    return axes


def _graphs(cases: list[Case]) -> str:
    numbers = sorted({case.n_graphs for case in cases})
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"


def _draw_theory(axes: Axes) -> None:
    """Frequency and size on an infinite graph; each is 0 outside the window."""
    ends = window(most_ties_of_the_vulnerable(THRESHOLD))
    assert ends is not None
    degrees = np.concatenate(
        [
            ends[0] + np.geomspace(1e-4, 1.0, 60),
            np.linspace(2.1, 5.2, 60),
            ends[1] - np.geomspace(0.5, 1e-5, 60),
        ]
    )
    for rule, colour, words in (
        (size_of_a_global_cascade, PRIVATE_COLOUR, "size of a global cascade, theory"),
        (chance_of_a_global_cascade, PUBLIC_COLOUR, "frequency of global cascades, theory"),
    ):
        values = np.array([rule(float(z), THRESHOLD) for z in degrees])
        if rule is chance_of_a_global_cascade:
            axes.plot([0.0, ends[0]], [0.0, 0.0], color=colour, lw=1.3)
            axes.plot([ends[1], 9.0], [0.0, 0.0], color=colour, lw=1.3)
        axes.plot(degrees, values, color=colour, lw=1.3, label=words)


def _draw_points(
    axes: Axes, points: list[tuple[float, Share]], look: tuple[str, str, str], label: str
) -> None:
    degrees = np.array([degree for degree, _ in points])
    values = np.array([share.value for _, share in points])
    spans = np.array([(share.value - share.low, share.high - share.value) for _, share in points])
    axes.errorbar(
        degrees,
        values,
        yerr=np.nan_to_num(np.maximum(spans, 0.0)).T,
        fmt=look[0],
        color=look[1],
        mfc=look[2],
        ms=4.5,
        lw=1.0,
        capsize=2.0,
        label=label,
        clip_on=False,
        zorder=3,
    )


def _mark_ends(axes: Axes) -> None:
    known = anchor("watts_2002")[f"phi_{THRESHOLD}"]
    for end, height, side, shift in (("z_lower", 0.5, "right", -4), ("z_upper", 0.75, "left", 4)):
        axes.axvline(known[end], color=FAINT, lw=0.9, ls=":", zorder=0.5)
        axes.annotate(
            f"z = {known[end]:.3f}",
            (known[end], height),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=side,
            fontsize=SMALL,
            color=FAINT,
        )


def draw_window(cases: list[Case]) -> Axes:
    """The window over threshold and mean degree, and on which side small graphs lie."""
    axes = new_axes(8.0, 5.6)
    _draw_region(axes)
    for case in cases:
        _draw_cell(axes, case)
    axes.plot([THRESHOLD] * 2, [0.0, MOST_DEGREE], color=INK, lw=0.9, ls="--", zorder=1)
    axes.annotate(
        f"threshold {THRESHOLD}",
        (THRESHOLD, MOST_DEGREE - 0.3),
        xytext=(5, 0),
        textcoords="offset points",
        fontsize=SMALL,
        color=INK,
        va="top",
    )
    axes.set_xlim(1.0 / (MOST_TIES + 1), 0.335)
    axes.set_ylim(-0.9, MOST_DEGREE)
    heading(axes, "Where one seed can move an infinite network")
    _frame(axes, ("threshold, share of ties", "mean degree z, ties per nation"))
    axes.legend(handles=_window_keys(), loc="upper right", fontsize=SMALL, frameon=False)
    first = cases[0]
    shares = [frequency(case) for case in cases]
    n_runs = sum(share.n_runs for share in shares)
    widest = max((share.high - share.low) / 2.0 for share in shares)
    _note(
        axes,
        "[Watts2002]: the vulnerable-cluster condition, on infinite graphs; with K* ties or fewer "
        f"one public peer is enough.\nEach mark: {first.n_graphs} Erdos-Renyi graphs of "
        f"{first.n_nations:,} nations; {n_runs:,} runs from one random seed in all; seed {SEED}.\n"
        "The area of a disc is the share of runs with a global cascade (more than "
        f"{100 * GLOBAL_SHARE:g} % of the nations); 95 % intervals: up to ± {widest:.2f}.",
    )
    return axes


def _draw_region(axes: Axes) -> None:
    """The window of each K*: thresholds from 1 / (K* + 1), left out, to 1 / K*."""
    known = {row["K_star"]: row for row in anchor("watts_2002")["boundary"]}
    shown = [known[most] for most in range(MOST_TIES, 1, -1) if known[most]["z_lower"] is not None]
    edges = [1.0 / (row["K_star"] + 1) for row in shown] + [1.0 / shown[-1]["K_star"]]
    high, low = ([row[end] for row in shown] for end in ("z_upper", "z_lower"))
    axes.stairs(high, edges, baseline=low, fill=True, color=WINDOW_COLOUR, zorder=0)
    axes.stairs(high, edges, baseline=low, color=PUBLIC_COLOUR, lw=1.3, zorder=2)
    for most in range(3, MOST_TIES + 1):
        middle = (1.0 / (most + 1) + 1.0 / most) / 2
        label = f"K* = {most}"
        axes.text(middle, -0.55, label, ha="center", va="center", fontsize=SMALL, color=FAINT)


def _size_of(share: float) -> float:
    """Area of a mark."""
    return 90.0 * share


def _draw_cell(axes: Axes, case: Case) -> None:
    share = frequency(case).value
    if share == 0.0:
        axes.plot(case.threshold, case.mean_degree, "+", color=FAINT, ms=4, mew=0.7, zorder=2)
    else:
        axes.scatter(
            case.threshold,
            case.mean_degree,
            s=_size_of(share),
            color=PRIVATE_COLOUR,
            lw=0,
            zorder=3,
        )


def _window_keys() -> list[Line2D | Patch]:
    """Keys of the window and of the marks."""

    def disc(share: float) -> Line2D:
        ms = float(np.sqrt(_size_of(share)))
        words = f"simulated: in {100 * share:g} % of runs"
        return Line2D([], [], marker="o", ls="", color=PRIVATE_COLOUR, ms=ms, mew=0, label=words)

    return [
        Patch(facecolor=WINDOW_COLOUR, edgecolor=PUBLIC_COLOUR, label="theory: global cascades"),
        *(disc(share) for share in (0.9, 0.5, 0.1)),
        Line2D([], [], marker="+", ls="", color=FAINT, ms=4, label="simulated: in none"),
    ]


def _frame(axes: Axes, labels: tuple[str, str]) -> None:
    axes.set_xlabel(labels[0], fontsize=NORMAL, color=INK)
    axes.set_ylabel(labels[1], fontsize=NORMAL, color=INK)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_axisbelow(True)


def _legend_below(axes: Axes, n_columns: int) -> None:
    height = 0.65 / figure_of(axes).get_figheight()
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, -height),
        ncols=n_columns,
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
    )


def _note(axes: Axes, text: str) -> None:
    figure_of(axes).supxlabel(text, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
