"""Shares of a variance: chance, and numbers that are drawn jointly."""

import numpy as np
import pytest

import sim
from sim.results.doubt import LEAST_PAIRS, doubt, share_between
from sim.scenario.files.posterior import REPEATS, posterior_table
from sim.scenario.files.tree import Node
from sim.scenario.load import scenario_from_dict

SMALL = {
    "days": 60,
    "nations": ["GBR", "FRA", "DEU", "ITA", "ESP", "POL"],
    "conditions": {"backing": {"start": 0.4, "level": 0.4}},
    "behaviour": "calibrated",
    "events": [{"date": 10, "list": "first"}],
}


def crossed(n_fitted, n_judged, repeats, n, random):
    """Classes of runs in a design such as that of the shipped draws."""
    line = random.integers(0, n_fitted * repeats, n)
    return line, line // repeats, line * 37 % n_judged


def test_shares_are_those_of_a_known_sum_of_random_effects():
    random = np.random.default_rng(3)
    found = []
    for _ in range(40):
        line, fitted, judged = crossed(256, 128, 4, 6000, random)
        effects = random.normal(size=(3, 1024))
        values = (
            1.0 * effects[0, fitted]
            + 2.0 * effects[1, judged]
            + 1.0 * effects[2, line]
            + 2.0 * random.normal(size=line.size)
        )
        shares = [share_between(values, line)]
        shares += [share_between(values, each, line) for each in (fitted, judged)]
        found.append([(share.value, share.error) for share in shares])
    mean, error = np.mean(found, axis=0).T
    spread = np.std(np.array(found)[:, :, 0], axis=0, ddof=1)
    assert mean == pytest.approx([0.6, 0.1, 0.4], abs=0.02)
    assert error == pytest.approx(spread, rel=0.4)


def test_a_share_of_pure_chance_is_near_zero():
    random = np.random.default_rng(1)
    share = share_between(random.normal(size=5000), random.integers(0, 500, 5000))
    assert abs(share.value) < 4 * share.error < 0.06


@pytest.mark.parametrize(
    "path", ["declare.prospects", "declare.pressure", "engage.rate", "resolve.stake"]
)
def test_what_judged_numbers_do_is_not_laid_at_the_door_of_the_fitted(path):
    columns = posterior_table(Node("posterior", "", None)).columns
    judged = np.unique(columns["behaviour.engage.rate"], return_inverse=True)[1]
    fitted = np.arange(judged.size) // REPEATS
    effect = np.array(columns[f"behaviour.{path}"])
    random = np.random.default_rng(5)
    line = random.integers(0, judged.size, 10_000)
    values = (effect / effect.std())[line] + 0.3 * random.normal(size=line.size)
    share = share_between(values, fitted[line], line)
    assert abs(share.value) < 4.5 * share.error < 0.2
    assert share_between(values, judged[line], line).value == pytest.approx(1 / 1.09, abs=0.05)


@pytest.mark.parametrize(
    "table",
    [
        ({"climate": [1.0]}, None),
        ({"climate": [1.0, 2.0]}, [0.0, 1.0]),
        ({"climate": np.linspace(-1, 1, 500)}, [1e4, *[1e-4] * 499]),
    ],
)
def test_nothing_is_said_where_one_draw_is_nearly_all(table):
    scenario = scenario_from_dict(SMALL).with_draws(*table)
    assert doubt(sim.run(scenario, runs=500)) == ()


def test_numbers_of_a_users_own_are_not_called_fitted():
    paths = ("behaviour.declare.rate", "behaviour.engage.rate")
    own = {path: np.linspace(0.001, 0.002, 40) for path in paths}
    scenario = scenario_from_dict(SMALL).with_draws(own)
    assert doubt(sim.run(scenario, runs=2000))[0].parts == {}


def test_runs_of_the_posterior_are_split():
    scenario = scenario_from_dict(SMALL).with_draws("posterior")
    ensemble = sim.run(scenario, runs=4000)
    (found,) = doubt(ensemble)
    assert found.outcome == "public_size"
    assert list(found.parts) == ["fitted", "judged"]
    assert found.luck.value + found.draws.value == pytest.approx(1.0)
    assert 0.0 < found.luck.value < 1.0
    assert found.parts["judged"].value > 4 * found.parts["judged"].error
    assert 0.0 < found.parts["fitted"].error < 0.1
    total = found.rest + sum(share.value for share in found.parts.values())
    assert total == pytest.approx(found.draws.value)


def test_other_draws_have_no_parts():
    scenario = scenario_from_dict(SMALL).with_draws({"climate": np.linspace(-2.0, 2.0, 40)})
    (found,) = doubt(sim.run(scenario, runs=2000))
    assert found.parts == {}
    assert found.draws.value > 4 * found.draws.error


@pytest.mark.parametrize("runs", [20, 2000])
def test_nothing_is_said_where_nothing_is_known(runs):
    scenario = scenario_from_dict(SMALL)
    assert doubt(sim.run(scenario, runs=runs)) == ()
    drawn = scenario.with_draws("posterior")
    assert doubt(sim.run(drawn, runs=runs, keep="summary")) == ()
    assert doubt(sim.run(drawn, runs=20)) == ()
    assert LEAST_PAIRS > 20 * 19 / 2


def test_the_summary_says_it():
    scenario = scenario_from_dict(SMALL).with_draws("posterior")
    summary = sim.run(scenario, runs=4000).summary()
    text = summary.text(width=96)
    assert "numbers fitted to history" in text
    assert "numbers set by judgement" in text
    (as_dict,) = summary.as_dict()["doubt"]
    assert set(as_dict) == {"outcome", "luck", "draws", "fitted", "judged"}
    plain = sim.run(scenario_from_dict(SMALL), runs=100).summary()
    assert "doubt" not in plain.as_dict()
    assert "Why runs differ" not in plain.text()
