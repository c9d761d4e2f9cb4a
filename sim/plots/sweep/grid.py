"""The points of a grid laid out by what is varied, with the base scenario's values beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.plots.catalogue import DrawingError
from sim.results.format import cut
from sim.scenario.events import EVENT_MODELS
from sim.studies.design.values import SCENARIO, Label, Option, Varied

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.design.study import Study
    from sim.studies.sweep.result import Sweep

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

USUAL = ("success", "size")
"""Outcomes that are drawn unless another is asked for, if they are there."""

LONGEST_REASON = 100

MISSING = object()
"""Stands for a value that a scenario does not have."""


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
    """

    path: str
    labels: tuple[Label, ...]
    order: Integers
    is_log: bool = False
    base: float | None = None
    base_place: int | None = None

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
        return Axis(self.path, labels, self.order[kept], self.is_log, self.base, place)


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


def axis_of(study: Study, varied: Varied, full: dict[str, Any]) -> Axis:
    """The axis of one varied path of a grid.

    Parameters
    ----------
    study : Study
    varied : Varied
    full : dict
        The full form of the base scenario.
    """
    labels = varied.labels
    order = np.arange(len(labels))
    if are_numbers(labels):
        order = np.argsort(np.array(labels, dtype=np.float64), kind="stable")
    ordered = tuple(labels[i] for i in order)
    is_log = varied.spacing == "log" and are_numbers(labels) and float(ordered[0]) > 0
    base = base_number(full, varied.path) if varied.is_number else None
    place = next((p for p, i in enumerate(order) if _is_base(study, varied, int(i), full)), None)
    return Axis(varied.path, ordered, order, is_log, base, place)


def _is_base(study: Study, varied: Varied, option: int, full: dict[str, Any]) -> bool:
    """Whether a value leaves the base scenario as it is."""
    chosen: Option = varied.options[option]
    if varied.path == SCENARIO:
        return study.scenarios[str(chosen.label)].digest == study.scenario.digest
    return all(
        value_at(full, path) is MISSING if value is None else value_at(full, path) == value
        for path, value in chosen.changes.items()
    )


def base_number(full: dict[str, Any], path: str) -> float | None:
    """The number that a scenario has at a path; None where it is drawn, or there is no single one.

    Parameters
    ----------
    full : dict
        The full form of the scenario.
    path : str

    Examples
    --------
    >>> full = {"nations": [{"id": "POL", "stake": 0.9}, {"id": "EST", "stake": 0.8}]}
    >>> base_number(full, "nations.EST.stake"), base_number(full, "nations.*.stake")
    (0.8, None)
    """
    value = value_at(full, path)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def value_at(full: dict[str, Any], path: str) -> Any:
    """What a full form holds at a path; `MISSING` where that is nothing, or not one thing."""
    return _below(full, tuple(path.split(".")), "")


def _below(value: Any, steps: tuple[str, ...], section: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        return _below(value[step], rest, step) if step in value else MISSING
    if not isinstance(value, list):
        return MISSING
    if section == "nations" and step == "*":
        found = [_below(each, rest, step) for each in value]
        return found[0] if found and all(each == found[0] for each in found) else MISSING
    chosen = _item(value, step, section)
    return MISSING if chosen is MISSING else _below(chosen, rest, step)


def _item(items: list[Any], step: str, section: str) -> Any:
    """An item of a list: a nation by its id, an event by its label, any other by its number."""
    keys: Sequence[str] = {"nations": ("id",), "events": tuple(EVENT_MODELS)}.get(section, ())
    found = [
        each for each in items if isinstance(each, dict) and step in [each.get(key) for key in keys]
    ]
    if len(found) == 1:
        return found[0]
    is_number = not found and section != "nations" and step.isascii() and step.isdigit()
    return items[int(step)] if is_number and int(step) < len(items) else MISSING


@dataclass(frozen=True, eq=False)
class Lattice:
    """Points of a grid along some of its paths; the others are held at one value each.

    Attributes
    ----------
    axes : tuple of Axis
    rows : ndarray of int, shape (length of each axis)
        Row of each point in the sweep's table; -1 for one that is not there yet.
    held : tuple of (path, label)
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
        has_problem = np.array(
            [reason is not None for reason in sweep.table["problem"].to_pylist()]
        )
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
    full = sweep.study.scenario.full()
    return {each.path: axis_of(sweep.study, each, full) for each in sweep.study.varied}


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
    told = [(p, axis.labels[axis.nearest]) for p, axis in held.items() if len(axis) > 1]
    return Lattice(tuple(axes), chosen.reshape([len(axis) for axis in axes]), tuple(told))


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
    raise DrawingError("no point of these is done yet")


def along_axis(sweep: Sweep, axes: dict[str, Axis], path: str | None = None) -> Axis:
    """The axis of the path asked for; else the longest of a number; else of categories."""
    if path is not None:
        return axes[checked_path(sweep, path)]
    numbers = [axis for axis in axes.values() if axis.is_number]
    longest = max(numbers or axes.values(), key=len)
    if len(longest) < 2:  # a single number says less than categories do
        longest = max(axes.values(), key=len)
    return longest
