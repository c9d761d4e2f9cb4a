"""What a stored sweep tells of its inputs, on disk: the text, the JSON, a table, provenance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.results.estimates import Chance
from sim.store.csv_files import csv_text
from sim.store.files import fingerprint
from sim.store.folder import MARKER
from sim.store.kinds import SWEEP_ANALYSIS
from sim.store.manifest import write_manifest
from sim.store.scenarios import write_scenario
from sim.store.stored_run import SCENARIO_FILE
from sim.studies.sensitivity.discovery import Box, Discovered
from sim.studies.sensitivity.given_data import GivenData
from sim.studies.sweep.result import Sweep

Row = dict[str, Any]


def write_sweep_analysis(  # noqa: PLR0913 (what was found, and its two forms for readers)
    folder: Path,
    found: GivenData | Discovered,
    sweep: Sweep,
    sweep_folder: Path,
    text: str,
    told: Mapping[str, Any],
    command: str,
) -> None:
    """Write the files of an analysis into a folder that exists, the provenance last.

    Parameters
    ----------
    folder : Path
    found : GivenData or Discovered
        ``inputs.csv`` has the indices of each input, ``boxes.csv`` the limits of each box.
    sweep : Sweep
    sweep_folder : Path
        Where the sweep is; the checksum of its provenance is recorded.
    text : str
        For ``analysis.txt``.
    told : mapping
        For ``analysis.json``.
    command : str
    """
    rows = list(input_rows(found) if isinstance(found, GivenData) else limit_rows(found))
    name = "inputs.csv" if isinstance(found, GivenData) else "boxes.csv"
    as_json = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "analysis.txt").write_text(text + "\n", encoding="utf-8")
    (folder / "analysis.json").write_text(as_json + "\n", encoding="utf-8")
    table = csv_text([[*rows[0]], *(row.values() for row in rows)])
    (folder / name).write_text(table, encoding="utf-8", newline="")
    marker, scenario = sweep_folder / MARKER, sweep.study.scenario
    write_scenario(scenario, folder / SCENARIO_FILE)
    fields = {
        "scenario": scenario.title,
        "digest": scenario.digest,
        "seed": sweep.study.seed,
        # A sweep that was stopped has no provenance yet.
        "sweep": {
            "name": sweep_folder.name,
            "n_points": found.n_points,
            "provenance": fingerprint(marker)["sha256"] if marker.is_file() else None,
        },
        "outcome": found.outcome,
        "command": command,
    }
    write_manifest(folder, SWEEP_ANALYSIS, fields)


def input_rows(found: GivenData) -> Iterator[Row]:
    """One row an input, the largest delta first."""
    for each in found.inputs:
        row: Row = {"input": each.path}
        for name, interval in (("delta", each.delta), ("pawn", each.pawn)):
            ends = zip(("", ".low", ".high"), map(float, interval), strict=True)
            row |= {f"{name}{end}": number for end, number in ends}
            row[f"{name}_without"] = getattr(each, f"{name}_without")
        yield {**row, "p_value": each.p_value}


def limit_rows(found: Discovered) -> Iterator[Row]:
    """One row a limit of a box, with the density and the coverage of the box.

    Of a box without limits, the whole of the ranges, there is one row without a path.
    """
    boxes: list[tuple[str, Box]] = [("prim", found.box), ("prim, by the other half", found.again)]
    boxes += [(f"tree {number}", leaf) for number, leaf in enumerate(found.leaves, 1)]
    for name, box in boxes:
        for path, low, high in box.limits or ((None, None, None),):
            row: Row = {"box": name, "input": path, "above": low, "below": high}
            yield row | _cells("density", box.density) | _cells("coverage", box.coverage)


def _cells(name: str, found: Chance) -> Row:
    return {name: found.chance, f"{name}.low": found.low, f"{name}.high": found.high}
