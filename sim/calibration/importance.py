"""Draws from a posterior by importance sampling: candidates in two rounds, and their weights.

The candidates of the first round come from a law around the mean of the posterior, as far as its
third derivatives at the mode tell it, that is wider than the normal approximation; those of the
second from one with the weighted mean and covariance of the first, in part. All are weighted by the
posterior over the mixture of both laws [OwenZhou2000]_ [CornuetMarinMiraRobert2012]_, and the tail
of the weights is smoothed [VehtariSimpsonGelmanYaoGabry2024]_.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from sim.core.layout import Reals

DEGREES_OF_FREEDOM = 4.0
"""Of the laws of candidates: wider than the normal, so that weights are bounded."""

ROUNDS = 2
"""Rounds of candidates, of one size."""

LEAST_TAIL = 5
"""Weights from which the shape of a tail is estimated."""


class Candidates(NamedTuple):
    """Points that stand for a law by their weights.

    Attributes
    ----------
    points : ndarray, shape (n, K)
    weights : ndarray, shape (n,)
        Sum to 1.
    pareto_k : float
        Shape of the tail of the weights; up to `largest_k` they can be relied on.
    effective : float
        1 / sum of squares of the weights, which is how many independent draws they are worth. Of
        two rounds that is too many, as the law of the second follows the first.
    """

    points: Reals
    weights: Reals
    pareto_k: float
    effective: float

    @property
    def mean(self) -> Reals:
        """Shape (K,)."""
        return np.asarray(self.weights @ self.points)

    @property
    def covariance(self) -> Reals:
        """Shape (K, K)."""
        distance = self.points - self.mean
        return np.asarray((self.weights * distance.T) @ distance)


def mean_near(slope: Callable[[Reals], Reals], mode: Reals, covariance: Reals) -> Reals:
    """The mean of a law near its mode, to the order of third derivatives [Lindley1980]_.

    Parameters
    ----------
    slope : callable
        Gradient of the log density at a point, both of shape (K,).
    mode : ndarray, shape (K,)
    covariance : ndarray, shape (K, K)
        Of the normal approximation there.

    Returns
    -------
    ndarray, shape (K,)
        At most one standard deviation from the mode, which the expansion is about; the mode itself
        if a slope is not finite.

    Notes
    -----
    A standard deviation to either side of the mode, the slopes of a symmetric law add up to 0. What
    is left over all axes is the contraction of the third derivatives with the covariance.

    Examples
    --------
    The logarithm of a gamma number of shape 9 has its mode at log 9 = 2.197, its mean at 2.141:

    >>> mean_near(lambda x: 9.0 - np.exp(x), np.log([9.0]), np.array([[1.0 / 9.0]])).round(3)
    array([2.141])
    """
    axes = np.linalg.cholesky(covariance).T
    slopes = np.array([slope(mode + step) for axis in axes for step in (axis, -axis)])
    if not np.isfinite(slopes).all():
        return mode
    left_over = slopes.sum(axis=0)
    shift = 0.5 * covariance @ left_over
    distance = math.sqrt(0.5 * left_over @ shift)  # in standard deviations
    return np.asarray(mode + shift / max(distance, 1.0))


def weighted_candidates(
    log_density: Callable[[Reals], float],
    centre: Reals,
    covariance: Reals,
    n: int,
    random: np.random.Generator,
    rounds: int = ROUNDS,
) -> Candidates:
    """Candidates with weights for a density that is known up to a factor.

    Parameters
    ----------
    log_density : callable
        Of a point, shape (K,).
    centre, covariance : ndarray, shapes (K,) and (K, K)
        Where the density is, about.
    n : int
        Number of candidates, of all rounds together.
    random : Generator
    rounds : int

    Notes
    -----
    A covariance has K (K + 1) / 2 numbers, and what a few dozen effective draws tell of them is
    mostly noise. So the next law is between the one that was found and the one that was given, as
    if this were worth as many draws as it has numbers; its centre likewise, for K draws.

    Examples
    --------
    >>> found = weighted_candidates(
    ...     lambda x: -0.5 * float(x @ x), np.ones(2), np.eye(2), 400, np.random.default_rng(1)
    ... )
    >>> bool(np.abs(found.mean).max() < 0.1), bool(np.abs(found.covariance - np.eye(2)).max() < 0.2)
    (True, True)
    """
    n_dimensions = centre.size
    laws, sizes = [], [n // rounds + (place < n % rounds) for place in range(rounds)]
    points, log_densities = np.empty((0, n_dimensions)), np.empty(0)
    law_centre, shape = centre, covariance
    for place, size in enumerate(sizes):
        laws.append(multivariate_t(law_centre, shape, df=DEGREES_OF_FREEDOM, seed=random))
        tried = laws[-1].rvs(size).reshape(size, n_dimensions)
        points = np.vstack([points, tried])
        log_densities = np.append(log_densities, [log_density(each) for each in tried])
        of_laws = np.array([law.logpdf(points) for law in laws]).reshape(len(laws), len(points))
        mixture = logsumexp(of_laws, axis=0, b=np.array(sizes[: place + 1])[:, None])
        log_weights, pareto_k = smoothed(log_densities - mixture)
        weights = np.exp(log_weights - logsumexp(log_weights))
        found = Candidates(points, weights, pareto_k, float(1.0 / (weights**2).sum()))
        known = found.effective / (found.effective + n_dimensions)
        law_centre = known * found.mean + (1.0 - known) * centre
        known = found.effective / (found.effective + n_dimensions * (n_dimensions + 1) / 2)
        shape = known * found.covariance + (1.0 - known) * covariance
    return found


def largest_k(candidates: int) -> float:
    """The largest Pareto k at which draws by importance resampling can be relied on.

    The fewer candidates, the smaller [VehtariSimpsonGelmanYaoGabry2024]_.

    Examples
    --------
    >>> round(largest_k(200), 2), largest_k(10_000)
    (0.57, 0.7)
    """
    return min(1.0 - 1.0 / math.log10(candidates), 0.7)


def smoothed(log_weights: Reals) -> tuple[Reals, float]:
    """Return log weights with a smoothed tail, and the shape of the tail.

    The largest weights are replaced by the expected order statistics of a generalised Pareto law
    that is fitted to them [VehtariSimpsonGelmanYaoGabry2024]_, by the estimator of
    [ZhangStephens2009]_.
    """
    n = log_weights.size
    n_tail = math.ceil(min(0.2 * n, 3.0 * math.sqrt(n)))
    shifted = log_weights - log_weights.max()
    if n_tail < LEAST_TAIL:
        return shifted, float("nan")
    order = np.argsort(shifted)
    tail = order[-n_tail:]
    threshold = np.exp(shifted[order[-n_tail - 1]])
    excess = np.exp(shifted[tail]) - threshold
    tail, excess = tail[excess > 0.0], excess[excess > 0.0]
    if excess.size < LEAST_TAIL:  # the largest are all but alike
        return shifted, float("-inf")
    n_tail = excess.size
    shape, scale = _pareto_of(excess)
    at = (np.arange(n_tail) + 0.5) / n_tail
    quantile = -np.log1p(-at) if shape == 0.0 else np.expm1(-shape * np.log1p(-at)) / shape
    result = shifted.copy()
    result[tail] = np.minimum(np.log(threshold + scale * quantile), 0.0)
    return result, shape


def _pareto_of(excess: Reals) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto law, from sorted excesses above 0."""
    n = excess.size
    n_grid = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4.0 + 0.5) - 1]
    grid = 1.0 / excess[-1] + (1.0 - np.sqrt(n_grid / (np.arange(n_grid) + 0.5))) / (3.0 * quartile)
    shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-grid / shapes) - shapes - 1.0)
    weight = np.exp(profile - logsumexp(profile))
    at = float(grid @ weight)
    shape = float(np.log1p(-at * excess).mean())
    scale = -shape / at
    # A weak prior at 0.5, worth ten observations, keeps small tails from extremes.
    return (n * shape + 10.0 * 0.5) / (n + 10.0), scale
