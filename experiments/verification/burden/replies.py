"""Repeated best replies of the rule against the equilibrium, and the search for a better pledge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize

from experiments.verification.burden.files import game_of, shipped
from experiments.verification.burden.game import (
    LEAST_CONVEXITY,
    Game,
    best_replies,
    best_reply_rounds,
    bracket,
    closed_pledges,
    closed_total,
    dearest,
    equilibrium,
    generated,
    late_map,
    payoff,
    totals_wanted,
)
from experiments.verification.evidence import Effort, Evidence, within
from experiments.verification.laws import Reals

CONVEXITIES = (LEAST_CONVEXITY, 0.1, 1.0, 10.0)
SEED = 1986
SLACK = 1e-9
"""Allowed in a comparison of sums of floating-point numbers, relative to their size."""

MODEL = "closed form from docs/model.md, Pledges"
PAYOFF = "payoff from docs/model.md, Pledges"


def replies(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _water_filling(effort)
    yield from _any_convexity(effort)
    yield from _deviations(effort)


def all_of(claim: str, source: str, held: list[bool], words: str, bar: str) -> Evidence:
    """Evidence from many cases, in every one of which something must hold."""
    n_held, n_cases = sum(held), len(held)
    return Evidence(
        claim,
        source,
        f"all of {n_cases:,} {words}",
        f"{n_held:,}",
        bar,
        n_cases > 0 and n_held == n_cases,
    )


# (1) Next to constant costs: the closed form


def _water_filling(effort: Effort) -> Iterator[Evidence]:
    """Repeated best replies of the rule at the least convexity."""
    n_games = 60 if effort.quick else 2000
    for n_kinds in (1, 3):
        games = list(generated(n_games, n_kinds, LEAST_CONVEXITY, SEED + n_kinds))
        found = [best_replies(game) for game in games]
        kinds = "one kind" if n_kinds == 1 else f"{n_kinds} kinds"
        yield _closed_root(games, kinds)
        yield _totals(games, found, kinds)
        yield _who_gives(games, found, kinds)
    yield _alike(4 if effort.quick else 60)


def _closed_root(games: list[Game], kinds: str) -> Evidence:
    """The closed form against the equation that it claims to solve."""
    worst = 0.0
    for game in games:
        wanted = totals_wanted(game)
        pledges = closed_pledges(wanted, game.capacities)
        total = closed_total(wanted, game.capacities)
        replies = np.clip(wanted - (total - pledges), 0.0, game.capacities)
        worst = max(worst, abs(replies - pledges).max() / (total + game.requirement))
    return within(
        f"max_j min(X*_j, K_1 + ... + K_j) solves X = sum clip(X* - (X - g), 0, K), each g being "
        f"its own best reply ({kinds}, {len(games):,} games): largest residual, share of X + Q",
        MODEL,
        0.0,
        worst,
        SLACK,
        "rounding",
    )


def _totals(games: list[Game], found: list[Reals], kinds: str) -> Evidence:
    """Totals of the rule between the closed forms at the first and the last unit's cost."""
    held, gaps = [], []
    for game, pledges in zip(games, found, strict=True):
        low, high = bracket(game)
        slack = SLACK * (high + game.requirement)
        held.append(bool(low - slack <= pledges.sum() <= high + slack))
        gaps.append((high - pledges.sum()) / (high + game.requirement))
    return all_of(
        "Best replies of the rule, one nation after another from nothing, reach the closed-form "
        f"total at convexity {LEAST_CONVEXITY} ({kinds})",
        MODEL,
        held,
        "games between the closed forms at cost and at 1.001 cost",
        f"none but rounding; below the closed form at cost by at most {100 * max(gaps):.3f} % of "
        "X + Q",
    )


def _who_gives(games: list[Game], found: list[Reals], kinds: str) -> Evidence:
    """Every contribution whose place the closed form settles: all of a capacity, or nothing."""
    held, n_marginal, n_bound = [], 0, 0
    for game, pledges in zip(games, found, strict=True):
        low, high = bracket(game)
        full = totals_wanted(dearest(game)) > high
        none = totals_wanted(game) < low
        held += (pledges[full] >= game.capacities[full] * (1 - 1e-12)).tolist()
        held += (pledges[none] == 0.0).tolist()
        n_marginal += int((~full & ~none).sum())
        n_bound += int((full & (game.capacities > 0)).sum())
    bar = f"none: exact; {n_bound:,} give all they have; {n_marginal:,} others are at the margin"
    words = "contributions that the closed form puts at 0 or in full"
    claim = f"Each contribution is the closed form's: who wants more gives all, less none ({kinds})"
    return all_of(claim, MODEL, held, words, bar)


def _alike(n_games: int) -> Evidence:
    """Nations that want the same total: the split is not unique on paper, and is in the model."""
    off = []
    for game in generated(n_games, 1, 0.1, SEED + 7):
        same = game._replace(values=np.full_like(game.values, 9 * game.requirement))
        same = same._replace(costs=np.ones_like(same.costs), capacities=same.capacities + 1.0)
        for convexity in (0.1, 1.0):
            bent = same._replace(convexity=convexity)
            shares = best_replies(bent) / bent.capacities
            off.append(float(np.ptp(shares)))
    return within(
        "Nations that want the same total share it in proportion to capacity (the split that the "
        f"closed form leaves open; {n_games} games at convexities 0.1 and 1): largest difference "
        "of shares",
        MODEL,
        0.0,
        max(off),
        1e-7,
        "where best replies stop",
    )


