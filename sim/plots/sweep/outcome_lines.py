"""Outcome lines: an outcome along one varied number, or category by category, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.axes import legend_below, lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    canvas_along,
    draw_axis,
    draw_row_names,
    length_points,
    mark_base,
    mark_gaps,
    notes_along,
    outcome_axis,
    small_print_of,
    thinned_rows,
    write_title,
)
from sim.plots.sweep.grid import (
    Axis,
    Reals,
    along_axis,
    checked_path,
    chosen_outcome,
    grid_axes,
    lattice_of,
    refuse_nothing,
)
from sim.plots.sweep.words import (
    NO_INTERVAL,
    left_out_note,
    outcome_label,
    outcome_words,
    value_texts,
    wrapped,
)
from sim.plots.theme import DASHES, LIGHT, MARKERS, MEAN_LETTER, SMALL, Theme

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
        is_clear = self.n_lines <= MOST_SPREADS or not self.along.is_number
        return not self.outcome.is_chance and is_clear

    def labels(self, line: int) -> tuple[str | None, str | None, str | None]:
        """Labels of a line, its interval and its spread; of several, of the line alone."""
        if self.by is not None:
            return value_texts(self.by.labels)[line], None, None
        kind = "chance" if self.outcome.is_chance else "mean"
        return kind, "95 % interval (Monte Carlo)", "90 % of runs"

    def colour(self, line: int, look: Theme) -> str | tuple[float, ...]:
        """Colour of a line: along a ramp for numbers, of its own for a category."""
        if self.by is None or self.n_lines == 1:
            return look.public
        if not self.by.is_number:
            return look.series_colour(line)
        shade = 0.45 + 0.55 * line / (self.n_lines - 1)
        return tuple(look.chance_colours()(shade))

    def style(self, line: int) -> dict[str, Any]:
        """Dashes and marker of a line, which tell it from others without colour."""
        return {"ls": DASHES[line % len(DASHES)], "marker": MARKERS[line % len(MARKERS)]}

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
    look, ax
        See `sim.plots`.

    Raises
    ------
    DrawingError
        The design is no grid, there is no such outcome, no point could be run, or the figure is
        too low for a row each.
    """
    chosen, axes_of = chosen_outcome(sweep, outcome), grid_axes(sweep)
    along = along_axis(sweep, axes_of, across)
    lines = _lines_axis(sweep, axes_of, along, by)
    row_height = 1 + 0.3 * (len(lines) - 1) if lines is not None else 1.0
    along = thinned_rows(along, look, ax is not None, row_height)
    lattice = lattice_of(sweep, [along, lines] if lines else [along], axes_of)
    names = ("", ".low", ".high", *((".q05", ".q95") if not chosen.is_chance else ()))
    parts = {
        name: lattice.of(sweep.column(f"{chosen.name}{name}")).reshape(len(along), -1)
        for name in names
    }
    series = Series(along, lines, chosen, parts)
    refuse_nothing(sweep, parts[""])
    axes = ax or canvas_along(along, look, row_height)
    (_draw_lines if along.is_number else _draw_dots)(axes, series, look)
    mark_gaps(axes, along, lattice.failed(sweep), look)
    words = outcome_label(sweep, chosen)
    outcome_axis(axes, "y" if along.is_number else "x", chosen, words, look)
    letters = max(14, int(length_points(axes, "x") / (SMALL * MEAN_LETTER)))
    by_what = None if lines is None else "\n".join(wrapped(lines.name, letters))
    legend_below(axes, look, title=by_what, has_rows=not along.is_number)
    write_title(axes, outcome_words(sweep, chosen), look)
    notes = [_bands_note(series), covered_note(series)]
    notes += [left_out_note(axes_of[lines.path], lines)] if lines is not None else []
    notes += notes_along(axes, sweep, lattice, axes_of[along.path], chosen)
    small_print_of(axes, sweep, notes, look)
    return axes


def _lines_axis(sweep: Sweep, axes: dict[str, Axis], along: Axis, by: str | None) -> Axis | None:
    """What differs from line to line: what is asked for, else few categories, else a number.

    Values at which no point could be run have no line, unless none has.
    """
    if by is not None:
        if by == along.path:
            rest = ", ".join(path for path in axes if path != by) or "none"
            raise DrawingError(
                f"{by!r} cannot be both along the axis and from line to line (other paths: {rest})"
            )
        chosen = axes[checked_path(sweep, by)]
    else:
        others = [a for a in axes.values() if a.path != along.path and len(a) > 1]
        few = [a for a in others if not a.is_number and len(a) <= MOST_CATEGORY_LINES]
        found = [*few, *(a for a in others if a.is_number), *others]
        if not found:
            return None
        chosen = found[0]
    runs = lattice_of(sweep, [along, chosen], axes).of(sweep.column("n_runs"))
    kept = np.flatnonzero((np.nan_to_num(runs) > 0).any(axis=0))
    chosen = chosen.only(kept) if kept.size else chosen
    if chosen.is_number:
        return chosen if len(chosen) <= MOST_LINES else chosen.thinned(SOME_LINES)
    return chosen.thinned(MOST_CATEGORY_LINES)


