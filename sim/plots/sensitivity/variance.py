"""Variance split: how much of what is uncertain comes from inputs, and how much is chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from sim.plots.axes import legend_below
from sim.plots.sensitivity.rows import OF_RANGES, sensitivity_line, split_of
from sim.plots.sheet import heading, new_axes, on_sheet, small_print
from sim.plots.theme import HATCHES, LIGHT, SMALL, Theme, is_dark
from sim.results.format import cut_apart
from sim.studies.design.outcomes import outcome_label

if TYPE_CHECKING:
    from sim.studies.sensitivity.result import Sensitivity

WIDTH, AROUND_INCHES, ROW_INCHES = 6.4, 2.4, 0.55
LEAST_WRITTEN = 0.12
"""Least share of a part whose share is written in it."""

LONGEST_NAME = 28
PARTS = ("inputs", "luck and inputs together", "luck by itself")
ORDER = (0, 2, 1)
"""Of the parts of a split: both kinds of chance lie beside each other."""

NOTE = (
    "Inputs: the variance of the chance, or of the mean, over points. Luck by itself: of what a "
    "luck comes to whatever the inputs. Together: what needs both. To whoever knows the inputs, "
    "both kinds of luck are chance; where one ends and the other begins depends on which random "
    f"numbers points share. In brackets: intervals. {OF_RANGES}"
)


@on_sheet
def variance_split(sensitivity: Sensitivity, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Shares of the variance of each outcome: inputs, luck and inputs together, luck by itself.

    Parameters
    ----------
    sensitivity : Sensitivity, stored or in memory
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        The analysis is a screening, or an outcome is the same in every run.
    """
    outcomes = sensitivity.study.outcomes
    splits = [split_of(sensitivity, outcome) for outcome in outcomes]
    axes = ax or new_axes(WIDTH, AROUND_INCHES + ROW_INCHES * len(outcomes), look)
    for row, of in enumerate(splits):
        begin = 0.0
        for number, (part, name) in enumerate(zip(ORDER, PARTS, strict=True)):
            share, low, high = (float(each[part]) for each in of.parts)
            length, colour = max(0.0, share), look.series_colour(number)
            style: dict[str, Any] = {"color": colour, "edgecolor": look.paper, "lw": 0.8}
            label = name if row == 0 else None
            axes.barh(row, length, left=begin, height=0.62, label=label, **style)
            if number:
                axes.patches[-1].set_hatch(HATCHES[number])
            if length >= LEAST_WRITTEN:
                text = f"{100 * share:.0f} %\n({100 * low:.0f} to {100 * high:.0f})"
                ink = "white" if is_dark(colour) else "#222222"
                at: dict[str, Any] = {"ha": "center", "va": "center", "size": SMALL, "color": ink}
                box = {"facecolor": colour, "edgecolor": "none", "pad": 1.5}
                axes.text(begin + length / 2, row, text, bbox=box, **at)
            begin += length
    names = [outcome_label(sensitivity.scenario, outcome) for outcome in outcomes]
    axes.set_yticks(range(len(names)), cut_apart(names, LONGEST_NAME), parse_math=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0.0, 1.0)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("share of the variance", fontsize=SMALL)
    legend_below(axes, look)
    heading(axes, "How much is chance", look=look)
    small_print(axes, sensitivity_line(sensitivity), NOTE, look)
    return axes
