"""Where days and values lie on a chart that is written by hand as SVG, and lines along them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STRAIGHT = 0.2
"""Pixels by which a line may miss what lies between two of its corners: no eye sees it."""

MOST_DAYS = 320
"""Days on a chart; of a longer run they are picked evenly."""

Reals = NDArray[np.float64]
Days = NDArray[np.int64]


class DayFrame(NamedTuple):
    """Coordinates on a chart: `largest` reaches its top, and its bottom is 0.

    Attributes
    ----------
    n_days : int
    largest : float
    width, height : int
        Of the chart, with its margins.
    left, right, top, bottom : int
        Margins.
    """

    n_days: int
    largest: float
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    def x(self, day: float) -> float:
        """Coordinate of a day, from the left."""
        share = min(max(day / self.n_days, 0.0), 1.0)
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def y(self, value: float) -> float:
        """Coordinate of a value, from the top."""
        across = self.height - self.top - self.bottom
        return round(self.top + (1 - value / self.largest) * across, 1)

    def steps(self, by_day: Reals) -> str:
        """Path of values by day, which change half way between the days."""
        return _path(self._corners(by_day))

    def line(self, by_day: Reals) -> str:
        """Path of values by day, straight from one day to the next, true to `STRAIGHT` pixels."""
        return _path(self._places(by_day))

    def band(self, low: Reals, high: Reals, is_stepped: bool = True) -> str:
        """Path round all that lies between two such lines."""
        places = self._corners if is_stepped else self._places
        return _path([*places(high), *reversed(places(low))]) + "Z"

    def _places(self, by_day: Reals) -> list[tuple[float, float]]:
        return corners([(self.x(day), self.y(by_day[day])) for day in charted_days(self.n_days)])

    def _corners(self, by_day: Reals) -> list[tuple[float, float]]:
        days = charted_days(self.n_days)
        values = by_day[days]
        changes = np.flatnonzero(np.diff(values)) + 1
        starts = [0.0, *((days[changes] + days[changes - 1]) / 2)]
        ends = [*starts[1:], float(self.n_days)]
        steps = zip(starts, ends, values[[0, *changes]], strict=True)
        return [(self.x(day), self.y(level)) for begin, end, level in steps for day in (begin, end)]


def corners(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those of the places along a line without which it would miss others by a visible distance.

    By [DouglasPeucker1973]_, with distances up and down.

    Examples
    --------
    >>> corners([(0, 0), (1, 1), (2, 2.1), (3, 0), (4, 0)])
    [(0, 0), (2, 2.1), (3, 0), (4, 0)]
    """
    across, up = np.array(places, dtype=np.float64).T
    kept, open_ends = {0, len(places) - 1}, [(0, len(places) - 1)]
    while open_ends:
        first, last = open_ends.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        missed = np.abs(
            np.interp(across[inner], across[[first, last]], up[[first, last]]) - up[inner]
        )
        worst = first + 1 + int(missed.argmax())
        if missed.max() > STRAIGHT:
            kept.add(worst)
            open_ends += [(first, worst), (worst, last)]
    return [places[index] for index in sorted(kept)]


def charted_days(n_days: int) -> Days:
    """Days on a chart, the first and the last among them.

    Examples
    --------
    >>> charted_days(3), len(charted_days(36_500))
    (array([0, 1, 2, 3]), 320)
    """
    return np.linspace(0, n_days, min(n_days + 1, MOST_DAYS)).round().astype(np.int64)


def ticks(largest: float, least_step: float = 1) -> list[float]:
    """Numbers from 0 to at most `largest`, at most six, a round step apart.

    Parameters
    ----------
    largest : float, above 0
    least_step : float
        A power of ten; by default only whole numbers are picked.

    Examples
    --------
    >>> ticks(1.0), ticks(29.0), ticks(1000.0)
    ([0, 1], [0, 10, 20], [0, 200, 400, 600, 800, 1000])
    >>> ticks(1.0, 0.1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    steps = (digit * 10**power * least_step for power in range(12) for digit in (1, 2, 5))
    step = next((step for step in steps if 5 * step >= largest), largest)
    return [round(count * step, 9) for count in range(int(largest / step + 1e-9) + 1)]


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)
