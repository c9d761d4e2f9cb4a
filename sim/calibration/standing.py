"""A scenario as it stands on a day of it: what has happened, and the calendar from then on.

Nations that are known to be public, or to have refused, are so from the start; meetings and
announcements of the past are remembered; conditions stand where they stood. What is hidden, the
stages of all others, the dispositions and the climate, comes from `hidden_draws`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from sim.calibration.history import History
from sim.calibration.likelihood import (
    Coalition,
    Coefficients,
    Quadrature,
    coalition_of,
    hidden_state,
    quadrature,
)
from sim.calibration.replay import SCHEDULED, Calendar, published_day, replayed
from sim.core.elementary import log_odds, logistic
from sim.core.likelihood import HIDDEN
from sim.core.stages import LEFT, NO_DAY, PUBLIC, STAGES
from sim.scenario.distribution import Distribution
from sim.scenario.events import ANNOUNCED, Signal, event_kind
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

REMEMBERED = ("meeting", "trigger")
STARTED = (*HIDDEN, PUBLIC)
"""Stages that a hidden state may start in, in the order of its places."""


def scenario_as_of(history: History, day: int, calendar: Calendar = "known") -> Scenario:
    """Return a scenario that starts on a day of a history, with what was known at its end.

    Parameters
    ----------
    history : History
    day : int
        From 0 to the day before the last.
    calendar : {"known", "all"}
        Later events: only meetings, which are scheduled before they happen, or all.

    Raises
    ------
    ValueError
        The day is out of range, or a date up to then is drawn at random.
    """
    scenario = history.scenario
    if not 0 <= day < scenario.days:
        raise ValueError(f"the day must lie in 0 to {scenario.days - 1}, not {day}")
    if day == 0 and calendar == "all":
        return scenario
    drawn = [event for event in scenario.events if event.drawn_date and event.first_date <= day]
    if drawn:
        raise ValueError(f"the date of {scenario.event_name(drawn[0])!r} is drawn at random")
    full = scenario.full()
    known = seen_by(history, day)
    full["days"] = scenario.days - day
    as_of = f"day {day}"
    if scenario.start is not None:
        as_of = full["start"] = (scenario.start + datetime.timedelta(days=day)).isoformat()
    full["title"] = f"{scenario.title}, as of {as_of}"
    for nation in full["nations"]:
        if nation["id"] in known:
            nation["stage"] = {STAGES[known[nation["id"]]]: 1.0}
    announced = announcements(history, day)
    full["events"] = [*announced, *events_from(full["events"], day, calendar)]
    model = replayed(history, day)
    if "requirement" in full["commitment"]:
        full["commitment"]["requirement"] = model.requirement
    for nation, agent in zip(full["nations"], model.nations, strict=True):
        nation["support"] = agent.support
    for condition, name in enumerate(full["conditions"]):
        told = full["conditions"][name]
        shifts = (
            float(event.shift)
            for event in scenario.events
            if isinstance(event, Signal)
            and event.signal == name
            and event.first_date <= day
            and not event.lasts
            and not isinstance(event.shift, Distribution)
        )
        told["level"] = float(logistic(log_odds(told["level"]) + sum(shifts)))
        told["start"] = float(model.conditions[condition])
    return scenario_from_dict(full)


def seen_by(history: History, day: int) -> dict[str, int]:
    """Stages, by nation, of those that are known to be public or to have refused by a day."""
    known = {}
    for nation in history.scenario.nations:
        refused, public = history.first_refused(nation.id), published_day(history, nation.id)
        if refused is not None and refused.last is not None and refused.last <= day:
            known[nation.id] = LEFT
        if public is not None and public <= day:
            known[nation.id] = PUBLIC
    return known


def announcements(history: History, day: int) -> Iterator[dict[str, Any]]:
    """Announcements since the start, as events on or before day 0."""
    for nation in history.at_risk:
        public = published_day(history, nation)
        if public is not None and 0 < public <= day:
            yield {"date": public - day, "move": [nation], "to": "public"}


def events_from(
    events: Iterable[Mapping[str, Any]], day: int, calendar: Calendar
) -> Iterator[dict[str, Any]]:
    """Events of the full form that are remembered on a day, or in force or to come after it."""
    for event in events:
        date, kind = event["date"], event_kind(event)
        if date > day:
            if calendar == "all" or kind in SCHEDULED:
                yield {**event, "date": date - day}
        elif kind in REMEMBERED or (kind == "move" and event["to"] in ANNOUNCED):
            yield {**event, "date": date - day}
        elif kind == "deal" and (event["collapses"] or NO_DAY) > day:
            ends = event["collapses"] and event["collapses"] - day
            yield {**event, "date": 1, "collapses": ends}
        elif kind == "signal" and event["days"] and date + event["days"] > day + 1:
            yield {**event, "date": 1, "days": date + event["days"] - day - 1}


def past_of(history: History, day: int) -> Coalition:
    """Return a coalition as it was known at the end of a day."""
    return coalition_of(history, until=day).until(day)


def hidden_draws(  # noqa: PLR0913 (all that the draws rest on)
    history: History,
    day: int,
    coefficients: Coefficients,
    n_draws: int,
    random: np.random.Generator,
    nodes: Quadrature | None = None,
    past: Coalition | None = None,
) -> dict[str, list[Any]]:
    """Return joint draws of what is hidden on a day, given the record until then.

    Parameters
    ----------
    history : History
    day : int
    coefficients : Coefficients
    n_draws : int
    random : Generator
    nodes : Quadrature, optional
        Climates and dispositions are drawn among these values.
    past : Coalition, optional
        What `past_of` returns, to make it once for many coefficients.

    Returns
    -------
    dict of list, each of length n_draws
        By path of the scenario: ``climate``, and the disposition and the stage of every nation
        that is open.
    """
    nodes = nodes or quadrature()
    past = past or past_of(history, day)
    found, known = hidden_state(past, coefficients, nodes), seen_by(history, day)
    climates = random.choice(nodes.climate.size, n_draws, p=found.climate)
    draws: dict[str, list[Any]] = {"climate": nodes.climate[climates].tolist()}
    n_places = len(STARTED)
    for nation, chance in zip(past.seen.nations, np.moveaxis(found.stage, 1, 0), strict=True):
        if nation in known:
            continue
        below = np.cumsum(chance.reshape(nodes.climate.size, -1), axis=1)[climates]
        place = (random.random((n_draws, 1)) * below[:, -1:] >= below).sum(axis=1)
        disposition, stage = np.divmod(place, n_places)
        draws[f"nations.{nation}.disposition"] = nodes.disposition[disposition].tolist()
        draws[f"nations.{nation}.stage"] = [STAGES[STARTED[each]] for each in stage]
    return draws
