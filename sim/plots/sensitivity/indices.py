"""Sensitivity indices: what each input has a part in, with intervals; or elementary effects.

Of a sweep, how far the distribution of its outcome shifts with each input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.plots.axes import NARROW, legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import LEAST_ROW_INCHES
from sim.plots.sensitivity.rows import (
    LEAST_ROWS,
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
    sweep_analysis_line,
)
from sim.plots.sheet import Sheet, head_figure, heading, on_sheet, require_height, small_print
from sim.plots.theme import LIGHT, Theme
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.given_data import CLEAR, GivenData
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sensitivity.result import Sensitivity
    from sim.studies.sensitivity.screening import Screening

WIDTH, APART = 8.0, 0.16
AROUND_INCHES, BETWEEN_INCHES = 2.3, 0.8
NOTE = (
    "{one}: shares of the variance of the outcome, by Shapley effects on its {mean}; with that of "
    "chance they add up to all. {other}: Sobol' indices of runs under one luck, in which points "
    "share their random numbers. First order: the input alone; total: with all that it has a part "
    f"in. {OF_RANGES}"
)
OF_EFFECTS = (
    "{one}: mean size of the change, in either direction, per full range as an input steps by half "
    "of it and luck stays the same. {other}: mean change from low to high, with its direction. "
    f"{OF_RANGES}"
)
LABELS_OF_DISTANCES = {
    "delta": "shift of the distribution (delta), 0\u00a0to\u00a01",
    "pawn": "largest distance (PAWN), 0\u00a0to\u00a01",
}
OF_DISTRIBUTIONS = (
    "{one}: delta, how much of the distribution of the outcome over points is elsewhere, on "
    "average, where the input is known to a tenth of its points. {other}: PAWN, the largest "
    "distance between the two cumulative distributions, the median over such tenths. Strokes: what "
    "an input without any effect has, its values permuted; hollow: delta is then as large in at "
    f"least {100 * CLEAR:.0f} % of permutations. Intervals of 95 %, by points drawn anew. All of "
    "this is of the ranges of the sweep."
)


@on_sheet
def sensitivity_indices(
    sensitivity: Sensitivity | SweepAnalysis,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    outcome: str | None = None,
    top: int | None = None,
) -> Axes:
    """Share of each input, and its first-order and total index; of a screening, its effects.

    Of what a sweep tells, delta and PAWN of each input.

    Parameters
    ----------
    sensitivity : Sensitivity or SweepAnalysis, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, only the left panel is drawn.
    outcome : str, optional
        The first by default.
    top : int, optional
        Inputs that have a row, those that matter most; by default up to 20.

    Returns
    -------
    Axes
        Those of the left panel.

    Raises
    ------
    DrawingError
        The outcome is the same in every run, or the analysis of a sweep says where the outcome is
        reached.
    """
    asked = sensitivity.outcome(outcome)
    around = AROUND_INCHES + 4.6 / (look.width or WIDTH)
    is_stacked = ax is None and (look.width or WIDTH) < NARROW
    around += BETWEEN_INCHES if is_stacked else 0.0
    of_rows = look  # as if one panel had its share of the height
    if is_stacked and look.height is not None:
        require_height(look, around + 2 * LEAST_ROWS * LEAST_ROW_INCHES)
        of_rows = look.sized(look.width, around + 0.5 * (look.height - around))
    order, labels = _inputs_of(sensitivity, asked)
    shown = shown_inputs(order, top, around, of_rows)
    panels = [ax] if ax is not None else _panels(is_stacked, around, len(shown), look)
    for panel in panels[: 1 + is_stacked]:
        name_rows(panel, [labels[place] for place in shown], around, of_rows)
    n_across = 1 if is_stacked else len(panels)
    words = outcome_label(sensitivity.scenario, asked)
    text, note = f"What {words} hangs on", NOTE
    if isinstance(sensitivity, SweepAnalysis):
        _draw_distances(panels, n_across, sensitivity, shown, look)
        line, note = sweep_analysis_line(sensitivity), OF_DISTRIBUTIONS
    elif sensitivity.is_screening:
        _draw_effects(panels, n_across, sensitivity, asked, shown, look)
        text, note = f"What changes {words}", OF_EFFECTS
        line = sensitivity_line(sensitivity)
    else:
        _draw_shares(panels, n_across, sensitivity, asked, shown, look)
        line = sensitivity_line(sensitivity)
    write = head_figure if is_stacked else heading  # a narrow panel has no room for it
    write(panels[0], text + hidden_text(len(labels), shown), look=look)
    one, other = ("Above", "Below") if is_stacked else ("Left", "Right")
    mean = "chance" if asked.is_chance else "mean"
    note = note.format(one=one, other=other, mean=mean)
    small_print(panels[0], line, note, look)
    return panels[0]


def _inputs_of(
    sensitivity: Sensitivity | SweepAnalysis, outcome: Outcome
) -> tuple[list[int], list[str]]:
    """Places of the inputs from the one that matters most down, and their names by place."""
    if not isinstance(sensitivity, SweepAnalysis):
        return sensitivity.order(outcome.name), [each.label for each in sensitivity.inputs]
    inputs = _indices_of(sensitivity).inputs
    return list(range(len(inputs))), [sensitivity.label(each.path) for each in inputs]


def _indices_of(analysis: SweepAnalysis) -> GivenData:
    """The indices of an analysis of a sweep.

    Raises
    ------
    DrawingError
        It says where the outcome is reached.
    """
    if not isinstance(analysis.found, GivenData):
        raise DrawingError(
            "it says where the outcome is reached (--discover), and has no indices of inputs"
        )
    return analysis.found


def _panels(is_stacked: bool, around: float, n_rows: int, look: Theme) -> list[Axes]:
    """Two panels of the same rows: beside each other, or in a narrow figure one below the other."""
    if is_stacked:
        sheet = Sheet(WIDTH, around + 2 * ROW_INCHES * n_rows, look)
        return [sheet.add_subplot(2, 1, place) for place in (1, 2)]
    sheet = Sheet(WIDTH, around + ROW_INCHES * n_rows, look)
    left = sheet.add_subplot(1, 2, 1)
    right = sheet.add_subplot(1, 2, 2, sharey=left)
    right.tick_params(axis="y", labelleft=False, length=0)
    right.spines["left"].set_visible(False)
    return [left, right]


def _draw_shares(
    panels: list[Axes],
    n_across: int,
    sensitivity: Sensitivity,
    outcome: Outcome,
    shown: list[int],
    look: Theme,
) -> None:
    of = split_of(sensitivity, outcome)
    colours = look.series_colour(0), look.series_colour(1)
    hollow: dict[str, Any] = {"marker": "D", "mfc": look.paper, "ms": 3.8}
    for row, place in enumerate(shown):
        draw_interval(panels[0], of.shares, place, row, look.public)
        if len(panels) > 1:
            draw_interval(panels[1], of.runs.first, place, row - APART, colours[0])
            draw_interval(panels[1], of.runs.total, place, row + APART, colours[1], **hollow)
    label_across(panels[0], "share of all that is uncertain", n_across, look)
    _finish_axes(panels[0], n_across, look, in_percent=True)
    if len(panels) > 1:
        label_across(panels[1], "index under one luck", n_across, look)
        _finish_axes(panels[1], n_across, look, in_percent=False)
        panels[1].plot([], [], color=colours[0], marker="o", ms=4.2, label="first order")
        panels[1].plot([], [], color=colours[1], label="total", **hollow)
        legend_below(panels[1], look, has_rows=True)


def _draw_effects(
    panels: list[Axes],
    n_across: int,
    sensitivity: Sensitivity,
    outcome: Outcome,
    shown: list[int],
    look: Theme,
) -> None:
    of: Screening = sensitivity.found[outcome.name]  # type: ignore[assignment]
    unit = f", {outcome.unit}" if outcome.unit else ""
    for panel, interval, label in zip(
        panels, (of.size, of.effect), (f"size of the change{unit}", f"change{unit}"), strict=False
    ):
        for row, place in enumerate(shown):
            draw_interval(panel, interval, place, row, look.public)
        label_across(panel, label, n_across, look)
        _finish_axes(panel, n_across, look, in_percent=outcome.is_chance)


def _draw_distances(
    panels: list[Axes],
    n_across: int,
    analysis: SweepAnalysis,
    shown: list[int],
    look: Theme,
) -> None:
    inputs = _indices_of(analysis).inputs
    hollow: dict[str, Any] = {"mfc": look.paper}
    stroke: dict[str, Any] = {"marker": "|", "ms": 9, "mew": 1.4, "color": look.ink, "ls": ""}
    for panel, (name, label) in zip(panels, LABELS_OF_DISTANCES.items(), strict=False):
        for row, place in enumerate(shown):
            each = inputs[place]
            marker = {} if each.is_clear else hollow
            draw_interval(panel, getattr(each, name), (), row, look.public, **marker)
            panel.plot([getattr(each, f"{name}_without")], [row], zorder=2, **stroke)
        label_across(panel, label, n_across, look)
        _finish_axes(panel, n_across, look, in_percent=False)
    dot: dict[str, Any] = {"color": look.public, "marker": "o", "ms": 4.2, "ls": ""}
    for label, marker in (
        ("clear effect", dot),
        ("not clear", dot | hollow),
        ("without effect", stroke),
    ):
        panels[-1].plot([], [], label=label, **marker)
    legend_below(panels[-1], look, has_rows=True)


def _finish_axes(axes: Axes, n_panels: int, look: Theme, in_percent: bool) -> None:
    """Mark 0, and write shares as percentages."""
    axes.axvline(0, color=look.ink, lw=0.8, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(n_steps(axes, n_panels), steps=STEPS))
    if in_percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
