"""Hazard chart: why one nation moved when it did, or did not, in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from sim.core.stages import EXIT, FORWARD, STAGES
from sim.plots.areas import fine_hatching
from sim.plots.axes import day_axis, day_positions, legend_below, lines_across
from sim.plots.event_labels import mark_day, write_labels
from sim.plots.sheet import Sheet, heading, on_sheet, say_empty, small_print, title_of
from sim.plots.theme import LIGHT, Theme
from sim.results.format import cut
from sim.results.trace import LIMIT, OWN_RULE, TERMS

if TYPE_CHECKING:
    from sim.results.trace import Trace

MOST_TERMS = 7
"""Terms with a colour of their own; the smallest beyond are drawn as one."""

COLOURED = ("prospects", "peers", "convened", "disposition", "support", "stake", "momentum")
AGAIN = ("adequacy", "deal", "listed", "climate", "capability", "pressure", "defection")
ONCE_MORE = ("bond", "tempo")
"""Terms in the order of their colours, which are the same in every figure: the colours of the
second and third row are those of the first."""

HATCHES_OF = {
    **dict(zip(COLOURED, ("", "....", "----", "||||", "xxxx", "oo", "++"), strict=True)),
    **dict(zip(AGAIN, ("////", "\\\\\\\\", "OO", "**", "//--", "xx..", "||oo"), strict=True)),
    **dict(zip(ONCE_MORE, ("\\\\//", "**--"), strict=True)),
    OWN_RULE: "..--",
    LIMIT: "\\\\..",
}
"""Hatching of each term; no two are the same."""

FACTORS = np.array([f * 10.0**e for e in range(-14, 15) for f in (1.0, 3.0)])
"""Of the rate, where the axis may have a tick."""

MOST_TICKS = 9
LONGEST_NAME = 40
LOWEST, HIGHEST = np.log(1e-6), np.log(1e6)
"""What of a contribution is drawn, at most; of their sum, the square."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

NOTE = (
    "Areas: by how much each term raises (above 1) or lowers (below 1) the hazard of the move that "
    "is open, a million times at most; they multiply to the line, the hazard over its base rate. "
    "Gaps: no move is open. Below: hazard spent, as a share of the random threshold; the nation "
    "moves at 100 %, by the one that is there first where both are on one day. "
    "One run of many, and no forecast of any government."
)

Reals = NDArray[np.float64]


@on_sheet
def hazard_chart(
    trace: Trace, nation: str, ax: Axes | None = None, look: Theme = LIGHT, side: int = FORWARD
) -> Axes:
    """Contributions to a nation's hazard by day, stacked, and how far it came to its threshold.

    Parameters
    ----------
    trace : Trace
    nation : str
        Its id.
    ax, look
        See `sim.plots`; into axes that are given, the contributions are drawn alone.
    side : int
        0 for the moves forward, 1 for the exits.

    Returns
    -------
    Axes
        Those of the contributions.

    Raises
    ------
    ValueError
        No nation has that id.
    """
    index = trace.index_of(nation)
    if ax is not None:
        return _draw_terms(ax, trace, index, side, look)
    sheet = Sheet(8.0, 6.2, look)
    spec = sheet.add_gridspec(2, 1, height_ratios=[3, 1])
    below = sheet.add_subplot(spec[1])
    axes = sheet.add_subplot(spec[0], sharex=below)
    thresholds = trace.thresholds(index)[1:]
    for move, colour, dashes, label in (
        (FORWARD, look.ink, "solid", "threshold used: move forward"),
        (EXIT, look.stages["left"], "dashed", "threshold used: exit"),
    ):
        used = np.minimum(trace.accumulated(index, move)[1:] / thresholds[:, move], 1.0)
        style: dict[str, Any] = {"color": colour, "ls": dashes, "lw": 1.4}
        below.plot(day_edges(trace), np.repeat(used, 2), label=label, **style)
    below.set_ylim(0, 1.03)
    below.set_xlim(*day_positions(trace, [0, trace.n_days]))
    below.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    below.set_ylabel("share of threshold")
    lines_across(below, look)
    day_axis(below, trace, look)
    _draw_terms(axes, trace, index, side, look)
    sheet.align_ylabels()
    axes.tick_params(labelbottom=False)
    axes.xaxis.get_offset_text().set_visible(False)
    axes.get_legend().remove()  # type: ignore[union-attr]
    axes.set_xlabel("")
    legend_below(below, look, others=[axes])
    origin = (f"run {trace.run}", f"seed {trace.seed}", f"digest {trace.scenario.digest[:8]}")
    small_print(axes, " · ".join([title_of(trace.scenario), *origin]), NOTE, look)
    return axes


