"""What a sweep tells of an outcome, on disk: words, numbers, a table and provenance.

analysis.txt      what the command prints
analysis.json     what it prints with --json: every number
inputs.csv        one row an input; of a discovery boxes.csv, one row a limit of a box
scenario.yaml     the scenario that the sweep varies, in full form
draws-*.csv       joint draws of the scenario, if it has any
provenance.json   written last
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from sim.results.estimates import Chance, Interval
from sim.results.format import json_ready
from sim.store.csv_files import csv_text
from sim.store.files import text_of
from sim.store.folder import ResultsError, reading
from sim.store.kinds import SWEEP_ANALYSIS
from sim.store.manifest import Fields, check_files, is_text, read_manifest, write_manifest
from sim.store.scenarios import draws_files, load_stored_scenario, write_scenario
from sim.store.stored_run import SCENARIO_FILE
from sim.studies.sensitivity.discovery import Box, Discovered, Limit
from sim.studies.sensitivity.given_data import GivenData, InputIndex
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis

WORDS, NUMBERS = "analysis.txt", "analysis.json"
INPUTS, BOXES = "inputs.csv", "boxes.csv"

ENDS = ("estimate", "low", "high")


def write_sweep_analysis(analysis: SweepAnalysis, folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files of an analysis into a folder that exists, the provenance last.

    Parameters
    ----------
    analysis : SweepAnalysis
    folder : Path
    texts : mapping of str to str
        Its words and its numbers by file, as `sim.report.stored_sweep.sweep_analysis_texts` has
        them.
    """
    rows = list(analysis.rows())
    table = {
        (BOXES if analysis.is_discovery else INPUTS): csv_text(
            [[*rows[0]], *(row.values() for row in rows)]
        )
    }
    for name, text in {**texts, **table}.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    write_scenario(analysis.scenario, folder / SCENARIO_FILE)
    fields = {
        "scenario": analysis.scenario.title,
        "digest": analysis.scenario.digest,
        "seed": analysis.seed,
        "sweep": {
            "name": analysis.sweep_name,
            "n_points": analysis.found.n_points,
            "provenance": analysis.sweep_sha256,
        },
        "outcome": analysis.found.outcome,
        "command": analysis.command,
    }
    write_manifest(folder, SWEEP_ANALYSIS, fields)


def load_sweep_analysis(folder: str | Path, verify: bool = True) -> SweepAnalysis:
    """What a stored sweep tells of an outcome, value for value as `willing sensitivity` wrote it.

    Parameters
    ----------
    folder : str or Path
        That of the analysis, not that of the sweep.
    verify : bool
        Compare every file with the checksum in the provenance.

    Raises
    ------
    ResultsError
        There is no such folder, it holds no whole analysis of a sweep, it was written in another
        layout, or a file in it is damaged; the message names the file.
    """
    with reading(folder):
        place, made = read_manifest(folder, SWEEP_ANALYSIS, FIELDS, _files_listed)
        check_files(place, made["files"], verify)
        scenario = load_stored_scenario(place / SCENARIO_FILE)
        if scenario.digest != made["digest"]:
            raise ResultsError(f"{folder} is damaged: {SCENARIO_FILE} has another digest")
        try:
            found = found_from(json.loads(text_of(place / NUMBERS)))
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise ResultsError(f"{folder} is damaged: {NUMBERS} holds no analysis") from error
        is_of_table = isinstance(found, GivenData) == (INPUTS in made["files"])
        if found.outcome != made["outcome"] or not is_of_table:
            raise ResultsError(f"{folder} is damaged: {NUMBERS} holds another analysis")
        sweep = made["sweep"]
        analysis = SweepAnalysis(
            scenario, made["seed"], found, made["command"], sweep["name"], sweep["provenance"]
        )
        analysis.outcome()  # one that the scenario has
        return analysis


# Numbers as JSON has them, and back


