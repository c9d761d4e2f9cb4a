"""Ctrl-C and SIGTERM: nothing is left behind, and nobody sees a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ENGINE = """
import ctypes, os, signal, sys, time
from types import ModuleType

{run}

door, compiled = ModuleType("sim.engines.run"), ModuleType("sim.core.compiled")
door.run, compiled.is_warm = run, lambda *_: True
sys.modules.update({door.__name__: door, compiled.__name__: compiled})
from sim.cli.main import main

main()
"""
"""A command with a stand-in for the engine."""

WAITING_RUN = """
def run(*_, **__):
    print("running", flush=True)
    time.sleep(60)
"""

STOPPED_IN_A_CALLBACK = """
def run(*_, progress, **__):
    ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), signal.SIGTERM))()
    progress(1, 2)
    print("an exception in the callback was lost")
"""

WAITING_IMPORT = """
import time

print("importing", flush=True)
time.sleep(60)
"""


def stopped(command: list[str], number: signal.Signals, path: Path = ROOT) -> tuple[int, str]:
    """Exit status and standard error of a command that gets a signal at its first line."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    return process.returncode, said


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_a_run_leaves_no_folder(
    scenario_file: Path, number: signal.Signals, status: int
) -> None:
    program = ENGINE.replace("{run}", WAITING_RUN)
    command = ["-c", program, "run", scenario_file.name, "--out", "new"]
    assert stopped(command, number) == (status, "Stopped; nothing was kept.\n")
    assert sorted(item.name for item in scenario_file.parent.iterdir()) == [scenario_file.name]


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_a_signal_that_is_lost_in_a_callback_stops_at_the_next_block(scenario_file: Path) -> None:
    program = ENGINE.replace("{run}", STOPPED_IN_A_CALLBACK)
    done = subprocess.run(
        [sys.executable, "-c", program, "run", scenario_file.name],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (143, "")
    assert done.stderr == "Stopped; nothing was kept.\n"


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_ctrl_c_during_the_first_imports_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(WAITING_IMPORT, encoding="utf-8")
    assert stopped(["-m", "sim", "--help"], signal.SIGINT, tmp_path) == (130, "")
