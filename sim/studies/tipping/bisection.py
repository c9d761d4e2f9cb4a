"""All runs at once, each searched by bisection for the position at which its outcome changes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int32]
Truths = NDArray[np.bool_]

NONE = -1
"""In place of a position: no change was seen."""


class Changes(NamedTuple):
    """Where the outcome of each run changes between two ends, the positions 0 and `last`.

    Attributes
    ----------
    at_low, at_high : ndarray of bool, shape (n_runs,)
        The outcome at the ends.
    below, above : ndarray of int32, shape (n_runs,)
        The outcome at `below` is that at the low end, and at `above` another; -1 where no change
        was seen.
    """

    at_low: Truths
    at_high: Truths
    below: Positions
    above: Positions


def bisect(holds: Callable[[Positions], Truths], n_runs: int, last: int) -> Changes:
    """Where the outcome of each run changes from what it is at the low end.

    Parameters
    ----------
    holds : callable of ndarray of int32, shape (n_runs,), to ndarray of bool, shape (n_runs,)
        The outcome of every run at a position of its own. It is asked `n_evaluations` times.
    n_runs : int
    last : int, at least 1
        Position of the high end.

    Returns
    -------
    Changes
        Of a run whose outcome changes once, between which neighbours. If it changes more often,
        and is another at the high end, some change from what it is at the low end. A run that has
        the same outcome at both ends has nothing to bisect: it is tried at `between` instead, and
        from where it is another on, bisected in the rounds that are left. So the later it shows,
        the farther apart its `below` and `above` stay: a sixteenth of the way at most.

    Examples
    --------
    >>> thresholds = np.array([3, 1, 9, 0])
    >>> found = bisect(lambda positions: positions >= thresholds, n_runs=4, last=8)
    >>> found.below.tolist(), found.above.tolist()
    ([2, 0, -1, -1], [3, 1, -1, -1])
    """
    at_low = holds(np.zeros(n_runs, dtype=np.int32))
    at_high = holds(np.full(n_runs, last, dtype=np.int32))
    below = np.zeros(n_runs, dtype=np.int32)
    above = np.where(at_high == at_low, NONE, last).astype(np.int32)
    tried = [0]
    for number in range(n_rounds(last)):
        is_bisected, trial = above != NONE, between(number, last)
        positions = np.where(is_bisected, (below + above) // 2, trial).astype(np.int32)
        differs = holds(positions) != at_low
        # A run that now shows its first change showed none wherever it was tried before.
        lowest = max(each for each in tried if each <= trial)
        below = np.where(is_bisected, np.where(differs, below, positions), lowest).astype(np.int32)
        above = np.where(differs, positions, above).astype(np.int32)
        tried.append(trial)
    below[above == NONE] = NONE
    return Changes(at_low, at_high, below, above)


def n_rounds(last: int) -> int:
    """Halvings after which every change lies between neighbours.

    Examples
    --------
    >>> n_rounds(1), n_rounds(2), n_rounds(1280)
    (0, 1, 11)
    """
    return (last - 1).bit_length()


def n_evaluations(last: int) -> int:
    """How often `bisect` asks for the outcomes of all runs."""
    return 2 + n_rounds(last)


def n_on_grid(grid: Positions, last: int) -> int:
    """How many of the first evaluations of `bisect` are on a grid, whatever comes of them.

    Examples
    --------
    >>> n_on_grid(np.arange(0, 1281, 32), 1280), n_on_grid(np.arange(41), 40)
    (5, 8)
    """
    known, tried = set(grid.tolist()), {0, last}
    for number in range(n_rounds(last)):
        tried |= {(low + high) // 2 for low, high in combinations(sorted(tried), 2)}
        tried.add(between(number, last))
        if not tried <= known:
            return 2 + number
    return n_evaluations(last)


def between(number: int, last: int) -> int:
    """The n-th of some positions between the ends: the middle, the quarters, the eighths, ...

    By the sequence of [VanDerCorput1935]_, whose first members always cover the whole evenly.

    Examples
    --------
    >>> [between(number, 16) for number in range(7)]
    [8, 4, 12, 2, 10, 6, 14]
    """
    digits = f"{number + 1:b}"[::-1]
    return int(digits, 2) * last >> len(digits)
