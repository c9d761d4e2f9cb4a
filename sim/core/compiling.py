"""What is being compiled in this process: users are told when it begins, and how long it took."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress

TOLD_AGAIN_AFTER_SECONDS = 5.0
"""Functions that are compiled one soon after another are announced together."""


class Compiling:
    """A record of compilation, for the line that explains the wait and for the time left.

    Attributes
    ----------
    is_quiet : bool
        Announce nothing.
    clock : callable
        Seconds; only differences count.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_quiet = False
        self.clock = clock
        self._depth = 0  # a function is compiled while its caller is
        self._seconds = self._began = 0.0
        self._ended: float | None = None

    def begin(self, text: str) -> None:
        """Note that a function is being compiled; announce it by a text unless that was just done.

        Numba compiles in one thread at a time, so no two threads call this at once.
        """
        self._depth += 1
        if self._depth > 1:
            return
        self._began = self.clock()
        is_new = self._ended is None or self._began - self._ended > TOLD_AGAIN_AFTER_SECONDS
        if is_new and not self.is_quiet:
            _write_line(text)

    def end(self) -> None:
        """Note that the function that was begun last is compiled, or has failed."""
        self._depth -= 1
        if not self._depth:
            self._ended = self.clock()
            self._seconds += self._ended - self._began

    def seconds(self) -> float:
        """Seconds of this process, up to now, in which something was being compiled."""
        return self._seconds + (self.clock() - self._began if self._depth else 0.0)


def _write_line(text: str) -> None:
    """Write to standard error, over a bar that may be there; without one, go on."""
    if sys.stderr is None:
        return
    with suppress(OSError, ValueError):  # its terminal has gone
        is_terminal = sys.stderr.isatty()
        width = shutil.get_terminal_size().columns - 1 if is_terminal else 0
        print("\r" * is_terminal + text.ljust(width), file=sys.stderr, flush=True)


COMPILING = Compiling()
"""The one of this process, as there is one compiler."""
