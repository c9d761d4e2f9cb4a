"""Legal numbers at the ends of their ranges do no harm."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings

import sim
from sim.report.text import to_text
from sim.report.trace.run import trace_blocks
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import differing
from tests.engines.scenarios_strategy import Plan, plans, scenario_of
from tests.examples import examples


def at_the_ends(plan: Plan) -> Scenario:
    """A made-up scenario with many of its numbers at the smallest or largest that is allowed."""
    luck = random.Random(plan.luck)
    scenario = scenario_from_dict(scenario_of(plan))
    # Chances of first stages add up to 1: none goes to an end alone.
    known = [each for each in scenario.parameters() if ".stage." not in each.path]
    numbers = [each for each in known if not each.bounds.is_whole]
    share = luck.choice((0.05, 0.2, 0.5, 1))
    for each in luck.sample(numbers, max(1, int(share * len(numbers)))):
        bounds = each.bounds
        low = np.nextafter(bounds.low, np.inf) if bounds.open_low else bounds.low
        high = np.nextafter(bounds.high, -np.inf) if bounds.open_high else bounds.high
        try:
            scenario = scenario.with_value(each, float(luck.choice((low, high))))
        except ScenarioError:  # it does not go with another
            continue
    return scenario


def check_that_it_runs(scenario: Scenario) -> None:
    """Run it in every way; warnings are errors here."""
    compiled = sim.run(scenario, runs=2, seed=3)
    readable = sim.run(scenario, runs=2, seed=3, engine="mesa")
    assert differing(compiled.records, readable.records) == []
    runs = compiled.records.runs
    assert all(np.isfinite(each).all() for each in (runs.pledge, runs.force, runs.conditions))
    compiled.summary()
    assert to_text(trace_blocks(sim.trace(scenario, seed=3)))


@settings(derandomize=True, deadline=None, max_examples=examples(25))
@given(plans(n_days=6))
def test_every_scenario_that_is_accepted_runs_in_every_way(plan):
    check_that_it_runs(at_the_ends(plan))


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=1000)
@given(plans())
def test_thousands_of_scenarios_that_are_accepted_run_in_every_way(plan):
    check_that_it_runs(at_the_ends(plan))


def test_a_requirement_of_almost_nothing_is_met_without_a_warning():
    described = {
        "days": 3,
        "nations": [{"id": "A", "stage": "pledged", "capacity": {"g": 1e6}}, "B"],
        "contributions": {"g": {}},
        "commitment": {"requirement": 5e-324, "token": 1},
        "success": {"requirement_share": 1, "hold": 1},
    }
    compiled, readable = both_engines(described)
    assert differing(compiled.records, readable.records) == []
    assert (readable.success_day == 0).all()


def both_engines(described):
    """The ensembles of the two engines."""
    scenario = scenario_from_dict(described)
    return sim.run(scenario, runs=4), sim.run(scenario, runs=4, engine="mesa")


@pytest.mark.parametrize(
    "contribution", [{"cost": 1e-310}, {"cost": 1e-305, "spread": 10}, {"cost": 1e6, "spread": 10}]
)
def test_a_nation_that_has_no_stake_pledges_a_token_whatever_the_cost(contribution):
    pledged = {"id": "A", "stage": "pledged", "stake": 0, "capacity": {"g": 10}}
    compiled, readable = both_engines(
        {"days": 3, "nations": [pledged, "B"], "contributions": {"g": contribution}}
    )
    assert differing(compiled.records, readable.records) == []
    assert np.allclose(compiled.pledge[:, 0, 0], 0.2)


def test_a_capacity_too_small_to_count_is_counted_as_no_force():
    tiny = [{"id": name, "stage": "pledged", "capacity": {"g": 1e-310}} for name in "AB"]
    compiled, readable = both_engines({"days": 3, "nations": tiny, "contributions": {"g": {}}})
    assert differing(compiled.records, readable.records) == []
    assert (compiled.records.force_counts.sum(axis=2) == 4).all()


@pytest.mark.parametrize("base", [1e-300, 1e-12, 1e6])
def test_the_scale_of_uniform_ties_does_not_matter(base):
    described = {"days": 3, "nations": ["A", "B", "C"], "ties": {"base": base}}
    compiled, readable = both_engines(described)
    assert differing(compiled.records, readable.records) == []


def test_ties_that_multiply_to_infinity_are_refused_by_name():
    groups = {f"g{k}": {"members": ["A", "B"], "weight": 1e6} for k in range(60)}
    with pytest.raises(ValueError, match="ties: the weights of A's ties multiply to infinity"):
        scenario_from_dict({"days": 3, "nations": ["A", "B"], "ties": {"groups": groups}})


@pytest.mark.parametrize("stages", [("pledged", "deployed"), ("deployed", "pledged")])
def test_a_pledge_stated_by_a_move_takes_the_place_of_an_earlier_one(stages):
    begins, ends = stages
    nation = {"id": "A", "stage": begins, "pledge": {"g": 1}, "capacity": {"g": 10}}
    move = {"date": 2, "move": ["A"], "to": ends, "pledge": {"g": 4}}
    deal = {"date": 1, "deal": "peace"}
    compiled, readable = both_engines(
        {
            "days": 3,
            "nations": [nation],
            "contributions": {"g": {}},
            "events": [deal, move],
            "behaviour": {"engage": {"rate": 0}},
        }
    )
    assert differing(compiled.records, readable.records) == []
    assert (compiled.force == 4.0).all()
