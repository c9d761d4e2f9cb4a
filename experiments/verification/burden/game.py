"""The game of pledges on paper: payoffs, equilibria, orders, and what the rule answers.

Nation i with value V, costs c and capacities K by kind gives g to maximise

    V X / (X + Q) - sum_k c_k (g_k + convexity g_k^2 / (2 K_k)),    0 <= g_k <= K_k,

X being what all give (docs/model.md, Pledges). Others enter by X alone, so the game is
aggregative [CornesHartley2007]_: at total X nation i gives of kind k

    g_k(X) = K_k clip((V Q / ((X + Q)^2 c_k) - 1) / convexity, 0, 1),

which falls with X, so X = sum g(X) has one root. Divided by V the payoffs are those of a potential
game [MondererShapley1996]_ with the concave potential S(X) - sum_i cost_i / V_i, so best replies
one after another climb to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from experiments.verification.laws import Reals
from sim.core.rules.pledges import Offer, Prize, given, shadow_price

LEAST_CONVEXITY = 0.001
"""The least that a scenario file may ask for."""

HALVINGS = 50


class Game(NamedTuple):
    """What decides the pledges.

    Attributes
    ----------
    values : ndarray, shape (n_nations,)
        What success is worth to each, V.
    costs, capacities : ndarray, shape (n_nations, n_kinds)
        Cost of a unit of force, and the most that can be given, in force units.
    requirement, convexity : float
    """

    values: Reals
    costs: Reals
    capacities: Reals
    requirement: float
    convexity: float

    @property
    def n_nations(self) -> int:
        """Number of nations."""
        return int(self.values.size)


def cost_of(game: Game, nation: int, own: Reals) -> Reals:
    """What contributions `own`, shape (..., n_kinds), cost a nation."""
    capacities = np.where(game.capacities[nation] > 0, game.capacities[nation], 1.0)
    cost = game.costs[nation] * (own + game.convexity * own**2 / (2 * capacities))
    found: Reals = cost.sum(axis=-1)
    return found


def payoff(game: Game, nation: int, own: Reals, others: float) -> Reals:
    """Worth of success less cost, of contributions `own`, shape (..., n_kinds)."""
    force = others + own.sum(axis=-1)
    worth = game.values[nation] * force / (force + game.requirement)
    found: Reals = worth - cost_of(game, nation, own)
    return found


def potential(game: Game, pledges: Reals) -> float:
    """Adequacy less what each pays in units of its own value, which must be positive."""
    total = pledges.sum()
    costs = [cost_of(game, each, pledges[each]) for each in range(game.n_nations)]
    return float(total / (total + game.requirement) - (costs / game.values).sum())


# The closed form at constant marginal cost


def totals_wanted(game: Game) -> Reals:
    """X* = sqrt(V Q / c) - Q, the total up to which a nation adds force as convexity goes to 0.

    Shape (n_nations, n_kinds).
    """
    found: Reals = np.sqrt(game.values[:, None] * game.requirement / game.costs) - game.requirement
    return found


def closed_total(wanted: Reals, capacities: Reals) -> float:
    """The one root X of X = sum clip(X* - (X - g), 0, K).

    Whoever wants more than X gives all, whoever wants less nothing. With X* falling this is
    max over j of min(X*_j, K_1 + ... + K_j).
    """
    order = np.argsort(-wanted, axis=None, kind="stable")
    so_far = np.cumsum(capacities.ravel()[order])
    return float(max(np.minimum(wanted.ravel()[order], so_far).max(initial=0.0), 0.0))


def closed_pledges(wanted: Reals, capacities: Reals) -> Reals:
    """Contributions at the closed form.

    Where several want exactly X the split of what is missing is not unique. At any convexity above
    0 it is: their marginal costs are equal, so each gives the same share of its capacity. That
    split is taken.
    """
    total = closed_total(wanted, capacities)
    same = np.isclose(wanted, total, rtol=1e-12, atol=0.0)
    pledges = np.where((wanted > total) & ~same, capacities, 0.0)
    if capacities[same].sum() > 0.0:
        share = (total - pledges.sum()) / capacities[same].sum()
        pledges[same] = np.clip(share, 0.0, 1.0) * capacities[same]
    return pledges


def dearest(game: Game) -> Game:
    """The game at the highest marginal costs: those of the last unit of each capacity."""
    return game._replace(costs=game.costs * (1.0 + game.convexity))


def bracket(game: Game) -> tuple[float, float]:
    """Totals of the closed form at the highest and the lowest marginal costs.

    At any convexity the equilibrium's total lies between them, since g(X) lies between the two.
    """
    return (
        closed_total(totals_wanted(dearest(game)), game.capacities),
        closed_total(totals_wanted(game), game.capacities),
    )


# Any convexity


def given_at(game: Game, total: float) -> Reals:
    """What each gives of each kind if all give `total`; shape (n_nations, n_kinds)."""
    benefit = game.values[:, None] * game.requirement / (total + game.requirement) ** 2
    shares = np.clip((benefit / game.costs - 1.0) / game.convexity, 0.0, 1.0)
    found: Reals = game.capacities * shares
    return found


def equilibrium(game: Game) -> Reals:
    """The equilibrium by its one root in the total; shape (n_nations, n_kinds)."""
    most = float(game.capacities.sum())
    if given_at(game, 0.0).sum() == 0.0:
        return np.zeros_like(game.capacities)
    if given_at(game, most).sum() >= most:
        return game.capacities.copy()
    root = brentq(lambda x: given_at(game, x).sum() - x, 0.0, most, xtol=1e-14, rtol=1e-15)
    return given_at(game, float(root))


def late_map(game: Game) -> tuple[NDArray[np.bool_], Reals]:
    """Who gives in part at rest, and the matrix by which a late round moves their distances.

    One kind. With H the Hessian of the potential among them, H = D + L + U, a round of replies
    one after another multiplies the distances by -(D + L)^-1 U.
    """
    pledges = equilibrium(game)[:, 0]
    partly = (pledges > 1e-9) & (pledges < game.capacities[:, 0] - 1e-9)
    bend = 2.0 * game.requirement / (pledges.sum() + game.requirement) ** 3
    own = game.convexity * game.costs[:, 0] / (game.values * game.capacities[:, 0])
    hessian = bend + np.diag(own[partly])
    late: Reals = -np.linalg.solve(np.tril(hessian), np.triu(hessian, 1))
    return partly, late


def lone_reply(game: Game, nation: int, others: Reals) -> Reals:
    """Best contribution of one kind to each of many sums of the others, by halving an interval."""
    value, cost = game.values[nation], game.costs[nation, 0]
    capacity = game.capacities[nation, 0]
    low, high = np.zeros_like(others), np.ones_like(others)
    for _ in range(HALVINGS):
        share = (low + high) / 2
        benefit = value * game.requirement / (others + capacity * share + game.requirement) ** 2
        pays = benefit > cost * (1.0 + game.convexity * share)
        low, high = np.where(pays, share, low), np.where(pays, high, share)
    found: Reals = capacity * (low + high) / 2
    return found


def irrevocable(game: Game, orders: NDArray[np.int64]) -> Reals:
    """Contributions of one kind if each pledges once, in its turn, and never takes it back.

    Parameters
    ----------
    orders : ndarray, shape (n_orders, n_nations)

    Returns
    -------
    ndarray, shape (n_orders, n_nations)
    """
    pledges = np.zeros(orders.shape)
    for turn in range(game.n_nations):
        so_far = pledges.sum(axis=1)
        for nation in range(game.n_nations):
            now = orders[:, turn] == nation
            pledges[now, nation] = lone_reply(game, nation, so_far[now])
    return pledges


# The rule


def best_reply(game: Game, nation: int, others: float) -> Reals:
    """What the model's rule gives of each kind, with nothing promised before and no token."""
    n_kinds = game.costs.shape[1]
    floors = np.zeros(n_kinds)
    real = np.concatenate([1.0 / game.costs[nation], game.capacities[nation], floors])
    offer = Offer(real, 0, n_kinds, 2 * n_kinds, n_kinds)
    worth, per_convexity = game.values[nation] * game.requirement, 1.0 / game.convexity
    price = shadow_price(offer, Prize(worth, others + game.requirement, per_convexity))
    return np.array([given(price, offer, kind, per_convexity) for kind in range(n_kinds)])


