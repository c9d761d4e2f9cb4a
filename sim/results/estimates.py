"""What is read off an ensemble's counts: quantiles, means, chances, and their errors.

Two kinds of uncertainty are kept apart throughout. The *spread over runs* is what the model says
about luck, given its parameters: more runs do not shrink it. The *Monte Carlo error* is what is
left unknown about a mean or a chance because the number of runs is finite: more runs do.
Neither says anything of doubt about the parameters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.records import N_BINS, SIZE_MEASURES, Counts, Records

Reals = NDArray[np.float64]

Z_95 = 1.959963984540054
"""Normal quantile of 0.975."""

INNER, OUTER = (0.25, 0.75), (0.05, 0.95)
"""Ends of the ranges that hold 50 % and 90 % of the runs."""


@dataclass(frozen=True)
class Spread:
    """A quantity over the runs of an ensemble.

    Attributes
    ----------
    median, low, high : float
        Spread over runs: median, and the 5 % and 95 % quantiles, between which 90 % of runs lie.
    mean, mc_error : float
        Mean over runs and its Monte Carlo standard error.
    """

    median: float
    low: float
    high: float
    mean: float
    mc_error: float


@dataclass(frozen=True)
class Chance:
    """A chance as estimated from a finite number of runs.

    Attributes
    ----------
    chance : float
        Share of the runs.
    low, high : float
        95 % Wilson score interval of the Monte Carlo error.
    mc_error : float
        Monte Carlo standard error, sqrt(p (1 - p) / n).
    """

    chance: float
    low: float
    high: float
    mc_error: float


@dataclass(frozen=True, eq=False)
class Tally:
    """Runs counted by the value of one quantity, day by day.

    Attributes
    ----------
    name : str
        ``size``, ``private_size``, ``firm_size``, ``conditions.<name>``, ``force.<kind>``,
        ``force`` (all kinds together) or ``success`` (0 not yet, 1 by that day).
    values : ndarray, shape (n_values,), ascending
        Value that each column of the counts stands for. Conditions and force were counted in
        bins and are read at the middle of the bin, except that the first bin of force is read
        as 0; so they are exact to half a bin, a two-thousandth of `top` (the first bin of force:
        a whole bin).
    counts : ndarray of int64, shape (n_days + 1, n_values), runs
    top : float
        Upper end of the scale.
    """

    name: str
    values: Reals
    counts: Counts
    top: float

    def quantile(self, q: float) -> Reals:
        """Quantile by day, shape (n_days + 1,): see `quantiles`."""
        return quantiles(self.counts, self.values, q)

    def mean(self) -> Reals:
        """Mean over runs by day, shape (n_days + 1,)."""
        return counted_mean(self.values, self.counts)

    def mc_error(self) -> Reals:
        """Monte Carlo standard error of the mean by day; NaN with a single run."""
        n_runs = int(self.counts[0].sum())
        return np.asarray(np.sqrt(counted_variance(self.values, self.counts) / n_runs))

    def spread(self, day: int) -> Spread:
        """Spread over runs on one day."""
        row = Tally(self.name, self.values, self.counts[day][None, :], self.top)
        low, median, high = (float(row.quantile(q)[0]) for q in (OUTER[0], 0.5, OUTER[1]))
        return Spread(median, low, high, float(row.mean()[0]), float(row.mc_error()[0]))


def quantiles(counts: Counts, values: Reals, q: float) -> Reals:
    """Quantile of counted values: the smallest value whose cumulative share of runs is at least q.

    Exact: the rank is found in whole numbers, with `q` read as the decimal it is written as.
    With q = 0 it is the smallest value that occurs.

    Parameters
    ----------
    counts : ndarray of int64, shape (..., n_values), runs
    values : ndarray, shape (n_values,), ascending
    q : float, between 0 and 1

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> quantiles(np.array([[1, 1, 2]]), np.array([0.0, 10.0, 20.0]), 0.5)
    array([10.])
    """
    if not 0 <= q <= 1:
        raise ValueError(f"q: {q} must be between 0 and 1")
    n_runs = int(counts.reshape(-1, counts.shape[-1])[0].sum())
    reached = counts.cumsum(axis=-1) > rank(q, n_runs)
    found: Reals = values[reached.argmax(axis=-1)]
    return found


@lru_cache
def rank(q: float, n_runs: int) -> int:
    """Place of a quantile among ordered values, from 0: the first with a share of at least q.

    Examples
    --------
    >>> rank(0.5, 4), rank(0.05, 100), rank(0.0, 4)
    (1, 4, 0)
    """
    return max(1, ceil(Fraction(str(q)) * n_runs)) - 1


def counted_mean(values: Reals, counts: Counts) -> Reals:
    """Mean over runs, shape (n_days,), of how many came to each value on each day.

    Parameters
    ----------
    values : ndarray, shape (n_values,)
    counts : ndarray of int, shape (n_days, n_values), runs; the same number on every day
    """
    return np.asarray((counts @ values) / counts.sum(axis=-1))


def counted_variance(values: Reals, counts: Counts) -> Reals:
    """Variance over runs, shape (n_days,), with n - 1; NaN with a single run. See `counted_mean`.

    Examples
    --------
    >>> counted_variance(np.array([3.0, 5.0]), np.array([[2, 2], [4, 0]])).round(3)
    array([1.333, 0.   ])
    """
    n_runs = int(counts[0].sum())
    if n_runs < 2:
        return np.full(counts.shape[0], np.nan)
    deviations = values - counted_mean(values, counts)[:, None]
    return np.asarray((counts * deviations**2).sum(axis=-1) / (n_runs - 1))


@lru_cache
def t_95(degrees: int) -> float:
    """Quantile 0.975 of Student's t, for a 95 % interval; NaN without degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975)) if degrees > 0 else nan


