"""Every design point differs from its base in exactly the fields that are named."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.files.tree import plain, tree_from
from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.file import load_study, study_from
from sim.studies.design.study import Study
from sim.studies.design.values import StudyError
from sim.studies.design.vary import vary_node
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples
from tests.studies.design.differences import differing
from tests.studies.sweep.made_up import made_up, numbers_in, study_of, values_near

FIXED = settings(derandomize=True, deadline=None, max_examples=examples(40))
IDS = ("GBR", "FRA", "POL", "ESP")
FORM: Form = {
    "title": "Four",
    "start": "2025-03-10",
    "days": 30,
    "nations": [
        {"id": "GBR", "stage": "pledged", "pledge": {"ground": 3}, "capacity": {"ground": 5}},
        {"id": "FRA", "stage": "outside", "capacity": {"ground": 8}, "stake": 0.9},
        {
            "id": "POL",
            "stage": "outside",
            "reliance": {"backing": 0.3},
            "support": {"normal": [0.5, 0.2]},
        },
        {"id": "ESP", "stage": "outside"},
    ],
    "leaders": ["GBR", "FRA"],
    "ties": {"groups": {"pair": {"members": ["GBR", "FRA"], "weight": 2}}},
    "conditions": {"backing": {"level": 0.4}, "other": {"level": 0.4, "responds": {"force": 1}}},
    "contributions": {"ground": {}, "air": {}},
    "events": [
        {"date": 2, "meeting": "talks", "weight": 1.5},
        {"date": 3, "deal": "peace", "probability": 0.5},
        {"date": 9, "meeting": "talks again"},
        {"date": 9, "meeting": "twice"},
        {"date": 10, "meeting": "twice"},
        {"date": 12, "signal": "backing", "shift": 0.5, "days": 3},
    ],
    "success": {"public_size": 2, "backing": 0.3, "hold": 2},
}


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenario_from_dict(FORM)


def named(study: Study, number: int, base: Scenario) -> set[str]:
    """Fields in which a point differs from its base."""
    return differing(base, study.scenario_at(study.point(number)))


def check_numbers(study: Study, fields: dict[str, set[str]]) -> None:
    """Every point differs in the fields of its paths, less those whose value the base has."""
    known = dict(numbers_in(study.scenario.full()))
    for number in range(study.n_points):
        point = study.point(number)
        expected = {
            field
            for path, label in zip(study.paths, point.labels, strict=True)
            for field in fields.get(path, {path})
            if known.get(field) != label
        }
        try:
            assert named(study, number, study.scenario) == expected
        except ScenarioError:
            continue


@given(scenarios(), st.integers(0, 2**32 - 1), st.sampled_from(["grid", "lhs", "sobol"]))
@FIXED
def test_a_point_differs_in_the_named_numbers_and_in_nothing_else(
    form: Form, luck: int, design: str
) -> None:
    scenario, chance = scenario_from_dict({**form, "sources": ["made up"]}), random.Random(luck)
    known = {
        path: number for path, number in numbers_in(scenario.full()) if "." not in path[-2:]
    }  # parameters of distributions lie in lists
    paths = chance.sample(sorted(known), min(len(known), 3))
    vary: dict[str, Any] = {path: values_near(known[path], chance) for path in paths}
    more = {} if design == "grid" else {"points": 4}
    try:
        study = study_of(vary, scenario, design=design, **more)
    except StudyError:
        return
    check_numbers(study, {})


@pytest.mark.parametrize("design", ["grid", "lhs", "sobol"])
def test_a_path_for_all_nations_changes_each_of_them(base: Scenario, design: str) -> None:
    more = {} if design == "grid" else {"points": 8}
    vary = {"nations.*.stake": [0.5, 0.9, 0.1], "commitment.value": [100, 5]}
    study = study_of(vary, base, design=design, **more)
    fields = {"nations.*.stake": {f"nations.{name}.stake" for name in IDS}}
    check_numbers(study, fields)
    differences = {len(named(study, number, base)) for number in range(study.n_points)}
    assert differences >= {1, 2, 4}  # France has .9, the others .5, and the value is 100


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_distributions_and_ranges_change_their_fields_alone(base: Scenario, design: str) -> None:
    vary = {
        "conditions.backing.level": {"range": [0.1, 0.9]},
        "commitment.requirement": {"range": [1, 1000], "spacing": "log"},
        "nations.POL.support": {"beta": [2, 2]},
        "nations.*.threshold": {"triangular": [-1, 0, 1]},
    }
    study = study_of(vary, base, design=design, points=8)
    expected = {"conditions.backing.level", "commitment.requirement"}
    expected |= {"nations.POL.support", "nations.POL.support.normal"}
    expected |= {f"nations.{name}.threshold" for name in IDS}
    for number in range(8):
        found = named(study, number, base)
        assert found == expected - {"nations.POL.support.normal"}


def paths_of(study: Study, base: Scenario) -> list[set[str]]:
    """Fields in which each point differs."""
    return [named(study, number, base) for number in range(study.n_points)]


def test_an_event_that_is_absent_is_gone_and_the_others_are_as_they_were(base: Scenario) -> None:
    study = study_of({"events.peace": ["present", "absent"]}, base)
    assert paths_of(study, base)[0] == set()
    before, after = base.events, study.scenario_at(study.point(1)).events
    assert after == before[:1] + before[2:]
    without = study.scenario_at(study.point(1)).full() | {"events": base.full()["events"]}
    assert scenario_from_dict(without) == base


def test_events_by_number_and_by_label_can_be_absent_together_whatever_their_order(
    base: Scenario,
) -> None:
    paths = ("events.0", "events.peace", "events.3", "events.4", "events.talks again")
    for order in (paths, paths[::-1]):
        study = study_of({path: ["present", "absent"] for path in order}, base)
        for number in range(study.n_points):
            point = study.point(number)
            gone = {
                path
                for path, label in zip(study.paths, point.labels, strict=True)
                if label == "absent"
            }
            places = {"events.peace": 1, "events.talks again": 2}
            places = {
                path: places.get(path, int(path[-1:]) if path[-1].isdigit() else -1)
                for path in gone
            }
            left = [e for place, e in enumerate(base.events) if place not in places.values()]
            assert list(study.scenario_at(point).events) == left


def test_what_lies_within_a_list_is_taken_away_before_what_moves_it(base: Scenario) -> None:
    vary = {
        "events.5.days": ["present", "absent"],
        "events.0": ["present", "absent"],
        "leaders.1": ["present", "absent"],
        "leaders.0": ["present", "absent"],
    }
    for order in (vary, dict(reversed(vary.items()))):
        study = study_of(order, base)
        point = study.point(study.n_points - 1)
        assert set(point.labels) == {"absent"}
        found = study.scenario_at(point)
        assert found.events[4] == base.events[5].model_copy(update={"days": None})
        assert found.events[:4] == base.events[1:5]
        assert found.leaders == ()


def test_a_number_of_an_event_can_be_varied_with_its_presence(base: Scenario) -> None:
    study = study_of({"events.0": ["present", "absent"], "events.2.weight": [7, 8]}, base)
    found = [study.scenario_at(study.point(number)) for number in range(4)]
    assert [each.events[-4].weight for each in found] == [7, 8, 7, 8]
    assert [len(each.events) for each in found] == [6, 6, 5, 5]


def test_words_are_categories_of_their_path(base: Scenario) -> None:
    study = study_of({"nations.POL.stage": ["willing", "talks"], "days": [30, 40]}, base)
    assert paths_of(study, base) == [
        {"nations.POL.stage.outside", "nations.POL.stage.willing"},
        {"nations.POL.stage.outside", "nations.POL.stage.willing", "days"},
        {"nations.POL.stage.outside", "nations.POL.stage.talks"},
        {"nations.POL.stage.outside", "nations.POL.stage.talks", "days"},
    ]


def test_a_named_value_may_change_several_fields(base: Scenario) -> None:
    vary = {
        "washington": [
            {"label": "aloof", "set": {"conditions.backing.level": 0.2, "events.peace": None}},
            {"label": "as it is", "set": {}},
            {"label": "engaged", "set": {"conditions.backing": {"level": 0.6, "speed": 0.5}}},
        ]
    }
    study = study_of(vary, base, outcomes=["size"])
    found = paths_of(study, base)
    assert "conditions.backing.level" in found[0]
    assert len(study.scenario_at(study.point(0)).events) == 5
    assert found[1] == set()
    assert found[2] == {"conditions.backing.level", "conditions.backing.speed"}
    assert [study.point(number).labels for number in range(3)] == [
        ("aloof",),
        ("as it is",),
        ("engaged",),
    ]


def test_whole_scenarios_stand_in_the_place_of_the_base(base: Scenario, tmp_path: Path) -> None:
    other = base.with_changes({"days": 50, "nations.ESP.stake": 0.8, "title": "Longer"})
    for name, scenario in (("one", base), ("other", other)):
        (tmp_path / f"{name}.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    names = [str(tmp_path / f"{name}.yaml") for name in ("one", "other")]
    study = study_of({"scenario": names, "commitment.value": [100, 3]}, base)
    found = [study.scenario_at(study.point(number)) for number in range(4)]
    assert [study.point(number).labels for number in range(4)] == [
        ("one", 100),
        ("one", 3),
        ("other", 100),
        ("other", 3),
    ]
    assert [differing(base, each) for each in found[:2]] == [set(), {"commitment.value"}]
    assert [differing(other, each) for each in found[2:]] == [set(), {"commitment.value"}]


def test_fixed_changes_are_made_at_every_point_of_every_scenario(
    base: Scenario, tmp_path: Path
) -> None:
    (tmp_path / "one.yaml").write_text(base.to_yaml(), encoding="utf-8")
    fixed = {"nations.GBR.stake": 0.77}
    vary = {"scenario": [str(tmp_path / "one.yaml")], "days": [30, 31]}
    study = study_from({"vary": vary, "set": fixed}, scenario=base)
    assert study.scenario == base.with_changes(fixed)
    for number in range(2):
        assert study.scenario_at(study.point(number)).nations[0].stake == 0.77


def test_a_behaviour_by_name_or_file_is_that_behaviour_and_nothing_else(
    base: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "declare: {rate: 0.5, peers: 1}\nwithdraw: {rate: 0.25}\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        "scenario: base.yaml\nvary: {behaviour: [calibrated, mine.yaml, {from: mine.yaml, "
        "engage: {rate: 1}}, {label: other, set: {behaviour: mine.yaml}}]}\n",
        encoding="utf-8",
    )
    (tmp_path / "base.yaml").write_text(base.to_yaml(), encoding="utf-8")
    study = load_study(tmp_path / "study.yaml")
    (tmp_path / "mine.yaml").unlink()  # the study holds what it needs
    for number in range(4):
        found = study.scenario_at(study.point(number))
        assert all(path.startswith("behaviour.") for path in differing(base, found))
    mine = study.scenario_at(study.point(1)).behaviour
    assert (mine.declare.rate, mine.declare.peers, mine.engage) == (0.5, 1.0, None)
    assert mine.withdraw.public.rate == 0.25
    assert study.scenario_at(study.point(0)) == base
    assert study.scenario_at(study.point(2)).behaviour.engage.rate == 1.0
    assert study.scenario_at(study.point(3)).behaviour == mine


def test_a_file_of_dyads_is_read_beside_the_study(base: Scenario, tmp_path: Path) -> None:
    (tmp_path / "near.csv").write_text("nation,peer,weight\nGBR,FRA,3\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text(base.to_yaml(), encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        "scenario: base.yaml\nvary: {ties.base: [2, 3], ties.dyads: [near.csv, []]}\n",
        encoding="utf-8",
    )
    study = load_study(tmp_path / "study.yaml")
    (tmp_path / "near.csv").unlink()
    found = [study.scenario_at(study.point(number)).ties for number in range(4)]
    assert [(each.base, each.dyads) for each in found] == [
        (2.0, (("GBR", "FRA", 3.0),)),
        (2.0, ()),
        (3.0, (("GBR", "FRA", 3.0),)),
        (3.0, ()),
    ]


def test_a_study_that_is_sent_elsewhere_is_the_same_without_what_it_has_computed() -> None:
    vary = {"commitment.value": {"range": [1, 2]}, "nations.*.stake": [0.1, 0.2]}
    study = study_of(vary, made_up(), design="lhs", points=50)
    digest = study.digest  # the scenario keeps its own
    small = len(pickle.dumps(study))
    points = [study.point(number) for number in range(50)]
    assert len(pickle.dumps(study)) == small
    other = pickle.loads(pickle.dumps(study))
    assert other.digest == digest
    assert [other.point(number) for number in range(50)] == points


def test_the_digest_knows_all_that_results_depend_on(base: Scenario) -> None:
    keys: dict[str, Any] = {
        "vary": {"commitment.value": [1, 2], "days": [30, 31]},
        "design": "grid",
        "runs": 5,
        "seed": 0,
        "outcomes": ["size"],
        "days": [],
        "common_luck": True,
        "keep": "summary",
    }
    others: list[dict[str, Any]] = [
        {"vary": {"commitment.value": [1, 3], "days": [30, 31]}},
        {"vary": {"days": [30, 31], "commitment.value": [1, 2]}},
        {"vary": {"commitment.value": [2, 1], "days": [30, 31]}},
        {"design": "lhs", "points": 4},
        {"design": "lhs", "points": 4, "design_seed": 1},
        {"design": "lhs", "points": 5},
        {"design": "sobol", "points": 4},
        {"runs": 6},
        {"seed": 1},
        {"outcomes": ["size", "force"]},
        {"days": [3]},
        {"common_luck": False},
        {"keep": "runs"},
        {"runs": None, "precision": 0.5},
        {"runs": None, "precision": 0.5, "most_runs": 7},
        {"runs": None, "precision": 0.5, "precision_of": "force"},
        {"set": {"nations.GBR.stake": 0.1}},
    ]
    studies = [study_from({**keys, **other}, scenario=base) for other in [{}, *others]]
    assert len({study.digest for study in studies}) == len(studies)
    assert study_from(keys, scenario=base).digest == studies[0].digest
    renamed = base.with_changes({"title": "Another title"})
    assert study_from(keys, scenario=renamed).digest == studies[0].digest


def test_the_digest_knows_the_scenarios_in_the_place_of_the_base_not_their_names_alone(
    base: Scenario, tmp_path: Path
) -> None:
    name, digests = tmp_path / "one.yaml", list[str]()
    for days in (30, 31, 30):
        name.write_text(base.with_changes({"days": days}).to_yaml(), encoding="utf-8")
        digests.append(study_of({"scenario": [str(name)]}, base).digest)
    assert digests[0] == digests[2] != digests[1]


def test_the_last_path_of_a_grid_changes_fastest(base: Scenario) -> None:
    study = study_of({"days": [30, 31], "commitment.value": [1, 2, 3]}, base)
    assert [study.point(number).labels for number in range(6)] == [
        (30, 1),
        (30, 2),
        (30, 3),
        (31, 1),
        (31, 2),
        (31, 3),
    ]


def test_runs_of_its_own_luck_follow_on_each_other(base: Scenario) -> None:
    shared = study_of({"days": [30, 31, 32]}, base, runs=7)
    own = study_of({"days": [30, 31, 32]}, base, runs=7, common_luck=False)
    assert [shared.first_run(number) for number in range(3)] == [0, 0, 0]
    assert [own.first_run(number) for number in range(3)] == [0, 7, 14]


def test_the_shipped_example_of_a_path_for_an_event_works() -> None:
    study = study_of({"events.nato_summit": ["present", "absent"]}, load_scenario("paris_2025"))
    found = [study.scenario_at(study.point(number)) for number in range(2)]
    assert len(found[0].events) == len(found[1].events) + 1


def test_what_refers_to_a_nation_that_is_absent_is_told_in_one_line() -> None:
    base = scenario_from_dict(
        {
            "days": 9,
            "nations": ["GBR", "POL", "FRA"],
            "leaders": ["POL"],
            "ties": {"groups": {"weimar": ["FRA", "POL"]}},
            "events": [{"date": 2, "meeting": "talks", "participants": ["POL", "GBR"]}],
        }
    )
    vary = {"nations.POL": ["present", "absent"]}
    with pytest.raises(ScenarioError, match=r"vary.nations.POL: cannot be absent: leaders, ties"):
        study_from({"vary": vary}, scenario=base)
    study = study_from({"made_by": {}, "vary": vary}, scenario=base)
    assert study.scenario_at(study.point(0)) == base
    with pytest.raises(ScenarioError) as refused:
        study.scenario_at(study.point(1))
    assert [(each.path, each.message) for each in refused.value.problems] == [
        (
            "nations.POL",
            "cannot be absent: leaders, ties.groups.weimar, events.0 refer to it; write a scenario "
            "without it and vary whole scenarios (scenario=A,B)",
        )
    ]


def test_events_by_ordinal_and_by_number_can_be_absent_together() -> None:
    events = [{"date": day, "meeting": "talks", "weight": day / 10} for day in (2, 3, 4)]
    scenario = scenario_from_dict({"days": 9, "nations": ["GBR"], "events": events})
    vary = {path: ["absent"] for path in ("events.meeting.talks.1", "events.0")}
    for paths in (vary, dict(reversed(vary.items()))):
        study = study_of(paths, scenario)
        assert [event.date for event in study.scenario_at(study.point(0)).events] == [4]


def test_a_label_with_a_dot_can_be_varied_by_the_command_line() -> None:
    events = [{"date": 2, "meeting": "No. 10"}, {"date": 3, "meeting": "a=b"}]
    scenario = scenario_from_dict({"days": 9, "nations": ["GBR"], "events": events})
    for text in ('events."No. 10".weight=1,2', "events.No. 10.weight=1,2", 'events."a=b".date=3,4'):
        path, node = vary_node(text)
        study = study_from(tree_from({"vary": {path: plain(node)}}), scenario)
        assert study.n_points == 2
        assert study.scenario_at(study.point(1)) != scenario
