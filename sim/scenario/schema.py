"""A scenario in memory: frozen models with every field filled.

`sim.scenario.load.load_scenario` and `sim.scenario.load.scenario_from_dict` are the doors: they
fill what a file leaves out and check what one model alone cannot see. In a scenario that came
through a door every nation has a number for every condition and kind of contribution, and
every condition a response to force, to breadth and to every other condition.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, StrictBool

from sim.core.stages import STAGES
from sim.scenario.behaviour import Behaviour, Part
from sim.scenario.events import (
    LONGEST_RUN,
    NAME,
    DatedEvent,
    DisplayName,
    Event,
    LogOdds,
    Name,
    NationId,
    Units,
)
from sim.scenario.fields import Between, Number, OneOf, Text, Whole

MOST_NATIONS = 100_000
MOST_CONDITIONS = 32
MOST_KINDS = 16

CONDITION_WORDS = ("force", "breadth", "hold", "public_size", "requirement_share")
"""Words that may not name a condition, since they stand beside conditions in a file."""

FORCE_UNITS = "force units"
"""What force is counted in where a scenario does not say."""

NATION_NAME = Text(
    "text of 1 to 200 characters, not only blanks", 200, r"[\s\S]*\S[\s\S]*", shortest=1
)
CONDITION_NAME = Text(NAME.form, NAME.longest, NAME.pattern, CONDITION_WORDS)

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
    stage: dict[Stage, Probability] = Field(default_factory=lambda: {"outside": 1.0})
    stake: Share = 0.5
    support: Share = 0.5
    capability: Share = 0.5
    threshold: Annotated[Number, Between(-100, 100)] = 0.0
    reliance: dict[str, Share] = Field(default_factory=dict)
    sensitivity: dict[str, Annotated[Number, Between(-100, 100)]] = Field(default_factory=dict)
    capacity: dict[str, Annotated[Number, Between(0, 1e6)]] = Field(default_factory=dict)
    pledge: dict[str, Units] | None = None


class Group(Part):
    """Nations that weigh each other's example more: the tie is multiplied by ``weight``."""

    members: tuple[NationId, ...]
    weight: TieWeight = 1.0


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

    base: TieWeight = 1.0
    leaders: TieWeight = 1.0
    groups: dict[Annotated[str, Text("a name of 1 to 64 characters", 64, shortest=1)], Group] = (
        Field(default_factory=dict)
    )
    dyads: tuple[tuple[NationId, NationId, TieWeight], ...] = ()
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
    level: Odds
    start: Odds | None = None
    speed: Annotated[Number, Between(0, 1, open_low=True)] = 1.0
    volatility: Annotated[Number, Between(0, 100)] = 0.0
    responds: dict[str, LogOdds] = Field(default_factory=dict)


class Contribution(Part):
    """A kind of contribution: force per unit, cost per unit of force and what moves that cost.

    ``name`` and ``unit`` are what people call it and count it in, as in "thousand troops"; they
    change no result.
    """

    name: DisplayName = ""
    unit: DisplayName = ""
    weight: Annotated[Number, Between(0, 1e3, open_low=True)] = 1.0
    cost: Annotated[Number, Between(0, 1e6, open_low=True)] = 1.0
    aversion: Annotated[Number, Between(0, 100)] = 0.0
    spread: Annotated[Number, Between(0, 10)] = 0.0


class Commitment(Part):
    """The game of pledges: requirement in force units, value in cost units, shape and token."""

    requirement: Annotated[Number, Between(0, 1e9, open_low=True)] = 30.0
    value: Annotated[Number, Between(0, 1e12)] = 100.0
    scale: Annotated[Number, Between(0, 10)] = 1.0
    convexity: Annotated[Number, Between(0.001, 1e6)] = 1.0
    token: Share = 0.02


class Memory(Part):
    """Days over which announcements, exits and meetings fade (to 1/e)."""

    momentum: MemoryDays = 14.0
    defection: MemoryDays = 14.0
    convened: MemoryDays = 5.0


