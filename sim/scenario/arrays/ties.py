"""Ties: from base, dyads, groups and leaders to exact shares of a row."""

from __future__ import annotations

from array import array

import numpy as np

from sim.core.layout import GroupArrays, Integers, TieArrays
from sim.core.rules.influence import TIE_UNITS
from sim.scenario.schema import Scenario
from sim.scenario.tie_weights import TieWeights

WEIGHT_STEPS = 2**40
"""Weights are rounded to so many parts of the row's largest, so that sums over it are exact."""


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
    shares = np.zeros(n_nations, dtype=np.int64)
    # Millions of pairs take less memory here than as tuples.
    watched, watcher, extras = array("q"), array("q"), array("q")
    for name, nation in indices.items():
        row = weights.row(name)
        largest = max([weights.base, *row.values()])
        largest = largest if largest > 0.0 else 1.0
        base_steps = round(weights.base / largest * WEIGHT_STEPS)
        row_steps = {peer: round(w / largest * WEIGHT_STEPS) for peer, w in row.items()}
        total = base_steps * (n_nations - 1 - len(row)) + sum(row_steps.values())
        share = share_of(base_steps, total)
        shares[nation] = share
        extra_of = {steps: share_of(steps, total) - share for steps in set(row_steps.values())}
        for peer, steps in row_steps.items():
            extra = extra_of[steps]
            if extra != 0:
                watched.append(indices[peer])
                watcher.append(nation)
                extras.append(extra)
    return packed(shares, as_integers(watched), as_integers(watcher), as_integers(extras))


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


def as_integers(numbers: array[int]) -> Integers:
    """Return whole numbers as an array that shares their memory."""
    return np.frombuffer(numbers, dtype=np.int64) if numbers else np.zeros(0, dtype=np.int64)


def share_of(weight: int, total: int) -> int:
    """Return a weight's share of its row in units of 2**-50, rounded; 0 in an empty row."""
    if total == 0:
        return 0
    return (2 * weight * TIE_UNITS + total) // (2 * total)


def packed(base: Integers, watched: Integers, watcher: Integers, extra: Integers) -> TieArrays:
    """Return the ties with their entries sorted by the nation that is watched, then by who does."""
    order = np.argsort(watched, kind="stable")  # watchers are in order
    return TieArrays(
        base=base,
        start=np.searchsorted(watched[order], np.arange(base.size + 1)).astype(np.int64),
        watcher=watcher[order],
        extra=extra[order],
    )
