"""Inputs: what texts ask for, which ranges they get, and what is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario.files.errors import ScenarioError
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.values import StudyError
from sim.studies.sensitivity.asked import asked_inputs
from sim.studies.sensitivity.draws import draw_part, part_paths
from sim.studies.sensitivity.inputs import Input, inputs_of
from sim.studies.sensitivity.points import check_ends
from sim.studies.sensitivity.ranges import RULES, rule_of
from tests.studies.sensitivity.small import LEVEL, SCENARIO

NATIONS = [nation.id for nation in SCENARIO.nations]


def inputs(*asked: str, scenario: Scenario = SCENARIO) -> dict[str, Input]:
    """Inputs by name."""
    found = inputs_of(scenario, asked_inputs(scenario, asked))
    return {each.name: each for each in found}


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (LEVEL, {"range": [0.3, 0.7]}),
        ("conditions.us_backing.speed", {"range": [0.1, 0.4], "spacing": "log"}),
        ("conditions.us_backing.volatility", {"range": [0.05, 0.2], "spacing": "log"}),
        ("commitment.requirement", {"range": [15.0, 60.0], "spacing": "log"}),
        ("commitment.token", {"range": [0.0, 0.22]}),
        ("behaviour.declare.rate", {"range": [0.05, 0.2], "spacing": "log"}),
        ("behaviour.declare.peers", {"range": [-1.5, -0.5]}),
        ("behaviour.declare.prospects", {"range": [1.5, 4.5]}),
        ("events.talks.date", {"range": [1, 20]}),
        ("success.public_size", {"range": [3, 5]}),
        ("days", {"range": [16, 24]}),
        ("ties.leaders", {"range": [1.0, 4.0], "spacing": "log"}),
        ("nations.N0.support", None),
        ("events.vote.date", None),
    ],
)
def test_a_number_has_the_default_range_of_its_kind(path: str, written: Any) -> None:
    parameter = SCENARIO.parameter(path)
    rule = rule_of(SCENARIO, parameter)
    assert rule is not None
    assert rule.written(SCENARIO, parameter) == written


@pytest.mark.parametrize(
    "path",
    [
        "conditions.us_backing.start",
        "nations.N0.threshold",
        "events.before.date",
        "behaviour.engage.peers",
    ],
)
def test_what_is_0_not_set_or_past_has_none(path: str) -> None:
    assert rule_of(SCENARIO, SCENARIO.parameter(path)) is None
    with pytest.raises(StudyError, match="has no default range, as it is 0, not set, or past"):
        inputs(path)


def test_every_rule_says_what_it_is_for() -> None:
    assert len({rule.kind for rule in RULES}) == len(RULES)
    assert all(rule.range for rule in RULES)


def test_a_range_next_to_an_end_stays_inside() -> None:
    scenario = SCENARIO.with_changes({LEVEL: 0.95, "commitment.demand": 0.9})
    for path, ends in ((LEVEL, [0.75, 0.99]), ("commitment.demand", [0.7, 1.0])):
        rule = rule_of(scenario, scenario.parameter(path))
        assert rule is not None
        assert rule.written(scenario, scenario.parameter(path)) == {"range": ends}
    check_ends(scenario, inputs_of(scenario, asked_inputs(scenario, [LEVEL])))


def test_a_pattern_is_one_input_of_all_its_numbers() -> None:
    found = inputs("nations.*.support")["nations.*.support"]
    assert [each.path for each in found.members] == [f"nations.{n}.support" for n in NATIONS]
    assert found.width == len(NATIONS)
    assert found.label == "nations: support"
    of_move = inputs("behaviour.declare")["behaviour.declare"]
    assert {each.path for each in of_move.members} == {
        f"behaviour.declare.{name}" for name in ("rate", "prospects", "peers")
    }
    assert of_move.range == "3 numbers, each by its kind"
    dates = inputs("events.*.date")["events.*.date"]
    assert [each.path for each in dates.members] == ["events.talks.date", "events.vote.date"]


def test_a_path_with_values_sets_all_nations_alike() -> None:
    found = inputs("nations.*.stake=0.2:0.8")["nations.*.stake"]
    assert found.width == 1
    assert found.range == "0.2 to 0.8"


def test_all_leaves_out_what_is_asked_and_what_can_have_no_effect() -> None:
    found = inputs("all")
    assert {LEVEL, "nations.*.capacity.ground", "events.*.date", "behaviour.declare"} <= {*found}
    paths = [member.path for each in found.values() for member in each.members]
    assert len(set(paths)) == len(paths)
    assert not [path for path in paths if path.split(".")[0] in ("days", "success", "ties")]
    assert "events.before.weight" not in paths
    assert "nations.*.bond" not in found  # no move has a coefficient of it
    check_ends(SCENARIO, list(found.values()))


@pytest.mark.parametrize("asked", [("all", f"{LEVEL}=0.2:0.8"), (f"{LEVEL}=0.2:0.8", "all")])
def test_all_leaves_a_number_to_the_range_that_is_given_for_it(asked: tuple[str, str]) -> None:
    found, plain = inputs(*asked), inputs("all")
    assert {*found} == {*plain}
    assert [found[LEVEL].range, plain[LEVEL].range] == ["0.2 to 0.8", "0.3 to 0.7"]
    assert {each: found[each] for each in plain if each != LEVEL} == {
        each: plain[each] for each in plain if each != LEVEL
    }


@pytest.mark.parametrize("other", ["all", "nations.*.capacity", "nations.*.capacity.ground"])
def test_a_number_with_a_range_of_its_own_is_not_in_a_group(other: str) -> None:
    found = inputs(other, "nations.N1.capacity.ground=1:3")
    assert found["nations.N1.capacity.ground"].range == "1 to 3"
    paths = [member.path for each in found.values() for member in each.members]
    assert len(set(paths)) == len(paths)
    assert {f"nations.{n}.capacity.ground" for n in NATIONS} <= {*paths}


def test_all_leaves_out_what_patterns_and_draws_and_whole_parts_have() -> None:
    found = inputs(
        "all", "behaviour.declare", "nations.*.support=0.2:0.8", "events.talks=present,absent"
    )
    assert found["nations.*.support"].width == 1
    assert found["behaviour.declare"].width == 3
    assert "events.talks.date" not in [
        member.path for each in found.values() for member in each.members
    ]
    drawn = SCENARIO.with_draws({"commitment.value": [50.0, 200.0]})
    assert [*inputs("draws", "all", scenario=drawn)].count("draws.joint") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("days=10:30", "10 to 30"),
        ("commitment.requirement=10:40::log", "10 to 40 (log)"),
        ("commitment.requirement={normal: [30, 5]}", "normal (30, 5)"),
        ("commitment.requirement=20,30,40", "3 values"),
        ("commitment.requirement=20:40:3", "3 values"),
        ("nations.N0.support", "normal (0.5, 0.2)"),
        ("events.vote.date", "uniform (5, 12)"),
    ],
)
def test_values_are_as_those_of_a_sweep(text: str, words: str) -> None:
    assert [each.range for each in inputs(text).values()] == [words]


def test_values_in_python_are_those_of_a_study_file() -> None:
    found = asked_inputs(SCENARIO, {LEVEL: {"range": [0.2, 0.8]}, "commitment.value": None})
    assert [dict(each.members) for each in found] == [
        {LEVEL: {"range": [0.2, 0.8]}},
        {"commitment.value": {"range": [50.0, 200.0], "spacing": "log"}},
    ]
    again = [type(each)(**each._asdict()) for each in found]  # as JSON gives them
    assert inputs_of(SCENARIO, again) == inputs_of(SCENARIO, found)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["nonsense"], "--inputs: nonsense: "),
        (["al"], "did you mean 'all'"),
        (["nations.*.nonsense"], "--inputs: nations.*.nonsense: there is no number that fits it"),
        ([f"{LEVEL}=2:3"], f"--inputs: {LEVEL}: 2.37 must be above 0 and below 1"),
        ([f"{LEVEL}=0.8:0.2"], f"--inputs: {LEVEL}: "),
        ([f"{LEVEL}=0.5"], "one value alone is no input"),
        ([LEVEL, f"{LEVEL}=0.2:0.8"], "is given twice"),
        ([""], "'' must be a path with or without values, draws or all"),
        (["nations.*.stake=0:1", "nations.N1.stake"], "varies nations.N1.stake, which nations.*"),
        (["nations.*.stake", "nations.*.stake=0:1"], "all numbers that fit it are inputs by"),
        (["all", "all"], "is given twice"),
        (["events.talks=present,absent", "events.talks.date=2:6"], "events.talks varies already"),
        (["events.talks.date=2:6", "events.talks=present,absent"], "events.talks.date varies al"),
        (["scenario=a,b"], "whole scenarios are compared by `willing compare`"),
        (["draws"], "--inputs: draws: the scenario has no joint draws"),
        (["start=1:3"], "--inputs: start: is not varied"),
        ([f"{LEVEL}="], "must have the form"),
    ],
)
def test_what_cannot_be_varied_is_refused(asked: list[str], message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        inputs(*asked)
    assert message in str(refused.value)


def test_ends_that_a_scenario_cannot_have_are_refused() -> None:
    found = list(inputs(f"{LEVEL}=0.5:1.5").values())
    with pytest.raises(StudyError, match=rf"--inputs: {LEVEL}: 1.5 must be above 0 and below 1"):
        check_ends(SCENARIO, found)


def test_a_scenario_of_which_nothing_can_be_varied_is_refused() -> None:
    bare = scenario_from_dict(
        {"days": 3, "nations": ["GBR"], "behaviour": {"from": None}, "commitment": {"value": 0}}
    )
    with pytest.raises(StudyError, match="there is no input: nothing in the scenario has a"):
        asked_inputs(bare, ["all"])


# Joint draws


def posterior() -> Scenario:
    return sim.load_scenario("paris_2025").with_draws("posterior", beside=True)


def test_parts_of_joint_draws_are_inputs_of_their_own() -> None:
    scenario = posterior()
    found = inputs("draws", scenario=scenario)
    assert [each.label for each in found.values()] == [
        "fitted numbers of the behaviour",
        "judged numbers of the behaviour",
        "drawn occasions",
    ]
    assert scenario.draws is not None
    paths = part_paths(scenario.draws)
    assert sum(map(len, paths.values())) == len(scenario.draws.columns)


def test_a_part_is_taken_line_by_line_as_often_as_it_is_drawn() -> None:
    draws = posterior().draws
    assert draws is not None
    part = draw_part(draws, part_paths(draws)["fitted"])
    shares = (np.arange(draws.n_lines) + 0.5) / draws.n_lines
    columns = zip(*(draws.columns[path] for path in part.paths), strict=True)
    assert Counter(map(tuple, part.at(shares).tolist())) == Counter(columns)
    assert part.at(np.array([0.0, 1.0])).shape == (2, len(part.paths))


def test_draws_of_uneven_weight_are_one_part() -> None:
    table = {LEVEL: [0.2, 0.5, 0.8], "commitment.value": [50.0, 60.0, 70.0]}
    drawn = SCENARIO.with_draws(table, weights=[1, 2, 1])
    found = inputs("draws", scenario=drawn)
    assert [(each.part, each.label) for each in found.values()] == [("joint", "joint draws")]
    assert drawn.draws is not None
    part = draw_part(drawn.draws, part_paths(drawn.draws)["joint"])
    assert part.at(np.array([0.1, 0.4, 0.6, 0.9]))[:, 0].tolist() == [0.2, 0.5, 0.5, 0.8]


def test_a_number_of_joint_draws_needs_a_range_to_be_an_input_by_itself() -> None:
    drawn = SCENARIO.with_draws({LEVEL: [0.2, 0.8]})
    with pytest.raises(StudyError, match="is drawn jointly with other numbers: give draws, or a"):
        inputs(LEVEL, scenario=drawn)
    assert inputs(f"{LEVEL}=0.2:0.8", scenario=drawn)[LEVEL].range == "0.2 to 0.8"


def test_too_many_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.sensitivity.inputs.MOST_NUMBERS", 5)
    with pytest.raises(StudyError, match="6 numbers in all inputs; at most 5 are drawn"):
        inputs("nations.*.support")
