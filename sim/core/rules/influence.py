"""What others have done, as a nation feels it: peers, momentum, defection, meetings."""

from __future__ import annotations

from sim.core.compiled import inlined
from sim.core.stages import WILLING

TIE_UNITS = 2**50
"""Ties are shares of a row, counted in units of 2**-50: sums of them are exact."""

TIE_UNIT = 1.0 / TIE_UNITS
FADED = 1e-300
"""A memory below this is 0: numbers near the underflow would slow the processor."""


@inlined
def peers(public_ties: int, threshold: float) -> float:
    """Return the share of a nation's ties that are public, above its threshold.

    Parameters
    ----------
    public_ties : int
        Sum of the ties to public nations, in units of 2**-50.
    threshold : float
        Share at which the feature is neutral.

    Notes
    -----
    With a rate and a coefficient that are both large this is the threshold model of
    [Granovetter1978]_, and on a sparse network that of [Watts2002]_.
    """
    return public_ties * TIE_UNIT - threshold


@inlined
def faded(memory: float, keep: float) -> float:
    """Return a memory one day later; `keep` is exp(-1 / memory in days)."""
    later = memory * keep
    return later if later > FADED else 0.0


@inlined
def remembered(memory: float, newcomers: int, keep: float) -> float:
    """Return the sum of exp(-(t - d) / memory) over events up to yesterday.

    Parameters
    ----------
    memory : float
        The same sum as it stood yesterday.
    newcomers : int
        Number of events dated yesterday.
    keep : float
        exp(-1 / memory in days).
    """
    return faded(memory + newcomers, keep)


@inlined
def convened_after(convened: float, weight: float) -> float:
    """Return what a nation feels of meetings after it attends one of this weight today.

    Meetings add up, as announcements do in momentum: a second one on the next day counts beside
    what is left of the first.
    """
    return convened + weight


@inlined
def freshness_after(freshness: float, fatigue: float) -> float:
    """Return the factor of the next meeting's weight once another meeting has been held.

    Parameters
    ----------
    freshness : float
        Factor of the weight of the meeting that was held: 1 for the first.
    fatigue : float
        Share of its weight that a meeting loses to every one before it, in [0, 1).

    Notes
    -----
    Every meeting that is held counts, whoever attends. If a nation's own attendance counted, one
    that joined the talks earlier would feel less of a later meeting than one that joined late.
    """
    return freshness * (1.0 - fatigue)


@inlined
def convened_coefficient(coefficient: float, stage: int, listed: float) -> float:
    """Return the coefficient of meetings in a nation's move forward today.

    Parameters
    ----------
    coefficient : float
        Of the move, in the behaviour.
    stage : int
        The nation's stage.
    listed : float
        1 if a list covers the nation today, else 0.

    Notes
    -----
    A list takes the place of a meeting's pull: both name at once those who are willing, and to
    add them up would count one announcement twice. Only `declare`, the move from willing, gives
    way to a list; other moves keep what is felt of meetings.
    """
    return 0.0 if stage == WILLING and listed > 0.0 else coefficient
