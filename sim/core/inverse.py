"""Inverse distribution functions over many runs, by the model's own elementary functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.compiled import compiled, index, widest_vectors
from sim.core.elementary import exp, is_central, normal_quantile, quantile_of_part

Reals = NDArray[np.float64]

FROM_TAILS = 9.0
"""Stands for a draw of the tails until it is filled in: further out than any draw lies."""


@compiled
def to_standard_normal(out: Reals, below: float, kept: float) -> None:
    """Turn shares in (0, 1) into standard normal draws, in place.

    Parameters
    ----------
    out : ndarray, shape (n_runs,)
    below, kept : float
        Probability below the range that the draws are kept to, and inside it; 0 and 1 for none.
    """
    widest_vectors()
    for run in range(out.shape[0]):
        out[run] = normal_quantile(below + out[run] * kept)


@compiled
def to_normal_quantiles(out: Reals, tails: Reals) -> None:
    """Turn shares in (0, 1) into standard normal draws, in place: the middle first, then the tails.

    The same bits as from `normal_quantile`, in half the time: a vector that holds both parts of
    the distribution has to work out both for each of its numbers.

    Parameters
    ----------
    out : ndarray, shape (n,)
    tails : ndarray, shape (n,) or longer
        Overwritten.
    """
    widest_vectors()
    n_tails = 0
    # A select rather than a jump, on which the processor would often guess wrong: what is not in
    # the tails is written over by the next.
    for entry in range(out.shape[0]):
        tails[index(n_tails)] = out[entry]
        n_tails += 0 if is_central(out[entry]) else 1
    for entry in range(n_tails):
        tails[entry] = quantile_of_part(tails[entry], False)
    for entry in range(out.shape[0]):
        middle = quantile_of_part(out[entry], True)
        out[entry] = middle if is_central(out[entry]) else FROM_TAILS
    n_tails = 0
    for entry in range(out.shape[0]):
        is_tail = out[entry] == FROM_TAILS
        out[entry] = tails[index(n_tails)] if is_tail else out[entry]
        n_tails += 1 if is_tail else 0


@compiled
def to_lognormal(out: Reals, mu: float, sigma: float) -> None:
    """Turn standard normal draws into lognormal ones; mu and sigma are those of ln x."""
    for run in range(out.shape[0]):
        log_value = mu + sigma * out[run]
        # Kept to where the exponential is neither 0 nor infinite.
        log_value = -700.0 if log_value < -700.0 else log_value
        out[run] = exp(700.0 if log_value > 700.0 else log_value)


@compiled
def to_triangular(out: Reals, low: float, mode: float, high: float) -> None:
    """Turn shares in (0, 1) into draws from the triangular distribution, in place."""
    width = high - low
    for run in range(out.shape[0]):
        share = out[run]
        if share * width < mode - low:
            out[run] = low + np.sqrt(share * width * (mode - low))
        else:
            out[run] = high - np.sqrt((1.0 - share) * width * (high - mode))
