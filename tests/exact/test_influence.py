"""Alike nations that go by how many are public: the chain-binomial law, day by day."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from experiments.verification.laws import (
    LEAST_P,
    MOST_ERRORS,
    anchor,
    chain_binomial,
    errors_off,
    moments,
    p_value,
)
from sim.engines.run import run
from sim.scenario.load import scenario_from_dict

PASSAGE = anchor("first_passage")
N_RUNS = 10_000


def alike(n_nations, rate, days, n_public=0, **coefficients):
    """Willing nations that differ in nothing, some of them public from the start."""
    stages = ["public"] * n_public + ["willing"] * (n_nations - n_public)
    return scenario_from_dict(
        {
            "days": days,
            "nations": [{"id": f"N{at}", "stage": stage} for at, stage in enumerate(stages)],
            "behaviour": {"declare": {"rate": rate, **coefficients}},
        }
    )


@pytest.mark.parametrize(
    ("n_nations", "rate", "peers", "n_public"),
    [
        (12, 0.05, 3.0, 0),
        (30, 0.01, 5.0, 2),
        (5, 0.4, -2.0, 1),
        (2, 0.1, 4.0, 0),
        (20, 0.5, 0.0, 0),
    ],
)
def test_the_size_follows_the_chain_binomial_law_on_every_day(n_nations, rate, peers, n_public):
    days = 25
    ensemble = run(alike(n_nations, rate, days, n_public, peers=peers), runs=N_RUNS, seed=5)
    others = n_nations - 1
    law = chain_binomial(n_nations, lambda k: rate * exp(peers * k / others), days, n_public)
    for day in range(days + 1):
        counts = np.bincount(ensemble.size[:, day], minlength=n_nations + 1)
        assert p_value(counts, law[day]) > LEAST_P
        mean, sd = moments(np.arange(n_nations + 1), law[day])
        assert errors_off(ensemble.size[:, day], mean, sd) < MOST_ERRORS


def test_two_days_on_end_follow_the_law_together():
    """Not only each day's law: how the size goes on from where it stands."""
    ensemble = run(alike(6, 0.1, 8, peers=3.0), runs=N_RUNS, seed=6)
    law = chain_binomial(6, lambda k: 0.1 * exp(3.0 * k / 5), 8, 0)
    for start in (2, 3):
        now = ensemble.size[:, 5] == start
        step = chain_binomial(6, lambda k: 0.1 * exp(3.0 * k / 5), 1, start)[1]
        counts = np.bincount(ensemble.size[now, 6], minlength=7)
        assert p_value(counts, step) > LEAST_P
    assert law.sum(axis=1) == pytest.approx(1.0)


# First passage: the first day on which so many are public.


def passage(size, goal):
    """First day of each run on which the size reaches the goal; the last day if none does."""
    reached = size >= goal
    return np.where(reached.any(axis=1), reached.argmax(axis=1), size.shape[1] - 1)


def passage_law(law, goal):
    """Mean and standard deviation of `passage`, exactly."""
    by_day = law[:, goal:].sum(axis=1)
    by_day[-1] = 1.0
    return moments(np.arange(by_day.size), np.diff(by_day, prepend=0.0))


@pytest.mark.parametrize("goal", [15, 30])
def test_first_passage_is_that_of_the_daily_law(goal):
    n_nations, rate = PASSAGE["n_nations"], PASSAGE["hazard_per_day"]
    ensemble = run(alike(n_nations, rate, 400), runs=N_RUNS, seed=7)
    law = chain_binomial(n_nations, lambda _: rate, 400, 0)
    mean, sd = passage_law(law, goal)
    assert errors_off(passage(ensemble.size, goal), mean, sd) < MOST_ERRORS
    assert PASSAGE[f"E_T{goal}"] < mean < PASSAGE[f"E_T{goal}"] + 1.0


@pytest.mark.parametrize("goal", [15, 30])
def test_first_passage_nears_the_continuous_law_as_the_day_is_cut(goal):
    """A day counts as passed when it ends: half a step too late on average, whatever the step."""
    n_nations, rate, cuts = PASSAGE["n_nations"], PASSAGE["hazard_per_day"], 10
    days = 400 * cuts
    law = chain_binomial(n_nations, lambda _: rate / cuts, days, 0)
    mean, sd = (each / cuts for each in passage_law(law, goal))
    assert mean - 0.5 / cuts == pytest.approx(PASSAGE[f"E_T{goal}"], abs=1e-3)
    assert sd == pytest.approx(PASSAGE[f"sd_T{goal}"], rel=1e-3)
    ensemble = run(alike(n_nations, rate / cuts, days), runs=500, seed=8)
    assert errors_off(passage(ensemble.size, goal) / cuts, mean, sd) < MOST_ERRORS


def test_influence_brings_the_first_passage_forward_as_much_as_the_law_says():
    law = chain_binomial(20, lambda k: 0.03 * exp(4.0 * k / 19), 200, 0)
    mean, sd = passage_law(law, 15)
    ensemble = run(alike(20, 0.03, 200, peers=4.0), runs=N_RUNS, seed=9)
    assert errors_off(passage(ensemble.size, 15), mean, sd) < MOST_ERRORS
    assert mean < passage_law(chain_binomial(20, lambda _: 0.03, 200, 0), 15)[0] / 2
