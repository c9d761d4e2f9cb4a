"""Estimates from blocks that are independent and alike, with intervals by the jackknife."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Interval, t_95

Reals = NDArray[np.float64]
Means = Mapping[str, Reals]
"""Means over blocks by name; in front of its own axes each may have one more."""


def jackknifed(
    blocks: Means, estimates: Callable[[Means], Mapping[str, Reals]]
) -> dict[str, Interval]:
    """Functions of means over blocks, each with its 95 % interval.

    Parameters
    ----------
    blocks : mapping of str to ndarray, shape (n_blocks, ...)
        What is averaged over blocks, which all count the same.
    estimates : callable
        Functions of the means. It is called once for all blocks, and once for all sets of blocks
        that lack one of them, which lie along the first axis.

    Returns
    -------
    dict of str to Interval
        An estimate is that of all blocks; half its interval is Student's t with one degree less
        than there are blocks, times the jackknife's standard error [EfronStein1981]_.

    Examples
    --------
    >>> of_blocks = {"hits": np.array([3.0, 4.0, 5.0]), "all": np.array([10.0, 10.0, 10.0])}
    >>> found = jackknifed(of_blocks, lambda means: {"share": means["hits"] / means["all"]})
    >>> [round(float(each), 3) for each in found["share"]]
    [0.4, 0.152, 0.648]
    """
    sums = {name: values.sum(axis=0) for name, values in blocks.items()}
    n_blocks = len(next(iter(blocks.values())))
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = estimates({name: each / n_blocks for name, each in sums.items()})
        without = estimates(
            {name: (sums[name] - each) / (n_blocks - 1) for name, each in blocks.items()}
        )
        found = {}
        for name, estimate in whole.items():
            off = without[name] - without[name].mean(axis=0)
            error = np.sqrt((off**2).sum(axis=0) * (n_blocks - 1) / n_blocks)
            half = t_95(n_blocks - 1) * error
            ends = (estimate, estimate - half, estimate + half)
            found[name] = Interval(*map(np.asarray, ends))
    return found
