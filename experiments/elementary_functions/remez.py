"""Remez's exchange algorithm: the polynomial whose largest weighted error is smallest."""

from __future__ import annotations

from collections.abc import Callable

import mpmath

Function = Callable[[mpmath.mpf], mpmath.mpf]

N_EXCHANGES = 8
N_GRID = 4000


def minimax(
    target: Function, weight: Function, degree: int, interval: tuple[mpmath.mpf, mpmath.mpf]
) -> list[mpmath.mpf]:
    """Coefficients, constant first, of the polynomial with the smallest largest error.

    Parameters
    ----------
    target, weight : callable
        The error at x is ``weight(x) * (polynomial(x) - target(x))``.
    degree : int
    interval : tuple of mpf
    """
    grid = chebyshev_grid(*interval)
    goal = [target(x) for x in grid]
    scale = [weight(x) for x in grid]
    n_points = degree + 2
    chosen = [round((k + 0.5) * N_GRID / n_points) for k in range(n_points)]
    for _ in range(N_EXCHANGES):
        coefficients = levelled(*([row[k] for k in chosen] for row in (grid, goal, scale)))
        error = [
            w * (mpmath.polyval(coefficients[::-1], x) - y)
            for x, y, w in zip(grid, goal, scale, strict=True)
        ]
        chosen = alternating_peaks(error, n_points)
    return coefficients


def chebyshev_grid(low: mpmath.mpf, high: mpmath.mpf) -> list[mpmath.mpf]:
    """Points that crowd towards the ends of the interval."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mpmath.cos(mpmath.pi * k / N_GRID) for k in range(N_GRID + 1)]


def levelled(
    points: list[mpmath.mpf], goal: list[mpmath.mpf], scale: list[mpmath.mpf]
) -> list[mpmath.mpf]:
    """Coefficients whose weighted errors at the points are equal and alternate in sign."""
    n_points = len(points)
    system = mpmath.matrix(n_points, n_points)
    for row, x in enumerate(points):
        for power in range(n_points - 1):
            system[row, power] = x**power
        system[row, n_points - 1] = (-1) ** row / scale[row]
    return list(mpmath.lu_solve(system, mpmath.matrix(goal)))[:-1]


def alternating_peaks(error: list[mpmath.mpf], n_points: int) -> list[int]:
    """Places of the largest error between changes of sign; of these the `n_points` largest."""
    peaks = [0]
    for k in range(1, len(error)):
        if (error[k] > 0) == (error[peaks[-1]] > 0):
            peaks[-1] = max(peaks[-1], k, key=lambda place: abs(error[place]))
        else:
            peaks.append(k)
    while len(peaks) > n_points:
        peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
    return peaks
