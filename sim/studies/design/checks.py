"""Checks of a study as a whole: what is varied is there, once, and can be asked about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from sim.results.format import cut
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import closest, closest_of, suggestion
from sim.scenario.files.tree import Node, plain, quoted, tree_from
from sim.scenario.files.variants import SET_FILE, with_change
from sim.scenario.schema import Scenario
from sim.studies.design.columns import is_column
from sim.studies.design.outcomes import OutcomeError, asked_outcomes, default_outcomes
from sim.studies.design.sampling import MOST_DRAWN, MOST_POINTS, MOST_SOBOL_VARIED
from sim.studies.design.varied import (
    ABSENT,
    OPTION_KEYS,
    PRESENT,
    SCENARIO,
    Option,
    Varied,
    scenario_with,
)

MOST_TRIED = 50
"""Categories of one path that are tried; with more, points fail one by one where they do."""

MOST_COUNTS = 2_000_000
"""Numbers of a point's distributions of size: its days times one more than its nations."""

MOST_VALUES = 50_000_000
"""Runs of a point times outcomes: all of them are in memory at once."""

LONGEST_PATH, LONGEST_WORD = 100, 300
"""Letters of a path, and of anything else that was written in one word, that a message shows."""

TRIED = (0.5, 1, 10)
"""Numbers that are tried where the scenario has none yet."""

NOT_VARIED = MappingProxyType(
    {
        "start": "is not varied, as days are counted from it; dates of events are given with --set "
        "or with whole scenarios (scenario=A,B)",
        "base": "is not varied; whole scenarios are given as scenario=A,B",
    }
)
"""Keys of a scenario that would change nothing, or cannot be changed, and what to do instead."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")

Leaf = tuple[Node, str]


class StudyError(ScenarioError):
    """A study cannot be used; ``problems`` says why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(map(_as_option, problems))


def _as_option(problem: Problem) -> Problem:
    """A problem with an option of the command line, whose name says what it is about."""
    problem = replace(
        problem, path=cut(problem.path, LONGEST_PATH), message=_without_long_words(problem.message)
    )
    if not problem.file.startswith("--"):
        return problem
    path = problem.path.removeprefix("vary.")
    return replace(problem, path=path if problem.file == "--vary" else "")


def _without_long_words(message: str) -> str:
    """A message with what somebody wrote in it cut short."""
    return _LONG_WORD.sub(lambda found: cut(found[0], LONGEST_PATH), message)


def check_together(
    base: Scenario, scenarios: dict[str, Scenario], varied: Sequence[Varied], vary: Node
) -> list[Problem]:
    """What is wrong with paths: they lead nowhere, or two of them to the same field."""
    problems, owners = list[Problem](), dict[str, str]()
    bases = [(each, tree_from(each.full())) for each in scenarios.values() or [base]]
    for each in varied:
        if each.path == SCENARIO:
            continue
        node, reasons, fields = vary.value[each.path], list[str](), set[str]()
        for scenario, root in bases:
            reason = why_none(scenario, each)
            try:
                fields |= set() if reason else reached_fields(root, each)
            except ScenarioError as error:  # it names nothing, and is there only as it is
                reason = error.problems[0].message
            reasons += [reason] if reason else []
        if reasons:
            problems.append(Problem(node.file, node.line, f"vary.{each.path}", reasons[0]))
            continue
        taken = next((name for name in sorted(fields) if name in owners), None)
        if taken is not None:
            message = f"varies {taken}, which {owners[taken]} varies already"
            problems.append(Problem(node.file, node.line, f"vary.{each.path}", message))
        owners |= dict.fromkeys(fields, each.path)
    return problems


def why_none(scenario: Scenario, varied: Varied) -> str:
    """Why none of the values of a path can be had; empty where one can.

    A few are tried. One that is out of range still leads somewhere: its points fail, each with its
    reason.
    """
    reason = ""
    options = _some_options(varied)
    if varied.is_number:  # where a whole number is needed, a broken one is the reason
        options.sort(key=lambda option: float(option.label).is_integer())
    for option in options:
        try:
            scenario_with(scenario, option.changes)
        except ScenarioError as error:
            reason = reason or _reason(error.problems[0], option)
        else:
            return ""
    return reason


