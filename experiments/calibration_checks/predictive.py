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
from sim.calibration.poisson_binomial import sizes_of_independent
from sim.core.layout import Reals
from sim.core.likelihood import HIDDEN, N_HIDDEN, NOT_RECORDED
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
N_DRAWS = 25
"""Draws of the parameters that chances of counts are averaged over."""

GIVEN = {
    "without": "parameters fitted without counts",
    "fitted": "parameters fitted with counts",
    "given": "the same, and its own count",
}

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
    """Chance of each number of unnamed members on the last day, given the record without a count.

    The number of independent nations that are willing, by climate; over climates and draws.
    """
    alone, total = without_count(coalition), np.zeros(len(coalition.seen.nations) + 1)
    for each in draws:
        found = hidden_state(alone, specification.coefficients(each))
        willing = found.stage[..., HIDDEN.index(WILLING)].sum(axis=2)
        total += found.climate @ sizes_of_independent(willing)
    return total / total.sum()


def unnamed(quick: bool = False) -> list[Row]:
    """Chances of each count of unnamed members, given the record until its day.

    *Without*: with parameters that no count was used for. *Fitted*: with parameters of the fit,
    which all counts were used for. *Given*: and given the count of the source itself.
    """
    found, past = real(quick), past_of(quick)
    specification = found.posterior.specification
    by_name = dict(zip(past, found.posterior.coalitions, strict=True))

    @cache
    def blind() -> Reals:
        uncounted = [without_count(each) for each in by_name.values()]
        return fit(specification, uncounted, 1, draws=N_DRAWS, start=found.mode).draws

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        coalition = by_name[key["coalition"]]
        seen = coalition.seen
        draws = (
            blind() if key["given"] == "without" else found.draws[:: len(found.draws) // N_DRAWS]
        )
        chance = chances_of_count(coalition.until(seen.unnamed_day), specification, draws)
        reported = np.pad(seen.unnamed, (0, chance.size - seen.unnamed.size))
        if key["given"] == "given":
            chance = chance * reported / (chance @ reported)
        return [
            {"number": str(number), "chance": f"{p:.5f}", "reported": f"{q:.5f}"}
            for number, (p, q) in enumerate(zip(chance, reported / reported.sum(), strict=True))
            if number <= MOST_UNNAMED
        ]

    keys = [{"coalition": name, "given": given} for name in LAUNCHES for given in GIVEN]
    return go_on("unnamed", keys, rows_of, quick)
