"""What users of the command line wait for: the first compile, a warm run, a large sweep."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from time import perf_counter

import mesa
import numpy as np

import sim
from experiments.speed.changes import LEVEL
from experiments.speed.ensembles import SCENARIO
from experiments.speed.rivals import mesa_by_hand
from experiments.speed.timing import Effort, Line, Process, process_of, seconds_of
from experiments.speed.toy import N_DAYS, toy

COMPILE_A_LOOP = """
from time import process_time
from experiments.speed.rivals import numba_loop
start = process_time()
numba_loop.public_sizes(1, 1)
print(process_time() - start)
"""

IMPORT = "import numba, pandas, matplotlib.pyplot"
"""What a program that simulates, tabulates and draws cannot do without."""


def willing(command: str, *arguments: str, cache: Path | None = None) -> Process:
    """Run a command of the program whose results go to a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:
        out = ("--out", str(Path(folder) / "results"), "--quiet")
        return process_of("-m", "sim", command, *arguments, *out, cache=cache)


def first_compile(effort: Effort) -> Iterator[Line]:
    """Processor time of the first command, beyond that of later ones, and what it leaves on disk.

    In compiles of the Numba loop that stands for the toy, which is work of the same kind.
    """
    ratios = []
    one_run = ("run", SCENARIO, "--runs", "1", "--no-figures")
    for _ in range(effort.of(2, at_least=1)):
        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder)
            before = float(process_of("-c", COMPILE_A_LOOP).output)
            first, later = (willing(*one_run, cache=cache).processor for _ in range(2))
            after = float(process_of("-c", COMPILE_A_LOOP).output)
            ratios.append((first - later) / (0.5 * (before + after)))
            size = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file())
    yield Line(
        "first compile, processor time",
        float(np.median(ratios)),
        "compiles of the Numba loop",
        at_most=11.5,
    )
    yield Line("compiled code on disk", size / 1e6, "MB", at_most=15.0)


def warm_command(effort: Effort) -> Iterator[Line]:
    """Processor time of a command with 1,000 runs and figures, over imports that it needs."""
    ratios = []
    command = ("run", SCENARIO, "--runs", "1000")
    willing(*command)
    for _ in range(effort.of(7)):
        imports, ours = process_of("-c", IMPORT), willing(*command)
        ratios.append(ours.processor / imports.processor)
    what = "`willing run`, 1,000 runs with figures, processor time over `import numba, pandas, "
    yield Line(f"{what}matplotlib.pyplot`", float(np.median(ratios)), at_most=1.63)


def large_sweep(effort: Effort) -> Iterator[Line]:
    """A sweep of 400 points against Mesa's own runner, both by the clock, on all processors."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "toy.yaml"
        file.write_text(toy().to_yaml(), encoding="utf-8")
        scenario = sim.load_scenario(SCENARIO)
        built_in = batch_run(sim.CoalitionModel, effort.of(100), scenario=scenario)
        by_hand = batch_run(mesa_by_hand.Coalition, effort.of(2000))
        n_points, runs = effort.of(400), effort.of(1000)

        def sweep(path: str, varied: str) -> Process:
            vary = f"{varied}=0.05:0.95:{n_points}"
            return willing("sweep", path, "--vary", vary, "--runs", str(runs), "--no-figures")

        done = sweep(SCENARIO, LEVEL)
        ratio = built_in * runs * n_points / done.clock
        what = "`mesa.batch_run` of `CoalitionModel`, over `willing sweep`, 400 x 1,000 runs"
        yield Line(what, ratio, at_least=150.0)
        yield Line("that sweep, peak memory", done.memory, "GB", at_most=1.0)
        ratio = by_hand * runs * n_points / sweep(str(file), "behaviour.declare.peers").clock
        yield Line("toy: `mesa.batch_run` of Mesa by hand, over `willing sweep`", ratio)


def batch_run(model: type[mesa.Model], runs: int, **fixed: object) -> float:
    """Seconds a run by Mesa's own runner, on as many processes as there are processors."""
    options: dict[str, object] = {"max_steps": N_DAYS, "display_progress": False}
    parameters: dict[str, object] = {name: [value] for name, value in fixed.items()}
    if "rng" in signature(mesa.batch_run).parameters:  # Mesa 3.4 and later
        options["rng"] = range(runs)
    else:
        parameters["seed"] = range(runs)

    def run_all() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mesa.batch_run(model, parameters, number_processes=os.cpu_count(), **options)

    return seconds_of(run_all, perf_counter) / runs
