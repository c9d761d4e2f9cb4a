"""Functions of inputs and luck whose indices are known; docs/sensitivity.md derives them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


class Known(NamedTuple):
    """Indices of a variance whose parts are products over inputs."""

    first: Reals
    total: Reals
    shapley: Reals
    variance: float


def of_products(parts: Reals, factor: float = 1.0) -> Known:
    """Indices where the part of the variance of a set of inputs is factor x the product of theirs.

    Parameters
    ----------
    parts : ndarray, shape (n_inputs,)
    factor : float
    """
    n = len(parts)
    variance = factor * (np.prod(1.0 + parts) - 1.0)
    rest = np.array([np.prod(np.delete(1.0 + parts, i)) for i in range(n)])
    return Known(
        factor * parts / variance,
        factor * parts * rest / variance,
        shapley_of(lambda some: factor * (np.prod(1.0 + parts[list(some)]) - 1.0), n) / variance,
        variance,
    )


def shapley_of(value: Callable[[tuple[int, ...]], float], n: int) -> Reals:
    """Shapley values of a game by enumeration of all sets of players."""
    found = np.zeros(n)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for some in combinations(others, size):
                found[i] += weight * (value((*some, i)) - value(some))
    return found


class StochasticG:
    """y = r(w) x product over i of (1 + s_i(w) (g_i(x_i) - 1)).

    g_i(x) = (abs(4 x - 2) + a_i) / (1 + a_i) has mean 1 and variance 1 / (3 (1 + a_i)^2). Luck has
    independent parts: r is even on 1 ± sqrt(3 t), s_i is 1 ± sqrt(q_i - 1) with even chances; so
    E r^2 = 1 + t, E s_i = 1 and E s_i^2 = q_i.

    Parameters
    ----------
    a : sequence of float
    q : sequence of float, at least 1
    t : float
        Variance of r.
    seed : int
        Of the lucks.
    """

    def __init__(self, a: tuple[float, ...], q: tuple[float, ...], t: float, seed: int = 0) -> None:
        self.a, self.q, self.t, self.seed = np.array(a), np.array(q), t, seed

    def __call__(self, points: Reals, lucks: NDArray[np.int64]) -> Reals:
        random = np.random.default_rng((self.seed, int(lucks[0])))
        return self.at(points, random.random((len(lucks), 1 + len(self.a))))

    def at(self, points: Reals, w: Reals) -> Reals:
        """Values at points under lucks, shape (n_points, n_lucks)."""
        return self.paired(points[:, None], w)

    def paired(self, points: Reals, w: Reals) -> Reals:
        """Values at points each of which has a luck, along axes that are broadcast."""
        g = (np.abs(4.0 * points - 2.0) + self.a) / (1.0 + self.a)
        r = 1.0 + np.sqrt(3.0 * self.t) * (2.0 * w[..., 0] - 1.0)
        s = 1.0 + np.sqrt(self.q - 1.0) * np.where(w[..., 1:] < 0.5, -1.0, 1.0)
        return np.asarray(r * np.prod(1.0 + s * (g - 1.0), axis=-1))

    @property
    def own(self) -> Reals:
        """Variances of g_i."""
        return 1.0 / (3.0 * (1.0 + self.a) ** 2)

    @property
    def runs(self) -> Known:
        """Indices under one luck: means over lucks of variances."""
        return of_products(self.q * self.own, 1.0 + self.t)

    @property
    def chance(self) -> Known:
        """Indices of the mean over lucks, which is the g-function."""
        return of_products(self.own)

    mean = 1.0

    @property
    def variance(self) -> float:
        """Over points and lucks."""
        return float((1.0 + self.t) * np.prod(1.0 + self.q * self.own) - 1.0)

    @property
    def parts(self) -> Reals:
        """Shares of inputs, of luck, and of both."""
        of_inputs, of_luck = self.chance.variance, self.t
        rest = self.variance - of_inputs - of_luck
        return np.array([of_inputs, of_luck, rest]) / self.variance


class BothReached:
    """Yes or no: y is 1 where x_i > w_i for both of two inputs.

    Under one luck an input has mean 1 - w and variance w (1 - w), with means over lucks of 1/3 for
    the mean squared and 1/6 for the variance; the chance is x_1 x_2, and that of a luck
    (1 - w_1) (1 - w_2).
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def __call__(self, points: Reals, lucks: NDArray[np.int64]) -> Reals:
        random = np.random.default_rng((self.seed, int(lucks[0])))
        w = random.random((len(lucks), 2))
        return np.asarray((points[:, None] > w).all(axis=-1), dtype=np.float64)

    runs = of_products(np.array([0.5, 0.5]), 1.0 / 9.0)
    chance = of_products(np.array([1.0, 1.0]) / 3.0, 1.0 / 16.0)
    mean, variance = 0.25, 3.0 / 16.0
    parts = (
        np.array([chance.variance, chance.variance, variance - 2.0 * chance.variance]) / variance
    )


def ishigami(points: Reals, lucks: NDArray[np.int64]) -> Reals:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, each even on -pi to pi, whatever the luck."""
    x = np.pi * (2.0 * points - 1.0)
    y = np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return np.asarray(np.repeat(y[:, None], len(lucks), axis=1))


def known_ishigami() -> Known:
    """Indices of Ishigami's function in closed form."""
    pi4, pi8 = np.pi**4, np.pi**8
    of = {
        (0,): 0.5 * (1.0 + 0.1 * pi4 / 5.0) ** 2,
        (1,): 49.0 / 8.0,
        (0, 2): 0.01 * pi8 * (1.0 / 18.0 - 1.0 / 50.0),
    }
    variance = sum(of.values())

    def closed(some: tuple[int, ...]) -> float:
        return sum(part for inputs, part in of.items() if set(inputs) <= set(some))

    return Known(
        np.array([of[0,], of[1,], 0.0]) / variance,
        np.array([of[0,] + of[0, 2], of[1,], of[0, 2]]) / variance,
        shapley_of(closed, 3) / variance,
        variance,
    )
