"""What is asked for as inputs: paths, patterns, everything; the ranges of what is given none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sim.scenario.addresses import find_place
from sim.scenario.effects.inert import inert_parts
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.suggestions import suggestion
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.joint_draws import DRAWS, JointDate, JointNumber
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.study import varied_form
from sim.studies.design.values import INPUTS_FILE, SCENARIO, StudyError, Varied, rejection
from sim.studies.design.vary import vary_node
from sim.studies.sensitivity.draws import part_paths
from sim.studies.sensitivity.input_words import STAR
from sim.studies.sensitivity.inputs import (
    Asked,
    as_input_error,
    beginnings,
    fields_of,
    members_of,
    read_values,
    wrong_input,
)
from sim.studies.sensitivity.ranges import rule_of

ALL = "all"
NOT_IN_ALL = ("days", "success", "ties", "start")
"""Sections without inputs of ``all``: they say what is asked, or are the same in all runs."""

BY_FIELD = {"nations": 2, "events": -1, "contributions": 2}
"""Sections whose numbers of one field go together, and where the field's name begins."""

ALONE, PATTERN, EVERYTHING = range(3)
"""What is asked for, the most particular first."""


def asked_inputs(
    scenario: Scenario, asked: Sequence[str] | Mapping[str, Any], given: Sequence[Varied] = ()
) -> list[Asked]:
    """The inputs that texts, or values by path, ask for.

    Parameters
    ----------
    scenario : Scenario
    asked : sequence of str, or mapping of path to values
        Texts ``PATH=VALUES``, with values as those of a sweep over random points; a path or a
        pattern alone, for default ranges; ``draws`` or ``all``. Values of a mapping are as those of
        a study file; None for the default range.
    given : sequence of Varied
        Further inputs, of a study.

    Notes
    -----
    A pattern leaves out the numbers that are asked for by themselves; ``all`` leaves out whatever
    else is asked for.

    Raises
    ------
    StudyError, ScenarioError
    """
    known = {each.path: each for each in scenario.parameters()}
    entries = [*(asked.items() if isinstance(asked, Mapping) else map(_text_entry, asked))]
    of_entry: list[list[Asked]] = [[] for _ in entries]
    of_study = [Asked(each.path, {each.path: varied_form(each)}) for each in given]
    ranks = [_rank(name, values, known) for name, values in entries]
    for rank in (ALONE, PATTERN, EVERYTHING):
        taken = _taken(scenario, chain(of_study, *of_entry), known) if rank in ranks else set()
        for place, (name, values) in enumerate(entries):
            if ranks[place] == rank:
                of_entry[place] = _found(scenario, name, values, known, taken)
    found = [*of_study, *chain(*of_entry)]
    if not found:
        raise wrong_input("", "there is no input: nothing in the scenario has a default range")
    return found


def _rank(name: str, values: Any, known: Mapping[str, Parameter]) -> int:
    """How particular an entry is."""
    if values is not None or name in known or name == DRAWS:
        return ALONE
    return EVERYTHING if name == ALL else PATTERN


def _taken(scenario: Scenario, found: Iterable[Asked], known: Mapping[str, Parameter]) -> set[str]:
    """Fields and parts of the draws of some inputs."""
    tree = tree_from(scenario.full())
    return {
        field
        for each in found
        for field in fields_of(scenario, tree, each.part, members_of(scenario, each, known), known)
    }


def _found(
    scenario: Scenario,
    name: str,
    values: Any,
    known: Mapping[str, Parameter],
    taken: set[str],
) -> list[Asked]:
    """The inputs that one entry asks for, without what others have taken."""
    if values is not None:
        node = values if isinstance(values, Node) else tree_from(values, INPUTS_FILE)
        varied = _varied(scenario, name, node)
        return [Asked(varied.path, {varied.path: varied_form(varied)})]
    if name == DRAWS:
        return [*_draw_inputs(scenario)]
    if name in known:
        return [_with_defaults(scenario, name, known)]
    free = {
        path: each
        for path, each in known.items()
        if taken.isdisjoint(begin for field in each.fields for begin in beginnings(field))
    }
    if name != ALL:
        pattern = path_steps(name)
        fitting = {path for path in known if _matches(pattern, path_steps(path))}
        if fitting and fitting.isdisjoint(free):
            raise wrong_input(name, "all numbers that fit it are inputs by themselves")
        return [_with_defaults(scenario, name, free)]
    return [each for each in _all_inputs(scenario, free) if f"{DRAWS}.{each.part}" not in taken]


