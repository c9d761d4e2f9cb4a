"""Burden sharing: the pledges of the model as a game of contributions to a public good.

The game on paper is in `game`, the shipped files ``scenarios/classics/burden_sharing*.yaml``
in `files`, and what was published about such games in `published`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np
from matplotlib.axes import Axes

from experiments.verification.burden.figures import (
    draw_convergence,
    draw_orders,
    draw_requirement,
    draw_sizes,
)
from experiments.verification.burden.files import (
    ROUNDING,
    engine_best_replies,
    engine_reply,
    game_of,
    in_order,
    pledged,
    shipped,
)
from experiments.verification.burden.game import (
    Game,
    best_replies,
    bracket,
    equilibrium,
    generated,
    in_turn,
    irrevocable,
)
from experiments.verification.burden.published import published
from experiments.verification.burden.replies import CONVEXITIES, MODEL, SEED, SLACK, all_of, replies
from experiments.verification.evidence import Effort, Evidence, exactly, within
from experiments.verification.laws import Reals

TITLE = "Burden sharing (Olson and Zeckhauser 1966, Tullock 1980)"

STEP = 0.001
"""Share by which a requirement is raised and lowered."""


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from replies(effort)
    yield from _requirement(effort)
    yield from published(effort)
    yield from _engine()
    yield from _orders(effort)


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "burden_requirement", draw_requirement(effort.quick)
    yield "olson_zeckhauser_1966", draw_sizes(effort.runs)
    yield "burden_convergence", draw_convergence()
    yield "burden_orders", draw_orders()


# (3) The requirement


def _requirement(effort: Effort) -> Iterator[Evidence]:
    """Which way the total moves as more is required."""
    n_games = 15 if effort.quick else 500
    held, moves = [], {1: 0, 0: 0, -1: 0}
    for convexity in CONVEXITIES:
        for game in generated(n_games, 1, convexity, SEED + 80):
            due, move, is_flat = _pull(game)
            if due is not None:
                held.append(move == due if move else is_flat)
                moves[move] += 1
    yield all_of(
        "A higher requirement raises the total while force exceeds it (adequacy above 1/2) and "
        "lowers it below, at any convexity",
        "derived: Q / (X + Q)^2 grows with Q while X > Q",
        held,
        "games",
        f"none: signs; {moves[1]:,} rise, {moves[-1]:,} fall, {moves[0]:,} do not move, all or "
        "nothing being given",
    )
    yield from _swept(effort)


def _pull(game: Game) -> tuple[int | None, int, bool]:
    """The sign that is due, the sign of the rule's move, and whether nobody gives in part.

    What is due comes from the equilibrium on paper, the move from best replies of the rule. None
    is due where force is so near the requirement that the step crosses the peak.
    """
    totals = [
        float(best_replies(game._replace(requirement=game.requirement * factor)).sum())
        for factor in (1 - STEP, 1 + STEP)
    ]
    pledges = equilibrium(game)
    partly = (pledges > 0.0) & (pledges < game.capacities)
    change = totals[1] - totals[0]
    move = 0 if abs(change) <= 1e-10 * game.requirement else int(np.sign(change))
    ratio = float(pledges.sum()) / game.requirement
    due = None if abs(ratio - 1) < 5 * STEP else int(np.sign(ratio - 1))
    return due, move, not partly.any()


def _swept(effort: Effort) -> Iterator[Evidence]:
    """The five-nation file over its requirement, by the engine."""
    held = []
    for requirement in np.geomspace(1, 500, 25 if effort.quick else 400):
        scenario = shipped("burden_sharing", {"commitment.requirement": float(requirement)})
        low, high = bracket(game_of(scenario))
        held.append(bool(low - 1e-8 <= pledged(scenario).sum() <= high + 1e-8))
    words = "requirements from 1 to 500 between the closed forms at cost and at 1.001 cost"
    claim = "burden_sharing.yaml, run by the engine: total force over the requirement"
    yield all_of(claim, MODEL, held, words, "1e-8 force units: rounding of five pledges")
    ample = {"nations.*.capacity.force": 1_000_000}
    totals = {
        requirement: float(
            pledged(
                shipped("burden_sharing", {**ample, "commitment.requirement": requirement})
            ).sum()
        )
        for requirement in (25.0, 50.0, 99.99, 100.0, 100.01, 200.0, 399.0, 400.0, 401.0)
    }
    peak = max(totals, key=totals.__getitem__)
    yield exactly(
        "With ample capacities pledges peak where the requirement is V / (4c) = 100 and force "
        "equals it, and end at V / c = 400 (requirement and force at the peak, last with any)",
        "derived: the maximum of sqrt(V Q / c) - Q",
        (100.0, 100.0, 399.0),
        (peak, round(totals[peak], 3), max(q for q, total in totals.items() if total > 0.0)),
    )


# (7) The engine, and the order of pledging


def _engine() -> Iterator[Evidence]:
    """The shipped file against the equilibrium, by several ways through the engines."""
    scenario = shipped("burden_sharing")
    end = equilibrium(game_of(scenario))[:, 0]
    slack, why = end.size * ROUNDING, "five pledges rounded down to 2^-30"
    source = "root of X = sum g(X) at convexity 0.001"
    ways: tuple[tuple[str, Callable[[], Reals]], ...] = (
        ("pledging once, who values success most first (batch)", lambda: pledged(scenario)),
        ("the same by the other engine (mesa)", lambda: pledged(scenario, "mesa")),
        (
            "each choosing last, after all others have stated theirs",
            lambda: np.array([engine_reply(scenario, each, end) for each in range(end.size)]),
        ),
        (
            "20 rounds of replies in the engine, from nothing",
            lambda: engine_best_replies(scenario, 20),
        ),
    )
    for words, way in ways:
        off = float(abs(way() - end).max())
        claim = f"burden_sharing.yaml is the equilibrium: {words}; largest difference"
        yield within(claim, source, 0.0, off, slack, why)


def _orders(effort: Effort) -> Iterator[Evidence]:
    """What the order changes when a pledge is never lowered."""
    yield _small_first()
    yield _all_orders(effort)
    yield _never_below(effort)
    found = [
        pledged(shipped("burden_sharing_small_first", changes)).tolist()
        for changes in ({}, {"events.5": None})
    ]
    claim = "Nobody adds at a meeting after all have pledged once (burden_sharing_small_first.yaml)"
    yield exactly(
        claim, "derived: g(X) falls with X", *(np.round(each, 6).tolist() for each in found)
    )


def _small_first() -> Evidence:
    """The opposite order, with the size of the difference."""
    first, last = (
        pledged(shipped(name)) for name in ("burden_sharing", "burden_sharing_small_first")
    )
    due = np.array([[25, 20, 10, 0, 0], [10, 10, 10, 10, 35]])
    off = max(abs(first - due[0]).max(), abs(last - due[1]).max())
    more = 100 * (last.sum() / first.sum() - 1)
    return within(
        "Order matters, since pledges are never lowered: the least interested first, total "
        f"{last.sum():.1f} instead of {first.sum():.1f} (+{more:.1f} %), E gives {last[4]:.1f} "
        f"instead of {first[4]:.1f}; largest difference from 25, 20, 10, 0, 0 and from 10, 10, 10, "
        "10, 35",
        "closed form: max(X, min(X*, X + K)) in turn",
        0.0,
        off,
        0.001 * 100,
        "convexity 0.001 of X + Q = 100",
    )


def _all_orders(effort: Effort) -> Evidence:
    """Every order of the five nations, by the engine and on paper."""
    scenario = shipped("burden_sharing")
    orders = np.array(list(permutations(range(5))))[:: 10 if effort.quick else 1]
    due = irrevocable(game_of(scenario), orders)
    found = np.array([pledged(in_order(scenario, order.tolist())) for order in orders])
    end, totals = equilibrium(game_of(scenario)).sum(), found.sum(axis=1)
    as_good = int((totals <= end * (1 + 1e-6)).sum())
    return within(
        f"{len(orders)} orders of the five nations by the engine: totals from {totals.min():.2f} "
        f"to {totals.max():.2f}, mean {totals.mean():.2f}, against {end:.2f} in equilibrium, "
        f"reached by {as_good}; largest difference of a pledge from the same on paper",
        "best replies in turn, by bisection",
        0.0,
        float(abs(found - due).max()),
        1e-8,
        "rounding to 2^-30, passed on by five",
    )


def _never_below(effort: Effort) -> Evidence:
    """Irrevocable totals of generated games against their equilibria."""
    chance, held, more = np.random.default_rng(SEED + 2), [], []
    for convexity in CONVEXITIES:
        for game in generated(15 if effort.quick else 500, 1, convexity, SEED + 90):
            end = equilibrium(game).sum()
            total = in_turn(game, chance.permutation(game.n_nations).tolist()).sum()
            held.append(bool(total >= end - SLACK * (end + game.requirement)))
            more.append((total - end) / (end + game.requirement))
    return all_of(
        "In a random order irrevocable pledges never come to less than the equilibrium",
        "derived: each gives g(X) or more at the final X",
        held,
        "games",
        f"none but rounding; more by {100 * np.mean(more):.2f} % of X + Q in the mean, "
        f"{100 * max(more):.1f} % at most",
    )