def stacked_terms(trace: Trace, index: int, side: int) -> tuple[tuple[str, ...], Reals]:
    """Terms that are ever other than 0, without the rate; the smallest of many as one.

    Returns
    -------
    names : tuple of str
    rows : ndarray, shape (n_days, n_terms)
        Their parts of the log hazard by day, NaN where no move is open.
    """
    rows = trace.term_rows(index, side)[1:, 1:]
    size = np.nan_to_num(np.abs(np.clip(rows, LOWEST, HIGHEST))).sum(axis=0)
    by_size = [int(term) for term in np.argsort(-size, kind="stable") if size[term] > 0]
    kept = by_size if len(by_size) <= MOST_TERMS else by_size[: MOST_TERMS - 1]
    rest = by_size[len(kept) :]
    names = (*(TERMS[1 + term] for term in kept), *([f"{len(rest)} others"] if rest else []))
    found = rows[:, kept]
    if rest:
        found = np.column_stack([found, rows[:, rest].sum(axis=1)])
    return names, np.clip(found, LOWEST, HIGHEST)


def day_edges(trace: Trace) -> Reals:
    """Where each day from 1 on begins and ends on the axis, half a day about it, flat."""
    middle = day_positions(trace, np.arange(1, trace.n_days + 1))
    return np.stack([middle - 0.5, middle + 0.5], axis=1).ravel()


def _draw_terms(axes: Axes, trace: Trace, index: int, side: int, look: Theme) -> Axes:
    """Draw what raises the hazard above the line of the base rate, and what lowers it below."""
    days, (names, rows) = day_edges(trace), stacked_terms(trace, index, side)
    for sign in (1, -1):
        base = np.zeros(len(days))
        for name, part in zip(names, np.repeat(np.nan_to_num(rows).T, 2, axis=1), strict=True):
            top = base + np.where(sign * part > 0, part, 0.0)
            label = name.replace("_", " ") if sign == 1 else "_"
            with fine_hatching():
                axes.fill_between(days, base, top, lw=0, label=label, **_filling(name, look))
            base = top
    if not names:
        say_empty(axes, _nothing(trace, index, side), look)
    total = trace.term_rows(index, side)[1:, 1:].sum(axis=1)
    within = np.repeat(np.clip(total, 2 * LOWEST, 2 * HIGHEST), 2)
    axes.plot(days, within, color=look.ink, lw=1.8, label="hazard / base rate")
    axes.axhline(0, color=look.ink, lw=0.6)
    axes.set_xlim(*day_positions(trace, [0, trace.n_days]))
    low, high = axes.get_ylim()
    low, high = min(low, -0.2), max(high, 0.2)
    axes.set_ylim(low, high)
    ticks = FACTORS[(np.log(FACTORS) >= low) & (np.log(FACTORS) <= high)]
    if len(ticks) > MOST_TICKS:
        ticks = ticks[[f"{factor:e}"[0] == "1" for factor in ticks]]
        ticks = ticks[:: -(-len(ticks) // MOST_TICKS)]
    axes.set_yticks(np.log(ticks), [_factor_text(factor) for factor in ticks.tolist()])
    axes.set_ylabel("times the base rate")
    day_axis(axes, trace, look)
    n_lines = _name_stages(axes, trace, index, look)
    what = "What moves" if side == FORWARD else "What drives out"
    name = cut(trace.scenario.nations[index].name, LONGEST_NAME)
    heading(axes, f"{what} {name}", n_lines, look)
    legend_below(axes, look)
    return axes


def _nothing(trace: Trace, index: int, side: int) -> str:
    """Why no term is drawn."""
    if np.isnan(trace.term_rows(index, side)[1:]).all():
        return f"No {'move forward' if side == FORWARD else 'exit'} is open on any day."
    return "No term changes the rate: the hazard is the base rate on every day."


def _filling(name: str, look: Theme) -> dict[str, Any]:
    """Colour and hatching of a term; grey for what has no colour."""
    colour = look.faint
    for row in (COLOURED, AGAIN, ONCE_MORE):
        colour = look.series_colour(row.index(name)) if name in row else colour
    hatching = {"hatch": HATCHES_OF.get(name, ""), "edgecolor": look.paper}
    return {"facecolor": colour, "alpha": 0.6 if colour == look.faint else 0.85, **hatching}


def _factor_text(factor: float) -> str:
    """A factor of the rate as its axis shows it."""
    if not 1e-4 < factor < 1e4:
        return "10" + f"{np.log10(factor):.0f}".translate(SUPERSCRIPTS)
    return f"{factor:.0f}" if factor > 0.99 else f"1/{1 / factor:.0f}"


def _name_stages(axes: Axes, trace: Trace, index: int, look: Theme) -> int:
    """Draw a strip of the stages along the top, named where there is room; lines of names."""
    stages = trace.stage[:, index]
    starts = [0, *(np.nonzero(np.diff(stages))[0] + 1)]
    names = [STAGES[stages[start]] for start in starts]
    strip = axes.get_xaxis_transform()
    for start, end, name in zip(starts, [*starts[1:], trace.n_days], names, strict=True):
        ends = day_positions(trace, [start, max(end, start + 0.5)])
        colour = look.stages[name]
        axes.fill_between(ends, 0.975, 1.0, transform=strip, color=colour, lw=0, zorder=3)
        mark_day(axes, ends[0], look, is_dotted=True)
    labels = [(x / trace.n_days, name, look.ink) for x, name in zip(starts, names, strict=True)]
    return write_labels(axes, labels)[0]
