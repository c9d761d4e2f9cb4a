"""Conditions: where they head, how fast they get there, how far they wander."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.draws import fill_condition_noise, stable_key
from sim.core.rules.conditions import (
    answer_to_coalition,
    answer_to_other,
    next_log_odds,
    target,
)
from tests.core.pace import ANY, at_pace

log_odds = st.floats(-100, 100)
speeds = st.floats(0.001, 1.0)


def test_a_target_worked_by_hand():
    coalition = answer_to_coalition(1.5, 0.4, 2.0, 0.25)  # 0.6 + 0.5
    others = answer_to_other(answer_to_other(0.0, 1.0, 0.75), -2.0, 0.25)  # 0.25 + 0.5
    assert coalition == pytest.approx(1.1)
    assert others == 0.75
    assert target(-0.5, coalition, others, 0.25) == pytest.approx(1.6)


def test_an_answer_to_a_condition_at_even_odds_is_nothing():
    assert answer_to_other(0.3, 5.0, 0.5) == 0.3


def test_a_step_worked_by_hand():
    step = next_log_odds(1.0, 3.0, 0.25, 0.5, -1.0, 0.125)
    assert step == 0.75 * 1.0 + 0.25 * 3.0 - 0.5 + 0.125


@ANY
@given(log_odds, log_odds)
def test_at_full_speed_a_condition_is_at_its_target_at_once(before, target):
    assert next_log_odds(before, target, 1.0, 0.0, 0.0, 0.0) == target


@ANY
@given(st.integers(-64, 64), st.integers(1, 4))
def test_after_a_shock_the_gap_closes_geometrically_and_exactly(jump, halvings):
    """Speeds that are powers of 1/2 keep every step of ten days exact in binary."""
    speed, target = 2.0**-halvings, 0.5
    value = next_log_odds(target, target, speed, 0.0, 0.0, float(jump))
    for days_since in range(1, 10):
        value = next_log_odds(value, target, speed, 0.0, 0.0, 0.0)
        gap = jump * (1 - Fraction(speed)) ** days_since
        assert Fraction(value) == Fraction(target) + gap


@ANY
@given(speeds, log_odds, log_odds, st.integers(1, 200))
def test_the_gap_to_the_target_closes_by_the_speed_each_day(speed, before, target, n_days):
    value = before
    for _ in range(n_days):
        value = next_log_odds(value, target, speed, 0.0, 0.0, 0.0)
    expected = target + (before - target) * (1 - speed) ** n_days
    assert value == pytest.approx(expected, rel=1e-11, abs=1e-11)


@ANY
@given(log_odds, log_odds, log_odds, log_odds, speeds, st.floats(-5, 5))
def test_a_better_condition_stays_better_to_the_last_bit(
    before, other, target, other_target, speed, noise
):
    low, high = sorted((before, other))
    low_target, high_target = sorted((target, other_target))
    worse = next_log_odds(low, low_target, speed, 0.3, noise, 0.0)
    assert worse <= next_log_odds(high, high_target, speed, 0.3, noise, 0.0)


def wandering(speed: float, volatility: float, target: float, n_days: int) -> np.ndarray:
    """A path of log-odds that starts at its target."""
    noise, path = np.empty(n_days + 1), np.empty(n_days)
    fill_condition_noise(noise, np.uint64(3), np.uint64(1), stable_key("us_backing"))
    value = target
    for t in range(1, n_days + 1):
        value = next_log_odds(value, target, speed, volatility, noise[t], 0.0)
        path[t - 1] = value
    return path


def autocorrelations(speed: float, n_days: int) -> np.ndarray:
    """The matrix of (1 - speed)^|s - t|."""
    days = np.arange(n_days)
    return (1 - speed) ** np.abs(days[:, None] - days)


@pytest.mark.parametrize("speed", [0.05, 0.3, 1.0])
def test_the_stationary_law_of_a_condition(speed):
    """Mean and variance along one path; their standard errors allow for autocorrelation."""
    volatility, target, n_days = 0.4, -0.7, at_pace(3000, 1000)
    path = wandering(speed, volatility, target, n_days + 400)[400:]  # 0.95^800 is nothing
    variance = volatility**2 / (speed * (2 - speed))
    correlation = autocorrelations(speed, n_days)
    mean_error = np.sqrt(variance * correlation.mean())
    assert abs(path.mean() - target) < 4.5 * mean_error
    square_error = variance * np.sqrt(2 * (correlation**2).mean())  # Isserlis: Cov = 2 cov^2
    assert abs(((path - target) ** 2).mean() - variance) < 4.5 * square_error


@pytest.mark.parametrize("speed", [0.05, 0.3])
def test_innovations_of_a_path_are_independent_of_what_came_before(speed):
    volatility, target = 0.4, -0.7
    path = wandering(speed, volatility, target, at_pace(3000, 1000))
    steps = (path[1:] - target) - (1 - speed) * (path[:-1] - target)
    assert stats.kstest(steps / volatility, "norm").pvalue > 1e-5
    assert abs(stats.spearmanr(steps, path[:-1]).statistic) < 4.5 / np.sqrt(steps.size)
