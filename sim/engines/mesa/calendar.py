"""The dated events of a run, and the days on which they are due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.core.draws import stable_key
from sim.core.layout import Inputs, Reals
from sim.scenario.arrays.calendar import KINDS, named_nations, target_index
from sim.scenario.events import event_keys
from sim.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class ScheduledEvent:
    """One event with the numbers of this run.

    Attributes
    ----------
    event : one of the models in `sim.scenario.events`
    kind : str
    number : int
        Of its kind, in `sim.core.event_kinds`.
    date : int
        First day on which it holds, in this run.
    is_drawn : bool
        True if the date was drawn for the run.
    until : int
        First day on which it no longer holds.
    first, second : float
        Its numbers; see ``Inputs.event``.
    names_all : bool
        True if it names ``all`` nations, not some by their ids.
    nations : tuple of int
        Indices of the nations that it names, in the order of the scenario.
    condition : int
        Index of the condition that it names, after the last one that of tempo; -1 for none.
    pledge : tuple of float, one a kind, in units; or None
        The pledge that it states.
    key : uint64
        For draws of its own.
    """

    event: Any
    kind: str
    number: int
    date: int
    is_drawn: bool
    until: int
    first: float
    second: float
    names_all: bool
    nations: tuple[int, ...]
    condition: int
    pledge: tuple[float, ...] | None
    key: np.uint64


class Calendar:
    """All events of a run, by date, then in the order in which the kinds take effect.

    Parameters
    ----------
    scenario : Scenario
    inputs : Inputs
        The run's numbers and drawn dates of each event, in the order of the scenario.

    Attributes
    ----------
    events : list of ScheduledEvent
    first_day : int
        The earliest date, at most 1.
    """

    def __init__(self, scenario: Scenario, inputs: Inputs) -> None:
        keys = event_keys(scenario.events)
        indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
        events = [
            _scheduled(
                event,
                scenario,
                indices,
                int(inputs.event_date[index]) if event.drawn_date else event.first_date,
                inputs.event[index],
                stable_key(keys[index]),
            )
            for index, event in enumerate(scenario.events)
        ]
        self.events = sorted(events, key=lambda event: (event.date, KINDS[event.kind]))
        self.first_day = min([1, *(event.date for event in events)])
        self._of_kinds: dict[tuple[int, ...], list[ScheduledEvent]] = {}
        self._by_date: dict[int, list[ScheduledEvent]] = {}
        for event in self.events:
            self._by_date.setdefault(event.date, []).append(event)

    def due(self, day: int) -> list[ScheduledEvent]:
        """Return the events that are dated on a day, in the order in which they take effect."""
        return self._by_date.get(day, [])

    def in_force(self, kinds: tuple[int, ...], day: int) -> list[ScheduledEvent]:
        """Return the events of some kinds that have begun by a day and not ended."""
        if kinds not in self._of_kinds:
            self._of_kinds[kinds] = [event for event in self.events if event.number in kinds]
        return [event for event in self._of_kinds[kinds] if event.date <= day < event.until]


def _scheduled(
    event: Any,
    scenario: Scenario,
    indices: dict[str, int],
    date: int,
    numbers: Reals,
    key: np.uint64,
) -> ScheduledEvent:
    """An event of the scenario, with indices in place of names."""
    names_all = bool(event.nations) and getattr(event, event.nations) == "all"
    named = {indices[nation] for nation in named_nations(event)}
    condition, pledge = -1, None
    if event.of_condition:
        condition = target_index(event, scenario)
    if event.kind == "move" and event.pledge is not None:
        pledge = tuple(event.pledge.get(kind, 0.0) for kind in scenario.contributions)
    return ScheduledEvent(
        event=event,
        kind=event.kind,
        number=KINDS[event.kind],
        date=date,
        is_drawn=event.drawn_date is not None,
        until=event.until(date),
        first=float(numbers[0]),
        second=float(numbers[1]),
        names_all=names_all,
        nations=tuple(indices.values()) if names_all else tuple(sorted(named)),
        condition=condition,
        pledge=pledge,
        key=key,
    )
