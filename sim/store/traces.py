"""A trace on disk: what was told, the scenario, hazards by day and provenance, in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.results.trace import SIZES, TERMS
from sim.results.trace_records import to_builtin
from sim.store.folder import MARKER
from sim.store.manifest import TRACE_KIND, fingerprint, versions

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.results.trace import Trace

Progress = Callable[[int, int], None]

JSON_SCHEMA = "willing.trace/1"
SCHEMA = 1
"""Version of the layout of a folder that holds a trace."""

ROWS_A_GROUP = 100_000
WORDS = ("nation", "stage", "side", "move", "status")
"""Columns of the hazard table that hold words which repeat."""


class Told(NamedTuple):
    """What was told of a trace: its story, the nations asked for, and the command for it."""

    story: str
    nations: tuple[str, ...]
    command: str


def trace_as_dict(trace: Trace, nations: tuple[str, ...] = ()) -> dict[str, Any]:
    """A trace as nested dicts, lists and scalars, ready for JSON.

    Parameters
    ----------
    trace : Trace
    nations : tuple of str
        Whose hazards by day are in it as well, under ``hazards``.
    """
    scenario = trace.scenario
    found: dict[str, Any] = {
        "schema": JSON_SCHEMA,
        "title": scenario.title,
        "digest": scenario.digest,
        "seed": trace.seed,
        "run": trace.run,
        "engine": trace.engine,
        "start": None if scenario.start is None else scenario.start.isoformat(),
        "n_days": trace.n_days,
        "nations": {nation.id: nation.name for nation in scenario.nations},
        "success_day": trace.success_day,
        **{name: int(size[-1]) for name, size in zip(SIZES, trace.size, strict=True)},
        "days": trace.day_log(),
        "events": trace.event_log(),
    }
    if nations:
        tables = [trace.hazard_table(nation).to_dict(orient="records") for nation in nations]
        found["hazards"] = [to_builtin(row) for rows in tables for row in rows]
    return found


def json_text(document: dict[str, Any]) -> str:
    """A document as JSON that any reader takes: without NaN or infinity."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def write_trace(trace: Trace, folder: Path, told: Told, progress: Progress | None = None) -> None:
    """Write the files of a trace into a folder that exists, the provenance last.

    trace.json, story.txt, scenario.yaml (full form) and hazards.parquet: the hazard table of the
    nations asked for, or of all where none were.

    Parameters
    ----------
    trace : Trace
    folder : Path
    told : Told
    progress : callable of (nations whose hazards are written, all of them), optional
    """
    nations = told.nations or trace.nations
    _write_text(folder / "trace.json", json_text(trace_as_dict(trace, told.nations)))
    _write_text(folder / "story.txt", told.story)
    (folder / "scenario.yaml").write_text(trace.scenario.to_yaml(), encoding="utf-8")
    _write_hazards(trace, nations, folder / "hazards.parquet", progress)
    _write_text(folder / MARKER, json_text(trace_provenance(trace, folder, told)))


def trace_provenance(trace: Trace, folder: Path, told: Told) -> dict[str, Any]:
    """What it takes to make a trace again, and nothing about the machine."""
    return {
        "kind": TRACE_KIND,
        "schema": SCHEMA,
        "scenario": trace.scenario.title,
        "digest": trace.scenario.digest,
        "seed": trace.seed,
        "run": trace.run,
        "engine": trace.engine,
        "nations": list(told.nations),
        "command": told.command,
        "versions": versions(),
        "files": {item.name: fingerprint(item) for item in sorted(folder.glob("*.*"))},
    }


def _write_text(file: Path, text: str) -> None:
    file.write_text(text + "\n", encoding="utf-8")


def _write_hazards(
    trace: Trace, nations: tuple[str, ...], file: Path, progress: Progress | None
) -> None:
    """Write the hazard tables of nations, a few nations at a time so that memory stays bounded."""
    import pyarrow.parquet as pq

    with (
        file.open("wb") as stream,  # Arrow takes no path that is not UTF-8
        pq.ParquetWriter(stream, _schema(), compression="zstd") as writer,
    ):
        for done, group in _groups(trace, nations):
            writer.write_table(group)
            if progress is not None:
                progress(done, len(nations))


def _groups(trace: Trace, nations: tuple[str, ...]) -> Iterator[tuple[int, pa.Table]]:
    """Hazard tables of some nations at a time, with how many have been by then."""
    import pandas as pd
    import pyarrow as pa

    step = max(1, ROWS_A_GROUP // (2 * trace.n_days))
    for first in range(0, len(nations), step):
        some = nations[first : first + step]
        rows = pd.concat([trace.hazard_table(nation) for nation in some], ignore_index=True)
        table = pa.Table.from_pandas(rows, schema=_schema(), preserve_index=False)
        yield first + len(some), table


def _schema() -> pa.Schema:
    """Columns of hazards.parquet, the same whatever the scenario."""
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    columns = [("day", pa.int32()), ("date", pa.string()), *((name, word) for name in WORDS)]
    columns += [(name, pa.float64()) for name in ("hazard", "accumulated", "threshold", *TERMS)]
    return pa.schema(columns)
