"""Ask whether runs of Paris 2025 and its variants show what past coalitions have in common.

Run ``python experiments/stylised_facts/study.py``; ``--quick`` makes few runs, writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.stylised_facts.facts import (
    LARGEST,
    Pair,
    Sample,
    capacities,
    declarations,
    measure,
    near_meetings,
    ratio_of,
    run_pair,
)
from experiments.stylised_facts.score import (
    FACTS,
    FOLDER,
    MISSED,
    PARTLY,
    SHOWN,
    UNDECIDED,
    Line,
    band_of,
    history,
    lines_of,
    verdicts_of,
    write_table,
)
from sim.plots.sheet import DPI
from sim.plots.theme import FAINT, INK, NORMAL, SMALL, STAGE_COLOURS

ROOT = Path(__file__).resolve().parents[2]
BASE = "paris_2025"
RUNS, QUICK_RUNS, SEED = 20_000, 300, 1
NAMES = {
    "paris_2025": "as it stands",
    "paris_2025_scheduled": "scheduled only",
    "paris_2025_peace_deal": "peace deal",
    "paris_2025_russian_opposition": "Russian opposition",
    "paris_2025_us_backstop": "US backstop",
    "paris_2025_us_withdraws": "US withdraws",
}
COLOURS = ("#222222", "#4477AA", "#228833", "#AA3377", "#EE8866", "#66CCEE", "#BBBBBB")
HISTORY = "#E3DCC8"
VERDICT_COLOURS = {SHOWN: "#B7D7B0", PARTLY: "#F1E6A8", MISSED: "#EFB8A6", UNDECIDED: "#EEEEEE"}
MARKERS = {"Iraq 2003": "s", "Gulf 1990": "^", "Leopard tanks 2023": "D"}
LAUNCHES = {
    "unnamed_at_half": "half of the final\nnumber named",
    "unnamed_at_leaders_call": "leaders' call,\n15 March",
    "unnamed_at_ukraine_recovery_conference": "recovery conference,\n10 July",
}
SHORT = {
    "a": "unnamed\nat launch",
    "b": "bursts",
    "c": "no number",
    "d": "reversals",
    "e": "the large",
}


class Curves(NamedTuple):
    """What the figure draws by day, from the first scenario's runs or from each one's."""

    declared: list[NDArray[np.float64]]
    near: NDArray[np.bool_]
    pledged: NDArray[np.float64]
    capacity: NDArray[np.float64]


class Found(NamedTuple):
    """Everything about one scenario."""

    name: str
    samples: dict[str, Sample]
    curves: Curves


def scenarios() -> list[Path]:
    """The first scenario and every variant of it that is shipped, in the order of their names."""
    return sorted((ROOT / "scenarios").glob(f"{BASE}*.yaml"))


def examine(file: Path, runs: int) -> Found:
    """Run a scenario and its control, and measure."""
    pair = run_pair(str(file), runs, SEED)
    return Found(file.stem, measure(pair), curves_of(pair))


def curves_of(pair: Pair) -> Curves:
    """Declarations a day with and without meetings; pledged over named, with its ranges."""
    shown = pair.shown
    by_day = [
        ratio_of(shown.firm_size[:, day], shown.size[:, day])[:5] for day in range(shown.n_days + 1)
    ]
    declared = [declarations(each).mean(axis=0) for each in pair]
    near = near_meetings(shown, only_all=True)
    return Curves(declared, near, np.array(by_day).T, capacities(shown))


# The table ---------------------------------------------------------------------------------------


def number(value: float) -> str:
    """Three decimals; a dash for what there is not."""
    return "-" if np.isnan(value) else f"{value:.3f}"


def print_table(lines: list[Line]) -> None:
    """Print every line, scenario by scenario, then the verdict on each fact."""
    for scenario in dict.fromkeys(line.scenario for line in lines):
        print(f"\n{scenario}\n{'':<58}history         model [95 % Monte Carlo]    90 % of runs")
        for line in (each for each in lines if each.scenario == scenario):
            told = line.history.split(": ")[-1]
            print(
                f"{line.fact} {line.quantity:<58}{told:<16} {in_words(line.sample)}{line.verdict}"
            )
    print()
    for (fact, scenario), found in verdicts_of(lines).items():
        print(f"{FACTS[fact]:<36}{scenario:<28}{found}")


def in_words(sample: Sample) -> str:
    """Estimate, its interval and the range over runs, padded."""
    shown = f"{number(sample.estimate)} [{number(sample.low)}, {number(sample.high)}]"
    return f"{shown:<23} {number(sample.q05):>6} to {number(sample.q95):<8}"


def markdown(lines: list[Line]) -> str:
    """Tables of the README: verdicts on facts, then the first scenario's lines."""
    names = list(dict.fromkeys(line.scenario for line in lines))
    verdicts = verdicts_of(lines)
    heads = " | ".join(f"`{name}`" for name in names)
    text = [f"| fact | {heads} |", "| --- " * (len(names) + 1) + "|"]
    for fact, title in FACTS.items():
        found = " | ".join(
            f"{verdicts[fact, name]} ({counts_of(lines, fact, name)})" for name in names
        )
        text.append(f"| ({fact}) {title} | {found} |")
    text += ["", "| | quantity | history | model | 90 % of runs | verdict |", "| --- " * 6 + "|"]
    text += [markdown_row(line) for line in lines if line.scenario == BASE]
    return "\n".join(text)


