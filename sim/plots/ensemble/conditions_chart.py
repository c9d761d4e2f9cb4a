"""Conditions chart: each condition by day, with the spread over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from sim.plots.axes import day_positions, lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_day import Words, frame
from sim.plots.sheet import new_axes, on_sheet
from sim.plots.theme import LIGHT, Theme
from sim.results.estimates import INNER, OUTER
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MOST_CONDITIONS = 6
LONGEST_NAME = 28

NOTE = "Bands: spread over runs, 50 % and 90 % of them, given the scenario's parameters."


@on_sheet
def conditions_chart(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, names: tuple[str, ...] = ()
) -> Axes:
    """Median of each condition by day, with the ranges that hold 50 % and 90 % of the runs.

    What success needs of a condition is a dotted line of its colour.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
        With at least one condition.
    ax : Axes, optional
        Where to draw; a new figure by default.
    look : Theme
    names : tuple of str
        Conditions to draw; by default all, up to six.

    Returns
    -------
    Axes

    Raises
    ------
    DrawingError
        The scenario has no conditions.
    ValueError
        It has none of that name.
    """
    shown = _checked(ensemble, names)
    axes = new_axes(8.0, 4.4, look) if ax is None else ax
    for place, name in enumerate(shown):
        _draw_condition(axes, ensemble, name, look.series_colour(place))
        _draw_threshold(axes, ensemble, name, (place, len(shown)), look)
    axes.set_ylim(0, 1)
    lines_across(axes, look)
    left_out = len(ensemble.condition_names) - len(shown)
    more = f" {left_out} more conditions are not drawn." if left_out else ""
    note = NOTE + more if ax is None else None
    frame(axes, ensemble, look, Words("Conditions", "condition, 0 to 1", note))
    return axes


def _checked(ensemble: Ensemble, names: tuple[str, ...]) -> tuple[str, ...]:
    if not ensemble.condition_names:
        raise DrawingError("the scenario has no conditions")
    for name in names:
        if name not in ensemble.condition_names:
            known = ", ".join(ensemble.condition_names)
            raise ValueError(f"names: no condition {name!r}; there are {known}")
    return names or ensemble.condition_names[:MOST_CONDITIONS]


def _draw_condition(axes: Axes, ensemble: Ensemble, name: str, colour: str) -> None:
    tally, days = ensemble.tally(f"conditions.{name}"), day_positions(ensemble, ensemble.days)
    for ends, alpha in ((OUTER, 0.12), (INNER, 0.22)):
        low, high = (tally.quantile(q) for q in ends)
        axes.fill_between(days, low, high, color=colour, alpha=alpha, lw=0)
    axes.plot(days, tally.quantile(0.5), color=colour, lw=2.0, label=f"{_label(name)}: median")


def _draw_threshold(
    axes: Axes, ensemble: Ensemble, name: str, place: tuple[int, int], look: Theme
) -> None:
    """What success needs of a condition; dots of equal thresholds lie side by side."""
    success = ensemble.scenario.success
    least = None if success is None else success.conditions.get(name)
    if least is not None:
        axes.axhline(
            least,
            color=look.series_colour(place[0]),
            lw=1.3,
            ls=(3.0 * place[0], (2.0, 3.0 * place[1] - 2.0 + 1.0 * (place[1] == 1))),
            label=f"success: {_label(name)} ≥ {least:g}",
        )


def _label(name: str) -> str:
    return cut(name.replace("_", " "), LONGEST_NAME)
