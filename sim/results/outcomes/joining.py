"""In what order nations go public, and who tends to follow whom, over the runs of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NEVER = -1
MOST_GROUPS, LEAST_RUNS_A_GROUP = 10, 50
Reals = NDArray[np.float64]
Days = NDArray[np.int64]


def public_days(ensemble: Ensemble) -> Days:
    """First day on which each nation is public, shape (n_runs, n_nations); -1 never.

    Pledged and deployed nations are public; who leaves and comes back counts by the first time.

    Raises
    ------
    AttributeError
        The ensemble kept no single runs.
    """
    days = ensemble.first_day[:, :, PUBLIC : DEPLOYED + 1].astype(np.int64)
    latest = ensemble.n_days + 1
    first = np.where(days < 0, latest, days).min(axis=2)
    return np.where(first == latest, NEVER, first)


def rank_shares(days: Days) -> Reals:
    """Share of runs in which each nation is the n-th to go public after the start.

    Nations that go public on the same day share the ranks that they take up, each rank in equal
    parts.

    Parameters
    ----------
    days : ndarray, shape (n_runs, n_nations)
        From `public_days`.

    Returns
    -------
    ndarray, shape (n_nations, n_nations + 2)
        Column 0: public on day 0; columns 1 to n_nations: the ranks; last column: never. Rows
        add up to 1.

    Examples
    --------
    >>> rank_shares(np.array([[0, 5, 3], [0, 4, 4], [0, -1, 9]])).round(2)
    array([[1.  , 0.  , 0.  , 0.  , 0.  ],
           [0.  , 0.17, 0.5 , 0.  , 0.33],
           [0.  , 0.83, 0.17, 0.  , 0.  ]])
    """
    from scipy.stats import rankdata

    n_runs, n_nations = days.shape
    newcomer = days > 0
    place = np.where(newcomer, days, np.iinfo(np.int64).max)
    first = rankdata(place, method="min", axis=1).astype(np.int64)
    last = rankdata(place, method="max", axis=1).astype(np.int64)
    step = np.zeros((n_nations, n_nations + 3))
    _, nation = np.nonzero(newcomer)
    low, high = first[newcomer], last[newcomer]
    weight = 1.0 / (high - low + 1)
    np.add.at(step, (nation, low), weight)
    np.add.at(step, (nation, high + 1), -weight)
    shares = np.clip(step.cumsum(axis=1)[:, :-1], 0.0, None)
    shares[:, 0] = (days == 0).sum(axis=0)
    shares[:, -1] = (days == NEVER).sum(axis=0)
    return np.asarray(shares / n_runs)


def rank_quantile(shares: Reals, q: float) -> Reals:
    """Quantile of each nation's rank over the runs in which it goes public; NaN if it never does.

    Parameters
    ----------
    shares : ndarray, shape (n_nations, n_nations + 2)
        From `rank_shares`; rank 0 is public on day 0.
    q : float, between 0 and 1

    Returns
    -------
    ndarray, shape (n_nations,)
    """
    joined = shares[:, :-1].cumsum(axis=1)
    rank = (joined >= q * joined[:, -1:] - 1e-12).argmax(axis=1).astype(np.float64)
    return np.where(joined[:, -1] > 0, rank, np.nan)


@dataclass(frozen=True, eq=False)
class Followings:
    """How often one nation goes public soon after another, beyond what their own dates give.

    Attributes
    ----------
    share : ndarray, shape (n, n)
        [i, j]: share of runs in which j goes public 1 to `window` days after i.
    excess, error : ndarray, shape (n, n)
        What of it is beyond chance, and its Monte Carlo standard error.
    lead, lead_error : ndarray, shape (n, n)
        excess[i, j] - excess[j, i], and its Monte Carlo standard error.
    window : int, days
    """

    share: Reals
    excess: Reals
    error: Reals
    lead: Reals
    lead_error: Reals
    window: int


def alike(size: NDArray[np.integer]) -> Days:
    """Group of each run such that runs of a group end about as large, shape (n_runs,).

    Ten groups of like size, fewer where that would leave less than fifty runs a group.

    Parameters
    ----------
    size : ndarray, shape (n_runs,)
        Public size at the end.
    """
    n_groups = min(MOST_GROUPS, max(1, len(size) // LEAST_RUNS_A_GROUP))
    edges = np.quantile(size, np.linspace(0, 1, n_groups + 1)[1:-1])
    return np.searchsorted(edges, size).astype(np.int64)


def followings(days: Days, group: Days, window: int = 14) -> Followings:
    """Who goes public soon after whom, more often than by chance.

    Parameters
    ----------
    days : ndarray, shape (n_runs, n)
        From `public_days`. Days 0 and -1 (from the start, never) follow and precede nobody.
    group : ndarray, shape (n_runs,)
        Runs are compared with runs of their group only, as from `alike`: so what makes a whole
        run fast or slow, such as climate, does not count as following.
    window : int, days, at least 1

    Notes
    -----
    With h(a, b) = 1 if 0 < b - a <= window, the excess is the mean of h(d_i, d_j) over runs less
    the mean of h over all pairs of runs of a group, i's day from one and j's from the other. That
    is a difference of U-statistics: its standard error is that of the mean of
    h(d_i, d_j) - E h(d_i, .) - E h(., d_j) + E h, Hoeffding's projection [Hoeffding1948]_, added
    up over groups. The error of a lead is taken run by run, since both directions rest on the
    same runs. An excess is dependence, not influence.
    """
    n = days.shape[1]
    total = {name: np.zeros((n, n)) for name in ("share", "excess", "error", "lead", "lead_error")}
    for label in np.unique(group):
        _add_group(total, days[group == label], window)
    n_runs = len(days)
    for name, found in total.items():
        total[name] = np.sqrt(found) / n_runs if name.endswith("error") else found / n_runs
    return Followings(window=window, **total)


def _add_group(total: dict[str, Reals], days: Days, window: int) -> None:
    """Add the runs of one group: sums of terms, and of their variances times their number."""
    n_days = max(int(days.max()), 0)
    at = np.where(days > 0, days, 0)
    chance = np.stack([_share_by_day(column, n_days) for column in at.T])
    after, before = _within_after(chance, window), _within_before(chance, window)
    by_chance = chance @ after.T
    for i in range(days.shape[1]):
        ahead, behind = _follows(at[:, [i]], at, window), _follows(at, at[:, [i]], window)
        one = ahead - after.T[at[:, i]] - before[i][at] + by_chance[i]
        other = behind - after[i][at] - before.T[at[:, i]] + by_chance[:, i]
        total["share"][i] += ahead.sum(axis=0)
        total["excess"][i] += one.sum(axis=0)
        total["lead"][i] += (one - other).sum(axis=0)
        total["error"][i] += len(days) * one.var(axis=0)
        total["lead_error"][i] += len(days) * (one - other).var(axis=0)


def _follows(first: Days, second: Days, window: int) -> Reals:
    """1 where the second day follows the first within the window; day 0 stands for none."""
    gap = second - first
    return ((gap > 0) & (gap <= window) & (first > 0)).astype(np.float64)


def _share_by_day(days: Days, n_days: int) -> Reals:
    """Share of runs by day, shape (n_days + 1,); day 0 is left empty."""
    counts = np.bincount(days, minlength=n_days + 1).astype(np.float64)
    counts[0] = 0.0
    return counts / len(days)


def _within_after(chance: Reals, window: int) -> Reals:
    """[j, a]: chance that j's day lies in (a, a + window]; 0 for a = 0, which is no day."""
    so_far = chance.cumsum(axis=1)
    days = np.arange(chance.shape[1])
    found: Reals = so_far[:, np.minimum(days + window, days[-1])] - so_far
    found[:, 0] = 0.0
    return found


def _within_before(chance: Reals, window: int) -> Reals:
    """[i, b]: chance that i's day lies in [b - window, b); 0 for b = 0."""
    so_far = np.concatenate([np.zeros((len(chance), 1)), chance.cumsum(axis=1)], axis=1)
    days = np.arange(chance.shape[1])
    found: Reals = so_far[:, days] - so_far[:, np.maximum(days - window, 0)]
    found[:, 0] = 0.0
    return found
