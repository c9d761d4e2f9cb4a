"""A comparison on disk: scenarios, tables and provenance in one folder.

scenario_1_LABEL.yaml   the base in full form; the others follow
draws-*.csv             joint draws of these scenarios, if they have any
outcomes.parquet        one row a scenario but the base and outcome
nations.parquet         one row a scenario but the base and nation
days.parquet            one row a scenario but the base, size and day
provenance.json         written last
"""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.results.records import SIZE_MEASURES
from sim.store.folder import MARKER, atomic_folder, reading
from sim.store.kinds import COMPARISON
from sim.store.manifest import (
    N_RUNS,
    Fields,
    check_files,
    is_list_of_texts,
    is_text,
    read_manifest,
    write_manifest,
)
from sim.store.parquet import Most, stored_table, write_tables
from sim.store.scenarios import draws_files, load_stored_scenario, write_scenario
from sim.studies.compare.changes import Difference, NationChange, OutcomeChange, SizeByDay
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.tables import days_table, nations_table, outcomes_table

FORMER_NAMES = {"stands": "significant_fdr", "days_stand": "days_significant_fdr"}
"""Columns of layout 1 by their former names, with those of today."""

TABLES = ("outcomes.parquet", "days.parquet", "nations.parquet")

MOST_OUTCOMES = 10_000
"""Most outcomes of a scenario that are read."""

LONGEST_LABEL, LONGEST_FILE = 200, 60
"""Most characters of a label, and of a label in a file name."""


def save_comparison(comparison: Comparison, folder: str | Path, overwrite: bool = False) -> None:
    """Write a comparison as a folder, completely or not at all.

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
    with atomic_folder(folder, overwrite, COMPARISON) as part:
        write_comparison(comparison, part)


def write_comparison(comparison: Comparison, folder: Path, asked: str | None = None) -> None:
    """Write the files of a comparison into a folder that exists, the provenance last.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
    asked : str, optional
        The command that was given. It is recorded if the comparison has another, as it was stopped.
    """
    scenarios = list(zip(scenario_files(comparison), comparison.scenarios, strict=True))
    for name, scenario in scenarios:
        write_scenario(scenario, folder / name)
    for name, table in zip(TABLES, (outcomes_table, days_table, nations_table), strict=True):
        write_tables(folder / name, [table(comparison.differences)])
    about = {
        "scenarios": [
            {"label": label, "file": name, "title": scenario.title, "digest": scenario.digest}
            for label, (name, scenario) in zip(comparison.labels, scenarios, strict=True)
        ],
        "seed": comparison.seed,
        "n_runs": comparison.n_runs,
        "command": comparison.command or _compare_call(comparison),
    }
    if asked not in (None, comparison.command):
        about["asked"] = asked
    write_manifest(folder, COMPARISON, about)


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
    with reading(folder):
        path, found = read_manifest(folder, COMPARISON, FIELDS, _files_listed)
        check_files(path, found["files"], verify)
        labels = tuple(each["label"] for each in found["scenarios"])
        scenarios = tuple(load_stored_scenario(path / each["file"]) for each in found["scenarios"])
        n_days, n_runs = min(scenario.days for scenario in scenarios), found["n_runs"]
        outcomes, nations, sizes = {}, {}, {}
        n_others, n_largest = len(labels) - 1, max(len(each.nations) for each in scenarios)
        with stored_table(path, "outcomes.parquet", Most(n_others * MOST_OUTCOMES)) as table:
            for label, rows in _rows_by_label(table, labels).items():
                outcomes[label] = tuple(OutcomeChange(**row) for row in rows)
        with stored_table(path, "nations.parquet", Most(n_others * 2 * n_largest)) as table:
            for label, rows in _rows_by_label(table, labels).items():
                nations[label] = tuple(NationChange(**row) for row in rows)
        n_rows = n_others * len(SIZE_MEASURES) * (n_days + 1)
        with stored_table(path, "days.parquet", Most(n_rows, 2 * n_largest + 1)) as table:
            for label, rows in _rows_by_label(table, labels).items():
                sizes[label] = tuple(
                    _stored_size(rows, measure, n_days, n_runs) for measure in SIZE_MEASURES
                )
        return Comparison(
            scenarios,
            labels,
            found["seed"],
            n_runs,
            n_days,
            tuple(
                Difference(each, outcomes[each], sizes[each], nations[each]) for each in labels[1:]
            ),
            found["command"],
        )


def is_label(label: object) -> bool:
    """True if it can be the label of a scenario: text that a file can hold.

    Examples
    --------
    >>> is_label("more backing"), is_label(" "), is_label(3)
    (True, False, False)
    """
    return is_text(label) and bool(label.strip()) and len(label) <= LONGEST_LABEL


def scenario_files(comparison: Comparison) -> list[str]:
    """Names of the files of scenarios from their number and label, valid on any disk.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> scenario_files(SimpleNamespace(labels=("paris_2025", "a/b: c?")))
    ['scenario_1_paris_2025.yaml', 'scenario_2_a_b_c_.yaml']
    """
    return [
        f"scenario_{number}_{re.sub('[^A-Za-z0-9_.-]+', '_', label)[:LONGEST_FILE]}.yaml"
        for number, label in enumerate(comparison.labels, start=1)
    ]


def _compare_call(comparison: Comparison) -> str:
    """Python call that repeats the comparison in its folder."""
    named = zip(comparison.labels, scenario_files(comparison), strict=True)
    scenarios = ", ".join(f"{label!r}: sim.load_scenario({name!r})" for label, name in named)
    return f"sim.compare({{{scenarios}}}, runs={comparison.n_runs}, seed={comparison.seed})"


_has_form = is_list_of_texts(("label", "file", "title", "digest"), least=2)


def _is_scenarios(value: Any) -> bool:
    """True if it is a list of two or more scenarios in the form that `write_comparison` writes."""
    labels = [each["label"] for each in value] if _has_form(value) else []
    return bool(labels) and all(map(is_label, labels)) and len(set(labels)) == len(labels)


FIELDS: Fields = {
    "scenarios": (_is_scenarios, "a list of label, file, title and digest of two or more"),
    **N_RUNS,
}


def _files_listed(found: dict[str, Any]) -> list[str]:
    """Names of the files that a provenance must list."""
    named = [each["file"] for each in found["scenarios"]]
    for name in named:
        if not re.fullmatch(r"scenario_\d+_[A-Za-z0-9_.-]*\.yaml", name):
            raise ValueError(f"{MARKER}: scenarios: {name!r} is not the name of a scenario file")
    return [*named, *draws_files(found["files"]), *TABLES]


def _rows_by_label(table: pa.Table, labels: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table by the label of their scenario, with the column names of today.

    In layout 1 the factor of fewer runs had an interval, NaN where there were too few runs.
    """
    found: dict[str, list[dict[str, Any]]] = {label: [] for label in labels[1:]}
    for stored in table.to_pylist():
        row = {FORMER_NAMES.get(name, name): value for name, value in stored.items()}
        if "fewer_low" in row:
            row["fewer_runs_known"] = not isnan(row.pop("fewer_low"))
            del row["fewer_high"]
        found[row.pop("scenario")].append(row)
    return found


def _stored_size(rows: list[dict[str, Any]], measure: str, n_days: int, n_runs: int) -> SizeByDay:
    """One size by day from its rows.

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
