"""What an input of a sensitivity analysis is called, and what it takes, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sim.results.format import LONGEST_NAME, cut
from sim.scenario.addresses import find_place
from sim.scenario.files.tree import plain, tree_from
from sim.scenario.files.variants import path_steps
from sim.scenario.labels import label_of
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.values import Varied
from sim.studies.sensitivity.draws import part_paths
from sim.studies.sensitivity.ranges import rule_of

STAR = "*"
"""In the name of an input: one step of a path or several."""

PART_LABELS = {
    "fitted": "fitted numbers of the behaviour",
    "judged": "judged numbers of the behaviour",
}
"""Of parts of joint draws that come with the behaviour."""


def input_label(scenario: Scenario, name: str, paths: Collection[str], part: str) -> str:
    """What people call an input.

    Parameters
    ----------
    scenario : Scenario
    name : str
        As it was asked for.
    paths : collection of str
        Of its numbers.
    part : str
        Of the joint draws, if it is one; else empty.
    """
    if part in PART_LABELS:
        return PART_LABELS[part]
    if part:
        assert scenario.draws is not None
        columns = part_paths(scenario.draws)[part]
        of_events = all(path.startswith("events.") for path in columns)
        return "drawn occasions" if of_events else "joint draws"
    steps, place = path_steps(name), find_place(scenario, name)
    if place is None:
        if name in paths:
            return cut(name, LONGEST_NAME)
        words = " ".join(step.replace("_", " ") for step in steps if step != STAR)
        return ": ".join(words.split(maxsplit=1))
    label = label_of(scenario, place.keys)
    if len(paths) > 1:  # of all nations, each its own number
        label = label.replace("all nations", "nations", 1)
    return f"commitment: {label}" if steps[0] == "commitment" else label


def input_range(
    scenario: Scenario, members: Sequence[Varied], part: str, known: Mapping[str, Parameter]
) -> str:
    """What an input takes, in words.

    Parameters
    ----------
    scenario : Scenario
    members : sequence of Varied
        Its numbers.
    part : str
        Of the joint draws, if it is one; then it has no numbers of its own.
    known : mapping of path to Parameter
        Of the scenario.
    """
    if part:
        assert scenario.draws is not None
        paths = part_paths(scenario.draws)[part]
        return f"{len(paths):,} numbers, drawn jointly"
    if len(members) > 1:
        rules = {_rule_text(scenario, each.path, known) for each in members}
        text = rules.pop() if len(rules) == 1 else "each by its kind"
        return f"{len(members):,} numbers, {text}"
    return _values_text(members[0])


def _rule_text(scenario: Scenario, path: str, known: Mapping[str, Parameter]) -> str:
    rule = rule_of(scenario, known[path])
    return "" if rule is None else rule.range


def _values_text(varied: Varied) -> str:
    """The values of one path, in words."""
    if varied.distribution is None:
        return f"{len(varied.options)} values"
    written = plain(tree_from(varied.written))
    if "range" not in written:
        kind, values = next(iter(written.items()))
        listed = values.values() if isinstance(values, dict) else values
        return f"{kind} ({', '.join(f'{value:.4g}' for value in listed)})"
    low, high = (f"{end:.3g}" if isinstance(end, float) else f"{end:,}" for end in written["range"])
    return f"{low} to {high}{' (log)' if varied.spacing == 'log' else ''}"
