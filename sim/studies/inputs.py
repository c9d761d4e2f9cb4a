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
    """The inputs of a function by path. Each can be set by itself, and no two write one field.

    Parameters
    ----------
    scenario : Scenario
    called : mapping of path to str
        What messages call each.

    Raises
    ------
    ScenarioError
        A path leads nowhere, which may be a typing error, or to what another input writes.
    """
    found, owners, problems = dict[str, Input](), dict[str, str](), list[Problem]()
    for path, name in called.items():
        if path in NOT_VARIED:
            problems.append(Problem("", None, name, NOT_VARIED[path]))
            continue
        try:
            parameter = scenario.parameter(path)
            if parameter.value is None and len(parameter.fields) == 1:
                # It may need others that are left out as well.
                scenario.with_value(parameter, parameter.bounds.some_value())
        except ScenarioError as error:
            first = error.problems[0]
            names_path = first.path == path or first.message.startswith("takes no number")
            message = first.message if names_path else f"{first.path}: {first.message}"
            problems.append(Problem("", None, name, message))
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


def by_input(error: ScenarioError, inputs: Sequence[Input]) -> ScenarioError:
    """An error of values that were set, with the names of the inputs instead of paths.

    Parameters
    ----------
    error : ScenarioError
    inputs : sequence of Input
        Those that were given.
    """
    problems = []
    for problem in error.problems:
        if problem.file == SET_FILE:
            owners = [
                each for each in inputs if problem.path in {each.path, *each.parameter.fields}
            ]
            if not owners and len(inputs) == 1:
                owners = list(inputs)
            path = owners[0].called if owners else problem.path
            problem = Problem("", None, path, problem.message)  # noqa: PLW2901
        problems.append(problem)
    return ScenarioError(dict.fromkeys(problems))
