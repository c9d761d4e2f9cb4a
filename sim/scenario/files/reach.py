"""Which files may be read while a scenario of somebody else's is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from sim.scenario.files.errors import Problem, ScenarioError

_FOLDERS: ContextVar[tuple[Path, ...] | None] = ContextVar("folders", default=None)
"""Folders from which files may be read; None for all. It is a variable of the context and no
argument, so that no reader of files can be forgotten: all of them ask `is_in_reach`."""


@contextmanager
def reading_within(
    folder: str | os.PathLike[str] | None, *more: str | os.PathLike[str]
) -> Iterator[None]:
    """Context in which files are read only from a folder, and from some more; None for no limit.

    Raises
    ------
    ScenarioError
        There is no such folder.
    """
    if folder is None:
        yield
        return
    if not os.path.isdir(folder):  # noqa: PTH112 (a path with a zero byte is no folder either)
        raise ScenarioError([Problem(os.fspath(folder), None, "", "is no folder to read within")])
    before = _FOLDERS.get()
    allowed = tuple(Path(each).resolve() for each in (folder, *more))
    if before is not None:  # a context inside another one reaches no further
        allowed = tuple(each for each in allowed if _is_below(each, before))
    token = _FOLDERS.set(allowed)
    try:
        yield
    finally:
        _FOLDERS.reset(token)


def is_in_reach(path: str) -> bool:
    """True if a file may be read. Links are followed first, so that none leads out."""
    folders = _FOLDERS.get()
    if folders is None:
        return True
    try:
        return _is_below(Path(path).resolve(), folders)
    except (OSError, RuntimeError, ValueError):  # a circle of links, a path that is none
        return False


def _is_below(place: Path, folders: tuple[Path, ...]) -> bool:
    return any(place.is_relative_to(folder) for folder in folders)
