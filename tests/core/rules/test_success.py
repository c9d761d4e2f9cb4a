"""For how long success has held."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.success import NEVER, days_held
from tests.core.pace import ANY


def test_a_stretch_grows_by_a_day_and_ends_at_once():
    assert days_held(True, 0) == 1
    assert days_held(True, 13) == 14
    assert days_held(False, 13) == 0


@ANY
@given(st.lists(st.booleans(), min_size=1))
def test_it_is_the_length_of_the_stretch_that_ends_today(days):
    held = 0
    for meets in days:
        held = days_held(meets, held)
    meets, stretch = [(meets, len(list(days))) for meets, days in groupby(days)][-1]
    assert held == (stretch if meets else 0)


def test_never_is_no_day():
    assert NEVER < 0
