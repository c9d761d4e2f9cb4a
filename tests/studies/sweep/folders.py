"""Small sweeps in folders, and all that lies in those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.made_up import study_of

Bytes = dict[str, bytes]
VARY = {"conditions.condition_0.level": [0.2, 0.4, 0.6], "events.0": ["present", "absent"]}
PARTS = [f"parts/part-00000{number}.parquet" for number in range(3)]
RUNS = [f"runs/part-00000{number}.parquet" for number in range(3)]
OTHERS = [".lock", "provenance.json", "scenario.yaml", "study.yaml"]


def bytes_in(folder: Path) -> Bytes:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def run_into(folder: Path, overwrite: bool = False, **keys: Any) -> Bytes:
    sweep(study_of(VARY, **keys), out=folder, workers=1, overwrite=overwrite)
    return bytes_in(folder)


class StopError(Exception):
    """The sweep is stopped from within."""


def stopped_after(n_points: int, folder: Path, **keys: Any) -> None:
    """Begin a sweep and stop it when so many points are done."""

    def progress(done: int, _: int) -> None:
        if done == n_points:
            raise StopError

    with pytest.raises(StopError):
        sweep(study_of(VARY, **keys), out=folder, workers=2, progress=progress)
