"""What in a study can have no effect at any of its points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from sim.scenario.addresses import Keys, find_event, find_place, replaced
from sim.scenario.distribution import Distribution
from sim.scenario.effects.inert import Inert, inert_parts
from sim.scenario.effects.notes import joint_notes, note_lines
from sim.scenario.fields import Between
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.schema import Scenario
from sim.studies.design.values import SCENARIO, Option, refused_values

if TYPE_CHECKING:
    from sim.studies.design.study import Study

MOST_COMBINATIONS = 64
"""Combinations of categories that are looked at; of a study with more, nothing is said."""


def study_notes(study: Study) -> tuple[str, ...]:
    """What can have no effect at any point of a study, a line each; varied paths come first.

    A number that is varied stands for all its values at once, as if it were drawn from them; each
    category, and each whole number, is looked at by itself.
    """
    scenarios = _wide_scenarios(study)
    found = [(label, wide, list(inert_parts(wide))) for label, wide in scenarios]
    varied: dict[str, str] = {}
    for path in study.paths:
        reasons = [_reason(path, wide, inert) for _, wide, inert in found]
        known = [reason for reason in reasons if reason is not None]
        # A threshold that is always met at one point and never at another changes a lot.
        if known and all(why for why, _ in known) and len({end for _, end in known if end}) < 2:
            varied[path] = known[0][0]
    lines: dict[str, list[set[str]]] = {}
    in_order: dict[str, None] = {}
    for label, wide, inert in found:
        said = {keys for path in varied for keys in _keys_at(path, wide)}
        above = {keys[:end] for keys in said for end in range(2, len(keys))}
        notes = note_lines(
            wide,
            (e for e in inert if not _is_below(e.keys, said) and e.shown not in above),
        )
        lines.setdefault(label, []).append(set(notes))
        in_order |= dict.fromkeys(notes)
    shared = {label: set[str].intersection(*sets) for label, sets in lines.items()}
    return (
        *_failing_notes(study),
        *_loading_notes(study),
        *(f"{path} is varied, but changes nothing at any point: {varied[path]}" for path in varied),
        *joint_notes(
            {label: [n for n in in_order if n in notes] for label, notes in shared.items()}
        ),
    )


def _failing_notes(study: Study) -> Iterator[str]:
    """Which values of ranges no point can have, so that those points will fail."""
    bases = tuple(study.scenarios.values()) or (study.scenario,)
    is_alone = sum(path != SCENARIO for path in study.paths) == 1
    for each in study.varied:
        if each.path != SCENARIO and (refused := refused_values(bases, each, is_alone)):
            n_refused, first = f"{len(refused):,} of {len(each.options):,}", min(refused)
            yield (
                f"{each.path}: points with {n_refused} values cannot be run; the first: "
                f"{refused[first]}"
            )


def _loading_notes(study: Study) -> tuple[str, ...]:
    """What was noted when scenarios were loaded, and what the shortest runs leave out."""
    bases = study.scenarios or {"": study.scenario}
    found = list(joint_notes({label: base.loading_notes for label, base in bases.items()}))
    lengths = [
        option.changes["days"]
        for each, ends in zip(study.varied, study.ends, strict=True)
        for option in (each.options or ends)
        if isinstance(option.changes.get("days"), int | float)
    ]
    if not lengths:
        return tuple(found)
    late = dict[str, tuple[str, ...]]()
    for label, base in bases.items():
        try:
            late[label] = base.with_value("days", min(lengths)).loading_notes
        except ScenarioError:  # that point says why
            continue
    return (*found, *(f"days={min(lengths):g}: {note}" for note in joint_notes(late)))


def _wide_scenarios(study: Study) -> list[tuple[str, Scenario]]:
    """A scenario for each combination of categories, in which varied numbers are distributions.

    None at all if there are too many, or if one of them cannot be run.
    """
    bases = list(study.scenarios.values()) or [study.scenario]
    is_wide = [
        each.is_number and all(_takes_any_number(base, each.path) for base in bases)
        for each in study.varied
    ]
    columns: list[tuple[Option, ...]] = [
        ends if wide else each.options or ends
        for each, ends, wide in zip(study.varied, study.ends, is_wide, strict=True)
    ]
    if any(each.distribution and not w for each, w in zip(study.varied, is_wide, strict=True)):
        return []
    first = [column[:1] if wide else column for column, wide in zip(columns, is_wide, strict=True)]
    if prod(map(len, first)) > MOST_COMBINATIONS:
        return []
    found = []
    for options in product(*first):
        labels = (
            str(option.label)
            for each, option in zip(study.varied, options, strict=True)
            if each.path == SCENARIO
        )
        try:
            scenario = study.scenario_at(study.point(0)._replace(options=options))
        except ScenarioError:
            return []
        for each, ends, wide in zip(study.varied, study.ends, is_wide, strict=True):
            scenario = _widened(scenario, each.path, ends) if wide else scenario
        found.append((next(labels, ""), scenario))
    return found


def _takes_any_number(scenario: Scenario, path: str) -> bool:
    place = find_place(scenario, path)
    if place is None or (place.keys[0] == "events" and "date" in place.keys):
        return False  # a law of days has none for a range of its parameters
    return isinstance(place.type.marker, Between)


def _widened(scenario: Scenario, path: str, ends: tuple[Option, Option]) -> Scenario:
    """A scenario with a distribution between two numbers at a path; only good for its notes."""
    low, high = (float(option.label) for option in ends)
    place = find_place(scenario, path)
    if place is None:  # it went with what a category removed
        return scenario
    keys = place.keys
    if isinstance(keys[-1], int) and keys[:2] != ("ties", "dyads"):  # of a distribution
        keys, low, high = keys[:-2], -float("inf"), float("inf")
    value = Distribution("uniform", (low, high), low, high) if low < high else low
    wide: Scenario = replaced(scenario, keys, value)
    return wide


def _keys_at(path: str, scenario: Scenario) -> list[Keys]:
    """The keys of all that a path leads to; none where it leads to nothing in this scenario."""
    place = find_place(scenario, path)
    if place is None:
        event = find_event(scenario, path)
        return [] if event is None else [("events", event)]
    if place.keys[:2] != ("nations", ALL):
        return [place.keys]
    return [("nations", index, *place.keys[2:]) for index in range(len(scenario.nations))]


def _reason(path: str, scenario: Scenario, inert: list[Inert]) -> tuple[str, str] | None:
    """Why what is at a path has no effect, and what it comes to; None if nothing is there.

    Both are empty if it may have an effect, and the second if no other value could have one.
    """
    nothing = ("", "")
    keys = _keys_at(path, scenario)
    if not keys:
        return None if path.startswith("events.") else nothing
    reasons = {each.keys: (each.why, each.comes_to) for each in inert}
    found = [
        next((reasons[k[:end]] for end in range(2, len(k) + 1) if k[:end] in reasons), nothing)
        for k in keys
    ]
    return found[0] if all(why for why, _ in found) else nothing


def _is_below(keys: Keys, above: set[Keys]) -> bool:
    return any(keys[:end] in above for end in range(1, len(keys) + 1))
