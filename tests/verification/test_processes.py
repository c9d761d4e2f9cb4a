"""The laws that the study of processes holds the model to, themselves held to something."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from experiments.verification.laws import MOST_ERRORS, anchor, p_value
from experiments.verification.processes.births import birth, passage, passage_law, shipped_births
from experiments.verification.processes.clocks import EIGHT, exit_counts, exit_law, order_chance
from experiments.verification.processes.conditions import (
    Pull,
    logistic_moments,
    normal_counts,
    pull,
    shipped,
)
from experiments.verification.processes.several import all_agree, all_fit
from sim.core.stages import LEFT, PUBLIC, WILLING


def test_without_influence_the_law_of_births_is_binomial():
    law = shipped_births()["none"].law(20)
    share = -np.expm1(-0.05 * 20)
    assert law[20] == pytest.approx(stats.binom.pmf(np.arange(31), 30, share), abs=1e-13)
    assert law[20] == pytest.approx(anchor("pure_hazard")["dist_t20"], abs=1e-13)


def test_shipped_births_differ_in_influence_only():
    births = shipped_births()
    assert [one.peers for one in births.values()] == [-3.0, 0.0, 3.0]
    assert {(one.n_nations, one.n_public, one.rate) for one in births.values()} == {(30, 0, 0.05)}
    assert all(
        [nation.stage for nation in one.scenario.nations] == [{"willing": 1.0}] * 30
        for one in births.values()
    )


def test_a_changed_birth_process_has_the_crowd_that_its_law_is_of():
    one = birth("birth_process", n_nations=4, n_public=1, rate=0.2, peers=-1.0)
    assert [nation.stage for nation in one.scenario.nations] == [
        {"public": 1.0},
        *[{"willing": 1.0}] * 3,
    ]
    assert (one.n_nations, one.n_public, one.rate, one.peers) == (4, 1, 0.2, -1.0)
    assert one.law(1)[1, 1] == pytest.approx(np.exp(-3 * 0.2 * np.exp(-1 / 3)))


def test_the_day_of_passage_is_the_first_at_the_goal_or_the_last():
    size = np.array([[0, 1, 2, 3], [0, 0, 1, 1], [2, 2, 2, 2]])
    assert passage(size, 2).tolist() == [2, 3, 0]


def test_the_law_of_passage_is_that_of_an_absorbing_goal():
    """One step at a time, with those that reached the goal taken out."""
    one, goal, days = birth("birth_process", n_nations=5, rate=0.3, peers=2.0), 3, 8
    step = np.array([one._replace(n_public=k).law(1)[1] for k in range(6)])
    state, due = np.eye(6)[0], [0.0]
    for _ in range(days):
        state = state @ step
        due.append(state[goal:].sum())
        state[goal:] = 0.0
    due[-1] += state.sum()
    assert passage_law(one.law(days), goal) == pytest.approx(due)


def test_orders_of_clocks_have_the_chances_of_the_table():
    known = anchor("plackett_1975")
    rates = np.array(list(known["hazards"].values()), dtype=float)
    for order in permutations(range(3)):
        spelled = "".join("ABC"[at] for at in order)
        assert order_chance(rates, order) == pytest.approx(known["P"][spelled])


def test_chances_of_the_first_two_of_eight_add_up_to_one():
    assert sum(order_chance(EIGHT, pair) for pair in permutations(range(8), 2)) == pytest.approx(1)


def test_the_law_of_exits_adds_up_and_splits_by_the_hazards():
    law = exit_law(0.02, 0.01, 100)
    assert law.sum() == pytest.approx(1.0)
    assert law[:100].sum() == pytest.approx(2 * law[100:200].sum())
    assert law[-1] == pytest.approx(np.exp(-3.0))


def test_exits_are_counted_by_move_and_day():
    first_day = np.full((1, 3, 7), -1)
    first_day[:, :, WILLING] = 0
    first_day[0, 0, PUBLIC], first_day[0, 1, LEFT] = 2, 1
    assert exit_counts(first_day, 2).tolist() == [0, 1, 1, 0, 1]


def test_a_pull_has_the_moments_of_its_recursion():
    law = Pull(target=-1.0, start=2.0, speed=0.3, volatility=0.5)
    mean, variance = law.start, 0.0
    for day in range(1, 6):
        mean = 0.7 * mean + 0.3 * law.target
        variance = 0.49 * variance + 0.25
        assert law.mean(day) == pytest.approx(mean)
        assert law.sd(day) ** 2 == pytest.approx(variance)
    assert law.covariance(5, 2) == pytest.approx(0.49 * variance)


def test_a_pull_is_read_off_the_file():
    assert pull(shipped("ornstein_uhlenbeck_1930", volatility=0.1)) == pytest.approx(
        (np.log(0.25), np.log(9.0), 0.05, 0.1)
    )


def test_the_logistic_mean_is_that_of_an_integral():
    grid = np.linspace(-10.0, 8.0, 200_001)
    weights = stats.norm.pdf(grid, -1.0, 0.9)
    due = np.trapezoid(weights / (1 + np.exp(-grid)), grid)
    assert logistic_moments(-1.0, 0.9)[0] == pytest.approx(due, abs=1e-10)
    assert logistic_moments(0.0, 2.0)[0] == pytest.approx(0.5)


@pytest.mark.parametrize(("mean", "sd"), [(0.1, 1.0), (0.0, 1.1)])
def test_a_wrong_law_does_not_pass(mean, sd):
    sample = np.random.default_rng(1).normal(mean, sd, 20_000)
    wrong = normal_counts(sample, 0.0, 1.0)
    assert p_value(wrong[1], wrong[0]) < 1e-5
    right = normal_counts(sample, mean, sd)
    assert all_fit("", "", [right]).holds
    assert not all_fit("", "", [right, wrong]).holds


def test_one_mean_that_is_off_fails_them_all():
    sample = np.random.default_rng(2).normal(0.0, 1.0, 10_000)
    off = 2 * MOST_ERRORS / np.sqrt(sample.size)
    assert all_agree("", "", [(sample, 0.0, 1.0)], [0]).holds
    assert not all_agree("", "", [(sample, 0.0, 1.0), (sample + off, 0.0, 1.0)], [0]).holds
