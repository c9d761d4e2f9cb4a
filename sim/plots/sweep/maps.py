"""Condition maps: an outcome over two varied numbers, alone or for each value of a third."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.plots.axes import colour_bar, legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    BESIDE_INCHES,
    MOST_PANELS,
    WIDTH,
    Layout,
    around_inches,
    canvas,
    canvas_of_panels,
    colours_of,
    draw_axis,
    draw_mesh,
    label_axis,
    length_points,
    panels_in,
    small_print_of,
    write_title,
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
    gaps_note,
    held_note,
    outcome_label,
    outcome_words,
    value_text,
    value_texts,
)
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme, is_dark
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sweep.result import Sweep

EVEN = 0.5
N_LEVELS = 6
"""About how many lines of equal means are drawn."""

PIECES = 16
"""Of a line between two vertices, where an axis is logarithmic."""

DASHES = (0, (3, 2))

LONGEST_BY = 40
PANEL_INCHES, LEAST_PANEL_INCHES = 1.55, 0.72
"""Height of a panel in a figure of no given height, and the least in one of a given height."""

GAPS = (14.0, LINE_POINTS + 6)
"""Between panels, beside and above each other, points."""


class Field(NamedTuple):
    """An outcome over two axes.

    Attributes
    ----------
    across, up : Axis
    outcome : Outcome
    values, low, high : ndarray, shape (n_across, n_up)
        Chance or mean, and the ends of its interval; NaN where there is none.
    failed : ndarray of bool, shape (n_across, n_up)
    """

    across: Axis
    up: Axis
    outcome: Outcome
    values: Reals
    low: Reals
    high: Reals
    failed: NDArray[np.bool_]


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
    look, ax
        See `sim.plots`.

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
    'US backing: level'
    """
    chosen, axes_of = chosen_outcome(sweep, outcome), grid_axes(sweep)
    lattice = lattice_of(sweep, _two_numbers(sweep, axes_of, across, up), axes_of)
    field = _outcome_over(sweep, lattice, chosen)
    refuse_nothing(sweep, field.values)
    colours = colours_of(chosen, field.values, look)
    axes = ax or canvas(6.4, 5.6, look)
    draw_axis(axes, "x", field.across, look)  # first: gaps of lines are cut in these scales
    draw_axis(axes, "y", field.up, look)
    _draw_field(axes, field, colours, look)
    colour_bar(axes, colours, outcome_label(sweep, chosen), look, chosen.is_chance)
    legend_below(axes, look)
    write_title(axes, outcome_words(sweep, chosen), look)
    notes = [*_notes(sweep, [field], lattice), base_note(lattice.axes), held_note(lattice)]
    small_print_of(axes, sweep, notes, look)
    return axes


@on_sheet
def outcome_multiples(
    sweep: Sweep,
    *,
    outcome: str | None = None,
    by: str | None = None,
    look: Theme = LIGHT,
    ax: Axes | None = None,
) -> Axes:
    """Condition maps side by side, one for each value of a third path, in the same colours.

    Parameters
    ----------
    sweep : Sweep
        Of a grid with two varied numbers and something else that is varied.
    outcome : str, optional
        Success by default, else public size.
    by : str, optional
        What differs from panel to panel: by default categories, else the number with the fewest
        values. At most twelve values have a panel.
    look, ax
        See `sim.plots`.

    Returns
    -------
    Axes
        Those that hold the panels, which are its ``child_axes``.

    Raises
    ------
    DrawingError
        The sweep has no three paths with two numbers among them in a grid, no such outcome, no
        point that could be run; or the figure is too low.
    """
    chosen, axes_of = chosen_outcome(sweep, outcome), grid_axes(sweep)
    panels = _panel_axis(sweep, axes_of, by)
    others = {path: axis for path, axis in axes_of.items() if path != panels.path}
    across, up = _two_numbers(sweep, others)
    shown = panels.thinned(MOST_PANELS)
    lattice = lattice_of(sweep, [shown, across, up], axes_of)
    fields = [_outcome_over(sweep, Lattice((across, up), rows), chosen) for rows in lattice.rows]
    values = np.stack([field.values for field in fields])
    refuse_nothing(sweep, values)
    colours = colours_of(chosen, values, look)
    layout = _square_panels(len(shown), look)
    axes = ax or canvas_of_panels(layout, look, PANEL_INCHES, LEAST_PANEL_INCHES)
    drawn = panels_in(axes, layout)
    for place, (panel, field) in enumerate(zip(drawn, fields, strict=True)):
        _draw_field(panel, field, colours, look, is_panel=True)
        is_base = place == shown.base_place
        letters = int(length_points(panel, "x") / (SMALL * MEAN_LETTER * (1.15 if is_base else 1)))
        name = value_texts(shown.labels, max(4, letters))[place]
        weight = "bold" if is_base else "normal"
        panel.set_title(name, loc="left", pad=3, size=SMALL, weight=weight, parse_math=False)
        draw_axis(panel, "x", across, look)
        draw_axis(panel, "y", up, look)
        panel.set(xlabel="", ylabel="")
        panel.tick_params(labelbottom=layout.is_lowest(place), labelleft=layout.is_left(place))
    label_axis(axes, "x", across.name, look)
    label_axis(axes, "y", up.name, look)
    longest = max((len(tick.get_text()) for tick in drawn[0].get_yticklabels()), default=0)
    axes.xaxis.labelpad = LINE_POINTS + 6  # clear of what is written at the ticks of panels
    axes.yaxis.labelpad = longest * MEAN_LETTER * SMALL * 1.1 + 11
    colour_bar(axes, colours, outcome_label(sweep, chosen), look, chosen.is_chance)
    legend_below(axes, look, others=drawn)
    words = f"{outcome_words(sweep, chosen)}, by {cut(shown.name, LONGEST_BY)}"
    write_title(axes, words, look, 1)
    notes = [*_notes(sweep, fields, lattice)]
    notes += ["Bold: as in the base scenario."] * (shown.base_place is not None)
    notes += [f"{len(shown)} of {len(panels)} values have a panel."] * (len(shown) < len(panels))
    small_print_of(axes, sweep, [*notes, held_note(lattice)], look)
    return axes


