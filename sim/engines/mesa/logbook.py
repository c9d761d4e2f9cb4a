"""The record of one run of the Mesa model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.core.layout import Integers, Structure
from sim.core.rules.breadth import is_covered, share_covered
from sim.core.rules.moves import is_public
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.success import NEVER, days_held, is_within
from sim.core.stages import LEFT, N_STAGES


class Logbook:
    """Sizes, conditions and force by day; first days at each stage; success.

    Attributes
    ----------
    size : ndarray of int64, shape (3, n_days + 1)
        Public, private and firm size at the end of each day.
    stage : ndarray of int8, shape (n_days + 1, n_nations)
    conditions : ndarray, shape (n_days + 1, n_conditions)
    force : ndarray, shape (n_days + 1, n_kinds + 1), force units, the last of all kinds
    groups_covered, kinds_covered : ndarray of int64, shape (n_days + 1,)
    capacity_public : ndarray, shape (n_days + 1,)
        Public nations' share of all capacity; not a number where there is none.
    first_day : ndarray, shape (n_nations, 7); refusal_day, exit_day : ndarray, shape (n_nations,)
        -1 for never.
    success_day : int
        First day of the first stretch on which every threshold held; -1 for never.
    quorum_day : int
        First day at whose end the coalition's quorum held; -1 for never.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        n_records, (n_nations, n_kinds) = structure.n_days + 1, structure.start_pledge.shape
        self.goals = structure.goals
        self.size = np.zeros((3, n_records), dtype=np.int64)
        self.stage = np.zeros((n_records, n_nations), dtype=np.int8)
        self.conditions = np.zeros((n_records, structure.condition_key.size))
        self.force = np.zeros((n_records, n_kinds + 1))
        self.groups_covered = np.zeros(n_records, dtype=np.int64)
        self.kinds_covered = np.zeros(n_records, dtype=np.int64)
        self.capacity_public = np.zeros(n_records)
        self.first_day = np.full((n_nations, N_STAGES), NEVER, dtype=np.int64)
        self.refusal_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.exit_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.success_day = self.quorum_day = NEVER
        self.held_for = 0

    def record_start(self, stages: Sequence[int]) -> None:
        """Record the stage of each nation on day 0."""
        self.first_day[np.arange(len(stages)), stages] = 0

    def record_move(self, day: int, nation: int, before: int, after: int) -> None:
        """Record that a nation, by its index, goes from one stage to another."""
        if self.first_day[nation, after] == NEVER:
            self.first_day[nation, after] = day
        if after == LEFT:
            days = self.exit_day if is_public(before) else self.refusal_day
            if days[nation] == NEVER:
                days[nation] = day

    def record_day(
        self,
        day: int,
        sizes: tuple[int, int, int],
        stages: Sequence[int],
        conditions: Sequence[float],
        force: Integers,
    ) -> None:
        """Record the state at the end of a day; force by kind in units of 2**-30."""
        self.size[:, day] = sizes
        self.stage[day] = stages
        self.conditions[day] = conditions
        self.force[day, :-1] = force * FORCE_UNIT
        self.force[day, -1] = int(force.sum()) * FORCE_UNIT

    def record_breadth(self, day: int, groups: int, kinds: int, capacity: float) -> None:
        """Record how many groups and kinds are covered, and which share of capacity is public."""
        self.groups_covered[day] = groups
        self.kinds_covered[day] = kinds
        self.capacity_public[day] = capacity

    def record_quorum(self, day: int, holds: bool) -> None:
        """Note the first day at whose end the coalition's quorum holds."""
        if holds and self.quorum_day == NEVER:
            self.quorum_day = day

    def record_success(self, day: int, requirement: float) -> None:
        """Note the first day from which every threshold held for long enough."""
        goals = self.goals
        if not goals.is_set or self.success_day != NEVER:
            return
        self.held_for = days_held(self.meets_goals(day, requirement), self.held_for)
        if self.held_for >= goals.hold:
            self.success_day = day - self.held_for + 1

    def meets_goals(self, day: int, requirement: float) -> bool:
        """Return whether every threshold of success holds at the end of a day."""
        goals = self.goals
        share = float(self.force[day, -1]) / float(requirement)  # NumPy warns if it is infinite
        if self.size[0, day] < goals.public_size or share < goals.requirement_share:
            return False
        bounds = zip(self.conditions[day], goals.conditions, goals.at_most, strict=True)
        if not all(is_within(*each) for each in bounds):
            return False
        members = self.stage[day, goals.members == 1]
        groups, kinds = int(self.groups_covered[day]), int(self.kinds_covered[day])
        n_groups, n_kinds = self.structure.groups.n_groups, self.structure.kind_key.size
        return (
            all(map(is_public, members))
            and is_covered(share_covered(groups, n_groups), goals.groups_covered)
            and is_covered(share_covered(kinds, n_kinds), goals.kinds_covered)
            and is_covered(self.capacity_public[day], goals.capacity_public)
        )
