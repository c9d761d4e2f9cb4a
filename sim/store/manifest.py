"""The provenance of a result: what it takes to make it again, and a checksum of each file.

It is written last, so that a folder without it is no whole result. There is no host, user, path or
time in it: the same command under the same versions writes the same provenance.
"""

from __future__ import annotations

import json
import os
import platform
import reprlib
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeGuard

from sim._version import __version__
from sim.store.code import code_digest
from sim.store.files import fingerprint, is_fingerprint, text_of
from sim.store.folder import MARKER, ResultsError, expanded
from sim.store.kinds import Kind, kind_named
from sim.store.unfinished import is_unfinished, remove_abandoned

PACKAGES = ("numpy", "numba", "mesa", "pyarrow")

Fields = dict[str, tuple[Callable[[object], bool], str]]
"""What each field of a provenance holds, as a test and in words."""


def manifest_text(
    folder: Path, kind: Kind, fields: dict[str, Any], files: dict[str, Any] | None = None
) -> str:
    """The provenance of a folder with all its files, as JSON.

    Parameters
    ----------
    folder : Path
    kind : Kind
    fields : dict
        What made the result, in words and numbers of its kind.
    files : dict, optional
        Fingerprints of the files of the result by name; by default of those that lie in the folder
        itself.
    """
    if files is None:
        files = {file.name: fingerprint(file) for file in folder.glob("*.*")}
    found = {
        "kind": kind.name,
        "schema": kind.layout,
        **fields,
        "versions": versions(kind.packages),
        "files": {name: files[name] for name in sorted(files, key=Path)},
    }
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_manifest(folder: Path, kind: Kind, fields: dict[str, Any]) -> None:
    """Write the provenance into a folder that has all its files."""
    (folder / MARKER).write_text(manifest_text(folder, kind, fields), encoding="utf-8")


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """Versions of willing, Python and the packages that results depend on; the code's digest."""
    found = {
        "willing": __version__,
        "code": code_digest(),
        "python": platform.python_version(),
    }
    for name in (*PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def read_manifest(
    folder: str | Path,
    kind: Kind,
    fields: Fields,
    files: Callable[[dict[str, Any]], Iterable[str]] | None = None,
) -> tuple[Path, dict[str, Any]]:
    """A result folder of one kind and its provenance, checked field by field.

    Parameters
    ----------
    folder : str or Path
    kind : Kind
    fields : Fields
        What must be in it beside the fields of every kind.
    files : callable of the provenance, optional
        Names of the files that it must list.

    Raises
    ------
    ResultsError
        There is no such folder, it is not whole, it is of another kind or layout, or a field is
        not as it was written.
    """
    place = found_folder(folder)
    if not place.is_dir():
        raise ResultsError(f"{folder} is not a folder" if place.exists() else f"no folder {folder}")
    if is_unfinished(place.resolve()):
        raise ResultsError(f"{folder} is an unfinished result")
    found = read_json(place)
    there = kind_named(found.get("kind"))
    if there is None:
        raise ResultsError(f"{folder} is not a result of willing: see kind in its {MARKER}")
    if there != kind:
        raise ResultsError(f"{folder} holds {there.holds}")
    if not is_whole(found.get("schema"), 1, kind.layout):
        layouts = "layout 1" if kind.layout == 1 else f"layouts 1 to {kind.layout}"
        written_under = found.get("versions")
        writer = written_under.get("willing") if isinstance(written_under, dict) else None
        raise ResultsError(
            f"{folder} holds results of layout {reprlib.repr(found.get('schema'))}, and this "
            f"version of willing reads {layouts}; it was written by willing "
            f"{writer if is_text(writer) else 'of an unknown version'} (see {MARKER})"
        )
    problem = _problem_with(found, {**fields, **COMMON_FIELDS})
    if problem is None and files is not None:
        listed, expected = sorted(found["files"]), list(files(found))
        if listed != sorted(expected):
            problem = f"files: {reprlib.repr(listed)} must be {', '.join(expected)}"
    if problem:
        raise ResultsError(f"{place / MARKER} is damaged: {problem}")
    return place, found


def found_folder(folder: str | Path) -> Path:
    """The path of a result; if it was moved aside by a process that was killed, it is put back."""
    place = expanded(folder)
    if place.name and not os.path.lexists(place):
        remove_abandoned(place)
    return place


def read_json(place: Path) -> dict[str, Any]:
    """What the provenance of a folder says, unchecked; nothing where it is no mapping.

    Raises
    ------
    ResultsError
        The folder has none, or it cannot be read.
    """
    file = place / MARKER
    try:
        found = json.loads(text_of(file))
    except (FileNotFoundError, NotADirectoryError):
        raise ResultsError(f"{place} is not a result: it has no {MARKER}") from None
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{file} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def check_files(folder: Path, files: dict[str, dict[str, Any]], verify: bool = True) -> None:
    """Refuse a folder with a file missing, cut short or, with `verify`, changed."""
    for name, expected in files.items():
        file = folder / name
        if not file.is_file():
            how = "no regular file" if os.path.lexists(file) else "missing"
            raise ResultsError(f"{folder} is damaged: {name} is {how}")
        if file.stat().st_size != expected["bytes"]:
            raise ResultsError(
                f"{folder} is damaged: {name} has {file.stat().st_size:,} bytes, "
                f"not {expected['bytes']:,}"
            )
        if verify and fingerprint(file) != expected:
            raise ResultsError(f"{folder} is damaged: {name} was changed after it was written")


def _problem_with(found: dict[str, Any], fields: Fields) -> str | None:
    """The first field that is not as it was written, and what is allowed there."""
    for name, (holds, allowed) in fields.items():
        if name not in found:
            return f"{name} is missing"
        if not holds(found[name]):
            return f"{name}: {reprlib.repr(found[name])} must be {allowed}"
    return None


def is_text(value: object) -> TypeGuard[str]:
    """True if it is text that can be written to a file again: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def is_whole(value: object, least: int, most: int) -> bool:
    """True if it is a whole number within bounds."""
    return type(value) is int and least <= value <= most


def is_real(value: object) -> bool:
    """True if it is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_list_of_texts(keys: Iterable[str], least: int = 1) -> Callable[[object], bool]:
    """Test for a list of so many mappings or more, each of these keys to texts."""
    wanted = set(keys)
    return lambda value: (
        isinstance(value, list)
        and len(value) >= least
        and all(isinstance(each, dict) and set(each) == wanted for each in value)
        and all(is_text(text) for each in value for text in each.values())
    )


def _is_mapping_of(holds: Callable[[object], bool]) -> Callable[[object], bool]:
    """Test for a mapping whose values all pass a test."""
    return lambda value: isinstance(value, dict) and all(map(holds, value.values()))


COMMON_FIELDS = MappingProxyType[str, tuple[Callable[[object], bool], str]](
    {
        "seed": (lambda value: is_whole(value, 0, 2**64 - 1), "a whole number below 2**64"),
        "command": (is_text, "text"),
        "versions": (_is_mapping_of(is_text), "a mapping of names to text"),
        "files": (_is_mapping_of(is_fingerprint), "a mapping of files to bytes and sha256"),
    }
)
"""Fields that are in the provenance of every kind."""

NUMBER = (is_real, "a number")

HISTORIES = (
    is_list_of_texts(("name", "title", "digest", "record")),
    "a list of name, title, digest and record",
)
"""Past coalitions that a result is about, in the field of its scenarios."""

N_RUNS: Fields = {
    "n_runs": (lambda value: is_whole(value, 1, 2**63 - 1), "a whole number of at least 1")
}
