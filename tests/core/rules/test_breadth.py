"""Shares of what a coalition covers."""

from __future__ import annotations

import math

from sim.core.rules.breadth import is_covered, share_covered


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
