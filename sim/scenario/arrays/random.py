"""Inputs that are distributions: their values run by run."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from sim.core.draws import fill_uniforms, stable_key
from sim.core.inverse import (
    to_lognormal,
    to_standard_normal,
    to_triangular,
)
from sim.core.layout import Integers, Reals
from sim.scenario.distribution import DATES, Distribution
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.joint_draws import DRAWS, JointDate, JointDraws, JointNumber

SMALLEST = 1e-300
"""Stands for a value just above 0 in a range that excludes it."""

JOINT = (JointNumber, JointDate)
"""What each run takes from its joint draw."""

NORMALS = ("normal", "lognormal")
"""Kinds of distribution that are made of normal draws."""

NEXT_TO_0 = 1e-200
"""Bounds of a range, in standard deviations from the mean, count as 0 up to here."""


class RandomInput(NamedTuple):
    """One place in the flat inputs whose number is drawn once a run.

    Attributes
    ----------
    slot : int
    path : str
        Its address in the scenario, such as ``nations.POL.stake``: what its draws depend on,
        unless it is drawn jointly with others.
    key : uint64
        Of its path; 0 if it is drawn jointly with others.
    distribution : Distribution
    """

    slot: int
    path: str
    key: np.uint64
    distribution: Distribution


def random_input(slot: int, path: str, distribution: Distribution) -> RandomInput:
    """Return a place in the flat inputs whose number is drawn from a distribution."""
    key = np.uint64(0) if isinstance(distribution, JOINT) else stable_key(path)
    return RandomInput(slot, path, key, distribution)


def drawn_values(
    drawn: tuple[RandomInput, ...], seed: int, first_run: int, n_runs: int
) -> tuple[Integers, Reals]:
    """Return where the drawn inputs lie in the flat inputs, and their values for some runs.

    Parameters
    ----------
    drawn : tuple of RandomInput, length n_drawn
    seed, first_run, n_runs : int

    Returns
    -------
    slots : ndarray of int64, shape (n_drawn,)
    value : ndarray of float64, shape (n_runs, n_drawn)
        A pure function of seed, run and path, whatever the block.
    """
    slots = np.array([each.slot for each in drawn], dtype=np.int64)
    value = np.empty((len(drawn), n_runs))
    lines: Integers | None = None  # of the joint draws, the same for all their numbers
    normals = list[int]()
    for place, (row, each) in enumerate(zip(value, drawn, strict=True)):
        law = each.distribution
        if isinstance(law, JOINT):
            if lines is None:
                lines = joint_lines(law.draws, seed, first_run, n_runs)
            row[:] = np.frombuffer(law.values)[lines]
            continue
        fill_uniforms(row, np.uint64(seed), np.uint64(first_run), each.key)
        if law.kind in NORMALS and not isinstance(law, DrawnDate):
            normals.append(place)
        else:
            shape(row, law)
    if normals:  # all at once, as there are often dozens
        shares = value[normals]
        shape_normals(shares, [drawn[place].distribution for place in normals])
        value[normals] = shares
    return slots, np.ascontiguousarray(value.T)


def joint_lines(draws: JointDraws, seed: int, first_run: int, n_runs: int) -> Integers:
    """Return which joint draw some runs take, from 0: a pure function of seed and run."""
    shares = np.empty(n_runs)
    fill_uniforms(shares, np.uint64(seed), np.uint64(first_run), stable_key(DRAWS))
    return lines_at(shares, draws)


def lines_at(shares: Reals, draws: JointDraws) -> Integers:
    """Return the line of joint draws, from 0, at each share in (0, 1) of their weights."""
    reached = np.cumsum(np.frombuffer(draws.weights))
    return np.searchsorted(reached / reached[-1], shares, side="right")


def median(distribution: Distribution) -> float:
    """Return the median of a distribution kept to its field's range.

    For a number of joint draws, return its value on the middle line of their table instead: all
    such numbers then come from one line, as they do in a run.
    """
    if isinstance(distribution, JointNumber):
        middle = lines_at(np.array([0.5]), distribution.draws)
        return distribution.values[int(middle[0])]
    if isinstance(distribution, DrawnDate) and distribution.kind == DATES:
        days, weights = zip(*distribution.listed, strict=True)
        reached = list(accumulate(weights))
        return float(days[bisect_right(reached, 0.5, key=lambda each: each / reached[-1])])
    out = np.array([0.5])
    shape(out, distribution)
    return float(out[0])


def shape(out: Reals, distribution: Distribution) -> None:
    """Turn shares in (0, 1) into draws from a distribution kept to its field's range, in place.

    Parameters
    ----------
    out : ndarray, shape (n_runs,), contiguous
    distribution : Distribution

    Notes
    -----
    By the inverse of the distribution function on the range, so that a value
    drawn from the same share moves with the parameters. The beta distribution's inverse is SciPy's.
    """
    if isinstance(distribution, DrawnDate):
        shape_days(out, distribution)
        return
    if isinstance(distribution, JointNumber):
        out[:] = np.frombuffer(distribution.values)[lines_at(out, distribution.draws)]
        return
    if distribution.kind in NORMALS:
        shape_normals(out[None], [distribution])
        return
    if distribution.kind == "uniform":
        low = max(distribution.parameters[0], distribution.low)
        out *= min(distribution.parameters[1], distribution.high) - low
        out += low
    elif distribution.kind == "triangular":
        narrow(out, distribution)
        to_triangular(out, *distribution.parameters)
    else:
        narrow(out, distribution)
        out[:] = of_beta().betaincinv(*distribution.parameters, out)
    low, high = just_inside(distribution)
    np.minimum(np.maximum(out, low, out=out), high, out=out)  # for few runs faster than `np.clip`


def shape_days(out: Reals, date: DrawnDate) -> None:
    """Turn shares into days from the law of a date, in place."""
    if date.kind == DATES:
        days, weights = np.array(date.listed).T
        reached = np.cumsum(weights)
        out[:] = days[np.searchsorted(reached / reached[-1], out, side="right")]
        return
    shape(out, date.continuous)
    # Clipped: next to an end of the range, adding one half may round to the day beyond it.
    np.clip(np.floor(out + 0.5), date.first, date.last, out=out)


def of_beta() -> Any:
    """Return the module that knows the beta distribution, and takes a tenth of a short command."""
    from scipy import special

    return special


def normal_below(x: float) -> float:
    """Return the probability that a standard normal draw is below x."""
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


def shape_normals(out: Reals, laws: Sequence[Distribution]) -> None:
    """Turn shares into draws from normal or lognormal laws kept to their ranges, in place.

    Parameters
    ----------
    out : ndarray, shape (n_laws, n_runs), contiguous
    laws : sequence of Distribution
    """
    numbers = np.array([_normal_numbers(law) for law in laws])
    below, kept, mean, sd, low, high = numbers.T[:, :, None]
    np.subtract(1.0, out, out=out, where=sd < 0.0)
    out *= kept
    out += below
    to_standard_normal(out.reshape(-1), 0.0, 1.0)
    out *= sd
    out += mean
    for row, law in zip(out, laws, strict=True):
        if law.kind == "lognormal":
            to_lognormal(row, *law.parameters)
    np.minimum(np.maximum(out, low, out=out), high, out=out)  # for few runs faster than `np.clip`


def _normal_numbers(law: Distribution) -> tuple[float, ...]:
    """Probability below its range and in it, mean, deviation, and the range without its ends.

    The deviation is below 0 where the upper tail is to be mirrored: probabilities near 1 would
    lose digits. Of a lognormal law, mean and deviation are those of a standard normal draw.
    """
    mean, sd = (0.0, 1.0) if law.kind == "lognormal" else law.parameters
    low, high = standard_range(law)
    if low > NEXT_TO_0:
        low, high, sd = -high, -low, -sd
    below = normal_below(low)
    return below, normal_below(high) - below, mean, sd, *just_inside(law)


def standard_range(distribution: Distribution) -> tuple[float, float]:
    """Return the field's range in standard deviations from the mean, of ln x for a lognormal."""
    mean, sd = distribution.parameters
    low, high = distribution.low, distribution.high
    if distribution.kind == "lognormal":
        low = float(np.log(low)) if low > 0.0 else -np.inf
        high = float(np.log(high)) if high > 0.0 else -np.inf
    return (low - mean) / sd, (high - mean) / sd


def narrow(out: Reals, distribution: Distribution) -> None:
    """Squeeze shares in (0, 1) into the probabilities of the field's range, in place."""
    low = distribution_function(distribution, distribution.low)
    out *= distribution_function(distribution, distribution.high) - low
    out += low


def distribution_function(distribution: Distribution, value: float) -> float:
    """Return the probability of at most a value, for a beta or triangular distribution."""
    if distribution.kind == "beta":
        return float(of_beta().betainc(*distribution.parameters, min(max(value, 0.0), 1.0)))
    low, mode, high = distribution.parameters
    if value <= low:
        return 0.0
    if value >= high:
        return 1.0
    if value < mode:
        return (value - low) ** 2 / ((high - low) * (mode - low))
    return 1.0 - (high - value) ** 2 / ((high - low) * (high - mode))


def just_inside(distribution: Distribution) -> tuple[float, float]:
    """Return the range without its ends, which some fields exclude."""
    low = SMALLEST if distribution.low == 0.0 else math.nextafter(distribution.low, math.inf)
    return low, math.nextafter(distribution.high, -math.inf)
