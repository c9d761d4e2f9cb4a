"""Events that a variant removes and changes, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.scenario.events import event_ordinals, find_events
from sim.scenario.files.errors import Problem
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tree import Node, quoted
from sim.scenario.files.variants import path_of, path_steps, written_identity

Origin = tuple[object, ...]
"""File and place in it where an event was first written."""


class Event(NamedTuple):
    """An event, and where it comes from."""

    origin: Origin
    node: Node


def removed_events(
    events: list[Event], listed: Node, problems: list[Problem]
) -> dict[Origin, Node]:
    """The events that ``remove_events`` names, each with the value that names it."""
    found = {}
    for named in listed.value if isinstance(listed.value, list) else [listed]:
        is_name = isinstance(named.value, str | int) and not isinstance(named.value, bool)
        if not is_name or not named.text:
            message = f"{quoted(named)} must be the name of an event, or a list of names"
            problems.append(named.problem(("remove_events",), message))
            continue
        event, message = _event_meant(events, named.text)
        if event is None:
            problems.append(named.problem(("remove_events",), message))
        else:
            found[event.origin] = named
    return found


def changed_events(
    events: list[Event], changes: Node, problems: list[Problem]
) -> dict[Origin, tuple[Node, Node]]:
    """The events that ``set_events`` changes, each with its name there and what changes."""
    if not isinstance(changes.value, dict):
        message = f"{quoted(changes)} must be a mapping from names of events to what changes"
        problems.append(changes.problem(("set_events",), message))
        return {}
    found: dict[Origin, tuple[Node, Node]] = {}
    for name, change in changes.value.items():
        event, message = _event_meant(events, name)
        if event is not None and event.origin in found:
            message = f"is the same event as {found[event.origin][0].text!r}"
        elif change.value is not None and not isinstance(change.value, dict):
            message = f"{quoted(change)} must be a mapping of what changes"
        if event is None or message:
            problems.append(change.problem(("set_events", name), message))
        else:
            found[event.origin] = (Node(name, change.file, change.line, name), change)
    return found


def _event_meant(events: list[Event], name: str) -> tuple[Event | None, str]:
    """The event of a name as in paths, or what is wrong with the name."""
    identities = [written_identity(event.node) for event in events]
    steps = path_steps(name) or (name,)
    chosen, taken = find_events(steps, identities)
    if len(chosen) == 1 and taken == len(steps):
        return events[chosen[0]], ""
    ordinals = event_ordinals(identities)

    def names() -> Iterator[str]:
        for identity, ordinal in zip(identities, ordinals, strict=True):
            yield from filter(None, (identity.name, identity.subject))
            subject = (identity.subject,) if identity.subject else ()
            yield path_of((identity.kind, *subject, ordinal))

    if len(chosen) > 1:
        identity, ordinal = identities[chosen[0]], ordinals[chosen[0]]
        full = path_of((identity.kind, identity.subject, ordinal))
        message = f"{len(chosen)} events have the name {name!r}; give kind, subject and ordinal"
        return None, f"{message}, such as {full!r}"
    return None, unknown("event", name, list(dict.fromkeys(names())))
