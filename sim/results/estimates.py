"""Quantiles, means, chances and differences over runs, and their errors and intervals.

Two kinds of uncertainty are distinguished throughout. *Variation between runs* is the effect of
chance, given the parameters: more runs do not reduce it. The *Monte Carlo error* is the error of a
mean or a chance from the finite number of runs: more runs reduce it. Neither includes uncertainty
about the parameters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, nan, sqrt
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.records import Counts

Reals = NDArray[np.float64]

Z_95 = 1.959963984540054
"""Normal quantile of 0.975."""

FALSE_DISCOVERY_RATE = 0.05
"""Share of the differences marked as significant that may be noise, on average."""

LEAST_RUNS, LEAST_IN_A_CELL = 40, 5
"""Fewest runs, and fewest that must differ, from which the factor of `fewer_runs` is known."""

ROUNDING = 1e-12
"""Differences that are as equal as this, relative to what is compared, are equal."""

HALVINGS = 64
"""Steps of bisection, enough for the last bit."""

INNER, OUTER = (0.25, 0.75), (0.05, 0.95)
"""Ends of the ranges that contain 50 % and 90 % of the runs."""

QUANTILES = MappingProxyType(
    {"q05": OUTER[0], "q25": INNER[0], "median": 0.5, "q75": INNER[1], "q95": OUTER[1]}
)
"""Quantiles over runs that tables hold, by the name of their column."""


@dataclass(frozen=True)
class Spread:
    """A quantity over the runs of an ensemble.

    Attributes
    ----------
    median, low, high : float
        Variation between runs: median, and the 5 % and 95 % quantiles, between which 90 % of runs
        lie.
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


class Mean(NamedTuple):
    """A mean over runs, or of changes over runs, with its 95 % interval."""

    mean: float
    low: float
    high: float


class Interval(NamedTuple):
    """An estimate and its 95 % interval, each a number or an array."""

    estimate: Reals
    low: Reals
    high: Reals


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
    """Index of a quantile among ordered values: the first with a share of at least q.

    Examples
    --------
    >>> rank(0.5, 4), rank(0.05, 100), rank(0.0, 4)
    (1, 4, 0)
    """
    return max(1, ceil(Fraction(str(q)) * n_runs)) - 1


def counted_mean(values: Reals, counts: Counts) -> Reals:
    """Mean over runs, shape (n_days,), from the number of runs with each value on each day.

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
    from scipy.special import stdtrit  # takes a third of a second to import

    return float(stdtrit(degrees, 0.975)) if degrees > 0 else nan


def chance(n_hits: int, n_runs: int) -> Chance:
    """Chance with its 95 % Wilson score interval and Monte Carlo standard error.

    The interval is [Wilson1927]_: the p that solve |p_hat - p| = z sqrt(p (1 - p) / n). It stays
    inside [0, 1] and is meaningful when no run succeeds, or all do.

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


def mean_interval(mean: Reals, variance: Reals, n_runs: int) -> Interval:
    """Mean difference with its 95 % interval, from the variance of the differences over runs.

    The interval is Student's, mean ± t s / sqrt(n). The difference in one run is one observation,
    so what both scenarios share drops out of `variance`. NaN with a single run.

    Parameters
    ----------
    mean, variance : ndarray, any shape
        Over runs; the variance with n - 1 in its denominator.
    n_runs : int
    """
    half = t_95(n_runs - 1) * np.sqrt(np.asarray(variance) / n_runs)
    return Interval(np.asarray(mean), mean - half, mean + half)


def mean_of(values: Reals) -> Mean:
    """Mean over runs with its interval by Student's t; the ends are NaN with a single run.

    Parameters
    ----------
    values : ndarray, shape (n_runs,)

    Examples
    --------
    >>> mean_of(np.array([1.0, 2.0, 3.0]))
    Mean(mean=2.0, low=-0.484..., high=4.484...)
    """
    variance = np.asarray(values.var(ddof=1) if len(values) > 1 else nan)
    return Mean(*map(float, mean_interval(np.asarray(values.mean()), variance, len(values))))


