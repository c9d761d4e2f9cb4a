"""The variance of an outcome, split by inputs and luck, from points and lucks that are crossed.

An outcome f(x, w) is a function of inputs x and of luck w: what is left when the inputs are known.
A block has some points and some lucks, and every point has every luck. All that is asked for is a
mean product of two differences of f between points of a row. Taken under the same luck, a product
tells of *runs*, f itself; taken under two different lucks, it tells of the *chance*, the mean of f
over lucks. docs/sensitivity.md has the derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.results.estimates import Interval
from sim.studies.sensitivity.designs import (
    SOBOL,
    Integers,
    Reals,
    Rows,
    chain_points,
    rows_of,
    shares_at,
    size_of,
)
from sim.studies.sensitivity.jackknife import Means, jackknifed

RUN, CHANCE = 0, 1
"""Places of the two kinds of products along the axis that holds both."""

TINY = 1e-300
"""In place of a sum that is 0, to divide by."""

TENTH = 0.1
"""Share of the points at either end of the range of an input that its tornado compares."""


class Indices(NamedTuple):
    """Shares of one variance: that of runs under one luck, or that of the chance.

    Attributes
    ----------
    first, total : Interval of ndarray, shape (n_inputs,)
        Sobol' indices: of an input alone, and with all that it has a part in [Sobol1993]_,
        [HommaSaltelli1996]_.
    shapley : Interval of ndarray, shape (n_inputs,)
        Shapley effects, which add up to 1 [Owen2014]_.

    All are NaN where the variance is 0 or, of the chance, its interval holds 0.
    """

    first: Interval
    total: Interval
    shapley: Interval


class VarianceSplit(NamedTuple):
    """Where the variance of an outcome over points and lucks comes from.

    Attributes
    ----------
    mean, variance : Interval
        Of the outcome of a run, over inputs and luck.
    parts : Interval of ndarray, shape (3,)
        Shares of the variance: inputs, through the chance; luck, whatever the inputs; and what
        both do together. They add up to 1.
    shares : Interval of ndarray, shape (n_inputs,)
        Shares of the variance of each input: Shapley effects on the chance, which add up to that
        of all inputs.
    runs, chance : Indices
        Under one luck, the mean over lucks of variances; and of the mean over lucks.
    ends : Interval of ndarray, shape (n_inputs, 2)
        Mean outcome where an input is in the lowest and in the highest tenth of its range.
    leads : Interval of ndarray, shape (n_inputs - 1,)
        How much larger the largest share is than that of each other input, these from the largest
        on.
    """

    mean: Interval
    variance: Interval
    parts: Interval
    shares: Interval
    runs: Indices
    chance: Indices
    ends: Interval
    leads: Interval


def same_luck(one: Reals, other: Reals) -> Reals:
    """Mean product under the same luck, which lies along the last axis."""
    return np.asarray((one * other).mean(axis=-1))


def other_luck(one: Reals, other: Reals) -> Reals:
    """Mean product under two different lucks; NaN with a single luck.

    Examples
    --------
    >>> other_luck(np.array([1.0, 2.0]), np.array([3.0, 5.0]))  # (1 x 5 + 2 x 3) / 2
    array(5.5)
    """
    n_lucks = one.shape[-1]
    if n_lucks < 2:
        return np.full(np.broadcast_shapes(one.shape, other.shape)[:-1], np.nan)
    products = one.sum(axis=-1) * other.sum(axis=-1) - (one * other).sum(axis=-1)
    return np.asarray(products / (n_lucks * (n_lucks - 1)))


def block_means(values: Reals, rows: Rows, along: Reals) -> dict[str, Reals]:
    """What a block tells of the variance.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_points, n_lucks)
        Outcomes at the points of a Sobol design, see `sim.studies.sensitivity.designs`.
    rows : Rows
    along : ndarray, shape (n_rows, n_points, n_inputs), between 0 and 1
        Where in its range each input is; NaN for one that has no low and high.

    Notes
    -----
    With points a and b of a row, c the point a with input i of b, and z, z' the points of the chain
    before and after i, all expectations over rows: the variance is E (a - b)² / 2; the total index
    has E (a - c)² / 2 and the first-order index the variance less E (b - c)² / 2 [Jansen1999]_. The
    Shapley effect has E (a - b)(z - z') / 2: the estimator of [Goda2021]_, made symmetric between
    both ends of the chain. All are unbiased, whatever the mean of f; with the variance by pairs the
    errors of numerator and denominator go together. For how the variance is split, where they do
    not, it is E a² less the product of the means over a and over b, which are independent.
    """
    found: dict[str, list[Reals]] = {}
    one, other = values[:, 0] - values.mean(), values[:, 1] - values.mean()
    n_inputs = rows.order.shape[1]
    mixed = values[:, 2 : 2 + n_inputs] if n_inputs > 1 else values[:, 1:]
    mixed = mixed - values.mean()
    chain = np.take_along_axis(values, chain_points(rows.order)[:, :, None], axis=1)
    steps = np.empty_like(mixed)
    np.put_along_axis(steps, rows.order[:, :, None], chain[:, :-1] - chain[:, 1:], axis=1)
    across, from_one = one - other, one[:, None] - mixed
    from_other = other[:, None] - mixed
    for product in (same_luck, other_luck):
        for name, of_rows in (
            ("pairs", product(across, across) / 2),
            ("total", product(from_one, from_one) / 2),
            ("others", product(from_other, from_other) / 2),
            ("shapley", product(across[:, None], steps) / 2),
            ("square", (product(one, one) + product(other, other)) / 2),
        ):
            found.setdefault(name, []).append(of_rows.mean(axis=0))
        found.setdefault("mean_square", []).append(product(one.mean(axis=0), other.mean(axis=0)))
    by_kind = {name: np.stack(each, axis=-1) for name, each in found.items()}
    ends = np.stack([along <= TENTH, along >= 1.0 - TENTH], axis=-1)
    outcome = values.mean(axis=-1)[:, :, None, None]
    return by_kind | {
        "mean": values[:, :2].mean(),
        "end_sum": (outcome * ends).sum(axis=(0, 1)),
        "end_count": ends.sum(axis=(0, 1)).astype(np.float64),
    }


def variance_split(blocks: Sequence[Means]) -> VarianceSplit:
    """The variance of an outcome, split by inputs and luck, with intervals over blocks.

    Parameters
    ----------
    blocks : sequence of mapping
        From `block_means`, of blocks that have as many rows and lucks each.
    """
    stacked = {name: np.stack([block[name] for block in blocks]) for name in blocks[0]}
    with np.errstate(divide="ignore", invalid="ignore"):  # of what is the same everywhere
        whole = _estimates({name: each.mean(axis=0) for name, each in stacked.items()})
    order = np.argsort(-whole["shares"], kind="stable")

    def estimates(means: Means) -> dict[str, Reals]:
        found = _estimates(means)
        shares = found["shares"]
        return found | {"leads": shares[..., order[:1]] - shares[..., order[1:]]}

    found = jackknifed(stacked, estimates)
    runs, chance = (_indices(found, kind) for kind in (RUN, CHANCE))
    return VarianceSplit(
        mean=found["mean"],
        variance=found["variance"],
        parts=found["parts"],
        shares=found["shares"],
        runs=runs,
        chance=chance,
        ends=found["ends"],
        leads=found["leads"],
    )


def _indices(found: Mapping[str, Interval], kind: int) -> Indices:
    """Indices of one kind; NaN where their variance may be 0, as that of a chance may seem not."""
    variance = found["pairs"]
    is_known = (variance.estimate if kind == RUN else variance.low)[kind] > 0
    of_kind = (found[f"{name}_{kind}"] for name in Indices._fields)
    return Indices(*(Interval(*(np.where(is_known, x, np.nan) for x in of)) for of in of_kind))


def _estimates(means: Means) -> dict[str, Reals]:
    """What `VarianceSplit` holds, from means over blocks."""
    found: dict[str, Reals] = {"mean": means["mean"]}
    for kind in (RUN, CHANCE):
        variance = means["pairs"][..., kind, None]
        found[f"first_{kind}"] = 1.0 - means["others"][..., kind] / variance
        found[f"total_{kind}"] = means["total"][..., kind] / variance
        found[f"shapley_{kind}"] = means["shapley"][..., kind] / variance
    mean_square = means["mean_square"]
    of_all = means["square"][..., RUN] - mean_square[..., CHANCE]
    of_inputs = means["square"][..., CHANCE] - mean_square[..., CHANCE]
    of_luck = mean_square[..., RUN] - mean_square[..., CHANCE]
    parts = np.stack([of_inputs, of_luck, of_all - of_inputs - of_luck], axis=-1)
    found["variance"] = of_all
    found["parts"] = parts / of_all[..., None]
    # Two estimates of the variance of the chance differ by noise: an input that has no part in
    # anything has none in this.
    total = means["total"][..., RUN]
    weight = total / np.maximum(total.sum(axis=-1, keepdims=True), TINY)
    noise = of_inputs - means["pairs"][..., CHANCE]
    shares = means["shapley"][..., CHANCE] + weight * noise[..., None]
    found["shares"] = shares / of_all[..., None]
    found["pairs"] = means["pairs"]
    found["ends"] = means["end_sum"] / means["end_count"]
    return found


def split_of_function(
    function: Callable[[Reals, Integers], Reals],
    n_inputs: int,
    n_points: int,
    n_lucks: int = 16,
    seed: int = 0,
) -> VarianceSplit:
    """The variance of any function of inputs and luck, split as that of a scenario is.

    Parameters
    ----------
    function : callable of (points, lucks)
        Of points of the unit cube, shape (n, n_inputs), and numbers of lucks, shape (n_lucks,);
        returns an outcome for each, shape (n, n_lucks).
    n_inputs : int
    n_points : int
        About how many points are evaluated.
    n_lucks : int
        Of each block.
    seed : int
        Of the points.

    Examples
    --------
    >>> def outcome(x, luck):
    ...     return x[:, :1] + 0.5 * x[:, 1:2] + 0.0 * luck
    >>> found = split_of_function(outcome, 2, 4096)
    >>> found.runs.total.estimate.round(2)
    array([0.8, 0.2])
    """
    size, widths = size_of(SOBOL, n_inputs, n_points), [1] * n_inputs
    blocks = []
    for block in range(size.n_blocks):
        rows = rows_of(SOBOL, widths, size.n_rows, seed, block)
        points = shares_at(SOBOL, rows, widths)
        lucks = block * n_lucks + np.arange(n_lucks)
        values = function(points.reshape(-1, n_inputs), lucks)
        blocks.append(block_means(values.reshape(*points.shape[:2], n_lucks), rows, points))
    return variance_split(blocks)
