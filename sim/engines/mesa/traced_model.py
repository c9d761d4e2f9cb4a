"""The Mesa model with a record of what each nation saw and did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.core.event_kinds import SHIFTS_TARGET
from sim.core.layout import Integers
from sim.core.rules.events import meeting_weight
from sim.core.rules.pledges import FORCE_UNIT, shadow_price
from sim.core.stages import N_FEATURES, N_TRAITS
from sim.engines.mesa.agents import UNSEEN, Nation
from sim.engines.mesa.calendar import ScheduledEvent
from sim.engines.mesa.model import CoalitionModel
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    EVENTS,
    KEPT,
    MOVES,
    NEW,
    PLEDGES,
    RAISED,
    STATED,
    EventRecord,
    MoveRecord,
    PledgeReasons,
    PledgeRecord,
    Timestamp,
    Unmet,
    Visit,
)


class TraceRecorder:
    """The arrays and records of one run, from which its `Trace` is made; see there."""

    def __init__(self, model: CoalitionModel) -> None:
        n_records, n_nations = model.structure.n_days + 1, model.n_nations
        self.considered = np.zeros((n_records, n_nations), dtype=np.int8)
        self.held = np.zeros((n_records, n_nations), dtype=np.bool_)
        self.unmet: dict[tuple[int, int], tuple[Unmet, ...]] = {}
        self.features = np.full((n_records, n_nations, N_FEATURES), np.nan)
        self.hazards = np.full((n_records, n_nations, 2), np.nan)
        self.remaining = np.full((n_records, n_nations, 2), np.nan)
        self.requirement = np.zeros(n_records)
        self.has_deal = np.zeros(n_records, dtype=np.bool_)
        self.visits: list[list[Visit]] = [[] for _ in range(n_nations)]
        self.moves: list[MoveRecord] = []
        self.pledges: list[PledgeRecord] = []
        self.events: list[EventRecord] = []
        self.n_timestamps = 0

    def timestamp(self, day: int, part: int, moment: float = 0.0) -> Timestamp:
        """The time of the next record."""
        self.n_timestamps += 1
        return Timestamp(day, part, moment, self.n_timestamps)

    def record_visit(self, nation: Nation, day: int, first_day: int) -> None:
        """Record that a nation has entered a stage, and the thresholds it drew there."""
        thresholds = (float(nation.remaining[0]), float(nation.remaining[1]))
        self.visits[nation.index].append(Visit(nation.stage, day, first_day, thresholds))

    def record_before_hazards(self, model: CoalitionModel) -> None:
        """Record stages and traits once the day's events have taken effect."""
        day, nations = model.day, model.nations
        self.considered[day] = [nation.stage for nation in nations]
        self.held[day] = [nation.is_held for nation in nations]
        self.features[day, :, :N_TRAITS] = [nation.traits() for nation in nations]
        for nation in nations:
            nation.today = None
            unmet = nation.unmet_quorums()
            if unmet:
                parts = [(quorum, *model.public_part(quorum)) for quorum in unmet]
                self.unmet[day, nation.index] = tuple(Unmet(*each) for each in parts)

    def record_day(self, model: CoalitionModel) -> None:
        """Record what nations saw and faced today, and the requirement and deal at its end."""
        day = model.day
        self.requirement[day], self.has_deal[day] = model.requirement, model.has_deal
        seen = [nation.today or UNSEEN for nation in model.nations]
        self.features[day, :, N_TRAITS:] = [today.features for today in seen]
        self.hazards[day] = [today.hazards for today in seen]
        self.remaining[day] = [today.remaining for today in seen]


