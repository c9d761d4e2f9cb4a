"""Small condition maps side by side: one for each value of a third thing that is varied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from sim.plots.axes import colour_bar
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import figure_of, on_sheet
from sim.plots.sweep.condition_map import Field, draw_field, field_notes, field_of, two_numbers
from sim.plots.sweep.frame import (
    BESIDE_INCHES,
    WIDTH,
    around_inches,
    canvas,
    colours_of,
    draw_axis,
    label_axis,
    legend_under,
    length_points,
    small_print_of,
    title,
)
from sim.plots.sweep.grid import (
    Axis,
    Lattice,
    checked_path,
    chosen_outcome,
    grid_axes,
    lattice_of,
    refuse_nothing,
)
from sim.plots.sweep.words import (
    capital,
    held_note,
    outcome_words,
    path_words,
    value_text,
    with_unit,
)
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.studies.sweep.result import Sweep

MOST_PANELS = 12
LONGEST_BY = 40
PANEL_INCHES = 1.5
LEAST_PANEL_INCHES = 0.5
"""Height of a panel in a figure of no given height, and the least in one of a given height."""


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
    look : Theme
    ax : Axes, optional
        Where to draw the panels; a new figure by default.

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
    panels = panel_axis(sweep, axes_of, by)
    others = {path: axis for path, axis in axes_of.items() if path != panels.path}
    across, up = two_numbers(sweep, others)
    shown = panels.thinned(MOST_PANELS)
    lattice = lattice_of(sweep, [shown, across, up], axes_of)
    lattices = [Lattice((across, up), rows) for rows in lattice.rows]
    fields = [field_of(sweep, each, chosen) for each in lattices]
    values = np.stack([field.values for field in fields])
    refuse_nothing(sweep, values)
    colours = colours_of(chosen, values, look)
    layout = _layout(len(shown), look)
    axes = _canvas(layout, look) if ax is None else ax
    drawn = panels_in(axes, layout)
    for place, (panel, field) in enumerate(zip(drawn, fields, strict=True)):
        draw_field(panel, field, colours, look, is_panel=True)
        _name(panel, value_text(shown.labels[place]), place == shown.base_place, look)
        _draw_axes(panel, field, layout, place, look)
    _label_both(axes, drawn[0], fields[0], look)
    words = outcome_words(sweep, chosen, with_day=False)
    colour_bar(axes, colours, with_unit(words, chosen), look, chosen.is_chance)
    legend_under(axes, look, panels=drawn)
    words = f"{outcome_words(sweep, chosen)}, by {cut(path_words(shown.path), LONGEST_BY)}"
    title(axes, capital(words), look, 1)
    if ax is None:
        notes = [
            *field_notes(sweep, fields, lattice),
            _panels_note(panels, shown),
            held_note(lattice),
        ]
        small_print_of(axes, sweep, notes, look)
    return axes


def panel_axis(sweep: Sweep, axes: dict[str, Axis], by: str | None = None) -> Axis:
    """What differs from panel to panel: categories, else the number with the fewest values.

    Raises
    ------
    DrawingError
        Fewer than three paths have more than one value.
    """
    if by is not None:
        return axes[checked_path(sweep, by)]
    varied = [axis for axis in axes.values() if len(axis) > 1]
    if len(varied) < 3:
        raise DrawingError("it takes three varied paths, with more than one value each")
    categories = [axis for axis in varied if not axis.is_number]
    return min(categories or reversed(varied), key=len)


def _layout(n_panels: int, look: Theme) -> Layout:
    """Panels in rows, such that they come out large and about as high as wide."""
    width, gaps = look.width or WIDTH, (14.0, LINE_POINTS + 6)

    def least_side(n_across: int) -> float:
        n_down = -(-n_panels // n_across)
        beside = (width - BESIDE_INCHES) / n_across - gaps[0] / 72
        if look.height is None:
            return -abs(np.log(1.6 * n_down / n_across)) if beside > 0.75 else beside - 99.0
        return min(beside, 1.2 * (look.height - around_inches(width)) / n_down - gaps[1] / 72)

    n_across = max(range(1, n_panels + 1), key=least_side)
    n_down = -(-n_panels // n_across)
    return Layout(n_panels, -(-n_panels // n_down), gaps)


def _canvas(layout: Layout, look: Theme) -> Axes:
    """A new figure, high enough for the panels; a single row of them is higher."""
    panel = (PANEL_INCHES if layout.n_down > 1 else 1.6 * PANEL_INCHES) + LINE_POINTS / 72
    height = around_inches(look.width or WIDTH) + layout.n_down * panel
    least = layout.n_down * (LEAST_PANEL_INCHES + layout.gaps[1] / 72)
    return canvas(WIDTH, height, look, least)


def _name(panel: Axes, name: str, is_base: bool, look: Theme) -> None:
    """Write a value above its panel, as much of it as there is room for; bold if the base's."""
    letters = int(length_points(panel, "x") / (SMALL * MEAN_LETTER * (1.15 if is_base else 1)))
    panel.set_title(
        cut(name, max(4, letters)),
        loc="left",
        pad=3,
        fontsize=SMALL,
        fontweight="bold" if is_base else "normal",
        color=look.ink,
        parse_math=False,
    )


def _draw_axes(panel: Axes, field: Field, layout: Layout, place: int, look: Theme) -> None:
    """Scales of one panel; ticks are written at the left and below only."""
    draw_axis(panel, "x", field.across, look)
    draw_axis(panel, "y", field.up, look)
    panel.set(xlabel="", ylabel="")
    panel.tick_params(labelbottom=layout.is_lowest(place), labelleft=layout.is_left(place))


def _label_both(axes: Axes, panel: Axes, field: Field, look: Theme) -> None:
    """Label the axes of all panels, clear of what is written at their ticks."""
    label_axis(axes, "x", path_words(field.across.path), look)
    label_axis(axes, "y", path_words(field.up.path), look)
    axes.xaxis.labelpad = LINE_POINTS + 6
    longest = max((len(tick.get_text()) for tick in panel.get_yticklabels()), default=0)
    axes.yaxis.labelpad = longest * MEAN_LETTER * SMALL * 1.1 + 11


def _panels_note(panels: Axis, shown: Axis) -> str:
    """Which panel is the base scenario's, and how many values have none."""
    left_out = [f"{len(shown)} of {len(panels)} values have a panel."] * (len(shown) < len(panels))
    bold = ["Bold: as in the base scenario."] * (shown.base_place is not None)
    return " ".join([*bold, *left_out])


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


def panels_in(axes: Axes, layout: Layout) -> list[Axes]:
    """Small panels within axes, which keep their distance however large the axes come to be."""
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return [_panel(axes, layout, number) for number in range(layout.n_panels)]


def _panel(axes: Axes, layout: Layout, number: int) -> Axes:
    down, across = divmod(number, layout.n_across)

    def place(_panel: Any, _renderer: Any) -> Bbox:
        figure, whole = figure_of(axes), axes.get_position()
        beside = layout.gaps[0] / 72 / figure.get_figwidth()
        above = layout.gaps[1] / 72 / figure.get_figheight()
        width = (whole.width + beside) / layout.n_across
        height = (whole.height + above) / layout.n_down
        left, top = whole.x0 + across * width, whole.y1 - down * height
        least = 1e-3  # while a layout is still being found
        return Bbox.from_bounds(
            left,
            top - max(height - above, least),
            max(width - beside, least),
            max(height - above, least),
        )

    panel = axes.inset_axes((0.0, 0.0, 1.0, 1.0))
    panel.set_axes_locator(place)
    panel.set_position(place(None, None))
    return panel
