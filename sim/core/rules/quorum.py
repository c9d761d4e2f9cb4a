"""Whether a quorum holds: enough nations, a large enough share, or enough weight, are public."""

from __future__ import annotations

from sim.core.compiled import inlined

LARGEST_UNITS = 2.0**40
LARGEST_SCALE = 2.0**900


@inlined
def weight_scale(largest: float) -> float:
    """Return the power of two that takes the largest of some weights into [2**39, 2**40).

    A power of two keeps the digits of a weight, so that whole numbers are added exactly.
    """
    scale = 1.0
    while 0.0 < largest * scale < 0.5 * LARGEST_UNITS and scale < LARGEST_SCALE:
        scale *= 2.0
    while largest * scale >= LARGEST_UNITS:
        scale *= 0.5
    return scale


@inlined
def weight_units(weight: float, scale: float) -> int:
    """Return a weight in fixed point, so that sums are exact and in any order."""
    return int(weight * scale + 0.5)


@inlined
def quorum_holds(part: float, whole: float, least: float) -> bool:
    """Return whether a part of a whole reaches the least that a quorum asks for.

    Parameters
    ----------
    part, whole : float
        Nations or units of weight: those that are public, and all; a whole of 1 for a number. Of
        nothing, the share is 0.
    least : float

    Notes
    -----
    The threshold of [Granovetter1978]_, and the minimum participation clause of a treaty
    [CarraroMarchioriOreffice2009]_. By one division: 11 of 20 is then at least 0.55 to the bit.
    """
    share = part / whole if whole > 0.0 else 0.0
    return share >= least


@inlined
def is_barred(moves: int, stage: int) -> bool:
    """Return whether a mask of stages, a bit for each, bars the move forward from a stage."""
    return (moves >> stage) & 1 == 1
