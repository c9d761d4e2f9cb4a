"""A folder that is whole or absent: written under another name, then renamed into place."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARKER = "provenance.json"
"""Written last. A folder without it is no result."""

RESULT_FILES = {
    "scenario.yaml",
    "runs.parquet",
    "nations.parquet",
    "days.parquet",
    "stages.parquet",
    "figures",
    MARKER,
}
FIGURE_NAMES = {"fan_chart", "nations_by_day"}
"""Figures that are drawn into a result folder, without their suffixes."""

_UNFINISHED = ".part-"
_REPLACED = ".old-"


class ResultsError(ValueError):
    """A result folder cannot be written or read; the message says which and why."""


def is_unfinished(folder: Path) -> bool:
    """Whether the name is one under which results are being written or thrown away.

    Examples
    --------
    >>> is_unfinished(Path("results/.paris_2025.part-1f0a"))
    True
    """
    name = folder.name
    return name.startswith(".") and (_UNFINISHED in name or _REPLACED in name)


def check_free(folder: str | Path, overwrite: bool = False) -> None:
    """Refuse a folder that is taken, or that may not be replaced.

    Parameters
    ----------
    folder : str or Path
    overwrite : bool
        Allow an earlier result there. Anything else is never replaced: a folder without a
        provenance file, or one that holds files that are no part of a result.

    Raises
    ------
    ResultsError
    """
    target = _resolved(folder)
    if not target.exists():
        return
    if not target.is_dir():
        raise ResultsError(f"{folder} is a file, not a folder")
    if not overwrite:
        raise ResultsError(
            f"{folder} is there already; choose another folder or overwrite it (--force)"
        )
    _check_replaceable(folder, target)


@contextmanager
def whole_folder(folder: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """Empty folder to write in, which takes the name `folder` if the block ends without error.

    It lies beside `folder` under a name that `is_unfinished`. What was written is flushed to disk
    before the renaming. An error or an interruption removes it and leaves an earlier result at
    `folder` as it was.

    Raises
    ------
    ResultsError
        `folder` is taken (see `check_free`), or cannot be made.
    """
    check_free(folder, overwrite)
    target = _resolved(folder)
    part = _beside(target, _UNFINISHED)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except OSError as error:
        raise ResultsError(f"cannot write {folder}: {error.strerror or error}") from error
    try:
        yield part
        _flush(part)
        check_free(folder, overwrite)
        _put_in_place(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _resolved(folder: str | Path) -> Path:
    target = Path(folder).expanduser().resolve()
    if not target.name:
        raise ResultsError(f"{folder} cannot be a result folder")
    if is_unfinished(target):
        raise ResultsError(f"{folder} is a name kept for unfinished results")
    return target


def _check_replaceable(folder: str | Path, target: Path) -> None:
    found = {item.name for item in target.iterdir()}
    if found and not (target / MARKER).is_file():
        raise ResultsError(f"{folder} is not a result of willing and is not overwritten")
    drawn = {f"figures/{item.name}": item.stem for item in target.glob("figures/*")}
    foreign = sorted(found - RESULT_FILES)
    foreign += sorted(name for name, stem in drawn.items() if stem not in FIGURE_NAMES)
    if foreign:
        raise ResultsError(
            f"{folder} is not overwritten: move away what is no part of a result: "
            + ", ".join(foreign)
        )


def _beside(target: Path, mark: str) -> Path:
    return target.with_name(f".{target.name}{mark}{secrets.token_hex(4)}")


def _put_in_place(part: Path, target: Path) -> None:
    """Rename, with an earlier result out of the way first and back again if that fails."""
    if not target.exists():
        part.rename(target)
    else:
        old = _beside(target, _REPLACED)
        target.rename(old)
        try:
            part.rename(target)
        except BaseException:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    _flush_folder(target.parent)


def _flush(folder: Path) -> None:
    """Have the operating system put every file of a folder on disk."""
    for item in sorted(folder.rglob("*")):
        if item.is_file():
            with item.open("rb+") as file:
                os.fsync(file.fileno())
    for item in (folder, *(item for item in folder.rglob("*") if item.is_dir())):
        _flush_folder(item)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
