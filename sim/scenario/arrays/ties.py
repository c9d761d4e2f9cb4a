"""Ties: from base, dyads, groups and leaders to exact shares of a row."""

from __future__ import annotations

import numpy as np

from sim.core.layout import GroupArrays, Integers, Reals, TieArrays
from sim.core.rules.influence import TIE_UNITS
from sim.scenario.schema import Scenario
from sim.scenario.tie_weights import TieWeights

WEIGHT_STEPS = 2**40
"""Weights are rounded to so many parts of the row's largest, so that sums over it are exact."""


ROWS_AT_A_TIME = 64
"""Nations whose ties are worked out together, so that millions of ties take little memory."""


def tie_weights(scenario: Scenario) -> TieWeights:
    """Return the weights of a scenario's ties."""
    ties = scenario.ties
    groups = [(group.members, group.weight) for group in ties.groups.values()]
    return TieWeights(ties.base, groups, scenario.leaders, ties.leaders, ties.dyads, ties.directed)


def tie_arrays(scenario: Scenario) -> TieArrays:
    """Return who watches whom, in units of 2**-50 of a row.

    w_ij = (base + dyad_ij) * product of the weights of the groups that hold both * (leader weight
    if j leads), w_ii = 0, each row divided by its sum. A pair without a dyad, group or leader is
    left to the row's base, so that uniform ties take no memory. Weights are rounded to 2**-40 of
    the row's largest first: then sums are whole numbers, and the same in any order.
    """
    weights, n_nations = tie_weights(scenario), len(scenario.nations)
    indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
    names = list(indices)
    shares = np.zeros(n_nations, dtype=np.int64)
    parts = list[tuple[Integers, Integers, Integers]]()
    for first in range(0, n_nations, ROWS_AT_A_TIME):
        rows = [weights.row(name) for name in names[first : first + ROWS_AT_A_TIME]]
        n_peers = np.array([len(row) for row in rows])
        peers = np.array([indices[peer] for row in rows for peer in row], dtype=np.int64)
        weight = np.array([each for row in rows for each in row.values()])
        watcher = np.repeat(np.arange(len(rows)), n_peers)
        largest = np.full(len(rows), weights.base)
        np.maximum.at(largest, watcher, weight)
        largest[largest == 0.0] = 1.0
        base_steps = whole(weights.base / largest * WEIGHT_STEPS)
        steps = whole(weight / largest[watcher] * WEIGHT_STEPS)
        total = base_steps * (n_nations - 1 - n_peers)
        np.add.at(total, watcher, steps)
        # Where nobody is left to the base, it may weigh more than the whole row.
        base = shares_of(np.minimum(base_steps, total), total)
        extra = shares_of(steps, total[watcher]) - base[watcher]
        stands_out = extra != 0
        shares[first : first + len(rows)] = base
        parts.append((peers[stands_out], first + watcher[stands_out], extra[stands_out]))
    watched, watcher, extra = map(np.concatenate, zip(*parts, strict=True))
    del parts  # which take as much memory again
    return packed(shares, watched, watcher, extra)


def group_arrays(scenario: Scenario) -> GroupArrays:
    """Return which groups each nation is in."""
    groups, indices = scenario.ties.groups, {n.id: i for i, n in enumerate(scenario.nations)}
    of_nation: list[list[int]] = [[] for _ in scenario.nations]
    for number, group in enumerate(groups.values()):
        for name in dict.fromkeys(group.members):
            of_nation[indices[name]].append(number)
    ends = np.cumsum([0, *map(len, of_nation)], dtype=np.int64)
    listed = [number for each in of_nation for number in each]
    return GroupArrays(len(groups), ends, np.array(listed, dtype=np.int64))


def whole(numbers: Reals) -> Integers:
    """Return numbers rounded to whole ones, halves to even."""
    return np.rint(numbers).astype(np.int64)


def shares_of(weight: Integers, total: Integers) -> Integers:
    """Return weights' shares of their rows in units of 2**-50, halves up; 0 in an empty row.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        From 0 to the total.
    total : ndarray, shape (n,)
        Less than 2**60.

    Examples
    --------
    >>> shares_of(np.array([1, 2, 0]), np.array([3, 3, 0])) * 3 - [TIE_UNITS, 2 * TIE_UNITS, 0]
    array([-1,  1,  0])
    """
    whole_weight, whole_total = weight.astype(np.uint64), np.maximum(total, 1).astype(np.uint64)
    # Right but for the last unit. What is left over is small: right, though the rest wraps around.
    estimate = (whole_weight / whole_total * TIE_UNITS).astype(np.uint64)
    left_over = 2 * TIE_UNITS * whole_weight + whole_total - 2 * whole_total * estimate
    correction = left_over.view(np.int64) // (2 * whole_total).view(np.int64)
    return estimate.view(np.int64) + correction


def packed(base: Integers, watched: Integers, watcher: Integers, extra: Integers) -> TieArrays:
    """Return the ties with their entries sorted by the nation that is watched, then by who does."""
    order = np.argsort(watched, kind="stable")  # watchers are in order
    return TieArrays(
        base=base,
        start=np.searchsorted(watched[order], np.arange(base.size + 1)).astype(np.int64),
        watcher=watcher[order],
        extra=extra[order],
    )
