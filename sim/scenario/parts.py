"""The parts of a scenario in memory: nations, ties, conditions, contributions and goals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from sim.core.stages import STAGES
from sim.scenario.behaviour import Part
from sim.scenario.events import (
    LONGEST_RUN,
    NAME,
    DisplayName,
    LogOdds,
    NationId,
    Units,
)
from sim.scenario.fields import About, Between, Number, OneOf, Text, Whole

MOST_NATIONS = 100_000
MOST_CONDITIONS = 32
MOST_KINDS = 16

COALITION = ("force", "breadth")
"""What a condition may respond to beside other conditions."""

SUCCESS_WORDS = ("public_size", "requirement_share", "hold")
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

NATION_NAME = Text(
    "text of 1 to 200 characters, not only blanks", 200, r"[\s\S]*\S[\s\S]*", shortest=1
)
CONDITION_NAME = Text(NAME.form, NAME.longest, NAME.pattern, (*COALITION, *SUCCESS_WORDS))
"""A name that is no other key of a mapping in which names of conditions stand."""

Share = Annotated[Number, Between(0, 1)]
Odds = Annotated[Number, Between(0, 1, open_low=True, open_high=True)]
TieWeight = Annotated[float, Between(0, 1e6, drawn=False)]
MemoryDays = Annotated[Number, Between(0, 1e6, open_low=True)]
Probability = Annotated[float, Between(0, 1, drawn=False)]
FreeText = Annotated[str, Text("text of at most 100000 characters")]
Stage = Annotated[str, OneOf("stage", STAGES)]


class Nation(Part):
    """A nation as it enters the run.

    Attributes
    ----------
    id, name : str
    stage : dict of str to float
        Probability of each stage on day 0; a stage that is not named has 0.
    stake, support, capability : Number, share in [0, 1]
    threshold : Number
        Subtracted from the tied share of public nations in the feature ``peers``.
    reliance : dict of condition to Number, share in [0, 1]
    sensitivity : dict of condition to Number
    capacity : dict of kind to Number, units
    pledge : dict of kind to float, units, or None
        Pledge on day 0 if the nation starts pledged or deployed; None lets it choose.
    """

    id: NationId
    name: Annotated[str, NATION_NAME]
    stage: Annotated[dict[Stage, Probability], About("Probability of each stage on day 0")] = Field(
        default_factory=lambda: {"outside": 1.0}
    )
    stake: Annotated[Share, About("What success is worth to the nation")] = 0.5
    support: Annotated[Share, About("Domestic support for joining")] = 0.5
    capability: Annotated[Share, About("Military weight of the nation")] = 0.5
    threshold: Annotated[
        Number, Between(-100, 100), About("How much example of others it waits for")
    ] = 0.0
    reliance: Annotated[dict[str, Share], About("How far it needs the condition")] = Field(
        default_factory=dict
    )
    sensitivity: Annotated[
        dict[str, Annotated[Number, Between(-100, 100)]], About("How the condition presses on it")
    ] = Field(default_factory=dict)
    capacity: Annotated[
        dict[str, Annotated[Number, Between(0, 1e6)]],
        About("The most that it can give; 0 rules the kind out", "units"),
    ] = Field(default_factory=dict)
    pledge: Annotated[
        dict[str, Units] | None,
        About("Pledge of a nation that starts pledged or deployed", "units"),
    ] = None


class Group(Part):
    """Nations that weigh each other's example more: the tie is multiplied by ``weight``."""

    members: tuple[NationId, ...]
    weight: Annotated[TieWeight, About("Factor for pairs inside the group")] = 1.0


