"""A scenario as a function gives what an ensemble gives."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr

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


def test_a_date_in_the_place_of_one_that_is_drawn_is_that_date_in_every_call() -> None:
    law = {"date": {"uniform": [5, 35]}, "move": ["A", "B"], "to": "public"}
    drawn = SCENARIO.with_changes({"events": [law]})
    model = as_function(
        drawn, {"day": "events.0.date", "last": "events.0.date.uniform.1"}, ["size@20"], 30
    )
    for day in (30, 6, 19):
        fixed = sim.run(drawn.with_value("events.0.date", day), runs=30)
        assert model(day=day)["size_on_day_20"] == fixed.size[:, 20].mean()
    assert model()["size_on_day_20"] == sim.run(drawn, runs=30).size[:, 20].mean()
    sooner = drawn.with_value("events.0.date.uniform.1", 8)
    assert model(last=8)["size_on_day_20"] == sim.run(sooner, runs=30).size[:, 20].mean()


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


@pytest.mark.parametrize("order", [(0.0, 4.0), (4.0, 0.0)])
def test_an_outcome_that_the_inputs_leave_undefined_is_no_number(order: tuple[float, ...]) -> None:
    asked = ["capacity_public", "capacity_public>=0.5", "size"]
    model = as_function(SCENARIO, {"men": "nations.*.capacity.men"}, asked, runs=20, seed=1)
    found = {men: model(men=men) for men in (*order, *order)}
    some, none = (
        sim.run(SCENARIO.with_value("nations.*.capacity.men", men), runs=20, seed=1)
        for men in (4.0, 0.0)
    )
    assert found[4.0]["capacity_public"] == pytest.approx(some.capacity_public[:, -1].mean())
    assert np.isnan(found[0.0]["capacity_public"])
    assert np.isnan(found[0.0]["capacity_public_at_least_0_5"])
    assert found[0.0]["size"] == pytest.approx(none.size[:, -1].mean())


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
        ("conditions.bakcing", "unknown condition 'bakcing'; did you mean 'backing'?"),
        ("conditions.backing", "takes no number: it must be a mapping"),
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


# Tables, missing values and days


@pytest.fixture(scope="module")
def two_inputs() -> Any:
    return as_function(SCENARIO, PATHS, ["size", "force"], runs=20)


LEVELS, UNITS = [0.2, 0.9], [3.0, 1.0]

PATHS = {"stake": "nations.B.capacity.men", "level": LEVEL}

NAMED_TABLES = {
    "a DataFrame": pd.DataFrame({"level": LEVELS, "stake": UNITS}),
    "a DataFrame with its own index": pd.DataFrame({"level": LEVELS, "stake": UNITS}, [7, 7]),
    "a DataFrame with paths": pd.DataFrame({LEVEL: LEVELS, "stake": UNITS}),
    "a structured array": np.array(
        list(zip(LEVELS, UNITS, strict=True)), dtype=[("level", float), ("stake", float)]
    ),
    "a table of Arrow": pa.table({"level": LEVELS, "stake": UNITS}),
    "a labelled array": xr.DataArray(
        np.array([LEVELS, UNITS]).T, dims=("run", "input"), coords={"input": ["level", "stake"]}
    ),
    "a labelled array on its side": xr.DataArray(
        np.array([LEVELS, UNITS]), dims=("input", "run"), coords={"input": ["level", "stake"]}
    ),
    "a mapping of columns": {"level": np.array(LEVELS), "stake": UNITS},
    "a mapping of columns by path": {LEVEL: LEVELS, PATHS["stake"]: UNITS},
    "a list of mappings": [{"level": 0.2, "stake": 3}, {"stake": 1, LEVEL: 0.9}],
    "labelled data": xr.Dataset({"level": ("run", LEVELS), "stake": ("run", UNITS)}),
}


def _is_of_the_calls(two_inputs: Any, table: Any) -> bool:
    found = two_inputs.rows(table)
    calls = [two_inputs(stake=3.0, level=0.2), two_inputs(stake=1.0, level=0.9)]
    assert found["size"][0] != found["size"][1]
    return all(found[name].tolist() == [each[name] for each in calls] for name in found)


@pytest.mark.parametrize("table", NAMED_TABLES.values(), ids=NAMED_TABLES)
def test_columns_with_names_are_taken_by_name_in_any_order(two_inputs, table) -> None:
    assert _is_of_the_calls(two_inputs, table)


def test_a_call_takes_paths_as_a_table_does(two_inputs) -> None:
    assert two_inputs(**{LEVEL: 0.9, "stake": 1}) == two_inputs(level=0.9, stake=1)
    with pytest.raises(TypeError, match=r"level .* is given by its name and its path"):
        two_inputs(**{LEVEL: 0.9, "level": 0.9})
    unnamed = as_function(SCENARIO, [LEVEL], ["size"], runs=20)
    assert unnamed.rows(pd.DataFrame({LEVEL: [0.9]}))["size"] == [two_inputs(level=0.9)["size"]]


@pytest.mark.parametrize(
    "table",
    [
        [[3.0, 0.2], [1.0, 0.9]],
        np.array([[3.0, 0.2], [1.0, 0.9]]),
        pd.DataFrame([[3.0, 0.2], [1.0, 0.9]]),
        xr.DataArray([[3.0, 0.2], [1.0, 0.9]]),
    ],
    ids=["lists", "array", "DataFrame without names", "unlabelled"],
)
def test_columns_without_names_are_taken_by_place(two_inputs, table) -> None:
    assert _is_of_the_calls(two_inputs, table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"level": [0.2], "steak": [1]}), "column 'steak'; did you mean 'stake'"),
        (pd.DataFrame({"level": [0.2], "stake": [1], "run": [2]}), "unknown column 'run'"),
        (pd.DataFrame({"level": [0.2]}), "the column 'stake' is missing"),
        (pd.DataFrame([[1, 2, 3]], columns=["level", "stake", "stake"]), "the same name"),
        ([{"level": 0.2, "stake": 1}, {"level": 0.3}], "the column 'stake' is missing"),
        ({"level": [0.2, 0.3], "stake": [1]}, "all of the same length"),
        ({"level": 0.2, "stake": 1}, "each column must be a list"),
        (pd.DataFrame({LEVEL: [0.2], "level": [0.2]}), f"'{LEVEL}' and 'level' are the same input"),
        (pd.DataFrame({"x": [0.2], "stake": [1]}), "unknown column 'x'; known: stake, level"),
        (NAMED_TABLES["a structured array"][["level"]], "the column 'stake' is missing"),
        (NAMED_TABLES["labelled data"].rename(level="lvl"), "unknown column 'lvl'"),
        (
            xr.DataArray([[1.0, 0.2]], dims=("run", "input"), coords={"input": ["stake", "lvl"]}),
            "unknown column 'lvl'",
        ),
        ([[1.0, 0.2, 3.0]], r"shape \(1, 3\) must be \(n_calls, 2\), in the order stake, level"),
        ([[1.0, 0.2], [1.0]], r"shape \(2,\) must be"),
        (pd.Series([1.0, 0.2]), r"shape \(2,\) must be"),
    ],
)
def test_a_table_that_is_not_that_of_the_inputs_is_refused(two_inputs, table, message) -> None:
    with pytest.raises(ValueError, match=message):
        two_inputs.rows(table)


def test_no_rows_are_no_calls(two_inputs) -> None:
    assert two_inputs.rows(np.empty((0, 2)))["size"].shape == (0,)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT", "D")])
def test_what_is_missing_is_refused_in_calls_and_rows_alike(
    two_inputs, missing, monkeypatch
) -> None:
    message = "level .*: .* is no value; for the scenario's own value leave the input out"
    with pytest.raises(ValueError, match=message):
        two_inputs(level=missing)
    begun = []
    monkeypatch.setattr(type(two_inputs), "__call__", lambda *_, **call: begun.append(call))
    for rows in ([[1.0, 0.2], [1.0, missing]], pd.DataFrame({"stake": 1, "level": [0.2, missing]})):
        with pytest.raises(ValueError, match=message) as refused:
            two_inputs.rows(rows)
        assert refused.value.__notes__ == ["in row 1 of the values, counted from 0"]
    assert begun == []


def test_an_input_that_is_left_out_has_the_value_of_the_scenario(two_inputs) -> None:
    assert two_inputs() == two_inputs(stake=3, level=0.4) != two_inputs(level=0.9)


def test_a_row_that_cannot_be_had_is_named(two_inputs) -> None:
    with pytest.raises(
        ScenarioError, match=r"level \(.*\): 2 must be above 0 and below 1"
    ) as refused:
        two_inputs.rows([[1.0, 0.2], [1.0, 2.0]])
    assert refused.value.__notes__ == ["in row 1 of the values, counted from 0"]


def test_a_day_after_the_end_is_refused_as_a_sweep_refuses_it() -> None:
    scenario = SCENARIO.with_changes({"success": None})
    model = as_function(scenario, {"days": "days"}, ["size@20"], runs=5)
    swept = sim.sweep(scenario, {"days": [10, 40]}, outcomes=["size@20"], runs=5)
    with pytest.raises(OutcomeError) as refused:
        model(days=10)
    assert str(refused.value) == swept.problems[0]
    assert swept.problems[0] == "size@20: day 20 must be at most the last day, 10"
    assert model(days=20) == model(days=40) == model(days=20.0)


def test_runs_of_different_length_are_filled_up_with_what_is_no_number() -> None:
    scenario = SCENARIO.with_changes({"success": None})
    model = as_function(scenario, {"days": "days"}, ["size_by_day", "size"], runs=5)
    found = model.rows([[3], [5]])["size_by_day"]
    assert found.shape == (2, 6)
    assert np.isnan(found[0]).tolist() == [False] * 4 + [True] * 2
    assert np.array_equal(found[1], model(days=5)["size_by_day"])
    assert model.rows([[3], [3]])["size_by_day"].shape == (2, 4)


def test_dates_are_taken_where_a_day_is() -> None:
    written = {**SCENARIO.full(), "start": "2025-03-10", "events": [{"date": 5, "meeting": "m"}]}
    model = as_function(scenario_from_dict(written), {"on": "events.m.date"}, ["size"], runs=20)
    later = model(on=20)["size"]
    for date in (pd.Timestamp("2025-03-30"), np.datetime64("2025-03-30"), "2025-03-30", 20.0):
        assert model(on=date)["size"] == later
    table = pd.DataFrame({"on": pd.to_datetime(["2025-03-15", "2025-03-30"])})
    assert model.rows(table)["size"].tolist() == [model(on=5)["size"], later]


def test_a_keyword_of_python_may_name_an_input() -> None:
    model = as_function(SCENARIO, {"class": LEVEL, "lambda": "contributions.men.cost"}, ["size"])
    expected = model(**{"class": 0.8, "lambda": 2.0})
    assert model.rows([[0.8, 2.0]])["size"].tolist() == [expected["size"]]
    assert model.rows([{"lambda": 2.0, "class": 0.8}])["size"].tolist() == [expected["size"]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("seed", "'seed' cannot be the name of an argument: it has a meaning of its own"),
        ("my level", "'my level' cannot be the name of an argument, .*; 'my_level' can"),
        ("2x", "'2x' cannot be the name of an argument, .*; '_2x' can"),
    ],
)
def test_a_name_that_no_argument_can_have_is_refused_with_the_reason(name, message) -> None:
    with pytest.raises(ValueError, match=message):
        as_function(SCENARIO, {name: LEVEL})


def test_a_function_of_many_numbers_prints_itself_shortly() -> None:
    paths = [f"nations.{name}.stake" for name in "ABCDEF"]
    assert repr(as_function(SCENARIO, paths, ["size"], runs=1)) == (
        "<ModelFunction (nations_A_stake, nations_B_stake, nations_C_stake, nations_D_stake and 2 "
        "more) -> size: 1 run, seed 0>"
    )
