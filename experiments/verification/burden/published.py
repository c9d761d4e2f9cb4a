"""What was published about such games: size and burden, neutrality, the best answer to rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

import sim
from experiments.verification.burden.files import (
    SEED,
    game_of,
    pledged,
    shipped,
)
from experiments.verification.burden.game import (
    LEAST_CONVEXITY,
    Game,
    best_replies,
    equilibrium,
    irrevocable,
)
from experiments.verification.evidence import Effort, Evidence, exactly, law_fits, within
from experiments.verification.laws import MOST_ERRORS, Reals, anchor, errors_off

SCALES = (1.0, 0.5, 0.0)
N_BINS = 20
BERGSTROM = "BergstromBlumeVarian1986"


def published(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _sizes(effort)
    yield from _cobb_douglas()
    yield from _neutrality()
    yield from _tullock()


# (4) Olson and Zeckhauser: size and burden


class Sizes(NamedTuple):
    """The eight allies at one scale: what they give as a share of capacity.

    Attributes
    ----------
    capacities, in_equilibrium : ndarray, shape (n_nations,)
    by_order : ndarray, shape (n_orders, n_nations)
        If they pledge once each, for every order.
    simulated : ndarray, shape (n_runs, n_nations)
    """

    capacities: Reals
    in_equilibrium: Reals
    by_order: Reals
    simulated: Reals


def sizes_at(scale: float, runs: int) -> Sizes:
    """The shipped file at a scale: on paper, and by the engine in orders that chance decides."""
    scenario = shipped("olson_zeckhauser_1966", {"commitment.scale": scale})
    game = game_of(scenario)
    capacities = game.capacities[:, 0]
    orders = np.array(list(permutations(range(game.n_nations))))
    simulated = sim.run(scenario, runs=runs, seed=SEED).pledge[:, :, 0]
    return Sizes(
        capacities,
        equilibrium(game)[:, 0] / capacities,
        irrevocable(game, orders) / capacities,
        simulated / capacities,
    )


def rank_correlation(one: Reals, other: Reals) -> float:
    """Spearman's rank correlation, 0 where one of the two does not vary."""
    if np.ptp(other) < 1e-9:
        return 0.0
    return float(stats.spearmanr(one, np.round(other, 9)).statistic)


def _sizes(effort: Effort) -> Iterator[Evidence]:
    """Share of capacity given, over capacity, at three scales."""
    for scale in SCALES:
        found = sizes_at(scale, effort.runs)
        yield _correlation(scale, found)
        if scale == 1.0:
            yield _carried(found)
        yield _shares(scale, found)
        yield _total_law(scale, found)


def _correlation(scale: float, found: Sizes) -> Evidence:
    """Rank correlation of size and burden: positive as they found, unless the scale is 0."""
    rho = {
        "equilibrium": rank_correlation(found.capacities, found.in_equilibrium),
        "mean of the runs": rank_correlation(found.capacities, found.simulated.mean(axis=0)),
    }
    due = "not positive" if scale == 0.0 else "positive"
    held = all((each > 0.0) == (scale > 0.0) for each in rho.values())
    return Evidence(
        f"Scale {scale:g}: rank correlation of capacity and share of capacity given, 8 allies",
        "OlsonZeckhauser1966",
        due,
        ", ".join(f"{each:.3f} ({words})" for words, each in rho.items()),
        f"none: a sign; {len(found.simulated):,} runs",
        held,
    )


def _shares(scale: float, found: Sizes) -> Evidence:
    """Mean share of each nation in random order against the mean over all orders."""
    means, sds = found.by_order.mean(axis=0), found.by_order.std(axis=0)
    off = [
        errors_off(found.simulated[:, each], means[each], sds[each]) for each in range(means.size)
    ]
    ends = (0, means.size - 1)
    return Evidence(
        f"Scale {scale:g}: mean share of capacity given when chance decides the order (smallest "
        "and largest ally shown, all 8 compared)",
        f"best replies in turn, all {len(found.by_order):,} orders",
        " and ".join(f"{means[each]:.4f}" for each in ends),
        " and ".join(f"{found.simulated[:, each].mean():.4f}" for each in ends),
        f"{MOST_ERRORS} exact standard errors; off by at most {max(off):.1f}",
        bool(max(off) <= MOST_ERRORS),
    )


