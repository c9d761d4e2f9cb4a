from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.scenario.distribution import Distribution, distribution_from

LAWS = [
    ("uniform", (-0.5, 0.8), stats.uniform(-0.5, 1.3)),
    ("normal", (0.3, 0.4), stats.norm(0.3, 0.4)),
    ("lognormal", (-1.0, 0.7), stats.lognorm(0.7, scale=math.exp(-1.0))),
    ("beta", (2.0, 5.0), stats.beta(2.0, 5.0)),
    ("triangular", (-0.2, 0.3, 1.4), stats.triang(0.5 / 1.6, -0.2, 1.6)),
]


@pytest.mark.parametrize(("kind", "parameters", "law"), LAWS, ids=[law[0] for law in LAWS])
def test_the_probability_inside_a_range_is_that_of_scipy(kind, parameters, law):
    for low, high in [(0.0, 1.0), (0.1, 0.2), (0.35, 1.5)]:
        exact = law.cdf(high) - law.cdf(low)
        inside = Distribution(kind, parameters, low, high).probability()
        assert inside == pytest.approx(exact, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("kind", "parameters", "law"), LAWS, ids=[law[0] for law in LAWS])
def test_the_upper_end_is_the_end_of_the_support_or_a_far_quantile(kind, parameters, law):
    upper = Distribution(kind, parameters, -100.0, 100.0).upper()
    if math.isfinite(law.support()[1]):
        assert upper == pytest.approx(law.support()[1])
    else:
        assert law.sf(upper) == pytest.approx(1e-12, rel=1e-3)
    assert Distribution(kind, parameters, 0.0, 0.25).upper() <= 0.25


@given(mean=st.floats(-8, 8), sd=st.floats(0.1, 10))
def test_the_upper_end_lies_in_the_range_even_in_a_far_tail(mean, sd):
    upper = Distribution("normal", (mean, sd), 0.0, 1.0).upper()
    assert 0.0 <= upper <= 1.0


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"unifrm": [0, 1]}, "did you mean 'uniform'"),
        ({"uniform": [0, 1], "normal": [0, 1]}, "one distribution"),
        ({}, "one distribution"),
        ({"uniform": [1]}, "the form {uniform: [low, high]}"),
        ({"uniform": 3}, "the form"),
        ({"uniform": [1, 0]}, "low below high"),
        ({"uniform": [0, "x"]}, "numbers in"),
        ({"uniform": [0, True]}, "numbers in"),
        ({"uniform": [0, math.nan]}, "at most 1e+100"),
        ({"uniform": [0, math.inf]}, "at most 1e+100"),
        ({"uniform": [0, 10**400]}, "at most 1e+100"),
        ({"normal": [0, 0]}, "sd above 0"),
        ({"lognormal": [0, -1]}, "sigma above 0"),
        ({"beta": [0, 1]}, "a and b"),
        ({"triangular": [0, 2, 1]}, "low <= mode <= high"),
        ({"uniform": [2, 3]}, "probability between 0 and 1"),
        ({"normal": [50, 1]}, "probability between 0 and 1"),
        ({"lognormal": [100, 0.1]}, "probability between 0 and 1"),
    ],
)
def test_a_wrong_distribution_is_refused_with_what_is_allowed(written, message):
    with pytest.raises(ValueError, match=r".") as error:
        distribution_from(written, 0.0, 1.0)
    assert message in str(error.value)
