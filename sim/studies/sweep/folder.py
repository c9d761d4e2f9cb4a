"""A sweep on disk: the study, and one part a block of points.

study.yaml        the study, with the versions that began it
scenario.yaml     in full form
scenarios/        those that replace it, if whole scenarios are varied
draws-*.csv       joint draws beside the scenario that has them
parts/            part-000000.parquet and so on: one row a point
runs/             the same names: one row a point and run, where runs are kept
provenance.json   written last
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import read_document
from sim.store.code import MADE_BY
from sim.store.folder import MARKER, PARTS, ResultsError, expanded, reading
from sim.store.kinds import SWEEP
from sim.store.manifest import Fields, check_files, is_text, read_manifest
from sim.store.open import kind_in
from sim.store.parquet import Most
from sim.store.parts import PartsFolder
from sim.store.scenarios import DRAWS_FILES
from sim.studies.design.file import load_study
from sim.studies.design.study import SCENARIO_FILE, SCENARIOS_FOLDER, Study
from sim.studies.design.values import SCENARIO
from sim.studies.sweep.blocks import SweepPart, n_blocks, points_of, schemas_of
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.resume import STUDY_FILE, begun_code, difference, study_files

RUNS = "runs"

MOST_SIZES = 1_000_000
"""Most sizes of a coalition in the distribution of a day that are read."""

FIELDS: Fields = {"scenario": (is_text, "text"), "digest": (is_text, "text")}


class SweepFolder(PartsFolder):
    """The folder of a sweep.

    Parameters
    ----------
    name : str or Path
        As it is called in messages.
    study : Study
    """

    all_tables = (PARTS, RUNS)

    def __init__(self, name: str | Path, study: Study) -> None:
        tables = (PARTS,) if study.keep == "summary" else (PARTS, RUNS)
        super().__init__(name, SWEEP, study_files(study), n_blocks(study), tables)
        self.study = study

    @cached_property
    def code(self) -> str | None:
        """Digest of the code that began the sweep; None if the folder does not say."""
        return begun_code(self.place)

    def write(self, part: SweepPart) -> None:
        """Store a block."""
        runs = {} if part.runs is None else {RUNS: part.runs}
        self.write_part(part.block, {PARTS: part.points, **runs})

    def sweep(self, verify: bool = True) -> Sweep:
        """The sweep of the points that are done; with `verify`, parts must be as written.

        Raises
        ------
        ResultsError
            No block is finished, or a part is damaged.
        """
        numbers = [number for number in range(self.n_parts) if self.part_file(number).is_file()]
        if not numbers:
            raise ResultsError(f"{self.name} holds a sweep of which no block is finished yet")
        found = [pa.concat_tables(self.read_all(table, numbers, verify)) for table in self.tables]
        return Sweep(self.study, *found)

    def schema(self, table: str, number: int) -> pa.Schema:
        """Columns and metadata of a table of a block."""
        return schemas_of(self.study, number, self.code)[self.tables.index(table)]

    def most(self, table: str, number: int) -> Most:
        """The most that a table of a block may hold."""
        n_points = len(points_of(self.study, number))
        if table == PARTS:
            return Most(n_points, MOST_SIZES)
        return Most(n_points * self.study.effort.runs)

    def fields(self) -> dict[str, Any]:
        """Entries of the provenance."""
        study = self.study
        return {
            "scenario": study.scenario.title,
            "digest": study.digest,
            "scenario_digest": study.scenario.digest,
            "scenario_digests": {name: each.digest for name, each in study.scenarios.items()},
            "n_points": study.n_points,
            "seed": study.seed,
            "command": f"willing sweep {STUDY_FILE}",
        }

    def difference(self) -> str:
        """How the study of the folder differs from this one; empty if it does not."""
        return difference(self.place, self.study, self.plan)

    def begun_plan(self) -> list[str]:
        """Files of the study, whichever it is, whose sweep the folder holds.

        Empty if the study does not say what began it, since it may then be a user's own file.
        """
        try:
            study = plain(read_document(str(self.place / STUDY_FILE))[0])
        except ScenarioError:
            return []
        if not isinstance(study, dict) or MADE_BY not in study:
            return []
        vary = study.get("vary")
        named = vary.get(SCENARIO) if isinstance(vary, dict) else None
        scenarios = [each for each in named or () if isinstance(each, str)]
        return [
            *(STUDY_FILE, SCENARIO_FILE),
            *(f"{SCENARIOS_FOLDER}/{Path(each).name}" for each in scenarios),
            *(
                file.relative_to(self.place).as_posix()
                for begin in ("", f"{SCENARIOS_FOLDER}/")
                for file in sorted(self.place.glob(f"{begin}{DRAWS_FILES}"))
            ),
        ]


def load_sweep(folder: str | Path, verify: bool = True) -> Sweep:
    """The sweep in a folder, with the points that are done if it was stopped.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with its checksum.

    Raises
    ------
    ResultsError
        There is no sweep in the folder, or a file of it is damaged.
    ScenarioError
        Its study cannot be used.
    """
    path = expanded(folder)
    if not (path / STUDY_FILE).is_file():
        if not path.is_dir():
            raise ResultsError(f"{folder} does not exist")
        there = kind_in(path) if (path / MARKER).is_file() else None
        other = "" if there in (None, SWEEP) else f", but {there.holds}"
        raise ResultsError(f"{folder} holds no sweep{other}")
    if verify and (path / MARKER).is_file():
        with reading(folder):
            _, found = read_manifest(folder, SWEEP, FIELDS)
            check_files(path, found["files"])
    return SweepFolder(folder, load_study(path / STUDY_FILE, stored=True)).sweep(verify)
