"""How good a forecast was: of each nation, and of how many joined."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from sim.calibration.backtest.baselines import log_loss
from sim.core.layout import Reals

Booleans = NDArray[np.bool_]
NAN = float("nan")


class Scores(NamedTuple):
    """Scores of one forecast; the lower the better, but for the AUC.

    Attributes
    ----------
    log : float
        Mean log loss a nation, chances kept within [0.01, 0.99].
    brier : float
        Mean squared error of the chances.
    auc : float
        Chance that a nation that joined was ranked above one that did not; not a number where all
        or none did.
    crps : float
        Continuous ranked probability score of how many joined, divided by the number of nations.
    energy : float
        Energy score of the joint forecast: the mean distance of a draw from what happened, minus
        half of that between two draws, by the root of how many nations differ.
    covered : bool
        Whether how many joined lies between the 10 and 90 % quantiles.

    Of no nations all but the last are not a number, and the last is true.
    """

    log: float
    brier: float
    auc: float
    crps: float
    energy: float
    covered: bool


def scores(chance: Reals, sizes: Reals, draws: Booleans, joined: Reals) -> Scores:
    """Score a forecast.

    Parameters
    ----------
    chance : ndarray, shape (N,)
        That each nation joins.
    sizes : ndarray, shape (N + 1,)
        Chances of how many join.
    draws : ndarray of bool, shape (n, N)
        Joint draws of who joins.
    joined : ndarray, shape (N,)
        1 for a nation that did.
    """
    if chance.size == 0:
        return Scores(NAN, NAN, NAN, NAN, NAN, covered=True)
    below = np.cumsum(sizes)
    size = int(joined.sum())
    reached = np.arange(sizes.size) >= size
    low, high = (int(np.searchsorted(below, level)) for level in (0.1, 0.9))
    return Scores(
        log_loss(chance, joined),
        float(np.mean((chance - joined) ** 2)),
        area_under_curve(chance, joined),
        float(((below - reached) ** 2).sum()) / chance.size,
        energy_score(draws, joined),
        low <= size <= high,
    )


def energy_score(draws: Booleans, joined: Reals) -> float:
    """Mean distance of a draw from what happened, minus half of that between two draws.

    Of two draws the distance is taken between each and the one before it, not between all pairs: no
    bias, as draws come in no order, but more noise where they are few.
    """
    away = np.sqrt((draws != (joined > 0)).sum(axis=1)).mean()
    apart = np.sqrt((draws != np.roll(draws, 1, axis=0)).sum(axis=1)).mean()
    return float(away - 0.5 * apart)


def area_under_curve(chance: Reals, joined: Reals) -> float:
    """Chance that one that joined was ranked above one that did not; ties count half."""
    n_joined = int(joined.sum())
    n_others = joined.size - n_joined
    if n_joined == 0 or n_others == 0:
        return NAN
    ranks = rankdata(chance)
    return float(
        (ranks[joined > 0].sum() - n_joined * (n_joined + 1) / 2.0) / (n_joined * n_others)
    )
