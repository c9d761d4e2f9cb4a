"""Differences between scenarios from their paired runs, with intervals."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import (
    QUANTILES,
    Interval,
    chance_interval,
    chance_p_value,
    fewer_runs,
    mean_interval,
    mean_p_value,
    rank,
    significant_fdr,
)
from sim.results.records import SIZE_MEASURES
from sim.scenario.schema import Scenario
from sim.studies.compare.changes import (
    BASE_ALONE,
    BOTH,
    CHANCES,
    OTHER_ALONE,
    Difference,
    NationChange,
    OutcomeChange,
    SizeByDay,
    by_change,
)
from sim.studies.compare.paired_counts import Alone, Paired, PairedRuns, in_both

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]


def evaluated(
    runs: PairedRuns, scenarios: tuple[Scenario, ...], labels: tuple[str, ...]
) -> tuple[Difference, ...]:
    """Each scenario but the base against the base.

    Parameters
    ----------
    runs : PairedRuns
    scenarios : tuple of Scenario
        The base first.
    labels : tuple of str
    """
    base, n_runs = runs.alone[0], runs.n_runs
    n_nations = len(scenarios[0].nations)
    found = []
    for label, scenario, other, paired in zip(
        labels[1:], scenarios[1:], runs.alone[1:], runs.paired, strict=True
    ):
        outcomes = tuple(
            outcome_change(name, np.concatenate(values), np.concatenate(other.outcomes[name]))
            for name, values in base.outcomes.items()
            if name in other.outcomes
        )
        if scenario.digest == scenarios[0].digest:
            # The difference of a scenario from itself is known to be 0.
            outcomes = tuple(replace(change, low=0.0, high=0.0) for change in outcomes)
        sizes = tuple(
            _size_by_day(measure, counts, of_base / n_runs, of_other / n_runs, n_nations)
            for measure, counts, of_base, of_other in zip(
                SIZE_MEASURES, paired.differences, base.size_sums, other.size_sums, strict=True
            )
        )
        nations = _nation_changes((scenarios[0], scenario), (base, other), paired, n_runs)
        found.append(Difference(label, outcomes, sizes, nations))
    return tuple(found)


def outcome_change(name: str, base: Reals, other: Reals) -> OutcomeChange:
    """Change of one outcome from its values in the same runs of two scenarios, (n_runs,) each."""
    difference = other - base
    n_runs = len(difference)
    if name in CHANCES:
        gained, lost = (np.array((difference == sign).sum()) for sign in (1, -1))
        interval = chance_interval(gained, lost, n_runs)
    else:
        variance = np.asarray(difference.var(ddof=1)) if n_runs > 1 else np.array(nan)
        interval = mean_interval(np.asarray(difference.mean()), variance, n_runs)
    in_order = np.sort(difference)
    fewer = fewer_runs(base, other)
    return OutcomeChange(
        outcome=name,
        base=float(base.mean()),
        other=float(other.mean()),
        difference=float(interval.estimate),
        low=float(interval.low),
        high=float(interval.high),
        **{each: float(in_order[rank(q, n_runs)]) for each, q in QUANTILES.items()},
        n_differ=int((difference != 0).sum()),
        fewer_runs=fewer.factor,
        fewer_runs_known=fewer.is_known,
    )


def _size_by_day(
    measure: str, counts: Counts, base: Reals, other: Reals, n_nations: int
) -> SizeByDay:
    """Changes of one size, with counts only of differences between the least and the largest."""
    occurring = np.nonzero(counts.any(axis=0))[0]
    first, end = occurring[0], occurring[-1] + 1
    values = np.arange(first, end, dtype=np.float64) - n_nations
    return SizeByDay(measure, base, other, values, np.ascontiguousarray(counts[:, first:end]))


def _nation_changes(
    scenarios: tuple[Scenario, Scenario], alone: tuple[Alone, Alone], paired: Paired, n_runs: int
) -> tuple[NationChange, ...]:
    """Nations in both scenarios by change, then those only in one in the order of its file."""
    nations = [scenario.nations for scenario in scenarios]
    in_base, in_other = in_both(*([nation.id for nation in each] for each in nations))
    base, other = alone
    chance = chance_interval(paired.gained, paired.lost, n_runs)
    if scenarios[0].digest == scenarios[1].digest:  # the same scenario: known to be 0
        chance = Interval(*(np.zeros(len(in_base)) for _ in chance))
    chance_p = chance_p_value(paired.gained, paired.lost)
    sums = other.days[in_other] - base.days[in_base]
    variance = _variance(sums, paired.squares, n_runs)
    days = mean_interval(sums / n_runs, variance, n_runs)
    days_p = mean_p_value(days.estimate, variance, n_runs)
    columns = {
        "base": base.public[in_base] / n_runs,
        "other": other.public[in_other] / n_runs,
        "difference": chance.estimate,
        "low": chance.low,
        "high": chance.high,
        "n_gained": paired.gained,
        "n_lost": paired.lost,
        "p_value": chance_p,
        "significant_fdr": significant_fdr(chance_p),
        "base_days": base.days[in_base] / n_runs,
        "other_days": other.days[in_other] / n_runs,
        "days": days.estimate,
        "days_low": days.low,
        "days_high": days.high,
        "days_p_value": days_p,
        "days_significant_fdr": significant_fdr(days_p),
    }
    lists = [column.tolist() for column in columns.values()]
    changes = [
        NationChange(
            nations[0][index].id,
            nations[0][index].name,
            BOTH,
            **dict(zip(columns, cells, strict=True)),
        )
        for index, *cells in zip(in_base, *lists, strict=True)
    ]
    changes.sort(key=by_change)
    not_compared = {"n_gained": 0, "n_lost": 0}
    not_compared |= {"significant_fdr": False, "days_significant_fdr": False}
    for found_in, each, common, side in (
        (BASE_ALONE, nations[0], in_base, base),
        (OTHER_ALONE, nations[1], in_other, other),
    ):
        for index in sorted(set(range(len(each))) - set(common)):
            row: dict[str, Any] = dict.fromkeys(columns, nan) | not_compared
            row |= {
                found_in: float(side.public[index] / n_runs),
                f"{found_in}_days": float(side.days[index] / n_runs),
            }
            changes.append(NationChange(each[index].id, each[index].name, found_in, **row))
    return tuple(changes)


def _variance(sums: Counts, squares: Counts, n_runs: int) -> Reals:
    """Variance over runs, from sums over runs; NaN with a single run."""
    if n_runs < 2:
        return np.full(sums.shape, nan)
    # In Python integers, so that constant days have a variance of exactly 0.
    pairs = zip(sums.tolist(), squares.tolist(), strict=True)
    departures = [n_runs * square - total**2 for total, square in pairs]
    return np.array(departures, dtype=np.float64) / n_runs / (n_runs - 1)
