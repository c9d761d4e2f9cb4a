"""Should momentum on resolve be fitted? Fits and forecasts with it and without.

Run ``python experiments/backtest/momentum.py``. Fits that are done are kept in
``momentum_fits.json``; ``--redraw`` writes the tables of the page from the CSV files.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.backtest.menu import BEFORE, CLIMATE, MOMENTUM, PARTS, START, covariates, of
from experiments.backtest.menu import specification as menu_form
from experiments.backtest.study import (
    FOLDER,
    NAMES,
    Fits,
    cases_of,
    fit_all,
    key_of,
    nested_choices,
    read_fits,
    scores_of,
    write_csv,
    write_into_page,
)
from sim.calibration.backtest.case import N_DRAWS, STANDINGS, Case, score
from sim.calibration.backtest.scoreboard import COLUMNS, Line, Scoreboard, lines_of, score_rows
from sim.calibration.backtest.scores import NAN, Scores, scores
from sim.calibration.calibrate import specification_for
from sim.calibration.fit import Posterior, fit
from sim.calibration.forecast import forecast
from sim.calibration.history import History
from sim.calibration.likelihood import Coalition, coalition_of
from sim.calibration.occasions import Course, course_of
from sim.calibration.parameters import (
    RATE_COLUMN,
    FittedParameter,
    Specification,
    place_of,
)
from sim.calibration.replay import Calendar, Undated
from sim.calibration.specifications import tied
from sim.core.layout import Integers, Reals
from sim.core.likelihood import PUBLIC_FIRST, PUBLIC_LAST
from sim.core.stages import PUBLIC
from sim.scenario.load import scenario_from_dict
from sim.store.csv_files import csv_rows

HELD, FREE = "held at 0", "momentum to decide"
"""What is fitted: as it ships, and momentum on resolve as well."""

FORMS: Mapping[str, tuple[FittedParameter, ...]] = {
    HELD: (),
    FREE: (tied(FREE, 6.0, 6.0, ["resolve.momentum"], "as momentum to declare"),),
}
"""The prior is that of momentum to declare: the panel of joiners, which both rest on, hardly tells
the two moves apart."""

CHOSEN = "chosen by the others"
"""Held or free, whichever forecasts the other six better, each by a fit to the remaining five."""

DECIDE = of(FREE, 6.0, 6.0, {"resolve": 1.0}, "momentum")
ADDED = {
    "parts of the bond, momentum to decide": menu_form(START, CLIMATE, DECIDE, *covariates(PARTS)),
    "momentum, to decide as well": menu_form(START, CLIMATE, MOMENTUM, DECIDE, *covariates(PARTS)),
}
"""What the menu of the study would have beside `BEFORE`."""

ENLARGED = "from the larger menu"

CALENDARS: Mapping[Calendar, str] = {"all": "given later events", "known": "calendar of the day"}
RUNS = 4000
ISIS, TOGETHER = "isis_2014", (25, 35)
"""Days within which 23 nations became public, of which a list on the last tells no more."""

CONFERENCE = "Paris conference"
"""A meeting of the coalition against ISIS, on day 26."""

ALL_SEVEN, LOG_POSTERIOR, ALL_DATES = "all seven", "log posterior", "mean of the four"
MARKERS = {
    name: (f"<!-- momentum {name} -->", f"<!-- end of momentum {name} -->")
    for name in ("estimates", "scores", "choices")
}

MEMORIES = (2.0, 10.0, 20.0)
"""Days that a meeting is remembered, in place of 5."""


class Estimate(NamedTuple):
    """A number of a fit, with its standard error if it has one."""

    fitted_to: str
    form: str
    number: str
    value: float
    error: float = 0.0


# Fits --------------------------------------------------------------------------------------------


def keep_fits(forms: Mapping[str, Specification], cases: Sequence[Case], fits: Fits) -> None:
    """Fit each form to all coalitions but none, one and two; what is done is kept."""
    for name, specification in forms.items():
        for _ in fit_all(name, specification, cases, fits, 2):
            kept = {each: fits[each] for each in (*FORMS, *ADDED) if each in fits}
            (FOLDER / "momentum_fits.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def read_momentum_fits() -> Fits:
    """The fits that were kept, by form and coalitions left out."""
    path = FOLDER / "momentum_fits.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


# What the gain in likelihood rests on ------------------------------------------------------------


def are_together(coalition: Coalition) -> NDArray[np.bool_]:
    """Whether each nation became public within just the days of `TOGETHER`."""
    return np.asarray(
        (coalition.seen.record[:, [PUBLIC_FIRST, PUBLIC_LAST]] == TOGETHER).all(axis=1)
    )


def without_nations(coalition: Coalition, gone: NDArray[np.bool_]) -> Coalition:
    """A coalition of which some nations are not fitted to; others saw what they did."""
    seen, kept = coalition.seen, ~gone
    return replace(
        coalition,
        seen=seen._replace(
            nations=tuple(n for n, yes in zip(seen.nations, kept, strict=True) if yes),
            places=seen.places[kept],
            record=seen.record[kept],
            start=seen.start[kept],
            published=seen.published[kept],
        ),
        features=tuple(each[kept] for each in coalition.features),
        traits=coalition.traits[kept],
    )


def from_day_1(coalition: Coalition, nations: NDArray[np.bool_]) -> Coalition:
    """A coalition of which some nations may have become public from day 1 on."""
    record = coalition.seen.record.copy()
    record[nations, PUBLIC_FIRST] = 1
    return replace(coalition, seen=coalition.seen._replace(record=record))


def with_memory(history: History, days: float) -> History:
    """A history whose nations remember a meeting for so many days."""
    full = history.scenario.full()
    full["memory"] = {**full["memory"], "convened": days}
    return History(scenario_from_dict(full), history.entries)


def with_weight(history: History, name: str, weight: float) -> History:
    """A history in which one event, by its name, has another weight."""
    full = history.scenario.full()
    for event in full["events"]:
        if event.get("name") == name:
            event["weight"] = weight
    return History(scenario_from_dict(full), history.entries)


def records(cases: Sequence[Case]) -> Iterator[tuple[str, dict[str, Coalition]]]:
    """Records to fit to by coalition, and what is different about them."""
    seven = {case.name: case.coalition for case in cases}
    yield ALL_SEVEN, seven
    for name in seven:
        yield f"without {name}", {other: each for other, each in seven.items() if other != name}
    together = are_together(seven[ISIS])
    fewer = without_nations(seven[ISIS], together)
    yield f"{ISIS} without the {together.sum()} nations of days 25 to 35", {**seven, ISIS: fewer}
    earlier = from_day_1(seven[ISIS], together)
    yield f"{ISIS}, these nations from day 1 to 35", {**seven, ISIS: earlier}
    (isis,) = (case.history for case in cases if case.name == ISIS)
    heavier = coalition_of(with_weight(isis, CONFERENCE, 2.0))
    yield f"the {CONFERENCE} of {ISIS} weighs 2, not 1", {**seven, ISIS: heavier}
    for undated in get_args(Undated):
        if undated != "middle":
            yield (
                f"others see the {undated} day of an interval",
                {case.name: coalition_of(case.history, undated=undated) for case in cases},
            )
    for days in MEMORIES:
        yield (
            f"meetings are remembered for {days:.0f} days",
            {case.name: coalition_of(with_memory(case.history, days)) for case in cases},
        )


def estimates(
    forms: Mapping[str, Specification], cases: Sequence[Case], fits: Fits
) -> list[Estimate]:
    """The modes of each form by what it is fitted to, and how well it fits."""
    rows = []
    for name, coalitions in records(cases):
        for form, specification in forms.items():
            start = np.array(fits[form][key_of([])])
            found = fit(specification, list(coalitions.values()), 1, candidates=0, start=start)
            posterior = Posterior(specification, tuple(coalitions.values()))
            values = posterior.values(found.mode, with_gradient=False)
            rows.append(Estimate(name, form, LOG_POSTERIOR, found.log_posterior))
            for parameter, mode, error in zip(
                specification.names, found.mode, found.standard_errors, strict=True
            ):
                rows.append(Estimate(name, form, parameter, float(mode), float(error)))
            for coalition, value in zip(coalitions, values, strict=True):
                number = f"log-likelihood of {coalition}"
                rows.append(Estimate(name, form, number, value.log_likelihood))
        print(name, flush=True)
    return rows


# Scores ------------------------------------------------------------------------------------------


def by_runs(
    case: Case,
    day: int,
    numbers: Mapping[str, Sequence[float]],
    calendar: Calendar,
    courses: Sequence[Course],
    nations: Sequence[str],
) -> Scores:
    """Scores of a forecast by runs, in which those who join draw others along."""
    found = forecast(
        case.history, day, RUNS, parameters=numbers, calendar=calendar, courses=courses
    )
    assert found.records.runs is not None
    places = [found.nations.index(nation) for nation in nations]
    first_day: Integers = np.array(found.records.runs.first_day)
    joins = first_day[:, places, PUBLIC] >= 0
    sizes = np.bincount(joins.sum(axis=1), minlength=len(nations) + 1) / RUNS
    return scores(joins.mean(axis=0), sizes, joins[:N_DRAWS], case.joined(nations))


def behaviour_at(specification: Specification, parameters: Reals) -> dict[str, list[float]]:
    """The fitted numbers of a behaviour by path, one of each."""
    table = specification.coefficients(parameters).table
    found = {}
    for path in (path for each in specification.parameters for path in each.on):
        row, column = place_of(path)
        value = float(table[row, column])
        found[f"behaviour.{path}"] = [float(np.exp(value)) if column == RATE_COLUMN else value]
    return found


def lines_of_form(
    name: str, specification: Specification, cases: Sequence[Case], fits: Mapping[str, list[float]]
) -> Iterator[Line]:
    """Scores of a form, each coalition left out: by the outlook, and by runs."""
    for case in cases:
        courses = [course_of(each.history) for each in cases if each is not case]
        at = np.array(fits[case.name])
        numbers = behaviour_at(specification, at)
        for standing, (calendar, words) in itertools.product(STANDINGS, CALENDARS.items()):
            exact = case.outlook(standing, specification, at, calendar, courses)
            yield Line(f"{name}, {words}", case.name, standing, score(case, exact))
            day, nations = case.known_day(standing), exact.nations
            runs = by_runs(case, day, numbers, calendar, courses, nations)
            yield Line(f"{name}, {words}, by runs", case.name, standing, runs)


def lines_of_menu(
    found: Mapping[str, Mapping[tuple[str, str, str], Scores]],
) -> Iterator[Line]:
    """Scores of what the menu would have as well, each coalition left out, given later events."""
    for name, case, standing in itertools.product(ADDED, NAMES, STANDINGS):
        yield Line(name, case, standing, found[name][case, case, standing])


# What is written ---------------------------------------------------------------------------------


def lines_of_choice(chosen: Sequence[tuple[str, str, str]], lines: Sequence[Line]) -> list[Line]:
    """Scores of the form that is chosen without each coalition."""
    return [
        line._replace(method=line.method.replace(name, CHOSEN, 1))
        for method, outer, name in chosen
        for line in lines
        if method == CHOSEN and line.coalition == outer and line.method.startswith(f"{name}, ")
    ]


def with_means(lines: Sequence[Line]) -> Scoreboard:
    """Scores, with their means over the four dates as those of a fifth."""
    found = list(lines)
    by_forecast: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        by_forecast.setdefault((line.method, line.coalition), []).append(line)
    for (method, coalition), some in by_forecast.items():
        assert len(some) == len(STANDINGS)
        log, crps = (
            float(np.mean([getattr(each.scores, field) for each in some]))
            for field in ("log", "crps")
        )
        of_all = Scores(log, NAN, NAN, crps, NAN, covered=False)
        found.append(Line(method, coalition, ALL_DATES, of_all))
    return Scoreboard(tuple(found))


def scores_table(board: Scoreboard) -> str:
    """Log losses of each form, and how far they are from those of the fit that ships."""
    text = [
        "| events | forecast | date | held at 0 | momentum to decide, minus that | chosen by the "
        "others, minus that |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for words, how in itertools.product(CALENDARS.values(), ("", ", by runs")):
        for standing in (*STANDINGS, ALL_DATES):
            one = f"{HELD}, {words}{how}"
            cells = [words, how.removeprefix(", ") or "exact", standing]
            cells.append(f"{board.mean(one, standing, 'log').mean:.3f}")
            cells += [
                gap(board, f"{other}, {words}{how}", one, standing) for other in (FREE, CHOSEN)
            ]
            text.append(f"| {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def choices_table(chosen: Sequence[tuple[str, str, str]]) -> str:
    """What is chosen without each coalition."""
    text = [f"| without | {CHOSEN} | {ENLARGED} |", "| --- | --- | --- |"]
    by_method = {(method, outer): name for method, outer, name in chosen}
    for outer in NAMES:
        cells = [outer, by_method[CHOSEN, outer], by_method[ENLARGED, outer]]
        text.append(f"| {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def gap(board: Scoreboard, one: str, other: str, standing: str) -> str:
    """How far the log losses of two methods are apart, as a cell of a table."""
    apart = board.difference(one, other, standing)
    return f"{apart.mean:+.3f} ± {apart.half:.3f}, better in {apart.wins}"


def estimates_table(rows: Sequence[Estimate]) -> str:
    """By what is fitted to: how much better momentum on resolve fits, and some estimates."""
    found = {(row.fitted_to, row.form, row.number): row for row in rows}
    text = [
        "| fitted to | gain in log posterior | momentum to decide | peers, that held at 0 "
        "| peers, that free |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(row.fitted_to for row in rows):
        better = found[name, FREE, LOG_POSTERIOR].value - found[name, HELD, LOG_POSTERIOR].value
        some = (found[name, FREE, FREE], *(found[name, form, "peers"] for form in FORMS))
        cells = [f"{each.value:.1f} ± {each.error:.1f}" for each in some]
        text.append(f"| {name} | {better:+.1f} | {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def read_estimates() -> list[Estimate]:
    """The estimates in ``momentum_fits.csv``."""
    return [
        Estimate(
            row["fitted_to"], row["form"], row["number"], float(row["value"]), float(row["error"])
        )
        for row in csv_rows(FOLDER / "momentum_fits.csv")
    ]


def tables() -> dict[tuple[str, str], str]:
    """The tables of the page by their markers, from the CSV files."""
    chosen = [
        (row["method"], row["coalition"], row["chosen"])
        for row in csv_rows(FOLDER / "momentum_choices.csv")
    ]
    lines = list(lines_of(csv_rows(FOLDER / "momentum_scores.csv")))
    lines += lines_of_choice(chosen, lines)
    return {
        MARKERS["estimates"]: estimates_table(read_estimates()),
        MARKERS["scores"]: scores_table(with_means(lines)),
        MARKERS["choices"]: choices_table(chosen),
    }


def main() -> int:
    """Fit, forecast, score, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--redraw", action="store_true", help="tables from the CSV files")
    if not parser.parse_args().redraw:
        work()
    write_into_page(tables())
    return 0


