"""A tree with changes: a variant over its base, and single values by their path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, EXIT_MOVES
from sim.scenario.distribution import looks_like_distribution
from sim.scenario.events import (
    EVENT_MODELS,
    EventIdentity,
    event_ordinals,
    find_events,
    item_index,
)
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tree import Node, quoted, tree_from
from sim.scenario.files.yaml import parse_value
from sim.scenario.parts import Group

_STEP = re.compile(r'"((?:[^"]|"")*)"|([^."]*)')
_BARE = re.compile(r"[^.=\"\s]([^.=\"]*[^.=\"\s])?")
_CHANGE = re.compile(r'((?:"(?:[^"]|"")*"|[^"=])*)=(.*)', re.DOTALL)
_PLAIN_CHANGE = re.compile(r"([^=]*)=(.*)", re.DOTALL)

BOUNDS = ("at_least", "at_most")
"""Keys of a threshold of success for a condition; a number alone is the first."""

ABSENT = "absent"
"""As a value in the text of a change, it removes what is there, as null does."""

SET_FILE = "--set"
"""Stands for the file in a problem with a value that is changed by its path."""

_NAMED: dict[Steps, str] = {
    ("conditions",): "condition",
    ("contributions",): "contribution",
    ("ties", "groups"): "group",
}
"""Mappings in which a change of a part does not make a new member."""

EDIT_KEYS = ("add_nations", "remove_nations", "remove_events", "set_events", "add_events")
"""Keys of a variant that change the lists of its base."""

VARIANT_KEYS = ("base", *EDIT_KEYS)
"""Keys that a scenario without a base does not have."""

WITHOUT_NUMBER = "write quorum.public, quorum.share, or quorum with weight and at_least"

NUMBERED = (("nations",), ("events",), ("quorum",))
"""Last steps of lists whose messages on an item that is not there say how to address it."""

MOST_NAMED = 4
"""Addresses that a message names."""


def merged(base: Node, change: Node, path: Steps = (), keeps_null: bool = False) -> Node:
    """One value merged over another: mappings merge, null removes, anything else replaces.

    With ``keeps_null`` it stays, to remove something from what the result is merged over later.
    Distributions and the stages of a nation are replaced as a whole. A behaviour given by name
    becomes the ``from`` of a mapping of changes, and an exit that either side gives by stage is
    merged by stage.
    """
    if path == ("nations",) and isinstance(change.value, dict):
        base = _as_nation_set(base, change)
    if path == ("behaviour",) and isinstance(base.value, str) and isinstance(change.value, dict):
        base = base.at({"from": base})
    if path[:1] == ("success",) and len(path) == 2 and isinstance(change.value, dict):
        base = _opened_threshold(base)
    move = _exit_move(path)
    if move and _is_by_stage(base, move) != _is_by_stage(change, move):
        base, change = by_stage(base, move), by_stage(change, move)
    is_stage = len(path) == 4 and path[:2] == ("nations", "set") and path[3] == "stage"
    if (
        not isinstance(base.value, dict)
        or not isinstance(change.value, dict)
        or is_stage
        or (path == ("behaviour",) and "from" in change.value)
        or is_distribution(base)
        or is_distribution(change)
    ):
        return change
    entries = dict(base.value)
    for key, value in change.value.items():
        is_removal = value.value is None and not keeps_null
        if is_removal and (key in entries or value.file == SET_FILE):
            entries.pop(key, None)
        elif key not in entries or value.value is None:
            entries[key] = value
        else:
            entries[key] = merged(entries[key], value, (*path, key), keeps_null)
    return change.at(entries)


def is_distribution(node: Node) -> bool:
    """Whether a mapping is meant as a distribution."""
    entries = node.value if isinstance(node.value, dict) else {}
    return looks_like_distribution({key: child.value for key, child in entries.items()})


def _as_nation_set(base: Node, change: Node) -> Node:
    """The nations of a base in the form of the mapping that changes them."""
    if isinstance(base.value, list | str):
        base = base.at({"list" if isinstance(base.value, list) else "table": base})
    if isinstance(base.value, dict) and ("table" in change.value or "list" in change.value):
        return base.at({k: v for k, v in base.value.items() if k not in ("table", "list")})
    return base


def _exit_move(path: Steps) -> str:
    """The exit move at a path; empty if there is none."""
    is_exit = len(path) == 2 and path[0] == "behaviour" and path[1] in EXIT_MOVES
    return str(path[1]) if is_exit else ""


def _is_by_stage(node: Node, move: str) -> bool:
    return isinstance(node.value, dict) and any(key in node.value for key in EXIT_MOVES[move])


def by_stage(node: Node, move: str) -> Node:
    """An exit move that is given once, given for each stage that it leaves."""
    if _is_by_stage(node, move) or not isinstance(node.value, dict) or not node.value:
        return node
    return node.at(dict.fromkeys(EXIT_MOVES[move], node))


def changes_from(texts: Sequence[str] | Mapping[str, object]) -> dict[str, Node]:
    """The values of changes by their paths.

    Parameters
    ----------
    texts : sequence of str, or mapping
        ``PATH=VALUE`` as on the command line, where the value `absent` is null, or paths with
        Python values.

    Raises
    ------
    ScenarioError
        If one has no ``=`` or a value cannot be read.
    TypeError
        If they are a single text or no collection.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise TypeError(
            "changes must be a mapping of path to value or a list of 'PATH=VALUE', "
            f"not {type(texts).__name__}: {texts!r}"
        )
    if isinstance(texts, Mapping):
        return {str(path): tree_from(value, SET_FILE) for path, value in texts.items()}
    changes: dict[str, Node] = {}
    problems: list[Problem] = []
    for text in texts:
        path, value = split_change(str(text))
        if not path.strip():
            problems.append(Problem(SET_FILE, None, "", f"{text!r} must have the form PATH=VALUE"))
            continue
        try:
            node = parse_value(value, SET_FILE, None)
            changes[path.strip()] = node.at(None) if node.value == ABSENT else node
        except ScenarioError as error:
            problems += [Problem(SET_FILE, None, path.strip(), p.message) for p in error.problems]
    if problems:
        raise ScenarioError(problems)
    return changes


