"""Inputs of a sensitivity analysis: numbers and what they take, groups of them, and joint draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sim.scenario.distribution import Distribution
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.joint_draws import DRAWS
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.checks import written_fields
from sim.studies.design.values import INPUTS_FILE, StudyError, Varied
from sim.studies.design.vary import varied_from
from sim.studies.sensitivity.input_words import input_label, input_range

MOST_INPUTS, MOST_NUMBERS = 1000, 20_000
"""Inputs, and numbers in all of them together."""


class Asked(NamedTuple):
    """An input as it is stored.

    Attributes
    ----------
    name : str
    members : mapping of path to values
        As a study file has values; None for a number that keeps its distribution.
    part : str
        Of the joint draws, if it is one; then there are no members.
    """

    name: str
    members: Mapping[str, Any]
    part: str = ""


class Input(NamedTuple):
    """An input.

    Attributes
    ----------
    name, label, range : str
        As it was asked for, in words, and what it takes.
    members : tuple of Varied
        Its numbers, which are independent of each other.
    part : str
        Of the joint draws, if it is one.
    """

    name: str
    label: str
    range: str
    members: tuple[Varied, ...]
    part: str = ""

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return max(1, len(self.members))

    @property
    def has_ends(self) -> bool:
        """True if it has a low and a high end: it is of numbers, in ascending order."""
        return bool(self.members) and all(
            each.is_number and list(each.labels) == sorted(each.labels, key=float)
            for each in self.members
        )


def inputs_of(scenario: Scenario, asked: Sequence[Asked]) -> tuple[Input, ...]:
    """Inputs as they are run.

    Raises
    ------
    StudyError
        Two of them write the same number, or there are too many.
    """
    if len(asked) > MOST_INPUTS:
        raise wrong_input("", f"{len(asked):,} inputs; at most {MOST_INPUTS:,} are allowed")
    known = {each.path: each for each in scenario.parameters()}
    found = []
    for each in asked:
        members = members_of(scenario, each, known)
        found.append(
            Input(
                each.name,
                input_label(scenario, each.name, each.members, each.part),
                input_range(scenario, members, each.part, known),
                members,
                each.part,
            )
        )
    n_numbers = sum(each.width for each in found)
    if n_numbers > MOST_NUMBERS:
        raise wrong_input(
            "", f"{n_numbers:,} numbers in all inputs; at most {MOST_NUMBERS:,} are drawn"
        )
    _refuse_shared(scenario, found, known)
    return tuple(found)


def members_of(
    scenario: Scenario, asked: Asked, known: Mapping[str, Parameter]
) -> tuple[Varied, ...]:
    """The numbers of an input."""
    return tuple(_member(scenario, path, values, known) for path, values in asked.members.items())


def _member(scenario: Scenario, path: str, values: Any, known: Mapping[str, Parameter]) -> Varied:
    if values is not None:
        return read_values(scenario, path, tree_from(values, INPUTS_FILE))
    distribution = known[path].value
    assert isinstance(distribution, Distribution)
    return Varied(path, distribution=distribution, written=distribution.as_dict())


def _refuse_shared(
    scenario: Scenario, inputs: Sequence[Input], known: Mapping[str, Parameter]
) -> None:
    """Refuse two inputs of one number, or of one part of the draws."""
    owners, above = dict[str, str](), dict[str, str]()
    tree = tree_from(scenario.full())
    for each in inputs:
        fields = fields_of(scenario, tree, each.part, each.members, known)
        for field in sorted(fields):
            begins = beginnings(field)
            owner = next((owners[begin] for begin in begins if begin in owners), above.get(field))
            if owner == each.name:
                raise wrong_input(each.name, "is given twice")
            if owner is not None:
                raise wrong_input(each.name, f"varies {field}, which {owner} varies already")
        for field in fields:
            owners[field] = each.name
            above |= dict.fromkeys(beginnings(field)[:-1], each.name)


def fields_of(
    scenario: Scenario,
    tree: Node,
    part: str,
    members: Iterable[Varied],
    known: Mapping[str, Parameter],
) -> set[str]:
    """Fields of the full form that an input writes, and its part of the draws."""
    fields = {f"{DRAWS}.{part}"} if part else set[str]()
    for member in members:
        if member.path in known:
            fields |= set(known[member.path].fields)
        else:
            fields |= set(map(path_of, written_fields(scenario, tree, member)))
    return fields


def beginnings(field: str) -> list[str]:
    """The parts that a field is in, the whole first, and the field itself."""
    steps = path_steps(field)
    return [path_of(steps[:end]) for end in range(1, len(steps) + 1)]


def read_values(scenario: Scenario, path: str, node: Node) -> Varied:
    """Values at a path as a study has them, of random points unless they are listed."""
    has_steps = isinstance(node.value, dict) and ("steps" in node.value or "values" in node.value)
    try:
        return varied_from(path, node, scenario, "grid" if has_steps else "sobol", {})
    except StudyError as error:
        raise as_input_error(error) from None


def as_input_error(error: ScenarioError) -> StudyError:
    """An error of varied paths, or of values that were set, as one of inputs."""
    return StudyError(
        replace(each, file=INPUTS_FILE, path=each.path.removeprefix("vary."))
        for each in error.problems
    )


def wrong_input(path: str, message: str) -> StudyError:
    """An error of an input, or of all of them where there is no path."""
    return StudyError([Problem(INPUTS_FILE, None, path, message)])
