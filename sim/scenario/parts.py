"""The parts of a scenario in memory: nations, ties, conditions, contributions and goals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from sim.core.stages import STAGES
from sim.scenario.behaviour import FORWARD_MOVES, INITIAL, Part
from sim.scenario.distribution import Distribution
from sim.scenario.events import (
    LONGEST_RUN,
    NAME,
    TEMPO,
    DisplayName,
    LogOdds,
    NationId,
    Units,
)
from sim.scenario.fields import About, Between, Number, OneOf, TextField, Whole

MOST_NATIONS = 100_000
MOST_CONDITIONS = 32
MOST_KINDS = 16

DESCRIPTIVE_FIELDS = ("title", "description", "sources")
"""Fields that say what a scenario is about and do not change its results."""

QUORUM_WEIGHTS = ("stake", "support", "bond", "capability")
"""Numbers of nations that a quorum may count, beside ``capacity.<kind>``."""

COALITION = ("force", "public_share")
"""What a condition may respond to beside other conditions."""

FORMER_COALITION = {"breadth": "public_share"}
"""Names that these had up to version 0.1, with those of today."""

BREADTH = ("groups_covered", "kinds_covered", "capacity_public")
"""Shares by day that say how broad the coalition is."""

NO_GROUPS = "the scenario has no groups (ties.groups)"
NO_KINDS = "the scenario has no contributions"
NO_CAPACITY = "no nation has any capacity"
"""Why they are undefined."""

SUCCESS_FIELDS = ("public_size", "requirement_share", *BREADTH, "members", "hold")
"""Keys of ``success`` that are no conditions."""

KEYED_BY = {
    "reliance": "conditions",
    "sensitivity": "conditions",
    "capacity": "contributions",
    "pledge": "contributions",
}
"""Fields of a nation that hold a number for each condition or each kind of contribution."""

FORCE_UNITS = "force units"
"""What force is counted in where a scenario does not say."""

NATION_NAME = TextField(
    "text of 1 to 200 characters, not only blanks", 200, r"[\s\S]*\S[\s\S]*", shortest=1
)
CONDITION_NAME = TextField(
    NAME.form, NAME.longest, NAME.pattern, (*COALITION, *SUCCESS_FIELDS, TEMPO)
)
"""A name that is no other key of a mapping in which names of conditions stand."""

Share = Annotated[Number, Between(0, 1)]
Inclination = Annotated[Number, Between(-10, 10)]
Odds = Annotated[Number, Between(0, 1, open_low=True, open_high=True)]
TieWeight = Annotated[float, Between(0, 1e6, fixed=True)]
MemoryDays = Annotated[Number, Between(0, 1e6, open_low=True)]
Probability = Annotated[float, Between(0, 1, fixed=True)]
FixedShare = Annotated[float, Between(0, 1, fixed=True)]
FreeText = Annotated[str, TextField("text of at most 100000 characters")]
Stage = Annotated[str, OneOf("stage", (*STAGES, INITIAL))]
ForwardMove = Annotated[str, OneOf("move forward", FORWARD_MOVES)]
UNIQUE = Field(json_schema_extra={"uniqueItems": True})


class Quorum(Part):
    """What must hold among others before a nation makes a move: all that is given of it.

    ``public`` is a number of public nations, ``share`` their share, and ``at_least`` their share of
    a ``weight``, such as ``capacity.ground``, of which the total is taken over all nations.
    """

    public: Annotated[
        Annotated[Number, Between(0, MOST_NATIONS)] | None,
        About("Number of public nations that is waited for", "nations"),
    ] = None
    share: Annotated[Share | None, About("Share of nations that is waited for to be public")] = None
    weight: Annotated[str, TextField("the name of a number of nations", 80, shortest=1)] | None = (
        None
    )
    at_least: Annotated[
        Share | None, About("Share of the weight that is waited for to be public")
    ] = None
    moves: Annotated[tuple[ForwardMove, ...], UNIQUE] = ("declare",)


class CoalitionQuorum(Quorum):
    """What the coalition waits for, counted over all nations; it bars no move unless it names one.

    It takes force ``lag`` days after the first day at whose end it holds.
    """

    moves: Annotated[tuple[ForwardMove, ...], UNIQUE] = ()
    lag: Annotated[
        int,
        Whole(0, LONGEST_RUN),
        About("Days from the first day on which the quorum holds until it takes force", "days"),
    ] = 0


class Nation(Part):
    """A nation as it enters the run.

    It has a reliance and a sensitivity for every condition, and a capacity for every kind of
    contribution; a stage that is not named has probability 0. The stage ``initial`` stands alone,
    and for whatever the initial law of the behaviour draws.
    """

    id: NationId
    name: Annotated[str, NATION_NAME]
    stage: Annotated[dict[Stage, Probability], About("Probability of each stage on day 0")] = Field(
        default_factory=lambda: {"outside": 1.0}
    )
    stake: Annotated[Share, About("What success is worth to the nation")] = 0.5
    support: Annotated[Share, About("Domestic support for joining")] = 0.5
    bond: Annotated[
        Share, About("Tie of the nation to the leaders: alliance, troops hosted, aspirant")
    ] = 0.5
    capability: Annotated[Share, About("Military weight of the nation")] = 0.5
    threshold: Annotated[
        Number, Between(-100, 100), About("Share of public peers that the nation waits for")
    ] = 0.0
    disposition: Annotated[
        Inclination | None,
        About("What the nation privately wants; drawn unless given", "standard deviations"),
    ] = None
    reliance: Annotated[dict[str, Share], About("How much the nation relies on the condition")] = (
        Field(default_factory=dict)
    )
    sensitivity: Annotated[
        dict[str, Annotated[Number, Between(-100, 100)]],
        About("How strongly the condition puts pressure on the nation"),
    ] = Field(default_factory=dict)
    capacity: Annotated[
        dict[str, Annotated[Number, Between(0, 1e6)]],
        About("Most that the nation can give; 0 rules the kind out", "units"),
    ] = Field(default_factory=dict)
    pledge: Annotated[
        dict[str, Units] | None,
        About(
            "Pledge of a nation that starts pledged or deployed; its own choice unless given",
            "units",
        ),
    ] = None
    quorum: tuple[Quorum, ...] = ()

    @property
    def is_by_law(self) -> bool:
        """Whether the initial law of the behaviour draws its stage on day 0."""
        return INITIAL in self.stage

    def __repr__(self) -> str:
        traits = ", ".join(
            f"{trait} {value.as_dict() if isinstance(value, Distribution) else f'{value:g}'}"
            for trait in ("stake", "support", "bond", "capability")
            for value in (getattr(self, trait),)
        )
        name = "" if self.name == self.id else f" ({self.name})"
        stage = "stage by the initial law" if self.is_by_law else " or ".join(self.stage)
        return f"<Nation {self.id}{name}: {stage}, {traits}>"

    def __str__(self) -> str:
        return repr(self)


class Group(Part):
    """Nations that weigh each other's example more: the tie is multiplied by ``weight``."""

    members: tuple[NationId, ...]
    weight: Annotated[TieWeight, About("Factor for ties within the group")] = 1.0


