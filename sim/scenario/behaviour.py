"""How nations behave: for each move a rate, and what each feature does to it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from sim.core import stages
from sim.core.stages import FEATURE_MEANINGS, FEATURES, Traits
from sim.scenario.fields import LEAST_FOR_LOG, About, Between, Number
from sim.scenario.read_only import ReadOnlyDict

FORWARD_MOVES = tuple(move for move in stages.FORWARD_MOVES if move is not None)
"""Moves that lead on, as a file names them."""

EXIT_MOVES = {
    exit_move: tuple(
        stage
        for stage, move in zip(stages.STAGES, stages.EXIT_MOVES, strict=True)
        if move == exit_move
    )
    for exit_move in ("decline", "withdraw")
}
"""Moves that lead out, and the stages that each leaves."""

DEFAULT_BEHAVIOUR = "calibrated"
"""Name of the behaviour of a scenario that names none: fitted to past coalitions."""

REASONED = "reasoned"
"""Name of the behaviour whose numbers were all set by judgement."""

MOVES = (*FORWARD_MOVES, *EXIT_MOVES)
"""All moves, as a file names them."""

INITIAL = "initial"
"""The initial law, as a file names it beside the moves, and the stage of nations that it draws."""

Coefficient = Annotated[Number, Between(-1e9, 1e9)]


class Part(BaseModel):
    """A part of a scenario: frozen, its mappings too; fields unknown to the schema are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def model_post_init(self, _: Any) -> None:
        """Make its mappings read-only, as the arrays that a scenario keeps rest on them."""
        for name, value in self.__dict__.items():
            if type(value) is dict:
                self.__dict__[name] = ReadOnlyDict(value)


class Rate(Part):
    """The rate of a move."""

    rate: Annotated[
        Number, Between(0, 1e100), About("Rate of the move when every feature is 0", "per day")
    ]


COEFFICIENTS: dict[str, Any] = {
    name: (Annotated[Coefficient, About(f"Coefficient of {FEATURE_MEANINGS[name]}")], 0.0)
    for name in FEATURES
}


class Move(create_model("Coefficients", __base__=Rate, **COEFFICIENTS)):  # type: ignore[misc]
    """The rate of a move, and the coefficients of the features.

    The log hazard of the move is ``ln(rate)`` plus the sum of coefficient times feature.

    Examples
    --------
    >>> Move(rate=0.02, peers=1.0).prospects
    0.0
    """


class Decline(Part):
    """The move out before a nation is public, by the stage that it leaves."""

    outside: Move | None = None
    talks: Move | None = None
    willing: Move | None = None


class Withdraw(Part):
    """The move out after a nation is public, by the stage that it leaves."""

    public: Move | None = None
    pledged: Move | None = None
    deployed: Move | None = None


class Odds(Part):
    """The odds of being in play."""

    odds: Annotated[
        Number,
        Between(LEAST_FOR_LOG, 1e100),
        About("Odds of starting in talks or further when every fixed feature is 0"),
    ]


class InPlay(
    create_model(  # type: ignore[misc]
        "FixedCoefficients",
        __base__=Odds,
        **{name: COEFFICIENTS[name] for name in Traits._fields},
    )
):
    """The odds of starting in talks or further, and the coefficients of the fixed features.

    The log-odds are ``ln(odds)`` plus the sum of coefficient times feature.
    """


class Decided(Part):
    """How many of those in play have decided to take part."""

    share: Annotated[
        Number, Between(0, 1), About("Share of those in play on day 0 that are willing")
    ] = 0.0


class Initial(Part):
    """The initial law: whether a nation is in play on day 0, and whether it is willing already."""

    talks: InPlay
    willing: Decided = Decided()


class Behaviour(Part):
    """All moves, one that is None does not happen; and the law of the initial stages, if any.

    Examples
    --------
    >>> Behaviour(declare=Move(rate=0.02)).engage is None
    True
    """

    engage: Move | None = None
    resolve: Move | None = None
    declare: Move | None = None
    pledge: Move | None = None
    deploy: Move | None = None
    return_: Move | None = Field(default=None, alias="return")
    decline: Decline = Decline()
    withdraw: Withdraw = Withdraw()
    initial: Initial | None = None