class Ties(Part):
    """Who watches whom.

    Attributes
    ----------
    base, leaders : float
        Weight of any pair before its dyad is added, and factor for a peer that leads.
    groups : dict of name to Group
    dyads : tuple of (nation, peer, weight)
        What is added to the base: for the eyes of ``nation`` on ``peer``, and the other way
        round as well unless ``directed``.
    """

    base: Annotated[TieWeight, About("Weight of any pair")] = 1.0
    leaders: Annotated[TieWeight, About("Factor for a peer that leads")] = 1.0
    groups: dict[Annotated[str, Text("a name of 1 to 64 characters", 64, shortest=1)], Group] = (
        Field(default_factory=dict)
    )
    dyads: Annotated[
        tuple[tuple[NationId, NationId, TieWeight], ...], About("Added to the base for a pair")
    ] = ()
    directed: StrictBool = False


class Condition(Part):
    """A number in (0, 1) that moves on the log-odds scale.

    Attributes
    ----------
    level, start : Number in (0, 1)
        Where it is drawn to, and where it is on day 0; a start of None is the run's level.
    speed : Number in (0, 1], share of the distance covered per day
    volatility : Number, standard deviation of a day's noise on log-odds
    responds : dict of str to Number
        Answer of the target, on log-odds, to ``force``, to ``breadth`` and to other conditions.
    name : str
        What people call it, in figures and tables; it changes no result.
    """

    name: DisplayName = ""
    level: Annotated[Odds, About("Where the condition is drawn to")]
    start: Annotated[
        Odds | None, About("Where the condition is on day 0; the level unless given")
    ] = None
    speed: Annotated[
        Number,
        Between(0, 1, open_low=True),
        About("How fast the condition moves to its target", "share of the way per day"),
    ] = 1.0
    volatility: Annotated[Number, Between(0, 100), About("Noise of a day", "log-odds per day")] = (
        0.0
    )
    responds: Annotated[
        dict[str, LogOdds], About("What moves the target of the condition", "log-odds")
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
        About("Cost of force of this kind", "cost units per force unit"),
    ] = 1.0
    aversion: Annotated[Number, Between(0, 100), About("How far low support raises the cost")] = 0.0
    spread: Annotated[
        Number, Between(0, 10), About("Spread of the cost between nations, on the log scale")
    ] = 0.0


class Commitment(Part):
    """The game of pledges: requirement in force units, value in cost units, shape and token."""

    requirement: Annotated[
        Number,
        Between(0, 1e9, open_low=True),
        About("Force at which the odds of success are even", "force units"),
    ] = 30.0
    value: Annotated[
        Number,
        Between(0, 1e12),
        About("Worth of success to the largest nation with full stake", "cost units"),
    ] = 100.0
    scale: Annotated[
        Number, Between(0, 10), About("How the worth falls with the size of a nation")
    ] = 1.0
    convexity: Annotated[
        Number, Between(0.001, 1e6), About("How fast cost rises towards the capacity")
    ] = 1.0
    token: Annotated[Share, About("Least pledge, of the cheapest kind, as a share of capacity")] = (
        0.02
    )


class Memory(Part):
    """Days over which announcements, exits and meetings fade (to 1/e)."""

    momentum: Annotated[
        MemoryDays, About("How long announcements are remembered, to 1/e", "days")
    ] = 14.0
    defection: Annotated[MemoryDays, About("How long exits are remembered, to 1/e", "days")] = 14.0
    convened: Annotated[MemoryDays, About("How long a meeting works, to 1/e", "days")] = 5.0


class Success(Part):
    """Thresholds that must hold together for ``hold`` days; None and absence set none."""

    public_size: Annotated[
        Annotated[int, Whole(0, MOST_NATIONS)] | None,
        About("At least so many nations are public", "nations"),
    ] = None
    requirement_share: Annotated[
        Annotated[float, Between(0, 1e6, drawn=False)] | None,
        About("Public force is at least this share of the requirement"),
    ] = None
    conditions: Annotated[
        dict[str, Annotated[float, Between(0, 1, drawn=False)]],
        About("The condition is at least this"),
    ] = Field(default_factory=dict)
    hold: Annotated[
        int,
        Whole(1, LONGEST_RUN),
        About("All thresholds must hold for so many days running", "days"),
    ] = 14
