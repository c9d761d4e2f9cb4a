"""Dated events: sorted, with the nations they name and the days on which something happens."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.draws import stable_keys
from sim.core.event_kinds import EVENT_KINDS
from sim.core.layout import Events, Integers, Reals
from sim.core.stages import STAGES
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.events import TEMPO, event_keys
from sim.scenario.schema import Scenario

KINDS = {name: number for number, name in enumerate(EVENT_KINDS)}
"""Kinds of event under their names in a file, in the order in which those of a day take effect."""

OF_ALL = 1


def target_index(event: Any, scenario: Scenario) -> int:
    """Return the condition or tempo, the stage, or whether all nations are meant; else 0."""
    if event.of_condition:
        return [*scenario.conditions, TEMPO].index(getattr(event, event.kind))
    if event.kind == "move":
        return STAGES.index(event.to)
    named = getattr(event, event.nations) if event.nations else ()
    return OF_ALL if named == "all" else 0


def named_nations(event: Any, indices: dict[str, int]) -> list[int]:
    """Return the nations that an event names, moves in file order of the nations."""
    if not event.nations:
        return []
    named = getattr(event, event.nations)
    return [] if named == "all" else sorted({indices[nation] for nation in named})


def busy_days(scenario: Scenario) -> Integers:
    """Return 1 for each day on which an event begins, may begin or ends, shape (n_days + 1,).

    Without the events whose date is drawn, which differs from run to run.
    """
    busy = np.zeros(scenario.days + 1, dtype=np.int64)
    for event in scenario.events:
        if isinstance(event.date, DrawnDate):
            continue
        date, end = event.date, event.until(event.date)
        if 1 <= date <= scenario.days:
            busy[date] = 1
        if end <= scenario.days:
            busy[max(end, 0)] = 1
        if event.kind == "deal" and getattr(event, "probability", 1.0) != 1.0:
            busy[date : min(end, scenario.days) + 1] = 1
    return busy


def stated_pledges(events: list[Any], scenario: Scenario) -> Reals:
    """Return the pledges that moves state, in units; not a number where none is stated."""
    pledges = np.full((len(events), len(scenario.contributions)), np.nan)
    for row, event in zip(pledges, events, strict=True):
        if event.kind == "move" and event.pledge is not None:
            row[:] = [event.pledge.get(kind, 0.0) for kind in scenario.contributions]
    return pledges


def event_arrays(scenario: Scenario) -> Events:
    """Return a scenario's events, sorted by day, kind and place in the file.

    Those whose date is drawn count as of day 0 until a run draws it.
    """
    indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
    keys = event_keys(scenario.events)
    days = [0 if isinstance(event.date, DrawnDate) else event.date for event in scenario.events]
    order = sorted(
        range(len(keys)),
        key=lambda index: (days[index], KINDS[scenario.events[index].kind], index),
    )
    events = [scenario.events[index] for index in order]
    who = [named_nations(event, indices) for event in events]
    return Events(
        kind=np.array([KINDS[event.kind] for event in events], dtype=np.int64),
        day=np.array([days[index] for index in order], dtype=np.int64),
        is_drawn=np.array([isinstance(event.date, DrawnDate) for event in events], dtype=np.int64),
        until=np.array(
            [event.until(days[index]) for index, event in zip(order, events, strict=True)],
            dtype=np.int64,
        ),
        lasts=np.array([event.lasts for event in events], dtype=np.int64),
        target=np.array([target_index(event, scenario) for event in events], dtype=np.int64),
        who_start=np.cumsum([0, *(len(each) for each in who)], dtype=np.int64),
        who=np.array([nation for each in who for nation in each], dtype=np.int64),
        pledge=stated_pledges(events, scenario),
        key=stable_keys(keys[index] for index in order),
        row=np.array(order, dtype=np.int64),
        busy=busy_days(scenario),
    )
