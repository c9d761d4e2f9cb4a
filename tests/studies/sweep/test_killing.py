"""Killed at any moment, a sweep goes on and ends with the bytes of one that was never killed."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.store.folder import ResultsError
from sim.store.unfinished import is_unfinished
from sim.studies.sweep.folder import load_sweep
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep import zygote
from tests.studies.sweep.folders import Bytes, bytes_in
from tests.studies.sweep.zygote import study_to_kill

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


class Zygote:
    """Forks sweeps on demand."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, line: str) -> None:
        """Write a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        """The next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process that forks has ended"
        return line.strip()

    def ended(self, folder: Path, **given: Any) -> int:
        """How a sweep ended."""
        self.say(json.dumps({"folder": str(folder), **given}))
        return int(self.heard())


@pytest.fixture(scope="module")
def sweeps() -> Iterator[Zygote]:
    """A process that forks sweeps."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.studies.sweep.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        zygote = Zygote(process)
        assert zygote.heard() == "ready"
        yield zygote
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few points in this process as well."""
    monkeypatch.setattr("sim.studies.sweep.blocks.points_a_block", lambda _: zygote.POINTS_A_BLOCK)


def uninterrupted(folder: Path, **given: Any) -> Bytes:
    """The bytes of a sweep that nobody disturbs."""
    found = sweep(study_to_kill(**given), out=folder, workers=1)
    assert found.is_whole
    assert found.problems
    return bytes_in(folder)


@pytest.mark.slow
def test_a_sweep_that_is_killed_in_the_middle_of_any_write_ends_with_the_same_bytes(
    sweeps: Zygote, tmp_path: Path
) -> None:
    """Killed at the first change on disk, at the second, and so on, and then gone on with."""
    expected = uninterrupted(tmp_path / "whole")
    assert {name.partition("/")[0] for name in expected} == {
        *("study.yaml", "scenario.yaml", "parts", "runs", "provenance.json", ".lock"),
    }
    left_over, step, ended = False, 0, -signal.SIGKILL
    while ended == -signal.SIGKILL:
        step += 1
        folder = tmp_path / f"killed at {step}"
        ended = sweeps.ended(folder, step=step)
        left_over |= any(is_unfinished(file) for file in folder.rglob("*"))
        assert sweeps.ended(folder, workers=1) == 0
        assert bytes_in(folder) == expected, step
    assert ended == 0
    assert step > 18
    assert left_over
    assert [*tmp_path.glob(".*")] == []


def test_a_sweep_that_is_killed_again_and_again_ends_with_the_same_bytes(
    sweeps: Zygote, tmp_path: Path
) -> None:
    """Each process takes a few steps more than the one before, and is killed."""
    expected, folder = uninterrupted(tmp_path / "whole"), tmp_path / "out"
    ends = [sweeps.ended(folder, step=step, workers=step % 3 + 1) for step in range(1, 40)]
    assert ends.count(-signal.SIGKILL) > 8
    assert 0 in ends
    assert bytes_in(folder) == expected


def killed_at_random(
    sweeps: Zygote, folder: Path, luck: random.Random, longest: float, **study: Any
) -> tuple[int, int]:
    """How often a sweep was killed until it came to its end, and how many parts survived a kill.

    It is first killed within so many seconds at the longest.
    """
    n_kills, n_kept = 0, 0
    while True:
        after, workers = luck.uniform(0, longest), luck.randint(1, 3)
        ended = sweeps.ended(folder, workers=workers, after=after, **study)
        if ended == 0:
            return n_kills, n_kept
        assert ended == -signal.SIGKILL
        longest *= 1.05  # a slow machine must come to an end as well
        n_kills += 1
        n_kept += len([*folder.glob("parts/part-*")])


def check_random_kills(sweeps: Zygote, folder: Path, times: int, keep: str) -> None:
    """Kill sweeps at random moments, time and again, and compare their bytes."""
    size: dict[str, Any] = {"keep": keep, "n_points": 30, "runs": 40}
    expected, kills, kept = uninterrupted(folder / "whole", **size), 0, 0
    begin = time.perf_counter()
    assert sweeps.ended(folder / "forked", workers=1, **size) == 0
    # Killed much sooner, it has not begun to write, and time and again that proves nothing.
    longest = (time.perf_counter() - begin) / 4
    for luck in range(times):
        out = folder / f"out {luck}"
        found = killed_at_random(sweeps, out, random.Random(luck), longest, **size)
        kills, kept = kills + found[0], kept + found[1]
        assert bytes_in(out) == expected, luck
        assert load_sweep(out).is_whole
    assert kills > times
    assert kept > 0


