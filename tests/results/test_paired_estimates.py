"""Intervals of differences: worked by hand, by limits, by exact coverage, by their papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import gammaln
from scipy.stats import beta, false_discovery_control, ttest_1samp

from sim.results.estimates import (
    Z_95,
    chance_interval,
    chance_p_value,
    fewer_runs,
    mean_interval,
    mean_p_value,
    significant_fdr,
)
from sim.results.format import unseen_share

counts = st.integers(0, 400)


def of(gained: int, lost: int, n_runs: int) -> tuple[float, float, float]:
    """Estimate and interval of one difference of chances."""
    found = chance_interval(np.array([gained]), np.array([lost]), n_runs)
    return float(found.estimate[0]), float(found.low[0]), float(found.high[0])


def test_a_mean_of_three_differences_is_as_sure_as_student_says() -> None:
    found = mean_interval(np.array([2.0]), np.array([1.0]), 3)  # of 1, 2 and 3
    half = 4.302652729911275 / np.sqrt(3)  # Student's 0.975 with two degrees of freedom
    assert found.estimate == [2.0]
    assert found.low == pytest.approx([2 - half], rel=1e-9)
    assert found.high == pytest.approx([2 + half], rel=1e-9)


def test_what_never_varies_is_known_and_one_run_says_nothing_of_its_error() -> None:
    assert np.all(np.array(mean_interval(np.array([2.0]), np.array([0.0]), 9)) == 2.0)
    assert np.isnan(mean_interval(np.array([2.0]), np.array([np.nan]), 1).low).all()


def test_the_p_value_of_a_mean_is_that_of_student_s_test() -> None:
    values = np.random.default_rng(0).normal(0.2, 1, size=(40, 5))
    found = mean_p_value(values.mean(axis=0), values.var(axis=0, ddof=1), 40)
    assert found == pytest.approx(ttest_1samp(values, 0.0).pvalue, rel=1e-9)
    sure = mean_p_value(np.array([0.0, 3.0]), np.zeros(2), 40)
    assert sure.tolist() == [1.0, 2.0**-39]
    assert np.isnan(mean_p_value(np.array([1.0]), np.array([np.nan]), 1)).all()


def test_the_paired_interval_is_that_of_its_literature() -> None:
    """Bentur et al. (2009), 21 children, as analysed by Fagerland, Lydersen and Laake (2014)."""
    estimate, low, high = of(1, 7, 21)
    assert round(estimate, 3) == -0.286
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


@given(counts, counts, st.integers(1, 1000))
def test_the_paired_interval_s_ends_are_roots_of_the_quartic_of_yang_sun_and_hardin(
    gained: int, lost: int, others: int
) -> None:
    """Yang, Sun and Hardin (2013), a non-iterative form of Tango's interval, from their R code."""
    n, less, either, g = gained + lost + others, gained - lost, gained + lost, Z_95**2
    quartic = np.polynomial.Polynomial(
        [
            less**2 * (less**2 / g - either) / g,
            n * less * (2 * either / g + 1) - less**3 * (4 * n / g + 1) / g,
            2 * n * less**2 * (3 * n / g + 2) / g - n**2 * (either / g + 1),
            -n * less * (n / g + 1) * (4 * n / g + 1),
            n**2 * (n / g + 1) ** 2,
        ]
    )
    _, low, high = of(gained, lost, n)
    for end in (low, high):
        parts = np.abs(quartic.coef * end ** np.arange(5))
        assert abs(quartic(end)) <= 1e-9 * parts.sum()


@given(counts, counts, st.integers(0, 1000))
def test_a_paired_interval_holds_its_estimate_stays_within_bounds_and_turns_round(
    gained: int, lost: int, others: int
) -> None:
    n_runs = max(1, gained + lost + others)
    estimate, low, high = of(gained, lost, n_runs)
    assert -1 <= low <= estimate <= high <= 1
    turned, from_below, to_above = of(lost, gained, n_runs)
    assert (turned, from_below, to_above) == (-estimate, -high, -low)


