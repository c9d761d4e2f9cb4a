"""Runs counted day by day by one quantity: sizes, conditions, force, breadth, success."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import OUTER, Spread, counted_mean, counted_variance, quantiles
from sim.results.records import N_BINS, SIZE_MEASURES, Counts, Records
from sim.scenario.parts import BREADTH

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tally:
    """Runs counted by the value of one quantity, day by day.

    Attributes
    ----------
    name : str
        ``size``, ``private_size``, ``firm_size``, ``conditions.<name>``, ``force.<kind>``,
        ``force`` (all kinds together), ``groups_covered``, ``kinds_covered``, ``capacity_public``,
        ``success`` (0 not yet, 1 by that day) or ``quorum`` (0 not yet, 1 if the coalition's
        quorum held at the end of that day or an earlier one).
    values : ndarray, shape (n_values,), ascending
        Value of each column of the counts. Conditions, force and the public share of capacity were
        counted in bins; a bin is represented by its midpoint, except that the first bin of force
        and of capacity is represented by 0. They are exact to half a bin, a two-thousandth of
        `top` (that first bin: a whole bin).
    counts : ndarray of int64, shape (n_days + 1, n_values), runs
    top : float
        Upper end of the scale.
    """

    name: str
    values: Reals
    counts: Counts
    top: float

    def quantile(self, q: float) -> Reals:
        """Quantile by day, shape (n_days + 1,): see `quantiles`."""
        return quantiles(self.counts, self.values, q)

    def mean(self) -> Reals:
        """Mean over runs by day, shape (n_days + 1,)."""
        return counted_mean(self.values, self.counts)

    def mc_error(self) -> Reals:
        """Monte Carlo standard error of the mean by day; NaN with a single run."""
        n_runs = int(self.counts[0].sum())
        return np.asarray(np.sqrt(counted_variance(self.values, self.counts) / n_runs))

    def spread(self, day: int) -> Spread:
        """Variation between runs on one day, and the mean."""
        row = Tally(self.name, self.values, self.counts[day][None, :], self.top)
        low, median, high = (float(row.quantile(q)[0]) for q in (OUTER[0], 0.5, OUTER[1]))
        return Spread(median, low, high, float(row.mean()[0]), float(row.mc_error()[0]))


def tallies(records: Records, conditions: tuple[str, ...], kinds: tuple[str, ...]) -> list[Tally]:
    """Every quantity that is counted by day: sizes, conditions, force, breadth, success.

    That of the coalition's quorum is the last where it has one.
    """
    sizes = np.arange(records.size_counts.shape[-1], dtype=np.float64)
    found = [
        Tally(name, sizes, counts, sizes[-1])
        for name, counts in zip(SIZE_MEASURES, records.size_counts, strict=True)
    ]
    for index, name in enumerate(conditions):
        counts = records.condition_counts[:, index]
        found.append(Tally(f"conditions.{name}", _middles(1.0), counts, 1.0))
    names = [*(f"force.{kind}" for kind in kinds), "force"]
    for index, name in enumerate(names):
        top = float(records.force_top[index])
        values = _middles(top)
        values[0] = 0.0
        found.append(Tally(name, values, records.force_counts[:, index], top))
    found += _shares(records)
    firsts = {"success": records.success_counts}
    if records.quorum_counts is not None:
        firsts["quorum"] = records.quorum_counts
    for name, counts in firsts.items():
        done = counts[:-1].cumsum()
        by_day = np.stack([counts.sum() - done, done], axis=-1)
        found.append(Tally(name, np.array([0.0, 1.0]), by_day, 1.0))
    return found


def _shares(records: Records) -> list[Tally]:
    """How broad the coalition is, as far as that is defined and was counted."""
    found = []
    for name in BREADTH:
        counts = getattr(records, f"{name}_counts")
        if counts is None:
            continue
        if name == "capacity_public":
            values = _middles(1.0)
            values[0], values[-1] = (
                0.0,
                1.0,
            )  # nothing and all are common, and met or not met exactly
        else:
            n_parts = counts.shape[1] - 1
            values = np.arange(n_parts + 1) / n_parts
        found.append(Tally(name, values, counts, 1.0))
    return found


def _middles(top: float) -> Reals:
    """Middle of each bin of equal width on [0, top]."""
    return (np.arange(N_BINS, dtype=np.float64) + 0.5) * (top / N_BINS)
