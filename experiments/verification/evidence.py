"""One line of evidence: a claim, what it should come to, what it came to, and the verdict."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.verification.laws import LEAST_P, MOST_ERRORS, Reals, errors_off, p_value


class Effort(NamedTuple):
    """How much is simulated.

    Attributes
    ----------
    runs : int
        Runs of an ensemble where chance is at work.
    quick : bool
        Whether a claim may look at fewer cases than the study does.
    """

    runs: int
    quick: bool


FULL = Effort(100_000, quick=False)
QUICK = Effort(2_000, quick=True)


class Evidence(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    claim : str
        A sentence that is true if the model reproduces its source.
    source : str
        Key of a reference in docs/references.md, or how the expected value was computed.
    expected, obtained : str
        With units where they have any.
    error_bar : str
        What difference was allowed, and how far off the result lay: ``none: exact`` where no
        chance is at work.
    holds : bool
    """

    claim: str
    source: str
    expected: str
    obtained: str
    error_bar: str
    holds: bool


def exactly(claim: str, source: str, expected: Any, obtained: Any) -> Evidence:
    """Evidence where no chance is at work: both must be equal."""
    return Evidence(
        claim, source, f"{expected}", f"{obtained}", "none: exact", expected == obtained
    )


def within(
    claim: str, source: str, expected: float, obtained: float, tolerance: float, why: str
) -> Evidence:
    """Evidence of a number without chance that may be off by a stated tolerance, for a reason."""
    off = abs(obtained - expected)
    bar = f"{tolerance:.2g} ({why}); off by {off:.2g}"
    return Evidence(
        claim, source, f"{expected:.6g}", f"{obtained:.6g}", bar, bool(off <= tolerance)
    )


def mean_agrees(
    claim: str, source: str, law: tuple[float, float], sample: NDArray[Any]
) -> Evidence:
    """Evidence from a mean of independent runs: within 4.5 exact standard errors of a law's.

    Parameters
    ----------
    law : tuple of float
        Mean and standard deviation of one run.
    sample : ndarray, shape (n_runs,)
    """
    mean, sd = law
    off, error = errors_off(sample, mean, sd), sd / np.sqrt(sample.size)
    bar = f"{MOST_ERRORS} exact standard errors of {error:.2g}; off by {off:.1f}"
    return Evidence(
        claim, source, f"{mean:.6g}", f"{sample.mean():.6g}", bar, bool(off <= MOST_ERRORS)
    )


def law_fits(claim: str, source: str, chances: Reals, counts: NDArray[Any]) -> Evidence:
    """Evidence from a whole distribution: chi-square of counts under the law, p above 1e-5.

    Parameters
    ----------
    chances, counts : ndarray, shape (n_values,)
    """
    p = p_value(counts, chances)
    runs = f"{int(counts.sum()):,} cases, {int((chances > 0).sum())} values"
    bar = f"p > {LEAST_P:g} in a chi-square test; p = {p:.2g}"
    return Evidence(claim, source, "the exact law", runs, bar, bool(p > LEAST_P))
