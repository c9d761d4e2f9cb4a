"""Parts of drawn figures of sweeps, to compare with the sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from numpy.typing import NDArray

from sim.plots.sheet import figure_of

Reals = NDArray[np.float64]


def small_print(axes: Axes) -> str:
    """What is written under a figure."""
    return figure_of(axes).get_supxlabel().replace("\n", " ")


def mesh(axes: Axes) -> QuadMesh:
    """The cells of a map or strip, those drawn last."""
    return [each for each in axes.collections if isinstance(each, QuadMesh)][-1]


def cells(axes: Axes) -> Reals:
    """Numbers in the cells, NaN where there is none: rows upwards."""
    array = mesh(axes).get_array()
    assert array is not None
    return np.ma.filled(np.ma.asarray(array, dtype=float), np.nan)


def edges(axes: Axes) -> tuple[Reals, Reals]:
    """Edges of the cells along the horizontal and the vertical axis."""
    corners = np.asarray(mesh(axes).get_coordinates())
    return corners[0, :, 0], corners[:, 0, 1]


def line(axes: Axes, label: str) -> Any:
    """The line of that label."""
    return next(each for each in axes.lines if each.get_label() == label)


def legend(axes: Axes) -> list[str]:
    """Labels in the legend."""
    found = axes.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def even_line(axes: Axes) -> Reals:
    """Vertices of the line where the chance is even."""
    [found] = [each for each in axes.collections if isinstance(each, ContourSet)]
    return np.concatenate([path.vertices for path in found.get_paths()])
