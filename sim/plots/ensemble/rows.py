"""Charts with a row a nation: how high a row is, and how it is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.plots.theme import SMALL, Theme
from sim.results.format import cut
from sim.results.joining import public_days

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MAX_ROWS = 80
LONGEST_NAME = 32
ROW_INCHES, LEAST_ROW_INCHES = 0.175, 0.1
AROUND_ROWS_INCHES = 1.9
"""Height of a row that a figure is made for, and the least in a figure of a given height; what
stands above and below the rows."""


def kept_public_days(ensemble: Ensemble) -> NDArray[np.int64]:
    """First day on which each nation is public, shape (n_runs, n_nations); see `public_days`.

    Raises
    ------
    DrawingError
        The ensemble kept no single runs.
    """
    if ensemble.keep == "summary":
        raise DrawingError("it takes single runs, and only counts were kept (run with --keep runs)")
    return public_days(ensemble)


def rows_that_fit(look: Theme, max_rows: int) -> int:
    """Most rows that a figure of this look has room for."""
    if look.height is None:
        return max_rows
    room = max(1, int((look.height - AROUND_ROWS_INCHES) / LEAST_ROW_INCHES))
    return min(max_rows, room)


def row_type(look: Theme, n_rows: int) -> float:
    """Size of the type of rows, points: smaller where rows are lower."""
    if look.height is None:
        return SMALL
    row_inches = max(LEAST_ROW_INCHES, (look.height - AROUND_ROWS_INCHES) / n_rows)
    return min(SMALL, 0.68 * 72 * row_inches)


def name_rows(
    axes: Axes,
    ensemble: Ensemble,
    shown: Sequence[int],
    places: Iterable[int],
    size: float = SMALL,
) -> None:
    """Name rows after nations, by name and code, in place of ticks and spines.

    Parameters
    ----------
    axes : Axes
    ensemble : Ensemble
    shown : sequence of int
        Nations, by their place in the scenario.
    places : iterable of int
        Row of each.
    size : float, points
    """
    labels = [row_label(ensemble, nation) for nation in shown]
    axes.set_yticks(list(places), labels, parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=size)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def row_label(ensemble: Ensemble, nation: int) -> str:
    """Name and code of a nation; the code alone where it has no other name."""
    described = ensemble.scenario.nations[nation]
    code = cut(described.id, LONGEST_NAME)
    return (
        code if described.name == described.id else f"{cut(described.name, LONGEST_NAME)}  {code}"
    )
