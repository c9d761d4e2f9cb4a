"""Dated events from outside the model: one class for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, Discriminator, Tag

from sim.core.stages import NO_DAY, STAGES
from sim.scenario.behaviour import Part
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.fields import (
    About,
    Between,
    Date,
    Marker,
    Number,
    OneOf,
    TextField,
    Whole,
    refusal,
)

EARLIEST_DAY = -3650
"""Earliest day of a meeting, a trigger or an announcement that is remembered from day 0 on."""

LONGEST_RUN = 36_500
"""Largest number of days of a run."""

ANNOUNCED = ("public", "pledged", "deployed")
"""Stages to which a move on or before day 0 may lead: it is an announcement."""

NATION_ID = TextField(
    "an id: a letter, then at most 63 letters, digits, '_' or '-'",
    64,
    "[A-Za-z][A-Za-z0-9_-]{0,63}",
    ("all",),
)
NAME = TextField(
    "a name: a small letter, then at most 63 small letters, digits or '_'",
    64,
    "[a-z][a-z0-9_]{0,63}",
)
LABEL = TextField("a label of 1 to 200 characters", 200, shortest=1)

Day = Annotated[int, Whole(EARLIEST_DAY, LONGEST_RUN)]
NationId = Annotated[str, NATION_ID]
Name = Annotated[str, NAME]
Label = Annotated[str, LABEL]
LogOdds = Annotated[Number, Between(-100, 100)]
Units = Annotated[float, Between(0, 1e6, fixed=True)]


TEMPO = "tempo"
"""What a signal may shift beside conditions; no condition has this name."""


class NationIds(Marker):
    """A list of ids, or the word ``all`` where that is allowed; a bare id is a list of one."""

    def __init__(self, all_allowed: bool) -> None:
        self.all_allowed = all_allowed

    @property
    def must(self) -> str:
        """A list of nations."""
        return f"must be {'all' if self.all_allowed else 'a nation'} or a list of nations"

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
    str, TextField("text of at most 60 characters, not only blanks", 60, r"|[\s\S]*\S[\s\S]*")
]
"""What people call a condition, a contribution or an event; empty for none."""


class DatedEvent(Part):
    """An event, on day ``date`` of the run; its kind is the key that names what it is about.

    ``name`` is what people call it, in figures and tables; it changes no result. Every subclass is
    a kind of event, by the key that names it in a file.

    Attributes
    ----------
    numbers : tuple of str
        Fields of its numbers, at most two, in the order in which the rules take them.
    nations : str
        Field that names its nations; empty where it has none.
    of_condition : bool
        Whether the key names a condition.
    is_remembered : bool
        Whether it may be dated on or before day 0, and is remembered from then.
    """

    kind: ClassVar[str] = ""
    is_remembered: ClassVar[bool] = False
    numbers: ClassVar[tuple[str, ...]] = ()
    nations: ClassVar[str] = ""
    of_condition: ClassVar[bool] = False
    date: Annotated[
        int | DrawnDate, Date(EARLIEST_DAY, LONGEST_RUN), About("Day of the event", "day")
    ]
    name: DisplayName = ""

    @property
    def earliest_allowed(self) -> int:
        """The first day on which such an event may be dated."""
        return EARLIEST_DAY if self.is_remembered else 1

    @property
    def drawn_date(self) -> DrawnDate | None:
        """The law of a date that is drawn, kept to the days allowed; None for one that is fixed."""
        date = self.date
        return date.kept_from(self.earliest_allowed) if isinstance(date, DrawnDate) else None

    @property
    def first_date(self) -> int:
        """The earliest day that its date may be."""
        date = self.drawn_date or self.date
        return date.first if isinstance(date, DrawnDate) else date

    @property
    def last_date(self) -> int:
        """The latest day that its date may be."""
        date = self.drawn_date or self.date
        return date.last if isinstance(date, DrawnDate) else date

    @property
    def lasts(self) -> int:
        """For how many days it holds from its date on; 0 where that is not what ends it."""
        return 0

    @property
    def ends(self) -> int:
        """The day on which something else ends it; `NO_DAY` for never."""
        return NO_DAY

    def until(self, date: int) -> int:
        """The first day on which it no longer holds if it is of some date; `NO_DAY` for never."""
        return date + self.lasts if self.lasts else self.ends

    @property
    def label(self) -> str:
        """Its label; empty for an event that is about a condition, nations or a number."""
        subject = getattr(self, self.kind)
        is_label = isinstance(subject, str) and not self.of_condition
        return subject if is_label and self.nations != self.kind else ""


class Meeting(DatedEvent):
    """Participants meet, which affects their moves for some days (feature ``convened``)."""

    kind = "meeting"
    is_remembered = True
    numbers = ("weight",)
    nations = "participants"
    meeting: Label
    participants: AllOrIds = "all"
    weight: Annotated[
        Number,
        Between(0, 100),
        About("Strength of the effect of the meeting on the moves of its participants"),
    ] = 1.0


class Trigger(DatedEvent):
    """Something that asks for an answer: a meeting at which nobody reconsiders a pledge."""

    kind = "trigger"
    is_remembered = True
    numbers = ("weight",)
    nations = "participants"
    trigger: Label
    participants: AllOrIds = "all"
    weight: Annotated[
        Number,
        Between(0, 100),
        About("Strength of the effect of the trigger on the moves of its participants"),
    ] = 1.0


class PublishedList(DatedEvent):
    """The organisers publish a list of members (feature ``listed``)."""

    kind = "list"
    nations = "covers"
    list: Label
    covers: AllOrIds = "all"


class Proposal(DatedEvent):
    """The plan is put to a condition, which jumps by ``gain * (adequacy - reference)``."""

    kind = "proposal"
    numbers = ("gain", "reference")
    of_condition = True
    proposal: Name
    gain: Annotated[
        LogOdds, About("Jump of the condition per unit of adequacy above the reference", "log-odds")
    ] = 1.0
    reference: Annotated[
        Number,
        Between(0, 1),
        About("Adequacy of the plan at which the condition does not jump"),
    ] = 0.5


class Signal(DatedEvent):
    """The target of a condition, or ln tempo, shifts for some days or for the rest of the run."""

    kind = "signal"
    numbers = ("shift",)
    of_condition = True
    signal: Name
    shift: Annotated[
        LogOdds, About("Shift of the target of the condition, or of ln tempo", "log-odds")
    ]
    days: Annotated[
        Annotated[int, Whole(1, LONGEST_RUN)] | None,
        About("How long the shift lasts; for the rest of the run unless given", "days"),
    ] = None

    @property
    def lasts(self) -> int:
        """The days on which the shift holds."""
        return self.days or 0


class Shock(DatedEvent):
    """A condition jumps."""

    kind = "shock"
    numbers = ("jump",)
    of_condition = True
    shock: Name
    jump: Annotated[LogOdds, About("Jump of the condition", "log-odds")]


class Deal(DatedEvent):
    """A peace deal is signed, on its date or with a probability on each day from then on."""

    kind = "deal"
    numbers = ("probability",)
    deal: Label
    probability: Annotated[
        Number,
        Between(0, 1, open_low=True),
        About("Probability that the deal is signed on a day, from its date on", "per day"),
    ] = 1.0
    collapses: Annotated[
        Day | None, About("Day on which the deal collapses; never unless given", "day")
    ] = None

    @property
    def ends(self) -> int:
        """The day on which it collapses."""
        return NO_DAY if self.collapses is None else self.collapses


class PlacedNation(DatedEvent):
    """Nations are put in a stage, with a pledge in units if they pledge."""

    kind = "move"
    is_remembered = True
    nations = "move"
    move: Ids
    to: Annotated[str, OneOf("stage", STAGES)]
    pledge: Annotated[
        dict[str, Units] | None, About("Pledge that is set for the nations", "units")
    ] = None

    @property
    def earliest_allowed(self) -> int:
        """The first day allowed; before day 1 a move can only be an announcement."""
        return EARLIEST_DAY if self.to in ANNOUNCED else 1


class Opinion(DatedEvent):
    """The domestic support of nations shifts."""

    kind = "opinion"
    numbers = ("shift",)
    nations = "opinion"
    opinion: AllOrIds
    shift: Annotated[Number, Between(-1, 1), About("Shift of domestic support")]


class NewRequirement(DatedEvent):
    """The requirement changes."""

    kind = "requirement"
    numbers = ("requirement",)
    requirement: Annotated[
        Number,
        Between(0, 1e9, open_low=True),
        About("Requirement from this day on", "force units"),
    ]


EVENT_MODELS: dict[str, type[DatedEvent]] = {
    model.kind: model for model in DatedEvent.__subclasses__()
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


if TYPE_CHECKING:
    Event = DatedEvent
else:
    Event = Annotated[
        reduce(or_, (Annotated[model, Tag(kind)] for kind, model in EVENT_MODELS.items())),
        Discriminator(event_kind),
    ]


class EventIdentity(NamedTuple):
    """What tells an event from others, in a file as in memory.

    Attributes
    ----------
    kind : str
    subject : str
        Its label, its condition, or the ids of its nations with commas between; else empty.
    name : str
        What people call it; may be empty.
    is_list : bool
        Whether the subject is a list of nations.
    """

    kind: str
    subject: str
    name: str = ""
    is_list: bool = False


def event_identity(event: Any) -> EventIdentity:
    """What tells an event in memory from others."""
    is_list = isinstance(getattr(event, event.kind), tuple)
    return EventIdentity(event.kind, event_subject(event), event.name, is_list)


def event_subject(event: Any) -> str:
    """The label, condition or nations of an event in memory, with commas between; else empty."""
    subject = getattr(event, event.kind)
    if isinstance(subject, tuple):
        return ",".join(subject)
    return subject if isinstance(subject, str) else ""


def event_ordinals(events: Iterable[EventIdentity]) -> list[int]:
    """Return for each event how many of its kind and subject come before it."""
    seen = dict[tuple[str, str], int]()
    ordinals = []
    for event in events:
        known_by = event.kind, event.subject
        ordinals.append(seen.get(known_by, 0))
        seen[known_by] = ordinals[-1] + 1
    return ordinals


def event_keys(events: Iterable[Any]) -> list[str]:
    """Return for each event the text that its draws depend on.

    Kind, subject, and how many events of that kind and subject come before it in the file: events
    of other subjects, other dates and names do not change it.
    """
    n_before, keys = dict[str, int](), list[str]()
    for event in events:
        known_by = f"events.{event.kind}.{event_subject(event)}"
        ordinal = n_before.get(known_by, 0)
        n_before[known_by] = ordinal + 1
        keys.append(f"{known_by}.{ordinal}")
    return keys


def find_events(steps: Sequence[str], events: Sequence[EventIdentity]) -> tuple[list[int], int]:
    """Return the numbers of the events that the first steps of a path mean, and how many steps.

    An event is given by kind, subject and ordinal; by its label or name if no other event has it;
    or by its number. A label with a dot may take several steps.

    Examples
    --------
    >>> events = [EventIdentity("meeting", "No. 10"), EventIdentity("shock", "us_backing")]
    >>> find_events(["shock", "us_backing", "0", "jump"], events)
    ([1], 3)
    >>> find_events(["No", " 10", "weight"], events), find_events(["0", "weight"], events)
    (([0], 2), ([0], 1))
    """
    if steps[0] in EVENT_MODELS:  # by kind, subject and ordinal; one without a subject without it
        ordinals = map(str, event_ordinals(events))
        known = {
            (event.kind, event.subject, ordinal): number
            for number, (event, ordinal) in enumerate(zip(events, ordinals, strict=True))
        }
        for end in range(1, len(steps)):
            found = known.get((steps[0], ".".join(steps[1:end]), steps[end]))
            if found is not None:
                return [found], end + 1
    names = [{event.name, "" if event.is_list else event.subject} - {""} for event in events]
    lists = [{event.subject} if event.is_list else set[str]() for event in events]
    several: tuple[list[int], int] = ([], 1)
    for texts in (names, lists):
        for taken in range(1, len(steps) + 1):
            text = ".".join(steps[:taken])
            numbers = [number for number, each in enumerate(texts) if text in each]
            if len(numbers) == 1:
                return numbers, taken
            several = (numbers, taken) if numbers and not several[0] else several
    index = item_index(steps[0], len(events))
    return several if index is None or several[0] else ([index], 1)


def item_index(step: str, n_items: int) -> int | None:
    """The index, from 0, that a step of a path gives in a list; None if it gives none."""
    is_index = step.isascii() and step.isdigit() and int(step[:9]) < n_items
    return int(step[:9]) if is_index else None
