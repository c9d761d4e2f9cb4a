"""How sure a difference between scenarios is that share their luck run by run.

All of it is Monte Carlo error: what a finite number of runs leaves unknown, and more runs shrink.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Z_95, t_95

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

N_GROUPS = 20
"""Groups of runs of the jackknife."""

LEAST_RUNS_A_GROUP = 2

LEAST_EXPECTED = 5
"""Runs that luck of their own would put in each cell of a two-by-two table, so that the factor of a
chance has an interval: with fewer, the jackknife's holds far less often than 95 times in 100."""

FALSE_SHARE = 0.05
"""Share of the differences that are said to stand which may be noise, on average."""

LEVEL = 0.95
"""Of every interval."""

ROUNDING = 1e-12
"""Differences that are as equal as this, by the size of what is compared, are equal."""

HALVINGS = 64


class Interval(NamedTuple):
    """An estimate and its 95 % interval, each a number or an array."""

    estimate: Reals
    low: Reals
    high: Reals


class FewerRuns(NamedTuple):
    """How many times fewer runs shared luck took; NaN where that cannot be said.

    Without an interval there are too few runs to tell: the factor by itself says nothing.
    """

    factor: float
    low: float
    high: float


def mean_interval(mean: Reals, variance: Reals, n_runs: int) -> Interval:
    """Mean difference with its 95 % interval, from the variance of the differences over runs.

    The interval is Student's, mean ± t s / sqrt(n): differences of one run are one observation,
    so what both scenarios share drops out of `variance`. NaN with a single run.

    Parameters
    ----------
    mean, variance : ndarray, any shape
        Over runs; the variance with n - 1 in its denominator.
    n_runs : int
    """
    half = t_95(n_runs - 1) * np.sqrt(np.asarray(variance) / n_runs)
    return Interval(np.asarray(mean), mean - half, mean + half)


def mean_p_value(mean: Reals, variance: Reals, n_runs: int) -> Reals:
    """Chance of a mean difference at least as large, either way, if there is none: Student's test.

    Where runs differ, and all by the same, Student's test would be sure after two of them; there it
    is the sign test's, that n runs all go the same way: 2^(1 - n).

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


def chance_interval(gained: Counts, lost: Counts, n_runs: int) -> Interval:
    """Difference between two chances in the same runs, with its 95 % interval.

    Parameters
    ----------
    gained, lost : ndarray of int, any shape, runs
        Runs in which it happens in the other scenario alone, and in the base alone.
    n_runs : int

    Notes
    -----
    The interval is the score interval of [Tango1998]_, the paired counterpart of Wilson's that
    single chances have here: the differences d at which |gained - lost - n d| is at most 1.96
    standard deviations, those taken at the likeliest chances with a difference of d. It leaves 0
    out just where the test of [McNemar1947]_ is significant, and says something sensible when no
    run differs: plus and minus z^2 / (n + z^2). Its exact coverage and that of its rivals, the
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
    """Chance of runs that differ so unevenly if neither way is likelier: [McNemar1947]_'s test.

    Examples
    --------
    >>> chance_p_value(np.array([30, 4, 0]), np.array([10, 4, 0])).round(4)
    array([0.0016, 1.    , 1.    ])
    """
    from scipy.special import erfc

    either = np.asarray(gained + lost, dtype=np.float64)
    z = np.abs(gained - lost) / np.sqrt(np.maximum(either, 1.0))
    return np.asarray(erfc(z / np.sqrt(2.0)), dtype=np.float64)


def standing(p_values: Reals) -> NDArray[np.bool_]:
    """Which differences stand once the false discovery rate is held to 5 % over all of them.

    By the step-up procedure of [BenjaminiHochberg1995]_, which is proven for tests that are
    independent or positively dependent; Benjamini and Yekutieli (2001) say what any dependence
    asks for. One that is not a number does not stand, and is not counted among those that were
    looked at.

    Parameters
    ----------
    p_values : ndarray, shape (n,)

    Examples
    --------
    >>> standing(np.array([0.001, 0.04, 0.03, 0.9, np.nan]))
    array([ True, False, False, False, False])
    >>> standing(np.array([0.02, 0.045, 0.03]))
    array([ True,  True,  True])
    """
    known = np.sort(p_values[~np.isnan(p_values)])
    allowed = FALSE_SHARE * np.arange(1, known.size + 1) / known.size
    passed = known[known <= allowed]
    return np.asarray(p_values <= (passed[-1] if passed.size else -1.0))


def fewer_runs(base: Reals, other: Reals) -> FewerRuns:
    """How many times fewer runs it took to know the difference so well than without shared luck.

    Parameters
    ----------
    base, other : ndarray, shape (n_runs,)
        One quantity in the same runs of both scenarios.

    Notes
    -----
    (s_A^2 + s_B^2) / s_D^2, with the variances over runs of the quantity in either scenario and of
    its difference: independent runs would have the sum of the variances where paired ones have
    that of the difference [GlassermanYao1992]_. The interval is that of the jackknife over twenty
    groups of runs, on the logarithm of the factor, with Student's quantile of nineteen degrees of
    freedom [EfronTibshirani1993]_. Without an interval where there are too few runs for the groups,
    where the difference is the same in all runs but some of one group, or where what is 0 or 1 in
    each run is so rare that independent luck would put fewer than five runs in some cell of a
    two-by-two table; without a factor where the difference is the same in every run.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> luck, own = rng.normal(size=1000), rng.normal(size=(2, 1000))
    >>> found = fewer_runs(luck + own[0], luck + own[1])  # half the variance is shared
    >>> found.low < 2 < found.high
    True
    """
    difference = other - base
    if is_constant(base, other):
        return FewerRuns(np.nan, np.nan, np.nan)
    columns = [column - column.mean() for column in (base, other, difference)]
    factor = float(_factor(*(column.var(ddof=1) for column in columns)))
    too_few = len(base) < LEAST_RUNS_A_GROUP * N_GROUPS
    if too_few or is_rare(base, other) or hangs_on_one_group(base, other):
        return FewerRuns(factor, np.nan, np.nan)
    without = _factor(*(_left_out(column) for column in columns))
    if not (without > 0).all():  # neither varies outside of some group
        return FewerRuns(factor, np.nan, np.nan)
    logs = np.log(without)
    error = np.sqrt((N_GROUPS - 1) / N_GROUPS * ((logs - logs.mean()) ** 2).sum())
    spread = np.exp(t_95(N_GROUPS - 1) * error)
    return FewerRuns(factor, float(factor / spread), float(factor * spread))


