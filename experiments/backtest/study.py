"""How well the model forecasts coalitions that it was not fitted to, and what baselines do.

Run ``python experiments/backtest/study.py``. It fits every specification of `menu` to all
coalitions but one, and to all but two, which takes long: what is done is kept in ``fits.json``.
``--quick`` fits two specifications with one coalition left out, and writes nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
from sim.calibration.backtest.case import (
    N_DRAWS,
    STANDINGS,
    TITLES,
    Case,
    fit_without,
    score,
    score_independent,
)
from sim.calibration.backtest.reliability import Bin, Reliability, reliability
from sim.calibration.backtest.scoreboard import COLUMNS as SCORE_COLUMNS
from sim.calibration.backtest.scoreboard import Line, Scoreboard, lines_of, score_rows
from sim.calibration.backtest.scores import Scores
from sim.calibration.history import load_history
from sim.calibration.occasions import course_of, likely_calendars
from sim.calibration.outlook import Outlook, outlook_of
from sim.calibration.parameters import Specification
from sim.calibration.replay import Calendar
from sim.plots.backtest.reliability import draw_reliability
from sim.plots.backtest.scoreboard import draw_scores
from sim.plots.sheet import DPI, settings
from sim.plots.theme import LIGHT, NORMAL, SMALL
from sim.scenario.events import Meeting, Trigger
from sim.store.csv_files import csv_rows, csv_text

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

UNSCHEDULED = "nested, nothing known to come"
"""The same, where meetings too are known on their day alone, and drawn as other occasions are."""

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

OF_MODEL = ("nested", KNOWN, "bond decides, capability announces")

MARKERS = ("<!-- tables -->", "<!-- end of tables -->")
OF_OCCASIONS = ("<!-- occasions -->", "<!-- end of occasions -->")
N_LAW_DRAWS = 2000
NESTED = {"nested": tuple(BEFORE), "nested, with hindsight": tuple(MENU)}


class Given(NamedTuple):
    """A forecast of a coalition that was left out, for the reliability of its method."""

    method: str
    standing: str
    chance: np.ndarray
    draws: np.ndarray
    joined: np.ndarray


def given(method: str, case: Case, standing: str, forecast: Outlook) -> Given:
    """What a method said, with joint draws that no other coalition shares."""
    draws = forecast.draws(N_DRAWS, seed=1 + NAMES.index(case.name))
    joined = case.joined(forecast.nations)
    return Given(method, standing, forecast.chances, draws, joined)


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
    for case, standing in itertools.product(cases, STANDINGS):
        day, past = case.known_day(standing), case.past(standing)
        for left_out, parameters in fits.items():
            if case.name in left_out.split(", "):
                at = specification.coefficients(np.array(parameters))
                forecast = outlook_of(case.history, day, past, at)
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


def nested_choices(
    by_specification: Mapping[str, Mapping[tuple[str, str, str], Scores]],
    menus: Mapping[str, Sequence[str]] = NESTED,
) -> Iterator[tuple[str, str, str]]:
    """The specification that is chosen without each coalition: method, coalition, specification.

    It is the one whose log score is best over all standings, on the other six, each forecast by a
    fit to the remaining five.
    """
    for method, menu in menus.items():
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
            print(f"{method}: without {outer}, {chosen!r} is chosen", flush=True)
            yield method, outer, chosen


def forecasts_of(
    name: str, outer: str, fits: Mapping[str, list[float]]
) -> Iterator[tuple[str, str, Case, Outlook]]:
    """Forecasts by a specification of a coalition that was left out: method, standing and so on.

    Given all later events, those that were scheduled, or these with drawn ones in place of the
    others, whose law is learned without the coalition that is forecast.
    """
    specification, cases = MENU[name], cases_of(MENU[name].extra)
    courses = [course_of(case.history) for case in cases if case.name != outer]
    (case,) = (each for each in cases if each.name == outer)
    calendars: dict[str, Calendar] = {"nested": "all", KNOWN: "known", SCHEDULED: "scheduled"}
    parameters = np.array(fits[outer])
    for standing, (method, calendar) in itertools.product(STANDINGS, calendars.items()):
        forecast = case.outlook(standing, specification, parameters, calendar, courses)
        yield method, standing, case, forecast
    surprised, *others = map(with_nothing_scheduled, (case, *cases))
    courses = [course_of(each.history) for each in others if each.name != outer]
    for standing in STANDINGS:
        forecast = surprised.outlook(standing, specification, parameters, "known", courses)
        yield UNSCHEDULED, standing, case, forecast


def with_nothing_scheduled(case: Case) -> Case:
    """A case whose meetings are triggers: they act alike, and are not scheduled."""
    scenario = case.history.scenario
    events = tuple(
        Trigger(
            date=event.date,
            trigger=event.meeting,
            participants=event.participants,
            weight=event.weight,
        )
        if isinstance(event, Meeting)
        else event
        for event in scenario.events
    )
    scenario = scenario.model_copy(update={"events": events})
    return replace(case, history=replace(case.history, scenario=scenario))


def nested_lines(
    by_specification: Mapping[str, Mapping[tuple[str, str, str], Scores]], fits: Fits
) -> tuple[list[Line], list[Given]]:
    """Scores of nested choices, and what the first of them said."""
    lines, forecasts = list[Line](), list[Given]()
    for method, outer, name in nested_choices(by_specification):
        found = by_specification[name]
        lines += [Line(method, outer, each, found[outer, outer, each]) for each in STANDINGS]
        if method != "nested":
            continue
        for calendar, standing, case, forecast in forecasts_of(name, outer, fits[name]):
            if calendar != UNSCHEDULED:
                forecasts.append(given(calendar, case, standing, forecast))
            if calendar != method:
                lines.append(Line(calendar, outer, standing, score(case, forecast)))
    return lines, forecasts


# What is written ---------------------------------------------------------------------------------


Reliabilities = dict[tuple[str, str], Reliability]
"""By method and standing."""


def reliabilities(forecasts: Sequence[Given]) -> Reliabilities:
    """The reliability of each method by standing, pooled over coalitions."""
    keys = dict.fromkeys((each.method, each.standing) for each in forecasts)
    pooled = {
        key: [each for each in forecasts if (each.method, each.standing) == key] for key in keys
    }
    return {
        key: reliability(
            [each.chance for each in some],
            [each.draws for each in some],
            [each.joined for each in some],
        )
        for key, some in pooled.items()
    }


def markdown(board: Scoreboard, kept: Reliabilities) -> str:
    """The tables of the page."""
    text = []
    for standing in STANDINGS:
        text += [
            f"\n### {standing.capitalize()}\n",
            "| forecast | log | Brier | AUC | CRPS | energy | covered | nested minus this, log "
            "| calendar of the day minus this |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        methods = board.methods_at(standing)
        for method in sorted(methods, key=lambda m: board.mean(m, standing, "log").mean):
            gaps = []
            for one in ("nested", KNOWN):
                gap = ""
                if one in methods and method != one:
                    apart = board.difference(one, method, standing)
                    gap = f"{apart.mean:+.3f} ± {apart.half:.3f}, better in {apart.wins}"
                gaps.append(gap)
            fields = ("log", "brier", "auc", "crps")
            cells = [f"{board.mean(method, standing, each).mean:.3f}" for each in fields]
            n_covered, n = board.n_covered(method, standing)
            energy = board.mean(method, standing, "energy").mean
            cells += [f"{energy:.2f}", f"{n_covered} of {n}", *gaps]
            text.append(f"| {method} | {' | '.join(cells)} |")
    text += [
        "\n### Reliability\n",
        "| forecast | standing | bins within their band | p |",
        "| --- | --- | --- | --- |",
    ]
    for (method, standing), each in kept.items():
        n_within = sum(one.is_within for one in each.bins)
        text.append(f"| {method} | {standing} | {n_within} of {len(each.bins)} | {each.p:.3f} |")
    return "\n".join(text) + "\n"


def occasions_table() -> str:
    """Days with occasions after each date: those that came, and what the law expected.

    The law is learned without the coalition, as for the scores.
    """
    cases = [Case(name, load_history(f"histories/{name}")) for name in NAMES]
    text = [f"| coalition | {' | '.join(STANDINGS)} |", f"| --- |{' --- |' * len(STANDINGS)}"]
    for case in cases:
        courses = [course_of(each.history) for each in cases if each is not case]
        own, cells = course_of(case.history), []
        came = {event.first_date for each in (*own.apart, *own.at_meetings) for event in each}
        for standing in STANDINGS:
            day = case.known_day(standing)
            drawn = likely_calendars(case.history, day, courses, N_LAW_DRAWS)
            numbers = [len({event.first_date for event in each}) for each in drawn]
            low, high = np.quantile(numbers, [0.1, 0.9], method="inverted_cdf")
            n_came = sum(date > day for date in came)
            cells.append(f"{n_came} ({np.mean(numbers):.1f}, {low} to {high})")
        text.append(f"| {case.name} | {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def scoreboard(board: Scoreboard) -> Figure:
    """Log scores of some forecasts, by standing: each coalition, and the mean with its interval."""
    with settings(LIGHT):
        figure = Figure(figsize=(7.6, 5.4), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.subplots(2, 2, sharex=True, sharey=True)
        for axes, standing, letter in zip(grid.flat, STANDINGS, "abcd", strict=True):
            draw_scores(axes, board, standing, SHOWN, OF_MODEL)
            axes.set_title(f"({letter}) {TITLES[standing]}", loc="left", fontsize=NORMAL + 1)
        grid[0, 0].set_xlim(0, 1.5)
        for axes in grid[1]:
            axes.set_xlabel(
                "log loss a nation (small is good): coalitions,\nmean and its 95 % interval",
                fontsize=SMALL,
            )
    return figure


def reliability_figure(kept: Reliabilities) -> Figure:
    """Shares that joined against chances, by standing: given all events, and the calendar alone."""
    rows = {"nested": "given votes and lists", KNOWN: "calendar of the day"}
    with settings(LIGHT):
        figure = Figure(figsize=(12.0, 5.6), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.subplots(len(rows), len(STANDINGS), sharex=True, sharey=True)
        for (method, words), line in zip(rows.items(), grid, strict=True):
            for axes, standing in zip(line, STANDINGS, strict=True):
                draw_reliability(axes, kept[method, standing])
                axes.set_xticks([0.0, 0.5, 1.0])
                title = f"{TITLES[standing]}\n{words}, {kept[method, standing].p_text}"
                axes.set_title(title, loc="left", fontsize=SMALL + 0.5)
            line[0].set_ylabel("share that joined", fontsize=SMALL)
        for axes in grid[-1]:
            axes.set_xlabel("chance of joining", fontsize=SMALL)
    return figure


def write_into_page(tables: Mapping[tuple[str, str], str]) -> None:
    """Put tables into the page, each between its two markers."""
    page = FOLDER / "README.md"
    text = page.read_text(encoding="utf-8")
    for (begin, end), table in tables.items():
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table}\n{end}{after}"
    page.write_text(text, encoding="utf-8")


def write_tables(board: Scoreboard, kept: Reliabilities) -> None:
    """Write every score to ``scores.csv``, every bin to ``reliability.csv``."""
    bins = [
        [method, standing, each.p, *one]
        for (method, standing), each in kept.items()
        for one in each.bins
    ]
    write_csv("scores.csv", [SCORE_COLUMNS, *score_rows(board.lines)])
    write_csv("reliability.csv", [("method", "standing", "p", *Bin._fields), *bins])


def write_csv(name: str, rows: Iterable[Iterable[object]]) -> None:
    """Write a table to a file of this folder, its numbers to four digits."""
    text = csv_text([f"{x:.4f}" if isinstance(x, float) else x for x in row] for row in rows)
    (FOLDER / name).write_text(text, encoding="utf-8")


def read_tables() -> tuple[Scoreboard, Reliabilities]:
    """The scores in ``scores.csv``, and the bins in ``reliability.csv``."""
    kept: Reliabilities = {}
    for row in csv_rows(FOLDER / "reliability.csv"):
        numbers = {name: float(row[name]) for name in Bin._fields if name != "nations"}
        found = Bin(nations=int(row["nations"]), **numbers)
        before = kept.get((row["method"], row["standing"]), Reliability((), 0.0))
        kept[row["method"], row["standing"]] = Reliability((*before.bins, found), float(row["p"]))
    return Scoreboard(lines_of(csv_rows(FOLDER / "scores.csv"))), kept


def write(board: Scoreboard, kept: Reliabilities) -> None:
    """Write the page and the figures."""
    write_into_page({MARKERS: markdown(board, kept), OF_OCCASIONS: occasions_table()})
    for name, figure in (
        ("scoreboard.png", scoreboard(board)),
        ("reliability.png", reliability_figure(kept)),
    ):
        figure.savefig(FOLDER / name, dpi=DPI, metadata={"Software": None})


def main() -> int:
    """Fit, forecast, score, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two specifications, write nothing")
    parser.add_argument("--redraw", action="store_true", help="tables and figure from scores.csv")
    options = parser.parse_args()
    if options.redraw:
        write(*read_tables())
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
    first, forecasts = nested_lines(by_specification, fits)
    board = Scoreboard((*first, *lines, *baseline_lines(cases_of(MORE))))
    write_tables(board, reliabilities(forecasts))
    write(*read_tables())
    return 0


if __name__ == "__main__":
    sys.exit(main())
