"""A scenario as a function gives what an ensemble gives."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import sim
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.studies.design.outcomes import OutcomeError
from sim.studies.function import as_function, identifier

SCENARIO = scenario_from_dict(
    {
        "days": 40,
        "nations": [
            {"id": name, "stage": "talks", "capacity": {"men": 3}, "reliance": {"backing": 1}}
            for name in "ABCDEF"
        ],
        "conditions": {"backing": {"level": 0.4, "volatility": 0.2}},
        "contributions": {"men": {"cost": 1}},
        "behaviour": {
            "resolve": {"rate": 0.1, "disposition": 1},
            "declare": {"rate": 0.1, "prospects": 2, "peers": 1},
            "pledge": {"rate": 0.2},
        },
        "success": {"public_size": 4, "hold": 3},
    }
)
LEVEL = "conditions.backing.level"


def test_a_call_gives_what_an_ensemble_of_its_runs_gives() -> None:
    wanted = ["success", "size", "size@20", "force", "public.B", "size>=3", "conditions.backing"]
    model = as_function(SCENARIO, {"level": LEVEL}, wanted, runs=64, seed=5)
    found = model(level=0.7)
    runs = sim.run(SCENARIO.with_changes({LEVEL: 0.7}), runs=64, seed=5)
    public = (runs.stage[:, 1] >= 3) & (runs.stage[:, 1] <= 5)
    assert found["success"] == (runs.success_day >= 0).mean()
    assert found["size"] == runs.size[:, -1].mean()
    assert found["size_on_day_20"] == runs.size[:, 20].mean()
    assert found["force"] == pytest.approx(runs.force.sum(axis=1).mean(), rel=1e-12)
    assert found["public_B"] == public.mean()
    assert found["size_at_least_3"] == (runs.size[:, -1] >= 3).mean()
    assert found["conditions_backing"] == pytest.approx(runs.conditions[:, 0].mean(), rel=1e-12)


def test_an_array_has_one_number_a_day() -> None:
    names = ["size_by_day", "private_size_by_day", "firm_size_by_day"]
    found = as_function(SCENARIO, [LEVEL], names, runs=2000)()
    runs = sim.run(SCENARIO, runs=2000, seed=0)
    for name in names:
        by_day = getattr(runs, name.removesuffix("_by_day")).mean(axis=0)
        np.testing.assert_allclose(found[name], by_day, rtol=1e-12)


def test_what_is_kept_of_an_outcome_can_be_asked_for() -> None:
    wanted = {"chance": "success", "error": "success.mc_error", "low": "size.q05"}
    found = as_function(SCENARIO, [LEVEL], wanted, runs=200)()
    chance = found["chance"]
    assert found["error"] == pytest.approx((chance * (1 - chance) / 200) ** 0.5)
    sizes = np.sort(sim.run(SCENARIO, runs=200).size[:, -1])
    assert found["low"] == sizes[9]


def test_calls_share_their_luck_unless_they_say_otherwise() -> None:
    model = as_function(SCENARIO, [LEVEL], ["conditions.backing"], runs=10, seed=1)
    assert model() == model()
    assert model() == model(seed=1, first_run=0)
    assert model() != model(seed=2)
    assert model() != model(first_run=10)
    both = as_function(SCENARIO, [LEVEL], ["conditions.backing"], runs=20, seed=1)()
    halves = [model(first_run=first)["conditions_backing"] for first in (0, 10)]
    assert both["conditions_backing"] == pytest.approx(np.mean(halves), rel=1e-12)


def test_other_structures_in_between_change_nothing() -> None:
    model = as_function(SCENARIO, {"level": LEVEL, "hold": "success.hold"}, ["success"], runs=50)
    before = model(level=0.6)
    assert model(hold=30)["success"] < before["success"]
    assert model(level=0.6) == before


def test_a_copy_in_another_process_or_thread_gives_the_same() -> None:
    model = as_function(SCENARIO, {"level": LEVEL}, ["size", "force"], runs=50)
    levels = np.linspace(0.1, 0.9, 8)
    expected = [model(level=level) for level in levels]
    copy = pickle.loads(pickle.dumps(model))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda level: copy(level=level), levels)) == expected


def test_rows_are_calls() -> None:
    model = as_function(SCENARIO, {"level": LEVEL, "cost": "contributions.men.cost"}, runs=20)
    found = model.rows([[0.2, 1.0], [0.8, 2.0]])
    assert found["size"].tolist() == [
        model(level=0.2, cost=1.0)["size"],
        model(level=0.8, cost=2.0)["size"],
    ]
    with pytest.raises(ValueError, match=r"shape \(2,\) must be \(n_calls, 2\)"):
        model.rows([0.2, 1.0])


def test_drawn_inputs_are_those_of_the_seed() -> None:
    drawn = SCENARIO.with_changes({LEVEL: {"uniform": [0.1, 0.9]}})
    model = as_function(drawn, {"cost": "contributions.men.cost"}, ["conditions.backing"], runs=8)
    for seed in (0, 1, 0):
        expected = sim.run(drawn, runs=8, seed=seed).conditions[:, 0].mean()
        assert model(seed=seed)["conditions_backing"] == pytest.approx(expected, rel=1e-12)


def test_a_row_of_whole_numbers_is_taken() -> None:
    model = as_function(SCENARIO, {"hold": "success.hold"}, ["success"], runs=20)
    assert model.rows([[5.0], [9.0]])["success"].tolist() == [
        model(hold=5)["success"],
        model(hold=9)["success"],
    ]


def test_numbers_of_numpy_are_numbers() -> None:
    model = as_function(SCENARIO, {"hold": "success.hold"}, ["success"], runs=20)
    assert model(hold=np.int64(5)) == model(hold=5)


def test_a_wrong_input_is_refused_with_the_one_that_is_meant() -> None:
    model = as_function(SCENARIO, {"backing": LEVEL}, runs=5)
    with pytest.raises(TypeError, match="unknown input 'baking'; did you mean 'backing'"):
        model(baking=0.5)
    with pytest.raises(ScenarioError, match="above 0 and below 1"):
        model(backing=1.0)


@pytest.mark.parametrize(
    ("inputs", "outcomes", "message"),
    [
        ([], None, "at least one"),
        ("days", None, "must be a list"),
        ({"not a name": LEVEL}, None, "cannot be the name"),
        ({"seed": LEVEL}, None, "cannot be the name"),
        ([LEVEL, LEVEL], None, "the same name"),
        ({"one": LEVEL, "other": LEVEL}, None, "the same path"),
        ([LEVEL], ["sise"], "unknown outcome 'sise'; did you mean 'size'"),
        ([LEVEL], ["success.q05"], "unknown outcome"),
        ([LEVEL], ["public.*"], "stands for 6 outcomes"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(inputs, outcomes, message) -> None:
    with pytest.raises(ValueError, match=message):
        as_function(SCENARIO, inputs, outcomes)


def test_an_unknown_outcome_is_an_error_of_its_own() -> None:
    with pytest.raises(OutcomeError):
        as_function(SCENARIO, [LEVEL], ["nothing"])


@pytest.mark.parametrize(("runs", "seed"), [(0, 0), (2.5, 0), (10, -1), (10, 2**64)])
def test_runs_and_seed_are_checked(runs, seed) -> None:
    with pytest.raises(ValueError, match=r"runs|seed"):
        as_function(SCENARIO, [LEVEL], runs=runs, seed=seed)


def test_paths_become_names_that_python_takes() -> None:
    for path in ("nations.*.stake", "events.0.weight", "size@90>=3", "1st"):
        assert identifier(path).isidentifier()
