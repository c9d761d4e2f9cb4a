"""A few runs at every level of a grid: which are not monotone, and the level of each nation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Mean, mean_of
from sim.studies.tipping.bisection import NONE, Changes, Truths
from sim.studies.tipping.levels import Levels
from sim.studies.tipping.loop import within
from sim.studies.tipping.thresholds import (
    Thresholds,
    chance_ends,
    rises_along,
    thresholds_of,
)

Counts = NDArray[np.int16]


class Turns(NamedTuple):
    """Where something changes along a grid of levels, and how often.

    Attributes
    ----------
    at_low : ndarray of bool, any shape
    first : ndarray of int16, the same shape
        The first place on the grid at which it is another than at the low end; -1 if nowhere.
    n_changes : ndarray of int16, the same shape
    """

    at_low: Truths
    first: Counts
    n_changes: Counts


@dataclass(frozen=True, eq=False)
class Scan:
    """Runs that were tried at each level of a grid.

    Attributes
    ----------
    holds : ndarray of bool, shape (n_runs, n_levels)
        Whether the outcome holds.
    lowest : Thresholds
        The lowest level at which each run turns, on the lattice of the grid.
    found : Thresholds
        What bisection found of the same runs, on its own lattice.
    rises : bool
    """

    holds: Truths
    lowest: Thresholds
    found: Thresholds
    rises: bool

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.holds)

    @property
    def is_monotone(self) -> Truths:
        """Which runs turn once at most, and in the direction of most, shape (n_runs,)."""
        turned = (self.holds == self.rises).astype(np.int8)
        return np.asarray((np.diff(turned, axis=1) >= 0).all(axis=1))

    def not_monotone(self) -> Mean:
        """Share of runs that are not monotone."""
        return share_of(~self.is_monotone)

    def missed(self) -> Mean:
        """Share of runs whose lowest crossing is not the one that bisection found."""
        return share_of(self._is_missed)

    def lowered(self) -> Mean:
        """Mean of the lowest crossing minus the one that bisection found, in levels."""
        apart = np.where(self._is_missed, within(self.lowest) - within(self.found), 0.0)
        return mean_of(apart)

    @property
    def _is_missed(self) -> Truths:
        # On the grid, the crossing that was found is the first level at or above its `above`.
        grid = self.found.levels.grid(self.lowest.levels.last + 1)
        return np.asarray(self.lowest.above < np.searchsorted(grid, self.found.above))


class NationLevels(NamedTuple):
    """At which level a nation turns, over scanned runs.

    Attributes
    ----------
    nation, name : str
    rises : bool
        Whether it is public from a level on, or up to one.
    thresholds : Thresholds
        On the lattice of the grid.
    not_monotone : Mean
        Of its runs.
    at_low, at_high : float
        Shares of its runs in which it is public at the ends of the path.
    """

    nation: str
    name: str
    rises: bool
    thresholds: Thresholds
    not_monotone: Mean
    at_low: float
    at_high: float


def turns_of(holds: Truths) -> Turns:
    """Where something changes along the last axis.

    Examples
    --------
    >>> found = turns_of(np.array([[False, True, False], [True, True, True]]))
    >>> found.first.tolist(), found.n_changes.tolist()
    ([1, -1], [2, 0])
    """
    at_low = holds[..., 0]
    differs = holds != at_low[..., None]
    first = np.where(differs.any(axis=-1), differs.argmax(axis=-1), NONE)
    n_changes = (holds[..., 1:] != holds[..., :-1]).sum(axis=-1)
    return Turns(at_low, first.astype(np.int16), n_changes.astype(np.int16))


def changes_of(turns: Turns) -> Changes:
    """Turns along a grid as changes between its neighbours."""
    at_high = turns.at_low ^ (turns.n_changes % 2 == 1)
    first = turns.first.astype(np.int32)
    return Changes(turns.at_low, at_high, np.where(first == NONE, NONE, first - 1), first)


def nation_levels(nation: str, name: str, turns: Turns, levels: Levels) -> NationLevels:
    """At which level a nation turns.

    Parameters
    ----------
    nation, name : str
    turns : Turns
        Of whether it is public, shape (n_runs,).
    levels : Levels
        The lattice of the grid.
    """
    changes = changes_of(turns)
    rises = rises_along(changes.at_low, changes.at_high)
    has_turned = changes.at_low == rises
    is_monotone = turns.n_changes <= np.where(has_turned, 0, 1)
    return NationLevels(
        nation,
        name,
        rises,
        thresholds_of(changes, rises, levels),
        share_of(~is_monotone),
        float(changes.at_low.mean()),
        float(changes.at_high.mean()),
    )


def share_of(truths: Truths) -> Mean:
    """A share of runs with its exact interval."""
    n_true, n_runs = int(truths.sum()), len(truths)
    low, high = chance_ends(np.array([n_true]), n_runs)
    return Mean(n_true / n_runs, float(low[0]), float(high[0]))
