"""Inputs that are distributions: their values run by run."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
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
    key = np.uint64(0) if isinstance(distribution, JointNumber | JointDate) else stable_key(path)
    return RandomInput(slot, path, key, distribution)


class InputsByLaw(NamedTuple):
    """Inputs that are drawn, sorted by how they are drawn.

    Attributes
    ----------
    slots : ndarray of int64, shape (n_drawn,)
        Where they lie in the flat inputs: those from joint draws, normal ones, others.
    draws : JointDraws or None
    joint_values : ndarray, shape (n_joint, n_lines)
        What those from joint draws are in each of them.
    single : list of RandomInput
        Those with draws of their own, normal ones first.
    normal : NormalLaws
    """

    slots: Integers
    draws: JointDraws | None
    joint_values: Reals
    single: list[RandomInput]
    normal: NormalLaws


class RandomInputs(tuple[RandomInput, ...]):
    """Inputs that are drawn; what every block of runs needs of them is worked out once."""

    @cached_property
    def by_law(self) -> InputsByLaw:
        """The same inputs, sorted by how they are drawn."""
        joint_slots, joint = list[int](), list[JointNumber | JointDate]()
        normal, other = list[RandomInput](), list[RandomInput]()
        for each in self:
            law = each.distribution
            if isinstance(law, JointNumber | JointDate):
                joint_slots.append(each.slot)
                joint.append(law)
            elif law.kind in NORMALS and not isinstance(law, DrawnDate):
                normal.append(each)
            else:
                other.append(each)
        single = [*normal, *other]
        values = np.frombuffer(b"".join(law.values for law in joint))
        return InputsByLaw(
            np.array([*joint_slots, *(each.slot for each in single)], dtype=np.int64),
            joint[0].draws if joint else None,
            values.reshape(len(joint), -1 if joint else 0),
            single,
            normal_laws([each.distribution for each in normal]),
        )


def drawn_values(
    drawn: RandomInputs, seed: int, first_run: int, n_runs: int
) -> tuple[Integers, Reals]:
    """Return where the drawn inputs lie in the flat inputs, and their values for some runs.

    Parameters
    ----------
    drawn : RandomInputs, length n_drawn
    seed, first_run, n_runs : int

    Returns
    -------
    slots : ndarray of int64, shape (n_drawn,)
    value : ndarray of float64, shape (n_runs, n_drawn)
        A pure function of seed, run and path, whatever the block.
    """
    slots, draws, joint_values, single, normal = drawn.by_law
    n_joint, n_normal = len(drawn) - len(single), len(normal.sd)
    value = np.empty((n_runs, len(drawn)))
    if draws is not None:
        lines = joint_lines(draws, seed, first_run, n_runs)
        value[:, :n_joint] = joint_values[:, lines].T
    shares = np.empty((len(single), n_runs))
    for row, each in zip(shares, single, strict=True):
        fill_uniforms(row, np.uint64(seed), np.uint64(first_run), each.key)
    shape_normals(shares[:n_normal], normal)
    for row, each in zip(shares[n_normal:], single[n_normal:], strict=True):
        shape(row, each.distribution)
    value[:, n_joint:] = shares.T
    return slots, value


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
        shape_normals(out[None], normal_laws([distribution]))
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
    keep_inside(out, *just_inside(distribution))


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


class NormalLaws(NamedTuple):
    """Normal and lognormal laws, each kept to a range, as columns of numbers, shape (n_laws, 1).

    Attributes
    ----------
    below, inside : ndarray
        Probability below the range and inside it. An upper tail is mirrored, as probabilities next
        to 1 would lose digits; its `sd` is below 0.
    mean, sd : ndarray
        0 and 1 or -1 for a lognormal law.
    low, high : ndarray
        The range without its ends, which some fields exclude.
    lognormal : list of (int, (float, float))
        Which laws are lognormal, with the parameters of ln x.
    """

    below: Reals
    inside: Reals
    mean: Reals
    sd: Reals
    low: Reals
    high: Reals
    lognormal: list[tuple[int, tuple[float, ...]]]


def normal_laws(laws: Sequence[Distribution]) -> NormalLaws:
    """Return normal and lognormal distributions as columns of numbers."""
    rows = list[tuple[float, ...]]()
    lognormal = [
        (number, law.parameters) for number, law in enumerate(laws) if law.kind == "lognormal"
    ]
    for law in laws:
        mean, sd = (0.0, 1.0) if law.kind == "lognormal" else law.parameters
        low, high = standard_range(law)
        if low > NEXT_TO_0:
            low, high, sd = -high, -low, -sd
        below = normal_below(low)
        rows.append((below, normal_below(high) - below, mean, sd, *just_inside(law)))
    below, inside, mean, sd, low, high = np.array(rows).reshape(-1, 6).T[:, :, None]
    return NormalLaws(below, inside, mean, sd, low, high, lognormal)


def shape_normals(out: Reals, laws: NormalLaws) -> None:
    """Turn shares into draws from normal or lognormal laws kept to their ranges, in place.

    Parameters
    ----------
    out : ndarray, shape (n_laws, n_runs), contiguous
    laws : NormalLaws
    """
    np.subtract(1.0, out, out=out, where=laws.sd < 0.0)
    out *= laws.inside
    out += laws.below
    to_standard_normal(out.reshape(-1), 0.0, 1.0)
    out *= laws.sd
    out += laws.mean
    for number, parameters in laws.lognormal:
        to_lognormal(out[number], *parameters)
    keep_inside(out, laws.low, laws.high)


def keep_inside(out: Reals, low: Any, high: Any) -> None:
    """Replace what is beyond a range by its ends, in place: for few runs faster than `np.clip`."""
    np.minimum(np.maximum(out, low, out=out), high, out=out)


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
