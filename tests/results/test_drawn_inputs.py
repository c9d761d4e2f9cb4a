"""Drawn inputs in tables are those of the runs, to the last bit."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import sim
from sim.core.kernel.start import begin
from sim.core.stages import STAGES
from sim.results.drawn_inputs import run_inputs
from sim.results.ensemble import Ensemble
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

N_RUNS, FIRST_RUN, SEED = 12, 5, 3


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """A scenario in which everything that can be drawn is drawn."""
    return scenario_from_dict(
        {
            "days": 20,
            "nations": [
                {"id": "FRA", "stage": "pledged", "capacity": {"ground": 4}},
                {"id": "POL", "stage": {"talks": 0.5, "willing": 0.5}, "capacity": {"ground": 2}},
                {"id": "CAN", "stage": "talks", "support": {"beta": [2, 3]}, "stake": 0.3},
                {"id": "DEU", "stage": "talks", "stake": {"uniform": [0.2, 0.9]}},
            ],
            "contributions": {"ground": {"spread": 0.4}},
            "conditions": {"us_backing": {"level": {"uniform": [0.2, 0.6]}, "volatility": 0.1}},
            "behaviour": {
                "resolve": {"rate": 0.05},
                "declare": {"rate": 0.1, "peers": {"normal": [1.0, 0.3]}, "disposition": 1.0},
            },
            "events": [
                {"date": 4, "deal": "truce", "probability": 0.1, "collapses": 15},
                {"date": 2, "deal": "early", "probability": {"uniform": [0.02, 0.1]}},
            ],
        }
    )


@pytest.fixture(scope="module")
def ensemble(scenario: Scenario) -> Ensemble:
    """Runs of it, not from run 0 on."""
    return sim.run(scenario, runs=N_RUNS, seed=SEED, first_run=FIRST_RUN, workers=1)


def test_drawn_inputs_of_runs_are_those_of_the_mesa_model_to_the_bit(
    scenario: Scenario, ensemble: Ensemble
) -> None:
    runs = ensemble.runs_table(inputs=True).set_index("run")
    nations = ensemble.nations_table(inputs=True).set_index(["run", "nation"])
    signed = set()
    for run in range(FIRST_RUN, FIRST_RUN + N_RUNS):
        model = sim.CoalitionModel(scenario, seed=SEED, run=run)
        row = runs.loc[run]
        assert row["input.climate"] == model.climate
        assert row["input.conditions.us_backing.level"] == model.inputs.level[0]
        assert row["input.behaviour.declare.peers"] in model.inputs.coefficient
        for index, nation in enumerate(model.nations):
            cells = nations.loc[(run, nation.id)]
            assert cells["input.stage"] == STAGES[nation.stage]
            assert cells["input.disposition"] == nation.disposition
            assert cells["input.support"] == nation.support
            assert cells["input.cost_factor.ground"] == nation.cost_spread[0]
            assert cells["input.stake"] == model.inputs.stake[index]
        while model.running and model.deal is None:
            model.step()
        day = -1 if model.deal is None else model.day
        assert row["input.deal_day"] == day
        signed.add(day)
    assert len(signed) > 3


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_the_first_day_is_not_compiled_for_arrays_where_runs_have_it_for_addresses(
    ensemble: Ensemble,
) -> None:
    before = begin.signatures
    run_inputs(ensemble)
    assert begin.signatures == before


def test_some_runs_have_the_inputs_that_all_have(ensemble: Ensemble) -> None:
    from sim.results.tables import nations_table, runs_table

    for make in (runs_table, nations_table):
        every = make(ensemble, inputs=True).to_pandas()
        some = make(ensemble, start=4, stop=7, inputs=True).to_pandas()
        rows = every[every["run"].between(FIRST_RUN + 4, FIRST_RUN + 6)].reset_index(drop=True)
        columns = [name for name in some if name.startswith("input.")]
        assert len(columns) > 3
        assert some[columns].astype(str).equals(rows[columns].astype(str))


def test_tables_and_stored_folders_have_no_inputs_unless_asked_for(ensemble: Ensemble) -> None:
    for table in (ensemble.runs_table(), ensemble.nations_table()):
        assert not [name for name in table if name.startswith("input.")]


def test_a_given_climate_and_disposition_are_those_of_the_runs(scenario: Scenario) -> None:
    drawn = {"normal": [1.0, 0.1]}
    given = scenario.with_changes({"climate": drawn, "nations.POL.disposition": drawn})
    ensemble = sim.run(given, runs=4, seed=SEED, workers=1)
    free = run_inputs(sim.run(scenario, runs=4, seed=SEED, workers=1))
    found = run_inputs(ensemble)
    others = [0, 2, 3]
    for run in range(4):
        model = sim.CoalitionModel(given, seed=SEED, run=run)
        assert found.of_run["climate"][run] == model.climate
        dispositions = [nation.disposition for nation in model.nations]
        assert found.of_nation["disposition"][run].tolist() == dispositions
    assert (abs(found.of_run["climate"] - 1) < 0.6).all()
    assert (abs(found.of_nation["disposition"][:, 1] - 1) < 0.6).all()
    assert (found.of_nation["disposition"] == free.of_nation["disposition"])[:, others].all()


def test_outcomes_can_be_regressed_on_inputs(ensemble: Ensemble) -> None:
    table = ensemble.nations_table(inputs=True)
    wanting = table["input.disposition"][table["input.stage"] == "willing"]
    assert np.isfinite(wanting).all()
    assert wanting.std() > 0


def test_what_a_quorum_asks_for_is_a_number_of_the_run() -> None:
    quorum = {"public": {"uniform": [0, 3]}}
    nations = [{"id": "A", "stage": "public"}, {"id": "B", "stage": "willing", "quorum": quorum}]
    scenario = scenario_from_dict({"days": 2, "nations": nations, "behaviour": {}})
    ensemble = sim.run(scenario, runs=20, seed=1)
    drawn = run_inputs(ensemble)
    asked = drawn.of_run["nations.B.quorum.0.public"]
    assert asked.shape == (20,)
    assert ((asked > 0) & (asked < 3)).all()
    assert "quorum.0.public" not in drawn.of_nation
