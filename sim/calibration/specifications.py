"""What is fitted to past coalitions, and why: the table that the shipped fit rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.calibration.likelihood import Coefficients
from sim.calibration.parameters import FittedParameter, Specification, place_of


def tied(name: str, mean: float, sd: float, on: Sequence[str], why: str) -> FittedParameter:
    """A parameter that is the value of all these coefficients."""
    return FittedParameter(name, mean, sd, dict.fromkeys(on, 1.0), why)


# Reasons are as short as a column of a table in a terminal is wide.
HISTORIES = (
    tied("resolve", -3.8, 2.0, ["resolve.rate"], "six weeks from talks to a yes"),
    tied("declare", -3.7, 2.0, ["declare.rate"], "six weeks from a yes to a public word"),
    tied(
        "decline",
        -7.5,
        1.5,
        ["decline.outside.rate", "decline.talks.rate", "decline.willing.rate"],
        "once in five years; few are on record",
    ),
    tied("in play", 0.0, 1.5, ["initial.talks.odds"], "even odds of starting in talks, wide"),
    tied("bond", 1.5, 2.0, ["resolve.bond"], "allies and aspirants decide sooner"),
    tied("capability", 1.5, 2.0, ["declare.capability"], "those who have the means are asked"),
    tied(
        "climate of the start",
        0.8,
        0.4,
        ["initial.talks.climate"],
        "coalitions differ in who is in play",
    ),
    tied("climate of deciding", 0.5, 0.4, ["resolve.climate"], "some coalitions decide faster"),
    tied("convened to decide", 0.7, 2.0, ["resolve.convened"], "a meeting asks for an answer"),
    tied(
        "convened to declare", 1.0, 2.0, ["declare.convened"], "public words are given at meetings"
    ),
    tied(
        "convened to decline",
        0.0,
        2.0,
        ["decline.talks.convened", "decline.willing.convened"],
        "a meeting may provoke the no as well",
    ),
    tied("listed", 3.0, 2.0, ["declare.listed"], "organisers name those who agreed"),
    tied(
        "momentum to decline",
        0.0,
        3.0,
        ["decline.talks.momentum", "decline.willing.momentum"],
        "no sign is assumed",
    ),
)
"""What seven coalitions tell."""

FROM_JOINERS = (
    tied("peers", 1.3, 2.2, ["resolve.peers", "declare.peers"], "treaties, a bank, a declaration"),
    tied("momentum to declare", 6.0, 6.0, ["declare.momentum"], "the same"),
)
"""What they hardly tell, with priors from other things that nations have joined: environmental
treaties, the founders of a bank, a declaration (experiments/joiners). Momentum is lowered from 10
by judgement: there it holds shocks that all nations share, and a longer memory."""


def histories(base: Coefficients) -> Specification:
    """What is fitted to the seven histories, beside the coefficients of a base.

    Of moves that the base does not name nothing is fitted: they do not happen.
    """
    return _on(base, HISTORIES)


def with_joiners(base: Coefficients) -> Specification:
    """The same, and what is known from joiners of other things: what `sim.calibrate` fits."""
    return _on(base, (*HISTORIES, *FROM_JOINERS))


def _on(base: Coefficients, parameters: Sequence[FittedParameter]) -> Specification:
    named = np.isfinite(base.table[:, 0])
    of_named = (
        replace(each, on={path: x for path, x in each.on.items() if named[place_of(path)[0]]})
        for each in parameters
    )
    return Specification(base, tuple(each for each in of_named if each.on))
