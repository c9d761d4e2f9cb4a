"""What it costs to run one scenario after another of which a number differs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

import sim
from experiments.speed.ensembles import SCENARIO
from experiments.speed.timing import IN_A_ROW, Effort, Line, Work, in_a_row, in_turn
from sim.engines.block_runner import BlockRunner
from sim.studies.design.file import study_from
from sim.studies.design.study import Study
from sim.studies.sweep.shared_inputs import SharedInputsCache

LEVEL = "conditions.us_backing.level"
BARS = {100: 1.05, 10: 1.15}
"""Of a sweep over the runs alone, by the number of runs a point."""


def sweep_of(n_points: int, runs: int, low: float = 0.05, high: float = 0.95) -> Study:
    """A sweep of one number."""
    vary = {LEVEL: {"range": [low, high], "steps": n_points}}
    return study_from({"scenario": SCENARIO, "vary": vary, "runs": runs})


def stored(study: Study) -> None:
    """Run and store a sweep on one core."""
    with tempfile.TemporaryDirectory() as folder:
        sim.sweep(study, out=Path(folder) / "sweep", workers=1)


def kernel_alone(study: Study) -> Work:
    """The runs of a sweep, as the compiled kernel's on the same vectors of inputs.

    Nothing is checked, lowered, asked, tabulated or stored.
    """
    shared = SharedInputsCache(study).of(study.point(0))
    runner = BlockRunner(shared.arrays)

    def run_all() -> None:
        for number in range(study.n_points):
            for _ in runner.blocks(shared.vector(study.point(number)), 0, 0, study.effort.runs):
                pass

    return run_all


def change(effort: Effort) -> Iterator[Line]:
    """A change of one number and 200 runs, over 200 runs in the kernel alone."""
    runs, n_points, rounds = effort.of(200), effort.of(20), effort.of(15)
    scenario = sim.load_scenario(SCENARIO)
    near = scenario.conditions["us_backing"].level
    assert isinstance(near, float)
    low, high = near - 0.005, near + 0.005  # so that as much happens in all runs
    new = iter(np.linspace(low, high, 2 * (rounds + 1) * IN_A_ROW).tolist())
    model = sim.as_function(scenario, {"level": LEVEL}, ["size", "success"], runs=runs)
    study = sweep_of(n_points, runs, low, high)
    short: dict[str, Work] = {
        "200 runs of a scenario run before": partial(sim.run, scenario, runs=runs, workers=1),
        "a number changed by `with_value`, and 200 runs": lambda: sim.run(
            scenario.with_value(LEVEL, next(new)), runs=runs, workers=1
        ),
        "a call of `as_function` of 200 runs": lambda: model(level=next(new)),
    }
    long: dict[str, Work] = {
        "a point of a sweep, of 200 runs": partial(sim.sweep, study, workers=1),
        "kernel": kernel_alone(study),
    }
    works = {name: in_a_row(work) for name, work in short.items()} | long
    times = {
        name: found.per(IN_A_ROW if name in short else n_points)
        for name, found in in_turn(works, rounds).items()
    }
    kernel = times.pop("kernel")
    for name, found in times.items():
        bar = None if name == "200 runs of a scenario run before" else 1.3
        yield Line(f"{name}, over 200 runs in the kernel alone", found.over(kernel), at_most=bar)


def sweep(effort: Effort) -> Iterator[Line]:
    """A stored sweep over its runs in the kernel alone."""
    for runs, bar in BARS.items():
        study = sweep_of(effort.of(40_000 // runs), runs)
        works: dict[str, Work] = {
            "stored": partial(stored, study),
            "alone": kernel_alone(study),
        }
        times = in_turn(works, effort.of(5))
        ratio = times["stored"].over(times["alone"])
        yield Line(f"stored sweep over the kernel alone, {runs} runs a point", ratio, at_most=bar)
