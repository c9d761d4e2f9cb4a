"""Which runs are wanted: whole numbers in their ranges, checked once for both engines."""

from __future__ import annotations

import operator
from typing import NamedTuple

from sim.engines.threads import available_workers

MOST_SEEDS = 2**64
MOST_RUNS = 2**63


class Request(NamedTuple):
    """Which runs are wanted, and what is kept of them.

    `stage_counts` asks for counts by day, nation and stage, or only by two of these at a time; None
    leaves it to `sim.results.records.counts_stages`.
    """

    seed: int
    first_run: int
    n_runs: int
    keeps_runs: bool
    workers: int
    stage_counts: bool | None = None


def checked_request(
    runs: int,
    seed: int,
    first_run: int,
    workers: int | None,
    keeps_runs: bool,
    stage_counts: bool | None = None,
) -> Request:
    """Return what is asked for as whole numbers; ValueError if one is out of range."""
    runs = whole("runs", runs)
    if runs < 1:
        raise ValueError(f"runs: {runs} must be at least 1")
    seed = whole("seed", seed)
    if not 0 <= seed < MOST_SEEDS:
        raise ValueError(f"seed: {seed} must be from 0 to 2**64 - 1")
    first_run = whole("first_run", first_run)
    if not 0 <= first_run <= MOST_RUNS - runs:
        raise ValueError(f"first_run: {first_run} must be from 0 to 2**63 - runs")
    workers = available_workers() if workers is None else whole("workers", workers)
    if workers < 1:
        raise ValueError(f"workers: {workers} must be at least 1")
    if stage_counts not in (None, True, False):
        raise ValueError(f"stage_counts: {stage_counts!r} must be True, False or None")
    return Request(seed, first_run, runs, keeps_runs, workers, stage_counts)


def checked_run(seed: int, run: int) -> tuple[int, int]:
    """Return the seed and the number of one run; ValueError if one is out of range."""
    run = whole("run", run)
    if not 0 <= run < MOST_RUNS:
        raise ValueError(f"run: {run} must be from 0 to 2**63 - 1")
    return checked_request(1, seed, 0, 1, keeps_runs=False).seed, run


def whole(name: str, number: int) -> int:
    """Return a whole number of any kind as an int; ValueError with the name for anything else."""
    try:
        if not isinstance(number, bool):
            return operator.index(number)
    except TypeError:
        pass
    raise ValueError(f"{name}: {number!r} must be a whole number")
