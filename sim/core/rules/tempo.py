"""The tempo that all nations feel: how urgent the matter is said to be."""

from __future__ import annotations

from sim.core.compiled import inlined
from sim.core.elementary import log


@inlined
def log_tempo(tempo: float, shift: float) -> float:
    """Return the tempo as a feature of the hazards, 0 where it is neutral.

    Parameters
    ----------
    tempo : float
        Of the scenario, above 0; 1 is neutral.
    shift : float
        Sum of the signals of tempo in force.

    Notes
    -----
    With a coefficient b a rate is multiplied by tempo ** b.
    """
    return log(tempo) + shift
