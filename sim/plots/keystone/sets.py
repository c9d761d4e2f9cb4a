"""Keystone sets: what each lever adds to a set, and what the set comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from sim.plots.axes import legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.keystone.rows import (
    DotStyle,
    change_label,
    dots,
    finish_panel,
    keystone_line,
    name_rows,
    panels_of,
)
from sim.plots.sheet import heading, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.results.format import counted, day_text
from sim.studies.compare.changes import CHANCES

if TYPE_CHECKING:
    from sim.studies.keystone.result import Keystone

AROUND_INCHES = 2.0
ROWS_A_STEP = 2.0
"""Height of a step, in rows."""


@on_sheet
def keystone_sets(keystone: Keystone, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """A set of levers as it was put together: what each adds, and what they come to.

    Parameters
    ----------
    keystone : Keystone, stored or in memory
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        No set was looked for.
    """
    sets = keystone.sets
    if sets is None:
        raise DrawingError("no set was looked for; `willing keystone --k 3` looks for one")
    n_steps = len(sets.steps)
    axes = panels_of(ROWS_A_STEP * n_steps, [1.0], ax, look, AROUND_INCHES)[0]
    scale = 100.0 if keystone.outcome in CHANCES else 1.0
    places = [float(step) for step in range(n_steps)]
    gains = [step.gain for step in sets.steps]
    totals = [step.total for step in sets.steps]
    style = DotStyle(look.public, label="what it adds")
    dots(axes, [place - 0.13 for place in places], gains, scale, look, style)
    style = DotStyle(look.private, "D", "together with those above", is_filled=False)
    dots(axes, [place + 0.13 for place in places], totals, scale, look, style)
    label = change_label(keystone, keystone.outcome)
    finish_panel(axes, places, f"change in {label}", look)
    names = [f"{number}. {step.label}" for number, step in enumerate(sets.steps, 1)]
    name_rows(axes, places, [(name, name) for name in names], look, AROUND_INCHES)
    axes.set_ylim(n_steps - 0.4, -0.7)
    note = (
        f"Chosen one by one in {counted(keystone.n_runs, 'run')}, measured in as many new ones, "
        "with 95 % intervals of the Monte Carlo error."
    )
    if sets.bound_high is None:
        note += " That returns diminish is rejected, so there is no bound."
    else:
        bound = scale * sets.bound_high
        dashes: dict[str, Any] = {"color": look.ink, "lw": 0.9, "ls": (0, (4, 2))}
        axes.axvline(bound, label=f"no set of {n_steps} does more", **dashes)
        note += (
            " The line, with the errors of its parts, holds if returns diminish, which is not "
            "rejected."
        )
    legend_below(axes, look)
    day = day_text(keystone.scenario.start, keystone.day)
    heading(axes, f"A set of {n_steps}, one by one, on {day}", look=look)
    small_print(axes, keystone_line(keystone), note, look)
    return axes
