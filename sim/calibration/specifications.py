"""What is fitted to the seven histories, and why: the table that the shipped fit rests on."""

from __future__ import annotations

from collections.abc import Sequence

from sim.calibration.likelihood import Coefficients
from sim.calibration.parameters import FittedParameter, Specification


def tied(name: str, mean: float, sd: float, on: Sequence[str], why: str) -> FittedParameter:
    """A parameter that is the value of all these coefficients."""
    return FittedParameter(name, mean, sd, dict.fromkeys(on, 1.0), why)


HISTORIES = (
    tied("resolve", -3.8, 1.0, ["resolve.rate"], "six weeks at best, by a factor of e either way"),
    tied("declare", -3.7, 1.0, ["declare.rate"], "about as long, likewise"),
    tied(
        "decline",
        -7.5,
        1.5,
        ["decline.outside.rate", "decline.talks.rate", "decline.willing.rate"],
        "once in five years; few refusals are on record, so it is wide",
    ),
    tied("in play", 0.0, 1.5, ["initial.talks.odds"], "even odds of starting in play, wide"),
    tied("bond", 1.5, 1.0, ["resolve.bond"], "allies, new members and aspirants decide sooner"),
    tied(
        "capability",
        1.5,
        1.0,
        ["declare.capability"],
        "those who have what is asked for are asked first",
    ),
    tied("climate of the start", 0.8, 0.4, ["initial.talks.climate"], "coalitions differ in level"),
    tied("climate of deciding", 0.5, 0.4, ["resolve.climate"], "likewise"),
    tied("convened to decide", 0.7, 1.0, ["resolve.convened"], "a meeting asks for an answer"),
    tied("convened to declare", 1.0, 1.0, ["declare.convened"], "announcements are made there"),
    tied(
        "convened to decline",
        0.0,
        1.0,
        ["decline.talks.convened", "decline.willing.convened"],
        "a meeting may provoke the no as much as the yes",
    ),
    tied("listed", 3.0, 1.0, ["declare.listed"], "organisers name most of those who agreed"),
    tied(
        "momentum to decline",
        0.0,
        3.0,
        ["decline.talks.momentum", "decline.willing.momentum"],
        "no sign is assumed",
    ),
)
"""What seven coalitions tell."""


def histories(base: Coefficients) -> Specification:
    """What is fitted to the seven histories, beside the coefficients of a base."""
    return Specification(base, HISTORIES)