def split_change(text: str) -> tuple[str, str]:
    """Return the path and the value of PATH=VALUE; of any other text, two empty ones."""
    found = _CHANGE.fullmatch(text) or _PLAIN_CHANGE.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")


def changed_paths(changes: Sequence[str] | Mapping[str, object]) -> list[str]:
    """The paths of changes, as they are written."""
    paths = [str(each) for each in changes]
    if isinstance(changes, Mapping):
        return paths
    return [split_change(each)[0].strip() for each in paths]


def with_change(root: Node, path: str, value: Node) -> Node:
    """A tree whose nations are a list, with the value at one path changed; null removes it.

    What is removed from a behaviour that has a base, as it has unless the tree says otherwise, is
    null until the base has been read.

    Raises
    ------
    ScenarioError
        If the path leads nowhere.
    """
    steps = path_steps(path)
    if not steps or steps[0] in VARIANT_KEYS:
        raise ScenarioError([Problem(SET_FILE, None, path, "is no path that can be changed")])
    behaviour = root.get("behaviour")
    if steps[0] == "behaviour" and (behaviour is None or behaviour.value is None):
        root = root.at({**root.value, "behaviour": value.at(DEFAULT_BEHAVIOUR)})
    return _changed(root, steps, (), value)


def path_steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path; none if one of them is empty.

    A step that has a dot is put in quotation marks; inside them, two stand for one.

    Examples
    --------
    >>> path_steps('events."No. 10".weight')
    ('events', 'No. 10', 'weight')
    """
    steps, begin = list[str](), 0
    while begin <= len(path):
        match = _STEP.match(path, begin)
        assert match is not None  # the second form matches nothing at all
        end = match.end()
        if end < len(path) and path[end] != ".":  # quotation marks within a step are part of it
            end = path.find(".", begin) if "." in path[begin:] else len(path)
            steps.append(path[begin:end])
        else:
            steps.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        begin = end + 1
    return tuple(steps) if all(steps) else ()


def path_of(steps: Sequence[str | int]) -> str:
    """Return steps as a path, those that need it in quotation marks.

    Examples
    --------
    >>> path_of(["events", "No. 10", "weight"])
    'events."No. 10".weight'
    """
    texts = map(str, steps)
    return ".".join(t if _BARE.fullmatch(t) else '"' + t.replace('"', '""') + '"' for t in texts)


def _changed(
    node: Node, steps: tuple[str, ...], done: Steps, value: Node, keeps_null: bool = False
) -> Node:
    """``node``, which stands at the path ``done``, with the value at ``steps`` below it changed."""
    if not steps:
        return _placed(node, value, done, keeps_null)
    node = _opened(node, done, steps[0])
    has_members = bool(node.value) or done[-1:] in NUMBERED  # else see `item_set`
    if isinstance(node.value, list) and (has_members or not steps[0].isdecimal()):
        items = list(node.value)
        chosen, taken = _items_meant(items, steps, done)
        for index in chosen:
            step = (items[index].text_of("id") or index) if done == ("nations",) else index
            items[index] = _changed(items[index], steps[taken:], (*done, step), value)
        if value.value is None and len(steps) == taken:
            items = [item for item in items if item.value is not None]
        return node.at(items)
    key, *rest = steps
    _check_quorum_number(key, done, value)
    if done == ("behaviour",):
        keeps_null = key != "from" and _has_base(node)
    move = _exit_move(done)
    if move and _is_by_stage(node, move) != (key in EXIT_MOVES[move]):
        node = by_stage(node, move)
    entries = dict(node.value) if isinstance(node.value, dict) else {}
    if is_distribution(node) and key not in entries:
        entries = {}
    if done in _NAMED and key not in entries and (rest or value.value is None):
        message = unknown(_NAMED[done], key, [path_of([name]) for name in entries])
        raise ScenarioError([value.problem((*done, key), message)])
    if value.value is None and not keeps_null and (not rest or key not in entries):
        entries.pop(key, None)
    else:
        below = entries.get(key, value.at({}))
        entries[key] = _changed(below, tuple(rest), (*done, key), value, keeps_null)
    return node.at(entries)


def _check_quorum_number(key: str, done: Steps, value: Node) -> None:
    """Refuse the number of a quorum where there is a single one, or none."""
    if key.isdecimal() and done[-1:] == ("quorum",):
        message = unknown("quorum", key, []) if len(done) > 1 else "the coalition has one quorum"
        raise ScenarioError([value.problem((*done, key), f"{message}; {WITHOUT_NUMBER}")])


def _opened(node: Node, done: Steps, key: str) -> Node:
    """A behaviour or a group in short as a mapping, where a change goes below it."""
    if done == ("behaviour",) and isinstance(node.value, str):
        return node.at({"from": node})
    if len(done) == 2 and done[0] == "success" and key in BOUNDS:
        return _opened_threshold(node)
    is_group = len(done) == 3 and done[:2] == ("ties", "groups")
    if is_group and isinstance(node.value, list) and key in Group.model_fields:
        return node.at({"members": node})
    return node


def _opened_threshold(node: Node) -> Node:
    """What success needs of a condition as a mapping of bounds; a number alone is the least."""
    is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return node.at({"at_least": node}) if is_number else node


def _has_base(behaviour: Node) -> bool:
    """Whether a behaviour is another one, or changes another one."""
    origin = behaviour.get("from")
    return isinstance(behaviour.value, str) or (origin is not None and origin.value is not None)


def _placed(node: Node, value: Node, done: Steps, keeps_null: bool) -> Node:
    """A value in the place of another; one of a nation or behaviour is merged with it."""
    if len(done) == 2 and done[0] == "nations" and value.value is not None:
        if isinstance(value.value, dict):
            return merged(node, value, ("nations", "set", done[1]))
        named = ("nations", node.text_of("id"))
        raise ScenarioError([value.problem(named, f"{quoted(value)} must be a mapping")])
    if done[0] != "behaviour" or not isinstance(value.value, dict):
        return value
    return merged(node, value, done, keeps_null or (len(done) == 1 and _has_base(node)))


def _items_meant(items: list[Node], steps: tuple[str, ...], done: Steps) -> tuple[list[int], int]:
    """Which items of a list the first steps mean, and how many steps that takes."""
    step, taken, names, addresses = steps[0], 1, list[str](), list[str]()
    if done == ("events",):
        events = [written_identity(item) for item in items]
        chosen, taken = find_events(steps, events)
        what, names = "event", ["" if event.is_list else event.subject for event in events]
        addresses = _event_addresses(steps, taken, events, chosen)
    elif done == ("nations",):
        what, names = "nation", [item.text_of("id") for item in items]
        if step == "*":
            return list(range(len(items))), 1
        chosen = [index for index, name in enumerate(names) if name == step]
    else:
        index = item_index(step, len(items))
        chosen = [] if index is None else [index]
        what = {"events": "event", "nations": "nation"}.get(str(done[0]), "place in a list")
        names = [str(number) for number in range(len(items))]
        if done[-1] == "quorum":  # of a nation
            what = "quorum"
    if len(chosen) == 1:
        return chosen, taken
    message = unknown(what, step, [path_of([name]) for name in dict.fromkeys(names) if name])
    if addresses:
        label = ".".join(steps[:taken])
        begin = f"{len(chosen)} events have the label {label!r}"
        begin = begin if chosen else f"{step!r} is a kind of event"
        more = f" or {len(addresses) - MOST_NAMED} more" if len(addresses) > MOST_NAMED else ""
        message = f"{begin}; write {' or '.join(addresses[:MOST_NAMED])}{more}"
    raise ScenarioError([Problem(SET_FILE, None, ".".join(map(str, (*done, step))), message)])


def item_set(node: Node) -> str:
    """The first number under which a change has put a value into no list; empty if none has."""
    items = node.value.items() if isinstance(node.value, dict) else ()
    return next((key for key, item in items if key.isdecimal() and item.file == SET_FILE), "")


def without_list(node: Node, steps: Steps) -> str:
    """The message on changes of items of what is no list, or an empty one."""
    items = node.value.values()
    is_plain = not any(isinstance(item.value, dict | list) for item in items)
    whole = ", ".join(item.text for item in items) if is_plain else "..."
    return (
        "an item of a list that is empty or not there cannot be set; set the whole list, as in "
        f"{path_of(steps)}=[{whole}]"
    )


def _event_addresses(
    steps: Sequence[str], taken: int, events: Sequence[EventIdentity], chosen: Sequence[int]
) -> list[str]:
    """Full addresses of the events that a path may mean, by kind, subject and ordinal.

    Parameters
    ----------
    steps : sequence of str
        Of the path, below ``events``.
    taken : int
        Steps of the label that several events have.
    events : sequence of EventIdentity
    chosen : sequence of int
        Numbers of those that have the label; if there are none, the first step may be a kind.
    """
    rest = list(steps[taken:])
    if not chosen and steps[0] in EVENT_MODELS:
        chosen = [number for number, event in enumerate(events) if event.kind == steps[0]]
        rest = list(steps[1:])
        for end in range(2, len(steps) + 1):
            alike = [n for n in chosen if events[n].subject == ".".join(steps[1:end])]
            if alike:
                chosen, rest = alike, [step for step in steps[end:] if not step.isdigit()]
                break
    ordinals = event_ordinals(events)
    field = rest if len(rest) == 1 else []
    subjects = [[event.subject] if event.subject else [] for event in events]
    return [
        path_of(["events", events[n].kind, *subjects[n], str(ordinals[n]), *field]) for n in chosen
    ]


def written_identity(item: Node) -> EventIdentity:
    """What tells a written event from others."""
    kind = next((kind for kind in EVENT_MODELS if item.get(kind) is not None), "")
    subject, name = item.get(kind), item.text_of("name")
    if subject is None or not isinstance(subject.value, list):
        return EventIdentity(kind, item.text_of(kind), name)
    ids = ",".join(str(each.value) for each in subject.value)
    return EventIdentity(kind, ids, name, is_list=True)
