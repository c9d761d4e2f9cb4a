"""The inputs of a scenario as a function: each leads somewhere, and no two to the same field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.files.variants import SET_FILE
from sim.scenario.schema import Scenario
from sim.studies.design.checks import NOT_VARIED, fields_of, numbers_to_try


class Input(NamedTuple):
    """A number of a scenario that a function takes.

    Attributes
    ----------
    path : str
    called : str
        What messages call it: its name, and its path if the name is another.
    fields : frozenset of str
        What it writes in the full form of the scenario, nations by their ids.
    """

    path: str
    called: str
    fields: frozenset[str]


def checked_inputs(scenario: Scenario, called: Mapping[str, str]) -> tuple[Input, ...]:
    """The inputs of a function, of which each can be set and writes what no other does.

    Parameters
    ----------
    scenario : Scenario
    called : mapping of path to str
        What messages call each.

    Raises
    ------
    ScenarioError
        A path leads nowhere, with the nearest name that is known, or to what another writes.
    """
    root = tree_from(scenario.full())
    found, problems = list[Input](), list[Problem]()
    for path, name in called.items():
        try:
            fields = _reached(scenario, root, path)
        except ScenarioError as error:
            problems.append(Problem("", None, name, _reason(error.problems[0], path)))
            continue
        both = [(each, field) for each in found for field in sorted(fields & each.fields)]
        if both:
            other, field = both[0]
            message = f"writes {field}, which {other.called} writes as well"
            problems.append(Problem("", None, name, message))
        found.append(Input(path, name, fields))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def by_input(error: ScenarioError, inputs: tuple[Input, ...]) -> ScenarioError:
    """An error of values that were set, told by the inputs that they came through.

    Parameters
    ----------
    error : ScenarioError
    inputs : tuple of Input
        Those that were given.
    """
    told = [_by_input(problem, inputs) for problem in error.problems]
    return ScenarioError(dict.fromkeys(told))


def _by_input(problem: Problem, inputs: tuple[Input, ...]) -> Problem:
    if problem.file != SET_FILE:
        return problem
    owners = [each for each in inputs if problem.path in {each.path, *each.fields}]
    if not owners and len(inputs) == 1:
        owners = list(inputs)
    return Problem("", None, owners[0].called if owners else problem.path, problem.message)


def _reached(scenario: Scenario, root: Node, path: str) -> frozenset[str]:
    """Fields that a path leads to; the error of the first value tried if it takes none."""
    if path in NOT_VARIED:
        raise ScenarioError([Problem("", None, path, NOT_VARIED[path])])
    fields = fields_of(root, {path: 0.5})
    first: ScenarioError | None = None
    for value in numbers_to_try(root, path):
        try:
            scenario.with_changes({path: value})
        except ScenarioError as error:
            first = first or error
        else:
            return frozenset(fields)
    assert first is not None
    raise first


def _reason(problem: Problem, path: str) -> str:
    """What is wrong with a path, and where if that is not its end; no word of what was tried."""
    _, must_be, allowed = problem.message.partition(" must be ")
    if must_be:
        return f"takes no number: it must be {allowed}"
    return problem.message if problem.path == path else f"{problem.path}: {problem.message}"
