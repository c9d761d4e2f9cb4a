"""Values of players: against exact values of games, by enumeration."""

from __future__ import annotations

from itertools import combinations, permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from sim.results.estimates import mean_interval
from sim.studies.keystone.values import (
    Worth,
    coalition_marginals,
    order_marginals,
    random_orders,
    uniforms,
)

Reals = NDArray[np.float64]

N_PLAYERS = 10
NAMES = [f"N{i}" for i in range(N_PLAYERS)]
WEIGHTS = np.array([9, 7, 6, 5, 4, 4, 3, 2, 1, 1])
QUOTA = 22
WORTHS = np.random.default_rng(17).normal(size=2**N_PLAYERS).cumsum() / 10
BITS = 1 << np.arange(N_PLAYERS)


def voting(members: NDArray[np.bool_]) -> Reals:
    """Whether the weights of a coalition reach the quota."""
    return (members @ WEIGHTS >= QUOTA).astype(float)


def random_game(members: NDArray[np.bool_]) -> Reals:
    """A number for each coalition, drawn once and for all."""
    return WORTHS[members @ BITS]


class WithLuck:
    """A game whose worth in one luck is that of another game, times and plus chance."""

    def __init__(self, worth, seed: int, n_lucks: int) -> None:
        rng = np.random.default_rng(seed)
        self.worth = worth
        self.factor = rng.exponential(size=n_lucks)
        self.shift = rng.normal(0, 5, size=n_lucks)
        self.liked = rng.normal(0, 0.3, size=(n_lucks, N_PLAYERS))

    def __call__(self, members: NDArray[np.bool_]) -> Worth:
        total = self.factor * self.worth(members) + self.shift + (self.liked * members).sum(axis=1)
        return Worth(total, np.zeros(members.shape))


def without_luck(worth):
    return lambda members: Worth(worth(members), np.zeros(members.shape))


def enumerated(worth, weight_of_size) -> Reals:
    """Mean of what each player adds to the coalitions of the others, with weights by their size."""
    found = np.zeros(N_PLAYERS)
    for player in range(N_PLAYERS):
        others = [i for i in range(N_PLAYERS) if i != player]
        rows = np.zeros((2 ** len(others), N_PLAYERS), dtype=bool)
        rows[:, others] = (np.arange(len(rows))[:, None] >> np.arange(len(others))) & 1
        weights = np.array([weight_of_size(size) for size in range(N_PLAYERS)])[rows.sum(axis=1)]
        joined = rows.copy()
        joined[:, player] = True
        found[player] = weights @ (worth(joined) - worth(rows))
    return found


def exact_shapley(worth) -> Reals:
    n = N_PLAYERS
    return enumerated(worth, lambda k: factorial(k) * factorial(n - k - 1) / factorial(n))


def exact_banzhaf(worth) -> Reals:
    return enumerated(worth, lambda _: 0.5 ** (N_PLAYERS - 1))


def exact_owen(worth, blocs: list[str]) -> Reals:
    """Mean of marginals over all orders in which blocs stay together."""
    members = [[i for i, of in enumerate(blocs) if of == bloc] for bloc in dict.fromkeys(blocs)]
    orders = [[]]
    total = np.zeros(N_PLAYERS)
    for order_of_blocs in permutations(range(len(members))):
        orders = [[]]
        for bloc in order_of_blocs:
            orders = [[*head, *tail] for head in orders for tail in permutations(members[bloc])]
        total += order_marginals(without_luck(worth), np.array(orders)).total.mean(axis=0)
    return total / factorial(len(members))


GAMES = {"voting": voting, "random": random_game}


@pytest.mark.parametrize("name", GAMES)
def test_values_of_a_game_are_those_of_the_enumeration_within_their_errors(name: str) -> None:
    worth, n_lucks = GAMES[name], 4000
    blocs = ["a", "a", "a", "b", "b", "c", "c", "c", "d", "e"]
    play = WithLuck(worth, 5, n_lucks)
    drawn = uniforms(NAMES, 3, 0, n_lucks) < 0.5
    for marginals, exact in (
        (order_marginals(play, random_orders(NAMES, 3, 0, n_lucks)), exact_shapley(worth)),
        (coalition_marginals(play, drawn), exact_banzhaf(worth)),
        (
            order_marginals(play, random_orders(NAMES, 3, 0, n_lucks, blocs)),
            exact_owen(worth, blocs),
        ),
    ):
        error = marginals.total.std(axis=0, ddof=1) / np.sqrt(n_lucks)
        assert (np.abs(marginals.total.mean(axis=0) - exact) < 4.5 * error).all()


def test_the_enumeration_gives_the_values_of_a_game_worked_by_hand() -> None:
    """A player with two votes and two with one; three votes win: it has 2/3, they 1/6 each."""
    weights = np.array([2, 1, 1, *[0] * 7])
    found = exact_shapley(lambda members: (members @ weights >= 3).astype(float))
    np.testing.assert_allclose(found[:3], [2 / 3, 1 / 6, 1 / 6], atol=1e-12)
    banzhaf = exact_banzhaf(lambda members: (members @ weights >= 3).astype(float))
    np.testing.assert_allclose(banzhaf[:3], [3 / 4, 1 / 4, 1 / 4], atol=1e-12)


