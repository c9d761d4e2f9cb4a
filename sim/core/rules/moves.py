"""Which stage a move leads to, and which of two competing moves comes first."""

from __future__ import annotations

from sim.core.compiled import inlined
from sim.core.stages import LEFT, PLEDGED, PUBLIC, TALKS, WILLING

STAY, MOVE_FORWARD, MOVE_OUT = 0, 1, 2


@inlined
def first_move(forward_time: float, exit_time: float) -> int:
    """Return the move whose threshold is crossed first today, STAY if neither is.

    Parameters
    ----------
    forward_time, exit_time : float
        Fractions of the day from `crossing_time`, 2.0 for a threshold that is not crossed.

    Notes
    -----
    Competing risks with constant hazards within the day [PrenticeGloeckler1978]_: the smaller
    fraction wins, and a tie goes forward.
    """
    if forward_time > 1.0 and exit_time > 1.0:
        return STAY
    return MOVE_FORWARD if forward_time <= exit_time else MOVE_OUT


@inlined
def destination(stage: int, move: int) -> int:
    """Return the stage that a move leads to; the way forward from left is back to the talks."""
    if move == MOVE_OUT:
        return LEFT
    return TALKS if stage == LEFT else stage + 1


@inlined
def is_public(stage: int) -> bool:
    """Return whether a stage counts in the public size."""
    return PUBLIC <= stage < LEFT


@inlined
def is_private(stage: int) -> bool:
    """Return whether a stage counts in the private size: the public and the willing."""
    return WILLING <= stage < LEFT


@inlined
def is_firm(stage: int) -> bool:
    """Return whether a nation in this stage has a pledge."""
    return PLEDGED <= stage < LEFT


@inlined
def takes_part(stage: int) -> bool:
    """Return whether a meeting of all covers a nation in this stage."""
    return TALKS <= stage < LEFT
