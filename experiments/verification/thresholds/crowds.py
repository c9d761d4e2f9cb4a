"""Crowds with thresholds: by arithmetic, by exact laws, and in the model.

A person joins once at least its threshold of others have. With a huge rate and weight of peers a
nation that starts willing and may declare does the same, and a day is a round. Of k people who
are public all are others to one who is not, so the comparison is k >= threshold, with k the
public size of yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, ndtri, xlog1py, xlogy

import sim
from experiments.verification.laws import Reals
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

N_PERSONS = 100
MEAN_SHARE = 0.25
"""Granovetter's normal crowd: the mean threshold as a share of the crowd, 25 people of 100."""

SHIPPED_SPREAD = 12.5
"""Standard deviation of thresholds in granovetter_1978_random.yaml, people."""

SIZES = np.arange(N_PERSONS + 1)
SEED = 1978
WIDTH = 1e-6
"""Width to which a jump is found, per cent of the crowd."""


def rounds(thresholds: Reals) -> list[int]:
    """Number of people who have joined after 0, 1, ... rounds, until nobody follows."""
    sizes = [0]
    while True:
        size = int((thresholds <= sizes[-1]).sum())
        if size == sizes[-1]:
            return sizes
        sizes.append(size)


def quantile_thresholds(sigma: float, n_persons: int = N_PERSONS) -> Reals:
    """Thresholds in people: quantiles (i - 1/2) / N of Normal(N / 4, sigma N / 100)."""
    ranks = (np.arange(n_persons) + 0.5) / n_persons
    found: Reals = MEAN_SHARE * n_persons + sigma * n_persons / 100 * ndtri(ranks)
    return found


def tangency() -> float:
    """Standard deviation, people of 100, at which Granovetter's continuous law jumps.

    The law is r = 100 F(r), with F the distribution function of Normal(25, sigma). Its lower
    solution vanishes where the curve touches the diagonal, 100 F'(r) = 1; at r = 25 + sigma x
    that is sigma = 100 phi(x) and 100 Phi(x) = 25 + sigma x, with x below the mode.
    """

    def off(x: float) -> float:
        return float(ndtr(x) - MEAN_SHARE - x * _density(x))

    return 100 * _density(brentq(off, -3.0, -1.0, xtol=1e-14))