def _total_law(scale: float, found: Sizes) -> Evidence:
    """Distribution of total force over orders, in bins of about equal chance."""
    due = np.sort(found.by_order @ found.capacities)
    edges = [_gap(due, len(due) * each // N_BINS) for each in range(1, N_BINS)]
    counts, chances = (
        np.bincount(np.searchsorted(edges, totals), minlength=N_BINS)
        for totals in (found.simulated @ found.capacities, due)
    )
    claim = f"Scale {scale:g}: distribution of total force when chance decides the order"
    source = f"best replies in turn, all {len(due):,} orders"
    return law_fits(claim, source, chances / len(due), counts)


def _gap(ordered: Reals, place: int) -> float:
    """A number next to a place among ordered ones and at least 1e-6 from all of them."""
    wide = np.flatnonzero(np.diff(ordered[place:]) > 2e-6)
    if wide.size == 0:
        return float(ordered[-1] + 1.0)
    found = place + int(wide[0])
    return float(ordered[found] + ordered[found + 1]) / 2


def _carried(found: Sizes) -> Evidence:
    """What part of the force the ends of the scale give, beside their part of the capacity."""
    due, *given = (
        _parts(amounts)
        for amounts in (
            found.capacities,
            found.in_equilibrium * found.capacities,
            found.simulated.mean(axis=0) * found.capacities,
        )
    )
    words = [f"{large:.1f} and {small:.1f} %" for large, small in given]
    return Evidence(
        "Scale 1: the largest ally gives more than its part, the three smallest less than theirs",
        "OlsonZeckhauser1966",
        f"above {due[0]:.1f} % and below {due[1]:.1f} % of the force",
        f"{words[0]} in equilibrium, {words[1]} in the runs",
        "none: an order",
        all(large > due[0] and small < due[1] for large, small in given),
    )


def _parts(amounts: Reals) -> tuple[float, float]:
    """Per cent of a sum that the largest ally and the three smallest make up."""
    shares = 100 * amounts / amounts.sum()
    return float(shares[-1]), float(shares[:3].sum())


# (5) Bergstrom, Blume and Varian: neutrality, with income effects and without


def cobb_douglas(incomes: Reals, alpha: float) -> Reals:
    """Contributions by their formula, with C those whose income is above the cutoff w*.

    G = alpha W_C / (alpha + c (1 - alpha)), w* = (1 - alpha) G / alpha, g = max(0, w - w*).
    """
    ordered = np.sort(incomes)[::-1]
    for n_givers in range(1, incomes.size + 1):
        total = alpha * ordered[:n_givers].sum() / (alpha + n_givers * (1 - alpha))
        cutoff = (1 - alpha) * total / alpha
        if n_givers == incomes.size or ordered[n_givers] <= cutoff:
            break
    found: Reals = np.maximum(0.0, incomes - cutoff)
    return found


def cobb_douglas_replies(incomes: Reals, alpha: float) -> Reals:
    """Where best replies come to rest: of x^(1 - alpha) G^alpha with x = w - g, one by one."""
    given = np.zeros_like(incomes)
    for _ in range(100_000):
        before = given.copy()
        for each, income in enumerate(incomes):
            others = given.sum() - given[each]
            given[each] = max(0.0, alpha * (income + others) - others)
        if abs(given - before).max() < 1e-15:
            break
    return given


def _cobb_douglas() -> Iterator[Evidence]:
    """The published game: formula, best replies and the numbers on file."""
    known = anchor("public_goods")
    examples = known["BBV_cobb_douglas"]["examples"]
    for words, solve in (
        ("formula", cobb_douglas),
        ("best replies of our own", cobb_douglas_replies),
    ):
        off = [
            abs(solve(np.array(row["w"], dtype=float), row["alpha"]) - row["g"]).max()
            for row in examples
        ]
        claim = (
            f"Their game, {words} against {len(off)} Cobb-Douglas examples on file (the engine "
            "does not play it): largest difference"
        )
        yield within(claim, BERGSTROM, 0.0, max(off), 1e-11, "rounding of the examples")
    before, after = (cobb_douglas_replies(np.array(w), 0.5) for w in ([10.0] * 3, [12.0, 10, 8]))
    neutral = known["neutrality"]
    yield exactly(
        "Their game, best replies of our own (the engine does not play it): 2 of income moved from "
        "the third giver to the first moves contributions one for one and leaves the total (total "
        "before, after; changes; nine digits)",
        BERGSTROM,
        [round(each, 9) for each in (neutral["G_before"], neutral["G_after"], *neutral["delta_g"])],
        [float(np.round(each, 9)) + 0.0 for each in (before.sum(), after.sum(), *(after - before))],
    )


def _neutrality() -> Iterator[Evidence]:
    """The pledge game: capacity moved between givers changes no total, value does."""
    yield _quasilinear()
    moves: tuple[tuple[str, Mapping[str, Any], float], ...] = (
        (
            "5 of capacity from C, who tops up, to D",
            {"C.capacity.force": 25, "D.capacity.force": 35},
            55.0,
        ),
        (
            "5 of capacity from A, who gives all, to C",
            {"A.capacity.force": 20, "C.capacity.force": 35},
            55.0,
        ),
        ("0.02 of stake from D to E, who ride free", {"D.stake": 0.47, "E.stake": 0.38}, 55.0),
        (
            "0.02 of stake from E to C, who tops up",
            {"C.stake": 0.66, "E.stake": 0.34},
            100 * 0.66**0.5 - 25,
        ),
    )
    for words, changes, due in moves:
        scenario = shipped("burden_sharing", {f"nations.{k}": v for k, v in changes.items()})
        found = float(pledged(scenario).sum())
        claim = f"This game, run by the engine: total after {words} (55 before)"
        why = "0.1 % of X + Q: convexity 0.001"
        source = "closed form: the total is the largest X* that capacities above it do not fill"
        yield within(claim, source, due, found, 0.001 * (due + 25), why)
    yield _shared_capacity()


def _quasilinear() -> Evidence:
    """Without income effects only whoever wants most gives, as in the published example."""
    known = anchor("public_goods")["quasilinear"]["example"]
    game = Game(
        (np.array(known["b"], dtype=float) + 1.0) ** 2,
        np.ones((3, 1)),
        np.full((3, 1), 1e6),
        1.0,
        LEAST_CONVEXITY,
    )
    given = np.round(best_replies(game)[:, 0], 6)
    return exactly(
        "Values such that the totals wanted are 3, 2 and 1: only the first gives (the rule)",
        "quasi-linear example: total = max b",
        [float(each) for each in known["g"]],
        given.tolist(),
    )


def _shared_capacity() -> Evidence:
    """Alike but for capacity, in part and at convexity 1: total unchanged, pledges move with it."""
    before = Game(np.full(3, 400.0), np.ones((3, 1)), np.full((3, 1), 40.0), 25.0, 1.0)
    after = before._replace(capacities=np.array([[55.0], [40.0], [25.0]]))
    given = [best_replies(game)[:, 0] for game in (before, after)]
    at_rest = equilibrium(before)[:, 0]
    share = at_rest[0] / 40.0
    due = at_rest + share * np.array([15.0, 0.0, -15.0])
    return within(
        "This game at convexity 1, three nations alike but for capacity: 15 moved from the third "
        f"to the first leaves the total ({given[0].sum():.4f}, {given[1].sum():.4f}) and moves "
        f"{share:.3f} of it in pledges; largest difference",
        "derived: X = K clip(...) depends on the sum of K alone",
        0.0,
        float(abs(given[1] - due).max()),
        1e-9,
        "where best replies stop",
    )


# (6) Tullock


def _alone(value: float, rivals: float) -> float:
    """Effort of the shipped contestant at another prize and other rivals, by the engine."""
    changes = {"commitment.value": value, "commitment.requirement": rivals}
    return float(pledged(shipped("tullock_1980", changes))[0])


def _tullock() -> Iterator[Evidence]:
    """The engine's pledge against the published best response and equilibrium."""
    rows = anchor("tullock_1980")["tullock_best_response"]
    off = [abs(_alone(row["V"], row["X_others"]) - row["best_response"]) for row in rows]
    why = "convexity 0.001 over a capacity of 100,000, and a price of 16 digits"
    claim = (
        f"Best response max(0, sqrt(V X) - X), {len(rows)} rows by the engine: largest difference"
    )
    yield within(claim, "Tullock1980", 0.0, max(off), 1e-7, why)
    table = anchor("public_goods")["tullock_symmetric"]["table"]
    off = []
    for row in table:
        effort = _alone(row["V"], (row["n"] - 1) * row["x"])
        profit = row["V"] * effort / (effort + (row["n"] - 1) * row["x"]) - effort
        off.append(max(abs(effort - row["x"]), abs(profit - row["payoff"])))
    counts = ", ".join(str(row["n"]) for row in table)
    yield within(
        f"Contests of {counts} alike: V (n - 1) / n^2 is the best answer to the same effort of "
        "all rivals, with payoff V / n^2 (engine): largest difference",
        "Tullock1980",
        0.0,
        max(off),
        1e-7,
        why,
    )
