"""Checks of a study as a whole: its paths taken together, their names, and its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim.scenario.addresses import find_place, full_form_fields
from sim.scenario.distribution import looks_like_distribution
from sim.scenario.events import event_identity, find_events
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.files.variants import SET_FILE, path_steps, with_change
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import is_column
from sim.studies.design.sampling import MOST_DRAWN, MOST_POINTS, MOST_SOBOL_VARIED
from sim.studies.design.study import Study
from sim.studies.design.values import (
    MOST_TRIED,
    SCENARIO,
    Varied,
    refused_values,
    rejection,
    some_options,
)

MOST_NUMBERS_A_POINT = 50_000_000
"""Runs of a point times outcomes: all of them are in memory at once."""


def together_errors(
    bases: Sequence[Scenario], varied: Sequence[Varied], vary: Node
) -> Iterator[Problem]:
    """Problems of paths that lead nowhere, and of two that lead to the same field."""
    trees = [tree_from(scenario.full()) for scenario in bases]
    owners, above = dict[tuple[str, ...], str](), dict[tuple[str, ...], tuple[str, ...]]()
    for each in varied:
        if each.path == SCENARIO:
            continue
        node, fields, reasons = vary.value[each.path], set[tuple[str, ...]](), list[str]()
        for scenario, tree in zip(bases, trees, strict=True):
            reason = rejection(scenario, each)
            try:
                fields |= set() if reason else written_fields(scenario, tree, each)
            except ScenarioError as error:  # nothing is at the path, and it is only "present"
                reason = error.problems[0].message
            reasons += [reason] if reason else []
        if reasons:
            yield Problem(node.file, node.line, f"vary.{each.path}", reasons[0])
            continue
        for steps in sorted(fields):
            begins = (steps[:end] for end in range(1, len(steps) + 1))
            taken = next((begin for begin in begins if begin in owners), above.get(steps))
            if taken is not None:
                both = ".".join(steps if len(steps) > len(taken) else taken)
                message = f"varies {both}, which {owners[taken]} varies already"
                yield Problem(node.file, node.line, f"vary.{each.path}", message)
                break
        for steps in fields:
            owners.setdefault(steps, each.path)
            above |= {steps[:end]: steps for end in range(1, len(steps))}


def value_errors(
    bases: Sequence[Scenario], varied: Sequence[Varied], vary: Node
) -> Iterator[Problem]:
    """Problems of listed values that no point can have."""
    is_alone = sum(path != SCENARIO for path in vary.value) == 1
    for each in varied:
        node = vary.value[each.path]
        listed = node if isinstance(node.value, list) else node.get("values")
        if listed is not None and each.path != SCENARIO:
            for index, reason in refused_values(bases, each, is_alone).items():
                wrong = listed.value[index]
                yield Problem(wrong.file, wrong.line, f"vary.{each.path}", reason)


def written_fields(scenario: Scenario, tree: Node, varied: Varied) -> set[tuple[str, ...]]:
    """Fields of the full form that a path leads to, whether or not a value differs there.

    A part that is replaced or removed as a whole stands for all its fields.

    Raises
    ------
    ScenarioError
        A path names nothing.
    """
    found = set[tuple[str, ...]]()
    options = some_options(varied)[: 1 if varied.is_number else MOST_TRIED]
    for path, value in (change for option in options for change in option.changes.items()):
        found_at = find_place(scenario, path)
        if found_at is not None:
            found |= {path_steps(field) for field in full_form_fields(scenario, found_at.keys)}
            continue
        with_change(tree, path, tree_from(value, SET_FILE))
        section, *rest = path_steps(path)
        parts = [(section, *rest)]
        if section == "nations" and rest[:1] == [ALL]:
            parts = [(section, nation.id, *rest[1:]) for nation in scenario.nations]
        elif section == "events" and rest:
            (number, *_), taken = find_events(rest, list(map(event_identity, scenario.events)))
            parts = [(section, str(number), *rest[taken:])]
        for steps in parts:
            found |= set(_inside(steps, value))
    return found


def _inside(steps: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    """Steps to what a value replaces: a nation or behaviour key by key, anything else whole."""
    is_merged = steps[0] == "behaviour" or (steps[0] == "nations" and len(steps) == 2)
    if not is_merged or not isinstance(value, dict) or looks_like_distribution(value):
        yield steps
        return
    for key, child in value.items():
        yield from _inside((*steps, key), child)


def name_errors(study: Study, vary: Node) -> Iterator[Problem]:
    """Problems of paths that have the name of a column of the results."""
    for each in study.varied:
        if is_column(each.path, study.outcomes):
            node = vary.value[each.path]
            message = (
                "is the name of a column of the results; give its values as "
                "{label: ..., set: {...}} under another name"
            )
            yield Problem(node.file, node.line, f"vary.{each.path}", message)


def size_errors(study: Study) -> Iterator[tuple[str, str]]:
    """Keys of a study that need too much memory, each with a message."""
    design, n_points, n_varied = study.design.kind, study.n_points, len(study.varied)
    runs, n_outcomes = study.effort.runs, len(study.outcomes)
    if n_points > MOST_POINTS:
        yield "vary", f"{n_points:,} points; at most {MOST_POINTS:,} are allowed"
    if design == "sobol" and n_varied > MOST_SOBOL_VARIED:
        yield "vary", f"{n_varied:,} paths; at most {MOST_SOBOL_VARIED:,} go with sobol"
    if design != "grid" and n_points * n_varied > MOST_DRAWN:
        size = f"{n_points:,} points of {n_varied:,} paths"
        yield "points", f"{size}; at most {MOST_DRAWN:,} numbers can be drawn"
    if runs * n_outcomes > MOST_NUMBERS_A_POINT:
        size = f"{runs:,} runs of {n_outcomes:,} outcomes"
        yield (
            "outcomes",
            f"{size} a point; at most {MOST_NUMBERS_A_POINT:,} numbers of one can be held",
        )
