"""A small chart of the coalition's size by day as SVG, for notebooks and pages.

It is written by hand: a figure of Matplotlib takes ten times the bytes, brings styles and links
that would reach the page around it, and has no colours for light and dark grounds.
"""

from __future__ import annotations

from html import escape
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.ensemble import Ensemble
from sim.results.estimates import INNER, OUTER
from sim.results.format import day_text

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 10, 24
MOST_DAYS = 320
"""Days on the chart; of a longer run they are picked evenly."""

COLOUR = "#4477AA"
"""Of the public size, as in every figure; contrast 4.7 with white and 4.0 with a ground of #111."""

LEGEND = (
    "Public size by day, nations: the line is the median, the bands contain 50 % and 90 % of the "
    "runs. Dashed: the median of the private size (public and undisclosed)."
)

Reals = NDArray[np.float64]


class Scale(NamedTuple):
    """Coordinates on the chart: `largest` nations reach its top."""

    n_days: int
    largest: float

    def x(self, day: float) -> float:
        """Coordinate of a day, from the left."""
        share = min(max(day / self.n_days, 0.0), 1.0)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, nations: float) -> float:
        """Coordinate of a number of nations, from the top."""
        return round(TOP + (1 - nations / self.largest) * (HEIGHT - TOP - BOTTOM), 1)


def size_chart(ensemble: Ensemble) -> str:
    """SVG of the public size by day: median, ranges of 50 % and 90 % of the runs, private median.

    It takes the colour of the text around it, for light and dark grounds. However many days,
    nations and runs there are, it stays within some 40 kB.
    """
    start, n_days = ensemble.scenario.start, ensemble.n_days
    public, private = ensemble.tally("size"), ensemble.tally("private_size")
    medians = public.quantile(0.5), private.quantile(0.5)
    scale = Scale(n_days, float(max(public.quantile(OUTER[1]).max(), medians[1].max(), 1.0)))
    days = charted_days(n_days)
    pieces = []
    for tick in ticks(scale.largest):
        y = scale.y(tick)
        pieces.append(
            f'<path d="M{LEFT} {y:g}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity="0.2"/>'
            f'<text x="{LEFT - 5}" y="{y + 4:g}" text-anchor="end">{tick:,}</text>'
        )
    for ends, opacity in ((OUTER, 0.22), (INNER, 0.3)):
        low, high = (_corners(scale, days, public.quantile(end)) for end in ends)
        path = _path([*high, *reversed(low)])
        pieces.append(f'<path d="{path}Z" fill="{COLOUR}" fill-opacity="{opacity}"/>')
    dashed = 'stroke="currentColor" stroke-width="1.3" stroke-dasharray="5 3"'
    solid = f'stroke="{COLOUR}" stroke-width="2.2"'
    for median, style in ((medians[1], dashed), (medians[0], solid)):
        path = _path(_corners(scale, days, median))
        pieces.append(f'<path d="{path}" fill="none" {style}/>')
    for day in sorted({ceil(n_days * third / 3) for third in range(4)}):
        anchor = {0: "start", n_days: "end"}.get(day, "middle")
        pieces.append(
            f'<text x="{scale.x(day):g}" y="{HEIGHT - 6}" text-anchor="{anchor}">'
            f"{escape(day_text(start, day))}</text>"
        )
    spreads = {day_text(start, day): public.spread(day) for day in (0, n_days)}
    in_words = "; ".join(
        f"median {spread.median:.0f} (90 % of runs {spread.low:.0f} to {spread.high:.0f}) on {day}"
        for day, spread in spreads.items()
    )
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'xmlns="http://www.w3.org/2000/svg" '
        'style="max-width:100%;height:auto;font:11px sans-serif" fill="currentColor">'
        f"<title>{escape(f'Public size by day: {in_words}')}</title>{''.join(pieces)}</svg>"
    )


def charted_days(n_days: int) -> NDArray[np.int64]:
    """Days on the chart, the first and the last among them.

    Examples
    --------
    >>> charted_days(3), len(charted_days(36_500))
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


def _corners(scale: Scale, days: NDArray[np.int64], by_day: Reals) -> list[tuple[float, float]]:
    """Corners of steps half way between the days."""
    values = by_day[days]
    changes = np.flatnonzero(np.diff(values)) + 1
    starts = [0.0, *((days[changes] + days[changes - 1]) / 2)]
    ends = [*starts[1:], float(scale.n_days)]
    steps = zip(starts, ends, values[[0, *changes]], strict=True)
    return [(scale.x(day), scale.y(level)) for begin, end, level in steps for day in (begin, end)]


def _path(corners: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)
