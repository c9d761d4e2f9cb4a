"""Measure how many runs a second each engine makes.

Run ``python experiments/speed/study.py`` (``make bench``); ``--quick`` makes few runs.
"""

from __future__ import annotations

import argparse
from time import perf_counter
from typing import NamedTuple

import numpy as np

import sim
from sim.scenario.schema import Scenario

SCENARIO = "paris_2025"
BEST_OF = 3


class Case(NamedTuple):
    """An engine, and how much it is given to do."""

    engine: str
    workers: int
    runs: int


CASES = [Case("batch", 1, 20_000), Case("batch", 2, 40_000), Case("mesa", 1, 40)]
QUICK_CASES = [Case("batch", 1, 500), Case("batch", 2, 500), Case("mesa", 1, 2)]


def seconds_of(scenario: Scenario, case: Case) -> float:
    """Least time that an ensemble takes, of a few, after one that compiles."""

    def once(runs: int) -> float:
        start = perf_counter()
        sim.run(scenario, runs=runs, engine=case.engine, workers=case.workers, keep="summary")
        return perf_counter() - start

    once(1)
    return min(once(case.runs) for _ in range(BEST_OF))


def seconds_of_exp() -> float:
    """Least time of ``numpy.exp`` for one number of many, as a unit that any machine has."""
    numbers, out = np.linspace(-20.0, 20.0, 4096), np.empty(4096)
    times = []
    for _ in range(1000):
        start = perf_counter()
        np.exp(numbers, out=out)
        times.append(perf_counter() - start)
    return min(times) / numbers.size


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="make few runs")
    cases = QUICK_CASES if parser.parse_args().quick else CASES
    scenario = sim.load_scenario(SCENARIO)
    nation_days = len(scenario.nations) * scenario.days
    unit = seconds_of_exp()
    print(f"{SCENARIO}: {len(scenario.nations)} nations, {scenario.days} days")
    print("engine  workers    runs/s   per nation-day: ns   numpy.exp")
    for case in cases:
        each = seconds_of(scenario, case) / case.runs
        share = each * case.workers / nation_days
        print(
            f"{case.engine:<6}  {case.workers:>7}  {1 / each:>8,.0f}"
            f"   {share * 1e9:>18,.1f}   {share / unit:>9,.1f}"
        )


if __name__ == "__main__":
    main()
