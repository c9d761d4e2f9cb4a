"""What can have no effect in words, a line for each reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sim.scenario.addresses import Keys, address_steps, event_steps
from sim.scenario.effects.inert import Inert, inert_parts
from sim.scenario.files.variants import path_of

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MOST_NAMED = 3
"""Paths that a note names one by one."""


def notes_of(scenario: Scenario) -> tuple[str, ...]:
    """What a scenario says that can have no effect, a line each; see `Scenario.notes`."""
    return note_lines(scenario, inert_parts(scenario))


def note_lines(scenario: Scenario, found: Iterable[Inert]) -> tuple[str, ...]:
    """Return what was found as lines: one for each reason, and for each field of nations."""
    lines: dict[tuple[str, Keys], dict[Keys, None]] = {}
    for each in found:
        if each.is_written:
            keys = each.shown or each.keys
            field = keys[2:] if keys[0] == "nations" else ()
            lines.setdefault((each.why, field), {})[keys] = None
    return tuple(f"{_paths(scenario, list(keys))}: {why}" for (why, _), keys in lines.items())


def _paths(scenario: Scenario, places: list[Keys]) -> str:
    """Paths of several places: one for all nations, or the first few."""
    n_places = len(places)
    if places[0][0] == "nations" and n_places == len(scenario.nations) > 1:
        return f"{path_of(('nations', '*', *places[0][2:]))} ({n_places} nations)"
    shown = n_places if n_places <= MOST_NAMED else MOST_NAMED - 1
    paths = ", ".join(path_of(address_of(scenario, keys)) for keys in places[:shown])
    return paths + (f" and {n_places - shown} more" if n_places > shown else "")


def address_of(scenario: Scenario, keys: Keys) -> tuple[str | int, ...]:
    """Return the steps of the path of something, an event by its label."""
    if keys[0] == "events":
        return ("events", *event_steps(scenario)[int(keys[1])], *keys[2:])
    return address_steps(scenario, keys)


def joint_notes(notes: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the notes of several scenarios, by label, as one list.

    A note that all share stands once; any other begins with the labels of those that have it.

    Examples
    --------
    >>> joint_notes({"a": ["x: idle", "y: idle"], "b": ["x: idle"]})
    ('x: idle', 'a: y: idle')
    """
    having: dict[str, list[str]] = {}
    for label, lines in notes.items():
        for line in lines:
            having.setdefault(line, []).append(label)
    return tuple(
        line if len(labels) == len(notes) else f"{', '.join(labels)}: {line}"
        for line, labels in having.items()
    )
