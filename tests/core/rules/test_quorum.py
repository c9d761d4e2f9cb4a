"""Whether a quorum holds, and which moves it keeps closed."""

from __future__ import annotations

import pytest

from sim.core.rules.quorum import is_barred, quorum_holds


@pytest.mark.parametrize("whole", [1, 3, 7, 20, 49, 192])
def test_every_share_of_a_whole_meets_itself_and_not_the_next(whole):
    for part in range(whole):
        assert quorum_holds(part, whole, part / whole)
        assert not quorum_holds(part, whole, (part + 1) / whole)


def test_a_number_is_a_part_of_one():
    assert quorum_holds(10, 1, 10)
    assert not quorum_holds(9, 1, 10)


def test_of_nothing_only_a_quorum_of_0_holds():
    assert quorum_holds(0, 0, 0)
    assert not quorum_holds(0, 0, 1e-9)


def test_a_mask_bars_the_stages_whose_bits_are_set():
    assert [is_barred(0b10100, stage) for stage in range(7)] == [
        stage in (2, 4) for stage in range(7)
    ]
