"""Bands of a reliability diagram know that nations of a coalition share a climate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from sim.calibration.backtest.reliability import LEVEL, reliability

N_COALITIONS, N_NATIONS, N_DRAWS = 7, 60, 2_000


def coalition(random: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances of nations, and draws of who joins: all share a climate."""
    score = random.normal(-0.5, 1.5, N_NATIONS)
    climate = random.normal(0.0, 2.0, (20_000, 1))
    chance = expit(score + climate).mean(axis=0)
    joins = random.random((draws, N_NATIONS)) < expit(score + climate[:draws])
    return chance, joins


def test_bins_are_of_the_chances_and_bands_of_independent_nations_are_binomial() -> None:
    chance = np.repeat([0.25, 0.8], 50)
    draws = np.random.default_rng(1).random((20_000, 100)) < chance
    joined = np.r_[np.ones(12), np.zeros(38), np.ones(50)]
    low, high = reliability([chance], [draws], [joined]).bins
    assert (low.low, low.high, low.nations, low.forecast) == pytest.approx((0.2, 0.3, 50, 0.25))
    assert (low.joined, high.joined) == (0.24, 1.0)
    exact = binom(50, 0.25).ppf([0.5 - LEVEL / 2, 0.5 + LEVEL / 2]) / 50
    assert (low.band_low, low.band_high) == pytest.approx(exact, abs=0.021)
    assert low.is_within
    assert not high.is_within


def test_a_chance_of_one_is_in_the_last_bin() -> None:
    ones = np.ones(3)
    (only,) = reliability([ones], [np.ones((50, 3), dtype=bool)], [ones]).bins
    assert (only.low, only.high, only.nations) == (0.9, 1.0, 3)


def test_joint_bands_hold_what_they_say_and_independent_ones_are_too_narrow() -> None:
    """Coalitions that the forecast is right about, many times over."""
    random, repeats = np.random.default_rng(2), 100
    inside: dict[str, list[bool]] = {"joint": [], "independent": []}
    p_values: dict[str, list[float]] = {"joint": [], "independent": []}
    made = [coalition(random, N_DRAWS) for _ in range(N_COALITIONS)]
    chances, joint = [chance for chance, _ in made], [draws for _, draws in made]
    alone = [random.random(draws.shape) < chance for chance, draws in made]
    for repeat in range(repeats):
        joined = [draws[repeat].astype(float) for draws in joint]
        for name, draws in (("joint", joint), ("independent", alone)):
            found = reliability(chances, [each[repeats:] for each in draws], joined)
            inside[name] += [each.is_within for each in found.bins]
            p_values[name].append(found.p)
    assert np.mean(inside["joint"]) == pytest.approx(LEVEL, abs=0.04)
    assert np.mean(inside["independent"]) < 0.8
    assert np.mean(np.array(p_values["joint"]) < 0.05) < 0.13
    assert np.mean(np.array(p_values["independent"]) < 0.05) > 0.4


def test_chances_that_are_too_high_lie_outside_their_bands() -> None:
    random = np.random.default_rng(3)
    made = [coalition(random, N_DRAWS) for _ in range(N_COALITIONS)]
    joined = [np.zeros(N_NATIONS) for _ in made]
    found = reliability([c for c, _ in made], [d for _, d in made], joined)
    assert found.p < 0.001
    assert not all(each.is_within for each in found.bins)
