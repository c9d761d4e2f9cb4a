"""The moves of a run's behaviour, in Python's own numbers."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.elementary import log
from sim.core.layout import Inputs, Reals
from sim.core.rules.influence import convened_coefficient
from sim.core.stages import EXIT, FORWARD, N_STAGES, N_TRAITS, Features, Traits

CONVENED = Features._fields.index("convened")


class Move(NamedTuple):
    """A move from a stage, or one that the behaviour does not name.

    Attributes
    ----------
    rate : float, per day; 0 for a move that is not named
    log_rate : float; 0 for a move that is not named
    traits : Traits
        Coefficients of what stays the same from day to day.
    features, features_if_listed : ndarray, shape (n_features,)
        Coefficients of the features of a day, in the order of `Features`; the second for a nation
        that a list covers.
    """

    rate: float
    log_rate: float
    traits: Traits
    features: Reals
    features_if_listed: Reals


def moves_of(inputs: Inputs) -> list[tuple[Move, Move]]:
    """Return the move forward and the exit move of every stage."""
    return [
        (_move(inputs, stage, FORWARD), _move(inputs, stage, EXIT)) for stage in range(N_STAGES)
    ]


def _move(inputs: Inputs, stage: int, side: int) -> Move:
    rate, weights = float(inputs.rate[stage, side]), inputs.coefficient[stage, side]
    # Copies: for read-only arrays Numba would compile the rule once more.
    features, if_listed = weights[N_TRAITS:].copy(), weights[N_TRAITS:].copy()
    if side == FORWARD:
        if_listed[CONVENED] = convened_coefficient(features[CONVENED], stage, 1.0)
    return Move(
        rate,
        float(log(rate)) if rate > 0.0 else 0.0,
        Traits(*weights[:N_TRAITS].tolist()),
        features,
        if_listed,
    )
