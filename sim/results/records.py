"""What an engine records of an ensemble: exact counts, and rows of single runs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_BINS = 1000
"""Bins of equal width in which conditions and force are counted by day."""

SIZE_MEASURES = ("size", "private_size", "firm_size")
"""Order of the first axis of ``Records.size_counts``."""

Counts = NDArray[np.int64]
Days = NDArray[np.int16] | NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class RunRecords:
    """One row a run; axes run (run, day, nation, stage or kind).

    Attributes
    ----------
    size, private_size, firm_size : ndarray, shape (n_runs, n_days + 1), nations
        Nations in stages 3 to 5, in 2 to 5, and in 4 to 5, at the end of each day.
    stage : ndarray of int8, shape (n_runs, n_nations)
        Stage at the end of the run.
    first_day : ndarray, shape (n_runs, n_nations, 7), days
        First day at each stage, -1 where it was never reached.
    refusal_day, exit_day : ndarray, shape (n_runs, n_nations), days
        First day on which the nation left from stages 0 to 2, and from stages 3 to 5; -1 never.
    pledge : ndarray of float64, shape (n_runs, n_nations, n_kinds), force units
    force : ndarray of float64, shape (n_runs, n_kinds), force units
    conditions : ndarray of float64, shape (n_runs, n_conditions)
        Pledges, public force and conditions at the end of the run.
    success_day : ndarray, shape (n_runs,), days
        First day of the first stretch on which every threshold held; -1 never.
    quorum_day : ndarray, shape (n_runs,), days, or None
        First day at whose end the coalition's quorum held; -1 never. None where it has none.
    groups_covered, kinds_covered : ndarray, shape (n_runs, n_days + 1), or None
        Groups with a public member, and kinds of contribution of which something is pledged, at
        the end of each day; None where the scenario has none.
    capacity_public : ndarray of float64, shape (n_runs, n_days + 1), or None
        Public nations' share of all capacity; None where no nation has any.
    """

    size: Days
    private_size: Days
    firm_size: Days
    stage: NDArray[np.int8]
    first_day: Days
    refusal_day: Days
    exit_day: Days
    pledge: NDArray[np.float64]
    force: NDArray[np.float64]
    conditions: NDArray[np.float64]
    success_day: Days
    quorum_day: Days | None = None
    groups_covered: Days | None = None
    kinds_covered: Days | None = None
    capacity_public: NDArray[np.float64] | None = None

    def kept(self) -> dict[str, NDArray[Any]]:
        """The rows that there are, by the name of the field."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: rows for name, rows in found.items() if rows is not None}


@dataclass(frozen=True, eq=False)
class Records:
    """Exact counts over all runs, and the rows of single runs where they were kept.

    Attributes
    ----------
    runs : RunRecords or None
        None when the ensemble was run with ``keep="summary"``.
    size_counts : ndarray of int64, shape (3, n_days + 1, n_nations + 1)
        Runs by size, for each of `SIZE_MEASURES` and each day.
    stage_counts : ndarray of int64, shape (n_days + 1, n_nations, 7)
        Runs by stage, for each nation and day.
    condition_counts : ndarray of int64, shape (n_days + 1, n_conditions, N_BINS)
        Runs by value of a condition, in bins of equal width on [0, 1].
    force_counts : ndarray of int64, shape (n_days + 1, n_kinds + 1, N_BINS)
        Runs by public force, in bins of equal width on [0, force_top]; the last kind is the total.
    force_top : ndarray of float64, shape (n_kinds + 1,), force units
    success_counts : ndarray of int64, shape (n_days + 2,)
        Runs by day of success; the last entry counts the runs that never succeeded.
    quorum_counts : ndarray of int64, shape (n_days + 2,), or None
        Runs by the first day on which the coalition's quorum held, likewise; None without one.
    groups_covered_counts : ndarray of int64, shape (n_days + 1, n_groups + 1), or None
    kinds_covered_counts : ndarray of int64, shape (n_days + 1, n_kinds + 1), or None
        Runs by how many are covered; None where the scenario has none, or where a version before
        0.2 stored the result.
    capacity_public_counts : ndarray of int64, shape (n_days + 1, N_BINS), or None
        Runs by public nations' share of all capacity, in bins of equal width on [0, 1].
    """

    runs: RunRecords | None
    size_counts: Counts
    stage_counts: Counts
    condition_counts: Counts
    force_counts: Counts
    force_top: NDArray[np.float64]
    success_counts: Counts
    quorum_counts: Counts | None = None
    groups_covered_counts: Counts | None = None
    kinds_covered_counts: Counts | None = None
    capacity_public_counts: Counts | None = None
