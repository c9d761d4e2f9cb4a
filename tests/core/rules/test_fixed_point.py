"""Amounts in whole units."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.fixed_point import LEAST_UNITS, units_scale, whole_units
from tests.core.pace import ANY


@ANY
@given(st.floats(1e-250, 4e10))
def test_the_largest_amount_has_twelve_digits(largest):
    scale = units_scale(largest)
    assert 0.999 * LEAST_UNITS <= largest * scale < 10.001 * LEAST_UNITS
    assert math.log10(scale) == pytest.approx(round(math.log10(scale)), abs=1e-9)


@pytest.mark.parametrize("largest", ["1", "3", "18", "4e9", "0.3", "0.17", "12.345"])
def test_amounts_as_people_write_them_keep_their_ratios_exactly(largest):
    scale = units_scale(float(largest))
    for amount in ("0", "0.01", "0.1", "0.07", largest):
        assert whole_units(float(amount), scale) == Fraction(amount) * int(scale)


@ANY
@given(st.lists(st.integers(1, 99), min_size=2, max_size=8), st.data())
def test_a_share_that_equals_a_threshold_on_paper_meets_it(hundredths, data):
    weights = [number / 100 for number in hundredths]
    scale = units_scale(max(weights))
    units = [whole_units(weight, scale) for weight in weights]
    part = data.draw(st.integers(1, len(weights)))
    on_paper = Fraction(sum(hundredths[:part]), sum(hundredths))
    assert sum(units[:part]) / sum(units) == float(on_paper)


def test_nothing_has_no_unit():
    assert whole_units(0.0, units_scale(0.0)) == 0
