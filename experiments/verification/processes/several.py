"""Evidence from several samples at once, and the frame of the figures that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from numpy.typing import NDArray

from experiments.verification.evidence import Evidence
from experiments.verification.laws import LEAST_P, MOST_ERRORS, Reals, errors_off, p_value, pools_of
from sim.plots.sheet import figure_of
from sim.plots.theme import FAINT, INK, NORMAL, SMALL

Case = tuple[NDArray[Any], float, float]
"""A sample with the mean and the standard deviation of its law."""


def all_agree(claim: str, source: str, cases: Sequence[Case], shown: Sequence[int]) -> Evidence:
    """Evidence from several means, each within 4.5 exact standard errors of its law's.

    Parameters
    ----------
    shown : places of the cases whose numbers are printed
    """
    off = [errors_off(*case) for case in cases]
    return Evidence(
        claim,
        source,
        ", ".join(f"{cases[at][1]:.5g}" for at in shown),
        ", ".join(f"{cases[at][0].mean():.5g}" for at in shown),
        f"{MOST_ERRORS} exact standard errors each; {len(cases)} means, at most {max(off):.1f} off",
        bool(max(off) <= MOST_ERRORS),
    )


def all_fit(claim: str, source: str, cases: Sequence[tuple[Reals, NDArray[Any]]]) -> Evidence:
    """Evidence from several distributions: the chances of a law, and counts, for each.

    One that is so narrow that all its cases fall into one pool tests nothing and is not counted.
    """
    wide = [(law, counts) for law, counts in cases if pools_of(law * counts.sum()).max() > 0]
    fits = [p_value(counts, law) for law, counts in wide]
    least = min(fits, default=0.0)
    return Evidence(
        claim,
        source,
        "the exact laws",
        f"{len(wide)} distributions of {int(cases[0][1].sum()):,} cases each",
        f"p > {LEAST_P:g} in a chi-square test each; least p = {least:.2g}",
        bool(least > LEAST_P),
    )


def frame(axes: Axes, labels: tuple[str, str], note: str) -> None:
    """Axis labels, a light grid and the small print."""
    axes.set_xlabel(labels[0], fontsize=NORMAL, color=INK)
    axes.set_ylabel(labels[1], fontsize=NORMAL, color=INK)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_axisbelow(True)
    figure_of(axes).supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
