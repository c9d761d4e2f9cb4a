"""A scenario in memory: frozen models with every field filled.

`sim.scenario.load.load_scenario` and `sim.scenario.load.scenario_from_dict` fill what a file
leaves out and check what one model alone cannot see. In a scenario that they return, every nation
has a number for every condition and kind of contribution, and every condition has a response to
force, to the public share and to every other condition.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import Annotated, Any

from pydantic import Field

from sim.scenario.behaviour import Behaviour, Part
from sim.scenario.build import LOADING_NOTES, RECORD, REMOVED
from sim.scenario.changes import changed, drawn_jointly
from sim.scenario.distribution import upper_end
from sim.scenario.effects.notes import notes_of
from sim.scenario.events import LONGEST_RUN, DatedEvent, Event, Name, NationId
from sim.scenario.fields import LEAST_FOR_LOG, About, Between, DrawsTable, Number, Whole
from sim.scenario.full import digest_of, full_form, yaml_text
from sim.scenario.joint_draws import JointDraws
from sim.scenario.parts import (
    CONDITION_NAME,
    FORCE_UNITS,
    MOST_CONDITIONS,
    MOST_KINDS,
    MOST_NATIONS,
    CoalitionQuorum,
    Commitment,
    Condition,
    Contribution,
    FreeText,
    Inclination,
    Memory,
    Nation,
    Success,
    Ties,
)
from sim.scenario.paths import Parameter, parameter, parameters

LONGEST_TITLE = 60
"""Letters of a title that `repr` gives."""


class Scenario(Part):
    """All that a run needs, apart from the seed.

    Day 0 is the initial state, on the calendar date ``start`` if one is given; the run goes
    over days 1 to ``days``. Get one from `sim.load_scenario`.
    """

    # Tools that run a model with several values of a parameter iterate over whatever they can.
    __iter__ = None  # type: ignore[assignment]

    title: FreeText = ""
    description: FreeText = ""
    sources: tuple[FreeText, ...] = ()
    start: datetime.date | None = None
    days: Annotated[int, Whole(1, LONGEST_RUN), About("Length of the run", "days")]
    nations: Annotated[tuple[Nation, ...], Field(min_length=1, max_length=MOST_NATIONS)]
    leaders: tuple[NationId, ...] = ()
    ties: Ties = Ties()
    conditions: Annotated[
        dict[Annotated[str, CONDITION_NAME], Condition], Field(max_length=MOST_CONDITIONS)
    ] = Field(default_factory=dict)
    contributions: Annotated[dict[Name, Contribution], Field(max_length=MOST_KINDS)] = Field(
        default_factory=dict
    )
    commitment: Commitment = Commitment()
    memory: Memory = Memory()
    tempo: Annotated[
        Number,
        Between(LEAST_FOR_LOG, 1e6),
        About("Speed of all moves that answer to it; 1 is neutral"),
    ] = 1.0
    events: Annotated[tuple[Event, ...], Field(max_length=100_000)] = ()
    behaviour: Behaviour = Behaviour()
    success: Success | None = None
    quorum: CoalitionQuorum | None = None
    climate: Annotated[
        Inclination | None,
        About("Inclination that all nations share; drawn unless given", "standard deviations"),
    ] = None
    draws: Annotated[
        JointDraws | None,
        DrawsTable(),
        About("Table of joint draws of numbers: each run takes one line of it"),
    ] = None

    @property
    def has_capacity(self) -> bool:
        """Whether any nation may have something to give: without it no share has a meaning."""
        amounts = (units for nation in self.nations for units in nation.capacity.values())
        return any(upper_end(units) > 0.0 for units in amounts)

    def condition_name(self, condition: str) -> str:
        """What people call a condition: its ``name``, else its key with spaces."""
        return self.conditions[condition].name or condition.replace("_", " ")

    def contribution_name(self, kind: str) -> str:
        """What people call a kind of contribution: its ``name``, else its key with spaces."""
        return self.contributions[kind].name or kind.replace("_", " ")

    def contribution_unit(self, kind: str) -> str:
        """The unit of force of a kind: its ``unit`` if one unit of it is one unit of force.

        Examples
        --------
        >>> Scenario(days=1, nations=[Nation(id="GBR", name="GBR")], contributions={
        ...     "ground": Contribution(unit="thousand troops")}).contribution_unit("ground")
        'thousand troops'
        """
        contribution = self.contributions[kind]
        return contribution.unit if contribution.unit and contribution.weight == 1 else FORCE_UNITS

    @property
    def force_unit(self) -> str:
        """The unit of force of all kinds together: their unit if they share one."""
        units = {self.contribution_unit(kind) for kind in self.contributions}
        return units.pop() if len(units) == 1 else FORCE_UNITS

    def event_name(self, event: DatedEvent) -> str:
        """What people call an event: its ``name``, else its label with spaces; may be empty."""
        return event.name or event.label.replace("_", " ")

    def full(self) -> dict[str, Any]:
        """The full form: plain lists, mappings and numbers, every field written.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
        >>> scenario_from_dict(scenario.full()) == scenario
        True
        """
        return full_form(self)

    def to_yaml(self) -> str:
        """The full form as the text of a scenario file."""
        return yaml_text(self.full())

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the full form without the texts that are only for people."""
        return digest_of(self.full())

    @property
    def loading_notes(self) -> tuple[str, ...]:
        """What was noted when it was loaded, one line each: events left out, bases that differ."""
        return tuple(self.__dict__.get(LOADING_NOTES, ()))

    @property
    def record_file(self) -> str | None:
        """Path of the record of a past coalition that its file names; None without one."""
        found: str | None = self.__dict__.get(RECORD)
        return found

    @property
    def removed_nations(self) -> frozenset[str]:
        """Ids of the nations of a record that the scenario, as a variant, has removed."""
        return frozenset(self.__dict__.get(REMOVED, ()))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was noted when it was loaded, and what in it can have no effect, one line each.

        Only what surely has no effect on any run is noted, with the reason; a number at its default
        is not.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({
        ...     "days": 10, "nations": ["GBR", "FRA"], "tempo": 2,
        ...     "behaviour": {"from": None, "engage": {"rate": 0.1}}})
        >>> scenario.notes
        ('tempo: no move has a coefficient of tempo',)
        """
        return (*self.loading_notes, *notes_of(self))

    def parameter(self, path: str) -> Parameter:
        """A number of the scenario by its address: value, bounds, unit, label, help and slots.

        Parameters
        ----------
        path : str
            As for ``--set``. A nation is given by its id, or all by ``*``. An event is given by its
            label or name if no other event has it, else by kind, subject and ordinal, as in
            ``events.shock.us_backing.0.jump``, or by its number, from 0. A step that has a dot is
            put in quotation marks: ``events."No. 10".weight``.

        Raises
        ------
        ScenarioError
            The path leads to no number.
        TypeError
            The path is no text.

        Examples
        --------
        >>> from sim.scenario.load import load_scenario
        >>> level = load_scenario("paris_2025").parameter("conditions.us_backing.level")
        >>> level.label, level.value, level.bounds.low, level.bounds.open_low
        ('US backing: level', 0.35, 0, True)
        """
        return parameter(self, path)

    def parameters(self) -> list[Parameter]:
        """All numbers of the scenario, in the order of its full form."""
        return parameters(self)

    def with_value(self, path: str | Parameter, value: object) -> Scenario:
        """The same scenario with another value at one path.

        Parameters
        ----------
        path : str or Parameter
        value : float or other value
            Whatever ``--set`` takes.

        Raises
        ------
        ScenarioError
            The path names nothing, or the changed scenario would be wrong.

        Examples
        --------
        >>> from sim.scenario.load import load_scenario
        >>> scenario = load_scenario("paris_2025")
        >>> scenario.with_value("conditions.us_backing.level", 0.9).conditions["us_backing"].level
        0.9
        """
        return changed(self, {path.path if isinstance(path, Parameter) else path: value})

    def __repr__(self) -> str:
        title = " ".join(self.title.split())
        title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
        counts = ", ".join(
            f"{count:,} {noun}" + ("" if count == 1 else "s")
            for count, noun in (
                (len(self.nations), "nation"),
                (self.days, "day"),
                (len(self.conditions), "condition"),
                (len(self.events), "event"),
            )
        )
        return f"<Scenario {title or 'untitled'!r}: {counts}; digest {self.digest[:12]}>"

    def __str__(self) -> str:
        return repr(self)

    def with_changes(self, changes: Mapping[str, object]) -> Scenario:
        """The same scenario with some values changed.

        Parameters
        ----------
        changes : mapping of path to value
            Paths as for ``--set``, such as ``conditions.us_backing.level``; see `parameter`.

        Raises
        ------
        ScenarioError
            If a path names nothing, or the changed scenario would be wrong.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
        >>> scenario.with_changes({"nations.GBR.stake": 0.9}).nations[0].stake
        0.9
        """
        return changed(self, changes)

    def with_draws(
        self,
        draws: Mapping[str, Sequence[Any]] | str | PathLike[str],
        weights: Sequence[float] | None = None,
        beside: bool = False,
    ) -> Scenario:
        """The same scenario with numbers that each run takes from one of some joint draws.

        Parameters
        ----------
        draws : mapping of path to sequence, DataFrame, or str
            Values of a number in each draw, by its path; stages under ``nations.ID.stage``. All
            sequences have one length. Or the path of a table, or ``"posterior"``: those that come
            with the behaviour ``calibrated``, of its numbers that the scenario does not change.
        weights : sequence of float, optional
            How often each draw is chosen, compared with the others; by default all alike.
        beside : bool
            Keep draws that the scenario has had, and draw these independently of them.

        Raises
        ------
        ScenarioError
            With every problem of the draws.

        Examples
        --------
        >>> from sim.scenario.load import scenario_from_dict
        >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
        >>> stages = ["talks", "willing"]
        >>> scenario.with_draws({"climate": [-0.4, 0.9], "nations.FRA.stage": stages}).draws
        <JointDraws: 2 joint draws of 1 number and 1 initial stage; sha256 b5ef3542591f>
        """
        return drawn_jointly(self, draws, weights, beside)
