"""The toy as a user of Numba writes it: one compiled loop over runs, days and nations."""

from __future__ import annotations

from math import exp

import numba
import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

PUBLIC = 2  # two moves from the talks, by way of the willing


# NumPy's legacy names: what Numba compiles of NumPy's generators is slower.
@numba.njit  # type: ignore[untyped-decorator]
def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    np.random.seed(seed)  # noqa: NPY002
    sizes = np.zeros((runs, N_DAYS + 1), dtype=np.int64)
    for run in range(runs):
        rate = RATE * np.exp(DISPOSITION * np.random.standard_normal(N_NATIONS))  # noqa: NPY002
        left = np.random.standard_exponential(N_NATIONS)  # noqa: NPY002
        stage = np.zeros(N_NATIONS, dtype=np.int64)
        for day in range(1, N_DAYS + 1):
            pull = exp(PEERS * (sizes[run, day - 1] / (N_NATIONS - 1) - THRESHOLD))
            sizes[run, day] = sizes[run, day - 1]
            for nation in range(N_NATIONS):
                if stage[nation] < PUBLIC:
                    left[nation] -= rate[nation] * pull
                    if left[nation] <= 0.0:
                        stage[nation] += 1
                        left[nation] = np.random.standard_exponential()  # noqa: NPY002
                        sizes[run, day] += stage[nation] == PUBLIC
    return sizes
