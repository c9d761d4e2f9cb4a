"""What figures of sweeps have round them: axes of what is varied, panels, legend, small print."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator, PercentFormatter
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sim.plots.axes import NARROW
from sim.plots.sheet import (
    HEADING_SHARE,
    figure_of,
    new_axes,
    require_height,
    small_print,
    write_heading,
)
from sim.plots.sweep.grid import Axis, Lattice, Reals
from sim.plots.sweep.words import (
    base_note,
    caveat,
    gaps_note,
    held_note,
    left_out_note,
    sweep_line,
    value_text,
    value_texts,
    wrapped,
)
from sim.plots.theme import LARGE, LINE_POINTS, MEAN_LETTER, NORMAL, SMALL, Theme
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sweep.result import Sweep

WIDTH = 7.2
"""Of figures but maps, inches."""

MOST_ROWS = 60
ROW_INCHES, LEAST_ROW_INCHES = 0.2, 0.092
"""Most rows with names; the height of one in a figure of no given height, and of a given one."""

MOST_LISTED, LONGEST_LISTED = 9, 4
"""Values that are all written along an axis, where there is room, and their letters; of more or
longer ones, round numbers are."""

MOST_PANELS = 12

LEAST_INCHES = 0.9
"""Least height of axes."""

BESIDE_INCHES = 1.35
"""Width of ticks, labels and colour bar beside the axes, generously."""

MOST_ROW_LABEL_LINES = 2
"""Lines along rows with names, which take up much of the width themselves."""

Side = Literal["x", "y"]


class Ticks(NamedTuple):
    """Where ticks stand, and what is written at each."""

    places: list[float]
    labels: list[str]


def ticks_of(axis: Axis, points: float, is_upright: bool = False) -> Ticks:
    """Ticks of a varied path that have room: its values if they are few, else round numbers.

    Parameters
    ----------
    axis : Axis
    points : float
        Length of the axis, points.
    is_upright : bool
        Whether the axis is vertical, so that labels lie above each other.
    """
    names, places = value_texts(axis.labels), axis.positions
    is_short = max(map(len, names)) <= LONGEST_LISTED and len(axis) <= MOST_LISTED
    if axis.is_number and len(axis) > 3 and not is_short:
        places = _round_numbers(axis, points)
        names = [value_text(place) for place in places.tolist()]
    low, high = axis.scaled(axis.edges[[0, -1]])
    shares = (axis.scaled(places) - low) / (high - low)
    kept, free_from = Ticks([], []), -np.inf
    for place, share, name in zip(places.tolist(), shares * points, names, strict=True):
        half = (LINE_POINTS if is_upright else (len(name) + 1.5) * MEAN_LETTER * SMALL) / 2
        if share - half >= free_from:
            kept.places.append(place)
            kept.labels.append(name)
            free_from = share + half
    return kept


def _round_numbers(axis: Axis, points: float) -> Reals:
    """Round numbers between the least and the greatest value of an axis."""
    low, high = axis.positions[[0, -1]]
    if axis.is_log:
        powers = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        steps = (1, 2, 5) if high < 1000 * low else (1,)
        found = [step * 10.0**power for power in powers.tolist() for step in steps]
    else:
        whole = all(isinstance(label, int) for label in axis.labels)
        most = max(2, min(8, int(points / 30)))
        locator = MaxNLocator(nbins=most, steps=[1, 2, 5, 10], integer=whole)
        found = list(locator.tick_values(low, high))
    slack = 1e-9 * (high - low)
    within = np.array([float(f"{x:.12g}") for x in found if low - slack <= x <= high + slack])
    return within if within.size > 1 else axis.positions[[0, -1]]


def draw_axis(axes: Axes, side: Side, axis: Axis, look: Theme, is_padded: bool = False) -> None:
    """Put a varied path on the horizontal (x) or vertical (y) axis: scale, limits, ticks, label.

    Parameters
    ----------
    axes, side, axis, look
    is_padded : bool
        Whether the limits lie just outside the values, for lines, and not round their cells.
    """
    if axis.is_log:
        axes.set(**{f"{side}scale": "log"})
    along = axes.xaxis if side == "x" else axes.yaxis
    along.set_minor_locator(NullLocator())
    along.set_minor_formatter(NullFormatter())
    ticks = ticks_of(axis, length_points(axes, side), side == "y")
    along.set_ticks(ticks.places, labels=ticks.labels, parse_math=False)
    axes.set(**{f"{side}lim": tuple(padded(axis) if is_padded else axis.edges[[0, -1]])})
    label_axis(axes, side, axis.name, look)


def draw_row_names(axes: Axes, axis: Axis, look: Theme) -> None:
    """Name rows after categories, from the top down; the base scenario's in bold.

    Type is smaller where rows are lower than they should be.
    """
    room, width = length_points(axes, "y") / len(axis), figure_of(axes).get_figwidth()
    share = 0.36 if width >= NARROW else 0.27
    letters = max(10, int(share * width * 72 / (SMALL * MEAN_LETTER)))
    n_lines = 2 if room > 3 * SMALL else 1
    names = [_on_lines(name, letters, n_lines) for name in value_texts(axis.labels)]
    if len(set(names)) < len(names):
        names = value_texts(axis.labels, letters)
    size = min(SMALL, 0.75 * room)
    axes.set_yticks(list(range(len(axis))), names, fontsize=size, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(axis) - 0.4, -0.6)
    if axis.base_place is not None:
        axes.get_yticklabels()[axis.base_place].set_fontweight("bold")
    label_axis(axes, "y", axis.name, look, most_lines=MOST_ROW_LABEL_LINES)


def _on_lines(words: str, letters: int, most: int) -> str:
    """Words on at most so many lines, with a mark where they are cut."""
    if len(words) <= letters or most == 1:
        return cut(words, letters)
    lines = wrapped(words, letters)
    if len(lines) > most:
        last = " ".join(lines[most - 1 :]).replace("_ ", "_")
        lines = [*lines[: most - 1], f"{last[: letters - 1].rstrip()}…"]
    return "\n".join(lines)


def thinned_rows(axis: Axis, look: Theme, is_given: bool, height: float = 1.0) -> Axis:
    """The categories that have room for a row each, at least 2; numbers are left as they are.

    Parameters
    ----------
    axis, look
    is_given : bool
        Whether the axes were given, so that the look does not say how high they are.
    height : float
        Of a row, in rows with a single dot.
    """
    most = MOST_ROWS
    if look.height is not None and not is_given:
        room = int((look.height - around_inches(look.width or WIDTH)) / LEAST_ROW_INCHES)
        most = max(2, min(most, room))
    return axis if axis.is_number else axis.thinned(max(2, int(most / height)))


def mark_base(axes: Axes, axis: Axis, look: Theme) -> None:
    """Mark the base scenario's number on the horizontal axis, if it lies within its limits."""
    low, high = padded(axis)
    if axis.base is not None and low <= axis.base <= high:
        axes.axvline(axis.base, color=look.ink, lw=0.9, ls="--", label="base scenario")


