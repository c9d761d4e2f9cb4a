"""Where nations can be, day by day: which stages, and which moves they are ever at risk of.

Only what is certain rules a stage out: chances of 0, moves without a rate, deals that no event
offers, and dated events. Whatever a draw might bring counts as possible.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from sim.core.stages import (
    DEPLOYED,
    EXIT,
    FORWARD,
    LEFT,
    OUTSIDE,
    PLEDGED,
    PUBLIC,
    STAGES,
    TALKS,
    WILLING,
)
from sim.scenario.arrays.slots import moves_by_stage
from sim.scenario.behaviour import Move
from sim.scenario.distribution import ends_of

Stages = frozenset[int]
Side = tuple[int, int]
"""A stage, and `FORWARD` or `EXIT`."""

# As `sim.core.rules.moves` has them, which imports Numba: a scenario is looked at without it.
PUBLIC_STAGES = frozenset((PUBLIC, PLEDGED, DEPLOYED))
FIRM_STAGES = frozenset((PLEDGED, DEPLOYED))


class Phase(NamedTuple):
    """Days on which the same is possible.

    Attributes
    ----------
    first, last : int
        Days; day 0 is a phase of its own.
    there : frozenset of int
        Stages in which a nation may be once the day's events have taken effect.
    at_risk : frozenset of int
        Those of them from which it may move by itself: no event has moved it that day.
    """

    first: int
    last: int
    there: Stages
    at_risk: Stages


class Placing(NamedTuple):
    """An event that puts a nation in a stage: its days, its number in the file, the stage.

    It does so for certain if its day is fixed; else on one of the days, or not in the run at all.
    """

    first: int
    last: int
    event: int
    stage: int
    is_certain: bool


class Course(NamedTuple):
    """All that may happen to a nation.

    Attributes
    ----------
    phases : tuple of Phase
    ever : frozenset of int
        Stages in which it may be at the end of any day.
    idle : frozenset of int
        Numbers of the events that find it in their stage for certain, and change nothing.
    """

    phases: tuple[Phase, ...]
    ever: Stages
    idle: frozenset[int]

    def index_of(self, day: int) -> int:
        """The number of the phase of a day; of one before the run, that of day 0."""
        return bisect_right(self.phases, max(day, 0), key=lambda phase: phase.first) - 1

    def during(self, event: Any) -> tuple[Phase, ...]:
        """The phases of the days that an event's date may be; before the run, that of day 0."""
        first, last = event.first_date, event.last_date
        phases = self.phases[self.index_of(first) : self.index_of(last) + 1]
        return tuple(p._replace(first=max(p.first, first), last=min(p.last, last)) for p in phases)


