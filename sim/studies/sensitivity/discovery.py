"""Scenario discovery on a stored sweep: in which part of its ranges an outcome is reached."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Chance, chance
from sim.studies.adapters.workbench import discover, workbench
from sim.studies.sensitivity.given_data import GivenDataError, known_points
from sim.studies.sweep.result import Sweep

if TYPE_CHECKING:
    import pandas as pd

DENSITY = 0.8
"""Share of points of interest at which a box is dense enough."""

LEAST_MASS = 0.05
"""Least share of the points that a leaf of a tree holds."""

MOST_LEAVES = 4

Flags = NDArray[np.bool_]


class Limit(NamedTuple):
    """Between which values of a path a box lies.

    Attributes
    ----------
    path : str
    low, high : float or None
        None where the box reaches to the end of the range. What is varied in values that are no
        numbers is numbered from 0 in the order of the study.
    names : tuple of str
        Such values that the box holds; empty of numbers.
    """

    path: str
    low: float | None
    high: float | None
    names: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Where the box lies, as what follows the name of the path in a sentence.

        Examples
        --------
        >>> Limit("tempo", None, 0.5).words, Limit("tempo", 0.25, 0.5).words
        ('below 0.5', 'from 0.25 to 0.5')
        >>> Limit("events.talks", None, 0.0, ("present",)).words
        'as present'
        """
        if self.names:
            return f"as {' or '.join(self.names)}"
        if self.low is None:
            return "anywhere" if self.high is None else f"below {self.high:.3g}"
        if self.high is None:
            return f"above {self.low:.3g}"
        return f"from {self.low:.3g} to {self.high:.3g}"


class Box(NamedTuple):
    """Part of the ranges of a sweep.

    Attributes
    ----------
    limits : tuple of Limit
    density : Chance
        Share of its points that are of interest.
    coverage : Chance
        Share of the points of interest that are in it.
    """

    limits: tuple[Limit, ...]
    density: Chance
    coverage: Chance


class Discovered(NamedTuple):
    """Where an outcome of a sweep is reached.

    Attributes
    ----------
    outcome : str
    at_least : float
        What a point must reach to be of interest.
    asked_density : float
        Share of its points from which a box is dense enough.
    n_points, n_hits : int
        Points, and those of interest.
    box : Box
        That of PRIM.
    again : Box
        Boxes that were found in one half of the points, judged by the other half, in which they
        were not looked for: their limits are those of `box`.
    leaves : tuple of Box
        Leaves of a classification tree that are dense, the one that covers most first.
    ranges : tuple of Limit
        The lowest and the highest value of each path among the points.
    """

    outcome: str
    at_least: float
    asked_density: float
    n_points: int
    n_hits: int
    box: Box
    again: Box
    leaves: tuple[Box, ...]
    ranges: tuple[Limit, ...]


def discovered(
    sweep: Sweep,
    outcome: str | None = None,
    at_least: float | None = None,
    density: float = DENSITY,
) -> Discovered:
    """In which box of the ranges of a sweep an outcome is reached.

    By PRIM [FriedmanFisher1999]_ and by a classification tree [BreimanFriedmanOlshenStone1984]_, as
    the EMA Workbench [Kwakkel2017]_ has them.

    Parameters
    ----------
    sweep : Sweep
    outcome : str, optional
        One of the sweep's; its first by default.
    at_least : float, optional
        What a point must reach; 0.5 of a chance by default.
    density : float
        The box is the first of PRIM's in which at least this share of points is of interest.

    Raises
    ------
    ImportError
        The EMA Workbench is missing.
    GivenDataError
        There are too few points, they are all alike, or `at_least` is needed.
    KeyError
        The sweep has no such outcome.
    """
    import pandas as pd  # half a second

    workbench()
    asked = sweep.outcome(sweep.outcomes[0] if outcome is None else outcome)
    if at_least is None:
        if not asked.is_chance:
            raise GivenDataError(f"{asked.name} is no chance: say what it must reach (--at-least)")
        at_least = 0.5
    values, columns = known_points(sweep, asked.name)
    inputs, hits = pd.DataFrame(columns), values >= at_least
    if hits.all() or not hits.any():
        which = "all" if hits.all() else "none"
        raise GivenDataError(f"{which} of the points reach {at_least:g} of {asked.name}")
    limits = _prim_limits(inputs, hits, density)
    names = {
        each.path: tuple(map(str, each.labels)) for each in sweep.study.varied if not each.is_number
    }

    def named(box: Box) -> Box:
        return box._replace(limits=tuple(_with_names(each, names) for each in box.limits))

    ranges = (Limit(path, float(of.min()), float(of.max())) for path, of in columns.items())
    return Discovered(
        asked.name,
        at_least,
        density,
        values.size,
        int(hits.sum()),
        named(_box(limits, inputs, hits)),
        named(_judged_by_the_other_half(limits, inputs, hits, density)),
        tuple(map(named, _dense_leaves(inputs, hits, density))),
        tuple(_with_names(each, names) for each in ranges),
    )


