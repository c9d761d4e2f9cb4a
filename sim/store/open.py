"""Result folders of any kind, opened by the kind in their provenance."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from sim.store.folder import MARKER, ResultsError, expanded, unfinished_kind
from sim.store.kinds import RESULT, Kind, kind_named
from sim.store.manifest import found_folder, read_json


def open_result(folder: str | Path) -> Any:
    """The result that a folder holds, value for value as it was saved.

    Returns
    -------
    Ensemble, Comparison, Sweep, ..., by the kind of the folder

    Raises
    ------
    ResultsError
        There is no such folder, it holds no result that can be opened, or it is damaged.
    """
    # Where there is no folder, opening it as an ensemble raises the error.
    kind = kind_in(folder) if found_folder(folder).is_dir() else RESULT
    if kind is None:
        raise ResultsError(f"{folder} is not a result of willing: see kind in its {MARKER}")
    if kind.opened_by is None:
        raise ResultsError(f"{folder} holds {kind.holds}")
    module, function = kind.opened_by.split(":")
    return getattr(import_module(module), function)(folder)


def kind_in(folder: str | Path) -> Kind | None:
    """Kind of the result in a folder, finished or not; None if it is no kind of ours.

    Raises
    ------
    ResultsError
        It has no provenance, or that cannot be read.
    """
    place = expanded(folder)
    return unfinished_kind(place) or kind_named(read_json(place).get("kind"))
