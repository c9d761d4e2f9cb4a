"""Fan chart: how large the coalition is, day by day, over all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.plots.axes import day_positions, lines_across
from sim.plots.ensemble.by_day import Words, frame
from sim.plots.sheet import new_axes, on_sheet
from sim.plots.theme import LIGHT, Theme
from sim.results.estimates import INNER, OUTER

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NOTE = (
    "Bands: spread over runs, given the scenario's parameters. "
    "They do not show doubt about the parameters."
)


@on_sheet
def fan_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Public size by day: median, and the ranges that hold 50 % and 90 % of the runs.

    The private size, which counts nations that have decided but not said so as well, is a dashed
    line, its median, with the range of 90 % of the runs: the gap between the two is what the
    organisers know and the newspapers do not. Meetings and signals stand on the time axis.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme

    Returns
    -------
    Axes

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load_scenario("paris_2025"), runs=4, seed=1)
    >>> sim.plots.fan_chart(ensemble).get_title(loc="left")
    'Size of the coalition'
    """
    axes = new_axes(8.0, 4.8, look) if ax is None else ax
    _draw_fan(axes, ensemble, look)
    largest = max(ensemble.tally("private_size").quantile(OUTER[1]).max(), 1.0)
    axes.set_ylim(0, largest * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    lines_across(axes, look)
    note = NOTE if ax is None else None
    frame(axes, ensemble, look, Words("Size of the coalition", "nations", note, (4, 2, 1, 3, 0)))
    return axes


def _draw_fan(axes: Axes, ensemble: Ensemble, look: Theme) -> None:
    private, public = ensemble.tally("private_size"), ensemble.tally("size")
    days = day_positions(ensemble, ensemble.days)
    bands = (
        (private, OUTER, look.private, 0.20, "with the undisclosed: 90 %"),
        (public, OUTER, look.public, 0.28, "public: 90 % of runs"),
        (public, INNER, look.public, 0.45, "public: 50 % of runs"),
    )
    for tally, ends, colour, alpha, label in bands:
        low, high = (tally.quantile(q) for q in ends)
        axes.fill_between(days, low, high, step="mid", color=colour, alpha=alpha, lw=0, label=label)
    for end in OUTER:  # the band's edge shows where the other band covers it
        edge = private.quantile(end)
        axes.step(days, edge, where="mid", color=look.private, lw=0.7, ls=(0, (1, 2)))
    lines = (
        (private, look.private, 1.4, (0, (4, 2)), "with the undisclosed: median"),
        (public, look.public, 2.0, "solid", "public: median"),
    )
    for tally, colour, width, style, label in lines:
        middle = tally.quantile(0.5)
        axes.step(days, middle, where="mid", color=colour, lw=width, ls=style, label=label)