def mark_gaps(axes: Axes, along: Axis, failed: NDArray[np.bool_], look: Theme) -> None:
    """Mark at the edge of the axes where any point could not be run.

    Parameters
    ----------
    axes : Axes
    along : Axis
        Numbers along the horizontal axis, or categories down the vertical one.
    failed : ndarray of bool, the first dimension that of `along`
    look : Theme
    """
    where = along.positions[failed.reshape(len(along), -1).any(axis=1)]
    if not where.size:
        return
    x, y, at = where, 0 * where, axes.get_xaxis_transform()
    if not along.is_number:
        x, y, at = y, x, axes.get_yaxis_transform()
    label = "could not be run"
    axes.plot(x, y, "x", transform=at, color=look.faint, ms=5, clip_on=False, label=label)


def padded(axis: Axis) -> Reals:
    """Limits a little outside the values of an axis; round the cell of a single one."""
    if len(axis) == 1:
        return axis.edges
    low, high = axis.scaled(axis.positions[[0, -1]])
    ends = np.array([low - 0.03 * (high - low), high + 0.03 * (high - low)])
    return 10.0**ends if axis.is_log else ends


def label_axis(
    axes: Axes, side: Side, words: str, look: Theme, size: float = NORMAL, most_lines: int = 99
) -> None:
    """Write along an axis, on as many lines as it takes, or as it may."""
    room = length_points(axes, side) * (1.0 if side == "x" else 0.85)
    letters = max(14, int(room / (size * MEAN_LETTER)))
    axes.set(**{f"{side}label": _on_lines(words, letters, most_lines)})
    label = axes.xaxis.label if side == "x" else axes.yaxis.label
    label.set(fontsize=size, color=look.ink, parse_math=False)


