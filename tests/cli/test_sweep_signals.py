"""``willing sweep`` stopped by signals, and read by whoever stops reading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.studies.sweep import blocks
from sim.studies.sweep.sweep import sweep
from tests.cli.sweeping import LEVEL, SCENARIO
from tests.studies.sweep.folders import bytes_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a scenario and a study."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO.to_yaml(), encoding="utf-8")
    Path("study.yaml").write_text(
        f"scenario: small.yaml\nvary: {{{LEVEL}: [0.2, 0.8]}}\nruns: 7\n", encoding="utf-8"
    )


STOPPED = """
import os, signal, sys
from sim.studies.sweep import blocks, sweep

blocks.points_a_block = lambda _: 2
run_blocks = sweep.run_blocks

def signalled(study, todo, workers, progress):
    def told(done, of_all):
        if done == {done}:
            os.kill(os.getpid(), {number})
        progress(done, of_all)

    return run_blocks(study, todo, workers, told)

sweep.run_blocks = signalled
from sim.cli.main import main

main()
"""


def run_stopped(number: int, done: int, *options: str) -> subprocess.CompletedProcess[str]:
    """A sweep of nine points that gets a signal when so many are done."""
    program = STOPPED.format(number=int(number), done=done)
    arguments = ["sweep", "small.yaml", "--vary", f"{LEVEL}=0.1:0.9:9", "--runs", "20"]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments, "--no-figures", "--out", "out", *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
@pytest.mark.parametrize(
    ("number", "status", "done", "n_kept"),
    [
        (signal.SIGTERM, 143, 6, 2),
        *(
            pytest.param(signal.SIGINT, 130, *done, marks=pytest.mark.slow)
            for done in ((1, 0), (9, 4))
        ),
    ],
)
def test_a_signal_keeps_finished_blocks_and_the_same_command_goes_on(
    monkeypatch: pytest.MonkeyPatch, number: int, status: int, done: int, n_kept: int
) -> None:
    stopped = run_stopped(number, done)
    assert (stopped.returncode, stopped.stdout) == (status, "")
    kept = f"{n_kept} of 5 blocks of points are finished, and kept in out; the same command goes on"
    said = f"{kept} from there." if n_kept else "no block of points is finished."
    assert stopped.stderr == f"Stopped: {said}\n"
    assert len([*Path("out").glob("parts/part-*")]) == n_kept
    monkeypatch.setattr(blocks, "points_a_block", lambda _: 2)
    for out in ("out", "whole"):
        sweep("small.yaml", {LEVEL: {"range": [0.1, 0.9], "steps": 9}}, runs=20, out=out)
    assert bytes_in(Path("out")) == bytes_in(Path("whole"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on this system")
def test_a_terminal_that_is_closed_is_told_nothing() -> None:
    stopped = run_stopped(signal.SIGHUP, 6)
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (129, "", "")
    assert len([*Path("out").glob("parts/part-*")]) == 2


@pytest.mark.skipif(os.name == "nt", reason="no pipes of that kind on this system")
@pytest.mark.parametrize("options", [[], pytest.param(["--json"], marks=pytest.mark.slow)])
def test_whoever_reads_the_first_line_only_sees_no_traceback(options: list[str]) -> None:
    command = [sys.executable, "-m", "sim", "sweep", "study.yaml", "--no-figures", *options]
    piped = subprocess.run(
        f"{' '.join(command)} | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert piped.stderr == ""
    assert piped.stdout in ("Small test\n", "{\n")
