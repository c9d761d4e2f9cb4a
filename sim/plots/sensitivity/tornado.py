"""Tornado: an outcome where each input is low and where it is high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.plots.axes import legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.sensitivity.rows import (
    OF_RANGES,
    ROW_INCHES,
    STEPS,
    draw_interval,
    hidden_text,
    label_across,
    n_steps,
    name_rows,
    sensitivity_line,
    shown_inputs,
    split_of,
)
from sim.plots.sheet import heading, new_axes, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.studies.design.outcomes import outcome_label

if TYPE_CHECKING:
    from sim.studies.sensitivity.result import Sensitivity

WIDTH, APART = 6.4, 0.15
AROUND_INCHES = 2.2
NOTE = (
    "The outcome over points in the lowest and in the highest tenth of the range of an input, all "
    "other inputs anywhere in theirs; of several numbers, where their mean is. The line across is "
    "the outcome over all points. Joint draws have no low and high. "
    f"{OF_RANGES}"
)


@on_sheet
def tornado(
    sensitivity: Sensitivity,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    outcome: str | None = None,
    top: int | None = None,
) -> Axes:
    """The chance or mean of an outcome at the low and at the high end of each input.

    Parameters
    ----------
    sensitivity : Sensitivity, stored or in memory
    ax, look
        See `sim.plots`.
    outcome : str, optional
        The first by default.
    top : int, optional
        Inputs that have a row, those with the widest range of the outcome; by default up to 20.

    Raises
    ------
    DrawingError
        The analysis is a screening, the outcome is the same in every run, or no input has a low
        and a high end.
    """
    asked = sensitivity.outcome(outcome)
    of = split_of(sensitivity, asked)
    around = AROUND_INCHES + 3.4 / (look.width or WIDTH)
    width = np.abs(np.diff(of.ends.estimate, axis=1))[:, 0]
    ranked = [int(place) for place in np.argsort(-width, kind="stable") if width[place] >= 0]
    if not ranked:
        raise DrawingError("no input has a low and a high end")
    shown = shown_inputs(ranked, top, around, look)
    axes = ax or new_axes(WIDTH, around + ROW_INCHES * len(shown), look)
    name_rows(axes, [sensitivity.inputs[place].label for place in shown], around, look)
    colours = look.series_colour(1), look.series_colour(0)
    markers: tuple[dict[str, Any], ...] = (
        {"marker": "D", "mfc": look.paper, "ms": 3.8},
        {"marker": "o", "ms": 4.2},
    )
    for row, place in enumerate(shown):
        ends = of.ends.estimate[place]
        bar: dict[str, Any] = {"color": look.faint, "alpha": 0.35, "lw": 6, "zorder": 1}
        axes.plot(ends, [row, row], solid_capstyle="butt", **bar)
        for end, (colour, shift) in enumerate(zip(colours, (-APART, APART), strict=True)):
            draw_interval(axes, of.ends, (place, end), row + shift, colour, **markers[end])
    axes.axvline(float(of.mean.estimate), color=look.ink, lw=0.8, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(n_steps(axes, 1), steps=STEPS))
    if asked.is_chance:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    words = outcome_label(sensitivity.scenario, asked)
    kind = "chance of" if asked.is_chance else "mean,"
    label_across(axes, f"{kind} {words}", 1, look)
    for end, label in enumerate(("input is low", "input is high")):
        axes.plot([], [], color=colours[end], label=label, **markers[end])
    legend_below(axes, look, has_rows=True)
    text = f"{words[:1].upper()}{words[1:]} at the ends of inputs"
    heading(axes, text + hidden_text(len(sensitivity.inputs), shown), look=look)
    small_print(axes, sensitivity_line(sensitivity), NOTE, look)
    return axes
