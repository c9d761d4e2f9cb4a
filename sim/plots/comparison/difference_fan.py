"""Difference fan: by how much a scenario is larger than the base, day by day, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.plots.axes import Band, bands_of_sizes, day_axis, day_positions, legend_below, lines_across
from sim.plots.comparison.scenarios import (
    alike_note,
    calendar_of,
    chosen,
    comparison_line,
    left_out,
    scenario_name,
)
from sim.plots.event_labels import (
    MEETINGS,
    EventLines,
    drawn_dates,
    mark_bands,
    mark_day,
    mark_events,
    meetings,
)
from sim.plots.sheet import Sheet, heading, on_sheet, require_height, say_empty, small_print
from sim.plots.theme import LIGHT, SMALL, Theme
from sim.results.estimates import OUTER
from sim.scenario.events import EVENT_MODELS

if TYPE_CHECKING:
    from sim.studies.compare.changes import Difference
    from sim.studies.compare.comparison import Comparison

MOST_PANELS = 6
NOT_MEETINGS = tuple(kind for kind in EVENT_MODELS if kind not in MEETINGS)
PANEL_INCHES, LEAST_PANEL_INCHES, AROUND_INCHES = 2.6, 1.4, 1.9
"""Height of a panel with its heading, the least in a figure of a given height; what is below."""


@on_sheet
def difference_fan(
    comparison: Comparison, ax: Axes | None = None, look: Theme = LIGHT, other: str | None = None
) -> Axes:
    """Difference in public size by day: mean with its interval, and the spread over paired runs.

    Where differences take few values, the range of 50 % of the runs is left out: it would be a
    patchwork.

    Parameters
    ----------
    comparison : Comparison, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, one scenario is drawn.
    other : str, optional
        Label of the scenario to draw against the base; by default all up to six, or in `ax` the
        first.

    Returns
    -------
    Axes
        Those of the first panel.

    Raises
    ------
    DrawingError
        The figure is too low for its panels.
    ValueError
        No scenario but the base has that label.

    Examples
    --------
    >>> import sim
    >>> base = sim.load_scenario("paris_2025")
    >>> more = base.with_changes({"conditions.us_backing.level": 0.8})
    >>> comparison = sim.compare({"base": base, "more": more}, runs=4, seed=1)
    >>> sim.plots.difference_fan(comparison).get_title(loc="left")
    'Public size: more minus base'
    """
    shown = chosen(comparison, other, MOST_PANELS if ax is None else 1)
    panels = [] if ax is None else [ax]
    if not panels:
        needed = AROUND_INCHES + LEAST_PANEL_INCHES * len(shown)
        require_height(look, needed if len(shown) > 1 else 0.0)
        height = 4.8 if len(shown) == 1 else AROUND_INCHES + PANEL_INCHES * len(shown)
        sheet = Sheet(8.0, height, look)
        panels = list(sheet.subplots(len(shown), sharex=True, sharey=True, squeeze=False)[:, 0])
    spreads = [[each.size().quantile(end) for end in OUTER] for each in shown]
    bands = bands_of_sizes(max((float(high.max() - low.min()) for low, high in spreads), default=0))
    lines: list[EventLines] = []
    for axes, difference in zip(panels, shown, strict=True):
        _draw(axes, comparison, difference, bands, look)
        label, is_first = difference.label, axes is panels[0]
        calendar = calendar_of(comparison, label, () if is_first else NOT_MEETINGS)
        lines.append(mark_events(axes, calendar, look))
        if not is_first and not look.is_plain:  # meetings are named in the first panel alone
            calendar = calendar_of(comparison, label)
            for meeting in meetings(calendar.scenario):
                mark_day(axes, day_positions(calendar, meeting.day), look, is_dotted=True)
            dates = drawn_dates(calendar.scenario)
            mark_bands(axes, calendar, [date for date in dates if date.is_meeting], look)
        names = (scenario_name(comparison, each) for each in (label, comparison.labels[0]))
        what = " minus ".join(names)
        heading(axes, f"Public size: {what}", lines[-1].n_lines, look)
        if look.is_plain and len(panels) > 1:  # what tells panels apart stays
            axes.set_title(what, loc="left", size=SMALL, color=look.ink, parse_math=False)
    for axes in panels[:-1]:  # days are left to the lowest panel
        axes.tick_params(labelbottom=False)
        axes.set_xlabel("")
        axes.xaxis.get_offset_text().set_visible(False)
    legend_below(panels[-1], look, range(len(bands) + 1, -1, -1))
    kinds = tuple(dict.fromkeys(kind for each in lines for kind in each.kinds))
    n_unlabelled = sum(each.n_unlabelled for each in lines)
    has_bands = any(each.has_bands for each in lines)
    has_joint = any(each.has_joint for each in lines)
    together = EventLines(0, kinds, n_unlabelled, has_bands, has_joint)
    note = (
        "Run by run with common random numbers. Bands: variation between runs of the difference "
        "in one run. Line: mean difference, with its 95 % interval along it: Monte Carlo error "
        "alone, each day by itself. Neither includes uncertainty about numbers that the scenarios "
        "do not draw."
    )
    note += alike_note(comparison, any(_is_alike(comparison, each) for each in shown))
    note += left_out(len(comparison.differences) - len(shown)) if other is None else ""
    small_print(panels[0], comparison_line(comparison), note + together.note, look)
    return panels[0]


def _is_alike(comparison: Comparison, difference: Difference) -> bool:
    """Whether all runs differ by the same on a day, and not by design.

    By design are those of the same scenario, and those before anything differs.
    """
    if comparison.is_same(difference.label):
        return False
    size = difference.size()
    differs = size.counts[:, size.values != 0].any(axis=1)
    n_values = (size.counts > 0).sum(axis=1)[int(differs.argmax()) :]
    return bool((n_values == 1).any())


def _draw(
    axes: Axes, comparison: Comparison, difference: Difference, bands: Sequence[Band], look: Theme
) -> None:
    """Draw bands, line and axes of one scenario."""
    size, calendar = difference.size(), calendar_of(comparison, difference.label)
    days = day_positions(calendar, np.arange(comparison.n_days + 1))
    for ends, alpha, label in bands:
        low, high = (size.quantile(q) for q in ends)
        axes.fill_between(
            days, low, high, step="mid", color=look.public, alpha=alpha, lw=0, label=label
        )
    interval, label = size.interval(), "its 95 % interval"
    low, high = interval.low, interval.high
    axes.fill_between(days, low, high, color=look.ink, alpha=0.45, lw=0, label=label)
    axes.plot(days, interval.estimate, color=look.ink, lw=1.2, label="mean difference")
    if not size.counts[:, size.values != 0].any():  # an axis of its own would have no scale
        axes.set_ylim(-1, 1)
        say_empty(axes, "Public size is the same on every day of every run.", look)
    axes.axhline(0, color=look.ink, lw=0.8, zorder=1.5)
    bottom, top = axes.get_ylim()
    if top - bottom >= 2:
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=2))
    else:  # with whole numbers alone the mean could not be read off
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.set_xlim(*day_positions(calendar, [0, comparison.n_days]))
    axes.set_ylabel("difference, nations")
    lines_across(axes, look)
    day_axis(axes, calendar, look)
