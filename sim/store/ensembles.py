"""A result on disk: scenario, tables and provenance in one folder, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.results.ensemble import Ensemble
from sim.store.folder import MARKER, ResultsError, atomic_folder, expanded, is_unfinished
from sim.store.manifest import KIND, check_files, provenance, read_provenance

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.scenario.schema import Scenario

COMPRESSION = "zstd"
ROWS_A_GROUP = 1_000_000
"""Rows of nations.parquet that are in memory as a table at one time, at most."""


def save_results(ensemble: Ensemble, folder: str | Path, overwrite: bool = False) -> None:
    """Write an ensemble as a result folder.

    Files: scenario.yaml (full form), days.parquet (each quantity's distribution by day),
    stages.parquet (runs by stage, nation and day), provenance.json and, where single runs were
    kept, runs.parquet and nations.parquet. `sim.results.tables` describes their columns.

    Parameters
    ----------
    ensemble : Ensemble
    folder : str or Path
        Must not exist, unless `overwrite`.
    overwrite : bool
        Replace an earlier result.

    Raises
    ------
    ResultsError
        The folder is taken, or no folder can have that path.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    with atomic_folder(folder, overwrite, KIND) as part:
        write_results(ensemble, part)


def write_results(ensemble: Ensemble, folder: Path) -> None:
    """Write the files of a result into a folder that exists, the provenance last."""
    from sim.results import tables

    (folder / "scenario.yaml").write_text(ensemble.scenario.to_yaml(), encoding="utf-8")
    _write(folder / "days.parquet", iter([tables.days_table(ensemble)]))
    _write(folder / "stages.parquet", iter([tables.stages_table(ensemble)]))
    if ensemble.keep == "runs":
        _write_rows(ensemble, folder)
    text = json.dumps(provenance(ensemble, folder), indent=2, ensure_ascii=False)
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")


def load_results(folder: str | Path, verify: bool = True) -> Ensemble:
    """Ensemble of a result folder, value for value as it was saved.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with the checksum in the provenance.

    Raises
    ------
    ResultsError
        There is no such folder, it is not a whole result, it was written in another layout, or a
        file in it is damaged; the message names the file.
    """
    place = expanded(folder)
    with reading(folder):
        _check_readable(folder, place)
        return _load(place, read_provenance(place), verify)


@contextmanager
def reading(folder: str | Path) -> Iterator[None]:
    """Block that reads a folder, whose errors are of the folder.

    Raises
    ------
    ResultsError
    """
    try:
        yield
    except ResultsError:
        raise
    except OSError as error:
        if error.errno is None:
            raise ResultsError(f"{folder} is damaged: {error}") from error
        file = error.filename or folder
        raise ResultsError(f"{file} cannot be read: {os.strerror(error.errno)}") from error
    except ValueError as error:
        raise ResultsError(f"{folder} is damaged: {error}") from error


def _check_readable(folder: str | Path, place: Path) -> None:
    if not place.is_dir():
        raise ResultsError(f"{folder} is not a folder" if place.exists() else f"no folder {folder}")
    if is_unfinished(place.resolve()):
        raise ResultsError(f"{folder} is an unfinished result")


def _load(folder: Path, found: dict[str, Any], verify: bool) -> Ensemble:
    from sim.scenario.load import load_scenario
    from sim.store.restore import records_from

    check_files(folder, found["files"], verify)
    scenario: Scenario = load_scenario(folder / "scenario.yaml")
    read = _reader(folder)
    rows = (read("runs"), read("nations")) if found["keep"] == "runs" else None
    return Ensemble(
        scenario,
        records_from(scenario, found["n_runs"], read("days"), read("stages"), rows),
        seed=found["seed"],
        first_run=found["first_run"],
        engine=found["engine"],
        command=found["command"],
    )


def _reader(folder: Path) -> Callable[[str], pa.Table]:
    from sim.store.parquet import read_table
    from sim.store.restore import damage_in

    def read(name: str) -> pa.Table:
        file = folder / f"{name}.parquet"
        content = file.read_bytes()
        with damage_in(file.name):
            return read_table(content)

    return read


def _write_rows(ensemble: Ensemble, folder: Path) -> None:
    """runs.parquet and nations.parquet, a group of runs at a time so that memory stays bounded."""
    from sim.results import tables

    step = max(1, ROWS_A_GROUP // max(len(ensemble.nations), ensemble.n_days))
    starts = range(0, ensemble.n_runs, step)
    runs = (tables.runs_table(ensemble, True, start, start + step) for start in starts)
    nations = (tables.nations_table(ensemble, start, start + step) for start in starts)
    _write(folder / "runs.parquet", runs)
    _write(folder / "nations.parquet", nations)


def _write(file: Path, groups: Iterator[pa.Table]) -> None:
    """Write tables of one schema as the row groups of one file."""
    import pyarrow.parquet as pq

    first = next(groups)
    # A dictionary pays for whole numbers and names; pledges and force hardly ever repeat.
    repeating = [name for name in first.column_names if not name.startswith(("pledge.", "force"))]
    with (
        file.open("wb") as stream,  # Arrow takes no path that is not UTF-8
        pq.ParquetWriter(
            stream, first.schema, compression=COMPRESSION, use_dictionary=repeating
        ) as writer,
    ):
        writer.write_table(first)
        for group in groups:
            writer.write_table(group)
