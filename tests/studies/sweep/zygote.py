"""A process that has everything loaded and forks a sweep for each line that it reads.

To start a program takes a second; to fork one, a hundredth. A line is a JSON object with the
arguments of `forked` and `swept`; the answer is how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.studies.design.study import Study
from sim.studies.sweep import blocks
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.made_up import made_up, study_of

POINTS_A_BLOCK = 3
STUDIED = {"keep", "seed", "n_points", "runs"}
STEPS = ((os, "fsync"), (Path, "replace"), (Path, "write_bytes"), (Path, "unlink"), (Path, "mkdir"))
"""What changes something on disk."""


@cache
def study_to_kill(keep: str = "runs", seed: int = 0, n_points: int = 6, runs: int = 10) -> Study:
    """A study of several blocks, one of whose points fails."""
    level = {"range": [0, 0.9], "steps": n_points // 2}
    vary = {"events.0": ["present", "absent"], "conditions.condition_0.level": level}
    return study_of(vary, made_up(luck=4, n_events=3), keep=keep, seed=seed, runs=runs)


def in_small_blocks() -> None:
    """Cut studies into blocks of a few points."""
    blocks.points_a_block = lambda _: POINTS_A_BLOCK


def die_at(step: int) -> None:
    """Have this process killed at a change on disk, the first one being 1, half of it done."""
    taken = 0

    def counted(before: Callable[..., Any], name: str) -> Callable[..., Any]:
        def instead(*given: Any, **options: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == step and name == "write_bytes":
                file, content = given
                file.open("wb").write(content[: len(content) // 2])
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return before(*given, **options)

        return instead

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name), name))


def swept(
    folder: str,
    workers: int = 2,
    step: int = 0,
    overwrite: bool = False,
    said: bool = False,
    **given: Any,
) -> None:
    """A sweep in a folder; with a `step`, until then."""
    study = study_to_kill(**given)
    if step:
        die_at(step)

    def progress(done: int, _: int) -> None:
        if said and done == 1:
            print("running", flush=True)

    sweep(study, out=folder, workers=workers, overwrite=overwrite, progress=progress)


def forked(line: str) -> None:
    """Fork, work, and tell how it ended: minus the signal, or the exit status.

    ``after`` says in how many seconds the process is killed; ``at_word``, that it is when another
    line comes. Nobody else kills it: once it is waited for, its number may be another's.
    """
    given = json.loads(line)
    after, at_word = given.pop("after", None), given.pop("at_word", False)
    study_to_kill(**{key: given[key] for key in given if key in STUDIED})  # not in every fork
    child = os.fork()
    if child == 0:
        try:
            swept(**given)
        except BaseException:  # noqa: BLE001 (whatever it is, it must not go on as the parent)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if after is not None or at_word:
        time.sleep(after or 0)
        _ = sys.stdin.readline() if at_word else None
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    in_small_blocks()
    os.fsync = lambda _: None  # what is written outlives the process that is killed
    with TemporaryDirectory() as folder:  # what a sweep loads is loaded, compiled code as well
        sweep(study_to_kill(), out=f"{folder}/sweep", workers=1)
    print("ready", flush=True)
    while line := sys.stdin.readline():
        forked(line)
