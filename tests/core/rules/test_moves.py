"""Which move comes first, where it leads, and what each stage counts as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.moves import (
    MOVE_FORWARD,
    MOVE_OUT,
    STAY,
    destination,
    first_move,
    is_firm,
    is_private,
    is_public,
    takes_part,
)
from sim.core.stages import (
    DEPLOYED,
    EXIT_MOVES,
    FORWARD_MOVES,
    LEFT,
    OUTSIDE,
    PLEDGED,
    PUBLIC,
    STAGES,
    TALKS,
    WILLING,
)
from tests.core.pace import ANY

moments = st.floats(0, 1)
NOT_TODAY = 2.0


@ANY
@given(moments, moments)
def test_the_threshold_crossed_earlier_in_the_day_decides(forward, leave):
    assert first_move(forward, leave) == (MOVE_FORWARD if forward <= leave else MOVE_OUT)


@ANY
@given(moments)
def test_a_tie_goes_forward_and_a_threshold_not_crossed_never_decides(moment):
    assert first_move(moment, moment) == MOVE_FORWARD
    assert first_move(moment, NOT_TODAY) == MOVE_FORWARD
    assert first_move(NOT_TODAY, moment) == MOVE_OUT
    assert first_move(NOT_TODAY, NOT_TODAY) == STAY


@pytest.mark.parametrize(
    ("stage", "onward"),
    [
        (OUTSIDE, TALKS),
        (TALKS, WILLING),
        (WILLING, PUBLIC),
        (PUBLIC, PLEDGED),
        (PLEDGED, DEPLOYED),
        (LEFT, TALKS),
    ],
)
def test_a_move_forward_leads_where_the_table_says(stage, onward):
    assert FORWARD_MOVES[stage] is not None
    assert destination(stage, MOVE_FORWARD) == onward


@pytest.mark.parametrize("stage", range(len(STAGES) - 1))
def test_every_exit_leads_to_left(stage):
    assert EXIT_MOVES[stage] is not None
    assert destination(stage, MOVE_OUT) == LEFT


def test_the_table_names_its_moves():
    assert FORWARD_MOVES == ("engage", "resolve", "declare", "pledge", "deploy", None, "return")
    assert (*["decline"] * 3, *["withdraw"] * 3, None) == EXIT_MOVES


@pytest.mark.parametrize(
    ("counts", "stages"),
    [
        (is_public, {"public", "pledged", "deployed"}),
        (is_private, {"willing", "public", "pledged", "deployed"}),
        (is_firm, {"pledged", "deployed"}),
        (takes_part, {"talks", "willing", "public", "pledged", "deployed"}),
    ],
)
def test_each_size_counts_its_stages(counts, stages):
    assert {name for stage, name in enumerate(STAGES) if counts(stage)} == stages