def _density(x: float) -> float:
    return float(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def jump(n_persons: int = N_PERSONS) -> float:
    """Standard deviation, per cent of the crowd, at which a crowd at the quantiles jumps.

    Of N people at the quantiles (i - 1/2) / N, N F(k) rounded to the nearest whole number have
    thresholds of at most k. So the crowd goes on from k if N F(k) >= k + 1/2: the curve must lie
    half a person above the diagonal at every whole k, not just touch it. For k below the mean
    that is sigma >= (N / 4 - k) / -z, with z the normal quantile of (k + 1/2) / N.
    """
    sizes = np.arange(MEAN_SHARE * n_persons)
    least = (MEAN_SHARE * n_persons - sizes) / -ndtri((sizes + 0.5) / n_persons)
    return float(least.max() * 100 / n_persons)


def survival(sigma: float, n_persons: int = N_PERSONS, mean: float = 25.0) -> Reals:
    """Chance that a threshold drawn from Normal(mean, sigma) exceeds k, k = 0 to N."""
    found: Reals = ndtr((mean - np.arange(n_persons + 1)) / sigma)
    return found


def crowd_law(exceeds: Reals, n_days: int) -> Reals:
    """Law of the public size by day when thresholds are drawn, shape (n_days + 1, N + 1).

    Whoever has not joined when k have, having seen `before` of them, has a threshold above
    `before`; it is at most k with the chance (F(k) - F(before)) / (1 - F(before)), independently.
    So (before, k) is a Markov chain and the newcomers are binomial; all its terms are positive.

    Parameters
    ----------
    exceeds : ndarray, shape (N + 1,)
        1 - F(k) for k = 0 to N.
    """
    n_persons = exceeds.size - 1
    step = _newcomers(exceeds)
    state = np.zeros((n_persons + 2, n_persons + 1))  # rows: nothing seen yet, then 0 to N
    state[0, 0] = 1.0
    law = np.zeros((n_days + 1, n_persons + 1))
    law[0, 0] = 1.0
    for day in range(1, n_days + 1):
        moved = np.einsum("bk,bkn->kn", state, step)
        state = np.vstack([np.zeros(n_persons + 1), moved])
        law[day] = moved.sum(axis=0)
    return law


def final_law(sigma: float) -> Reals:
    """Law of the final size of a hundred people with thresholds drawn from Normal(25, sigma).

    In every round but the last somebody joins, so 101 rounds are enough.
    """
    law: Reals = crowd_law(survival(sigma), N_PERSONS + 1)[-1]
    return law


def _newcomers(exceeds: Reals) -> Reals:
    """Chance of size n tomorrow given (before, k), shape (N + 2, N + 1, N + 1)."""
    n_persons = exceeds.size - 1
    size = np.arange(n_persons + 1)
    willing, come = n_persons - size[:, None], size[None, :] - size[:, None]
    stay = np.clip(willing - come, 0, None)
    unseen = np.concatenate([[1.0], exceeds])[:, None]
    still = np.divide(
        exceeds, unseen, out=np.zeros((n_persons + 2, n_persons + 1)), where=unseen > 0
    )
    chance = np.clip(1 - still, 0.0, 1.0)[:, :, None]
    joined = np.clip(come, 0, None)
    ways = gammaln(willing + 1) - gammaln(joined + 1) - gammaln(stay + 1)
    mass = np.exp(ways + xlogy(joined, chance) + xlog1py(stay, -chance))
    return np.where(come >= 0, mass, 0.0)


def final_law_in_digits(exceeds: Reals, n_digits: int = 200) -> Reals:
    """Law of the final size from the classical triangular equations, in decimals of many digits.

    Given people J of a crowd of m, they are those who join in the end if they would among
    themselves, which has a chance a_j that depends on their number j only, and if the others'
    thresholds exceed j. Some J it is: sum over j of C(m, j) a_j (1 - F(j))^(m - j) = 1 for every
    m, which gives a_0, a_1, ... in turn. Their signs alternate, hence the digits.
    """
    n_persons = exceeds.size - 1
    with localcontext() as context:
        context.prec = n_digits
        stays = [Decimal(float(each)) for each in exceeds]
        alone: list[Decimal] = []
        for m in range(n_persons + 1):
            known = (_final(m, j, alone, stays) for j in range(m))
            alone.append(1 - sum(known, Decimal(0)))
        law = [float(_final(n_persons, j, alone, stays)) for j in range(n_persons + 1)]
    return np.array(law)


def _final(m: int, j: int, alone: list[Decimal], stays: list[Decimal]) -> Decimal:
    """Chance that j of m people join in the end."""
    others = stays[j] ** (m - j) if m > j else Decimal(1)
    return comb(m, j) * alone[j] * others


def shipped(name: str, changes: Mapping[str, object] | None = None) -> Scenario:
    """A scenario of scenarios/classics, changed."""
    return sim.load_scenario(f"classics/{name}", set=dict(changes or {}))


def final(scenario: Scenario) -> Any:
    """Final size of the model: one number, or all that occurred should runs differ."""
    sizes = np.unique(sim.run(scenario, runs=2, seed=SEED).size[:, -1]).tolist()
    return sizes[0] if len(sizes) == 1 else sizes


def crowd(thresholds: Reals) -> Scenario:
    """The shipped crowd with other thresholds, in people; of another size if there are more."""
    full = shipped("granovetter_1978").full()
    first, shares = full["nations"][0], thresholds / (thresholds.size - 1)
    nations = [
        {**first, "id": f"P{place}", "name": f"P{place}", "threshold": float(share)}
        for place, share in enumerate(shares)
    ]
    return scenario_from_dict({**full, "days": thresholds.size + 10, "nations": nations})


def model_jump(n_persons: int = N_PERSONS) -> float:
    """Standard deviation, per cent of the crowd, past which most of the model's crowd acts."""
    low, high = 12.0, 13.0
    while high - low > WIDTH:
        middle = (low + high) / 2
        most = final(crowd(quantile_thresholds(middle, n_persons))) > n_persons / 2
        low, high = (low, middle) if most else (middle, high)
    return (low + high) / 2


def counts(sigma: float, runs: int, seed: int = SEED) -> NDArray[np.int64]:
    """Runs by day and public size, with thresholds drawn; shape (n_days + 1, N + 1)."""
    changes = {"nations.*.threshold.normal.1": sigma / (N_PERSONS - 1)}
    scenario = shipped("granovetter_1978_random", changes)
    return sim.run(scenario, runs=runs, seed=seed, keep="summary").tally("size").counts


def drawn_thresholds(scenario: Scenario, runs: int) -> Iterator[Reals]:
    """Thresholds that runs 0, 1, ... draw, in numbers of others."""
    for run in range(runs):
        inputs = sim.CoalitionModel(scenario, seed=SEED, run=run).inputs
        yield inputs.threshold * (len(scenario.nations) - 1)
