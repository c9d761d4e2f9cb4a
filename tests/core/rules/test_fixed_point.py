"""Amounts in whole units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.fixed_point import LEAST_UNITS, units_scale, whole_units
from tests.core.pace import ANY


@ANY
@given(st.floats(1e-250, 4e9))
def test_the_largest_amount_has_forty_bits_by_a_power_of_two(largest):
    scale = units_scale(largest)
    assert LEAST_UNITS <= largest * scale < 2 * LEAST_UNITS
    assert math.frexp(scale)[0] == 0.5


@pytest.mark.parametrize("largest", [1.0, 3.0, 18.0, 2.0**39, 4e9])
def test_whole_numbers_keep_their_ratios_exactly(largest):
    scale = units_scale(largest)
    for amount in (0.0, 1.0, largest):
        assert whole_units(amount, scale) == amount * scale


def test_nothing_has_no_unit():
    assert whole_units(0.0, units_scale(0.0)) == 0
