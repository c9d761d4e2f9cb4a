"""Exact laws, and how far a simulation may lie from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Reals = NDArray[np.float64]

ANCHORS = Path(__file__).parents[2] / "tests" / "anchors"
MOST_ERRORS = 4.5
LEAST_P = 1e-5
LEAST_EXPECTED = 5.0
MOST_OFF_ONE = 1e-6


def anchor(name: str) -> Any:
    """Published or independently computed numbers, with their source."""
    return json.loads((ANCHORS / f"{name}.json").read_text(encoding="utf-8"))


def chain_binomial(n_nations: int, hazard: Callable[[int], float], n_days: int, n0: int) -> Reals:
    """Law of the public size by day, shape (n_days + 1, n_nations + 1).

    Of k public nations today each of the others goes public tomorrow with probability
    1 - exp(-hazard(k)), independently: the synchronous law of the model.
    """
    step = np.zeros((n_nations + 1, n_nations + 1))
    for k in range(n_nations + 1):
        chance = -np.expm1(-hazard(k))
        moves = np.arange(n_nations - k + 1)
        step[k, k:] = stats.binom.pmf(moves, n_nations - k, chance)
    law = np.zeros((n_days + 1, n_nations + 1))
    law[0, n0] = 1.0
    for day in range(n_days):
        law[day + 1] = law[day] @ step
    return law


def moments(values: NDArray[Any], chances: Reals) -> tuple[float, float]:
    """Mean and standard deviation of a law on some values."""
    mean = float(values @ chances)
    return mean, float(np.sqrt((values - mean) ** 2 @ chances))


def errors_off(sample: NDArray[Any], mean: float, sd: float) -> float:
    """How many exact standard errors a sample's mean lies from the law's."""
    if sd == 0.0:
        return 0.0 if (sample == mean).all() else np.inf
    return float(abs(sample.mean() - mean) / (sd / np.sqrt(sample.size)))


def p_value(counts: NDArray[Any], chances: Reals) -> float:
    """Chi-square p of counts under a law; neighbours pooled until at least five are expected.

    A value that the law excludes gives 0; a law of which only one pool is left gives 1.

    Raises
    ------
    ValueError
        If the chances do not add up to 1.
    """
    if abs(chances.sum() - 1.0) > MOST_OFF_ONE:
        raise ValueError(f"the chances of a law add up to {chances.sum()}, not to 1")
    if counts[chances <= 0.0].any():
        return 0.0
    pools = pools_of(chances * counts.sum())
    seen, due = (np.bincount(pools, weights=each) for each in (counts, chances * counts.sum()))
    if seen.size == 1:
        return 1.0
    return float(stats.chisquare(seen, due * seen.sum() / due.sum()).pvalue)


def pools_of(expected: Reals) -> NDArray[Any]:
    """Pool that each value belongs to: neighbours, until at least five cases are expected.

    Examples
    --------
    >>> pools_of(np.array([3.0, 3.0, 9.0, 1.0])).tolist()
    [0, 0, 1, 1]
    """
    pools = np.zeros(expected.size, dtype=int)
    pool, held = 0, 0.0
    for value, each in enumerate(expected):
        pools[value] = pool
        held += each
        if held >= LEAST_EXPECTED:
            pool, held = pool + 1, 0.0
    pools[pools == pool] = max(pool - 1, 0)
    return pools
