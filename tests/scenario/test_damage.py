"""Whatever happens to a scenario file, it loads or gives located problems, and does so soon."""

from __future__ import annotations

import copy
import json
import math
import time
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.file import load_study
from tests.examples import examples

SLOWEST_SECONDS = 2.0
FRAGMENTS = st.one_of(
    st.sampled_from(
        [*"{}[]:,-#&*!|>'\"%@`?\t\n\r\0", "*a", "&a ", "!!python/object:x ", "---\n", "<<: *a"]
    ),
    st.sampled_from(["1e400", "-1", ".nan", "null", "all", "uniform", "9" * 400, "2025-02-30"]),
    st.text(max_size=6),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 0, 1, 0.5, math.nan, math.inf, -math.inf, 1e300, -0.0, 5e-324]),
    st.floats(),
    st.sampled_from(["all", "GBR", "talks", "left", "us_backing", "force", "ground", "2025-04-01"]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda children: st.one_of(
        st.lists(children, max_size=3),
        st.dictionaries(st.text(max_size=8), children, max_size=3),
        st.dictionaries(
            st.sampled_from(["uniform", "normal", "beta", "from", "rate", "*", "id", "table"]),
            st.lists(st.floats(), max_size=3) | children,
            max_size=2,
        ),
    ),
    max_leaves=6,
)
QUICKLY = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def outcome(load) -> Scenario | list[str]:
    """The scenario or its located problems; anything else fails the test."""
    began = time.perf_counter()
    result: Scenario | ScenarioError
    try:
        result = load()
    except ScenarioError as error:
        result = error
    assert time.perf_counter() - began < SLOWEST_SECONDS
    if isinstance(result, Scenario):
        return result
    lines = [str(problem) for problem in result.problems]
    assert lines
    assert all(problem.message and (problem.path or problem.file) for problem in result.problems)
    assert not any("\n" in line for line in lines)
    return lines


def is_whole(scenario: Scenario) -> bool:
    """Whether a scenario that was accepted survives a round trip."""
    return scenario_from_dict(json.loads(json.dumps(scenario.full(), allow_nan=False))) == scenario


def damaged_text(data, text: str) -> str:
    """A text with a few pieces taken out, put in, doubled or swapped."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 1, 3, 20])))
        middle = data.draw(st.one_of(FRAGMENTS, st.just(text[start:end] * 2), st.just("")))
        text = text[:start] + middle + text[end:]
    return text


@QUICKLY
@given(data=st.data())
@pytest.mark.parametrize("name", ["paris.yaml", "nations.csv", "dyads.csv"])
def test_a_damaged_file_loads_or_gives_located_problems(paris: Path, name: str, data):
    file = paris.with_name(name)
    right = file.read_text(encoding="utf-8")
    text = damaged_text(data, right)
    try:
        file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        result = outcome(lambda: load_scenario(paris))
    finally:
        file.write_text(right, encoding="utf-8")
    assert isinstance(result, list) or is_whole(result)


@QUICKLY
@given(data=st.data())
def test_damaged_bytes_load_or_give_located_problems(paris: Path, data):
    right = paris.read_bytes()
    start = data.draw(st.integers(0, len(right)))
    middle = data.draw(st.binary(max_size=20))
    try:
        paris.write_bytes(right[:start] + middle + right[start + len(middle) // 2 :])
        result = outcome(lambda: load_scenario(paris))
    finally:
        paris.write_bytes(right)
    assert isinstance(result, list) or is_whole(result)


def paths(value, before=()):
    """Paths of all values inside plain data."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        yield (*before, key)
        if isinstance(child, (dict, list)):
            yield from paths(child, (*before, key))


def damage(data, tree) -> None:
    """Take out, replace, rename or double one value of a tree, in place."""
    places = list(paths(tree))
    if not places:
        return
    path = data.draw(st.sampled_from(places))
    holder = tree
    for step in path[:-1]:
        holder = holder[step]
    how = data.draw(st.sampled_from(["replace", "remove", "rename", "double", "move"]))
    if how == "remove":
        del holder[path[-1]]
    elif how == "rename" and isinstance(holder, dict):
        holder[data.draw(st.text(max_size=6)) + str(path[-1])] = holder.pop(path[-1])
    elif how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    elif how == "move":
        other = data.draw(st.sampled_from(places))
        taken = tree
        for step in other:
            if not isinstance(taken, (dict, list)):
                return
            taken = taken[step]
        holder[path[-1]] = copy.deepcopy(taken)
    else:
        holder[path[-1]] = data.draw(VALUES)


@QUICKLY
@given(data=st.data(), full=st.booleans())
def test_a_damaged_tree_loads_or_gives_located_problems(paris: Path, data, full):
    tree = load_scenario(paris).full() if full else yaml.safe_load(paris.read_text("utf-8"))
    for _ in range(data.draw(st.integers(1, 3))):
        damage(data, tree)
    result = outcome(lambda: scenario_from_dict(tree, paris.parent))
    assert isinstance(result, list) or is_whole(result)


