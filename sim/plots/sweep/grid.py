"""The points of a grid laid out by what is varied, with the base scenario's values beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.results.format import cut
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.variants import path_steps
from sim.studies.design.values import SCENARIO, Label, Option, Varied, scenario_with

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.studies.design.outcomes import Outcome
    from sim.studies.design.study import Study
    from sim.studies.sweep.result import Sweep

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

USUAL = ("success", "size")
"""Outcomes that are drawn unless another is asked for, if they are there."""

LONGEST_REASON = 100

LONGEST_STEP = 64
"""Letters of a step of a path that a figure shows."""


@dataclass(frozen=True, eq=False)
class Axis:
    """The values of one varied path, as they stand along an axis.

    Attributes
    ----------
    path : str
    labels : tuple of str, int or float
        Numbers in ascending order, categories in the order of the study.
    order : ndarray of int, shape (n_values,)
        Their places among the values of the study.
    is_log : bool
    base : float or None
        The base scenario's number, whether or not it is among the values.
    base_place : int or None
        Place of the base scenario's value, if it is among them.
    name : str
        What is varied as a person reads it, with its unit.
    """

    path: str
    labels: tuple[Label, ...]
    order: Integers
    is_log: bool = False
    base: float | None = None
    base_place: int | None = None
    name: str = ""

    def __len__(self) -> int:
        """Number of values."""
        return len(self.labels)

    @property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return are_numbers(self.labels)

    @cached_property
    def positions(self) -> Reals:
        """Where values stand on the axis: numbers where they are, categories at 0, 1, 2, ..."""
        return np.asarray(self.labels if self.is_number else range(len(self)), dtype=np.float64)

    @cached_property
    def edges(self) -> Reals:
        """Ends of the cells round the values, shape (n_values + 1,); see `cell_edges`."""
        return cell_edges(self.positions, self.is_log)

    @property
    def nearest(self) -> int:
        """Place of the value nearest to the base scenario's; of the middle one if it has none."""
        if self.base_place is not None:
            return self.base_place
        if not self.is_number:
            return 0
        if self.base is None or (self.is_log and self.base <= 0):
            return len(self) // 2
        away = self.scaled(self.positions) - self.scaled(np.array([self.base]))
        return int(np.abs(away).argmin())

    def scaled(self, values: Reals) -> Reals:
        """Values as they are spaced on the axis."""
        return np.log10(values) if self.is_log else values

    def holds(self, value: float | None) -> bool:
        """Whether a number lies within the cells."""
        return value is not None and bool(self.edges[0] <= value <= self.edges[-1])

    def thinned(self, most: int) -> Axis:
        """At most so many of the values: spread evenly, or the first of categories."""
        if len(self) <= most:
            return self
        kept = np.linspace(0, len(self) - 1, most).round().astype(np.int64)
        if not self.is_number:
            kept = np.arange(most)
        return self.only(kept)

    def only(self, kept: Integers) -> Axis:
        """The values at some places, in ascending order."""
        found = np.flatnonzero(kept == self.base_place)
        place = int(found[0]) if found.size else None
        labels = tuple(self.labels[i] for i in kept)
        return replace(self, labels=labels, order=self.order[kept], base_place=place)


def are_numbers(labels: Sequence[Label]) -> bool:
    """Whether labels are numbers, so that they have places on an axis."""
    return bool(labels) and not any(isinstance(label, str) for label in labels)


def cell_edges(positions: Reals, is_log: bool = False) -> Reals:
    """Ends of cells round ascending positions: half-way between them, by ratio on a log axis.

    Parameters
    ----------
    positions : ndarray, shape (n,)
    is_log : bool

    Returns
    -------
    ndarray, shape (n + 1,)

    Examples
    --------
    >>> cell_edges(np.array([0.0, 1.0, 3.0])).tolist()
    [-0.5, 0.5, 2.0, 4.0]
    >>> cell_edges(np.array([1.0, 100.0]), is_log=True).round(3).tolist()
    [0.1, 10.0, 1000.0]
    """
    spaced = np.log10(positions) if is_log else positions
    if spaced.size == 1:
        half = 0.1 if is_log else max(0.05 * abs(float(spaced[0])), 0.5 * (spaced[0] == 0))
        edges = np.array([spaced[0] - half, spaced[0] + half])
    else:
        middles = (spaced[1:] + spaced[:-1]) / 2
        first, last = 2 * spaced[0] - middles[0], 2 * spaced[-1] - middles[-1]
        edges = np.concatenate([[first], middles, [last]])
    return 10.0**edges if is_log else edges


def axis_name(scenario: Scenario, path: str) -> str:
    """What is varied as a person reads it, with its unit.

    Examples
    --------
    >>> import sim
    >>> paris = sim.load_scenario("paris_2025")
    >>> axis_name(paris, "conditions.us_backing.level"), axis_name(paris, "memory.momentum")
    ('US backing: level', 'memory of momentum (days)')
    >>> axis_name(paris, "events.chiefs_of_defence"), axis_name(paris, "nations.POL.stage")
    ('event: chiefs of defence', 'POL: stage')
    """
    try:
        found = scenario.parameter(path)
    except ScenarioError:  # no number: a whole event, a stage, or cases under a name of their own
        section, *steps = (cut(step, LONGEST_STEP) for step in path_steps(path))
        owner = {"events": ["event"], "nations": []}.get(section, [section])
        named = ("all nations" if step == "*" else step.replace("_", " ") for step in steps)
        return ": ".join([*owner, *named]) if steps else section
    words = cut(found.label, 2 * LONGEST_STEP)
    return f"{words} ({found.unit})" if found.unit else words


def base_number(scenario: Scenario, path: str) -> float | None:
    """The number that a scenario has at a path; None where it is random, or no single number."""
    try:
        value = scenario.parameter(path).value
    except ScenarioError:
        return None
    return float(value) if isinstance(value, int | float) else None


