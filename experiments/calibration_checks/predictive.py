"""Compares coalitions that the fitted model simulates with the seven that it was fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import sim
from experiments.calibration_checks.kept import Row, go_on
from experiments.calibration_checks.sampler import real
from experiments.calibration_checks.simulated import past_of
from sim.calibration.fit import fit
from sim.calibration.history import History
from sim.calibration.likelihood import (
    Coalition,
    Coefficients,
    hidden_state,
    log_likelihood,
    quadrature,
)
from sim.calibration.parameters import RATE_COLUMN, Specification, place_of
from sim.core.layout import Reals
from sim.core.likelihood import N_HIDDEN, NOT_RECORDED
from sim.core.stages import PUBLIC, WILLING
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

RUNS = 4000
BANDS = {"low": 0.1, "middle": 0.5, "high": 0.9}
SEVERAL = 3
"""Announcements that make a day one of several."""

LAUNCHES = ("iraq_2003", "isis_2014", "leopard_2023")
"""Histories with a count of unnamed members."""

MOST_UNNAMED = 45
N_DRAWS = 10
"""Draws of the parameters that chances of counts are averaged over."""

CLIMATES = {"new": "a new climate", "own": "its own climate"}


def columns_of(specification: Specification, draws: Reals) -> dict[str, list[float]]:
    """Numbers of the behaviour by path, for each draw of the parameters."""
    tables = [specification.coefficients(each).table for each in draws]
    found = {}
    for path in (path for each in specification.parameters for path in each.on):
        row, column = place_of(path)
        values = np.array([table[row, column] for table in tables])
        is_log = column == RATE_COLUMN
        found[f"behaviour.{path}"] = list(map(float, np.exp(values) if is_log else values))
    return found


def own_climates(
    coalition: Coalition, specification: Specification, draws: Reals, random: np.random.Generator
) -> list[float]:
    """A climate for each draw of the parameters, from what the record says of it."""
    climates = quadrature().climate
    found = []
    for each in draws:
        value = log_likelihood(coalition, specification.coefficients(each), with_gradient=False)
        found.append(float(random.choice(climates, p=value.climate_posterior)))
    return found


def expected_along(coalition: Coalition, coefficients: Coefficients) -> dict[str, float]:
    """Expected number of nations that become public if all see what the record shows, by climate.

    Nobody draws others along beyond that, as they do in runs.
    """
    open_on_day_0 = hidden_state(coalition.from_day(0), coefficients)
    number = open_on_day_0.stage[..., N_HIDDEN].sum(axis=(1, 2))
    own = log_likelihood(coalition, coefficients, quadrature(), with_gradient=False)
    chances = {"new": open_on_day_0.climate, "own": own.climate_posterior}
    return {climate: float(chance @ number) for climate, chance in chances.items()}


def as_on_record(history: History) -> Scenario:
    """The scenario, with nations that had refused by the start as left."""
    full: dict[str, Any] = history.scenario.full()
    for nation in full["nations"]:
        if nation["id"] in history.at_risk and history.has_refused(nation["id"], 0):
            nation["stage"] = {"left": 1.0}
    return scenario_from_dict(full)


def public_days(scenario: Scenario, places: Sequence[int], seed: int, runs: int) -> tuple[Any, Any]:
    """Days on which nations became public, and on which they are willing and unnamed, by run.

    Returns
    -------
    public, willing : ndarray, shape (n_runs, n_nations)
        First days in either stage; -1 for never.
    """
    rows = sim.run(scenario, runs=runs, seed=seed).records.runs
    assert rows is not None
    first = np.array(rows.first_day)[:, places]
    left = np.array(rows.refusal_day)[:, places]
    willing = first[:, :, WILLING]
    return first[:, :, PUBLIC], np.where((left >= 0) & (left < willing), -1, willing)


def paths(runs: int = RUNS, quick: bool = False) -> list[Row]:
    """Size by day of each history, with bands of runs; and days with several announcements."""
    found, past = real(quick), past_of(quick)
    specification, random = found.posterior.specification, np.random.default_rng(5)
    columns = columns_of(specification, found.draws)

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        name = key["coalition"]
        history, coalition = past[name], found.posterior.coalitions[list(past).index(name)]
        table = dict(columns)
        if key["climate"] == "own":
            table["climate"] = own_climates(coalition, specification, found.draws, random)
        scenario = as_on_record(history).with_draws(table)
        public, willing = public_days(scenario, list(coalition.seen.places), 5, runs)
        days = np.arange(coalition.days + 1)
        a_day = np.stack([(public == day).sum(axis=1) for day in days])
        recorded = np.array([(coalition.seen.published == day).sum() for day in days])
        sizes, size = a_day.cumsum(axis=0), recorded.cumsum()
        rows = [
            {"what": "size", "day": str(day), "record": str(size[day])} | banded(sizes[day])
            for day in days
        ]
        several = {
            f"days with {SEVERAL} or more": (
                (recorded >= SEVERAL).sum(),
                (a_day >= SEVERAL).sum(axis=0),
            ),
            "largest day": (recorded.max(), a_day.max(axis=0)),
        }
        if coalition.seen.unnamed_day != NOT_RECORDED:
            day = coalition.seen.unnamed_day
            unnamed = (willing >= 0) & (willing <= day) & ~((public >= 0) & (public <= day))
            expected = coalition.seen.unnamed @ np.arange(coalition.seen.unnamed.size)
            several["unnamed"] = (
                f"{expected / coalition.seen.unnamed.sum():.1f}",
                unnamed.sum(axis=1),
            )
        rows += [
            {"what": what, "day": "", "record": str(record)} | banded(numbers)
            for what, (record, numbers) in several.items()
        ]
        return rows

    keys = [{"coalition": name, "climate": each} for name in past for each in CLIMATES]
    return go_on("paths", keys[:1] if quick else keys, rows_of, quick)


def banded(numbers: Any) -> Row:
    """Quantiles and the mean of numbers of runs, as columns."""
    found = {name: f"{np.quantile(numbers, level):.1f}" for name, level in BANDS.items()}
    return {**found, "mean": f"{numbers.mean():.2f}"}


def without_count(coalition: Coalition) -> Coalition:
    """A coalition without its count of unnamed members."""
    seen = coalition.seen._replace(unnamed_day=NOT_RECORDED, unnamed=np.ones(1))
    return replace(coalition, seen=seen)


def chances_of_count(coalition: Coalition, specification: Specification, draws: Reals) -> Reals:
    """Chance of each number of unnamed members given the rest of the record.

    The likelihood of the record with just this number, by that of the record without a count.
    """
    nodes = quadrature(dispositions=4)
    alone, total = without_count(coalition), np.zeros(MOST_UNNAMED + 1)
    for each in draws:
        coefficients = specification.coefficients(each)
        base = log_likelihood(alone, coefficients, nodes, with_gradient=False).log_likelihood
        for number in range(MOST_UNNAMED + 1):
            only = np.zeros(number + 1)
            only[number] = 1.0
            counted = replace(coalition, seen=coalition.seen._replace(unnamed=only))
            value = log_likelihood(counted, coefficients, nodes, with_gradient=False)
            total[number] += np.exp(value.log_likelihood - base)
    return total / len(draws)


def unnamed(quick: bool = False) -> list[Row]:
    """Chances of each count of unnamed members, given more and more.

    *By then*: the record until the day; *in the end*: the whole record; both with parameters that
    no count was used for. *With counts*: the count itself is used.
    """
    found, past = real(quick), past_of(quick)
    specification = found.posterior.specification
    by_name = dict(zip(past, found.posterior.coalitions, strict=True))
    uncounted = {name: without_count(each) for name, each in by_name.items()}
    few = {"candidates": 25} if quick else {}

    @cache
    def blind() -> Reals:
        return fit(
            specification, list(uncounted.values()), 1, draws=N_DRAWS, start=found.mode, **few
        ).draws

    some = found.draws[:: len(found.draws) // N_DRAWS]

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        coalition, given = by_name[key["coalition"]], key["given"]
        seen = coalition.seen
        if given == "by then":
            until = coalition.until(seen.unnamed_day)
            chance = chances_of_count(until, specification, blind())
        else:
            draws = blind() if given == "in the end" else some
            chance = chances_of_count(coalition, specification, draws)
        if given == "with counts":
            chance *= np.pad(seen.unnamed, (0, chance.size - seen.unnamed.size))
        chance /= chance.sum()
        reported = np.pad(seen.unnamed, (0, chance.size - seen.unnamed.size))
        return [
            {"number": str(number), "chance": f"{p:.5f}", "reported": f"{q:.5f}"}
            for number, (p, q) in enumerate(zip(chance, reported / reported.sum(), strict=True))
        ]

    keys = [
        {"coalition": name, "given": given}
        for name in LAUNCHES
        for given in ("by then", "in the end", "with counts")
    ]
    return go_on("unnamed", keys[-1:] if quick else keys, rows_of, quick)