def is_rare(base: Reals, other: Reals) -> bool:
    """Whether two columns of 0 and 1 hold too few of either to tell how they hang together.

    Examples
    --------
    >>> is_rare(np.repeat([0.0, 1.0], [90, 10]), np.repeat([0.0, 1.0], [45, 55]))
    True
    >>> is_rare(np.repeat([0.0, 1.0], [80, 20]), np.repeat([0.0, 1.0], [45, 55]))
    False
    """
    columns = (base, other)
    if not all(np.isin(column, (0.0, 1.0)).all() for column in columns):
        return False
    rarer = [min(column.sum(), len(column) - column.sum()) for column in columns]
    return bool(rarer[0] * rarer[1] / len(base) < LEAST_EXPECTED)


def unseen_share(n_runs: int) -> float:
    """Largest share of all runs that may be otherwise where so many runs are alike, at 95 %.

    The upper end of Clopper and Pearson's exact interval (1934) where none of `n_runs` is
    otherwise, 1 - 0.025^(1 / n): about 3.7 / n.

    Examples
    --------
    >>> round(unseen_share(10), 3), round(unseen_share(1000), 5)
    (0.308, 0.00368)
    """
    return float(1.0 - ((1.0 - LEVEL) / 2) ** (1 / n_runs))


def is_constant(base: Reals, other: Reals) -> bool:
    """Whether a quantity differs by the same in every run, rounding apart; so it does in one run.

    Examples
    --------
    >>> is_constant(np.array([0.1, 0.7]), np.array([0.3, 0.9]))
    True
    """
    return bool(np.ptp(other - base) <= _rounding(base, other))


def hangs_on_one_group(base: Reals, other: Reals) -> bool:
    """Whether a quantity differs by the same in every run outside of some group, rounding apart.

    Parameters
    ----------
    base, other : ndarray, shape (n_runs,), with at least one run a group

    Examples
    --------
    >>> base, other = np.zeros(100), np.full(100, 0.1)
    >>> other[3] = 0.7
    >>> hangs_on_one_group(base, other)
    True
    """
    difference, group = other - base, _groups(len(base))
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    lows, highs = (reach.reduceat(difference, begins) for reach in (np.minimum, np.maximum))
    rounding = _rounding(base, other)
    return any(
        np.delete(highs, each).max() - np.delete(lows, each).min() <= rounding
        for each in range(N_GROUPS)
    )


def _rounding(base: Reals, other: Reals) -> float:
    """What two differences may be apart and still be the same."""
    return float(ROUNDING * max(np.abs(base).max(), np.abs(other).max()))


def _groups(n_runs: int) -> NDArray[np.int64]:
    """The group of each run, of those of the jackknife, which follow on each other."""
    return np.arange(n_runs) * N_GROUPS // n_runs


def _factor(base: Reals, other: Reals, difference: Reals) -> Reals:
    """Ratio of variances: those of independent runs over that of paired ones."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((base + other) / difference, dtype=np.float64)


def _left_out(values: Reals) -> Reals:
    """Variance over the runs outside of each group."""
    group = _groups(len(values))
    size = np.bincount(group)
    sums = np.bincount(group, weights=values)
    squares = np.bincount(group, weights=values**2)
    n = len(values) - size
    rest, rest_squares = sums.sum() - sums, squares.sum() - squares
    return np.asarray((rest_squares - rest**2 / n) / (n - 1), dtype=np.float64)


def _crossing(gained: Reals, lost: Reals, n_runs: int) -> Reals:
    """Lower end of the score interval: bisection from -1 to the estimate, to the last bit."""
    out = np.full(gained.shape, -1.0)
    inside = (gained - lost) / n_runs
    for _ in range(HALVINGS):
        middle = (out + inside) / 2
        is_out = _score(gained, lost, n_runs, middle) > Z_95
        out, inside = np.where(is_out, middle, out), np.where(is_out, inside, middle)
    return inside


def _score(gained: Reals, lost: Reals, n_runs: int, difference: Reals) -> Reals:
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


def alike(n_runs: int) -> str:
    """What so many runs that are all alike leave open, which is not nothing.

    Examples
    --------
    >>> alike(1000), alike(10)
    ('up to 0.37 % of all may be otherwise', 'up to 31 % of all may be otherwise')
    """
    return f"up to {100 * unseen_share(n_runs):.2g} % of all may be otherwise"


def by_chance(n_nations: int) -> str:
    """How many of so many differences would seem to be there if none were.

    Examples
    --------
    >>> by_chance(37), by_chance(10)
    ('about 2', 'fewer than 1')
    """
    expected = FALSE_SHARE * n_nations
    return f"about {expected:,.0f}" if expected >= 1 else "fewer than 1"