def length_points(axes: Axes, side: Side) -> float:
    """About how long an axis is, points."""
    place = axes.get_position()
    width, height = figure_of(axes).get_size_inches()
    if side == "x":
        room = (width - BESIDE_INCHES) / (0.775 * width)
        return float(72 * width * place.width * min(1.0, max(0.1, room)))
    room = (height - around_inches(width)) / (0.77 * height)
    return float(72 * height * place.height * min(1.0, max(0.1, room)))


def around_inches(width: float) -> float:
    """Height of heading, labels, legend and small print, which takes more lines in less width."""
    return 1.3 + 3.5 / width + (0.8 if width < NARROW else 0.0)


def canvas(width: float, height: float, look: Theme, least: float = LEAST_INCHES) -> Axes:
    """Axes of a new figure of this size, unless the look has another.

    Parameters
    ----------
    width, height : float, inches
    look : Theme
    least : float, inches
        Least height that the axes must have.

    Raises
    ------
    DrawingError
        The look is too low for them.
    """
    require_height(look, around_inches(look.width or width) + least)
    return new_axes(width, height, look)


def canvas_along(along: Axis, look: Theme, row_height: float = 1.0) -> Axes:
    """Axes of a new figure over numbers, or high enough for rows of categories."""
    if along.is_number:
        return canvas(WIDTH, 5.0, look)
    rows = max(1.3, ROW_INCHES * len(along) * row_height)
    return canvas(WIDTH, around_inches(look.width or WIDTH) + rows, look)


def outcome_axis(axes: Axes, side: Side, outcome: Outcome, words: str, look: Theme) -> None:
    """Put an outcome on an axis: chances from 0 to 100 %, means with their unit."""
    along = axes.xaxis if side == "x" else axes.yaxis
    if outcome.is_chance:
        along.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
        axes.set(**{f"{side}lim": (-0.02, 1.02)})
    else:
        most = 6 if side == "x" else 8
        along.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 5, 10]))
    label_axis(axes, side, words, look)


def colours_of(outcome: Outcome, values: Reals, look: Theme) -> ScalarMappable:
    """Colours of an outcome: of a chance from 0 to 1, of a mean from the least to the greatest."""
    low, high = 0.0, 1.0
    if not outcome.is_chance:
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            low, high = low - 0.5, high + 0.5
    return ScalarMappable(Normalize(low, high), colour_map(look))


def colour_map(look: Theme) -> Colormap:
    """Colours from pale to dark, with nothing where there is no number."""
    return look.chance_colours().with_extremes(bad=(0.0, 0.0, 0.0, 0.0))


def draw_mesh(axes: Axes, x: Reals, y: Reals, values: Any, colours: ScalarMappable) -> None:
    """Colour cells by their values, shape (n_y, n_x); nothing where there is no number."""
    style: dict[str, Any] = {"norm": colours.norm, "cmap": colours.cmap, "rasterized": True}
    axes.pcolormesh(x, y, np.ma.masked_invalid(values), **style)


def small_print_of(axes: Axes, sweep: Sweep, notes: Sequence[str], look: Theme) -> None:
    """Say under a figure what it was drawn from, what must be known, and what is not shown."""
    said = " ".join(note for note in (*notes, caveat(sweep)) if note)
    small_print(axes, sweep_line(sweep), said, look)


