"""A small chart of the coalition's size by day, drawn by hand for pages and notebooks."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import INNER, OUTER
from sim.results.format import day_text

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 10, 24
MOST_DAYS = 320
"""Days that are drawn; of a longer run they are picked evenly."""

COLOUR = "#4477AA"
"""Of the public size, as in every figure; contrast 4.7 with white and 4.0 with a ground of #111."""

LEGEND = (
    "Public size by day, nations: the line is the median, the bands hold 50 % and 90 % of the "
    "runs. Dashed: the median of the private size (public and undisclosed)."
)

Reals = NDArray[np.float64]


class Frame:
    """Places on the chart, from days and numbers of nations.

    Parameters
    ----------
    n_days : int
    largest : float, nations
        What the vertical axis goes up to.
    """

    def __init__(self, n_days: int, largest: float) -> None:
        self.n_days = n_days
        self.largest = largest

    def x(self, day: float) -> float:
        """Place of a day, from the left."""
        share = min(max(day / self.n_days, 0.0), 1.0)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, nations: float) -> float:
        """Place of a number of nations, from the top."""
        return round(TOP + (1 - nations / self.largest) * (HEIGHT - TOP - BOTTOM), 1)


def size_chart(ensemble: Ensemble) -> str:
    """SVG of the public size by day: median, ranges of 50 % and 90 % of the runs, private median.

    It takes the colour of text from around it, for light and dark grounds. However many days,
    nations and runs there are, it stays within some 40 kB.
    """
    public, private = ensemble.tally("size"), ensemble.tally("private_size")
    days = drawn_days(ensemble.n_days)
    tops = (public.quantile(OUTER[1]).max(), private.quantile(0.5).max(), 1.0)
    frame = Frame(ensemble.n_days, float(max(tops)))
    bands = [
        f'<path d="{_band(frame, days, *(public.quantile(end)[days] for end in ends))}" '
        f'fill="{COLOUR}" fill-opacity="{opacity}"/>'
        for ends, opacity in ((OUTER, 0.22), (INNER, 0.3))
    ]
    lines = [
        f'<path d="{_line(frame, days, tally.quantile(0.5)[days])}" fill="none" {style}/>'
        for tally, style in (
            (private, 'stroke="currentColor" stroke-width="1.3" stroke-dasharray="5 3"'),
            (public, f'stroke="{COLOUR}" stroke-width="2.2"'),
        )
    ]
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'xmlns="http://www.w3.org/2000/svg" '
        'style="max-width:100%;height:auto;font:11px sans-serif" fill="currentColor">'
        f"<title>{escape(_in_words(ensemble))}</title>"
        + "".join([*_size_axis(frame), *bands, *lines, *_day_axis(frame, ensemble)])
        + "</svg>"
    )


def drawn_days(n_days: int) -> NDArray[np.int64]:
    """Days that are drawn, the first and the last among them.

    Examples
    --------
    >>> drawn_days(3), len(drawn_days(36_500))
    (array([0, 1, 2, 3]), 320)
    """
    return np.linspace(0, n_days, min(n_days + 1, MOST_DAYS)).round().astype(np.int64)


def ticks(largest: float) -> list[int]:
    """Whole numbers from 0 to at most `largest`, at most six, a round step apart.

    Examples
    --------
    >>> ticks(1.0), ticks(29.0), ticks(1000.0)
    ([0, 1], [0, 10, 20], [0, 200, 400, 600, 800, 1000])
    """
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(step for step in steps if 5 * step >= largest)
    return list(range(0, int(largest) + 1, step))


def _corners(frame: Frame, days: NDArray[np.int64], values: Reals) -> list[tuple[float, float]]:
    """Corners of steps half way between the days."""
    changes = np.flatnonzero(np.diff(values)) + 1
    starts = [0.0, *((days[changes] + days[changes - 1]) / 2)]
    ends = [*starts[1:], float(frame.n_days)]
    levels = values[[0, *changes]]
    return [
        (frame.x(day), frame.y(level))
        for start, end, level in zip(starts, ends, levels, strict=True)
        for day in (start, end)
    ]


def _line(frame: Frame, days: NDArray[np.int64], values: Reals) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in _corners(frame, days, values))


def _band(frame: Frame, days: NDArray[np.int64], low: Reals, high: Reals) -> str:
    corners = _corners(frame, days, high) + _corners(frame, days, low)[::-1]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "Z"


def _size_axis(frame: Frame) -> list[str]:
    """Lines across the chart and their numbers."""
    found = []
    for tick in ticks(frame.largest):
        y = frame.y(tick)
        found.append(
            f'<path d="M{LEFT} {y:g}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity="0.2"/>'
            f'<text x="{LEFT - 5}" y="{y + 4:g}" text-anchor="end">{tick:,}</text>'
        )
    return found


def _day_axis(frame: Frame, ensemble: Ensemble) -> list[str]:
    """Days under the chart, at its ends and thirds."""
    thirds = sorted({ceil(ensemble.n_days * third / 3) for third in range(4)})
    anchors = {thirds[0]: "start", thirds[-1]: "end"}
    return [
        f'<text x="{frame.x(day):g}" y="{HEIGHT - 6}" text-anchor="{anchors.get(day, "middle")}">'
        f"{escape(day_text(ensemble.scenario.start, day))}</text>"
        for day in thirds
    ]


def _in_words(ensemble: Ensemble) -> str:
    """What the chart shows, for those who do not see it."""
    spreads = {day: ensemble.tally("size").spread(day) for day in (0, ensemble.n_days)}
    said = [
        f"median {spread.median:.0f} (90 % of runs {spread.low:.0f} to {spread.high:.0f}) on "
        f"{day_text(ensemble.scenario.start, day)}"
        for day, spread in spreads.items()
    ]
    return f"Public size by day: {'; '.join(said)}"