def _two_numbers(
    sweep: Sweep, axes: dict[str, Axis], across: str | None = None, up: str | None = None
) -> list[Axis]:
    """The two numbers that a map has for its axes: those asked for, else the first in the study."""
    asked = [checked_path(sweep, path) for path in (across, up) if path is not None]
    wrong = next((path for path in asked if not axes[path].is_number), None)
    all_numbers = [path for path, axis in axes.items() if axis.is_number]
    there = f"numbers that are varied here: {', '.join(all_numbers) or 'none'}"
    if wrong is not None:
        raise DrawingError(f"{wrong!r} has categories; a map takes two varied numbers ({there})")
    if len(set(asked)) < len(asked):
        raise DrawingError(f"{across!r} cannot be on both axes ({there})")
    numbers = [path for path, axis in axes.items() if axis.is_number and path not in asked]
    numbers.sort(key=lambda path: len(axes[path]) < 2)  # a single value spans no map
    if len(asked) + len(numbers) < 2:
        raise DrawingError(f"it takes two varied numbers ({there}); see outcome_lines")
    first = across or numbers.pop(0)
    return [axes[first], axes[up or numbers[0]]]


def _panel_axis(sweep: Sweep, axes: dict[str, Axis], by: str | None) -> Axis:
    """What differs from panel to panel: categories, else the number with the fewest values."""
    if by is not None:
        return axes[checked_path(sweep, by)]
    varied = [axis for axis in axes.values() if len(axis) > 1]
    if len(varied) < 3:
        there = ", ".join(axis.path for axis in varied) or "none"
        raise DrawingError(
            "it takes three varied paths, with more than one value each (there are: "
            f"{there}); see condition_map or outcome_lines"
        )
    categories = [axis for axis in varied if not axis.is_number]
    return min(categories or reversed(varied), key=len)


