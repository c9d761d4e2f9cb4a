"""Points of a sensitivity analysis, in blocks: each has points and lucks of its own.

A row of a block is two independent points of the unit cube, `one` and `other`, and an order of the
inputs. All points of the row are mixtures of the two: they take some inputs from one and the rest
from the other. An input that holds several numbers has as many coordinates, which go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.studies.design.sampling import MOST_SOBOL_VARIED, unit_points

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

SOBOL, MORRIS = "sobol", "morris"
METHODS = (SOBOL, MORRIS)

LEAST_BLOCKS, MOST_BLOCKS = 16, 64
"""Blocks give the intervals, and lucks of their own: too few and the intervals are wide."""

LEAST_ROWS = 2
"""Rows of a block. With one, intervals of a rare outcome are often of no width."""

FAIR_ROWS = 32
"""Rows of a block before there are more blocks. A shorter Sobol sequence leaves pairs of many
coordinates unevenly filled, so that a Latin hypercube is better."""

LEVELS = np.array([0.125, 0.375])
STEP = 0.5
"""Of a trajectory of Morris: an input goes from one of two levels in the lower half of its range to
the one half a range above, or back [Morris1991]_."""

MEAN_DISTANCE = 1.0 / 3.0
"""Of two numbers drawn evenly between 0 and 1: an input without a low and a high, whose values have
no order to step in, goes from one drawn value to another."""


class Size(NamedTuple):
    """How many points there are.

    Attributes
    ----------
    n_blocks : int
    n_rows : int
        Of each block.
    n_points : int
        Of each row.
    """

    n_blocks: int
    n_rows: int
    n_points: int

    @property
    def n_all(self) -> int:
        """Points of all blocks."""
        return self.n_blocks * self.n_rows * self.n_points


class Rows(NamedTuple):
    """Rows of a block.

    Attributes
    ----------
    one, other : ndarray, shape (n_rows, n_coordinates), between 0 and 1
    order : ndarray of int, shape (n_rows, n_inputs)
        Inputs in a random order, in which a chain of points leads from one to the other.
    """

    one: Reals
    other: Reals
    order: Integers


def points_a_row(method: str, n_inputs: int) -> int:
    """Number of points of a row.

    Examples
    --------
    >>> [points_a_row("sobol", n) for n in (1, 2, 3, 10)], points_a_row("morris", 10)
    ([2, 4, 6, 20], 11)
    """
    return n_inputs + 1 if method == MORRIS else 2 * n_inputs


def least_points(method: str, n_inputs: int) -> int:
    """Fewest points of a design whose intervals mean anything.

    Examples
    --------
    >>> least_points("sobol", 10), least_points("morris", 10)
    (640, 352)
    """
    return LEAST_BLOCKS * LEAST_ROWS * points_a_row(method, n_inputs)


def size_of(method: str, n_inputs: int, n_points: int) -> Size:
    """A design with about so many points.

    Examples
    --------
    >>> size_of("sobol", 10, 10_000), size_of("sobol", 10, 10_000).n_all
    (Size(n_blocks=16, n_rows=32, n_points=20), 10240)
    """
    each = points_a_row(method, n_inputs)
    n_rows = n_points / each
    n_blocks = int(np.clip(round(n_rows / FAIR_ROWS), LEAST_BLOCKS, MOST_BLOCKS))
    of_block = 2 ** max(0, round(np.log2(n_rows / n_blocks)))
    return Size(n_blocks, of_block, each)


def rows_of(
    method: str,
    widths: Sequence[int],
    n_rows: int,
    seed: int,
    block: int,
    has_ends: Sequence[bool] | None = None,
) -> Rows:
    """The rows of a block, which no other block shares.

    Parameters
    ----------
    method : {"sobol", "morris"}
        Of a Sobol analysis, the two points of a row are the two halves of a point in twice as many
        dimensions, as in [Saltelli2010]_; each block is randomised by itself.
    widths : sequence of int, length n_inputs
        Coordinates of each input.
    n_rows : int
        A power of 2.
    seed, block : int
    has_ends : sequence of bool, length n_inputs, optional
        Whether each input has a low and a high end; all have by default. Of a trajectory of Morris,
        one without takes any two of its values: four levels would be four arbitrary ones.
    """
    random = np.random.default_rng((seed, block, 1))
    inputs = np.tile(np.arange(len(widths)), (n_rows, 1))
    order = random.permuted(inputs, axis=1)
    n_coordinates = sum(widths)
    if method == SOBOL:
        is_fair = n_rows >= FAIR_ROWS and 2 * n_coordinates <= MOST_SOBOL_VARIED
        sequence = "sobol" if is_fair else "lhs"
        both = unit_points(sequence, 2 * n_coordinates, n_rows, (seed, block))
        return Rows(both[:, :n_coordinates], both[:, n_coordinates:], order)
    lower = LEVELS[random.integers(len(LEVELS), size=(n_rows, n_coordinates))]
    goes_up = random.integers(2, size=(n_rows, len(widths))).astype(bool)
    first = np.where(np.repeat(goes_up, widths, axis=1), lower, lower + STEP)
    last = 2.0 * lower + STEP - first
    if has_ends is not None and not all(has_ends):
        is_anywhere = np.repeat(np.logical_not(has_ends), widths)
        first, last = (
            np.where(is_anywhere, random.random(levels.shape), levels) for levels in (first, last)
        )
    return Rows(first, last, order)


def takes_other(method: str, order: Integers) -> NDArray[np.bool_]:
    """Which inputs each point of some rows takes from the other point of its row.

    Parameters
    ----------
    method : {"sobol", "morris"}
    order : ndarray of int, shape (n_rows, n_inputs)

    Returns
    -------
    ndarray of bool, shape (n_rows, n_points, n_inputs)
        For "morris" the chain: no input, the first of the order, the first two, ..., all. For
        "sobol" no input; all; each input alone; and what is left of the chain, from two inputs on.

    Examples
    --------
    >>> takes_other("sobol", np.array([[2, 0, 1]])).astype(int)[0].tolist()
    [[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1]]
    >>> takes_other("morris", np.array([[1, 0]])).astype(int)[0].tolist()
    [[0, 0], [0, 1], [1, 1]]
    """
    n_rows, n_inputs = order.shape
    place = np.argsort(order, axis=1)  # of each input in the order
    lengths = np.arange(n_inputs + 1)
    chain = place[:, None, :] < lengths[None, :, None]
    if method == MORRIS:
        return chain
    both = chain[:, [0, n_inputs]]
    if n_inputs == 1:
        return both
    alone = np.broadcast_to(np.eye(n_inputs, dtype=bool), (n_rows, n_inputs, n_inputs))
    return np.concatenate([both, alone, chain[:, 2:n_inputs]], axis=1)


def shares_at(method: str, rows: Rows, widths: Sequence[int]) -> Reals:
    """Coordinates of all points of some rows, shape (n_rows, n_points, n_coordinates)."""
    takes = np.repeat(takes_other(method, rows.order), widths, axis=2)
    return np.where(takes, rows.other[:, None], rows.one[:, None])


def chain_points(order: Integers) -> Integers:
    """Numbers of the points of a Sobol row that form its chain, shape (n_rows, n_inputs + 1).

    Examples
    --------
    >>> chain_points(np.array([[2, 0, 1]])).tolist()
    [[0, 4, 5, 1]]
    """
    n_rows, n_inputs = order.shape
    chain = np.tile(np.arange(n_inputs, 2 * n_inputs + 1), (n_rows, 1))
    chain[:, 1] = 2 + order[:, 0]
    chain[:, [0, n_inputs]] = 0, 1
    return chain
