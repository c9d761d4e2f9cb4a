"""Scores of forecasts of treaties that were left out, by family, and of what they have to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from experiments.joiners.panel import FEATURES, Treaty
from experiments.joiners.process import (
    LEAST_CHANCE,
    Forecast,
    Specification,
    fit,
    forecast,
    log_loss,
)
from sim.core.layout import Integers, Reals

N_FOLDS = 10
N_OTHERS = FEATURES.index("age")
RIDGES = (0.1, 1.0, 10.0, 100.0)
PAST = 20.0
"""Nation-quarters at the rate of all treaties that a treaty's own past rate starts from."""


class Score(NamedTuple):
    """The score of a forecast of a treaty that was left out.

    Attributes
    ----------
    method, treaty, family : str
    quarters : int
        Nation-quarters at risk.
    loss : float
        Sum of their log losses.
    gain, error : float
        How much lower that is than with the hazard by age, and its standard error: the root of the
        sum of squares of the quarters' gains. Nations of a quarter go together, so their gains are
        added first. Quarters are not taken to be independent: less what was to be expected of it
        given the past, the gain of one has a mean of zero whatever came before, so these have no
        covariance, whether or not the forecast is right [LaiGrossShen2011]_. What was to be
        expected stays in the squares, which makes the error rather too large.
    """

    method: str
    treaty: str
    family: str
    quarters: int
    loss: float
    gain: float
    error: float


def folds_of(panel: Sequence[Treaty], n_folds: int = N_FOLDS) -> list[list[int]]:
    """Places of the treaties of each fold: families whole, dealt out by size, largest first."""
    sizes: dict[str, int] = {}
    for each in panel:
        sizes[each.family] = sizes.get(each.family, 0) + int(each.bound.sum())
    folds: list[list[str]] = [[] for _ in range(n_folds)]
    loads = np.zeros(n_folds)
    for family in sorted(sizes, key=lambda name: (-sizes[name], name)):
        lightest = int(loads.argmin())
        folds[lightest].append(family)
        loads[lightest] += sizes[family]
    return [[k for k, each in enumerate(panel) if each.family in fold] for fold in folds]


def score_of(method: str, treaty: Treaty, made: Forecast, by_age: Reals) -> Score:
    """The score of a forecast of a treaty, against the hazard by age."""
    stay = made.at_risk - made.bound
    age = by_age[made.quarter]
    of_bound = np.log(made.chance) - np.log(age)
    of_stay = np.log1p(-made.chance) - np.log1p(-age)
    gains = np.bincount(made.quarter, made.bound * of_bound + stay * of_stay)
    loss = -float(made.bound @ np.log(made.chance) + stay @ np.log1p(-made.chance))
    n = int(made.at_risk.sum())
    error = float(np.linalg.norm(gains))
    return Score(method, treaty.name, treaty.family, n, loss, float(gains.sum()), error)


def model_scores(
    panel: Sequence[Treaty], name: str, spec: Specification, folds: list[list[int]]
) -> list[Score]:
    """Scores of a specification, each treaty forecast from a fit without its fold.

    Each fit starts where all do: a start at the best values of all treaties would have seen those
    that are left out.
    """
    cells, scores = [cells_of(each, False) for each in panel], []
    for fold in folds:
        training = [place for place in range(len(panel)) if place not in set(fold)]
        by_age = hazard_by_age([cells[place] for place in training], longest_of(panel))
        found = fit([panel[place] for place in training], spec)
        for place in fold:
            made = forecast(panel[place], spec, found.values)
            scores.append(score_of(name, panel[place], made, by_age))
    return scores


def longest_of(panel: Sequence[Treaty]) -> int:
    """Quarters of the treaty that is open longest."""
    return max(each.quarters for each in panel)


# What the model has to beat ----------------------------------------------------------------------


def cells_of(treaty: Treaty, with_signature: bool) -> Forecast:
    """Groups of nations alike in each quarter, without a forecast."""
    never = treaty.quarters + 1
    signed = np.where(treaty.signed <= treaty.ends, treaty.signed, never)
    if not with_signature:
        signed = np.full_like(signed, never)
    shape = (treaty.quarters + 1, treaty.features.shape[1], 2)
    at_risk, bound = np.zeros(shape, dtype=int), np.zeros(shape, dtype=int)
    begin = np.minimum(signed, treaty.ends + 1)
    stop = np.minimum(treaty.ends + 1, treaty.quarters)
    begin = np.minimum(begin, stop)
    np.add.at(at_risk, (treaty.enters, treaty.region, 0), 1)
    np.add.at(at_risk, (begin, treaty.region, 0), -1)
    np.add.at(at_risk, (begin, treaty.region, 1), 1)
    np.add.at(at_risk, (stop, treaty.region, 1), -1)
    state = (signed <= treaty.ends).astype(int)
    np.add.at(bound, (treaty.ends, treaty.region, state), 1)
    at_risk = at_risk.cumsum(axis=0)[:-1]
    quarter, region, state = np.nonzero(at_risk)
    place = (quarter, region, state)
    return Forecast(
        quarter, region, state, at_risk[place], bound[place], np.full(quarter.size, np.nan)
    )


