"""The inputs of a scenario as a function: each is a number, and no two write the same field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.variants import SET_FILE
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.values import NOT_VARIED


class Input(NamedTuple):
    """A number of a scenario that a function takes.

    Attributes
    ----------
    path : str
    called : str
        What messages call it: its name, and its path if the name is another.
    parameter : Parameter
    """

    path: str
    called: str
    parameter: Parameter


def checked_inputs(scenario: Scenario, called: Mapping[str, str]) -> dict[str, Input]:
    """The inputs of a function by path, of which each can be set and writes what no other does.

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
    found, owners, problems = dict[str, Input](), dict[str, str](), list[Problem]()
    for path, name in called.items():
        try:
            parameter = _settable(scenario, path)
        except ScenarioError as error:
            problems.append(Problem("", None, name, _reason(error.problems[0], path)))
            continue
        both = [field for field in sorted(parameter.fields) if field in owners]
        if both:
            message = f"writes {both[0]}, which {owners[both[0]]} writes as well"
            problems.append(Problem("", None, name, message))
        owners |= {field: owners.get(field, name) for field in parameter.fields}
        found[path] = Input(path, name, parameter)
    if problems:
        raise ScenarioError(problems)
    return found


def _settable(scenario: Scenario, path: str) -> Parameter:
    """The number at a path, which can be set by itself."""
    if path in NOT_VARIED:
        raise ScenarioError([Problem("", None, path, NOT_VARIED[path])])
    found = scenario.parameter(path)
    if found.value is None and len(found.fields) == 1:  # it may need others that are left out too
        scenario.with_value(found, found.bounds.some_value())
    return found


def by_input(error: ScenarioError, inputs: Sequence[Input]) -> ScenarioError:
    """An error of values that were set, with the inputs that they came through.

    Parameters
    ----------
    error : ScenarioError
    inputs : sequence of Input
        Those that were given.
    """
    return ScenarioError(dict.fromkeys(_by_input(problem, inputs) for problem in error.problems))


def _by_input(problem: Problem, inputs: Sequence[Input]) -> Problem:
    if problem.file != SET_FILE:
        return problem
    owners = [each for each in inputs if problem.path in {each.path, *each.parameter.fields}]
    if not owners and len(inputs) == 1:
        owners = list(inputs)
    return Problem("", None, owners[0].called if owners else problem.path, problem.message)


def _reason(problem: Problem, path: str) -> str:
    """What is wrong with a path, and where if that is not its end."""
    is_whole = problem.path == path or problem.message.startswith("takes no number")
    return problem.message if is_whole else f"{problem.path}: {problem.message}"
