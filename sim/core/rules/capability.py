"""How far the size of a nation counts: where forces are asked, not where only names are."""

from __future__ import annotations

from sim.core.compiled import inlined


@inlined
def capability_asked(capability: float, demand: float) -> float:
    """Return a nation's capability as a feature of its hazards.

    Parameters
    ----------
    capability : float
        Military weight, in [0, 1].
    demand : float
        How far forces are asked, in [0, 1]: 1 where they are, 0 where only names are.
    """
    return (capability - 0.5) * demand
