"""One run of the Mesa model that records what each nation saw and did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.core.rules.hazard import Features
from sim.core.rules.pledges import FORCE_UNIT, shadow_price
from sim.core.stages import N_FEATURES, N_TRAITS
from sim.engines.batch import Progress, sizes_of
from sim.engines.memory import Sizes, free_bytes
from sim.engines.mesa.agents import Nation, Today
from sim.engines.mesa.batch import is_nation
from sim.engines.mesa.calendar import Calendar, Entry
from sim.engines.mesa.model import CoalitionModel
from sim.engines.run import MOST_RUNS, checked_request, engine_name, whole
from sim.results.trace import Trace
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
    Visit,
)
from sim.scenario.arrays.numbers import arrays_of

if TYPE_CHECKING:
    from sim.core.layout import Integers
    from sim.scenario.schema import Scenario

BYTES_A_NATION_DAY = 8 * (N_FEATURES + 2 + 2) + 3
"""Features, hazards and thresholds in eight bytes; two stages and whether it was held in one."""


def trace(
    scenario: Scenario,
    seed: int = 0,
    run: int = 0,
    nation_class: type[Nation] | None = None,
    progress: Progress | None = None,
) -> Trace:
    """One run of a scenario, told: the very run that `sim.run` has under this seed and number.

    Parameters
    ----------
    scenario : Scenario
        From `sim.load_scenario`.
    seed : int, from 0 to 2**64 - 1
    run : int, from 0 to 2**63 - 1
    nation_class : type, optional
        A subclass of `sim.Nation`.
    progress : callable of (days done, all days), optional

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If an argument is out of range or unknown.
    MemoryError
        If there is too little for what every nation sees on every day.

    Examples
    --------
    >>> import sim
    >>> trace = sim.trace(sim.load_scenario("paris_2025"), seed=1, run=7)
    >>> first = trace.moves[0]

    It moved on the day whose hazard reached what was left of its threshold.

    >>> day, place = first.when.day, first.nation
    >>> bool(trace.hazards[day, place, first.side] >= trace.remaining[day, place, first.side])
    True
    """
    run = whole("run", run)
    if not 0 <= run < MOST_RUNS:
        raise ValueError(f"run: {run} must be from 0 to 2**63 - 1")
    seed = checked_request(1, seed, 0, 1, keeps_runs=False).seed
    if nation_class is not None and not is_nation(nation_class):
        raise ValueError(f"nation_class: {nation_class!r} must be a subclass of sim.Nation")
    arrays = arrays_of(scenario)
    check_memory(sizes_of(arrays))
    model = TracedModel(scenario, seed, run, nation_class or Nation, arrays)
    while model.running:
        model.step()
        if progress is not None:
            progress(model.day, scenario.days)
    return trace_of(model, seed, run, engine_name(nation_class))


def check_memory(sizes: Sizes) -> None:
    """Refuse a run of which no memory holds what every nation sees on every day.

    Raises
    ------
    MemoryError
    """
    needed, free = sizes.n_records * sizes.n_nations * BYTES_A_NATION_DAY, free_bytes()
    if free is not None and needed > free:
        raise MemoryError(
            f"{sizes.n_nations:,} nations over {sizes.n_records - 1:,} days need "
            f"{needed / 1e9:,.1f} GB of memory to be told, and {free / 1e9:,.1f} GB is free: "
            "ask for fewer days or nations"
        )


NAN = float("nan")
UNSEEN = Today(Features(*(NAN,) * (N_FEATURES - N_TRAITS)), (NAN, NAN), (NAN, NAN))
"""What a nation of the user's own saw, if it does not say."""


class TraceRecorder:
    """Notes on one run, from which its `Trace` is made; see there for the arrays."""

    def __init__(self, model: CoalitionModel) -> None:
        n_records, n_nations = model.structure.n_days + 1, model.n_nations
        self.considered = np.zeros((n_records, n_nations), dtype=np.int8)
        self.held = np.zeros((n_records, n_nations), dtype=np.bool_)
        self.features = np.full((n_records, n_nations, N_FEATURES), np.nan)
        self.hazards = np.full((n_records, n_nations, 2), np.nan)
        self.remaining = np.full((n_records, n_nations, 2), np.nan)
        self.requirement = np.zeros(n_records)
        self.has_deal = np.zeros(n_records, dtype=np.bool_)
        self.visits: list[list[Visit]] = [[] for _ in range(n_nations)]
        self.moves: list[MoveRecord] = []
        self.pledges: list[PledgeRecord] = []
        self.events: list[EventRecord] = []
        self.n_notes = 0

    def when(self, day: int, part: int, moment: float = 0.0) -> Timestamp:
        """The next note's place in time."""
        self.n_notes += 1
        return Timestamp(day, part, moment, self.n_notes)

    def write_visit(self, nation: Nation, day: int, first_day: int) -> None:
        """Note that a nation has come to a stage, and what thresholds it drew there."""
        thresholds = (float(nation.remaining[0]), float(nation.remaining[1]))
        self.visits[nation.place].append(Visit(nation.stage, day, first_day, thresholds))

    def write_events(self, model: CoalitionModel) -> None:
        """Note how nations stand once the day's events have taken effect."""
        day, nations = model.day, model.nations
        self.considered[day] = [nation.stage for nation in nations]
        self.held[day] = [nation.is_held for nation in nations]
        self.features[day, :, :N_TRAITS] = [nation.traits() for nation in nations]
        for nation in nations:
            nation.today = None

    def write_day(self, model: CoalitionModel) -> None:
        """Note what nations saw and faced today, and what the day ended with."""
        day = model.day
        self.requirement[day], self.has_deal[day] = model.requirement, model.has_deal
        seen = [nation.today or UNSEEN for nation in model.nations]
        self.features[day, :, N_TRAITS:] = [today.features for today in seen]
        self.hazards[day] = [today.hazards for today in seen]
        self.remaining[day] = [today.remaining for today in seen]


