"""Stage chart: how many nations stand at each stage, day by day, on average over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from sim.core.stages import STAGES
from sim.plots.axes import day_positions
from sim.plots.ensemble.by_day import Words, frame
from sim.plots.sheet import new_axes, on_sheet
from sim.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

UPWARDS = ("deployed", "pledged", "public", "willing", "talks", "outside", "left")
"""Stages from the bottom up, so that the committed stand on the axis."""

NOTE = (
    "Means over runs, which add up to all nations; the fan chart shows how far single runs lie "
    "from them."
)


@on_sheet
def stage_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Mean number of nations at each of the seven stages by day, one above the other.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme

    Returns
    -------
    Axes
    """
    axes = new_axes(8.0, 4.8, look) if ax is None else ax
    means = ensemble.records.stage_counts.sum(axis=1) / ensemble.n_runs
    seen = [stage for stage in UPWARDS if means[:, STAGES.index(stage)].any()]
    axes.stackplot(
        day_positions(ensemble, ensemble.days),
        np.array([means[:, STAGES.index(stage)] for stage in seen]),
        colors=[look.stages[stage] for stage in seen],
        labels=seen,
        edgecolor=look.paper,
        lw=0.5,
    )
    axes.set_ylim(0, len(ensemble.nations))
    note, order = NOTE if ax is None else None, range(len(seen) - 1, -1, -1)
    words = Words("Where the nations stand", "nations, mean over runs", note, order)
    frame(axes, ensemble, look, words)
    return axes