def as_dict(found: GivenData | Discovered) -> dict[str, Any]:
    """What was found, as JSON can hold it."""
    ready: dict[str, Any] = json_ready(
        _given_dict(found) if isinstance(found, GivenData) else _discovered_dict(found)
    )
    return ready


def found_from(told: Mapping[str, Any]) -> GivenData | Discovered:
    """What `as_dict` made a dictionary of.

    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        It is none of these.
    """
    return _given_from(told) if "inputs" in told else _discovered_from(told)


def _given_dict(found: GivenData) -> dict[str, Any]:
    def numbers(each: InputIndex) -> dict[str, Any]:
        intervals = {"delta": each.delta, "pawn": each.pawn, "lead": each.lead}
        return each._asdict() | {
            name: None if of is None else dict(zip(ENDS, of, strict=True))
            for name, of in intervals.items()
        }

    return found._asdict() | {"inputs": [numbers(each) for each in found.inputs]}


def _given_from(told: Mapping[str, Any]) -> GivenData:
    def interval(of: Mapping[str, float]) -> Interval:
        return Interval(*(np.asarray(float(of[end])) for end in ENDS))

    inputs = tuple(
        InputIndex(
            str(each["path"]),
            interval(each["delta"]),
            interval(each["pawn"]),
            float(each["delta_without"]),
            float(each["pawn_without"]),
            float(each["p_value"]),
            None if each["lead"] is None else interval(each["lead"]),
        )
        for each in told["inputs"]
    )
    if not inputs:
        raise ValueError("it has no input")
    share = told["mc_share"]
    return GivenData(
        str(told["outcome"]),
        int(told["n_points"]),
        inputs,
        None if share is None else float(share),
    )


def _discovered_dict(found: Discovered) -> dict[str, Any]:
    def box(of: Box) -> dict[str, Any]:
        shares = {
            name: dict(zip((*ENDS, "mc_error"), astuple(share), strict=True))
            for name, share in (("density", of.density), ("coverage", of.coverage))
        }
        return {"limits": [each._asdict() for each in of.limits], **shares}

    told = found._asdict()
    again = told.pop("again")
    return told | {
        "box": box(found.box),
        "judged_by_the_other_half": box(again),
        "leaves": [box(each) for each in found.leaves],
        "ranges": [each._asdict() for each in found.ranges],
    }


def _discovered_from(told: Mapping[str, Any]) -> Discovered:
    def limit(of: Mapping[str, Any]) -> Limit:
        low, high = (None if of[end] is None else float(of[end]) for end in ("low", "high"))
        return Limit(str(of["path"]), low, high, tuple(map(str, of["names"])))

    def share(of: Mapping[str, float]) -> Chance:
        return Chance(*(float(of[name]) for name in (*ENDS, "mc_error")))

    def box(of: Mapping[str, Any]) -> Box:
        return Box(tuple(map(limit, of["limits"])), share(of["density"]), share(of["coverage"]))

    return Discovered(
        str(told["outcome"]),
        float(told["at_least"]),
        float(told["asked_density"]),
        int(told["n_points"]),
        int(told["n_hits"]),
        box(told["box"]),
        box(told["judged_by_the_other_half"]),
        tuple(map(box, told["leaves"])),
        tuple(map(limit, told["ranges"])),
    )


def _files_listed(made: dict[str, Any]) -> list[str]:
    table = BOXES if BOXES in made["files"] else INPUTS
    return [NUMBERS, WORDS, table, SCENARIO_FILE, *draws_files(made["files"])]


def _is_sweep(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"name", "n_points", "provenance"}
        and is_text(value["name"])
        and (value["provenance"] is None or is_text(value["provenance"]))
    )


FIELDS: Fields = {
    "scenario": (is_text, "text"),
    "digest": (is_text, "text"),
    "outcome": (is_text, "text"),
    "sweep": (_is_sweep, "a mapping with name, n_points and provenance"),
}
