"""Dated events as the Mesa model meets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.core.draws import DEAL, one_uniform, stable_key
from sim.core.rules.influence import faded, impression, remembered
from sim.core.rules.moves import is_firm, takes_part
from sim.core.stages import DEPLOYED, PLEDGED, STAGES
from sim.scenario.arrays.calendar import KINDS, NAMED_BY, until
from sim.scenario.events import event_keys

if TYPE_CHECKING:
    from sim.engines.mesa.agents import Nation
    from sim.engines.mesa.model import CoalitionModel


@dataclass(frozen=True, eq=False)
class Entry:
    """One event with the numbers of this run.

    Attributes
    ----------
    event : one of the models in `sim.scenario.events`
    first, second : float
        Its numbers; see ``Inputs.event``.
    until : int
        First day on which it no longer holds.
    key : uint64
    """

    event: Any
    first: float
    second: float
    until: int
    key: np.uint64


class Calendar:
    """All events of a run: who meets when, what shifts a condition, whether a deal is in force.

    Attributes
    ----------
    entries : list of Entry
        By day, then in the order in which the kinds take effect, then as in the file.
    deal : Entry or None
        The deal in force.
    shifts, jumps : list of float, one a condition
        Sums of the signals in force today, and of today's shocks and proposals.
    """

    def __init__(self, model: CoalitionModel) -> None:
        self.model = model
        self.deal: Entry | None = None
        self.shifts = [0.0] * len(model.inputs.level)
        self.jumps = [0.0] * len(model.inputs.level)
        scenario, numbers = model.scenario, model.inputs.event
        entries = [
            Entry(event, float(pair[0]), float(pair[1]), until(event), stable_key(name))
            for event, pair, name in zip(
                scenario.events, numbers, event_keys(scenario.events), strict=True
            )
        ]
        self.entries = sorted(
            entries, key=lambda entry: (entry.event.date, KINDS[entry.event.kind])
        )

    def take_effect(self, day: int) -> None:
        """Let a day's events take effect: moves, then deals, then meetings and the rest."""
        self.jumps = [0.0] * len(self.jumps)
        today = [entry for entry in self.entries if entry.event.date == day]
        for entry in today:
            if entry.event.kind == "move":
                self.put(entry)
        self.follow_deals(day)
        effects = {
            "meeting": self.convene,
            "list": self.publish,
            "opinion": self.shift_opinion,
            "requirement": self.change_requirement,
            "shock": self.jolt,
            "proposal": self.jolt,
        }
        for entry in today:
            if entry.event.kind in effects:
                effects[entry.event.kind](entry)
        self.add_signals(day)

    def remember_past(self) -> None:
        """Feed momentum and the memory of meetings with what happened on or before day 0."""
        model = self.model
        first = min([1, *(entry.event.date for entry in self.entries)])
        announced: set[Nation] = set()
        for day in range(first, 1):
            model.momentum = remembered(model.momentum, model.went_public, model.keep_momentum)
            model.went_public = 0
            for entry in self.entries:
                if entry.event.date == day and entry.event.kind == "move":
                    newcomers = set(self.nations(entry)) - announced
                    announced |= newcomers
                    model.went_public += len(newcomers)
                elif entry.event.date == day and entry.event.kind == "meeting":
                    self.convene(entry)
            for nation in model.nations:
                nation.convened = faded(nation.convened, model.keep_convened)
                nation.attends = False

    def nations(self, entry: Entry) -> list[Nation]:
        """Return the nations that an event is of, in file order."""
        named = getattr(entry.event, NAMED_BY[entry.event.kind])
        return [nation for nation in self.model.nations if named == "all" or nation.id in named]

    def condition(self, entry: Entry) -> int:
        """Return the place of the condition that an event names."""
        return list(self.model.scenario.conditions).index(getattr(entry.event, entry.event.kind))

    def put(self, entry: Entry) -> None:
        """Put nations in a stage; they are not at risk until tomorrow."""
        model, stage = self.model, STAGES.index(entry.event.to)
        for nation in self.nations(entry):
            if nation.stage == stage:
                continue
            nation.is_held = True
            model.move(nation, stage)
            if is_firm(stage):
                if entry.event.pledge is not None and model.n_kinds > 0:
                    kinds = model.scenario.contributions
                    units = [entry.event.pledge.get(kind, 0.0) for kind in kinds]
                    model.put_pledge(nation, nation.stated(units))
                elif nation.pledged_on < 0:
                    model.await_pledge(nation, float(nation.place - model.n_nations))

    def follow_deals(self, day: int) -> None:
        """Sign the deals that are signed today, and end the one that collapses today."""
        had_deal = self.deal is not None
        if self.deal is not None and self.deal.until <= day:
            self.deal = None
        for entry in self.entries:
            is_open = entry.event.kind == "deal" and entry.event.date <= day < entry.until
            if self.deal is None and is_open and self.signs_today(entry, day):
                self.deal = entry
        if had_deal and self.deal is None:
            self.call_back()

    def signs_today(self, entry: Entry, day: int) -> bool:
        """Return whether a deal that is still open is signed today."""
        model = self.model
        return one_uniform(model.seed_key, model.run_key, entry.key, DEAL, day) < entry.first

    def call_back(self) -> None:
        """Send the deployed back to pledged after a deal collapsed."""
        for nation in self.model.nations:
            if nation.stage == DEPLOYED:
                nation.is_held = True
                self.model.move(nation, PLEDGED)

    def convene(self, entry: Entry) -> None:
        """Let those who attend a meeting feel convened: of all, those who take part."""
        of_all = entry.event.participants == "all"
        for nation in self.nations(entry):
            if not of_all or takes_part(nation.stage):
                nation.convened = impression(nation.convened, entry.first)
                nation.attends = True

    def publish(self, entry: Entry) -> None:
        """Tell those whom a list covers that names come out today."""
        for nation in self.nations(entry):
            nation.listed = 1.0

    def shift_opinion(self, entry: Entry) -> None:
        """Shift the domestic support of the nations named, within [0, 1]."""
        for nation in self.nations(entry):
            nation.support = min(1.0, max(0.0, nation.support + entry.first))

    def change_requirement(self, entry: Entry) -> None:
        """Change the force that is needed."""
        self.model.requirement = entry.first

    def jolt(self, entry: Entry) -> None:
        """Add a shock, or the answer to a proposal, to today's jump of a condition."""
        jump = entry.first
        if entry.event.kind == "proposal":
            jump = entry.first * (self.model.adequacy - entry.second)
        self.jumps[self.condition(entry)] += jump

    def add_signals(self, day: int) -> None:
        """Add up the signals in force today, condition by condition."""
        self.shifts = [0.0] * len(self.shifts)
        for entry in self.entries:
            if entry.event.kind == "signal" and entry.event.date <= day < entry.until:
                self.shifts[self.condition(entry)] += entry.first
