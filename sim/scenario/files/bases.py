"""A scenario over its bases: every file once, in order, with what it adds, removes and changes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sim.scenario.events import EVENT_MODELS
from sim.scenario.files.catalogue import Folder, find_named, shipped_scenarios
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.event_edits import Event, Origin, changed_events, removed_events
from sim.scenario.files.nations import NationEdit
from sim.scenario.files.removal import without_nations
from sim.scenario.files.tree import Node, Source, is_foreign, plain, quoted
from sim.scenario.files.variants import EDIT_KEYS, VARIANT_KEYS, is_distribution, merged
from sim.scenario.files.yaml import read_document
from sim.scenario.parts import DESCRIPTIVE_FIELDS

MOST_BASES = 100
"""Files that a scenario may build on, directly or through others."""

MOST_CONFLICTS = 5
"""Conflicts that are said one by one."""

A_BASE = "must be the path of a scenario file or a shipped name, or a list of them"
WITHOUT_BASE = {
    "add_events": "; without one, use events",
    "add_nations": "; without one, use nations",
}

Key = tuple[object, ...]


class Stacked(NamedTuple):
    """A scenario over its bases.

    Attributes
    ----------
    root : Node
        As a file without a base would hold it.
    nation_edits : list of NationEdit
        Nations that are added and removed, in order.
    removed : dict of str to str
        Ids of removed nations, each with the place that says so.
    above : dict of Source to set of Source
        Files and bases without one, each with those that it builds on.
    notes : list of str
        What a reader should know, such as conflicts between bases.
    """

    root: Node
    nation_edits: list[NationEdit]
    removed: dict[str, str]
    above: dict[Source, set[Source]]
    notes: list[str]


def over_bases(root: Node, keys: Sequence[str], folder: Folder, problems: list[Problem]) -> Stacked:
    """A scenario over its bases, and theirs.

    Every file is applied once, after the files that it builds on, and the bases of a list in their
    order. So two variants of one scenario can be bases together.

    Parameters
    ----------
    root : Node
    keys : sequence of str
        Keys that a scenario or a variant may have.
    folder : callable
        Folder of the file that holds a node.
    problems : list of Problem
        More are added.

    Raises
    ------
    ScenarioError
        The scenario or a base is none or cannot be read, or the bases go round in a circle.
    """
    _must_be_scenario(root, keys, problems)
    document = _Reader(keys, folder, problems).document(root, {})
    # Where each builds on all before it, no two set a value independently.
    is_chain = all(each.order == document.order[:n] for n, each in enumerate(document.order, 1))
    stack = _Stack(folder, problems, may_conflict=not is_chain)
    for each in document.order:
        stack.apply(each)
    above = {
        each.root.source: {below.root.source for below in each.order[:-1]}
        for each in document.order
    }
    removed = {name: place_of(node) for name, node in stack.removed_nations.items()}
    notes = [*stack.notes, *_conflict_notes(list(stack.conflicts.values()))]
    return Stacked(stack.root, stack.nation_edits, removed, above, notes)


def _must_be_scenario(root: Node, keys: Sequence[str], problems: list[Problem]) -> None:
    """Raise unless a file holds a scenario or a variant, right or wrong.

    A file that is neither may be any that a scenario names, so nothing of it is quoted.
    """
    if not isinstance(root.value, dict):
        message = "must be a mapping with at least days and nations"
        raise ScenarioError([*problems, root.problem((), message)])
    if root.value and is_foreign(root, keys):
        message = "is no scenario: it has none of the keys days, nations, base, events, ..."
        raise ScenarioError([root.problem((), message)])


def place_of(node: Node) -> str:
    """File and line of a value."""
    place = os.path.normpath(node.file) if node.file else "the variant"
    return place if node.line is None else f"{place}:{node.line}"


# Files


@dataclass(eq=False)
class _Document:
    """A file, and the files that it is applied over in their order, itself last."""

    root: Node
    order: list[_Document] = field(default_factory=list)
    event_edits: _EventEdits | None = None
    """Found once: bases that build on one another differently would find them over and over."""


class _EventEdits(NamedTuple):
    """The events that a file removes and changes, and what is wrong with the names it gives."""

    removed: dict[Origin, Node]
    changed: dict[Origin, tuple[Node, Node]]
    problems: list[Problem]


class _Reader:
    """Reads the files that a scenario builds on, each once."""

    def __init__(self, keys: Sequence[str], folder: Folder, problems: list[Problem]) -> None:
        self.keys = keys
        self.folder = folder
        self.problems = problems
        self.found: dict[str, _Document] = {}
        self.places: dict[tuple[str, str], tuple[str, str]] = {}
        self.n_inline = 0

    @cached_property
    def shipped(self) -> dict[str, str]:
        """The shipped scenarios, looked for once: each of many files may name all the others."""
        return shipped_scenarios()

    def document(self, root: Node, chain: dict[str, Node]) -> _Document:
        """A file with all that it builds on.

        ``chain`` holds the files that lead to it, each with the value that names the next one.
        """
        order: dict[_Document, None] = {}
        for named in self._named(root):
            here = {**chain, _identity(root.file): named} if root.file else chain
            base = self._base(named, here)
            order |= dict.fromkeys(base.order)
        document = _Document(root)
        document.order = [*order, document]
        return document

    def _named(self, root: Node) -> list[Node]:
        """The values that name the bases of a file."""
        named = root.get("base")
        if named is None:
            return []
        listed = named.value if isinstance(named.value, list) else [named]
        for each in listed:
            is_inline = isinstance(each.value, dict) and not each.file  # from Python
            if not is_inline and (not isinstance(each.value, str) or not each.value):
                raise self._error(each, f"{quoted(each)} {A_BASE}")
        if not listed:
            raise self._error(named, f"{quoted(named)} {A_BASE}")
        return listed

    def _base(self, named: Node, chain: dict[str, Node]) -> _Document:
        if isinstance(named.value, dict):
            self.n_inline += 1
            return self.document(_held_by(named, self.n_inline), chain)
        try:
            path, key = self._place(named)
            if key in chain:
                files = list(chain)[list(chain).index(key) :]
                shown = [os.path.normpath(chain[file].file) for file in files]
                circle = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
                raise self._error(chain[key], f"the bases go round in a circle: {circle}")
            if key not in self.found:
                root, problems = read_document(path, named, ("base",))
                _must_be_scenario(root, self.keys, problems)
                self.problems += problems
                if len(chain) + len(self.found) > MOST_BASES:
                    raise self._error(named, f"there are more than {MOST_BASES} bases")
                self.found[key] = self.document(root, chain)
        except ScenarioError as error:
            before = [each for each in self.problems if each not in error.problems]
            raise ScenarioError([*before, *error.problems]) from None
        return self.found[key]

    def _place(self, named: Node) -> tuple[str, str]:
        """Path of the file that is named, and what all paths of that file have in common."""
        folder = self.folder(named)
        found = self.places.get((folder, named.value))
        if found is None:
            path = find_named(named.value, self.shipped, "scenario", folder, named)
            found = self.places[folder, named.value] = path, _identity(path)
        return found

    @staticmethod
    def _error(node: Node, message: str) -> ScenarioError:
        return ScenarioError([node.problem(("base",), message)])


def _held_by(node: Node, inline: int) -> Node:
    """The same tree as that of a base without a file."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _held_by(child, inline) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_held_by(child, inline) for child in value]
    return Node(value, node.file, node.line, node.text, inline)


