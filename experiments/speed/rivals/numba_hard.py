"""The toy as one who writes loops for speed does it: no branch in the loop over nations.

Every nation spends its threshold, the public ones without ever getting to its end, so the compiler
uses vector instructions; who has crossed is looked for on the days when somebody has.
"""

from __future__ import annotations

from math import exp, inf

import numba
import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

PUBLIC = 2  # two moves from the talks, by way of the willing


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    np.random.seed(seed)  # noqa: NPY002
    sizes = np.empty((runs, N_DAYS + 1), dtype=np.int64)
    rate, left = np.empty(N_NATIONS), np.empty(N_NATIONS)
    stage = np.empty(N_NATIONS, dtype=np.int64)
    for run in range(runs):
        for nation in range(N_NATIONS):
            rate[nation] = RATE * exp(DISPOSITION * np.random.standard_normal())  # noqa: NPY002
            left[nation] = np.random.standard_exponential()  # noqa: NPY002
            stage[nation] = 0
        n_public, pull = 0, exp(-PEERS * THRESHOLD)
        sizes[run, 0] = n_public
        for day in range(1, N_DAYS + 1):
            n_crossed = 0
            for nation in range(N_NATIONS):
                left[nation] -= rate[nation] * pull
                n_crossed += left[nation] <= 0.0
            if n_crossed:
                for nation in range(N_NATIONS):
                    if left[nation] <= 0.0:
                        stage[nation] += 1
                        left[nation] = np.random.standard_exponential()  # noqa: NPY002
                        if stage[nation] == PUBLIC:
                            left[nation] = inf
                            n_public += 1
                pull = exp(PEERS * (n_public / (N_NATIONS - 1) - THRESHOLD))
            sizes[run, day] = n_public
    return sizes
