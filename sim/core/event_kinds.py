"""Kinds of event, in the order in which those of one day take effect, and what their numbers do.

All that the model knows of a kind that does what other kinds do, by the same formula or its own.
The formulas are plain functions here, since a scenario is looked at without Numba;
`sim.core.rules.events` compiles them for both engines.
"""

from __future__ import annotations

EVENT_KINDS = (
    "move",
    "deal",
    "meeting",
    "trigger",
    "list",
    "opinion",
    "requirement",
    "signal",
    "shock",
    "proposal",
)
"""Kinds of event under their names in a file; the place is the number of the kind."""

(
    MOVE,
    DEAL,
    MEETING,
    TRIGGER,
    LIST,
    OPINION,
    NEW_REQUIREMENT,
    SIGNAL,
    SHOCK,
    PROPOSAL,
) = range(len(EVENT_KINDS))

CONVENES = (MEETING, TRIGGER)
REOPENS_PLEDGES = (MEETING,)
SHIFTS_SUPPORT = (OPINION,)
CHANGES_REQUIREMENT = (NEW_REQUIREMENT,)
SHIFTS_TARGET = (SIGNAL,)
JUMPS = (SHOCK, PROPOSAL)
"""Kinds by what they act on: the nations' memory of meetings, the pledges of those who attend (only
with the former), their support, the requirement, a condition's target while they hold, a condition
on their day."""


def in_family(kind: str, family: tuple[int, ...]) -> bool:
    """Whether a kind, by its name in a file, is one of a family such as `JUMPS`.

    Examples
    --------
    >>> in_family("proposal", JUMPS), in_family("proposal", CONVENES)
    (True, False)
    """
    return kind in EVENT_KINDS and EVENT_KINDS.index(kind) in family


def meeting_weight(kind: int, first: float) -> float:
    """Return how much an event weighs on those who attend it.

    Parameters
    ----------
    kind : int
        One of `CONVENES`; another weighs nothing.
    first : float
        Weight of the meeting or trigger.
    """
    return first if kind in CONVENES else 0.0


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
