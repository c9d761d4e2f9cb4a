"""What others have done, as a nation feels it: peers, momentum, defection, meetings."""

from __future__ import annotations

from sim.core.compiled import inlined

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
    """Return what a nation feels of meetings after it attends one of this weight today."""
    return weight if weight > convened else convened
