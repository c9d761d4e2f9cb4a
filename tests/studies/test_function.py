"""A scenario as a function gives what an ensemble gives."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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


def test_an_outcome_may_be_written_with_spaces() -> None:
    model = as_function(SCENARIO, [LEVEL], {"spaced": "size >= 3", "plain": "size>=3"}, runs=20)
    found = model()
    assert found["spaced"] == found["plain"]


def test_calls_of_any_inputs_are_runs_of_the_changed_scenario_to_the_bit() -> None:
    scenario = SCENARIO.with_changes(
        {
            LEVEL: {"uniform": [0.2, 0.6]},
            "nations.B.stake": {"uniform": [0.1, 0.9]},
            "events": [
                {"date": 3, "deal": "signed", "probability": 0.1},
                {"date": 4, "meeting": "No. 10"},
            ],
            "behaviour.resolve.deal": 2,
        }
    )
    names = {
        "level": LEVEL,
        "stake": "nations.*.stake",
        "men": "nations.C.capacity.men",
        "deal": "events.signed.probability",
        "weight": 'events."No. 10".weight',
        "day": "events.signed.date",
    }
    model = as_function(scenario, names, ["size", "force", "conditions.backing"], runs=30)
    calls: list[dict[str, float]] = [
        {},
        {"level": 0.5},
        {"level": 0.3, "stake": 0.9},
        {"level": 0.6},
        {"deal": 0.5, "men": 7},
        {"deal": 1, "men": 2.5},
        {"deal": 0.2, "men": 0, "day": 9},
        {"weight": 3, "level": 0.4},
        {"stake": -0.0},
        {},
    ]
    for values in calls:
        changed = scenario.with_changes({names[name]: value for name, value in values.items()})
        runs, found = sim.run(changed, runs=30), model(**values)
        assert found["size"] == runs.size[:, -1].mean(), values
        assert found["force"] == pytest.approx(runs.force.sum(axis=1).mean(), rel=1e-12)
        assert found["conditions_backing"] == pytest.approx(runs.conditions[:, 0].mean(), rel=1e-12)


def test_an_input_may_be_a_distribution_as_well() -> None:
    model = as_function(SCENARIO, {"level": LEVEL}, ["conditions.backing"], runs=20)
    drawn = {"uniform": [0.1, 0.9]}
    expected = sim.run(SCENARIO.with_changes({LEVEL: drawn}), runs=20).conditions[:, 0].mean()
    for value in (0.4, drawn, 0.4):
        found = model(level=value)["conditions_backing"]  # type: ignore[arg-type]
        assert (found == pytest.approx(expected, rel=1e-12)) == (value == drawn)


def test_an_input_that_needs_another_that_is_left_out_is_refused_at_once() -> None:
    bare = SCENARIO.with_changes({"success": None, "behaviour": {"from": None}})
    with pytest.raises(ScenarioError, match="success: sets no threshold"):
        as_function(bare, ["success.hold"], ["size"])
    with pytest.raises(ScenarioError, match=r"behaviour\.engage\.rate: is missing"):
        as_function(bare, ["behaviour.engage.peers"], ["size"])
    assert as_function(bare, ["behaviour.engage.rate"], ["size"], runs=2)()


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
    with pytest.raises(ScenarioError) as found:
        model(backing=1.0)
    assert str(found.value) == f"backing ({LEVEL}): 1 must be above 0 and below 1"


def test_a_wrong_value_is_told_by_the_input_that_it_came_through() -> None:
    names = {"level": LEVEL, "all": "nations.*.stake", "hold": "success.hold"}
    model = as_function(SCENARIO, names, runs=5)
    with pytest.raises(ScenarioError) as found:
        model(level=0.5, all=2, hold=99)
    assert str(found.value).splitlines() == [
        "all (nations.*.stake): 2 must be between 0 and 1",
        "hold (success.hold): 99 must be at most the days of the run, 40",
    ]
    with pytest.raises(ScenarioError) as found:
        as_function(SCENARIO, [LEVEL], runs=5)(conditions_backing_level="much")
    assert str(found.value).startswith(f"{LEVEL}: 'much' must be a number")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("conditions.baking.level", "conditions.baking: unknown condition 'baking'; did you mean "
         "'backing'?"),
        ("conditions.backing.levl", "unknown key 'levl'; did you mean 'level'?"),
        ("condition.backing.level", "condition: unknown key 'condition'; did you mean"),
        ("nations.G.stake", "nations.G: unknown nation 'G'"),
        ("nations.*.staek", "unknown key 'staek'; did you mean 'stake'?"),
        ("behaviour.declar.rate", "behaviour.declar: unknown key 'declar'; did you mean 'declare"),
        ("events.0.weight", "events.0: unknown event '0'"),
        ("conditions..level", "is no path that can be changed"),
        ("title", "takes no number: it must be text"),
        ("nations.A", "takes no number: it must be a mapping"),
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_refused_when_the_function_is_made(
    path: str, message: str
) -> None:
    for inputs, begin in (([path], path), ({"x": path}, f"x ({path})")):
        with pytest.raises(ValueError, match=re.escape(message)) as found:
            as_function(SCENARIO, inputs)
        assert str(found.value).startswith(f"{begin}: {message}")


@pytest.mark.parametrize("path", ["days", "success.hold", "success.backing", "memory.momentum"])
def test_a_number_that_the_scenario_leaves_out_or_has_bounds_of_its_own_can_be_an_input(
    path: str,
) -> None:
    late = SCENARIO.with_changes({"events": [{"date": 30, "deal": "signed"}]})
    assert as_function(late, [path], ["size"], runs=2)()["size"] >= 0


@pytest.mark.parametrize(
    ("one", "other", "field"),
    [
        ("nations.*.stake", "nations.C.stake", "nations.C.stake"),
        ("nations.C.stake", "nations.*.stake", "nations.C.stake"),
        ("events.0.weight", "events.summit.weight", "events.0.weight"),
    ],
)
def test_inputs_that_write_the_same_number_are_refused(one: str, other: str, field: str) -> None:
    scenario = SCENARIO.with_changes({"events": [{"date": 3, "meeting": "summit"}]})
    with pytest.raises(ValueError, match="writes") as found:
        as_function(scenario, {"one": one, "other": other})
    message = f"other ({other}): writes {field}, which one ({one}) writes as well"
    assert str(found.value) == message
    apart = as_function(scenario, ["nations.A.stake", "nations.C.stake"], ["size"], runs=2)
    assert list(apart(nations_A_stake=0.9)) == ["size"]


@pytest.mark.parametrize(
    ("inputs", "outcomes", "message"),
    [
        ([], None, "at least one"),
        ("days", None, "must be a list"),
        ({"not a name": LEVEL}, None, "cannot be the name"),
        ({"seed": LEVEL}, None, "cannot be the name"),
        ({"self": LEVEL}, None, "cannot be the name"),
        ([5], None, "5 must be text"),
        ([LEVEL], [5], "5 must be text"),
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


@pytest.mark.parametrize("name", ["seed", "first_run"])
@pytest.mark.parametrize("number", [1.7, 2.0, "2", True, None, np.float64(2.0)])
def test_a_call_takes_whole_numbers_of_runs_and_seeds_alone(name: str, number: Any) -> None:
    model = as_function(SCENARIO, [LEVEL], ["size"], runs=5)
    with pytest.raises(ValueError, match=f"{name}: .* must be a whole number"):
        model(**{name: number})
    assert model(**{name: np.int64(2)}) == model(**{name: np.uint8(2)}) == model(**{name: 2})


@pytest.mark.parametrize("number", [1.7, 2.0, "2", True, None])
@pytest.mark.parametrize("name", ["runs", "seed"])
def test_no_door_takes_a_number_that_is_not_whole(name: str, number: Any) -> None:
    scenarios = {"one": SCENARIO, "other": SCENARIO.with_changes({LEVEL: 0.7})}
    given = {"runs": 2, name: number}
    doors = [
        lambda: sim.run(SCENARIO, **given),
        lambda: sim.compare(scenarios, **given),
        lambda: as_function(SCENARIO, [LEVEL], **given),
    ]
    if number is not None:  # of a study, that is a key which is not given
        doors.append(lambda: sim.sweep(SCENARIO, {LEVEL: [0.2, 0.8]}, **given))
    for door in doors:
        with pytest.raises(ValueError, match=f"{name}: .* must be a whole number"):
            door()


def test_a_scenario_may_be_a_name_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SCENARIO.to_yaml(), encoding="utf-8")
    assert as_function(tmp_path / "mine.yaml", [LEVEL]).scenario == SCENARIO
    named = as_function("paris_2025", ["conditions.us_backing.level"])
    assert named.scenario == sim.load_scenario("paris_2025")
    with pytest.raises(ScenarioError, match="did you mean 'paris_2025'"):
        as_function("pariss_2025", [LEVEL])
    wrong: Any = {"days": 9}
    with pytest.raises(TypeError, match=r"scenario: it must be a Scenario, .*, not dict"):
        as_function(wrong, [LEVEL])


def test_the_start_is_no_input_and_that_is_said() -> None:
    with pytest.raises(ScenarioError, match="start: is not varied, as days are counted from it"):
        as_function(SCENARIO, ["start"])


def test_paths_become_names_that_python_takes() -> None:
    for path in ("nations.*.stake", "events.0.weight", "size@90>=3", "1st"):
        assert identifier(path).isidentifier()
