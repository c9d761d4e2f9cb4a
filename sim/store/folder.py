"""A folder or file that is whole or absent: written under another name, then renamed into place."""

from __future__ import annotations

import errno
import json
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from sim.store.files import fingerprint, is_fingerprint, opened, text_of
from sim.store.kinds import KINDS, Kind, kind_named
from sim.store.unfinished import (
    REPLACED,
    beside,
    exchange,
    held,
    is_unfinished,
    new_beside,
    remove,
    remove_abandoned,
)

MARKER = "provenance.json"
"""Written last. A folder without it is no result."""

PARTS = "parts"
"""The folder of parts in a result that is written part by part."""

FIGURES, FIGURE_SUFFIXES = "figures", (".png", ".svg", ".pdf")
"""The folder of figures in a result. Any file in it with one of these suffixes is a figure."""

REPORT = "report.html"
"""The page of a result in its folder, by `willing report`; like a figure, no file of the result."""

REPORT_OPENING = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    b'<meta name="generator" content="willing '
)
"""How such a page begins, up to the version of willing."""

TABLE_SUFFIX = ".parquet"
"""Of files that nobody edits. Others of a result are texts."""

_WRONG_PATHS = {
    errno.ENOENT: "nothing can be made in that place",
    errno.ENOTDIR: "the folder it should be in is a file",
    errno.EEXIST: "something else is there",
    errno.EISDIR: "it is a folder, not a file",
    errno.ELOOP: "its symbolic links go round in a circle",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EINVAL: "no file can have that name",
}
"""Errors of the system that another path would put right, in plain words."""


class ResultsError(ValueError):
    """A result folder cannot be written or read; the message says which and why."""


class LeftBehind(UserWarning):
    """A replaced result could not be removed; the message says where it is."""


def check_free(folder: str | Path, overwrite: bool = False, kind: Kind | None = None) -> Path:
    """Path of a result folder that may be written; refuse one that is taken or not to be replaced.

    An empty folder is free.

    Parameters
    ----------
    folder : str or Path
    overwrite : bool
        Allow an earlier result there. Anything else is never replaced: a folder without a
        provenance file of ours, one with files that the provenance does not list and that are no
        figures, one with a text that was edited, the working folder or the home folder.
    kind : Kind, optional
        Kind of the new result: it replaces only a result of the same kind.

    Raises
    ------
    ResultsError
    OSError
        The system does not let it be looked at.
    """
    target = absolute(folder)
    if not target.name:
        raise ResultsError(f"{folder} cannot be a result folder")
    if is_unfinished(target):
        raise ResultsError(f"{folder} is a name kept for unfinished results")
    with _naming(folder):
        _check_above(folder, target)
        if not target.exists():
            return target
        if not target.is_dir():
            raise ResultsError(f"{folder} is a file, not a folder")
        _check_movable(folder, target)
        if any(target.iterdir()):
            # First: nobody is told to overwrite what is never replaced.
            _check_ours(folder, target, kind)
            if not overwrite:
                raise ResultsError(
                    f"{folder} is there already; choose another folder or overwrite it (--force)"
                )
    return target


def _check_ours(folder: str | Path, target: Path, kind: Kind | None) -> None:
    """Refuse a folder that is no result, one of another kind, or one with files of the user's."""
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(text_of(target / MARKER))
    found = found if isinstance(found, dict) else {}
    there, noun = kind_named(found.get("kind")), "result" if kind is None else kind.noun
    if there is None:
        begun = unfinished_kind(target)
        if begun is not None:
            raise ResultsError(
                f"{folder} holds {begun.written} that is not finished, which no {noun} replaces; "
                "choose another folder"
            )
        raise ResultsError(
            f"{folder} is not a result of willing and is not overwritten; choose another folder"
        )
    if kind is not None and there != kind:
        raise ResultsError(
            f"{folder} holds {there.written}, which no {noun} replaces; choose another folder"
        )
    listed = found.get("files")
    listed = listed if isinstance(listed, dict) else {}
    foreign = foreign_files(target, {MARKER, *listed})
    if foreign:
        raise ResultsError(
            f"{folder} is not overwritten: move away what is no part of a result: "
            + ", ".join(foreign)
        )
    edited = edited_texts(target, listed)
    if edited:
        raise ResultsError(
            f"{folder} is not overwritten: {', '.join(edited)} was edited after it was written; "
            "move it away, or choose another folder"
        )


def edited_texts(place: Path, listed: dict[str, Any]) -> list[str]:
    """Names of the files of a result, but for tables, that are unlike their checksum."""
    found = []
    for name, written in listed.items():
        file = place / name
        if file.suffix != TABLE_SUFFIX and is_fingerprint(written) and file.is_file():
            found += [] if fingerprint(file) == written else [name]
    return found


