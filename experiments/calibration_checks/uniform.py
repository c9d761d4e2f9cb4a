"""Are ranks uniform? Bands of their ECDF that hold at all points at once, and tests."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.stats import binom, chi2

from sim.core.layout import Integers, Reals

SIMULATIONS = 20_000
LEVEL = 0.95


def ecdf(ranks: Integers, n_draws: int) -> Reals:
    """Share of ranks up to 0, 1, ... n_draws - 1."""
    return np.asarray((ranks[:, None] <= np.arange(n_draws)).mean(axis=0))


@cache
def farthest(n_ranks: int, n_draws: int) -> Reals:
    """Smallest pointwise p-value of the ECDF of uniform ranks, in simulations, sorted."""
    random = np.random.default_rng(7)
    chances = np.full(n_draws + 1, 1.0 / (n_draws + 1))
    counts = random.multinomial(n_ranks, chances, SIMULATIONS).cumsum(axis=1)[:, :-1]
    return np.sort(pointwise(counts, n_ranks, n_draws).min(axis=1))


def pointwise(counts: Integers, n_ranks: int, n_draws: int) -> Reals:
    """Two-sided p-values of how many ranks are up to each."""
    chance = (np.arange(n_draws) + 1) / (n_draws + 1)
    below, above = binom.cdf(counts, n_ranks, chance), binom.sf(counts - 1, n_ranks, chance)
    return np.asarray(2.0 * np.minimum(below, above))


def band_of_ecdf(n_ranks: int, n_draws: int) -> tuple[Reals, Reals]:
    """A band that the ECDF of uniform ranks stays in with chance `LEVEL`, at all points at once.

    By simulation, after Säilynoja, Bürkner and Vehtari (2022), algorithm 1.
    """
    gamma = np.quantile(farthest(n_ranks, n_draws), 1.0 - LEVEL)
    chance = (np.arange(n_draws) + 1) / (n_draws + 1)
    low, high = (binom.ppf(p, n_ranks, chance) / n_ranks for p in (gamma / 2, 1 - gamma / 2))
    return low, high


def p_of_ecdf(ranks: Integers, n_draws: int) -> float:
    """Chance that the ECDF of uniform ranks strays as far at some point."""
    counts = (ranks[:, None] <= np.arange(n_draws)).sum(axis=0)
    found = pointwise(counts, len(ranks), n_draws).min()
    return float((farthest(len(ranks), n_draws) <= found).mean())


def p_of_chi_squared(ranks: Integers, n_draws: int) -> float:
    """Of a chi-squared test that all ranks are as likely."""
    expected = len(ranks) / (n_draws + 1)
    distance = ((np.bincount(ranks, minlength=n_draws + 1) - expected) ** 2 / expected).sum()
    return float(chi2.sf(distance, n_draws))
