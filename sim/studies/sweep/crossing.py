"""Where a curve of chances crosses one half."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.studies.design.outcomes import Outcome
from sim.studies.sweep.result import Sweep

HALF = 0.5


class Crossing(NamedTuple):
    """A value at which a chance is one half.

    Attributes
    ----------
    value : float
        On a straight line between the two points around it.
    before, after : float
        These points, which are all that was run: the curve between them is not known.
    low, high : float or None
        Ends of the 95 % interval: the values at which the interval of the chance, on straight lines
        between points as well, no longer holds one half. It is never narrower than from `before` to
        `after`: many runs do not say how the curve goes between them. None where the interval of
        the last point still holds one half, and the end lies beyond.
    """

    value: float
    before: float
    after: float
    low: float | None
    high: float | None


def half_crossings_of(sweep: Sweep, outcome: Outcome) -> list[Crossing]:
    """Crossings of one half by a chance of a sweep; none unless one number is varied, throughout.

    Parameters
    ----------
    sweep : Sweep
    outcome : Outcome
        One of its chances.
    """
    if len(sweep.paths) != 1 or not sweep.is_whole:
        return []
    values = sweep.table[sweep.paths[0]].to_pylist()
    if not all(isinstance(value, int | float) for value in values):
        return []
    estimate, low, high = (sweep.column(f"{outcome.name}{part}") for part in ("", ".low", ".high"))
    return half_crossings(np.array(values, dtype=np.float64), estimate, low, high)


def half_crossings(
    values: NDArray[np.float64],
    chance: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> list[Crossing]:
    """Crossings of one half by a curve, from the smallest value on; none if it does not cross.

    A curve that touches one half and turns back does not cross it. One that stays there for several
    points crosses once, at the first of them. At an edge, where one side is not known, a curve that
    starts or ends at one half crosses it, at the point next to the others.

    Parameters
    ----------
    values : ndarray, shape (n_points,)
        What was varied, in any order. Points whose chance is NaN are left out.
    chance, low, high : ndarray, shape (n_points,)
        Chance and ends of its interval at each point.

    Examples
    --------
    >>> x, chance = np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.3, 0.7])
    >>> [found] = half_crossings(x, chance, chance - 0.1, chance + 0.1)
    >>> found.value, found.before, found.after, round(found.low, 3), round(found.high, 3)
    (1.5, 1.0, 2.0, 1.0, 2.0)
    >>> half_crossings(x, chance / 2, chance / 2, chance / 2)
    []
    """
    order = np.argsort(values, kind="stable")
    order = order[np.isfinite(chance[order])]
    x, y, below, above = (each[order] for each in (values, chance, low, high))
    found = []
    signs = np.sign(y - HALF)
    for index in range(len(x) - 1):
        start, end = y[index] - HALF, y[index + 1] - HALF
        last = next((sign for sign in signs[index::-1] if sign), 0)
        following = next((sign for sign in signs[index + 1 :] if sign), 0)
        is_found_earlier = start == 0.0 and last != 0
        if last == following or start == end or is_found_earlier:
            continue
        value = float(x[index] + (x[index + 1] - x[index]) * start / (start - end))
        left = _last_outside(value, x, below, above, index, -1)
        right = _last_outside(value, x, below, above, index + 1, 1)
        before, after = float(x[index]), float(x[index + 1])
        left = None if left is None else min(left, before)
        right = None if right is None else max(right, after)
        found.append(Crossing(value, before, after, left, right))
    return found


def _last_outside(
    value: float,
    x: NDArray[np.float64],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    first: int,
    step: int,
) -> float | None:
    """Value where the interval stops to hold one half, going from a crossing to one side."""
    inner = value
    inner_ends = (float(np.interp(value, x, below)), float(np.interp(value, x, above)))
    index = first
    while 0 <= index < len(x):
        outer, outer_ends = float(x[index]), (float(below[index]), float(above[index]))
        if not outer_ends[0] <= HALF <= outer_ends[1]:
            nearer = 0 if outer_ends[0] > HALF else 1  # the end that passed one half last
            inside, outside = inner_ends[nearer] - HALF, outer_ends[nearer] - HALF
            if inside * outside <= 0.0:
                return inner + (outer - inner) * inside / (inside - outside)
        inner, inner_ends, index = outer, outer_ends, index + step
    return None