def unfinished_kind(place: Path) -> Kind | None:
    """Kind of the result in parts that was begun in a folder and is not finished, if any."""
    if (place / MARKER).is_file() or not (place / PARTS).is_dir():
        return None
    plans = {kind.plan: kind for kind in KINDS if kind.plan is not None}
    return next((kind for plan, kind in plans.items() if (place / plan).is_file()), None)


def foreign_files(place: Path, own: Iterable[str]) -> list[str]:
    """Names of files in a folder that are neither its own, nor figures, a page, or unfinished.

    Parameters
    ----------
    place : Path
    own : iterable of str
        Names of the files of the result.

    Raises
    ------
    OSError
        The system does not let a folder in it be looked at.
    """
    named = set(own)
    if (place / FIGURES).is_dir():
        named.add(FIGURES)  # a link: what it leads to is not removed with it
    if is_report(place / REPORT):
        named.add(REPORT)
    for file in (place / FIGURES).glob("[!.]*"):
        if file.suffix in FIGURE_SUFFIXES and file.is_file():
            named.add(f"{FIGURES}/{file.name}")
    return [name for name in files_in(place) if name not in named and not is_unfinished(Path(name))]


def is_report(file: Path) -> bool:
    """True if a file begins as a page of `willing report` does."""
    try:
        with opened(file) as stream:
            return stream.read(len(REPORT_OPENING)) == REPORT_OPENING
    except OSError:
        return False


def files_in(place: Path) -> list[str]:
    """Relative paths, with slashes, of the files and linked folders in a folder and below it.

    Raises
    ------
    OSError
        The system does not let a folder be looked at.
    """

    def fail(error: OSError) -> NoReturn:
        raise error

    found = []
    for above, folders, files in os.walk(place, onerror=fail):
        links = (name for name in folders if Path(above, name).is_symlink())
        found += [Path(above, name).relative_to(place).as_posix() for name in (*files, *links)]
    return sorted(found)


