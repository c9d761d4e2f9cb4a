"""Values of the players of a game of coalitions and luck: Shapley's, Owen's and Banzhaf's.

Nothing here knows the model. A game is a function of coalitions, one for each luck, so that a block
of runs is many lucks at once, each with a coalition of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.draws import fill_uniforms, stable_key
from sim.core.layout import Integers, Reals

Bools = NDArray[np.bool_]

VALUES = ("shapley", "banzhaf", "owen")
"""Kinds of values, as ``--values`` names them."""

KEY = "keystone.values"
"""What the keys of orders and coalitions begin with; no draw of the model has such a key."""


class Worth(NamedTuple):
    """What coalitions are worth, one for each luck.

    Attributes
    ----------
    total : ndarray, shape (n_lucks,)
    own : ndarray, shape (n_lucks, n_players)
        What of it each player is itself, member or not: 1 for a nation that is counted in a size.
    """

    total: Reals
    own: Reals


Game = Callable[[Bools], Worth]
"""Worth of coalitions, given as ndarray of bool, shape (n_lucks, n_players)."""


class Marginals(NamedTuple):
    """What each player adds to the worth, luck by luck.

    Attributes
    ----------
    total : ndarray, shape (n_lucks, n_players)
        Mean over the coalitions that the luck was played with.
    own : ndarray, shape (n_lucks, n_players)
        What of it the player is itself; the rest is what it does to the others.
    nobody, everybody : ndarray, shape (n_lucks,)
        Worth of no player and of all.
    """

    total: Reals
    own: Reals
    nobody: Reals
    everybody: Reals


def uniforms(names: Sequence[str], seed: int, first: int, n_lucks: int) -> Reals:
    """Uniform numbers of players, shape (n_lucks, n_players).

    Each is a pure function of seed, luck and name, so a player more leaves those of the others.

    Examples
    --------
    >>> both = uniforms(["a", "b"], 1, 0, 3)
    >>> bool((uniforms(["b"], 1, 1, 2)[:, 0] == both[1:, 1]).all())
    True
    """
    out = np.empty((len(names), n_lucks))
    for row, name in zip(out, names, strict=True):
        fill_uniforms(row, np.uint64(seed), np.uint64(first), stable_key(f"{KEY}.{name}"))
    return np.ascontiguousarray(out.T)


def random_orders(
    names: Sequence[str],
    seed: int,
    first: int,
    n_lucks: int,
    blocs: Sequence[str] | None = None,
) -> Integers:
    """Random orders of players, one for each luck.

    Parameters
    ----------
    names : sequence of str, length n_players
    seed, first, n_lucks : int
        The lucks first, first + 1, ...
    blocs : sequence of str, optional
        The bloc of each player. Blocs then stay together: their order is random, and so is the
        order within each.

    Returns
    -------
    ndarray of int, shape (n_lucks, n_players)
        Players from the first to the last.

    Examples
    --------
    >>> orders = random_orders(["a", "b", "c"], 0, 0, 600)
    >>> np.bincount(orders[:, 0]).tolist()
    [185, 196, 219]
    >>> together = random_orders(["a", "b", "c"], 0, 0, 600, ["ac", "b", "ac"])
    >>> bool((together[:, 1] == 1).any())
    False
    """
    own = uniforms([f"order.{name}" for name in names], seed, first, n_lucks)
    if blocs is None:
        return np.argsort(own, axis=1, kind="stable")
    there_are = list(dict.fromkeys(blocs))
    of_bloc = uniforms([f"bloc.{bloc}" for bloc in there_are], seed, first, n_lucks)
    place = np.argsort(np.argsort(of_bloc, axis=1, kind="stable"), axis=1, kind="stable")
    return np.argsort(place[:, [there_are.index(bloc) for bloc in blocs]] + own, axis=1)


def order_marginals(game: Game, orders: Integers) -> Marginals:
    """What players add when they come one after another, and in the reverse order.

    Parameters
    ----------
    game : callable
    orders : ndarray of int, shape (n_lucks, n_players)
        Of random orders of all players the means are [Shapley1953]_'s values, as [Castro2009]_
        estimate them; of orders that keep blocs together, [Owen1977]_'s.

    Returns
    -------
    Marginals
        Of each luck its players' marginals add up to the worth of all minus that of none.

    Notes
    -----
    An order and its reverse are antithetic [Mitchell2022]_: who comes late in one comes early in
    the other. Both are played with the same luck, which takes 2 n evaluations for n players.
    """
    n_lucks, n_players = orders.shape
    lucks = np.arange(n_lucks)
    members = np.zeros(orders.shape, dtype=np.bool_)
    nobody, everybody = game(members), game(~members)
    total, own = np.zeros(orders.shape), np.zeros(orders.shape)
    for order in (orders, orders[:, ::-1]):
        members = np.zeros(orders.shape, dtype=np.bool_)
        before = nobody
        for place in range(n_players):
            player = order[:, place]
            members[lucks, player] = True
            after = everybody if place == n_players - 1 else game(members)
            total[lucks, player] += (after.total - before.total) / 2
            own[lucks, player] += (after.own[lucks, player] - before.own[lucks, player]) / 2
            before = after
    return Marginals(total, own, nobody.total, everybody.total)


def coalition_marginals(game: Game, coalitions: Bools) -> Marginals:
    """What each player adds to a coalition of the others, and to the coalition of all the rest.

    Parameters
    ----------
    game : callable
    coalitions : ndarray of bool, shape (n_lucks, n_players)
        Where each player is in or out with equal chances, independently of the others, the means
        are [Banzhaf1965]_'s values.

    Returns
    -------
    Marginals

    Notes
    -----
    A coalition and its complement are antithetic and share a luck: 2 n + 4 evaluations.
    """
    n_players = coalitions.shape[1]
    nobody = np.zeros(coalitions.shape, dtype=np.bool_)
    total, own = np.zeros(coalitions.shape), np.zeros(coalitions.shape)
    for members in (coalitions, ~coalitions):
        here = game(members)
        for player in range(n_players):
            sign = np.where(members[:, player], 0.5, -0.5)
            other = members.copy()
            other[:, player] ^= True
            there = game(other)
            total[:, player] += sign * (here.total - there.total)
            own[:, player] += sign * (here.own[:, player] - there.own[:, player])
    return Marginals(total, own, game(nobody).total, game(~nobody).total)