def _draw_lines(axes: Axes, series: Series, look: Theme) -> None:
    """Draw each line with its bands over a numeric axis."""
    x, alpha = series.along.positions, 0.4 if series.by is None else 0.25
    for line in range(series.n_lines):
        colour, (name, interval, spread) = series.colour(line, look), series.labels(line)
        part = {name: values[:, line] for name, values in series.parts.items()}
        band: dict[str, Any] = {"color": colour, "lw": 0}
        if series.has_spread:
            axes.fill_between(x, part[".q05"], part[".q95"], alpha=0.15, label=spread, **band)
        axes.fill_between(x, part[".low"], part[".high"], alpha=alpha, label=interval, **band)
        alone = apart(part[""])  # a band takes two points
        low, high = part[".low"][alone], part[".high"][alone]
        axes.vlines(x[alone], low, high, color=colour, alpha=0.6, lw=3)
        if series.has_spread:
            ends = (part[".q05"][alone], part[".q95"][alone])
            axes.vlines(x[alone], *ends, color=colour, alpha=0.5, lw=1)
        size = 3.5 if len(x) <= MOST_MARKED or alone.any() else 0
        style = {**series.style(line), "lw": series.width(line), "ms": size}
        axes.plot(x, part[""], color=colour, label=name, **style)
    mark_base(axes, series.along, look)
    if series.outcome.is_chance:
        axes.axhline(0.5, color=look.faint, lw=0.6, zorder=0.5)
    lines_across(axes, look)
    draw_axis(axes, "x", series.along, look, is_padded=True)


def apart(values: Reals) -> NDArray[np.bool_]:
    """Which numbers have no number beside them."""
    there = np.concatenate([[False], np.isfinite(values), [False]])
    alone: NDArray[np.bool_] = there[1:-1] & ~there[:-2] & ~there[2:]
    return alone


def _draw_dots(axes: Axes, series: Series, look: Theme) -> None:
    """Draw a row for each category: a dot, its interval, and of a mean the spread over runs."""
    rows, step = np.arange(len(series.along), dtype=np.float64), 0.7 / series.n_lines
    for line in range(series.n_lines):
        y, colour = rows + (line - (series.n_lines - 1) / 2) * step, series.colour(line, look)
        name, interval, spread = series.labels(line)
        part = {name: values[:, line] for name, values in series.parts.items()}
        bar: dict[str, Any] = {"color": colour}
        if series.has_spread:
            ends = (part[".q05"], part[".q95"])
            axes.hlines(y, *ends, alpha=0.5, lw=1, label=spread or "", **bar)
        ends = (part[".low"], part[".high"])
        axes.hlines(y, *ends, alpha=0.6, lw=3.5, label=interval or "", **bar)
        marker = series.style(line)["marker"]
        axes.plot(part[""], y, marker, color=colour, ms=4, label=name)
    lines_across(axes, look, "x")
    draw_row_names(axes, series.along, look)


def _bands_note(series: Series) -> str:
    """What bands and bars mean."""
    dark, light = ("Bands", "Faint bands") if series.n_lines > 1 else ("Dark band", "Faint band")
    if not series.along.is_number:
        dark, light = "Thick bars", "Thin bars"
    said = [f"{dark}: 95 % interval, Monte Carlo error alone, point by point."]
    if np.isnan(series.parts[".low"]).all():
        said = [NO_INTERVAL]
    if series.has_spread:
        said.append(f"{light}: 90 % of runs; more runs do not reduce this variation.")
    if not series.along.is_number and series.along.base_place is not None:
        said.append("Bold: the base scenario.")
    return " ".join(said)


def covered_note(series: Series) -> str:
    """Which lines have the same numbers everywhere, so that only the last can be seen."""
    if series.by is None or not series.along.is_number:  # dots of a row lie beside each other
        return ""
    alike: dict[bytes, list[str]] = {}
    for values, label in zip(series.parts[""].T, value_texts(series.by.labels), strict=True):
        alike.setdefault((np.round(values, 12) + 0.0).tobytes(), []).append(label)
    return " ".join(
        f"{len(names)} lines lie on each other: {', '.join(names)}."
        for names in alike.values()
        if len(names) > 1
    )
