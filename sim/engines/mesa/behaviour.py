"""The moves of a run's behaviour, in Python's own numbers."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.elementary import log
from sim.core.layout import Inputs
from sim.core.rules.hazard import Terms, terms_of
from sim.core.rules.influence import convened_coefficient
from sim.core.stages import FORWARD, N_STAGES, N_TRAITS, Features, Traits


class Move(NamedTuple):
    """A move from a stage, or one that the behaviour does not name.

    Attributes
    ----------
    rate : float, per day; 0 for a move that is not named
    log_rate : float; 0 for a move that is not named
    traits, features : tuple of (place, coefficient)
        The terms of the log hazard, without those whose coefficient is 0.
    features_if_listed : tuple of (place, coefficient)
        The same for a nation that a list covers.
    """

    rate: float
    log_rate: float
    traits: Terms
    features: Terms
    features_if_listed: Terms


def moves_of(inputs: Inputs) -> list[tuple[Move, Move]]:
    """Return the move forward and the exit move of every stage."""
    return [(_move(inputs, stage, 0), _move(inputs, stage, 1)) for stage in range(N_STAGES)]


def _move(inputs: Inputs, stage: int, side: int) -> Move:
    rate, weights = float(inputs.rate[stage, side]), inputs.coefficient[stage, side].tolist()
    traits, features = Traits(*weights[:N_TRAITS]), Features(*weights[N_TRAITS:])
    if_listed = features
    if side == FORWARD:
        convened = float(convened_coefficient(features.convened, stage, 1.0))
        if_listed = features._replace(convened=convened)
    return Move(
        rate,
        float(log(rate)) if rate > 0.0 else 0.0,
        terms_of(traits),
        terms_of(features),
        terms_of(if_listed),
    )