class Reach:
    """What is possible in a scenario, for each nation.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Any) -> None:
        self.scenario = scenario
        self.moves: dict[Side, tuple[str, Move]] = {
            (stage, side): (path, move)
            for stage, side, path, move in moves_by_stage(scenario.behaviour)
        }
        deals = [event for event in scenario.events if event.kind == "deal"]
        self.first_deal = min((deal.first_date for deal in deals), default=None)
        self._collapses = {deal.collapses for deal in deals if deal.collapses is not None}
        self._sides_since: dict[int, list[frozenset[Side]]] = {}  # by course, from each phase on

    @cached_property
    def courses(self) -> list[Course]:
        """The course of each nation; nations that start alike and are placed alike share one."""
        placings: dict[str, list[Placing]] = {nation.id: [] for nation in self.scenario.nations}
        for number, event in enumerate(self.scenario.events):
            if event.kind == "move" and event.last_date >= 1:
                first, last = event.first_date, event.last_date
                placing = Placing(
                    max(1, first), last, number, STAGES.index(event.to), is_certain=first == last
                )
                for nation in set(event.move):
                    placings[nation].append(placing)
        known: dict[tuple[Stages, tuple[Placing, ...]], Course] = {}
        courses = []
        for nation in self.scenario.nations:
            start = first_stages(nation, self.scenario.behaviour)
            key = start, tuple(sorted(placings[nation.id]))
            if key not in known:
                known[key] = self._course(*key)
            courses.append(known[key])
        return courses

    @cached_property
    def unlike(self) -> list[int]:
        """One nation for each course."""
        first: dict[int, int] = {}
        for nation, course in enumerate(self.courses):
            first.setdefault(id(course), nation)
        return list(first.values())

    def open_sides(self, phase: Phase) -> Iterator[Side]:
        """The moves of which a nation is at risk on some day of a phase, rates aside."""
        for stage in phase.at_risk:
            for side in (FORWARD, EXIT):
                is_deploy = (stage, side) == (PLEDGED, FORWARD)
                if is_deploy and (self.first_deal is None or phase.last < self.first_deal):
                    continue
                if (stage, side) in self.moves:
                    yield stage, side

    def can_happen(self, side: Side) -> bool:
        """Whether a move has a rate that is not 0."""
        return ends_of(self.moves[side][1].rate) != (0.0, 0.0)

    def sides_since(self, nation: int, day: int = 1) -> frozenset[Side]:
        """The moves of which a nation is at risk on a day or after it, rates aside."""
        course = self.courses[nation]
        if id(course) not in self._sides_since:
            found, later = [], frozenset[Side]()
            for phase in reversed(course.phases):
                later = later.union(self.open_sides(phase))
                found.append(later)
            self._sides_since[id(course)] = found[::-1]
        return self._sides_since[id(course)][course.index_of(day)]

    def _course(self, start: Stages, placings: tuple[Placing, ...]) -> Course:
        """What may happen to a nation that starts in one of some stages.

        Between events the stages only grow in number, and soon they are all there: days on which
        nothing new can happen are passed over.
        """
        days: int = self.scenario.days
        by_day: dict[int, list[Placing]] = {}
        for placing in placings:
            if placing.is_certain:
                by_day.setdefault(placing.first, []).append(placing)
        possible = [placing for placing in placings if not placing.is_certain]
        begins = {placing.first for placing in placings}
        special = sorted({*begins, *self._collapses, self.first_deal or 1, days + 1})
        phases = [Phase(0, 0, start, frozenset())]
        stages, ever, idle = start, start, {placing.event for placing in placings}
        day = 1
        while day <= days:
            today = [each for each in possible if each.first <= day <= each.last]
            drawn = frozenset(each.stage for each in today)
            there, at_risk = stages | drawn, stages
            idle -= {each.event for each in today if there != {each.stage}}
            for placing in by_day.get(day, ()):
                at_risk &= {placing.stage}  # unless it was there before, it is held until tomorrow
                if there != {placing.stage}:
                    idle.discard(placing.event)
                there = frozenset((placing.stage,))
            there |= drawn  # one of them may also come after those that are certain
            if day in self._collapses and DEPLOYED in there:
                there |= {PLEDGED}
            phase = Phase(day, day, there, at_risk)
            entered = {
                destination_of((stage, side))
                for stage, side in self.open_sides(phase)
                if self.can_happen((stage, side))
            }
            later = there | entered
            is_still = later == stages and there == stages and at_risk == stages
            end = special[bisect_right(special, day)] - 1 if is_still else day
            phases.append(phase._replace(last=min(end, days)))
            stages, ever, day = later, ever | there | later, end + 1
        return Course(tuple(phases), ever, frozenset(idle))


def first_stages(nation: Any, behaviour: Any) -> Stages:
    """The stages in which a nation may be on day 0."""
    if not nation.is_by_law:
        return frozenset(STAGES.index(s) for s, chance in nation.stage.items() if chance != 0)
    least, most = ends_of(behaviour.initial.willing.share)
    found = {OUTSIDE}
    found |= {TALKS} if least < 1 else set()
    found |= {WILLING} if most > 0 else set()
    return frozenset(found)


def destination_of(side: Side) -> int:
    """The stage that a move leads to."""
    stage, which = side
    if which == EXIT:
        return LEFT
    return TALKS if stage == LEFT else stage + 1


def announces(course: Course) -> bool:
    """Whether a nation may go public in the run: it may be public, and it may not be."""
    return bool(course.ever & PUBLIC_STAGES) and bool(course.ever - PUBLIC_STAGES)


def may_defect(course: Course) -> bool:
    """Whether a nation may leave after having been public."""
    return bool(course.ever & PUBLIC_STAGES) and LEFT in course.ever
