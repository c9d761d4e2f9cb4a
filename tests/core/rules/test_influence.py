"""Peers, fading memories and meetings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.influence import (
    FADED,
    TIE_UNITS,
    convened_after,
    convened_coefficient,
    faded,
    freshness_after,
    peers,
    remembered,
)
from sim.core.stages import N_STAGES, WILLING
from tests.core.pace import ANY

memories = st.floats(0.5, 1000)


def test_peers_worked_by_hand():
    three_eighths = 3 * TIE_UNITS // 8
    assert peers(three_eighths, 0.0) == 0.375
    assert peers(three_eighths, 0.25) == 0.125


def test_peers_are_neutral_where_nobody_is_public_and_one_where_all_are():
    assert peers(0, 0.0) == 0.0
    assert peers(TIE_UNITS, 0.0) == 1.0


@ANY
@given(st.integers(0, TIE_UNITS), st.integers(1, TIE_UNITS), st.floats(-2, 2))
def test_one_more_public_peer_never_lowers_the_feature(public_ties, more, threshold):
    assert peers(public_ties + more, threshold) >= peers(public_ties, threshold)


def test_granovetter_s_threshold_is_met_exactly_when_the_share_reaches_it():
    quarter = TIE_UNITS // 4
    assert peers(quarter, 0.25) == 0.0
    assert peers(quarter - 1, 0.25) < 0.0


@ANY
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), memories)
def test_a_memory_is_the_sum_over_all_that_happened_before_today(newcomers, memory):
    total, keep = 0.0, math.exp(-1 / memory)
    for each in newcomers:
        total = remembered(total, each, keep)
    today = len(newcomers)
    expected = math.fsum(
        each * math.exp(-(today - day) / memory) for day, each in enumerate(newcomers)
    )
    assert total == pytest.approx(expected, rel=1e-12, abs=1e-290)


def test_a_newcomer_counts_from_the_next_day_on():
    assert remembered(0.0, 1, 0.5) == 0.5
    assert remembered(0.5, 1, 0.5) == 0.75


def test_a_memory_fades_to_zero_before_it_slows_the_processor():
    memory, days = 1.0, 0
    while memory > 0.0:
        assert memory >= FADED
        memory, days = faded(memory, 0.5), days + 1
    assert days == math.ceil(-math.log2(FADED))


@ANY
@given(
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 10)), max_size=6),
    memories,
    st.floats(0, 0.9),
)
def test_convened_is_the_sum_of_what_is_left_of_each_meeting(meetings, memory, fatigue):
    felt, freshness, keep, today = 0.0, 1.0, math.exp(-1 / memory), 40
    for day in range(today + 1):
        felt = faded(felt, keep) if day else felt
        for held_on, weight in meetings:
            if held_on == day:
                felt = convened_after(felt, weight * freshness)
                freshness = freshness_after(freshness, fatigue)
    in_order = sorted(meetings, key=lambda meeting: meeting[0])
    left = [
        weight * (1 - fatigue) ** place * math.exp(-(today - day) / memory)
        for place, (day, weight) in enumerate(in_order)
    ]
    assert felt == pytest.approx(math.fsum(left), rel=1e-12, abs=1e-290)


def test_a_meeting_adds_to_what_is_left_of_those_before():
    assert convened_after(0.75, 0.5) == 1.25
    assert convened_after(0.75, 0.0) == 0.75


def test_with_a_fatigue_of_one_half_meetings_count_1_then_1_2_then_1_4():
    first = 1.0
    second = freshness_after(first, 0.5)
    assert [first, second, freshness_after(second, 0.5)] == [1.0, 0.5, 0.25]
    assert freshness_after(first, 0.0) == 1.0


def test_a_list_takes_the_place_of_meetings_for_the_willing_alone():
    for stage in range(N_STAGES):
        assert convened_coefficient(1.5, stage, 0.0) == 1.5
        assert convened_coefficient(1.5, stage, 1.0) == (0.0 if stage == WILLING else 1.5)