def mean_p_value(mean: Reals, variance: Reals, n_runs: int) -> Reals:
    """P value of a mean difference by Student's test, two-sided.

    Where all runs differ by the same, Student's test would be certain after two runs; the p value
    is then that of the sign test, for n runs of the same sign: 2^(1 - n).

    Parameters
    ----------
    mean, variance : ndarray, any shape
        Over runs.
    n_runs : int

    Examples
    --------
    >>> mean_p_value(np.array([0.0, 3.0]), np.zeros(2), 5)
    array([1.    , 0.0625])
    """
    from scipy.special import stdtr

    error = np.sqrt(np.asarray(variance) / n_runs)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(np.asarray(mean) == 0, 0.0, np.abs(mean) / error)
    if n_runs < 2:
        return np.full(t.shape, np.nan)
    return np.where(np.isinf(t), 2.0 ** (1 - n_runs), 2 * stdtr(n_runs - 1, -t))


def chance_interval(gained: Counts, lost: Counts, n_runs: int | Counts) -> Interval:
    """Difference between two chances in the same runs, with its 95 % interval.

    Parameters
    ----------
    gained, lost : ndarray of int, any shape, runs
        Runs in which it happens in the other scenario alone, and in the base alone.
    n_runs : int, or ndarray of int of the same shape

    Notes
    -----
    The interval is the score interval of [Tango1998]_, the paired counterpart of Wilson's that
    single chances have here: the differences d at which |gained - lost - n d| is at most 1.96
    standard deviations, those taken at the likeliest chances with a difference of d. It excludes
    0 exactly where the test of [McNemar1947]_ is significant, and is meaningful when no run
    differs: plus and minus z^2 / (n + z^2). Its exact coverage and that of its rivals, the
    adjusted Wald interval of [AgrestiMin2005]_ among them, are in docs/compare.md.

    Examples
    --------
    >>> found = chance_interval(np.array([30]), np.array([10]), 1000)
    >>> found.estimate, found.low.round(4), found.high.round(4)
    (array([0.02]), array([0.008]), array([0.0336]))
    """
    up, down = (np.asarray(count, dtype=np.float64) for count in (gained, lost))
    low, high = _crossing(up, down, n_runs), -_crossing(down, up, n_runs)
    return Interval((up - down) / n_runs, low, high)


def chance_p_value(gained: Counts, lost: Counts) -> Reals:
    """P value of a difference between two chances in the same runs, by [McNemar1947]_'s test.

    Examples
    --------
    >>> chance_p_value(np.array([30, 4, 0]), np.array([10, 4, 0])).round(4)
    array([0.0016, 1.    , 1.    ])
    """
    from scipy.special import erfc

    either = np.asarray(gained + lost, dtype=np.float64)
    z = np.abs(gained - lost) / np.sqrt(np.maximum(either, 1.0))
    return np.asarray(erfc(z / np.sqrt(2.0)), dtype=np.float64)


def significant_fdr(p_values: Reals) -> NDArray[np.bool_]:
    """Which differences are significant with the false discovery rate held to 5 % over all of them.

    By the step-up procedure of [BenjaminiHochberg1995]_, which is proven for tests that are
    independent or positively dependent; Benjamini and Yekutieli (2001) say what any dependence
    asks for. NaN is not significant, and is not counted among the tests.

    Parameters
    ----------
    p_values : ndarray, shape (n,)

    Examples
    --------
    >>> significant_fdr(np.array([0.001, 0.04, 0.03, 0.9, np.nan]))
    array([ True, False, False, False, False])
    >>> significant_fdr(np.array([0.02, 0.045, 0.03]))
    array([ True,  True,  True])
    """
    from scipy.stats import false_discovery_control  # takes half a second to import

    found = np.zeros(p_values.shape, dtype=np.bool_)
    known = ~np.isnan(p_values)
    found[known] = false_discovery_control(p_values[known]) <= FALSE_DISCOVERY_RATE
    return found


