"""Shares of what a coalition covers, and capacity in whole units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.breadth import (
    LEAST_UNITS,
    capacity_units,
    is_covered,
    share_covered,
    units_per_force,
)
from tests.core.pace import ANY


def test_a_share_is_one_division_so_that_four_of_five_meet_four_fifths():
    assert share_covered(4, 5) == 0.8
    assert share_covered(0, 3) == 0.0
    assert share_covered(3, 3) == 1.0
    assert all(is_covered(share_covered(k, 20), k / 20) for k in range(21))


def test_a_share_of_nothing_is_not_a_number_and_meets_no_threshold():
    assert math.isnan(share_covered(0, 0))
    assert not is_covered(share_covered(0, 0), 0.0)


def test_a_threshold_below_0_is_none():
    assert is_covered(math.nan, -1.0)
    assert is_covered(0.0, -1.0)


@ANY
@given(st.floats(1e-250, 4e9))
def test_the_largest_capacity_has_forty_bits_by_a_power_of_two(largest):
    scale = units_per_force(largest)
    assert LEAST_UNITS <= largest * scale < 2 * LEAST_UNITS
    assert math.frexp(scale)[0] == 0.5


@pytest.mark.parametrize("largest", [1.0, 3.0, 18.0, 2.0**39, 4e9])
def test_whole_numbers_keep_their_ratios_exactly(largest):
    scale = units_per_force(largest)
    for capacity in (0.0, 1.0, largest):
        assert capacity_units(capacity, scale) == capacity * scale


def test_no_capacity_has_no_unit():
    assert capacity_units(0.0, units_per_force(0.0)) == 0