@contextmanager
def atomic_folder(
    folder: str | Path, overwrite: bool = False, kind: Kind | None = None
) -> Iterator[Path]:
    """Empty folder to write in, which takes the name `folder` if the block ends without error.

    It lies beside `folder` under a name that `is_unfinished`. What was written is flushed to disk
    before the renaming. An error or an interruption removes it and leaves an earlier result at
    `folder` as it was.

    Raises
    ------
    ResultsError
        `folder` is taken (see `check_free`), or no folder can have that path.
    OSError
        The disk is full, read-only or failed.
    """
    target = absolute(folder)
    if target.name:
        remove_abandoned(target)
    check_free(folder, overwrite, kind)
    with ExitStack() as stack:
        stack.enter_context(leaving_none_empty(target.parent))
        with _naming(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            part = stack.enter_context(new_beside(target))
        yield part
        _flush(part)
        check_free(folder, overwrite, kind)
        _put_in_place(part, target)


def write_atomically(file: str | Path, text: str) -> None:
    """Write a text file that takes its name once it is whole; an earlier one stays until then.

    A device or a pipe, which cannot be replaced, is written to as it is.

    Raises
    ------
    ResultsError
        No file can have that path.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    place = expanded(file)
    with _naming(file):
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8")
            return
        target = absolute(file)
        _check_above(file, target)
        if not target.parent.is_dir():
            raise ResultsError(f"cannot write {file}: there is no folder {target.parent}")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        remove_abandoned(target, target.suffix)
        with atomic_file(target) as part:
            part.write_text(text, encoding="utf-8")
        with suppress(OSError):  # it is written
            _flush_folder(target.parent)


def ensure_folder(folder: str | Path) -> Path:
    """Folder of that path, created if it is missing.

    Raises
    ------
    ResultsError
        No folder can have that path.
    OSError
        The disk is full, read-only or failed.
    """
    target = absolute(folder)
    with _naming(folder):
        _check_above(folder, target)
        if target.exists() and not target.is_dir():
            raise ResultsError(f"{folder} is a file, not a folder")
        target.mkdir(parents=True, exist_ok=True)
    return target


@contextmanager
def leaving_none_empty(folder: Path) -> Iterator[None]:
    """Block that may make a folder, which is removed at its end if nothing was put into it.

    So are folders above it that were made for it. What was there before stays.
    """
    target = absolute(folder)
    with _naming(folder):
        made = [place for place in (target, *target.parents) if not place.exists()]
    try:
        yield
    finally:
        with suppress(OSError):  # the first that is not empty, or not there
            for place in made:
                place.rmdir()


def own_folder(place: Path) -> Path:
    """Folder inside a result, created if it is missing.

    Raises
    ------
    ResultsError
        It is a link: what is written there, or removed, would be somebody else's.
    OSError
        The disk is full, read-only or failed.
    """
    if place.is_symlink():
        raise ResultsError(f"{place} is a link, and nothing is written where it leads; remove it")
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def atomic_file(file: Path) -> Iterator[Path]:
    """File to write, of the same suffix, which takes the name `file` if the block ends well.

    Raises
    ------
    ResultsError
        No file can have that path.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    with _naming(file), new_beside(file, file.suffix) as part:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(file)


@contextmanager
def reading(folder: str | Path) -> Iterator[None]:
    """Block that reads a folder; errors in it become a `ResultsError` that names the folder.

    Raises
    ------
    ResultsError
    """
    try:
        yield
    except ResultsError:
        raise
    except OSError as error:
        if error.errno is None:
            raise ResultsError(f"{folder} is damaged: {error}") from error
        file = error.filename or folder
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ResultsError(f"{folder} is damaged: {error}") from error


def absolute(path: str | Path) -> Path:
    """The path from the root on, with ``~`` and symbolic links followed.

    Raises
    ------
    ResultsError
        It cannot be followed.
    """
    place = expanded(path)
    with _naming(path):
        try:
            target = place.resolve()
        except RuntimeError:  # before Python 3.13; since then a link is left in the path
            target = place
        if any(above.is_symlink() for above in (target, *target.parents)):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return target


def expanded(path: str | Path) -> Path:
    """The path with ``~`` replaced by the home folder.

    Raises
    ------
    ResultsError
        There is no such home folder, or no path can be written so.
    """
    if "\0" in str(path):
        raise ResultsError(f"{str(path)!r}: {_WRONG_PATHS[errno.EINVAL]}")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        home = Path(path).parts[0]
        raise ResultsError(
            f"{path}: there is no home folder {home}; write ./{home} for a folder of that name"
        ) from error


def _check_movable(folder: str | Path, target: Path) -> None:
    """Refuse a folder that cannot or must not be renamed, before its replacement is written."""
    for name, place in (("working", Path.cwd), ("home", Path.home)):
        with suppress(OSError, RuntimeError):  # there is none
            used = place().resolve()
            if target in (used, *used.parents):
                raise ResultsError(
                    f"{folder} is the {name} folder, or holds it, and is not replaced; choose a "
                    "folder in it"
                )
    if os.path.ismount(target):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
    above = target.parent.stat()
    # In a folder such as /tmp only root, its owner and the owner of the target may rename it.
    owners = (0, above.st_uid, target.stat().st_uid)
    if above.st_mode & stat.S_ISVTX and os.geteuid() not in owners:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _check_above(path: str | Path, target: Path) -> None:
    """Refuse a path that goes through a file, or that the system does not let be looked at."""
    above = next(parent for parent in target.parents if parent.exists())
    if not above.is_dir():
        raise ResultsError(f"cannot write {path}: {above} is a file, not a folder")
    with suppress(FileNotFoundError):
        target.stat()  # from Python 3.14 on, `exists` raises nothing


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """Block whose `OSError` names the path asked for; a `ResultsError` if another path would do."""
    try:
        yield
    except OSError as error:
        reason = _WRONG_PATHS.get(error.errno or 0)
        if reason is not None:
            raise ResultsError(f"cannot write {path}: {reason}") from error
        raise OSError(error.errno, error.strerror, str(path)) from error


def _put_in_place(part: Path, target: Path) -> None:
    """Rename, or exchange with an earlier result, which is then removed.

    Where the system cannot exchange in one step, the earlier one is moved aside first, and back
    again if that fails; `remove_abandoned` puts it back if the process is killed in between.
    """
    if not target.exists():
        part.rename(target)
        old = None
    elif exchange(part, target):
        old = beside(target, REPLACED)
        try:
            part.rename(old)
        except OSError:  # the result is in its place
            old = part
    else:
        old = beside(target, REPLACED)
        with held(target):
            try:
                target.rename(old)
                part.rename(target)
            finally:  # an interruption may come between the two
                if not target.exists():
                    old.rename(target)
    with suppress(OSError):  # the result is in its place
        _flush_folder(target.parent)
    if old is not None:
        _throw_away(old)


def _throw_away(old: Path) -> None:
    """Remove a replaced result; warn if some of it is left."""
    remove(old)
    if old.exists():
        warnings.warn(
            f"the earlier result was replaced, but could not be removed: it is in {old}",
            LeftBehind,
            stacklevel=2,
        )


def _flush(folder: Path) -> None:
    """Flush every file and folder in a folder to disk."""
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
