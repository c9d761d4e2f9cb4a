"""The record of one run of the Mesa model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.layout import Integers, Reals, Structure
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.success import NEVER
from sim.core.stages import LEFT, N_STAGES
from sim.engines.mesa.daily_rules import (
    days_held,
    is_covered,
    is_public,
    is_within,
    share_covered,
)


class Day(NamedTuple):
    """The state at the end of a day.

    Attributes
    ----------
    sizes : tuple of int
        Public, private and firm size.
    stages : list of int, by nation
    conditions : list of float
    force : list of int, units of 2**-30
        By kind, and the last of all kinds.
    groups_covered, kinds_covered : int
    capacity_public : float
    """

    sizes: tuple[int, int, int]
    stages: list[int]
    conditions: list[float]
    force: list[int]
    groups_covered: int
    kinds_covered: int
    capacity_public: float


class Logbook:
    """Sizes, conditions and force by day; first days at each stage; success.

    Attributes
    ----------
    days : list of Day
        Those that have passed, from day 0 on.
    first_day : ndarray, shape (n_nations, 7); refusal_day, exit_day : ndarray, shape (n_nations,)
        -1 for never.
    success_day : int
        First day of the first stretch on which every threshold held; -1 for never.
    quorum_day : int
        First day at whose end the coalition's quorum held; -1 for never.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        n_nations, _ = structure.start_pledge.shape
        self.goals = structure.goals
        self.members = np.flatnonzero(structure.goals.members).tolist()
        self.bounds = list(
            zip(self.goals.conditions.tolist(), self.goals.at_most.tolist(), strict=True)
        )
        self.days: list[Day] = []
        self.first_day = np.full((n_nations, N_STAGES), NEVER, dtype=np.int64)
        self.refusal_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.exit_day = np.full(n_nations, NEVER, dtype=np.int64)
        self.success_day = self.quorum_day = NEVER
        self.held_for = 0

    # By day, for all days of the run: 0 on those that have not come yet.

    @property
    def size(self) -> Integers:
        """Public, private and firm size, shape (3, n_days + 1)."""
        return self._by_day("sizes", (3,), np.int64).T

    @property
    def stage(self) -> NDArray[np.int8]:
        """Stages, shape (n_days + 1, n_nations)."""
        return self._by_day("stages", (self.structure.nation_key.size,), np.int8)

    @property
    def conditions(self) -> Reals:
        """Values of conditions, shape (n_days + 1, n_conditions)."""
        return self._by_day("conditions", (self.structure.condition_key.size,), np.float64)

    @property
    def force(self) -> Reals:
        """Force of each kind and of all, shape (n_days + 1, n_kinds + 1), force units."""
        units = self._by_day("force", (self.structure.kind_key.size + 1,), np.int64)
        return units * FORCE_UNIT

    @property
    def groups_covered(self) -> Integers:
        """How many groups have a public member, by day."""
        return self._by_day("groups_covered", (), np.int64)

    @property
    def kinds_covered(self) -> Integers:
        """How many kinds are pledged, by day."""
        return self._by_day("kinds_covered", (), np.int64)

    @property
    def capacity_public(self) -> Reals:
        """Public share of all capacity, by day; not a number where there is none."""
        return self._by_day("capacity_public", (), np.float64)

    def _by_day(self, name: str, shape: tuple[int, ...], dtype: type) -> NDArray[Any]:
        out: NDArray[Any] = np.zeros((self.structure.n_days + 1, *shape), dtype=dtype)
        if self.days:
            out[: len(self.days)] = [getattr(day, name) for day in self.days]
        return out

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

    def record_day(self, day: Day) -> None:
        """Record the state at the end of a day."""
        self.days.append(day)

    def record_quorum(self, day: int, holds: bool) -> None:
        """Note the first day at whose end the coalition's quorum holds."""
        if holds and self.quorum_day == NEVER:
            self.quorum_day = day

    def record_success(self, day: int, requirement: float) -> None:
        """Note the first day from which every threshold held for long enough."""
        goals = self.goals
        if not goals.is_set or self.success_day != NEVER:
            return
        self.held_for = days_held(self.meets_goals(requirement), self.held_for)
        if self.held_for >= goals.hold:
            self.success_day = day - self.held_for + 1

    def meets_goals(self, requirement: float) -> bool:
        """Return whether every threshold of success holds at the end of the last day."""
        goals, today = self.goals, self.days[-1]
        share = today.force[-1] * FORCE_UNIT / requirement
        if today.sizes[0] < goals.public_size or share < goals.requirement_share:
            return False
        bounds = zip(today.conditions, self.bounds, strict=True)
        if not all(is_within(value, least, most) for value, (least, most) in bounds):
            return False
        groups = share_covered(today.groups_covered, self.structure.groups.n_groups)
        kinds = share_covered(today.kinds_covered, self.structure.kind_key.size)
        return (
            all(is_public(today.stages[member]) for member in self.members)
            and is_covered(groups, goals.groups_covered)
            and is_covered(kinds, goals.kinds_covered)
            and is_covered(today.capacity_public, goals.capacity_public)
        )
