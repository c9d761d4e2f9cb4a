"""How promising and how threatening the conditions look to one nation."""

from __future__ import annotations

from sim.core.compiled import inlined
from sim.core.fused import fma


@inlined
def prospects_with(product: float, reliance: float, condition: float) -> float:
    """Return the product of prospects with one more condition in it.

    Parameters
    ----------
    product : float
        Prospects over the conditions before this one; 1 at the start.
    reliance : float
        How far the nation needs the condition, in [0, 1].
    condition : float
        The condition's value today.

    Notes
    -----
    prod over c of (1 - reliance * (1 - X)): a conjunction, to the degree that the nation relies
    on each. The feature of the hazards is the product minus 1, so that 0 is "nothing is in doubt".
    """
    return product * fma(-reliance, 1.0 - condition, 1.0)


@inlined
def pressure_with(total: float, sensitivity: float, condition: float) -> float:
    """Return the sum of pressures with one more condition in it; 0 at the start."""
    return fma(sensitivity, condition - 0.5, total)
