"""What figures with a row an input share: which inputs, how they are called, what they rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.plots.axes import NARROW
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import (
    LEAST_ROW_INCHES,
    row_type,
    rows_asked,
    rows_that_fit,
)
from sim.plots.sheet import figure_of, require_height, title_of
from sim.plots.theme import MEAN_LETTER, SMALL, Theme
from sim.results.format import counted, cut_apart

if TYPE_CHECKING:
    from sim.results.estimates import Interval
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sensitivity.result import Sensitivity
    from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
    from sim.studies.sensitivity.variance import VarianceSplit

MAX_ROWS, ROW_INCHES, LEAST_ROWS = 20, 0.24, 3
STEPS = (1, 2, 5, 10)
"""Steps of ticks."""

LONGEST_NAME, LONGEST_IN_NARROW = 36, 20

OF_RANGES = (
    "All of this is of the ranges that inputs were drawn from, independently of each other; "
    "intervals of 95 % are for sampling points and lucks."
)


def split_of(found: Sensitivity, outcome: Outcome) -> VarianceSplit:
    """The split of the variance of an outcome.

    Raises
    ------
    DrawingError
        The analysis is a screening, or there is no variance.
    """
    from sim.studies.sensitivity.variance import VarianceSplit  # brings SciPy's statistics

    of = found.found[outcome.name]
    if not isinstance(of, VarianceSplit):
        raise DrawingError("it is a screening by elementary effects, which splits no variance")
    if not of.variance.estimate > 0:
        raise DrawingError(f"{outcome.name} is the same in every run")
    return of


def shown_inputs(
    order: list[int],
    top: int | None,
    around: float,
    look: Theme,
    row_inches: float = LEAST_ROW_INCHES,
) -> list[int]:
    """Places of the inputs that have a row, of all in the order in which they matter."""
    require_height(look, around + LEAST_ROWS * row_inches)
    return order[: rows_that_fit(look, rows_asked(top, MAX_ROWS), around, row_inches)]


def name_rows(axes: Axes, labels: Sequence[str], around: float, look: Theme) -> None:
    """Write the names of inputs at their rows, from the top down."""
    longest = LONGEST_NAME if figure_of(axes).get_figwidth() >= NARROW else LONGEST_IN_NARROW
    axes.set_yticks(range(len(labels)), cut_apart(labels, longest), parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=row_type(look, len(labels), around))
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    across = axes.get_yaxis_transform()
    rows = np.arange(len(labels))
    axes.hlines(rows, 0, 1, transform=across, colors=look.grid, lw=0.6, zorder=0)


def draw_interval(
    axes: Axes, of: Interval, at: Any, row: float, colour: str, **marker: Any
) -> None:
    """Draw an estimate with its interval in a row; nothing where there is none."""
    estimate, low, high = (float(part[at]) for part in of)
    if np.isnan(estimate):
        return
    axes.plot([low, high], [row, row], color=colour, lw=1.3, solid_capstyle="butt", zorder=2)
    style: dict[str, Any] = {"marker": "o", "ms": 4.2, "mfc": colour, "mec": colour, "zorder": 3}
    axes.plot([estimate], [row], ls="", **style | marker)


def label_across(axes: Axes, label: str, n_panels: int, look: Theme) -> None:
    """Label the horizontal axis in as many lines as the panel's width asks for."""
    width = figure_of(axes).get_figwidth()
    inches = (width - (2.6 if width >= NARROW else 1.4)) / n_panels
    letters = max(12, int(inches * 72 / (SMALL * MEAN_LETTER)))
    axes.set_xlabel(textwrap.fill(label, letters), fontsize=SMALL, color=look.ink)


def n_steps(axes: Axes, n_panels: int) -> int:
    """Most steps between ticks for which the width of a panel has room."""
    return int(np.clip(figure_of(axes).get_figwidth() / n_panels, 2, 6))


def sensitivity_line(found: Sensitivity) -> str:
    """What an analysis is: title, inputs, points, runs, seed, digest."""
    study = found.study
    parts = (
        title_of(found.scenario),
        counted(len(found.inputs), "input"),
        f"{counted(study.size.n_all, 'point')} of {counted(study.n_runs, 'run')}",
        f"seed {study.seed}",
        f"digest {found.scenario.digest[:8]}",
    )
    return " · ".join(parts)


def sweep_analysis_line(found: SweepAnalysis) -> str:
    """What an analysis of a sweep is: title, points, seed of the runs, digest."""
    parts = (
        title_of(found.scenario),
        f"{counted(found.found.n_points, 'point')} of a sweep",
        f"seed {found.seed}",
        f"digest {found.scenario.digest[:8]}",
    )
    return " · ".join(parts)


def hidden_text(n_inputs: int, shown: list[int]) -> str:
    """How many inputs have no row, as the end of a heading."""
    n_hidden = n_inputs - len(shown)
    return f" (and {n_hidden:,} more)" if n_hidden else ""
