"""Figures with days along the bottom: size, stages, force, conditions, breadth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.core.stages import STAGES
from sim.plots.areas import Area, name_areas, stack_areas
from sim.plots.axes import bands_of_sizes, day_axis, day_positions, legend_below, lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.event_labels import mark_events
from sim.plots.sheet import (
    GIVEN,
    ensemble_line,
    heading,
    new_axes,
    on_sheet,
    say_empty,
    small_print,
)
from sim.plots.theme import DASHES, HATCHES, LIGHT, STAGE_HATCHES, Theme
from sim.results.estimates import INNER, OUTER
from sim.results.labels import SHARE_LABELS, condition_labels, contribution_labels
from sim.results.requirement import requirement_by_day

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

UPWARDS = ("deployed", "pledged", "public", "willing", "talks", "outside", "left")
"""Stages from the bottom up, so that the committed stand on the axis."""

MOST_KINDS = 7
"""Kinds of contribution with a colour of their own; the smallest beyond are drawn as one."""

MOST_CONDITIONS = 6


@on_sheet
def fan_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Public size by day: median, and the ranges that hold 50 % and 90 % of the runs.

    The median of the private size, which counts nations that have decided but not said so as well,
    is a dashed line: the gap between the two is what the organisers know and the newspapers do
    not. The size that success needs is a line across. Events stand on the time axis. Where the
    public size takes few values, the range of 50 % is left out: it would be a patchwork.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`.

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load_scenario("paris_2025"), runs=4, seed=1)
    >>> sim.plots.fan_chart(ensemble).get_title(loc="left")
    'Size of the coalition'
    """
    axes = ax or new_axes(8.0, 4.8, look)
    private, public = ensemble.tally("private_size").quantile(0.5), ensemble.tally("size")
    days, success = day_positions(ensemble, ensemble.days), ensemble.scenario.success
    lowest, highest = (public.quantile(end) for end in OUTER)
    for middle, colour, width, dashes, label in (
        (public.quantile(0.5), look.public, 2.0, "solid", "public: median"),
        (private, look.private, 1.6, (0, (4, 2)), "private: median"),
    ):
        axes.step(days, middle, where="mid", color=colour, lw=width, ls=dashes, label=label)
    for ends, alpha, share in bands_of_sizes(highest.max() - lowest.min()):
        low, high = (public.quantile(end) for end in ends)
        label = f"public: {share}"
        axes.fill_between(
            days, low, high, step="mid", color=look.public, alpha=alpha, lw=0, label=label
        )
    top = max(private.max(), highest.max(), 1.0)
    if success is not None and success.public_size is not None:
        label = f"success: at least {success.public_size}"
        red, dots = look.stages["left"], (0, (6, 2, 1.5, 2))
        axes.axhline(success.public_size, color=red, lw=1.3, ls=dots, label=label)
        top = max(top, success.public_size)
    axes.set_ylim(0, top * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    lines_across(axes, look)
    note = f"Private includes the undisclosed. Bands: variation between runs, {GIVEN}."
    return _with_days(axes, ensemble, look, ("Size of the coalition", "nations", note))


@on_sheet
def stage_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Mean number of nations at each of the seven stages by day, one above the other.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`.
    """
    axes = ax or new_axes(8.0, 4.8, look)
    means = ensemble.records.stages_by_day() / ensemble.n_runs
    seen = [stage for stage in UPWARDS if means[:, STAGES.index(stage)].any()]
    days = day_positions(ensemble, ensemble.days)
    areas = [
        Area(stage, means[:, STAGES.index(stage)], look.stages[stage], STAGE_HATCHES[stage])
        for stage in seen
    ]
    stack_areas(axes, days, areas, look)
    axes.set_ylim(0, len(ensemble.nations))
    name_areas(axes, days, areas, look)
    note = (
        "Means over runs, which add up to all nations; the fan chart shows how far single runs lie "
        "from them."
    )
    words = ("Where the nations stand", "nations, mean over runs", note)
    return _with_days(axes, ensemble, look, words, range(len(seen) - 1, -1, -1))


@on_sheet
def force_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Public force by day: mean of each kind, stacked, the spread of the total, the requirement.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
        With at least one kind of contribution.
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        The scenario has no contributions.
    """
    if not ensemble.kinds:
        raise DrawingError("the scenario has no contributions")
    axes = ax or new_axes(8.0, 4.8, look)
    days = day_positions(ensemble, ensemble.days)
    areas = [
        Area(name, mean, look.series_colour(place), HATCHES[place])
        for place, (name, mean) in enumerate(stacked_kinds(ensemble))
    ]
    stack_areas(axes, days, areas, look)
    total = ensemble.tally("force")
    for end, label in zip(OUTER, ("90 % of runs", "_"), strict=True):
        axes.plot(days, total.quantile(end), color=look.ink, lw=0.9, ls=(0, (4, 2)), label=label)
    low, middle, high = requirement_by_day(ensemble.scenario).T
    red = look.stages["left"]
    if (low < high).any():
        axes.fill_between(days, low, high, step="post", color=red, alpha=0.15, lw=0)
    axes.step(days, middle, where="post", color=red, lw=1.6, label="requirement")
    success = ensemble.scenario.success
    if success is not None and success.requirement_share:
        label = f"success: {100 * success.requirement_share:.3g} % of it"
        least = success.requirement_share * middle
        axes.step(days, least, where="post", color=red, lw=1.0, ls=":", label=label)
    axes.set_ylim(bottom=0)
    if not any(area.heights.any() for area in areas):
        say_empty(axes, "No force is pledged in public in any run.", look)
    name_areas(axes, days, areas, look)
    note = (
        "Areas: means over runs of each kind, which add up. Lines: all kinds together, variation "
        f"between runs, {GIVEN}."
    )
    return _with_days(
        axes, ensemble, look, ("Force pledged, by kind", ensemble.scenario.force_unit, note)
    )


def stacked_kinds(ensemble: Ensemble) -> list[tuple[str, NDArray[np.float64]]]:
    """Name and mean force by day of each kind in the order of the file, the smallest as one."""
    means = {kind: ensemble.tally(f"force.{kind}").mean() for kind in ensemble.kinds}
    by_size = sorted(means, key=lambda kind: -float(means[kind][-1]))
    kept = by_size if len(by_size) <= MOST_KINDS else by_size[: MOST_KINDS - 1]
    names = contribution_labels(ensemble.scenario)
    found = [(names[kind], mean) for kind, mean in means.items() if kind in kept]
    rest = [mean for kind, mean in means.items() if kind not in kept]
    return [*found, (f"{len(rest)} others", np.sum(rest, axis=0))] if rest else found


@on_sheet
def conditions_chart(
    ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT, names: tuple[str, ...] = ()
) -> Axes:
    """Median of each condition by day, with the ranges that hold 50 % and 90 % of the runs.

    Where the ranges of two conditions overlap, their colours would mix: thin lines like that of
    the median then hold 90 % of the runs of each. What success needs of a condition is a dotted
    line of its colour.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
        With at least one condition.
    ax, look
        See `sim.plots`.
    names : tuple of str
        Conditions to draw; by default all, up to six.

    Raises
    ------
    DrawingError
        The scenario has no conditions.
    ValueError
        It has none of that name.
    """
    if not ensemble.condition_names:
        raise DrawingError("the scenario has no conditions")
    for name in names:
        if name not in ensemble.condition_names:
            known = ", ".join(ensemble.condition_names)
            raise ValueError(f"names: no condition {name!r}; there are {known}")
    chosen = names or ensemble.condition_names[:MOST_CONDITIONS]
    axes = ax or new_axes(8.0, 4.4, look)
    days, success = day_positions(ensemble, ensemble.days), ensemble.scenario.success
    names_of = condition_labels(ensemble.scenario)
    tallies = [ensemble.tally(f"conditions.{name}") for name in chosen]
    ranges = [[tally.quantile(end) for end in OUTER] for tally in tallies]
    overlap = any(
        ((low < above) & (below < high)).any()
        for (low, high), (below, above) in combinations(ranges, 2)
    )
    for place, (name, tally) in enumerate(zip(chosen, tallies, strict=True)):
        colour, dashes, words = look.series_colour(place), DASHES[place], names_of[name]
        for ends, alpha in ((OUTER, 0.12), (INNER, 0.22)):
            low, high = (tally.quantile(q) for q in ends)
            if not overlap:
                axes.fill_between(days, low, high, color=colour, alpha=alpha, lw=0)
            elif ends == OUTER:
                axes.plot(days, np.stack([low, high], axis=1), color=colour, lw=0.8, ls=dashes)
        label = f"{words}: median" + ", thin: 90 % of runs" * overlap
        axes.plot(days, tally.quantile(0.5), color=colour, lw=2.0, ls=dashes, label=label)
        for sign, bounds in (
            ("≥", {} if success is None else success.conditions),
            ("≤", {} if success is None else success.at_most),
        ):
            if name not in bounds:
                continue
            # Dots of equal thresholds lie side by side.
            gap = 3.0 * len(chosen) - 2.0 + 1.0 * (len(chosen) == 1)
            dots = (3.0 * place, (2.0, gap))
            label = f"success: {words} {sign} {bounds[name]:g}"
            axes.axhline(bounds[name], color=colour, lw=1.3, ls=dots, label=label)
    axes.set_ylim(0, 1)
    lines_across(axes, look)
    left_out = len(ensemble.condition_names) - len(chosen)
    held = "Thin lines contain 90 %" if overlap else "Bands contain 50 % and 90 %"
    note = f"{held} of the runs, {GIVEN}."
    note += f" {left_out} more conditions are not drawn." if left_out else ""
    return _with_days(axes, ensemble, look, ("Conditions", "condition, 0 to 1", note))


@on_sheet
def breadth_chart(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """How broad the coalition is by day: mean shares of groups, of kinds and of capacity.

    A group counts once any of its members is public, a kind of contribution once any of it is
    pledged, and capacity in force units. What success needs of a share is a dotted line of its
    colour.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
        With groups, contributions or capacities.
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        None of the shares is defined, or the result has none of them.
    """
    if not ensemble.shares:
        raise DrawingError("it has no groups, kinds of contribution or capacities that are counted")
    axes = ax or new_axes(8.0, 4.4, look)
    days, success = day_positions(ensemble, ensemble.days), ensemble.scenario.success
    for place, name in enumerate(ensemble.shares):
        colour, words = look.series_colour(place), SHARE_LABELS[name]
        style: dict[str, Any] = {"color": colour, "lw": 2.0, "ls": DASHES[place]}
        axes.step(days, ensemble.tally(name).mean(), where="post", label=words, **style)
        least = None if success is None else getattr(success, name)
        if least is not None:
            label = f"success: {words} ≥ {least:g}"
            axes.axhline(least, color=colour, lw=1.3, ls=(3.0 * place, (2.0, 7.0)), label=label)
    axes.set_ylim(0, 1)
    lines_across(axes, look)
    note = f"Lines: means over runs, {GIVEN}."
    return _with_days(axes, ensemble, look, ("Breadth of the coalition", "share, 0 to 1", note))


def _with_days(
    axes: Axes,
    ensemble: Ensemble,
    look: Theme,
    words: tuple[str, str, str],
    order: Sequence[int] | None = None,
) -> Axes:
    """The axes with days, events, a legend and words round a chart that is drawn.

    Parameters
    ----------
    axes, ensemble, look
    words : tuple of str
        Heading; label of the vertical axis, with its unit; small print.
    order : sequence of int, optional
        Order of the entries of the legend.
    """
    title, vertical, note = words
    axes.set_xlim(*day_positions(ensemble, [0, ensemble.n_days]))
    axes.set_ylabel(vertical)
    day_axis(axes, ensemble, look)
    legend_below(axes, look, order)
    marks = mark_events(axes, ensemble, look)
    heading(axes, title, marks.n_lines, look)
    small_print(axes, ensemble_line(ensemble), note + marks.note, look)
    return axes
