"""Where a result came from: what it takes to make it again, and nothing about the machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import reprlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from sim._version import __version__
from sim.store.folder import MARKER, ResultsError

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

KIND = "willing.result"
TRACE_KIND = "willing.trace"
COMPARISON_KIND = "willing.comparison"
SWEEP_KIND = "willing.sweep"

HOLDS = {
    KIND: "an ensemble of `willing run`: open it with sim.load_results",
    TRACE_KIND: "a trace, one run told day by day, and no ensemble: see story.txt in it, and "
    f"command in its {MARKER} to tell it anew",
    COMPARISON_KIND: "a comparison of scenarios, and no ensemble: open it with "
    "sim.load_comparison, draw it with `willing plot`",
    SWEEP_KIND: "a sweep over conditions, and no ensemble: open it with sim.load_sweep, draw it "
    "with `willing plot`",
}
"""What a folder of each kind holds, for whoever would open it as another kind."""

Fields = dict[str, tuple[Callable[[object], bool], str]]

SCHEMA = 1
"""Version of the layout of a result folder."""

PACKAGES = ("numpy", "numba", "mesa", "pyarrow")

DATA_FILES = {"scenario.yaml", "days.parquet", "stages.parquet"}
ROW_FILES = {"runs.parquet", "nations.parquet"}
"""Data files of every result, and those that are there as well where single runs were kept."""


def provenance(ensemble: Ensemble, folder: Path) -> dict[str, Any]:
    """What made an ensemble, and a checksum of each data file in its folder.

    There is no host, user, path or time in it: the same command under the same versions writes
    the same provenance.
    """
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "scenario": ensemble.scenario.title,
        "digest": ensemble.scenario.digest,
        "seed": ensemble.seed,
        "first_run": ensemble.first_run,
        "n_runs": ensemble.n_runs,
        "engine": ensemble.engine,
        "keep": ensemble.keep,
        "command": ensemble.command or _as_python(ensemble),
        "versions": versions(),
        "files": {item.name: fingerprint(item) for item in sorted(folder.glob("*.*"))},
    }


def versions() -> dict[str, str]:
    """Versions of willing, Python and the packages that results depend on."""
    found = {"willing": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def fingerprint(file: Path) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def read_provenance(folder: Path) -> dict[str, Any]:
    """Provenance of a result folder.

    Raises
    ------
    ResultsError
        The folder has none, it cannot be read, its layout is of another version, or a field is
        not as `provenance` writes it.
    """
    found = read_marker(folder, KIND, SCHEMA)
    problem = problem_with(found, _FIELDS) or _problem_with_files(found)
    if problem:
        raise ResultsError(f"{folder / MARKER} is damaged: {problem}")
    return found


def read_marker(folder: Path, kind: str, schema: int) -> dict[str, Any]:
    """Provenance of a folder of one kind, whose fields are still to be looked at.

    Raises
    ------
    ResultsError
        The folder has none, it cannot be read, or it is of another kind or layout.
    """
    found = _read(folder)
    here = found.get("kind")
    if here != kind:
        if isinstance(here, str) and here in HOLDS:
            raise ResultsError(f"{folder} holds {HOLDS[here]}")
        raise ResultsError(f"{folder} is not a result of willing: see kind in its {MARKER}")
    if not _is_whole(found.get("schema"), 1, schema):
        layouts = "layout 1" if schema == 1 else f"layouts 1 to {schema}"
        raise ResultsError(
            f"{folder} holds results of layout {reprlib.repr(found.get('schema'))}, and this "
            f"version of willing reads {layouts}; it was written by willing "
            f"{_writer(found.get('versions'))} (see {MARKER})"
        )
    return found


def kind_of(folder: Path) -> str | None:
    """What kind of result a folder holds; None for what is none that willing knows.

    Raises
    ------
    ResultsError
        It has no provenance, or that cannot be read.
    """
    kind = _read(folder).get("kind")
    return kind if isinstance(kind, str) and kind in HOLDS else None


def _read(folder: Path) -> dict[str, Any]:
    """What a provenance holds; nothing where it is no mapping.

    Raises
    ------
    ResultsError
    """
    file = folder / MARKER
    try:
        if not file.is_file():  # a pipe would be waited for
            raise FileNotFoundError
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError(f"{folder} is not a result: it has no {MARKER}") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise ResultsError(f"{file} cannot be read: {reason}") from error
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{file} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def check_files(folder: Path, files: dict[str, dict[str, Any]], verify: bool) -> None:
    """Refuse a folder with a file missing, cut short or, with `verify`, changed."""
    for name, expected in files.items():
        file = folder / name
        if not file.is_file():
            raise ResultsError(f"{folder} is damaged: {name} is missing")
        if file.stat().st_size != expected["bytes"]:
            raise ResultsError(
                f"{folder} is damaged: {name} has {file.stat().st_size:,} bytes, "
                f"not {expected['bytes']:,}"
            )
        if verify and fingerprint(file) != expected:
            raise ResultsError(f"{folder} is damaged: {name} was changed after it was written")


def _writer(versions: object) -> str:
    """Version of willing that wrote a result, as far as can be told."""
    found = versions.get("willing") if isinstance(versions, dict) else None
    return found if is_text(found) else "of an unknown version"


def problem_with(found: dict[str, Any], fields: Fields) -> str | None:
    """The first field that is not as it was written, and what is allowed there.

    Parameters
    ----------
    found : dict
        What a provenance holds.
    fields : mapping of name to a test of what the field holds, and that in words
    """
    for name, (holds, allowed) in fields.items():
        if name not in found:
            return f"{name} is missing"
        if not holds(found[name]):
            return f"{name}: {reprlib.repr(found[name])} must be {allowed}"
    return None


def _problem_with_files(found: dict[str, Any]) -> str | None:
    """A file too many or too few among those of an ensemble."""
    expected = DATA_FILES | (ROW_FILES if found["keep"] == "runs" else set())
    if set(found["files"]) != expected:
        names = reprlib.repr(sorted(found["files"]))
        return f"files: {names} must be {', '.join(sorted(expected))}"
    return None


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is text that can be written to a file again: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_fingerprint(value: object) -> bool:
    """Whether it has the form of what `fingerprint` gives."""
    return (
        isinstance(value, dict)
        and set(value) == {"bytes", "sha256"}
        and _is_whole(value["bytes"], 0, 2**63 - 1)
        and isinstance(value["sha256"], str)
        and re.fullmatch("[0-9a-f]{64}", value["sha256"]) is not None
    )


def _is_mapping_of(holds: Callable[[object], bool]) -> Callable[[object], bool]:
    """Test for a mapping whose values all pass a test."""
    return lambda value: isinstance(value, dict) and all(map(holds, value.values()))


COMMON_FIELDS: Fields = {
    "seed": (lambda value: _is_whole(value, 0, 2**64 - 1), "a whole number below 2**64"),
    "n_runs": (lambda value: _is_whole(value, 1, 2**63 - 1), "a whole number of at least 1"),
    "command": (is_text, "text"),
    "versions": (_is_mapping_of(is_text), "a mapping of names to text"),
    "files": (_is_mapping_of(_is_fingerprint), "a mapping of files to bytes and sha256"),
}
"""What each field holds that ensembles and comparisons have, as a test and in words."""

_FIELDS: Fields = {
    "scenario": (is_text, "text"),
    "digest": (is_text, "text"),
    "first_run": (lambda value: _is_whole(value, 0, 2**63 - 1), "a whole number below 2**63"),
    "engine": (is_text, "text"),
    "keep": (lambda value: value in ("runs", "summary"), "runs or summary"),
    **COMMON_FIELDS,
}
"""What each field of the provenance of an ensemble holds."""


def _as_python(ensemble: Ensemble) -> str:
    """Call that repeats the ensemble from inside its folder."""
    first = f", first_run={ensemble.first_run}" if ensemble.first_run else ""
    engine, _, nation_class = ensemble.engine.partition(":")
    subclass = f", nation_class={nation_class}" if nation_class else ""
    return (
        f"sim.run(sim.load_scenario('scenario.yaml'), runs={ensemble.n_runs}, "
        f"seed={ensemble.seed}, engine={engine!r}{subclass}, keep={ensemble.keep!r}{first})"
    )
