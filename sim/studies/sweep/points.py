"""One point of a study: its runs, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt
from threading import Event

import numpy as np

from sim.core.layout import Reals
from sim.engines.block_runner import BlockRunner
from sim.results.estimates import OUTER, chance, rank, t_95
from sim.results.records import Counts
from sim.studies.design.outcomes import OF_CHANCE, OF_MEAN, Outcome
from sim.studies.design.study import FIRST_RUNS, Point, Study
from sim.studies.sweep.shared_inputs import PointError, SharedInputs, SharedInputsCache

LEAST_OTHERWISE = 5
"""Runs that must depart from the commonest value for a mean's interval to be believed: what happens
in one run of a thousand is in none of most two hundreds, which then look exact."""

ENOUGH_ALIKE = 5_000
"""Runs from which on that is not asked for: of so many that are alike, at most .07 % of all are
otherwise (`unseen_share`)."""


class StoppedError(Exception):
    """Nobody waits for the runs any more."""


@dataclass(frozen=True, eq=False)
class PointRuns:
    """Runs of one point.

    Attributes
    ----------
    values : ndarray, shape (n_runs, n_outcomes)
    size_counts : ndarray of int64, shape (n_days, n_nations + 1), runs
        By public size, on each of the study's days and on the last.
    """

    values: Reals
    size_counts: Counts


@dataclass(frozen=True, eq=False)
class PointRecord:
    """What is kept of a point.

    Attributes
    ----------
    point : Point
    n_runs : int
    problem : str or None
        Why it could not be run.
    estimates : ndarray, shape (n_estimates,)
        Outcome by outcome, under the names of `estimate_names`; NaN where there is none.
    gathered : PointRuns or None
    """

    point: Point
    n_runs: int
    problem: str | None
    estimates: Reals
    gathered: PointRuns | None


class Worker:
    """Runs points of a study, one at a time, on memory of its own: one for each thread.

    Parameters
    ----------
    study : Study
    inputs : SharedInputsCache
        May be shared between workers.
    stop : Event, optional
        Once it is set, runs end early.
    """

    def __init__(self, study: Study, inputs: SharedInputsCache, stop: Event | None = None) -> None:
        self.study, self.inputs, self.stop = study, inputs, stop
        self._runner: BlockRunner | None = None

    def runs(self, point: Point, first_run: int, n_runs: int) -> PointRuns:
        """Some runs of a point, counted from those that are its own.

        Raises
        ------
        PointError
            It cannot be run.
        StoppedError
        """
        shared = self.inputs.of(point)
        runner = self._runner_for(shared)
        first_run += self.study.first_run(point.number)
        days = [*self.study.days, -1]
        columns, counts = [], np.zeros((len(days), runner.sizes.n_nations + 1), dtype=np.int64)
        for block in runner.blocks(shared.vector(point), self.study.seed, first_run, n_runs):
            if self.stop is not None and self.stop.is_set():
                raise StoppedError
            columns.append(np.stack([each.values(block) for each in shared.outcomes], axis=1))
            for place, day in enumerate(days):
                sizes = block.size[:, 0, day]
                counts[place] += np.bincount(sizes, minlength=counts.shape[1])
        return PointRuns(np.concatenate(columns), counts)

    def records(self, points: Iterable[Point]) -> list[PointRecord]:
        """Points with as many runs as the study gives each of them."""
        return [self._record(point) for point in points]

    def _record(self, point: Point) -> PointRecord:
        try:
            gathered = self.enough(point)
        except PointError as error:
            return failed(self.study, point, str(error))
        return recorded(self.study, point, self.study.asked, [gathered])

    def enough(self, point: Point) -> PointRuns:
        """Runs until the study has what it wants, in rounds that double their number."""
        effort = self.study.effort
        if effort.precision is None:
            return self.runs(point, 0, effort.runs)
        outcomes = self.inputs.of(point).outcomes
        place = [each.name for each in outcomes].index(effort.of)
        gathered = self.runs(point, 0, min(FIRST_RUNS, effort.runs))
        while True:
            n_runs = len(gathered.values)
            is_known = is_precise(outcomes[place], gathered.values[:, place], effort.precision)
            if is_known or n_runs >= effort.runs:
                return gathered
            more = self.runs(point, n_runs, min(n_runs, effort.runs - n_runs))
            gathered = joined([gathered, more])

    def _runner_for(self, shared: SharedInputs) -> BlockRunner:
        """Memory for the inputs: what there is, unless they need another."""
        if self._runner is None or not self._runner.fits(shared.arrays):
            self._runner = None  # its memory first
            self._runner = BlockRunner(shared.arrays, shared.drawn)
        return self._runner


def joined(parts: Sequence[PointRuns]) -> PointRuns:
    """Runs of one point behind each other."""
    if len(parts) == 1:
        return parts[0]
    counts = np.sum([part.size_counts for part in parts], axis=0)
    return PointRuns(np.concatenate([part.values for part in parts]), counts)


def recorded(
    study: Study, point: Point, outcomes: Sequence[Outcome], parts: Sequence[PointRuns]
) -> PointRecord:
    """The record of a point that was run, in parts that follow on each other."""
    gathered = joined(parts)
    found = estimates_of_all(outcomes, gathered.values)
    estimates = [number for each in found for number in each]
    kept = gathered if study.keep == "runs" else PointRuns(np.empty((0, 0)), gathered.size_counts)
    return PointRecord(point, len(gathered.values), None, np.array(estimates), kept)


def failed(study: Study, point: Point, problem: str) -> PointRecord:
    """The record of a point that cannot be run."""
    return PointRecord(point, 0, problem, np.full(len(estimate_names(study)), nan), None)


def estimate_names(study: Study) -> list[str]:
    """Names of all estimates, outcome by outcome."""
    return [name for each in study.asked for name in names_of(each)]


def names_of(outcome: Outcome) -> Iterator[str]:
    """Names of the estimates of an outcome, its mean or chance first."""
    parts = OF_CHANCE if outcome.is_chance else OF_MEAN
    return (f"{outcome.name}{part}" for part in parts)


def estimates_of(outcome: Outcome, values: Reals) -> list[float]:
    """Mean or chance of an outcome with its Monte Carlo error and 95 % interval, and its spread.

    A chance has the interval of [Wilson1927]_, a mean that of Student's t. With a single run a
    mean has no error: NaN.

    Parameters
    ----------
    outcome : Outcome
    values : ndarray, shape (n_runs,)

    Examples
    --------
    >>> from sim.studies.design.outcomes import Outcome
    >>> estimates_of(Outcome("size", "size"), np.array([3.0, 3.0, 5.0, 5.0]))[:2]
    [4.0, 0.5773502691896257]
    """
    return estimates_of_all([outcome], values[:, None])[0]


def estimates_of_all(outcomes: Sequence[Outcome], values: Reals) -> list[list[float]]:
    """What `estimates_of` gives for each of some outcomes, worked out together.

    Parameters
    ----------
    outcomes : sequence of Outcome, length n_outcomes
    values : ndarray, shape (n_runs, n_outcomes)
    """
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1)
    n_runs = len(values)
    sums, places = values.sum(axis=0), [rank(q, n_runs) for q in (OUTER[0], 0.5, OUTER[1])]
    means, errors = ordered.mean(axis=1), mc_errors(ordered)
    t, found = t_95(n_runs - 1), list[list[float]]()
    for place, outcome in enumerate(outcomes):
        if outcome.is_chance:
            hits = chance(int(sums[place]), n_runs)
            found.append([hits.chance, hits.mc_error, hits.low, hits.high])
            continue
        row, error = ordered[place], float(errors[place])
        mean = float(row[0] if row[0] == row[-1] else means[place])
        spread = [float(row[each]) for each in places]
        found.append([mean, error, mean - error * t, mean + error * t, *spread])
    return found


def mc_error(values: Reals) -> float:
    """Monte Carlo standard error of a mean; NaN with a single run."""
    return float(mc_errors(np.sort(values)[None, :])[0])


def mc_errors(ordered: Reals) -> Reals:
    """Monte Carlo standard errors of means; 0 where all runs came to the same, whatever rounding.

    Parameters
    ----------
    ordered : ndarray, shape (n_outcomes, n_runs), ascending along runs

    Returns
    -------
    ndarray, shape (n_outcomes,); NaN with a single run
    """
    n_runs = ordered.shape[1]
    if n_runs < 2:
        return np.full(len(ordered), nan)
    errors: Reals = ordered.std(axis=1, ddof=1) / sqrt(n_runs)
    return np.where(ordered[:, 0] == ordered[:, -1], 0.0, errors)


def is_precise(outcome: Outcome, values: Reals, precision: float) -> bool:
    """True if half the width of an outcome's interval is at most so much, and can be believed.

    Examples
    --------
    >>> size = Outcome("size", "size")
    >>> alike, rare = np.full(200, 20.0), np.repeat([20.0, 21.0], [195, 5])
    >>> [is_precise(size, values, 0.05) for values in (alike, rare, np.full(5000, 20.0))]
    [False, True, True]
    """
    if half_width(outcome, values) > precision:
        return False
    if outcome.is_chance or values.size >= ENOUGH_ALIKE:
        return True
    commonest = np.unique(values, return_counts=True)[1].max()
    return bool(values.size - commonest >= LEAST_OTHERWISE)


def half_width(outcome: Outcome, values: Reals) -> float:
    """Half the width of the 95 % interval of an outcome; infinite with a single run of a mean."""
    if outcome.is_chance:
        found = chance(int(values.sum()), values.size)
        return 0.5 * (found.high - found.low)
    return mc_error(values) * t_95(values.size - 1) if values.size > 1 else inf
