"""Hysteresis loop: size on the way up and on the way down, and where runs turn and turn back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.plots.axes import legend_below, lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import heading, new_axes, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.plots.tipping.frame import at_end, level_axis, tipping_line
from sim.results.format import counted, digits_of
from sim.results.labels import SIZE_LABELS
from sim.results.records import SIZE_MEASURES
from sim.studies.tipping.words import outcome_text, path_text

if TYPE_CHECKING:
    from sim.studies.tipping.loop import Hysteresis, Loop
    from sim.studies.tipping.result import Tipping

UP, DOWN = "up", "down"


@on_sheet
def hysteresis_loop(tipping: Tipping, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Mean size as the level is raised and lowered again, by speed, with the range of 90 % of runs.

    Parameters
    ----------
    tipping : Tipping
        With the way back.
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        The way back was not asked for.
    """
    both = tipping.hysteresis
    if both is None:
        raise DrawingError("the way back was not asked for: run it with --back")
    axes = ax or new_axes(7.0, 4.8, look)
    for loop in reversed(both.loops):
        _draw_loop(axes, loop, loop is both.slowest, look)
    measure, bar = _bar_of(both)
    axes.axhline(bar, color=look.faint, lw=0.8, ls="--", zorder=0.5)
    for (median, colour), marker in zip(
        zip(both.quantiles()[0], _colours(look), strict=True), (">", "<"), strict=True
    ):
        ends = [at_end(end, tipping.levels) for end in (median.low, median.high)]
        axes.plot(ends, [bar, bar], color=colour, lw=3, alpha=0.6, zorder=4)
        style: dict[str, Any] = {"mfc": look.paper, "mec": colour, "ms": 7, "mew": 1.4, "zorder": 5}
        axes.plot(at_end(median.level, tipping.levels), bar, marker, clip_on=False, **style)
    lines_across(axes, look)
    level_axis(axes, "x", tipping.levels, tipping)
    axes.set_ylabel(f"{SIZE_LABELS[measure]} nations, mean over runs")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    heading(axes, f"Up and down along {path_text(tipping.levels)}", look=look)
    legend_below(axes, look)
    small_print(axes, tipping_line(tipping), _note(tipping, both), look)
    return axes


def _draw_loop(axes: Axes, loop: Loop, is_slowest: bool, look: Theme) -> None:
    """Draw both ways of a ramp; of the slowest with the range of 90 % of the runs."""
    mean, low, high = loop.size_means()
    n, course = loop.ramp.n_steps, loop.course
    ways = ((slice(0, n + 1), UP, "solid"), (slice(n, None), DOWN, (0, (5, 2))))
    for (part, way, dashes), colour in zip(ways, _colours(look), strict=True):
        if is_slowest:
            style: dict[str, Any] = {"color": colour, "alpha": 0.15, "lw": 0}
            style["label"] = f"90 % of runs, {way}"
            axes.fill_between(course[part], low[part], high[part], **style)
        width, alpha = (2.0, 1.0) if is_slowest else (0.9, 0.65)
        label = f"{way}, {counted(loop.ramp.days, 'day')}" if is_slowest else None
        style = {"color": colour, "lw": width, "alpha": alpha, "ls": dashes}
        axes.plot(course[part], mean[part], label=label, **style)


def _colours(look: Theme) -> tuple[str, str]:
    """Colours of the way up and the way down."""
    return look.public, look.private


def _bar_of(both: Hysteresis) -> tuple[str, float]:
    measure, _, bar = both.outcome.partition(">=")
    assert measure in SIZE_MEASURES
    return measure, float(bar)


def _note(tipping: Tipping, both: Hysteresis) -> str:
    """What lines are, and what the gap comes to without lag."""
    gap = both.gap_without_lag()
    digits = digits_of(gap.low, gap.high)
    numbers = [f"{each:z.{digits}f}" for each in gap]
    days = " and ".join(f"{loop.ramp.days:,}" for loop in both.loops[1:])
    name = outcome_text(tipping, both.outcome)
    return (
        f"Thin lines: ramps of {days} days. Triangles on the dashed line: the level by which {name}"
        " has turned in half of the runs, and by which it has turned back, with 95 % intervals; at "
        f"an end, beyond it. Mean gap of a ramp of no speed: {numbers[0]} ({numbers[1]} to "
        f"{numbers[2]})."
    )
