"""The specifications that a back-test may choose from, written down before the first score.

`BEFORE` holds what could be tried before a fit to all seven coalitions had shown how covariates
act: each with its own coefficient, spread over the initial law and the hazards in the same way.
`HINDSIGHT` adds what that fit suggested: one index of the bond, the bond on deciding alone and
capability on announcing alone. What all have in common, such as an initial law and a list in place
of a meeting, was worked out on these coalitions as well, so a choice from either flatters itself;
one from `BEFORE` does less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import numpy as np

from sim.calibration.likelihood import COLUMNS, Coefficients
from sim.calibration.parameters import ROWS, FittedParameter, Specification, place_of

PARTS = ("alliance", "troops", "aspirant")
MORE = (*PARTS, "democracy", "union", "region")
"""Covariates beside the capability: the parts of the bond, and further ones."""

SPREAD = {"initial.talks": 1.0, "resolve": 0.4, "declare": 0.2}
"""Loadings of a covariate, where nothing is known of how it acts."""

ON_HAZARDS = {"engage": 1.0, "resolve": 1.0, "declare": 0.5}
ON_LEVEL = {"initial.talks": 1.0, "resolve": 0.6}

DECLINES = ("decline.outside", "decline.talks", "decline.willing")
IN_TALKS = DECLINES[1:]


def base(engage: float = 0.0015, odds: float = 1.0) -> Coefficients:
    """Coefficients that nothing moves: hardly any way into talks after the start, or back."""
    table = np.zeros((len(ROWS), len(COLUMNS)))
    table[place_of("engage.rate")] = log(engage)
    table[place_of("return.rate")] = log(0.0007)
    table[place_of("initial.talks.odds")] = log(odds)
    return Coefficients(table, 0.25)


def of(
    name: str, mean: float, sd: float, loadings: Mapping[str, float], column: str = ""
) -> FittedParameter:
    """A parameter that moves a column (by default that of its name) of some moves."""
    return FittedParameter(
        name, mean, sd, {f"{move}.{column or name}": load for move, load in loadings.items()}
    )


CALENDAR = (
    of("convened", 1.5, 1.0, {"resolve": 0.7, "declare": 1.0}),
    of("listed", 3.0, 1.0, {"declare": 1.0}),
)
RATES = (
    of("rate of resolve", -3.5, 1.0, {"resolve": 1.0}, "rate"),
    of("rate of declare", -3.5, 1.0, {"declare": 1.0}, "rate"),
    of("rate of decline", -6.0, 1.0, dict.fromkeys(DECLINES, 1.0), "rate"),
)
START = of("odds of the start", 0.0, 1.5, {"initial.talks": 1.0}, "odds")
REFUSALS = (
    of("convened to decline", 0.0, 1.5, dict.fromkeys(IN_TALKS, 1.0), "convened"),
    of("momentum to decline", 0.0, 3.0, dict.fromkeys(IN_TALKS, 1.0), "momentum"),
)
CLIMATE = of("climate", 0.6, 0.4, ON_LEVEL)
MOMENTUM = of("momentum", 2.0, 2.0, {"engage": 0.5, "declare": 1.0})
PEERS = of("peers", 0.5, 1.0, {"engage": 1.0, "resolve": 1.0, "declare": 1.0})
DISPOSITION = of("disposition", 0.8, 0.4, {"resolve": 1.0, "declare": 0.6})
PROSPECTS = of("prospects", 1.5, 1.0, {"resolve": 1.0, "declare": 1.0})


def covariates(
    names: Sequence[str], loadings: Mapping[str, float] = SPREAD
) -> tuple[FittedParameter, ...]:
    """The capability and these, each with a coefficient of its own."""
    assumed = {"alliance": 0.5, "capability": 0.7}
    return tuple(of(each, assumed.get(each, 0.0), 0.7, loadings) for each in (*names, "capability"))


def specification(
    *parameters: FittedParameter, extra: Sequence[str] = PARTS, of_base: Coefficients | None = None
) -> Specification:
    """Rates, the calendar and refusals, and some parameters."""
    common = (*RATES, *CALENDAR, *REFUSALS)
    return Specification(of_base or base(), (*common, *parameters), tuple(extra))


BEFORE: Mapping[str, Specification] = {
    "parts of the bond": specification(START, CLIMATE, *covariates(PARTS)),
    "alliance": specification(START, CLIMATE, *covariates(["alliance"])),
    "more covariates": specification(START, CLIMATE, *covariates(MORE), extra=MORE),
    "no climate": specification(START, *covariates(PARTS)),
    "momentum": specification(START, CLIMATE, MOMENTUM, *covariates(PARTS)),
    "peers and momentum": specification(START, CLIMATE, MOMENTUM, PEERS, *covariates(PARTS)),
    "hazards alone": specification(
        of("rate of engage", -4.0, 1.0, {"engage": 1.0}, "rate"),
        of("climate", 0.6, 0.4, {"engage": 1.0, "resolve": 1.0, "declare": 1.0}),
        PEERS,
        MOMENTUM,
        DISPOSITION,
        *covariates(PARTS, ON_HAZARDS),
        of_base=base(odds=1.0 / 3.0),
    ),
}

BOND = of("bond", 1.5, 1.0, {"resolve": 1.0})
ABLE = of("capability", 1.5, 1.0, {"declare": 1.0})

HINDSIGHT: Mapping[str, Specification] = {
    "one bond": specification(
        START, CLIMATE, of("bond", 1.0, 1.0, SPREAD), of("capability", 1.0, 1.0, SPREAD)
    ),
    "bond decides, capability announces": specification(START, CLIMATE, BOND, ABLE),
    "the same, climate on deciding": specification(
        START, of("climate", 0.6, 0.4, {"resolve": 1.0}), BOND, ABLE
    ),
    "the same, two climates": specification(
        START,
        of("climate of the start", 0.8, 0.4, {"initial.talks": 1.0}, "climate"),
        of("climate of deciding", 0.5, 0.4, {"resolve": 1.0}, "climate"),
        BOND,
        ABLE,
    ),
    "the same, with prospects": specification(START, CLIMATE, BOND, ABLE, PROSPECTS),
}

MENU = {**BEFORE, **HINDSIGHT}
