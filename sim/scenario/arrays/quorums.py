"""Quorums as arrays: each thing that one asks for is an entry of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.core.layout import Quorums
from sim.scenario.quorums import quorum_terms


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