@given(counts, counts, st.integers(0, 1000))
def test_a_paired_interval_leaves_out_0_just_where_mcnemar_s_test_is_significant(
    gained: int, lost: int, others: int
) -> None:
    _, low, high = of(gained, lost, max(1, gained + lost + others))
    departure = abs(gained - lost) - Z_95 * np.sqrt(gained + lost)
    if abs(departure) > 1e-6:
        assert (low > 0 or high < 0) == (departure > 0)
        p_value = chance_p_value(np.array([gained]), np.array([lost]))[0]
        assert (p_value < 0.05) == (departure > 0)


@pytest.mark.parametrize(
    ("gained", "lost", "n_runs"), [(30, 10, 1000), (1, 7, 21), (200, 150, 900)]
)
def test_ends_are_where_the_likelihood_puts_the_estimate_1_96_deviations_off(
    gained: int, lost: int, n_runs: int
) -> None:
    """The likeliest chance of a loss, given a difference, found by search and not by formula."""
    _, low, high = of(gained, lost, n_runs)
    for difference, expected in ((low, Z_95), (high, -Z_95)):

        def unlikely(loss: float, difference: float = difference) -> float:
            rest = 1 - 2 * loss - difference
            terms = gained * np.log(loss + difference) + lost * np.log(loss)
            return float(-terms - (n_runs - gained - lost) * np.log(rest))

        bounds = (max(0.0, -difference) + 1e-12, (1 - difference) / 2 - 1e-12)
        loss = minimize_scalar(
            unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-13}
        ).x
        deviation = np.sqrt(n_runs * (2 * loss + difference - difference**2))
        departure = (gained - lost - n_runs * difference) / deviation
        assert departure == pytest.approx(expected, abs=1e-5)


def test_an_interval_without_a_run_that_differs_is_as_wide_as_so_many_runs_leave_it() -> None:
    for n_runs in (1, 10, 1000):
        half = Z_95**2 / (n_runs + Z_95**2)
        assert of(0, 0, n_runs) == pytest.approx((0.0, -half, half), abs=1e-12)


