"""A comparison on disk: scenarios, tables and provenance in one folder, whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.results.estimates import INNER, OUTER
from sim.results.records import SIZE_MEASURES
from sim.store.ensembles import reading
from sim.store.folder import MARKER, ResultsError, atomic_folder, expanded, is_unfinished
from sim.store.manifest import (
    COMMON_FIELDS,
    COMPARISON_KIND,
    Fields,
    check_files,
    fingerprint,
    is_text,
    problem_with,
    read_marker,
    versions,
)
from sim.store.parquet import read_table
from sim.store.restore import damage_in
from sim.studies.compare.changes import Difference, NationChange, OutcomeChange, SizeByDay
from sim.studies.compare.common_days import common_days
from sim.studies.compare.comparison import Comparison

SCHEMA = 2
"""Version of the layout of a folder that holds a comparison; layout 1 is still read."""

FORMER_NAMES = {"stands": "significant_fdr", "days_stand": "days_significant_fdr"}
"""Columns of layout 1 that have another name now."""

TABLES = ("outcomes.parquet", "days.parquet", "nations.parquet")

LONGEST_LABEL, LONGEST_FILE = 200, 60
"""Letters of a label, and those of it in the name of a file."""


def save_comparison(comparison: Comparison, folder: str | Path, overwrite: bool = False) -> None:
    """Write a comparison as a folder.

    Files: each scenario in full form, outcomes.parquet, days.parquet, nations.parquet and
    provenance.json.

    Parameters
    ----------
    comparison : Comparison
    folder : str or Path
        Must not exist, unless `overwrite`.
    overwrite : bool
        Replace an earlier comparison.

    Raises
    ------
    ResultsError
        The folder is taken, or no folder can have that path.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    with atomic_folder(folder, overwrite, COMPARISON_KIND) as part:
        write_comparison(comparison, part)


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write the files of a comparison into a folder that exists, the provenance last."""
    import pyarrow.parquet as pq

    for name, scenario in zip(scenario_files(comparison), comparison.scenarios, strict=True):
        (folder / name).write_text(scenario.to_yaml(), encoding="utf-8")
    made = (outcomes_table, days_table, nations_table)
    for name, table in zip(TABLES, made, strict=True):
        with (folder / name).open("wb") as stream:  # Arrow takes no path that is not UTF-8
            pq.write_table(table(comparison), stream, compression="zstd")
    text = json.dumps(_provenance(comparison, folder), indent=2, ensure_ascii=False)
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")


def load_comparison(folder: str | Path, verify: bool = True) -> Comparison:
    """Comparison of a folder, value for value as it was saved.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with the checksum in the provenance.

    Raises
    ------
    ResultsError
        There is no such folder, it holds no whole comparison, it was written in another layout, or
        a file in it is damaged; the message names the file.
    """
    place = expanded(folder)
    with reading(folder):
        if not place.is_dir():
            there = place.exists()
            raise ResultsError(f"{folder} is not a folder" if there else f"no folder {folder}")
        if is_unfinished(place.resolve()):
            raise ResultsError(f"{folder} is an unfinished result")
        found = read_marker(place, COMPARISON_KIND, SCHEMA)
        problem = problem_with(found, _FIELDS) or _problem_with_files(found)
        if problem:
            raise ResultsError(f"{place / MARKER} is damaged: {problem}")
        check_files(place, found["files"], verify)
        return _load(place, found)


def is_label(label: object) -> bool:
    """Whether scenarios can go by it: it is text that a file can hold.

    Examples
    --------
    >>> is_label("more backing"), is_label(" "), is_label(3)
    (True, False, False)
    """
    return is_text(label) and bool(label.strip()) and len(label) <= LONGEST_LABEL


def scenario_files(comparison: Comparison) -> list[str]:
    """Names of the files of scenarios, by their place and label, that any disk takes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> scenario_files(SimpleNamespace(labels=("paris_2025", "a/b: c?")))
    ['scenario_1_paris_2025.yaml', 'scenario_2_a_b_c_.yaml']
    """
    return [
        f"scenario_{place}_{re.sub('[^A-Za-z0-9_.-]+', '_', label)[:LONGEST_FILE]}.yaml"
        for place, label in enumerate(comparison.labels, start=1)
    ]


def outcomes_table(comparison: Comparison) -> pa.Table:
    """One row a scenario but the base and outcome: `scenario`, then as in `OutcomeChange`."""
    return _of_rows(((each.label, each.outcomes) for each in comparison.differences), OutcomeChange)


def nations_table(comparison: Comparison) -> pa.Table:
    """One row a scenario but the base and nation: `scenario`, then as in `NationChange`."""
    return _of_rows(((each.label, each.nations) for each in comparison.differences), NationChange)


def days_table(comparison: Comparison) -> pa.Table:
    """One row a scenario but the base, size and day.

    Columns: scenario; measure; day; base and other, means over runs; difference, with mc_error and
    the 95 % interval low to high; q05, q25, median, q75, q95 of the difference in one run; and its
    distribution, as the lists values (from the smallest to the largest of any day) and runs.
    """
    return pa.concat_tables(
        _of_size(difference.label, size)
        for difference in comparison.differences
        for size in difference.sizes
    )


def _of_rows(rows: Iterable[tuple[str, tuple[Any, ...]]], kind: type[Any]) -> pa.Table:
    """Table of records of one kind, after the label of the scenario that they are of."""
    types = {"str": _word(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
    named = [(field.name, types[str(field.type)]) for field in fields(kind)]
    columns: dict[str, list[Any]] = {name: [] for name in ("scenario", *dict(named))}
    for label, records in rows:
        for record in records:
            columns["scenario"].append(label)
            for name, value in asdict(record).items():
                columns[name].append(value)
    schema = pa.schema([("scenario", _word()), *named])
    # Not a number is a number to Arrow unless it is told otherwise.
    arrays = [pa.array(columns[field.name], field.type, from_pandas=False) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _of_size(label: str, size: SizeByDay) -> pa.Table:
    n_days, n_values = size.counts.shape
    interval = size.interval()
    quantiles = {"q05": OUTER[0], "q25": INNER[0], "median": 0.5, "q75": INNER[1], "q95": OUTER[1]}
    offsets = np.arange(0, n_days * n_values + 1, n_values, dtype=np.int32)
    columns = {
        "scenario": pa.array([label] * n_days, _word()),
        "measure": pa.array([size.measure] * n_days, _word()),
        "day": pa.array(np.arange(n_days, dtype=np.int32)),
        "base": pa.array(size.base),
        "other": pa.array(size.other),
        "difference": pa.array(interval.estimate),
        "mc_error": pa.array(size.mc_error()),
        "low": pa.array(interval.low),
        "high": pa.array(interval.high),
        **{name: pa.array(size.quantile(q)) for name, q in quantiles.items()},
        "values": pa.ListArray.from_arrays(offsets, np.tile(size.values, n_days)),
        "runs": pa.ListArray.from_arrays(offsets, size.counts.ravel()),
    }
    return pa.table(columns)


def _word() -> pa.DataType:
    return pa.dictionary(pa.int32(), pa.string())


def _provenance(comparison: Comparison, folder: Path) -> dict[str, Any]:
    """What it takes to make a comparison again, and nothing about the machine."""
    named = zip(comparison.labels, scenario_files(comparison), comparison.scenarios, strict=True)
    return {
        "kind": COMPARISON_KIND,
        "schema": SCHEMA,
        "scenarios": [
            {"label": label, "file": name, "title": scenario.title, "digest": scenario.digest}
            for label, name, scenario in named
        ],
        "seed": comparison.seed,
        "n_runs": comparison.n_runs,
        "command": comparison.command or _as_python(comparison),
        "versions": versions(),
        "files": {item.name: fingerprint(item) for item in sorted(folder.glob("*.*"))},
    }


def _as_python(comparison: Comparison) -> str:
    """Call that repeats the comparison from inside its folder."""
    named = zip(comparison.labels, scenario_files(comparison), strict=True)
    scenarios = ", ".join(f"{label!r}: sim.load_scenario({name!r})" for label, name in named)
    return f"sim.compare({{{scenarios}}}, runs={comparison.n_runs}, seed={comparison.seed})"


def _is_scenarios(value: object) -> bool:
    """Whether it is a list of two scenarios or more as `_provenance` writes it."""
    keys = {"label", "file", "title", "digest"}
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(each, dict) and set(each) == keys for each in value)
        and all(is_text(each[key]) for each in value for key in keys)
        and all(is_label(each["label"]) for each in value)
        and len({each["label"] for each in value}) == len(value)
    )


_FIELDS: Fields = {
    "scenarios": (_is_scenarios, "a list of label, file, title and digest of two or more"),
    **COMMON_FIELDS,
}
"""What each field of the provenance of a comparison holds."""


def _problem_with_files(found: dict[str, Any]) -> str | None:
    """A file too many or too few, or one that would lie outside the folder."""
    named = [each["file"] for each in found["scenarios"]]
    for name in named:
        if not re.fullmatch(r"scenario_\d+_[A-Za-z0-9_.-]*\.yaml", name):
            return f"scenarios: {name!r} is no name of a file of a scenario"
    if set(found["files"]) != {*named, *TABLES}:
        return f"files: must be {', '.join([*named, *TABLES])}"
    return None


def _load(folder: Path, found: dict[str, Any]) -> Comparison:
    from sim.scenario.load import load_scenario

    labels = tuple(each["label"] for each in found["scenarios"])
    scenarios = tuple(load_scenario(folder / each["file"]) for each in found["scenarios"])
    outcomes = _records(folder, "outcomes.parquet", OutcomeChange, labels)
    nations = _records(folder, "nations.parquet", NationChange, labels)
    n_days = common_days(scenarios)
    sizes = _all_sizes(folder, labels, n_days, found["n_runs"])
    differences = tuple(
        Difference(label, tuple(outcomes[label]), sizes[label], tuple(nations[label]))
        for label in labels[1:]
    )
    return Comparison(
        *(scenarios, labels, found["seed"], found["n_runs"]),
        *(n_days, differences, found["command"]),
    )


def _rows(folder: Path, name: str, labels: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table by the label of the scenario they are of, the base left out."""
    found: dict[str, list[dict[str, Any]]] = {label: [] for label in labels[1:]}
    content = (folder / name).read_bytes()
    with damage_in(name):
        for row in read_table(content).to_pylist():
            found[row.pop("scenario")].append(row)
    return found


