"""What ensembles cost: a nation-day, beside the runs, in large, and on two threads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from time import perf_counter

import numpy as np

import sim
from experiments.speed.timing import IN_A_ROW, Effort, Line, Work, in_a_row, in_turn, process_of
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

SCENARIO = "paris_2025"

KEEPS = ("summary", "runs")
"""What an ensemble keeps: counts over runs alone, or rows of single runs as well."""

FEW, MANY = 16, 2016
"""Runs of two ensembles, of which the difference is runs alone."""

COUNTS = ("size_counts", "stage_counts", "condition_counts", "force_counts")
"""Of an ensemble's records: runs by day and value."""

SMALL, LARGE, N_TIES, N_DAYS = 100, 10_000, 10, 180

FEATURES: dict[str, dict[str, object]] = {
    "peers alone": {"behaviour": {"declare": {"rate": 0.005, "peers": 6.0}}},
    "all features": {
        "behaviour": {"from": "calibrated"},
        "contributions": {"ground": {}},
        "conditions": {"backing": {"level": 0.5, "volatility": 0.1}},
    },
}
"""What the nations of a large network decide by."""


def kernel(effort: Effort) -> Iterator[Line]:
    """A nation-day of the batch engine, all in, and a run of the Mesa engine."""
    scenario, runs, mesa_runs = sim.load_scenario(SCENARIO), effort.of(4000), effort.of(5)
    works: dict[str, Work] = {
        keep: partial(sim.run, scenario, runs=runs, workers=1, keep=keep) for keep in KEEPS
    }
    works["mesa"] = partial(sim.run, scenario, runs=mesa_runs, engine="mesa", keep="summary")
    times = in_turn(works, effort.of(11))
    nation_days = runs * len(scenario.nations) * scenario.days
    for keep in KEEPS:
        in_exp = times[keep].per(nation_days).in_exp()
        yield Line(f"batch engine, `{keep}`, per nation-day", in_exp, "exp", at_most=7.0)
    ratio = times["mesa"].per(mesa_runs).over(times["summary"].per(runs))
    yield Line("Mesa engine over the batch engine", ratio)


def fixed(effort: Effort) -> Iterator[Line]:
    """What an ensemble costs beside its runs, in runs."""
    rounds = effort.of(15)
    known = sim.load_scenario(SCENARIO)
    new = iter([sim.load_scenario(SCENARIO) for _ in range((rounds + 1) * IN_A_ROW)])

    def with_counts() -> None:
        records = sim.run(known, runs=FEW, workers=1).records
        for name in COUNTS:
            getattr(records, name)

    few: dict[str, Work] = {
        "new scenario": lambda: sim.run(next(new), runs=FEW, workers=1),
        "scenario run before": partial(sim.run, known, runs=FEW, workers=1),
        "scenario run before, all counts by day asked for": with_counts,
    }
    works = {name: in_a_row(work) for name, work in few.items()}
    times = in_turn({**works, "many": partial(sim.run, known, runs=MANY, workers=1)}, rounds)
    seconds = {name: times[name].per(IN_A_ROW).seconds for name in few}
    a_run = (times["many"].seconds - seconds["scenario run before"]) / (MANY - FEW)
    for name in few:
        in_runs = float(np.median(seconds[name] / a_run)) - FEW
        bar = None if "asked" in name else 20.0
        yield Line(f"fixed cost of an ensemble, {name}", in_runs, "runs", at_most=bar)


def network(n_nations: int, features: str, seed: int = 7) -> Scenario:
    """Nations with ten ties each on average, to nobody else."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n_nations, size=(2 * n_nations * N_TIES, 2))
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    pairs = rng.permutation(pairs)[: n_nations * N_TIES // 2]
    ids = [f"N{place}" for place in range(n_nations)]
    stages = ("public", "willing", "talks", "willing", "talks")
    nations = [{"id": name, "stage": stages[place % len(stages)]} for place, name in enumerate(ids)]
    ties = {"base": 0, "dyads": [[ids[one], ids[other]] for one, other in pairs]}
    return scenario_from_dict(
        {"days": N_DAYS, "nations": nations, "ties": ties, **FEATURES[features]}
    )


def scale(effort: Effort) -> Iterator[Line]:
    """A nation-day among many nations, over one among few; the runs alone."""
    runs = effort.of(8)
    for features in FEATURES:
        works: dict[str, Work] = {}
        for n_nations, n_runs in ((SMALL, runs * LARGE // SMALL), (LARGE, runs)):
            scenario = network(n_nations, features)
            for name, size in (("few", n_runs), ("many", 4 * n_runs)):
                works[f"{name} of {n_nations}"] = partial(
                    sim.run, scenario, runs=size, workers=1, keep="summary"
                )
        times = in_turn(works, effort.of(7))
        small, large = (
            times[f"many of {size}"].seconds - times[f"few of {size}"].seconds
            for size in (SMALL, LARGE)
        )
        what = f"{LARGE:,} nations with ten ties each over {SMALL}, {features}, per nation-day"
        yield Line(what, float(np.median(large / small)), at_most=1.3)


def memory(effort: Effort) -> Iterator[Line]:
    """Peak memory of a process that makes a million runs and keeps counts."""
    runs = effort.of(1_000_000)
    code = f"import sim; sim.run({SCENARIO!r}, runs={runs}, keep='summary')"
    peak = process_of("-c", code).memory
    yield Line("1,000,000 runs, `summary`, peak memory", peak, "GB", at_most=0.25)


def threads(effort: Effort) -> Iterator[Line]:
    """Two threads over one by the clock, the best of several."""
    runs = effort.of(20_000)
    scenario = sim.load_scenario(SCENARIO)
    works: dict[str, Work] = {
        f"{n}": partial(sim.run, scenario, runs=runs, workers=n, keep="summary") for n in (1, 2)
    }
    times = in_turn(works, effort.of(5), clock=perf_counter)
    one, two = (times[name].seconds.min() for name in works)
    yield Line("two threads over one, 20,000 runs", float(one / two), at_least=1.9)
