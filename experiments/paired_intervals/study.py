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
from scipy.special import gammaln, ndtri

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.results.estimates import Z_95
from sim.results.intervals import chance_interval, fewer_runs

FOLDER = Path(__file__).resolve().parent
PAGES = (FOLDER / "README.md", FOLDER.parents[1] / "docs" / "compare.md")
MARK_BEGIN, MARK_END = "<!-- coverage: begin -->", "<!-- coverage: end -->"
FACTOR_BEGIN, FACTOR_END = "<!-- factor: begin -->", "<!-- factor: end -->"
SEED = 1
N_PAIRS, QUICK_PAIRS = 300, 10
LOWEST, HIGHEST = 0.0001, 0.4
"""Chances that a run differs one way or the other: of each pair both are drawn between them."""

SIZES, QUICK_SIZES = (200, 1000), (50,)
N_TRIES, QUICK_TRIES = 2000, 40
N_MANY = 4_000_000
"""Runs from which the factor itself is taken to be known."""

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


# The factor by which shared luck saves runs


class Case(NamedTuple):
    """What is compared, in scenarios whose luck is shared to a part."""

    name: str
    share: float
    value: Callable[[Reals, int], Reals]


def as_it_is(luck: Reals, _: int) -> Reals:
    """A normal quantity."""
    return luck


def as_size(luck: Reals, scenario: int) -> Reals:
    """A number of nations."""
    return np.round(22 + 3 * scenario + 3 * luck)


def as_chance(low: float, high: float) -> Callable[[Reals, int], Reals]:
    """Something that happens with one chance in the base and with another in the other scenario."""
    bars = ndtri(1 - np.array([low, high]))
    return lambda luck, scenario: np.asarray(luck > bars[scenario], dtype=np.float64)


CASES = (
    Case("normal, half of the variance shared", 0.5, as_it_is),
    Case("public size, 80 % shared", 0.8, as_size),
    Case("success, 14 % against 69 %, nothing shared", 0.0, as_chance(0.14, 0.69)),
    Case("success, 14 % against 69 %, 80 % shared", 0.8, as_chance(0.14, 0.69)),
    Case("success, 5 % against 12 %, 80 % shared", 0.8, as_chance(0.05, 0.12)),
)
RUNS, QUICK_RUNS = (40, 100, 1000), (40,)


def drawn(rng: np.random.Generator, case: Case, n_runs: int) -> tuple[Reals, Reals]:
    """A quantity in the same runs of two scenarios."""
    common = np.sqrt(case.share) * rng.standard_normal(n_runs)
    own = np.sqrt(1 - case.share) * rng.standard_normal((2, n_runs))
    return case.value(common + own[0], 0), case.value(common + own[1], 1)


def true_factor(rng: np.random.Generator, case: Case) -> float:
    """The ratio of variances, from so many runs that its error does not matter."""
    base, other = drawn(rng, case, N_MANY)
    return float((base.var() + other.var()) / (other - base).var())


def factor_lines(sizes: tuple[int, ...], n_tries: int) -> list[str]:
    """Table in Markdown: how often the factor's interval holds it, and how often there is one."""
    rng = np.random.default_rng(SEED)
    heads = [f"{size} runs" for size in sizes]
    lines = [f"| | factor | {' | '.join(heads)} |", "| --- | --- |" + " --- |" * len(sizes)]
    for case in CASES:
        factor = true_factor(rng, case)
        cells = [held_text(rng, case, factor, size, n_tries) for size in sizes]
        lines.append(f"| {case.name} | {factor:.2f} | {' | '.join(cells)} |")
    return lines


def held_text(
    rng: np.random.Generator, case: Case, factor: float, n_runs: int, n_tries: int
) -> str:
    """How often an interval holds the factor, with its standard error, and how often it is told."""
    found = [fewer_runs(*drawn(rng, case, n_runs)) for _ in range(n_tries)]
    told = [each for each in found if not np.isnan(each.low)]
    if len(told) < n_tries / 10:
        return f"too few runs to tell, in {100 - 100 * len(told) / n_tries:.0f} %"
    held = float(np.mean([each.low <= factor <= each.high for each in told]))
    error = 100 * np.sqrt(held * (1 - held) / len(told))
    some = "" if len(told) == n_tries else f", told in {100 * len(told) / n_tries:.0f} %"
    return f"{100 * held:.1f} ± {error:.1f} %{some}"


def write_between(file: Path, marks: tuple[str, str], lines: list[str]) -> None:
    """Put lines between two marks in a page."""
    text = file.read_text(encoding="utf-8")
    block = "\n".join([marks[0], *lines, marks[1]])
    pattern = re.escape(marks[0]) + ".*" + re.escape(marks[1])
    file.write_text(re.sub(pattern, lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


def main() -> int:
    """Print both tables; write them into the pages unless asked to be quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few cases, written nowhere")
    quick = parser.parse_args().quick
    coverage = coverage_lines(*((QUICK_SIZES, QUICK_PAIRS) if quick else (SIZES, N_PAIRS)))
    factors = factor_lines(*((QUICK_RUNS, QUICK_TRIES) if quick else (RUNS, N_TRIES)))
    print("\n".join([*coverage, "", *factors]))
    if not quick:
        for page in PAGES:
            write_between(page, (MARK_BEGIN, MARK_END), coverage)
        write_between(PAGES[0], (FACTOR_BEGIN, FACTOR_END), factors)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
