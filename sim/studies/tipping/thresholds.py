"""Thresholds of single runs, and what they tell: a curve, its band, quantiles with intervals.

Each run turns at a level of its own. That is known up to two neighbouring positions of a lattice
of levels, or to be outside of its ends, so everything here is counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import rank
from sim.studies.tipping.bisection import NONE, Changes, Positions, Truths
from sim.studies.tipping.levels import Levels

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

CONFIDENCE = 0.95


class Quantile(NamedTuple):
    """The level by which a share of the runs has turned, with its interval.

    Attributes
    ----------
    share : float
    level, low, high : float
        Minus infinity where it is at the low end or below, infinity where it is above the high end.
    """

    share: float
    level: float
    low: float
    high: float


class Curve(NamedTuple):
    """The share of runs that have turned by each level.

    Attributes
    ----------
    level, share : ndarray, shape (n_levels,)
    low, high : ndarray, shape (n_levels,)
        95 % interval, each by itself.
    band_low, band_high : ndarray, shape (n_levels,)
        Band that contains the whole curve with 95 %.
    """

    level: Reals
    share: Reals
    low: Reals
    high: Reals
    band_low: Reals
    band_high: Reals


@dataclass(frozen=True, eq=False)
class Thresholds:
    """At which position of a lattice of levels each run turns: above `below`, at most at `above`.

    Attributes
    ----------
    levels : Levels
        Positions 0 to `levels.last`.
    below, above : ndarray of int32, shape (n_runs,)
        -1 and 0 for a run that has turned at the low end; `last` and `last + 1` for one that has
        not at the high end.
    """

    levels: Levels
    below: Positions
    above: Positions

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.above)

    @property
    def share_always(self) -> float:
        """Share of the runs that have turned at the low end."""
        return float((self.above == 0).mean())

    @property
    def share_never(self) -> float:
        """Share of the runs that have not turned at the high end."""
        return float((self.above > self.levels.last).mean())

    def n_turned(self, positions: Positions) -> Counts:
        """Number of runs that have turned at each position."""
        return np.searchsorted(self._above_in_order, positions, side="right").astype(np.int64)

    def curve(self, positions: Positions | None = None) -> Curve:
        """The share of runs that have turned, at all positions unless some are given.

        Notes
        -----
        Intervals are those of [ClopperPearson1934]_. The band is that of [Kolmogorov1933]_, exact
        for a continuous law and wide enough for any other.
        """
        last = self.levels.last
        at = np.arange(last + 1, dtype=np.int32) if positions is None else positions
        counts = self.n_turned(at)
        share, half = counts / self.n_runs, band_half_width(self.n_runs)
        low, high = chance_ends(counts, self.n_runs)
        band = np.maximum(share - half, 0.0), np.minimum(share + half, 1.0)
        return Curve(self.levels.values[at], share, low, high, *band)

    def quantile(self, share: float, confidence: float = CONFIDENCE) -> Quantile:
        """The level by which a share of runs has turned.

        Its interval is that between two order statistics, which holds for any law
        [DavidNagaraja2003]_: see `interval_ranks`.
        """
        first, last = interval_ranks(self.n_runs, share, confidence)
        middle = rank(share, self.n_runs)
        low = -inf if first is None else self._low_end(int(self._below_in_order[first]))
        high = inf if last is None else self._high_end(int(self._above_in_order[last]))
        ends = (
            self._low_end(int(self._below_in_order[middle])),
            self._high_end(int(self._above_in_order[middle])),
        )
        level = ends[1] if self.levels.is_whole else self.levels.middle(*ends)
        return Quantile(share, level, low, high)

    def _low_end(self, below: int) -> float:
        """Where a threshold above this position begins; of whole numbers, the least it can be."""
        if below < 0:
            return -inf
        if self.levels.is_whole:
            return self._high_end(below + 1)
        return inf if below == self.levels.last else float(self.levels.values[below])

    def _high_end(self, above: int) -> float:
        """Where a threshold at most at this position ends."""
        if above == 0:
            return -inf
        return inf if above > self.levels.last else float(self.levels.values[above])

    @cached_property
    def _below_in_order(self) -> Positions:
        return np.sort(self.below)

    @cached_property
    def _above_in_order(self) -> Positions:
        return np.sort(self.above)


def thresholds_of(changes: Changes, rises: bool, levels: Levels) -> Thresholds:
    """Thresholds of runs from where their outcome changes.

    Parameters
    ----------
    changes : Changes
    rises : bool
        Whether a run turns as its outcome becomes true on the way up, or as it becomes false.
    levels : Levels
    """
    has_turned = changes.at_low == rises
    is_never = ~has_turned & (changes.above == NONE)
    below = np.where(has_turned, -1, np.where(is_never, levels.last, changes.below))
    above = np.where(has_turned, 0, np.where(is_never, levels.last + 1, changes.above))
    return Thresholds(levels, below.astype(np.int32), above.astype(np.int32))


def rises_along(at_low: Truths, at_high: Truths) -> bool:
    """Whether an outcome is true in more runs at the high end than at the low one, or as many."""
    return bool(at_high.sum() >= at_low.sum())


def interval_ranks(
    n_runs: int, share: float, confidence: float = CONFIDENCE
) -> tuple[int | None, int | None]:
    """Indices, from 0, of the order statistics between which a quantile lies.

    Parameters
    ----------
    n_runs : int
    share : float, above 0 and below 1
    confidence : float

    Returns
    -------
    tuple of int or None
        None where no order statistic bounds the quantile on that side with so few runs.

    Notes
    -----
    The number of runs below the quantile is binomial. The r-th of the ordered runs lies above it
    with P(B < r), and the s-th below it with P(B >= s); both are at most (1 - confidence) / 2, for
    the largest r and the smallest s that allow it.

    Examples
    --------
    >>> interval_ranks(100, 0.5), interval_ranks(5, 0.5)
    ((39, 60), (None, None))
    """
    from scipy.special import bdtr  # takes a third of a second to import

    most_outside = (1 - confidence) / 2
    at_most = bdtr(np.arange(n_runs + 1, dtype=np.float64), n_runs, share)
    n_low = int(np.searchsorted(at_most, most_outside, side="right"))  # the largest r
    n_high = int(np.searchsorted(-(1 - at_most), -most_outside, side="left")) + 1  # the smallest s
    return n_low - 1 if n_low > 0 else None, n_high - 1 if n_high <= n_runs else None


def chance_ends(counts: Counts, n_runs: int) -> tuple[Reals, Reals]:
    """Exact 95 % intervals of chances [ClopperPearson1934]_.

    Examples
    --------
    >>> low, high = chance_ends(np.array([0, 5, 10]), 10)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.187, 0.692], [0.308, 0.813, 1.0])
    """
    from scipy.special import betaincinv

    hits, outside = np.asarray(counts, dtype=np.float64), (1 - CONFIDENCE) / 2
    misses = n_runs - hits
    low = betaincinv(np.maximum(hits, 1), misses + 1, outside)
    high = betaincinv(hits + 1, np.maximum(misses, 1), 1 - outside)
    return np.where(hits == 0, 0.0, low), np.where(misses == 0, 1.0, high)


@lru_cache
def band_half_width(n_runs: int) -> float:
    """Half the width of a band that contains a whole distribution function with 95 %.

    The exact quantile of the largest distance between the function and that of a sample,
    [Kolmogorov1933]_; below the bound of [Massart1990]_, sqrt(ln(2 / 0.05) / (2 n)), which it
    approaches.

    Examples
    --------
    >>> round(band_half_width(100), 4), round(float(np.log(40) / 200) ** 0.5, 4)
    (0.134, 0.1358)
    """
    from scipy.stats import kstwo  # takes half a second to import

    return float(kstwo.ppf(CONFIDENCE, n_runs))