def reasons_of(nation: Nation, pledge: Integers) -> PledgeReasons:
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


def in_force_units(pledge: Integers) -> tuple[float, ...]:
    """A pledge in force units, by kind."""
    return tuple(float(units) for units in pledge * FORCE_UNIT)


class TracedModel(CoalitionModel):
    """A run that keeps a `TraceRecorder` and is otherwise the same as that of `CoalitionModel`."""

    notes: TraceRecorder
    calendar: TracedCalendar
    is_moving = False
    is_deciding = False

    def step_conditions(self) -> None:
        """Note how nations stand after the day's events, then move the conditions."""
        self.is_deciding = True
        self.notes.write_events(self)
        super().step_conditions()

    def move(self, nation: Nation, stage: int) -> None:
        """Move a nation, and note when in the day and why."""
        before, day, notes = nation.stage, self.day, self.notes
        moment = min(1.0, *nation.moments) if self.is_deciding else 0.0
        part, cause = (MOVES, DECISION) if self.is_deciding else (EVENTS, self.calendar.cause)
        notes.moves.append(
            MoveRecord(notes.when(day, part, moment), nation.place, before, stage, cause)
        )
        self.is_moving = True
        super().move(nation, stage)
        self.is_moving = False
        notes.write_visit(nation, day, day + 1 if self.is_deciding else day)

    def put_pledge(self, nation: Nation, pledge: np.ndarray) -> None:
        """Put a pledge in place of another, and note what it rests on."""
        if self.n_kinds > 0 and (nation.pledge.any() or not self.is_moving):
            how = self._how(nation, pledge)
            reasons = reasons_of(nation, pledge) if how in (NEW, RAISED, KEPT) else None
            before, after = in_force_units(nation.pledge), in_force_units(pledge)
            when = self._when_pledged(how)
            self.notes.pledges.append(PledgeRecord(when, nation.place, how, before, after, reasons))
        super().put_pledge(nation, pledge)

    def end_day(self) -> None:
        """Note what nations saw today, then end the day."""
        self.is_deciding = False
        self.notes.write_day(self)
        super().end_day()

    def _when_pledged(self, how: str) -> Timestamp:
        """When a pledge is made: one that is lost goes with its nation's move."""
        if how != ERASED:
            return self.notes.when(self.day, EVENTS if how == STATED else PLEDGES)
        move = self.notes.moves[-1].when
        return self.notes.when(move.day, move.part, move.moment)

    def _how(self, nation: Nation, pledge: Integers) -> str:
        """What becomes of a pledge."""
        if self.is_moving:
            return ERASED
        if self.day == 0:
            units = self.structure.start_pledge[nation.place]
            return STATED if self.n_kinds > 0 and not np.isnan(units[0]) else NEW
        if not self.is_deciding:
            return STATED
        if nation.pledged_on < 0:
            return NEW
        return KEPT if np.array_equal(pledge, nation.pledge) else RAISED

    def _begin_shared(self) -> None:
        super()._begin_shared()
        self.calendar = TracedCalendar(self)

    def _begin_coalition(self) -> None:
        self.notes = TraceRecorder(self)
        for nation in self.nations:
            self.notes.write_visit(nation, 0, 1)
            self.notes.considered[0, nation.place] = nation.stage
        super()._begin_coalition()
        self.notes.requirement[0] = self.requirement