@given(some.integers(0, 2**32), some.booleans())
def test_values_of_orders_add_up_to_what_all_are_worth_more_than_none(
    seed: int, in_blocs: bool
) -> None:
    blocs = ["a", "b", "a", "c", "b", "a", "c", "d", "d", "a"] if in_blocs else None
    play = WithLuck(random_game, seed, 50)
    found = order_marginals(play, random_orders(NAMES, seed, 0, 50, blocs))
    apart = (found.everybody - found.nobody).mean()
    assert abs(found.total.mean(axis=0).sum() - apart) < 1e-10


def test_a_player_that_adds_nothing_has_no_value_and_what_it_is_itself_is_told_apart() -> None:
    def play(members: NDArray[np.bool_]) -> Worth:
        """Each member counts itself, and the first brings the second, who is then counted."""
        counted = members.copy()
        counted[:, 1] |= members[:, 0]
        counted[:, 9] = False
        return Worth(counted.sum(axis=1).astype(float), counted.astype(float))

    found = order_marginals(play, random_orders(NAMES, 1, 0, 2000))
    assert (found.total[:, 9] == 0).all()
    assert (found.total[:, 2:9] == 1).all()
    assert (found.own[:, 2:9] == 1).all()
    np.testing.assert_array_equal(found.own[:, 0], 1)
    # With an order and its reverse the first comes before the second exactly once.
    np.testing.assert_array_equal(found.total[:, 0], 1.5)
    np.testing.assert_array_equal(found.total[:, 1], 0.5)
    np.testing.assert_array_equal(found.own[:, 1], 0.5)


def test_orders_are_a_pure_function_of_seed_luck_and_name() -> None:
    whole = random_orders(NAMES, 8, 0, 40)
    np.testing.assert_array_equal(random_orders(NAMES, 8, 25, 15), whole[25:])
    fewer = random_orders(NAMES[:-1], 8, 0, 40)
    np.testing.assert_array_equal(fewer, whole[whole != N_PLAYERS - 1].reshape(40, -1))
    assert (random_orders(NAMES, 9, 0, 40) != whole).any()


def test_all_orders_of_three_are_as_likely() -> None:
    orders = random_orders(["a", "b", "c"], 4, 0, 60_000)
    counts = np.unique(orders @ [9, 3, 1], return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 35  # chi-squared, 5 degrees: p < 1e-6


def test_blocs_stay_together_and_their_orders_are_as_likely() -> None:
    blocs = ["x", "y", "x", "z"]
    orders = random_orders(list("abcd"), 4, 0, 60_000, blocs)
    counts = np.unique(orders @ [64, 16, 4, 1], return_counts=True)[1]
    assert len(counts) == 12  # 3! orders of the blocs, 2 within x
    assert ((counts - 5000) ** 2 / 5000).sum() < 50  # chi-squared, 11 degrees: p < 1e-6


def coverage(kind: str, n_seeds: int, n_lucks: int) -> Reals:
    """Share of seeds in which the interval of each player of each game covers its exact value."""
    shares = []
    for name, worth in GAMES.items():
        exact = exact_banzhaf(worth) if kind == "banzhaf" else exact_shapley(worth)
        covered = np.zeros((n_seeds, N_PLAYERS))
        for seed in range(n_seeds):
            play = without_luck(worth) if name == "voting" else WithLuck(worth, seed, n_lucks)
            if kind == "banzhaf":
                drawn = uniforms(NAMES, seed, 0, n_lucks) < 0.5
                found = coalition_marginals(play, drawn).total
            else:
                found = order_marginals(play, random_orders(NAMES, seed, 0, n_lucks)).total
            _, low, high = mean_interval(found.mean(axis=0), found.var(axis=0, ddof=1), n_lucks)
            covered[seed] = (low <= exact) & (exact <= high)
        shares.append(covered.mean(axis=0))
    return np.array(shares)


@pytest.mark.parametrize("kind", ["shapley", "banzhaf"])
def test_intervals_of_values_cover_the_exact_ones_as_often_as_they_say(kind: str) -> None:
    found = coverage(kind, n_seeds=200, n_lucks=400)
    assert (found.mean(axis=1) >= 0.92).all()
    assert (found.mean(axis=1) <= 0.98).all()
    assert (found >= 0.90).all()
    assert (found <= 0.99).all()


def test_orders_in_pairs_are_the_mean_of_both_orders() -> None:
    play = without_luck(random_game)
    orders = random_orders(NAMES, 2, 0, 7)
    both = order_marginals(play, orders).total
    for luck, order in enumerate(orders):
        expected = np.zeros(N_PLAYERS)
        for each in (order, order[::-1]):
            for end, player in enumerate(each):
                before = np.isin(np.arange(N_PLAYERS), each[:end])
                after = np.isin(np.arange(N_PLAYERS), each[: end + 1])
                expected[player] += random_game(after[None])[0] - random_game(before[None])[0]
        np.testing.assert_allclose(both[luck], expected / 2, atol=1e-12)


def test_every_pair_of_players_comes_in_either_order() -> None:
    orders = random_orders(NAMES, 0, 0, 5000)
    place = np.argsort(orders, axis=1)
    for one, other in combinations(range(N_PLAYERS), 2):
        assert abs((place[:, one] < place[:, other]).mean() - 0.5) < 4.5 * 0.5 / 5000**0.5
