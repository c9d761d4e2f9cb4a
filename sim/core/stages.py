"""Stages, moves and features: their names, and the order that every array follows.

Scenarios need what is here before any array: nothing heavy is imported.
"""

from __future__ import annotations

from typing import NamedTuple

OUTSIDE, TALKS, WILLING, PUBLIC, PLEDGED, DEPLOYED, LEFT = range(7)

STAGES = ("outside", "talks", "willing", "public", "pledged", "deployed", "left")
N_STAGES = len(STAGES)

FORWARD_MOVES = ("engage", "resolve", "declare", "pledge", "deploy", None, "return")
"""Name of the move forward from each stage; None where there is none."""

EXIT_MOVES = ("decline", "decline", "decline", "withdraw", "withdraw", "withdraw", None)
"""Name of the exit move from each stage; None where there is none."""

FORWARD, EXIT = 0, 1
"""Sides of a stage, which has a move on each: the place of their numbers in every array."""


PUBLIC_COUNT, PUBLIC_SHARE, PUBLIC_WEIGHT = range(3)
"""What a quorum asks of the nations that are public: their number, their share, their weight."""

NO_DAY = 2**31 - 1
"""Stands for a day that never comes."""


class Traits(NamedTuple):
    """Features that no day changes, or their coefficients; a line added here is a new one."""

    stake: float
    support: float
    bond: float
    capability: float
    disposition: float
    climate: float


class Features(NamedTuple):
    """Features of one day, or their coefficients; a line added here is a new one."""

    prospects: float
    peers: float
    momentum: float
    defection: float
    convened: float
    listed: float
    adequacy: float
    pressure: float
    deal: float
    tempo: float


RARE_FEATURES = ("listed", "pressure", "deal", "tempo")
"""Features that are 0 for every nation on most days of most scenarios."""

FADING_FEATURES = ("momentum", "defection", "convened")
"""Features that each day makes smaller, whether anything happens or not."""

FEATURES = (*Traits._fields, *Features._fields)
"""All features, in the order in which the log hazard adds them up."""

FEATURE_MEANINGS = {
    "stake": "what success is worth to the nation",
    "support": "its domestic support",
    "bond": "its tie to the leaders",
    "capability": "its military weight, where forces are asked",
    "disposition": "the nation's own disposition",
    "climate": "the climate of the run",
    "prospects": "the conditions that it relies on",
    "peers": "the example of others",
    "momentum": "recent announcements",
    "defection": "recent exits",
    "convened": "recent meetings",
    "listed": "being on a published list",
    "adequacy": "how far the pledges meet the requirement",
    "pressure": "the conditions that it is sensitive to",
    "deal": "a peace deal",
    "tempo": "the tempo",
}
"""What each feature measures, in the words of the help on its coefficients."""

N_TRAITS, N_DAILY, N_FEATURES = len(Traits._fields), len(Features._fields), len(FEATURES)
