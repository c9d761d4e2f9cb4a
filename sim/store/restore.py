"""Records back from the Arrow tables of `sim.results.tables`, value for value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sim.core.stages import STAGES
from sim.results.records import N_BINS, SIZE_MEASURES, Counts, Records, RunRecords
from sim.results.tables import SIZES_BY_DAY

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Array = np.ndarray[Any, Any]

DAMAGE = (
    *(OSError, LookupError, ValueError, TypeError),
    *(AttributeError, ArithmeticError, NotImplementedError),
)
"""What NumPy and Arrow raise at a table that is not as it was written."""


def records_from(
    scenario: Scenario,
    n_runs: int,
    days: pa.Table,
    stages: pa.Table,
    rows: tuple[pa.Table, pa.Table] | None,
) -> Records:
    """Records of an ensemble.

    Parameters
    ----------
    scenario : Scenario
    n_runs : int
        Runs that every table must hold.
    days, stages : pyarrow.Table
        As `days_table` and `stages_table` give them.
    rows : pair of pyarrow.Table, or None
        As `runs_table` and `nations_table` give them; None for an ensemble of counts only.

    Raises
    ------
    ValueError
        A table is not as it was written; the message begins with its file.
    """
    with damage_in("days.parquet"):
        counts = _counts_by_day(scenario, n_runs, days)
    with damage_in("stages.parquet"):
        stage_counts = _stage_counts(stages, scenario.days, len(scenario.nations))
        _check_runs(stage_counts, n_runs)
    runs = None if rows is None else _run_records(scenario, n_runs, *rows)
    return Records(runs=runs, stage_counts=stage_counts, **counts)


@contextmanager
def damage_in(file: str) -> Iterator[None]:
    """Block whose errors say which file they are about.

    Raises
    ------
    ValueError
    OSError
        The system does not let it be read: that is no damage.
    """
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno:  # Arrow's own have no number
            raise
        raise ValueError(f"{file}: {error}") from error


def _counts_by_day(scenario: Scenario, n_runs: int, days: pa.Table) -> dict[str, Array]:
    """All that days.parquet has of the records."""
    conditions = [f"conditions.{name}" for name in scenario.conditions]
    forces = [*(f"force.{kind}" for kind in scenario.contributions), "force"]
    names = (*SIZE_MEASURES, *conditions, *forces, "success")
    tables = {name: _of(days, name, scenario.days) for name in names}
    tops = np.array([tables[name]["top"][0].as_py() for name in forces], dtype=np.float64)
    if not (np.isfinite(tops) & (tops >= 0)).all():
        raise ValueError("the top of a scale of force must be a number from 0 on")
    unit = [1.0] * len(conditions)
    sizes = [_counts(tables[name], len(scenario.nations) + 1, 1.0) for name in SIZE_MEASURES]
    counts = {
        "size_counts": np.stack(sizes),
        "condition_counts": _binned([tables[name] for name in conditions], unit, scenario.days),
        "force_counts": _binned([tables[name] for name in forces], list(tops), scenario.days),
        "success_counts": _success_counts(tables["success"]),
    }
    for found in counts.values():
        _check_runs(found, n_runs)
    return {**counts, "force_top": tops}


def _check_runs(counts: Counts, n_runs: int) -> None:
    """Refuse counts that do not add up to the number of runs along the last axis."""
    if counts.min(initial=0) < 0 or (counts.sum(axis=-1) != n_runs).any():
        raise ValueError(f"runs do not add up to the {n_runs:,} that the provenance says")


def _of(days: pa.Table, measure: str, n_days: int) -> pa.Table:
    """Rows of one measure, one a day from day 0."""
    import pyarrow.compute as pc

    found = days.filter(pc.equal(days["measure"].cast(pa.string()), measure)).sort_by("day")
    if found["day"].to_pylist() != list(range(n_days + 1)):
        raise ValueError(f"{measure} must have one row a day, from 0 to {n_days}")
    return found


def _counts(table: pa.Table, n_values: int, width: float) -> Counts:
    """Counts, shape (n_days + 1, n_values), from the lists of values that occur."""
    counts = np.zeros((table.num_rows, n_values), dtype=np.int64)
    lists = table["values"].combine_chunks()
    days = np.repeat(np.arange(table.num_rows), lists.value_lengths().to_numpy())
    values = lists.flatten().to_numpy()
    with np.errstate(over="ignore"):  # a damaged value; it lies off its scale
        places = np.floor(values / width) if width > 0 else np.zeros(values.size)
    if not ((places >= 0) & (places < n_values)).all():
        raise ValueError("a value lies off its scale")
    counts[days, places.astype(np.int64)] = table["runs"].combine_chunks().flatten().to_numpy()
    return counts


def _binned(tables: list[pa.Table], tops: list[float], n_days: int) -> Counts:
    found = np.zeros((n_days + 1, len(tables), N_BINS), dtype=np.int64)
    for index, (table, top) in enumerate(zip(tables, tops, strict=True)):
        found[:, index] = _counts(table, N_BINS, top / N_BINS)
    return found


def _success_counts(table: pa.Table) -> Counts:
    """Runs by day of success out of the runs that had succeeded by each day."""
    waiting, done = _counts(table, 2, 1.0).T
    return np.concatenate([np.diff(done, prepend=0), waiting[-1:]])


def _stage_counts(table: pa.Table, n_days: int, n_nations: int) -> Counts:
    columns = [table[stage].to_numpy() for stage in STAGES]
    return np.stack(columns, axis=-1).reshape(n_days + 1, n_nations, len(STAGES))


def _run_records(scenario: Scenario, n_runs: int, runs: pa.Table, nations: pa.Table) -> RunRecords:
    with damage_in("runs.parquet"):
        by_run = _by_run(scenario, n_runs, runs)
    with damage_in("nations.parquet"):
        by_nation = _by_nation(scenario, n_runs, nations)
    return RunRecords(**by_run, **by_nation)


def _by_run(scenario: Scenario, n_runs: int, runs: pa.Table) -> dict[str, Array]:
    """All that runs.parquet has of the rows of single runs."""
    shape = (n_runs, scenario.days + 1)
    by_day = {name: _unlisted(runs[f"{name}_by_day"], shape) for name in SIZES_BY_DAY}
    return {
        **by_day,
        "force": _stacked(runs, "force", tuple(scenario.contributions)),
        "conditions": _stacked(runs, "conditions", tuple(scenario.conditions)),
        "success_day": runs["success_day"].to_numpy(),
    }


def _by_nation(scenario: Scenario, n_runs: int, nations: pa.Table) -> dict[str, Array]:
    """All that nations.parquet has of the rows of single runs."""
    shape = (n_runs, len(scenario.nations))
    kinds = tuple(scenario.contributions)
    first = [nations[f"first_day.{stage}"].to_numpy() for stage in STAGES]
    return {
        "stage": _stage_index(nations["stage"]).reshape(shape),
        "first_day": np.stack(first, axis=-1).reshape(*shape, len(STAGES)),
        "refusal_day": nations["refusal_day"].to_numpy().reshape(shape),
        "exit_day": nations["exit_day"].to_numpy().reshape(shape),
        "pledge": _stacked(nations, "pledge", kinds).reshape(*shape, len(kinds)),
    }


def _stacked(table: pa.Table, prefix: str, names: tuple[str, ...]) -> Array:
    """Columns ``<prefix>.<name>`` side by side, shape (n_rows, n_names)."""
    found = np.empty((table.num_rows, len(names)))
    for index, name in enumerate(names):
        found[:, index] = table[f"{prefix}.{name}"].to_numpy()
    return found


def _unlisted(column: pa.ChunkedArray, shape: tuple[int, int]) -> Array:
    values = [chunk.flatten().to_numpy() for chunk in column.chunks]
    return np.concatenate(values).reshape(shape)


def _stage_index(column: pa.ChunkedArray) -> Array:
    """Stage numbers out of stage names."""
    found = []
    for chunk in column.chunks:
        number = np.array([STAGES.index(name) for name in chunk.dictionary.to_pylist()], np.int8)
        found.append(number[chunk.indices.to_numpy()])
    return np.concatenate(found)
