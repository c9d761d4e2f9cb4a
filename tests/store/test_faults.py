"""Killed or failed by the disk at any change, a command leaves its result or the earlier one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.store.open import open_result
from sim.store.unfinished import is_unfinished
from tests.cli.sweeping import SCENARIO
from tests.store.forked import WENT_WRONG

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

LEVEL = "conditions.us_backing.level"
COMMANDS = {
    "run": ["run", "small.yaml", "--runs", "{n}", "--no-figures"],
    "compare": ["compare", "small.yaml", "other.yaml", "--runs", "{n}", "--no-figures"],
    "sweep": ["sweep", "small.yaml", "--vary", f"{LEVEL}=0.2,0.8", "--runs", "{n}", "--no-figures"],
    "trace": ["trace", "small.yaml", "--run", "{n}"],
}


class Forks:
    """Commands in processes of their own, in a folder with two scenarios."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ended(self, *arguments: str, **how: Any) -> tuple[int, str]:
        """How a command ended, and what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"arguments": arguments, **how}) + "\n")
        self.process.stdin.flush()
        status, said = json.loads(self.process.stdout.readline())
        return status, said


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """A process that forks commands."""
    place = tmp_path_factory.mktemp("scenarios")
    (place / "small.yaml").write_text(SCENARIO.to_yaml(), encoding="utf-8")
    other = SCENARIO.with_changes({LEVEL: 0.9})
    (place / "other.yaml").write_text(other.to_yaml(), encoding="utf-8")
    warm = [[part.format(n=3) for part in arguments] for arguments in COMMANDS.values()]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.forked", json.dumps(warm)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=place,
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield Forks(process)
        process.stdin.close()


def number_in(folder: Path, command: str) -> int:
    """The number of runs, or of the run, by which two results are told apart."""
    if command == "trace":
        return int(json.loads((folder / "trace.json").read_text(encoding="utf-8"))["run"])
    found = open_result(folder)
    if command == "sweep":
        assert found.is_whole
        return int(found.column("n_runs")[0])
    return int(found.n_runs)


def files_in(folder: Path) -> set[str]:
    """Names of the files of a result."""
    return {item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file()}


def check(
    forks: Forks, tmp_path: Path, command: str, steps: range, fault: int, exchanges: bool = True
) -> bool:
    """Replace a result by another, with something going wrong at each step.

    Returns
    -------
    bool
        True if a command came to its end before its step.
    """

    def arguments(n: int, folder: Path) -> list[str]:
        return [*(part.format(n=n) for part in COMMANDS[command]), "--out", str(folder)]

    assert forks.ended(*arguments(3, tmp_path / "earlier"))[0] == 0
    for step in steps:
        place = tmp_path / f"{step}"
        folder = place / "out"
        place.mkdir()
        shutil.copytree(tmp_path / "earlier", folder)
        status, said = forks.ended(
            *arguments(4, folder), "--force", step=step, fault=fault, exchanges=exchanges
        )
        assert "Traceback" not in said, (step, said)
        if WENT_WRONG not in said:
            assert status == 0, said
            return True
        if fault:
            assert status in (0, 1, 2), (step, said)
        else:
            assert status == -signal.SIGKILL, (step, said)
        # Whoever comes next finds one or the other, or goes on with the new one.
        if command == "sweep" and not (folder / "provenance.json").is_file():
            assert forks.ended(*arguments(4, folder))[0] in (0, 2), step
        if command == "trace" and not folder.exists():
            open_refused(folder)
        found = number_in(folder, command)
        assert found in (3, 4), step
        if fault and found == 4 and command != "sweep":
            assert (status, "nothing was kept" in said) == (0, False), (step, said)
        if fault and status == 0:
            assert found == 4, step
        assert forks.ended(*arguments(4, folder), "--force")[0] == 0
        assert number_in(folder, command) == 4
        assert files_in(folder) == files_in(tmp_path / "earlier")
        assert [item.name for item in place.iterdir()] == ["out"], step
        assert not any(is_unfinished(item) for item in folder.rglob("*"))
    return False


def open_refused(folder: Path) -> None:
    """Have a trace that was moved aside put back: there is nothing in it that opens."""
    with pytest.raises(ValueError, match="holds a trace"):
        open_result(folder)


@pytest.mark.parametrize("command", [pytest.param("run", marks=pytest.mark.slow), "sweep"])
def test_a_command_that_is_killed_leaves_a_whole_result(
    forks: Forks, tmp_path: Path, command: str
) -> None:
    check(forks, tmp_path, command, range(6, 60, 16), fault=0)


@pytest.mark.slow
@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_killed_at_any_change_on_disk_leaves_a_whole_result(
    forks: Forks, tmp_path: Path, command: str, exchanges: bool
) -> None:
    assert check(forks, tmp_path, command, range(1, 300), fault=0, exchanges=exchanges)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_that_fails_at_any_change_costs_no_whole_result(
    forks: Forks, tmp_path: Path, command: str, fault: int
) -> None:
    assert check(forks, tmp_path, command, range(1, 300), fault=fault)
