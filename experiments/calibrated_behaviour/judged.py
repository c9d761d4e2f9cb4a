"""Numbers of the shipped behaviour that no past coalition tells, and how far off they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, logit

from sim.core.layout import Reals


@dataclass(frozen=True)
class JudgedNumber:
    """What no past coalition tells: numbers of a behaviour, and how far off they may be.

    Attributes
    ----------
    name : str
    form : {"factor", "shift", "odds", "size"}
        What a standard normal z does to each number v: v exp(sd z), v + sd z, the odds of v times
        exp(sd z), or, whatever v is, sd |z|.
    sd : float
    on : tuple of str
        Paths of the scenario.
    why : str
    """

    name: str
    form: Literal["factor", "shift", "odds", "size"]
    sd: float
    on: tuple[str, ...]
    why: str

    def values(self, shipped: float, z: Reals) -> Reals:
        """A number for each z, given the one that ships.

        Examples
        --------
        >>> share = JudgedNumber("share", "odds", 1.0, ("behaviour.initial.willing.share",), "")
        >>> share.values(0.25, np.array([-1.0, 0.0, 1.0])).round(2).tolist()
        [0.11, 0.25, 0.48]
        """
        off = self.sd * z
        match self.form:
            case "factor":
                return shipped * np.exp(off)
            case "shift":
                return shipped + off
            case "odds":
                return np.asarray(expit(logit(shipped) + off))
            case "size":
                return np.abs(off)


def paths_of(feature: str, moves: Sequence[str]) -> tuple[str, ...]:
    """Paths of a coefficient, or of the rate, in the behaviour of a scenario."""
    return tuple(f"behaviour.{move}.{feature}" for move in moves)


BEFORE_PUBLIC = ("decline.outside", "decline.talks", "decline.willing")
AFTER_PUBLIC = ("withdraw.public", "withdraw.pledged", "withdraw.deployed")
EXITS = (*BEFORE_PUBLIC, *AFTER_PUBLIC)

JUDGED = (
    JudgedNumber(
        "prospects",
        "factor",
        0.5,
        paths_of("prospects", ("engage", "resolve", "declare", "pledge", "deploy", "return")),
        "in past coalitions conditions moved little",
    ),
    JudgedNumber(
        "prospects, of exits", "factor", 0.5, paths_of("prospects", EXITS), "few exits are dated"
    ),
    JudgedNumber(
        "pressure",
        "factor",
        0.5,
        paths_of("pressure", ("resolve", "declare", "pledge", *EXITS)),
        "no history has a threat that moved",
    ),
    JudgedNumber(
        "stake",
        "factor",
        0.5,
        paths_of(
            "stake",
            ("engage", "resolve", "declare", "pledge", "deploy", "return", *EXITS[1:-1]),
        ),
        "neutral in all histories",
    ),
    JudgedNumber(
        "support",
        "factor",
        0.5,
        paths_of("support", ("engage", "resolve", "declare", "pledge", "deploy", "return", *EXITS)),
        "neutral in all histories",
    ),
    JudgedNumber(
        "disposition",
        "factor",
        0.5,
        paths_of(
            "disposition", ("initial.talks", "engage", "resolve", "declare", "pledge", *EXITS[:-1])
        ),
        "seven coalitions do not tell it from chance",
    ),
    JudgedNumber(
        "adequacy to decide", "shift", 0.5, ("behaviour.resolve.adequacy",), "not even its sign"
    ),
    JudgedNumber(
        "adequacy to pledge", "shift", 0.5, ("behaviour.pledge.adequacy",), "not even its sign"
    ),
    JudgedNumber(
        "deal",
        "factor",
        0.5,
        paths_of("deal", ("resolve", "declare", "pledge")),
        "no history has a deal",
    ),
    JudgedNumber(
        "willing at the start",
        "odds",
        0.7,
        ("behaviour.initial.willing.share",),
        "private on the first day",
    ),
    JudgedNumber(
        "engage", "factor", 1.0, ("behaviour.engage.rate",), "entry to talks is seldom on record"
    ),
    JudgedNumber("return", "factor", 1.0, ("behaviour.return.rate",), "too few to count"),
    JudgedNumber(
        "pledge",
        "factor",
        0.5,
        ("behaviour.pledge.rate",),
        "nineteen dated pledges tell 0.002 to 0.005 a day, by what undated ones did",
    ),
    JudgedNumber(
        "capability to pledge", "factor", 0.5, ("behaviour.pledge.capability",), "as pledge"
    ),
    JudgedNumber("convened to pledge", "factor", 0.5, ("behaviour.pledge.convened",), "as pledge"),
    JudgedNumber("deploy", "factor", 0.7, ("behaviour.deploy.rate",), "no history has a deal"),
    JudgedNumber(
        "withdraw",
        "factor",
        0.7,
        paths_of("rate", AFTER_PUBLIC),
        "none within the histories: at most 0.00025 a day, with 95 % confidence",
    ),
    JudgedNumber(
        "defection",
        "factor",
        0.5,
        paths_of("defection", ("decline.talks", "decline.willing", *AFTER_PUBLIC)),
        "as withdraw",
    ),
    JudgedNumber(
        "bond in the initial law",
        "factor",
        0.5,
        ("behaviour.initial.talks.bond",),
        "fitted to how soon nations decide alone",
    ),
    JudgedNumber(
        "capability in the initial law",
        "factor",
        0.5,
        ("behaviour.initial.talks.capability",),
        "fitted to how soon nations announce alone",
    ),
    JudgedNumber(
        "climate elsewhere",
        "factor",
        0.5,
        paths_of("climate", ("engage", "pledge")),
        "fitted to the start and to deciding alone",
    ),
    JudgedNumber(
        "peers elsewhere",
        "factor",
        0.5,
        paths_of("peers", ("engage", "pledge", "withdraw.public", "withdraw.pledged")),
        "no history tells it",
    ),
    JudgedNumber(
        "joining the talks",
        "factor",
        0.5,
        ("behaviour.engage.momentum", "behaviour.engage.convened"),
        "as engage",
    ),
    JudgedNumber(
        "tempo",
        "factor",
        0.5,
        paths_of("tempo", ("resolve", "declare", "pledge")),
        "no history has a tempo",
    ),
    JudgedNumber(
        "fatigue of meetings",
        "size",
        0.12,
        ("memory.fatigue",),
        "seven coalitions together tell -0.07 ± 0.05, the longest alone 0.23 ± 0.14",
    ),
)
"""What is drawn beside what is fitted, each by itself, and why it is not known."""