def _square_panels(n_panels: int, look: Theme) -> Layout:
    """Panels in rows, such that they come out large and about as high as wide."""
    width = look.width or WIDTH

    def least_side(n_across: int) -> float:
        n_down = -(-n_panels // n_across)
        beside = (width - BESIDE_INCHES) / n_across - GAPS[0] / 72
        if look.height is None:
            return -abs(np.log(1.6 * n_down / n_across)) if beside > 0.75 else beside - 99.0
        return min(beside, 1.2 * (look.height - around_inches(width)) / n_down - GAPS[1] / 72)

    n_across = max(range(1, n_panels + 1), key=least_side)
    n_down = -(-n_panels // n_across)
    return Layout(n_panels, -(-n_panels // n_down), GAPS)


def _outcome_over(sweep: Sweep, lattice: Lattice, outcome: Outcome) -> Field:
    """An outcome over the two axes of a lattice."""
    across, up = lattice.axes
    values, low, high = (
        lattice.of(sweep.column(f"{outcome.name}{part}")) for part in ("", ".low", ".high")
    )
    return Field(across, up, outcome, values, low, high, lattice.failed(sweep))


def _draw_field(
    axes: Axes, field: Field, colours: ScalarMappable, look: Theme, is_panel: bool = False
) -> None:
    """Draw a field: its cells, its lines, and the base scenario's place.

    Cells that could not be run are hatched, those not done yet are blank. A panel among others
    has no numbers at its lines, and the base scenario may differ from it.
    """
    x, y = field.across.edges, field.up.edges
    if field.failed.any():
        hatched: dict[str, Any] = {"hatch": "////", "fc": "none", "ec": look.faint, "lw": 0}
        axes.add_patch(Rectangle((x[0], y[0]), x[-1] - x[0], y[-1] - y[0], **hatched))
        axes.add_patch(Rectangle((x[0], y[0]), 0, 0, label="could not be run", **hatched))
        blank = np.where(field.failed, np.nan, 1.0)
        paper = ListedColormap([look.paper]).with_extremes(bad=(0.0, 0.0, 0.0, 0.0))
        axes.pcolormesh(x, y, blank.T, cmap=paper, rasterized=True)
    draw_mesh(axes, x, y, field.values.T, colours)
    if field.outcome.is_chance:
        _draw_even(axes, field, look, not is_panel)
    elif not is_panel:
        _draw_levels(axes, field, colours)
    across, up = field.across.base, field.up.base
    if across is not None and up is not None and field.across.holds(across) and field.up.holds(up):
        axes.plot(
            *([across], [up]),
            marker="X",
            ms=7 if is_panel else 9,
            mfc=look.paper,
            mec=look.ink,
            mew=1.1,
            ls="",
            zorder=5,
            label="base scenario's values",  # what is held may be another value than its own
        )


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
    levels = [level for level, lines in pieces.items() if lines]
    if not levels:
        return
    shades = colours.to_rgba(np.array(levels))
    inks = ["white" if is_dark(tuple(shade)) else "#222222" for shade in shades]
    lines = [pieces[level] for level in levels]
    drawn = ContourSet(axes, levels, lines, colors=inks, linewidths=0.9)
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
    axes = (field.across, field.up)
    across, up = (axis.scaled(axis.positions) for axis in axes)
    scratch = Figure().add_subplot()
    found = scratch.contour(across, up, np.ma.masked_invalid(values.T), levels=[level])
    # Gaps for labels are cut straight between vertices, of which a curve on a log axis takes many.
    n_pieces = PIECES if any(axis.is_log for axis in axes) else 1
    lines = []
    for line in found.allsegs[0]:
        if len(line) > 1:
            places = np.arange((len(line) - 1) * n_pieces + 1) / n_pieces
            columns = [np.interp(places, range(len(line)), column) for column in line.T]
            numbers = [
                10.0**column if axis.is_log else column
                for axis, column in zip(axes, columns, strict=True)
            ]
            lines.append(np.stack(numbers, axis=1))
    return lines


def _notes(sweep: Sweep, fields: list[Field], lattice: Lattice) -> list[str]:
    """What must be known of maps: whether a chance is anywhere even, errors, and gaps."""
    outcome = fields[0].outcome
    values, low, high = (np.stack(parts) for parts in zip(*(f[3:6] for f in fields), strict=True))
    notes = []
    if outcome.is_chance:
        name = "Success" if outcome.name == "success" else "It"
        if np.nanmax(values) < EVEN:
            notes.append(f"{name} is never as likely as not.")
        elif np.nanmin(values) > EVEN:
            notes.append(f"{name} is always more likely than not.")
        elif not any(level_lines(field, field.values, EVEN) for field in fields):
            notes.append("No line can be drawn where the chance is even.")
        is_crossed = any(level_lines(f, end, EVEN) for f in fields for end in (f.low, f.high))
        reaches = (low <= EVEN) & (high >= EVEN)
        if is_crossed:
            notes.append(
                "Dashed: where the ends of the 95 % interval are even; it is Monte Carlo error "
                "alone, point by point."
            )
        elif reaches[high > 0].all():
            notes.append("At every point the 95 % interval holds 50 %.")
    if np.isfinite(high).any():
        most = amount(sweep, outcome, float(np.nanmax(high - low)) / 2)
        notes.append(f"Half the width of a 95 % interval is at most {most}.")
    else:
        notes.append(NO_INTERVAL)
    return [*notes, gaps_note(sweep, lattice, "hatched", outcome)]
