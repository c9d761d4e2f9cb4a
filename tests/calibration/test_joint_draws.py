"""What calibration draws jointly is what runs can start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import sim
from sim.calibration.likelihood import coefficients_of
from sim.calibration.standing import hidden_draws, scenario_as_of
from sim.core.stages import STAGES
from sim.results.drawn_inputs import run_inputs
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.load import scenario_from_dict
from tests.calibration.made_up import entry, history, scenario
from tests.calibration.small_files import small_calibration
from tests.engines.agreement import differing


def test_the_posterior_of_a_calibration_is_a_table_of_joint_draws(tmp_path: Path) -> None:
    found = small_calibration()
    found.save(tmp_path / "fitted")
    form = {
        "days": 20,
        "nations": [f"N{number}" for number in range(5)],
        "behaviour": "fitted/behaviour.yaml",
        "draws": "fitted/draws.csv",
    }
    drawn = scenario_from_dict(form, tmp_path)
    assert drawn.draws is not None
    assert {path: values.tolist() for path, values in drawn.draws.columns.items()} == {
        path: values.tolist() for path, values in found.joint_draws.items()
    }
    inputs = run_inputs(sim.run(drawn, runs=5, seed=1)).of_run
    rates = found.joint_draws["behaviour.declare.rate"]
    assert (inputs["behaviour.declare.rate"] == rates[inputs["draw"]]).all()
    assert len(set(inputs["draw"])) > 1


def test_what_is_hidden_on_a_day_is_where_runs_start() -> None:
    past = history(scenario(6, 8), [entry("N00", "public", 1), entry("N02", "refused", 2)])
    coefficients = coefficients_of(arrays_of(past.scenario).inputs)
    draws = hidden_draws(past, 3, coefficients, 50, np.random.default_rng(1))
    later = scenario_as_of(past, 3).with_draws(draws)
    ensemble = sim.run(later, runs=10, seed=2)
    inputs = run_inputs(ensemble)
    line = inputs.of_run["draw"]
    assert inputs.of_run["climate"].tolist() == [draws["climate"][each] for each in line]
    for place, nation in enumerate(ensemble.nations):
        if f"nations.{nation}.stage" in draws:
            stages = [STAGES.index(draws[f"nations.{nation}.stage"][each]) for each in line]
            wants = [draws[f"nations.{nation}.disposition"][each] for each in line]
            assert inputs.of_nation["stage"][:, place].tolist() == stages
            assert inputs.of_nation["disposition"][:, place].tolist() == wants
    readable = sim.run(later, runs=10, seed=2, engine="mesa")
    assert differing(ensemble.records, readable.records) == []
