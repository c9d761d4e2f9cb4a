"""A study: a scenario, what is varied, how many runs each point has, and their outcomes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.format import LONGEST_NAME, counted, cut, first_of
from sim.scenario.addresses import find_event
from sim.scenario.files.variants import ABSENT, path_steps
from sim.scenario.schema import Scenario
from sim.studies.design.notes import study_notes
from sim.studies.design.outcomes import Outcome, find_outcomes
from sim.studies.design.sampling import unit_points
from sim.studies.design.values import (
    PRESENT,
    SCENARIO,
    Label,
    Option,
    Varied,
    scenario_with,
)

SCENARIO_FILE = "scenario.yaml"
SCENARIOS_FOLDER = "scenarios"
"""Where a folder of results keeps the scenarios of its study."""

FIRST_RUNS = 200
"""Runs after which the precision of a point is first checked."""


class Design(NamedTuple):
    """Which points are run.

    Attributes
    ----------
    kind : {"grid", "lhs", "sobol"}
        Every combination of the listed values; a Latin hypercube [McKay1979]_; or a scrambled
        Sobol sequence [Owen1998]_.
    n_points : int
        Of a Latin hypercube or a Sobol sequence; 0 for a grid, whose lists say how many.
    seed : int
        Of the design, not of the runs.
    """

    kind: str = "grid"
    n_points: int = 0
    seed: int = 0


class Effort(NamedTuple):
    """How many runs a point gets.

    Attributes
    ----------
    runs : int
        Of each point; with a precision, the most of them.
    precision : float or None
        Half the width of the 95 % interval of an outcome at which a point ends.
    of : str
        The outcome that must be so precise.
    """

    runs: int = 1000
    precision: float | None = None
    of: str = ""


class Point(NamedTuple):
    """One point of a design.

    Attributes
    ----------
    number : int, from 0
    options : tuple of Option
        One for each of the study's varied paths.
    """

    number: int
    options: tuple[Option, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The values as tables hold them."""
        return tuple(option.label for option in self.options)


