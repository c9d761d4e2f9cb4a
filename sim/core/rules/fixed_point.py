"""Amounts counted in whole units, so that their sums are exact and in any order the same."""

from __future__ import annotations

from sim.core.compiled import inlined

LEAST_UNITS = 2.0**39
"""The largest amount has so many units, or up to twice as many."""

LARGEST_SCALE = 2.0**1000


@inlined
def units_scale(largest: float) -> float:
    """Return the power of two by which amounts are multiplied to be counted in whole units.

    A power of two keeps the digits of an amount, so that whole numbers are added exactly.

    Parameters
    ----------
    largest : float
        The largest of the amounts, at least 0.
    """
    scale = 1.0
    while largest * scale >= 2.0 * LEAST_UNITS:
        scale *= 0.5
    while 0.0 < largest * scale < LEAST_UNITS and scale < LARGEST_SCALE:
        scale *= 2.0
    return scale


@inlined
def whole_units(amount: float, scale: float) -> int:
    """Return an amount in whole units, rounded."""
    return int(amount * scale + 0.5)