@pytest.mark.slow
def test_a_sweep_that_is_killed_at_random_moments_ends_with_the_same_bytes(
    sweeps: Zygote, tmp_path: Path
) -> None:
    check_random_kills(sweeps, tmp_path, 1, "runs")


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["summary", "runs"])
def test_a_sweep_that_is_killed_at_random_moments_many_times_ends_with_the_same_bytes(
    sweeps: Zygote, tmp_path: Path, keep: str
) -> None:
    check_random_kills(sweeps, tmp_path, 25, keep)


def check_thrown_away(sweeps: Zygote, tmp_path: Path, steps: range) -> bool:
    """Kill processes that put a sweep in the place of another, then ask for either again.

    Returns
    -------
    bool
        Whether one of them came to its end.
    """
    expected = uninterrupted(tmp_path / "whole", seed=1)
    before = uninterrupted(tmp_path / "before")
    for step in steps:
        folder = tmp_path / f"killed at {step}"
        for name, content in before.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        ended = sweeps.ended(folder, step=step, overwrite=True, seed=1)
        if "seed: 0" in (folder / "study.yaml").read_text():
            assert load_parts(folder) <= load_parts(tmp_path / "before")
            assert sweeps.ended(folder) == 0  # the old sweep goes on
            assert bytes_in(folder) == before
            assert sweeps.ended(folder, overwrite=True, seed=1) == 0
        elif step % 2:
            assert sweeps.ended(folder, overwrite=True, seed=1) == 0
        else:
            assert sweeps.ended(folder, seed=1) == 0
        assert bytes_in(folder) == expected, step
        if ended == 0:
            return True
    return False


@pytest.mark.slow
def test_an_earlier_sweep_that_is_thrown_away_is_never_mixed_with_the_new_one(
    sweeps: Zygote, tmp_path: Path
) -> None:
    check_thrown_away(sweeps, tmp_path, range(1, 22, 5))


@pytest.mark.slow
def test_an_earlier_sweep_is_not_mixed_with_the_new_one_whenever_it_is_killed(
    sweeps: Zygote, tmp_path: Path
) -> None:
    assert check_thrown_away(sweeps, tmp_path, range(1, 100))


def load_parts(folder: Path) -> set[tuple[str, bytes]]:
    """The parts of a sweep."""
    parts = ("parts/part-", "runs/part-")
    return {item for item in bytes_in(folder).items() if item[0].startswith(parts)}


def test_a_second_process_is_refused_while_the_first_one_works_and_not_when_it_was_killed(
    sweeps: Zygote, tmp_path: Path
) -> None:
    folder, size = tmp_path / "out", {"n_points": 200, "runs": 500}
    sweeps.say(json.dumps({"folder": str(folder), "said": True, "at_word": True, **size}))
    assert sweeps.heard() == "running"
    message = f"{folder}: another process is at work on this sweep; wait for it, or choose another"
    for overwrite in (False, True):
        with pytest.raises(ResultsError, match=re.escape(message)):
            sweep(study_to_kill(**size), out=folder, overwrite=overwrite)
    sweeps.say("now")
    assert sweeps.heard() == str(-signal.SIGKILL)
    before = load_parts(folder)
    assert sweep(study_to_kill(**size), out=folder).is_whole
    assert before <= load_parts(folder)


SECOND = """
import sys
from sim.store.folder import ResultsError
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.zygote import in_small_blocks, study_to_kill

in_small_blocks()
try:
    sweep(study_to_kill(n_points={n_points}, runs={runs}), out="{folder}")
except ResultsError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.slow
def test_of_processes_that_begin_at_the_same_moment_one_works_and_the_others_are_refused(
    tmp_path: Path,
) -> None:
    program = SECOND.format(folder=tmp_path / "out", n_points=40, runs=20000)
    together = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(3)
    ]
    ends = [(process.communicate()[0], process.returncode) for process in together]
    assert sorted(status for _, status in ends)[:1] == [0]
    for said, status in ends:
        assert status == 0 or "another process is at work" in said
    assert load_sweep(tmp_path / "out").is_whole
