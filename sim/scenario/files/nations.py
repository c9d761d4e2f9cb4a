"""The nations of a scenario as one list, whatever the form in which they are written."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sim.scenario.files.catalogue import Folder, find_file
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import nation_table
from sim.scenario.files.tree import Node, quoted
from sim.scenario.files.variants import merged
from sim.scenario.parts import KEYED_BY

ALL = "*"
"""The key under ``set`` that stands for every nation."""

ADDED_FORMS = "must be a list of nations or the path of a table"
FORMS = "must be a list of nations, the path of a table, or {table or list: ..., set: {...}}"


class NationEdit(NamedTuple):
    """A change of a variant to the list of nations.

    Attributes
    ----------
    kind : {"add", "remove"}
    node : Node
        Nations that are added, or the id of one that is removed.
    """

    kind: str
    node: Node


def listed_nations(
    root: Node,
    folder: Folder,
    edits: Sequence[NationEdit] = (),
    removed: Mapping[str, str] | None = None,
) -> tuple[Node, list[Problem]]:
    """The nations as a list of mappings, each with its changes made, and what is wrong.

    Parameters
    ----------
    root : Node
        A scenario as it is written. Its nations are a list, the path of a table, or a mapping with
        one of these and ``set``.
    folder : callable
        Folder of the file that holds a node, to which a path in it is relative.
    edits : sequence of NationEdit
        Nations that variants add and remove, in order. What is set for all nations is the default
        of those that are added.
    removed : mapping of id to str, optional
        Removed nations, each with the place that says so, for messages.

    Raises
    ------
    ScenarioError
        If no list of nations can be read.
    """
    removed = removed or {}
    written = root.value["nations"]
    source, problems, changes = written, list[Problem](), None
    if isinstance(written.value, dict):
        for key, value in written.value.items():
            if key not in ("table", "list", "set"):
                message = unknown("key", key, ("table", "list", "set"))
                problems.append(value.problem(("nations", key), message))
        sources = [written.value[key] for key in ("table", "list") if key in written.value]
        if len(sources) != 1:
            message = "must have either table or list, beside set"
            raise ScenarioError([*problems, written.problem(("nations",), message)])
        source, changes = sources[0], written.get("set")
    nations = _read(source, ("nations",), FORMS, root, folder, problems)
    nations = _without_repeated(nations, problems)
    added, gone = set[str](), set[str]()
    for edit in edits:
        if edit.kind == "remove":
            name = edit.node.value
            kept = [nation for nation in nations if nation.text_of("id") != name]
            if len(kept) == len(nations) and name not in gone:
                known = [nation.text_of("id") for nation in nations]
                message = unknown("nation", name, known)
                problems.append(edit.node.problem(("remove_nations",), message))
            nations = kept
            added.discard(name)
            gone.add(name)
            continue
        more = _read(edit.node, ("add_nations",), ADDED_FORMS, root, folder, problems)
        n_before = len(nations)
        nations = _without_repeated([*nations, *more], problems)
        added |= {nation.text_of("id") for nation in nations[n_before:]}
    if changes is not None:
        nations = _with_set(nations, changes, problems, added, removed)
    return written.at(nations), problems


def _read(
    source: Node, steps: Steps, forms: str, root: Node, folder: Folder, problems: list[Problem]
) -> list[Node]:
    """A list of nations, or those of a table.

    Raises
    ------
    ScenarioError
        If it is neither.
    """
    if isinstance(source.value, str) and source.value:
        known = {field: list(_names(root, section)) for field, section in KEYED_BY.items()}
        path = find_file(source.value, folder(source))
        where = ("nations", "table") if steps == ("nations",) else steps
        nations, found = nation_table(path, source, known, where)
        problems += found
        return nations
    if not isinstance(source.value, list):
        raise ScenarioError([*problems, source.problem(steps, f"{quoted(source)} {forms}")])
    return source.value


def _names(root: Node, section: str) -> Iterable[str]:
    """The conditions, or the kinds of contribution, that a scenario defines."""
    found = root.get(section)
    return found.value if found is not None and isinstance(found.value, dict) else ()


def with_stages(nation: Node) -> Node:
    """A nation whose stage is a mapping from stages to probabilities."""
    stage = nation.get("stage")
    if stage is None or not isinstance(stage.value, str):
        return nation
    certain = stage.at({stage.value: Node(1.0, stage.file, stage.line, "1")})
    return nation.at({**nation.value, "stage": certain})


def with_quorums(nation: Node) -> Node:
    """A nation whose quorums are a list, also where it has one only."""
    quorum = nation.get("quorum")
    if quorum is None or not isinstance(quorum.value, dict):
        return nation
    return nation.at({**nation.value, "quorum": quorum.at([quorum])})


def _without_repeated(nations: list[Node], problems: list[Problem]) -> list[Node]:
    """The nations as mappings, without those whose id has been given before."""
    first: dict[str, Node] = {}
    kept = []
    for index, written in enumerate(nations):
        is_bare = isinstance(written.value, str)
        nation = written.at({"id": written}) if is_bare else with_quorums(with_stages(written))
        named = nation.get("id")
        name = named.value if named is not None else None
        if isinstance(name, str) and name in first:
            line, file = first[name].line, first[name].file
            where = f" on line {line}" if line is not None else ""
            if line is not None and file != nation.file:
                where = f" in {os.path.normpath(file)}:{line}"
            message = f"the nation {name!r} is given twice; first{where}"
            problems.append(nation.problem(("nations", index, "id"), message))
            continue
        if isinstance(name, str):
            first[name] = nation
        kept.append(nation)
    return kept


def _with_set(
    nations: list[Node],
    changes: Node,
    problems: list[Problem],
    added: Collection[str],
    removed: Mapping[str, str],
) -> list[Node]:
    """The nations with their changes: first those for all nations, then those for single ones.

    A nation that a variant adds takes from the former what it does not say itself.
    """
    if not isinstance(changes.value, dict):
        message = f"{quoted(changes)} must be a mapping from ids, or '*', to what changes"
        problems.append(changes.problem(("nations", "set"), message))
        return nations
    nations = list(nations)
    indices = {nation.text_of("id"): index for index, nation in enumerate(nations)}
    for key in sorted(changes.value, key=lambda name: name != ALL):
        change, steps = changes.value[key], ("nations", "set", key)
        if key != ALL and key not in indices:
            message = unknown("nation", key, [name for name in indices if name])
            if key in removed:
                message = removed_nation(key, removed[key])
            problems.append(change.problem(steps, message))
            continue
        if not isinstance(change.value, dict):
            message = f"{quoted(change)} must be a mapping of what changes"
            problems.append(change.problem(steps, message))
            continue
        change = with_quorums(with_stages(change))
        for index in range(len(nations)) if key == ALL else [indices[key]]:
            nation = nations[index]
            if not isinstance(nation.value, dict):
                continue
            under, over = nation, change
            if key == ALL and nation.text_of("id") in added:
                under, over = change, nation
            nations[index] = nation.at(merged(under, over, ("nations", "set", ALL)).value)
    return nations


def removed_nation(name: str, place: str) -> str:
    """The message on a nation that a variant removed."""
    return f"unknown nation {name[:60]!r}: {place} removes it"
