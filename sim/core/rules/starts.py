"""Where a nation stands on day 0."""

from __future__ import annotations

from sim.core.compiled import compiled
from sim.core.layout import Reals


@compiled
def initial_stage(uniform: float, cumulative: Reals) -> int:
    """Return the first stage whose cumulative chance exceeds a uniform draw in (0, 1).

    Parameters
    ----------
    uniform : float
    cumulative : ndarray, shape (7,), the last exactly 1
    """
    stage = 0
    while uniform >= cumulative[stage]:
        stage += 1
    return stage
