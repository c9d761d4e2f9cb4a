"""Notes on one run of the Mesa model: what each nation saw, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.core.rules.hazard import Features
from sim.core.rules.pledges import FORCE_UNIT, shadow_price
from sim.core.stages import N_FEATURES, N_TRAITS
from sim.engines.mesa.agents import Nation, Today
from sim.results.trace.events_log import Happening, Move, Pledge, Reasons, Visit, When

if TYPE_CHECKING:
    from sim.core.layout import Integers
    from sim.engines.mesa.model import CoalitionModel


NAN = float("nan")
UNSEEN = Today(Features(*(NAN,) * (N_FEATURES - N_TRAITS)), (NAN, NAN), (NAN, NAN))
"""What a nation of the user's own saw, if it does not say."""


class Notebook:
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
        self.moves: list[Move] = []
        self.pledges: list[Pledge] = []
        self.happenings: list[Happening] = []
        self.n_notes = 0

    def when(self, day: int, part: int, moment: float = 0.0) -> When:
        """The next note's place in time."""
        self.n_notes += 1
        return When(day, part, moment, self.n_notes)

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


def reasons_of(nation: Nation, pledge: Integers) -> Reasons:
    """What a pledge rests on that a nation has chosen and not made yet."""
    model, offer, prize = nation.model, nation.offer(), nation.prize()
    per_cost, capacity, floor = (
        tuple(map(float, offer.real[start : start + offer.n_kinds]))
        for start in (offer.per_cost, offer.capacity, offer.floor)
    )
    is_own_rule = type(nation).choose_contributions is not Nation.choose_contributions
    return Reasons(
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
