"""What moves, pledges and success depend on in a scenario, and what is always 0."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.core.event_kinds import (
    CHANGES_REQUIREMENT,
    CONVENES,
    LIST,
    REOPENS_PLEDGES,
    SHIFTS_SUPPORT,
    in_family,
)
from sim.core.stages import FEATURES, FORWARD, PLEDGED, STAGES, Traits
from sim.scenario.distribution import ends_of
from sim.scenario.effects.courses import (
    FIRM_STAGES,
    PUBLIC_STAGES,
    Reach,
    announces,
    first_stages,
    may_defect,
)
from sim.scenario.events import TEMPO

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

TAKING_PART = range(STAGES.index("talks"), STAGES.index("left"))
"""Stages of those whom a meeting of all covers."""

NO_FORCE = "no nation that has any capacity can ever be pledged or deployed"
NOBODY_PUBLIC = "no nation can ever be public"
NO_DEMAND = "commitment.demand is 0, so capability does not count"


def is_nonzero(number: Any) -> bool:
    """Whether a number may be other than 0."""
    return ends_of(number) != (0.0, 0.0)


class Dependence:
    """What moves, pledges and success may depend on; whatever a draw might bring is possible.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.reach = Reach(scenario)
        self.n_nations = len(scenario.nations)
        self.indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
        self._features_since: dict[frozenset[tuple[int, int]], frozenset[str]] = {}
        self._unused: dict[str, str] = {}

    def looks_at(self, nation: int, day: int = 1) -> frozenset[str]:
        """Features with a coefficient in a move of which a nation is at risk from a day on."""
        sides = self.reach.sides_since(nation, day)
        if sides not in self._features_since:
            moves = [self.reach.moves[side][1] for side in sides if self.reach.can_happen(side)]
            self._features_since[sides] = frozenset(
                feature
                for feature in FEATURES
                if any(is_nonzero(getattr(move, feature)) for move in moves)
            )
        return self._features_since[sides]

    def starts_by(self, nation: int) -> frozenset[str]:
        """Features by which the initial law decides where a nation starts; none without it."""
        return self._law_features if nation in self.by_law else frozenset()

    @cached_property
    def by_law(self) -> frozenset[int]:
        """Nations whose stage on day 0 the initial law draws."""
        nations = enumerate(self.scenario.nations)
        return frozenset(index for index, nation in nations if nation.is_by_law)

    @cached_property
    def _law_features(self) -> frozenset[str]:
        law = self.scenario.behaviour.initial
        if law is None:
            return frozenset()
        return frozenset(each for each in Traits._fields if is_nonzero(getattr(law.talks, each)))

    @cached_property
    def features(self) -> frozenset[str]:
        """Features that some nation looks at."""
        return frozenset[str]().union(*map(self.looks_at, self.reach.unlike))

    @cached_property
    def can_be_public(self) -> bool:
        """Whether any nation may ever be public."""
        return any(course.ever & PUBLIC_STAGES for course in self.reach.courses)

    def unseen(self, feature: str, *, by_pledges: bool = False) -> str:
        """Why nations do not look at a feature, nor their pledges if those could depend on it."""
        moves = (move for _, move in self.reach.moves.values())
        has_coefficient = any(is_nonzero(getattr(move, feature)) for move in moves)
        which = "move within reach" if has_coefficient else "move"
        pledges = ", and no pledge within reach depends on it" if by_pledges else ""
        return f"no {which} has a coefficient of {feature}{pledges}"

    @property
    def asks_forces(self) -> bool:
        """Whether capability may count at all."""
        return is_nonzero(self.scenario.commitment.demand)

    def has_capacity(self, nation: int, kind: str | None = None) -> bool:
        """Whether a nation may have something to give."""
        capacity = self.scenario.nations[nation].capacity
        kinds = self.scenario.contributions if kind is None else (kind,)
        return any(is_nonzero(capacity.get(each, 0.0)) for each in kinds)

    @cached_property
    def givers(self) -> list[int]:
        """Nations that may have something to give and may be pledged or deployed."""
        courses = self.reach.courses
        return [
            nation
            for nation in range(self.n_nations)
            if courses[nation].ever & FIRM_STAGES and self.has_capacity(nation)
        ]

    @cached_property
    def choosers(self) -> frozenset[int]:
        """Those of them that may choose a pledge, rather than only have one stated for them."""
        placed = {
            self.indices[nation]
            for event in self.scenario.events
            if event.kind == "move" and event.last_date >= 1
            if getattr(event, "pledge", None) is None
            if STAGES.index(getattr(event, "to", "")) in FIRM_STAGES
            for nation in getattr(event, "move", ())
        }
        side = STAGES.index("public"), FORWARD
        found = set()
        for index in self.givers:
            nation = self.scenario.nations[index]
            starts = first_stages(nation, self.scenario.behaviour)
            chooses_first = bool(starts & FIRM_STAGES) and nation.pledge is None
            if chooses_first or index in placed or side in self.reach.sides_since(index):
                found.add(index)
        if len(found) < len(self.givers):
            found.update(*map(self.reconsidering, self.scenario.events))
        return frozenset(found)

    def covered(self, event: Any) -> list[int]:
        """Nations that an event is about; of one of all that convenes, those that may take part."""
        return self._covered(event, range(self.n_nations))

    def covered_alike(self, event: Any) -> list[int]:
        """The same with one nation in place of all that have a course in common."""
        return self._covered(event, self.reach.unlike)

    def _covered(self, event: Any, nations: Iterable[int]) -> list[int]:
        named = getattr(event, event.nations)
        if named != "all":
            return sorted({self.indices[nation] for nation in named})
        convenes, is_felt_by_all = (in_family(event.kind, f) for f in (CONVENES, SHIFTS_SUPPORT))
        if not convenes or is_felt_by_all:
            return list(nations)
        courses = self.reach.courses
        return [
            nation
            for nation in nations
            if any(not p.there.isdisjoint(TAKING_PART) for p in courses[nation].during(event))
        ]

    def seen_by(self, event: Any) -> frozenset[str]:
        """Features that nations which an event is about look at, on its day or later."""
        day, nations = max(event.first_date, 1), self.covered_alike(event)
        return frozenset[str]().union(*(self.looks_at(nation, day) for nation in nations))

    def reconsidering(self, event: Any) -> list[int]:
        """Nations that may look again at their pledge because of an event, a meeting."""
        if not in_family(event.kind, REOPENS_PLEDGES) or event.last_date < 1:
            return []
        courses, named = self.reach.courses, getattr(event, event.nations)
        return [
            nation
            for nation in self.givers
            if named == "all" or self.scenario.nations[nation].id in named
            if any(PLEDGED in phase.there for phase in courses[nation].during(event))
        ]

    @cached_property
    def values_success(self) -> frozenset[int]:
        """Nations whose pledge may depend on what success is worth to them."""
        has_value = is_nonzero(self.scenario.commitment.value)
        return self.choosers if has_value else frozenset()

    @cached_property
    def pays_by_support(self) -> frozenset[int]:
        """Nations whose pledge may depend on their domestic support."""
        has_aversion = any(is_nonzero(c.aversion) for c in self.scenario.contributions.values())
        return self.choosers if has_aversion else frozenset()

    @cached_property
    def conditions_in_use(self) -> frozenset[str]:
        """Conditions on which a move, a pledge, success or another such condition depends."""
        scenario = self.scenario
        used = set()
        if scenario.success is not None:
            used |= {name for name, n in scenario.success.conditions.items() if is_nonzero(n)}
            used |= {
                name for name, most in scenario.success.at_most.items() if ends_of(most)[0] < 1
            }
        for index, nation in enumerate(scenario.nations):
            seen = self.looks_at(index)
            if "prospects" in seen or index in self.values_success:
                used |= {name for name, number in nation.reliance.items() if is_nonzero(number)}
            if "pressure" in seen:
                used |= {name for name, number in nation.sensitivity.items() if is_nonzero(number)}
        waiting = list(used)
        while waiting:
            responds = scenario.conditions[waiting.pop()].responds
            more = {name for name in scenario.conditions if is_nonzero(responds.get(name, 0.0))}
            waiting += more - used
            used |= more
        return frozenset(used)

    def unused_condition(self, name: str) -> str:
        """Why a condition moves nothing but itself; empty if it does."""
        if name not in self._unused:
            self._unused[name] = self._unused_condition(name)
        return self._unused[name]

    def _unused_condition(self, name: str) -> str:
        if name in self.conditions_in_use:
            return ""
        numbers = (
            number
            for nation in self.scenario.nations
            for number in (nation.reliance.get(name, 0.0), nation.sensitivity.get(name, 0.0))
        )
        if any(map(is_nonzero, numbers)):
            nations = f"no move or pledge within reach depends on {name}"
        else:
            nations = f"no nation relies on {name} or is sensitive to it"
        return (
            f"{nations}, success has no threshold for it, and no other condition that matters "
            "responds to it, so no nation depends on it"
        )

    def always_zero(self, feature: str, nations: Iterable[int], stage: str = "") -> str:
        """Why a feature is 0 for some nations, those that may be in a stage; empty if it is not."""
        where = f" that may be in stage {stage}" if stage else ""
        if feature == "capability" and not self.asks_forces:
            return NO_DEMAND
        if feature in (*Traits._fields, "prospects", "pressure", "peers"):
            return self.neutral_numbers(feature, nations, where)
        if feature in ("convened", "listed"):
            kind, family = ("meeting", CONVENES) if feature == "convened" else ("list", (LIST,))
            events = [event for event in self.scenario.events if in_family(event.kind, family)]
            some = set(nations)  # with each, all that have its course
            if any(not some.isdisjoint(self.covered_alike(event)) for event in events):
                return ""
            there = " or ".join(dict.fromkeys(each.kind for each in events))
            return f"no {there} covers a nation{where}" if events else f"there is no {kind}"
        courses, is_zero, why = self.reach.courses, False, ""
        if feature == "momentum":
            has_past = any(e.kind == "move" and e.first_date < 1 for e in self.scenario.events)
            is_zero = not has_past and not any(map(announces, courses))
            why = "no nation can go public in the run"
        elif feature == "defection":
            is_zero, why = not any(map(may_defect, courses)), "no public nation can leave"
        elif feature == "adequacy":
            is_zero, why = not self.givers, NO_FORCE
        elif feature == "deal":
            is_zero, why = self.reach.first_deal is None, "no event offers a deal"
        elif feature == "tempo":
            signals = [e for e in self.scenario.events if getattr(e, "signal", "") == TEMPO]
            is_zero = not signals and ends_of(self.scenario.tempo) == (1.0, 1.0)
            why = "tempo is 1, its neutral value, and no signal shifts it"
        return why if is_zero else ""

    def neutral_numbers(self, feature: str, nations: Iterable[int], where: str = "") -> str:
        """Why a feature that follows from numbers of nations is 0; empty if it is not."""
        some = [self.scenario.nations[each] for each in nations]
        if feature == "peers":
            has_threshold = any(is_nonzero(each.threshold) for each in some)
            return "" if self.can_be_public or has_threshold else NOBODY_PUBLIC
        if feature in ("prospects", "pressure"):
            field = "reliance" if feature == "prospects" else "sensitivity"
            numbers = (number for each in some for number in getattr(each, field).values())
            return "" if any(map(is_nonzero, numbers)) else f"no nation{where} has a {field}"
        if feature in ("disposition", "climate"):
            owners = [self.scenario] if feature == "climate" else some
            given = [getattr(each, feature) for each in owners]  # None where it is drawn
            is_zero = not any(number is None or is_nonzero(number) for number in given)
            whose = "" if feature == "climate" else f" for every nation{where}"
            return f"{feature} is 0{whose}" if is_zero else ""
        kinds = {event.kind for event in self.scenario.events}
        if feature == "support" and any(in_family(kind, SHIFTS_SUPPORT) for kind in kinds):
            return ""
        if any(ends_of(getattr(each, feature)) != (0.5, 0.5) for each in some):
            return ""
        return f"{feature} is 0.5, its neutral value, for every nation{where}"

    # What success may come to

    def largest_share(self) -> float:
        """The largest share of the requirement that all pledges together may come to."""
        scenario = self.scenario
        most = sum(
            ends_of(contribution.weight)[1]
            * ends_of(scenario.nations[nation].capacity.get(kind, 0.0))[1]
            for nation in self.givers
            for kind, contribution in scenario.contributions.items()
        )
        changes = [each for each in scenario.events if in_family(each.kind, CHANGES_REQUIREMENT)]
        required = [scenario.commitment.requirement]
        # What another kind makes of the requirement is not known here: it may be anything.
        required += [getattr(event, "requirement", 0.0) for event in changes]
        least = min(ends_of(number)[0] for number in required)
        if most == 0:
            return 0.0
        return most / least if least > 0 else math.inf

    @property
    def covers_groups(self) -> bool:
        """Whether success depends on the groups."""
        success = self.scenario.success
        return success is not None and success.groups_covered is not None

    @property
    def counts_capacity(self) -> bool:
        """Whether success depends on capacities, whatever is pledged."""
        success = self.scenario.success
        return success is not None and success.capacity_public is not None

    @cached_property
    def quorum_weights(self) -> frozenset[str]:
        """Numbers of nations that some quorum counts."""
        quorums = [quorum for nation in self.scenario.nations for quorum in nation.quorum]
        if self.scenario.quorum is not None:
            quorums.append(self.scenario.quorum)
        return frozenset(quorum.weight for quorum in quorums if quorum.weight is not None)

    def breadth_range(self, field: str) -> tuple[float, float, str]:
        """Least and most that one of the shares of breadth can be, and why in words."""
        ever = {i for i, course in enumerate(self.reach.courses) if course.ever & PUBLIC_STAGES}
        always = {i for i, course in enumerate(self.reach.courses) if course.ever <= PUBLIC_STAGES}
        if field == "groups_covered":
            groups = [
                {self.indices[name] for name in group.members}
                for group in self.scenario.ties.groups.values()
            ]
            least, most = (sum(bool(each & some) for each in groups) for some in (always, ever))
            what = f"from {least} to {most} of {len(groups)} groups can have a public member"
            return least / len(groups), most / len(groups), what
        if field == "kinds_covered":
            kinds = self.scenario.contributions
            most = sum(any(self.has_capacity(i, kind) for i in self.givers) for kind in kinds)
            what = f"at most {most} of {len(kinds)} kinds can be pledged"
            return 0.0, most / len(kinds), what
        if any(self.has_capacity(nation) for nation in ever):
            return 0.0, 1.0, "a share is never below 0"
        return 0.0, 0.0, "no nation that has any capacity can ever be public"

    def range_of(self, name: str) -> tuple[float, float]:
        """The range that a condition surely keeps to; (0, 1) for one that anything can move."""
        condition = self.scenario.conditions[name]
        moved = [condition.volatility, *condition.responds.values()]
        has_event = any(
            event.of_condition and getattr(event, event.kind) == name
            for event in self.scenario.events
        )
        if has_event or any(map(is_nonzero, moved)):
            return 0.0, 1.0
        level = ends_of(condition.level)
        start = level if condition.start is None else ends_of(condition.start)
        return min(*level, *start), max(*level, *start)
