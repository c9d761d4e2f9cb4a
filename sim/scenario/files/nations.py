"""The nations of a scenario as one list, whatever the form in which they are written."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.files.catalogue import Folder, find_file
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import nation_table
from sim.scenario.files.tree import Node, quoted
from sim.scenario.files.variants import merged
from sim.scenario.parts import KEYED_BY

ALL = "*"
"""The key under ``set`` that stands for every nation."""

FORMS = "must be a list of nations, the path of a table, or {table or list: ..., set: {...}}"


def listed_nations(root: Node, folder: Folder) -> tuple[Node, list[Problem]]:
    """The nations as a list of mappings, each with its changes made, and what is wrong.

    Parameters
    ----------
    root : Node
        A scenario as it is written. Its nations are a list, the path of a table, or a mapping with
        one of these and ``set``.
    folder : callable
        Folder of the file that holds a node, to which a path in it is relative.

    Raises
    ------
    ScenarioError
        If no list of nations can be read.
    """
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
    if isinstance(source.value, str) and source.value:
        known = {field: list(_names(root, section)) for field, section in KEYED_BY.items()}
        nations, found = nation_table(find_file(source.value, folder(source)), source, known)
        problems += found
    elif isinstance(source.value, list):
        nations = source.value
    else:
        raise ScenarioError([source.problem(("nations",), f"{quoted(source)} {FORMS}")])
    nations = _without_repeated(nations, problems)
    if changes is not None:
        nations = _with_set(nations, changes, problems)
    return written.at(nations), problems


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


def _without_repeated(nations: list[Node], problems: list[Problem]) -> list[Node]:
    """The nations as mappings, without those whose id has been given before."""
    first: dict[str, Node] = {}
    kept = []
    for index, written in enumerate(nations):
        is_bare = isinstance(written.value, str)
        nation = written.at({"id": written}) if is_bare else with_stages(written)
        named = nation.get("id")
        name = named.value if named is not None else None
        if isinstance(name, str) and name in first:
            line = first[name].line
            where = f" on line {line}" if line is not None else ""
            message = f"the nation {name!r} is given twice; first{where}"
            problems.append(nation.problem(("nations", index, "id"), message))
            continue
        if isinstance(name, str):
            first[name] = nation
        kept.append(nation)
    return kept


def _with_set(nations: list[Node], changes: Node, problems: list[Problem]) -> list[Node]:
    """The nations with their changes: first those for all nations, then those for single ones."""
    if not isinstance(changes.value, dict):
        message = f"{quoted(changes)} must be a mapping from ids, or '*', to what changes"
        problems.append(changes.problem(("nations", "set"), message))
        return nations
    nations = list(nations)
    indices = {nation.text_of("id"): index for index, nation in enumerate(nations)}
    for key in sorted(changes.value, key=lambda name: name != ALL):
        change, steps = changes.value[key], ("nations", "set", key)
        if key != ALL and key not in indices:
            known = [name for name in indices if name]
            problems.append(change.problem(steps, unknown("nation", key, known)))
            continue
        if not isinstance(change.value, dict):
            message = f"{quoted(change)} must be a mapping of what changes"
            problems.append(change.problem(steps, message))
            continue
        change = with_stages(change)
        for index in range(len(nations)) if key == ALL else [indices[key]]:
            nation = nations[index]
            if isinstance(nation.value, dict):
                whole = merged(nation, change, ("nations", "set", ALL))
                nations[index] = nation.at(whole.value)
    return nations
