"""One root made sharp: runs near it, each with luck of its own, and a curve through them.

For one root alone this takes fewer runs than bisection, which needs some fourteen for the threshold
of one run and knows the whole curve for it. Here each run tells whether it has turned at one level.
"""

from __future__ import annotations

from math import ceil, inf, isfinite, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Z_95
from sim.studies.tipping.bisection import Truths

Reals = NDArray[np.float64]

WINDOW_CONFIDENCE = 0.999
"""Of the interval of a quantile, from bisected runs, within which the runs near it are made."""

MOST_GROWTH = 50
"""How many times as many runs as were bisected are made near a root. With more, the departure of a
curve from a parabola on the logit scale would show beside the Monte Carlo error."""

LEAST_RUNS = 400
FIRST_RUNS_FACTOR = 1.2
"""Runs of the first stage, as a multiple of those with which order statistics would have the wanted
interval; a parabola takes about twice as many, which the second stage knows better."""

MARGIN = 1.1
"""More runs than are reckoned to be missing."""

N_GRID, N_BINS = 4001, 20
N_STEPS = 50
"""Most steps of Newton's method."""

LEAST_P = 0.001
"""P value of the fit below which the curve is said to be none of its kind."""


class Root(NamedTuple):
    """Where a chance passes a share.

    Attributes
    ----------
    estimate, low, high : float
        With a 95 % interval, whose ends are those of the window where the runs do not bound it.
    fits : bool
        Whether the runs are such as the curve says; if not, the interval is not to be trusted.
    """

    estimate: float
    low: float
    high: float
    fits: bool

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def fitted_root(
    x: Reals, has_turned: Truths, share: float, window: tuple[float, float] = (0.0, 1.0)
) -> Root:
    """Where the chance of having turned passes a share, by a curve through runs in a window.

    Parameters
    ----------
    x : ndarray, shape (n_runs,)
        Where in the window each run was tried.
    has_turned : ndarray of bool, shape (n_runs,)
    share : float, above 0 and below 1
    window : tuple of float

    Notes
    -----
    The logit of the chance is a parabola in x, of greatest likelihood. The interval holds the x at
    which it departs from the logit of the share by at most 1.96 standard errors, as that of
    [Fieller1954]_ does for a line. Where every run below some x has not turned and every run above
    it has, the root lies between the two runs next to it. Whether the curve fits is asked by
    Pearson's test over 20 bins of x.

    Examples
    --------
    >>> x = np.linspace(0.4, 0.6, 4000)
    >>> turned = np.random.default_rng(1).logistic(0.5, 0.1, 4000) <= x
    >>> found = fitted_root(x, turned, 0.5, (0.4, 0.6))
    >>> found.low < 0.5 < found.high, round(found.high - found.low, 2), found.fits
    (True, 0.02, True)
    """
    begin, end = window
    before = float(x[~has_turned].max(initial=begin))
    after = float(x[has_turned].min(initial=end))
    if before < after:
        return Root((before + after) / 2, before, after, True)
    middle, scale = (begin + end) / 2, (end - begin) / 2
    target = log(share / (1 - share))
    curve, covariance = _fitted_parabola((x - middle) / scale, has_turned, target)
    grid = np.linspace(-1, 1, N_GRID)
    design = _powers(grid)
    departure = curve @ design - target
    errors = np.sqrt(np.einsum("ik,ij,jk->k", design, covariance, design))
    inside = np.nonzero(np.abs(departure) <= Z_95 * errors)[0]
    estimate = grid[np.abs(departure).argmin()]
    first, last = (inside[0], inside[-1]) if inside.size else (0, N_GRID - 1)
    at, low, high = (float(middle + scale * u) for u in (estimate, grid[first], grid[last]))
    return Root(at, low, high, _fits((x - middle) / scale, has_turned, curve))


def n_needed(n_runs: int, half_width: float, precision: float, most: int) -> int:
    """Runs for which the interval of a root is expected to be as narrow as `precision`.

    Parameters
    ----------
    n_runs : int
        Those that gave an interval of a half width.
    half_width, precision : float
    most : int

    Examples
    --------
    >>> n_needed(1000, 0.02, 0.01, 100_000), n_needed(1000, 0.2, 0.01, 50_000)
    (4400, 50000)
    """
    wanted = MARGIN * n_runs * (half_width / precision) ** 2 if isfinite(half_width) else inf
    return max(min(LEAST_RUNS, most), ceil(min(wanted, most)))


def _powers(u: Reals) -> Reals:
    return np.stack([np.ones_like(u), u, u * u])


def _chances(curve: Reals, u: Reals) -> Reals:
    return np.asarray(1 / (1 + np.exp(-np.clip(curve @ _powers(u), -700, 700))))


def _fitted_parabola(u: Reals, has_turned: Truths, start: float) -> tuple[Reals, Reals]:
    """Coefficients of greatest likelihood, and their covariance."""
    design, curve = _powers(u), np.array([start, 0.0, 0.0])
    for _ in range(N_STEPS):
        chance = _chances(curve, u)
        # The smallest weight that keeps the matrix regular where all chances are next to 0 or 1.
        weights = np.maximum(chance * (1 - chance), 1e-12)
        covariance = np.linalg.pinv((design * weights) @ design.T)
        step = covariance @ (design @ (has_turned - chance))
        curve = curve + step / max(1.0, float(np.abs(step).max()) / 4)
        if np.abs(step).max() < 1e-9:
            break
    return curve, np.asarray(covariance)


def _fits(u: Reals, has_turned: Truths, curve: Reals) -> bool:
    """Whether the shares that have turned, bin by bin, are such as a curve says."""
    from scipy.special import chdtrc  # takes a third of a second to import

    place = np.minimum(((u + 1) / 2 * N_BINS).astype(np.int64), N_BINS - 1)
    chance = _chances(curve, u)
    found = np.bincount(place, has_turned, N_BINS)
    expected = np.bincount(place, chance, N_BINS)
    variance = np.bincount(place, chance * (1 - chance), N_BINS)
    known = variance > 1
    square = ((found - expected)[known] ** 2 / variance[known]).sum()
    degrees = int(known.sum()) - 3
    return degrees < 1 or bool(chdtrc(degrees, square) >= LEAST_P)
