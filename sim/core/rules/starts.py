"""Where a nation stands on day 0."""

from __future__ import annotations

from sim.core.compiled import compiled, inlined
from sim.core.elementary import logistic
from sim.core.layout import Reals
from sim.core.rules.hazard import standing_log_hazard
from sim.core.stages import OUTSIDE, TALKS, WILLING, Traits


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


@inlined
def chance_in_play(log_odds: float, weights: Traits, traits: Traits) -> float:
    """Return the chance that the initial law puts a nation in talks or further, in [0, 1].

    Parameters
    ----------
    log_odds : float
        Natural logarithm of the odds at neutral features.
    weights : Traits
        Coefficients of the law.
    traits : Traits
        As in a hazard, and added in the same order.

    Notes
    -----
    With no way into talks afterwards, nations outside are the stayers of a mover-stayer model
    [BlumenKoganMcCarthy1955]_, or those who are cured [Boag1949]_ [BerksonGage1952]_.
    """
    return logistic(standing_log_hazard(log_odds, weights, traits))


@inlined
def stage_by_law(uniform: float, chance: float, willing_share: float) -> int:
    """Return the stage that the initial law draws: one uniform decides both of its questions.

    Never earlier for a higher chance, nor for a higher share of the willing.

    Parameters
    ----------
    uniform : float, in (0, 1)
    chance : float
        What `chance_in_play` returned.
    willing_share : float
        Share of those in play that are willing, in [0, 1].
    """
    stage = TALKS if uniform < chance else OUTSIDE
    return WILLING if uniform < chance * willing_share else stage
