"""The nations of a scenario as one list, whatever the form in which they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.scenario.files.catalogue import Folder, find_file
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import nation_table
from sim.scenario.files.tree import Node, quoted
from sim.scenario.files.variants import merged

ALL = "*"
"""The key under ``set`` that stands for every nation."""

FORMS = "must be a list of nations, the path of a table, or {table or list: ..., set: {...}}"


def listed_nations(
    written: Node, known: Mapping[str, Sequence[str]], folder: Folder
) -> tuple[Node, list[Problem]]:
    """The nations as a list of mappings, each with its changes made, and what is wrong.

    Parameters
    ----------
    written : Node
        A list, the path of a table, or a mapping with one of these and ``set``.
    known : mapping of field to names
        Conditions and kinds, as for `sim.scenario.files.tables.nation_table`.
    folder : callable
        Folder of the file that holds a node, to which a path in it is relative.

    Raises
    ------
    ScenarioError
        If no list of nations can be read.
    """
    if not isinstance(written.value, dict):
        nations, problems = _unchanged(written, known, folder)
        return written.at(nations), problems
    problems = [
        value.problem(("nations", key), unknown("key", key, ("table", "list", "set")))
        for key, value in written.value.items()
        if key not in ("table", "list", "set")
    ]
    sources = [written.value[key] for key in ("table", "list") if key in written.value]
    if len(sources) != 1:
        message = "must have either table or list, beside set"
        raise ScenarioError([*problems, written.problem(("nations",), message)])
    nations, more = _unchanged(sources[0], known, folder)
    changed, wrong = _with_set(nations, written.get("set"))
    return written.at(changed), problems + more + wrong


def _unchanged(
    written: Node, known: Mapping[str, Sequence[str]], folder: Folder
) -> tuple[list[Node], list[Problem]]:
    if isinstance(written.value, str) and written.value:
        path = find_file(written.value, folder(written))
        nations, problems = nation_table(path, written, known)
    elif isinstance(written.value, list):
        nations, problems = written.value, []
    else:
        raise ScenarioError([written.problem(("nations",), f"{quoted(written)} {FORMS}")])
    return _without_repeated([_as_mapping(nation) for nation in nations], problems)


def _as_mapping(nation: Node) -> Node:
    """A bare id as a nation; the bare name of a stage as a distribution over stages."""
    if isinstance(nation.value, str):
        return nation.at({"id": nation})
    return with_stages(nation)


def with_stages(nation: Node) -> Node:
    """A nation whose stage is a mapping from stages to probabilities."""
    stage = nation.get("stage")
    if stage is None or not isinstance(stage.value, str):
        return nation
    certain = stage.at({stage.value: Node(1.0, stage.file, stage.line, "1")})
    return nation.at({**nation.value, "stage": certain})


def _without_repeated(
    nations: list[Node], problems: list[Problem]
) -> tuple[list[Node], list[Problem]]:
    """The nations whose id has not been given before, and a problem for each of the others."""
    first: dict[str, Node] = {}
    kept = []
    for index, nation in enumerate(nations):
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
    return kept, problems


def _with_set(nations: list[Node], changes: Node | None) -> tuple[list[Node], list[Problem]]:
    """The nations with the changes for all of them made first, then those for single ones."""
    if changes is None:
        return nations, []
    if not isinstance(changes.value, dict):
        message = f"{quoted(changes)} must be a mapping from ids, or '*', to what changes"
        return nations, [changes.problem(("nations", "set"), message)]
    problems = []
    places = {nation.text_of("id"): index for index, nation in enumerate(nations)}
    for key in sorted(changes.value, key=lambda name: name != ALL):
        change, steps = changes.value[key], ("nations", "set", key)
        if key != ALL and key not in places:
            known = [name for name in places if name]
            problems.append(change.problem(steps, unknown("nation", key, known)))
        elif not isinstance(change.value, dict):
            message = f"{quoted(change)} must be a mapping of what changes"
            problems.append(change.problem(steps, message))
        else:
            change = with_stages(change)
            chosen = range(len(nations)) if key == ALL else [places[key]]
            nations = _changed(nations, chosen, change)
    return nations, problems


def _changed(nations: list[Node], chosen: Sequence[int], change: Node) -> list[Node]:
    nations = list(nations)
    for index in chosen:
        if isinstance(nations[index].value, dict):
            whole = merged(nations[index], change, ("nations", "set", ALL))
            nations[index] = nations[index].at(whole.value)
    return nations
