"""Forecasts of a coalition as of a date: ordinary ensembles that start from what was known then."""

from __future__ import annotations

import datetime
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from sim.calibration.history import History, load_history
from sim.calibration.likelihood import (
    Coefficients,
    ImpossibleRecordError,
    coefficients_of,
    log_likelihood,
)
from sim.calibration.occasions import Course, likely_calendars, shipped_courses
from sim.calibration.replay import Calendar, without_drawn_occasions
from sim.calibration.standing import at_medians, hidden_draws, past_of, scenario_as_of
from sim.core.layout import Reals
from sim.engines.run import run
from sim.results.ensemble import Ensemble
from sim.scenario.arrays.numbers import inputs_at_medians
from sim.scenario.events import DatedEvent, Signal
from sim.scenario.files.posterior import is_of_behaviour
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from sim.calibration.fit import Progress  # which loads an optimiser

__all__ = ["forecast", "forecast_scenario", "record_weights"]

N_DRAWS = 1000

UNSCHEDULED = "unscheduled"
"""Names of drawn occasions begin so."""


def forecast(
    history: History | str | os.PathLike[str],
    as_of: datetime.date | str | int = 0,
    runs: int = 1000,
    seed: int = 0,
    **options: Any,
) -> Ensemble:
    """Run a coalition on from a date, given its record up to the end of that day.

    Parameters
    ----------
    history : History, path or name
        A coalition with its record; see `sim.load_history`.
    as_of : date, or text such as "2003-03-01", or a number of days from the start
    runs, seed : int
    **options
        Those of `forecast_scenario`.

    Returns
    -------
    Ensemble
        Day 0 is the day of the forecast.

    Raises
    ------
    ScenarioError
        The history is wrong, or has no record.
    ValueError
        The date is out of range, the past is random, or the record cannot happen.

    Examples
    --------
    >>> import sim
    >>> found = sim.forecast("histories/libya_2011", "2011-03-20", runs=100, n_draws=50)
    >>> found.date(0), found.n_days
    (datetime.date(2011, 3, 20), 42)
    """
    known = history if isinstance(history, History) else load_history(history)
    later = forecast_scenario(known, as_of, seed=seed, **options)
    return run(later, runs=runs, seed=seed)


