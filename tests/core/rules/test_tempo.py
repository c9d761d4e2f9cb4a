"""The tempo as a feature: its logarithm, and what signals add."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.tempo import log_tempo
from tests.core.pace import ANY

tempo = st.floats(1e-6, 1e6)
shift = st.floats(-100.0, 100.0)


def test_a_tempo_worked_by_hand():
    assert log_tempo(4.0, 0.0) == pytest.approx(2 * math.log(2), rel=1e-15)
    assert log_tempo(4.0, -math.log(8)) == pytest.approx(-math.log(2), rel=1e-14)


@ANY
@given(shift)
def test_a_tempo_of_one_is_neutral_to_the_last_bit(shift):
    assert log_tempo(1.0, 0.0) == 0.0
    assert log_tempo(1.0, shift) == shift


@ANY
@given(tempo, tempo, shift, shift)
def test_it_never_falls_with_the_tempo_or_the_signals(one, other, first, second):
    slow, fast = sorted((one, other))
    low, high = sorted((first, second))
    assert log_tempo(slow, low) <= log_tempo(fast, high)