def _reason(problem: Problem, option: Option) -> str:
    """What is wrong with a value, and where if that is not the path that is varied."""
    if any(f"{path}.".startswith(f"{problem.path}.") for path in option.changes):
        return problem.message
    return ": ".join(part for part in (problem.path, problem.message) if part)


def _some_options(varied: Varied) -> list[Option]:
    """A few of the values: of numbers the outer ones, and some from within."""
    if varied.distribution is not None:
        return [varied.drawn_option(each) for each in varied.drawn(np.array([0.37, 0.61, 0.5]))]
    if not varied.is_number:
        return list(varied.options[:MOST_TRIED])
    middle = len(varied.options) // 2
    return [*varied.options[:2], *varied.options[middle : middle + 1], *varied.options[-2:]]


def slip(path: str, node: Node, bases: Sequence[Scenario]) -> str:
    """What is wrong with a value that is likely a slip of the pen; empty for any other.

    It is one only where no scenario takes it: of a value that needs another path to be changed as
    well, the points show whether they can be run.
    """
    value = plain(node)
    said = ""
    if isinstance(value, dict):
        said = _near_keys(value)
    elif isinstance(value, str):
        close = closest(value, (PRESENT, ABSENT))
        said = f"{quoted(node)} is no value that it can have{close}" if close else ""
    if not said and not isinstance(value, (str, bool)):
        return ""
    if not said and not any(takes_numbers(base, path) for base in bases):
        return ""
    reasons = [why_none(base, Varied(path, (Option("", {path: value}),))) for base in bases]
    return (said or reasons[0]) if all(reasons) else ""


def _near_keys(value: Mapping[str, Any]) -> str:
    """What is wrong with a mapping that was to give a value a name."""
    if not any(closest_of(key, OPTION_KEYS) for key in value):
        return ""
    wrong = next((key for key in value if key not in OPTION_KEYS), None)
    if wrong is None:
        return f"{next(iter(value))} alone: a value with a name is {{label: ..., set: {{...}}}}"
    return f"unknown key {wrong!r}" + suggestion(wrong, OPTION_KEYS)


def takes_numbers(scenario: Scenario, path: str) -> bool:
    """Whether a path of a scenario takes some number."""
    try:
        numbers = numbers_to_try(tree_from(scenario.full()), path)
    except ScenarioError:
        return False
    return any(not why_none(scenario, Varied(path, (Option(x, {path: x}),))) for x in numbers)


def numbers_to_try(root: Node, path: str) -> list[float]:
    """Numbers that a path may take, the scenario's own first: it is within bounds.

    Raises
    ------
    ScenarioError
        The path names nothing.
    """
    fields = fields_of(root, {path: TRIED[0]})
    own = [node.value for node, name in leaves(root) if name in fields]
    numbers = [x for x in own if isinstance(x, int | float) and not isinstance(x, bool)]
    return [*numbers[:1], *TRIED]


def reached_fields(root: Node, varied: Varied) -> set[str]:
    """Fields of the full form that a path leads to, whether or not a value differs there.

    Parameters
    ----------
    root : Node
        The full form of a scenario.
    varied : Varied
    """
    options = _some_options(varied)
    return set().union(*(fields_of(root, each.changes) for each in options[: _n_told(varied)]))


def _n_told(varied: Varied) -> int:
    """Numbers of one path all lead to the same fields."""
    return 1 if varied.is_number else MOST_TRIED


