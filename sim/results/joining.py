"""When and in what order nations go public, over the runs of an ensemble."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.ensemble import Ensemble

NEVER = -1
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
    from scipy.stats import rankdata  # takes half a second to import

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
    shares = step.cumsum(axis=1)[:, :-1]
    shares[:, int(newcomer.sum(axis=1).max()) + 1 :] = 0.0  # nobody comes after the last
    np.clip(shares, 0.0, None, out=shares)
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
