"""Outcome lines: an outcome along one varied number, or category by category, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    MOST_ROWS,
    ROW_INCHES,
    WIDTH,
    around_inches,
    canvas,
    draw_axis,
    draw_row_names,
    legend_under,
    mark_base,
    mark_gaps,
    outcome_axis,
    rows_note,
    rows_that_fit,
    small_print_of,
    title,
)
from sim.plots.sweep.grid import (
    Axis,
    Lattice,
    Reals,
    checked_path,
    chosen_outcome,
    grid_axes,
    lattice_of,
    refuse_nothing,
)
from sim.plots.sweep.words import (
    NO_INTERVAL,
    base_note,
    capital,
    gaps_note,
    held_note,
    outcome_words,
    path_words,
    value_text,
    with_unit,
)
from sim.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sweep.result import Sweep

MOST_LINES, SOME_LINES, MOST_CATEGORY_LINES = 7, 5, 8
"""Values of a number that all have a line; how many of more have one; lines of categories."""

MOST_SPREADS = 2
"""Lines that each have a band of the spread over runs; with more, bands cover each other."""

MOST_MARKED = 30
"""Points of a line that are marked by a dot each."""


class Series(NamedTuple):
    """An outcome along an axis, once for each line.

    Attributes
    ----------
    along : Axis
    by : Axis or None
        What differs from line to line.
    outcome : Outcome
    parts : mapping of part to ndarray, shape (n_along, n_lines)
        The value under "", its interval under ".low" and ".high"; of a mean, also the spread over
        runs under ".q05" and ".q95".
    """

    along: Axis
    by: Axis | None
    outcome: Outcome
    parts: dict[str, Reals]

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return int(self.parts[""].shape[1])

    @property
    def has_spread(self) -> bool:
        """Whether the spread over runs is drawn."""
        return not self.outcome.is_chance and self.n_lines <= MOST_SPREADS

    def name(self, line: int) -> str | None:
        """The value that a line stands for."""
        return None if self.by is None else value_text(self.by.labels[line])

    def colour(self, line: int, look: Theme) -> str | tuple[float, ...]:
        """Colour of a line: along a ramp for numbers, of its own for a category."""
        if self.by is None or self.n_lines == 1:
            return look.public
        if not self.by.is_number:
            return look.series_colour(line)
        shade = 0.45 + 0.55 * line / (self.n_lines - 1)
        return tuple(look.chance_colours()(shade))

    def width(self, line: int) -> float:
        """Width of a line, points: of few categories, the first are wider, to be seen below."""
        if self.by is None or self.by.is_number or self.n_lines > 3:
            return 1.8
        return 1.6 + 1.2 * (self.n_lines - 1 - line)


@on_sheet
def outcome_lines(
    sweep: Sweep,
    *,
    outcome: str | None = None,
    across: str | None = None,
    by: str | None = None,
    look: Theme = LIGHT,
    ax: Axes | None = None,
) -> Axes:
    """A chance or mean along one varied number, with its 95 % interval.

    A second path makes one line for each of its values. Where only categories are varied, each has
    a row with a dot.

    Parameters
    ----------
    sweep : Sweep
        Of a grid.
    outcome : str, optional
        Success by default, else public size.
    across : str, optional
        The number on the horizontal axis, or the categories that have a row each; by default the
        number with the most values, if there is one.
    by : str, optional
        What differs from line to line, if anything: at most 8 categories or 7 numbers are drawn.
    look : Theme
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The design is no grid, there is no such outcome, no point could be run, or the figure is
        too low for a row each.
    """
    chosen, axes_of = chosen_outcome(sweep, outcome), grid_axes(sweep)
    along = along_axis(sweep, axes_of, across)
    lines = _lines_axis(sweep, axes_of, along, by)
    if not along.is_number:
        most = rows_that_fit(look, WIDTH, MOST_ROWS) if ax is None else MOST_ROWS
        along = along.thinned(max(2, int(most / _row_height(lines))))
    lattice = lattice_of(sweep, [along, lines] if lines else [along], axes_of)
    series = _series(sweep, lattice, chosen)
    refuse_nothing(sweep, series.parts[""])
    axes = _canvas(series, look) if ax is None else ax
    (_draw_lines if along.is_number else _draw_dots)(axes, series, look)
    mark_gaps(axes, along, lattice.failed(sweep), look)
    side, words = "y" if along.is_number else "x", outcome_words(sweep, chosen, with_day=False)
    outcome_axis(axes, "y" if side == "y" else "x", chosen, with_unit(words, chosen), look)
    words = "" if lines is None else path_words(lines.path)
    legend_under(axes, look, words, has_rows=not along.is_number)
    title(axes, capital(outcome_words(sweep, chosen)), look)
    if ax is None:
        gaps = gaps_note(sweep, lattice, "crosses")
        notes = [
            _bands_note(series),
            rows_note(axes, along),
            covered_note(series),
            _left_out(axes_of, along, lines),
        ]
        notes += [gaps, base_note([along]), held_note(lattice)]
        small_print_of(axes, sweep, notes, look)
    return axes


def along_axis(sweep: Sweep, axes: dict[str, Axis], path: str | None = None) -> Axis:
    """The axis of the path asked for; else the longest of a number; else of categories."""
    if path is not None:
        return axes[checked_path(sweep, path)]
    numbers = [axis for axis in axes.values() if axis.is_number]
    longest = max(numbers or axes.values(), key=len)
    if len(longest) < 2:  # a single number says less than categories do
        longest = max(axes.values(), key=len)
    return longest


def _lines_axis(sweep: Sweep, axes: dict[str, Axis], along: Axis, by: str | None) -> Axis | None:
    """What differs from line to line: what is asked for, else few categories, else a number."""
    if by is not None:
        if by == along.path:
            raise DrawingError(f"{by!r} cannot be both along the axis and from line to line")
        chosen = axes[checked_path(sweep, by)]
    else:
        others = [a for a in axes.values() if a.path != along.path and len(a) > 1]
        few = [a for a in others if not a.is_number and len(a) <= MOST_CATEGORY_LINES]
        found = [*few, *(a for a in others if a.is_number), *others]
        if not found:
            return None
        chosen = found[0]
    chosen = _with_numbers(sweep, axes, along, chosen)
    if chosen.is_number:
        return chosen if len(chosen) <= MOST_LINES else chosen.thinned(SOME_LINES)
    return chosen.thinned(MOST_CATEGORY_LINES)


def _with_numbers(sweep: Sweep, axes: dict[str, Axis], along: Axis, lines: Axis) -> Axis:
    """The values of a path at which some point could be run; all where none could."""
    runs = lattice_of(sweep, [along, lines], axes).of(sweep.column("n_runs"))
    kept = np.flatnonzero((np.nan_to_num(runs) > 0).any(axis=0))
    return lines.only(kept) if kept.size else lines


def _series(sweep: Sweep, lattice: Lattice, outcome: Outcome) -> Series:
    names = ("", ".low", ".high") if outcome.is_chance else ("", ".low", ".high", ".q05", ".q95")
    parts = {
        name: lattice.of(sweep.column(f"{outcome.name}{name}")).reshape(len(lattice.axes[0]), -1)
        for name in names
    }
    return Series(
        lattice.axes[0], lattice.axes[1] if len(lattice.axes) > 1 else None, outcome, parts
    )


def _canvas(series: Series, look: Theme) -> Axes:
    """A new figure; with rows, high enough for them."""
    if series.along.is_number:
        return canvas(WIDTH, 5.0, look)
    rows = len(series.along) * _row_height(series.by)
    around = around_inches(look.width or WIDTH)
    return canvas(WIDTH, around + max(1.3, ROW_INCHES * rows), look)


def _row_height(lines: Axis | None) -> float:
    """Height of a row, in rows with a single dot."""
    return 1 + 0.3 * (len(lines) - 1) if lines is not None else 1.0


def _draw_lines(axes: Axes, series: Series, look: Theme) -> None:
    """Draw each line with its bands over a numeric axis."""
    for line in range(series.n_lines):
        _draw_line(axes, series, line, look)
    mark_base(axes, series.along, look)
    if series.outcome.is_chance:
        axes.axhline(0.5, color=look.faint, lw=0.6, zorder=0.5)
    axes.grid(axis="y", color=look.grid, lw=0.8)
    axes.set_axisbelow(True)
    draw_axis(axes, "x", series.along, look, is_padded=True)


def _draw_line(axes: Axes, series: Series, line: int, look: Theme) -> None:
    x, colour = series.along.positions, series.colour(line, look)
    part = {name: values[:, line] for name, values in series.parts.items()}
    is_alone = series.by is None
    if series.has_spread:
        label = "90 % of runs" if is_alone else None
        axes.fill_between(
            x, part[".q05"], part[".q95"], color=colour, alpha=0.15, lw=0, label=label
        )
    label, alpha = "95 % interval (Monte Carlo)" if is_alone else None, 0.4 if is_alone else 0.25
    axes.fill_between(x, part[".low"], part[".high"], color=colour, alpha=alpha, lw=0, label=label)
    alone = apart(part[""])  # a band takes two points
    axes.vlines(x[alone], part[".low"][alone], part[".high"][alone], color=colour, alpha=0.6, lw=3)
    if series.has_spread:
        ends = (part[".q05"][alone], part[".q95"][alone])
        axes.vlines(x[alone], *ends, color=colour, alpha=0.5, lw=1)
    kind = "chance" if series.outcome.is_chance else "mean"
    axes.plot(
        *(x, part[""]),
        color=colour,
        lw=series.width(line),
        marker="o",
        ms=3.5 if len(x) <= MOST_MARKED or alone.any() else 0,
        label=kind if is_alone else series.name(line),
    )


def apart(values: Reals) -> NDArray[np.bool_]:
    """Which numbers have no number beside them."""
    there = np.concatenate([[False], np.isfinite(values), [False]])
    alone: NDArray[np.bool_] = there[1:-1] & ~there[:-2] & ~there[2:]
    return alone


def _draw_dots(axes: Axes, series: Series, look: Theme) -> None:
    """Draw a row for each category: a dot, its interval, and of a mean the spread over runs."""
    rows = np.arange(len(series.along), dtype=np.float64)
    step = 0.7 / series.n_lines
    for line in range(series.n_lines):
        y, colour = rows + (line - (series.n_lines - 1) / 2) * step, series.colour(line, look)
        part = {name: values[:, line] for name, values in series.parts.items()}
        is_alone = series.by is None
        if not series.outcome.is_chance:
            label = "90 % of runs" if is_alone else ""
            axes.hlines(y, part[".q05"], part[".q95"], color=colour, alpha=0.5, lw=1, label=label)
        label = "95 % interval (Monte Carlo)" if is_alone else ""
        axes.hlines(y, part[".low"], part[".high"], color=colour, alpha=0.6, lw=3.5, label=label)
        kind = "chance" if series.outcome.is_chance else "mean"
        name = kind if is_alone else series.name(line)
        axes.plot(part[""], y, "o", color=colour, ms=4, label=name)
    axes.grid(axis="x", color=look.grid, lw=0.8)
    axes.set_axisbelow(True)
    draw_row_names(axes, series.along, look)


def _bands_note(series: Series) -> str:
    """What bands and bars mean."""
    if series.along.is_number:
        dark, light = "Bands" if series.n_lines > 1 else "Dark band", "Faint band"
        light = "Faint bands" if series.n_lines > 1 else light
    else:
        dark, light = "Thick bars", "Thin bars"
    said = [f"{dark}: 95 % interval, Monte Carlo error alone, point by point."]
    if np.isnan(series.parts[".low"]).all():
        said = [NO_INTERVAL]
    if series.has_spread or (not series.outcome.is_chance and not series.along.is_number):
        said.append(f"{light}: 90 % of runs, the spread of luck, which more runs do not shrink.")
    if not series.along.is_number and series.along.base_place is not None:
        said.append("Bold: the base scenario.")
    return " ".join(said)


def covered_note(series: Series) -> str:
    """Which lines have the same numbers everywhere, so that only the last can be seen."""
    if not series.along.is_number:  # dots of a row lie beside each other
        return ""
    alike: dict[bytes, list[str]] = {}
    for line in range(series.n_lines):
        values = np.round(series.parts[""][:, line], 12) + 0.0
        alike.setdefault(values.tobytes(), []).append(series.name(line) or "")
    said = [
        f"{len(names)} lines lie on each other: {', '.join(names)}."
        for names in alike.values()
        if len(names) > 1
    ]
    return " ".join(said)


def _left_out(axes: dict[str, Axis], along: Axis, lines: Axis | None) -> str:
    """How many values are left out."""
    said = [
        f"{len(shown)} of {len(axes[shown.path])} values of {path_words(shown.path)} are drawn."
        for shown in (along, lines)
        if shown is not None and len(shown) < len(axes[shown.path])
    ]
    return " ".join(said)
