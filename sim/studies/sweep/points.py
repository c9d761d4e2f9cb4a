"""One point of a study: its runs, and their estimates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, isnan, nan, sqrt
from threading import Event

import numpy as np

from sim.core.layout import Reals
from sim.engines.block_runner import BlockRunner
from sim.results.estimates import OUTER, chance, rank, t_95
from sim.results.records import Counts
from sim.studies.design.outcomes import OF_CHANCE, OF_MEAN, Outcome
from sim.studies.design.study import FIRST_RUNS, Point, Study
from sim.studies.sweep.shared_inputs import PointError, SharedInputsCache

LEAST_OTHERWISE = 5
"""Runs that must differ from the commonest value before the interval of a mean is trusted. An event
of one run in a thousand is missing from most samples of two hundred, which then look exact."""

ENOUGH_ALIKE = 5_000
"""Runs from which on the interval is trusted anyway: if so many are alike, at most 0.07 % of all
runs differ (`unseen_share`)."""


class StoppedError(Exception):
    """The runs are no longer needed."""


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
    """Estimates of a point, with its runs.

    Attributes
    ----------
    point : Point
    n_runs : int
    problem : str or None
        Why it could not be run.
    estimates : ndarray, shape (n_estimates,)
        In the order of `estimate_names`; NaN if the point could not be run.
    runs : PointRuns or None
        None if the point could not be run; without `values` if the study does not keep them.
    """

    point: Point
    n_runs: int
    problem: str | None
    estimates: Reals
    runs: PointRuns | None


class Worker:
    """Runs points of a study, one at a time, in its own memory: one worker for each thread.

    Parameters
    ----------
    study : Study
    inputs : SharedInputsCache
        May be shared between workers.
    stop : Event, optional
        Ends runs early once it is set.
    """

    def __init__(self, study: Study, inputs: SharedInputsCache, stop: Event | None = None) -> None:
        self.study, self.inputs, self.stop = study, inputs, stop
        self._runner: BlockRunner | None = None

    def runs(self, point: Point, first_run: int, n_runs: int) -> PointRuns:
        """Some runs of a point, numbered from the point's first run.

        Raises
        ------
        PointError
            The point cannot be run.
        StoppedError
        """
        shared = self.inputs.of(point)
        runner = self._runner
        if runner is None or not runner.fits(shared.arrays):
            self._runner = runner = None  # frees its memory before the next is laid out
            self._runner = runner = BlockRunner(shared.arrays, shared.drawn)
        first_run += self.study.first_run(point.number)
        days = [*self.study.days, -1]
        values, done = np.empty((n_runs, len(shared.outcomes))), 0
        counts = np.zeros((len(days), runner.sizes.n_nations + 1), dtype=np.int64)
        for block in runner.blocks(shared.vector(point), self.study.seed, first_run, n_runs):
            if self.stop is not None and self.stop.is_set():
                raise StoppedError
            rows = values[done : done + len(block.size)]
            done += len(rows)
            for column, outcome in enumerate(shared.outcomes):
                rows[:, column] = outcome.values(block)
            for index, day in enumerate(days):
                counts[index] += np.bincount(block.size[:, 0, day], minlength=counts.shape[1])
        return PointRuns(values, counts)

    def records(self, points: Iterable[Point]) -> list[PointRecord]:
        """Records of points with all their runs."""
        study, found = self.study, list[tuple[Point, PointRuns | str]]()
        for point in points:
            try:
                found.append((point, self.all_runs(point)))
            except PointError as error:
                found.append((point, str(error)))
        values = [runs.values for _, runs in found if not isinstance(runs, str)]
        estimates = estimates_of_points(study.base_outcomes, values)
        return [
            failed(study, point, runs)
            if isinstance(runs, str)
            else record_of(study, point, runs, next(estimates))
            for point, runs in found
        ]

    def all_runs(self, point: Point) -> PointRuns:
        """All runs of a point; with a precision, in rounds that double their number."""
        effort = self.study.effort
        if effort.precision is None:
            return self.runs(point, 0, effort.runs)
        outcomes = self.inputs.of(point).outcomes
        index = [each.name for each in outcomes].index(effort.of)
        runs = self.runs(point, 0, min(FIRST_RUNS, effort.runs))
        while True:
            n_runs = len(runs.values)
            is_done = is_precise(outcomes[index], runs.values[:, index], effort.precision)
            if is_done or n_runs >= effort.runs:
                return runs
            more = self.runs(point, n_runs, min(n_runs, effort.runs - n_runs))
            runs = joined([runs, more])


def joined(parts: Sequence[PointRuns]) -> PointRuns:
    """Parts of the runs of one point as one."""
    if len(parts) == 1:
        return parts[0]
    counts = np.sum([part.size_counts for part in parts], axis=0)
    return PointRuns(np.concatenate([part.values for part in parts]), counts)


def recorded(
    study: Study, point: Point, outcomes: Sequence[Outcome], parts: Sequence[PointRuns]
) -> PointRecord:
    """The record of a point from its runs, in consecutive parts."""
    runs = joined(parts)
    return record_of(study, point, runs, next(estimates_of_points(outcomes, [runs.values])))


def record_of(
    study: Study, point: Point, runs: PointRuns, estimates: list[list[float]]
) -> PointRecord:
    """The record of a point from all its runs and the estimates of each outcome."""
    kept = runs if study.keep == "runs" else PointRuns(np.empty((0, 0)), runs.size_counts)
    numbers = np.array([number for each in estimates for number in each])
    return PointRecord(point, len(runs.values), None, numbers, kept)


def failed(study: Study, point: Point, problem: str) -> PointRecord:
    """The record of a point that cannot be run."""
    return PointRecord(point, 0, problem, np.full(len(estimate_names(study)), nan), None)


def estimate_names(study: Study) -> list[str]:
    """Names of all estimates, outcome by outcome."""
    return [name for each in study.base_outcomes for name in names_of(each)]


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
    return next(estimates_of_points([outcome], [values[:, None]]))[0]


def estimates_of_points(
    outcomes: Sequence[Outcome], values: Iterable[Reals]
) -> Iterator[list[list[float]]]:
    """The result of `estimates_of` for each outcome of each point.

    Computed together for points of as many runs: a call of NumPy takes as long as a short run.

    Parameters
    ----------
    outcomes : sequence of Outcome, length n_outcomes
    values : iterable of ndarray, shape (n_runs, n_outcomes)
    """
    for n_runs, same in groupby(values, len):
        of_points = np.stack(list(same))
        ordered = np.sort(np.ascontiguousarray(of_points.swapaxes(1, 2)))
        parts = (ordered, of_points.sum(axis=1), ordered.mean(axis=-1), mc_errors(ordered))
        for of_point in zip(*parts, strict=True):
            yield _estimates(outcomes, n_runs, *of_point)


def _estimates(
    outcomes: Sequence[Outcome],
    n_runs: int,
    ordered: Reals,
    sums: Reals,
    means: Reals,
    errors: Reals,
) -> list[list[float]]:
    """The estimates of each outcome of a point, whose values are in ascending order."""
    ranks = [rank(q, n_runs) for q in (OUTER[0], 0.5, OUTER[1])]
    t, found = t_95(n_runs - 1), list[list[float]]()
    for index, outcome in enumerate(outcomes):
        if outcome.is_chance and isnan(sums[index]):  # the point does not have it
            found.append([nan] * len(OF_CHANCE))
            continue
        if outcome.is_chance:
            hits = chance(int(sums[index]), n_runs)
            found.append([hits.chance, hits.mc_error, hits.low, hits.high])
            continue
        row, error = ordered[index], float(errors[index])
        mean = float(row[0] if row[0] == row[-1] else means[index])
        spread = [float(row[each]) for each in ranks]
        found.append([mean, error, mean - error * t, mean + error * t, *spread])
    return found


def mc_errors(ordered: Reals) -> Reals:
    """Monte Carlo standard errors of means; exactly 0 where all runs have the same value.

    Parameters
    ----------
    ordered : ndarray, shape (..., n_runs), ascending along runs

    Returns
    -------
    ndarray, shape (...,); NaN with a single run
    """
    n_runs = ordered.shape[-1]
    if n_runs < 2:
        return np.full(ordered.shape[:-1], nan)
    errors: Reals = ordered.std(axis=-1, ddof=1) / sqrt(n_runs)
    return np.where(ordered[..., 0] == ordered[..., -1], 0.0, errors)


def is_precise(outcome: Outcome, values: Reals, precision: float) -> bool:
    """True if half the width of an outcome's interval is at most `precision`, and can be trusted.

    Examples
    --------
    >>> size = Outcome("size", "size")
    >>> alike, rare = np.full(200, 20.0), np.repeat([20.0, 21.0], [195, 5])
    >>> [is_precise(size, values, 0.05) for values in (alike, rare, np.full(5000, 20.0))]
    [False, True, True]
    """
    if np.isnan(values).all():  # the point does not have it
        return True
    if half_width(outcome, values) > precision:
        return False
    if outcome.is_chance or values.size >= ENOUGH_ALIKE:
        return True
    commonest = np.unique(values, return_counts=True)[1].max()
    return bool(values.size - commonest >= LEAST_OTHERWISE)


def half_width(outcome: Outcome, values: Reals) -> float:
    """Half the width of the 95 % interval of an outcome; infinite for a mean of a single run."""
    if outcome.is_chance:
        found = chance(int(values.sum()), values.size)
        return 0.5 * (found.high - found.low)
    if values.size < 2:
        return inf
    return float(mc_errors(np.sort(values)[None, :])[0]) * t_95(values.size - 1)
