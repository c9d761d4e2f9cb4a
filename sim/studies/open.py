"""Whatever a folder holds, opened by the kind in its provenance."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from sim.store.folder import MARKER, ResultsError, expanded
from sim.store.manifest import COMPARISON_KIND, HOLDS, KIND, SWEEP_KIND, kind_of

STUDY_FILE, PARTS = "study.yaml", "parts"

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.studies.compare.comparison import Comparison
    from sim.studies.sweep.result import Sweep

OPENED_BY = MappingProxyType(
    {
        KIND: ("sim.store.ensembles", "load_results"),
        COMPARISON_KIND: ("sim.studies.compare.stored", "load_comparison"),
        SWEEP_KIND: ("sim.studies.sweep.sweep", "load_sweep"),
    }
)
"""Module and function that open a folder of each kind."""


def opened(folder: str | Path) -> Ensemble | Comparison | Sweep:
    """The result that a folder holds, value for value as it was saved.

    Raises
    ------
    ResultsError
        There is no such folder, it holds no result that can be opened, or it is damaged.
    """
    kind = kind_in(folder) if expanded(folder).is_dir() else KIND  # its door says what is wrong
    if kind is None:
        raise ResultsError(f"{folder} is not a result of willing: see kind in its {MARKER}")
    if kind not in OPENED_BY:
        raise ResultsError(f"{folder} holds {HOLDS[kind]}")
    module, name = OPENED_BY[kind]
    return cast("Ensemble | Comparison | Sweep", getattr(import_module(module), name)(folder))


def kind_in(folder: str | Path) -> str | None:
    """What kind of result a folder holds; also of a sweep that is not finished.

    None for what is none that willing knows.

    Raises
    ------
    ResultsError
        It has no provenance, or that cannot be read.
    """
    place = expanded(folder)
    if not (place / MARKER).is_file() and is_sweep(place):
        return SWEEP_KIND
    return kind_of(place)


def is_sweep(place: Path) -> bool:
    """Whether a folder is laid out as a sweep's, finished or not."""
    return (place / STUDY_FILE).is_file() and (place / PARTS).is_dir()
