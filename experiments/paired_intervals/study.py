"""Measure how often intervals of comparisons hold what they are intervals of.

Run ``python experiments/paired_intervals/study.py``; ``--quick`` tries few cases, writes nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.results.estimates import Z_95, chance_interval

FOLDER = Path(__file__).resolve().parent
PAGES = (FOLDER / "README.md", FOLDER.parents[1] / "docs" / "compare.md")
MARK_BEGIN, MARK_END = "<!-- coverage: begin -->", "<!-- coverage: end -->"
SEED = 1
N_PAIRS, QUICK_PAIRS = 300, 10
LOWEST, HIGHEST = 0.0001, 0.4
"""Chances that a run differs one way or the other: of each pair both are drawn between them."""

SIZES, QUICK_SIZES = (200, 1000), (50,)

Reals = NDArray[np.float64]
Ends = tuple[Reals, Reals]


class Outcomes(NamedTuple):
    """Every number of runs that can be gained and lost, out of some.

    Attributes
    ----------
    n_runs : int
    gained, lost : ndarray of int64, shape (n_outcomes,), runs
    log_ways : ndarray, shape (n_outcomes,)
        Logarithm of the number of orders in which that can come about.
    """

    n_runs: int
    gained: NDArray[np.int64]
    lost: NDArray[np.int64]
    log_ways: Reals

    def law(self, gained: float, lost: float) -> Reals:
        """Probability of each, from the chances that a run is gained and lost."""
        rest = self.n_runs - self.gained - self.lost
        log = self.log_ways + self.gained * np.log(gained) + self.lost * np.log(lost)
        return np.asarray(np.exp(log + rest * np.log1p(-gained - lost)))


def outcomes_of(n_runs: int) -> Outcomes:
    """All outcomes of so many runs."""
    gained, lost = np.indices((n_runs + 1, n_runs + 1)).reshape(2, -1)
    within = gained + lost <= n_runs
    gained, lost = gained[within], lost[within]
    parts = gammaln(gained + 1) + gammaln(lost + 1) + gammaln(n_runs - gained - lost + 1)
    return Outcomes(n_runs, gained, lost, np.asarray(gammaln(n_runs + 1) - parts))


def wald(outcomes: Outcomes, added: float = 0.0) -> Ends:
    """Ends of Wald's interval, with so much added to each cell of the two-by-two table."""
    n = outcomes.n_runs + 4 * added
    difference = (outcomes.gained - outcomes.lost) / n
    variance = (outcomes.gained + outcomes.lost + 2 * added) / n - difference**2
    half = Z_95 * np.sqrt(np.maximum(variance, 0.0) / n)
    return difference - half, difference + half


def agresti_min(outcomes: Outcomes) -> Ends:
    """Ends of the interval of Agresti and Min (2005): Wald's, with a half added to each cell."""
    return wald(outcomes, 0.5)


def score(outcomes: Outcomes) -> Ends:
    """Ends of the interval that comparisons have."""
    found = chance_interval(outcomes.gained, outcomes.lost, outcomes.n_runs)
    return found.low, found.high


METHODS: dict[str, Callable[[Outcomes], Ends]] = {
    "Wald": wald,
    "Agresti and Min [AgrestiMin2005]": agresti_min,
    "score": score,
}


def pairs_of(n_pairs: int) -> Reals:
    """Pairs of chances that a run is gained and lost, log-uniform, shape (n_pairs, 2)."""
    shares = np.random.default_rng(SEED).random((n_pairs, 2))
    return np.asarray(LOWEST * (HIGHEST / LOWEST) ** shares)


def coverages(n_runs: int, pairs: Reals) -> dict[str, Reals]:
    """Exact chance that each interval holds the difference, for each pair of chances."""
    outcomes = outcomes_of(n_runs)
    ends = {name: method(outcomes) for name, method in METHODS.items()}
    found: dict[str, list[float]] = {name: [] for name in METHODS}
    for gained, lost in pairs.tolist():
        law, difference = outcomes.law(gained, lost), gained - lost
        for name, (low, high) in ends.items():
            holds = (low <= difference) & (difference <= high)
            found[name].append(float(law[holds].sum()))
    return {name: np.array(values) for name, values in found.items()}


def coverage_lines(sizes: tuple[int, ...], n_pairs: int) -> list[str]:
    """Table of coverages in Markdown: mean and least over the pairs of chances."""
    pairs = pairs_of(n_pairs)
    by_size = {size: coverages(size, pairs) for size in sizes}
    heads = [f"mean of {size} runs | least" for size in sizes]
    lines = [f"| nominally 95 % | {' | '.join(heads)} |", "| --- |" + " --- | --- |" * len(sizes)]
    for name in METHODS:
        cells = (
            f"{100 * found[name].mean():.0f} % | {100 * found[name].min():.0f} %"
            for found in by_size.values()
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def write_between(file: Path, marks: tuple[str, str], lines: list[str]) -> None:
    """Put lines between two marks in a page."""
    text = file.read_text(encoding="utf-8")
    block = "\n".join([marks[0], *lines, marks[1]])
    pattern = re.escape(marks[0]) + ".*" + re.escape(marks[1])
    file.write_text(re.sub(pattern, lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


def main() -> int:
    """Print the table; write it into both pages unless asked to be quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few cases, written nowhere")
    quick = parser.parse_args().quick
    coverage = coverage_lines(*((QUICK_SIZES, QUICK_PAIRS) if quick else (SIZES, N_PAIRS)))
    print("\n".join(coverage))
    if not quick:
        for page in PAGES:
            write_between(page, (MARK_BEGIN, MARK_END), coverage)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