def markdown_row(line: Line) -> str:
    """One line of the first scenario."""
    sample = line.sample
    model = f"{number(sample.estimate)} [{number(sample.low)}, {number(sample.high)}]"
    spread = f"{number(sample.q05)} to {number(sample.q95)}"
    told = line.history or "-"
    return f"| {line.fact} | {line.quantity} | {told} | {model} | {spread} | {line.verdict} |"


# The figure --------------------------------------------------------------------------------------


def draw(found: list[Found], lines: list[Line], runs: int) -> Figure:
    """Draw a panel a fact and one of verdicts."""
    figure = Figure(figsize=(10.0, 11.5), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(3, 2).ravel()
    for panel in panels:
        panel.tick_params(labelsize=SMALL, colors=INK)
        panel.spines[["top", "right"]].set_visible(False)
    draw_launch(panels[0], found)
    draw_bursts(panels[1], found[0])
    draw_pledged(panels[2], found)
    draw_reversals(panels[3], found)
    draw_burden(panels[4], found)
    draw_verdicts(panels[5], lines, [each.name for each in found])
    handles, labels = panels[2].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=7, fontsize=SMALL, frameon=False
    )
    note = (
        f"{runs:,} runs a scenario, seed {SEED}. Marks: estimates, their 95 % Monte Carlo "
        "intervals mostly narrower than the mark. Grey: range of 90 % of the runs as it stands.\n"
        "Beige: range over past coalitions, sources in history.csv. "
        "Behaviour is fitted where past coalitions tell, "
        "judged elsewhere; no interval shows doubt about it."
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
    return figure


def name_panel(axes: Axes, title: str, label: str = "") -> None:
    """Title above the left edge, label under the horizontal axis."""
    axes.set_title(title, loc="left", fontsize=NORMAL + 1, color=INK)
    axes.set_xlabel(label, fontsize=SMALL, color=INK)


def mark(axes: Axes, sample: Sample, at: float, colour: str, shape: str = "o") -> None:
    """Draw an estimate with its Monte Carlo interval, along the horizontal axis."""
    if not np.isnan(sample.estimate):
        axes.plot([sample.low, sample.high], [at, at], color=colour, lw=1.5)
        axes.plot(sample.estimate, at, shape, color=colour, ms=4.5)


def scatter(axes: Axes, found: list[Found], key: str, row: int) -> None:
    """Mark a quantity of every scenario in a row, one under the other."""
    for place, each in enumerate(found):
        if key in each.samples:
            offset = 0.13 * (place - (len(found) - 1) / 2)
            mark(axes, each.samples[key], row + offset, COLOURS[place])


def rows_of(axes: Axes, texts: list[str]) -> None:
    """Label rows from the top down."""
    axes.set_yticks(range(len(texts)), texts, fontsize=SMALL)
    axes.set_ylim(len(texts) - 0.5, -0.5)


def draw_launch(axes: Axes, found: list[Found]) -> None:
    """(a) Share unnamed under each definition of the launch."""
    keys = [key for key in found[0].samples if key.startswith("unnamed")]
    band = band_of("unnamed")
    assert band is not None
    axes.axvspan(band.low, band.high, color=HISTORY, lw=0)
    for row, key in enumerate(keys):
        base = found[0].samples[key]
        axes.plot([base.q05, base.q95], [row, row], color="#CCCCCC", lw=5, solid_capstyle="butt")
        scatter(axes, found, key, row)
    rows_of(axes, [LAUNCHES.get(key, key.replace("unnamed_at_", "") + " named") for key in keys])
    axes.set_xlim(0, 1)
    name_panel(axes, "(a) Unnamed at launch", "share of the members that are not named")


def draw_bursts(axes: Axes, base: Found) -> None:
    """(b) Declarations by day, with meetings and without their effect."""
    days = np.arange(len(base.curves.near))
    shown, control = base.curves.declared
    top = 1.15 * shown.max()
    axes.fill_between(days, 0, top, where=base.curves.near, step="mid", color="#EEF2F7", lw=0)
    colour = STAGE_COLOURS["public"]
    axes.step(days[1:], shown[1:], where="mid", color=colour, lw=1.2, label="as it stands")
    axes.step(
        days[1:], control[1:], where="mid", color=FAINT, lw=1.2, label="meetings without effect"
    )
    axes.set_xlim(0, days[-1])
    axes.set_ylim(0, top)
    axes.set_ylabel("declarations a day, mean", fontsize=SMALL, color=INK)
    axes.legend(fontsize=SMALL, frameon=False, loc="upper right", title=burst_ratio(base))
    axes.get_legend().get_title().set_fontsize(SMALL)
    name_panel(axes, "(b) Bursts at meetings", "day; shaded: within 3 days of a meeting of all")


def burst_ratio(base: Found) -> str:
    """Share of declarations over share of days, in words."""
    near, control = (base.samples[f"bursts_all{end}"] for end in ("", "_control"))
    return f"near over share of days: {in_short(near)};\nwithout effect {in_short(control)}"


def in_short(sample: Sample) -> str:
    """Estimate and its interval."""
    return f"{sample.estimate:.2f} [{sample.low:.2f}, {sample.high:.2f}]"


def draw_pledged(axes: Axes, found: list[Found]) -> None:
    """(c) Pledged over named nations by day."""
    band = band_of("pledged")
    assert band is not None
    axes.axhspan(band.low, band.high, color=HISTORY, lw=0, label="past coalitions")
    days = np.arange(found[0].curves.pledged.shape[1])
    low, high = found[0].curves.pledged[3:5]
    axes.fill_between(days, low, high, step="mid", color="#777777", alpha=0.2, lw=0)
    for place, each in enumerate(found):
        axes.plot(
            days,
            each.curves.pledged[0],
            color=COLOURS[place],
            lw=1.4,
            label=NAMES.get(each.name, each.name),
        )
    axes.set_xlim(0, days[-1])
    axes.set_ylim(0, 1)
    axes.set_ylabel("pledged over named nations", fontsize=SMALL, color=INK)
    name_panel(axes, "(c) More join than name a number", "day")


def draw_reversals(axes: Axes, found: list[Found]) -> None:
    """(d) Withdrawn of the named, and come back of those that left."""
    keys = {
        "withdrew": "withdrawn, of\nthe ever named",
        "returned": "come back, of\nthose that left",
    }
    for row, key in enumerate(keys):
        band = band_of(key)
        assert band is not None
        axes.fill_between([band.low, band.high], row - 0.4, row + 0.4, color=HISTORY, lw=0)
        scatter(axes, found, key, row)
    rows_of(axes, list(keys.values()))
    axes.set_xscale("log")
    axes.set_xlim(0.004, 1)
    axes.set_xticks([0.01, 0.03, 0.1, 0.3, 1], ["0.01", "0.03", "0.1", "0.3", "1"])
    axes.xaxis.set_minor_locator(NullLocator())
    name_panel(axes, "(d) Reversals in both directions", "share, on a log scale")


def draw_burden(axes: Axes, found: list[Found]) -> None:
    """(e) Share of the force of the largest, by contribution and by capacity."""
    capacity = np.sort(found[0].curves.capacity)[::-1]
    texts = []
    for key, words in (("force", "contributors"), ("capacity", "by capacity")):
        for n in LARGEST:
            row, base = len(texts), found[0].samples[f"{key}_{n}"]
            draw_force_history(axes, f"{key}_{n}", row)
            ends = [base.q05, base.q95]
            axes.plot(ends, [row, row], color="#CCCCCC", lw=5, solid_capstyle="butt", zorder=1)
            scatter(axes, found, f"{key}_{n}", row)
            if key == "capacity":
                share = capacity[:n].sum() / capacity.sum()
                axes.plot([share, share], [row - 0.4, row + 0.4], color=INK, lw=1, ls=":")
            texts.append(f"{n} largest\n{words}")
    rows_of(axes, texts)
    axes.set_xlim(0, 1.02)
    for name, shape in MARKERS.items():
        axes.plot([], [], shape, ms=4, mfc="none", color=FAINT, label=name)
    where = {"loc": "upper left", "bbox_to_anchor": (0, -0.13), "borderaxespad": 0}
    axes.legend(fontsize=SMALL, frameon=False, ncols=3, **where)
    name_panel(
        axes,
        "(e) The large carry most",
        "share of the force; dotted: of all capacity; history without the United States",
    )


def draw_force_history(axes: Axes, measure_name: str, row: int) -> None:
    """Range over past coalitions and each of them, where there are any."""
    band = band_of(measure_name)
    if band is None:
        return
    axes.fill_between([band.low, band.high], row - 0.45, row + 0.45, color=HISTORY, lw=0, zorder=0)
    for record in history():
        if record.measure == measure_name:
            shape = MARKERS.get(record.coalition, "o")
            axes.plot(record.value, row - 0.38, shape, ms=4, mfc="none", color=FAINT, zorder=2)


def draw_verdicts(axes: Axes, lines: list[Line], names: list[str]) -> None:
    """Draw the verdict on each fact in each scenario."""
    verdicts = verdicts_of(lines)
    for row, fact in enumerate(FACTS):
        for column, name in enumerate(names):
            found = verdicts[fact, name]
            axes.fill_between(
                [column - 0.47, column + 0.47], row - 0.45, row + 0.45, color=VERDICT_COLOURS[found]
            )
            text = f"{found}\n{counts_of(lines, fact, name)}"
            axes.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=INK)
    rows_of(axes, [f"({fact}) {SHORT[fact]}" for fact in FACTS])
    short = [NAMES.get(name, name).replace(" ", "\n", 1) for name in names]
    axes.set_xticks(range(len(names)), short, fontsize=SMALL)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    name_panel(axes, "Verdicts (shown · partly · missed · undecided)")


def counts_of(lines: list[Line], fact: str, scenario: str) -> str:
    """How many of the fact's quantities are shown, partly so, missed, and undecided."""
    verdicts = [line.verdict for line in lines if (line.fact, line.scenario) == (fact, scenario)]
    order = (SHOWN, PARTLY, MISSED, UNDECIDED)
    return " · ".join(str(verdicts.count(each)) for each in order)


def main() -> int:
    """Print the table; write it and draw the figure unless asked to be quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, write nothing")
    parser.add_argument("--markdown", action="store_true", help="print the README's tables too")
    options = parser.parse_args()
    runs = QUICK_RUNS if options.quick else RUNS
    found = [examine(file, runs) for file in scenarios()]
    lines = [line for each in found for line in lines_of(each.name, each.samples)]
    print_table(lines)
    if options.markdown:
        print("\n" + markdown(lines))
    if not options.quick:
        write_table(lines, FOLDER / "table.csv")
        draw(found, lines, runs).savefig(FOLDER / "stylised_facts.png", dpi=DPI)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