@dataclass(frozen=True, eq=False)
class Study:
    """What a sweep runs. Get one from `sim.studies.design.file`, which checks it.

    Attributes
    ----------
    scenario : Scenario
        The base, with the study's fixed changes made.
    varied : tuple of Varied
    design : Design
    effort : Effort
    seed : int
        Of the runs.
    outcomes : tuple of str
        See `sim.studies.design.outcomes`.
    days : tuple of int
        Days whose exact distribution of public size is kept, beside the last.
    common_luck : bool
        True if all points share run numbers, and so random numbers; otherwise each has its own.
    keep : {"summary", "runs"}
        "runs" keeps the outcomes of single runs as well.
    scenarios : mapping of label to Scenario
        If whole scenarios are varied: those that replace the base.
    """

    scenario: Scenario
    varied: tuple[Varied, ...]
    design: Design = field(default_factory=Design)
    effort: Effort = field(default_factory=Effort)
    seed: int = 0
    outcomes: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    common_luck: bool = True
    keep: str = "summary"
    scenarios: dict[str, Scenario] = field(default_factory=dict)

    def __repr__(self) -> str:
        title = cut(self.scenario.title, LONGEST_NAME) or "untitled"
        points = f"{counted(self.n_points, 'point')} ({self.design.kind})"
        runs = counted(self.effort.runs, "run")
        return f"<Study {title!r} over {first_of(self.paths)}: {points} of {runs}>"

    @property
    def paths(self) -> tuple[str, ...]:
        """What is varied, in the order of the study."""
        return tuple(each.path for each in self.varied)

    @cached_property
    def base_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes as the base has them."""
        return tuple(find_outcomes(self.outcomes, self.scenario))

    @cached_property
    def n_points(self) -> int:
        """Number of design points."""
        if self.design.kind == "grid":
            return prod(len(each.options) for each in self.varied)
        return self.design.n_points

    @cached_property
    def _columns(self) -> tuple[NDArray[Any], ...]:
        """The values of each varied path at the points of a random design."""
        design = self.design
        shares = unit_points(design.kind, len(self.varied), self.n_points, design.seed)
        return tuple(each.drawn(row) for each, row in zip(self.varied, shares.T, strict=True))

    def point(self, number: int) -> Point:
        """A point by its number, from 0; in a grid the last varied path changes fastest."""
        if self.design.kind != "grid":
            pairs = zip(self.varied, self._columns, strict=True)
            return Point(number, tuple(each.drawn_option(drawn[number]) for each, drawn in pairs))
        options, rest = [], number
        for each in reversed(self.varied):
            rest, index = divmod(rest, len(each.options))
            options.append(each.options[index])
        return Point(number, tuple(reversed(options)))

    def categories(self, point: Point) -> tuple[Label, ...]:
        """The values of a point that are not numbers. Points that share them differ in numbers."""
        pairs = zip(self.varied, point.options, strict=True)
        return tuple(option.label for each, option in pairs if not each.is_number)

    @cached_property
    def ends(self) -> tuple[tuple[Option, Option], ...]:
        """The smallest and the largest number of each varied path; of categories, any two."""
        if self.design.kind == "grid":
            columns = [each.options for each in self.varied]
        else:
            columns = []
            for each, drawn in zip(self.varied, self._columns, strict=True):
                is_listed = each.distribution is None
                entries = np.unique(drawn) if is_listed else (drawn.min(), drawn.max())
                columns.append(tuple(each.drawn_option(entry) for entry in entries))
        return tuple((min(column, key=_amount), max(column, key=_amount)) for column in columns)

    def first_run(self, point: int) -> int:
        """Number of the first run of a point."""
        return 0 if self.common_luck else point * self.effort.runs

    def base_of(self, point: Point) -> Scenario:
        """The scenario that a point changes."""
        for each, option in zip(self.varied, point.options, strict=True):
            if each.path == SCENARIO:
                return self.scenarios[str(option.label)]
        return self.scenario

    def changes_at(self, point: Point) -> dict[str, Any]:
        """What a point changes in its base; what it removes comes last."""
        changes: dict[str, Any] = {}
        for each, option in zip(self.varied, point.options, strict=True):
            if each.path != SCENARIO:
                changes.update(option.changes)
        base = self.base_of(point)
        removed = []
        for path in (path for path, value in changes.items() if value is None):
            # The ordinal of an event would change with others removed; its number does not.
            event = find_event(base, path) if len(path_steps(path)) > 2 else None
            removed.append(path if event is None else f"events.{event}")
        removed.sort(key=_removal_order)
        kept = {path: value for path, value in changes.items() if value is not None}
        return {**kept, **dict.fromkeys(removed)}

    def scenario_at(self, point: Point) -> Scenario:
        """The scenario of a point.

        Raises
        ------
        ScenarioError
            No scenario may have the values of the point.
        """
        changes = self.changes_at(point)
        base = self.base_of(point)
        return scenario_with(base, changes) if changes else base

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What can have no effect at any point, a line each; varied paths first."""
        return study_notes(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of everything that the results of a sweep depend on."""
        text = json.dumps(study_form(self))  # unsorted: the order of paths is that of points
        digests = {name: each.digest for name, each in self.scenarios.items()}
        whole = json.dumps([text, self.scenario.digest, digests])
        return hashlib.sha256(whole.encode()).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        """The study without cached values, which would be sent with every block."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _amount(option: Option) -> float:
    return 0.0 if isinstance(option.label, str) else float(option.label)


def _removal_order(path: str) -> tuple[int, int]:
    """Sort key for removals, such that none changes the number of another.

    An entry that is removed from a list moves up those behind it. So deeper paths come first, then
    later entries of a list, then what has a name.
    """
    *above, step = path_steps(path) or (path,)
    return -len(above), -int(step) if step.isascii() and step.isdigit() else 1


def study_form(study: Study) -> dict[str, Any]:
    """The study with every default written out; its scenarios are in files of their own."""
    effort = study.effort
    effort_form: dict[str, Any] = {"runs": effort.runs}
    if effort.precision is not None:
        effort_form = {
            "precision": effort.precision,
            "precision_of": effort.of,
            "most_runs": effort.runs,
        }
    design: dict[str, Any] = {"design": study.design.kind}
    if study.design.kind != "grid":
        design |= {"points": study.design.n_points, "design_seed": study.design.seed}
    return {
        "scenario": SCENARIO_FILE,
        "vary": {each.path: varied_form(each) for each in study.varied},
        **design,
        **effort_form,
        "seed": study.seed,
        "outcomes": list(study.outcomes),
        "days": list(study.days),
        "common_luck": study.common_luck,
        "keep": study.keep,
    }


def varied_form(varied: Varied) -> Any:
    """The values of a path as a study file has them, with the content of files in their place."""
    if varied.written:
        return varied.written
    if varied.path == SCENARIO:
        return [f"{SCENARIOS_FOLDER}/{label}.yaml" for label in varied.labels]
    words = Option(PRESENT, {}), Option(ABSENT, {varied.path: None})
    values = [
        option.label
        if option.is_number_at(varied.path) or option in words
        else {"label": option.label, "set": option.changes}
        for option in varied.options
    ]
    return values if varied.spacing == "linear" else {"values": values, "spacing": varied.spacing}
