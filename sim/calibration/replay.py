"""What the nations of a past coalition saw day by day: the features along its record.

The record is played through the Mesa model: nations go public, and leave, on the days on which
others saw it, and nothing else happens. So features are those of the engines, by their own rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from sim.calibration.history import History
from sim.core.layout import Reals
from sim.core.rules.events import meeting_weight
from sim.core.rules.influence import convened_after, convened_coefficient
from sim.core.stages import LEFT, N_DAILY, NO_DAY, OUTSIDE, PUBLIC, STAGES, TALKS, WILLING, Features
from sim.engines.mesa.agents import Nation
from sim.engines.mesa.calendar import ScheduledEvent
from sim.engines.mesa.daily_rules import faded, takes_part
from sim.engines.mesa.model import CoalitionModel
from sim.scenario.addresses import event_steps
from sim.scenario.build import RECORD, REMOVED
from sim.scenario.events import DatedEvent, Deal, PublishedList
from sim.scenario.joint_draws import DRAWS
from sim.scenario.load import scenario_from_dict

CONVENED, LISTED = Features._fields.index("convened"), Features._fields.index("listed")

Calendar = Literal["known", "scheduled", "all"]
"""What is known of later events: all of them, or those that are scheduled before they happen.

With ``known``, what else may happen is drawn as well (`sim.calibration.occasions`), by whoever
draws: elsewhere it is the same as ``scheduled``.
"""

SCHEDULED = ("meeting",)
"""Events that are on the calendar before they happen; all others are a surprise on their day."""

Undated = Literal["first", "middle", "last"]
"""Where in an interval others are taken to have seen that a nation is public."""


class Seen(NamedTuple):
    """Features of N nations on days 0 to T, along a record.

    Attributes
    ----------
    outside, talks, willing : ndarray, shape (N, T + 1, n_daily)
        For a nation in this stage, in the order of `Features`. Those of day 0 are 0. A nation
        outside attends no meeting that is open to all who take part; one that is in talks or
        willing is taken to have been in talks from the first day. On a day of a list that covers a
        nation, the willing feel no meeting.
    """

    outside: Reals
    talks: Reals
    willing: Reals


def published_day(history: History, nation: str, undated: Undated = "middle") -> int | None:
    """The day on which others saw that a nation is public; None if not by the last day.

    An interval that ends on the day of a list that covers the nation stands for the list. Of one
    that ends after day 0, only days from day 1 on count.
    """
    interval = history.first_public(nation)
    if interval is None:
        return None
    days = history.scenario.days
    first = max(1, interval.first or 1)
    last = days + 1 if interval.last is None else interval.last
    if last <= first or last in list_days(history, nation):
        day = last
    else:
        day = {"first": first, "middle": (first + last) // 2, "last": last}[undated]
    return day if day <= days else None


def list_days(history: History, nation: str) -> set[int]:
    """Days of the lists of a scenario that cover a nation."""
    return {
        event.first_date
        for event in history.scenario.events
        if isinstance(event, PublishedList) and (event.covers == "all" or nation in event.covers)
    }


def seen_along(
    history: History,
    undated: Undated = "middle",
    until: int | None = None,
    calendar: Calendar = "all",
    occasions: Sequence[DatedEvent] = (),
) -> Seen:
    """Return the features that the nations of a history saw, in the order of its scenario.

    Parameters
    ----------
    history : History
    undated : {"first", "middle", "last"}
        Where in an interval others are taken to have seen that a nation is public.
    until : int, optional
        Day after which nobody else goes public.
    calendar : {"all", "scheduled", "known"}
        After that day, all events, or only those that are scheduled before they happen.
    occasions : sequence of DatedEvent
        Events that happen as well, unless the calendar is ``all``.
    """
    model = _model(history, until, undated, calendar, occasions)
    talks = np.zeros((len(model.nations), history.scenario.days + 1, N_DAILY))
    convened_outside = np.zeros(talks.shape[:2])
    while model.running:
        model.step()
        for place, nation in enumerate(model.nations):
            talks[place, model.day] = nation.seen
            convened_outside[place, model.day] = nation.seen_convened_outside
    outside, willing = talks.copy(), talks.copy()
    outside[:, :, CONVENED] = convened_outside
    is_listed = willing[:, :, LISTED] > 0.0
    willing[is_listed, CONVENED] *= convened_coefficient(1.0, WILLING, 1.0)
    return Seen(outside, talks, willing)


def replayed(history: History, day: int) -> RecordedModel:
    """Return a model in which the record has been played up to a day, all others in talks."""
    model = _model(history, day, "middle")
    while model.day < day:
        model.step()
    return model


def _model(
    history: History,
    until: int | None,
    undated: Undated,
    calendar: Calendar = "all",
    occasions: Sequence[DatedEvent] = (),
) -> RecordedModel:
    """A model whose nations do what the record says, up to a day, and otherwise stay in talks."""
    end = history.scenario.days if until is None else until
    joins = {
        each.id: day
        for each in history.scenario.nations
        if (day := published_day(history, each.id, undated)) is not None and day <= end
    }
    exits = {
        entry.nation: history.day(entry.last)
        for entry in history.entries
        if entry.event == "left" and entry.last is not None
    }
    leaves = {nation: day for nation, day in exits.items() if day <= end}

    class Recorded(FromRecord):
        """Nations that do what the record says."""

        joins_on, leaves_on = joins, leaves

    scenario = history.scenario
    if calendar != "all":
        events = (as_known(event, end) for event in scenario.events if is_known(event, end))
        scenario = scenario.model_copy(update={"events": (*events, *occasions)})
    return RecordedModel(scenario, nation_class=Recorded)


def without_drawn_occasions(history: History) -> History:
    """A history without the occasions of its scenario whose dates are drawn, and their draws.

    Nothing says that these have happened or will: a forecast draws its own. Other joint draws stay.
    """
    scenario = history.scenario
    gone = {
        index: ".".join(steps)
        for index, (event, steps) in enumerate(
            zip(scenario.events, event_steps(scenario), strict=True)
        )
        if event.drawn_date is not None and event.kind not in SCHEDULED
    }
    if not gone:
        return history
    full, draws = scenario.full(), scenario.draws
    full.pop(DRAWS, None)
    full["events"] = [event for index, event in enumerate(full["events"]) if index not in gone]
    left = scenario_from_dict(full)
    heads = tuple(f"events.{path}." for path in gone.values())
    if draws is not None:
        kept = {
            path: [STAGES[int(each)] for each in column] if path in draws.stages else column
            for path, column in draws.columns.items()
            if not path.startswith(heads)
        }
        left = left.with_draws(kept, draws.weights) if kept else left
    for each in (RECORD, REMOVED):  # no fields, so the full form has neither
        left.__dict__ |= {each: scenario.__dict__[each]} if each in scenario.__dict__ else {}
    return History(left, history.entries)


def is_known(event: DatedEvent, day: int) -> bool:
    """Whether an event is known of on a day: past, or scheduled before it happens."""
    return event.kind in SCHEDULED or event.first_date <= day


def as_known(event: DatedEvent, day: int) -> DatedEvent:
    """An event as it is known on a day: nobody knows that a deal will collapse."""
    if isinstance(event, Deal) and event.collapses is not None and event.collapses > day:
        return event.model_copy(update={"collapses": None})
    return event


class RecordedModel(CoalitionModel):
    """A model of nations from a record, which feel meetings as if in talks and as if outside."""

    nations: list[FromRecord]

    def convene(self, event: ScheduledEvent) -> None:
        """Let nations attend, and those that are hidden feel what they would feel outside."""
        weight = meeting_weight(event.number, event.first) * self.freshness
        for nation in self.nations_of(event):
            stage = OUTSIDE if nation.stage == TALKS else nation.stage
            if not event.names_all or takes_part(stage):
                nation.convened_outside = convened_after(nation.convened_outside, weight)
        super().convene(event)


class FromRecord(Nation):
    """A nation that moves when its record says so, and otherwise stays where it is.

    Attributes
    ----------
    seen : Features
        What it saw today, in talks while it is hidden.
    convened_outside, seen_convened_outside : float
        What it feels of meetings, and felt today, if it was outside while it was hidden.
    """

    __slots__ = ("convened_outside", "seen", "seen_convened_outside")

    joins_on: ClassVar[Mapping[str, int]] = {}
    leaves_on: ClassVar[Mapping[str, int]] = {}
    seen: Features

    def __init__(self, model: CoalitionModel, index: int) -> None:
        self.convened_outside = self.seen_convened_outside = 0.0
        super().__init__(model, index)

    def first_stage(self) -> int:
        """Return its stage on day 0: in talks, unless it is public or left by then."""
        stage = super().first_stage() if not self.is_by_law else TALKS
        if self.leaves_on.get(self.id, NO_DAY) <= 0:
            return LEFT
        if PUBLIC <= stage < LEFT:
            return stage
        return PUBLIC if self.joins_on.get(self.id, NO_DAY) <= 0 else TALKS

    def consider(self) -> None:
        """Note what it sees."""
        self.seen, self.seen_convened_outside = self.features(), self.convened_outside
        self.forget_meetings()

    def forget_meetings(self) -> None:
        """Let the memories of meetings fade by a day."""
        super().forget_meetings()
        self.convened_outside = faded(self.convened_outside, self.model.keep_convened)

    def decide(self) -> None:
        """Go public, or leave, on the day of the record."""
        day = self.model.day
        if day == self.joins_on.get(self.id) and not self.is_public:
            self.model.enter_stage(self, PUBLIC)
        if day == self.leaves_on.get(self.id) and self.stage != LEFT:
            self.model.enter_stage(self, LEFT)