def notes_along(
    axes: Axes, sweep: Sweep, lattice: Lattice, whole: Axis, outcome: Outcome | None = None
) -> list[str]:
    """What must be known of the values along the first axis of a lattice, and of what is held.

    Parameters
    ----------
    axes, sweep, lattice
    whole : Axis
        The first axis with all values of its path, drawn or not.
    outcome : Outcome, optional
        What is drawn along it, where that is an outcome of the study.
    """
    along = lattice.axes[0]
    is_cut = not along.is_number and axes.get_ylabel().endswith("…")
    return [
        f"Rows: {along.name}." * is_cut,
        left_out_note(whole, along),
        gaps_note(sweep, lattice, "crosses", outcome),
        base_note([along]),
        held_note(lattice),
    ]


def write_title(axes: Axes, words: str, look: Theme, n_lines: int = 0) -> None:
    """Say above axes that are drawn what they show, in the width that is left beside their labels.

    Parameters
    ----------
    axes, words, look
    n_lines : int
        Lines of small type between the axes and the heading.
    """
    width = 72 * figure_of(axes).get_figwidth()
    names = [max(map(len, text.get_text().split("\n"))) for text in axes.get_yticklabels()]
    left = max(names, default=0) * MEAN_LETTER * SMALL + axes.yaxis.labelpad + 12
    left += (axes.get_ylabel().count("\n") + 1) * NORMAL * 1.2
    letters = int(min(HEADING_SHARE * width, 0.92 * (width - left)) / (LARGE * MEAN_LETTER))
    lines = wrapped(words[:1].upper() + words[1:], max(12, letters))
    write_heading(axes, "\n".join(lines), n_lines, look)


class Layout(NamedTuple):
    """How small panels lie in the axes that hold them.

    Attributes
    ----------
    n_panels, n_across : int
    gaps : pair of float, points
        Between panels: beside and above each other.
    """

    n_panels: int
    n_across: int
    gaps: tuple[float, float]

    @property
    def n_down(self) -> int:
        """Number of rows."""
        return -(-self.n_panels // self.n_across)

    def is_left(self, panel: int) -> bool:
        """Whether a panel stands at the left."""
        return panel % self.n_across == 0

    def is_lowest(self, panel: int) -> bool:
        """Whether no panel stands below a panel."""
        return panel + self.n_across >= self.n_panels

    def place(self, panel: int, axes: Axes, *_: object) -> Bbox:
        """Where a panel lies in its figure, in which the axes that hold it may come to move."""
        down, across = divmod(panel, self.n_across)
        width, height = figure_of(axes).get_size_inches()
        beside, above = self.gaps[0] / 72 / width, self.gaps[1] / 72 / height
        whole = axes.get_position()
        step_across = (whole.width + beside) / self.n_across
        step_down = (whole.height + above) / self.n_down
        least = 1e-3  # while a layout is still being found
        inner = max(step_across - beside, least), max(step_down - above, least)
        top = whole.y1 - down * step_down
        return Bbox.from_bounds(whole.x0 + across * step_across, top - inner[1], *inner)


def panels_in(axes: Axes, layout: Layout) -> list[Axes]:
    """Small panels within axes, which keep their distance however large the axes come to be."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    panels = [axes.inset_axes((0.0, 0.0, 1.0, 1.0)) for _ in range(layout.n_panels)]
    for number, panel in enumerate(panels):
        panel.set_axes_locator(partial(layout.place, number, axes))
        panel.set_position(layout.place(number, axes))
    return panels


def canvas_of_panels(layout: Layout, look: Theme, panel: float, least: float) -> Axes:
    """Axes of a new figure that is high enough for panels.

    Parameters
    ----------
    layout, look
    panel, least : float, inches
        Height of a panel in a figure of no given height, where panels are in several rows; the
        least height in one of a given height.
    """
    gaps = (layout.n_down - 1) * layout.gaps[1] / 72
    panel *= 1.6 if layout.n_down == 1 else 1.0
    height = around_inches(look.width or WIDTH) + layout.n_down * panel + gaps
    return canvas(WIDTH, height, look, layout.n_down * least + gaps)
