"""An ensemble on disk: scenario, tables and provenance in one folder.

    scenario.yaml     in full form
    draws-*.csv       its joint draws, if it has any
    days.parquet      each quantity's distribution by day
    stages.parquet    runs by stage, nation and day; where they were not counted by all three,
                      public.parquet, stages_by_day.parquet and stages_at_end.parquet instead
    runs.parquet      one row a run, where single runs were kept
    nations.parquet   one row a run and nation, likewise
    provenance.json   written last

`sim.results.tables` describes the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.core.stages import STAGES
from sim.results import tables
from sim.results.breadth import n_parts
from sim.results.ensemble import Ensemble
from sim.results.records import (
    N_BINS,
    SIZE_MEASURES,
    Counts,
    Records,
    RunRecords,
    counts_stages,
)
from sim.scenario.parts import BREADTH
from sim.scenario.schema import Scenario
from sim.store.folder import atomic_folder, reading
from sim.store.kinds import RESULT
from sim.store.manifest import (
    N_RUNS,
    Fields,
    check_files,
    is_text,
    is_whole,
    read_manifest,
    write_manifest,
)
from sim.store.parquet import Most, stored_table, write_tables
from sim.store.scenarios import draws_files, load_stored_scenario, write_scenario

Array = np.ndarray[Any, Any]

FEWER_COUNTS = ("public.parquet", "stages_at_end.parquet", "stages_by_day.parquet")
"""What is written instead of stages.parquet where that would be too much."""

ROWS_A_GROUP = 1_000_000
"""Rows of nations.parquet that are in memory as a table at one time, at most."""

FIELDS: Fields = {
    "scenario": (is_text, "text"),
    "digest": (is_text, "text"),
    "first_run": (lambda value: is_whole(value, 0, 2**63 - 1), "a whole number below 2**63"),
    **N_RUNS,
    "engine": (is_text, "text"),
    "keep": (lambda value: value in ("runs", "summary"), "runs or summary"),
}


def save_results(ensemble: Ensemble, folder: str | Path, overwrite: bool = False) -> None:
    """Write an ensemble as a result folder, whole or not at all.

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
    with atomic_folder(folder, overwrite, RESULT) as part:
        write_results(ensemble, part)


