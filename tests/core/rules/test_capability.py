"""Capability counts as far as forces are asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.capability import capability_asked
from tests.core.pace import ANY

share = st.floats(0.0, 1.0)


def test_capability_worked_by_hand():
    assert capability_asked(0.875, 0.5) == 0.1875
    assert capability_asked(0.25, 0.5) == -0.125


@ANY
@given(share)
def test_where_forces_are_asked_it_is_the_distance_from_one_half(capability):
    assert capability_asked(capability, 1.0) == capability - 0.5


@ANY
@given(share)
def test_where_only_names_are_asked_it_says_nothing(capability):
    assert capability_asked(capability, 0.0) == 0.0


@ANY
@given(share, share, share)
def test_it_never_falls_with_capability_and_never_exceeds_one_half(one, other, demand):
    low, high = sorted((one, other))
    assert -0.5 <= capability_asked(low, demand) <= capability_asked(high, demand) <= 0.5