def _records(
    folder: Path, name: str, kind: type[Any], labels: tuple[str, ...]
) -> dict[str, list[Any]]:
    rows = _rows(folder, name, labels)
    with damage_in(name):
        return {label: [_record(kind, row) for row in found] for label, found in rows.items()}


def _record(kind: type[Any], row: dict[str, Any]) -> Any:
    """A record out of a row, also of one with the columns of layout 1.

    There the factor of fewer runs had an interval, which was NaN where there were too few to tell.
    """
    row = {FORMER_NAMES.get(name, name): value for name, value in row.items()}
    if "fewer_low" in row:
        row["fewer_runs_known"] = not isnan(row.pop("fewer_low"))
        del row["fewer_high"]
    return kind(**row)


def _all_sizes(
    folder: Path, labels: tuple[str, ...], n_days: int, n_runs: int
) -> dict[str, tuple[SizeByDay, ...]]:
    name = "days.parquet"
    rows = _rows(folder, name, labels)
    with damage_in(name):
        return {
            label: tuple(_size(found, measure, n_days, n_runs) for measure in SIZE_MEASURES)
            for label, found in rows.items()
        }


def _size(rows: list[dict[str, Any]], measure: str, n_days: int, n_runs: int) -> SizeByDay:
    """One size by day, out of its rows.

    Raises
    ------
    ValueError
        A day is missing, or runs do not add up.
    """
    own = [row for row in rows if row["measure"] == measure]
    if [row["day"] for row in own] != list(range(n_days + 1)):
        raise ValueError(f"{measure} must have one row a day, from 0 to {n_days}")
    counts = np.array([row["runs"] for row in own], dtype=np.int64)
    if (counts.sum(axis=1) != n_runs).any():
        raise ValueError(f"runs do not add up to the {n_runs:,} that the provenance says")
    base, other = (
        np.array([row[name] for row in own], dtype=np.float64) for name in ("base", "other")
    )
    values = np.array(own[0]["values"], dtype=np.float64)
    if (np.diff(values) <= 0).any() or counts.shape != (n_days + 1, values.size):
        raise ValueError(f"{measure} must have the same values on every day, ascending")
    return SizeByDay(measure, base, other, values, counts)
