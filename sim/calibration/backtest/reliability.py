"""Whether chances are kept: of nations that were given some chance, how many joined.

Nations of a coalition share its climate, so they join together or not at all more often than
independent ones would. How far a share may stray by chance is therefore simulated from joint draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Reals

N_BINS = 10
LEVEL = 0.95
"""Share of simulated coalitions within the band of a bin."""

Booleans = NDArray[np.bool_]


class Bin(NamedTuple):
    """Nations whose chances lie in an interval.

    Attributes
    ----------
    low, high : float
        The interval; it includes its low end, and 1 if it ends there.
    nations : int
    forecast : float
        Their mean chance.
    joined : float
        The share of them that joined.
    band_low, band_high : float
        Between which the share lies in 95 % of the joint draws.
    """

    low: float
    high: float
    nations: int
    forecast: float
    joined: float
    band_low: float
    band_high: float

    @property
    def is_within(self) -> bool:
        """Whether the share lies in the band."""
        return self.band_low <= self.joined <= self.band_high


class Reliability(NamedTuple):
    """Bins of some forecasts, and how likely it is that shares stray as far by chance.

    Attributes
    ----------
    bins : tuple of Bin
        Those with nations in them, from low chances to high ones.
    p : float
        Share of the joint draws in which the shares of all bins together are at least as far from
        their means as those that joined; below 0.05 is evidence against the chances.
    """

    bins: tuple[Bin, ...]
    p: float

    @property
    def p_text(self) -> str:
        """Its p with two decimals, and never 0.

        Examples
        --------
        >>> Reliability((), 0.004).p_text, Reliability((), 0.25).p_text
        ('p < 0.01', 'p = 0.25')
        """
        return "p < 0.01" if self.p < 0.01 else f"p = {self.p:.2f}"


def reliability(
    chances: Sequence[Reals], draws: Sequence[Booleans], joined: Sequence[Reals]
) -> Reliability:
    """Compare chances with what came, pooled over coalitions.

    Parameters
    ----------
    chances : sequence of ndarray, shape (N,)
        Of joining, for the nations of each coalition.
    draws : sequence of ndarray of bool, shape (n_draws, N)
        Joint draws of who joins, for each coalition; coalitions are independent.
    joined : sequence of ndarray, shape (N,)
        1 for a nation that did.

    Notes
    -----
    Bands by simulation from the forecasts themselves, as [BrockerSmith2007]_, but for joint draws
    in place of independent ones. The test adds up squared distances of bins from their means, each
    over its variance in the draws, and compares with the same sum for each draw.
    """
    chance, came = np.concatenate(chances), np.concatenate(joined)
    drawn = np.hstack(draws)
    place = np.minimum((chance * N_BINS).astype(int), N_BINS - 1)
    inside = (place[:, None] == np.unique(place)).astype(float)
    n_inside = inside.sum(axis=0)
    shares, share = drawn @ inside / n_inside, came @ inside / n_inside
    low, high = np.quantile(shares, [0.5 - 0.5 * LEVEL, 0.5 + 0.5 * LEVEL], axis=0)
    mean, variance = shares.mean(axis=0), np.maximum(shares.var(axis=0), 0.25 / drawn.shape[0] ** 2)
    distance = ((shares - mean) ** 2 / variance).sum(axis=1)
    is_as_far = distance >= ((share - mean) ** 2 / variance).sum()
    bins = tuple(
        Bin(
            number / N_BINS,
            (number + 1) / N_BINS,
            int(n_inside[at]),
            float(chance[place == number].mean()),
            float(share[at]),
            float(low[at]),
            float(high[at]),
        )
        for at, number in enumerate(np.unique(place).tolist())
    )
    return Reliability(bins, float((1 + is_as_far.sum()) / (1 + is_as_far.size)))
