"""Changes of outcomes in the same runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Reals
from sim.results.estimates import Z_95, Mean, chance_interval, mean_interval, t_95

Bools = NDArray[np.bool_]

OTHERS = "others"
"""The outcome that is the number of public nations at the end beside those that were moved."""


NONE = Mean(0.0, 0.0, 0.0)
"""A change that is 0 in every run for certain, as nothing is changed."""


def changes_of(before: Reals, after: Reals, is_chance: bool) -> list[Mean]:
    """Mean changes in the same runs, a column each.

    Parameters
    ----------
    before, after : ndarray, shape (n_runs, n_changes)
    is_chance : bool
        Whether they are 0 or 1: then with the score interval of [Tango1998]_.

    Examples
    --------
    >>> before = np.zeros((100, 2))
    >>> found = changes_of(before, before + [1.0, 0.0], is_chance=True)
    >>> [each.mean for each in found], round(found[1].high, 3)
    ([1.0, 0.0], 0.037)
    """
    n_runs, change = len(before), after - before
    if is_chance:  # all at once, as the interval is found by bisection
        found = chance_interval((change > 0).sum(axis=0), (change < 0).sum(axis=0), n_runs)
    else:
        variance = change.var(axis=0, ddof=1) if n_runs > 1 else np.full(change.shape[1], np.nan)
        found = mean_interval(change.mean(axis=0), variance, n_runs)
    return [Mean(*map(float, each)) for each in zip(*found, strict=True)]


def changes_by_some(
    before: Reals, base: Reals, after: Reals, differs: Bools, is_made: Bools, is_chance: bool
) -> list[Mean]:
    r"""Mean changes from runs that are those of a base but for some, of which not all are made.

    Each is the change from the base, which all runs tell, and beyond that the change from
    `before` to the base: 0 where these do not differ, and elsewhere told by the runs that are made.

    Parameters
    ----------
    before : ndarray, shape (n_runs, n_changes)
        That of the base where it is not made.
    base, after : ndarray, shape (n_runs, n_changes)
    differs : ndarray of bool, shape (n_runs, n_changes)
        Where `before` may be another than the base.
    is_made : ndarray of bool, shape (n_runs, n_changes)
        Where it is made: of those that may differ the first so many, 2 at least or all.
    is_chance : bool
        Whether they are 0 or 1.

    Notes
    -----
    Where all are made, see `changes_of`. Otherwise, with a share :math:`w` of :math:`n` runs that
    may differ, :math:`m` of them made, :math:`a` the change from the base and :math:`b` that to
    the base, the estimate is :math:`\bar a + w \bar b`: double sampling for stratification
    [Cochran1977]_. As :math:`w` is a mean over all runs, too, its error is that of the mean of

    .. math:: a_i + \delta_i \bar b + \frac{n w}{m} \mu_i (b_i - \bar b)

    with :math:`\delta_i` 1 where a run may differ and :math:`\mu_i` where it is made. The interval
    is Student's with :math:`m - 1` degrees of freedom. Chances may be 0 in all that is made, so
    that theirs is put together from the score intervals [Tango1998]_ of :math:`a` and :math:`b` and
    the normal one of :math:`w`, as if these were independent, by the method of [ZouDonner2008]_.

    Examples
    --------
    >>> differs = np.arange(200)[:, None] < 80  # in 40 % of runs 1 more in the base than before
    >>> base = np.where(differs, 3.0, 2.0)
    >>> is_made = np.arange(200)[:, None] < 40
    >>> (found,) = changes_by_some(base - is_made, base, base + 1, differs, is_made, False)
    >>> [round(each, 2) for each in found]
    [1.4, 1.33, 1.47]
    """
    n_runs, n_differ, n_made = len(base), differs.sum(axis=0), is_made.sum(axis=0)
    is_whole, n_seen = n_made == n_differ, np.maximum(n_made, 1)
    change, to_base = after - base, base - before
    share, of_base = n_differ / n_runs, to_base.sum(axis=0) / n_seen
    mean = change.mean(axis=0) + share * of_base
    if is_chance:
        three = np.stack([change + to_base, change, to_base])
        gained, lost = (three > 0).sum(axis=1), (three < 0).sum(axis=1)
        n_each = np.stack([np.full_like(n_seen, n_runs)] * 2 + [n_seen])
        at, low, high = chance_interval(gained, lost, n_each)
        of_share = of_base * Z_95 * np.sqrt(share * (1 - share) / n_runs)
        (whole, a, b), (whole_high, a_high, b_high) = at - low, high - at
        below = np.sqrt(a**2 + (share * b) ** 2 + of_share**2)
        above = np.sqrt(a_high**2 + (share * b_high) ** 2 + of_share**2)
        below, above = np.where(is_whole, whole, below), np.where(is_whole, whole_high, above)
    else:
        apart = is_made * (to_base - of_base) * (n_differ / n_seen)
        values = change + np.where(is_whole, to_base, differs * of_base + apart)
        degrees = np.where(is_whole, n_runs, n_seen) - 1
        t = np.array([t_95(each) for each in degrees.tolist()])
        below = above = t * np.sqrt(values.var(axis=0, ddof=1) / n_runs)
    return [Mean(*map(float, each)) for each in zip(mean, mean - below, mean + above, strict=True)]