# (2) Any convexity


def _any_convexity(effort: Effort) -> Iterator[Evidence]:
    """Best replies against the one root in the total."""
    n_games = 20 if effort.quick else 500
    for convexity in CONVEXITIES:
        off = [
            abs(best_replies(game) - equilibrium(game)).max() / (1.0 + game.capacities.max())
            for n_kinds in (1, 3)
            for game in generated(n_games, n_kinds, convexity, SEED + 20 + n_kinds)
        ]
        yield within(
            f"Best replies of the rule at convexity {convexity:g} reach the root of X = sum g(X) "
            f"({len(off):,} games of 1 or 3 kinds): largest difference, share of capacity",
            "CornesHartley2007",
            0.0,
            max(off),
            SLACK,
            "rounding",
        )
    yield _rate()


def _rate() -> Evidence:
    """How best replies close in, in the five-nation file at convexity 1."""
    game = game_of(shipped("burden_sharing"))._replace(convexity=1.0)
    partly, late = late_map(game)
    end = equilibrium(game)[partly, 0]
    away = [pledges[partly, 0] - end for pledges in best_reply_rounds(game)]
    kept = [each for each in away if 1e-7 < abs(each).max() < 1e-3]
    off = [abs(after - late @ before).max() / abs(before).max() for before, after in pairwise(kept)]
    return within(
        f"Late rounds of best replies close in as the Hessian of the potential says "
        f"(burden_sharing.yaml at convexity 1, {len(off)} rounds): largest difference, share of "
        "the distance before the round",
        "MondererShapley1996",
        0.0,
        max(off, default=np.inf),
        1e-4,
        "the Hessian is taken at rest",
    )


def _deviations(effort: Effort) -> Iterator[Evidence]:
    """No nation gains by another contribution, and the search would find it if one did."""
    n_games, n_points = (1, 11) if effort.quick else (60, 21)
    chance = np.random.default_rng(SEED)
    for convexity in CONVEXITIES:
        gains, n_tried = [], 0
        for n_kinds in (1, 3):
            for game in generated(n_games, n_kinds, convexity, SEED + 40 + n_kinds):
                pledges = best_replies(game)
                for nation in range(game.n_nations):
                    gain, tried = best_gain(game, nation, pledges, chance, n_points)
                    gains.append(gain)
                    n_tried += tried
        yield within(
            f"At convexity {convexity:g} no nation gains by giving otherwise ({len(gains):,} "
            f"nations in games of 1 or 3 kinds, {n_tried:,} contributions on grids, at random and "
            "by an optimiser): largest gain, share of its value",
            PAYOFF,
            0.0,
            max(0.0, *gains),
            1e-12,
            "rounding",
        )
    yield _power(n_games)


def best_gain(
    game: Game, nation: int, pledges: Reals, chance: np.random.Generator, n_points: int
) -> tuple[float, int]:
    """Most that a nation gains by another contribution, per unit of value, and how many tried."""
    others = float(np.delete(pledges, nation, axis=0).sum())
    capacities, own = game.capacities[nation], pledges[nation]
    scale = max(float(game.values[nation]), 1e-3 * game.requirement)
    n_kinds = own.size
    line = np.linspace(0.0, 1.0, n_points**3 if n_kinds == 1 else n_points)
    grid = np.stack(np.meshgrid(*[line] * n_kinds), axis=-1).reshape(-1, n_kinds)
    steps = 10.0 ** chance.uniform(-8, 0, (2000, 1)) * chance.normal(size=(2000, n_kinds))
    tried = np.vstack([grid * capacities, np.clip(own + steps * capacities, 0.0, capacities)])

    def loss(amounts: Reals) -> float:
        return -float(payoff(game, nation, amounts, others)) / scale

    bounds = [(0.0, float(most)) for most in capacities]
    start = chance.random(n_kinds) * capacities
    searched = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    tried = np.vstack([tried, searched])
    best = float(payoff(game, nation, tried, others).max()) / scale
    return best + loss(own), len(tried)


def _power(n_games: int) -> Evidence:
    """The same search on nations put off their best contribution."""
    chance, found = np.random.default_rng(SEED + 1), []
    for game in generated(4 * n_games, 1, 1.0, SEED + 60):
        pledges = best_replies(game)
        for nation in range(game.n_nations):
            capacity = game.capacities[nation, 0]
            if 0.02 * capacity < pledges[nation, 0] < 0.98 * capacity:
                moved = pledges.copy()
                moved[nation, 0] += 0.01 * capacity
                found.append(best_gain(game, nation, moved, chance, 11)[0] > 1e-9)
    words = "nations that give in part"
    claim = "The same search finds a gain for a nation put 1 % of its capacity off its pledge"
    return all_of(claim, PAYOFF, found, words, "a gain above 1e-9")
