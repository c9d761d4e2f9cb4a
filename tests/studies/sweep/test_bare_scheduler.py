"""A Dask scheduler in whose environment there is no willing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.studies.cluster import ClusterError, run_on_cluster
from sim.studies.sweep.blocks import BlockWork
from tests.studies.sweep.made_up import study_of

PATIENCE = 60
SCHEDULER = """
import sys

sys.modules["sim"] = None  # what an import of it fails on
from distributed.cli.dask_scheduler import main

main(["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
      "--scheduler-file", sys.argv[1]])
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where such a scheduler answers."""
    file = tmp_path / "scheduler.json"
    command = [sys.executable, "-c", SCHEDULER, str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _address_in(file, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address_in(file: Path, process: subprocess.Popen[bytes]) -> str:
    """The address that a scheduler writes into a file once it answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):  # not there, or not whole yet
            time.sleep(0.05)
    raise TimeoutError


def test_a_scheduler_that_has_no_willing_is_named_as_the_reason(address: str) -> None:
    study = study_of({"conditions.condition_0.level": [0.2, 0.5]}, runs=5)
    with pytest.raises(ClusterError, match="the Dask scheduler cannot import willing: "):
        list(run_on_cluster(BlockWork(study), [0], address))