def hazard_by_age(cells: Sequence[Forecast], longest: int) -> Reals:
    """Chance of being bound by quarter since opening, shape (longest,), over all these treaties."""
    bound, at_risk = np.zeros(longest), np.zeros(longest)
    for each in cells:
        np.add.at(bound, each.quarter, each.bound)
        np.add.at(at_risk, each.quarter, each.at_risk)
    overall = bound.sum() / at_risk.sum()
    return np.asarray((bound + 100.0 * overall) / (at_risk + 100.0))


def covariates(treaty: Treaty, cells: Forecast, overall: float, with_age: bool) -> Reals:
    """What a logistic regression is given: features, signature, the treaty's own past rate."""
    n_quarters = treaty.quarters
    bound, at_risk = np.zeros(n_quarters), np.zeros(n_quarters)
    np.add.at(bound, cells.quarter, cells.bound)
    np.add.at(at_risk, cells.quarter, cells.at_risk)
    bound, at_risk = np.cumsum(bound) - bound, np.cumsum(at_risk) - at_risk
    past = np.log((bound + PAST * overall) / (at_risk + PAST))
    columns = [
        *treaty.features[cells.quarter, cells.region, : None if with_age else N_OTHERS].T,
        cells.signed,
        past[cells.quarter] - np.log(overall),
    ]
    return np.array(columns, dtype=float).T


def ridge_logistic(table: Reals, at_risk: Integers, bound: Integers, ridge: float) -> Reals:
    """Coefficients of a logistic regression with a penalty on all but the first, the constant."""
    mean, sd = table[:, 1:].mean(axis=0), np.maximum(table[:, 1:].std(axis=0), 1e-9)
    scaled = np.column_stack([table[:, 0], (table[:, 1:] - mean) / sd])
    penalty = np.r_[0.0, np.full(len(mean), ridge)]
    at = np.r_[np.log(bound.sum() / at_risk.sum()), np.zeros(len(mean))]
    for _ in range(50):
        p = expit(scaled @ at)
        slope = scaled.T @ (bound - at_risk * p) - penalty * at
        curvature = (scaled * (at_risk * p * (1.0 - p))[:, None]).T @ scaled + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        at = at + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return np.r_[at[0] - (at[1:] * mean / sd).sum(), at[1:] / sd]


def baseline_scores(
    panel: Sequence[Treaty], folds: list[list[int]], with_signature: bool
) -> list[Score]:
    """Scores of the hazard by age and of logistic regressions, on treaties left out."""
    cells = [cells_of(each, with_signature) for each in panel]
    word = "logistic, signature" if with_signature else "logistic"
    scores = []
    for fold in folds:
        training = [place for place in range(len(panel)) if place not in set(fold)]
        by_age = hazard_by_age([cells[place] for place in training], longest_of(panel))
        for place in fold:
            made = cells[place]._replace(chance=by_age[cells[place].quarter])
            scores.append(score_of("age", panel[place], made, by_age))
        n_bound = sum(int(cells[place].bound.sum()) for place in training)
        overall = n_bound / sum(int(cells[place].at_risk.sum()) for place in training)
        for method, with_age in ((word, False), (f"{word}, age", True)):
            tables = [
                covariates(panel[place], each, overall, with_age)
                for place, each in enumerate(cells)
            ]
            ridge = _best_ridge(panel, cells, tables, training)
            at = _fitted(cells, tables, training, ridge)
            for place in fold:
                made = with_chances(cells[place], tables[place] @ at)
                scores.append(score_of(method, panel[place], made, by_age))
    return scores


def with_chances(cells: Forecast, log_odds: Reals) -> Forecast:
    """Cells with chances from log odds."""
    return cells._replace(chance=np.clip(expit(log_odds), LEAST_CHANCE, 1.0 - LEAST_CHANCE))


def _fitted(
    cells: Sequence[Forecast], tables: Sequence[Reals], training: Sequence[int], ridge: float
) -> Reals:
    return ridge_logistic(
        np.concatenate([tables[place] for place in training]),
        np.concatenate([cells[place].at_risk for place in training]),
        np.concatenate([cells[place].bound for place in training]),
        ridge,
    )


def _best_ridge(
    panel: Sequence[Treaty],
    cells: Sequence[Forecast],
    tables: Sequence[Reals],
    training: Sequence[int],
) -> float:
    """The penalty that forecasts half of the training families best from the other half."""
    families = sorted({panel[place].family for place in training})
    half = set(families[::2])
    inner = [place for place in training if panel[place].family in half]
    losses = []
    for ridge in RIDGES:
        at = _fitted(cells, tables, inner, ridge)
        losses.append(
            sum(
                log_loss(with_chances(cells[place], tables[place] @ at))
                for place in training
                if panel[place].family not in half
            )
        )
    return RIDGES[int(np.argmin(losses))]
