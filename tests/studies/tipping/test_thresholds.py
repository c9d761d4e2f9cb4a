"""Curves, bands and quantiles of thresholds: counts, and intervals that hold what they say."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, kstwobign

from sim.studies.tipping.bisection import bisect
from sim.studies.tipping.levels import Levels
from sim.studies.tipping.thresholds import (
    Thresholds,
    band_half_width,
    chance_ends,
    interval_ranks,
    rises_along,
    thresholds_of,
)


def levels_of(low: float, high: float, last: int, is_whole: bool = False) -> Levels:
    values = np.linspace(low, high, last + 1)
    return Levels("conditions.x.level", "linear", values, is_whole, (0,), "x: level", "")


def thresholds_at(numbers, levels: Levels) -> Thresholds:
    """Thresholds on a lattice, from exact ones."""
    above = np.searchsorted(levels.values, numbers).astype(np.int32)
    return Thresholds(levels, above - 1, above)


def test_the_curve_counts_runs_that_have_turned() -> None:
    levels = levels_of(0.0, 1.0, 4)
    found = thresholds_at([-0.5, 0.1, 0.3, 0.3, 2.0], levels)
    curve = found.curve()
    assert curve.share.tolist() == [0.2, 0.4, 0.8, 0.8, 0.8]
    assert (found.share_always, found.share_never) == (0.2, 0.2)
    assert curve.low[2] == pytest.approx(beta.ppf(0.025, 4, 2))
    assert curve.high[2] == pytest.approx(beta.ppf(0.975, 5, 1))
    assert found.curve(np.array([4], dtype=np.int32)).level.tolist() == [1.0]


def test_falling_and_rising_outcomes_turn_at_the_same_levels() -> None:
    patterns = np.arange(9) >= np.array([0, 1, 5, 8, 9])[:, None]
    levels = levels_of(0.0, 8.0, 8)
    for rises in (True, False):
        shown = patterns == rises
        changes = bisect(lambda at, shown=shown: shown[np.arange(5), at], 5, 8)
        assert rises_along(changes.at_low, changes.at_high) == rises
        found = thresholds_of(changes, rises, levels)
        assert found.above.tolist() == [0, 1, 5, 8, 9]
        assert found.below.tolist() == [-1, 0, 4, 7, 8]


def test_a_run_that_turns_the_other_way_has_turned_at_the_low_end() -> None:
    patterns = np.array([[True, False], [False, True], [False, True]])
    changes = bisect(lambda at: patterns[np.arange(3), at], 3, 1)
    found = thresholds_of(changes, rises_along(changes.at_low, changes.at_high), levels_of(0, 1, 1))
    assert found.above.tolist() == [0, 1, 1]


@given(st.integers(1, 400), st.floats(0.01, 0.99))
def test_ranks_are_the_narrowest_with_at_most_two_and_a_half_percent_on_each_side(
    n_runs: int, share: float
) -> None:
    low, high = interval_ranks(n_runs, share)
    # The order statistic of index i is above the quantile with P(B <= i), B below the quantile.
    if low is not None:
        assert binom.cdf(low, n_runs, share) <= 0.025 + 1e-12
    assert binom.cdf(-1 if low is None else low + 1, n_runs, share) > 0.025 - 1e-12 or low is None
    if low is None:
        assert binom.cdf(0, n_runs, share) > 0.025
    # And at most it with P(B >= i + 1).
    if high is not None:
        assert binom.sf(high, n_runs, share) <= 0.025 + 1e-12
    at = n_runs if high is None else high
    assert binom.sf(at - 1, n_runs, share) > 0.025 - 1e-12


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n_runs", [50, 333])
def test_intervals_of_quantiles_cover_them_as_often_as_they_say(share: float, n_runs: int) -> None:
    """The exact chance: that the binomial number of runs below lies between the ranks."""
    low, high = interval_ranks(n_runs, share)
    at_low = -1 if low is None else low
    at_high = n_runs if high is None else high
    exact = binom.cdf(at_high, n_runs, share) - binom.cdf(at_low, n_runs, share)
    assert exact >= 0.95
    random, levels = np.random.default_rng(3), levels_of(0.0, 1.0, 2560)
    samples = random.random((400, n_runs))
    found = [thresholds_at(each, levels).quantile(share) for each in samples]
    covered = np.mean([each.low <= share <= each.high for each in found])
    # Rounding to the lattice is outwards, so that it only adds.
    assert covered > exact - 4.5 * np.sqrt(exact * (1 - exact) / 400)


def test_a_quantile_beyond_an_end_is_a_bound() -> None:
    levels = levels_of(0.0, 1.0, 100)
    found = thresholds_at(np.linspace(0.505, 2.5, 100), levels)
    assert found.quantile(0.1).level == pytest.approx(0.685)
    middle = found.quantile(0.5)
    assert (middle.level, middle.high) == (inf, inf)
    assert middle.low == inf  # all of the interval is above the high end
    reached = found.quantile(0.25)
    assert reached.level == pytest.approx(0.985, abs=0.01)
    assert reached.high == inf
    assert 0.5 < reached.low < reached.level
    below = thresholds_at(np.linspace(-3, 0.4, 100), levels).quantile(0.5)
    assert below == (0.5, -inf, -inf, -inf)


def test_the_threshold_of_a_whole_number_is_that_number() -> None:
    levels = levels_of(0, 10, 10, is_whole=True)
    found = thresholds_at([3] * 40 + [4] * 60, levels)
    assert found.quantile(0.4).level == 3
    assert found.quantile(0.41).level == 4
    assert found.quantile(0.5)[2:] == (3, 4)


def test_a_single_run_bounds_nothing() -> None:
    found = thresholds_at([0.5], levels_of(0, 1, 2)).quantile(0.5)
    assert (found.low, found.high) == (-inf, inf)


def test_the_band_has_the_width_of_kolmogorov() -> None:
    assert band_half_width(1) == pytest.approx(0.975)  # 1 - 0.05 / 2: two points by hand
    assert band_half_width(10**6) == pytest.approx(kstwobign.ppf(0.95) / 1000, rel=1e-3)
    assert band_half_width(10) < np.sqrt(np.log(40) / 20)


def test_the_band_contains_the_whole_curve_as_often_as_it_says() -> None:
    random, levels = np.random.default_rng(5), levels_of(0.0, 1.0, 500)
    inside = []
    for _ in range(400):
        curve = thresholds_at(random.random(60) ** 2, levels).curve()
        truth = np.sqrt(curve.level)
        inside.append(((curve.band_low <= truth) & (truth <= curve.band_high)).all())
    assert np.mean(inside) > 0.95 - 4.5 * np.sqrt(0.95 * 0.05 / 400)


def test_exact_intervals_of_chances_are_those_of_clopper_and_pearson() -> None:
    low, high = chance_ends(np.array([0, 3, 20]), 20)
    assert low.tolist() == pytest.approx([0, beta.ppf(0.025, 3, 18), 0.025 ** (1 / 20)])
    assert high.tolist() == pytest.approx([1 - 0.025 ** (1 / 20), beta.ppf(0.975, 4, 17), 1])
