"""What the numbers of an event do, kind by kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core import event_kinds
from sim.core.event_kinds import (
    CHANGES_REQUIREMENT,
    CONVENES,
    EVENT_KINDS,
    JUMPS,
    MEETING,
    NEW_REQUIREMENT,
    OPINION,
    PROPOSAL,
    REOPENS_PLEDGES,
    SHIFTS_SUPPORT,
    SHIFTS_TARGET,
    SHOCK,
    SIGNAL,
    TRIGGER,
    in_family,
)
from sim.core.rules.events import (
    jump_of,
    meeting_weight,
    requirement_after,
    support_after,
    target_shift,
)
from tests.core.pace import ANY


def test_each_kind_has_the_number_of_its_place():
    numbers = {"requirement": NEW_REQUIREMENT}
    for place, name in enumerate(EVENT_KINDS):
        assert numbers.get(name, getattr(event_kinds, name.upper(), None)) == place


def test_a_kind_is_of_a_family_if_its_number_is_and_no_other_name_is():
    families = (CONVENES, SHIFTS_SUPPORT, CHANGES_REQUIREMENT, SHIFTS_TARGET, JUMPS)
    of = [[name for name in EVENT_KINDS if in_family(name, family)] for family in families]
    of_nations, of_others = [["meeting", "trigger"], ["opinion"]], [["requirement"], ["signal"]]
    assert of == [*of_nations, *of_others, ["shock", "proposal"]]
    assert [name for name in EVENT_KINDS if in_family(name, REOPENS_PLEDGES)] == ["meeting"]
    assert not in_family("signal ends", SHIFTS_TARGET)


def test_no_kind_acts_on_nations_and_on_a_condition():  # `event_target` holds one or the other
    assert not {*CONVENES, *SHIFTS_SUPPORT} & {*SHIFTS_TARGET, *JUMPS}


def test_a_shock_jumps_by_its_number():
    assert jump_of(SHOCK, -1.5, 9.0, 0.7) == -1.5


def test_a_proposal_jumps_by_how_far_the_force_is_above_its_reference():
    assert jump_of(PROPOSAL, 2.0, 0.5, 0.75) == 0.5
    assert jump_of(PROPOSAL, 2.0, 0.5, 0.25) == -0.5


def test_a_meeting_or_trigger_weighs_and_a_signal_shifts_by_its_number():
    assert meeting_weight(MEETING, 2.5) == meeting_weight(TRIGGER, 2.5) == 2.5
    assert target_shift(SIGNAL, -2.5) == -2.5
    assert meeting_weight(SIGNAL, 2.5) == target_shift(MEETING, 2.5) == 0.0


@pytest.mark.parametrize(
    ("support", "shift", "after"), [(0.5, 0.25, 0.75), (0.5, -0.75, 0.0), (0.5, 0.75, 1.0)]
)
def test_opinion_shifts_support_within_its_range(support, shift, after):
    assert support_after(OPINION, support, shift) == after
    assert support_after(SHOCK, support, shift) == support


@ANY
@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
def test_a_new_requirement_takes_the_place_of_the_old_one(before, after):
    assert requirement_after(NEW_REQUIREMENT, before, after) == after
    assert requirement_after(SHOCK, before, after) == before
