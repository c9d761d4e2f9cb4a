"""The log hazard of a move, and what a nation's threshold makes of it."""

from __future__ import annotations

import math

from sim.core.compiled import compiled, inlined, sum_of_products
from sim.core.elementary import exp_within
from sim.core.fused import fma
from sim.core.layout import Reals
from sim.core.stages import RARE_FEATURES, Features, Traits

LOWEST_LOG_HAZARD = -700.0
HIGHEST_LOG_HAZARD = 300.0

CLOSED = -math.inf
"""Log hazard of a move that is not open: the lowest hazard, e^-700 a day, takes no bit from any
threshold, the least of which are far above 1e-100."""

NOT_TODAY = 2.0
"""Crossing time of a threshold that is not crossed today: above any fraction of a day."""

# Sums of coefficient times feature, in the order of the fields of `Traits` and `Features`. Peers
# come before the other features of a day: they change only when a nation moves.
add_traits = sum_of_products()
add_features = sum_of_products(left_out=("peers",))
add_ordinary_features = sum_of_products(left_out=("peers", *RARE_FEATURES))

PEERS = Features._fields.index("peers")


@inlined
def standing_log_hazard(log_rate: float, weights: Traits, traits: Traits) -> float:
    """Return the part of the log hazard that a day does not change.

    Parameters
    ----------
    log_rate : float
        Natural logarithm of the rate, per day.
    weights : Traits
        Coefficients of the move.
    traits : Traits
        Stake, support and bond minus 1/2; capability minus 1/2, times demand; disposition and
        climate as drawn.

    Notes
    -----
    A proportional hazard in discrete time [PrenticeGloeckler1978]_. The order of the sum is part
    of the definition: another order gives other last digits.
    """
    return add_traits(log_rate, weights, traits)


@inlined
def with_peers(standing: float, coefficient: float, peers: float) -> float:
    """Return what `standing_log_hazard` returned, with the example of others added."""
    return fma(coefficient, peers, standing)


@inlined
def within_limits(total: float) -> float:
    """Return a log hazard, within the limits of the model: [-700, 300]."""
    return min(HIGHEST_LOG_HAZARD, max(LOWEST_LOG_HAZARD, total))


@inlined
def log_hazard(base: float, weights: Features, features: Features, rare: bool = True) -> float:
    """Return the log hazard of a move today, per day, within [-700, 300].

    Parameters
    ----------
    base : float
        What `with_peers` returned.
    weights, features : Features
        Coefficients of the move, and the features of the nation today; those of peers are not read.
    rare : bool
        False where `RARE_FEATURES` are known to be 0, which saves their terms and changes no bit
        of the hazard.
    """
    if rare:
        total = add_features(base, weights, features)
    else:
        total = add_ordinary_features(base, weights, features)
    return within_limits(total)


@inlined
def hazard(base: float, weights: Features, features: Features, rare: bool = True) -> float:
    """Return the hazard of a move today, per day."""
    return exp_within(log_hazard(base, weights, features, rare))


@inlined
def hazard_of_base(base: float) -> float:
    """Return the hazard of a move, per day, where nothing else acts than what the base holds."""
    return exp_within(within_limits(base))


@compiled
def hazard_of_open_move(standing: float, weights: Reals, features: Reals) -> float:
    """Return the hazard of a move that is open, per day: the same bits as `hazard`.

    For Python, which hands over two arrays much sooner than two named tuples.

    Parameters
    ----------
    standing : float
        What `standing_log_hazard` returned.
    weights, features : ndarray, shape (n_features,)
        Coefficients of the move, and the features of the nation today, as in `Features`.
    """
    total = with_peers(standing, weights[PEERS], features[PEERS])
    for place in range(weights.size):
        if place != PEERS:
            total = fma(weights[place], features[place], total)
    return exp_within(within_limits(total))


@inlined
def remaining_after(hazard_today: float, remaining: float) -> float:
    """Return what is left of a threshold after today, or minus what was left if it is crossed.

    Parameters
    ----------
    hazard_today : float
        Hazard of the move today, per day.
    remaining : float
        Threshold, drawn from Exponential(1) on entering the stage, minus the hazards since: > 0.

    Notes
    -----
    The time-rescaling theorem [Brown2002]_: accumulated hazards at the moves of a point process
    are unit exponential, so P(move today | none before) = 1 - exp(-hazard), the complementary
    log-log model.
    """
    return -remaining if hazard_today >= remaining else remaining - hazard_today


@inlined
def crossing_time(hazard_today: float, left: float) -> float:
    """Return the fraction of the day at which a threshold is crossed, NOT_TODAY where not.

    Parameters
    ----------
    hazard_today : float
        Hazard of the move today, per day.
    left : float
        What `remaining_after` returned.
    """
    return NOT_TODAY if left > 0.0 else -left / hazard_today
