"""A point is a vector with a few numbers written over: always that of its own scenario."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
import sim.studies.sweep.shared_inputs as module
from sim.engines.block_runner import same_structure
from sim.report.sweep import sweep_blocks
from sim.report.text import to_text
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.study import FIRST_RUNS, Study
from sim.studies.design.values import StudyError
from sim.studies.sweep.points import is_precise
from sim.studies.sweep.shared_inputs import PointError, SharedInputsCache
from tests.engines.scenarios_strategy import Form, scenario_of, scenarios
from tests.examples import examples
from tests.studies.sweep.made_up import PLAN, made_up, numbers_in, study_of, values_near

FIXED = settings(derandomize=True, deadline=None, max_examples=examples(30))
LUCK = st.integers(0, 2**32 - 1)


def check_points(study: Study) -> Counter[str]:
    """Compare each point of a study with its own scenario; how many were made in which way."""
    cache, ways = SharedInputsCache(study), Counter[str]()
    for number in range(study.n_points):
        point = study.point(number)
        shared = cache.shared(point)
        try:
            scenario = study.scenario_at(point)
            expected = arrays_of(scenario)
        except ScenarioError:
            assert shared is None, point.labels
            with pytest.raises(PointError):
                cache.of(point)
            ways["refused"] += 1
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Study, "scenario_at", lambda *_, made=scenario: made)  # once is enough
            inputs = cache.of(point)
        assert inputs.vector(point).tobytes() == expected.vector.tobytes(), point.labels
        assert same_structure(inputs.arrays, expected), point.labels
        ways["by itself" if shared is None else "shared"] += 1
    return ways


def some_numbers(scenario: Scenario, luck: random.Random) -> dict[str, Any]:
    """Up to three numbers of a scenario, each with a few values."""
    known = dict(numbers_in(scenario.full()))
    paths = luck.sample(sorted(known), min(len(known), luck.randint(1, 3)))
    found = {path: values_near(known[path], luck) for path in paths}
    if luck.random() < 0.2:
        field = luck.choice(("stake", "support", "threshold", "capability"))
        found = {path: values for path, values in found.items() if not path.endswith(field)}
        found[f"nations.*.{field}"] = values_near(0.4, luck)
    return found


def check_some(form: Form, luck: int) -> Counter[str]:
    """Compare the points of a study of some numbers of a scenario."""
    scenario = scenario_from_dict(form)
    try:
        study = study_of(some_numbers(scenario, random.Random(luck)), scenario)
    except StudyError:
        return Counter({"no study": 1})
    return check_points(study)


@given(scenarios(), LUCK)
@FIXED
def test_the_vector_of_a_point_is_that_of_its_scenario_to_the_bit(form: Form, luck: int) -> None:
    check_some(form, luck)


@pytest.mark.slow
@given(scenarios(), LUCK)
@settings(FIXED, max_examples=600)
def test_the_vector_of_a_point_is_that_of_its_scenario_to_the_bit_many_times(
    form: Form, luck: int
) -> None:
    check_some(form, luck)


@pytest.mark.slow
def test_that_property_is_tried_in_every_way() -> None:
    forms = [scenario_of(PLAN._replace(luck=luck, drawn=0.1)) for luck in range(6)]
    ways = sum((check_some(form, luck) for luck, form in enumerate(forms * 7)), Counter[str]())
    assert min(ways[way] for way in ("shared", "by itself", "refused")) > 10, ways


def check_alone(scenario: Scenario, paths: dict[str, float]) -> dict[str, str]:
    """How the points of each number are made, if it alone is varied to one close by."""
    found = dict[str, str]()
    for path, number in paths.items():
        other = number + 1 if isinstance(number, int) else number * 0.97 + 1e-3
        if other != number:
            ways = check_points(study_of({path: [number, other]}, scenario))
            found[path] = "refused" if ways["refused"] else min(ways)
    return found


def test_each_of_some_numbers_can_be_varied_alone() -> None:
    scenario = made_up(drawn=0.3, n_events=14, luck=11)
    known = sorted(numbers_in(scenario.full()))
    found = check_alone(scenario, dict(random.Random(0).sample(known, 25)))
    assert {*found.values()} >= {"shared", "by itself"}


@pytest.mark.slow
@pytest.mark.parametrize("drawn", [0.0, 0.6])
def test_every_number_of_a_scenario_can_be_varied_alone(drawn: float) -> None:
    scenario = made_up(drawn=drawn, n_events=14, luck=11)
    found = check_alone(scenario, dict(numbers_in(scenario.full())))
    shared = {path.partition(".")[0] for path, way in found.items() if way == "shared"}
    sections = ("nations", "conditions", "contributions", "commitment", "behaviour", "events")
    assert shared >= {*sections}


FORM: Form = {
    "days": 10,
    "nations": [
        {"id": "A", "stage": "pledged", "pledge": {"ground": 3}, "capacity": {"ground": 5}},
        {"id": "B", "capacity": {"ground": 8}, "sensitivity": {"c": 0.4}},
        {"id": "C", "reliance": {"c": 0.3}, "support": {"normal": [0.5, 0.2]}},
        {"id": "D"},
    ],
    "conditions": {"c": {"level": 0.4}, "d": {"level": 0.4, "start": 0.2}},
    "contributions": {"ground": {}},
    "events": [
        {"date": 2, "meeting": "talks", "weight": 1.0},
        {"date": 3, "deal": "peace", "probability": 0.5},
        {"date": 4, "move": ["B"], "to": "pledged", "pledge": {"ground": 6}},
        {"date": 5, "signal": "c", "shift": 0.5, "days": 3},
        {"date": {"uniform": [2, 7]}, "meeting": "drawn", "weight": 2.0},
    ],
    "success": {"public_size": 2, "c": 0.3, "hold": 2},
}

SHARED = {
    "capacity above a pledge": {"nations.A.capacity.ground": [3, 4, 1e6]},
    "capacity above the pledge of an event": {"nations.B.capacity.ground": [6, 7]},
    "two capacities": {"nations.A.capacity.ground": [3, 5], "nations.B.capacity.ground": [6, 9]},
    "reliance alone": {"nations.A.reliance.c": [0, 0.5, 1]},
    "sensitivity alone": {"nations.D.sensitivity.c": [-100, 0, 100]},
    "a level": {"conditions.c.level": [1e-9, 0.5, 1 - 1e-9]},
    "a start that is given": {"conditions.d.start": [0.1, 0.9]},
    "a start that is not": {"conditions.c.start": [0.1, 0.9]},
    "an event by its number": {"events.0.weight": [0, 2]},
    "an event by its label": {"events.talks.weight": [0, 2]},
    "every nation": {"nations.*.stake": [0, 0.25, 1]},
    "a probability below 1": {"events.peace.probability": [0.1, 0.9]},
    "a whole number where any will do": {"commitment.value": [0, 10**12]},
    "the weight of an event whose date is drawn": {"events.drawn.weight": [0, 2]},
    "a new rate": {"behaviour.declare.rate": [0.0, 1e30]},
}

BY_ITSELF = {
    "a pledge": {"nations.A.pledge.ground": [1, 2]},
    "the parameter of a distribution": {"nations.C.support.normal.0": [0.4, 0.6]},
    "a number in the place of a distribution, or not": {"nations.*.support": [0.5, 0.6]},
    "days": {"days": [10, 11]},
    "a date": {"events.0.date": [2, 3]},
    "a date in the place of one that is drawn": {"events.drawn.date": [2, 3, 7]},
    "the law of a date": {"events.drawn.date.uniform.1": [3, 7]},
    "the days of a signal": {"events.3.days": [2, 3]},
    "a probability that becomes sure": {"events.peace.probability": [0.5, 0.75, 1]},
    "ties": {"ties.base": [1, 2]},
    "a threshold of success": {"success.c": [0.3, 0.4]},
    "days that success must hold": {"success.hold": [1, 2]},
    "reliance where it is sensitive": {"nations.B.reliance.c": [0, 0.5]},
    "reliance and sensitivity": {"nations.D.reliance.c": [0, 1], "nations.D.sensitivity.c": [0, 1]},
    "sensitivity around none of it": {"nations.C.sensitivity.c": [-1, 0, 1]},
    "capacity below a pledge": {"nations.A.capacity.ground": [2, 3, 5]},
    "capacity below the pledge of an event": {"nations.B.capacity.ground": [5, 6]},
    "a level that none may have": {"conditions.c.level": [0, 0.5, 1]},
    "a date beside a number": {"events.0.date": [2, 3], "commitment.value": [1, 2]},
}


@pytest.mark.parametrize("what", [*SHARED, *BY_ITSELF])
def test_points_share_what_they_can_and_no_more(what: str) -> None:
    vary = {**SHARED, **BY_ITSELF}[what]
    if what == "every nation":
        vary = {**vary, "nations.A.support": [0.2, 0.3]}
    if what == "a number in the place of a distribution, or not":
        # Beside a distribution's parameter the same numbers are no longer only numbers.
        vary = {"nations.D.support": [0.1, 0.2], "nations.C.support.normal.1": [0.1, 0.2]}
    ways = check_points(study_of(vary, scenario_from_dict(FORM)))
    assert ways["shared"] == (ways.total() if what in SHARED else 0)
    assert ways["by itself"] > 0 or what in SHARED


def test_the_events_behind_one_that_is_taken_away_move_up_with_their_numbers() -> None:
    events = [
        {"date": 2, "meeting": "talks"},
        {"date": 3, "meeting": "talks", "weight": 0.5},
        {"date": 4, "meeting": "talks", "weight": 0.25},
        {"date": 5, "shock": "c", "jump": 1},
    ]
    vary = {
        "events.0": ["present", "absent"],
        "events.1.weight": [0.1, 0.2],
        "events.meeting.talks.2.weight": [0.3, 0.4],
        "events.3.jump": [-1, 1],
    }
    study = study_of(vary, scenario_from_dict({**FORM, "events": events}))
    assert check_points(study) == {"shared": 16}


@pytest.mark.parametrize("varied", ["POL", "DEU"])
@pytest.mark.parametrize("way", ["absent", "named"])
def test_numbers_of_nations_behind_one_that_is_taken_away_stay_theirs(
    varied: str, way: str
) -> None:
    scenario = scenario_from_dict({"days": 5, "nations": ["GBR", "FRA", "POL", "DEU"]})
    without = "absent" if way == "absent" else {"label": "without", "set": {"nations.FRA": None}}
    path = "nations.FRA" if way == "absent" else "who"
    study = study_of({path: ["present", without], f"nations.{varied}.stake": [0.1, 0.9]}, scenario)
    assert check_points(study) == {"shared": 4}


def test_sums_of_capacities_are_right_between_their_ends() -> None:
    form = {**FORM, "contributions": {"ground": {"weight": 1000}}}
    vary = {f"nations.{name}.capacity.ground": [6, 1e6] for name in "ABCD"}
    study = study_of(vary, scenario_from_dict(form))
    ways = check_points(study)  # 1000 * 4e6 is the most that sums can hold
    assert ways == {"shared": 16}
    vary["contributions.ground.weight"] = [999, 1000]
    more = [{"id": "E", "capacity": {"ground": 1}}, *form["nations"]]
    ways = check_points(study_of(vary, scenario_from_dict({**form, "nations": more})))
    assert ways == {"by itself": 31, "refused": 1}


def test_a_base_whose_distribution_is_replaced_by_a_number_is_shared() -> None:
    study = study_of({"nations.C.support": [0.2, 0.3]}, scenario_from_dict(FORM))
    assert check_points(study) == {"shared": 2}


def test_categories_have_a_frame_each() -> None:
    vary = {
        "events.talks": ["present", "absent"],
        "who": [
            {"label": "relies", "set": {"nations.D.reliance.c": 0.5}},
            {"label": "is pressed", "set": {"nations.D.sensitivity.c": 0.5}},
        ],
        "nations.D.reliance.d": [0.1, 0.2],
        "events.1.probability": [0.2, 0.4],
    }
    study = study_of(vary, scenario_from_dict(FORM))
    assert check_points(study) == {"shared": 16}
    cache = SharedInputsCache(study)
    assert len({id(cache.of(study.point(number))) for number in range(16)}) == 4


def test_a_category_that_presses_on_a_reliance_is_refused_where_both_are_there() -> None:
    vary = {
        "who": [
            {"label": "pressed", "set": {"nations.D.sensitivity.c": 0.5}},
            {"label": "not pressed", "set": {"nations.D.sensitivity.c": 0}},
        ],
        "nations.D.reliance.c": [0, 0.1],
    }
    ways = check_points(study_of(vary, scenario_from_dict(FORM)))
    assert ways == {"shared": 2, "by itself": 1, "refused": 1}


def test_a_drawn_design_shares_a_frame_as_well() -> None:
    vary = {
        "conditions.c.level": {"range": [0.1, 0.9]},
        "commitment.value": {"range": [1, 1e6], "spacing": "log"},
        "nations.C.support": {"normal": [0.5, 0.1]},
        "events.0.weight": [1, 2.5],
    }
    study = study_of(vary, scenario_from_dict(FORM), design="lhs", points=20)
    assert check_points(study) == {"shared": 20}


def test_frames_share_what_was_drawn_while_the_drawn_inputs_are_the_same() -> None:
    vary = {"events.talks": ["present", "absent"], "commitment.value": [1, 2]}
    fixed_dates = {**FORM, "events": FORM["events"][:4]}  # a drawn one would move up in the inputs
    study = study_of(vary, scenario_from_dict(fixed_dates))
    cache = SharedInputsCache(study)
    one, other = cache.of(study.point(0)), cache.of(study.point(2))
    assert one is not other
    assert one.drawn is other.drawn
    other_draws = {"nations.C.support": [{"normal": [0.5, 0.2]}, 0.5], "commitment.value": [1, 2]}
    study = study_of(other_draws, scenario_from_dict(FORM))
    cache = SharedInputsCache(study)
    assert cache.of(study.point(0)).drawn is not cache.of(study.point(2)).drawn


def test_frames_that_would_be_forgotten_before_they_are_used_are_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SHARED", 2)
    labels = {"title": ["a", "b", "c"]}
    numbers = {"commitment.value": [1, 2]}
    scenario = scenario_from_dict(FORM)
    in_turn, mixed = (
        study_of({**labels, **numbers}, scenario),
        study_of({**numbers, **labels}, scenario),
    )
    for study, n_shared in ((in_turn, 3), (mixed, 6)):
        cache = SharedInputsCache(study)
        found = [cache.of(study.point(number)) for number in range(6)]
        assert len({id(each) for each in found}) == n_shared
        assert len(cache._found) <= 2
        check_points(study)


def test_ties_that_multiply_to_infinity_are_the_problem_of_their_point() -> None:
    groups = {f"g{n}": {"members": ["A", "B"], "weight": 1e6} for n in range(60)}
    scenario = scenario_from_dict({**FORM, "ties": {"groups": groups}}, set={"ties.base": 0})
    study = study_of({"ties.base": [0, 1]}, scenario)
    cache = SharedInputsCache(study)
    assert cache.of(study.point(0)).arrays.structure.ties.base.size == 4
    with pytest.raises(PointError, match="multiply to infinity"):
        cache.of(study.point(1))


def test_a_number_of_an_event_means_the_same_event_where_others_are_left_out() -> None:
    meetings = [{"date": day, "meeting": f"m{day}"} for day in (30, 2, 3)]
    scenario = scenario_from_dict({"days": 40, "nations": ["A", "B"], "events": meetings})
    length = [{"label": "short", "set": {"days": 9}}, {"label": "long", "set": {"days": 40}}]
    study = study_of({"length": length, "events.1.weight": [0.5, 2, 4]}, scenario)
    assert check_points(study) == {"by itself": 3, "shared": 3}
    assert study.scenario_at(study.point(2)).events[0].weight == 4


def test_an_outcome_that_a_point_does_not_have_is_undefined_there() -> None:
    absent = {"success": None, "quorum": None}
    vary = {"what": [{"label": "none", "set": absent}, "present"]}
    scenario = scenario_from_dict(
        {**FORM, "success": {"public_size": 1, "hold": 1}, "quorum": {"public": 1}}
    )
    found = sim.sweep(study_of(vary, scenario, outcomes=["success", "in_force", "size"]))
    assert not found.problems
    for name in ("success", "in_force"):
        assert np.isnan(found.column(name)[0])
        assert np.isnan(found.column(f"{name}.high")[0])
        assert 0.0 <= found.column(name)[1] <= 1.0
    assert np.isfinite(found.column("size")).all()
    text = to_text(sweep_blocks(found), 96)
    assert re.search(r"\n *none +- +- +\d", text)
    assert is_precise(found.study.base_outcomes[0], np.full(FIRST_RUNS, np.nan), 0.1)


def test_a_point_that_ends_before_what_is_asked_of_it_says_so() -> None:
    study = study_of({"days": [8, 10]}, scenario_from_dict(FORM), days=[9])
    with pytest.raises(PointError, match="day 9 is asked for, and the run ends on day 8"):
        SharedInputsCache(study).of(study.point(0))
    SharedInputsCache(study).of(study.point(1))
