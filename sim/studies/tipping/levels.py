"""The path along which a scenario is changed, and the lattice of its levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, isfinite, isinf, log, log2, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.format import LONGEST_NAME, cut
from sim.scenario.addresses import find_place
from sim.scenario.arrays.slots import slots_of
from sim.scenario.fields import Date
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import builtin, plain, scalar_node
from sim.scenario.files.variants import split_change
from sim.scenario.paths import Bounds, Parameter
from sim.scenario.schema import Scenario
from sim.studies.inputs import Input, by_input, checked_inputs

Reals = NDArray[np.float64]

N_SCANNED_LEVELS = 41
"""Levels of a scan: those of a grid in steps of 2.5 % of the way."""

LEAST_PARTS, RUNS_A_STEP = 32, 1000
"""Steps of the lattice in one of the grid, and the runs up to which there are no more."""

MOST_SCENARIOS = 100
"""Levels of a number that the flat inputs do not hold: each takes a scenario of its own."""

DIGITS = 12
"""Significant digits of a level, as a person would write it."""

NEXT_TO_END = 0.01
"""How far within a range an end is that does not belong to it, as a share of the range."""

SPACINGS = ("linear", "log")


class AlongError(ValueError):
    """A path cannot be gone along as it was asked; the message says why.

    Attributes
    ----------
    argument : str
        That of `sim.tipping`, with which the message begins; empty where it begins with a path.
    """

    def __init__(self, message: str, argument: str = "") -> None:
        self.argument = argument
        super().__init__(f"{argument}: {message}" if argument else message)


@dataclass(frozen=True, eq=False)
class Levels:
    """A path of a scenario, and the levels on it that are tried.

    Attributes
    ----------
    path : str
    spacing : {"linear", "log"}
    values : ndarray, shape (last + 1,), ascending
        The level at each position.
    is_whole : bool
        Whether they are whole numbers, and all between the ends.
    slots : tuple of int
        Its indices in the flat inputs; none where each level takes a scenario of its own.
    label, unit : str
        For people.
    is_date : bool
        Whether levels are days.
    """

    path: str
    spacing: str
    values: Reals
    is_whole: bool
    slots: tuple[int, ...]
    label: str
    unit: str
    is_date: bool = False

    @property
    def last(self) -> int:
        """Position of the high end, that of the low end being 0."""
        return len(self.values) - 1

    @property
    def low(self) -> float:
        """The low end."""
        return float(self.values[0])

    @property
    def high(self) -> float:
        """The high end."""
        return float(self.values[-1])

    @property
    def ends(self) -> list[float | str]:
        """Low and high end and the spacing, as `levels_from` takes them."""
        low, high = (round(end) if self.is_whole else end for end in (self.low, self.high))
        return [low, high] if self.is_whole else [low, high, self.spacing]

    def share(self, level: float) -> float:
        """The share of the way at a level."""
        if self.spacing == "log":
            return (log(level) - log(self.low)) / (log(self.high) - log(self.low))
        return (level - self.low) / (self.high - self.low)

    def at(self, shares: Reals) -> Reals:
        """Levels at shares of the way."""
        return spread(shares, self.low, self.high, self.spacing)

    def middle(self, low: float, high: float) -> float:
        """The level in the middle between two; infinite where one is."""
        if isinf(low) or isinf(high):
            return low if isinf(low) else high
        return sqrt(low * high) if self.spacing == "log" else (low + high) / 2

    def grid(self, n_levels: int = N_SCANNED_LEVELS) -> NDArray[np.int32]:
        """Positions of so many levels, or of all if they are fewer, from end to end."""
        n_levels = min(n_levels, self.last + 1)
        return np.rint(np.linspace(0, self.last, n_levels)).astype(np.int32)

    def on_grid(self) -> Levels:
        """The same way with no levels but those of the grid."""
        grid = self.grid()
        is_whole = self.is_whole and len(grid) == self.last + 1
        return replace(self, values=self.values[grid], is_whole=is_whole)


def n_steps(n_runs: int) -> int:
    """Steps of the lattice on which the thresholds of runs are known, of a number of the inputs.

    A step is to be short beside the interval of a quantile, which shrinks with the square root of
    the runs. It is a part of a step of the grid of a scan, so that the first halvings are on it.

    Examples
    --------
    >>> n_steps(10), n_steps(1000), n_steps(1001), n_steps(4000), n_steps(16_000)
    (1280, 1280, 2560, 2560, 5120)
    """
    n_doublings = ceil(log2(max(1.0, n_runs / RUNS_A_STEP)) / 2)
    return (LEAST_PARTS << n_doublings) * (N_SCANNED_LEVELS - 1)


def spread(shares: Reals, low: float, high: float, spacing: str) -> Reals:
    """Numbers at shares of the way between two, with 12 significant digits.

    Examples
    --------
    >>> spread(np.array([0, 0.1, 0.5, 1]), 0.1, 0.8, "linear").tolist()
    [0.1, 0.17, 0.45, 0.8]
    >>> spread(np.array([0, 0.5, 1]), 0.1, 10, "log").tolist()
    [0.1, 1.0, 10.0]
    """
    if spacing == "log":
        found = np.exp((1 - shares) * log(low) + shares * log(high))
    else:
        found = (1 - shares) * low + shares * high
    found = np.array([float(f"{each:.{DIGITS}g}") for each in found.tolist()])
    found[shares == 0], found[shares == 1] = low, high
    return found


Range = tuple[Any, Any] | tuple[Any, Any, str] | None
"""Low and high end of a path, and the spacing if it is not linear; None for its own range."""


def levels_from(
    scenario: Scenario, path: str, ends: Range = None, n_runs: int = RUNS_A_STEP
) -> Levels:
    """The levels of a path between two ends.

    Parameters
    ----------
    scenario : Scenario
    path : str
        As for ``--set``: of a number, or of the date of an event.
    ends : tuple, optional
        Low and high end, numbers or dates, and ``"log"`` where levels lie closer at the low end. By
        default the range that the number may have, where that is one of shares, days or nations.
    n_runs : int
        Runs that are bisected on them: the more, the closer they lie.

    Raises
    ------
    AlongError
        There is no range by default, or the ends are no range.
    ScenarioError
        The path leads to no number, or the scenario cannot have an end of the range.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> found = levels_from(load_scenario("paris_2025"), "conditions.us_backing.level")
    >>> found.low, found.high, found.last, found.label
    (0.01, 0.99, 1280, 'US backing: level')
    """
    parameter = checked_inputs(scenario, {path: path})[path].parameter
    is_date = _is_date(scenario, path)
    low, high, *spacing = ends or _own_range(scenario, parameter, is_date)
    low, high = (_number_at(scenario, parameter, end) for end in (low, high))
    if not low < high:
        raise AlongError(f"{path}: {low:g} must be below {high:g}, the low end first")
    scale = str(spacing[0]) if spacing else SPACINGS[0]
    if scale not in SPACINGS:
        raise AlongError(f"{path}: spacing {scale!r} must be one of {', '.join(SPACINGS)}")
    is_whole = parameter.bounds.is_whole
    if scale == "log" and (low <= 0 or is_whole):
        what = "whole numbers" if is_whole else f"{low:g}"
        raise AlongError(f"{path}: the spacing log is for numbers above 0, not for {what}")
    slots = _slots_where_drawn(scenario, path, (low, high), is_date)
    last = int(high - low) if is_whole else n_steps(n_runs) if slots else N_SCANNED_LEVELS - 1
    if not slots and last > MOST_SCENARIOS:
        raise AlongError(
            f"{path}: each of its {last + 1:,} levels takes a scenario of its own; at most "
            f"{MOST_SCENARIOS} can be tried: give a range, {path}=LOW:HIGH"
        )
    values = (
        np.arange(low, high + 1, dtype=np.float64)
        if is_whole
        else spread(np.arange(last + 1) / last, low, high, scale)
    )
    if not (np.diff(values) > 0).all():
        raise AlongError(f"{path}: {low:.12g} and {high:.12g} are too close to each other")
    return Levels(path, scale, values, is_whole, slots, parameter.label, parameter.unit, is_date)


def split_along(text: str) -> tuple[str, Range]:
    """A path and its range from ``PATH``, ``PATH=LOW:HIGH`` or ``PATH=LOW:HIGH:log``.

    Raises
    ------
    AlongError
        It has another form.

    Examples
    --------
    >>> split_along("tempo"), split_along("tempo=0.1:10:log")
    (('tempo', None), ('tempo', (0.1, 10, 'log')))
    """
    path, value = (part.strip() for part in split_change(text))
    if not path and "=" not in text and text.strip():
        return text.strip(), None
    parts = [part.strip() for part in value.split(":")]
    if not path or len(parts) not in (2, 3) or not all(parts):
        form = "PATH, PATH=LOW:HIGH or PATH=LOW:HIGH:log"
        raise AlongError(f"{cut(text, LONGEST_NAME)!r} must have the form {form}")
    low, high = (plain(scalar_node(part, "", None)) for part in parts[:2])
    return path, (low, high) if len(parts) == 2 else (low, high, parts[2])


def paths_from(given: object) -> dict[str, Range]:
    """Paths with their ranges from a text, a sequence of texts, or a mapping of path to range.

    Raises
    ------
    AlongError
        A path is given twice, or a range is none.
    """
    if isinstance(given, Mapping):
        ranges: dict[str, Range] = {}
        for path, ends in given.items():
            listed = builtin(ends)
            if listed is not None and (not isinstance(listed, list) or len(listed) not in (2, 3)):
                raise AlongError(f"{path}: {ends!r} must be (low, high) or (low, high, 'log')")
            ranges[str(path)] = None if listed is None else tuple(listed)
        return ranges
    found: dict[str, Range] = {}
    for text in [given] if isinstance(given, str) else list(given):  # type: ignore[call-overload]
        path, ends = split_along(str(text))
        if path in found:
            raise AlongError(f"{path} is given twice; two paths make a plane")
        found[path] = ends
    return found


def _own_range(scenario: Scenario, parameter: Parameter, is_date: bool) -> tuple[float, float]:
    """The range of a number that has one a person would try from end to end."""
    bounds = parameter.bounds
    if is_date:
        return 1, scenario.days
    if parameter.path == "success.public_size":
        return 0, len(scenario.nations)
    if bounds.is_whole or bounds.low < 0 or bounds.high > 1:
        raise AlongError(
            f"{parameter.path} has no range of its own; give one, {parameter.path}=LOW:HIGH"
        )
    return _inside(bounds)


def _inside(bounds: Bounds) -> tuple[float, float]:
    step = NEXT_TO_END * (bounds.high - bounds.low)
    return bounds.low + step * bounds.open_low, bounds.high - step * bounds.open_high


def _number_at(scenario: Scenario, parameter: Parameter, end: object) -> float:
    """An end of a range as the scenario has it: of a date, the number of its day."""
    try:
        value = scenario.with_value(parameter, end).parameter(parameter.path).value
    except ScenarioError as error:
        raise by_input(error, [Input(parameter.path, parameter.path, parameter)]) from None
    if not isinstance(value, int | float) or not isfinite(value):
        raise AlongError(f"{parameter.path}: {end!r} must be a number, as an end of a range")
    return value


def _is_date(scenario: Scenario, path: str) -> bool:
    place = find_place(scenario, path)
    return place is not None and isinstance(place.type.marker, Date)


def _slots_where_drawn(
    scenario: Scenario, path: str, ends: tuple[float, float], is_date: bool
) -> tuple[int, ...]:
    """Indices of a number in the flat inputs if it is drawn; none if it cannot be."""
    try:
        drawn = scenario.with_value(path, {"uniform": list(ends)})
    except ScenarioError:
        return ()
    parameter = drawn.parameter(path)
    return (slots_of(drawn)[parameter.key],) if is_date else parameter.slots