class FewerRuns(NamedTuple):
    """The factor by which shared luck reduced the number of runs that a difference needs.

    Attributes
    ----------
    factor : float
        NaN where the difference is the same in every run.
    is_known : bool
        False where there are too few runs to tell; then the factor means nothing.
    """

    factor: float
    is_known: bool


def fewer_runs(base: Reals, other: Reals) -> FewerRuns:
    """The factor by which shared luck reduced the number of runs needed.

    Parameters
    ----------
    base, other : ndarray, shape (n_runs,)
        One quantity in the same runs of both scenarios.

    Notes
    -----
    (s_A^2 + s_B^2) / s_D^2, with the variances over runs of the quantity in either scenario and of
    its difference: independent runs would have the sum of the variances where paired ones have
    that of the difference [GlassermanYao1992]_. There are too few runs to tell below 40, where
    fewer than five depart from the median difference, and, for a quantity that is 0 or 1, where
    independent luck would put fewer than five runs in some cell of a two-by-two table.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> luck, own = rng.normal(size=1000), rng.normal(size=(2, 1000))
    >>> found = fewer_runs(luck + own[0], luck + own[1])  # half the variance is shared
    >>> round(found.factor, 1), found.is_known
    (2.0, True)
    """
    difference = other - base
    rounding = ROUNDING * max(np.abs(base).max(), np.abs(other).max())
    if np.ptp(difference) <= rounding:
        return FewerRuns(np.nan, False)
    # Centred first: large numbers of small spread would lose their last digits.
    variances = [(column - column.mean()).var(ddof=1) for column in (base, other, difference)]
    n_departing = int((np.abs(difference - np.median(difference)) > rounding).sum())
    is_known = (
        len(base) >= LEAST_RUNS and n_departing >= LEAST_IN_A_CELL and not _is_rare(base, other)
    )
    return FewerRuns(float((variances[0] + variances[1]) / variances[2]), is_known)


def _is_rare(base: Reals, other: Reals) -> bool:
    """True if both are 0 or 1 and independent luck would leave a cell nearly empty."""
    if not all(np.isin(column, (0.0, 1.0)).all() for column in (base, other)):
        return False
    rarer = [min(column.sum(), len(column) - column.sum()) for column in (base, other)]
    return bool(rarer[0] * rarer[1] / len(base) < LEAST_IN_A_CELL)


def _crossing(gained: Reals, lost: Reals, n_runs: int | Counts) -> Reals:
    """Lower end of the score interval: bisection from -1 to the estimate, to the last bit."""
    out = np.full(gained.shape, -1.0)
    inside = (gained - lost) / n_runs
    for _ in range(HALVINGS):
        middle = (out + inside) / 2
        is_out = _score(gained, lost, n_runs, middle) > Z_95
        out, inside = np.where(is_out, middle, out), np.where(is_out, inside, middle)
    return inside


def _score(gained: Reals, lost: Reals, n_runs: int | Counts, difference: Reals) -> Reals:
    """Standard deviations by which the runs that differ depart from a difference of chances.

    The likeliest chance of a loss, given the difference, is the larger root q of
    2 n q^2 + b q - lost d (1 - d) = 0 with b = (2 n - gained + lost) d - gained - lost.
    """
    b = (2 * n_runs - gained + lost) * difference - gained - lost
    c = -lost * difference * (1 - difference)
    chance_of_loss = (np.sqrt(np.maximum(b**2 - 8 * n_runs * c, 0.0)) - b) / (4 * n_runs)
    variance = n_runs * (2 * chance_of_loss + difference * (1 - difference))
    departure = gained - lost - n_runs * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(variance > 0, departure / np.sqrt(variance), np.sign(departure) * np.inf)
        )
