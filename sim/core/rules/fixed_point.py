"""Amounts counted in whole units, so that their sums are exact and in any order the same."""

from __future__ import annotations

from sim.core.compiled import inlined

LEAST_UNITS = 1e11
"""The largest amount has so many units, or up to ten times as many."""

LARGEST_SCALE = 1e290


@inlined
def units_scale(largest: float) -> float:
    """Return the power of ten by which amounts are multiplied to be counted in whole units.

    A power of ten, so that amounts as people write them, such as 0.1 and 0.2, become whole
    numbers, whose ratios are exact: 0.1 + 0.2 of 0.6 is then one half.

    Parameters
    ----------
    largest : float
        The largest of the amounts, at least 0.
    """
    scale = 1.0
    while 0.0 < largest * scale < LEAST_UNITS and scale < LARGEST_SCALE:
        scale *= 10.0
    return scale


@inlined
def whole_units(amount: float, scale: float) -> int:
    """Return an amount in whole units, rounded."""
    return int(amount * scale + 0.5)
