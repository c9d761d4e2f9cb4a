"""Discovery box: the part of the ranges of a sweep in which an outcome is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from sim.plots.axes import legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.sensitivity.rows import (
    name_rows,
    shown_inputs,
    sweep_analysis_line,
)
from sim.plots.sheet import Sheet, figure_of, head_figure, heading, on_sheet, small_print
from sim.plots.theme import LIGHT, SMALL, Theme
from sim.results.format import counted, cut, percent
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.discovery import Discovered

if TYPE_CHECKING:
    from sim.studies.sensitivity.discovery import Limit
    from sim.studies.sensitivity.sweep_analysis import SweepAnalysis

WIDTH, ROW_INCHES = 6.4, 0.42
AROUND_INCHES, SHARES_INCHES = 1.5, 1.1
"""Above and below the panels, and of the lower panel."""

BAR, ABOVE, BELOW = 0.12, -0.2, 0.2
"""Half the height of a bar, and where numbers stand above and below it, in rows."""

APART = 0.16
LEAST_ROW_INCHES = 0.36
"""Height of a row that has numbers above and below its bar."""

LETTERS_AN_INCH, OF_NAMES_INCHES = 17, 1.9
"""Letters of small type, and what the names of rows take of the width."""

LEAST_LETTERS = 5
"""Letters of the name of a value from which names of values are written."""

NOTE = (
    "Each bar is the range of an input over the points of the sweep, from its lowest value to its "
    "highest; coloured is what the box holds of it. The box is that of PRIM, the first in which "
    "{density} of the points reach it. Hollow: boxes found in one half of the points and judged by "
    "the other half; a box looks better in the points in which it was found. Intervals of 95 %. "
    "All of this is of the ranges of the sweep."
)


@on_sheet
def discovery_box(
    sweep_analysis: SweepAnalysis,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    outcome: str | None = None,
    top: int | None = None,
) -> Axes:
    """Limits of the box in which an outcome is reached; how dense it is, and what it covers.

    Parameters
    ----------
    sweep_analysis : SweepAnalysis, stored or in memory
        One that says where its outcome is reached.
    ax, look
        See `sim.plots`; into axes that are given, only the upper panel is drawn.
    outcome : str, optional
        The one that it is of.
    top : int, optional
        Inputs that have a row, those that the box limits first; by default up to 20.

    Returns
    -------
    Axes
        Those of the upper panel.

    Raises
    ------
    DrawingError
        It is an analysis of which inputs shift an outcome, or no part of the ranges stands out.
    """
    asked, found = sweep_analysis.outcome(outcome), sweep_analysis.found
    if not isinstance(found, Discovered):
        raise DrawingError("it says which inputs shift the outcome, and not where (--discover)")
    if not found.box.limits:
        raise DrawingError(f"no part of the ranges stands out for {asked.name}")
    limits = {each.path: each for each in found.box.limits}
    ranges = {each.path: each for each in found.ranges}
    paths = [*limits, *(path for path in ranges if path not in limits)]
    around = AROUND_INCHES + SHARES_INCHES + 4.2 / (look.width or WIDTH)
    shown = shown_inputs(list(range(len(paths))), top, around, look, LEAST_ROW_INCHES)
    panels = [ax] if ax is not None else _panels(len(shown), around, look)
    name_rows(panels[0], [sweep_analysis.label(paths[place]) for place in shown], around, look)
    for row, place in enumerate(shown):
        path = paths[place]
        unit = sweep_analysis.unit(path)
        _draw_limits(panels[0], row, ranges[path], limits.get(path), unit, look)
    panels[0].set_xlim(0.0, 1.0)
    panels[0].set_xticks([])
    panels[0].spines[:].set_visible(False)
    handles = [Patch(color=look.public, label="in the box"), Patch(color=look.grid, label="beyond")]
    panels[0].legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    if len(panels) > 1:
        _draw_shares(panels[1], found, look)
    label = outcome_label(sweep_analysis.scenario, asked)
    aim = percent(found.at_least) if asked.is_chance else f"{found.at_least:g}"
    of = "chance" if asked.is_chance else "mean"
    text = f"Where the {of} of {label} is at least {aim}"
    if len(shown) < len(paths):
        text += f" ({counted(len(paths) - len(shown), 'more input')})"
    if ax is None:
        head_figure(panels[0], text, look)
    else:
        heading(ax, text, n_lines=1, look=look)
    note = NOTE.format(density=percent(found.asked_density))
    small_print(panels[0], sweep_analysis_line(sweep_analysis), note, look)
    return panels[0]


def _panels(n_rows: int, around: float, look: Theme) -> list[Axes]:
    """One panel of limits, and below it one of shares."""
    sheet = Sheet(WIDTH, around + ROW_INCHES * n_rows, look)
    of_rows = max(SHARES_INCHES / 2, (look.height or around + ROW_INCHES * n_rows) - around)
    spec = sheet.add_gridspec(2, 1, height_ratios=[of_rows, SHARES_INCHES / 2])
    return [sheet.add_subplot(spec[0]), sheet.add_subplot(spec[1])]


def _draw_limits(
    axes: Axes, row: int, full: Limit, limit: Limit | None, unit: str, look: Theme
) -> None:
    """Draw the range of an input, and the part of it that a box holds, with their ends."""
    low, high = float(full.low or 0.0), float(full.high or 0.0)
    begin = low if limit is None or limit.low is None else limit.low
    end = high if limit is None or limit.high is None else limit.high
    if full.names:  # numbered; each has a part of the bar
        low, high, begin, end = low - 0.5, high + 0.5, begin - 0.5, end + 0.5
    left, right = ((each - low) / (high - low) for each in (begin, end))
    bar: dict[str, Any] = {"height": 2 * BAR, "lw": 0, "zorder": 2}
    axes.barh(row, 1.0, color=look.grid, **bar)
    axes.barh(row, right - left, left=left, color=look.public, **bar)
    below: dict[str, Any] = {"va": "top", "color": look.faint, "size": SMALL - 1}
    above: dict[str, Any] = {"va": "bottom", "color": look.ink, "size": SMALL - 1}
    letters = int((figure_of(axes).get_figwidth() - OF_NAMES_INCHES) * LETTERS_AN_INCH)
    if full.names:
        of_each = letters // len(full.names)
        for number, name in enumerate(full.names if of_each >= LEAST_LETTERS else ()):
            middle = (number + 0.5) / len(full.names)
            below |= {"ha": "center", "parse_math": False}
            axes.text(middle, row + BELOW, cut(name, of_each), **below)
    else:
        axes.text(0.0, row + BELOW, f"{low:.3g}", ha="left", **below)
        most = f"{high:.3g} {cut(unit, letters // 2)}".rstrip()
        axes.text(1.0, row + BELOW, most, ha="right", parse_math=False, **below)
    if limit is None:
        return
    # Over the box, beside its end, where there is room.
    middle = 0.5 * (left + right)
    at, side = middle, "center"
    if middle < 0.2 or (limit.high is None and left < 0.65):
        at, side = left, "left"
    elif middle > 0.8 or limit.high is None or (limit.low is None and right > 0.35):
        at, side = right, "right"
    words = cut(limit.words, letters // 2)
    axes.text(at, row + ABOVE, words, ha=side, parse_math=False, **above)


def _draw_shares(axes: Axes, found: Discovered, look: Theme) -> None:
    """Draw density and coverage of the box, and of boxes judged by the other half."""
    colours = look.series_colour(0), look.series_colour(1)
    hollow: dict[str, Any] = {"marker": "D", "ms": 3.8, "mfc": look.paper}
    markers: tuple[dict[str, Any], ...] = ({"marker": "o", "ms": 4.2}, hollow)
    labels = ("found in all points", "judged by the other half")
    for box, colour, marker, label, shift in zip(
        (found.box, found.again), colours, markers, labels, (-APART, APART), strict=True
    ):
        for row, share in enumerate((box.density, box.coverage)):
            at = row + shift
            line: dict[str, Any] = {"color": colour, "clip_on": False, "zorder": 3}
            axes.plot([share.low, share.high], [at, at], lw=1.3, **line)
            axes.plot([share.chance], [at], ls="", **line, **marker)
        axes.plot([], [], color=colour, label=label, **marker)
    names = ("dense: points in the\nbox that reach it", "covers: points that\nreach it in the box")
    axes.set_yticks([0, 1], names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(1.5, -0.5)
    axes.set_xlim(0.0, 1.0)
    axes.spines["left"].set_visible(False)
    axes.hlines([0, 1], 0, 1, colors=look.grid, lw=0.6, zorder=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.set_xlabel("share of points", fontsize=SMALL)
    legend_below(axes, look, has_rows=True)
