"""How this command was called, for messages that name another one to type."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def program() -> str:
    """``willing`` if the shell finds it by that name, else what was typed in its place.

    A virtual environment that is not activated is not on the shell's path: there ``willing`` alone
    is unknown, or another installation.
    """
    called = Path(sys.argv[0])
    if called.name == "__main__.py" and called.parent.name == "sim":
        python = Path(sys.executable).name
        return f"{python if _is_found(python, sys.executable) else sys.executable} -m sim"
    if called.stem != "willing" or _is_found("willing", sys.argv[0]):
        return "willing"
    return shlex.quote(sys.argv[0])


def _is_found(name: str, file: str) -> bool:
    """True if the shell finds that very file under the name."""
    found = shutil.which(name)
    return found is not None and os.path.realpath(found) == os.path.realpath(file)
