"""How speed is measured: in turn, in processor time, against `numpy.exp` of one number."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Work = Callable[[], object]

ROOT = Path(__file__).resolve().parents[2]

N_NUMBERS = 6400
"""Of the array of `numpy.exp`: about 50 kB, so that memory is not what is measured."""

N_CALLS = 1000

IN_A_ROW = 5
"""Calls of a short work that count as one, as the first of them finds other data in the caches."""


class Line(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    what : str
    measured : float or None
        None if it cannot be measured here.
    unit : str
        Of the measured value; for a line without one, why there is none.
    at_most, at_least : float or None
        The bar, if there is one.
    """

    what: str
    measured: float | None
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_missed(self) -> bool:
        """True if there is a bar that the measured value does not meet."""
        if self.measured is None:
            return False
        too_high = self.at_most is not None and self.measured > self.at_most
        return too_high or (self.at_least is not None and self.measured < self.at_least)


class Effort(NamedTuple):
    """How much is measured.

    Attributes
    ----------
    share : float
        Of the full number of runs and rounds.
    """

    share: float = 1.0

    def of(self, full: int, at_least: int = 2) -> int:
        """So many runs, rounds or points of the full number."""
        return max(at_least, round(full * self.share))


def aligned(n_numbers: int) -> NDArray[np.float64]:
    """Zeros of which the first is at the beginning of a cache line of 64 bytes."""
    zeros = np.zeros(n_numbers + 8)
    skipped = (-zeros.ctypes.data // zeros.itemsize) % 8
    return zeros[skipped : skipped + n_numbers]


def seconds_of(work: Work, clock: Callable[[], float] = process_time) -> float:
    """Time of one call: processor time by default."""
    start = clock()
    work()
    return clock() - start


def seconds_of_exp() -> float:
    """Processor time of `numpy.exp` of one number.

    The mean of some milliseconds and no least value, as the times that it is compared with.
    """
    numbers, out = aligned(N_NUMBERS), aligned(N_NUMBERS)
    numbers[:] = np.linspace(-20.0, 2.0, N_NUMBERS)

    def many() -> None:
        for _ in range(N_CALLS):
            np.exp(numbers, out=out)

    return seconds_of(many) / (N_CALLS * N_NUMBERS)


def in_a_row(work: Work) -> Work:
    """Return a work several times over."""
    return lambda: [work() for _ in range(IN_A_ROW)]


class Times(NamedTuple):
    """Times of one work, measured in turn with others; shape (rounds,).

    Attributes
    ----------
    seconds : ndarray
    exps : ndarray
        In `numpy.exp` of one number: the mean of its times right before and after.
    """

    seconds: NDArray[np.float64]
    exps: NDArray[np.float64]

    def per(self, amount: float) -> Times:
        """Times of a part of the work, such as one nation-day."""
        return Times(self.seconds / amount, self.exps / amount)

    def over(self, other: Times) -> float:
        """Median over rounds of the ratio to another work's time in the same round."""
        return float(np.median(self.seconds / other.seconds))

    def in_exp(self) -> float:
        """Median time in `numpy.exp` of one number."""
        return float(np.median(self.exps))


def in_turn(
    works: Mapping[str, Work], rounds: int, clock: Callable[[], float] = process_time
) -> dict[str, Times]:
    """Times of each work, after a call of each that compiles.

    One after another in every round, since the speed of a machine drifts with its load.
    """
    for work in works.values():
        work()
    seconds, exps = np.empty((2, len(works), rounds))
    for number in range(rounds):
        after = seconds_of_exp()
        for place, work in enumerate(works.values()):
            before = after
            seconds[place, number] = seconds_of(work, clock)
            after = seconds_of_exp()
            exps[place, number] = seconds[place, number] / (0.5 * (before + after))
    return {name: Times(seconds[place], exps[place]) for place, name in enumerate(works)}


class Process(NamedTuple):
    """What a process took.

    Attributes
    ----------
    processor, clock : float, seconds
        Of all its threads; and as the user waits.
    memory : float, GB
        The most that it held at a time.
    output : str
        What it printed.
    """

    processor: float
    clock: float
    memory: float
    output: str


_MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True)
clock = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, clock, used.ru_maxrss * 1024 / 1e9)
print(done.stdout)
"""


def process_of(*arguments: str, cache: Path | None = None) -> Process:
    """Run Python with arguments in the root of the project; return what that took.

    Parameters
    ----------
    *arguments : str
    cache : Path, optional
        Another folder for compiled code.
    """
    command = [sys.executable, "-c", _MEASURE, sys.executable, *arguments]
    chosen = {} if cache is None else {"WILLING_CACHE_DIR": str(cache)}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **chosen}
    )
    numbers, output = done.stdout.split("\n", 1)
    processor, clock, memory = map(float, numbers.split())
    return Process(processor, clock, memory, output)