def best_reply_rounds(game: Game, most: int = 100_000, still: float = 1e-13) -> Iterator[Reals]:
    """Contributions after each round in which all reply by the rule, one after another.

    They start at nothing and end when a round moves nobody by more than `still` of a capacity.
    """
    pledges = np.zeros_like(game.capacities)
    for _ in range(most):
        before = pledges.copy()
        for nation in range(game.n_nations):
            others = float(np.delete(pledges, nation, axis=0).sum())
            pledges[nation] = best_reply(game, nation, others)
        yield pledges.copy()
        if (abs(pledges - before) <= still * (1.0 + game.capacities)).all():
            return


def best_replies(game: Game) -> Reals:
    """Where repeated best replies of the rule come to rest; shape (n_nations, n_kinds)."""
    *_, last = best_reply_rounds(game)
    return last


def in_turn(game: Game, order: Sequence[int]) -> Reals:
    """Contributions by the rule if each pledges once, in this order."""
    pledges = np.zeros_like(game.capacities)
    for nation in order:
        pledges[nation] = best_reply(game, nation, float(pledges.sum()))
    return pledges


def generated(n_games: int, n_kinds: int, convexity: float, seed: int) -> Iterator[Game]:
    """Games of two to six nations; some have no capacity of a kind, some no interest at all.

    Capacities run from a fiftieth of the requirement to twenty times it, so in some games they
    bind and in others they do not; values go from below what any pledge takes to fifty times that.
    """
    chance = np.random.default_rng(seed)
    for _ in range(n_games):
        shape = (int(chance.integers(2, 7)), n_kinds)
        requirement = float(np.exp(chance.uniform(0.0, np.log(100.0))))
        values = requirement * np.exp(chance.uniform(np.log(0.5), np.log(50.0), shape[0]))
        capacities = requirement * np.exp(chance.uniform(np.log(0.02), np.log(20.0), shape))
        yield Game(
            values * (chance.random(shape[0]) > 0.05),
            np.exp(chance.uniform(np.log(0.3), np.log(3.0), shape)),
            capacities * (chance.random(shape) > 0.05),
            requirement,
            convexity,
        )
