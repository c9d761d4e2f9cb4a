"""Differences between scenarios from their paired runs, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import (
    INNER,
    OUTER,
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
from sim.scenario.parts import Nation
from sim.scenario.schema import Scenario
from sim.studies.compare.changes import (
    BASE_ALONE,
    BOTH,
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

QUANTILES = (OUTER[0], INNER[0], 0.5, INNER[1], OUTER[1])


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
    base = runs.alone[0]
    others = zip(labels[1:], scenarios[1:], runs.alone[1:], runs.paired, strict=True)
    return tuple(
        Difference(
            label,
            tuple(_outcomes(base, other, scenario.digest == scenarios[0].digest)),
            tuple(_sizes(base, other, paired, runs.n_runs, len(scenarios[0].nations))),
            tuple(_nations((scenarios[0], scenario), (base, other), paired, runs.n_runs)),
        )
        for label, scenario, other, paired in others
    )


def outcome_change(name: str, base: Reals, other: Reals) -> OutcomeChange:
    """Change of one outcome from its values in the same runs of two scenarios, (n_runs,) each."""
    difference = other - base
    n_runs = len(difference)
    if name == "success":
        gained, lost = (np.array((difference == sign).sum()) for sign in (1, -1))
        interval = chance_interval(gained, lost, n_runs)
    else:
        variance = np.asarray(difference.var(ddof=1)) if n_runs > 1 else np.array(nan)
        interval = mean_interval(np.asarray(difference.mean()), variance, n_runs)
    spread = np.sort(difference)[[rank(q, n_runs) for q in QUANTILES]]
    cells: list[Any] = [float(x) for x in (base.mean(), other.mean(), *interval, *spread)]
    cells += [int((difference != 0).sum()), *fewer_runs(base, other)]
    return OutcomeChange(name, *cells)


def _outcomes(base: Alone, other: Alone, is_same: bool) -> Iterator[OutcomeChange]:
    for name, values in base.outcomes.items():
        if name in other.outcomes:
            theirs = np.concatenate(other.outcomes[name])
            change = outcome_change(name, np.concatenate(values), theirs)
            # The difference of a scenario from itself is known to be 0.
            yield replace(change, low=0.0, high=0.0) if is_same else change


def _sizes(
    base: Alone, other: Alone, paired: Paired, n_runs: int, n_nations: int
) -> Iterator[SizeByDay]:
    for index, measure in enumerate(SIZE_MEASURES):
        counts = paired.differences[index]
        occurring = np.nonzero(counts.any(axis=0))[0]
        within = slice(occurring[0], occurring[-1] + 1)
        yield SizeByDay(
            measure,
            base.size_sums[index] / n_runs,
            other.size_sums[index] / n_runs,
            np.arange(within.start, within.stop, dtype=np.float64) - n_nations,
            np.ascontiguousarray(counts[:, within]),
        )


def _nations(
    scenarios: tuple[Scenario, Scenario], alone: tuple[Alone, Alone], paired: Paired, n_runs: int
) -> list[NationChange]:
    """Nations in both scenarios by change, then those only in one in the order of its file."""
    nations = [scenario.nations for scenario in scenarios]
    in_base, in_other = in_both(*([nation.id for nation in each] for each in nations))
    base, other = alone
    chance = chance_interval(paired.gained, paired.lost, n_runs)
    if scenarios[0].digest == scenarios[1].digest:  # the same scenario: known to be 0
        chance = Interval(*(np.zeros(len(in_base)) for _ in chance))
    chance_p = chance_p_value(paired.gained, paired.lost)
    days, days_p = _days(other.days[in_other] - base.days[in_base], paired.squares, n_runs)
    columns = (
        *(base.public[in_base] / n_runs, other.public[in_other] / n_runs, *chance),
        *(paired.gained, paired.lost, chance_p, significant_fdr(chance_p)),
        *(base.days[in_base] / n_runs, other.days[in_other] / n_runs, *days),
        *(days_p, significant_fdr(days_p)),
    )
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    both = [
        NationChange(nations[0][index].id, nations[0][index].name, BOTH, *row)
        for index, row in zip(in_base, rows, strict=True)
    ]
    only_base = _of_one(nations[0], set(in_base), base, n_runs, BASE_ALONE)
    only_other = _of_one(nations[1], set(in_other), other, n_runs, OTHER_ALONE)
    return [*sorted(both, key=by_change), *only_base, *only_other]


def _days(sums: Counts, squares: Counts, n_runs: int) -> tuple[Interval, Reals]:
    """Mean difference of days with its interval, and p values."""
    mean = sums / n_runs
    if n_runs < 2:
        variance = np.full(mean.shape, nan)
    else:  # in Python integers, so that constant days have a variance of exactly 0
        pairs = zip(sums.tolist(), squares.tolist(), strict=True)
        departures = [n_runs * square - total**2 for total, square in pairs]
        variance = np.array(departures, dtype=np.float64) / n_runs / (n_runs - 1)
    return mean_interval(mean, variance, n_runs), mean_p_value(mean, variance, n_runs)


def _of_one(
    nations: Iterable[Nation], common: set[int], alone: Alone, n_runs: int, where: str
) -> Iterator[NationChange]:
    """Nations only in one scenario, with its results and no differences."""
    for index, nation in enumerate(nations):
        if index in common:
            continue
        known = (float(alone.public[index] / n_runs), float(alone.days[index] / n_runs))
        chances, days = ((x, nan) if where == BASE_ALONE else (nan, x) for x in known)
        cells: list[Any] = [*chances, nan, nan, nan, 0, 0, nan, False]
        cells += [*days, nan, nan, nan, nan, False]
        yield NationChange(nation.id, nation.name, where, *cells)
