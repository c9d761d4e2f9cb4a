"""Whether a quorum holds: enough nations, a large enough share, or enough weight, are public."""

from __future__ import annotations

from sim.core.compiled import inlined


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
