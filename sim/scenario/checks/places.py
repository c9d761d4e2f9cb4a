"""Where a finding of the checks is written: its file, its line and its path in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.scenario.behaviour import EXIT_MOVES
from sim.scenario.files.errors import Finding, Problem, Steps
from sim.scenario.files.tree import Node
from sim.scenario.files.variants import SET_FILE


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
        node = root.find(steps)
        once = _at_once(steps)
        shared = None if node.file == SET_FILE else id(node)
        key = (shared, node.file, once, finding.message) if once else steps
        path = _path_text(once if once and key in problems else steps, root)
        problems[key] = Problem(node.file, node.line, path, finding.message)
    return list(problems.values())


def _path_text(steps: Steps, root: Node) -> str:
    """A path as people write it: a nation by its id, a condition's success without detour."""
    words = [str(step)[:80] for step in steps]
    if len(steps) > 1 and steps[0] == "nations":
        words[1] = root.find(steps[:2]).text_of("id")[:80] or words[1]
    if steps[:2] == ("success", "conditions"):
        del words[1]
    return ".".join(words)


def _at_once(steps: Steps) -> Steps:
    """The path under which one value may stand for many: all nations, an exit from any stage."""
    if len(steps) > 2 and steps[0] == "nations":
        return ("nations", "*", *steps[2:])
    if len(steps) > 3 and steps[0] == "behaviour" and steps[1] in EXIT_MOVES:
        return (*steps[:2], *steps[3:])
    return ()
