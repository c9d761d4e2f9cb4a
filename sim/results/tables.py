"""An ensemble as Arrow tables: one row a run, a run and nation, a quantity and day, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sim.core.stages import STAGES
from sim.results.estimates import QUANTILES
from sim.results.records import Counts
from sim.results.tally import Tally

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

SIZES_BY_DAY = ("size", "private_size", "firm_size")
"""Attributes of an ensemble that runs.parquet holds as lists, under ``<name>_by_day``."""


INPUT = "input."
"""What the columns of drawn inputs begin with: a condition at the end has its own name already."""


def runs_table(
    ensemble: Ensemble,
    by_day: bool = True,
    start: int = 0,
    stop: int | None = None,
    inputs: bool = False,
) -> pa.Table:
    """One row a run.

    Columns: run; size, private_size and firm_size at the end; peak_size, the largest public size
    of any day; success_day (-1 never); where the coalition has a quorum, quorum_day, on which it
    first held, and in_force_day (-1 never, or after the last day); force, force.<kind>,
    conditions.<name> and, where they are defined, groups_covered, kinds_covered and
    capacity_public at the end; and, with `by_day`, the sizes and these shares as lists of one
    number a day, from day 0; with `inputs`, what was drawn, as ``input.<name>``: see
    `sim.results.drawn_inputs.RunInputs`.

    Parameters
    ----------
    ensemble : Ensemble, with single runs kept
    by_day : bool
    start, stop : int
        Rows of the ensemble to put in the table; all by default.
    """
    rows = slice(start, stop)
    columns: dict[str, Any] = {"run": _run_numbers(ensemble, rows)}
    for name in SIZES_BY_DAY:
        columns[name] = _column(getattr(ensemble, name)[rows, -1])
    columns["peak_size"] = _column(ensemble.size[rows].max(axis=1))
    columns["success_day"] = _column(ensemble.success_day[rows])
    if ensemble.scenario.quorum is not None:
        columns["quorum_day"] = _column(ensemble.quorum_day[rows])
        columns["in_force_day"] = _column(ensemble.in_force_day[rows])
    columns["force"] = _column(ensemble.force[rows].sum(axis=1))
    for index, kind in enumerate(ensemble.kinds):
        columns[f"force.{kind}"] = _column(ensemble.force[rows, index])
    for index, name in enumerate(ensemble.condition_names):
        columns[f"conditions.{name}"] = _column(ensemble.conditions[rows, index])
    shares = {name: getattr(ensemble, name)[rows] for name in ensemble.shares}
    for name, found in shares.items():
        columns[name] = _column(found[:, -1])
    daily = {name: getattr(ensemble, name)[rows] for name in SIZES_BY_DAY} | shares
    for name, values in daily.items() if by_day else ():
        offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
        columns[f"{name}_by_day"] = _list_array(offsets, _column(values))
    if inputs:
        from sim.results.drawn_inputs import run_inputs  # compiled code, which figures need not

        drawn = run_inputs(ensemble, start, stop).of_run
        columns |= {f"{INPUT}{name}": _column(each) for name, each in drawn.items()}
    return _table(columns)


def nations_table(
    ensemble: Ensemble, start: int = 0, stop: int | None = None, inputs: bool = False
) -> pa.Table:
    """One row a run and nation, runs in order and nations in file order within each.

    Columns: run; nation; stage at the end; first_day.<stage>, refusal_day and exit_day (-1
    never); pledge.<kind>, in force units; with `inputs`, what was drawn, as ``input.<name>``: see
    `sim.results.drawn_inputs.RunInputs`.
    """
    rows = slice(start, stop)
    runs = _run_numbers(ensemble, rows)
    n_nations = len(ensemble.nations)
    which = np.tile(np.arange(n_nations, dtype=np.int32), runs.size)
    columns: dict[str, Any] = {
        "run": np.repeat(runs, n_nations),
        "nation": _name_column(which, ensemble.nations),
        "stage": _name_column(_column(ensemble.stage[rows]), STAGES),
    }
    for index, stage in enumerate(STAGES):
        columns[f"first_day.{stage}"] = _column(ensemble.first_day[rows, :, index])
    columns["refusal_day"] = _column(ensemble.refusal_day[rows])
    columns["exit_day"] = _column(ensemble.exit_day[rows])
    for index, kind in enumerate(ensemble.kinds):
        columns[f"pledge.{kind}"] = _column(ensemble.pledge[rows, :, index])
    if inputs:
        from sim.results.drawn_inputs import run_inputs  # compiled code, which figures need not

        for name, values in run_inputs(ensemble, start, stop).of_nation.items():
            found = _column(values)
            columns[f"{INPUT}{name}"] = _name_column(found, STAGES) if name == "stage" else found
    return _table(columns)


def days_table(ensemble: Ensemble) -> pa.Table:
    """One row a quantity and day, with its exact distribution over runs.

    Columns: measure (see `sim.results.tally.Tally`); day; mean; mc_error, the Monte Carlo
    standard error of the mean; q05, q25, median, q75, q95; top, the upper end of the scale; and
    the distribution itself, as the lists values (those that occur) and runs (how many).
    """
    names = [
        *("size", "private_size", "firm_size"),
        *(f"conditions.{name}" for name in ensemble.condition_names),
        *(f"force.{kind}" for kind in ensemble.kinds),
        "force",
        *ensemble.shares,
        "success",
        *(() if ensemble.scenario.quorum is None else ("quorum",)),
    ]
    return pa.concat_tables(_tally_table(ensemble.tally(name)) for name in names)


def stages_table(ensemble: Ensemble) -> pa.Table:
    """One row a day and nation: the number of runs that have it in each of the seven stages."""
    counts = ensemble.records.stage_counts
    return _table({**_days_and_nations(ensemble), **_by_stage(counts)})


def public_table(ensemble: Ensemble) -> pa.Table:
    """One row a day and nation: the number of runs that have it public, pledged or deployed."""
    runs = ensemble.records.runs_public()
    return _table({**_days_and_nations(ensemble), "public": _column(runs)})


def stages_by_day_table(ensemble: Ensemble) -> pa.Table:
    """One row a day: nations in each of the seven stages, added up over all runs."""
    days = np.arange(ensemble.n_days + 1, dtype=np.int32)
    return _table({"day": days, **_by_stage(ensemble.records.stages_by_day())})


def stages_at_end_table(ensemble: Ensemble) -> pa.Table:
    """One row a nation: the number of runs that have it in each of the seven stages at the end."""
    which = np.arange(len(ensemble.nations), dtype=np.int32)
    at_end = _by_stage(ensemble.records.stages_at_end())
    return _table({"nation": _name_column(which, ensemble.nations), **at_end})


def stage_tables(ensemble: Ensemble) -> dict[str, Callable[[Ensemble], pa.Table]]:
    """The tables by stage that an ensemble has, by name: one, or three that take less room."""
    if ensemble.records.has_stage_counts:
        return {"stages": stages_table}
    return {
        "public": public_table,
        "stages_by_day": stages_by_day_table,
        "stages_at_end": stages_at_end_table,
    }


def _days_and_nations(ensemble: Ensemble) -> dict[str, Any]:
    """The first two columns of a table with a row a day and nation."""
    n_records, n_nations = ensemble.n_days + 1, len(ensemble.nations)
    which = np.tile(np.arange(n_nations, dtype=np.int32), n_records)
    days = np.repeat(np.arange(n_records, dtype=np.int32), n_nations)
    return {"day": days, "nation": _name_column(which, ensemble.nations)}


def _by_stage(counts: Counts) -> dict[str, Any]:
    """A column for each stage, which are the last axis."""
    return {stage: _column(counts[..., index]) for index, stage in enumerate(STAGES)}


def _tally_table(tally: Tally) -> pa.Table:
    n_days = tally.counts.shape[0]
    occurring = tally.counts > 0
    offsets = np.concatenate([[0], occurring.sum(axis=1).cumsum()]).astype(np.int32)
    values = tally.values[np.nonzero(occurring)[1]]
    return _table(
        {
            "measure": _name_column(np.zeros(n_days, dtype=np.int32), (tally.name,)),
            "day": np.arange(n_days, dtype=np.int32),
            "mean": tally.mean(),
            "mc_error": tally.mc_error(),
            **{name: tally.quantile(q) for name, q in QUANTILES.items()},
            "top": np.full(n_days, tally.top),
            "values": _list_array(offsets, values),
            "runs": _list_array(offsets, tally.counts[occurring]),
        }
    )


def _run_numbers(ensemble: Ensemble, rows: slice) -> np.ndarray[Any, np.dtype[np.int64]]:
    return ensemble.first_run + np.arange(ensemble.n_runs, dtype=np.int64)[rows]


def _column(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in contiguous memory, as Arrow needs it."""
    return np.ascontiguousarray(array).ravel()


# Tables are built from plain buffers: pyarrow.array would import pandas, which takes longer than
# writing the tables of ten thousand runs.


def _table(columns: dict[str, Any]) -> pa.Table:
    arrays = [_array(column) for column in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _array(column: Any) -> pa.Array:
    """Arrow array over the memory of a one-dimensional NumPy array."""
    if isinstance(column, pa.Array):
        return column
    kind = pa.from_numpy_dtype(column.dtype)
    return pa.Array.from_buffers(kind, column.size, [None, pa.py_buffer(column)])


def _name_column(index: np.ndarray[Any, Any], names: tuple[str, ...]) -> pa.DictionaryArray:
    """Names stored once, with an index a row."""
    encoded = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    strings = pa.Array.from_buffers(pa.string(), len(names), buffers)
    return pa.DictionaryArray.from_arrays(_array(index), strings)


def _list_array(offsets: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> pa.ListArray:
    return pa.ListArray.from_arrays(_array(offsets), _array(values))
