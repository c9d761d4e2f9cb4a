"""Differences between the points of a sweep over events or categories, run by run."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np

from sim.core.layout import Reals
from sim.results.estimates import chance_interval, mean_interval
from sim.scenario.files.errors import ScenarioError
from sim.studies.design.study import Study
from sim.studies.sweep.points import Worker
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.shared_inputs import PointError, SharedInputsCache

MOST_RUN_AGAIN = 20_000
"""Most runs, of all points together, that are run again where they were not kept."""


class PairedDifference(NamedTuple):
    """One outcome at a point minus the same at the base, over the runs of both.

    Attributes
    ----------
    estimate, low, high : float
        With the 95 % interval; NaN for the ends with a single run.
    n_differ, n_runs : int
        Runs in which the two differ, and all runs.
    """

    estimate: float
    low: float
    high: float
    n_differ: int
    n_runs: int


class PairedDifferences(NamedTuple):
    """All differences from one point of a sweep.

    Attributes
    ----------
    base : int
        Index of the point that the others are compared with.
    by_point : dict
        Differences by outcome, by the index of the point.
    """

    base: int
    by_point: dict[int, dict[str, PairedDifference]]


def paired_differences(sweep: Sweep) -> PairedDifferences | None:
    """Differences of all points from the base, the first point that is the scenario as it stands.

    Returns
    -------
    PairedDifferences or None
        None if numbers are varied, if points do not share their luck, if fewer than two could be
        run, or if runs were not kept and are too many to be run again.
    """
    study = sweep.study
    is_asked = study.common_luck and not any(each.is_number for each in study.varied)
    places = [place for place, n_runs in enumerate(sweep.column("n_runs")) if n_runs > 0]
    if not (is_asked and sweep.is_whole and len(places) > 1):
        return None
    values = _values_of(sweep, places)
    if values is None:
        return None
    base = next((place for place in places if _is_base(study, place)), places[0])
    found = {}
    for place in places:
        if place != base:
            n_runs = min(len(values[base]), len(values[place]))
            pair = values[base][:n_runs].T, values[place][:n_runs].T
            outcomes = zip(study.base_outcomes, *pair, strict=True)
            found[place] = {
                outcome.name: _difference(before, after, outcome.is_chance)
                for outcome, before, after in outcomes
            }
    return PairedDifferences(base, found)


def _is_base(study: Study, place: int) -> bool:
    """True if a point is the scenario of the study, unchanged."""
    try:
        return study.scenario_at(study.point(place)).digest == study.scenario.digest
    except ScenarioError:
        return False


def _values_of(sweep: Sweep, places: list[int]) -> dict[int, Reals] | None:
    """Outcomes of single runs by point, shape (n_runs, n_outcomes); None if there are too many."""
    study, counts = sweep.study, sweep.column("n_runs")
    if sweep.runs is not None:
        points = sweep.runs["point"].to_numpy()
        columns = np.stack([sweep.runs[name].to_numpy() for name in study.outcomes], axis=1)
        return {place: columns[points == place] for place in places}
    n_runs = int(min(counts[place] for place in places))
    if n_runs * len(places) > MOST_RUN_AGAIN:
        return None
    worker = Worker(study, SharedInputsCache(study))
    try:
        return {place: worker.runs(study.point(place), 0, n_runs).values for place in places}
    except PointError:
        return None


def _difference(base: Reals, other: Reals, is_chance: bool) -> PairedDifference:
    """Difference of one outcome, from its values in the same runs."""
    change = other - base
    if np.isnan(change).all():  # one of the two points does not have it
        return PairedDifference(nan, nan, nan, 0, change.size)
    n_runs, n_differ = change.size, int((change != 0.0).sum())
    if is_chance:
        gained, lost = np.array((change > 0).sum()), np.array((change < 0).sum())
        interval = chance_interval(gained, lost, n_runs)
    else:
        variance = np.asarray(change.var(ddof=1)) if n_runs > 1 else np.array(nan)
        interval = mean_interval(np.asarray(change.mean()), variance, n_runs)
    ends = float(interval.low), float(interval.high)
    return PairedDifference(float(interval.estimate), *ends, n_differ, n_runs)
