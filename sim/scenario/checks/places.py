"""Where a finding of the checks is written: its file, its line and its path in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from sim.scenario.behaviour import EXIT_MOVES
from sim.scenario.files.errors import Problem, Steps
from sim.scenario.files.tree import Node
from sim.scenario.files.variants import SET_FILE


class Finding(NamedTuple):
    """Something wrong at a path of the scenario; the message says the value and what is allowed."""

    steps: Steps
    message: str


def node_at(root: Node, steps: Steps) -> Node:
    """The node at a path, or the last one on the way to it."""
    node = root
    for step in steps:
        below = _below(node.value, step)
        if below is None:
            break
        node = below
    return node


def _below(value: Any, step: str | int) -> Node | None:
    """The node under a key or an index, None if there is none."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return cast("Node", value[step])
    return None


def path_text(steps: Steps, root: Node) -> str:
    """A path as people write it: a nation by its id, a condition's success without detour."""
    words = [str(step)[:80] for step in steps]
    if len(steps) > 1 and steps[0] == "nations":
        named = node_at(root, (*steps[:2], "id"))
        if isinstance(named.value, str) and named.value:
            words[1] = named.value[:80]
    if steps[:2] == ("success", "conditions"):
        del words[1]
    return ".".join(words)


def located(findings: Iterable[Finding], root: Node) -> list[Problem]:
    """Findings as problems with their places, at most one for each path.

    A value that stands for all nations, or for an exit from any stage, is one problem.
    """
    problems: dict[Any, Problem] = {}
    reported: set[Steps] = set()
    for finding in findings:
        steps = finding.steps
        if any(steps[:end] in reported for end in range(len(steps) + 1)):
            continue
        reported.add(steps)
        node = node_at(root, steps)
        once = _at_once(steps)
        shared = None if node.file == SET_FILE else id(node)
        key = (shared, node.file, once, finding.message) if once else steps
        path = path_text(once if once and key in problems else steps, root)
        problems[key] = Problem(node.file, node.line, path, finding.message)
    return list(problems.values())


def _at_once(steps: Steps) -> Steps:
    """The path under which one value may stand for many: all nations, an exit from any stage."""
    if len(steps) > 2 and steps[0] == "nations":
        return ("nations", "*", *steps[2:])
    if len(steps) > 3 and steps[0] == "behaviour" and steps[1] in EXIT_MOVES:
        return (*steps[:2], *steps[3:])
    return ()
