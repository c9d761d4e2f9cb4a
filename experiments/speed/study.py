"""Measure what the engines cost, as ratios from one run on one machine.

Run ``python experiments/speed/study.py`` (``make bench``); ``--quick`` measures little and
checks nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from inspect import signature
from time import perf_counter, process_time
from typing import NamedTuple

import mesa
import numpy as np

import sim
from sim.engines.block_runner import BlockRunner
from sim.scenario.schema import Scenario
from sim.studies.design.file import study_from
from sim.studies.sweep.shared_inputs import SharedInputsCache

SCENARIO = "paris_2025"
SWEEPS = 4
"""How many times the runs of an ensemble the measured sweeps have, so that what they begin and end
with weighs little."""

BARS = {
    "batch engine, numpy.exp per nation-day": ("at most", 15.0),
    "Mesa engine over batch engine, per run": ("at least", 200.0),
    "1,000,000 runs, peak memory in GB": ("at most", 1.5),
    "willing run, 10,000 runs with tables, s": ("at most", 3.0),
    "two threads over one, ensemble of 20,000 runs": ("at least", 1.7),
    "two threads over one, sweep of 1,000 runs a point": ("at least", 1.7),
    "sweep over bare engine, 1,000 runs a point": ("at most", 1.1),
    "sweep over bare engine, 100 runs a point": ("at most", 1.1),
    "mesa.batch_run over willing sweep, 1,000 x 1,000 runs": ("at least", 150.0),
    "willing sweep, 1,000 x 1,000 runs, peak memory in GB": ("at most", 1.0),
}


class Effort(NamedTuple):
    """How much is measured."""

    batch_runs: int
    mesa_runs: int
    repeats: int
    memory_runs: int
    process_runs: int
    sweep_points: int


FULL = Effort(20_000, 20, 7, 1_000_000, 10_000, 1000)
QUICK = Effort(300, 1, 2, 5_000, 200, 8)


def least(work: Callable[[], object], repeats: int) -> float:
    """Least processor time of a few calls, in seconds, after one that compiles."""
    work()
    times = []
    for _ in range(repeats):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def seconds_of_exp(n_numbers: int) -> float:
    """Processor time of ``numpy.exp`` for one number of as many as a run has nation-days."""
    numbers, out = np.linspace(-20.0, 2.0, n_numbers), np.empty(n_numbers)

    def many() -> None:
        for _ in range(500):
            np.exp(numbers, out=out)

    return least(many, 5) / (500 * n_numbers)


def batch_over_exp(scenario: Scenario, effort: Effort) -> float:
    """Median ratio of a nation-day of the batch engine to ``numpy.exp`` of one number.

    Measured in turn, exp before and after the engine, since the speed of a machine drifts.
    """
    nation_days, ratios = len(scenario.nations) * scenario.days, []
    quick = effort._replace(repeats=1)
    for _ in range(effort.repeats):
        before = seconds_of_exp(nation_days)
        batch = seconds_of_batch(scenario, quick)
        after = seconds_of_exp(nation_days)
        ratios.append(batch / nation_days / (0.5 * (before + after)))
    return float(np.median(ratios))


def seconds_of_batch(scenario: Scenario, effort: Effort) -> float:
    """Processor time of one run of the batch engine on one thread, all included."""

    def ensemble() -> None:
        sim.run(scenario, runs=effort.batch_runs, workers=1, keep="summary")

    return least(ensemble, effort.repeats) / effort.batch_runs


def seconds_of_mesa(scenario: Scenario, effort: Effort) -> float:
    """Processor time of one run of the Mesa engine."""

    def ensemble() -> None:
        sim.run(scenario, runs=effort.mesa_runs, engine="mesa", keep="summary")

    return least(ensemble, max(1, effort.repeats // 3)) / effort.mesa_runs


def seconds_of_mesa_batch_run(scenario: Scenario, effort: Effort) -> float:
    """Processor time of one run of the same model under ``mesa.batch_run``, one process."""

    def batch() -> None:
        batch_run(scenario, effort.mesa_runs, 1)

    return least(batch, max(1, effort.repeats // 3)) / effort.mesa_runs


def batch_run(scenario: Scenario, runs: int, processes: int) -> None:
    """Runs of the Mesa engine by Mesa's own runner."""
    parameters = {"scenario": [scenario], "run": range(runs)}
    options: dict[str, object] = {"number_processes": processes, "display_progress": False}
    if "rng" in signature(mesa.batch_run).parameters:  # Mesa 3.4 and later
        options["rng"] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mesa.batch_run(sim.CoalitionModel, parameters, **options)