def _identity(path: str) -> str:
    """The same text for every path of a file."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


# Merging


class _Write(NamedTuple):
    """A value that a file sets, or that it removes something."""

    document: _Document
    node: Node
    path: str
    removes: bool


class _Stack:
    """Files merged so far."""

    def __init__(self, folder: Folder, problems: list[Problem], may_conflict: bool = False) -> None:
        self.folder = folder
        self.problems = problems
        self.may_conflict = may_conflict
        self.root = Node({}, "", None)
        self.origins: list[Origin] = []
        self.nation_edits: list[NationEdit] = []
        self.removed_nations: dict[str, Node] = {}
        self.removed_events: dict[Origin, Node] = {}
        self.done: list[_Document] = []
        self.notes: list[str] = []
        self.writes: dict[Key, _Write] = {}
        self.above: dict[Key, Key] = {}
        self.conflicts: dict[Key, tuple[_Write, _Write]] = {}

    def apply(self, document: _Document) -> None:
        """One more file."""
        self.merge(document)
        if self.done:
            self._change_events(document)
            self._add_events(document)
            added = document.root.get("add_nations")
            if added is not None:
                self.nation_edits.append(NationEdit("add", added))
        self.done.append(document)

    def merge(self, document: _Document) -> None:
        """What a file says of itself, without the nations that it removes."""
        entries = document.root.value
        own = document.root.at({k: v for k, v in entries.items() if k not in VARIANT_KEYS})
        if not self.done:
            for key in EDIT_KEYS:
                if key in entries:
                    message = f"needs a base{WITHOUT_BASE.get(key, '')}"
                    self.problems.append(entries[key].problem((key,), message))
            self.root = own
        else:
            if "remove_nations" in entries:
                self._remove_nations(document, entries["remove_nations"])
            self.root = merged(self.root, own)
        for steps, node in _leaves(own, ()) if self.may_conflict else ():
            if steps[0] not in DESCRIPTIVE_FIELDS:
                self._record(document, steps, node, ".".join(map(str, steps)))
        if isinstance(entries.get("nations", own).value, list | str):
            self.nation_edits.clear()
        if "events" in entries:
            events = self.root.get("events")
            n_events = len(events.value) if events and isinstance(events.value, list) else 0
            self.origins = [(document, index) for index in range(n_events)]

    def events(self) -> list[Event]:
        """Events with where each comes from."""
        found = self.root.get("events")
        if found is None or not isinstance(found.value, list):
            return []
        return [Event(*each) for each in zip(self.origins, found.value, strict=True)]

    def _put_events(self, events: list[Event], node: Node) -> None:
        self.origins = [event.origin for event in events]
        before = self.root.get("events") or node
        self.root = self.root.at(
            {**self.root.value, "events": before.at([event.node for event in events])}
        )

    def _remove_nations(self, document: _Document, listed: Node) -> None:
        """The scenario so far without some nations and all that refers to them."""
        ids = []
        for node in listed.value if isinstance(listed.value, list) else [listed]:
            if not isinstance(node.value, str) or not node.value:
                message = f"{quoted(node)} must be the id of a nation, or a list of ids"
                self.problems.append(node.problem(("remove_nations",), message))
                continue
            ids.append(node.value)
            self.nation_edits.append(NationEdit("remove", node))
            self.removed_nations[node.value] = node
            key = ("nations", "set", node.value)
            self._record(document, key, node, f"nations.{node.value}", removes=True)
        events = self.events()
        self.root, problems = without_nations(self.root, ids, self.folder)
        self.problems += problems
        left = self.root.get("events")
        if left is None or not events:
            return
        kept, gone = list[Event](), list[Node]()
        for event, node in zip(events, left.value, strict=True):
            if node.value is None and event.node.value is not None:
                gone.append(event.node)
            else:
                kept.append(Event(event.origin, node))
        if gone:
            self._put_events(kept, listed)
            self.notes.append(
                f"{place_of(listed)}: remove_nations: events without nations go too: "
                + ", ".join(map(event_text, gone))
            )

    def _event_edits(self, document: _Document) -> _EventEdits:
        """What a file that is merged already removes and changes among the events."""
        if document.event_edits is not None:
            return document.event_edits
        before = document.order[:-1]
        view = self
        if before and self.done != before:  # names of events mean those of its own bases
            view = _Stack(self.folder, [])
            for each in before:
                view.apply(each)
            view.merge(document)
        events, problems = view.events(), list[Problem]()
        removing, changing = (document.root.get(key) for key in ("remove_events", "set_events"))
        removed = {} if removing is None else removed_events(events, removing, problems)
        changed = {} if changing is None else changed_events(events, changing, problems)
        edits = _EventEdits(removed, changed, problems)
        if before:  # without bases of its own, the names mean what they are applied to
            document.event_edits = edits
        return edits

    def _change_events(self, document: _Document) -> None:
        """The events without those that a file removes, and with what it changes."""
        if not document.root.value.keys() & {"remove_events", "set_events"}:
            return
        edits = self._event_edits(document)
        self.problems += edits.problems
        removed = dict(edits.removed)
        changes = dict[Origin, Node]()
        for origin, (name, change) in edits.changed.items():
            place = removed.get(origin) or self.removed_events.get(origin)
            if place is not None:
                message = f"{place_of(place)} removes this event"
                self.problems.append(change.problem(("set_events", name.text), message))
            elif change.value is None:
                removed[origin] = name
            else:
                changes[origin] = change
                for steps, leaf in _leaves(change, ()):
                    path = ".".join(map(str, ("events", name.text, *steps)))
                    self._record(document, ("events", origin, *steps), leaf, path)
        for origin, node in removed.items():
            self._record(document, ("events", origin), node, f"events.{node.text}", removes=True)
        self.removed_events |= removed
        events = [event for event in self.events() if event.origin not in removed]
        for index, (origin, node) in enumerate(events):
            if origin in changes:
                events[index] = Event(origin, merged(node, changes[origin], ("set_events",)))
        self._put_events(events, document.root)

    def _add_events(self, document: _Document) -> None:
        """The events with those that a file adds."""
        added = document.root.get("add_events")
        if added is None:
            return
        before = self.root.get("events") or added.at([])
        if not isinstance(added.value, list) or not isinstance(before.value, list):
            message = f"{quoted(added)} must be a list of events"
            self.problems.append(added.problem(("add_events",), message))
            return
        more = [Event((document, "add", i), node) for i, node in enumerate(added.value)]
        self._put_events([*self.events(), *more], added)

    # Conflicts

    def _record(
        self, document: _Document, key: Key, node: Node, path: str, *, removes: bool = False
    ) -> None:
        """A value that a file sets, and the conflict with another base that sets it as well."""
        write = _Write(document, node, path, removes or node.value is None)
        below = self.above.get(key)
        before = [self.writes.get(key), self.writes.get(below) if below else None]
        for end in range(len(key) - 1, 0, -1):
            whole = self.writes.get(key[:end])
            before += [whole] if whole is not None and whole.removes else []
            self.above[key[:end]] = key
        self.writes[key] = write
        others = [each for each in before if each and each.document not in document.order]
        if not others:
            self.conflicts.pop(key, None)
            return
        other = others[-1]
        both_remove = other.removes and write.removes
        if not both_remove and (other.path != path or plain(other.node) != plain(node)):
            self.conflicts[key] = (other, write)


def event_text(event: Node) -> str:
    """An event in a note: its kind, what it is about and its date, as they are written."""
    date, kind = event.get("date"), next((k for k in EVENT_MODELS if k in event.value), "")
    subject = event.value[kind] if kind else event
    words = subject.value if isinstance(subject.value, list) else [subject]
    text = f"{kind} {', '.join(each.text for each in words)}".strip()[:80]
    if date is None:
        return text
    when = quoted(date) if isinstance(date.value, dict) else date.text[:60]
    return f"{text} ({'day ' if when.lstrip('-').isdigit() else ''}{when})"


def _leaves(node: Node, steps: Steps) -> Iterator[tuple[Steps, Node]]:
    """Values that a mapping sets, by their path."""
    is_stage = len(steps) == 4 and steps[:2] == ("nations", "set") and steps[3] == "stage"
    if not isinstance(node.value, dict) or is_stage or is_distribution(node):
        if steps:
            yield steps, node
        return
    for key, child in node.value.items():
        yield from _leaves(child, (*steps, key))


def _conflict_notes(conflicts: list[tuple[_Write, _Write]]) -> Iterator[str]:
    """What two bases set differently, and which of them holds."""
    for before, write in conflicts[:MOST_CONFLICTS]:
        said = [
            f"{place_of(each.node)} "
            + (f"removes {each.path}" if each.removes else f"says {quoted(each.node)}")
            for each in (before, write)
        ]
        yield f"bases differ in {write.path}: {' and '.join(said)}; the latter holds"
    if len(conflicts) > MOST_CONFLICTS:
        yield f"bases differ in {len(conflicts) - MOST_CONFLICTS} more values; the later base holds"


def whole_scenarios(root: Node, keys: Sequence[str], folder: Folder) -> list[str]:
    """The files without a base that a scenario builds on and that are scenarios by themselves.

    Parameters
    ----------
    root, keys, folder
        As for `over_bases`.

    Raises
    ------
    ScenarioError
        One cannot be read.
    """
    order = _Reader(keys, folder, []).document(root, {}).order
    roots = [each.root for each in order if "base" not in each.root.value]
    return [each.file for each in roots if {"days", "nations"} <= each.value.keys()]
