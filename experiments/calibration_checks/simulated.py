"""Coalitions that the batch engine simulates from thinned histories, and fits to them.

Recovery: do the intervals of a fit hold the parameters that its coalitions were simulated with?
Simulation-based calibration: is the rank of the truth among draws from the posterior uniform?
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import sim
from experiments.calibration_checks.kept import Row, go_on
from sim.calibration.fit import Fit, NoMaximumError, Posterior, fit
from sim.calibration.history import History, load_history
from sim.calibration.likelihood import DISPOSITION, Coalition, coalition_of, coefficients_of
from sim.calibration.parameters import RATE_COLUMN, Specification, place_of
from sim.calibration.record import ALL_NATIONS, UNNAMED, Entry
from sim.calibration.specifications import with_joiners
from sim.core.layout import Reals
from sim.core.stages import PUBLIC, WILLING
from sim.scenario.arrays.numbers import inputs_at_medians
from sim.scenario.load import scenario_from_dict

DAYS = {
    "gulf_1990": 40,
    "isaf_2001": 45,
    "iraq_2003": 70,
    "libya_2011": 40,
    "isis_2014": 45,
    "leopard_2023": 45,
    "f16_2023": 70,
}
"""How long a simulated coalition is: long enough for most meetings and lists of the history."""

QUICK = ("isaf_2001", "f16_2023")

N_NATIONS = 12
"""Nations at risk in a simulated coalition, drawn from those of the history."""

REPORTED = 0.5
"""Chance that an exit before a public word is on record."""

AFTER_PUBLIC = ("pledge", "deploy", "withdraw")
"""Moves that the likelihood does not cover; simulated nations stay public."""

NARROWER = 0.5
"""Standard deviations of the priors in these checks, as a share of those of the shipped fit, but
for the climates: truths from the wide ones often give coalitions that everyone or nobody joins."""

CANDIDATES = 200
"""From how many the draws of a fit are taken."""

N_RANKED = 19
"""Draws among which the truth is ranked: few of many candidates, so nearly independent."""


class Fitted(NamedTuple):
    """A fit to simulated coalitions, and the parameters that they were simulated with."""

    truth: Reals
    posterior: Posterior
    fit: Fit


def behaviour_at(
    behaviour: Mapping[str, Any], specification: Specification, parameters: Reals
) -> dict[str, Any]:
    """A behaviour in full form with the fitted coefficients at these values."""
    table = specification.coefficients(parameters).table
    changed = {name: part for name, part in behaviour.items() if name not in AFTER_PUBLIC}
    for path in (path for each in specification.parameters for path in each.on):
        row, column = place_of(path)
        *steps, name = path.split(".")
        at = changed
        for step in steps:
            at[step] = dict(at[step])
            at = at[step]
        value = float(table[row, column])
        at[name] = float(np.exp(value)) if column == RATE_COLUMN else value
    if not specification.base.table[:, DISPOSITION].any():
        changed = {name: without_disposition(part) for name, part in changed.items()}
    return changed


def without_disposition(part: Any) -> Any:
    """A part of a behaviour in which dispositions do nothing."""
    if not isinstance(part, dict):
        return part
    return {
        name: 0.0 if name == "disposition" else without_disposition(inner)
        for name, inner in part.items()
    }


def simulated(
    history: History,
    specification: Specification,
    parameters: Reals,
    days: int,
    n_nations: int,
    random: np.random.Generator,
) -> History:
    """A coalition with some nations and the first days of a history, as one run leaves it.

    Days of public words are exact, exits before them are on record with chance `REPORTED`, and if
    the history has a count of unnamed members in these days, so has this.
    """
    full = dict(history.scenario.full())
    leaders = set(history.scenario.leaders)
    ids = [each for each in history.at_risk if each not in leaders]
    kept = leaders | set(random.choice(ids, min(n_nations, len(ids)), replace=False))
    full["nations"] = [each for each in full["nations"] if each["id"] in kept]
    full["events"] = [
        event
        for each in full["events"]
        if each["date"] <= days and (event := among(each, kept)) is not None
    ]
    full["days"] = days
    full["behaviour"] = behaviour_at(full["behaviour"], specification, parameters)
    scenario = scenario_from_dict(full)
    rows = sim.run(scenario, runs=1, seed=int(random.integers(2**32))).records.runs
    assert rows is not None
    assert scenario.start is not None
    first, left = np.array(rows.first_day)[0], np.array(rows.refusal_day)[0]
    reported = random.random(left.size) < REPORTED
    entries: list[Entry] = []
    for nation, of_nation, refused, is_reported in zip(
        scenario.nations, first, left, reported, strict=True
    ):
        for event, day, happened in (
            ("public", int(of_nation[PUBLIC]), of_nation[PUBLIC] > 0),
            ("refused", int(refused), refused > 0 and is_reported),
        ):
            if happened and nation.id not in leaders:
                entries.append(entry(nation.id, event, scenario.start, day))
    for count in (each for each in history.unnamed if each.day <= days):
        willing, public = first[:, WILLING], first[:, PUBLIC]
        unnamed = (willing >= 0) & (willing <= count.day)
        for day in (public, left):
            unnamed &= ~((day >= 0) & (day <= count.day))
        number = int(unnamed.sum())
        entries.append(entry(ALL_NATIONS, UNNAMED, scenario.start, count.day, (number, number)))
    return History(scenario, tuple(entries))


def among(event: Mapping[str, Any], kept: set[str]) -> dict[str, Any] | None:
    """An event for these nations only; None if it names none of them."""
    event = dict(event)
    for key in ("participants", "covers"):
        if isinstance(event.get(key), list):
            event[key] = [nation for nation in event[key] if nation in kept]
            if not event[key]:
                return None
    return event


def entry(
    nation: str,
    event: str,
    start: datetime.date,
    day: int,
    number: tuple[int, int] | None = None,
) -> Entry:
    """A row of a record on an exact day."""
    date = start + datetime.timedelta(days=day)
    return Entry(nation, date, date, event, "political", number, True, "", "a run", "high", 1)


def past_of(quick: bool = False) -> dict[str, History]:
    """The histories that are fitted to, and that coalitions are thinned from; quickly, two."""
    names = QUICK if quick else tuple(DAYS)
    return {name: load_history(f"histories/{name}") for name in names}


def specification_of_histories(
    past: Mapping[str, History], narrower: float = NARROWER
) -> Specification:
    """What `sim.calibrate` fits, with narrower priors."""
    first = next(iter(past.values()))
    found = with_joiners(coefficients_of(inputs_at_medians(first.scenario)))
    for each in found.parameters:
        if not each.name.startswith("climate"):
            found = found.with_prior(each.name, each.mean, each.sd * narrower)
    return found


def without_dispositions(specification: Specification) -> Specification:
    """The same with dispositions that do nothing, which takes a third of the time."""
    table = specification.base.table.copy()
    table[:, DISPOSITION] = 0.0
    return replace(specification, base=specification.base._replace(table=table))


def fit_simulated(  # noqa: PLR0913 (all that a replicate needs)
    past: Mapping[str, History],
    specification: Specification,
    names: Sequence[str],
    truth: Reals,
    random: np.random.Generator,
    n_nations: int = N_NATIONS,
    candidates: int = CANDIDATES,
    draws: int = 200,
    known: Sequence[Coalition] = (),
    start: Reals | None = None,
) -> Fitted:
    """Simulate coalitions from these histories with these parameters, and fit to them.

    ``known`` coalitions are fitted to as well, and the search begins at ``start`` if it is given.
    """
    coalitions = [
        coalition_of(
            simulated(past[name], specification, truth, DAYS[name], n_nations, random), REPORTED
        )
        for name in names
    ]
    together = (*known, *coalitions)
    found = fit(
        specification,
        together,
        starts=1,
        candidates=candidates,
        draws=draws,
        seed=int(random.integers(2**32)),
        start=start,
    )
    return Fitted(truth, Posterior(specification, together), found)


def from_prior(specification: Specification, random: np.random.Generator) -> Reals:
    """Parameters drawn from their priors."""
    return specification.means + specification.sds * random.standard_normal(
        specification.means.size
    )


def recovery(
    replicates: int = 20, copies: int = 6, n_nations: int = N_NATIONS, quick: bool = False
) -> list[Row]:
    """Intervals of fits to 42 coalitions, six from each history, with truths from the prior."""
    past = past_of(quick)
    specification = without_dispositions(specification_of_histories(past))

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        random = np.random.default_rng([1, int(key["replicate"])])
        truth = from_prior(specification, random)
        try:
            _, _, found = fit_simulated(
                past, specification, list(past) * copies, truth, random, n_nations, draws=1000
            )
        except (NoMaximumError, np.linalg.LinAlgError):
            return [{"parameter": "none"}]
        low, high = np.quantile(found.draws, (0.025, 0.975), axis=0)
        columns = zip(
            specification.names, truth, found.mode, found.standard_errors, low, high, strict=True
        )
        return [
            {
                "parameter": name,
                **dict(
                    zip(
                        ("truth", "mode", "error", "low", "high"),
                        (f"{each:.4f}" for each in numbers),
                        strict=True,
                    )
                ),
                "pareto_k": f"{found.pareto_k:.2f}",
                "effective": f"{found.effective_draws:.0f}",
            }
            for name, *numbers in columns
        ]

    return go_on("recovery", [{"replicate": str(n)} for n in range(replicates)], rows_of, quick)


def ranks(
    replicates: int = 202, n_coalitions: int = 3, n_nations: int = N_NATIONS, quick: bool = False
) -> list[Row]:
    """Ranks of truths from the prior among draws, for three small coalitions each."""
    past = past_of(quick)
    specification = specification_of_histories(past)

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        random = np.random.default_rng([2, int(key["replicate"])])
        truth = from_prior(specification, random)
        names = random.choice(list(past), n_coalitions, replace=False)
        options = {"n_nations": n_nations, "draws": N_RANKED}
        try:
            fitted = fit_simulated(past, specification, names, truth, random, **options)
        except (NoMaximumError, np.linalg.LinAlgError):
            return [{}]  # a row without ranks says that there was no fit
        return [ranked(*fitted)]

    return go_on("ranks", [{"replicate": str(n)} for n in range(replicates)], rows_of, quick)


def ranked(truth: Reals, posterior: Posterior, found: Fit) -> Row:
    """Ranks of the truth among the draws: of each parameter, and of the log-likelihood."""

    def log_likelihood(parameters: Reals) -> float:
        return sum(each.log_likelihood for each in posterior.values(parameters, False))

    row = {
        name: str(int((column < value).sum()))
        for name, column, value in zip(found.specification.names, found.draws.T, truth, strict=True)
    }
    at_draws = np.array([log_likelihood(each) for each in found.draws])
    row["log-likelihood"] = str(int((at_draws < log_likelihood(truth)).sum()))
    return row | {"pareto_k": f"{found.pareto_k:.2f}", "effective": f"{found.effective_draws:.0f}"}
