"""Weights of ties, row by row: base and dyads, times groups, times leaders."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

MOST_CLASSES = 1000
"""Classes of nations in the same groups for which pairs are counted exactly."""

LARGEST_LOG = math.log(1e300)


class TieWeights:
    """Weights of the ties of nations, by their ids.

    Only ties are listed that may differ from the base.

    Parameters
    ----------
    base : float
    groups : sequence of (members, weight)
    leaders : sequence of str
    leader_weight : float
    dyads : iterable of (nation, peer, weight)
    directed : bool
        A dyad counts for its nation alone.
    """

    def __init__(
        self,
        base: float,
        groups: Iterable[tuple[Sequence[str], float]],
        leaders: Sequence[str],
        leader_weight: float,
        dyads: Iterable[tuple[str, str, float]],
        directed: bool,
    ) -> None:
        self.base = base
        self.leaders = leaders if leader_weight != 1.0 else ()
        self.leader_weight = leader_weight
        # A weight of 1 changes no tie.
        self.groups = [(members, weight) for members, weight in groups if weight != 1.0]
        self.groups_of: dict[str, list[int]] = {}
        for number, (members, _) in enumerate(self.groups):
            for member in members:
                self.groups_of.setdefault(member, []).append(number)
        self.dyads: dict[str, dict[str, float]] = {}
        for one, other, weight in dyads:
            for nation, peer in [(one, other)] if directed else [(one, other), (other, one)]:
                self.dyads.setdefault(nation, {})[peer] = base + weight

    def row(self, nation: str) -> dict[str, float]:
        """The weights of a nation's ties to its peers."""
        row = dict(self.dyads.get(nation, {}))
        factors = [self.groups[number] for number in self.groups_of.get(nation, ())]
        for peers, weight in [*factors, (self.leaders, self.leader_weight)]:
            for peer in peers:
                if peer != nation:
                    row[peer] = row.get(peer, self.base) * weight
        return row

    def largest_log(self) -> float:
        """Upper bound of the logarithm of a weight."""
        dyad = max((max(row.values()) for row in self.dyads.values()), default=0.0)
        weights = [weight for _, weight in self.groups]
        weights += [self.leader_weight] if self.leaders else []
        return math.log(max(self.base, dyad, 1.0)) + sum(math.log(max(w, 1.0)) for w in weights)

    def n_pairs(self, n_nations: int) -> int:
        """Number of ties that may differ from the base; with very many groups an upper bound."""
        n_members = len(self.groups_of)
        classes = Counter(map(tuple, self.groups_of.values()))
        if len(classes) <= MOST_CLASSES:
            bits = [(sum(1 << number for number in each), n) for each, n in classes.items()]
            n_pairs = sum(n * m for (a, n), (b, m) in product(bits, repeat=2) if a & b)
            n_pairs -= n_members
        else:
            n_pairs = sum(len(members) * (len(members) - 1) for members, _ in self.groups)
        n_pairs += len(self.leaders) * n_nations + sum(map(len, self.dyads.values()))
        return min(n_pairs, n_nations * (n_nations - 1))


def overflowing(weights: TieWeights, nations: Iterable[str]) -> tuple[str, str] | None:
    """A nation and a peer whose weights multiply to infinity, if there are any."""
    if weights.largest_log() < LARGEST_LOG:
        return None
    for nation in nations:
        for peer, weight in weights.row(nation).items():
            if not math.isfinite(weight):  # infinity times 0 is no number
                return nation, peer
    return None


def written_weights(data: Mapping[str, Any]) -> TieWeights | None:
    """The weights of a scenario as plain data; None where a part of its ties is wrong."""
    ties = data.get("ties", {})
    if not isinstance(ties, dict):
        return None
    groups, dyads = ties.get("groups", {}), ties.get("dyads", [])
    leaders = data.get("leaders", [])
    numbers = [ties.get("base", 1.0), ties.get("leaders", 1.0)]
    if not (isinstance(groups, dict) and isinstance(dyads, list) and _are_ids(leaders)):
        return None
    found: list[Any] = []
    for group in groups.values():
        weight = group.get("weight", 1.0) if isinstance(group, dict) else None
        if not isinstance(group, dict) or not _are_ids(group.get("members")):
            return None
        found.append((group["members"], weight))
        numbers.append(weight)
    for dyad in dyads:
        if not isinstance(dyad, list) or len(dyad) != 3 or not _are_ids(dyad[:2]):
            return None
        numbers.append(dyad[2])
    if not all(isinstance(n, int | float) and 0 <= n <= 1e6 for n in numbers):
        return None
    directed = ties.get("directed") is True
    return TieWeights(numbers[0], found, leaders, numbers[1], map(tuple, dyads), directed)


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
