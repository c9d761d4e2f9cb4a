"""A stored result of any kind as flat tables for other programs: no lists, and days with dates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sim.results import tables
from sim.results.ensemble import Ensemble
from sim.store.ensembles import ROWS_A_GROUP
from sim.store.flat_files import FlatTable
from sim.store.folder import ResultsError, reading
from sim.store.kinds import BACKTEST, TRACE
from sim.store.manifest import check_files, read_manifest
from sim.store.open import kind_in, open_result
from sim.store.parquet import stored_table
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.tables import days_table, nations_table, outcomes_table
from sim.studies.keystone.result import Keystone
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
from sim.studies.sweep.result import Sweep
from sim.studies.tipping.result import Tipping
from sim.studies.tipping.tables import table_rows

if TYPE_CHECKING:
    from sim.calibration.backtest.result import Backtest  # brings SciPy's statistics
    from sim.calibration.calibration import Calibration

EVENT_COLUMNS = (
    *("day", "date", "type"),
    *("event", "label", "nations", "date_drawn"),
    *("weight", "gain", "reference", "adequacy", "jump", "shift", "probability"),
    *("nation", "move", "from", "to", "cause"),
    *("moment", "days_there", "hazard", "used_before", "threshold", "would_wait_longer", "terms"),
    *("how", "before", "after", "reasons"),
)
"""Columns of the events of a trace: those of `Trace.event_log`, whatever happened in the run."""


def flat_tables(folder: str | Path, inputs: bool = False) -> list[FlatTable]:
    """Tables of the result in a folder.

    Parameters
    ----------
    folder : str or Path
    inputs : bool
        Add what was drawn for each run to the tables of runs and nations of an ensemble.

    Returns
    -------
    list of FlatTable
        Of an ensemble runs, nations, days and stages, the first two only if single runs were kept;
        of a sweep points, and runs if they were kept; of a comparison outcomes, nations and days;
        of a sensitivity analysis inputs and outcomes; of a trace events, days and hazards; of a
        calibration parameters, coalitions and draws; of a back-test means, scores, chances and
        coalitions; of a keystone study effects, and sets, pairs and values if they were asked for;
        of a tipping point thresholds, quantiles, curve, scan, nations, loop and ramps; of what a
        sweep tells of its inputs inputs, or boxes if it says where an outcome is reached.

    Raises
    ------
    ResultsError
        There is no such folder, it holds no result, or it is damaged.
    """
    if Path(folder).expanduser().is_dir() and kind_in(folder) == TRACE:
        return list(_of_trace(folder))
    found: Iterator[FlatTable]
    match open_result(folder):
        case Ensemble() as result:
            found = _of_ensemble(result, inputs)
        case Sweep() as result:
            found = _of_sweep(result)
        case Comparison() as result:
            found = _of_comparison(result)
        case Sensitivity() as result:
            found = _of_sensitivity(result)
        case SweepAnalysis() as result:
            name = "boxes" if result.is_discovery else "inputs"
            found = iter([_flat(name, pa.Table.from_pylist(list(result.rows())))])
        case Keystone() as result:
            found = _of_keystone(result)
        case Tipping() as result:
            found = _of_tipping(result)
        case result if kind_in(folder) == BACKTEST:
            found = _of_backtest(result)
        case result:
            found = _of_calibration(result)
    return list(found)


def _of_ensemble(ensemble: Ensemble, inputs: bool) -> Iterator[FlatTable]:
    if ensemble.keep == "runs":
        n_nations, n_runs = len(ensemble.nations), ensemble.n_runs
        # A group of runs at a time, so that memory stays bounded.
        step = max(1, ROWS_A_GROUP // 10 // n_nations)

        def runs(start: int, length: int = step) -> pa.Table:
            return tables.runs_table(ensemble, False, start, start + length, inputs=inputs)

        def nations(start: int, length: int = step) -> pa.Table:
            return tables.nations_table(ensemble, start, start + length, inputs=inputs)

        starts = range(0, n_runs, step)
        for name, make, n_rows in (
            ("runs", runs, n_runs),
            ("nations", nations, n_runs * n_nations),
        ):
            columns = tuple(make(0, 1).column_names)
            yield FlatTable(name, n_rows, columns, partial(map, make, starts))
    start = ensemble.scenario.start
    yield _flat("days", tables.days_table(ensemble).drop_columns(["top"]), start)
    for name, table in tables.stage_tables(ensemble).items():
        yield _flat(name, table(ensemble), start)


def _of_sweep(sweep: Sweep) -> Iterator[FlatTable]:
    yield _flat("points", sweep.table)
    if sweep.runs is not None:
        yield _flat("runs", sweep.runs)


def _of_comparison(comparison: Comparison) -> Iterator[FlatTable]:
    found = comparison.differences
    yield _flat("outcomes", outcomes_table(found))
    yield _flat("nations", nations_table(found))
    yield _flat("days", days_table(found), comparison.base.start)


def _of_calibration(calibration: Calibration) -> Iterator[FlatTable]:
    yield _flat("parameters", pa.Table.from_pylist(calibration.rows()))
    yield _flat("coalitions", pa.Table.from_pylist([x._asdict() for x in calibration.coalitions]))
    yield _flat("draws", pa.table(calibration.joint_draws))


def _of_backtest(backtest: Backtest) -> Iterator[FlatTable]:
    for name, rows in (
        ("means", list(backtest.mean_rows())),
        ("scores", list(backtest.scoreboard.rows())),
        ("chances", list(backtest.chance_rows())),
        ("coalitions", [each._asdict() for each in backtest.coalitions]),
    ):
        yield _flat(name, pa.Table.from_pylist(rows))


def _of_sensitivity(found: Sensitivity) -> Iterator[FlatTable]:
    rows = [row for name in found.outcomes for row in found.input_rows(name)]
    yield _flat("inputs", pa.Table.from_pylist(rows))
    yield _flat("outcomes", pa.Table.from_pylist(list(map(found.outcome_row, found.outcomes))))


def _of_keystone(keystone: Keystone) -> Iterator[FlatTable]:
    for name, rows in (
        ("effects", keystone.effect_rows()),
        ("sets", keystone.set_rows()),
        ("pairs", keystone.pair_rows()),
        ("values", keystone.value_rows()),
    ):
        found = list(rows)
        if found:
            yield _flat(name, pa.Table.from_pylist(found))


def _of_tipping(found: Tipping) -> Iterator[FlatTable]:
    for name, rows in table_rows(found).items():
        yield _flat(name, pa.Table.from_pylist(rows))


def _of_trace(folder: str | Path) -> Iterator[FlatTable]:
    with reading(folder):
        place, found = read_manifest(folder, TRACE, {})
        check_files(place, found["files"], verify=True)
        told = json.loads((place / "trace.json").read_text(encoding="utf-8"))
        start = None if told["start"] is None else date.fromisoformat(told["start"])
        yield _flat("events", _rows_table(told["events"], EVENT_COLUMNS))
        yield _flat("days", _rows_table(_day_rows(told["days"])), start)
        with stored_table(place, "hazards.parquet") as hazards:
            yield _flat("hazards", hazards)


def _day_rows(days: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of what a trace lists by day, from day 0."""
    columns: dict[str, list[Any]] = {}
    for name, values in days.items():
        if isinstance(values, dict):
            columns |= {f"{name}.{each}": row for each, row in values.items()}
        else:
            columns[name] = values
    rows = zip(*columns.values(), strict=True)
    return [{"day": day, **dict(zip(columns, row, strict=True))} for day, row in enumerate(rows)]


