"""A sweep on disk: the study, one file a block of points, each whole or absent.

    study.yaml        the study, with what began it; its scenario beside it
    scenario.yaml     in full form
    scenarios/        those that are put in its place, where whole scenarios are varied
    parts/            part-000000.parquet and so on: one row a point
    runs/             the same names: one row a point and run, where runs are kept
    provenance.json   written last

A sweep that was stopped has no provenance and some of its parts. Whoever goes on with it runs the
others, and ends with the same bytes.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import filelock
import pyarrow as pa

from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import read_document
from sim.store.folder import (
    FIGURE_NAMES,
    MARKER,
    ResultsError,
    absolute,
    atomic_file,
    ensure_folder,
    is_unfinished,
)
from sim.store.manifest import SWEEP_KIND, fingerprint, versions
from sim.store.parquet import read_table
from sim.store.replacing import FIGURE_SUFFIXES, FIGURES
from sim.studies.design.outcomes import in_file_name
from sim.studies.design.study import Study
from sim.studies.design.varied import SCENARIO
from sim.studies.design.writing import SCENARIO_FILE, SCENARIOS_FOLDER
from sim.studies.sweep.blocks import Part, n_blocks, schemas_of
from sim.studies.sweep.resume import MADE_BY, STUDY_FILE, difference, study_files

SCHEMA = 1
PARTS, RUNS, LOCK = "parts", "runs", ".lock"
FOLDERS = (PARTS, RUNS, SCENARIOS_FOLDER, FIGURES)
MOST_SHOWN = 3

_PART = re.compile(r"part-\d{6}\.parquet")


class SweepFolder:
    """The folder of one sweep, held by this process alone; get one from `locked_folder`.

    Parameters
    ----------
    name : str or Path
        As it is called in messages.
    study : Study
    """

    def __init__(self, name: str | Path, study: Study) -> None:
        self.name, self.study = name, study
        self.place, self.texts = absolute(name), study_files(study)

    def missing(self) -> list[int]:
        """Blocks that are not there whole, and as the provenance has them if there is one."""
        listed = self._listed()
        return [block for block in range(n_blocks(self.study)) if not self._has(block, listed)]

    def holds_any(self) -> bool:
        """Whether a block is there, of this study or another."""
        return any(_PART.fullmatch(item.name) for item in self.place.glob(f"{PARTS}/*"))

    def write(self, part: Part) -> None:
        """Store a block: the file of its points last, which says that it is there."""
        if part.runs is not None:
            _write(self.place / RUNS / part_name(part.block), part.runs)
        _write(self.place / PARTS / part_name(part.block), part.points)

    def begin(self) -> None:
        """Say no longer that the sweep is whole."""
        (self.place / MARKER).unlink(missing_ok=True)

    def finish(self) -> None:
        """Say that the sweep is whole, and what made it, unless that is said already."""
        text = json.dumps(self._provenance(), indent=2, ensure_ascii=False) + "\n"
        file = self.place / MARKER
        if not file.is_file() or file.read_bytes() != text.encode():
            _write(file, text.encode())

    def _has(self, block: int, listed: dict[str, Any]) -> bool:
        files = part_files(self.place, self.study, block)
        for file, schema in zip(files, schemas_of(self.study, block), strict=True):
            name = file.relative_to(self.place).as_posix()
            if not _is_part(file, schema) or listed.get(name) not in (None, fingerprint(file)):
                return False
        return True

    def _listed(self) -> dict[str, Any]:
        """Files in the provenance with their checksums; none where it cannot be read."""
        try:
            return dict(json.loads((self.place / MARKER).read_text(encoding="utf-8"))["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _provenance(self) -> dict[str, Any]:
        study = self.study
        blocks = range(n_blocks(study))
        files = [file for block in blocks for file in part_files(self.place, study, block)]
        files += [self.place / name for name in self.texts]
        return {
            "kind": SWEEP_KIND,
            "schema": SCHEMA,
            "scenario": study.scenario.title,
            "digest": study.digest,
            "scenario_digest": study.scenario.digest,
            "scenario_digests": {name: each.digest for name, each in study.scenarios.items()},
            "n_points": study.n_points,
            "seed": study.seed,
            "command": f"willing sweep {STUDY_FILE}",
            "versions": versions(),
            "files": {
                file.relative_to(self.place).as_posix(): fingerprint(file) for file in sorted(files)
            },
        }


def part_name(block: int) -> str:
    """File of a block."""
    return f"part-{block:06d}.parquet"


def part_files(place: Path, study: Study, block: int) -> list[Path]:
    """Files that a block is stored in, that of its points first."""
    folders = [PARTS] if study.keep == "summary" else [PARTS, RUNS]
    return [place / folder / part_name(block) for folder in folders]


@contextmanager
def locked_folder(name: str | Path, study: Study, overwrite: bool = False) -> Iterator[SweepFolder]:
    """The folder of a study's sweep, new or begun before, which nobody else works on meanwhile.

    Parameters
    ----------
    name : str or Path
    study : Study
    overwrite : bool
        Throw away what a sweep has left there, of this study or another.

    Raises
    ------
    ResultsError
        Another process holds it, or it holds anything but a sweep of this study.
    OSError
        The disk is full, read-only or failed.
    """
    folder = SweepFolder(name, study)
    _check_begun(folder)
    with _alone(folder):
        said = difference(folder.place, study, folder.texts)
        if overwrite or (said and not folder.holds_any()):
            _check_own(folder)
            _start_anew(folder)
        elif said:
            raise ResultsError(
                f"{name} holds another sweep: {said}; choose another folder, or throw away what "
                "is there (--force)"
            )
        _clear_unfinished(folder.place)
        (folder.place / PARTS).mkdir(exist_ok=True)
        if study.keep == "runs":
            (folder.place / RUNS).mkdir(exist_ok=True)
        yield folder


def _check_begun(folder: SweepFolder) -> None:
    """Make the folder if there is none; refuse one that holds anything but a sweep."""
    place = ensure_folder(folder.name)
    there = (item for item in place.iterdir() if item.name != LOCK and not is_unfinished(item))
    if any(there) and not (place / STUDY_FILE).is_file():
        raise ResultsError(
            f"{folder.name} is there already, and is no sweep; choose another folder"
        )


@contextmanager
def _alone(folder: SweepFolder) -> Iterator[None]:
    """Hold the folder: the system lets go of it when this process ends, however it ends.

    The file of the lock stays: who waits for one that is removed would hold nothing.
    """
    lock = filelock.FileLock(folder.place / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ResultsError(
            f"{folder.name}: another process is at work on this sweep; wait for it, or choose "
            "another folder"
        ) from None
    except NotImplementedError:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(folder.name)) from None
    try:
        yield
    finally:
        lock.release()


def _clear_unfinished(place: Path) -> None:
    """Remove what a process that was killed left half written."""
    for folder in (place, *(place / name for name in FOLDERS)):
        for item in folder.glob(".*"):
            if is_unfinished(item) and item.is_file():
                item.unlink()


def _own_files(place: Path) -> set[Path]:
    """Files in a folder that a sweep has written there, as far as their names tell.

    Nothing but the lock is where the study does not say what began it: that is somebody's own.
    """
    study, own = _begun_study(place), {place / LOCK}
    if study is None:
        return own
    own |= {place / name for name in (STUDY_FILE, SCENARIO_FILE, MARKER)}
    own |= {place / SCENARIOS_FOLDER / Path(name).name for name in _scenarios_of(study)}
    for item in (*place.glob(f"{PARTS}/*"), *place.glob(f"{RUNS}/*")):
        own |= {item} if _PART.fullmatch(item.name) else set()
    figures = _figure_names(study)
    for item in place.glob(f"{FIGURES}/*"):
        is_own = item.stem.removesuffix("_dark") in figures
        own |= {item} if is_own and item.suffix in FIGURE_SUFFIXES else set()
    return own


def _figure_names(study: dict[str, Any]) -> frozenset[str]:
    """Names of figures that may be drawn of a study, without suffixes."""
    outcomes = study.get("outcomes")
    names = [str(each) for each in outcomes] if isinstance(outcomes, list) else []
    of_outcomes = {f"{kind}_{in_file_name(name)}" for kind in FIGURE_NAMES for name in names}
    return FIGURE_NAMES | of_outcomes


def _begun_study(place: Path) -> dict[str, Any] | None:
    """The study that a sweep has written in a folder; None where there is none."""
    try:
        found = plain(read_document(str(place / STUDY_FILE))[0])
    except ScenarioError:
        return None
    return found if isinstance(found, dict) and MADE_BY in found else None


def _scenarios_of(study: dict[str, Any]) -> list[str]:
    """Files of the scenarios that a study puts in the place of its own."""
    vary = study.get("vary")
    named = vary.get(SCENARIO) if isinstance(vary, dict) else None
    return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []


def _check_own(folder: SweepFolder) -> None:
    """Refuse to throw away what no sweep writes."""
    own = _own_files(folder.place)
    foreign = [
        item.relative_to(folder.place).as_posix()
        for item in sorted(folder.place.rglob("*"))
        if not item.is_dir() and item not in own and not is_unfinished(item)
    ]
    if foreign:
        raise ResultsError(
            f"{folder.name} is not overwritten: move away what is no part of a sweep: "
            + ", ".join(foreign[:MOST_SHOWN])
        )


def _start_anew(folder: SweepFolder) -> None:
    """Throw away a sweep, if there is one, and write the study of this one.

    What says that a sweep is whole goes first. Whoever is killed meanwhile leaves the old sweep
    with fewer parts, or no part and files of two studies, which is no sweep that would be missed.
    """
    place = folder.place
    (place / MARKER).unlink(missing_ok=True)
    _clear_unfinished(place)
    kept = {place / LOCK, place / STUDY_FILE, place / SCENARIO_FILE}
    for file in sorted(_own_files(place) - kept):
        file.unlink(missing_ok=True)
    for name in FOLDERS:
        with suppress(OSError):
            (place / name).rmdir()
    for name, text in folder.texts.items():  # the study first: by it the folder is known
        (place / name).parent.mkdir(exist_ok=True)
        _write(place / name, text.encode())


def _write(file: Path, content: bytes) -> None:
    with atomic_file(file) as part:
        part.write_bytes(content)


def _is_part(file: Path, schema: pa.Schema) -> bool:
    """Whether a file is there, whole, and the part that it should be."""
    try:
        read_part(file, schema)
    except ResultsError:
        return False
    return True


def read_part(file: Path, schema: pa.Schema) -> pa.Table:
    """The table of a part, which must have that schema.

    Raises
    ------
    ResultsError
        It is not there, not whole, not as it was written, or of another sweep.
    """
    try:
        found = read_table(file.read_bytes())
    except (pa.ArrowException, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ResultsError(f"{file} cannot be read: {reason or error}") from error
    if not found.schema.equals(schema, check_metadata=True):
        raise ResultsError(f"{file} is no part of this sweep")
    return found
