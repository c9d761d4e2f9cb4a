"""Where the lettering of a figure lies: what overlaps, and what is cut off."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

SLACK = 1.0
"""Pixels by which boxes may reach into each other: they are a little larger than the ink."""

Corners = NDArray[np.float64]


def lettering(figure: Figure) -> list[tuple[str, Corners]]:
    """Each text that is drawn, and the corners of its box in pixels, turned as the text is.

    Everything is laid out as for a picture, and no pixel is painted, which takes most of the time.
    """
    figure.draw_without_rendering()  # saving draws twice as well: a layout may need it to settle
    drawn: dict[int, Text] = {}
    draw = Text.draw

    def noted(text: Text, *args: Any, **options: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            drawn[id(text)] = text
        draw(text, *args, **options)

    with patch.object(Text, "draw", noted):
        figure.draw_without_rendering()
    return [(text.get_text(), corners(text)) for text in drawn.values()]


def corners(text: Text) -> Corners:
    """Corners of the box of a text, shape (4, 2), less the slack."""
    angle = text.get_rotation()
    upright = Text(text=text.get_text(), fontproperties=text.get_fontproperties())
    upright.set_figure(text.get_figure())  # type: ignore[arg-type]
    upright.set_linespacing(text._linespacing)  # type: ignore[attr-defined]
    box = Text.get_window_extent(upright)
    turned = Text.get_window_extent(text)
    half = np.array([max(box.width / 2 - SLACK, 0.1), max(box.height / 2 - SLACK, 0.1)])
    middle = np.array([(turned.x0 + turned.x1) / 2, (turned.y0 + turned.y1) / 2])
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(middle + (signs * half) @ matrix)


def misplaced(figure: Figure) -> list[str]:
    """What lies on what, and what reaches over the edge of the figure; empty if all is well."""
    found = lettering(figure)
    return [
        *(f"{one!r} lies on {other!r}" for one, other in _overlapping(found)),
        *(f"{text!r} is cut off" for text in _cut_off(figure, found)),
    ]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other."""
    return _overlapping(lettering(figure))


def cut_off(figure: Figure) -> list[str]:
    """Texts that reach over the edge of the figure."""
    return _cut_off(figure, lettering(figure))


def _overlapping(found: list[tuple[str, Corners]]) -> list[tuple[str, str]]:
    return [
        (found[first][0], found[second][0])
        for first, second in _near([box for _, box in found])
        if _overlap(found[first][1], found[second][1])
    ]


def _near(boxes: list[Corners]) -> list[tuple[int, int]]:
    """Pairs of boxes that overlap if upright ones are put round them: few, and soon found."""
    corners_of_all = np.array(boxes).reshape(-1, 4, 2)
    low, high = corners_of_all.min(axis=1), corners_of_all.max(axis=1)
    meet = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)
    first, second = np.nonzero(np.triu(meet, 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _overlap(first: Corners, second: Corners) -> bool:
    return not any(_parts(axis, first, second) for axis in _sides(first, second))


def _cut_off(figure: Figure, found: list[tuple[str, Corners]]) -> list[str]:
    width, height = figure.canvas.get_width_height()
    return [
        text
        for text, box in found
        if box.min() < -SLACK or box[:, 0].max() > width + SLACK or box[:, 1].max() > height + SLACK
    ]


def _sides(first: Corners, second: Corners) -> list[Corners]:
    """Directions in which two boxes that do not overlap may be apart."""
    return [box[place + 1] - box[place] for box in (first, second) for place in (0, 1)]


def _parts(axis: Corners, first: Corners, second: Corners) -> bool:
    one, other = first @ axis, second @ axis
    return bool(one.max() < other.min() or other.max() < one.min())
