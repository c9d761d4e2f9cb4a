"""How far a long command is, on standard error, when someone is watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

FIRST_SECONDS = 1.0
EVERY_SECONDS = 0.2
WIDTH = 24


class Progress:
    """A bar with the time left, drawn once a command has taken a second.

    Call it with the number of runs done and of all runs.

    Parameters
    ----------
    quiet : bool
        Draw nothing.
    stream : TextIO
        Where to; nothing is drawn unless it is a terminal.
    clock : callable
        Seconds; only differences count.
    """

    def __init__(
        self,
        quiet: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.watched = not quiet and self.stream is not None and self.stream.isatty()
        self.clock = clock
        self.began = self.last = clock()
        self.drawn = 0

    def __call__(self, done: int, of_all: int) -> None:
        """Draw the bar anew, if it is time to."""
        now = self.clock()
        if not self.watched or now - self.began < FIRST_SECONDS or now - self.last < EVERY_SECONDS:
            return
        self.last = now
        text = bar(done, of_all, now - self.began)
        self.stream.write("\r" + text.ljust(self.drawn))
        self.stream.flush()
        self.drawn = len(text)

    def close(self) -> None:
        """Wipe the bar away."""
        if self.drawn:
            self.stream.write("\r" + " " * self.drawn + "\r")
            self.stream.flush()
            self.drawn = 0


def bar(done: int, of_all: int, seconds: float) -> str:
    """Bar, count and time left, from the pace so far.

    Examples
    --------
    >>> bar(2500, 10000, 3.0)
    '######..................  2,500 of 10,000 runs, 9 s left'
    """
    full = WIDTH * done // of_all
    left = f", {duration(seconds * (of_all - done) / done)} left" if done else ""
    return f"{'#' * full}{'.' * (WIDTH - full)}  {done:,} of {of_all:,} runs{left}"


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    Examples
    --------
    >>> duration(9.4), duration(200), duration(8000)
    ('9 s', '3 min 20 s', '2 h 13 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
