"""How a scenario differs from the base: in outcomes, day by day, nation by nation."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import (
    Interval,
    counted_mean,
    counted_variance,
    mean_interval,
    quantiles,
)

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

CHANCES = ("success", "in_force")
"""Outcomes that are 1 or 0 in a run."""

BOTH, BASE_ALONE, OTHER_ALONE = "both", "base", "other"
"""Scenarios that have a nation."""


@dataclass(frozen=True)
class OutcomeChange:
    """An outcome at the end, in the base and in another scenario, in the same runs.

    Attributes
    ----------
    outcome : str
        ``success``, ``in_force``, ``size``, ``private_size``, ``firm_size``, ``peak_size``,
        ``force``, ``force.<kind>`` or ``conditions.<name>``.
    base, other : float
        Means over runs; of success and of a quorum in force, chances.
    difference, low, high : float
        Other minus base, and its 95 % interval: Monte Carlo error of paired runs.
    q05, q25, median, q75, q95 : float
        Quantiles over runs of the difference in one run.
    n_differ : int
        Runs in which the two differ.
    fewer_runs : float
        Factor by which common random numbers reduced the runs needed; NaN where the difference
        is the same in every run.
    fewer_runs_known : bool
        False where there are too few runs to tell: then the factor means nothing.
    """

    outcome: str
    base: float
    other: float
    difference: float
    low: float
    high: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    n_differ: int
    fewer_runs: float
    fewer_runs_known: bool

    @property
    def is_alike(self) -> bool:
        """True if the difference is the same in every run, as it is in a single run."""
        return isnan(self.fewer_runs)


@dataclass(frozen=True, eq=False)
class SizeByDay:
    """A size by day, in the base and in another scenario, in the same runs.

    Attributes
    ----------
    measure : str
        ``size``, ``private_size`` or ``firm_size``.
    base, other : ndarray, shape (n_days + 1,), nations
        Means over runs.
    values : ndarray, shape (n_values,), nations, ascending
        Differences in one run that each column of the counts stands for.
    counts : ndarray of int64, shape (n_days + 1, n_values), runs
    """

    measure: str
    base: Reals
    other: Reals
    values: Reals
    counts: Counts

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return int(self.counts[0].sum())

    def quantile(self, q: float) -> Reals:
        """Quantile over runs of the difference in one run, by day, shape (n_days + 1,); exact."""
        return quantiles(self.counts, self.values, q)

    def interval(self) -> Interval:
        """Mean difference by day with its 95 % interval, each day by itself."""
        mean = counted_mean(self.values, self.counts)
        return mean_interval(mean, counted_variance(self.values, self.counts), self.n_runs)

    def mc_error(self) -> Reals:
        """Monte Carlo standard error of the mean difference by day; NaN with a single run."""
        return np.asarray(np.sqrt(counted_variance(self.values, self.counts) / self.n_runs))


@dataclass(frozen=True)
class NationChange:
    """A nation in the base and in another scenario, in the same runs; NaN where it is not in both.

    Attributes
    ----------
    nation, name : str
    found_in : {"both", "base", "other"}
    base, other : float
        Chance of being public, pledged or deployed at the end.
    difference, low, high : float
        Other minus base, and its 95 % interval: Monte Carlo error of paired runs.
    n_gained, n_lost : int, runs
        Runs in which it is public at the end in the other scenario alone, in the base alone.
    p_value : float
        McNemar's.
    significant_fdr : bool
        True if the difference is statistically significant with the false discovery rate held to
        5 % over all nations.
    base_days, other_days : float
        Mean number of days, from day 0 on, before the nation is first public: the day itself, and
        n_days + 1 where it never is.
    days, days_low, days_high, days_p_value : float
        Other minus base (negative: earlier), its 95 % interval, and the p value of Student's test.
    days_significant_fdr : bool
        As `significant_fdr`, for the days.
    """

    nation: str
    name: str
    found_in: str
    base: float
    other: float
    difference: float
    low: float
    high: float
    n_gained: int
    n_lost: int
    p_value: float
    significant_fdr: bool
    base_days: float
    other_days: float
    days: float
    days_low: float
    days_high: float
    days_p_value: float
    days_significant_fdr: bool

    @property
    def differs(self) -> bool:
        """True if it differs in any run, even if differences in days cancel out."""
        differs_in_days = self.days != 0 or self.days_low < self.days_high
        return bool(self.n_gained or self.n_lost or differs_in_days)


@dataclass(frozen=True, eq=False)
class Difference:
    """One scenario against the base.

    Attributes
    ----------
    label : str
        Of the other scenario.
    outcomes : tuple of OutcomeChange
        Outcomes that both scenarios have.
    sizes : tuple of SizeByDay
        Public, private and firm size.
    nations : tuple of NationChange
        First those in both, by the change in the chance of being public, the largest first; then
        those only in the base, then those only in the other.
    """

    label: str
    outcomes: tuple[OutcomeChange, ...]
    sizes: tuple[SizeByDay, ...]
    nations: tuple[NationChange, ...]

    @property
    def n_runs(self) -> int:
        """Number of runs of each scenario."""
        return self.sizes[0].n_runs

    @property
    def common_nations(self) -> tuple[NationChange, ...]:
        """Nations in both scenarios, the largest change first."""
        return tuple(nation for nation in self.nations if nation.found_in == BOTH)

    def outcome(self, name: str) -> OutcomeChange | None:
        """Change of one outcome; None where not both scenarios have it."""
        return next((each for each in self.outcomes if each.outcome == name), None)

    def size(self, measure: str = "size") -> SizeByDay:
        """One of the three sizes by day."""
        return next(each for each in self.sizes if each.measure == measure)


def by_change(nation: NationChange) -> tuple[float, float]:
    """Sort key for nations in both scenarios: chance, then days, the largest change first."""
    return (-abs(nation.difference), -abs(nation.days))
