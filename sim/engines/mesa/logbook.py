"""What is written down of one run of the Mesa model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.core.rules.moves import is_public
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.success import NEVER, held_since
from sim.core.stages import LEFT, N_STAGES

if TYPE_CHECKING:
    from sim.engines.mesa.agents import Nation
    from sim.engines.mesa.model import CoalitionModel


class Logbook:
    """Sizes, conditions and force by day; first days at each stage; success.

    Attributes
    ----------
    size : ndarray of int64, shape (3, n_days + 1)
        Public, private and firm size at the end of each day.
    stage : ndarray of int8, shape (n_days + 1, n_nations)
    conditions : ndarray, shape (n_days + 1, n_conditions)
    force : ndarray, shape (n_days + 1, n_kinds + 1), force units, the last in all
    first_day : ndarray, shape (n_nations, 7); refusal_day, exit_day : ndarray, shape (n_nations,)
        -1 for never.
    success_day : int
        First day of the first stretch on which every threshold held; -1 for never.
    """

    def __init__(self, model: CoalitionModel) -> None:
        self.model = model
        n_records, n_nations = model.structure.n_days + 1, model.n_nations
        self.size = np.zeros((3, n_records), dtype=np.int64)
        self.stage = np.zeros((n_records, n_nations), dtype=np.int8)
        self.conditions = np.zeros((n_records, len(model.conditions)))
        self.force = np.zeros((n_records, model.n_kinds + 1))
        self.first_day = np.full((n_nations, N_STAGES), NEVER, dtype=np.int64)
        self.refusal_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.exit_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.success_day = NEVER
        self.held_for = 0

    def write_start(self) -> None:
        """Write down where nations stand on day 0."""
        for nation in self.model.nations:
            self.first_day[nation.place, nation.stage] = 0

    def write_move(self, nation: Nation, stage: int) -> None:
        """Write down that a nation moves to a stage today, before it does."""
        day, place = self.model.day, nation.place
        if self.first_day[place, stage] == NEVER:
            self.first_day[place, stage] = day
        if stage == LEFT:
            days = self.exit_day if is_public(nation.stage) else self.refusal_day
            if days[place] == NEVER:
                days[place] = day

    def write_day(self) -> None:
        """Write down how the day ended."""
        model, day = self.model, self.model.day
        self.size[:, day] = model.public_size, model.private_size, model.firm_size
        self.stage[day] = [nation.stage for nation in model.nations]
        self.conditions[day] = model.conditions
        self.force[day, :-1] = model.force * FORCE_UNIT
        self.force[day, -1] = int(model.force.sum()) * FORCE_UNIT
        self.follow_success()

    def follow_success(self) -> None:
        """Note the first day from which every threshold held for long enough."""
        goals, model = self.model.structure.goals, self.model
        if not goals.is_set or self.success_day != NEVER:
            return
        share = int(model.force.sum()) * FORCE_UNIT / model.requirement
        meets = model.public_size >= goals.public_size and share >= goals.requirement_share
        meets = meets and all(np.array(model.conditions) >= goals.conditions)
        self.held_for = held_since(meets, self.held_for)
        if self.held_for >= goals.hold:
            self.success_day = model.day - self.held_for + 1
