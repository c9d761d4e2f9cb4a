"""Prospects, a conjunction of conditions, and pressure, a sum over them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.prospects import pressure_with, prospects_with
from tests.core.pace import ANY

shares = st.floats(0, 1)
pairs = st.lists(st.tuples(shares, shares), max_size=6)


def prospects(pairs):
    """The product over pairs of reliance and condition."""
    product = 1.0
    for reliance, condition in pairs:
        product = prospects_with(product, reliance, condition)
    return product


def test_prospects_worked_by_hand():
    backed, accepted = (0.5, 0.25), (1.0, 0.5)  # 1 - 0.5 * 0.75 = 0.625, and 0.5
    assert prospects([backed, accepted]) == 0.3125


@ANY
@given(st.lists(shares, max_size=6))
def test_a_nation_that_relies_on_nothing_has_nothing_in_doubt(conditions):
    assert prospects([(0.0, condition) for condition in conditions]) == 1.0


@ANY
@given(st.lists(st.integers(0, 8), max_size=6))
def test_full_reliance_makes_it_the_product_of_the_conditions(eighths):
    conditions = [each / 8 for each in eighths]
    assert prospects([(1.0, condition) for condition in conditions]) == math.prod(conditions)


@ANY
@given(pairs)
def test_conditions_that_all_hold_leave_nothing_in_doubt(pairs):
    assert prospects([(reliance, 1.0) for reliance, _ in pairs]) == 1.0


@ANY
@given(pairs, st.integers(0, 5), shares)
def test_a_better_condition_never_lowers_prospects(pairs, place, other):
    if not pairs:
        pairs = [(0.5, 0.5)]
    reliance, condition = pairs[place % len(pairs)]
    low, high = sorted((condition, other))
    worse, better = (
        [*pairs[: place % len(pairs)], (reliance, value), *pairs[place % len(pairs) + 1 :]]
        for value in (low, high)
    )
    assert 0.0 <= prospects(worse) <= prospects(better) <= 1.0


def test_one_condition_that_fails_is_enough_for_those_who_need_it():
    assert prospects([(1.0, 0.0), (1.0, 1.0)]) == 0.0


def test_pressure_worked_by_hand():
    assert pressure_with(pressure_with(0.0, 2.0, 0.75), -4.0, 0.625) == 0.0
    assert pressure_with(0.25, 3.0, 1.0) == 1.75


@ANY
@given(st.floats(-100, 100), st.floats(-100, 100))
def test_a_condition_at_even_odds_presses_nobody(total, sensitivity):
    assert pressure_with(total, sensitivity, 0.5) == total


@ANY
@given(st.floats(-100, 100), st.floats(0, 100), shares, shares)
def test_pressure_grows_with_what_one_is_sensitive_to(total, sensitivity, one, other):
    low, high = sorted((one, other))
    assert pressure_with(total, sensitivity, low) <= pressure_with(total, sensitivity, high)


def test_pressure_turns_with_the_sign_of_the_sensitivity():
    assert pressure_with(0.0, 2.0, 0.9) == pytest.approx(0.8)
    assert pressure_with(0.0, -2.0, 0.9) == pytest.approx(-0.8)
