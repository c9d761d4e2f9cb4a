"""A comparison as Arrow tables: one row a scenario and outcome, nation or day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pyarrow as pa

from sim.results.estimates import QUANTILES
from sim.studies.compare.changes import Difference, NationChange, OutcomeChange, SizeByDay


def outcomes_table(differences: Iterable[Difference]) -> pa.Table:
    """One row a scenario but the base and outcome: `scenario`, then as in `OutcomeChange`."""
    return _record_table(((each.label, each.outcomes) for each in differences), OutcomeChange)


def nations_table(differences: Iterable[Difference]) -> pa.Table:
    """One row a scenario but the base and nation: `scenario`, then as in `NationChange`."""
    return _record_table(((each.label, each.nations) for each in differences), NationChange)


def days_table(differences: Iterable[Difference]) -> pa.Table:
    """One row a scenario but the base, size and day.

    Columns: scenario; measure; day; base and other, means over runs; difference, with mc_error and
    the 95 % interval low to high; q05, q25, median, q75, q95 of the difference in one run; and its
    distribution, as the lists values (from the smallest to the largest of any day) and runs.
    """
    return pa.concat_tables(
        _size_by_day_table(difference.label, size)
        for difference in differences
        for size in difference.sizes
    )


def _record_table(rows: Iterable[tuple[str, tuple[Any, ...]]], kind: type[Any]) -> pa.Table:
    """Table of records of one kind, after the label of the scenario that they are of."""
    types = {"str": _word_type(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
    named = [(field.name, types[str(field.type)]) for field in fields(kind)]
    columns: dict[str, list[Any]] = {name: [] for name in ("scenario", *dict(named))}
    for label, records in rows:
        for record in records:
            columns["scenario"].append(label)
            for name, value in asdict(record).items():
                columns[name].append(value)
    schema = pa.schema([("scenario", _word_type()), *named])
    # NaN stays NaN; with from_pandas it would become null.
    arrays = [pa.array(columns[field.name], field.type, from_pandas=False) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _size_by_day_table(label: str, size: SizeByDay) -> pa.Table:
    n_days, n_values = size.counts.shape
    interval = size.interval()
    offsets = np.arange(0, n_days * n_values + 1, n_values, dtype=np.int32)
    columns = {
        "scenario": pa.array([label] * n_days, _word_type()),
        "measure": pa.array([size.measure] * n_days, _word_type()),
        "day": pa.array(np.arange(n_days, dtype=np.int32)),
        "base": pa.array(size.base),
        "other": pa.array(size.other),
        "difference": pa.array(interval.estimate),
        "mc_error": pa.array(size.mc_error()),
        "low": pa.array(interval.low),
        "high": pa.array(interval.high),
        **{name: pa.array(size.quantile(q)) for name, q in QUANTILES.items()},
        "values": pa.ListArray.from_arrays(offsets, np.tile(size.values, n_days)),
        "runs": pa.ListArray.from_arrays(offsets, size.counts.ravel()),
    }
    return pa.table(columns)


def _word_type() -> pa.DataType:
    return pa.dictionary(pa.int32(), pa.string())
