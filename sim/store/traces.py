"""A trace on disk: story, events, scenario, hazards by day and provenance, in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.core.stages import STAGES
from sim.results.format import json_ready
from sim.results.trace import SIZES, TERMS, Trace
from sim.scenario.arrays.random import joint_lines
from sim.scenario.distribution import Distribution
from sim.scenario.events import event_keys
from sim.scenario.joint_draws import is_stage
from sim.scenario.quorums import quorum_terms
from sim.store.kinds import TRACE
from sim.store.manifest import write_manifest
from sim.store.scenarios import write_scenario

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int], None]

JSON_SCHEMA = "willing.trace/1"
ROWS_A_GROUP = 100_000
WORDS = ("nation", "stage", "side", "move", "status")
"""Columns of the hazard table that hold words which repeat."""


class TraceText(NamedTuple):
    """A trace in words: its story, the nations asked for, and the command for it."""

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
        **({} if scenario.quorum is None else {"quorum_day": trace.quorum_day}),
        **{name: int(size[-1]) for name, size in zip(SIZES, trace.size, strict=True)},
        **({"chance_in_play": chances} if (chances := _chances_in_play(trace)) else {}),
        **({"drawn_dates": drawn} if (drawn := _drawn_dates(trace)) else {}),
        **({"drawn_quorums": asked} if (asked := _drawn_quorums(trace)) else {}),
        **_joint_draw(trace),
        "days": trace.day_log(),
        "events": trace.event_log(),
    }
    if nations:
        tables = [trace.hazard_table(nation).to_dict(orient="records") for nation in nations]
        found["hazards"] = [json_ready(row) for rows in tables for row in rows]
    return found


def _chances_in_play(trace: Trace) -> dict[str, float]:
    """The chance of talks or further of each nation whose stage the initial law drew."""
    named = zip(trace.nations, trace.chance_in_play.tolist(), strict=True)
    return {nation: chance for nation, chance in named if not isnan(chance)}


def _drawn_dates(trace: Trace) -> dict[str, int]:
    """The days of events whose date was drawn for this run, by the path of the date."""
    keys = event_keys(trace.scenario.events)
    dated = zip(keys, trace.scenario.events, trace.event_dates, strict=True)
    return {f"{key}.date": day for key, event, day in dated if event.drawn_date is not None}


def _drawn_quorums(trace: Trace) -> dict[str, float]:
    """The numbers of quorums that were drawn for this run, by their paths."""
    asked = zip(quorum_terms(trace.scenario), trace.quorum_numbers, strict=True)
    return {term.key: number for term, number in asked if isinstance(term.least, Distribution)}


def _joint_draw(trace: Trace) -> dict[str, Any]:
    """Which of the joint draws this run took, from 0, and its values by their paths."""
    draws = trace.scenario.draws
    if draws is None:
        return {}
    taken = int(joint_lines(draws, trace.seed, trace.run, 1)[0])
    values = {
        path: STAGES[int(column[taken])] if is_stage(path) else column[taken]
        for path, column in draws.columns.items()
    }
    return {"joint_draw": {"draw": taken, "values": values}}


def json_text(document: dict[str, Any]) -> str:
    """A document as JSON that any reader takes: without NaN or infinity."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def write_trace(
    trace: Trace, folder: Path, text: TraceText, progress: Progress | None = None
) -> None:
    """Write the files of a trace into a folder that exists, the provenance last.

    trace.json, story.txt, scenario.yaml (full form) and hazards.parquet: the hazard table of the
    nations asked for, or of all where none were.

    Parameters
    ----------
    trace : Trace
    folder : Path
    text : TraceText
    progress : callable of (nations whose hazards are written, all of them), optional
    """
    from sim.store.parquet import write_tables  # Arrow and pandas are for folders alone

    document = json_text(trace_as_dict(trace, text.nations))
    (folder / "trace.json").write_text(document + "\n", encoding="utf-8")
    (folder / "story.txt").write_text(text.story + "\n", encoding="utf-8")
    write_scenario(trace.scenario, folder / "scenario.yaml")
    write_tables(folder / "hazards.parquet", _hazards(trace, text.nations, progress))
    fields = {
        "scenario": trace.scenario.title,
        "digest": trace.scenario.digest,
        "seed": trace.seed,
        "run": trace.run,
        "engine": trace.engine,
        "nations": list(text.nations),
        "command": text.command,
    }
    write_manifest(folder, TRACE, fields)


def _hazards(trace: Trace, asked: tuple[str, ...], progress: Progress | None) -> Iterator[pa.Table]:
    """Hazard tables, of a few nations at a time so that memory stays bounded."""
    import pandas as pd
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    columns = [("day", pa.int32()), ("date", pa.string()), *((name, word) for name in WORDS)]
    columns += [(name, pa.float64()) for name in ("hazard", "accumulated", "threshold", *TERMS)]
    schema = pa.schema(columns)
    nations = asked or trace.nations
    step = max(1, ROWS_A_GROUP // (2 * trace.n_days))
    for first in range(0, len(nations), step):
        some = nations[first : first + step]
        rows = pd.concat([trace.hazard_table(nation) for nation in some], ignore_index=True)
        table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
        yield table.replace_schema_metadata(None)  # what pandas adds
        if progress is not None:
            progress(first + len(some), len(nations))
