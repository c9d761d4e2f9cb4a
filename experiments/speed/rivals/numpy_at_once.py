"""The toy as a user of NumPy writes it: many runs at once, a day at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

PUBLIC = 2  # two moves from the talks, by way of the willing


AT_ONCE = 1000
"""Runs that are taken at once; more of them do not fit into the nearer memory."""


def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [sizes_at_once(min(AT_ONCE, runs - done), rng) for done in range(0, runs, AT_ONCE)]
    )


def sizes_at_once(runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Public size by run and day of a few runs."""
    rate = RATE * np.exp(DISPOSITION * rng.standard_normal((runs, N_NATIONS)))
    left = rng.standard_exponential((runs, N_NATIONS))  # of the threshold of the next move
    stage = np.zeros((runs, N_NATIONS), dtype=np.int8)
    sizes = np.zeros((runs, N_DAYS + 1), dtype=np.int64)
    for day in range(1, N_DAYS + 1):
        pull = np.exp(PEERS * (sizes[:, day - 1] / (N_NATIONS - 1) - THRESHOLD))
        left -= rate * pull[:, None]
        crossed = (left <= 0.0) & (stage < PUBLIC)
        stage[crossed] += 1
        left[crossed] = rng.standard_exponential(np.count_nonzero(crossed))
        sizes[:, day] = np.count_nonzero(stage == PUBLIC, axis=1)
    return sizes
