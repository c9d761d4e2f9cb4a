"""What the numbers of an event do, by its kind.

A new kind has its formula here, its name and families in `sim.core.event_kinds`, and a model in
`sim.scenario.events`; both engines look here.
"""

from __future__ import annotations

from sim.core.compiled import inlined
from sim.core.event_kinds import MEETING, NEW_REQUIREMENT, OPINION, PROPOSAL, SIGNAL


@inlined
def meeting_weight(kind: int, first: float) -> float:
    """Return how much an event weighs on those who attend it.

    Parameters
    ----------
    kind : int
        One of `CONVENES`; another weighs nothing.
    first : float
        Weight of the meeting.
    """
    return first if kind == MEETING else 0.0


@inlined
def support_after(kind: int, support: float, first: float) -> float:
    """Return a nation's domestic support after an event, in [0, 1].

    Parameters
    ----------
    kind : int
        One of `SHIFTS_SUPPORT`; another leaves support as it is.
    support : float
        Before the event.
    first : float
        Shift of opinion.
    """
    if kind == OPINION:
        support = support + first
    return min(1.0, max(0.0, support))


@inlined
def requirement_after(kind: int, requirement: float, first: float) -> float:
    """Return the requirement after an event, force units.

    Parameters
    ----------
    kind : int
        One of `CHANGES_REQUIREMENT`; another leaves the requirement as it is.
    requirement : float
        Before the event.
    first : float
        The new requirement.
    """
    return first if kind == NEW_REQUIREMENT else requirement


@inlined
def target_shift(kind: int, first: float) -> float:
    """Return by how much an event shifts the target of its condition while it holds, in log-odds.

    Parameters
    ----------
    kind : int
        One of `SHIFTS_TARGET`; another shifts nothing.
    first : float
        Shift of the signal.
    """
    return first if kind == SIGNAL else 0.0


@inlined
def jump_of(kind: int, first: float, second: float, adequacy: float) -> float:
    """Return by how much an event makes its condition jump today, in log-odds.

    Parameters
    ----------
    kind : int
        One of `JUMPS`.
    first, second : float
        Jump of a shock; gain and reference of a proposal.
    adequacy : float
        C / (C + requirement) at the end of yesterday.
    """
    return first * (adequacy - second) if kind == PROPOSAL else first
