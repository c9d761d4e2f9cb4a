"""Map the chance of success over US backing and acceptability to Ukraine.

Run ``python experiments/us_backing_and_acceptability/study.py``; ``--quick`` makes a coarse map
from few runs and writes nothing. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sim
from sim.cli.progress import Progress
from sim.plots.axes import legend_below
from sim.plots.sheet import heading, new_axes, save_figure
from sim.plots.sweep.frame import small_print_of
from sim.plots.sweep.grid import axis_name, base_number
from sim.plots.theme import LIGHT, NORMAL, Theme
from sim.scenario.files.tree import tree_from
from sim.studies.design.file import load_study
from sim.studies.sweep.result import Sweep

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
BACKING, ACCEPTABILITY = "conditions.us_backing.level", "conditions.ukrainian_acceptability.level"
THRESHOLDS = {
    "size>=20": "at least 20 nations public",
    "force>=21": "force of at least 21 (70 % of the requirement)",
    "conditions.us_backing>=0.5": "US backing at least 0.5",
    "conditions.ukrainian_acceptability>=0.5": "acceptability to Ukraine at least 0.5",
}
"""The thresholds of success, each on the last day by itself."""

STYLES = ("dashed", "dashdot", "dotted", (0, (6, 2)), "solid")

COLUMNS = (
    *("success", "success.low", "success.high", "size", "size.low", "size.high", "private_size"),
    *("force", "force.low", "force.high", *THRESHOLDS),
)
QUICK = {
    "vary": {
        BACKING: {"range": [0.05, 0.95], "steps": 7},
        ACCEPTABILITY: {"range": [0.05, 0.95], "steps": 7},
    },
    "runs": 50,
}
MARK_BEGIN, MARK_END = "<!-- numbers: begin -->", "<!-- numbers: end -->"

Reals = NDArray[np.float64]


class Even(NamedTuple):
    """Where success is even along one condition, with the other held.

    Attributes
    ----------
    level, low, high : float
        -inf where success is likelier than not from the first level on, inf where it never is.
        `low` and `high` are where the ends of the 95 % interval of the chance cross one half: the
        Monte Carlo error, and no more.
    """

    level: float
    low: float
    high: float


def swept(quick: bool) -> Sweep:
    """The map, from a folder that is gone on with, or a coarse one from memory."""
    study = FOLDER / "study.yaml"
    changes = {key: tree_from(value) for key, value in QUICK.items()} if quick else {}
    progress = Progress(unit="points")
    out = None if quick else ROOT / "results" / FOLDER.name
    try:
        return sim.sweep(load_study(study, changes), out=out, progress=progress)
    finally:
        progress.close()


def grid(sweep: Sweep, name: str) -> Reals:
    """A column over (US backing, acceptability)."""
    shape = [len(each.options) for each in sweep.study.varied]
    values: Reals = sweep.column(name).reshape(shape)
    return values


def levels(sweep: Sweep) -> list[Reals]:
    """The levels of both conditions."""
    return [np.array(each.labels, dtype=np.float64) for each in sweep.study.varied]


def first_crossing(axis: Reals, chances: Reals) -> float:
    """Level at which chances first reach one half, on a straight line between points.

    -inf where they have at the first level, inf where they never do.
    """
    above = chances >= 0.5
    if not above.any():
        return float("inf")
    if above[0]:
        return float("-inf")
    place = int(above.argmax())
    before, after = chances[place - 1], chances[place]
    share = (0.5 - before) / (after - before)
    return float(axis[place - 1] + share * (axis[place] - axis[place - 1]))


def even_levels(sweep: Sweep, along: int) -> list[Even]:
    """Where success is even along one condition, for each level of the other."""
    axis = levels(sweep)[along]
    found = []
    for row in range(len(levels(sweep)[1 - along])):
        columns = (
            np.take(grid(sweep, name), row, axis=1 - along)
            for name in ("success", "success.high", "success.low")
        )
        found.append(Even(*(first_crossing(axis, column) for column in columns)))
    return found


def even_text(even: Even, axis: Reals) -> str:
    """An even level with its interval; ends off the map are told by its edge."""
    texts = []
    for level in even:
        text = f"{level:.2f}"
        if np.isinf(level):
            text = f"below {axis[0]:.3g}" if level < 0 else f"above {axis[-1]:.3g}"
        texts.append(text)
    return "{} [{} to {}]".format(*texts)


def write_points(sweep: Sweep) -> None:
    """Write every point into points.csv."""
    with (FOLDER / "points.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["us_backing", "ukrainian_acceptability", *COLUMNS])
        columns = [sweep.column(name) for name in (BACKING, ACCEPTABILITY, *COLUMNS)]
        for row in zip(*columns, strict=True):
            writer.writerow([f"{number:.6g}" for number in row])


def draw(sweep: Sweep) -> None:
    """Draw the map, where thresholds are met, the sizes and their distribution along US backing."""
    from sim import plots

    save_figure(plots.condition_map(sweep, outcome="success"), FOLDER / "success.png")
    save_figure(plots.condition_map(sweep, outcome="size"), FOLDER / "size.png")
    save_figure(plots.size_strip(sweep, across=BACKING), FOLDER / "size_strip.png")
    save_figure(thresholds_chart(sweep), FOLDER / "thresholds.png")


def thresholds_chart(sweep: Sweep, look: Theme = LIGHT) -> Axes:
    """Lines of even chance: of each threshold of success, and of success itself."""
    backing, acceptability = levels(sweep)
    axes = new_axes(6.4, 5.9, look)
    for place, (name, words) in enumerate(
        {**THRESHOLDS, "success": "success: all of them, for 14 days"}.items()
    ):
        is_all = name == "success"
        colour = look.ink if is_all else look.series_colour(place)
        axes.contour(
            *(backing, acceptability, grid(sweep, name).T, [0.5]),
            colors=[colour],
            linewidths=2.4 if is_all else 1.6,
            linestyles=["solid" if is_all else STYLES[place]],
        )
        axes.plot([], [], color=colour, lw=2.4 if is_all else 1.6, ls=STYLES[place], label=words)
    axes.set_xlim(backing[0], backing[-1])
    axes.set_ylim(acceptability[0], acceptability[-1])
    scenario = sweep.study.scenario
    axes.set_xlabel(axis_name(scenario, BACKING), fontsize=NORMAL, color=look.ink)
    axes.set_ylabel(axis_name(scenario, ACCEPTABILITY), fontsize=NORMAL, color=look.ink)
    base = [[base_number(scenario, path)] for path in (BACKING, ACCEPTABILITY)]
    axes.plot(*base, marker="X", color=look.ink, ls="", label="base scenario")
    heading(axes, "Where each threshold is as likely as not to be met", look=look)
    legend_below(axes, look)
    small_print_of(axes, sweep, [thresholds_note(sweep)], look)
    return axes


def thresholds_note(sweep: Sweep) -> str:
    """What lines are, and how sure the chances are that they are drawn from."""
    halves = [
        grid(sweep, f"{name}.high") - grid(sweep, f"{name}.low")
        for name in (*THRESHOLDS, "success")
    ]
    most = 100 * float(np.max(halves)) / 2
    return (
        "Each threshold by itself on the last day; success is all of them for 14 days running, at "
        "any time of the run. Lines lie where a chance is even, taken to be straight between "
        "points; half the width of a 95 % interval of a chance is at most "
        f"{most:.2g} points, which is Monte Carlo error alone."
    )


def nearest(axis: Reals, level: float) -> int:
    """Place of the nearest level."""
    return int(np.abs(axis - level).argmin())


def lines_of(sweep: Sweep) -> list[str]:
    """The reading in numbers, as a table and sentences in Markdown."""
    backing, acceptability = levels(sweep)
    even = even_levels(sweep, along=0)
    lines = [
        f"{sweep.n_points:,} points, {sweep.study.effort.runs:,} runs each, seed "
        f"{sweep.study.seed}. In brackets: 95 % intervals of the Monte Carlo error.",
        "",
        "| acceptability to Ukraine: level | US backing at which success is even |",
        "| --- | --- |",
    ]
    wanted = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.95)
    lines += [
        f"| {acceptability[place]:.3g} | {even_text(even[place], backing)} |"
        for place in dict.fromkeys(nearest(acceptability, level) for level in wanted)
    ]
    lines += ["", *corners(sweep)]
    return lines


def corners(sweep: Sweep) -> list[str]:
    """Chances where one condition is high and the other low, and at the base scenario."""
    backing, acceptability = levels(sweep)
    places = {
        "both high": (0.95, 0.95),
        "US backing high, acceptability low": (0.95, 0.2),
        "US backing low, acceptability high": (0.2, 0.95),
        "nearest to the base scenario (.35, .6)": (0.35, 0.6),
    }
    rows = ["| where | levels | success | public size | force |", "| --- | --- | --- | --- | --- |"]
    for words, (us, ukraine) in places.items():
        spot = (nearest(backing, us), nearest(acceptability, ukraine))
        chance, low, high = (
            100 * grid(sweep, name)[spot] for name in ("success", "success.low", "success.high")
        )
        at = f"{backing[spot[0]]:.3g}, {acceptability[spot[1]]:.3g}"
        means = " | ".join(mean_text(sweep, name, spot) for name in ("size", "force"))
        rows.append(f"| {words} | {at} | {chance:.1f} % [{low:.1f} to {high:.1f}] | {means} |")
    return [*rows, "", *threshold_lines(sweep)]


def mean_text(sweep: Sweep, name: str, spot: tuple[int, int]) -> str:
    """A mean at one point, with its interval."""
    mean, low, high = (grid(sweep, f"{name}{part}")[spot] for part in ("", ".low", ".high"))
    return f"{mean:.1f} [{low:.1f} to {high:.1f}]"


def threshold_lines(sweep: Sweep) -> list[str]:
    """Over how much of the map each threshold is met as likely as not, and which one binds.

    A threshold binds at a point where it alone is the least likely; equal ones are counted apart.
    """
    met = {name: grid(sweep, name) for name in THRESHOLDS}
    rows = [
        "| threshold, on the last day | met as likely as not over | alone the least likely over |"
    ]
    rows.append("| --- | --- | --- |")
    chances = np.stack(list(met.values()))
    is_least = chances == chances.min(axis=0)
    is_tie = is_least.sum(axis=0) > 1
    least = np.where(is_tie, -1, is_least.argmax(axis=0))
    for place, (name, words) in enumerate(THRESHOLDS.items()):
        over = 100 * (met[name] >= 0.5).mean()
        binds = 100 * (least == place).mean()
        rows.append(f"| {words} | {over:.0f} % of the map | {binds:.0f} % |")
    rows.append(f"| two thresholds or more, equally | | {100 * is_tie.mean():.0f} % |")
    over = 100 * (grid(sweep, "success") >= 0.5).mean()
    rows.append(f"| success: all of them for 14 days running | {over:.0f} % of the map | |")
    return rows


def write_numbers(lines: list[str]) -> None:
    """Put the numbers between their marks in the README."""
    file = FOLDER / "README.md"
    text = file.read_text(encoding="utf-8")
    block = "\n".join([MARK_BEGIN, *lines, MARK_END])
    pattern = re.escape(MARK_BEGIN) + ".*" + re.escape(MARK_END)
    file.write_text(re.sub(pattern, lambda _: block, text, flags=re.DOTALL), encoding="utf-8")


def main() -> int:
    """Print the reading in numbers; write tables and figures unless asked to be quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a coarse map, written nowhere")
    quick = parser.parse_args().quick
    sweep = swept(quick)
    lines = lines_of(sweep)
    print("\n".join(lines))
    if not quick:
        write_points(sweep)
        write_numbers(lines)
        draw(sweep)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
