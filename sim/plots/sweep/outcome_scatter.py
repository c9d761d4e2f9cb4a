"""Outcome scatters: an outcome at every point of a design, against each thing that is varied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.plots.axes import legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import on_sheet
from sim.plots.sweep.frame import (
    BESIDE_INCHES,
    MOST_PANELS,
    WIDTH,
    Layout,
    canvas_of_panels,
    draw_axis,
    label_axis,
    length_points,
    mark_base,
    outcome_axis,
    panels_in,
    small_print_of,
    write_title,
)
from sim.plots.sweep.grid import (
    Axis,
    Lattice,
    Reals,
    are_numbers,
    axis_name,
    base_number,
    checked_path,
    chosen_outcome,
    refuse_nothing,
)
from sim.plots.sweep.words import (
    base_note,
    gaps_note,
    outcome_label,
    outcome_words,
    wrapped,
)
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.estimates import t_95
from sim.results.format import cut_apart
from sim.studies.design.values import label_words

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.design.values import Varied
    from sim.studies.sweep.result import Sweep

PANEL_INCHES, LEAST_PANEL_INCHES = 1.5, 0.6
LEAST_PANEL_WIDTH = 1.75

MOST_GROUPS, LEAST_IN_GROUP = 12, 10
"""Groups of points along a path that have a mean each, and the least number of points in one."""

LEAST_FOR_INTERVAL = 5

SPREAD = 0.618034
"""Share of the golden ratio: points of a category lie beside each other without a pattern."""

GAP_POINTS = 12.0
MOST_NAMES = 4
"""Categories whose names mostly find room under a panel."""

DOTS, BARS = "a point of the design", "its 95 % interval (Monte Carlo)"
MEANS = "mean of neighbours, 95 % interval"


class Against(NamedTuple):
    """Points of a design along one varied path.

    Attributes
    ----------
    axis : Axis
    x : ndarray, shape (n_points,)
    groups : ndarray of int, shape (n_points,)
        Points that have a mean together.
    """

    axis: Axis
    x: Reals
    groups: NDArray[np.int64]


class MeansOfNeighbours(NamedTuple):
    """Means of groups of points, with their intervals; shape (n_groups,) each."""

    x: Reals
    mean: Reals
    half: Reals


@on_sheet
def outcome_scatter(
    sweep: Sweep,
    *,
    outcome: str | None = None,
    across: str | None = None,
    look: Theme = LIGHT,
    ax: Axes | None = None,
) -> Axes:
    """A chance or mean at every point, against each varied path, with means of neighbours.

    For designs that vary everything at once. Where the means of neighbouring points run flat, what
    is varied along that panel says little by itself; it may still matter together with others.

    Parameters
    ----------
    sweep : Sweep
    outcome : str, optional
        Success by default, else public size.
    across : str, optional
        One varied path; by default each of them has a panel, the strongest twelve of more.
    look, ax
        See `sim.plots`.

    Returns
    -------
    Axes
        Those that hold the panels, which are its ``child_axes``.

    Raises
    ------
    DrawingError
        There is no such outcome, no point could be run, nothing is varied, or the figure is too
        low.
    """
    chosen = chosen_outcome(sweep, outcome)
    values = sweep.column(chosen.name)
    refuse_nothing(sweep, values)
    found = shown = _all_against(sweep, across)
    if len(found) > MOST_PANELS:  # those along which means of groups differ most, in their order
        means = [grouped(each, values).mean for each in found]
        spread = [float(mean.std()) if mean.size else 0.0 for mean in means]
        shown = [found[i] for i in sorted(np.argsort(spread)[::-1][:MOST_PANELS])]
    layout = _wide_panels(shown, look)
    axes = ax or canvas_of_panels(layout, look, PANEL_INCHES, LEAST_PANEL_INCHES)
    panels = panels_in(axes, layout)
    for place, (panel, against) in enumerate(zip(panels, shown, strict=True)):
        _draw_points(panel, sweep, chosen, against, look)
        axis = against.axis
        if not axis.is_number:
            letters = int(length_points(panel, "x") / len(axis) / (SMALL * MEAN_LETTER))
            names = tuple(cut_apart(list(map(label_words, axis.labels)), max(3, letters - 2)))
            axis = replace(axis, labels=names)
        draw_axis(panel, "x", axis, look, is_padded=axis.is_number)
        mark_base(panel, axis, look)
        label_axis(panel, "x", axis.name, look, SMALL)
        outcome_axis(panel, "y", chosen, "", look)
        panel.tick_params(labelleft=layout.is_left(place))
    ends = np.array([panel.get_ylim() for panel in panels])
    for panel in panels:
        panel.set_ylim(ends[:, 0].min(), ends[:, 1].max())
    label_axis(axes, "y", outcome_label(sweep, chosen), look)
    axes.yaxis.labelpad = 5 * MEAN_LETTER * SMALL + 12  # clear of the numbers at the left
    legend_below(axes, look, others=panels)
    write_title(axes, outcome_words(sweep, chosen), look)
    n_left_out = len(found) - len(shown)
    n_names = max((len(each.axis) for each in shown if not each.axis.is_number), default=0)
    notes = [
        "Means are of groups of neighbouring points, which differ in all that is varied; their "
        "interval is over those points. Thin bars: Monte Carlo error alone.",
        f"{n_left_out} paths along which means differ less are left out." * (n_left_out > 0),
        "Names without room are cut or left out." * (n_names > MOST_NAMES),
        gaps_note(sweep, Lattice((), np.arange(sweep.n_points)), "crosses", chosen),
        base_note([each.axis for each in shown]),
    ]
    small_print_of(axes, sweep, notes, look)
    return axes


def _all_against(sweep: Sweep, path: str | None) -> list[Against]:
    """Points along each path that has more than one value, or along the one asked for."""
    if path is not None:
        checked_path(sweep, path)
    asked = [each for each in sweep.study.varied if path in (None, each.path)]
    found = [_against(sweep, each) for each in asked]
    several = [each for each in found if len(each.axis) > 1]
    if not several and path is None:
        raise DrawingError(
            "nothing has more than one value: it takes a path that is varied (or across=)"
        )
    return several or found


def _against(sweep: Sweep, varied: Varied) -> Against:
    """Points along one varied path."""
    scenario, labels = sweep.study.scenario, sweep.table[varied.path].to_pylist()
    name = axis_name(scenario, varied.path)
    if not are_numbers(labels):
        names = tuple(dict.fromkeys(map(str, [*varied.labels, *labels])))
        places = np.array([names.index(str(label)) for label in labels])
        beside = (np.arange(len(labels)) * SPREAD) % 1 - 0.5
        axis = Axis(varied.path, names, np.arange(len(names)), name=name)
        return Against(axis, places + 0.5 * beside, places)
    x = np.asarray(labels, dtype=np.float64)
    values, places = np.unique(x, return_inverse=True)
    base = base_number(scenario, varied.path) if varied.is_number else None
    is_log = varied.spacing == "log" and bool(values[0] > 0)
    order = np.arange(values.size)
    axis = Axis(varied.path, tuple(values.tolist()), order, is_log, base, name=name)
    if values.size > MOST_GROUPS:
        n_groups = max(1, min(MOST_GROUPS, x.size // LEAST_IN_GROUP))
        places = np.argsort(np.argsort(x, kind="stable"), kind="stable") * n_groups // x.size
    return Against(axis, x, places.astype(np.int64))


def grouped(against: Against, values: Reals, errors: Reals | None = None) -> MeansOfNeighbours:
    """Mean of each group of neighbouring points, with its 95 % interval.

    The interval is that of Student's t, from how far the points of a group lie apart: by all
    else that differs between them, and by Monte Carlo error of their own. It takes five points, a
    mean two. Monte Carlo error that all points share, because they use common random numbers, does
    not show in how far they lie apart: it is added in quadrature, as if it were all shared.

    Parameters
    ----------
    against : Against
    values : ndarray, shape (n_points,)
        NaN for a point that could not be run.
    errors : ndarray, shape (n_points,), optional
        Monte Carlo standard errors, where points use common random numbers.
    """
    found = []
    for group in np.unique(against.groups[np.isfinite(values)]):
        inside = (against.groups == group) & np.isfinite(values)
        n_inside, chosen = int(inside.sum()), values[inside]
        if n_inside < 2:
            continue
        x = float(group)
        if against.axis.is_number:
            x = against.axis.scaled(against.x[inside]).mean()
        half = np.nan
        if n_inside >= LEAST_FOR_INTERVAL:
            error = chosen.std(ddof=1) / np.sqrt(n_inside)
            if errors is not None:
                error = np.hypot(error, np.nan_to_num(errors[inside]).mean())
            half = t_95(n_inside - 1) * error
        found.append((10.0**x if against.axis.is_log else x, chosen.mean(), half))
    return MeansOfNeighbours(*np.array(found, dtype=np.float64).reshape(-1, 3).T)


def _wide_panels(shown: list[Against], look: Theme) -> Layout:
    """Panels in rows, each wide enough for its label, with room for that below."""
    width, n_panels = look.width or WIDTH, len(shown)
    n_across = max(1, min(n_panels, int((width - 0.8) / LEAST_PANEL_WIDTH)))
    n_across = -(-n_panels // -(-n_panels // n_across))
    points = (width - BESIDE_INCHES) / n_across * 72 - GAP_POINTS
    letters = max(14, int(points / (SMALL * MEAN_LETTER)))
    n_lines = max(len(wrapped(each.axis.name, letters)) for each in shown)
    return Layout(n_panels, n_across, (GAP_POINTS, (n_lines + 2.6) * LINE_POINTS))


def _draw_points(
    panel: Axes, sweep: Sweep, outcome: Outcome, against: Against, look: Theme
) -> None:
    """Draw every point with its interval, and means of groups of them.

    Crosses at the edge are points that could not be run.
    """
    values, low, high = (sweep.column(f"{outcome.name}{part}") for part in ("", ".low", ".high"))
    panel.plot(against.x, values, "o", ms=2.5, color=look.public, alpha=0.8, label=DOTS)
    panel.vlines(against.x, low, high, color=look.public, alpha=0.35, lw=0.8, label=BARS)
    failed = sweep.table["problem"].is_valid().to_numpy()
    if failed.any():
        style: dict[str, Any] = {"color": look.faint, "clip_on": False, "ms": 3.5}
        style |= {"transform": panel.get_xaxis_transform(), "label": "could not be run"}
        panel.plot(against.x[failed], 0 * against.x[failed], "x", **style)
    shared = sweep.column(f"{outcome.name}.mc_error") if sweep.study.common_luck else None
    group = grouped(against, values, shared)
    low, high = group.mean - group.half, group.mean + group.half
    if outcome.is_chance:
        low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    colour = look.series_colour(1)
    panel.vlines(group.x, low, high, color=colour, lw=1.6, zorder=3)
    kind = "o-" if against.axis.is_number else "o"
    panel.plot(group.x, group.mean, kind, ms=3.5, lw=1.4, color=colour, label=MEANS, zorder=3)
