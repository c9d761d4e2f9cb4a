"""Where a result came from: what it takes to make it again, and nothing about the machine."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.results.folder import MARKER, ResultsError

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

KIND = "willing.result"
SCHEMA = 1
"""Version of the layout of a result folder."""

PACKAGES = ("numpy", "numba", "mesa", "pyarrow")


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
        The folder has none, it cannot be read, or its layout is of another version.
    """
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultsError(f"{folder} is not a result: it has no {MARKER}") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{folder / MARKER} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise ResultsError(f"{folder} is not a result of willing: see kind in its {MARKER}")
    if found.get("schema") != SCHEMA:
        raise ResultsError(
            f"{folder} holds results of layout {found.get('schema')}, and this version of willing "
            f"reads layout {SCHEMA}; it was written by willing "
            f"{found.get('versions', {}).get('willing', 'of an unknown version')}"
        )
    return found


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


def _as_python(ensemble: Ensemble) -> str:
    """Call that repeats the ensemble from inside its folder."""
    first = f", first_run={ensemble.first_run}" if ensemble.first_run else ""
    engine, _, nation_class = ensemble.engine.partition(":")
    subclass = f", nation_class={nation_class}" if nation_class else ""
    return (
        f"sim.run(sim.load_scenario('scenario.yaml'), runs={ensemble.n_runs}, "
        f"seed={ensemble.seed}, engine={engine!r}{subclass}, keep={ensemble.keep!r}{first})"
    )
