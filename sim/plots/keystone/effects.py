"""Keystone effects: what each announcement does to the others, and how likely it is anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.plots.axes import legend_below
from sim.plots.catalogue import DrawingError
from sim.plots.ensemble.by_nation import MAX_ROWS, rows_asked, rows_that_fit
from sim.plots.keystone.rows import (
    DotStyle,
    change_label,
    dots,
    finish_panel,
    keystone_line,
    name_rows,
    panels_of,
)
from sim.plots.sheet import head_figure, on_sheet, small_print
from sim.plots.theme import LIGHT, SMALL, Theme
from sim.results.format import counted, cut, day_text, percent
from sim.studies.compare.changes import CHANCES

if TYPE_CHECKING:
    from sim.studies.keystone.result import Keystone, LeverEffect

AROUND_INCHES = 2.1

BLANK_ROWS = 1.7
"""Rows that the heading of a part takes."""

HEADINGS = {"meetings": "Meetings, left out", "conditions": "Conditions, set"}


class Part(NamedTuple):
    """Levers that stand together, under a heading unless it is empty."""

    heading: str
    levers: tuple[LeverEffect, ...]


@on_sheet
def keystone_effects(
    keystone: Keystone,
    ax: Axes | None = None,
    look: Theme = LIGHT,
    max_rows: int = MAX_ROWS,
    top: int | None = None,
) -> Axes:
    """Changes by lever as dots with intervals, and how likely each nation is to join anyway.

    Parameters
    ----------
    keystone : Keystone, stored or in memory
    ax, look
        See `sim.plots`; into axes that are given, the changes of the outcome are drawn alone.
    max_rows : int
        Rows to draw; of more levers the first of each part are drawn.
    top : int, optional
        Draw the first so many of each part instead.

    Returns
    -------
    Axes
        Those of the changes of the outcome.

    Raises
    ------
    DrawingError
        No lever changes anything.
    """
    most = rows_that_fit(look, rows_asked(top, max_rows), AROUND_INCHES)
    parts = parts_of(keystone, most)
    if not parts:
        raise DrawingError("no lever changes anything")
    levers = [lever for part in parts for lever in part.levers]
    layout = laid_out(parts)
    has_chances = "nations" in keystone.kinds
    has_success = "success" in keystone.outcomes and keystone.outcome != "success"
    widths = [1.0] * has_chances + [2.4] + [1.5] * has_success
    panels = panels_of(layout.height, widths, ax, look, AROUND_INCHES)
    main = panels[1] if len(panels) > 1 and has_chances else panels[0]
    draw_changes(main, layout.places, levers, keystone, look)
    if len(panels) > 1 and has_chances:
        draw_chances(panels[0], layout.places, levers, keystone, look)
    if len(panels) > 1 and has_success:
        for place, lever in zip(layout.places, levers, strict=True):
            style = DotStyle(look.public if lever.is_feasible else look.faint)
            dots(panels[-1], [place], [lever.changes["success"]], 100.0, look, style)
        finish_panel(panels[-1], layout.places, "change in success, points", look)
    names = [(x.label, x.name if x.kind == "nations" else x.label) for x in levers]
    name_rows(panels[0], layout.places, names, look, AROUND_INCHES)
    for axes in panels:
        axes.set_ylim(layout.height - 0.4, -0.7)
    for axes in panels[1:]:
        axes.tick_params(axis="y", labelleft=False, length=0)
    words: dict[str, Any] = {"size": SMALL, "color": look.faint, "parse_math": False}
    words["bbox"] = {"facecolor": look.paper, "edgecolor": "none", "pad": 1.5}
    for place, text in layout.titles:
        across = panels[0].get_yaxis_transform()
        panels[0].text(0.0, place, text, transform=across, va="center", zorder=4, **words)
    head_figure(panels[0], _heading(keystone), look)
    small_print(panels[0], keystone_line(keystone), _note(keystone, len(levers)), look)
    return main


class Layout(NamedTuple):
    """Where rows and headings stand, from the top down.

    Attributes
    ----------
    places : list of float
    titles : list of (float, str)
    height : float
    """

    places: list[float]
    titles: list[tuple[float, str]]
    height: float


def laid_out(parts: list[Part]) -> Layout:
    """Rows of parts below each other, with room for headings."""
    places, titles, at = list[float](), list[tuple[float, str]](), 0.0
    for part in parts:
        if part.heading:
            titles.append((at + 0.3 * (at > 0), part.heading))
            at += BLANK_ROWS if at > 0 else 1.0
        places += [at + row for row in range(len(part.levers))]
        at += len(part.levers)
    return Layout(places, titles, at)


def draw_changes(
    axes: Axes, places: list[float], levers: list[LeverEffect], keystone: Keystone, look: Theme
) -> None:
    """Draw the changes of the outcome against the base, and against never being at the stage."""
    outcome = keystone.outcome
    scale = 100.0 if outcome in CHANCES else 1.0
    with_never = [n for n, lever in enumerate(levers) if outcome in lever.against_never]
    shift = 0.16 if with_never else 0.0
    for is_near in (True, False):
        some = [n for n, lever in enumerate(levers) if lever.is_feasible == is_near]
        changes = [levers[n].changes[outcome] for n in some]
        label = "against the base" if is_near == levers[0].is_feasible else ""
        style = DotStyle(look.public if is_near else look.faint, label=label)
        dots(axes, [places[n] - shift for n in some], changes, scale, look, style)
    if with_never:
        changes = [levers[n].against_never[outcome] for n in with_never]
        label = f"against never being {keystone.stage}{_never_runs(keystone)}"
        style = DotStyle(look.private, "D", label, is_filled=False)
        dots(axes, [places[n] + shift for n in with_never], changes, scale, look, style)
    finish_panel(axes, places, f"change in {change_label(keystone, outcome)}", look)
    if with_never:
        legend_below(axes, look)


def parts_of(keystone: Keystone, most: int) -> list[Part]:
    """Levers by part, the first so many of each: feasible ones, then those that are set apart."""
    found = []
    for kind in keystone.kinds:
        there = [lever for lever in keystone.of_kind(kind) if not lever.why]
        near = tuple(lever for lever in there if lever.is_feasible)[:most]
        far = tuple(lever for lever in there if not lever.is_feasible)[:most]
        title = HEADINGS.get(kind, "") if keystone.kinds != (kind,) else ""
        if near:
            found.append(Part(title, near))
        if far:
            found.append(Part(f"Chance below {percent(keystone.feasible)}", far))
    return found


def draw_chances(
    axes: Axes, places: list[float], levers: list[LeverEffect], keystone: Keystone, look: Theme
) -> None:
    """Draw how likely nations are to be at the stage by the end, as bars with intervals."""
    for place, lever in zip(places, levers, strict=True):
        if lever.public is None:
            continue
        colour = look.public if lever.is_feasible else look.faint
        axes.barh(place, 100 * lever.public.chance, height=0.62, color=colour, alpha=0.45)
        ends = [100 * lever.public.low, 100 * lever.public.high]
        axes.plot(ends, [place, place], color=colour, lw=1.2, solid_capstyle="butt")
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0f} %"))
    if keystone.feasible > 0:
        axes.axvline(100 * keystone.feasible, color=look.ink, lw=0.7, ls=(0, (3, 2)))
    stage = "public" if keystone.stage == "left" else keystone.stage
    axes.set_xlabel(f"{stage} by the end, base", fontsize=SMALL)
    axes.spines["left"].set_visible(False)


def _heading(keystone: Keystone) -> str:
    day = day_text(keystone.scenario.start, keystone.day)
    if keystone.kinds == ("meetings",):
        return "What each meeting does: changes if it is left out"
    if keystone.kinds == ("conditions",):
        return f"What each condition does if it is set from {day} on"
    if keystone.stage == "left":
        return f"What each nation's departure on {day} would do"
    if keystone.stage == "public":
        return f"What each nation's announcement on {day} would do"
    return f"What each nation would do if it were {keystone.stage} on {day}"


def _never_runs(keystone: Keystone) -> str:
    """How many runs of each nation were made for it, unless all were that differ."""
    if keystone.never_runs is None or keystone.has_all_never_runs:
        return ""
    least, most = keystone.never_runs
    return f",\nby {least:,} to {most:,} runs of it each"


def _note(keystone: Keystone, n_drawn: int) -> str:
    idle = [lever.name for lever in keystone.levers if lever.why]
    n_more = len(keystone.levers) - len(idle) - n_drawn
    note = (
        "Dots: means over runs with their 95 % intervals, each by itself, against runs of the same "
        "luck: Monte Carlo error alone. Others are the public nations at the end beside the one "
        "that announces."
    )
    if keystone.outcome != "others" or "nations" not in keystone.kinds:
        note = note.removesuffix(
            " Others are the public nations at the end beside the one that announces."
        )
    if n_more > 0:
        note += f" {counted(n_more, 'lever')} more not drawn."
    if idle:
        note += f" Without effect, as nothing is left to change: {cut(', '.join(idle), 100)}."
    return note
