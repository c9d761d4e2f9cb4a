"""Designs: every combination of some values, a Latin hypercube, or a Sobol sequence."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.studies.design.values import Varied

DESIGNS = ("grid", "lhs", "sobol")
MOST_POINTS = 1_000_000
MOST_SOBOL_VARIED = 21_201
"""Dimensions for which SciPy has direction numbers."""

MOST_DRAWN = 20_000_000
"""Numbers of a random design: points times varied paths."""


def n_points_of(varied: Sequence[Varied], design: str, n_points: int) -> int:
    """Number of points of a design."""
    return prod(len(each.options) for each in varied) if design == "grid" else n_points


def is_power_of_two(number: int) -> bool:
    """True if a Sobol sequence of that length is balanced.

    Examples
    --------
    >>> [number for number in range(1, 10) if is_power_of_two(number)]
    [1, 2, 4, 8]
    """
    return number > 0 and number & (number - 1) == 0


def design_columns(
    varied: Sequence[Varied], design: str, n_points: int, seed: int
) -> tuple[NDArray[Any], ...]:
    """The values of each varied path at the points of a Latin hypercube or a Sobol sequence.

    Parameters
    ----------
    varied : sequence of Varied, length n_varied
    design : {"lhs", "sobol"}
    n_points : int
        Of a Sobol sequence, a power of 2.
    seed : int

    Returns
    -------
    tuple of ndarray, each of shape (n_points,)
        See `Varied.drawn`.

    Notes
    -----
    Both are randomised, by [McKay1979]_ and [Owen1998]_, so that a mean over points is unbiased.
    """
    shares = unit_points(design, len(varied), n_points, seed)
    return tuple(each.drawn(column) for each, column in zip(varied, shares.T, strict=True))


def unit_points(design: str, n_varied: int, n_points: int, seed: int) -> NDArray[np.float64]:
    """Points of a design in the unit cube, shape (n_points, n_varied)."""
    from scipy.stats import qmc  # takes half a second, and a grid needs none of it

    kind = qmc.LatinHypercube if design == "lhs" else qmc.Sobol
    # SciPy 1.15 gave the argument another name.
    name = "rng" if "rng" in signature(kind.__init__).parameters else "seed"
    sampler = kind(n_varied, **{name: np.random.default_rng(seed)})
    points: NDArray[np.float64] = sampler.random(n_points)
    return points