def forecast_scenario(  # noqa: PLR0913 (all that a forecast takes)
    history: History,
    as_of: datetime.date | str | int = 0,
    parameters: Mapping[str, Sequence[float]] | None = None,
    weights: Sequence[float] | None = None,
    n_draws: int = N_DRAWS,
    calendar: Calendar = "known",
    seed: int = 0,
    reported: float = 0.5,
    courses: Sequence[Course] | None = None,
    progress: Progress | None = None,
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
    calendar : {"known", "scheduled", "all"}
        Later events: meetings, which are scheduled, and drawn occasions, which are not; meetings
        alone; or all that the history has.
    seed : int
        Of the draws.
    reported : float
        Chance that an exit before a public word is in the record.
    courses : sequence of Course, optional
        Occasions of other coalitions, for ``known``; by default of the shipped histories.
    progress : callable of (draws of the parameters done, all of them), optional

    Raises
    ------
    ValueError
        The date is out of range; draws of parameters differ in number, or are not of the behaviour.

    Notes
    -----
    What the scenario draws at random counts at its median up to the date; see `random_past`.
    """
    day = day_of(history, as_of)
    if calendar != "all":
        history = without_drawn_occasions(history)
    later = scenario_as_of(history, day, calendar)
    history = at_medians(history, day)
    random = np.random.default_rng([seed, day])
    drawn: dict[str, list[Any]] = {}
    if calendar == "known":
        courses = shipped_courses(history) if courses is None else courses
        calendars = likely_calendars(history, day, courses, n_draws, seed)
        later, drawn = with_occasions(later, calendars, day)
    if not parameters:
        at = coefficients_of(inputs_at_medians(history.scenario))
        found = hidden_draws(history, day, at, n_draws, random, reported=reported)
        return later.with_draws(drawn | found, beside=True)
    if weights is None:
        weights = record_weights(history, day, parameters, reported=reported).tolist()
    chances = np.asarray(weights, dtype=float)
    rows = np.sort(random.choice(chances.size, n_draws, p=chances / chances.sum()))
    hidden: dict[str, list[Any]] = defaultdict(list)
    past = past_of(history, day, reported)
    taken, counts = np.unique(rows, return_counts=True)
    for done, (row, times) in enumerate(zip(taken, counts, strict=True), 1):
        numbers, at = coefficients_with(history, parameters, int(row))
        found = hidden_draws(history, day, at, int(times), random, past=past)
        for path, values in found.items():
            hidden[path] += values
        for path, number in numbers.items():
            hidden[path] += [number] * int(times)
        if progress is not None:
            progress(done, taken.size)
    return later.with_draws(drawn | hidden, beside=True)


def with_occasions(
    later: Scenario, calendars: Sequence[Sequence[DatedEvent]], day: int
) -> tuple[Scenario, dict[str, list[Any]]]:
    """Return a scenario with room for all occasions of some calendars, and these as joint draws.

    Parameters
    ----------
    later : Scenario
        From a day of a history on.
    calendars : sequence of sequence of DatedEvent
        Dated in days of the history.
    day : int

    Returns
    -------
    scenario : Scenario
        It has events for the first, the second and further triggers, lists and signals of a run.
    draws : dict of list, as long as ``calendars``
        Their dates and numbers by path. The date is after the last day where a calendar has fewer.
    """
    never = later.days + 1
    slots: dict[str, dict[str, Any]] = {}
    draws: dict[str, list[Any]] = {}
    for row, calendar in enumerate(calendars):
        n_so_far = Counter[str]()
        for event in calendar:
            slot = _slot_of(event, day)
            n_so_far[slot] += 1
            name = f"{slot}_{n_so_far[slot]}"
            numbers = {field: getattr(event, field) for field in event.numbers}
            if name not in slots:
                slots[name] = _event_of(event, name, never)
                for field, value in {"date": never, **numbers}.items():
                    draws[f"events.{name}.{field}"] = [value] * len(calendars)
            for field, value in {"date": event.first_date - day, **numbers}.items():
                draws[f"events.{name}.{field}"][row] = value
    full = later.full()
    full["events"] += slots.values()
    return scenario_from_dict(full), draws


def days_of_occasions(later: Scenario) -> list[int]:
    """Return on how many days each draw of a forecast has occasions that are not scheduled."""
    if later.draws is None:
        return []
    dates = [
        values
        for path, values in later.draws.columns.items()
        if path.startswith(f"events.{UNSCHEDULED}_") and path.endswith(".date")
    ]
    by_draw = zip(*dates, strict=True) if dates else [()] * later.draws.n_lines
    return [len({date for date in each if date <= later.days}) for each in by_draw]


def _slot_of(event: DatedEvent, day: int) -> str:
    """Name of the events that an occasion is one of; those of a meeting have their own."""
    if isinstance(event, Signal):
        return f"{UNSCHEDULED}_signal_{event.signal}"
    is_of_all = getattr(event, event.nations) == "all"
    of_meeting = "" if is_of_all else f"_of_day_{event.first_date - day}"
    return f"{UNSCHEDULED}_{event.kind}{of_meeting}"


def _event_of(event: DatedEvent, name: str, never: int) -> dict[str, Any]:
    """An occasion as an event of a scenario that happens on any day, or never."""
    label = {event.kind: name}
    if isinstance(event, Signal):
        label = {event.kind: event.signal, "name": name}
    nations = {event.nations: getattr(event, event.nations)} if event.nations else {}
    numbers = {field: getattr(event, field) for field in event.numbers}
    return {"date": {"uniform": [1, never]}, **label, **nations, **numbers}


def record_weights(
    history: History,
    day: int,
    parameters: Mapping[str, Sequence[float]],
    weights: Sequence[float] | None = None,
    reported: float = 0.5,
    progress: Progress | None = None,
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
    progress : callable of (draws done, all of them), optional

    Returns
    -------
    ndarray, shape (K,)
        Weights times likelihoods of the record, adding up to 1.

    Raises
    ------
    ValueError
        Parameters differ in the number of draws, or are not of the behaviour.
    ImpossibleRecordError
        The record cannot happen under any of them.

    Notes
    -----
    Draws that were fitted to this very record hold what came later already.
    """
    lengths = {len(values) for values in parameters.values()} | (
        set() if weights is None else {len(weights)}
    )
    if len(lengths) != 1:
        raise ValueError("all parameters must have the same number of draws")
    history = at_medians(history, day)
    past = past_of(history, day, reported)
    likelihoods, impossible = list[float](), None
    n_rows = lengths.pop()
    for row in range(n_rows):
        at = coefficients_with(history, parameters, row)[1]
        try:
            likelihoods.append(log_likelihood(past, at, with_gradient=False).log_likelihood)
        except ImpossibleRecordError as error:
            likelihoods.append(-np.inf)
            impossible = error
        if progress is not None:
            progress(row + 1, n_rows)
    total = np.array(likelihoods)
    if weights is not None:
        with np.errstate(divide="ignore"):  # a weight of 0 leaves nothing
            total += np.log(np.maximum(weights, 0.0))
    if impossible is not None and total.max() == -np.inf:
        raise impossible
    return np.asarray(np.exp(total - logsumexp(total)))


def coefficients_with(
    history: History, parameters: Mapping[str, Sequence[float]], row: int
) -> tuple[dict[str, float], Coefficients]:
    """One draw of the parameters by path, and the coefficients with it.

    Raises
    ------
    ValueError
        One is no number of the behaviour or of memory: what a day has moved, a draw would undo.
    """
    for path in parameters:
        if not is_of_behaviour(path):
            raise ValueError(f"parameters: {path} is no number of the behaviour or of memory")
    numbers = {path: float(values[row]) for path, values in parameters.items()}
    return numbers, coefficients_of(inputs_at_medians(history.scenario.with_changes(numbers)))


def day_of(history: History, as_of: datetime.date | str | int) -> int:
    """The day of a history that a date stands for."""
    if isinstance(as_of, int):
        return as_of
    date = datetime.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    return history.day(date)
