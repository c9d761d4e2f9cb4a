"""Forecasts of a coalition as of a date: ordinary ensembles that start from what was known then."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import logsumexp

from sim.calibration.history import History
from sim.calibration.likelihood import Coefficients, coefficients_of, log_likelihood
from sim.calibration.replay import Calendar
from sim.calibration.standing import hidden_draws, past_of, scenario_as_of
from sim.core.layout import Reals
from sim.engines.run import run
from sim.results.ensemble import Ensemble
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.schema import Scenario

__all__ = ["forecast", "forecast_scenario", "record_weights"]

N_DRAWS = 1000


def forecast(
    history: History,
    as_of: datetime.date | str | int = 0,
    runs: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Ensemble:
    """Run a coalition on from a date, given its record up to the end of that day.

    Parameters
    ----------
    history : History
    as_of : date, or text such as "2003-03-01", or a number of days from the start
    runs, seed : int
    **options
        Those of `forecast_scenario`.

    Returns
    -------
    Ensemble
        Day 0 is the day of the forecast.
    """
    return run(forecast_scenario(history, as_of, seed=seed, **options), runs=runs, seed=seed)


def forecast_scenario(  # noqa: PLR0913 (all that a forecast takes)
    history: History,
    as_of: datetime.date | str | int = 0,
    parameters: Mapping[str, Sequence[float]] | None = None,
    weights: Sequence[float] | None = None,
    n_draws: int = N_DRAWS,
    calendar: Calendar = "known",
    seed: int = 0,
    reported: float = 0.5,
) -> Scenario:
    """Return the scenario of a forecast: it starts on a date, from joint draws of what is hidden.

    Parameters
    ----------
    history : History
    as_of : date, or text such as "2003-03-01", or a number of days from the start
    parameters : mapping, optional
        Joint draws of numbers of the behaviour by path, such as ``behaviour.resolve.rate``; by
        default those of the scenario.
    weights : sequence of float, optional
        How often each draw of the parameters is taken; by default `record_weights`.
    n_draws : int
        Draws of the climate, and of the disposition and stage of every nation that is open.
    calendar : {"known", "all"}
        Later events: only meetings, which are scheduled, or all that the history has.
    seed : int
        Of the draws.
    reported : float
        Chance that an exit before a public word is in the record.

    Raises
    ------
    ValueError
        The date is out of range, or draws of parameters differ in number.
    """
    day = day_of(history, as_of)
    later = scenario_as_of(history, day, calendar, drawn=parameters or ())
    random = np.random.default_rng([seed, day])
    if not parameters:
        at = coefficients_of(arrays_of(history.scenario).inputs)
        return later.with_draws(hidden_draws(history, day, at, n_draws, random, reported=reported))
    if weights is None:
        weights = record_weights(history, day, parameters, reported=reported).tolist()
    chances = np.asarray(weights, dtype=float)
    rows = np.sort(random.choice(chances.size, n_draws, p=chances / chances.sum()))
    drawn: dict[str, list[Any]] = defaultdict(list)
    past = past_of(history, day, reported)
    for row, times in zip(*np.unique(rows, return_counts=True), strict=True):
        numbers, at = coefficients_with(history, parameters, int(row))
        found = hidden_draws(history, day, at, int(times), random, past=past)
        for path, values in found.items():
            drawn[path] += values
        for path, number in numbers.items():
            drawn[path] += [number] * int(times)
    return later.with_draws(drawn)


def record_weights(
    history: History,
    day: int,
    parameters: Mapping[str, Sequence[float]],
    weights: Sequence[float] | None = None,
    reported: float = 0.5,
) -> Reals:
    """Return how much draws of parameters count once the record up to a day is known.

    Parameters
    ----------
    history : History
    day : int
    parameters : mapping
        Joint draws of numbers of the behaviour by path, K of each.
    weights : sequence of float, length K, optional
        How much they count before; alike by default.
    reported : float
        Chance that an exit before a public word is in the record.

    Returns
    -------
    ndarray, shape (K,)
        Weights times likelihoods of the record, adding up to 1.

    Raises
    ------
    ValueError
        Parameters differ in the number of draws.

    Notes
    -----
    Draws that were fitted to this very record hold what came later already.
    """
    lengths = {len(values) for values in parameters.values()} | (
        set() if weights is None else {len(weights)}
    )
    if len(lengths) != 1:
        raise ValueError("all parameters must have the same number of draws")
    past = past_of(history, day, reported)
    likelihoods = [
        log_likelihood(
            past, coefficients_with(history, parameters, row)[1], with_gradient=False
        ).log_likelihood
        for row in range(lengths.pop())
    ]
    total = np.array(likelihoods) + (0.0 if weights is None else np.log(np.maximum(weights, 0.0)))
    return np.asarray(np.exp(total - logsumexp(total)))


def coefficients_with(
    history: History, parameters: Mapping[str, Sequence[float]], row: int
) -> tuple[dict[str, float], Coefficients]:
    """One draw of the parameters by path, and the coefficients with it."""
    numbers = {path: float(values[row]) for path, values in parameters.items()}
    return numbers, coefficients_of(arrays_of(history.scenario.with_changes(numbers)).inputs)


def day_of(history: History, as_of: datetime.date | str | int) -> int:
    """The day of a history that a date stands for."""
    if isinstance(as_of, int):
        return as_of
    date = datetime.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    return history.day(date)
