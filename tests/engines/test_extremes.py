"""Legal numbers at the ends of their ranges do no harm."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import differing


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
    scenario = scenario_from_dict({"days": 3, "nations": ["A", "B"], "ties": {"groups": groups}})
    with pytest.raises(ValueError, match="ties: the weights of A's ties multiply to infinity"):
        sim.run(scenario, runs=1)


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
