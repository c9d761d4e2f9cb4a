"""Nothing of Mesa's keeps a model that nobody holds, and its agents are numbered as ever."""

from __future__ import annotations

import copy
import gc
import weakref
from typing import Any

import mesa
import pytest

import sim
from sim.engines.mesa.model import CoalitionModel


@pytest.fixture(scope="module")
def scenario() -> sim.Scenario:
    return sim.load_scenario("paris_2025", set=["days=20"])


def test_a_model_is_gone_once_nobody_holds_it(scenario: sim.Scenario) -> None:
    model = CoalitionModel(scenario, seed=1)
    model.step()
    mesa.Agent(model)
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


def test_the_runs_of_an_ensemble_are_not_kept(
    scenario: sim.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    init = CoalitionModel.__init__

    def watched(self: CoalitionModel, *given: Any, **options: Any) -> None:
        init(self, *given, **options)
        seen.append(weakref.ref(self))

    monkeypatch.setattr(CoalitionModel, "__init__", watched)
    sim.run(scenario, runs=8, engine="mesa")
    sim.trace(scenario, run=3)
    gc.collect()
    assert len(seen) == 9
    assert [model for model in seen if model() is not None] == []


def test_agents_are_numbered_within_their_model_whatever_their_class(
    scenario: sim.Scenario,
) -> None:
    class Journalist(mesa.Agent):  # type: ignore[misc]
        """Somebody else's agent."""

    first, second = CoalitionModel(scenario), CoalitionModel(scenario)
    n_nations = len(scenario.nations)
    for model in (first, second):
        assert [nation.unique_id for nation in model.nations] == list(range(1, n_nations + 1))
        assert Journalist(model).unique_id == n_nations + 1
        assert mesa.Agent(model).unique_id == n_nations + 2
        numbers = [agent.unique_id for agent in model.agents]
        assert numbers == list(range(1, n_nations + 3))
    assert mesa.Agent(copy.deepcopy(first)).unique_id == n_nations + 3


def test_models_of_others_are_left_alone() -> None:
    model = mesa.Model(rng=1)
    assert [mesa.Agent(model).unique_id for _ in range(3)] == [1, 2, 3]
    CoalitionModel(sim.load_scenario("paris_2025", set=["days=20"]))
    assert mesa.Agent(model).unique_id == 4
