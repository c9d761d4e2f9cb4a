"""A scenario as it stands on a day of it: what has happened, and the calendar from then on.

Nations that are known to be public, or to have refused or left, are so from the start; meetings and
announcements of the past are remembered; conditions stand where they stood. What is hidden, the
stages of all others, the dispositions and the climate, comes from `hidden_draws`.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
from sim.calibration.poisson_binomial import draw_counted
from sim.calibration.record import JOINING
from sim.calibration.replay import SCHEDULED, Calendar, published_day, replayed
from sim.core.elementary import log_odds, logistic
from sim.core.likelihood import HIDDEN
from sim.core.stages import LEFT, NO_DAY, PUBLIC, STAGES
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.arrays.random import median
from sim.scenario.distribution import upper_end
from sim.scenario.events import (
    TEMPO,
    DatedEvent,
    PlacedNation,
    Signal,
    event_identity,
    event_keys,
    event_kind,
)
from sim.scenario.files.posterior import is_of_behaviour
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

REMEMBERED = ("meeting", "trigger")
NOT_OF_THE_PAST = ("contributions", "success")
"""Parts whose numbers bear on nothing that the record is played through."""

STARTED = (*HIDDEN, PUBLIC)
"""Stages that a hidden state may start in, in the order of its places."""


def scenario_as_of(history: History, day: int, calendar: Calendar = "known") -> Scenario:
    """Return a scenario that starts on a day of a history, with what was known at its end.

    Parameters
    ----------
    history : History
    day : int
        From 0 to the day before the last.
    calendar : {"known", "scheduled", "all"}
        Later events: only meetings, which are scheduled before they happen, or all.

    Raises
    ------
    ValueError
        The day is out of range; a date is drawn at random; joint draws have initial stages, or,
        after day 0, what is no number of the behaviour; or an event has put a nation in a stage
        that the record does not tell.

    Notes
    -----
    What else is drawn at random counts at its median up to the day (see `random_past`), and is
    drawn as the scenario has it from then on, unless an event has moved it. A success that takes
    more days than are left is left out.
    """
    scenario = history.scenario
    if not 0 <= day < scenario.days:
        raise ValueError(f"the day must lie in 0 to {scenario.days - 1}, not {day}")
    _refuse_drawn_stages(scenario)
    known = seen_by(history, day)
    if day == 0 and calendar == "all" and not known:
        return scenario
    _refuse_drawn_dates(scenario)
    _refuse_untold(history, day, known)
    full = scenario.full()
    full["days"] = scenario.days - day
    as_of = f"day {day}"
    if scenario.start is not None:
        as_of = full["start"] = (scenario.start + datetime.timedelta(days=day)).isoformat()
    full["title"] = f"{scenario.title or 'Untitled'}, as of {as_of}"
    for nation in full["nations"]:
        stage = known.get(nation["id"])
        if stage is not None and not (stage == PUBLIC and history.starts_public(nation["id"])):
            nation["stage"] = {STAGES[stage]: 1.0}
    if scenario.success is not None and scenario.success.hold > full["days"]:
        full.pop("success")  # too few days are left to see it
    announced = announcements(history, day)
    full["events"] = [*announced, *events_from(full["events"], day, calendar)]
    if day > 0:
        _move_on(full, at_medians(history, day), day)
    return scenario_from_dict(full)


def _refuse_drawn_stages(scenario: Scenario) -> None:
    """Raise if joint draws of the scenario have initial stages, which the record tells."""
    if scenario.draws is not None and scenario.draws.stages:
        path = scenario.draws.stages[0]
        raise ValueError(f"{path} is drawn by the scenario, as if it were a forecast already")


def _refuse_drawn_dates(scenario: Scenario) -> None:
    """Raise if the date of an event is random."""
    for event in scenario.events:
        if event.drawn_date is not None:
            raise ValueError(f"the date of {_named(scenario, event)!r} is drawn at random")


def _refuse_drawn_jointly(scenario: Scenario) -> None:
    """Raise if joint draws have what a day moves, or events that are over: they would undo that."""
    paths = () if scenario.draws is None else scenario.draws.columns
    for path in paths:
        if not is_of_behaviour(path):
            raise ValueError(
                f"{path} is drawn jointly by the scenario, which forecasts after its first day do "
                "not cover"
            )


def random_past(scenario: Scenario, day: int, drawn: Collection[str] = ()) -> list[str]:
    """Return what is drawn at random, by its path, and bears on the past of a day.

    Parameters
    ----------
    scenario : Scenario
    day : int
    drawn : collection of str
        Paths of numbers of the behaviour that draws of parameters have.
    """
    if day == 0:
        return []
    keys = zip(scenario.events, event_keys(scenario.events), strict=True)
    past = {key for event, key in keys if event.first_date <= day}
    found = [f"conditions.{name}.volatility" for name in _volatile(scenario)]
    for path in (each.path for each in arrays_of(scenario).drawn):
        part, _, _ = path.partition(".")
        is_later = part == "events" and path.rpartition(".")[0] not in past
        is_drawn = part == "behaviour" and path in drawn
        if not is_later and not is_drawn and part not in NOT_OF_THE_PAST and path not in found:
            found.append(path)
    return found


def at_medians(history: History, day: int) -> History:
    """A history for the past of a day: its scenario draws no number, and chance moves no condition.

    All numbers are at their medians, those of joint draws on the middle line of their table. Day 0
    has no past.

    Raises
    ------
    ValueError
        A date is drawn at random; or joint draws have initial stages, or, after day 0, what is no
        number of the behaviour.
    """
    scenario = history.scenario
    _refuse_drawn_stages(scenario)
    if day == 0:
        return history
    _refuse_drawn_dates(scenario)
    _refuse_drawn_jointly(scenario)
    changes = {each.path: median(each.distribution) for each in arrays_of(scenario).drawn}
    changes |= {f"conditions.{name}.volatility": 0.0 for name in _volatile(scenario)}
    if not changes:
        return history
    return History(scenario.with_changes(changes), history.entries)


def _volatile(scenario: Scenario) -> list[str]:
    """Names of the conditions that chance moves."""
    conditions = scenario.conditions.items()
    return [name for name, each in conditions if upper_end(each.volatility) > 0.0]


def _refuse_untold(history: History, day: int, known: Mapping[str, int]) -> None:
    """Raise if a past event put a nation in a stage that is lost: the record does not tell it."""
    stages = {nation.id: nation.stage for nation in history.scenario.nations}
    for event in history.scenario.events:
        if not isinstance(event, PlacedNation) or not 0 < event.first_date <= day:
            continue
        for nation in event.move:
            told = known.get(nation)
            is_told = told is not None and STAGES[told] == event.to
            is_told |= told == PUBLIC and event.to != STAGES[LEFT]
            if not is_told and stages[nation] != {event.to: 1.0}:
                raise ValueError(
                    f"the event {_named(history.scenario, event)!r} of day {event.first_date} puts "
                    f"{nation} in the stage {event.to}, and the record does not"
                )


def _named(scenario: Scenario, event: DatedEvent) -> str:
    """What people call an event, or its kind and subject."""
    return scenario.event_name(event) or f"{event.kind} {event_identity(event).subject}".strip()


def _move_on(full: dict[str, Any], history: History, day: int) -> None:
    """Put conditions, support, requirement and tempo where they stood at the end of a day.

    The history is at its medians; what nothing has moved stays as the full form has it.
    """
    scenario, model = history.scenario, replayed(history, day)
    if "requirement" in full["commitment"] and model.requirement != scenario.commitment.requirement:
        full["commitment"]["requirement"] = model.requirement
    for nation, agent, start in zip(full["nations"], model.nations, scenario.nations, strict=True):
        if agent.support != start.support:
            nation["support"] = agent.support
    lasting: dict[str, float] = defaultdict(float)
    for event in scenario.events:
        if isinstance(event, Signal) and event.first_date <= day and not event.lasts:
            lasting[event.signal] += upper_end(event.shift)
    for place, (name, condition) in enumerate(scenario.conditions.items()):
        told = full["conditions"][name]
        if name in lasting or told["level"] == condition.level:
            level = log_odds(upper_end(condition.level)) + lasting[name]
            told["level"] = float(logistic(level))
        told["start"] = float(model.conditions[place])
    if TEMPO in lasting:
        full["tempo"] = upper_end(scenario.tempo) * math.exp(lasting[TEMPO])


def seen_by(history: History, day: int) -> dict[str, int]:
    """Stages, by nation, of those that are known to be public, to have refused or to have left.

    One that was in talks again after a refusal is not known; one that left and joined again is.
    """
    known = {}
    for nation in history.scenario.nations:
        public = published_day(history, nation.id)
        if history.has_refused(nation.id, day):
            known[nation.id] = LEFT
        if public is not None and public <= day:
            known[nation.id] = PUBLIC
        rows = history.of(nation.id, (*JOINING, "left"))
        lasts = [(history.day(row.last), row.event != "left") for row in rows if row.last]
        past = [(last, joined) for last, joined in lasts if last <= day]
        if past and not max(past)[1]:
            known[nation.id] = LEFT
    return known


def announcements(history: History, day: int) -> Iterator[dict[str, Any]]:
    """Announcements since the start, as events on or before day 0."""
    for nation in history.at_risk:
        public = published_day(history, nation)
        if public is not None and 0 < public <= day and not history.starts_public(nation):
            yield {"date": public - day, "move": [nation], "to": "public"}


def events_from(
    events: Iterable[Mapping[str, Any]], day: int, calendar: Calendar
) -> Iterator[dict[str, Any]]:
    """Events of the full form that are remembered on a day, or in force or to come after it.

    Nations that events have put in a stage are in the record, and so among the announcements.
    """
    for event in events:
        date, kind = event["date"], event_kind(event)
        if date > day:
            if calendar == "all" or kind in SCHEDULED:
                yield {**event, "date": date - day}
        elif kind in REMEMBERED or (kind == "move" and date <= 0):
            yield {**event, "date": date - day}
        elif kind == "deal" and (event["collapses"] or NO_DAY) > day:
            is_known = calendar == "all" and event["collapses"]
            ends = event["collapses"] - day if is_known else None
            yield {**event, "date": 1, "collapses": ends}
        elif kind == "signal" and event["days"] and date + event["days"] > day + 1:
            yield {**event, "date": 1, "days": date + event["days"] - day - 1}


def past_of(history: History, day: int, reported: float = 0.5) -> Coalition:
    """Return a coalition as it was known at the end of a day.

    Parameters
    ----------
    history : History
    day : int
    reported : float
        Chance that an exit before a public word is in the record.
    """
    return coalition_of(history, reported, until=day).until(day)


def hidden_draws(  # noqa: PLR0913 (all that the draws rest on)
    history: History,
    day: int,
    coefficients: Coefficients,
    n_draws: int,
    random: np.random.Generator,
    nodes: Quadrature | None = None,
    past: Coalition | None = None,
    reported: float = 0.5,
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
    reported : float
        Chance that an exit before a public word is in the record; ``past`` has its own.

    Returns
    -------
    dict of list, each of length n_draws
        By path of the scenario: ``climate``, and the disposition and the stage of every nation
        that is open.
    """
    nodes = nodes or quadrature()
    past = past or past_of(history, day, reported)
    found, known = hidden_state(past, coefficients, nodes), seen_by(history, day)
    climates = random.choice(nodes.climate.size, n_draws, p=found.climate)
    draws: dict[str, list[Any]] = {"climate": nodes.climate[climates].tolist()}
    n_places = len(STARTED)
    if found.counted is not None:
        number, willing, by_willing = found.counted
        was_willing = draw_counted(willing, number, climates, random).astype(np.int64)
    for at, nation in enumerate(past.seen.nations):
        if nation in known:
            continue
        if found.counted is None:
            chance = found.stage[climates, at]
        else:
            chance = by_willing[was_willing[:, at], climates, at]
        below = np.cumsum(chance.reshape(n_draws, -1), axis=1)
        place = (random.random((n_draws, 1)) * below[:, -1:] >= below).sum(axis=1)
        disposition, stage = np.divmod(place, n_places)
        draws[f"nations.{nation}.disposition"] = nodes.disposition[disposition].tolist()
        draws[f"nations.{nation}.stage"] = [STAGES[STARTED[each]] for each in stage]
    return draws
