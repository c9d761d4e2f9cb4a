"""How well the model forecasts coalitions that it was not fitted to, and what baselines do.

Run ``python experiments/backtest/study.py``. It fits every specification of `menu` to all
coalitions but one, and to all but two, which takes long: what is done is kept in ``fits.json``.
``--quick`` fits two specifications with one coalition left out, and writes nothing.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.stats import t as student

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.backtest.menu import BEFORE, HINDSIGHT, MENU, MORE, PARTS
from experiments.histories.study import (
    NEW_MEMBER,
    REGION,
    RULES,
    Figures,
    clip,
    is_ally,
    is_in_union,
    read_rows,
)
from sim.calibration.backtest.baselines import base_rate, hazard_a_day, logistic
from sim.calibration.backtest.case import STANDINGS, Case, fit_without, score, score_independent
from sim.calibration.backtest.scores import Scores
from sim.calibration.history import load_history
from sim.calibration.occasions import course_of
from sim.calibration.parameters import Specification
from sim.calibration.replay import Calendar
from sim.plots.sheet import DPI
from sim.plots.theme import FAINT, INK, NORMAL, SMALL, STAGE_COLOURS

FOLDER = Path(__file__).resolve().parent
NAMES = (
    "gulf_1990",
    "isaf_2001",
    "iraq_2003",
    "libya_2011",
    "isis_2014",
    "leopard_2023",
    "f16_2023",
)
COLUMNS = {
    "bond and capability": ("bond", "capability"),
    "parts of the bond": (*PARTS, "capability"),
    "more covariates": (*MORE, "capability"),
}
"""What the baselines are given."""

KNOWN, SCHEDULED = "nested, calendar of the day", "nested, scheduled meetings alone"
"""The nested forecast without events after the day that are not scheduled before they happen, with
drawn ones in their place and without."""

SHOWN = {
    "nested": "the model, given votes and lists",
    KNOWN: "the model, calendar of the day",
    "bond decides, capability announces": "one specification, by hindsight",
    "logistic, bond and capability, random intercept": "logistic, random intercept",
    "logistic, more covariates, random intercept, updated": "the same, more covariates, updated",
    "logistic, more covariates, updated": "logistic, more covariates, updated",
    "hazard": "one hazard a day",
    "base rate": "base rate",
}
"""Forecasts of the figure, as it calls them: first those of the model."""

N_OF_MODEL = 3

MARKERS = ("<!-- tables -->", "<!-- end of tables -->")
WORDS = {
    "start": "On day 0",
    "launch": "With three nations public",
    "third": "After a third of the days",
    "half": "After half of the days",
}
NESTED = {"nested": tuple(BEFORE), "nested, with hindsight": tuple(MENU)}


class Line(NamedTuple):
    """The score of one forecast."""

    method: str
    coalition: str
    standing: str
    scores: Scores


# What the fits need ------------------------------------------------------------------------------


def parts_of(figures: Figures, name: str, nation: str) -> dict[str, float]:
    """The extra columns of a nation, each in [0, 1]."""
    rule = RULES[name]
    troops = figures.latest("us_troops_hosted", nation, rule.figures) or 0.0
    since = figures.fixed("nato_since", nation, -9999)
    is_new = 0 < rule.start - since <= NEW_MEMBER
    is_aspirant = figures.of_year("nato_aspirant", nation, rule.figures) > 0.0
    democracy = figures.latest("electoral_democracy", nation, rule.figures)
    distance = figures.fixed(f"distance_to_{rule.theatre}", nation, 1e9)
    return {
        "alliance": float(is_ally(figures, rule, nation)),
        "troops": clip(float(np.log10(1.0 + troops)) / 5.0),
        "aspirant": float(is_new or is_aspirant),
        "democracy": 0.5 if democracy is None else democracy,
        "union": float(is_in_union(figures, rule, nation)),
        "region": float(distance < REGION),
    }


def cases_of(extra: Sequence[str]) -> list[Case]:
    """The seven coalitions, with these extra columns."""
    figures, cases = Figures(read_rows("figures.csv")), []
    for name in NAMES:
        history = load_history(f"histories/{name}")
        by_nation = {
            nation.id: parts_of(figures, name, nation.id) for nation in history.scenario.nations
        }
        columns = {each: {n: row[each] for n, row in by_nation.items()} for each in extra}
        cases.append(Case(name, history, columns))
    return cases


# Fits, kept between runs -------------------------------------------------------------------------

Fits = dict[str, dict[str, list[float]]]


def key_of(left_out: Iterable[str]) -> str:
    """The coalitions that a fit leaves out, as text."""
    return ", ".join(left_out) or "none"


def read_fits() -> Fits:
    """The fits that were kept, by specification and coalitions left out."""
    path = FOLDER / "fits.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def fit_all(
    name: str, specification: Specification, cases: Sequence[Case], fits: Fits, most_left_out: int
) -> Iterator[None]:
    """Fit a specification with every choice of coalitions left out; yield after each new fit."""
    mine = fits.setdefault(name, {})
    for n_left_out in range(most_left_out + 1):
        for left_out in itertools.combinations([case.name for case in cases], n_left_out):
            if key_of(left_out) not in mine:
                start = np.array(mine[key_of([])]) if left_out else None
                found = fit_without(cases, specification, left_out, start)
                mine[key_of(left_out)] = [round(float(each), 10) for each in found.mode]
                yield


# Scores ------------------------------------------------------------------------------------------


def scores_of(
    name: str, specification: Specification, cases: Sequence[Case], fits: Mapping[str, list[float]]
) -> dict[tuple[str, str, str], Scores]:
    """Scores of a specification, by coalitions left out, coalition and standing."""
    found = {}
    for left_out, parameters in fits.items():
        for case in cases:
            if case.name in left_out.split(", "):
                for standing in STANDINGS:
                    forecast = case.outlook(standing, specification, np.array(parameters))
                    found[left_out, case.name, standing] = score(case, forecast)
    print(f"{name}: {len(found)} forecasts scored", flush=True)
    return found


def baseline_lines(cases: Sequence[Case]) -> Iterator[Line]:
    """Scores of the baselines, each coalition left out."""
    for standing in STANDINGS:
        for case in cases:
            others = [each for each in cases if each is not case]
            for name, columns in COLUMNS.items():
                now = case.standing(standing, columns)
                past = [each.standing(standing, columns) for each in others]
                if name == "bond and capability":
                    for method, forecast in (("base rate", base_rate), ("hazard", hazard_a_day)):
                        chance = forecast(past, now)
                        yield Line(method, case.name, standing, score_independent(chance, now))
                for updated, intercepts in itertools.product((False, True), repeat=2):
                    if updated and standing == STANDINGS[0]:
                        continue
                    method = f"logistic, {name}"
                    method += ", random intercept" * intercepts + ", updated" * updated
                    chance = logistic(past, now, updated, intercepts)
                    yield Line(method, case.name, standing, score_independent(chance, now))


def nested_lines(
    by_specification: Mapping[str, Mapping[tuple[str, str, str], Scores]], fits: Fits
) -> Iterator[Line]:
    """Scores of a choice among specifications, by what they forecast without the coalition.

    The specification is chosen whose log score is best over all standings, on the other six, each
    forecast by a fit to the remaining five.
    """
    for method, menu in NESTED.items():
        for outer in NAMES:
            inner = {
                name: np.mean(
                    [
                        by_specification[name][key_of(pair), case, standing].log
                        for case in NAMES
                        if case != outer
                        for pair in [[each for each in NAMES if each in (case, outer)]]
                        for standing in STANDINGS
                    ]
                )
                for name in menu
            }
            chosen = min(inner, key=lambda name: inner[name])
            print(f"{method}: without {outer}, {chosen!r} is chosen")
            for standing in STANDINGS:
                yield Line(
                    method, outer, standing, by_specification[chosen][outer, outer, standing]
                )
            if method == "nested":
                yield from known_lines(chosen, outer, fits[chosen])


def known_lines(name: str, outer: str, fits: Mapping[str, list[float]]) -> Iterator[Line]:
    """Scores of a specification that knows the calendar of the day alone.

    The law of other occasions is learned without the coalition that is forecast.
    """
    specification, cases = MENU[name], cases_of(MENU[name].extra)
    courses = [course_of(case.history) for case in cases if case.name != outer]
    (case,) = (each for each in cases if each.name == outer)
    calendars: tuple[tuple[str, Calendar], ...] = ((KNOWN, "known"), (SCHEDULED, "scheduled"))
    for standing, (method, calendar) in itertools.product(STANDINGS, calendars):
        parameters = np.array(fits[outer])
        forecast = case.outlook(standing, specification, parameters, calendar, courses)
        yield Line(method, outer, standing, score(case, forecast))


# What is written ---------------------------------------------------------------------------------


def table_of(lines: Sequence[Line]) -> dict[tuple[str, str, str], Scores]:
    """Scores by method, standing and coalition."""
    return {(line.method, line.standing, line.coalition): line.scores for line in lines}


def mean_of(table: Mapping[tuple[str, str, str], Scores], method: str, standing: str) -> Scores:
    """Means over coalitions; of coverage, how many."""
    rows = [table[method, standing, name] for name in NAMES]
    means = [float(np.nanmean(column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
    return Scores(*means, sum(row.covered for row in rows))  # type: ignore[arg-type]


def difference(
    table: Mapping[tuple[str, str, str], Scores], one: str, other: str, standing: str, field: str
) -> tuple[float, float, int]:
    """Mean difference over coalitions, half its 95 % interval, and how often one is better."""
    apart = np.array(
        [
            getattr(table[one, standing, name], field)
            - getattr(table[other, standing, name], field)
            for name in NAMES
        ]
    )
    half = student.ppf(0.975, len(NAMES) - 1) * apart.std(ddof=1) / np.sqrt(len(NAMES))
    return float(apart.mean()), float(half), int((apart < 0).sum())


def markdown(lines: Sequence[Line]) -> str:
    """The tables of the page."""
    table = table_of(lines)
    text = []
    for standing in STANDINGS:
        methods = [
            m
            for m in dict.fromkeys(line.method for line in lines)
            if (m, standing, NAMES[0]) in table
        ]
        text += [
            f"\n### {standing.capitalize()}\n",
            "| forecast | log | Brier | AUC | CRPS | energy | covered | nested minus this, log |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for method in sorted(methods, key=lambda m: mean_of(table, m, standing).log):
            mean = mean_of(table, method, standing)
            gap = ""
            if "nested" in {line.method for line in lines} and method != "nested":
                apart, half, wins = difference(table, "nested", method, standing, "log")
                gap = f"{apart:+.3f} ± {half:.3f}, better in {wins}"
            cells = [f"{each:.3f}" for each in (mean.log, mean.brier, mean.auc, mean.crps)]
            cells += [f"{mean.energy:.2f}", f"{mean.covered} of {len(NAMES)}", gap]
            text.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def scoreboard(lines: Sequence[Line]) -> Figure:
    """Log scores of some forecasts, by standing: each coalition, and the mean with its interval."""
    table = table_of(lines)
    figure = Figure(figsize=(7.6, 5.4), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2, 2, sharex=True, sharey=True)
    for axes, standing, letter in zip(grid.flat, STANDINGS, "abcd", strict=True):
        for row, method in enumerate(SHOWN):
            if (method, standing, NAMES[0]) not in table:
                axes.text(0.03, row, "nothing to update", fontsize=SMALL, color=FAINT, va="center")
                continue
            draw_row(axes, row, [table[method, standing, name].log for name in NAMES])
        axes.set_title(f"({letter}) {WORDS[standing]}", loc="left", fontsize=NORMAL + 1, color=INK)
        axes.grid(axis="x", color="#E6E6E6", lw=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=SMALL, color=INK, labelcolor=INK)
    grid[0, 0].set_yticks(range(len(SHOWN)), SHOWN.values())
    grid[0, 0].set_ylim(len(SHOWN) - 0.5, -0.5)
    grid[0, 0].set_xlim(0, 1.2)
    grid[0, 0].set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    for axes in grid[1]:
        axes.set_xlabel(
            "log loss a nation (small is good): coalitions,\nmean and its 95 % interval",
            fontsize=SMALL,
            color=INK,
        )
    return figure


def draw_row(axes: Axes, row: int, each: Sequence[float]) -> None:
    """Mark the scores of the coalitions, and their mean with its interval."""
    mean, colour = float(np.mean(each)), STAGE_COLOURS["public"] if row < N_OF_MODEL else INK
    half = student.ppf(0.975, len(each) - 1) * np.std(each, ddof=1) / np.sqrt(len(each))
    axes.plot(each, [row + 0.22] * len(each), "o", color=FAINT, ms=3, alpha=0.8)
    axes.plot([max(0.0, mean - half), mean + half], [row, row], color=colour, lw=1.4)
    axes.plot(mean, row, "D", color=colour, ms=5)


def write_page(lines: Sequence[Line]) -> None:
    """Put the tables into the page, between its markers."""
    page = FOLDER / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    text = f"{before}{MARKERS[0]}\n{markdown(lines)}\n{MARKERS[1]}{after}"
    page.write_text(text, encoding="utf-8")


def write_scores(lines: Sequence[Line]) -> None:
    """Write every score to ``scores.csv``."""
    with (FOLDER / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("method", "coalition", "standing", *Scores._fields))
        for line in lines:
            numbers = [f"{each:.4f}" for each in line.scores[:-1]]
            covered = "yes" if line.scores.covered else "no"
            writer.writerow((line.method, line.coalition, line.standing, *numbers, covered))


def read_scores() -> list[Line]:
    """The scores in ``scores.csv``."""
    with (FOLDER / "scores.csv").open(newline="", encoding="utf-8") as file:
        return [
            Line(
                row["method"],
                row["coalition"],
                row["standing"],
                Scores(
                    *(float(row[name]) for name in Scores._fields[:-1]), row["covered"] == "yes"
                ),
            )
            for row in csv.DictReader(file)
        ]


def write(lines: Sequence[Line]) -> None:
    """Write scores, tables and figure."""
    write_scores(lines)
    write_page(lines)
    scoreboard(lines).savefig(FOLDER / "scoreboard.png", dpi=DPI, metadata={"Software": None})


def main() -> int:
    """Fit, forecast, score, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two specifications, write nothing")
    parser.add_argument("--redraw", action="store_true", help="tables and figure from scores.csv")
    options = parser.parse_args()
    if options.redraw:
        write(read_scores())
        return 0
    menu = {name: HINDSIGHT[name] for name in tuple(HINDSIGHT)[:2]} if options.quick else MENU
    fits = {} if options.quick else read_fits()
    by_specification, lines = {}, []
    for name, specification in menu.items():
        cases = cases_of(specification.extra)
        if options.quick:
            cases = cases[-3:]
        for _ in fit_all(name, specification, cases, fits, 1 if options.quick else 2):
            if not options.quick:
                text = json.dumps(fits, indent=1) + "\n"
                (FOLDER / "fits.json").write_text(text, encoding="utf-8")
        found = by_specification[name] = scores_of(name, specification, cases, fits[name])
        lines += [
            Line(name, case, standing, each)
            for (left_out, case, standing), each in found.items()
            if left_out == case
        ]
    if options.quick:
        for line in lines:
            print(line.method, line.coalition, line.standing, f"log {line.scores.log:.3f}")
        return 0
    lines = [*nested_lines(by_specification, fits), *lines, *baseline_lines(cases_of(MORE))]
    write(lines)
    print(markdown(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
