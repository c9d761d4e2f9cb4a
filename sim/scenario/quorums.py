"""What quorums ask for, each thing by itself: of nations in their order, then of the coalition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.core.stages import FORWARD_MOVES, PUBLIC_COUNT, PUBLIC_SHARE, PUBLIC_WEIGHT
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
        What is counted; one of those in `sim.core.stages`.
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
