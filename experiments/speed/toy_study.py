"""Compare both engines on the toy with what one would write by hand, in one run.

Run ``python -m experiments.speed.toy_study`` from the root of the project.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np
from numpy.typing import NDArray

import sim
from experiments.speed.rivals import mesa_by_hand, numba_loop, numpy_at_once
from experiments.speed.toy import N_DAYS, N_NATIONS, toy

AT_ONCE = 1000
"""Runs that the NumPy rival takes at once; more of them do not fit into the nearer memory."""

MESA_RUNS = 20
"""Runs of a measurement with Mesa."""

DAYS = [30, 90, 180]
"""Days on which the public sizes of all are compared."""

N_NUMBERS = 6400
"""Of the array of `numpy.exp`: about 50 kB, so that memory is not what is measured."""


def aligned(n_numbers: int) -> NDArray[np.float64]:
    """Return zeros of which the first is at the beginning of a cache line of 64 bytes."""
    zeros = np.zeros(n_numbers + 8)
    skipped = (-zeros.ctypes.data // zeros.itemsize) % 8
    return zeros[skipped : skipped + n_numbers]


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    start = process_time()
    work()
    return process_time() - start


def seconds_of_exp() -> float:
    """Return the processor time of ``numpy.exp`` of one number, the least of a few tries."""
    numbers, out = aligned(N_NUMBERS), aligned(N_NUMBERS)
    numbers[:] = np.linspace(-20.0, 2.0, N_NUMBERS)

    def many() -> None:
        for _ in range(150):
            np.exp(numbers, out=out)

    return min(seconds_of(many) for _ in range(6)) / (150 * N_NUMBERS)


def by_batch_engine(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day from the batch engine."""
    return np.asarray(sim.run(toy(), runs=runs, seed=seed, workers=1).size, dtype=np.int64)


def mean_sizes(runs: int) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return of each the mean public size on `DAYS`, and 4.5 standard errors of its difference."""
    sizes = {
        "batch engine": by_batch_engine(runs, 1),
        "Numba loop": numba_loop.public_sizes(runs, 2),
        "NumPy, many runs at once": numpy_at_once.public_sizes(runs, 3),
        "Mesa by hand": mesa_by_hand.public_sizes(max(300, runs // 20), 4),
    }
    spread = sizes["batch engine"][:, DAYS].std(axis=0)
    return {
        name: (each[:, DAYS].mean(axis=0), 4.5 * spread * np.sqrt(1.0 / runs + 1.0 / len(each)))
        for name, each in sizes.items()
    }


def measure(runs: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return each one's cost of a nation-day in `numpy.exp`, and over that of the batch engine.

    All in turn in every round, and exp before and after each, since a machine's speed drifts with
    its load; medians over the rounds. Of the second number, the median of the rounds' ratios.
    """
    scenario = toy()
    works: dict[str, tuple[int, Callable[[], object]]] = {
        "batch engine, summary": (
            runs,
            lambda: sim.run(scenario, runs=runs, workers=1, keep="summary"),
        ),
        "batch engine, rows of runs": (
            runs,
            lambda: sim.run(scenario, runs=runs, workers=1, keep="runs"),
        ),
        "Numba loop": (runs, lambda: numba_loop.public_sizes(runs, 1)),
        "NumPy, 1,000 runs at once": (AT_ONCE, lambda: numpy_at_once.public_sizes(AT_ONCE, 1)),
        "Mesa engine": (
            MESA_RUNS,
            lambda: sim.run(scenario, runs=MESA_RUNS, engine="mesa", keep="summary"),
        ),
        "Mesa by hand": (MESA_RUNS, lambda: mesa_by_hand.public_sizes(MESA_RUNS, 1)),
    }
    for _, work in works.values():
        work()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (n_runs, work) in works.items():
            before = seconds_of_exp()
            seconds = seconds_of(work) / (n_runs * N_NATIONS * N_DAYS)
            found[name].append((seconds / min(before, seconds_of_exp()), seconds))
    batch = np.array(found["batch engine, summary"])
    table = {}
    for name, each in found.items():
        values = np.array(each)
        table[name] = (
            float(np.median(values[:, 0])),
            float(np.median(values[:, 1] / batch[:, 1])),
        )
    return table


def main() -> int:
    """Check that all agree in distribution, then print a table of costs; 1 if they disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little")
    quick = parser.parse_args().quick
    means = mean_sizes(500 if quick else 20_000)
    batch, _ = means["batch engine"]
    agree = all((np.abs(mean - batch) <= allowed).all() for mean, allowed in means.values())
    for name, (mean, _) in means.items():
        sizes = "  ".join(f"{size:6.2f}" for size in mean)
        print(f"{name:<28} mean public size on days {DAYS}: {sizes}")
    print("They agree in distribution." if agree else "They DISAGREE in distribution.")
    table = measure(500 if quick else 8_000, 2 if quick else 15)
    for name, (in_exp, over_batch) in table.items():
        print(f"{name:<28} {in_exp:8.2f} exp per nation-day, {over_batch:6.2f} of the batch engine")
    over_hand = table["Mesa engine"][1] / table["Mesa by hand"][1]
    print(f"The Mesa engine takes {over_hand:.2f} times as long as Mesa by hand.")
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
