"""Observed moves against hazards: counts less their chances, and rescaled times.

Given the past, a nation whose hazards today are h_f and h_x moves with probability
1 - exp(-h_f - h_x), and then forward with probability h_f / (h_f + h_x). So what is observed less
its chance, times anything known beforehand, adds up to a martingale with a known variance
[Aalen1978]_, and hazards accumulate to unit exponentials [Brown2002]_. Where within its day a
move fell is drawn from its law, as in discrete time [Haslinger2010]_.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.verification.laws import Reals
from experiments.verification.rescaling.oracle import MOVES, Recomputed

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

KINDS = ("engage", "resolve", "declare", "pledge", "deploy", "return", "decline", "withdraw")
NO_KIND = -1
KIND_OF = np.array([[KINDS.index(n) if n else NO_KIND for n in names] for names in MOVES]).T
"""Kind of move by stage and side, shape (7, 2)."""


class Score(NamedTuple):
    """Sums over nations and days, one a weight: observed and expected moves, and the variance."""

    observed: Reals
    expected: Reals
    variance: Reals

    @property
    def z(self) -> Reals:
        """Observed less expected, in exact standard errors."""
        return np.asarray((self.observed - self.expected) / np.sqrt(self.variance))


class Spells(NamedTuple):
    """Visits of nations to stages. S visits.

    Attributes
    ----------
    stage : ndarray of int, shape (S,)
    time : ndarray, shape (S,), hazard of both moves until the visit ended
    by_side : ndarray, shape (S, 2), hazard of each move until then
    side : ndarray of int, shape (S,), the move that ended it; -1 where none did
    before : ndarray, shape (S,), time of the nation's visit before; nan where no move ended it
    """

    stage: Whole
    time: Reals
    by_side: Reals
    side: Whole
    before: Reals


def chances(hazard: Reals) -> Reals:
    """Probability of each of the two moves today, given no move before; shape (..., 2)."""
    total = hazard.sum(axis=-1, keepdims=True)
    share = np.divide(hazard, total, out=np.zeros_like(hazard), where=total > 0.0)
    return np.asarray(-np.expm1(-total) * share)


def score(weight: Reals, moved: Flags, chance: Reals) -> Score:
    """Weighted moves, their expectation and exact variance given the past.

    Parameters
    ----------
    weight : ndarray, shape (M, 2, K), known before the move
    moved, chance : ndarray, shape (M, 2)

    Notes
    -----
    A nation makes at most one of its two moves, so that one's variance is
    sum_m w_m^2 p_m - (sum_m w_m p_m)^2; nations of a day move independently, given the past.
    """
    mean = np.einsum("msk,ms->mk", weight, chance)
    square = np.einsum("msk,msk,ms->k", weight, weight, chance)
    observed = np.einsum("msk,ms->k", weight, moved)
    return Score(observed, mean.sum(axis=0), square - np.einsum("mk,mk->k", mean, mean))


def kind_weights(stage: Whole) -> Reals:
    """1 for each kind of move, and 1 for any, shape (M, 2, 9)."""
    kind = KIND_OF[stage]
    every = np.append(np.arange(len(KINDS)), NO_KIND)
    is_any = (every == NO_KIND)[None, None]
    return np.where(is_any, 1.0, kind[:, :, None] == every).astype(float)


def spells(run: Recomputed, hazard: Reals, uniform: Reals) -> Spells:
    """Visits of a run with their rescaled times.

    Parameters
    ----------
    uniform : ndarray, shape (T + 1, N)
        Where in its law the moment of a move lies: -log(1 - U (1 - exp(-h))) of the day's hazard.
    """
    both, ends = hazard.sum(axis=-1), run.moved.any(axis=-1)
    moment = -np.log1p(uniform * np.expm1(-both))
    part = np.divide(moment, both, out=np.ones_like(both), where=ends)
    spent = hazard * np.where(ends, part, 1.0)[:, :, None]
    begins = run.eve.held.copy()
    begins[0] = True
    begins[1:] |= ends[:-1]
    first = np.flatnonzero(begins.T)
    last = np.append(first[1:], begins.size) - 1
    by_side = np.add.reduceat(spent.transpose(1, 0, 2).reshape(-1, 2), first)
    time, ended = by_side.sum(axis=1), ends.T.ravel()[last]
    side = np.where(ended, run.moved[:, :, 1].T.ravel()[last], NO_KIND)
    same = np.append(False, np.diff(first // len(both)) == 0) & np.append(False, ended[:-1])
    before = np.where(same, np.roll(time, 1), np.nan)
    found = Spells(run.eve.stage.T.ravel()[first], time, by_side, side, before)
    return Spells(*(each[time > 0.0] for each in found))


def excess(time: Reals, ended: Flags, edges: Reals) -> tuple[Reals, Reals]:
    """Moves in each bin of rescaled time, and the time spent there: their expectation.

    Parameters
    ----------
    time : ndarray, shape (S,)
    ended : ndarray of bool, shape (S,), False where the time was cut short
    edges : ndarray, shape (B + 1,)
    """
    moves = np.histogram(time[ended], edges)[0].astype(float)
    within = [(np.minimum(time, high) - low)[time > low].sum() for low, high in pairwise(edges)]
    return moves, np.array(within)


def exponential_p(time: Reals, ended: Flags, n_bins: int) -> float:
    """Chi-square p of unit exponential times, of which some were cut short.

    Moves in a bin less the time spent there are uncorrelated between bins, and the variance of
    each is the time: no bin is lost for a total, since nothing is fitted.
    """
    edges = np.append(-np.log1p(-np.arange(n_bins) / n_bins), np.inf)
    moves, within = excess(time, ended, edges)
    moves, within = moves[within > 0.0], within[within > 0.0]
    return float(stats.chi2.sf(((moves - within) ** 2 / within).sum(), moves.size))


def choice_p(forward: Flags, share: Reals, n_bins: int) -> float:
    """Chi-square p of which of two moves came, in bins of the probability of forward."""
    order = np.argsort(share, kind="stable")
    deviations = [
        (forward[part].sum() - share[part].sum()) ** 2 / (share[part] * (1 - share[part])).sum()
        for part in np.array_split(order, n_bins)
    ]
    return float(stats.chi2.sf(np.sum(deviations), n_bins))


def lag_score(found: Spells) -> tuple[float, float]:
    """How a time answers to the one before: z, and the correlation it amounts to.

    Moves less rescaled time, weighted by 1 - 2 exp(-time before), which is uniform on (-1, 1) and
    known when the next visit begins; so times cut short do no harm.
    """
    known = ~np.isnan(found.before)
    weight = 1.0 - 2.0 * np.exp(-found.before[known])
    time, ended = found.time[known], found.side[known] != NO_KIND
    total, variance = (weight * (ended - time)).sum(), (weight**2 * time).sum()
    residual = ((ended - time) ** 2).sum() * (weight**2).sum()
    return float(total / np.sqrt(variance)), float(total / np.sqrt(residual))


def same_day(chance: Reals, moved: Flags) -> tuple[Reals, Reals]:
    """Square of a day's moves less its expectation, and its variance, given the past.

    Parameters
    ----------
    chance : ndarray, shape (T, N), of any move
    moved : ndarray of bool, shape (T, N)

    Returns
    -------
    ndarray, shape (T,): squared excess of moves less its variance V
    ndarray, shape (T,): 2 V^2 plus the sum of fourth cumulants of the nations' moves
    """
    each = chance * (1.0 - chance)
    total = each.sum(axis=1)
    fourth = (each * (1.0 - 6.0 * each)).sum(axis=1)
    return ((moved - chance).sum(axis=1)) ** 2 - total, 2.0 * total**2 + fourth


def of_kinds(visits: Spells) -> Iterator[tuple[str, tuple[Reals, Flags]]]:
    """Of each kind of move: rescaled times until it came or was cut short, and whether it came.

    The other move of a visit cuts the time of this one short.
    """
    for place, kind in enumerate(KINDS):
        row, side = np.nonzero(KIND_OF[visits.stage] == place)
        yield kind, (visits.by_side[row, side], visits.side[row] == side)


def products_of(noise: Reals) -> Reals:
    """Products of standard normal draws that should have nothing to do with each other.

    Columns: of two days running drawn together, of two drawn apart, and of two conditions on a day.
    Not a number counts as 0.
    """
    known = np.nan_to_num(noise)
    pairs = known[:-1] * known[1:]  # a row is the day after its number
    together, apart = pairs[1::2].ravel(), pairs[0::2].ravel()
    across = (known * np.roll(known, 1, axis=1)).ravel()
    out = np.zeros((across.size, 3))
    for column, values in enumerate((together, apart, across)):
        out[: values.size, column] = values
    return out
