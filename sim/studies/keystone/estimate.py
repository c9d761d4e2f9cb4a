"""A mean, or a change of a chance, with its 95 % interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Reals
from sim.results.estimates import chance_interval, mean_interval

OTHERS = "others"
"""The outcome that is the number of public nations at the end beside those that were moved."""


class Estimate(NamedTuple):
    """A number over runs with its 95 % interval, which is that of this number by itself."""

    mean: float
    low: float
    high: float


NONE = Estimate(0.0, 0.0, 0.0)
"""A change that is 0 in every run for certain, as nothing is changed."""


def mean_of(values: Reals) -> Estimate:
    """A mean over runs, by Student's t.

    Examples
    --------
    >>> mean_of(np.array([1.0, 2.0, 3.0]))._replace(mean=2.0)
    Estimate(mean=2.0, low=-0.484..., high=4.484...)
    """
    variance = values.var(ddof=1) if len(values) > 1 else np.nan
    return Estimate(
        *map(float, mean_interval(np.asarray(values.mean()), np.asarray(variance), len(values)))
    )


def chance_of(now: NDArray[np.bool_], before: NDArray[np.bool_]) -> Estimate:
    """The change of a chance in the same runs, with the score interval of [Tango1998]_."""
    gained, lost = (np.array((one & ~other).sum()) for one, other in ((now, before), (before, now)))
    return Estimate(*map(float, chance_interval(gained, lost, len(now))))
