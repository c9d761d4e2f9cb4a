"""Forecasts that a model has to beat: a base rate, a hazard a day, and logistic regressions.

They get what the model gets: the same covariates, and, standing later, how many are public and
which of a nation's ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, logit

from sim.core.layout import Reals

RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
VARIANCES = (0.01, 0.5, 1.5)
NEWTON_STEPS, LONGEST_STEP = 50, 3.0


class Standing(NamedTuple):
    """The open nations of a coalition on a day, and what became of them.

    Attributes
    ----------
    nations : tuple of str
    covariates : ndarray, shape (N, K)
    share : float
        Share of the nations at risk that are public.
    peers : ndarray, shape (N,)
        Share of a nation's ties that are public.
    days : int
        Days that are left.
    joined : ndarray of bool, shape (N,)
        Whether a nation went public by the end.
    """

    nations: tuple[str, ...]
    covariates: Reals
    share: float
    peers: Reals
    days: int
    joined: Reals


def base_rate(past: Sequence[Standing], now: Standing) -> Reals:
    """The share of the open nations that joined, over all past coalitions."""
    return np.full(len(now.nations), np.concatenate([each.joined for each in past]).mean())


def hazard_a_day(past: Sequence[Standing], now: Standing) -> Reals:
    """One hazard a day for all nations, each that joined half-way through on average."""
    joined = sum(float(each.joined.sum()) for each in past)
    exposed = sum(float(each.days * (1.0 - 0.5 * each.joined).sum()) for each in past)
    return np.full(len(now.nations), -np.expm1(-joined / exposed * now.days))


def logistic(
    past: Sequence[Standing], now: Standing, updated: bool = False, intercepts: bool = False
) -> Reals:
    """Ridge logistic regression; its penalties are those that forecast past coalitions best.

    Parameters
    ----------
    past : sequence of Standing
    now : Standing
    updated : bool
        Whether the share that is public and the peers are covariates too.
    intercepts : bool
        Whether each coalition has an intercept of its own, random, and covariates are scaled
        within it.
    """
    tables = [_table(each, updated, intercepts) for each in past]
    table = _table(now, updated, intercepts)
    answers = [each.joined for each in past]
    choices = [(ridge, var) for ridge in RIDGES for var in (VARIANCES if intercepts else (0.0,))]
    if len(past) < 2:
        return _chances(tables, answers, table, *choices[2])

    def loss(choice: tuple[float, float]) -> float:
        total = 0.0
        for left_out in range(len(past)):
            rest = [place for place in range(len(past)) if place != left_out]
            chance = _chances(
                [tables[place] for place in rest],
                [answers[place] for place in rest],
                tables[left_out],
                *choice,
            )
            total += log_loss(chance, answers[left_out])
        return total

    return _chances(tables, answers, table, *min(choices, key=loss))


def log_loss(chance: Reals, joined: Reals, least: float = 0.01) -> float:
    """Mean log loss, with chances kept within [0.01, 0.99]."""
    kept = np.clip(chance, least, 1.0 - least)
    return float(-np.mean(np.where(joined > 0, np.log(kept), np.log1p(-kept))))


def _table(standing: Standing, updated: bool, within: bool) -> Reals:
    columns = [standing.covariates]
    if updated:
        share = min(max(standing.share, 0.005), 0.995)
        columns += [np.full((len(standing.nations), 1), logit(share)), standing.peers[:, None]]
    table = np.hstack(columns)
    if within:
        # A share that all nations of a coalition have in common stays as it is.
        spread = table.std(axis=0)
        moves = spread > 1e-9
        table[:, moves] = (table[:, moves] - table[:, moves].mean(axis=0)) / spread[moves]
    return table


def _chances(
    tables: Sequence[Reals], answers: Sequence[Reals], new: Reals, ridge: float, variance: float
) -> Reals:
    """Chances by a regression on some tables, over random intercepts if they have a variance."""
    if variance:
        # Scaled within the new coalition alone, a column has another unit than in the past ones.
        moves = np.array([np.ptp(each, axis=0) > 1e-9 for each in (*tables, new)])
        kept = moves[:-1].any(axis=0) | ~moves[-1]
        if not kept.all():
            tables, new = [each[:, kept] for each in tables], new[:, kept]
    rows, joined = np.vstack(tables), np.concatenate(answers)
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    rows, new = (rows - mean) / spread, (new - mean) / spread
    n_slopes, n_groups = rows.shape[1], len(tables) if variance else 0
    group = np.repeat(np.arange(len(tables)), [each.size for each in answers])
    of_group = (group[:, None] == np.arange(n_groups)).astype(float)
    design = np.hstack([rows, np.ones((joined.size, 1)), of_group])
    penalty = np.r_[
        np.full(n_slopes, ridge), 0.0, np.full(n_groups, 1.0 / variance if variance else 0.0)
    ]

    found = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = expit(design @ found)
        slope = design.T @ (joined - chance) - penalty * found
        curvature = (design.T * (chance * (1.0 - chance))) @ design + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curvature, slope)
        longest = float(np.abs(step).max())
        found += step * min(1.0, LONGEST_STEP / max(longest, 1e-300))
        if longest < 1e-8:
            break
    score = new @ found[:n_slopes] + found[n_slopes]
    if not variance:
        return np.asarray(expit(score))
    nodes, weights = hermegauss(15)
    spread_out = expit(score[:, None] + np.sqrt(variance) * nodes)
    return np.asarray(spread_out @ (weights / weights.sum()))
