"""Names under which results are written or thrown away, and what killed processes left there.

Whoever writes under such a name holds a lock on it, which the system releases when the process
ends, however it ends. What nobody holds is abandoned: whoever comes to the same place next removes
it.
"""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl

    KNOWS_OTHERS = True
except ImportError:  # Windows; there nothing is known of other processes, and nothing is removed
    KNOWS_OTHERS = False

UNFINISHED, REPLACED = ".part-", ".old-"

_MOST_OF_A_NAME = 50
"""Letters of a name that an unfinished one repeats, so that it is not too long for the disk."""

_AT_WORKING_FOLDER, _EXCHANGE, _SWAP = -100, 2, 2
"""Of renameat2 on Linux, and of renamex_np on macOS."""


def is_unfinished(folder: Path) -> bool:
    """True if the name is one under which results are being written or thrown away.

    Examples
    --------
    >>> is_unfinished(Path("results/.paris_2025.part-1f0a"))
    True
    """
    name = folder.name
    return name.startswith(".") and (UNFINISHED in name or REPLACED in name)


def beside(target: Path, mark: str, suffix: str = "") -> Path:
    """A new name in the folder of a target, with a mark in it."""
    stem = target.name.removesuffix(suffix)
    return target.with_name(
        f".{stem[:_MOST_OF_A_NAME]}{mark}{secrets.token_hex(4)}{suffix[:_MOST_OF_A_NAME]}"
    )


@contextmanager
def new_beside(target: Path, suffix: str | None = None) -> Iterator[Path]:
    """Block that has a new unfinished folder, or with a suffix a file, which nobody else removes.

    Whatever has its name when the block ends is removed.
    """
    while True:
        part = beside(target, UNFINISHED, suffix or "")
        if suffix is None:
            part.mkdir()
        else:
            part.touch(exist_ok=False)
        try:
            with held(part):
                if part.exists():  # else it was removed before it was held
                    yield part
                    return
        finally:
            remove(part)


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Block in which other processes see that a file or folder is in use, under whatever name."""
    if not KNOWS_OTHERS:
        yield
        return
    try:
        handle = os.open(place, os.O_RDONLY)
    except OSError:  # it is gone, or may not be read
        yield
        return
    try:
        with suppress(OSError):  # a disk without locks: nobody removes anything there
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_abandoned(target: Path, suffix: str | None = None) -> None:
    """Remove what killed processes left of a folder or, with a suffix, of a file of that name.

    If a process was killed after it had moved an earlier result aside and before another was in
    its place, the earlier one is put back.
    """
    if not KNOWS_OTHERS:
        return
    ending = suffix or ""
    stem = target.name.removesuffix(ending)
    marks = f"{re.escape(UNFINISHED)}|{re.escape(REPLACED)}"
    named = re.compile(
        rf"\.{re.escape(stem[:_MOST_OF_A_NAME])}({marks})[0-9a-f]{{8}}"
        rf"{re.escape(ending[:_MOST_OF_A_NAME])}"
    )
    try:
        with os.scandir(target.parent) as entries:
            found = sorted(entry.name for entry in entries if named.fullmatch(entry.name))
    except OSError:  # a folder that may be written to, and not be listed
        return
    for name in found:
        place = target.with_name(name)
        with suppress(OSError), _abandoned(place, is_folder=suffix is None):
            is_whole_name = len(stem) <= _MOST_OF_A_NAME
            if REPLACED in name and is_whole_name and not os.path.lexists(target):
                place.rename(target)
            else:
                remove(place)


def remove_if_abandoned(file: Path) -> None:
    """Remove an unfinished file, unless somebody still writes it."""
    with suppress(OSError), _abandoned(file, is_folder=False):
        file.unlink()


@contextmanager
def _abandoned(place: Path, is_folder: bool) -> Iterator[None]:
    """Block that holds what nobody else holds; OSError if somebody does or it is something else."""
    if not KNOWS_OTHERS:
        raise OSError
    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        mode = os.fstat(handle).st_mode
        if not (stat.S_ISDIR(mode) if is_folder else stat.S_ISREG(mode)):
            raise OSError
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def remove(place: Path) -> None:
    """Remove a folder, even a read-only one, or a file, as far as the system lets it."""
    if place.is_dir() and not place.is_symlink():
        for folder in (place, *(item for item in place.glob("*") if item.is_dir())):
            if not folder.is_symlink():  # what a link leads to is not ours
                with suppress(OSError):
                    folder.chmod(0o700)
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink(missing_ok=True)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False, with nothing done, where the system cannot."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None)
        if hasattr(library, "renameat2"):
            here = _AT_WORKING_FOLDER
            return bool(library.renameat2(here, names[0], here, names[1], _EXCHANGE) == 0)
        if hasattr(library, "renamex_np"):
            return bool(library.renamex_np(*names, _SWAP) == 0)
    except (OSError, TypeError):  # Windows
        pass
    return False
