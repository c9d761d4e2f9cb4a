"""A process that has everything loaded and forks a command for each line that it reads.

A line is a JSON object: ``arguments`` of `willing`, ``step``, the change on disk at which it goes
wrong, the first one being 1, and ``fault``, the number of an error of the system raised there; 0
kills the process. The answer is a JSON list of how the command ended, minus the signal or the exit
status, and what it printed.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

WENT_WRONG = "[went wrong]"
STEPS = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "chmod")
"""Functions of the system that change something on disk."""


def go_wrong_at(step: int, fault: int) -> None:
    """Have a change on disk kill this process or fail, half of it done if it writes a file."""
    import sim.store.folder as folder
    import sim.store.unfinished as unfinished

    taken = 0

    def counted(before: Callable[..., Any], name: str) -> Callable[..., Any]:
        def instead(*given: Any, **options: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken != step:
                return before(*given, **options)
            if name in ("write_bytes", "write_text"):
                file, content = given
                before(file, content[: len(content) // 2], **options)
            os.write(2, WENT_WRONG.encode())
            if fault == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(fault, os.strerror(fault), str(given[0]))

        return instead

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name), name))
    for name in ("write_bytes", "write_text"):
        setattr(Path, name, counted(getattr(Path, name), name))
    exchange = counted(unfinished.exchange, "exchange") if fault == 0 else unfinished.exchange
    folder.exchange = exchange


def command(arguments: list[str], step: int, fault: int, exchanges: bool) -> int:
    """The exit status of a command."""
    import sim.store.folder as folder
    from sim.cli.group import willing

    if step:
        go_wrong_at(step, fault)
    if not exchanges:
        folder.exchange = lambda *_: False
    try:
        willing(arguments, prog_name="willing")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def forked(line: str) -> list[Any]:
    """How a command ended in a process of its own, and what it said on standard error."""
    given = json.loads(line)
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            status = 99
            try:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                status = command(
                    given["arguments"],
                    given.get("step", 0),
                    given.get("fault", errno.EIO),
                    given.get("exchanges", True),
                )
                sys.stdout.flush()
                sys.stderr.flush()
            except BaseException:  # noqa: BLE001 (it must not go on as the parent)
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(status)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return [ended, said.read().decode(errors="replace")]


if __name__ == "__main__":
    os.fsync = lambda _: None  # what is written outlives the process that is killed
    for arguments in json.loads(sys.argv[1]):  # compiled code is loaded, and all modules
        assert command([*arguments, "--quiet"], 0, 0, exchanges=True) == 0
    print("ready", flush=True)
    while line := sys.stdin.readline():
        print(json.dumps(forked(line)), flush=True)
