"""Designs: every combination of some values, a Latin hypercube, or a Sobol sequence."""

from __future__ import annotations

from inspect import signature
from threading import Lock

import numpy as np
from numpy.typing import NDArray

DESIGNS = ("grid", "lhs", "sobol")
MOST_POINTS = 1_000_000
MOST_SOBOL_VARIED = 21_201
"""Dimensions for which SciPy has direction numbers."""

MOST_DRAWN = 20_000_000
"""Numbers of a random design: points times varied paths."""

FIRST_USE = Lock()
"""Held while a design is set up: SciPy 1.14 reads direction numbers when a Sobol sequence is first
used, and a second thread that comes meanwhile gets points from half of them, without an error."""


def is_power_of_two(number: int) -> bool:
    """True if a Sobol sequence of that length is balanced.

    Examples
    --------
    >>> [number for number in range(1, 10) if is_power_of_two(number)]
    [1, 2, 4, 8]
    """
    return number > 0 and number & (number - 1) == 0


def unit_points(
    design: str, n_varied: int, n_points: int, seed: int | tuple[int, ...]
) -> NDArray[np.float64]:
    """Points of a Latin hypercube or a Sobol sequence in the unit cube.

    Parameters
    ----------
    design : {"lhs", "sobol"}
    n_varied : int
    n_points : int
        Of a Sobol sequence, a power of 2.
    seed : int or tuple of int

    Returns
    -------
    ndarray, shape (n_points, n_varied)

    Notes
    -----
    Both are randomised, by [McKay1979]_ and [Owen1998]_, so that a mean over points is unbiased.
    """
    from scipy.stats import qmc  # takes half a second, and a grid needs none of it

    kind = qmc.LatinHypercube if design == "lhs" else qmc.Sobol
    # SciPy 1.15 gave the argument another name.
    name = "rng" if "rng" in signature(kind.__init__).parameters else "seed"
    with FIRST_USE:
        sampler = kind(n_varied, **{name: np.random.default_rng(seed)})
    points: NDArray[np.float64] = sampler.random(n_points)
    return points
