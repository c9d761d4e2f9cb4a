"""What an engine records of an ensemble: exact counts, and rows of single runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, N_STAGES, PUBLIC

N_BINS = 1000
"""Bins of equal width in which conditions and force are counted by day."""

MOST_STAGE_COUNTS = 4_000_000
"""Up to so many numbers by day, nation and stage, runs are counted by all three by default."""

NO_STAGE_COUNTS = (
    "stage_counts: runs were not counted by day, nation and stage, which by default they are up to "
    f"{MOST_STAGE_COUNTS:,} numbers; run with stage_counts=True (willing run --stage-counts)"
)

SIZE_MEASURES = ("size", "private_size", "firm_size")
"""Order of the first axis of ``Records.size_counts``."""

Counts = NDArray[np.int64]
Days = NDArray[np.int16] | NDArray[np.int32]


def counts_stages(n_days: int, n_nations: int, asked: bool | None = None) -> bool:
    """Return whether runs are counted by day, nation and stage: as asked, or as memory suggests.

    Examples
    --------
    >>> counts_stages(180, 37), counts_stages(180, 10_000), counts_stages(180, 10_000, asked=True)
    (True, False, True)
    """
    if asked is not None:
        return asked
    return (n_days + 1) * n_nations * N_STAGES <= MOST_STAGE_COUNTS


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

    def read_only(self) -> RunRecords:
        """The same rows as views that cannot be written to."""
        return RunRecords(**{name: _read_only(rows) for name, rows in self.kept().items()})


Kept = TypeVar("Kept", bound=Counts | None)


class LazyCounts(Generic[Kept]):
    """A field of `Records`, given as counts or as a function that makes them when first asked for.

    Half a million counts of one run take longer to add up than a hundred runs.

    Parameters
    ----------
    *default
        What the field is where it is not given; none for a field that must be given.
    missing : str
        What an AttributeError says where the field is asked for and is None; without, None is what
        one gets.
    """

    def __init__(self, *default: Kept | None, missing: str = "") -> None:
        self._default, self._missing = default, missing

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, records: Records | None, _: type) -> Kept:
        if records is None:  # this is how `dataclass` asks for the default
            if not self._default:
                raise AttributeError(self._name)
            return cast(Kept, self._default[0])
        found: Any = records.__dict__[self._name]
        if found is None and self._missing:
            raise AttributeError(self._missing)
        if callable(found):
            found = records.__dict__[self._name] = _read_only(found())
        return cast(Kept, found)

    def __set__(self, records: Records, counts: Kept | Callable[[], Counts] | None) -> None:
        is_array = isinstance(counts, np.ndarray)
        records.__dict__[self._name] = _read_only(counts) if is_array else counts


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)  # which would add up all counts
class Records:
    """Exact counts over all runs, and the rows of single runs where they were kept.

    All arrays are read-only.

    Attributes
    ----------
    runs : RunRecords or None
        None when the ensemble was run with ``keep="summary"``.
    size_counts : ndarray of int64, shape (3, n_days + 1, n_nations + 1)
        Runs by size, for each of `SIZE_MEASURES` and each day.
    stage_counts : ndarray of int64, shape (n_days + 1, n_nations, 7)
        Runs by stage, for each nation and day. Where this would be too much, the next three are
        there instead, and it raises AttributeError; `runs_public`, `stages_by_day` and
        `stages_at_end` say in either case what they hold.
    public_counts : ndarray of int64, shape (n_days + 1, n_nations), or None
        Runs in which a nation is in stages 3 to 5, by day.
    stage_day_counts : ndarray of int64, shape (n_days + 1, 7), or None
        Nations by stage, added up over all runs, for each day.
    stage_end_counts : ndarray of int64, shape (n_nations, 7), or None
        Runs by stage at the end, for each nation.
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
    size_counts: LazyCounts[Counts] = LazyCounts()
    stage_counts: LazyCounts[Counts] = LazyCounts(None, missing=NO_STAGE_COUNTS)
    public_counts: LazyCounts[Counts | None] = LazyCounts(None)
    stage_day_counts: LazyCounts[Counts | None] = LazyCounts(None)
    stage_end_counts: LazyCounts[Counts | None] = LazyCounts(None)
    condition_counts: LazyCounts[Counts] = LazyCounts()
    force_counts: LazyCounts[Counts] = LazyCounts()
    force_top: NDArray[np.float64]
    success_counts: LazyCounts[Counts] = LazyCounts()
    quorum_counts: LazyCounts[Counts | None] = LazyCounts(None)
    groups_covered_counts: LazyCounts[Counts | None] = LazyCounts(None)
    kinds_covered_counts: LazyCounts[Counts | None] = LazyCounts(None)
    capacity_public_counts: LazyCounts[Counts | None] = LazyCounts(None)

    def __post_init__(self) -> None:
        if self.runs is not None:
            object.__setattr__(self, "runs", self.runs.read_only())
        object.__setattr__(self, "force_top", _read_only(self.force_top))

    @property
    def has_stage_counts(self) -> bool:
        """True if runs are counted by day, nation and stage."""
        return self.__dict__["stage_counts"] is not None

    def runs_public(self, day: int | slice = slice(None)) -> Counts:
        """Runs in which a nation is public, pledged or deployed, shape (n_days + 1, n_nations)."""
        if self.public_counts is not None:
            return self.public_counts[day]
        return np.asarray(self.stage_counts[day, :, PUBLIC : DEPLOYED + 1].sum(axis=-1))

    def stages_by_day(self) -> Counts:
        """Nations by stage, added up over all runs, shape (n_days + 1, 7)."""
        if self.stage_day_counts is not None:
            return self.stage_day_counts
        return np.asarray(self.stage_counts.sum(axis=1))

    def stages_at_end(self) -> Counts:
        """Runs by stage at the end, shape (n_nations, 7)."""
        return self.stage_counts[-1] if self.stage_end_counts is None else self.stage_end_counts


def _read_only(array: Any) -> NDArray[Any]:
    view: NDArray[Any] = array.view()
    view.flags.writeable = False
    return view
