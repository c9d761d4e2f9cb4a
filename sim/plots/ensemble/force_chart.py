"""Force chart: what is pledged of each kind, day by day, against what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.axes import day_positions
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_day import Words, frame
from sim.plots.sheet import new_axes, on_sheet
from sim.plots.theme import LIGHT, Theme
from sim.results.estimates import OUTER
from sim.results.requirement import requirement_by_day

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MOST_KINDS = 7
"""Kinds with a colour of their own; the smallest beyond are drawn as one."""

NOTE = (
    "Areas: means over runs of each kind, which add up. Lines: all kinds together, spread over "
    "runs, given the scenario's parameters."
)


@on_sheet
def force_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Public force by day: mean of each kind, stacked, the spread of the total, the requirement.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
        With at least one kind of contribution.
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The scenario has no contributions.
    """
    if not ensemble.kinds:
        raise DrawingError("the scenario has no contributions")
    axes = new_axes(8.0, 4.8, look) if ax is None else ax
    _draw_kinds(axes, ensemble, look)
    _draw_total(axes, ensemble, look)
    _draw_requirement(axes, ensemble, look)
    axes.set_ylim(bottom=0)
    note = NOTE if ax is None else None
    frame(axes, ensemble, look, Words("Force pledged, by kind", "force units", note))
    return axes


def stacked_kinds(ensemble: Ensemble) -> list[tuple[str, NDArray[np.float64]]]:
    """Mean force by day of each kind in the order of the file, the smallest of many as one."""
    means = {kind: ensemble.tally(f"force.{kind}").mean() for kind in ensemble.kinds}
    if len(means) <= MOST_KINDS:
        return list(means.items())
    by_size = sorted(means, key=lambda kind: -float(means[kind][-1]))
    kept = set(by_size[: MOST_KINDS - 1])
    rest = [mean for kind, mean in means.items() if kind not in kept]
    shown = [(kind, mean) for kind, mean in means.items() if kind in kept]
    return [*shown, (f"{len(rest)} others", np.sum(rest, axis=0))]


def _draw_kinds(axes: Axes, ensemble: Ensemble, look: Theme) -> None:
    kinds = stacked_kinds(ensemble)
    axes.stackplot(
        day_positions(ensemble, ensemble.days),
        np.array([mean for _, mean in kinds]),
        colors=[look.series_colour(place) for place in range(len(kinds))],
        labels=[name.replace("_", " ") for name, _ in kinds],
        alpha=0.75,
        edgecolor=look.paper,
        lw=0.5,
    )


def _draw_total(axes: Axes, ensemble: Ensemble, look: Theme) -> None:
    days, total = day_positions(ensemble, ensemble.days), ensemble.tally("force")
    for end, label in zip(OUTER, ("90 % of runs", "_"), strict=True):
        axes.plot(days, total.quantile(end), color=look.ink, lw=0.9, ls=(0, (4, 2)), label=label)


def _draw_requirement(axes: Axes, ensemble: Ensemble, look: Theme) -> None:
    """The requirement, the range it is drawn from, and the share of it that success needs."""
    days = day_positions(ensemble, ensemble.days)
    low, middle, high = requirement_by_day(ensemble.scenario).T
    colour = look.stages["left"]
    if (low < high).any():
        axes.fill_between(days, low, high, step="post", color=colour, alpha=0.15, lw=0)
    axes.step(days, middle, where="post", color=colour, lw=1.6, label="requirement")
    success = ensemble.scenario.success
    share = None if success is None else success.requirement_share
    if share is not None and share > 0:
        label = f"success: {100 * share:.3g} % of it"
        axes.step(days, share * middle, where="post", color=colour, lw=1.0, ls=":", label=label)
