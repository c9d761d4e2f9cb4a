"""A study in jobs on disk: what is asked, one part a job, and tables.

KIND.json         options, seed and digest of the scenario, with the versions that began it
scenario.yaml     the scenario in full form
draws-*.csv       joint draws of the scenario, if it has any
parts/            part-000000.parquet and so on: what each job found, in the order of the jobs
TABLES            of the result
provenance.json   written last

A study is opened by evaluating its jobs anew, as they are stored: no number has a second form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.scenario.schema import Scenario
from sim.store.code import MADE_BY
from sim.store.folder import MARKER, PARTS, ResultsError, expanded, reading
from sim.store.kinds import Kind
from sim.store.manifest import Fields, check_files, is_whole, read_manifest, versions
from sim.store.parquet import parquet_bytes
from sim.store.parts import PartsFolder
from sim.store.plans import plan_difference, plan_in, plan_text
from sim.store.scenarios import DRAWS_FILES, draws_files, load_stored_scenario, scenario_texts
from sim.studies.jobs.study import (
    Columns,
    Job,
    JobStudy,
    Result,
    columns_in,
    evaluated,
    schema_of,
    table_of,
)

SCENARIO_FILE = "scenario.yaml"

FIELDS: Fields = {
    "scenario": (
        lambda value: isinstance(value, dict) and set(value) == {"title", "digest"},
        "a mapping with title and digest",
    ),
    "n_jobs": (lambda value: is_whole(value, 0, 10**6), "a whole number"),
}


class JobsFolder(PartsFolder):
    """The folder of a study in jobs.

    Parameters
    ----------
    name : str or Path
        As it is called in messages.
    study : JobStudy
    """

    def __init__(self, name: str | Path, study: JobStudy[Any, Any]) -> None:
        self.study = study
        self.jobs = list[Job]()
        self.what = plan_of(study)
        texts = {str(study.kind.plan): plan_text(self.what)}
        texts |= scenario_texts(study.scenario, SCENARIO_FILE)
        super().__init__(name, study.kind, texts, n_parts=0)

    def add(self, job: Job) -> int:
        """The number of the next job."""
        self.jobs.append(job)
        self.n_parts = len(self.jobs)
        return self.n_parts - 1

    def found(self, number: int) -> Columns | None:
        """What a job found, if that is stored and sound."""
        tables = self.sound_tables(number)
        return None if tables is None else columns_in(tables[PARTS])

    def all_found(self, jobs: Sequence[Job]) -> list[Columns]:
        """What the next jobs found.

        Raises
        ------
        ResultsError
            They are not all there.
        """
        found = []
        for number in map(self.add, jobs):
            columns = self.found(number)
            if columns is None:
                raise ResultsError(
                    f"{self.name} cannot be evaluated: {self.part_file(number).name} is damaged, "
                    "or other code wrote it; the version of willing in its provenance opens it"
                )
            found.append(columns)
        return found

    def write(self, number: int, columns: Columns) -> None:
        """Store what a job found."""
        table = table_of(columns, self.schema(PARTS, number))
        self.write_part(number, {PARTS: parquet_bytes(table)})

    def schema(self, table: str, number: int) -> pa.Schema:  # noqa: ARG002 (there is one table)
        """Columns of a job, and which job that is."""
        job = self.jobs[number]
        metadata = {"job": plan_text(job._asdict()), "code": self.what[MADE_BY]["code"]}
        return schema_of(self.study.columns(job), metadata)

    def fields(self) -> dict[str, Any]:
        """Entries of the provenance."""
        scenario = self.study.scenario
        return {
            "scenario": {"title": scenario.title, "digest": scenario.digest},
            "n_jobs": self.n_parts,
            "seed": self.study.seed,
            "command": self.study.command,
        }

    def difference(self) -> str:
        """How the study of the folder differs from this one; empty if it does not."""
        words = {"scenario": lambda was, now: f"its scenario was {was} and is {now}"}
        said = plan_difference(self.place / str(self.kind.plan), self.what, words)
        if said:
            return said
        for name, text in self.plan.items():
            file = self.place / name
            if not file.is_file() or file.read_bytes() != text.encode():
                return f"its {name} was changed" if file.is_file() else f"its {name} is missing"
        return ""

    def begun_plan(self) -> list[str]:
        """Files of the study, whichever it is, that the folder holds."""
        plan = str(self.kind.plan)
        if not plan_in(self.place / plan):
            return []
        draws = (file.name for file in sorted(self.place.glob(DRAWS_FILES)))
        tables = (file.name for file in sorted(self.place.glob("*.csv")))
        return list(dict.fromkeys([plan, SCENARIO_FILE, *draws, *tables]))


def plan_of(study: JobStudy[Any, Any]) -> dict[str, Any]:
    """What decides the bytes of a study, as JSON has it."""
    return {
        MADE_BY: versions(study.kind.packages),
        "scenario": study.scenario.digest[:12],
        "seed": study.seed,
        "options": study.options(),
    }


def load_result(
    folder: str | Path,
    kind: Kind,
    study_of: Callable[[dict[str, Any], Scenario, int, str], JobStudy[Any, Result]],
    tables: Iterable[str],
    verify: bool = True,
) -> Result:
    """The result of a study in a folder.

    Parameters
    ----------
    folder : str or Path
    kind : Kind
    study_of : callable of (options, scenario, seed, command)
        Makes the study, as it was stored.
    tables : iterable of str
        Names of the tables of such a folder.
    verify : bool
        Compare every file with its checksum.

    Raises
    ------
    ResultsError
        There is none in the folder, it is not finished, or a file of it is damaged.
    """
    place, plan, listed = expanded(folder), str(kind.plan), tuple(tables)
    if (place / plan).is_file() and not (place / MARKER).is_file():
        raise ResultsError(
            f"{folder} holds a {kind.noun} that is not finished; the same command goes on with it"
        )

    def files(told: dict[str, Any]) -> list[str]:
        parts = (f"{PARTS}/part-{number:06d}.parquet" for number in range(told["n_jobs"]))
        return [plan, SCENARIO_FILE, *draws_files(told["files"]), *listed, *parts]

    with reading(folder):
        place, told = read_manifest(folder, kind, FIELDS, files)
        check_files(place, told["files"], verify)
        asked = plan_in(place / plan)
        try:
            scenario = load_stored_scenario(place / SCENARIO_FILE)
            study = study_of(asked["options"], scenario, told["seed"], told["command"])
            stored = JobsFolder(place, study)
            stored.what[MADE_BY] = asked[MADE_BY]
        except ResultsError:
            raise
        except (KeyError, TypeError, ValueError) as error:  # errors of scenarios are ValueErrors
            raise ResultsError(f"{place / plan} is damaged: {error}") from error
        return evaluated(study.steps(), stored.all_found)
