"""Ranks of effects measured in the same runs, with intervals that hold for all of them together."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Integers, Reals
from sim.results.estimates import ROUNDING

N_DRAWS = 4000
"""Draws of the largest difference; the chance of 95 % is then known within 0.4 of a percent."""

MOST_DRAWN = 200
"""Effects up to which the largest difference is drawn; with more, Bonferroni's bound stands in."""

DRAWS_A_STEP = 100

LEAST_ALIKE = 30
"""Runs from which on a difference that is the same in each of them is one for certain."""

LEVEL = 0.95


class Ranks(NamedTuple):
    """Ranks of effects, 1 for the largest.

    Attributes
    ----------
    rank : ndarray of int, shape (n_effects,)
        By the means; effects with one mean share the better rank.
    low, high : ndarray of int, shape (n_effects,)
        All ranks together lie within these in 95 % of such studies.
    is_above : ndarray of bool, shape (n_effects, n_effects)
        Whether the first is larger than the second, for certain in that sense.
    """

    rank: Integers
    low: Integers
    high: Integers
    is_above: NDArray[np.bool_]

    def ties(self, effect: int) -> list[int]:
        """Other effects that are neither larger nor smaller for certain."""
        apart = self.is_above[effect] | self.is_above[:, effect]
        return [int(other) for other in np.flatnonzero(~apart) if other != effect]


def ranks_of(effects: Reals, seed: int = 0) -> Ranks:
    """Ranks of mean effects, with simultaneous 95 % intervals.

    Parameters
    ----------
    effects : ndarray, shape (n_runs, n_effects)
        Of each run; what runs have in common drops out of the differences between effects.
    seed : int
        Of the draws of the largest difference.

    Notes
    -----
    Intervals for all pairwise differences that hold together give such intervals for ranks: the
    best rank of an effect is 1 plus how many are larger for certain, its worst that of all minus
    how many are smaller [MogstadRomanoShaikhWilhelm2024]_. The differences hold together within
    as many standard errors as the largest of them has in 95 % of draws from the normal
    distribution with the covariance of the runs, which is what the bootstrap by random multipliers
    gives [ChernozhukovChetverikovKato2013]_; each draw is divided by the square root of a
    chi-squared over its n - 1 degrees of freedom, as in [Tukey1953]_'s studentised range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> luck = rng.normal(size=(400, 1))  # shared, so that small differences are seen
    >>> found = ranks_of(luck + [3.0, 1.0, 1.0] + 0.1 * rng.normal(size=(400, 3)))
    >>> found.low.tolist(), found.high.tolist(), found.ties(1)
    ([1, 2, 2], [1, 3, 3], [2])
    """
    n_runs, n_effects = effects.shape
    means = effects.mean(axis=0)
    rank = np.array([1 + int((means > mean).sum()) for mean in means], dtype=np.int64)
    is_above = np.zeros((n_effects, n_effects), dtype=np.bool_)
    if n_runs > 1 and n_effects > 1:
        centred = effects - means
        covariance = centred.T @ centred / (n_runs - 1)
        apart = means[:, None] - means[None, :]
        error = np.sqrt(difference_variance(covariance) / n_runs)
        bound = largest_difference(covariance, n_runs, seed) * error
        is_above = np.where(error > 0, apart > bound, (apart > 0) & (n_runs >= LEAST_ALIKE))
    low = 1 + is_above.sum(axis=0, dtype=np.int64)
    high = n_effects - is_above.sum(axis=1, dtype=np.int64)
    return Ranks(rank, low, high, is_above)


def difference_variance(covariance: Reals) -> Reals:
    """Variance of each pairwise difference; 0 where it is no more than rounding.

    Examples
    --------
    >>> difference_variance(np.array([[2.0, 1.0], [1.0, 1.0]]))
    array([[0., 1.],
           [1., 0.]])
    """
    own = np.diag(covariance)
    found = own[:, None] + own[None, :] - 2 * covariance
    return np.where(found > ROUNDING * (own[:, None] + own[None, :]), found, 0.0)


def largest_difference(covariance: Reals, n_runs: int, seed: int = 0) -> float:
    """Standard errors that the largest of all pairwise differences exceeds in 5 % of studies.

    Parameters
    ----------
    covariance : ndarray, shape (n_effects, n_effects)
        Over runs.
    n_runs, seed : int

    Examples
    --------
    >>> two, ten = (largest_difference(np.eye(n), 10_000) for n in (2, 10))
    >>> round(two, 1), round(ten, 1)  # 1.96 for one difference, 3.16 for [Tukey1953]_'s 45
    (2.0, 3.2)
    """
    n_effects = len(covariance)
    if n_effects > MOST_DRAWN:
        n_pairs = n_effects * (n_effects - 1) / 2
        return bonferroni(n_pairs, n_runs - 1)
    first, second = np.triu_indices(n_effects, 1)
    variance = difference_variance(covariance)[first, second]
    first, second = first[variance > 0], second[variance > 0]
    if first.size == 0:
        return 0.0
    deviation = np.sqrt(variance[variance > 0])
    sizes, directions = np.linalg.eigh(covariance)
    root = directions * np.sqrt(np.maximum(sizes, 0.0))
    rng = np.random.default_rng(seed)
    largest = np.empty(N_DRAWS)
    for begin in range(0, N_DRAWS, DRAWS_A_STEP):
        drawn = rng.normal(size=(DRAWS_A_STEP, n_effects)) @ root.T
        scale = np.sqrt(rng.chisquare(n_runs - 1, size=DRAWS_A_STEP) / (n_runs - 1))
        apart = np.abs(drawn[:, first] - drawn[:, second]) / deviation
        largest[begin : begin + DRAWS_A_STEP] = apart.max(axis=1) / scale
    return float(np.quantile(largest, LEVEL))


def bonferroni(n_tests: float, degrees: int | None = None) -> float:
    """Standard errors within which so many two-sided intervals hold together in 95 % of studies.

    Parameters
    ----------
    n_tests : float
    degrees : int, optional
        Of freedom, for Student's t; by default the normal distribution.

    Examples
    --------
    >>> round(bonferroni(1), 2), round(bonferroni(45), 2), round(bonferroni(1, 10), 2)
    (1.96, 3.26, 2.23)
    """
    share = 1.0 - (1.0 - LEVEL) / (2.0 * max(n_tests, 1.0))
    if degrees is None:
        return NormalDist().inv_cdf(share)
    from scipy.special import stdtrit  # takes a third of a second to import

    return float(stdtrit(degrees, share))