class Success(Part):
    """Thresholds that must hold together for ``hold`` days; None and absence set none."""

    public_size: Annotated[int, Whole(0, MOST_NATIONS)] | None = None
    requirement_share: Annotated[float, Between(0, 1e6, drawn=False)] | None = None
    conditions: dict[str, Annotated[float, Between(0, 1, drawn=False)]] = Field(
        default_factory=dict
    )
    hold: Annotated[int, Whole(1, LONGEST_RUN)] = 14


class Scenario(Part):
    """All that a run needs, apart from the seed.

    Day 0 is the initial state, on the calendar date ``start`` if one is given; the run goes
    over days 1 to ``days``. Get one from `sim.load_scenario`.
    """

    title: FreeText = ""
    description: FreeText = ""
    sources: tuple[FreeText, ...] = ()
    start: datetime.date | None = None
    days: Annotated[int, Whole(1, LONGEST_RUN)]
    nations: Annotated[tuple[Nation, ...], Field(min_length=1, max_length=MOST_NATIONS)]
    leaders: tuple[NationId, ...] = ()
    ties: Ties = Ties()
    conditions: Annotated[
        dict[Annotated[str, CONDITION_NAME], Condition], Field(max_length=MOST_CONDITIONS)
    ] = Field(default_factory=dict)
    contributions: Annotated[dict[Name, Contribution], Field(max_length=MOST_KINDS)] = Field(
        default_factory=dict
    )
    commitment: Commitment = Commitment()
    memory: Memory = Memory()
    events: Annotated[tuple[Event, ...], Field(max_length=100_000)] = ()
    behaviour: Behaviour = Behaviour()
    success: Success | None = None

    def condition_name(self, condition: str) -> str:
        """What people call a condition: its ``name``, else its key with spaces."""
        return self.conditions[condition].name or condition.replace("_", " ")

    def contribution_name(self, kind: str) -> str:
        """What people call a kind of contribution: its ``name``, else its key with spaces."""
        return self.contributions[kind].name or kind.replace("_", " ")

    def contribution_unit(self, kind: str) -> str:
        """What force of a kind is counted in: its ``unit`` where one unit is one of force.

        Examples
        --------
        >>> Scenario(days=1, nations=[Nation(id="GBR", name="GBR")], contributions={
        ...     "ground": Contribution(unit="thousand troops")}).contribution_unit("ground")
        'thousand troops'
        """
        contribution = self.contributions[kind]
        return contribution.unit if contribution.unit and contribution.weight == 1 else FORCE_UNITS

    @property
    def force_unit(self) -> str:
        """What force of all kinds is counted in: their unit if they share one."""
        units = {self.contribution_unit(kind) for kind in self.contributions}
        return units.pop() if len(units) == 1 else FORCE_UNITS

    def event_name(self, event: DatedEvent) -> str:
        """What people call an event: its ``name``, else its label with spaces; may be empty."""
        label = getattr(event, event.kind)
        is_label = event.kind in ("meeting", "list", "deal") and isinstance(label, str)
        return event.name or (label.replace("_", " ") if is_label else "")

    def full(self) -> dict[str, Any]:
        """The full form: plain lists, mappings and numbers, every field written.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
        >>> scenario_from_dict(scenario.full()) == scenario
        True
        """
        from sim.scenario.full import full_form

        return full_form(self)

    def to_yaml(self) -> str:
        """The full form as the text of a scenario file."""
        from sim.scenario.full import yaml_text

        return yaml_text(self.full())

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the full form without what is there for people only."""
        from sim.scenario.full import digest_of

        return digest_of(self.full())

    def with_changes(self, changes: Mapping[str, object]) -> Scenario:
        """The same scenario with some values changed.

        Parameters
        ----------
        changes : mapping of path to value
            Paths as for ``--set``, such as ``conditions.us_backing.level``. An event goes by its
            number, from 0, or by its label; a nation by its id, or ``*`` for all.

        Raises
        ------
        ScenarioError
            If a path names nothing, or the changed scenario would be wrong.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
        >>> scenario.with_changes({"nations.GBR.stake": 0.9}).nations[0].stake
        0.9
        """
        from sim.scenario.load import changed_scenario

        return changed_scenario(self, changes)
