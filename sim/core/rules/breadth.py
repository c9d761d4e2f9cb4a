"""How broad a coalition is: the groups, kinds of contribution and capacity that it covers."""

from __future__ import annotations

from sim.core.compiled import inlined

LEAST_UNITS = 2.0**39
"""The largest capacity has so many units, or up to twice as many: sums of them are exact."""

LARGEST_SCALE = 2.0**1000


@inlined
def share_covered(covered: int, whole: int) -> float:
    """Return the share of a whole that is covered; not a number of nothing.

    One division of whole numbers, so that 4 of 5 groups meet a threshold of 0.8.
    """
    return covered / whole if whole > 0 else float("nan")


@inlined
def units_per_force(largest: float) -> float:
    """Return the power of two by which capacities are multiplied to be counted in whole units.

    Parameters
    ----------
    largest : float
        The largest capacity of a nation, in force units.
    """
    scale = 1.0
    while largest * scale >= 2.0 * LEAST_UNITS:
        scale *= 0.5
    while 0.0 < largest * scale < LEAST_UNITS and scale < LARGEST_SCALE:
        scale *= 2.0
    return scale


@inlined
def capacity_units(capacity: float, scale: float) -> int:
    """Return a capacity in whole units, rounded; a power of two keeps whole numbers exact."""
    return int(capacity * scale + 0.5)


@inlined
def is_covered(share: float, at_least: float) -> bool:
    """Return whether a share meets a threshold of success; below 0 where none is asked for."""
    return at_least < 0.0 or share >= at_least
