"""Outcomes: how large the coalition is at the end, and how likely each threshold of success."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.plots.axes import legend_below
from sim.plots.sheet import (
    GIVEN,
    Sheet,
    ensemble_line,
    figure_of,
    heading,
    on_sheet,
    require_height,
    small_print,
)
from sim.plots.theme import LIGHT, MEAN_LETTER, NORMAL, SMALL, Theme
from sim.results.format import cut, day_text
from sim.results.labels import SHARE_LABELS, condition_labels
from sim.results.success import Threshold, threshold_chances

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

ROW_INCHES = 0.32
MOST_ROWS = 12
"""Thresholds that are drawn; of more, those of some conditions are only counted."""
LEAST_UPPER_INCHES = 2.4
MOST_BARS = 60


@on_sheet
def outcomes(ensemble: Ensemble, ax: Axes | None = None, look: Theme = LIGHT) -> Axes:
    """Histogram of the final public size and, under it, the chance of each threshold of success.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, the histogram is drawn alone.

    Returns
    -------
    Axes
        Those of the histogram.
    """
    if ax is not None:
        return _draw_size(ensemble, ax, look)
    rows = threshold_chances(ensemble)
    n_left_out = max(0, len(rows) - MOST_ROWS)
    rows = [*rows[: len(rows) - 1 - n_left_out], *rows[-1:]]  # success is the last
    lower = ROW_INCHES * len(rows) + 0.45 if rows else 0.0
    require_height(look, lower + LEAST_UPPER_INCHES)
    figure = Sheet(7.2, 4.3 + lower, look)
    cast(ConstrainedLayoutEngine, figure.get_layout_engine()).set(hspace=0.04)
    heights = [figure.get_figheight() - lower - 0.9, max(lower, 0.1)]
    spec = figure.add_gridspec(2 if rows else 1, 1, height_ratios=heights if rows else None)
    axes = _draw_size(ensemble, figure.add_subplot(spec[0]), look)
    if rows:
        _draw_chances(ensemble, rows, figure.add_subplot(spec[1]), look)
    note = (
        f"Bars: share of runs; the range contains 90 % of them, {GIVEN}. "
        "Dots: chance with its 95 % interval, which is Monte Carlo error alone."
    )
    more = f" {n_left_out} more conditions that success needs are not drawn." if n_left_out else ""
    small_print(axes, ensemble_line(ensemble), note + more, look)
    return axes


def _draw_size(ensemble: Ensemble, axes: Axes, look: Theme) -> Axes:
    """Draw a histogram of the final public size, its median and the range of 90 % of runs."""
    tally = ensemble.tally("size")
    spread = tally.spread(ensemble.n_days)
    shares = tally.counts[-1] / ensemble.n_runs
    occurring = np.nonzero(shares)[0]
    step = -(-int(np.ptp(occurring) + 1) // MOST_BARS)
    lows = np.arange(occurring.min(), occurring.max() + 1, step)
    heights = np.add.reduceat(shares[: occurring.max() + 1], lows)
    label = f"90 % of runs: {spread.low:.0f} to {spread.high:.0f}"
    ends = (spread.low - 0.5, spread.high + 0.5)
    axes.axvspan(*ends, color=look.grid, lw=0, zorder=0, label=label)
    middles = lows + (step - 1) / 2
    axes.bar(middles, heights, width=step - 0.14 * step, color=look.public, lw=0, zorder=2)
    label = f"median: {spread.median:.0f}"
    axes.axvline(spread.median, color=look.ink, lw=1.2, label=label, zorder=3)
    success = ensemble.scenario.success
    if success is not None and success.public_size is not None:
        least = success.public_size
        label = f"success: at least {least}"
        axes.axvline(least - 0.5, color=look.stages["left"], lw=1.4, ls="--", label=label)
        occurring = np.append(occurring, least)
    axes.set_xlim(max(-0.6, occurring.min() - 1.5), occurring.max() + 1.5)
    n_ticks = max(3, min(10, int(figure_of(axes).get_figwidth() * 1.8)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=n_ticks))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.set_ylabel("share of runs")
    day = day_text(ensemble.scenario.start, ensemble.n_days)
    axes.set_xlabel(f"public nations on {day}" + (f", bars of {step}" if step > 1 else ""))
    legend_below(axes, look)
    heading(axes, "How large the coalition ends", look=look)
    return axes


def _draw_chances(ensemble: Ensemble, rows: list[Threshold], axes: Axes, look: Theme) -> None:
    """Draw the chance of each threshold on the last day, and of success, with 95 % intervals."""
    across = figure_of(axes).get_figwidth() * 72 * axes.get_position().width
    letters = int(across / (SMALL * MEAN_LETTER))
    above: dict[str, Any] = {"xytext": (0, 4), "textcoords": "offset points", "va": "bottom"}
    above |= {"fontsize": SMALL, "parse_math": False}
    for place, row in enumerate(rows):
        colour, value = look.public, "not known: only counts are kept"
        if row.name == "requirement_share":
            value = "not known: random requirement"
        if row.name == "success":
            colour = look.ink
        axes.plot([0, 1], [place, place], color=colour, lw=0.5, alpha=0.5)
        if row.chance is not None:
            chance, low, high = row.chance.chance, row.chance.low, row.chance.high
            axes.plot([low, high], [place, place], color=colour, lw=3.0, solid_capstyle="butt")
            axes.plot([chance], [place], "o", ms=5, color=colour, clip_on=False)
            value = f"{100 * chance:.1f} % ({100 * low:z.1f} to {100 * high:.1f})"
        name = _row_name(ensemble, row, letters - len(value) - 6)
        axes.annotate(name, xy=(0.0, place), ha="left", **above)
        axes.annotate(value, xy=(1.0, place), ha="right", **above)
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.7, -0.7)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.spines["left"].set_visible(False)
    day = day_text(ensemble.scenario.start, ensemble.n_days)
    if look.is_plain:
        axes.set_xlabel("chance", fontsize=SMALL)
        return
    title = f"Chance of each threshold on {day}, and of success by then"
    wrapped = textwrap.fill(title, int(letters * SMALL / NORMAL))
    axes.set_title(wrapped, loc="left", fontsize=NORMAL)


def _row_name(ensemble: Ensemble, row: Threshold, longest: int) -> str:
    """What is needed, in at most so many letters where a name can be cut short."""
    if row.name == "success":
        return (
            "success: all on one day" if row.bound == 1 else f"success: all, {row.bound:.0f} days"
        )
    if row.name == "requirement_share":
        return f"{100 * row.bound:.3g} % of the requirement"
    if row.name == "public_size":
        return f"at least {row.bound:.0f} public nations"
    if row.name == "members":
        members = ensemble.scenario.success.members if ensemble.scenario.success else ()
        return cut(f"public: {', '.join(members)}", max(6, longest))
    bound = f" {'≤' if row.is_most else '≥'} {row.bound:g}"
    if row.name in SHARE_LABELS:
        return SHARE_LABELS[row.name] + bound
    return condition_labels(ensemble.scenario, max(6, longest - len(bound)))[row.name] + bound
