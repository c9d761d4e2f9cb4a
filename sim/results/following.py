"""Who tends to go public soon after whom, over the runs of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_GROUPS, LEAST_RUNS_A_GROUP = 50, 100
MOST_CELLS = 200_000
"""Groups times days, beyond which there are fewer groups: more would take long."""

Reals = NDArray[np.float64]
Days = NDArray[np.int64]


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


class Pair(NamedTuple):
    """Days of two nations in runs sorted by pace, and the group of each run.

    Attributes
    ----------
    first, second : ndarray, shape (n_runs,), days
        0 where a nation does not go public after day 0.
    group : ndarray, shape (n_runs,), ascending
    n_days : int
    """

    first: Days
    second: Days
    group: Days
    n_days: int


def followings(
    days: Days, n_days: int, window: int = 14, among: Sequence[int] | None = None
) -> Followings:
    """Who goes public soon after whom, more often than by chance.

    Parameters
    ----------
    days : ndarray, shape (n_runs, n_nations)
        From `public_days`. Days 0 and -1 (from the start, never) follow and precede nobody.
    n_days : int
    window : int, days, at least 1
    among : sequence of int, optional
        Nations to compare, n of them; all by default.

    Notes
    -----
    Runs are compared with runs of their own group, in which the *other* nations have been public
    for about as many days in all: so most of what makes a whole run fast or slow, such as climate
    and conditions, does not count as following. Groups hold a hundred runs or more.

    With h(a, b) = 1 if 0 < b - a <= window, the excess is the mean of h(d_i, d_j) over runs minus
    the mean of h over all pairs of runs of a group, i's day from one and j's from the other. This
    is a difference of U-statistics: its standard error is that of the mean of
    h(d_i, d_j) - E h(d_i, .) - E h(., d_j) + E h, Hoeffding's projection [Hoeffding1948]_, added
    up over groups. The error of a lead is taken run by run, since both directions rest on the
    same runs. An excess is dependence, not influence.
    """
    places = range(days.shape[1]) if among is None else among
    public_for = np.where(days >= 0, n_days + 1 - days, 0)
    pace = public_for.sum(axis=1)
    n, n_runs = len(places), len(days)
    group = _groups(n_runs, n_days)
    at = np.where(days > 0, days, 0)
    found = {name: np.zeros((n, n)) for name in ("share", "excess", "error", "lead", "lead_error")}
    for i, j in combinations(range(n), 2):
        one, other = places[i], places[j]
        order = np.argsort(pace - public_for[:, one] - public_for[:, other], kind="stable")
        pair = Pair(at[order, one], at[order, other], group, n_days)
        turned = Pair(pair.second, pair.first, group, n_days)
        forth, back = _terms(pair, window), _terms(turned, window)
        lead = forth - back
        found["share"][i, j] = _follows(pair, window).mean()
        found["share"][j, i] = _follows(turned, window).mean()
        found["excess"][i, j], found["excess"][j, i] = forth.mean(), back.mean()
        found["error"][i, j], found["error"][j, i] = _error(forth, group), _error(back, group)
        found["lead"][i, j], found["lead"][j, i] = lead.mean(), -lead.mean()
        found["lead_error"][i, j] = found["lead_error"][j, i] = _error(lead, group)
    return Followings(window=window, **found)


def _groups(n_runs: int, n_days: int) -> Days:
    """Group of each run in the order of pace: as equal as can be, shape (n_runs,)."""
    most = min(MOST_GROUPS, max(1, MOST_CELLS // (n_days + 1)))
    n_groups = min(most, max(1, n_runs // LEAST_RUNS_A_GROUP))
    return np.arange(n_runs) * n_groups // n_runs


def _follows(pair: Pair, window: int) -> Reals:
    """1 in runs in which the second goes public within the window after the first."""
    gap = pair.second - pair.first
    return ((gap > 0) & (gap <= window) & (pair.first > 0)).astype(np.float64)


def _terms(pair: Pair, window: int) -> Reals:
    """Terms whose mean is the excess, one a run: Hoeffding's projection within groups."""
    first, second = _shares_by_day(pair.first, pair), _shares_by_day(pair.second, pair)
    after, before = _within_after(second, window), _within_before(first, window)
    by_chance = (first * after).sum(axis=1)
    return np.asarray(
        _follows(pair, window)
        - after[pair.group, pair.first]
        - before[pair.group, pair.second]
        + by_chance[pair.group]
    )


def _shares_by_day(days: Days, pair: Pair) -> Reals:
    """Share of a group's runs by day, shape (n_groups, n_days + 1); day 0 is left empty."""
    size = np.bincount(pair.group)
    cells = size.size * (pair.n_days + 1)
    counts = np.bincount(pair.group * (pair.n_days + 1) + days, minlength=cells)
    shares = counts.reshape(size.size, -1) / size[:, None]
    shares[:, 0] = 0.0
    return shares


def _within_after(shares: Reals, window: int) -> Reals:
    """[group, a]: chance of a day in (a, a + window]; 0 for a = 0, which is no day."""
    so_far = shares.cumsum(axis=1)
    days = np.arange(shares.shape[1])
    found: Reals = so_far[:, np.minimum(days + window, days[-1])] - so_far
    found[:, 0] = 0.0
    return found


def _within_before(shares: Reals, window: int) -> Reals:
    """[group, b]: chance of a day in [b - window, b); 0 for b = 0."""
    so_far = np.concatenate([np.zeros((len(shares), 1)), shares.cumsum(axis=1)], axis=1)
    days = np.arange(shares.shape[1])
    found: Reals = so_far[:, days] - so_far[:, np.maximum(days - window, 0)]
    found[:, 0] = 0.0
    return found


def _error(terms: Reals, group: Days) -> float:
    """Standard error of the mean of terms, from their spread within groups."""
    size = np.bincount(group)
    mean = np.bincount(group, weights=terms) / size
    squares = np.bincount(group, weights=(terms - mean[group]) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (size * squares / (size - 1)).sum()
    return float(np.sqrt(variance) / len(terms))
