"""Stages, moves and features: their names, and the order that every array follows."""

from __future__ import annotations

OUTSIDE, TALKS, WILLING, PUBLIC, PLEDGED, DEPLOYED, LEFT = range(7)

STAGES = ("outside", "talks", "willing", "public", "pledged", "deployed", "left")
N_STAGES = len(STAGES)

FORWARD_MOVES = ("engage", "resolve", "declare", "pledge", "deploy", None, "return")
"""Name of the move forward from each stage; None where there is none."""

EXIT_MOVES = ("decline", "decline", "decline", "withdraw", "withdraw", "withdraw", None)
"""Name of the exit move from each stage; None where there is none."""

FEATURES = (
    "stake",
    "support",
    "capability",
    "disposition",
    "climate",
    "prospects",
    "peers",
    "momentum",
    "defection",
    "convened",
    "listed",
    "adequacy",
    "pressure",
    "deal",
)
"""Features in the order in which the log hazard adds them up."""

N_FEATURES = len(FEATURES)
N_TRAITS = 5
"""The first five features stand for the whole of a run; the others change from day to day."""