def _text_entry(text: str) -> tuple[str, Node | None]:
    """Path and values of a text; None without values."""
    if not text.strip():
        raise wrong_input("", f"{text!r} must be a path with or without values, {DRAWS} or {ALL}")
    if "=" not in text:
        return text.strip(), None
    try:
        return vary_node(text)
    except StudyError as error:
        raise as_input_error(error) from None


def _varied(scenario: Scenario, path: str, node: Node) -> Varied:
    """What an input takes at a path, which the scenario may have."""
    if path == SCENARIO:
        raise wrong_input(path, "is no input; whole scenarios are compared by `willing compare`")
    varied = read_values(scenario, path, node)
    reason = rejection(scenario, varied)
    if reason:
        raise wrong_input(path, reason)
    if varied.distribution is None and len(varied.options) < 2:
        raise wrong_input(path, "one value alone is no input; give a range or several values")
    return varied


def _with_defaults(scenario: Scenario, name: str, known: Mapping[str, Parameter]) -> Asked:
    """Numbers at a path, or at all paths of a pattern, each in its default range."""
    pattern = path_steps(name)
    matching = [each for path, each in known.items() if _matches(pattern, path_steps(path))]
    if not matching:
        if STAR in pattern or any(name.startswith(f"{path}.") for path in known):
            raise wrong_input(name, "there is no number that fits it")
        try:
            matching = [scenario.parameter(name)]
        except ScenarioError as error:
            message = error.problems[0].message
            raise wrong_input(name, f"{message}{suggestion(name, [ALL, DRAWS])}") from None
    members = _members(scenario, matching)
    if members:
        is_single = len(matching) == 1
        return Asked(matching[0].path if is_single else name, members)
    value = matching[0].value
    if isinstance(value, JointDate | JointNumber):
        message = f"is drawn jointly with other numbers: give {DRAWS}, or a range of its own"
    else:
        what = "they are" if len(matching) > 1 else "it is"
        message = f"has no default range, as {what} 0, not set, or past; give one, PATH=LOW:HIGH"
    raise wrong_input(name, message)


def _members(scenario: Scenario, matching: Iterable[Parameter]) -> dict[str, Any]:
    """Default ranges by path, of those that have one."""
    found = {}
    for parameter in matching:
        rule = None if _is_joint(parameter) else rule_of(scenario, parameter)
        if rule is not None:
            found[parameter.path] = rule.written(scenario, parameter)
    return found


def _is_joint(parameter: Parameter) -> bool:
    return isinstance(parameter.value, JointDate | JointNumber)


def _matches(pattern: Sequence[str], steps: Sequence[str]) -> bool:
    """True if steps begin as a pattern says, in which a star stands for one step or several."""
    if not pattern:
        return True
    if pattern[0] == STAR:
        return any(_matches(pattern[1:], steps[n:]) for n in range(1, len(steps) + 1))
    return bool(steps) and steps[0] == pattern[0] and _matches(pattern[1:], steps[1:])


def _all_inputs(scenario: Scenario, known: Mapping[str, Parameter]) -> Iterator[Asked]:
    """All numbers that may have an effect and have a default range, in groups; joint draws."""
    inert = {each.keys for each in inert_parts(scenario)}
    groups: dict[str, list[Parameter]] = {}
    for path, parameter in known.items():
        section, *_ = steps = path_steps(path)
        if section in NOT_IN_ALL or not (parameter.slots or section == "events"):
            continue
        if section == "events" and scenario.events[_event_number(scenario, path)].first_date < 1:
            continue
        name = path
        if section in BY_FIELD:
            name = path_of((section, STAR, *steps[BY_FIELD[section] :]))
        elif section == "behaviour":
            name = path_of(steps[:2])
        groups.setdefault(name, []).append(parameter)
    for name, parameters in groups.items():
        members = _members(scenario, parameters)
        if members and not all(_is_inert(scenario, path, inert) for path in members):
            yield Asked(next(iter(members)) if len(members) == 1 else name, members)
    yield from _draw_inputs(scenario, is_asked=False)


def _event_number(scenario: Scenario, path: str) -> int:
    place = find_place(scenario, path)
    assert place is not None
    return int(place.keys[1])


def _is_inert(scenario: Scenario, path: str, inert: set[tuple[str | int, ...]]) -> bool:
    place = find_place(scenario, path)
    assert place is not None
    return any(place.keys[:end] in inert for end in range(1, len(place.keys) + 1))


def _draw_inputs(scenario: Scenario, is_asked: bool = True) -> Iterator[Asked]:
    """The joint draws, by their parts."""
    if scenario.draws is None:
        if is_asked:
            raise wrong_input(DRAWS, "the scenario has no joint draws (--parameters posterior)")
        return
    for part in part_paths(scenario.draws):
        yield Asked(f"{DRAWS}.{part}", {}, part)
