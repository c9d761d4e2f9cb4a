"""Runs that take a joint draw: the same bits however they are run, and those of what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import sim
from sim.results.drawn_inputs import run_inputs
from sim.results.ensemble import join
from sim.scenario.arrays.random import joint_lines
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import differing

SEED = 3
LINES: list[dict[str, float | str]] = [
    {
        "climate": 0.7,
        "behaviour.declare.rate": 0.2,
        "conditions.backing.start": 0.9,
        "nations.POL.disposition": -1.2,
        "nations.POL.stage": "talks",
        "nations.CAN.stage": "public",
        "nations.CAN.capacity.ground": 3,
        "events.offer.probability": 0.3,
        "quorum.public": 2,
    },
    {
        "climate": -0.7,
        "behaviour.declare.rate": 0.02,
        "conditions.backing.start": 0.2,
        "nations.POL.disposition": 2,
        "nations.POL.stage": "pledged",
        "nations.CAN.stage": "outside",
        "nations.CAN.capacity.ground": 0,
        "events.offer.probability": 1,
        "quorum.public": 1,
    },
]
TABLE = {path: [line[path] for line in LINES] for path in LINES[0]}


@pytest.fixture(scope="module")
def free() -> Scenario:
    """A scenario with a law, chances of stages, a deal and a quorum, and nothing drawn jointly."""
    return scenario_from_dict(
        {
            "days": 30,
            "nations": [
                {"id": "FRA", "stage": "pledged", "capacity": {"ground": 4}},
                {"id": "POL", "capacity": {"ground": 2}},
                {"id": "CAN", "stage": {"talks": 0.5, "willing": 0.5}, "stake": {"beta": [2, 2]}},
                "DEU",
            ],
            "contributions": {"ground": {"spread": 0.3}},
            "conditions": {"backing": {"level": 0.4, "speed": 0.1, "volatility": 0.1}},
            "events": [{"date": 9, "deal": "offer", "probability": 0.2, "collapses": 20}],
            "quorum": {"public": {"uniform": [1, 3]}},
            "behaviour": {
                "initial": {"talks": {"odds": 1, "climate": 1}, "willing": {"share": 0.3}},
                "resolve": {"rate": 0.1, "climate": 1, "disposition": 1, "prospects": 1},
                "declare": {"rate": 0.1, "peers": 1, "disposition": 1},
                "pledge": {"rate": 0.2},
                "deploy": {"rate": 0.2},
                "withdraw": {"rate": 0.01},
            },
        }
    )


@pytest.fixture(scope="module")
def drawn(free: Scenario) -> Scenario:
    """The same scenario with two joint draws, the second thrice as often as the first."""
    return free.with_draws(TABLE, weights=[1, 3])


def test_both_engines_any_chunks_and_threads_give_the_same_bits(drawn: Scenario) -> None:
    whole = sim.run(drawn, runs=60, seed=SEED, workers=1)
    assert differing(whole.records, sim.run(drawn, runs=60, seed=SEED, workers=2).records) == []
    assert differing(whole.records, sim.run(drawn, runs=60, seed=SEED, engine="mesa").records) == []
    first = sim.run(drawn, runs=25, seed=SEED)
    rest = sim.run(drawn, runs=35, seed=SEED, first_run=25)
    assert differing(whole.records, join([first, rest]).records) == []


@pytest.mark.parametrize("line", LINES)
def test_one_draw_is_the_scenario_with_its_numbers_set(line, free: Scenario) -> None:
    one = free.with_draws({path: [value] for path, value in line.items()})
    fixed = free.with_changes(line)
    for engine in ("batch", "mesa"):
        found = sim.run(one, runs=12, seed=SEED, engine=engine)
        assert differing(found.records, sim.run(fixed, runs=12, seed=SEED).records) == []


def test_each_run_is_that_of_the_scenario_with_the_numbers_of_its_draw(
    free: Scenario, drawn: Scenario
) -> None:
    ensemble = sim.run(drawn, runs=20, seed=SEED)
    taken = joint_lines(drawn.draws, SEED, 0, 20)
    assert set(taken) == {0, 1}
    for run, line in enumerate(taken):
        fixed = sim.run(free.with_changes(LINES[line]), runs=1, seed=SEED, first_run=run)
        assert (ensemble.size[run] == fixed.size[0]).all()
        assert (ensemble.first_day[run] == fixed.first_day[0]).all()


def test_a_draw_is_chosen_by_its_weight_and_depends_on_seed_and_run_alone(free: Scenario) -> None:
    weights = [2.0, 0.0, 1.0, 5.0, 0.0]
    draws = free.with_draws({"climate": [1, 2, 3, 4, 5]}, weights).draws
    taken = joint_lines(draws, SEED, 0, 8000)
    counts = np.bincount(taken, minlength=5)
    assert counts[1] == counts[4] == 0
    assert stats.chisquare(counts[[0, 2, 3]], [2000, 1000, 5000]).pvalue > 1e-5
    assert (joint_lines(draws, SEED, 5000, 3000) == taken[5000:]).all()
    assert (joint_lines(draws, SEED + 1, 0, 8000) != taken).any()
    others = free.with_draws({"tempo": [1, 2, 3, 4, 5], "climate": [0] * 5}, weights).draws
    assert (joint_lines(others, SEED, 0, 8000) == taken).all()


def test_the_table_wins_over_a_distribution_and_all_else_is_drawn_as_before(
    free: Scenario, drawn: Scenario
) -> None:
    before = run_inputs(sim.run(free, runs=9, seed=SEED))
    found = run_inputs(sim.run(drawn, runs=9, seed=SEED))
    taken = found.of_run["draw"]
    for path in ("climate", "quorum.public", "behaviour.declare.rate"):
        assert found.of_run[path].tolist() == [LINES[line][path] for line in taken]
    assert found.of_nation["capacity.ground"][:, 2].tolist() == [3.0 * (1 - line) for line in taken]
    assert set(found.of_nation["stage"][:, 2]) == {0, 3}
    others = [0, 2, 3]
    assert (found.of_nation["stake"] == before.of_nation["stake"]).all()
    assert (found.of_nation["disposition"] == before.of_nation["disposition"])[:, others].all()
    assert (found.of_nation["disposition"][:, 1] != before.of_nation["disposition"][:, 1]).all()


def test_a_model_is_of_the_draw_of_its_run(drawn: Scenario) -> None:
    for run in range(4):
        line = LINES[joint_lines(drawn.draws, SEED, run, 1)[0]]
        model = sim.CoalitionModel(drawn, seed=SEED, run=run)
        assert model.climate == line["climate"]
        assert model.nations[1].disposition == line["nations.POL.disposition"]


DAYS = {
    "events.names.date": [3, 31, 9],
    "events.vote.date": [31, 4, 2],
    "events.vote.weight": [1, 0.5, 2],
}


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_a_date_of_the_table_is_the_date_of_the_run(draw: int) -> None:
    form = {
        "days": 30,
        "nations": [{"id": "FRA", "stage": "public"}, "POL", "CAN", "DEU"],
        "behaviour": {
            "engage": {"rate": 0.1},
            "resolve": {"rate": 0.05, "convened": 2},
            "declare": {"rate": 0.02, "listed": 3, "convened": 1},
        },
    }
    law = {"date": {"uniform": [1, 31]}}
    events = [{**law, "list": "names"}, {**law, "trigger": "vote"}]
    drawn = scenario_from_dict({**form, "events": events}).with_draws(DAYS)
    both = [sim.run(drawn, runs=30, seed=SEED, engine=engine) for engine in ("batch", "mesa")]
    assert differing(both[0].records, both[1].records) == []
    taken = joint_lines(drawn.draws, SEED, 0, 30)
    days = run_inputs(both[0]).of_run
    for key, path in (("list.names", "names"), ("trigger.vote", "vote")):
        wanted = np.array(DAYS[f"events.{path}.date"])[taken]
        assert (days[f"events.{key}.0.date"] == wanted).all()
    names, vote, weight = (each[draw] for each in DAYS.values())
    dated = [
        {"date": names, "list": "names"},
        {"date": vote, "trigger": "vote", "weight": weight},
    ]
    there = [event for event in dated if event["date"] <= 30]
    fixed = sim.run(scenario_from_dict({**form, "events": there}), 30, SEED)
    assert (fixed.first_day[taken == draw] == both[0].first_day[taken == draw]).all()
