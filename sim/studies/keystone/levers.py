"""Levers: what a study of keystones changes in a scenario, each of them in any run by itself.

The scenario is built once, with every lever as an event whose date is drawn; a run in which that
date falls behind the last day is, bit for bit, the run of the scenario without it. So a block of
runs can hold a different choice of levers in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import Any, NamedTuple

from sim.core.stages import DEPLOYED, FORWARD_MOVES, STAGES
from sim.scenario.addresses import event_steps
from sim.scenario.distribution import Distribution
from sim.scenario.events import PlacedNation
from sim.scenario.files.suggestions import suggestion
from sim.scenario.files.variants import path_of
from sim.scenario.joint_draws import JointStages
from sim.scenario.load import scenario_from_dict
from sim.scenario.parts import MOST_NATIONS
from sim.scenario.schema import Scenario

KINDS = ("nations", "meetings", "conditions")
"""Kinds of levers, as ``--levers`` names them."""

RAISED_BY = 1.0
"""Log-odds by which a condition is raised unless a level is given."""

MOVES = tuple(stage for stage in STAGES if stage != "outside")
"""Stages that a lever may put a nation in."""

MOST_LEVERS = 1000


class LeverError(ValueError):
    """What was asked for makes no sense; the message says what does.

    Attributes
    ----------
    argument : str
        That of `sim.keystone`, with which the message begins; empty where none is to blame.
    """

    def __init__(self, argument: str, message: str) -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}" if argument else message)


def direction_of(kind: str, stage: str) -> int:
    """1 where levers of a kind are ranked by what they add; -1 where by what they take away.

    Examples
    --------
    >>> direction_of("nations", "public"), direction_of("nations", "left")
    (1, -1)
    >>> direction_of("meetings", "public"), direction_of("conditions", "left")
    (-1, 1)
    """
    takes_away = stage == "left" if kind == "nations" else kind == "meetings"
    return -1 if takes_away else 1


class Lever(NamedTuple):
    """Something that can be changed.

    Attributes
    ----------
    name : str
        The id of a nation; of others the path of the event, or of the level of the condition.
    kind : {"nations", "meetings", "conditions"}
    label : str
        What people call it.
    nation : int
        Number of the nation; -1 of other levers.
    source : int
        Number of the event, or of the condition; that of the nation.
    """

    name: str
    kind: str
    label: str
    nation: int
    source: int


class Idle(NamedTuple):
    """A nation that no lever can change, in any run.

    Attributes
    ----------
    name, label : str
    nation : int
    why : str
    """

    name: str
    label: str
    nation: int
    why: str


@dataclass(frozen=True)
class Levers:
    """A scenario, and the same with all levers in it.

    Attributes
    ----------
    base : Scenario
    kinds : tuple of str
        In the order of `KINDS`.
    day : int
        On which levers are pulled.
    stage : str
        That nations are put in.
    levels : mapping of condition to float
        What the own levels of conditions become; others are raised by `RAISED_BY` log-odds.
    """

    base: Scenario
    kinds: tuple[str, ...] = ("nations",)
    day: int = 1
    stage: str = "public"
    levels: Mapping[str, float] | None = None

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises
        ------
        LeverError
        """
        for kind in self.kinds:
            if kind not in KINDS:
                raise LeverError("levers", f"{kind!r} must be some of {', '.join(KINDS)}")
        if not self.kinds:
            raise LeverError("levers", f"none are given; there are {', '.join(KINDS)}")
        for kind in self.kinds:
            if self.kinds.count(kind) > 1:
                raise LeverError("levers", f"{kind} are given twice")
        if self.stage not in MOVES:
            raise LeverError("move", f"{self.stage!r} must be one of {', '.join(MOVES)}")
        if not 1 <= self.day <= self.base.days:
            raise LeverError("day", f"{self.day} must be from 1 to the last day, {self.base.days}")
        self._check_levels()
        n_levers = len(self.found)
        if n_levers > MOST_LEVERS:
            raise LeverError(
                "levers",
                f"{n_levers:,} of {', '.join(self.kinds)} are more than the {MOST_LEVERS:,} that "
                "can be compared; ask for other kinds, or for a scenario of fewer",
            )
        if not self.found:
            raise LeverError("", self._why_none())

    def _check_levels(self) -> None:
        for name, level in (self.levels or {}).items():
            if name not in self.base.conditions:
                known = suggestion(name, list(self.base.conditions))
                raise LeverError("level", f"unknown condition {name!r}{known}")
            if not 0 < level < 1:
                raise LeverError("level", f"{name}: {level:g} must be above 0 and below 1")
        if self.levels and "conditions" not in self.kinds:
            raise LeverError("level", "it is of a condition, and conditions are no levers here")

    def _why_none(self) -> str:
        kinds = {
            "meetings": f"there is no meeting on day {self.day} or later",
            "conditions": "there are no conditions",
        }
        reasons = [kinds[kind] for kind in self.kinds if kind in kinds]
        if "nations" in self.kinds:
            each = dict.fromkeys(idle.why for idle in self.idle)
            reasons = [f"every nation {' or '.join(each)}", *reasons]
        return f"there is nothing to change: {', and '.join(reasons)}"

    @cached_property
    def found(self) -> tuple[Lever, ...]:
        """The levers, in the order of the file."""
        levers: list[Lever] = []
        idle = {each.nation for each in self.idle}
        if "nations" in self.kinds:
            levers += [
                Lever(nation.id, "nations", nation.name, number, number)
                for number, nation in enumerate(self.base.nations)
                if number not in idle
            ]
        if "meetings" in self.kinds:
            steps = event_steps(self.base)
            levers += [
                Lever(
                    path_of(("events", *steps[number])),
                    "meetings",
                    self.base.event_name(event) or event.label,
                    -1,
                    number,
                )
                for number, event in enumerate(self.base.events)
                if event.kind == "meeting" and event.last_date >= self.day
            ]
        if "conditions" in self.kinds:
            levers += [
                Lever(f"conditions.{name}", "conditions", self._condition_label(name), -1, number)
                for number, name in enumerate(self.base.conditions)
            ]
        return tuple(levers)

    @cached_property
    def levels_by_number(self) -> dict[int, float]:
        """What own levels of conditions become, by the number of the condition, in their order."""
        given, names = self.levels or {}, list(self.base.conditions)
        return {number: given[name] for number, name in enumerate(names) if name in given}

    def _condition_label(self, name: str) -> str:
        given, level = (self.levels or {}).get(name), self.base.conditions[name].level
        called = self.base.condition_name(name)
        if given is not None:
            return f"{called} (own level {given:g})"
        if isinstance(level, Distribution):
            return f"{called} ({RAISED_BY:+g} log-odds)"
        odds = level / (1 - level) * exp(RAISED_BY)
        return f"{called} (own level {odds / (1 + odds):.2f})"

    @cached_property
    def idle(self) -> tuple[Idle, ...]:
        """Nations that have reached the stage, or left, in every run before day 1."""
        if "nations" not in self.kinds:
            return ()
        found = []
        for number, nation in enumerate(self.base.nations):
            chances: Mapping[str, float] = nation.stage
            if isinstance(chances, JointStages) or nation.is_by_law:
                continue
            start = [stage for stage, chance in chances.items() if chance > 0]
            if all(stage == "left" for stage in start):
                found.append(Idle(nation.id, nation.name, number, "has left from the start"))
            elif self.stage != "left" and all(stage in self.reached for stage in start):
                why = f"is {self.stage} from the start"
                if start != [self.stage]:
                    why = f"is {' or '.join(start)} from the start"
                found.append(Idle(nation.id, nation.name, number, why))
        return tuple(found)

    @property
    def reached(self) -> tuple[str, ...]:
        """Stages at which a nation has nothing more to announce: the stage and those beyond."""
        if self.stage == "left":
            return ("left",)
        return STAGES[STAGES.index(self.stage) : DEPLOYED + 1]

    def why_closed(self, lever: Lever) -> str:
        """Why a lever changes nothing, where it does so in none of the runs."""
        if lever.kind == "meetings":
            return f"falls in no run on day {self.day} or later"
        if self.stage == "left":
            return f"has left before day {self.day} in every run"
        return f"is {self.stage}, or has left, before day {self.day} in every run"

    @cached_property
    def held(self) -> tuple[int, ...]:
        """Places of the levers of nations that can be kept from the stage in all runs.

        None of departures. Left out are nations that the scenario itself puts there on some day,
        and those that may start there: a quorum bars moves, and no start, so that in some runs of
        theirs "never" would be no other than the base.
        """
        if self.stage == "left":
            return ()
        placed = {
            nation
            for event in self.base.events
            if isinstance(event, PlacedNation) and event.last_date >= 1 and event.to in self.reached
            for nation in event.move
        }
        return tuple(
            place
            for place, lever in enumerate(self.found)
            if lever.kind == "nations"
            and lever.name not in placed
            and not self._may_start_there(lever.nation)
        )

    def _may_start_there(self, number: int) -> bool:
        """Whether a nation has reached the stage on day 0 in some runs."""
        nation = self.base.nations[number]
        if nation.is_by_law:  # it has each nation outside, in talks or willing
            return self.stage in ("talks", "willing")
        return any(nation.stage.get(stage, 0) > 0 for stage in self.reached)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with all levers in it, none of which is pulled unless its date is given.

        Each nation waits for a quorum of its own, which every number of public nations meets
        unless another is given: this is how it is kept from going public, or from coming back.
        """
        last, events, quorums = self.base.days, list[dict[str, Any]](), dict[str, Any]()
        nations = self.base.full()["nations"]
        for lever in self.found:
            if lever.kind == "nations":
                events.append({"move": lever.name, "to": self.stage})
                quorum = {"public": {"uniform": [0, MOST_NATIONS]}, "moves": self._barred_moves}
                waits_for = nations[lever.nation].get("quorum") or []
                quorums[lever.name] = {"quorum": [*waits_for, quorum]}
            elif lever.kind == "conditions":
                shift: Any = RAISED_BY
                name = list(self.base.conditions)[lever.source]
                if name in (self.levels or {}):
                    shift = {"uniform": [-100, 100]}
                events.append({"signal": name, "shift": shift})
        form: dict[str, Any] = {"base": self.base}
        if events:
            date = {"uniform": [self.day, max(self.day, last)]}
            form["add_events"] = [{"date": date, **event} for event in events]
        if quorums:
            form["nations"] = {"set": quorums}
        built = scenario_from_dict(form) if events else self.base
        fixed = {
            f"{lever.name}.date": {"uniform": [1, last]}
            for lever in self.found
            if lever.kind == "meetings" and self.base.events[lever.source].drawn_date is None
        }
        return built.with_changes(fixed) if fixed else built

    @property
    def _barred_moves(self) -> list[str]:
        """Moves that lead to the stage; of departures, that which leads back."""
        if self.stage == "left":
            return ["return"]
        forward = str(FORWARD_MOVES[STAGES.index(self.stage) - 1])
        return [forward, "return"] if self.stage == "talks" else [forward]
