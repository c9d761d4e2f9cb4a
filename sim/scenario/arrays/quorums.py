"""Quorums as arrays: each thing that one asks for is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from sim.core.layout import Quorums
from sim.core.rules.quorum import PUBLIC_COUNT, PUBLIC_SHARE, PUBLIC_WEIGHT
from sim.core.stages import FORWARD_MOVES
from sim.scenario.fields import Number

COALITION = -1
"""Stands for the coalition where a nation's number could."""


class Term(NamedTuple):
    """One thing that a quorum asks for.

    Attributes
    ----------
    nation : int
        Number of the nation that waits, `COALITION` for the coalition.
    key : str
        Address of the number that is asked for.
    kind : int
        What is counted; see `sim.core.rules.quorum`.
    least : float or Distribution
    weight : str
        Name of the weight that is counted; empty where none is.
    moves : int
        Bit s is 1 where the move forward from stage s waits.
    """

    nation: int
    key: str
    kind: int
    least: Number
    weight: str
    moves: int


def quorum_terms(scenario: Any) -> list[Term]:
    """Return what quorums ask for: those of the nations in their order, then the coalition's."""
    found = [
        term
        for number, nation in enumerate(scenario.nations)
        for place, quorum in enumerate(nation.quorum)
        for term in _terms_of(quorum, number, f"nations.{nation.id}.quorum.{place}")
    ]
    if scenario.quorum is not None:
        found += _terms_of(scenario.quorum, COALITION, "quorum")
    return found


def _terms_of(quorum: Any, nation: int, path: str) -> Iterator[Term]:
    moves = sum(1 << stage for stage, move in enumerate(FORWARD_MOVES) if move in quorum.moves)
    if quorum.public is not None:
        yield Term(nation, f"{path}.public", PUBLIC_COUNT, quorum.public, "", moves)
    if quorum.share is not None:
        yield Term(nation, f"{path}.share", PUBLIC_SHARE, quorum.share, "", moves)
    if quorum.at_least is not None:
        weight, least = quorum.weight, quorum.at_least
        yield Term(nation, f"{path}.at_least", PUBLIC_WEIGHT, least, weight, moves)


def quorum_arrays(scenario: Any, begin: Mapping[str, int]) -> Quorums:
    """Return the quorums of a scenario.

    Parameters
    ----------
    scenario : Scenario
    begin : mapping of part to int
        Where each part of the flat inputs begins.
    """
    terms = quorum_terms(scenario)
    weights = list(dict.fromkeys(term.weight for term in terms if term.weight))
    kinds, first, step = list(scenario.contributions), list[int](), list[int]()
    for weight in weights:
        field, _, kind = weight.partition(".")
        first.append(begin[field] + (kinds.index(kind) if kind else 0))
        step.append(len(kinds) if kind else 1)

    def whole(numbers: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array(numbers, dtype=np.int64)

    return Quorums(
        nation=whole([term.nation for term in terms]),
        kind=whole([term.kind for term in terms]),
        moves=whole([term.moves for term in terms]),
        row=whole([weights.index(term.weight) if term.weight else 0 for term in terms]),
        weight_first=whole(first),
        weight_step=whole(step),
        lag=0 if scenario.quorum is None else scenario.quorum.lag,
    )
