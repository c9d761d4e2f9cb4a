"""Inputs that are distributions: the law of their draws, and what the draws hang on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.core.draws import fill_uniforms, stable_key
from sim.scenario.arrays.random import RandomInput, RandomInputs, drawn_values, median, shape
from sim.scenario.distribution import Distribution
from tests.examples import examples

N_RUNS = 4000
FEW = settings(deadline=None, max_examples=examples(100))


def truncated(law, low, high):
    """The distribution function of a SciPy law kept to [low, high]."""
    below, above = law.cdf([low, high])
    return lambda x: (law.cdf(x) - below) / (above - below)


CASES = [
    (Distribution("uniform", (-1.0, 3.0)), stats.uniform(-1, 4)),
    (Distribution("uniform", (-1.0, 3.0), 0.0, 1.0), stats.uniform(-1, 4)),
    (Distribution("normal", (0.5, 0.2)), stats.norm(0.5, 0.2)),
    (Distribution("normal", (0.9, 0.5), 0.0, 1.0), stats.norm(0.9, 0.5)),
    (Distribution("normal", (-3.0, 1.0), 0.0, 1.0), stats.norm(-3, 1)),
    (Distribution("lognormal", (0.3, 0.6)), stats.lognorm(0.6, scale=math.exp(0.3))),
    (Distribution("lognormal", (0.3, 0.6), 0.0, 1.5), stats.lognorm(0.6, scale=math.exp(0.3))),
    (Distribution("beta", (2.0, 3.0), 0.0, 1.0), stats.beta(2, 3)),
    (Distribution("beta", (0.5, 0.5), 0.2, 0.9), stats.beta(0.5, 0.5)),
    (Distribution("triangular", (-1.0, 0.2, 2.0)), stats.triang(0.4, -1, 3)),
    (Distribution("triangular", (-1.0, 0.2, 2.0), 0.0, 1.0), stats.triang(0.4, -1, 3)),
    (Distribution("triangular", (-1.0, 0.2, 2.0), -0.5, 0.1), stats.triang(0.4, -1, 3)),
    (Distribution("triangular", (0.0, 1.0, 1.0), 0.0, 1.0), stats.triang(1, 0, 1)),
    (Distribution("triangular", (0.0, 0.0, 1.0), 0.0, 1.0), stats.triang(0, 0, 1)),
]


def named(case):
    """A short name of a case."""
    if isinstance(case, Distribution):
        return f"{case.kind}-{case.low:g}-{case.high:g}"
    return ""


def drawn(distribution, n_runs=N_RUNS, first_run=0, path="nations.A.stake"):
    """The draws of one input in some runs."""
    one = RandomInput(3, path, stable_key(path), distribution)
    slots, value = drawn_values(RandomInputs([one]), 7, first_run, n_runs)
    assert slots.tolist() == [3]
    return value[:, 0]


@pytest.mark.parametrize(("distribution", "law"), CASES, ids=named)
def test_draws_follow_the_distribution_kept_to_its_range(distribution, law):
    draws = drawn(distribution)
    assert draws.min() >= distribution.low
    assert draws.max() <= distribution.high
    low, high = law.support()
    kept = truncated(law, max(distribution.low, low), min(distribution.high, high))
    assert stats.kstest(draws, kept).pvalue > 1e-5


@pytest.mark.parametrize(("distribution", "law"), CASES, ids=named)
def test_a_draw_is_the_inverse_of_the_distribution_function_at_its_share(distribution, law):
    shares = np.linspace(0.01, 0.99, 50)
    draws = shares.copy()
    shape(draws, distribution)
    low, high = law.support()
    kept = truncated(law, max(distribution.low, low), min(distribution.high, high))
    assert kept(draws) == pytest.approx(shares, abs=1e-9)
    assert np.all(np.diff(draws) > 0)


def test_uniform_and_normal_draws_are_those_of_the_definition():
    draws = np.array([0.25, 0.5])
    shape(draws, Distribution("uniform", (2.0, 6.0), 0.0, 8.0))
    assert draws.tolist() == [3.0, 4.0]
    draws = stats.norm.cdf([0.0, 1.0, -2.0])
    shape(draws, Distribution("normal", (10.0, 3.0)))
    assert draws == pytest.approx([10.0, 13.0, 4.0], rel=1e-14)


@pytest.mark.parametrize(("distribution", "_law"), CASES, ids=named)
def test_the_median_is_the_draw_at_a_half(distribution, _law):
    half = np.array([0.5])
    shape(half, distribution)
    assert median(distribution) == half[0]


@pytest.mark.parametrize(("distribution", "_law"), CASES, ids=named)
def test_no_share_leads_to_an_end_of_the_range_or_beyond_it(distribution, _law):
    draws = np.array([2.0**-53, 0.5, 1 - 2.0**-53])
    shape(draws, distribution)
    assert np.all(np.isfinite(draws))
    assert np.all((distribution.low < draws) & (draws < distribution.high))


def test_a_range_in_the_far_upper_tail_loses_no_digits():
    distribution = Distribution("normal", (0.0, 0.15), 1.0, 2.0)  # 6.7 deviations above
    shares = np.linspace(0.01, 0.99, 99)
    draws = shares.copy()
    shape(draws, distribution)
    above = stats.norm.sf(draws / 0.15)
    top, bottom = stats.norm.sf(1 / 0.15), stats.norm.sf(2 / 0.15)
    assert (top - above) / (top - bottom) == pytest.approx(shares, abs=1e-9)


def test_a_range_in_the_far_lower_tail_loses_no_digits():
    distribution = Distribution("normal", (1.0, 0.15), -1.0, 0.0)
    shares = np.linspace(0.01, 0.99, 99)
    draws = shares.copy()
    shape(draws, distribution)
    below, bottom = stats.norm.cdf((draws - 1) / 0.15), stats.norm.cdf(-2 / 0.15)
    kept = stats.norm.cdf(-1 / 0.15) - bottom
    assert (below - bottom) / kept == pytest.approx(shares, abs=1e-9)


@FEW
@given(
    st.floats(-3, 3), st.floats(0.05, 3), st.floats(0, 2), st.floats(0.01, 0.99), st.floats(0, 1)
)
def test_a_draw_of_the_same_luck_grows_with_the_mean(mean, sd, more, share, low):
    draws = np.array([share]), np.array([share])
    for out, centre in zip(draws, (mean, mean + more), strict=True):
        shape(out, Distribution("normal", (centre, sd), low, low + 1))
    assert draws[0][0] <= draws[1][0] + 1e-7


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("normal", (0.0, 0.5)), ("normal", (1.0, 2.0)), ("lognormal", (0.0, 3.0)), ("beta", (1, 2))],
)
def test_a_least_value_next_to_0_draws_what_0_as_a_bound_would(kind, parameters):
    shares = (np.arange(999) + 0.5) / 999
    draws = [shares.copy(), shares.copy()]
    for out, low in zip(draws, (0.0, 1e-300), strict=True):
        shape(out, Distribution(kind, parameters, low, 1e6))
    assert np.array_equal(*draws)


def test_a_draw_depends_on_the_run_and_the_path_and_not_on_the_block():
    distribution = Distribution("normal", (0.5, 0.2), 0.0, 1.0)
    whole = drawn(distribution, 50)
    assert np.array_equal(drawn(distribution, 10, first_run=30), whole[30:40])
    assert not np.any(drawn(distribution, 50, path="nations.B.stake") == whole)
    assert len(set(whole)) == 50


def test_each_column_is_one_input_and_each_row_one_run():
    paths = ("nations.A.stake", "nations.B.stake")
    uniform = Distribution("uniform", (0.0, 1.0))
    inputs = RandomInputs(
        RandomInput(9 - spot, path, stable_key(path), uniform) for spot, path in enumerate(paths)
    )
    slots, value = drawn_values(inputs, 7, 4, 6)
    assert slots.tolist() == [9, 8]
    assert value.shape == (6, 2)
    assert value.flags.c_contiguous
    shares = np.empty(6)
    fill_uniforms(shares, np.uint64(7), np.uint64(4), stable_key("nations.B.stake"))
    assert np.array_equal(value[:, 1], shares)


def test_without_drawn_inputs_there_is_nothing_to_write():
    slots, value = drawn_values(RandomInputs(), 7, 0, 5)
    assert slots.size == 0
    assert value.shape == (5, 0)