class TracedModel(CoalitionModel):
    """A run that keeps a `TraceRecorder` and is otherwise the same as that of `CoalitionModel`.

    Attributes
    ----------
    recorder : TraceRecorder
    cause : str
        Why events are moving nations.
    is_deciding : bool
        True from the conditions' step to the end of the day, when nations move by themselves.
    is_entering : bool
        True while a nation enters a stage, by which it may lose its pledge.
    ended_deal : ScheduledEvent or None
        The deal in force before today's deals were followed.
    signed : set of ScheduledEvent
        Deals that have been signed.
    """

    recorder: TraceRecorder
    cause = EVENT
    is_deciding = False
    is_entering = False
    ended_deal: ScheduledEvent | None = None

    def step_conditions(self) -> None:
        """Record how nations stand after the day's events, then move the conditions."""
        self.is_deciding = True
        self.recorder.record_before_hazards(self)
        super().step_conditions()

    def enter_stage(self, nation: Nation, stage: int) -> None:
        """Move a nation; record when in the day and why."""
        before, day = nation.stage, self.day
        part, moment, cause, first_day = EVENTS, 0.0, self.cause, day
        if self.is_deciding:
            part, moment = MOVES, min(1.0, *nation.moments)
            cause, first_day = DECISION, day + 1
        when = self.recorder.timestamp(day, part, moment)
        self.recorder.moves.append(MoveRecord(when, nation.index, before, stage, cause))
        self.is_entering = True
        super().enter_stage(nation, stage)
        self.is_entering = False
        self.recorder.record_visit(nation, day, first_day)

    def set_pledge(self, nation: Nation, pledge: Integers) -> None:
        """Replace a pledge; record what the new one rests on."""
        if self.n_kinds > 0 and (nation.pledge.any() or not self.is_entering):
            how = self._how_pledged(nation, pledge)
            reasons = _reasons_of(nation, pledge) if how in (NEW, RAISED, KEPT) else None
            before, after = _in_force_units(nation.pledge), _in_force_units(pledge)
            if how == ERASED:  # together with its nation's move
                move = self.recorder.moves[-1].when
                when = self.recorder.timestamp(move.day, move.part, move.moment)
            else:
                when = self.recorder.timestamp(self.day, EVENTS if how == STATED else PLEDGES)
            self.recorder.pledges.append(
                PledgeRecord(when, nation.index, how, before, after, reasons)
            )
        super().set_pledge(nation, pledge)

    def end_day(self) -> None:
        """Record what nations saw today, then end the day."""
        self.is_deciding = False
        self.recorder.record_day(self)
        super().end_day()

    def _how_pledged(self, nation: Nation, pledge: Integers) -> str:
        """What becomes of a pledge."""
        if self.is_entering:
            return ERASED
        if self.day == 0:
            return NEW if np.isnan(self.structure.start_pledge[nation.index, 0]) else STATED
        if not self.is_deciding:
            return STATED
        if nation.pledged_on < 0:
            return NEW
        return KEPT if np.array_equal(pledge, nation.pledge) else RAISED

    def _start(self) -> None:
        self.recorder = TraceRecorder(self)
        self.signed: set[ScheduledEvent] = set()
        for nation in self.nations:
            self.recorder.record_visit(nation, 0, 1)
        self.recorder.considered[0] = [nation.stage for nation in self.nations]
        super()._start()
        self.recorder.requirement[0] = self.requirement

    # Dated events

    def apply_past_events(self) -> None:
        """Record who announced before the first day, each nation once."""
        announced: set[Nation] = set()
        for event in self.calendar.events:
            if event.kind == "move" and event.date < 1:
                newcomers = [each for each in self.nations_of(event) if each not in announced]
                announced |= set(newcomers)
                self._record_event(event, nations=newcomers)
        super().apply_past_events()

    def set_stage(self, event: ScheduledEvent) -> None:
        """Set the stage of nations; record those it moved, before their moves."""
        moves = self.recorder.moves
        n_before, when = len(moves), self.recorder.timestamp(self.day, EVENTS)
        super().set_stage(event)
        moved = [self.nations[move.nation] for move in moves[n_before:]]
        self._record_event(event, nations=moved)
        self.recorder.events[-1] = self.recorder.events[-1]._replace(when=when)

    def update_deal(self) -> None:
        """Sign deals and end them; record which."""
        before = self.ended_deal = self.deal
        deals = [event for event in self.calendar.events if event.kind == "deal"]
        deals = [
            deal for deal in deals if deal.date < deal.until
        ]  # others come after their collapse
        for deal in deals:
            if deal.date == self.day and deal.first < 1.0:
                self._record_event(deal, "deal opens", probability=deal.first)
        super().update_deal()
        if self.deal is not None and self.deal is not before:
            if before is not None:
                self._record_event(before, "deal collapses")
            self.signed.add(self.deal)
            self._record_event(self.deal, "deal signed")
        for deal in deals:
            if deal.until == self.day and deal not in self.signed:
                self._record_event(deal, "deal lapses")

    def recall_deployed(self) -> None:
        """Record which deal collapsed, then set the deployed back to pledged."""
        if self.ended_deal is not None:
            self._record_event(self.ended_deal, "deal collapses")
        self.cause = COLLAPSE
        super().recall_deployed()
        self.cause = EVENT

    def convene(self, event: ScheduledEvent) -> None:
        """Let nations attend a meeting; record who they are, and what is left of its weight."""
        weight = meeting_weight(event.number, event.first) * self.freshness
        felt = {"felt": weight} if self.freshness != 1.0 else {}
        self._record_event(event, "", self.attending(event), weight=event.first, **felt)
        super().convene(event)

    def publish_list(self, event: ScheduledEvent) -> None:
        """Publish a list; record whom it covers."""
        super().publish_list(event)
        self._record_event(event, nations=self.nations_of(event))

    def shift_support(self, event: ScheduledEvent) -> None:
        """Shift domestic support; record whose."""
        super().shift_support(event)
        self._record_event(event, nations=self.nations_of(event), shift=event.first)

    def change_requirement(self, event: ScheduledEvent) -> None:
        """Change the force that is needed; record from what."""
        before = self.requirement
        super().change_requirement(event)
        self._record_event(event, before=before, after=self.requirement)

    def apply_jump(self, event: ScheduledEvent) -> None:
        """Add to today's jump of a condition; record how much."""
        before = self.jumps[event.condition]
        super().apply_jump(event)
        numbers = {"jump": self.jumps[event.condition] - before}
        if event.kind != "shock":  # whose jump is its number
            given = zip(event.event.numbers, (event.first, event.second), strict=False)
            numbers = {**numbers, **dict(given), "adequacy": self.adequacy} | numbers
        self._record_event(event, "", (), **numbers)

    def update_shifts(self) -> None:
        """Add up the signals in force; record which begin and end today."""
        super().update_shifts()
        for event in self.calendar.events:
            if event.number in SHIFTS_TARGET and event.date == self.day:
                self._record_event(event, shift=event.first)
            elif event.number in SHIFTS_TARGET and event.until == self.day:
                self._record_event(event, f"{event.kind} ends", shift=event.first)

    def _record_event(
        self,
        event: ScheduledEvent,
        kind: str = "",
        nations: Sequence[Nation] = (),
        **numbers: float,
    ) -> None:
        """Record an event: before the first day on its own date, in the run today."""
        label = event.event.to if event.kind == "move" else event.event.label
        if event.event.of_condition:
            label = getattr(event.event, event.kind)
        self.recorder.events.append(
            EventRecord(
                self.recorder.timestamp(self.day if self.day > 0 else event.date, EVENTS),
                kind or event.kind,
                label,
                tuple(nation.index for nation in nations),
                numbers,
                event.is_drawn and (self.day <= 0 or self.day == event.date),
            )
        )


def _reasons_of(nation: Nation, pledge: Integers) -> PledgeReasons:
    """What a pledge rests on that a nation has chosen and not made yet."""
    model, offer, prize = nation.model, nation.offer(), nation.prize()
    per_cost, capacity, floor = (
        tuple(map(float, offer.real[start : start + offer.n_kinds]))
        for start in (offer.per_cost, offer.capacity, offer.floor)
    )
    is_own_rule = type(nation).choose_contributions is not Nation.choose_contributions
    return PledgeReasons(
        value=float(prize.worth / model.requirement),
        others=(int(model.force.sum()) - int(nation.pledge.sum())) * FORCE_UNIT,
        requirement=model.requirement,
        price=float(shadow_price(offer, prize)),
        cost=tuple(1.0 / bought for bought in per_cost),
        capacity=capacity,
        floor=floor,
        is_own_rule=is_own_rule and not np.array_equal(Nation.choose_contributions(nation), pledge),
    )


def _in_force_units(pledge: Integers) -> tuple[float, ...]:
    """A pledge in force units, by kind."""
    return tuple(float(units) for units in pledge * FORCE_UNIT)
