"""Inverse distribution functions against SciPy's, and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.elementary import normal_quantile
from sim.core.inverse import (
    to_lognormal,
    to_normal_quantiles,
    to_standard_normal,
    to_triangular,
)
from tests.core.pace import ANY

SHARES = np.concatenate([[2.0**-53, 1e-9], np.linspace(0.001, 0.999, 101), [1 - 2.0**-53]])


def shaped(function, *parameters, shares=SHARES):
    """What a function makes of shares."""
    out = np.array(shares, dtype=np.float64)
    function(out, *parameters)
    return out


def test_standard_normal_draws_are_the_quantiles_of_the_shares():
    expected = [normal_quantile(share) for share in SHARES.tolist()]
    assert shaped(to_standard_normal, 0.0, 1.0).tolist() == expected


def test_normal_draws_kept_to_a_range_are_those_of_the_truncated_law():
    low, high = stats.norm.cdf([-1.5, 0.25])
    inner = SHARES[1:-1]
    expected = stats.truncnorm.ppf(inner, -1.5, 0.25)
    ours = shaped(to_standard_normal, low, high - low, shares=inner)
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_lognormal_draws_are_exponentials_of_normal_ones():
    normals = np.linspace(-3, 3, 31)
    expected = np.exp(0.5 + 0.4 * normals)
    assert shaped(to_lognormal, 0.5, 0.4, shares=normals) == pytest.approx(expected, rel=1e-14)


def test_lognormal_draws_stay_finite_and_above_zero():
    low, high = shaped(to_lognormal, 0.0, 100.0, shares=[-37.0, 37.0])
    assert low == pytest.approx(np.exp(-700.0))
    assert high == pytest.approx(np.exp(700.0))


@pytest.mark.parametrize("mode", [-1.0, 0.3, 2.0])
def test_triangular_draws_are_those_of_scipy(mode):
    expected = stats.triang.ppf(SHARES, (mode + 1) / 3, -1.0, 3.0)
    assert shaped(to_triangular, -1.0, mode, 2.0) == pytest.approx(expected, rel=1e-12, abs=1e-9)


@ANY
@given(st.floats(-10, 10), st.floats(0, 10), st.floats(0.01, 10))
def test_triangular_draws_grow_with_the_share_and_stay_inside(low, to_mode, to_high):
    mode, high = low + to_mode, low + to_mode + to_high
    draws = shaped(to_triangular, low, mode, high)
    slack = 1e-12 * (1 + abs(low) + abs(high))
    assert np.all(np.diff(draws) >= -slack)
    assert low - slack <= draws[0] <= draws[-1] <= high + slack


@pytest.mark.parametrize("n", [0, 1, 7, 8, 200])
def test_normal_quantiles_in_two_passes_are_those_of_each_share_by_itself(n):
    shares = np.random.default_rng(n).random(n)
    shares[: n // 4] **= 9.0  # far into the tails
    shares[n // 2 :: 5] = 0.925  # the seam
    out = shares.copy()
    to_normal_quantiles(out, np.empty(n))
    assert out.tolist() == [normal_quantile(share) for share in shares.tolist()]
