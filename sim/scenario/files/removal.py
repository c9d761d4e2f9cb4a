"""A scenario's tree without some nations, and without what refers to them."""

from __future__ import annotations

from collections.abc import Collection

from sim.scenario.events import EVENT_MODELS
from sim.scenario.files.catalogue import Folder, find_file
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.tables import dyad_table
from sim.scenario.files.tree import Node


def without_nations(root: Node, ids: Collection[str], folder: Folder) -> tuple[Node, list[Problem]]:
    """A tree in which nothing refers to some nations.

    They are taken out of leaders, groups and events; their dyads and the changes to them go. An
    event that has none of its nations left has the value None. Members that success asks for stay,
    to be refused: without one of them success would be another question.

    Parameters
    ----------
    root : Node
        A scenario as it is written.
    ids : collection of str
    folder : callable
        Folder of the file that holds a node.

    Returns
    -------
    root : Node
    problems : list of Problem
        What is wrong with a table of dyads.
    """
    entries, problems = dict(root.value), list[Problem]()
    nations, ties, events = (entries.get(key) for key in ("nations", "ties", "events"))
    if nations is not None:
        changes = nations.get("set")
        if changes is not None and isinstance(changes.value, dict):
            kept = {key: each for key, each in changes.value.items() if key not in ids}
            entries["nations"] = nations.at({**nations.value, "set": changes.at(kept)})
    if "leaders" in entries:
        entries["leaders"] = _without(entries["leaders"], ids)
    if ties is not None and isinstance(ties.value, dict):
        entries["ties"], problems = _ties_without(ties, ids, folder)
    if events is not None and isinstance(events.value, list):
        entries["events"] = events.at([_event_without(event, ids) for event in events.value])
    return root.at(entries), problems


def _without(listed: Node, ids: Collection[str]) -> Node:
    """A list of ids without some of them."""
    if not isinstance(listed.value, list):
        return listed
    return listed.at([each for each in listed.value if each.value not in ids])


def _ties_without(ties: Node, ids: Collection[str], folder: Folder) -> tuple[Node, list[Problem]]:
    entries, problems = dict(ties.value), list[Problem]()
    groups, dyads = entries.get("groups"), entries.get("dyads")
    if groups is not None and isinstance(groups.value, dict):
        kept = {}
        for name, group in groups.value.items():
            members = group.get("members")
            kept[name] = _without(group, ids)
            if members is not None:
                kept[name] = group.at({**group.value, "members": _without(members, ids)})
        entries["groups"] = groups.at(kept)
    if dyads is not None and isinstance(dyads.value, str) and dyads.value:
        try:
            dyads = dyad_table(find_file(dyads.value, folder(dyads)), dyads)
        except ScenarioError as error:
            problems += error.problems
            dyads = dyads.at([])
    if dyads is not None and isinstance(dyads.value, list):
        entries["dyads"] = dyads.at([each for each in dyads.value if not _joins(each, ids)])
    return ties.at(entries), problems


def _joins(dyad: Node, ids: Collection[str]) -> bool:
    """Whether a dyad has one of the nations."""
    return isinstance(dyad.value, list) and any(each.value in ids for each in dyad.value[:2])


def _event_without(event: Node, ids: Collection[str]) -> Node:
    """An event without some nations; None in its place if it has no others."""
    if not isinstance(event.value, dict):
        return event
    for kind, model in EVENT_MODELS.items():
        named = event.get(model.nations) if model.nations and kind in event.value else None
        if named is None:
            continue
        if named.value in ids if isinstance(named.value, str) else False:
            return event.at(None)
        kept = _without(named, ids)
        if isinstance(kept.value, list) and named.value and not kept.value:
            return event.at(None)
        return event.at({**event.value, model.nations: kept})
    return event
