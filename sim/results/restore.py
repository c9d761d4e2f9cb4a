"""Records back from the Arrow tables of `sim.results.tables`, value for value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sim.core.stages import STAGES
from sim.results.records import N_BINS, SIZE_MEASURES, Counts, Records, RunRecords
from sim.results.tables import SIZES_BY_DAY

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Array = np.ndarray[Any, Any]


def records_from(
    scenario: Scenario,
    days: pa.Table,
    stages: pa.Table,
    rows: tuple[pa.Table, pa.Table] | None,
) -> Records:
    """Records of an ensemble.

    Parameters
    ----------
    scenario : Scenario
    days, stages : pyarrow.Table
        As `days_table` and `stages_table` give them.
    rows : pair of pyarrow.Table, or None
        As `runs_table` and `nations_table` give them; None for an ensemble of counts only.

    Raises
    ------
    KeyError, ValueError
        A table lacks a column or a row.
    """
    n_nations, n_days = len(scenario.nations), scenario.days
    conditions = [f"conditions.{name}" for name in scenario.conditions]
    forces = [*(f"force.{kind}" for kind in scenario.contributions), "force"]
    tables = {name: _of(days, name) for name in (*SIZE_MEASURES, *conditions, *forces, "success")}
    tops = np.array([tables[name]["top"][0].as_py() for name in forces])
    unit = [1.0] * len(conditions)
    sizes = [_counts(tables[name], n_nations + 1, 1.0) for name in SIZE_MEASURES]
    return Records(
        runs=None if rows is None else _run_records(scenario, *rows),
        size_counts=np.stack(sizes),
        stage_counts=_stage_counts(stages, n_days, n_nations),
        condition_counts=_binned([tables[name] for name in conditions], unit, n_days),
        force_counts=_binned([tables[name] for name in forces], list(tops), n_days),
        force_top=tops,
        success_counts=_success_counts(tables["success"]),
    )


def _of(days: pa.Table, measure: str) -> pa.Table:
    """Rows of one measure, one a day from day 0."""
    import pyarrow.compute as pc

    found = days.filter(pc.equal(days["measure"].cast(pa.string()), measure)).sort_by("day")
    if found.num_rows == 0:
        raise ValueError(f"no rows of {measure}")
    return found


def _counts(table: pa.Table, n_values: int, width: float) -> Counts:
    """Counts, shape (n_days + 1, n_values), from the lists of values that occur."""
    counts = np.zeros((table.num_rows, n_values), dtype=np.int64)
    lists = table["values"].combine_chunks()
    days = np.repeat(np.arange(table.num_rows), lists.value_lengths().to_numpy())
    values = lists.flatten().to_numpy()
    places = np.zeros(values.size, dtype=np.int64)
    if width > 0:
        places = np.floor(values / width).astype(np.int64)
    counts[days, places] = table["runs"].combine_chunks().flatten().to_numpy()
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


def _run_records(scenario: Scenario, runs: pa.Table, nations: pa.Table) -> RunRecords:
    n_runs, n_nations = runs.num_rows, len(scenario.nations)
    kinds, conditions = tuple(scenario.contributions), tuple(scenario.conditions)
    shape = (n_runs, n_nations)
    by_day = {name: _unlisted(runs[f"{name}_by_day"], n_runs) for name in SIZES_BY_DAY}
    first = [nations[f"first_day.{stage}"].to_numpy() for stage in STAGES]
    return RunRecords(
        stage=_stage_index(nations["stage"]).reshape(shape),
        first_day=np.stack(first, axis=-1).reshape(*shape, len(STAGES)),
        refusal_day=nations["refusal_day"].to_numpy().reshape(shape),
        exit_day=nations["exit_day"].to_numpy().reshape(shape),
        pledge=_stacked(nations, "pledge", kinds).reshape(*shape, len(kinds)),
        force=_stacked(runs, "force", kinds),
        conditions=_stacked(runs, "conditions", conditions),
        success_day=runs["success_day"].to_numpy(),
        **by_day,
    )


def _stacked(table: pa.Table, prefix: str, names: tuple[str, ...]) -> Array:
    """Columns ``<prefix>.<name>`` side by side, shape (n_rows, n_names)."""
    found = np.empty((table.num_rows, len(names)))
    for index, name in enumerate(names):
        found[:, index] = table[f"{prefix}.{name}"].to_numpy()
    return found


def _unlisted(column: pa.ChunkedArray, n_runs: int) -> Array:
    values = [chunk.flatten().to_numpy() for chunk in column.chunks]
    return np.concatenate(values).reshape(n_runs, -1)


def _stage_index(column: pa.ChunkedArray) -> Array:
    """Stage numbers out of stage names."""
    found = []
    for chunk in column.chunks:
        number = np.array([STAGES.index(name) for name in chunk.dictionary.to_pylist()], np.int8)
        found.append(number[chunk.indices.to_numpy()])
    return np.concatenate(found)
