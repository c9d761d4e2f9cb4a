"""Made-up ensembles: no model behind them, but every count derived from the rows of single runs."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, LEFT, N_STAGES, OUTSIDE, PLEDGED, PUBLIC, STAGES, WILLING
from sim.results.ensemble import Ensemble
from sim.results.records import N_BINS, Records, RunRecords
from sim.scenario.behaviour import INITIAL
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

Array = NDArray[Any]


STAGE_NUMBERS = {name: number for number, name in enumerate(STAGES)} | {INITIAL: OUTSIDE}
"""Stages by name; what an initial law would draw is outside."""

NOTHING_IDLE = {"nations.N00.reliance.acceptability": 0.5, "conditions.us_backing.volatility": 0.1}
"""Changes of `small_scenario` after which everything in it may have an effect."""


@cache
def small_scenario(n_nations: int = 7, days: int = 30, dated: bool = True) -> Scenario:
    """Scenario of a few nations: two public, two in the talks or decided, the rest outside."""
    nations: list[dict[str, Any]] = [
        {"id": f"N{index:02d}", "name": f"Nation {index}"} for index in range(n_nations)
    ]
    for nation in nations:
        nation["stage"] = "outside"
    for nation in nations[:2]:
        nation["stage"] = "public"
    for nation in nations[2:4]:
        nation["stage"] = {"talks": 0.6, "willing": 0.4}
    meetings = {2: "first_meeting", 3: "second_meeting", 20: "third_meeting"}
    form: dict[str, Any] = {
        "title": "Small test",
        "days": days,
        "nations": nations,
        "conditions": {"us_backing": {"level": 0.5}, "acceptability": {"level": 0.5}},
        "contributions": {"ground": {}, "air": {}},
        "events": [
            {"date": day, "meeting": label} for day, label in meetings.items() if day <= days
        ],
        "success": {"public_size": min(4, n_nations), "us_backing": 0.4, "hold": 1},
    }
    return scenario_from_dict({**form, "start": "2025-03-10"} if dated else form)


@cache
def small_ensemble(n_runs: int = 200, keep: str = "runs") -> Ensemble:
    """Made-up ensemble of `small_scenario`."""
    return made_up(small_scenario(), n_runs, keep=keep)


def made_up(
    scenario: Any, n_runs: int = 200, seed: int = 0, first_run: int = 0, keep: str = "runs"
) -> Ensemble:
    """Ensemble of random walks through the stages; nothing in it comes from the model."""
    records = made_up_records(scenario, n_runs, seed + 1000 * first_run)
    if keep == "summary":
        records = replace(records, runs=None)
    return Ensemble(scenario, records, seed=seed, first_run=first_run)


def made_up_records(scenario: Any, n_runs: int, seed: int) -> Records:
    """Records whose counts are those of their rows; of breadth the kinds covered alone."""
    rng = np.random.default_rng(seed)
    stages = _stage_paths(scenario, n_runs, rng)
    conditions = _condition_paths(scenario, n_runs, rng)
    pledge = _pledges(scenario, n_runs, rng)
    is_firm = (stages == PLEDGED) | (stages == DEPLOYED)
    force = np.einsum("rtn,rnk->rtk", is_firm, pledge)
    size, private, firm = sizes_of(stages)
    success_day = _success_days(scenario, size)
    rows = RunRecords(
        size=size,
        private_size=private,
        firm_size=firm,
        stage=stages[:, -1],
        first_day=_first_days(stages),
        refusal_day=_exit_days(stages, PUBLIC, before=True),
        exit_day=_exit_days(stages, PUBLIC, before=False),
        pledge=pledge * is_firm[:, -1, :, None],
        force=force[:, -1],
        conditions=conditions[:, -1],
        success_day=success_day,
        kinds_covered=(force > 0).sum(axis=2).astype(np.int16) if scenario.contributions else None,
    )
    return _counted(rows, stages, conditions, force, len(scenario.nations))


def sizes_of(stages: Array) -> tuple[Array, Array, Array]:
    """Public, private and firm size by run and day."""
    public = (stages >= PUBLIC) & (stages <= DEPLOYED)
    private = (stages >= WILLING) & (stages <= DEPLOYED)
    firm = (stages >= PLEDGED) & (stages <= DEPLOYED)
    return tuple(held.sum(axis=2).astype(np.int16) for held in (public, private, firm))


def _stage_paths(scenario: Any, n_runs: int, rng: np.random.Generator) -> Array:
    """Stage by run, day and nation; each nation has a pace of its own, and some leave."""
    n_nations, n_days = len(scenario.nations), scenario.days
    now = np.empty((n_runs, n_nations), dtype=np.int8)
    for index, nation in enumerate(scenario.nations):
        names = list(nation.stage)
        shares = np.array([nation.stage[name] for name in names])
        picked = rng.choice(len(names), size=n_runs, p=shares / shares.sum())
        now[:, index] = np.array([STAGE_NUMBERS[name] for name in names])[picked]
    pace = rng.gamma(1.5, 1.5 / n_days, size=n_nations)
    paths = np.empty((n_runs, n_days + 1, n_nations), dtype=np.int8)
    paths[:, 0] = now
    for day in range(1, n_days + 1):
        forward = (rng.random(now.shape) < pace) & (now < DEPLOYED)
        leaving = (rng.random(now.shape) < pace / 12) & (now < LEFT)
        now = np.where(leaving, LEFT, now + forward).astype(np.int8)
        paths[:, day] = now
    return paths


def _condition_paths(scenario: Any, n_runs: int, rng: np.random.Generator) -> Array:
    shape = (n_runs, scenario.days + 1, len(scenario.conditions))
    return 1 / (1 + np.exp(-np.cumsum(rng.normal(0, 0.05, size=shape), axis=1)))


def _pledges(scenario: Any, n_runs: int, rng: np.random.Generator) -> Array:
    kinds = list(scenario.contributions)
    shape = (n_runs, len(scenario.nations), len(kinds))
    return rng.random(shape) * (rng.random(shape) < 0.4)


def _success_days(scenario: Any, size: Array) -> Array:
    wanted = 0 if scenario.success is None else (scenario.success.public_size or 0)
    met = size >= wanted if wanted else np.zeros(size.shape, dtype=bool)
    return np.where(met.any(axis=1), met.argmax(axis=1), -1).astype(np.int16)


def _first_days(stages: Array) -> Array:
    at = [stages == stage for stage in range(N_STAGES)]
    found = [np.where(held.any(axis=1), held.argmax(axis=1), -1) for held in at]
    return np.stack(found, axis=-1).astype(np.int16)


def _exit_days(stages: Array, stage: int, before: bool) -> Array:
    came_from = stages[:, :-1] < stage if before else stages[:, :-1] >= stage
    left = (stages[:, 1:] == LEFT) & (stages[:, :-1] != LEFT) & came_from
    return np.where(left.any(axis=1), left.argmax(axis=1) + 1, -1).astype(np.int16)


def _counted(
    rows: RunRecords, stages: Array, conditions: Array, force: Array, n_nations: int
) -> Records:
    forces = np.concatenate([force, force.sum(axis=2, keepdims=True)], axis=2)
    n_kinds = force.shape[2]
    top = np.array([*[1.0] * n_kinds, float(n_kinds)]) * n_nations
    return Records(
        runs=rows,
        size_counts=np.stack(
            [
                by_day(sizes, n_nations + 1)
                for sizes in (rows.size, rows.private_size, rows.firm_size)
            ]
        ),
        stage_counts=np.stack([(stages == stage).sum(axis=0) for stage in range(7)], axis=-1),
        condition_counts=binned(conditions, np.ones(conditions.shape[2])),
        force_counts=binned(forces, top),
        force_top=top,
        success_counts=np.bincount(
            np.where(rows.success_day < 0, stages.shape[1], rows.success_day),
            minlength=stages.shape[1] + 1,
        ),
        kinds_covered_counts=None
        if rows.kinds_covered is None
        else by_day(rows.kinds_covered, n_kinds + 1),
    )


def by_day(values: Array, n_values: int) -> Array:
    """Runs by whole number and day, shape (n_days + 1, n_values)."""
    return np.stack([np.bincount(day, minlength=n_values) for day in values.T])


def binned(values: Array, top: Array) -> Array:
    """Runs by bin, day and quantity, shape (n_days + 1, n_quantities, N_BINS)."""
    share = np.divide(values, top, out=np.zeros_like(values), where=top > 0)
    bins = np.minimum((share * N_BINS).astype(np.int64), N_BINS - 1)
    counts = [by_day(bins[:, :, index], N_BINS) for index in range(values.shape[2])]
    if not counts:
        return np.zeros((values.shape[1], 0, N_BINS), dtype=np.int64)
    return np.stack(counts, axis=1)


def same_records(one: Records, other: Records) -> bool:
    """Whether two records hold the same values in arrays of the same types."""
    if (one.runs is None) != (other.runs is None):
        return False
    pairs: list[tuple[Any, Any]] = (
        [(one, other)] if one.runs is None else [(one, other), (one.runs, other.runs)]
    )
    return all(
        np.array_equal(getattr(left, field.name), getattr(right, field.name))
        and type(getattr(left, field.name)) is type(getattr(right, field.name))
        and getattr(getattr(left, field.name), "dtype", None)
        == getattr(getattr(right, field.name), "dtype", None)
        for left, right in pairs
        for field in fields(left)
        if field.name != "runs"
    )