def _rows_table(rows: list[dict[str, Any]], first: tuple[str, ...] = ()) -> pa.Table:
    """Rows as a table with some columns first and then others; lists and objects as JSON."""
    names = dict.fromkeys([*first, *(name for row in rows for name in row)])
    columns = {}
    for name in names:
        cells = [
            json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell
            for cell in (row.get(name) for row in rows)
        ]
        if any(isinstance(cell, str) for cell in cells):
            cells = [None if cell is None else str(cell) for cell in cells]
        columns[name] = pa.array(cells)
    return pa.table(columns)


def _flat(name: str, table: pa.Table, start: date | None = None) -> FlatTable:
    """A table without its lists, and with the date of each day."""
    kept = [field.name for field in table.schema if not pa.types.is_list(field.type)]
    table = table.select(kept)
    if start is not None and "day" in kept and "date" not in kept:
        days = [(start + timedelta(days=day)).isoformat() for day in table["day"].to_pylist()]
        table = table.add_column(kept.index("day") + 1, "date", pa.array(days, pa.string()))
    return FlatTable(name, table.num_rows, tuple(table.column_names), lambda: iter([table]))


def chosen_tables(found: Iterable[FlatTable], names: tuple[str, ...]) -> list[FlatTable]:
    """Tables of these names, all without any.

    Raises
    ------
    ResultsError
        There is none of a name; the message lists those there are.
    """
    by_name = {table.name: table for table in found}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise ResultsError(f"it has no table {missing[0]}; there are {', '.join(by_name)}")
    return [by_name[name] for name in dict.fromkeys(names)] or list(by_name.values())