def exact_coverage(lost: float, gained: float, n_runs: int) -> float:
    """Chance that the interval holds the difference, from the law of the runs that differ."""
    b, c = np.meshgrid(np.arange(n_runs + 1), np.arange(n_runs + 1), indexing="ij")
    allowed = b + c <= n_runs
    b, c = b[allowed], c[allowed]
    rest = n_runs - b - c
    log = gammaln(n_runs + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(rest + 1)
    log += b * np.log(lost) + c * np.log(gained) + rest * np.log(1 - lost - gained)
    found = chance_interval(c, b, n_runs)
    held = (found.low <= gained - lost) & (gained - lost <= found.high)
    return float(np.exp(log)[held].sum())


@pytest.mark.parametrize(
    ("lost", "gained"), [(0.2, 0.2), (0.05, 0.2), (0.01, 0.01), (0.001, 0.3), (0.0001, 0.02)]
)
def test_paired_intervals_hold_the_difference_95_times_in_100(lost: float, gained: float) -> None:
    assert 0.93 < exact_coverage(lost, gained, 200) < 0.99


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    rng = np.random.default_rng(1)
    for n in (1, 2, 37):
        for scale in (1.0, 0.05):
            p_values = rng.random(n) * scale
            assert (significant_fdr(p_values) == (false_discovery_control(p_values) <= 0.05)).all()
    assert significant_fdr(np.array([])).size == 0
    assert significant_fdr(np.array([np.nan, 0.04])).tolist() == [False, True]


def test_of_differences_that_are_none_few_are_significant() -> None:
    noise = np.random.default_rng(2).random((400, 37))
    any_found = np.mean([significant_fdr(each).any() for each in noise])
    assert any_found < 0.05 + 4.5 * np.sqrt(0.05 * 0.95 / 400)


def shared(rng: np.random.Generator, n_runs: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of variance 1 that have a share of it in common."""
    luck = rng.normal(size=n_runs) * np.sqrt(share)
    own = rng.normal(size=(2, n_runs)) * np.sqrt(1 - share)
    return luck + own[0], luck + own[1]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_shared_luck_saves_the_runs_that_it_should(share: float) -> None:
    """Of a variance of which a share is common to both, a factor of 1 / (1 - share)."""
    rng = np.random.default_rng(3)
    found = [fewer_runs(*shared(rng, 400, share)) for _ in range(200)]
    factor = 1 / (1 - share)
    assert all(each.is_known for each in found)
    assert np.median([each.factor for each in found]) == pytest.approx(factor, rel=0.05)


def test_the_factor_is_the_ratio_of_the_variances() -> None:
    base, other = np.array([0.0, 1.0, 2.0, 5.0]), np.array([1.0, 1.0, 4.0, 5.0])
    expected = (base.var(ddof=1) + other.var(ddof=1)) / (other - base).var(ddof=1)
    found = fewer_runs(base, other)
    assert found.factor == pytest.approx(expected, rel=1e-12)
    assert not found.is_known  # of four runs


@pytest.mark.parametrize(("n_runs", "is_known"), [(2, False), (39, False), (40, True)])
def test_a_factor_is_known_from_forty_runs_on(n_runs: int, is_known: bool) -> None:
    found = fewer_runs(*shared(np.random.default_rng(6), n_runs, 0.5))
    assert (found.factor > 0, found.is_known) == (True, is_known)


def test_the_factor_of_a_chance_that_is_too_rare_is_not_known() -> None:
    base, other = np.zeros(100), np.ones(100)
    base[:10], other[:50] = 1.0, 0.0  # chances of 0.1 and 0.5: at least five runs in every cell
    assert fewer_runs(base, other).is_known
    base[9] = 0.0
    assert not fewer_runs(base, other).is_known
    assert not fewer_runs(np.zeros(100), other).is_known  # where one never varies no more is known
    assert fewer_runs(2 * base, other).is_known  # no chances


@pytest.mark.parametrize("n_runs", [1, 10, 1000])
def test_what_no_run_shows_is_bounded_as_clopper_and_pearson_have_it(n_runs: int) -> None:
    assert unseen_share(n_runs) == pytest.approx(beta.ppf(0.975, 1, n_runs), rel=1e-9)
    assert (1 - unseen_share(n_runs)) ** n_runs == pytest.approx(0.025, rel=1e-9)


def test_a_difference_that_is_the_same_in_every_run_has_no_factor() -> None:
    values = np.random.default_rng(4).random(100)
    for other in (values, values + 2, values + 0.1):
        assert np.isnan(fewer_runs(values, other).factor)
        assert not fewer_runs(values, other).is_known
    assert fewer_runs(values, values + (values > 0.5)).factor > 0


@pytest.mark.parametrize("step", [1.0, 0.1])
def test_a_factor_that_hangs_on_a_few_runs_is_not_known(step: float) -> None:
    luck = np.random.default_rng(2).normal(20, 3, 1000).round()
    other = luck + step
    other[:4] += step
    assert fewer_runs(luck, other).factor > 1
    assert not fewer_runs(luck, other).is_known
    other[-1] += step
    assert fewer_runs(luck, other).is_known


def test_few_runs_all_alike_make_no_difference_significant() -> None:
    """37 nations without a true difference: of -1, 0, 0 and 1 days, each as likely."""
    rng, n_false = np.random.default_rng(4), 0
    for _ in range(400):
        days = rng.choice([-1.0, 0.0, 0.0, 1.0], size=(3, 37))
        p_values = mean_p_value(days.mean(axis=0), days.var(axis=0, ddof=1), 3)
        n_false += significant_fdr(p_values).any()
    assert n_false / 400 <= 0.05 + 4.5 * np.sqrt(0.05 * 0.95 / 400)


def test_large_numbers_of_small_spread_lose_nothing() -> None:
    rng = np.random.default_rng(5)
    near = shared(rng, 1000, 0.8)
    far = tuple(column + 1e6 for column in near)
    assert fewer_runs(*far) == pytest.approx(fewer_runs(*near), rel=1e-6)
