"""Names cut short, and how wide letters are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.format import cut, cut_apart, display_width

words = st.text(st.sampled_from("ab …"), max_size=14)


@given(st.lists(words, max_size=12), st.integers(4, 9))
def test_texts_that_differ_still_do_when_they_are_cut(texts: list[str], longest: int) -> None:
    shown = cut_apart(texts, longest)
    lines = [cut(text, 99) for text in texts]
    assert len(set(shown)) == len(set(lines))
    assert all(len(text) <= longest for text in shown)
    for text, line in zip(shown, lines, strict=True):
        if len(line) <= longest and "…" not in line:
            assert text == line


@pytest.mark.parametrize(
    ("texts", "longest", "expected"),
    [
        (["Bosnia and Herzegovina", "Poland"], 12, ["Bosnia and…", "Poland"]),
        (["Region_1", "Region_2", "GBR"], 5, ["Re…_1", "Re…_2", "GBR"]),
        (["same", "same"], 3, ["sa…", "sa…"]),
        (["aaaaaaaab", "aaaaaaaa"], 5, ["aa…ab", "aa…aa"]),
    ],
)
def test_names_are_cut_where_they_are_alike(
    texts: list[str], longest: int, expected: list[str]
) -> None:
    assert cut_apart(texts, longest) == expected


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Poland", 6),
        ("中国", 4),
        ("日本 JPN", 8),
        ("e\u0301", 1),
        ("한국", 4),
        ("Türkiye", 7),
        ("", 0),
    ],
)
def test_a_wide_letter_takes_two_columns_and_a_mark_on_another_none(
    text: str, columns: int
) -> None:
    assert display_width(text) == columns