def chance(n_hits: int, n_runs: int) -> Chance:
    """Chance with its 95 % Wilson score interval and Monte Carlo standard error.

    The interval is [Wilson1927]_: the p that solve |p_hat - p| = z sqrt(p (1 - p) / n). It stays
    inside [0, 1] and says something sensible when no run succeeds, or all do.

    Examples
    --------
    >>> estimate = chance(0, 100)
    >>> estimate.chance, estimate.low, round(estimate.high, 3)
    (0.0, 0.0, 0.037)
    """
    share = n_hits / n_runs
    weight = Z_95**2 / n_runs
    middle = (share + weight / 2) / (1 + weight)
    half = Z_95 * sqrt(share * (1 - share) / n_runs + weight / (4 * n_runs)) / (1 + weight)
    low = 0.0 if n_hits == 0 else middle - half
    high = 1.0 if n_hits == n_runs else middle + half
    return Chance(share, low, high, sqrt(share * (1 - share) / n_runs))


def chance_public(stage_counts: Counts) -> Reals:
    """Share of runs in which a nation is public, pledged or deployed.

    Parameters
    ----------
    stage_counts : ndarray of int64, shape (n_days + 1, n_nations, 7), runs

    Returns
    -------
    ndarray, shape (n_days + 1, n_nations)
    """
    n_runs = stage_counts[0, 0].sum()
    shares: Reals = stage_counts[:, :, PUBLIC : DEPLOYED + 1].sum(axis=-1) / n_runs
    return shares


def even_odds_day(chances: Reals) -> NDArray[np.int64]:
    """First day on which a nation is public in at least half of the runs; -1 never.

    Parameters
    ----------
    chances : ndarray, shape (n_days + 1, n_nations)

    Examples
    --------
    >>> even_odds_day(np.array([[0.0, 0.9], [0.4, 0.9], [0.5, 0.9]]))
    array([2, 0])
    """
    reached = chances >= 0.5
    return np.where(reached.any(axis=0), reached.argmax(axis=0), -1)


def order_of_arrival(
    now: Reals, at_end: Reals, even_odds: NDArray[np.int64]
) -> tuple[list[int], list[int]]:
    """Nations public on day 0 in every run, and the others in the order they are likely to follow.

    Parameters
    ----------
    now, at_end : ndarray, shape (n_nations,)
        Chances of being public on day 0 and on the last day.
    even_odds : ndarray, shape (n_nations,), days
        First day of even odds, -1 never: it orders the nations, ties by `at_end`.

    Examples
    --------
    >>> order_of_arrival(np.array([0, 1, 0]), np.array([0.2, 1, 0.6]), np.array([-1, 0, 7]))
    ([1], [2, 0])
    """
    never = np.iinfo(np.int64).max
    day = np.where(even_odds < 0, never, even_odds)
    order = [int(nation) for nation in np.lexsort((-at_end, day))]
    already = [nation for nation in order if now[nation] == 1]
    return already, [nation for nation in order if now[nation] != 1]


def tallies(records: Records, conditions: tuple[str, ...], kinds: tuple[str, ...]) -> list[Tally]:
    """Every quantity that is counted by day: sizes, conditions, force by kind, force, success."""
    sizes = np.arange(records.size_counts.shape[-1], dtype=np.float64)
    found = [
        Tally(name, sizes, counts, sizes[-1])
        for name, counts in zip(SIZE_MEASURES, records.size_counts, strict=True)
    ]
    for index, name in enumerate(conditions):
        counts = records.condition_counts[:, index]
        found.append(Tally(f"conditions.{name}", _middles(1.0), counts, 1.0))
    names = [*(f"force.{kind}" for kind in kinds), "force"]
    for index, name in enumerate(names):
        top = float(records.force_top[index])
        values = _middles(top)
        values[0] = 0.0
        found.append(Tally(name, values, records.force_counts[:, index], top))
    found.append(_success(records.success_counts))
    return found


def _middles(top: float) -> Reals:
    """Middle of each bin of equal width on [0, top]."""
    return (np.arange(N_BINS, dtype=np.float64) + 0.5) * (top / N_BINS)


def _success(success_counts: Counts) -> Tally:
    """Runs that have (1) or have not yet (0) succeeded by each day."""
    done = success_counts[:-1].cumsum()
    counts = np.stack([success_counts.sum() - done, done], axis=-1)
    return Tally("success", np.array([0.0, 1.0]), counts, 1.0)