def fields_of(root: Node, changes: Mapping[str, Any]) -> set[str]:
    """Fields of a full form that changes lead to, by their paths; nations by their ids.

    Parameters
    ----------
    root : Node
        The full form of a scenario.
    changes : mapping of path to value
        None takes away: that leads to whatever stands at the path as one.

    Raises
    ------
    ScenarioError
        A path names nothing.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
    >>> sorted(fields_of(tree_from(scenario.full()), {"nations.*.stake": 0.5}))
    ['nations.FRA.stake', 'nations.GBR.stake']
    """
    found, before = set[str](), leaves(root)
    for path, value in changes.items():
        new = tree_from(value, SET_FILE)
        after = leaves(with_change(root, path, new))
        kept, own = {id(node) for node, _ in after}, {id(node) for node, _ in leaves(new)}
        names = [name for node, name in before if id(node) not in kept]
        if value is None:
            depth = path.count(".") + 1
            names = [".".join(name.split(".")[:depth]) for name in names]
        found.update(names, (name for node, name in after if id(node) in own))
    return found


def leaves(node: Node, path: str = "") -> list[Leaf]:
    """Every number and word of a tree with its path, nations by their ids."""
    if isinstance(node.value, dict) and node.value:
        steps = list(node.value.items())
    elif isinstance(node.value, list) and node.value:
        steps = [(_name_of(path, place, child), child) for place, child in enumerate(node.value)]
    else:
        return [(node, path)]
    ahead = f"{path}." if path else ""
    return [leaf for step, child in steps for leaf in leaves(child, f"{ahead}{step}")]


def _name_of(path: str, place: int, child: Node) -> str:
    named = child.get("id") if path == "nations" else None
    return str(place if named is None else named.value)


def check_names(varied: Sequence[Varied], vary: Node, outcomes: Iterable[str]) -> Iterator[Problem]:
    """Paths that would have the name of a column of the results."""
    for each in varied:
        if is_column(each.path, outcomes):
            node = vary.value[each.path]
            message = (
                "is the name of a column of the results; give its values as "
                "{label: ..., set: {...}} under another name"
            )
            yield Problem(node.file, node.line, f"vary.{each.path}", message)


def too_much(
    design: str, n_points: int, n_varied: int, runs: int, outcomes: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Keys of a study that ask for more than memory holds, each with what is allowed."""
    if n_points > MOST_POINTS:
        yield "vary", f"{n_points:,} points; at most {MOST_POINTS:,} are allowed"
    if design == "sobol" and n_varied > MOST_SOBOL_VARIED:
        yield "vary", f"{n_varied:,} paths; at most {MOST_SOBOL_VARIED:,} go with sobol"
    if design != "grid" and n_points * n_varied > MOST_DRAWN:
        asked = f"{n_points:,} points of {n_varied:,} paths"
        yield "points", f"{asked}; at most {MOST_DRAWN:,} numbers can be drawn"
    if runs * len(outcomes) > MOST_VALUES:
        asked = f"{runs:,} runs of {len(outcomes):,} outcomes"
        yield "outcomes", f"{asked} a point; at most {MOST_VALUES:,} numbers of one can be held"


def known_outcomes(
    asked: Sequence[Any] | None, scenario: Scenario, others: Iterable[Scenario] = ()
) -> tuple[tuple[str, ...], str]:
    """Outcomes that are asked for, by default the usual ones of all, and what is wrong."""
    if asked is None:
        return default_outcomes(scenario, *others), ""
    try:
        return tuple(each.name for each in asked_outcomes(list(map(str, asked)), scenario)), ""
    except OutcomeError as error:
        return (), str(error)


def known_days(asked: Any, scenario: Scenario) -> tuple[tuple[int, ...], str]:
    """Days that are asked for beside the last, in their order, and what is wrong with them."""
    listed = asked if isinstance(asked, list) else [] if asked is None else [asked]
    for day in listed:
        if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= scenario.days:
            return (), f"{day!r} must be a day from 0 to {scenario.days}"
    days = tuple(sorted(set(listed) - {scenario.days}))
    if (len(days) + 1) * (len(scenario.nations) + 1) > MOST_COUNTS:
        most = MOST_COUNTS // (len(scenario.nations) + 1)
        return (), f"{len(days) + 1} days are too many for so many nations; at most {most} are kept"
    return days, ""
