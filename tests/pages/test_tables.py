"""Cells of a table are sorted by what a reader sees in them."""

from __future__ import annotations

import pytest

from sim.pages.tables import laid_out, sort_key
from sim.report.blocks import Table

ORDERED = [
    ["<1 %", "1 %", "9 %", "10 %", "99 %", ">99 %", "100 %"],
    ["9 Mar 2025", "10 Mar 2025", "1 Apr 2025", "31 Jan 2026"],
    ["day 2", "day 10", "day 100"],
    ["-3 (-4 to -2) *", "none in 9 runs", "+2 (1 to 3)", "+10 in all 9 runs"],
    ["4e-05", "0.0002", "0.35", "5.51 (2.44 to 8.06)", "12,346"],
    ["0.1 ± 0.2", "49 % ± 6"],
]


@pytest.mark.parametrize("cells", ORDERED)
def test_keys_are_in_the_order_of_what_is_written(cells: list[str]) -> None:
    keys = [sort_key(cell) for cell in cells]
    assert None not in keys
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("text", ["", "-", "POL  Poland", "normal: 0.5", "3rd", "a 4"])
def test_what_begins_with_no_number_has_no_key(text: str) -> None:
    assert sort_key(text) is None


def test_no_date_is_made_of_a_day_that_there_is_not() -> None:
    assert sort_key("31 Feb 2025") is None


def test_a_column_of_numbers_may_have_blanks_and_one_of_names_none() -> None:
    rows = ({"a": "x", "b": "1", "c": "1"}, {"a": "y", "b": "-", "c": "two"}, {"a": "z", "b": ""})
    found = laid_out(Table("Title", {"a": "", "b": "b", "c": "c"}, rows))
    assert [column.heading for column in found.columns] == ["Title", "b", "c"]
    assert [column.is_number for column in found.columns] == [False, True, False]
    assert found.is_sorted
    assert not laid_out(Table("Title", {"a": ""}, rows[:2])).is_sorted