class Ties(Part):
    """Who watches whom.

    A dyad (nation, peer, weight) adds its weight to the tie of the nation to the peer and, unless
    ``directed``, to that of the peer to the nation.
    """

    base: Annotated[
        TieWeight, About("Weight of a tie before dyads are added and factors multiplied")
    ] = 1.0
    leaders: Annotated[TieWeight, About("Factor for ties to a leader")] = 1.0
    groups: dict[
        Annotated[str, TextField("a name of 1 to 64 characters", 64, shortest=1)], Group
    ] = Field(default_factory=dict)
    dyads: Annotated[
        tuple[tuple[NationId, NationId, TieWeight], ...],
        About("Weight added to the base for a pair"),
    ] = ()
    directed: StrictBool = False


class Condition(Part):
    """A number in (0, 1) that moves on the log-odds scale.

    Its target responds to ``force``, to ``public_share`` and to every other condition. ``name`` is
    what people call it, in figures and tables; it changes no result.
    """

    name: DisplayName = ""
    level: Annotated[Odds, About("Level towards which the condition tends")]
    start: Annotated[
        Odds | None, About("Value of the condition on day 0; its level unless given")
    ] = None
    speed: Annotated[
        Number,
        Between(0, 1, open_low=True),
        About("How fast the condition moves towards its target", "share of the way per day"),
    ] = 1.0
    volatility: Annotated[
        Number, Between(0, 100), About("Standard deviation of the daily noise", "log-odds per day")
    ] = 0.0
    responds: Annotated[
        dict[str, LogOdds], About("How strongly the target of the condition responds", "log-odds")
    ] = Field(default_factory=dict)