class TracedCalendar(Calendar):
    """A calendar that notes in the model's recorder how each event took effect.

    Attributes
    ----------
    cause : str
        Why nations are being moved.
    signed : set of Entry
        Deals that have been signed.
    """

    model: TracedModel
    cause = EVENT

    def __init__(self, model: TracedModel) -> None:
        super().__init__(model)
        self.signed: set[Entry] = set()
        self.ending: Entry | None = None

    def remember_past(self) -> None:
        """Feed memories with the past, and note who announced, each nation once."""
        announced: set[Nation] = set()
        for entry in self.entries:
            if entry.event.kind == "move" and entry.event.date < 1:
                newcomers = [each for each in self.nations(entry) if each not in announced]
                announced |= set(newcomers)
                self._write(entry, nations=newcomers)
        super().remember_past()

    def put(self, entry: Entry) -> None:
        """Put nations in a stage; note whom it moved."""
        notes = self.model.notes
        n_before, when = len(notes.moves), notes.when(self.model.day, EVENTS)
        super().put(entry)
        moved = [self.model.nations[move.nation] for move in notes.moves[n_before:]]
        self._write(entry, nations=moved)
        notes.events[-1] = notes.events[-1]._replace(when=when)

    def follow_deals(self, day: int) -> None:
        """Sign deals and end them; note which."""
        before, deals = self.deal, [each for each in self.entries if each.event.kind == "deal"]
        for entry in deals:
            if entry.event.date == day and entry.first < 1.0:
                self._write(entry, "deal opens", probability=entry.first)
        self.ending = before
        super().follow_deals(day)
        if self.deal is not None and self.deal is not before:
            if before is not None:
                self._write(before, "deal collapses")
            self.signed.add(self.deal)
            self._write(self.deal, "deal signed")
        for entry in deals:
            if entry.until == day and entry not in self.signed:
                self._write(entry, "deal lapses")

    def call_back(self) -> None:
        """Send the deployed back after a deal collapsed; note which deal."""
        if self.ending is not None:
            self._write(self.ending, "deal collapses")
        self.cause = COLLAPSE
        super().call_back()
        self.cause = EVENT

    def convene(self, entry: Entry) -> None:
        """Let those who attend a meeting feel convened; note who they are."""
        nations = self.nations(entry)
        earlier = [nation for nation in nations if nation.attends]
        for nation in earlier:  # at another meeting of the day
            nation.attends = False
        super().convene(entry)
        attending = [nation for nation in nations if nation.attends]
        for nation in earlier:
            nation.attends = True
        self._write(entry, nations=attending, weight=entry.first)

    def publish(self, entry: Entry) -> None:
        """Tell those whom a list covers; note who they are."""
        super().publish(entry)
        self._write(entry, nations=self.nations(entry))

    def shift_opinion(self, entry: Entry) -> None:
        """Shift domestic support; note whose."""
        super().shift_opinion(entry)
        self._write(entry, nations=self.nations(entry), shift=entry.first)

    def change_requirement(self, entry: Entry) -> None:
        """Change the force that is needed; note from what."""
        before = self.model.requirement
        super().change_requirement(entry)
        self._write(entry, before=before, after=self.model.requirement)

    def jolt(self, entry: Entry) -> None:
        """Add to today's jump of a condition; note how much."""
        place = self.condition(entry)
        before = self.jumps[place]
        super().jolt(entry)
        numbers = {"jump": self.jumps[place] - before}
        if entry.event.kind == "proposal":
            names = ("gain", "reference", "adequacy")
            numbers |= zip(names, (entry.first, entry.second, self.model.adequacy), strict=True)
        self._write(entry, "", (), **numbers)

    def add_signals(self, day: int) -> None:
        """Add up the signals in force; note which begin and end today."""
        super().add_signals(day)
        for entry in self.entries:
            if entry.event.kind == "signal" and entry.event.date == day:
                self._write(entry, shift=entry.first)
            elif entry.event.kind == "signal" and entry.until == day:
                self._write(entry, "signal ends", shift=entry.first)

    def _write(
        self, entry: Entry, kind: str = "", nations: Sequence[Nation] = (), **numbers: float
    ) -> None:
        """Note an event: before the first day on its own date, in the run today."""
        event, model = entry.event, self.model
        day = model.day if model.day > 0 else event.date
        label = event.to if event.kind == "move" else getattr(event, event.kind)
        model.notes.events.append(
            EventRecord(
                model.notes.when(day, EVENTS),
                kind or event.kind,
                label if isinstance(label, str) and event.kind != "opinion" else "",
                tuple(nation.place for nation in nations),
                numbers,
            )
        )


def trace_of(model: TracedModel, seed: int, run: int, engine: str) -> Trace:
    """The trace of a run that has ended."""
    notes, log = model.notes, model.logbook
    return Trace(
        scenario=model.scenario,
        seed=seed,
        run=run,
        engine=engine,
        rate=model.inputs.rate.copy(),
        coefficient=model.inputs.coefficient.copy(),
        stage=log.stage,
        considered=notes.considered,
        held=notes.held,
        features=notes.features,
        hazards=notes.hazards,
        remaining=notes.remaining,
        size=log.size,
        conditions=log.conditions,
        force=log.force,
        requirement=notes.requirement,
        has_deal=notes.has_deal,
        visits=tuple(map(tuple, notes.visits)),
        moves=tuple(sorted(notes.moves)),
        pledges=tuple(sorted(notes.pledges, key=lambda pledge: pledge.when)),
        events=tuple(sorted(notes.events, key=lambda event: event.when)),
        success_day=log.success_day,
    )
