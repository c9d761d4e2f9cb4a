"""Changes of outcomes in the same runs."""

from __future__ import annotations

import numpy as np

from sim.core.layout import Reals
from sim.results.estimates import Mean, chance_interval, mean_interval

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
