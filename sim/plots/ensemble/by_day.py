"""What all charts over time have round them: days, legend, marks, heading, small print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.axes import Axes

from sim.plots.axes import day_axis, day_positions, legend_below
from sim.plots.event_labels import mark_events
from sim.plots.sheet import ensemble_line, heading, small_print
from sim.plots.theme import NORMAL, Theme

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble


class Words(NamedTuple):
    """What is written round a chart.

    Attributes
    ----------
    heading, vertical : str
        Above it, and along the vertical axis, with the unit.
    note : str or None
        Small print under a figure of its own; None in axes that were given.
    order : sequence of int, optional
        Order of the entries of the legend.
    """

    heading: str
    vertical: str
    note: str | None
    order: Sequence[int] | None = None


def frame(axes: Axes, ensemble: Ensemble, look: Theme, words: Words) -> None:
    """Put days, meetings and signals, a legend and words round a chart that is drawn."""
    axes.set_xlim(*day_positions(ensemble, [0, ensemble.n_days]))
    axes.set_ylabel(words.vertical, fontsize=NORMAL, color=look.ink)
    day_axis(axes, ensemble, look)
    legend_below(axes, look, words.order)
    marks = mark_events(axes, ensemble, look)
    heading(axes, words.heading, marks.n_lines, look)
    if words.note is not None:
        small_print(axes, ensemble_line(ensemble), words.note + marks.note, look)