def work() -> None:
    """Fit and score, and write the CSV files."""
    cases = cases_of(())
    shipped, _ = specification_for({case.name: case.history for case in cases})
    forms = {
        name: Specification(shipped.base, (*shipped.parameters, *added))
        for name, added in FORMS.items()
    }
    fits = read_momentum_fits() | read_fits()
    keep_fits(forms, cases, fits)
    for name, specification in ADDED.items():
        keep_fits({name: specification}, cases_of(specification.extra), fits)
    write_csv("momentum_fits.csv", [Estimate._fields, *estimates(forms, cases, fits)])
    lines = [
        line
        for name, specification in forms.items()
        for line in lines_of_form(name, specification, cases, fits[name])
    ]
    menu = {**BEFORE, **ADDED}
    of_menu = {
        name: scores_of(name, each, cases_of(each.extra), fits[name]) for name, each in menu.items()
    }
    lines += lines_of_menu(of_menu)
    write_csv("momentum_scores.csv", [COLUMNS, *score_rows(lines)])
    of_forms = {name: scores_of(name, each, cases, fits[name]) for name, each in forms.items()}
    chosen = itertools.chain(
        nested_choices(of_forms, {CHOSEN: tuple(forms)}),
        nested_choices(of_menu, {ENLARGED: tuple(menu)}),
    )
    write_csv("momentum_choices.csv", [("method", "coalition", "chosen"), *chosen])


if __name__ == "__main__":
    sys.exit(main())
