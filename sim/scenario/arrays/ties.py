"""Ties: from base, dyads, groups and leaders to exact shares of a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from sim.core.layout import TieArrays
from sim.core.rules.influence import TIE_UNITS
from sim.scenario.schema import Scenario

WEIGHT_STEPS = 2**40
"""Weights are rounded to so many parts of the row's largest, so that sums over it are exact."""

Entries = dict[int, dict[int, float]]


def tie_arrays(scenario: Scenario) -> TieArrays:
    """Return who watches whom, in units of 2**-50 of a row.

    w_ij = (base + dyad_ij) * product of the weights of the groups that hold both * (leader weight
    if j leads), w_ii = 0, each row divided by its sum. A pair without a dyad, group or leader is
    left to the row's base, so that uniform ties take no memory. Weights are rounded to 2**-40 of
    the row's largest first: then sums are whole numbers, and the same in any order.
    """
    entries, base = own_entries(scenario), scenario.ties.base
    n_nations = len(scenario.nations)
    shares = np.zeros(n_nations, dtype=np.int64)
    extras: list[tuple[int, int, int]] = []
    for nation in range(n_nations):
        row = entries.get(nation, {})
        largest = max([base, *row.values()])
        if largest == math.inf:
            raise ValueError(
                f"ties: the weights of {scenario.nations[nation].id}'s ties multiply to infinity"
            )
        largest = largest if largest > 0.0 else 1.0
        base_steps = round(base / largest * WEIGHT_STEPS)
        row_steps = {peer: round(w / largest * WEIGHT_STEPS) for peer, w in row.items()}
        total = base_steps * (n_nations - 1 - len(row)) + sum(row_steps.values())
        shares[nation] = share_of(base_steps, total)
        extras += [
            (nation, peer, share_of(weight, total) - int(shares[nation]))
            for peer, weight in row_steps.items()
        ]
    return packed(shares, iter(extras))


def share_of(weight: int, total: int) -> int:
    """Return a weight's share of its row in units of 2**-50, rounded; 0 in an empty row."""
    if total == 0:
        return 0
    return (2 * weight * TIE_UNITS + total) // (2 * total)


def own_entries(scenario: Scenario) -> Entries:
    """Return the weights w_ij of all pairs that differ from the base, by nation and peer."""
    ties = scenario.ties
    indices = {nation.id: index for index, nation in enumerate(scenario.nations)}
    entries: Entries = {}
    for one, other, weight in ties.dyads:
        pairs = [(one, other)] if ties.directed else [(one, other), (other, one)]
        for nation, peer in pairs:
            entries.setdefault(indices[nation], {})[indices[peer]] = ties.base + weight
    for group in ties.groups.values():
        members = [indices[member] for member in group.members]
        multiply(entries, members, members, group.weight, ties.base)
    if ties.leaders != 1.0:
        leaders = [indices[leader] for leader in scenario.leaders]
        multiply(entries, range(len(indices)), leaders, ties.leaders, ties.base)
    return entries


def multiply(
    entries: Entries, nations: Iterable[int], peers: Iterable[int], weight: float, base: float
) -> None:
    """Multiply the weights of some nations' ties to some peers, in place."""
    peers = list(peers)
    for nation in nations:
        row = entries.setdefault(nation, {})
        for peer in peers:
            if peer != nation:
                row[peer] = row.get(peer, base) * weight


def packed(base: np.ndarray, extras: Iterator[tuple[int, int, int]]) -> TieArrays:
    """Return the ties with their entries sorted by the nation that is watched."""
    by_peer = sorted((peer, nation, extra) for nation, peer, extra in extras if extra != 0)
    watched = np.array([peer for peer, _, _ in by_peer], dtype=np.int64)
    return TieArrays(
        base=base,
        start=np.searchsorted(watched, np.arange(base.size + 1)).astype(np.int64),
        watcher=np.array([nation for _, nation, _ in by_peer], dtype=np.int64),
        extra=np.array([extra for _, _, extra in by_peer], dtype=np.int64),
    )
