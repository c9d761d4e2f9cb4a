"""What the EMA Workbench and SALib are handed is the function, and what they find is there."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.studies.adapters.salib import salib_problem
from sim.studies.adapters.workbench import discover, ema_model, experiments, workbench
from sim.studies.function import ModelFunction, as_function

LEVEL = "conditions.backing.level"


@pytest.fixture(scope="module")
def function() -> ModelFunction:
    scenario = scenario_from_dict(
        {
            "days": 15,
            "nations": [
                {"id": name, "stage": "talks", "reliance": {"backing": 1}} for name in "ABCD"
            ],
            "conditions": {"backing": {"level": 0.4, "volatility": 0.3}},
            "behaviour": {
                "resolve": {"rate": 0.2},
                "declare": {"rate": 0.1, "prospects": 2, "momentum": 5},
            },
        }
    )
    inputs = {"level": LEVEL, "momentum": "memory.momentum"}
    return as_function(scenario, inputs, ["size", "conditions.backing", "size_by_day"], runs=10)


@pytest.mark.slow
def test_an_experiment_is_a_call(function: ModelFunction) -> None:
    designed, outcomes = experiments(ema_model(function, {"level": (0.1, 0.9)}), 6, seed=3)
    assert len(designed) == 6
    for level, size, days in zip(
        designed["level"], outcomes["size"], outcomes["size_by_day"], strict=True
    ):
        found = function(level=level)
        assert size == found["size"]
        np.testing.assert_array_equal(days, found["size_by_day"])


def test_the_design_follows_from_its_seed_and_leaves_other_luck_alone(
    function: ModelFunction,
) -> None:
    model = ema_model(function, {"level": (0.1, 0.9)})
    state = np.random.get_state()  # noqa: NPY002
    first, again, other = (experiments(model, 4, seed=seed)[0]["level"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(one, two) for one, two in zip(state, after, strict=True))


def test_replications_have_runs_of_their_own(function: ModelFunction) -> None:
    model = ema_model(function, {"level": (0.1, 0.9)}, replications=3)
    designed, outcomes = experiments(model, 2, seed=3)
    whole = as_function(function.scenario, function.inputs, list(function.outcomes.values()), 30)
    for place, level in enumerate(designed["level"]):
        found = whole(level=level)
        assert outcomes["size"][place] == pytest.approx(found["size"], rel=1e-12)
        np.testing.assert_allclose(outcomes["size_by_day"][place], found["size_by_day"])


def test_the_box_of_interest_is_found() -> None:
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21)), -1).reshape(-1, 2)
    inputs = pd.DataFrame(grid, columns=["wanted", "idle"])
    found = discover(inputs, grid[:, 0] < 0.42, density=0.95)
    assert found.limits.keys() == {"wanted"}
    low, high = found.limits["wanted"]
    assert low == 0.0
    assert high == pytest.approx(0.4, abs=0.03)
    assert found.density >= 0.95
    assert found.coverage > 0.9
    assert found.n_experiments == 441


def test_coverage_and_density_are_counted_in_the_box() -> None:
    level = np.linspace(0, 1, 200)
    wanted = (level < 0.3) | ((level > 0.8) & (level < 0.85))  # what lies apart is not covered
    found = discover(pd.DataFrame({"level": level}), wanted, density=0.9)
    low, high = found.limits["level"]
    inside = (level >= low) & (level <= high)
    assert found.n_inside == inside.sum()
    assert found.density == (inside & wanted).sum() / inside.sum()
    assert found.coverage == (inside & wanted).sum() / wanted.sum()
    assert found.coverage != found.density


@pytest.mark.parametrize("value", [True, False])
def test_nothing_to_discover_is_said(value: bool) -> None:
    inputs = pd.DataFrame({"level": np.linspace(0, 1, 10)})
    with pytest.raises(ValueError, match="of 10 experiments are of interest"):
        discover(inputs, np.full(10, value))


def test_ranges_must_be_of_inputs(function: ModelFunction) -> None:
    for ranges in ({}, {"levle": (0, 1)}):
        with pytest.raises(ValueError, match="the inputs are level, momentum"):
            ema_model(function, ranges)
    with pytest.raises(ValueError, match="momentum must have one"):
        salib_problem(function, {"level": (0, 1)})


def test_salib_gets_its_columns_in_the_order_of_the_inputs(function: ModelFunction) -> None:
    problem = salib_problem(function, {"momentum": (1, 9), "level": (0.1, 0.9)})
    assert problem["names"] == ["level", "momentum"]
    assert problem["bounds"] == [[0.1, 0.9], [1.0, 9.0]]


def test_without_the_workbench_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    with pytest.raises(ImportError, match=r"willing\[exploration\]"):
        workbench()


# Whole numbers


@pytest.fixture(scope="module")
def of_days(function: ModelFunction) -> ModelFunction:
    return as_function(function.scenario, {"days": "days", "level": LEVEL}, ["size"], runs=5)


def test_the_workbench_draws_whole_numbers_where_they_are_needed(of_days: ModelFunction) -> None:
    designed, outcomes = experiments(ema_model(of_days, {"days": (10, 12.0)}), 30, seed=1)
    counts = designed["days"].value_counts()
    assert counts.to_dict() == {10: 10, 11: 10, 12: 10}
    assert np.array_equal(outcomes["size"], of_days.rows(
        {"days": designed["days"], "level": [0.4] * 30}
    )["size"])  # fmt: skip


@pytest.mark.parametrize("seed", [0, pytest.param(5, marks=pytest.mark.slow)])
def test_a_sample_of_salib_has_each_whole_number_equally_often(seed: int) -> None:
    sobol = pytest.importorskip("SALib.sample.sobol")
    scenario = scenario_from_dict({"days": 15, "nations": ["A", "B"]})
    model = as_function(scenario, {"days": "days", "stake": "nations.A.stake"}, ["size"], runs=2)
    with pytest.raises(ScenarioError, match=r"days: 10\.5 must be a whole number"):
        model.rows([[10.5, 0.2]])
    problem = salib_problem(model, {"days": (10, 13), "stake": (0, 1)})
    sample = sobol.sample(problem, 64, calc_second_order=False, seed=seed)
    base = np.floor(sample[::4, 0])
    assert np.bincount(base.astype(int), minlength=14)[10:].tolist() == [16, 16, 16, 16]
    found = model.rows(sample)
    assert np.array_equal(
        found["size"], [model(days=int(days), stake=stake)["size"] for days, stake in sample]
    )


def test_both_ends_of_a_sample_of_salib_are_in_the_range(of_days: ModelFunction) -> None:
    problem = salib_problem(of_days, {"days": (10, 12), "level": (0.1, 0.9)})
    low, high = problem["bounds"][0]
    assert (low, high) == (10.0, np.nextafter(13, 0))
    found = of_days.rows([[low, 0.5], [high, 0.5]])["size"]
    assert found.tolist() == [of_days(days=days, level=0.5)["size"] for days in (10, 12)]
    for outside in (13.5, 9.5):
        with pytest.raises(ScenarioError, match="must be a whole number"):
            of_days.rows([[outside, 0.5]])
    with pytest.raises(ScenarioError, match=r"days: 10\.5 must be a whole number"):
        of_days(days=10.5)


@pytest.mark.parametrize("ranges", [{"days": (9.5, 12)}, {"days": (10, np.float64(12.5))}])
def test_ranges_of_whole_numbers_are_whole(of_days: ModelFunction, ranges) -> None:
    for adapt in (ema_model, salib_problem):
        with pytest.raises(ValueError, match=r"ranges: days: .*\.5 must be a whole number"):
            adapt(of_days, {**ranges, "level": (0.1, 0.9)})


def test_numbers_by_day_do_not_go_with_runs_of_several_lengths(function: ModelFunction) -> None:
    model = as_function(function.scenario, {"days": "days"}, ["size_by_day"], runs=5)
    with pytest.raises(ValueError, match="size_by_day: an outcome with one number a day needs"):
        ema_model(model, {"days": (10, 12)})
