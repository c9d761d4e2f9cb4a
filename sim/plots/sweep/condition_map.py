"""Condition maps: an outcome over two varied numbers, and where its chance is even."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.plots.axes import colour_bar
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    canvas,
    colours_of,
    draw_axis,
    legend_under,
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
    amount,
    base_note,
    capital,
    gaps_note,
    held_note,
    outcome_words,
    value_text,
    with_unit,
)
from sim.plots.theme import LIGHT, SMALL, Theme, is_dark

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sweep.result import Sweep

EVEN = 0.5
N_LEVELS = 6
"""About how many lines of equal means are drawn."""

PIECES = 16
"""Of a line between two vertices, where an axis is logarithmic."""

DASHES = (0, (3, 2))


class Field(NamedTuple):
    """An outcome over two axes.

    Attributes
    ----------
    across, up : Axis
    outcome : Outcome
    values, low, high : ndarray, shape (n_across, n_up)
        Chance or mean, and the ends of its interval; NaN where there is none.
    failed, done : ndarray of bool, shape (n_across, n_up)
    """

    across: Axis
    up: Axis
    outcome: Outcome
    values: Reals
    low: Reals
    high: Reals
    failed: NDArray[np.bool_]
    done: NDArray[np.bool_]


@on_sheet
def condition_map(
    sweep: Sweep,
    *,
    outcome: str | None = None,
    across: str | None = None,
    up: str | None = None,
    look: Theme = LIGHT,
    ax: Axes | None = None,
) -> Axes:
    """Heat map of a chance or mean over two varied numbers, with the line where a chance is even.

    Dashed lines show where the ends of the 95 % interval of a chance are even: between them, Monte
    Carlo error leaves open on which side of even a point lies. A mean has lines of equal means
    instead. A cross marks the base scenario; points that could not be run are hatched.

    Parameters
    ----------
    sweep : Sweep
        Of a grid with two varied numbers or more.
    outcome : str, optional
        Success by default, else public size.
    across, up : str, optional
        Which of the varied numbers; the first two by default. Others are held at the value
        nearest to the base scenario's.
    look : Theme
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The sweep has no two numbers in a grid, no such outcome, or no point that could be run.

    Examples
    --------
    >>> import sim
    >>> levels = {f"conditions.{name}.level": [0.2, 0.8] for name in ("us_backing",
    ...           "ukrainian_acceptability")}
    >>> found = sim.sweep(sim.load_scenario("paris_2025"), levels, runs=20)
    >>> condition_map(found).get_xlabel()
    'us_backing: level'
    """
    chosen, axes_of = chosen_outcome(sweep, outcome), grid_axes(sweep)
    lattice = lattice_of(sweep, two_numbers(sweep, axes_of, across, up), axes_of)
    field = field_of(sweep, lattice, chosen)
    refuse_nothing(sweep, field.values)
    colours = colours_of(chosen, field.values, look)
    axes = canvas(6.4, 5.6, look) if ax is None else ax
    draw_axis(axes, "x", field.across, look)  # first: gaps of lines are cut in these scales
    draw_axis(axes, "y", field.up, look)
    draw_field(axes, field, colours, look)
    words = outcome_words(sweep, chosen, with_day=False)
    colour_bar(axes, colours, with_unit(words, chosen), look, chosen.is_chance)
    legend_under(axes, look)
    title(axes, capital(outcome_words(sweep, chosen)), look)
    if ax is None:
        notes = [
            *field_notes(sweep, [field], lattice),
            base_note(lattice.axes),
            held_note(lattice),
        ]
        small_print_of(axes, sweep, notes, look)
    return axes


def two_numbers(
    sweep: Sweep, axes: dict[str, Axis], across: str | None = None, up: str | None = None
) -> list[Axis]:
    """The two numbers that a map has for its axes: those asked for, else the first in the study.

    Raises
    ------
    DrawingError
        There are no two numbers, or one asked for is none.
    """
    asked = [checked_path(sweep, path) for path in (across, up) if path is not None]
    wrong = next((path for path in asked if not axes[path].is_number), None)
    if wrong is not None:
        raise DrawingError(f"{wrong!r} has categories; a map takes two varied numbers")
    if len(set(asked)) < len(asked):
        raise DrawingError(f"{across!r} cannot be on both axes")
    numbers = [path for path, axis in axes.items() if axis.is_number and path not in asked]
    numbers.sort(key=lambda path: len(axes[path]) < 2)  # a single value spans no map
    if len(asked) + len(numbers) < 2:
        raise DrawingError("it takes two varied numbers")
    first = across or numbers.pop(0)
    return [axes[first], axes[up or numbers[0]]]


def field_of(sweep: Sweep, lattice: Lattice, outcome: Outcome) -> Field:
    """An outcome over the two axes of a lattice."""
    across, up = lattice.axes
    values, low, high = (
        lattice.of(sweep.column(f"{outcome.name}{part}")) for part in ("", ".low", ".high")
    )
    failed, done = lattice.failed(sweep), lattice.rows >= 0
    return Field(across, up, outcome, values, low, high, failed, done)


def draw_field(
    axes: Axes, field: Field, colours: ScalarMappable, look: Theme, is_panel: bool = False
) -> None:
    """Draw a field: its colours, its lines, and the base scenario's place.

    A panel among others has no numbers at its lines, and the base scenario may differ from it.
    """
    _draw_cells(axes, field, colours, look)
    if field.outcome.is_chance:
        _draw_even(axes, field, look, not is_panel)
    elif not is_panel:
        _draw_levels(axes, field, colours)
    x, y = field.across.base, field.up.base
    if x is not None and y is not None and field.across.holds(x) and field.up.holds(y):
        axes.plot(
            *([x], [y]),
            marker="X",
            ms=7 if is_panel else 9,
            mfc=look.paper,
            mec=look.ink,
            mew=1.1,
            ls="",
            zorder=5,
            label="base scenario's values",  # what is held may be another value than its own
        )


def _draw_cells(axes: Axes, field: Field, colours: ScalarMappable, look: Theme) -> None:
    """Colour every cell; hatch those that could not be run, leave blank those not done yet."""
    x, y = field.across.edges, field.up.edges
    if field.failed.any():
        hatched: dict[str, Any] = {"hatch": "////", "fc": "none", "ec": look.faint, "lw": 0}
        axes.add_patch(Rectangle((x[0], y[0]), x[-1] - x[0], y[-1] - y[0], **hatched))
        axes.add_patch(Rectangle((x[0], y[0]), 0, 0, label="could not be run", **hatched))
        blank = np.where(field.failed, np.nan, 1.0)
        axes.pcolormesh(x, y, blank.T, cmap=_only(look.paper), rasterized=True)
    values = np.ma.masked_invalid(field.values.T)
    shown: Any = {"norm": colours.norm, "cmap": colours.cmap, "rasterized": True}
    axes.pcolormesh(x, y, values, **shown)


def _only(colour: str) -> Colormap:
    """Colour map of one colour, with nothing where there is no number."""
    return ListedColormap([colour]).with_extremes(bad=(0.0, 0.0, 0.0, 0.0))


def _draw_even(axes: Axes, field: Field, look: Theme, is_labelled: bool) -> None:
    """Draw where a chance is even, and where the ends of its interval are."""
    lines = level_lines(field, field.values, EVEN)
    if lines:
        drawn = ContourSet(axes, [EVEN], [lines], colors=[look.ink], linewidths=1.8)
        axes.plot([], [], color=look.ink, lw=1.8, label="even chance")
        if is_labelled:
            _label(axes, drawn, {EVEN: "50 %"}, look.chance_colours()(EVEN))
    ends = [*level_lines(field, field.low, EVEN), *level_lines(field, field.high, EVEN)]
    for place, line in enumerate(ends):
        label = "its 95 % interval" if place == 0 else None
        axes.plot(*line.T, color=look.ink, lw=0.9, ls=DASHES, label=label, zorder=1.9)


def _draw_levels(axes: Axes, field: Field, colours: ScalarMappable) -> None:
    """Draw lines of equal means at round numbers."""
    low, high = colours.get_clim()
    found = MaxNLocator(nbins=N_LEVELS, steps=[1, 2, 5, 10]).tick_values(low, high)
    pieces = {float(level): level_lines(field, field.values, float(level)) for level in found}
    pieces = {level: lines for level, lines in pieces.items() if lines}
    if not pieces:
        return
    shades = colours.to_rgba(np.array(list(pieces)))
    inks = ["white" if is_dark(tuple(shade)) else "#222222" for shade in shades]
    levels = list(pieces)
    drawn = ContourSet(axes, levels, list(pieces.values()), colors=inks, linewidths=0.9)
    _label(axes, drawn, {level: value_text(level) for level in levels})


def _label(axes: Axes, drawn: ContourSet, texts: dict[float, str], ground: Any = None) -> None:
    """Write at every line what it stands for, in a gap of the line, and of others on the ground."""
    written = axes.clabel(drawn, fmt=texts, fontsize=SMALL, inline=True, inline_spacing=3)
    for text in written if ground is not None else []:
        text.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground=ground)])


def level_lines(field: Field, values: Reals, level: float) -> list[Reals]:
    """Lines along which values over two axes come to a level, straight between points.

    Parameters
    ----------
    field : Field
        Whose axes count; on a log axis, values are taken to be straight in its logarithm.
    values : ndarray, shape (n_across, n_up)
        NaN where there is none.
    level : float

    Returns
    -------
    list of ndarray, shape (n, 2)
        Empty where the level is not crossed.
    """
    finite = values[np.isfinite(values)]
    if min(values.shape) < 2 or not finite.size or not finite.min() < level < finite.max():
        return []
    across, up = (axis.scaled(axis.positions) for axis in (field.across, field.up))
    scratch = Figure().add_subplot()
    found = scratch.contour(across, up, np.ma.masked_invalid(values.T), levels=[level])
    lines = [np.array(line) for line in found.allsegs[0] if len(line) > 1]
    if field.across.is_log or field.up.is_log:
        lines = [_finely(line) for line in lines]
    for line in lines:
        for column, axis in enumerate((field.across, field.up)):
            if axis.is_log:
                line[:, column] = 10.0 ** line[:, column]
    return lines


def _finely(line: Reals) -> Reals:
    """A line with vertices between its own: gaps are cut straight between vertices in numbers."""
    places = np.arange((len(line) - 1) * PIECES + 1) / PIECES
    return np.stack([np.interp(places, range(len(line)), column) for column in line.T], axis=1)


def field_notes(sweep: Sweep, fields: list[Field], lattice: Lattice) -> list[str]:
    """What must be known of maps: whether a chance is anywhere even, errors, and gaps.

    Parameters
    ----------
    sweep : Sweep
    fields : list of Field
    lattice : Lattice
        All points of the fields.
    """
    outcome = fields[0].outcome
    values, low, high = (np.stack(parts) for parts in zip(*(f[3:6] for f in fields), strict=True))
    notes = []
    if outcome.is_chance:
        notes = [_even_note(fields, values), _ends_note(fields, low, high)]
    if np.isfinite(high).any():
        most = amount(float(np.nanmax(high - low)) / 2, outcome)
        notes.append(f"Half the width of a 95 % interval is at most {most}.")
    else:
        notes.append(NO_INTERVAL)
    return [*notes, gaps_note(sweep, lattice, "hatched")]


def _even_note(fields: list[Field], values: Reals) -> str:
    """Where a chance is even, if that cannot be seen."""
    name = "Success" if fields[0].outcome.name == "success" else "It"
    if np.nanmax(values) < EVEN:
        return f"{name} is never as likely as not."
    if np.nanmin(values) > EVEN:
        return f"{name} is always more likely than not."
    has_line = any(level_lines(field, field.values, EVEN) for field in fields)
    return "" if has_line else "No line can be drawn where the chance is even."


def _ends_note(fields: list[Field], low: Reals, high: Reals) -> str:
    """What dashed lines are, if there are any."""
    ends = [level_lines(f, end, EVEN) for f in fields for end in (f.low, f.high)]
    if any(ends):
        return (
            "Dashed: where the ends of the 95 % interval are even; it is Monte Carlo error alone, "
            "point by point."
        )
    reaches = (low <= EVEN) & (high >= EVEN)
    return "At every point the 95 % interval holds 50 %." if reaches[high > 0].all() else ""