def peak_memory(runs: int) -> float:
    """Peak memory in GB of a process that makes many runs and keeps counts."""
    code = (
        "import resource, sim\n"
        f"sim.run(sim.load_scenario({SCENARIO!r}), runs={runs}, keep='summary')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024 / 1e9


def seconds_of_command(runs: int, *options: str) -> float:
    """Least wall time in seconds of ``willing run`` as a whole process, warm."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for attempt in range(5):
            out = os.path.join(folder, str(attempt))  # noqa: PTH118
            command = [sys.executable, "-m", "sim", "run", SCENARIO]
            command += ["--runs", str(runs), "--out", out, "--quiet", *options]
            start = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(perf_counter() - start)
            sim.load_results(out)
    return min(times[1:])


def levels(n_points: int) -> dict[str, object]:
    """What the sweeps vary."""
    return {"conditions.us_backing.level": {"range": [0.05, 0.95], "steps": n_points}}


def faster(work: Callable[[int], object], repeats: int) -> float:
    """Median ratio of the time that one thread takes to that of two, by the clock, in turn."""
    work(2)
    ratios = []
    for _ in range(repeats):
        seconds = [seconds_of(lambda n=workers: work(n)) for workers in (1, 2)]
        ratios.append(seconds[0] / seconds[1])
    return float(np.median(ratios))


def seconds_of(work: Callable[[], object]) -> float:
    """Time of one call by the clock."""
    start = perf_counter()
    work()
    return perf_counter() - start


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = process_time()
    work()
    return process_time() - start


def sweep_over_engine(runs: int, effort: Effort) -> float:
    """Median ratio of the processor time of a stored sweep to that of its runs alone.

    The runs alone are the compiled kernel's on the same vectors of inputs: nothing is checked,
    lowered, asked, tabulated or stored.
    """
    n_points = max(2, SWEEPS * effort.batch_runs // runs)
    study = study_from({"scenario": SCENARIO, "vary": levels(n_points), "runs": runs})

    def stored() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sim.sweep(study, out=os.path.join(folder, "sweep"), workers=1)  # noqa: PTH118

    frame = SharedInputsCache(study).of(study.point(0))
    bench = BlockRunner(frame.arrays)

    def alone() -> None:
        for number in range(n_points):
            for _ in bench.blocks(frame.vector(study.point(number)), 0, 0, runs):
                pass

    alone()
    stored()
    ratios = [processor_seconds(stored) / processor_seconds(alone) for _ in range(effort.repeats)]
    return float(np.median(ratios))


def two_threads(scenario: Scenario, effort: Effort) -> dict[str, float]:
    """How much faster two threads are than one."""
    study = study_from(
        {
            "scenario": SCENARIO,
            "vary": levels(max(2, effort.batch_runs // 500)),
            "runs": min(1000, effort.batch_runs),
        }
    )
    return {
        "two threads over one, ensemble of 20,000 runs": faster(
            lambda n: sim.run(scenario, runs=effort.batch_runs, workers=n, keep="summary"),
            effort.repeats,
        ),
        "two threads over one, sweep of 1,000 runs a point": faster(
            lambda n: sim.sweep(study, workers=n), effort.repeats
        ),
    }


def large_sweep(scenario: Scenario, effort: Effort) -> dict[str, float]:
    """A sweep as a whole process against ``mesa.batch_run`` on as many processes as processors.

    Both by the clock; Mesa's time is that of a sample, for as many runs as the sweep has.
    """
    runs = 1000 if effort is FULL else 20
    code = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, capture_output=True)\n"
        "print(time.perf_counter() - start)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "sweep", SCENARIO, "--runs", str(runs)]
        command += ["--vary", f"conditions.us_backing.level=0.05:0.95:{effort.sweep_points}"]
        command += ["--out", os.path.join(folder, "sweep"), "--no-figures", "--quiet"]  # noqa: PTH118
        done = subprocess.run(
            [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True
        )
    seconds, kilobytes = done.stdout.split()
    mesa_runs = effort.mesa_runs * max(1, effort.repeats)
    by_mesa = seconds_of(lambda: batch_run(scenario, mesa_runs, os.cpu_count() or 1)) / mesa_runs
    of_all = by_mesa * runs * effort.sweep_points
    return {
        "mesa.batch_run over willing sweep, 1,000 x 1,000 runs": of_all / float(seconds),
        "willing sweep, 1,000 x 1,000 runs, peak memory in GB": int(kilobytes) * 1024 / 1e9,
    }


def measure(effort: Effort) -> dict[str, float]:
    """All figures of the table."""
    scenario = sim.load_scenario(SCENARIO)
    batch = seconds_of_batch(scenario, effort)
    by_mesa = seconds_of_mesa(scenario, effort)
    by_batch_run = seconds_of_mesa_batch_run(scenario, effort)
    return {
        "batch engine, numpy.exp per nation-day": batch_over_exp(scenario, effort),
        "Mesa engine over batch engine, per run": by_mesa / batch,
        "mesa.batch_run over batch engine, per run": by_batch_run / batch,
        "1,000,000 runs, peak memory in GB": peak_memory(effort.memory_runs),
        "willing run, 10,000 runs with tables, s": seconds_of_command(
            effort.process_runs, "--no-figures"
        ),
        "willing run, 10,000 runs with tables and figures, s": seconds_of_command(
            effort.process_runs
        ),
        **two_threads(scenario, effort),
        "sweep over bare engine, 1,000 runs a point": sweep_over_engine(1000, effort),
        "sweep over bare engine, 100 runs a point": sweep_over_engine(100, effort),
        **large_sweep(scenario, effort),
    }


def verdict(name: str, value: float) -> str:
    """Whether a figure clears its bar, in words."""
    if name not in BARS:
        return ""
    kind, bar = BARS[name]
    holds = value <= bar if kind == "at most" else value >= bar
    return f"{kind} {bar:g}: {'yes' if holds else 'NO'}"


def main() -> int:
    """Print a table; exit status 1 if a full measurement misses a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little, check nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(QUICK if options.quick else FULL)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:<54} {value:>10,.2f}   {'' if options.quick else verdict(name, value)}")
    missed = any("NO" in verdict(name, value) for name, value in figures.items())
    return int(missed and not options.quick)


if __name__ == "__main__":
    raise SystemExit(main())
