"""The initial law: its chances, its limits, and the mover-stayer model that it makes."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import sim
from experiments.verification.laws import LEAST_P, p_value
from sim.core.stages import LEFT, OUTSIDE, PUBLIC, TALKS, WILLING
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import differing
from tests.examples import examples

IDS = [f"N{place:02d}" for place in range(20)]
N_RUNS = 1_000


def started(talks: Any, share: Any = 0.0, **sections: Any) -> sim.Scenario:
    """Twenty nations whose stages the law draws, and whatever else a test is about."""
    law = {"talks": talks, "willing": {"share": share}}
    moves = sections.pop("moves", {})
    form = {"days": 1, "nations": IDS, "behaviour": {"initial": law, **moves}}
    return scenario_from_dict({**form, **sections})


def first_stages(scenario: sim.Scenario, runs: int = N_RUNS, seed: int = 1) -> np.ndarray:
    """Stage on day 0 by run and nation."""
    return (sim.run(scenario, runs=runs, seed=seed, workers=1).first_day == 0).argmax(axis=2)


def test_chances_of_an_eighth_and_three_eighths():
    """Odds 1 and a share of 1/4: 1/8 willing, 3/8 in talks, 1/2 outside; independent by nation."""
    stages = first_stages(started({"odds": 1}, 0.25))
    for stage, chance in ((WILLING, 1 / 8), (TALKS, 3 / 8), (OUTSIDE, 1 / 2)):
        there = (stages == stage).sum(axis=1)
        assert stats.binomtest(int(there.sum()), stages.size, chance).pvalue > LEAST_P
        law = stats.binom.pmf(np.arange(len(IDS) + 1), len(IDS), chance)
        assert p_value(np.bincount(there, minlength=law.size), law) > LEAST_P


def test_a_tie_to_the_leaders_multiplies_the_odds():
    nations = [{"id": name, "bond": 1.0 if name < "N10" else 0.5} for name in IDS]
    stages = first_stages(started({"odds": 0.5, "bond": 2 * log(4)}, nations=nations))
    for of, odds in ((slice(10), 0.5 * 4), (slice(10, 20), 0.5)):
        there = stages[:, of] == TALKS
        chance = odds / (1 + odds)
        assert stats.binomtest(int(there.sum()), there.size, chance).pvalue > LEAST_P


@pytest.mark.parametrize(
    ("odds", "share", "stage"),
    [(1e100, 0, TALKS), (1e100, 1, WILLING), (1e-100, 1, OUTSIDE)],
)
def test_sure_laws_put_all_nations_in_one_stage(odds, share, stage):
    assert (first_stages(started({"odds": odds}, share), runs=50) == stage).all()


def test_without_engage_and_return_it_is_a_mover_stayer_model():
    """Movers leave talks at a constant hazard, stayers never: 1 - p + p (1 - h)^t are outside it.

    The share that ever joins is the share in talks.
    """
    hazard, days = 0.1, 400
    moves = {
        "engage": {"rate": 0},
        "return": {"rate": 0},
        "resolve": {"rate": 1e90},
        "declare": {"rate": hazard},
    }
    ensemble = sim.run(started({"odds": 2}, moves=moves, days=days), runs=N_RUNS, workers=1)
    movers = ensemble.first_day[:, :, TALKS] == 0
    assert np.array_equal(movers, ensemble.first_day[:, :, PUBLIC] >= 0)
    assert stats.binomtest(int(movers.sum()), movers.size, 2 / 3).pvalue > LEAST_P
    for day in (3, 10, 30):  # willing on day 1, so that the hazard counts from day 2 on
        public = (ensemble.first_day[:, :, PUBLIC] >= 0) & (ensemble.first_day[:, :, PUBLIC] <= day)
        chance = 2 / 3 * (1 - exp(-hazard * (day - 1)))
        assert stats.binomtest(int(public.sum()), public.size, chance).pvalue > LEAST_P


@settings(derandomize=True, deadline=None, max_examples=examples(20))
@given(st.integers(0, 2**64 - 1), st.floats(0, 1), st.floats(0, 1))
def test_a_closer_tie_never_lowers_the_stage_under_the_same_luck(seed, bond, more):
    """The coefficient is positive; other nations start where they did."""
    law = {"odds": 0.5, "bond": 3, "disposition": 1, "climate": -1}
    looser, closer = (
        first_stages(
            started(law, 0.4, nations=[{"id": "N00", "bond": each}, *IDS[1:]]), 20, seed=seed
        )
        for each in (bond, bond + more * (1 - bond))
    )
    assert (closer[:, 0] >= looser[:, 0]).all()
    assert np.array_equal(closer[:, 1:], looser[:, 1:])


def test_a_stage_that_is_given_is_kept_with_its_draw():
    """Distributions of stages draw as they do without the law; only what is not given is drawn."""
    given_ = [{"id": "A", "stage": {"talks": 0.5, "left": 0.5}}, {"id": "B", "stage": "public"}]
    with_law = first_stages(started({"odds": 1}, nations=[*given_, "C"]))
    without = first_stages(
        scenario_from_dict({"days": 1, "nations": [*given_, "C"], "behaviour": {"from": None}})
    )
    assert np.array_equal(with_law[:, :2], without[:, :2])
    assert set(np.unique(with_law[:, 0])) == {TALKS, LEFT}
    assert (with_law[:, 1] == PUBLIC).all()
    assert set(np.unique(with_law[:, 2])) == {OUTSIDE, TALKS}


def test_both_engines_draw_the_same_stages_from_laws_that_are_drawn():
    talks = {
        "odds": {"lognormal": [0, 1]},
        "stake": 2,
        "capability": {"normal": [0, 2]},
        "disposition": 1,
        "climate": 1,
    }
    nations = [{"id": name, "capability": {"uniform": [0, 1]}, "stake": 0.9} for name in IDS]
    scenario = started(talks, {"beta": [2, 2]}, nations=nations, commitment={"demand": 0.5}, days=3)
    fast, readable = (
        sim.run(scenario, runs=8, seed=3, engine=engine, workers=1).records
        for engine in ("batch", "mesa")
    )
    assert differing(fast, readable) == []
