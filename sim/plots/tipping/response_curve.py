"""Response curve: the chance of the outcome by level, with bands, quantiles and the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from sim.plots.axes import legend_below, lines_across
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import GIVEN, heading, new_axes, on_sheet, small_print
from sim.plots.theme import LIGHT, Theme
from sim.plots.tipping.frame import (
    at_end,
    chance_axis,
    level_axis,
    marker_of,
    tipping_line,
)
from sim.studies.tipping.thresholds import chance_ends
from sim.studies.tipping.words import outcome_text, path_text

if TYPE_CHECKING:
    from sim.studies.tipping.result import Tipping

NOTE = (
    "Line: the share of {line}, by the level at which each run turns. "
    "Bands: 95 %, of one level and of the whole curve, Monte Carlo error alone. Dots: quantiles "
    "with 95 % intervals; arrows lie beyond an end. Crosses: {n} runs that were tried at every "
    "level; where they leave the line, runs turn more than once. Chances are {given}."
)


@on_sheet
def response_curve(tipping: Tipping, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """The chance of the outcome by level: exact interval, band, quantiles, and the scan beside it.

    Parameters
    ----------
    tipping : Tipping
        Along one path.
    ax, look
        See `sim.plots`.

    Raises
    ------
    DrawingError
        It is along two paths.
    """
    if tipping.second is not None:
        raise DrawingError("it is of one path; even_chances shows the plane of two")
    axes, levels = ax or new_axes(7.0, 4.8, look), tipping.levels
    curve = tipping.chances()
    for lows, highs, alpha, band in (
        (curve.band_low, curve.band_high, 0.15, "95 %, the whole curve"),
        (curve.low, curve.high, 0.3, "95 %, one level"),
    ):
        style: dict[str, Any] = {"color": look.public, "alpha": alpha, "lw": 0, "label": band}
        axes.fill_between(curve.level, lows, highs, **style)
    label, line_of = "chance", "runs in which the outcome holds"
    if not tipping.is_mostly_monotone:
        label = "runs that have turned" if tipping.rises else "runs that have not turned"
        line_of = f"{label}, which is not the chance"
    axes.plot(curve.level, curve.share, color=look.public, lw=1.8, label=label)
    _draw_scan(axes, tipping, look)
    axes.plot([], [], "o", color=look.ink, ms=5, label="quantiles")
    for quantile in tipping.quantiles:
        chance = quantile.share if tipping.rises else 1 - quantile.share
        low, high = (at_end(end, levels) for end in (quantile.low, quantile.high))
        axes.plot([low, high], [chance, chance], color=look.ink, lw=1.4, zorder=3)
        style = {"color": look.ink, "ms": 5, "zorder": 4, "clip_on": False}
        axes.plot(at_end(quantile.level, levels), chance, marker_of(quantile.level), **style)
    axes.axhline(0.5, color=look.faint, lw=0.6, zorder=0.5)
    lines_across(axes, look)
    level_axis(axes, "x", levels, tipping)
    name = outcome_text(tipping)
    chance_axis(axes, f"chance of {name}")
    heading(axes, f"{name[:1].upper()}{name[1:]} along {path_text(levels)}", look=look)
    legend_below(axes, look)
    note = NOTE.format(line=line_of, n=f"{tipping.scan.n_runs:,}", given=GIVEN)
    small_print(axes, tipping_line(tipping), note, look)
    return axes


def _draw_scan(axes: Axes, tipping: Tipping, look: Theme) -> None:
    """Crosses with exact intervals: chances at each level of the scanned runs."""
    scan = tipping.scan
    counts = scan.holds.sum(axis=0)
    x, shares = tipping.levels.values[tipping.levels.grid()], counts / scan.n_runs
    low, high = chance_ends(counts, scan.n_runs)
    axes.vlines(x, low, high, color=look.faint, lw=0.7, alpha=0.7, zorder=2)
    axes.plot(x, shares, "x", color=look.faint, ms=3.5, mew=0.9, label="scanned runs", zorder=2)
