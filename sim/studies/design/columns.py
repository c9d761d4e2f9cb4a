"""Columns that the results of a sweep have beside what is varied, which no varied path may take."""

from __future__ import annotations

from collections.abc import Iterable

FIXED = ("point", "n_runs", "first_run", "problem")
SIZE_COUNTS = "size_counts@"

OF_CHANCE = ("", ".mc_error", ".low", ".high")
OF_MEAN = (*OF_CHANCE, ".q05", ".median", ".q95")
"""What is kept of an outcome, behind its name: its chance or mean with the Monte Carlo error and
95 % interval of that, and the spread over runs."""

_ELSEWHERE = ("run", "public_size")
"""A column of single runs, and a dimension of labelled arrays."""


def is_column(name: str, outcomes: Iterable[str]) -> bool:
    """Whether the results of a sweep have a column of that name whatever is varied.

    Examples
    --------
    >>> [is_column(name, ["size"]) for name in ("point", "size.low", "days")]
    [True, True, False]
    """
    if name in (*FIXED, *_ELSEWHERE) or name.startswith(SIZE_COUNTS):
        return True
    return any(name == f"{outcome}{part}" for outcome in outcomes for part in OF_MEAN)
