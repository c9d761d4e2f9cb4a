"""Kinds of event, in the order in which those of one day take effect, and what they act on.

Not in `sim.core.rules.events`, which imports Numba: a scenario is looked at without it.
"""

from __future__ import annotations

EVENT_KINDS = (
    "move",
    "deal",
    "meeting",
    "list",
    "opinion",
    "requirement",
    "signal",
    "shock",
    "proposal",
)
"""Kinds of event under their names in a file; the place is the number of the kind."""

MOVE, DEAL, MEETING, LIST, OPINION, NEW_REQUIREMENT, SIGNAL, SHOCK, PROPOSAL = range(
    len(EVENT_KINDS)
)

CONVENES = (MEETING,)
SHIFTS_SUPPORT = (OPINION,)
CHANGES_REQUIREMENT = (NEW_REQUIREMENT,)
SHIFTS_TARGET = (SIGNAL,)
JUMPS = (SHOCK, PROPOSAL)
"""Kinds by what they act on: the nations' memory of meetings, their support, the requirement, a
condition's target while they hold, a condition on their day."""


def in_family(kind: str, family: tuple[int, ...]) -> bool:
    """Whether a kind, by its name in a file, is one of a family such as `JUMPS`.

    Examples
    --------
    >>> in_family("proposal", JUMPS), in_family("proposal", CONVENES)
    (True, False)
    """
    return kind in EVENT_KINDS and EVENT_KINDS.index(kind) in family
