"""Where a curve of chances crosses one half, and how well that is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.studies.sweep.crossing import half_crossings


def crossings(values: list[float], chance: list[float], half_width: float) -> list[tuple[Any, ...]]:
    """Crossings of a curve with an interval of one width."""
    x, y = np.array(values), np.array(chance)
    return [tuple(each) for each in half_crossings(x, y, y - half_width, y + half_width)]


def test_a_crossing_lies_on_the_line_and_its_interval_where_that_of_the_chance_ends() -> None:
    [found] = crossings([0, 1, 2, 3, 4], [0.1, 0.3, 0.45, 0.65, 0.9], 0.1)
    # From 0.45 to 0.65: a quarter of the way. 0.4 is reached at 1 2/3, 0.6 between 2 and 3.
    assert found == pytest.approx((2.25, 2, 3, 1 + 2 / 3, 3))


def test_many_runs_do_not_make_the_interval_narrower_than_the_points() -> None:
    [found] = crossings([0, 1], [0.0, 1.0], 0.001)
    assert found == (0.5, 0.0, 1.0, 0.0, 1.0)


def test_an_interval_that_goes_beyond_the_points_has_no_end() -> None:
    [found] = crossings([0, 1], [0.45, 0.55], 0.1)
    assert found == pytest.approx((0.5, 0, 1, None, None))


def test_a_curve_that_does_not_reach_one_half_crosses_nowhere() -> None:
    assert crossings([0, 1, 2], [0.1, 0.3, 0.49], 0.2) == []
    assert crossings([0, 1, 2], [0.9, 0.7, 0.51], 0.2) == []


def test_a_falling_curve_and_one_that_goes_up_and_down_cross_too() -> None:
    [found] = crossings([2, 1, 0], [0.2, 0.6, 0.8], 0.05)  # values in any order
    assert found[:3] == pytest.approx((1.25, 1, 2))
    assert [each[0] for each in crossings([0, 1, 2], [0.3, 0.7, 0.3], 0.1)] == pytest.approx(
        [0.5, 1.5]
    )


def test_a_point_at_exactly_one_half_is_one_crossing_and_failed_points_are_none() -> None:
    assert [each[0] for each in crossings([0, 1, 2], [0.2, 0.5, 0.9], 0.1)] == pytest.approx([1.0])
    assert [
        each[0] for each in crossings([0, 1, 2], [0.2, float("nan"), 0.8], 0.1)
    ] == pytest.approx([1.0])
    assert crossings([0], [0.5], 0.1) == []


def test_an_interval_that_ends_at_exactly_one_half_ends_at_that_point() -> None:
    x, chance = np.array([0.0, 1, 2, 3]), np.array([0.3, 0.45, 0.6, 0.8])
    low, high = np.array([0.2, 0.35, 0.5, 0.7]), np.array([0.4, 0.55, 0.7, 0.9])
    [rising] = half_crossings(x, chance, low, high)
    expected = (4 / 3, 1, 2, 2 / 3, 2)  # high passes .5 two thirds of the way from .4 to .55
    assert rising == pytest.approx(expected)
    [mirrored] = half_crossings(x, chance[::-1], low[::-1], high[::-1])
    assert mirrored == pytest.approx((5 / 3, 1, 2, 1, 7 / 3))
    [upside_down] = half_crossings(x, 1 - chance, 1 - high, 1 - low)
    assert upside_down == pytest.approx(expected)


def test_the_end_of_an_interval_is_where_the_end_on_that_side_passes_one_half() -> None:
    x, chance = np.array([0.0, 1, 2]), np.array([0.4, 0.6, 0.2])
    low, high = np.array([0.3, 0.5, 0.1]), np.array([0.5, 0.7, 0.3])
    up, down = half_crossings(x, chance, low, high)
    # The chance is surely below one half only where the upper end is: halfway from .7 to .3.
    assert (up.high, down.high) == pytest.approx((1.5, 2.0))


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        ([0.3, 0.5, 0.3], []),
        ([0.7, 0.5, 0.5, 0.7], []),
        ([0.5, 0.5], []),
        ([0.3, 0.5, 0.7], [1]),
        ([0.3, 0.5, 0.5, 0.7], [1]),
        ([0.5, 0.7], [0]),
        ([0.5, 0.5, 0.7], [1]),
        ([0.7, 0.5, 0.5], [1]),
        ([0.3, 0.5, 0.3, 0.7], [2.5]),
        ([0.3, 0.5, 0.7, 0.5, 0.3], [1, 3]),
    ],
)
def test_a_curve_crosses_one_half_where_it_changes_sides(
    chance: list[float], expected: list[float]
) -> None:
    found = crossings(list(range(len(chance))), chance, 0.1)
    assert [each[0] for each in found] == pytest.approx(expected)
