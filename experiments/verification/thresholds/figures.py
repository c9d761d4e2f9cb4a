"""Figures of the threshold models: what was published or computed beside what the model gives."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, ScalarFormatter

import sim
from experiments.verification.laws import anchor, moments
from experiments.verification.thresholds.crowds import (
    N_PERSONS,
    SEED,
    SHIPPED_SPREAD,
    SIZES,
    counts,
    crowd,
    final,
    final_law,
    jump,
    quantile_thresholds,
    rounds,
    shipped,
    tangency,
)
from sim.plots.sheet import figure_of, heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL
from sim.results.estimates import Z_95, chance


def _frame(axes: Axes, labels: tuple[str, str], note: str, n_columns: int = 2) -> None:
    """Axis labels, a light grid, the legend under the axes, and the small print."""
    axes.set_xlabel(labels[0], fontsize=NORMAL, color=INK)
    axes.set_ylabel(labels[1], fontsize=NORMAL, color=INK)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_axisbelow(True)
    height = 0.65 / figure_of(axes).get_figheight()
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, -height),
        ncols=n_columns,
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
    )
    figure_of(axes).supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)


def draw_cascade() -> Axes:
    """The uniform crowd and its twin by day."""
    axes, known = new_axes(6.4, 4.2), anchor("granovetter_1978")
    cases = (
        ("granovetter_1978", "0, 1, 2, 3, ..., 99", PUBLIC_COLOUR, known["uniform_0_99"]),
        ("granovetter_1978_one_changed", "0, 2, 2, 3, ..., 99", PRIVATE_COLOUR, 1),
    )
    for name, words, colour, end in cases:
        sizes = sim.run(shipped(name), runs=1, seed=SEED).size[0]
        days = np.arange(sizes.size)
        axes.plot(days, np.minimum(days, end), color=colour, lw=1.2, label=f"{words}: as published")
        shown = days[::5]
        axes.plot(
            shown, sizes[shown], "o", color=colour, ms=4, label=f"{words}: model, each 5th day"
        )
    axes.set_xlim(-2, days[-1] + 2)
    axes.set_ylim(-3, 104)
    heading(axes, "One threshold out of a hundred")
    note = "Thresholds as given. No chance is at work: every run is the same."
    _frame(axes, ("day (round)", "people who have joined"), f"[Granovetter1978] {note}")
    return axes


def draw_spread(runs: int, quick: bool) -> Axes:
    """The final size over the standard deviation: quantiles, and thresholds drawn at random."""
    axes = new_axes(8.0, 5.2)
    _draw_drawn(axes, runs, quick)
    _draw_quantiles(axes)
    axes.axvline(tangency(), color=FAINT, lw=0.9, ls=":")
    labels = (
        (tangency(), f"continuous law:\njump at {tangency():.2f}", "right", -4),
        (jump(), f"crowd of 100:\njump at {jump():.2f}", "left", 4),
    )
    for place, words, side, gap in labels:
        axes.annotate(
            words,
            xy=(place, 0.985),
            xycoords=("data", "axes fraction"),
            xytext=(gap, 0),
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=SMALL,
            color=FAINT if side == "right" else PUBLIC_COLOUR,
        )
    axes.set_xscale("log")
    axes.set_xlim(3.85, 212)
    axes.set_ylim(-2, 112)
    axes.xaxis.set_major_locator(FixedLocator([5, 10, 15, 20, 30, 50, 100, 200]))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(0, 101, 20))
    heading(axes, "How many of a hundred join, by the spread of their thresholds")
    note = (
        "[Granovetter1978] Thresholds normal with mean 25 people. Quantiles: (i - 1/2)/100; no "
        f"chance at work.\nDrawn anew in each run: {runs:,} runs a point, seed {SEED}; bars: 95 % "
        "Monte Carlo intervals of the mean."
    )
    _frame(axes, ("standard deviation of thresholds, people", "final size, people"), note, 3)
    return axes


def _draw_quantiles(axes: Axes) -> None:
    spreads = np.sort([*np.geomspace(4, 210, 1200), jump() - 1e-9, jump() + 1e-9])
    due = [rounds(quantile_thresholds(sigma))[-1] for sigma in spreads]
    axes.plot(spreads, due, color=PUBLIC_COLOUR, lw=1.3, label="quantiles: by arithmetic")
    table = [row["sigma"] for row in anchor("granovetter_1978")["quantile_mid_table"]]
    shown = [sigma for sigma in table if 4 <= sigma <= 210]
    found = [final(crowd(quantile_thresholds(sigma))) for sigma in shown]
    axes.plot(shown, found, "o", color=PUBLIC_COLOUR, ms=4.5, label="quantiles: model")


def _draw_drawn(axes: Axes, runs: int, quick: bool) -> None:
    """Exact mean and 90 % band of the random crowd, and simulated means with intervals."""
    spreads = np.geomspace(4, 210, 30 if quick else 240)
    laws = np.array([final_law(sigma) for sigma in spreads])
    low, high = ((laws.cumsum(axis=1) < q - 1e-12).sum(axis=1) for q in (0.05, 0.95))
    label = "drawn: exact range of 90 % of the runs"
    axes.fill_between(spreads, low, high, color=PRIVATE_COLOUR, alpha=0.18, lw=0, label=label)
    axes.plot(spreads, laws @ SIZES, color=PRIVATE_COLOUR, lw=1.3, label="drawn: exact mean")
    points = (5, 7, 9, 10, 11, 12, 13, 14, 15, 17, 20, 30, 50, 100, 200)
    tallies = [counts(sigma, runs)[-1] / runs for sigma in points]
    means, spread = np.array([moments(SIZES, tally) for tally in tallies]).T
    axes.errorbar(
        points,
        means,
        yerr=Z_95 * spread / np.sqrt(runs - 1),
        fmt="s",
        ms=3.5,
        lw=1.1,
        capsize=2,
        color=INK,
        label="drawn: simulated mean",
    )


def draw_law(runs: int) -> Axes:
    """The whole distribution of the final size next to the jump."""
    axes, sigma = new_axes(8.0, 4.4), SHIPPED_SPREAD
    law = final_law(sigma)
    axes.bar(SIZES, law, width=0.9, color=PRIVATE_COLOUR, alpha=0.6, label="exact law")
    seen = counts(sigma, runs)[-1]
    shown = SIZES[seen > 0]
    chances = [chance(int(seen[size]), runs) for size in shown]
    axes.vlines(shown, [one.low for one in chances], [one.high for one in chances], color=INK, lw=1)
    label = "simulated, with 95 % intervals"
    axes.plot(shown, seen[shown] / runs, "o", color=INK, ms=2.8, label=label)
    digit, power = f"{law[30:99].sum():.0e}".split("e")
    words = (
        f"all {N_PERSONS}: {100 * law[-1]:.1f} %",
        rf"30 to 98: together ${digit} \times 10^{{{int(power)}}}$",
        f"up to 29: {100 * law[:30].sum():.1f} %",
    )
    for place, side, text in zip((97, 60, 20), ("right", "center", "left"), words, strict=True):
        axes.text(place, 0.3, text, ha=side, va="center", fontsize=SMALL, color=FAINT)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylim(3e-6, 1)
    axes.set_xlim(-2, N_PERSONS + 2)
    heading(axes, "Drawn at random, a crowd stays small or goes off")
    note = (
        f"[Granovetter1978] Thresholds drawn from Normal(25, {sigma}) people in each run; "
        f"{runs:,} runs, seed {SEED}."
    )
    _frame(axes, ("final size, people", "chance"), note)
    return axes


def draw_kuran() -> Axes:
    """Kuran's two societies by round."""
    axes, known = new_axes(4.6, 3.6), anchor("kuran_1991")
    cases = (
        ("A_prime", "kuran_1991_one_changed", "A'", PUBLIC_COLOUR),
        ("A", "kuran_1991", "A", PRIVATE_COLOUR),
    )
    for case, name, words, colour in cases:
        sizes = 10 * sim.run(shipped(name), runs=1, seed=SEED).size[0]
        path = known[case]["path"]
        path = path + [known[case]["final"]] * (sizes.size - len(path))
        axes.plot(path, color=colour, lw=1.2, label=f"{words}: as published")
        axes.plot(sizes, "o", color=colour, ms=4, label=f"{words}: model")
    axes.set_xlim(-0.4, 12.4)
    axes.set_ylim(-3, 103)
    heading(axes, "One threshold of 10 instead of 20")
    note = (
        "[Kuran1991] A: thresholds 0, 20, 20, 30, 40, ...; A': 0, 10, 20, 30, 40, ...\n"
        "No chance is at work. In A, 90 percent would stand as well as 10."
    )
    _frame(axes, ("day (round)", "open opposition, percent"), note)
    return axes