def _with_names(limit: Limit, names: Mapping[str, tuple[str, ...]]) -> Limit:
    """A limit with the names of the values between its ends, where these are no numbers."""
    low = 0 if limit.low is None else ceil(limit.low)
    high = None if limit.high is None else floor(limit.high) + 1
    return limit._replace(names=names.get(limit.path, ())[low:high])


def _prim_limits(inputs: pd.DataFrame, hits: Flags, density: float) -> tuple[Limit, ...]:
    """Limits of the box that PRIM finds."""
    found = discover(inputs, hits, density)
    return tuple(_limit(inputs, path, *ends) for path, ends in found.limits.items())


def _limit(inputs: pd.DataFrame, path: str, low: float, high: float) -> Limit:
    """A limit, without the ends that are those of all points."""
    column = inputs[path]
    return Limit(
        path,
        None if low <= column.min() else float(low),
        None if high >= column.max() else float(high),
    )


def _inside(limits: Sequence[Limit], inputs: pd.DataFrame) -> Flags:
    """Which points a box holds."""
    inside = np.ones(len(inputs), dtype=bool)
    for path, low, high, _ in limits:
        column = inputs[path].to_numpy()
        inside &= (column >= (-np.inf if low is None else low)) & (
            column <= (np.inf if high is None else high)
        )
    return inside


def _box(limits: Sequence[Limit], inputs: pd.DataFrame, hits: Flags) -> Box:
    """A box with its density and coverage."""
    inside = _inside(limits, inputs)
    n_both = int((inside & hits).sum())
    return Box(
        tuple(limits),
        chance(n_both, max(1, int(inside.sum()))),
        chance(n_both, int(hits.sum())),
    )


def _judged_by_the_other_half(
    limits: tuple[Limit, ...], inputs: pd.DataFrame, hits: Flags, density: float
) -> Box:
    """Density and coverage of boxes that were found in the points of the other half."""
    order = np.random.default_rng(0).permutation(len(hits))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    inside = np.zeros(len(hits), dtype=bool)
    for half, other in (halves, halves[::-1]):
        if hits[half].all() or not hits[half].any():
            inside[other] = hits[half].all()
            continue
        found = _prim_limits(inputs.iloc[half].reset_index(drop=True), hits[half], density)
        inside[other] = _inside(found, inputs.iloc[other])
    n_both = int((inside & hits).sum())
    return Box(limits, chance(n_both, max(1, int(inside.sum()))), chance(n_both, int(hits.sum())))


def _dense_leaves(inputs: pd.DataFrame, hits: Flags, density: float) -> tuple[Box, ...]:
    """Leaves of a classification tree in which most points are of interest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis import cart

        # Its boxes fail for a single column: the second one, of noughts, is never split.
        tree: Any = cart.CART(inputs.assign(**{"": 0.0}), hits, LEAST_MASS)
        tree.build_tree()
        boxes = tree.boxes if tree.clf.tree_.node_count > 1 else []  # and without a split
    found = []
    for box in boxes:
        limits = [
            _limit(inputs, path, float(box[path].iloc[0]), float(box[path].iloc[1]))
            for path in map(str, inputs)
        ]
        some = [limit for limit in limits if limit.low is not None or limit.high is not None]
        found.append(_box(some, inputs, hits))
    dense = [each for each in found if each.density.chance >= density]
    dense.sort(key=lambda each: -each.coverage.chance)
    return tuple(dense[:MOST_LEAVES])
