"""A scenario's numbers at their places in the arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.core.draws import stable_key
from sim.core.layout import Inputs
from sim.core.stages import EXIT_MOVES, FEATURES, FORWARD_MOVES, N_STAGES, STAGES
from sim.scenario.arrays.numbers import arrays_of, inputs_at_medians, inputs_of_run
from sim.scenario.behaviour import MOVES
from sim.scenario.load import load_scenario, scenario_from_dict

DATA: dict[str, Any] = {
    "days": 20,
    "nations": [
        {"id": "A", "stake": 0.9, "support": 0.8, "bond": 0.6, "capability": 0.7, "threshold": 0.1}
        | {"reliance": {"one": 0.25}, "sensitivity": {"two": -2}, "capacity": {"air": 4}}
        | {"stage": {"pledged": 0.5, "talks": 0.25, "left": 0.25}, "pledge": {"air": 3}},
        {"id": "B", "stake": {"uniform": [0, 1]}, "capacity": {"ground": 8, "air": 2}},
    ],
    "conditions": {
        "one": {"level": 0.3, "start": 0.4, "speed": 0.2, "volatility": 0.1}
        | {"responds": {"force": 1.5, "public_share": -0.5}},
        "two": {"level": 0.6, "responds": {"one": 0.7}},
    },
    "contributions": {
        "ground": {"weight": 2, "cost": 3, "aversion": 4, "spread": 0.5},
        "air": {"cost": {"lognormal": [0, 0.5]}},
    },
    "commitment": {"requirement": 31, "value": 32, "scale": 0.33, "convexity": 3.4, "token": 0.35}
    | {"demand": 0.36},
    "tempo": 1.7,
    "memory": {"momentum": 11, "defection": 12, "convened": 13, "fatigue": 0.14},
    "behaviour": {"declare": {"rate": 0.03, "peers": 2}, "decline": {"rate": 0.5, "deal": -1}},
    "events": [
        {"date": 4, "proposal": "one", "gain": 2, "reference": 0.4},
        {"date": 3, "meeting": "m", "weight": 1.5},
        {"date": 2, "signal": "one", "shift": -1, "days": 3},
        {"date": 2, "shock": "two", "jump": 0.6},
        {"date": 2, "deal": "d", "probability": 0.7},
        {"date": 2, "opinion": "A", "shift": 0.8},
        {"date": 2, "requirement": 9},
        {"date": 2, "list": "l"},
        {"date": 2, "move": "B", "to": "talks"},
    ],
    "success": {"public_size": 2, "two": 0.5, "requirement_share": 0.7, "hold": 3},
}


@pytest.fixture(scope="module")
def arrays():
    """The arrays of `DATA`."""
    return arrays_of(scenario_from_dict(DATA))


def test_every_number_lies_where_the_layout_says(arrays):
    inputs = arrays.inputs
    assert inputs.stake[0] == 0.9
    assert inputs.support.tolist() == [0.8, 0.5]
    assert inputs.bond.tolist() == [0.6, 0.5]
    assert inputs.capability.tolist() == [0.7, 0.5]
    assert inputs.threshold.tolist() == [0.1, 0.0]
    assert inputs.reliance.tolist() == [[0.25, 0.0], [0.0, 0.0]]
    assert inputs.sensitivity.tolist() == [[0.0, 0.0], [-2.0, 0.0]]
    assert inputs.capacity.tolist() == [[0.0, 4.0], [8.0, 2.0]]
    assert inputs.level.tolist() == [0.3, 0.6]
    assert inputs.start[0] == 0.4
    assert np.isnan(inputs.start[1])
    assert inputs.speed.tolist() == [0.2, 1.0]
    assert inputs.volatility.tolist() == [0.1, 0.0]
    assert inputs.to_force.tolist() == [1.5, 0.0]
    assert inputs.to_public_share.tolist() == [-0.5, 0.0]
    assert inputs.response.tolist() == [[0.0, 0.0], [0.7, 0.0]]
    assert inputs.weight.tolist() == [2.0, 1.0]
    assert inputs.cost[0] == 3.0
    assert inputs.aversion.tolist() == [4.0, 0.0]
    assert inputs.spread.tolist() == [0.5, 0.0]
    assert inputs.commitment.tolist() == [31.0, 32.0, 0.33, 3.4, 0.35, 0.36]
    assert inputs.memory.tolist() == [11.0, 12.0, 13.0, 0.14]
    assert inputs.tempo.tolist() == [1.7]


def test_each_event_s_numbers_lie_at_its_place_in_the_file(arrays):
    numbers = [(2, 0.4), (1.5, 0), (-1, 0), (0.6, 0), (0.7, 0), (0.8, 0), (9, 0), (0, 0), (0, 0)]
    assert arrays.inputs.event.tolist() == [list(map(float, pair)) for pair in numbers]


def test_a_move_that_is_not_named_has_a_rate_of_zero(arrays):
    rate = np.zeros((N_STAGES, 2))
    rate[STAGES.index("willing"), 0] = 0.03
    rate[:3, 1] = 0.5
    assert np.array_equal(arrays.inputs.rate, rate)
    coefficient = np.zeros((N_STAGES, 2, len(FEATURES)))
    coefficient[STAGES.index("willing"), 0, FEATURES.index("peers")] = 2.0
    coefficient[:3, 1, FEATURES.index("deal")] = -1.0
    assert np.array_equal(arrays.inputs.coefficient, coefficient)


@pytest.mark.parametrize("move", MOVES)
def test_every_move_and_feature_has_its_own_place(move):
    coefficients = {feature: 1.0 + spot for spot, feature in enumerate(FEATURES)}
    data = {"days": 1, "nations": ["A"], "behaviour": {move: {"rate": 0.5, **coefficients}}}
    inputs = arrays_of(scenario_from_dict(data)).inputs
    places = {(stage, 0) for stage, name in enumerate(FORWARD_MOVES) if name == move}
    places |= {(stage, 1) for stage, name in enumerate(EXIT_MOVES) if name == move}
    assert {tuple(spot) for spot in np.argwhere(inputs.rate == 0.5)} == places
    for stage, side in places:
        assert inputs.coefficient[stage, side].tolist() == list(coefficients.values())
    assert inputs.coefficient.sum() == len(places) * sum(coefficients.values())


def test_an_exit_may_be_given_by_the_stage_that_it_leaves():
    withdraw = {"public": {"rate": 0.1}, "deployed": {"rate": 0.3}}
    data = {"days": 1, "nations": ["A"], "behaviour": {"withdraw": withdraw}}
    rate = arrays_of(scenario_from_dict(data)).inputs.rate
    assert rate[:, 1].tolist() == [0.0, 0.0, 0.0, 0.1, 0.0, 0.3, 0.0]
    assert not rate[:, 0].any()


def test_every_move_of_the_model_has_a_name_in_a_file():
    named = {name for name in (*FORWARD_MOVES, *EXIT_MOVES) if name}
    assert named == set(MOVES)


def test_chances_of_stages_are_cumulative_and_end_at_exactly_one(arrays):
    expected = [[0, 0.25, 0.25, 0.25, 0.75, 0.75, 1], [1] * 7]
    assert arrays.structure.stage_chance.tolist() == expected


def test_chances_that_do_not_add_up_to_one_in_binary_still_end_at_exactly_one():
    stage = dict.fromkeys(STAGES[:3], 1 / 3) | {"public": 1e-10}
    data = {"days": 1, "nations": [{"id": "A", "stage": stage}]}
    (chance,) = arrays_of(scenario_from_dict(data)).structure.stage_chance
    assert chance[3:].tolist() == [1.0] * 4
    assert chance[2] < 1.0
    assert np.all(np.diff(chance) >= 0)


def test_a_stated_pledge_names_every_kind_and_an_unstated_one_none(arrays):
    stated, unstated = arrays.structure.start_pledge
    assert stated.tolist() == [0.0, 3.0]
    assert np.isnan(unstated).all()


def test_goals_are_set_as_the_scenario_says(arrays):
    goals = arrays.structure.goals
    assert (goals.is_set, goals.public_size, goals.requirement_share, goals.hold) == (1, 2, 0.7, 3)
    assert goals.conditions.tolist() == [-1.0, 0.5]


def test_thresholds_that_are_not_given_ask_for_nothing():
    some = scenario_from_dict(DATA | {"success": {"one": 0.2}})
    goals = arrays_of(some).structure.goals
    assert (goals.is_set, goals.public_size, goals.requirement_share) == (1, -1, -1.0)
    none = scenario_from_dict({"days": 1, "nations": ["A"]})
    assert arrays_of(none).structure.goals.is_set == 0


def test_keys_hang_on_names_and_not_on_the_order_of_the_file(arrays):
    structure = arrays.structure
    assert structure.nation_key.tolist() == [stable_key("nations.A"), stable_key("nations.B")]
    assert structure.condition_key[1] == stable_key("conditions.two")
    assert structure.kind_key[0] == stable_key("contributions.ground")
    assert structure.climate_key == stable_key("climate")
    assert structure.n_days == 20


def test_the_most_force_is_weight_times_capacity_and_one_where_there_is_none(arrays):
    assert arrays.force_top.tolist() == [16.0, 6.0, 22.0]
    empty = scenario_from_dict({"days": 1, "nations": ["A"], "contributions": {"ground": {}}})
    assert arrays_of(empty).force_top.tolist() == [1.0, 1.0]


def test_the_most_force_of_a_drawn_capacity_is_the_end_of_its_range():
    nations = [{"id": "A", "capacity": {"ground": {"uniform": [1, 5]}}}]
    kinds = {"ground": {"weight": {"uniform": [1, 3]}}}
    data = {"days": 1, "nations": nations, "contributions": kinds}
    assert arrays_of(scenario_from_dict(data)).force_top.tolist() == [15.0, 15.0]


def test_a_drawn_number_is_none_until_it_is_drawn_at_its_own_place(arrays):
    assert [each.path for each in arrays.drawn] == ["nations.B.stake", "contributions.air.cost"]
    assert np.isnan([arrays.inputs.stake[1], arrays.inputs.cost[1]]).all()
    one = inputs_of_run(arrays, 5, 1)
    vector = np.concatenate([part.ravel() for part in one])
    for each, part in zip(arrays.drawn, (one.stake, one.cost), strict=True):
        assert vector[each.slot] == part[1] > 0.0
        assert each.key == stable_key(each.path)


def test_drawn_inputs_stand_at_their_medians_if_asked():
    data = {
        "days": 9,
        "nations": [{"id": "A", "stake": {"uniform": [0.2, 0.6]}}, "B"],
        "events": [{"date": {"dates": [2, 5, 7]}, "meeting": "m"}],
    }
    scenario = scenario_from_dict(data)
    found = inputs_at_medians(scenario)
    assert found.stake.tolist() == [pytest.approx(0.4), 0.5]
    assert found.event_date.tolist() == [5.0]
    assert np.isnan(arrays_of(scenario).inputs.stake[0])


def test_numbers_of_joint_draws_stand_on_their_middle_line():
    scenario = scenario_from_dict({"days": 9, "nations": ["A", "B"]})
    drawn = {"nations.A.stake": [0.1, 0.9, 0.3], "nations.B.stake": [0.8, 0.2, 0.7]}
    assert inputs_at_medians(scenario.with_draws(drawn)).stake.tolist() == [0.9, 0.2]


def test_the_main_scenario_has_all_its_numbers_at_the_medians():
    paris = inputs_at_medians(load_scenario("paris_2025"))
    for name, part in zip(paris._fields, paris, strict=True):
        if not name.startswith(("given_", "start", "event")):
            assert np.isfinite(part).all(), name


def test_inputs_are_views_into_one_vector_in_their_order(arrays):
    flat = np.concatenate([part.ravel() for part in arrays.inputs])
    assert np.array_equal(flat, arrays.vector, equal_nan=True)
    assert all(np.shares_memory(part, arrays.vector) for part in arrays.inputs if part.size)


def test_the_inputs_of_a_run_differ_from_the_common_ones_in_what_is_drawn_alone(arrays):
    before = arrays.vector.copy()
    one, again, other = (inputs_of_run(arrays, 5, run) for run in (1, 1, 2))
    changed = [
        (name, tuple(spot))
        for name, own, common in zip(Inputs._fields, one, arrays.inputs, strict=True)
        for spot in np.argwhere(~np.isclose(own, common, rtol=0, atol=0, equal_nan=True))
    ]
    assert changed == [("stake", (1,)), ("cost", (1,))]
    assert one.stake[1] == again.stake[1] != other.stake[1]
    assert np.array_equal(arrays.vector, before, equal_nan=True)


def test_adding_a_nation_leaves_the_other_nations_draws_as_they_were():
    more = [{"id": "C", "stake": {"uniform": [0, 1]}}, *DATA["nations"]]
    one, other = (arrays_of(scenario_from_dict(data)) for data in (DATA, DATA | {"nations": more}))
    stakes = [inputs_of_run(each, 5, 7).stake[-1] for each in (one, other)]
    assert stakes[0] == stakes[1]
    assert np.array_equal(one.structure.nation_key, other.structure.nation_key[1:])