def write_results(ensemble: Ensemble, folder: Path, asked: str | None = None) -> None:
    """Write the files of a result into a folder that exists, the provenance last.

    Parameters
    ----------
    ensemble : Ensemble
    folder : Path
    asked : str, optional
        The command that was given. It is recorded if the ensemble has another, as it was stopped.
    """
    write_scenario(ensemble.scenario, folder / "scenario.yaml")
    _write(folder / "days.parquet", iter([tables.days_table(ensemble)]))
    for name, table in tables.stage_tables(ensemble).items():
        _write(folder / f"{name}.parquet", iter([table(ensemble)]))
    if ensemble.keep == "runs":
        # A group of runs at a time, so that memory stays bounded.
        step = max(1, ROWS_A_GROUP // max(len(ensemble.nations), ensemble.n_days))
        starts = range(0, ensemble.n_runs, step)
        runs = (tables.runs_table(ensemble, True, start, start + step) for start in starts)
        nations = (tables.nations_table(ensemble, start, start + step) for start in starts)
        _write(folder / "runs.parquet", runs)
        _write(folder / "nations.parquet", nations)
    fields = {
        "scenario": ensemble.scenario.title,
        "digest": ensemble.scenario.digest,
        "seed": ensemble.seed,
        "first_run": ensemble.first_run,
        "n_runs": ensemble.n_runs,
        "engine": ensemble.engine,
        "keep": ensemble.keep,
        "command": ensemble.command or _run_call(ensemble),
    }
    if asked not in (None, ensemble.command):
        fields["asked"] = asked
    write_manifest(folder, RESULT, fields)


def _write(file: Path, groups: Iterator[pa.Table]) -> None:
    first = next(groups)
    # A dictionary pays for whole numbers and names; pledges and force hardly ever repeat.
    repeating = [name for name in first.column_names if not name.startswith(("pledge.", "force"))]
    write_tables(file, chain([first], groups), use_dictionary=repeating)


def _run_call(ensemble: Ensemble) -> str:
    """Python call that repeats the ensemble in its folder."""
    first = f", first_run={ensemble.first_run}" if ensemble.first_run else ""
    engine, _, nation_class = ensemble.engine.partition(":")
    subclass = f", nation_class={nation_class}" if nation_class else ""
    has_stages = ensemble.records.has_stage_counts
    is_default = counts_stages(ensemble.n_days, len(ensemble.nations)) == has_stages
    stages = "" if is_default else f", stage_counts={has_stages}"
    return (
        f"sim.run(sim.load_scenario('scenario.yaml'), runs={ensemble.n_runs}, "
        f"seed={ensemble.seed}, engine={engine!r}{subclass}, keep={ensemble.keep!r}{first}{stages})"
    )


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
    with reading(folder):
        place, found = read_provenance(folder)
        check_files(place, found["files"], verify)
        scenario, n_runs = load_stored_scenario(place / "scenario.yaml"), found["n_runs"]
        n_records, n_nations = scenario.days + 1, len(scenario.nations)
        n_measures = len(SIZE_MEASURES) + len(scenario.conditions) + len(scenario.contributions) + 3
        n_measures += len(BREADTH)
        in_days = Most(n_measures * n_records, max(n_nations + 1, N_BINS))
        with stored_table(place, "days.parquet", in_days) as days:
            counts = _counts_by_day(scenario, n_runs, days)
        counts |= _stage_counts(place, n_runs, n_records, n_nations)
        runs = _run_records(place, scenario, n_runs) if found["keep"] == "runs" else None
        return Ensemble(
            scenario,
            Records(runs=runs, **counts),
            seed=found["seed"],
            first_run=found["first_run"],
            engine=found["engine"],
            command=found["command"],
        )


def read_provenance(folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """A folder with an ensemble, and its provenance.

    Raises
    ------
    ResultsError
        There is no such folder, it is not a whole result, or its provenance is damaged.
    """

    def files(found: dict[str, Any]) -> list[str]:
        rows = ["nations.parquet", "runs.parquet"] if found["keep"] == "runs" else []
        has_stages = FEWER_COUNTS[0] not in found["files"]
        counts = ["stages.parquet"] if has_stages else FEWER_COUNTS
        tables = ["days.parquet", *counts, *rows]
        return sorted(["scenario.yaml", *draws_files(found["files"]), *tables])

    return read_manifest(folder, RESULT, FIELDS, files)


def _stage_counts(folder: Path, n_runs: int, n_records: int, n_nations: int) -> dict[str, Array]:
    """Fields of the records on stages, from stages.parquet or from the three files in its place."""

    def by_stage(table: pa.Table, *shape: int) -> Array:
        columns = [table[stage].to_numpy() for stage in STAGES]
        return np.stack(columns, axis=-1).reshape(*shape, len(STAGES))

    if (folder / "stages.parquet").exists():
        with stored_table(folder, "stages.parquet", Most(n_records * n_nations)) as stages:
            counts = by_stage(stages, n_records, n_nations)
            _check_runs(counts, n_runs)
        return {"stage_counts": counts}
    with stored_table(folder, "public.parquet", Most(n_records * n_nations)) as table:
        public = table["public"].to_numpy().reshape(n_records, n_nations)
        _check_runs(np.stack([public, n_runs - public], axis=-1), n_runs)
    with stored_table(folder, "stages_by_day.parquet", Most(n_records)) as table:
        by_day = by_stage(table, n_records)
        _check_runs(by_day, n_runs * n_nations)
    with stored_table(folder, "stages_at_end.parquet", Most(n_nations)) as table:
        at_end = by_stage(table, n_nations)
        _check_runs(at_end, n_runs)
    return {"public_counts": public, "stage_day_counts": by_day, "stage_end_counts": at_end}


def _counts_by_day(scenario: Scenario, n_runs: int, days: pa.Table) -> dict[str, Array]:
    """What days.parquet holds of the records."""
    import pyarrow.compute as pc  # as long to import as 1,000 runs take, and only for reading

    conditions = [f"conditions.{name}" for name in scenario.conditions]
    forces = [*(f"force.{kind}" for kind in scenario.contributions), "force"]
    firsts = ["success", *(["quorum"] if scenario.quorum is not None else [])]
    measure, rows = days["measure"].cast(pa.string()), {}
    stored = set(measure.unique().to_pylist())
    shares = [name for name in BREADTH if name in stored]  # earlier versions did not count them
    names = (*SIZE_MEASURES, *conditions, *forces, *shares, *firsts)
    for name in names:
        rows[name] = days.filter(pc.equal(measure, name)).sort_by("day")
        if rows[name]["day"].to_pylist() != list(range(scenario.days + 1)):
            raise ValueError(f"{name} must have one row a day, from 0 to {scenario.days}")
    tops = np.array([rows[name]["top"][0].as_py() for name in forces], dtype=np.float64)
    if not (np.isfinite(tops) & (tops >= 0)).all():
        raise ValueError("the top of a scale of force must be a number from 0 on")
    sizes = [_counts(rows[name], len(scenario.nations) + 1, 1.0) for name in SIZE_MEASURES]
    counts = {
        "size_counts": np.stack(sizes),
        "condition_counts": _binned([rows[name] for name in conditions], 1.0, scenario.days),
        "force_counts": _binned([rows[name] for name in forces], tops, scenario.days),
    }
    for name in shares:
        whole = n_parts(name, scenario)
        counts[f"{name}_counts"] = (
            _counts(rows[name], whole + 1, 1.0 / whole, shift=0.5)
            if whole
            else _counts(rows[name], N_BINS, 1.0 / N_BINS, has_end=True)
        )
    for name in firsts:
        waiting, done = _counts(rows[name], 2, 1.0).T
        counts[f"{name}_counts"] = np.concatenate([np.diff(done, prepend=0), waiting[-1:]])
    for found in counts.values():
        _check_runs(found, n_runs)
    return {**counts, "force_top": tops}


def _check_runs(counts: Counts, n_runs: int) -> None:
    """Refuse counts that do not add up to the number of runs along the last axis."""
    if counts.min(initial=0) < 0 or (counts.sum(axis=-1) != n_runs).any():
        raise ValueError(f"runs do not add up to the {n_runs:,} that the provenance says")


def _counts(
    table: pa.Table, n_values: int, width: float, shift: float = 0.0, has_end: bool = False
) -> Counts:
    """Counts, shape (n_days + 1, n_values), from the lists of values that occur.

    Values that are quotients take a shift of half a width, so that rounding moves none. With
    `has_end` the end of the scale stands for the last bin.
    """
    counts = np.zeros((table.num_rows, n_values), dtype=np.int64)
    lists = table["values"].combine_chunks()
    days = np.repeat(np.arange(table.num_rows), lists.value_lengths().to_numpy())
    values = lists.flatten().to_numpy()
    with np.errstate(over="ignore"):  # a damaged value; it lies off its scale
        places = np.floor(values / width + shift) if width > 0 else np.zeros(values.size)
    if has_end:
        places[values == n_values * width] = n_values - 1
    if not ((places >= 0) & (places < n_values)).all():
        raise ValueError("a value lies off its scale")
    counts[days, places.astype(np.int64)] = table["runs"].combine_chunks().flatten().to_numpy()
    return counts


def _binned(rows: list[pa.Table], top: float | Array, n_days: int) -> Counts:
    """Counts of quantities that are kept in bins from 0 to a top of each."""
    found = np.zeros((n_days + 1, len(rows), N_BINS), dtype=np.int64)
    tops = np.broadcast_to(top, len(rows)).tolist()
    for index, (table, own) in enumerate(zip(rows, tops, strict=True)):
        found[:, index] = _counts(table, N_BINS, own / N_BINS)
    return found


def _run_records(folder: Path, scenario: Scenario, n_runs: int) -> RunRecords:
    """Records of single runs, from runs.parquet and nations.parquet."""

    def by_day(column: pa.ChunkedArray) -> Array:
        values = [chunk.flatten().to_numpy() for chunk in column.chunks]
        return np.concatenate(values).reshape(n_runs, scenario.days + 1)

    kinds = tuple(scenario.contributions)
    with stored_table(folder, "runs.parquet", Most(n_runs, scenario.days + 1)) as runs:
        by_run = {
            **{name: by_day(runs[f"{name}_by_day"]) for name in tables.SIZES_BY_DAY},
            "force": _side_by_side(runs, "force", kinds),
            "conditions": _side_by_side(runs, "conditions", tuple(scenario.conditions)),
            "success_day": runs["success_day"].to_numpy(),
            **_shares_by_day(runs, by_day, scenario),
        }
        if scenario.quorum is not None:
            by_run["quorum_day"] = runs["quorum_day"].to_numpy()
    shape = (n_runs, len(scenario.nations))
    with stored_table(folder, "nations.parquet", Most(n_runs * shape[1])) as nations:
        first = [nations[f"first_day.{stage}"].to_numpy() for stage in STAGES]
        by_nation = {
            "stage": _stage_index(nations["stage"]).reshape(shape),
            "first_day": np.stack(first, axis=-1).reshape(*shape, len(STAGES)),
            "refusal_day": nations["refusal_day"].to_numpy().reshape(shape),
            "exit_day": nations["exit_day"].to_numpy().reshape(shape),
            "pledge": _side_by_side(nations, "pledge", kinds).reshape(*shape, len(kinds)),
        }
    return RunRecords(**by_run, **by_nation)


def _shares_by_day(
    runs: pa.Table, by_day: Callable[[pa.ChunkedArray], Array], scenario: Scenario
) -> dict[str, Array]:
    """How broad the coalition is, as far as it was counted: how many groups and kinds, a share."""
    found = {}
    for name in BREADTH:
        if f"{name}_by_day" in runs.column_names:
            shares, whole = by_day(runs[f"{name}_by_day"]), n_parts(name, scenario)
            counted = np.rint(shares * whole).astype(runs["size"].to_numpy().dtype)
            found[name] = counted if whole else shares
    return found


def _side_by_side(table: pa.Table, prefix: str, names: tuple[str, ...]) -> Array:
    """Columns ``<prefix>.<name>`` side by side, shape (n_rows, n_names)."""
    found = np.empty((table.num_rows, len(names)))
    for index, name in enumerate(names):
        found[:, index] = table[f"{prefix}.{name}"].to_numpy()
    return found


def _stage_index(column: pa.ChunkedArray) -> Array:
    """Stage numbers out of stage names."""
    found = []
    for chunk in column.chunks:
        number = np.array([STAGES.index(name) for name in chunk.dictionary.to_pylist()], np.int8)
        found.append(number[chunk.indices.to_numpy()])
    return np.concatenate(found)
