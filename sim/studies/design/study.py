"""A study: one scenario, what is varied, how many runs a point gets, and what is asked of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.addresses import find_event
from sim.scenario.files.variants import path_steps
from sim.studies.design.outcomes import Outcome, asked_outcomes
from sim.studies.design.sampling import design_columns, n_points_of
from sim.studies.design.values import (
    ABSENT,
    PRESENT,
    SCENARIO,
    Label,
    Option,
    Varied,
    scenario_with,
)

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SCENARIO_FILE = "scenario.yaml"
SCENARIOS_FOLDER = "scenarios"
"""Where a folder of results keeps the scenarios of its study."""

FIRST_RUNS = 200
"""Runs after which a point is first asked whether it is precise enough."""


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
        Run on until half the width of the 95 % interval of an outcome is at most this.
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
        """The values as they stand in tables."""
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
    seed, first_run : int
    outcomes : tuple of str
        See `sim.studies.design.outcomes`.
    days : tuple of int
        Days whose exact distribution of public size is kept, beside the last.
    common_luck : bool
        The same runs at every point, so that points differ by what was varied; else each point
        has runs of its own.
    keep : {"summary", "runs"}
        Whether the outcomes of single runs are kept.
    scenarios : mapping of label to Scenario
        Where whole scenarios are varied: those that stand in the place of the base.
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

    @property
    def paths(self) -> tuple[str, ...]:
        """What is varied, in the order of the study."""
        return tuple(each.path for each in self.varied)

    @cached_property
    def asked(self) -> tuple[Outcome, ...]:
        """What is asked of each run, as the base has it."""
        return tuple(asked_outcomes(self.outcomes, self.scenario))

    @cached_property
    def n_points(self) -> int:
        """Number of design points."""
        return n_points_of(self.varied, self.design.kind, self.design.n_points)

    @cached_property
    def _columns(self) -> tuple[NDArray[Any], ...]:
        """What each varied path takes at the points of a design that is drawn."""
        design = self.design
        return design_columns(self.varied, design.kind, self.n_points, design.seed)

    def point(self, number: int) -> Point:
        """One of the points, from 0: of a grid, the last of the varied paths changes fastest."""
        if self.design.kind != "grid":
            pairs = zip(self.varied, self._columns, strict=True)
            return Point(number, tuple(each.drawn_option(drawn[number]) for each, drawn in pairs))
        options, rest = [], number
        for each in reversed(self.varied):
            rest, place = divmod(rest, len(each.options))
            options.append(each.options[place])
        return Point(number, tuple(reversed(options)))

    def categories(self, point: Point) -> tuple[Label, ...]:
        """The values of a point that are no numbers: points that share them differ in numbers."""
        pairs = zip(self.varied, point.options, strict=True)
        return tuple(option.label for each, option in pairs if not each.is_number)

    @cached_property
    def ends(self) -> tuple[tuple[Option, Option], ...]:
        """The least and the greatest number of each varied path, and any of its categories."""
        if self.design.kind == "grid":
            columns = [each.options for each in self.varied]
        else:
            pairs = zip(self.varied, self._columns, strict=True)
            columns = [tuple(map(each.drawn_option, _extremes(drawn))) for each, drawn in pairs]
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
        """What a point changes in its base, what is taken away last."""
        changes: dict[str, Any] = {}
        for each, option in zip(self.varied, point.options, strict=True):
            if each.path != SCENARIO:
                changes.update(option.changes)
        base = self.base_of(point)
        gone = (_by_number(base, path) for path, value in changes.items() if value is None)
        removed = sorted(gone, key=_order)
        kept = {path: value for path, value in changes.items() if value is not None}
        return {**kept, **dict.fromkeys(removed)}

    def scenario_at(self, point: Point) -> Scenario:
        """The scenario of a point.

        Raises
        ------
        ScenarioError
            The values of the point are none that a scenario may have.
        """
        changes = self.changes_at(point)
        base = self.base_of(point)
        return scenario_with(base, changes) if changes else base

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of all that the results of a sweep depend on."""
        text = json.dumps(study_form(self))  # in order: that of the paths is that of the points
        digests = {name: each.digest for name, each in self.scenarios.items()}
        whole = json.dumps([text, self.scenario.digest, digests])
        return hashlib.sha256(whole.encode()).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        """The study without what is computed from it, which would travel with every block."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _extremes(drawn: NDArray[Any]) -> NDArray[Any]:
    """Every place among options that is taken, or the least and the greatest number."""
    if drawn.dtype == np.int64:
        return np.unique(drawn)
    return np.array([drawn.min(), drawn.max()])


def _amount(option: Option) -> float:
    return 0.0 if isinstance(option.label, str) else float(option.label)


def _by_number(scenario: Scenario, path: str) -> str:
    """The path of an event by its number, if its ordinal would change with others taken away."""
    event = find_event(scenario, path) if len(path_steps(path)) > 2 else None
    return path if event is None else f"events.{event}"


def _order(path: str) -> tuple[int, int]:
    """Order in which values are taken away, so that none moves before it is its turn.

    What is taken out of a list by its number moves those behind it up: so what lies deeper goes
    first, then the last of a list, and what goes by a name at the end.
    """
    *above, step = path_steps(path) or (path,)
    return -len(above), -int(step) if step.isdigit() else 1


def study_form(study: Study) -> dict[str, Any]:
    """The study with every default written out, beside its scenarios in files of their own."""
    effort = study.effort
    how_long: dict[str, Any] = {"runs": effort.runs}
    if effort.precision is not None:
        how_long = {
            "precision": effort.precision,
            "precision_of": effort.of,
            "most_runs": effort.runs,
        }
    design: dict[str, Any] = {"design": study.design.kind}
    if study.design.kind != "grid":
        design |= {"points": study.design.n_points, "design_seed": study.design.seed}
    return {
        "scenario": SCENARIO_FILE,
        "vary": {each.path: _varied_form(each) for each in study.varied},
        **design,
        **how_long,
        "seed": study.seed,
        "outcomes": list(study.outcomes),
        "days": list(study.days),
        "common_luck": study.common_luck,
        "keep": study.keep,
    }


def _varied_form(varied: Varied) -> Any:
    if varied.written:
        return varied.written
    if varied.path == SCENARIO:
        return [f"{SCENARIOS_FOLDER}/{label}.yaml" for label in varied.labels]
    values = [_option_form(varied.path, option) for option in varied.options]
    return values if varied.spacing == "linear" else {"values": values, "spacing": varied.spacing}


def _option_form(path: str, option: Option) -> Any:
    if option.is_number_at(path):
        return option.label
    if option == Option(PRESENT, {}):
        return PRESENT
    if option == Option(ABSENT, {path: None}):
        return ABSENT
    return {"label": option.label, "set": option.changes}