class Contribution(Part):
    """A kind of contribution: force per unit, cost per unit of force and what moves that cost.

    ``name`` and ``unit`` are what people call it and count it in, as in "thousand troops"; they
    change no result.
    """

    name: DisplayName = ""
    unit: DisplayName = ""
    weight: Annotated[
        Number, Between(0, 1e3, open_low=True), About("Force of one unit", "force units per unit")
    ] = 1.0
    cost: Annotated[
        Number,
        Between(0, 1e6, open_low=True),
        About("Cost of a unit of force of this kind", "cost units per force unit"),
    ] = 1.0
    aversion: Annotated[
        Number, Between(0, 100), About("How much low domestic support raises the cost")
    ] = 0.0
    spread: Annotated[
        Number,
        Between(0, 10),
        About("Standard deviation between nations of the logarithm of the cost"),
    ] = 0.0


class Commitment(Part):
    """The game of pledges: what is required, what success is worth and how costs rise."""

    requirement: Annotated[
        Number,
        Between(0, 1e9, open_low=True),
        About("Force at which the odds of success are even", "force units"),
    ] = 30.0
    value: Annotated[
        Number,
        Between(0, 1e12),
        About("Value of success to the largest nation at full stake", "cost units"),
    ] = 100.0
    scale: Annotated[
        Number,
        Between(0, 10),
        About("How strongly the value of success depends on the size of a nation"),
    ] = 1.0
    convexity: Annotated[
        Number,
        Between(0.001, 1e6),
        About("How fast the cost rises towards the capacity"),
    ] = 1.0
    token: Annotated[
        Share, About("Minimum pledge, of the cheapest kind, as a share of its capacity")
    ] = 0.02
    demand: Annotated[
        Share,
        About("How far forces are asked, so that capability counts; 0 where only names are"),
    ] = 1.0


class Memory(Part):
    """How long announcements, exits and meetings have an effect, and how far meetings tire."""

    momentum: Annotated[
        MemoryDays, About("Days until the effect of an announcement fades to 1/e", "days")
    ] = 14.0
    defection: Annotated[
        MemoryDays, About("Days until the effect of an exit fades to 1/e", "days")
    ] = 14.0
    convened: Annotated[
        MemoryDays, About("Days until the effect of a meeting fades to 1/e", "days")
    ] = 5.0
    fatigue: Annotated[
        Number,
        Between(0, 1, open_high=True),
        About("Share of its weight that a meeting or trigger loses to each one before it"),
    ] = 0.0


class Success(Part):
    """Thresholds that must hold together for ``hold`` days; None and absence set none."""

    public_size: Annotated[
        Annotated[int, Whole(0, MOST_NATIONS)] | None,
        About("Minimum number of public nations", "nations"),
    ] = None
    requirement_share: Annotated[
        Annotated[float, Between(0, 1e6, fixed=True)] | None,
        About("Minimum public force, as a share of the requirement"),
    ] = None
    groups_covered: Annotated[
        FixedShare | None, About("Minimum share of the groups that have a public member")
    ] = None
    kinds_covered: Annotated[
        FixedShare | None, About("Minimum share of the kinds of contribution that are pledged")
    ] = None
    capacity_public: Annotated[
        FixedShare | None, About("Minimum share of all capacity that public nations have")
    ] = None
    members: Annotated[tuple[NationId, ...], About("Nations that must all be public")] = ()
    conditions: Annotated[dict[str, FixedShare], About("Minimum value of the condition")] = Field(
        default_factory=dict
    )
    at_most: Annotated[dict[str, FixedShare], About("Maximum value of the condition")] = Field(
        default_factory=dict
    )
    hold: Annotated[
        int,
        Whole(1, LONGEST_RUN),
        About("Number of consecutive days on which all thresholds must hold", "days"),
    ] = 14
