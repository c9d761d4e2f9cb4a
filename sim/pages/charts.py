"""Charts of a page as SVG, drawn by hand: small, the same each time, in the colours of the page.

A mark has a class of the style sheet and no colour of its own, so that light, dark and printed
pages are one drawing. A chart is drawn twice, for wide and for narrow windows, where type would
else become too small to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from math import ceil
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sim.pages.blocks import Chart
from sim.report.day_frame import DayFrame, ticks
from sim.results.format import day_text, printable

Reals = NDArray[np.float64]


class Size(NamedTuple):
    """Pixels of a drawing and its margins, and on how many days of its axis there is room."""

    width: int
    height: int
    left: int
    n_days: int
    right: int = 12
    top: int = 22
    bottom: int = 24


WIDE, NARROW = Size(720, 280, 44, 6), Size(344, 250, 40, 3)
SMALL = Size(344, 118, 46, 3, top=10)
SIZES = (WIDE, NARROW)

N_DAYS_LISTED = 13

MOST_BARS = 60
"""Bars of a chart of sizes; of more sizes, several share a bar."""


class Band(NamedTuple):
    """All between two values of each day."""

    mark: str
    low: Reals
    high: Reals
    is_stepped: bool = True


class Line(NamedTuple):
    """A value of each day."""

    mark: str
    values: Reals
    is_stepped: bool = True


class Scale(NamedTuple):
    """The vertical axis: the largest value, the least step of its ticks, their text, the unit."""

    largest: float
    least_step: float = 1
    text: Callable[[float], str] = "{:,g}".format
    unit: str = ""


def with_days(
    chart: Chart, marks: Sequence[Band | Line], start: date | None, scale: Scale, words: str
) -> Chart:
    """A chart with a drawing by day for wide and one for narrow windows; see `day_chart`."""
    drawings = tuple(day_chart(marks, start, scale, words, size) for size in SIZES)
    return replace(chart, drawings=drawings)


def day_chart(
    marks: Sequence[Band | Line], start: date | None, scale: Scale, words: str, size: Size
) -> Markup:
    """Bands and lines by day.

    Parameters
    ----------
    marks : sequence of Band or Line
        In the order in which they are drawn; all have a value for each day, from day 0.
    start : date or None
        Of day 0.
    scale : Scale
    words : str
        Its text alternative: what the drawing shows, with the numbers.
    size : Size
    """
    lengths = [len(mark.low if isinstance(mark, Band) else mark.values) for mark in marks]
    n_days = lengths[0] - 1
    frame = DayFrame(
        n_days, scale.largest, size.width, size.height, size.left, size.right, size.top, size.bottom
    )
    pieces = _levels(scale, frame, size)
    for mark in marks:
        if isinstance(mark, Band):
            path = frame.band(mark.low, mark.high, mark.is_stepped)
        else:
            path = (frame.steps if mark.is_stepped else frame.line)(mark.values)
        pieces.append(f'<path class="{mark.mark}" d="{path}"/>')
    parts = size.n_days - 1
    for day in sorted({ceil(n_days * part / parts) for part in range(parts + 1)}):
        anchor = {0: "start", n_days: "end"}.get(day, "middle")
        pieces.append(_text(frame.x(day), size.height - 6, day_text(start, day), anchor))
    return _svg(pieces, size, words)


def bar_chart(
    values: Reals, shares: Reals, least: float | None, labels: tuple[str, str], size: Size
) -> Markup:
    """Shares of runs by their size at the end; bars from `least` on are marked.

    Parameters
    ----------
    values : ndarray, shape (n_values,), ascending whole numbers one apart
    shares : ndarray, shape (n_values,)
    least : float or None
        What success needs.
    labels : tuple of str
        What is along the axis, and the text alternative.
    size : Size
    """
    step = ceil(len(values) / MOST_BARS)
    starts = np.arange(0, len(values), step)
    heights = np.add.reduceat(shares, starts)
    largest = float(heights.max())
    frame = DayFrame(
        len(starts), largest, size.width, size.height, size.left, size.right, size.top, 38
    )
    pieces = _levels(Scale(largest, 0.001, lambda x: f"{100 * x:g} %", "of runs"), frame, size)
    wide = frame.x(1) - frame.x(0)
    foot = frame.y(0)
    for at, (first, height) in enumerate(zip(starts, heights, strict=True)):
        if height > 0:
            mark = "bar reached" if least is not None and values[first] >= least else "bar"
            x, y = frame.x(at) + 0.08 * wide, frame.y(height)
            pieces.append(
                f'<rect class="{mark}" x="{x:.1f}" y="{y:g}" width="{0.84 * wide:.1f}" '
                f'height="{foot - y:.1f}"/>'
            )
    for value in ticks(float(values[-1])):
        place = (value - float(values[0])) / step
        if 0 <= place <= len(starts):
            pieces.append(_text(frame.x(place) + wide / 2, size.height - 22, f"{value:,g}"))
    pieces.append(_text((size.left + size.width) / 2, size.height - 6, labels[0]))
    return _svg(pieces, size, labels[1])


def listed_days(n_days: int) -> list[int]:
    """Days in the tables of numbers of a chart, evenly spread, the first and the last among them.

    Examples
    --------
    >>> listed_days(3), listed_days(180)[:3]
    ([0, 1, 2, 3], [0, 15, 30])
    """
    return sorted({round(x) for x in np.linspace(0, n_days, min(n_days + 1, N_DAYS_LISTED))})


def _levels(scale: Scale, frame: DayFrame, size: Size) -> list[str]:
    """Lines across at round values, with their text, and the unit above."""
    pieces = []
    for tick in ticks(scale.largest, scale.least_step):
        y = frame.y(tick)
        pieces.append(f'<path class="grid" d="M{size.left} {y:g}H{size.width - size.right}"/>')
        pieces.append(_text(size.left - 6, y + 4, scale.text(tick), "end"))
    if scale.unit:
        pieces.append(_text(2, 12, scale.unit, "start"))
    return pieces


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
        f"{x:.1f}", f"{y:.1f}", anchor, printable(text)
    )


def _svg(pieces: list[str], size: Size, words: str) -> Markup:
    opening = Markup('<svg role="img" viewBox="0 0 {} {}" width="{}" aria-label="{}">').format(
        size.width, size.height, size.width, printable(words)
    )
    return opening + Markup("".join(pieces)) + Markup("</svg>")
