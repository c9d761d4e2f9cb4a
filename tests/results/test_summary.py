"""The summary: chances, spreads and what they are of."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.results.summary import checkpoints
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, small_ensemble, small_scenario


def test_sizes_now_and_at_the_end_are_those_of_the_runs() -> None:
    ensemble, summary = small_ensemble(), small_ensemble().summary()
    assert summary.size.now.median == 2
    assert summary.size.end.mean == pytest.approx(ensemble.size[:, -1].mean())
    low, high = np.quantile(ensemble.firm_size[:, -1], [0.05, 0.95], method="inverted_cdf")
    assert (summary.firm_size.end.low, summary.firm_size.end.high) == (low, high)


def test_the_chance_of_success_counts_the_runs_that_succeed() -> None:
    success = small_ensemble().summary().success
    assert success is not None
    days = small_ensemble().success_day
    assert success.chance.chance == (days >= 0).mean()
    assert success.thresholds == {"public_size": 4, "us_backing": 0.4}
    assert success.median_day == np.quantile(days[days >= 0], 0.5, method="inverted_cdf")


def test_without_thresholds_there_is_no_chance_of_success() -> None:
    scenario = small_scenario().model_copy(update={"success": None})
    assert made_up(scenario, 10).summary().success is None


def test_each_nation_has_its_chances_at_the_checkpoints() -> None:
    summary = small_ensemble().summary()
    outlook = summary.nations[2]
    stage = small_ensemble().stage[:, 2]
    assert outlook.nation == "N02"
    assert len(outlook.public) == len(summary.checkpoints)
    assert outlook.at_end.chance == outlook.public[-1] == np.isin(stage, [3, 4, 5]).mean()
    assert outlook.left == (stage == 6).mean()


def test_the_requirement_is_the_latest_that_an_event_set() -> None:
    assert small_ensemble().summary().requirement == 30
    events = [{"date": 9, "requirement": 50.0}, {"date": 4, "requirement": 40.0}]
    changed = scenario_from_dict({"days": 20, "nations": ["GBR"], "events": events})
    assert made_up(changed, 5).summary().requirement == 50


def test_a_requirement_that_is_drawn_is_not_given_as_a_number() -> None:
    drawn = small_scenario().with_changes({"commitment.requirement": {"uniform": [20, 40]}})
    assert made_up(drawn, 5).summary().requirement is None


def test_the_summary_is_the_same_with_and_without_single_runs() -> None:
    assert small_ensemble().summary() == small_ensemble(keep="summary").summary()


def test_the_dictionary_goes_through_json_even_with_a_single_run() -> None:
    found = small_ensemble(1).summary().as_dict()
    assert found["size"]["end"]["mc_error"] is None
    assert json.loads(json.dumps(found, allow_nan=False))["n_runs"] == 1


@pytest.mark.parametrize("n_days", [1, 2, 3, 7, 180, 36500])
def test_checkpoints_ascend_from_now_to_the_end(n_days: int) -> None:
    days = checkpoints(n_days)
    assert days[0] == 0
    assert days[-1] == n_days
    assert list(days) == sorted(set(days))


def test_a_summary_names_the_nations_whose_stage_the_initial_law_draws() -> None:
    form = {
        "days": 2,
        "nations": ["GBR", {"id": "FRA", "stage": "public"}, "POL"],
        "behaviour": {"initial": {"talks": {"odds": 2}}},
    }
    summary = sim.run(scenario_from_dict(form), runs=3, workers=1).summary()
    assert summary.by_law == ("GBR", "POL")
    assert summary.as_dict()["by_law"] == ["GBR", "POL"]
    assert "Stage on day 0 drawn by the initial law: GBR, POL" in summary.text()
    told = scenario_from_dict({"days": 2, "nations": [{"id": "GBR", "stage": "talks"}]})
    given = sim.run(told, runs=3, workers=1)
    assert "initial law" not in given.summary().text()
