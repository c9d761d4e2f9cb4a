"""The records of a block of points as an Arrow table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sim.store.code import code_digest
from sim.studies.design.outcomes import FIXED, SIZE_COUNTS
from sim.studies.design.study import Study
from sim.studies.design.values import Varied
from sim.studies.sweep.points import PointRecord, estimate_names

METADATA = b"willing"

_COUNTS = pa.list_(pa.field("element", pa.int64()))  # as Parquet calls it


def points_table(study: Study, block: int, records: Sequence[PointRecord]) -> pa.Table:
    """One row a point, under the columns of `points_schema`."""
    points = [record.point for record in records]
    schema = points_schema(study, block, _point_numbers(records), code_digest())
    columns: list[Any] = [[point.number for point in points]]
    columns += zip(*(point.labels for point in points), strict=True)
    columns.append([record.n_runs for record in records])
    columns.append([study.first_run(point.number) for point in points])
    columns.append([record.problem for record in records])
    columns.extend(np.array([record.estimates for record in records]).T)
    for index, _ in enumerate(size_columns(study)):
        columns.append([r.runs.size_counts[index] if r.runs else None for r in records])
    return _arrow_table(columns, schema)


def points_schema(study: Study, block: int, points: range, code: str | None = None) -> pa.Schema:
    """Columns of a block's points.

    These are: point; the varied paths; n_runs; first_run; problem, null where there is none; for
    each outcome NAME its mean or chance, NAME.mc_error, the ends of its 95 % interval NAME.low and
    NAME.high and, for a mean, the spread over runs NAME.q05, NAME.median and NAME.q95; and for each
    of the study's days size_counts@DAY, the last day's as size_counts@end: a list of the number of
    runs by public size, from 0 on. The metadata name the code that made them, if it is known.
    """
    point, n_runs, first_run, problem = FIXED
    fields = [
        (point, pa.int64()),
        *((each.path, _column_type(each)) for each in study.varied),
        *((n_runs, pa.int64()), (first_run, pa.int64()), (problem, pa.string())),
        *((name, pa.float64()) for name in estimate_names(study)),
        *((name, _COUNTS) for name in size_columns(study)),
    ]
    return pa.schema(fields, metadata=_part_metadata(study, block, points, code))


def runs_table(study: Study, block: int, records: Sequence[PointRecord]) -> pa.Table:
    """One row a point and run, under the columns of `runs_schema`."""
    kept = [record for record in records if record.runs is not None]
    none = np.empty(0, dtype=np.int64)
    numbers = [np.full(r.n_runs, r.point.number) for r in kept]
    runs = [study.first_run(r.point.number) + np.arange(r.n_runs) for r in kept]
    values = [r.runs.values for r in kept if r.runs is not None]
    whole = np.concatenate([*values, np.empty((0, len(study.outcomes)))])
    columns = [np.concatenate([*numbers, none]), np.concatenate([*runs, none]), *whole.T]
    schema = runs_schema(study, block, _point_numbers(records), code_digest())
    return _arrow_table(columns, schema)


def runs_schema(study: Study, block: int, points: range, code: str | None = None) -> pa.Schema:
    """Columns of a block's runs: point, run and every outcome of the study."""
    fields = [("point", pa.int64()), ("run", pa.int64())]
    fields += [(name, pa.float64()) for name in study.outcomes]
    return pa.schema(fields, metadata=_part_metadata(study, block, points, code))


def size_columns(study: Study) -> list[str]:
    """Names of the columns that hold the distribution of public size."""
    return [*(f"{SIZE_COUNTS}{day}" for day in study.days), f"{SIZE_COUNTS}end"]


def _arrow_table(columns: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """Columns as a table; NaN is null."""
    pairs = zip(columns, schema, strict=True)
    arrays = [pa.array(column, field.type, from_pandas=True) for column, field in pairs]
    return pa.Table.from_arrays(arrays, schema=schema)


def _column_type(varied: Varied) -> pa.DataType:
    """Type of a varied column: text if any label is text, whole numbers if all labels are."""
    labels = varied.labels if varied.whole is None else varied.whole
    if any(isinstance(label, str) for label in labels):
        return pa.string()
    return pa.int64() if labels and all(isinstance(x, int) for x in labels) else pa.float64()


def _part_metadata(study: Study, block: int, points: range, code: str | None) -> dict[bytes, bytes]:
    """Metadata of a part, by which it is recognised: its study, block, points and code."""
    ends = [points.start, points.stop - 1]
    identity = {"study": study.digest, "block": block, "points": ends}
    if code is not None:  # parts of earlier versions do not say
        identity["code"] = code
    return {METADATA: json.dumps(identity).encode()}


def _point_numbers(records: Sequence[PointRecord]) -> range:
    """Numbers of the points of a block, which are consecutive."""
    return range(records[0].point.number, records[-1].point.number + 1)
