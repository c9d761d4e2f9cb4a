"""Charts of a page show the numbers that they are given."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.pages.charts import (
    NARROW,
    SIZES,
    WIDE,
    Band,
    Line,
    Scale,
    Size,
    bar_chart,
    day_chart,
)
from sim.report.day_frame import STRAIGHT, DayFrame, corners

BY_DAY = np.array([0.0, 1.0, 1.0, 4.0, 5.0])
WORDS = "Size by day: 5 on the last."


def frame(size: Size, n_days: int, largest: float) -> DayFrame:
    return DayFrame(
        n_days, largest, size.width, size.height, size.left, size.right, size.top, size.bottom
    )


def path_of(svg: str, mark: str) -> list[tuple[float, float]]:
    [found] = re.findall(rf'<path class="{mark}" d="M([^"Z]*)Z?"', svg)
    return [(float(x), float(y)) for x, y in (pair.split() for pair in found.split("L"))]


@pytest.mark.parametrize("size", SIZES)
def test_a_line_goes_through_the_value_of_every_day(size: Size) -> None:
    svg = day_chart([Line("public", BY_DAY, False)], None, Scale(5.0), WORDS, size)
    places = path_of(svg, "public")
    across, up = zip(*places, strict=True)
    own = frame(size, 4, 5.0)
    for day, value in enumerate(BY_DAY):
        assert np.interp(own.x(day), across, up) == pytest.approx(own.y(value), abs=STRAIGHT)


def test_a_band_goes_round_what_lies_between() -> None:
    band = Band("band", BY_DAY / 2, BY_DAY)
    own = frame(WIDE, 4, 5.0)
    places = path_of(day_chart([band], None, Scale(5.0), WORDS, WIDE), "band")
    assert places[0] == (own.x(0), own.y(0.0))
    assert (own.x(4), own.y(5.0)) in places
    assert (own.x(4), own.y(2.5)) in places


def test_days_are_dates_where_there_is_a_calendar() -> None:
    marks = [Line("public", BY_DAY)]
    dated = day_chart(marks, date(2025, 3, 10), Scale(5.0), WORDS, NARROW)
    assert "10 Mar 2025" in dated
    assert "14 Mar 2025" in dated
    assert ">day 4<" in day_chart(marks, None, Scale(5.0), WORDS, NARROW)


def test_words_and_units_are_escaped() -> None:
    scale = Scale(5.0, unit="<b>&\x1b")
    svg = day_chart([Line("public", BY_DAY)], None, scale, '"><script>', WIDE)
    assert "<script>" not in svg
    assert "&lt;b&gt;&amp;?" in svg
    assert 'aria-label="&#34;&gt;&lt;script&gt;"' in svg


def test_bars_from_the_threshold_on_are_marked() -> None:
    values, shares = np.arange(6.0), np.array([0.1, 0.0, 0.2, 0.3, 0.4, 0.0])
    svg = bar_chart(values, shares, 3, ("nations", WORDS), WIDE)
    assert len(re.findall('<rect class="bar"', svg)) == 2
    assert len(re.findall('<rect class="bar reached"', svg)) == 2
    heights = [float(each) for each in re.findall('height="([0-9.]+)"/>', svg)]
    assert np.array(heights) / heights[-1] == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.01)


def test_many_sizes_share_bars_and_none_is_lost() -> None:
    values = np.arange(1000.0)
    svg = bar_chart(values, np.full(1000, 0.001), None, ("nations", WORDS), WIDE)
    heights = [float(each) for each in re.findall('height="([0-9.]+)"/>', svg)]
    assert 50 <= len(heights) <= 60
    assert max(heights) - min(heights[:-1]) < 0.2  # the last may stand for fewer sizes


@given(
    up=st.lists(st.floats(0, 100), min_size=2, max_size=60),
)
def test_corners_keep_a_line_true_to_every_place(up: list[float]) -> None:
    places = [(float(x), y) for x, y in enumerate(up)]
    kept = corners(places)
    assert kept[0] == places[0]
    assert kept[-1] == places[-1]
    across, heights = zip(*kept, strict=True)
    for x, y in places:
        assert abs(np.interp(x, across, heights) - y) <= STRAIGHT + 1e-9
