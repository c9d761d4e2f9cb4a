"""Watts's global cascades [Watts2002]_: theory on infinite graphs, and a plain loop on finite ones.

A nation with k ties goes public when a share of at least phi of those it has ties with is public.
One public peer is enough if k <= K* = floor(1 / phi): such a nation is vulnerable. On an
Erdos-Renyi graph of mean degree z the number of ties is Poisson(z), of chances p_k, and the number
of *other* ties of a nation at the end of a tie is Poisson(z) again: (j + 1) p_{j+1} / z = p_j.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from experiments.verification.laws import Reals

Whole = NDArray[np.int64]

MOST_TIES = 120
"""Numbers of ties beyond this are left out of sums; for z up to 16 their chance is below 1e-60."""

LEAST_CHANCE = 1e-8
"""Where the search for a root above 0 begins."""


def most_ties_of_the_vulnerable(threshold: float) -> int:
    """K*: a nation with so many ties or fewer follows a single public peer."""
    return floor(1.0 / threshold + 1e-9)


def criterion(mean_degree: float, most_ties: int) -> float:
    """How many vulnerable nations a vulnerable one leads on to: sum_{k <= K*} k (k - 1) p_k / z.

    Above 1 vulnerable nations form a cluster that is a share of an infinite graph, and global
    cascades are possible [Watts2002]_. For Poisson p_k it is z P(Poisson(z) <= K* - 2).
    """
    return float(mean_degree * stats.poisson.cdf(most_ties - 2, mean_degree))


def window(most_ties: int) -> tuple[float, float] | None:
    """Least and largest mean degree at which global cascades are possible; None if at none."""

    def excess(mean_degree: float) -> float:
        return criterion(mean_degree, most_ties) - 1.0

    peak = optimize.minimize_scalar(
        lambda z: -excess(z), bounds=(0.1, most_ties + 2.0), method="bounded"
    ).x
    if excess(peak) <= 0.0:
        return None
    ends = [
        optimize.brentq(excess, low, high, xtol=1e-13)
        for low, high in ((0.5, peak), (peak, 4.0 * most_ties))
    ]
    return ends[0], ends[1]


def chance_of_a_global_cascade(mean_degree: float, threshold: float) -> float:
    """Chance that one random seed sets off a global cascade on an infinite graph.

    Follow a tie away from a public nation. It leads nowhere, with chance u, if the nation at its
    end is not vulnerable, or is but leads nowhere along any of its other ties:

        u = 1 - G1(1) + G1(u),    G1(x) = sum_{k <= K*} k p_k x^(k - 1) / z = sum_{j < K*} p_j x^j

    the least root. The seed is public whatever its ties, so it need not be vulnerable, and fails
    if all its ties lead nowhere: P = 1 - sum_k p_k u^k = 1 - exp(-z (1 - u)). An infinite graph
    has no short loops, so before a cascade is global nobody has two public peers.
    """
    most_ties = most_ties_of_the_vulnerable(threshold)
    others = np.arange(most_ties)[:, np.newaxis]

    def leads_on(chance: Reals) -> Reals:
        lost = -np.expm1(others * np.log1p(-np.minimum(chance, 1.0 - 1e-15)))
        return np.asarray((stats.poisson.pmf(others, mean_degree) * lost).sum(axis=0))

    if criterion(mean_degree, most_ties) <= 1.0:
        return 0.0
    return float(-np.expm1(-mean_degree * _least_fixed_point(leads_on)))


def size_of_a_global_cascade(mean_degree: float, threshold: float) -> float:
    """Share of nations that a global cascade reaches in the end, on an infinite graph.

    The recursion of [GleesonCahalane2007]_ from an infinitesimal seed. With q the chance that a
    nation at the end of a tie is public though the nation at the other end is not,

        q = sum_k (k p_k / z) P(Binomial(k - 1, q) >= phi k)
        size = sum_k p_k P(Binomial(k, q) >= phi k)

    with the least root above 0; the size is 0 where q = 0 is stable.
    """
    ties = np.arange(1, MOST_TIES + 1)[:, np.newaxis]
    chances = stats.poisson.pmf(ties, mean_degree)
    least = np.ceil(threshold * ties - 1e-9)

    def public(q: Reals) -> Reals:
        follows = stats.binom.sf(least - 1, ties - 1, q)
        return np.asarray((ties * chances / mean_degree * follows).sum(axis=0))

    if criterion(mean_degree, most_ties_of_the_vulnerable(threshold)) <= 1.0:
        return 0.0
    q = _least_fixed_point(public)
    return float((chances * stats.binom.sf(least - 1, ties, q)).sum())


def _least_fixed_point(rule: Callable[[Reals], Reals]) -> float:
    """Least chance above 0 that a rule returns to itself, for a rule that leads up from 0."""

    def excess(chance: float) -> float:
        return float(rule(np.array([chance]))[0]) - chance

    grid = np.geomspace(LEAST_CHANCE, 1.0, 400)
    first = int(np.argmax(rule(grid) <= grid))
    return float(optimize.brentq(excess, grid[first - 1], grid[first], xtol=1e-14))


def random_graph(n_nations: int, mean_degree: float, seed: tuple[int, ...]) -> Whole:
    """Edges of an Erdos-Renyi graph: each pair is tied with chance z / (n - 1), independently.

    Returns
    -------
    ndarray, shape (n_edges, 2)
        Places of the nations, the second below the first.
    """
    rng = np.random.default_rng(seed)
    n_pairs = n_nations * (n_nations - 1) // 2
    n_edges = rng.binomial(n_pairs, mean_degree / (n_nations - 1))
    pair = np.sort(rng.choice(n_pairs, n_edges, replace=False))
    first = np.floor((1.0 + np.sqrt(1.0 + 8.0 * pair)) / 2.0).astype(np.int64)
    return np.column_stack([first, pair - first * (first - 1) // 2])


def cascade(edges: Whole, n_nations: int, seed: int, threshold: float) -> Whole:
    """Round in which each nation goes public, by the plain rule; 0 for the seed, -1 for never.

    Parameters
    ----------
    edges : ndarray, shape (n_edges, 2)
    seed : int
        Place of the one nation that starts public.

    Returns
    -------
    ndarray, shape (n_nations,)
    """
    one, other = np.concatenate([edges, edges[:, ::-1]]).T
    n_ties = np.bincount(one, minlength=n_nations)
    joined = np.full(n_nations, -1)
    joined[seed] = 0
    for day in range(1, n_nations):
        n_public = np.bincount(one, weights=joined[other] >= 0, minlength=n_nations)
        follows = (joined < 0) & (n_ties > 0) & (n_public >= threshold * n_ties)
        if not follows.any():
            break
        joined[follows] = day
    return joined
