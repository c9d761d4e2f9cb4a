"""Figures of the study, from its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.who_where_what.page import ASKED, NAMES, NOW, SETS, Row, Tables, chance_share, only
from sim.plots.axes import legend_below, lines_across
from sim.plots.sheet import (
    Sheet,
    head_figure,
    heading,
    new_axes,
    save_figure,
    settings,
    small_print,
)
from sim.plots.theme import DASHES, LIGHT, MARKERS, NORMAL, SMALL, Theme

ROW_INCHES = 0.17


def draw(tables: Tables, folder: Path, look: Theme = LIGHT) -> None:
    """Draw all figures into a folder."""
    for name, figure in (
        ("announcements", announcements),
        ("peers", peers),
        ("backing", backing),
        ("inputs", inputs),
    ):
        with settings(look):
            axes = figure(tables, look)
        save_figure(axes, folder / f"{name}.png")


def announcements(tables: Tables, look: Theme) -> Axes:
    """Effects on the others by nation, a panel for each set of numbers."""
    fitted = [row for row in only(tables["announcements"], numbers="fitted") if not row["why"]]
    order = sorted(fitted, key=lambda row: -float(row["others"]))
    places = {row["lever"]: place for place, row in enumerate(order)}
    sheet = Sheet(8.0, 1.6 + ROW_INCHES * len(order), look)
    panels = sheet.subplots(1, len(SETS), sharey=True, squeeze=False)[0]
    for panel, (numbers, words) in zip(panels, SETS.items(), strict=True):
        rows = [row for row in only(tables["announcements"], numbers=numbers) if not row["why"]]
        for row in rows:
            is_likely = row["feasible"] == "True"
            colour = look.public if is_likely else look.faint
            place = places[row["lever"]]
            panel.plot(ends(row, "others"), [place] * 2, color=colour, lw=1.2)
            fill = colour if is_likely else look.paper
            style: dict[str, Any] = {"marker": "o", "ms": 3.6, "mfc": fill, "mec": colour}
            panel.plot([float(row["others"])], [place], ls="", **style)
        panel.axvline(0, color=look.ink, lw=0.8, zorder=0)
        panel.grid(axis="y", color=look.grid, lw=0.6)
        panel.xaxis.set_major_locator(MaxNLocator(4))
        panel.tick_params(labelsize=SMALL, colors=look.ink)
        panel.set_title(words, size=SMALL, color=look.ink, loc="left", parse_math=False)
        panel.set_xlabel("other public nations", fontsize=SMALL)
    panels[0].set_yticks(range(len(order)), [row["label"] for row in order], parse_math=False)
    panels[0].set_ylim(len(order) - 0.4, -0.6)
    changed = [row for row in tables["announcements"] if not row["why"]]
    low = min(float(row["others_low"]) for row in changed)
    high = max(float(row["others_high"]) for row in changed)
    for panel in panels:
        panel.set_xlim(low - 0.02, high + 0.02)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
    head_figure(panels[0], "What an announcement on 11 March does to the others", look)
    note = (
        "Change in the number of other public nations on 6 September. Hollow: chance below 10 % of "
        "being public by then. Lines: 95 % intervals of the Monte Carlo error."
    )
    small_print(panels[0], drawn_from(tables["sets"][0]), note, look)
    return panels[0]


def peers(tables: Tables, look: Theme) -> Axes:
    """The mean effect of an announcement along peers, a line for each pair of momenta."""
    axes = new_axes(6.4, 4.6, look)
    lines = list(dict.fromkeys((row["announcing"], row["declining"]) for row in tables["peers"]))
    for place, (announcing, declining) in enumerate(lines):
        rows = only(tables["peers"], announcing=announcing, declining=declining)
        at = [float(row["peers"]) for row in rows]
        at = [level + 0.05 * (place - 1.5) for level in at]  # so that intervals stand apart
        colour = look.series_colour(place)
        axes.vlines(at, *np.array([ends(row, "mean") for row in rows]).T, color=colour, lw=1.2)
        axes.plot(
            at,
            [float(row["mean"]) for row in rows],
            color=colour,
            ls=DASHES[place],
            marker=MARKERS[place],
            ms=4,
            label=f"momentum {float(announcing):.1f} in announcing, {float(declining):.1f} in "
            "declining",
        )
    axes.axhline(0, color=look.ink, lw=0.8)
    fitted = float(only(tables["fit"], parameter="peers")[0]["estimate"])
    for level, words in ((fitted, "fitted"), (1.0, "theory")):
        mark_level(axes, level, f" {words}", look)
    lines_across(axes, look)
    axes.set_xlabel("peers, in deciding and announcing", fontsize=NORMAL)
    axes.set_ylabel("other public nations", fontsize=NORMAL)
    heading(axes, "Whether one announcement helps hangs on three numbers", look=look)
    legend_below(axes, look)
    announcing, declining = lines[0]
    note = (
        "Mean effect of an announcement on 11 March on the others, over all nations that have not "
        f"announced. Momentum as fitted: {float(announcing):.1f} in announcing, "
        f"{float(declining):.1f} in declining. Upright: 95 % intervals of the Monte Carlo error, "
        "at most."
    )
    small_print(axes, drawn_from(tables["peers"][0]), note, look)
    return axes


def mark_level(axes: Axes, level: float, words: str, look: Theme, side: str = "left") -> None:
    """A dotted line at a level, with words at its top."""
    axes.axvline(level, color=look.faint, lw=0.8, ls=(0, (1, 2)))
    axes.text(
        *(level, 1.0, words),
        transform=axes.get_xaxis_transform(),
        ha=side,
        va="top",
        size=SMALL,
        color=look.faint,
    )


def backing(tables: Tables, look: Theme) -> Axes:
    """The chance of success by US backing, under two sets of numbers."""
    axes = new_axes(6.4, 4.5, look)
    for place, numbers in enumerate(("fitted", "drawn")):
        rows = only(tables["backing"], numbers=numbers)
        at = [float(row["level"]) for row in rows]
        colour = look.series_colour(place)
        low, high = np.array([[float(row["low"]), float(row["high"])] for row in rows]).T
        axes.fill_between(at, low, high, color=colour, alpha=0.2, lw=0)
        chances = [float(row["share"]) for row in rows]
        axes.plot(at, chances, color=colour, ls=DASHES[place], lw=1.8, label=SETS[numbers])
    axes.axhline(0.5, color=look.ink, lw=0.8)
    mark_level(axes, NOW, "the scenario's level ", look, side="right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    lines_across(axes, look)
    axes.set_xlabel("US backing: level", fontsize=NORMAL)
    axes.set_ylabel("chance of success", fontsize=NORMAL)
    heading(axes, "How much US backing is enough", look=look)
    legend_below(axes, look)
    note = "Bands: 95 % intervals of the Monte Carlo error, each level by itself."
    small_print(axes, drawn_from(tables["levels"][0]), note, look)
    return axes


def inputs(tables: Tables, look: Theme) -> Axes:
    """What is uncertain about success and about public nations, by where it comes from."""
    by_outcome = {
        outcome: {row["input"]: row for row in only(tables["inputs"], outcome=outcome)}
        for outcome in ("success", "size")
    }
    names = list(by_outcome["success"])
    sheet = Sheet(8.0, 1.9 + 0.27 * (len(names) + 1), look)
    panels = sheet.subplots(1, 2, sharey=True, squeeze=False)[0]
    luck = {row["outcome"]: row for row in tables["luck"]}
    for panel, (outcome, rows) in zip(panels, by_outcome.items(), strict=True):
        for place, name in enumerate(names):
            row = rows[name]
            span = [float(row["share.low"]), float(row["share.high"])]
            is_asked = name in ASKED
            colour = look.series_colour(0 if is_asked else 1)
            share_bar(panel, place, (float(row["share"]), *span), colour, look)
        share = tuple(map(float, chance_share(luck[outcome])))
        share_bar(panel, len(names), share, look.faint, look)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        panel.xaxis.set_major_locator(MaxNLocator(5))
        panel.tick_params(labelsize=SMALL, colors=look.ink)
        panel.axvline(0, color=look.ink, lw=0.8)
        words = "success" if outcome == "success" else "public nations at the end"
        panel.set_xlabel(words, fontsize=SMALL)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.grid(axis="x", color=look.grid, lw=0.6)
        panel.set_axisbelow(True)
    labels = [NAMES.get(name, by_outcome["success"][name]["label"]) for name in names]
    panels[0].set_yticks(range(len(names) + 1), [*labels, "chance"], parse_math=False)
    panels[0].set_ylim(len(names) + 0.6, -0.6)
    for place, words in enumerate(("can be asked about before Friday", "cannot")):
        panels[0].plot([], [], "s", color=look.series_colour(place), label=words)
    panels[0].plot([], [], "s", color=look.faint, label="chance")
    legend_below(panels[0], look)
    head_figure(panels[0], "What the result hangs on: shares of what is uncertain", look)
    of = tables["luck"][0]
    size = f"{int(of['points']):,} points of {of['runs']} runs"
    line = f"Paris, the week of 10 March 2025 · {size} · seed 1"
    note = (
        "Shares of the variance over the ranges in the table, Shapley effects on the chance or "
        "mean. Lines: 95 % intervals, over points and lucks."
    )
    small_print(panels[0], line, note, look)
    return panels[0]


def share_bar(axes: Axes, place: int, share: tuple[float, ...], colour: str, look: Theme) -> None:
    """A share as a bar with its interval."""
    axes.barh([place], [share[0]], height=0.6, color=colour)
    axes.plot(share[1:], [place] * 2, color=look.ink, lw=1.1)


def ends(row: Row, name: str) -> list[float]:
    """Both ends of the interval of a number."""
    return [float(row[f"{name}_low"]), float(row[f"{name}_high"])]


def drawn_from(row: Row) -> str:
    """What a figure was drawn from."""
    return f"Paris, the week of 10 March 2025 · {int(row['runs']):,} runs · seed 1"
