"""How broad a coalition is: the groups, kinds of contribution and capacity that it covers."""

from __future__ import annotations

from sim.core.compiled import inlined


@inlined
def share_covered(covered: float, whole: float) -> float:
    """Return the share of a whole that is covered; not a number of nothing.

    One division of whole numbers, so that 4 of 5 groups meet a threshold of 0.8.
    """
    return covered / whole if whole > 0 else float("nan")


@inlined
def is_covered(share: float, at_least: float) -> bool:
    """Return whether a share meets a threshold of success; below 0 where none is asked for."""
    return at_least < 0.0 or share >= at_least
