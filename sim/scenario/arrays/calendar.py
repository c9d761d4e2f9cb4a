"""Dated events: sorted, with the nations they name and the days on which something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.core.draws import stable_key
from sim.core.event_kinds import DEAL, EVENT_KINDS
from sim.core.layout import Events, Integers, Reals
from sim.core.stages import STAGES
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.events import TEMPO
from sim.scenario.schema import Scenario

KINDS = {name: number for number, name in enumerate(EVENT_KINDS)}
"""Kinds of event under their names in a file, in the order in which those of a day take effect."""

OF_ALL = 1

LISTED = ("day", "kind", "row", "is_drawn", "until", "lasts", "target")
"""Whole numbers of each event, those first by which events are sorted."""


def target_index(event: Any, scenario: Scenario) -> int:
    """Return the condition or tempo, the stage, or whether all nations are meant; else 0."""
    if event.of_condition:
        return [*scenario.conditions, TEMPO].index(getattr(event, event.kind))
    if event.kind == "move":
        return STAGES.index(event.to)
    return OF_ALL if event.nations and getattr(event, event.nations) == "all" else 0


def named_nations(event: Any) -> tuple[str, ...]:
    """Return the ids of the nations that an event names; none if it means all."""
    named = getattr(event, event.nations) if event.nations else ()
    return () if named == "all" else named


def mark_busy(busy: Integers, event: Any, day: int, until: int) -> None:
    """Write 1 for each day on which an event of some day begins, may begin or ends.

    Parameters
    ----------
    busy : ndarray, shape (n_days + 1,)
    event : DatedEvent
    day, until : int
        Its date, and the first day on which it no longer holds.
    """
    n_days = busy.size - 1
    if 1 <= day <= n_days:
        busy[day] = 1
    if until <= n_days:
        busy[max(until, 0)] = 1
    if event.kind == "deal" and event.probability != 1.0:
        busy[day : min(until, n_days) + 1] = 1


def stated_pledges(events: list[Any], scenario: Scenario) -> Reals:
    """Return the pledges that moves state, in units; not a number where none is stated."""
    pledges = np.full((len(events), len(scenario.contributions)), np.nan)
    for row, event in enumerate(events):
        if event.kind == "move" and event.pledge is not None:
            pledges[row] = [event.pledge.get(kind, 0.0) for kind in scenario.contributions]
    return pledges


def event_arrays(scenario: Scenario, keys: Sequence[str]) -> Events:
    """Return a scenario's events, sorted by day, kind and place in the file.

    Those whose date is drawn count as of day 0 until a run draws it.

    Parameters
    ----------
    scenario : Scenario
    keys : sequence of str
        What the draws of each event depend on, from `event_keys`.
    """
    listed = list[tuple[int, ...]]()
    busy = np.zeros(scenario.days + 1, dtype=np.int64)
    for number, event in enumerate(scenario.events):
        is_drawn = isinstance(event.date, DrawnDate)
        day = 0 if isinstance(event.date, DrawnDate) else event.date
        until, target = event.until(day), target_index(event, scenario)
        listed.append((day, KINDS[event.kind], number, is_drawn, until, event.lasts, target))
        if not is_drawn:  # else its days differ from run to run
            mark_busy(busy, event, day, until)
    listed.sort()
    columns = np.array(listed, dtype=np.int64).reshape(-1, len(LISTED)).T.copy()
    events = [scenario.events[number] for _, _, number, *_ in listed]
    indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
    n_nations, begins = len(indices), len(indices) * np.arange(len(events) + 1)
    named = {  # each event with each nation, in file order of the nations
        place * n_nations + indices[nation]
        for place, event in enumerate(events)
        for nation in named_nations(event)
    }
    pairs = np.array(sorted(named), dtype=np.int64)
    key = np.zeros(len(events), dtype=np.uint64)
    for place, (_, kind, number, *_) in enumerate(listed):
        if kind == DEAL:  # no other event has draws of its own
            key[place] = stable_key(keys[number])
    return Events(
        **dict(zip(LISTED, columns, strict=True)),
        who_start=np.searchsorted(pairs, begins).astype(np.int64),
        who=pairs % n_nations,
        pledge=stated_pledges(events, scenario),
        key=key,
        busy=busy,
    )