@QUICKLY
@given(data=st.data(), value=VALUES)
def test_a_wild_change_is_made_or_gives_located_problems(paris: Path, data, value):
    scenario = load_scenario(paris)
    steps = list(data.draw(st.sampled_from(list(paths(scenario.full())))))
    steps = steps[: data.draw(st.integers(1, len(steps)))]
    if data.draw(st.booleans()):
        steps[-1] = data.draw(st.one_of(st.text(max_size=5), st.sampled_from(["*", "0", "-1"])))
    if steps[0] == "nations" and len(steps) > 1 and isinstance(steps[1], int):
        steps[1] = scenario.nations[steps[1]].id
    result = outcome(lambda: scenario.with_changes({".".join(map(str, steps)): value}))
    assert isinstance(result, list) or is_whole(result)
    text = ".".join(map(str, steps)) + "=" + data.draw(FRAGMENTS)
    outcome(lambda: load_scenario(paris, [text]))


@QUICKLY
@given(data=st.data())
def test_a_damaged_variant_loads_or_gives_located_problems(paris: Path, data):
    paris.with_name("other.yaml").write_text(
        "base: paris.yaml\nremove_nations: POL\nset_events: {chiefs: {weight: 2}}\n", "utf-8"
    )
    variant = (
        "base: [paris.yaml, other.yaml]\nadd_nations: [{id: ITA, stake: 0.5}]\n"
        "remove_nations: [EST]\nnations: {set: {GBR: {stake: 0.1}}}\n"
        "remove_events: [ministers, move.GBR.0]\nset_events: {first_list: {covers: [GBR]}}\n"
        "conditions: {us_backing: {level: {uniform: [0.1, 0.9]}}}\nsuccess: {hold: 7}\n"
        "behaviour: {from: reasoned, withdraw: {rate: 0.1}}\nadd_events: [{date: 3, list: x}]\n"
        "days: 100\n"
    )
    file = paris.with_name("variant.yaml")
    text = damaged_text(data, variant)
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    result = outcome(lambda: load_scenario(file))
    assert isinstance(result, list) or is_whole(result)


STUDY = """\
scenario: paris.yaml
set:
  days: 150
  nations.POL.stake: 0.8
  events.ministers.weight: 3
  behaviour: {from: reasoned, declare: {rate: 0.02}}
vary:
  conditions.us_backing.level: [0.1, 0.35, 0.8]
  nations.*.support: {range: [0.2, 0.8], steps: 3}
  events.chiefs: [present, absent]
  plan:
    - {label: one, set: {commitment.requirement: 20, memory.momentum: 5}}
    - {label: two, set: {events.ministers.weight: 2}}
  behaviour.declare.rate: {values: [0.01, 0.02], spacing: log}
design: grid
runs: 50
outcomes: [success, size, force]
days: [30, 60]
"""
PIECES = [
    *"{}[]:,-#&*!|>'\"%@`?\t\n\r\0",
    *("*a", "&a ", "!!python/object:x ", "---\n", "<<: *a", "1e400", "-1", ".nan", "null", "all"),
    *("uniform", "9" * 400, "2025-02-30", ";", "0,5", "\ufeff", "x"),
]


def some_damage(random: Random, text: str) -> str:
    """A text with up to three pieces taken out, put in or doubled."""
    for _ in range(random.randint(1, 3)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.choice([0, 1, 3, 20]))
        middle = random.choice([random.choice(PIECES), text[start:end] * 2, ""])
        text = text[:start] + middle + text[end:]
    return text


@pytest.mark.parametrize(
    "n_damaged", [20, pytest.param(400, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize("name", ["paris.yaml", "nations.csv", "dyads.csv", "study.yaml"])
def test_every_problem_with_a_damaged_file_names_a_file_and_a_line(
    paris: Path, name: str, n_damaged: int
):
    file = paris.with_name(name)
    paris.with_name("study.yaml").write_text(STUDY, encoding="utf-8")
    right = file.read_text(encoding="utf-8")
    load = load_study if name == "study.yaml" else load_scenario
    assert load(paris.with_name("study.yaml") if name == "study.yaml" else paris)
    random, n_refused = Random(7), 0
    for _ in range(n_damaged):
        text = some_damage(random, right)
        file.write_text(text, encoding="utf-8", newline="")
        try:
            load(file if name == "study.yaml" else paris)
        except ScenarioError as error:
            n_refused += 1
            for problem in error.problems:
                assert problem.file, (text, str(problem))
                assert not problem.file.startswith("--"), (text, str(problem))
                has_line = problem.line is not None
                assert has_line or "does not exist" in problem.message, (text, str(problem))
    assert n_refused > n_damaged / 4
