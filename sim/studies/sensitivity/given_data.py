"""Which inputs an outcome of a stored sweep hangs on, by how its distribution shifts with each.

No runs are made. The indices do not look at variances, and ask nothing of the design.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import NamedTuple

import numpy as np

from sim.results.estimates import Z_95, Interval
from sim.studies.sensitivity.designs import Integers, Reals
from sim.studies.sweep.result import Sweep

MOST_CLASSES = 10
"""Classes of an input: tenths of its points, or its values if there are no more."""

COARSE, FINE = 20, 500
"""Most classes of an outcome, for delta and for the largest distance of two distributions."""

IN_A_CELL = 10
"""Points in a class of the input and of the outcome, on average, from which there are more classes
of the outcome for delta; at least 3."""

LEAST_POINTS = 50
N_RESAMPLED = 200

CLEAR = 0.05
"""An effect is clear if delta is as large in fewer than so many permutations."""


class GivenDataError(ValueError):
    """The points of a sweep tell nothing; the message says why."""


class InputIndex(NamedTuple):
    """How far the distribution of an outcome shifts with one input.

    Attributes
    ----------
    path : str
    delta : Interval
        Mean over classes of the input of half the sum of differences between the distribution of
        the outcome in the class and in all points [Borgonovo2007]_, the outcome in 3 to 20
        classes: 0 without an effect, at most 1.
    pawn : Interval
        Median over classes of the largest difference between the two cumulative distributions
        [PianosiWagener2018]_.
    delta_without, pawn_without : float
        Means of both where the values of the input are permuted, so that it has no effect: with few
        points they are far from 0.
    p_value : float
        How often delta is as large where the values are permuted.
    lead : Interval or None
        How much larger the largest delta is than this one; the lower end also holds for deltas less
        what they are without an effect. None of the input that has the largest.
    """

    path: str
    delta: Interval
    pawn: Interval
    delta_without: float
    pawn_without: float
    p_value: float
    lead: Interval | None = None

    @property
    def is_clear(self) -> bool:
        """True if it has an effect beyond what chance gives to one without any."""
        return self.p_value < CLEAR


class GivenData(NamedTuple):
    """What the points of a sweep tell of an outcome.

    Attributes
    ----------
    outcome : str
    n_points : int
    inputs : tuple of InputIndex
        The largest delta first.
    mc_share : float or None
        Share of the variance of the outcome between points that is Monte Carlo error; None if that
        is not known.
    """

    outcome: str
    n_points: int
    inputs: tuple[InputIndex, ...]
    mc_share: float | None


def given_data(sweep: Sweep, outcome: str | None = None) -> GivenData:
    """How far the distribution of an outcome over the points of a sweep shifts with each path.

    Parameters
    ----------
    sweep : Sweep
    outcome : str, optional
        One of the sweep's; its first by default.

    Returns
    -------
    GivenData
        Intervals are of 95 %, by points that are drawn anew from those there are. They do not hold
        the bias that all such indices have [PlischkeBorgonovoSmith2013]_, and that values which are
        permuted show.

    Raises
    ------
    GivenDataError
        There are too few points, or the outcome is the same at all of them.
    KeyError
        The sweep has no such outcome.
    """
    name = sweep.outcome(sweep.outcomes[0] if outcome is None else outcome).name
    values, codes = known_points(sweep, name)
    random = np.random.default_rng(0)
    n_coarse = int(np.clip(values.size / (MOST_CLASSES * IN_A_CELL), 3, COARSE))
    fine, coarse = classes(values, FINE), classes(values, n_coarse)
    lines = random.integers(values.size, size=(N_RESAMPLED, values.size))
    found, deltas = list[InputIndex](), list[Reals]()
    for path, code in codes.items():
        of = classes(code, MOST_CLASSES)
        orders = [random.permutation(of) for _ in range(N_RESAMPLED)]
        delta, resampled = _resampled(delta_index, of, coarse, lines)
        pawn, _ = _resampled(pawn_index, of, fine, lines)
        delta_permuted = np.array([delta_index(each, coarse) for each in orders])
        pawn_permuted = [pawn_index(each, fine) for each in orders]
        deltas.append(resampled)
        n_as_large = int((delta_permuted >= delta.estimate).sum())
        found.append(
            InputIndex(
                path,
                delta,
                pawn,
                float(delta_permuted.mean()),
                float(np.mean(pawn_permuted)),
                (1 + n_as_large) / (1 + N_RESAMPLED),
            )
        )
    order = np.argsort([-float(each.delta.estimate) for each in found], kind="stable")
    inputs = with_leads([found[place] for place in order], np.array(deltas)[order])
    errors = sweep.column(f"{name}.mc_error")
    errors = errors[np.isfinite(sweep.column(name))]
    mc_share = float((errors**2).mean() / values.var())
    return GivenData(name, values.size, inputs, mc_share if isfinite(mc_share) else None)


def with_leads(inputs: list[InputIndex], resampled: Reals) -> tuple[InputIndex, ...]:
    """Inputs with the lead of the first over each other, by points that are the same for all.

    An input with more classes has a larger delta even where it does nothing. So the lower end is
    the lower one of two leads: in delta, and in delta less what it is without an effect.

    Parameters
    ----------
    inputs : list of InputIndex
    resampled : ndarray, shape (n_inputs, n_resampled)
        Their deltas over points drawn anew.
    """
    delta = np.array([float(each.delta.estimate) for each in inputs])
    beyond = delta - [each.delta_without for each in inputs]
    leads, leads_beyond = delta[0] - delta[1:], beyond[0] - beyond[1:]
    half = Z_95 * (resampled[:1] - resampled[1:]).std(axis=1, ddof=1)
    ends = zip(leads, np.minimum(leads, leads_beyond) - half, leads + half, strict=True)
    others = zip(inputs[1:], ends, strict=True)
    return (inputs[0], *(each._replace(lead=Interval(*map(np.asarray, of))) for each, of in others))


def known_points(sweep: Sweep, outcome: str) -> tuple[Reals, dict[str, Reals]]:
    """Values of an outcome at the points that have it, and what is varied, by path.

    Values that are no numbers are numbered in the order of the study. Paths with one value alone
    are left out.

    Raises
    ------
    GivenDataError
    """
    values = sweep.column(outcome)
    is_known = np.isfinite(values)
    values = values[is_known]
    if values.size < LEAST_POINTS:
        raise GivenDataError(
            f"the sweep has {values.size:,} points with {outcome}; {LEAST_POINTS} are needed"
        )
    if np.ptp(values) == 0:
        raise GivenDataError(f"{outcome} is the same at all points of the sweep")
    codes = {}
    for varied in sweep.study.varied:
        listed = np.array(sweep.table[varied.path].to_pylist(), dtype=object)[is_known]
        if not varied.is_number:
            order = {label: float(place) for place, label in enumerate(varied.labels)}
            listed = np.array([order[label] for label in listed])
        column = listed.astype(np.float64)
        if np.ptp(column) > 0:
            codes[varied.path] = column
    if not codes:
        raise GivenDataError("no path of the sweep has several values")
    return values, codes


def classes(values: Reals, most: int) -> Integers:
    """Classes of some values, from 0: each value by itself, or parts of about as many.

    Examples
    --------
    >>> classes(np.array([0.0, 0.5, 0.0, 1.0]), 4), classes(np.arange(6.0), 3)
    (array([0, 1, 0, 2]), array([0, 0, 1, 1, 2, 2]))
    """
    different, codes = np.unique(values, return_inverse=True)
    if different.size > most:
        edges = np.unique(np.quantile(values, np.arange(1, most) / most))
        codes = np.searchsorted(edges, values, side="left")
    return np.asarray(codes, dtype=np.int64)


def _shares(x: Integers, y: Integers) -> tuple[Reals, Reals, Reals]:
    """Shares of the classes of x; in each those of the classes of y; and those of y in all."""
    n_x, n_y = int(x.max()) + 1, int(y.max()) + 1
    counts = np.bincount(x * n_y + y, minlength=n_x * n_y).reshape(n_x, n_y).astype(np.float64)
    of_x = counts.sum(axis=1)
    counts, of_x = counts[of_x > 0], of_x[of_x > 0]
    return of_x / of_x.sum(), counts / of_x[:, None], counts.sum(axis=0) / of_x.sum()


def delta_index(x: Integers, y: Integers) -> float:
    """Mean over classes of x of half the distance between distributions of the classes of y.

    Examples
    --------
    >>> same, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> delta_index(same, same), delta_index(other, same)
    (0.5, 0.0)
    """
    weights, within, of_all = _shares(x, y)
    return float(0.5 * weights @ np.abs(within - of_all).sum(axis=1))


def pawn_index(x: Integers, y: Integers) -> float:
    """Median over classes of x of the largest distance between cumulative distributions of y.

    Examples
    --------
    >>> same, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> pawn_index(same, same), pawn_index(other, same)
    (0.5, 0.0)
    """
    _, within, of_all = _shares(x, y)
    apart = np.abs(np.cumsum(within, axis=1) - np.cumsum(of_all))
    return float(np.median(apart.max(axis=1)))


def _resampled(
    index: Callable[[Integers, Integers], float],
    x: Integers,
    y: Integers,
    lines: Integers,
) -> tuple[Interval, Reals]:
    """An index with its interval over resampled points, and what it is of these."""
    estimate, resampled = index(x, y), np.array([index(x[each], y[each]) for each in lines])
    half = Z_95 * float(resampled.std(ddof=1))
    ends = (estimate, max(0.0, estimate - half), min(1.0, estimate + half))
    return Interval(*map(np.asarray, ends)), resampled
