"""What happens from outside on a given day: one model a kind of event."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Discriminator, Tag

from sim.core.stages import STAGES
from sim.scenario.behaviour import Part
from sim.scenario.fields import Between, Marker, Number, OneOf, Text, Whole, refusal

EARLIEST_DAY = -3650
"""Earliest day of a meeting or an announcement that is remembered when the run starts."""

LONGEST_RUN = 36_500
"""Largest number of days of a run."""

NATION_ID = Text(
    "an id: a letter, then at most 63 letters, digits, '_' or '-'",
    64,
    "[A-Za-z][A-Za-z0-9_-]{0,63}",
    ("all",),
)
NAME = Text(
    "a name: a small letter, then at most 63 small letters, digits or '_'",
    64,
    "[a-z][a-z0-9_]{0,63}",
)
LABEL = Text("a label of 1 to 200 characters", 200, shortest=1)

Day = Annotated[int, Whole(EARLIEST_DAY, LONGEST_RUN)]
NationId = Annotated[str, NATION_ID]
Name = Annotated[str, NAME]
Label = Annotated[str, LABEL]
LogOdds = Annotated[Number, Between(-100, 100)]
Units = Annotated[float, Between(0, 1e6, drawn=False)]


class NationIds(Marker):
    """A list of ids, or the word ``all`` where that is allowed; a bare id is a list of one."""

    def __init__(self, all_allowed: bool) -> None:
        self.all_allowed = all_allowed

    @property
    def must(self) -> str:
        """A list of nations."""
        return (
            "must be " + ("all or " if self.all_allowed else "a nation or ") + "a list of nations"
        )

    def checked(self, value: Any) -> Literal["all"] | tuple[str, ...]:
        """``"all"`` or a tuple of ids."""
        if value == "all" and self.all_allowed:
            return "all"
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)) or not value:
            raise refusal(self.must)
        if not all(isinstance(nation, str) for nation in value):
            raise refusal(self.must + ", each by its id")
        return tuple(NATION_ID.checked(nation) for nation in value)

    def json_schema(self) -> dict[str, Any]:
        """A string or a list of strings."""
        one = {"type": "string"} if self.all_allowed else NATION_ID.json_schema()
        ids = {"type": "array", "items": NATION_ID.json_schema(), "minItems": 1}
        return {"anyOf": [one, ids]}


AllOrIds = Annotated[Literal["all"] | tuple[str, ...], NationIds(True)]
Ids = Annotated[tuple[str, ...], NationIds(False)]


DisplayName = Annotated[
    str, Text("text of at most 60 characters, not only blanks", 60, r"|[\s\S]*\S[\s\S]*")
]
"""What people call a condition, a contribution or an event; empty for none."""


class DatedEvent(Part):
    """An event, on day ``date`` of the run; its kind is the key that names what it is about.

    ``name`` is what people call it, in figures and tables; it changes no result.
    """

    kind: ClassVar[str] = ""
    date: Day
    name: DisplayName = ""


class Meeting(DatedEvent):
    """Participants meet, which weighs on their moves for some days (``convened``)."""

    kind: ClassVar[str] = "meeting"
    meeting: Label
    participants: AllOrIds = "all"
    weight: Annotated[Number, Between(0, 100)] = 1.0


class PublishedList(DatedEvent):
    """The organisers publish a list of members (``listed``)."""

    kind: ClassVar[str] = "list"
    list: Label
    covers: AllOrIds = "all"


class Proposal(DatedEvent):
    """The plan is put to a condition, which jumps by ``gain * (adequacy - reference)``."""

    kind: ClassVar[str] = "proposal"
    proposal: Name
    gain: LogOdds = 1.0
    reference: Annotated[Number, Between(0, 1)] = 0.5


class Signal(DatedEvent):
    """A condition's target shifts by ``shift`` on log-odds, for ``days`` or for good (None)."""

    kind: ClassVar[str] = "signal"
    signal: Name
    shift: LogOdds
    days: Annotated[int, Whole(1, LONGEST_RUN)] | None = None


class Shock(DatedEvent):
    """A condition jumps by ``jump`` on log-odds."""

    kind: ClassVar[str] = "shock"
    shock: Name
    jump: LogOdds


class Deal(DatedEvent):
    """A peace deal is signed on each day from ``date`` with ``probability``; it may collapse."""

    kind: ClassVar[str] = "deal"
    deal: Label
    probability: Annotated[Number, Between(0, 1, open_low=True)] = 1.0
    collapses: Day | None = None


class PlacedNation(DatedEvent):
    """Nations are put in a stage, with a pledge in units if they pledge."""

    kind: ClassVar[str] = "move"
    move: Ids
    to: Annotated[str, OneOf("stage", STAGES)]
    pledge: dict[str, Units] | None = None


class Opinion(DatedEvent):
    """The domestic support of nations shifts."""

    kind: ClassVar[str] = "opinion"
    opinion: AllOrIds
    shift: Annotated[Number, Between(-1, 1)]


class NewRequirement(DatedEvent):
    """The requirement becomes another."""

    kind: ClassVar[str] = "requirement"
    requirement: Annotated[Number, Between(0, 1e9, open_low=True)]


EVENT_MODELS: dict[str, type[DatedEvent]] = {
    model.kind: model
    for model in (
        Meeting,
        PublishedList,
        Proposal,
        Signal,
        Shock,
        Deal,
        PlacedNation,
        Opinion,
        NewRequirement,
    )
}
"""The model of each kind of event, by the key that names the kind in a file."""


def event_kind(event: object) -> str | None:
    """The kind of an event, written or in memory; None unless it has just one.

    Examples
    --------
    >>> event_kind({"date": 3, "shock": "us_backing", "jump": -1})
    'shock'
    """
    if isinstance(event, BaseModel):
        return getattr(event, "kind", None)
    if not isinstance(event, dict):
        return None
    kinds = [kind for kind in EVENT_MODELS if kind in event]
    return kinds[0] if len(kinds) == 1 else None


Event = Annotated[
    Annotated[Meeting, Tag("meeting")]
    | Annotated[PublishedList, Tag("list")]
    | Annotated[Proposal, Tag("proposal")]
    | Annotated[Signal, Tag("signal")]
    | Annotated[Shock, Tag("shock")]
    | Annotated[Deal, Tag("deal")]
    | Annotated[PlacedNation, Tag("move")]
    | Annotated[Opinion, Tag("opinion")]
    | Annotated[NewRequirement, Tag("requirement")],
    Discriminator(event_kind),
]