def _axis(study: Study, varied: Varied) -> Axis:
    """The axis of one varied path of a grid."""
    labels, base = varied.labels, base_number(study.scenario, varied.path)
    order = np.arange(len(labels))
    if are_numbers(labels):
        order = np.argsort(np.array(labels, dtype=np.float64), kind="stable")
    ordered = tuple(labels[i] for i in order)
    is_log = varied.spacing == "log" and are_numbers(labels) and float(ordered[0]) > 0
    if varied.is_number:
        place = next((i for i, label in enumerate(ordered) if label == base), None)
    else:
        base = None
        places = (p for p, i in enumerate(order) if _is_base(study, varied.path, varied.options[i]))
        place = next(places, None)
    name = axis_name(study.scenario, varied.path)
    return Axis(varied.path, ordered, order, is_log, base, place, name)


def _is_base(study: Study, path: str, option: Option) -> bool:
    """Whether a value leaves the base scenario as it is."""
    if path == SCENARIO:
        return study.scenarios[str(option.label)].digest == study.scenario.digest
    try:
        return scenario_with(study.scenario, option.changes).digest == study.scenario.digest
    except ScenarioError:
        return False


@dataclass(frozen=True, eq=False)
class Lattice:
    """Points of a grid along some of its paths; the others are held at one value each.

    Attributes
    ----------
    axes : tuple of Axis
    rows : ndarray of int, shape (length of each axis)
        Row of each point in the sweep's table; -1 for one that is not there yet.
    held : tuple of (name, label)
        Where the paths that have more than one value, and no axis, are held.
    """

    axes: tuple[Axis, ...]
    rows: Integers
    held: tuple[tuple[str, Label], ...] = ()

    def of(self, column: NDArray[Any]) -> Reals:
        """A column of the table in the shape of the lattice, NaN where there is no point yet."""
        return np.where(self.rows >= 0, column[self.rows], np.nan)

    def failed(self, sweep: Sweep) -> NDArray[np.bool_]:
        """Which points could not be run, in the shape of the lattice."""
        has_problem = sweep.table["problem"].is_valid().to_numpy()
        failed: NDArray[np.bool_] = (self.rows >= 0) & has_problem[self.rows]
        return failed


def grid_axes(sweep: Sweep) -> dict[str, Axis]:
    """The axis of each path that a grid varies, by path.

    Raises
    ------
    DrawingError
        The design is no grid.
    """
    kind = sweep.study.design.kind
    if kind != "grid":
        raise DrawingError(f"it takes a grid, and this design is {kind}: see outcome_scatter")
    return {each.path: _axis(sweep.study, each) for each in sweep.study.varied}


def checked_path(sweep: Sweep, path: str) -> str:
    """A path that the sweep varies.

    Raises
    ------
    DrawingError
        It does not.
    """
    if path not in sweep.paths:
        raise DrawingError(f"{path!r} is not varied; there are {', '.join(sweep.paths)}")
    return path


def lattice_of(sweep: Sweep, axes: Sequence[Axis], others: dict[str, Axis]) -> Lattice:
    """Points along some axes, the other paths held at the value nearest to the base scenario's.

    Parameters
    ----------
    sweep : Sweep
    axes : sequence of Axis
        In the order of the shape.
    others : dict of path to Axis
        Of all paths; those of `axes` are passed over.
    """
    shape = tuple(len(each.options) for each in sweep.study.varied)
    rows = np.full(shape, -1, dtype=np.int64)
    rows.reshape(-1)[sweep.table["point"].to_numpy()] = np.arange(sweep.n_points)
    free = {axis.path: axis for axis in axes}
    held = {path: axis for path, axis in others.items() if path not in free}
    picked = [
        free[path].order if path in free else held[path].order[[held[path].nearest]]
        for path in sweep.paths
    ]
    at = [sweep.paths.index(axis.path) for axis in axes]
    chosen = np.moveaxis(rows[np.ix_(*picked)], at, range(len(at)))
    several = [axis for axis in held.values() if len(axis) > 1]
    at_values = tuple((axis.name, axis.labels[axis.nearest]) for axis in several)
    return Lattice(tuple(axes), chosen.reshape([len(axis) for axis in axes]), at_values)


def chosen_outcome(sweep: Sweep, name: str | None) -> Outcome:
    """The outcome of that name; by default success, else public size, else the first.

    Raises
    ------
    DrawingError
        The sweep has none of that name.
    """
    if name is None:
        name = next((each for each in USUAL if each in sweep.outcomes), sweep.outcomes[0])
    if name not in sweep.outcomes:
        raise DrawingError(f"it has no outcome {name!r}; there are {', '.join(sweep.outcomes)}")
    return sweep.outcome(name)


def refuse_nothing(sweep: Sweep, values: Reals) -> None:
    """Refuse to draw where there is not one number.

    Raises
    ------
    DrawingError
        Says why there is none.
    """
    if np.isfinite(values).any():
        return
    if sweep.problems:
        reason = cut(next(iter(sweep.problems.values())), LONGEST_REASON)
        raise DrawingError(f"no point of these could be run ({reason})")
    raise DrawingError("no point of these is done yet: `willing sweep` resumes the study")


def along_axis(sweep: Sweep, axes: dict[str, Axis], path: str | None = None) -> Axis:
    """The axis of the path asked for; else the longest of a number; else of categories."""
    if path is not None:
        return axes[checked_path(sweep, path)]
    numbers = [axis for axis in axes.values() if axis.is_number]
    longest = max(numbers or axes.values(), key=len)
    if len(longest) < 2:  # a single number says less than categories do
        longest = max(axes.values(), key=len)
    return longest
