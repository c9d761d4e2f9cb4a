"""Keystone values: what each lever is worth as a player of a game of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import MAX_ROWS, rows_asked, rows_that_fit
from sim.plots.keystone.rows import (
    change_label,
    finish_panel,
    keystone_line,
    name_rows,
    panels_of,
)
from sim.plots.sheet import head_figure, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.results.format import counted, day_text
from sim.studies.compare.changes import CHANCES
from sim.studies.keystone.changes import OTHERS

if TYPE_CHECKING:
    from sim.results.estimates import Mean
    from sim.studies.keystone.result import Keystone

AROUND_INCHES = 1.9

NAMES = {"shapley": "Shapley", "banzhaf": "Banzhaf", "owen": "Owen"}


@on_sheet
def keystone_values(
    keystone: Keystone,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Values of all levers as bars with intervals.

    Parameters
    ----------
    keystone : Keystone, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, the values by which they are sorted are drawn
        alone.
    max_rows : int
    top : int, optional
        Rows to draw, from the first on.

    Raises
    ------
    DrawingError
        There are no values.
    """
    values = keystone.values
    if values is None:
        raise DrawingError("no values were asked for; `willing keystone --values shapley` does so")
    most = rows_that_fit(look, rows_asked(top, max_rows), AROUND_INCHES)
    players = values.players[:most]
    counts_itself = keystone.outcome == OTHERS and "nations" in keystone.kinds
    panels = panels_of(
        len(players), [1.0, 1.0] if counts_itself else [1.0], ax, look, AROUND_INCHES
    )
    scale = 100.0 if keystone.outcome in CHANCES else 1.0
    places = [float(row) for row in range(len(players))]
    first = [each.others if counts_itself else each.value for each in players]
    label = change_label(keystone, keystone.outcome)
    draw_bars(panels[0], first, scale, look.public, f"value: {label}", look)
    if len(panels) > 1:
        whole = [each.value for each in players]
        draw_bars(panels[1], whole, scale, look.faint, "value: public nations, itself too", look)
        panels[1].tick_params(axis="y", labelleft=False, length=0)
    is_nation = {lever.name for lever in keystone.of_kind("nations")}
    names = [(each.label, each.name if each.name in is_nation else each.label) for each in players]
    name_rows(panels[0], places, names, look, AROUND_INCHES)
    for each in panels:
        each.set_ylim(len(players) - 0.4, -0.6)
    day = day_text(keystone.scenario.start, keystone.day)
    n_more = len(values.players) - len(players)
    more = f" (and {n_more:,} more)" if n_more else ""
    head_figure(panels[0], f"{NAMES[values.kind]} values on {day}{more}", look)
    by = {
        "banzhaf": "a random coalition and its complement",
        "owen": "a random order, in which groups stay together, and its reverse",
        "shapley": "a random order and its reverse",
    }
    note = f"By {counted(values.n_lucks, 'luck')}, each with {by[values.kind]}; 95 % intervals."
    if counts_itself:
        note += " With itself counted, the less likely a nation would join, the higher its value."
    small_print(panels[0], keystone_line(keystone), note, look)
    return panels[0]


def draw_bars(
    axes: Axes, values: list[Mean], scale: float, colour: str, label: str, look: Theme
) -> None:
    """Draw a bar with its interval in each row."""
    places = [float(row) for row in range(len(values))]
    means = [scale * each.mean for each in values]
    axes.barh(places, means, height=0.62, color=colour, alpha=0.5)
    for place, each in zip(places, values, strict=True):
        ends = [scale * each.low, scale * each.high]
        axes.plot(ends, [place, place], color=look.ink, lw=1.0, solid_capstyle="butt")
    finish_panel(axes, places, label, look)
