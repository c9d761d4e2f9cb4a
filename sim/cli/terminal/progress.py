"""How far a long command is, on standard error, when someone is watching."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

FIRST_SECONDS = 1.0
EVERY_SECONDS = 0.2
WIDTH = 24


class Progress:
    """A bar with the time left, drawn once a command has taken a second.

    Call it with the number of units done and of all units.

    Parameters
    ----------
    quiet : bool
        Draw nothing.
    unit : str
        What is counted, in the plural: ``runs``, ``figures``, ``days``.
    stream : TextIO
        Where to; nothing is drawn unless it is a terminal.
    clock : callable
        Seconds; only differences count.
    """

    def __init__(
        self,
        quiet: bool = False,
        unit: str = "runs",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.unit = unit
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
        # A line that wraps could not be drawn over.
        columns = shutil.get_terminal_size().columns - 1
        text = bar(done, of_all, now - self.began, self.unit)[:columns]
        self._write("\r" + text.ljust(self.drawn))
        self.drawn = len(text)

    def close(self) -> None:
        """Wipe the bar away."""
        if self.drawn:
            self._write("\r" + " " * self.drawn + "\r")
            self.drawn = 0

    def _write(self, text: str) -> None:
        """Write to the terminal; work goes on unwatched where the terminal has gone."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            self.watched = False


def bar(done: int, of_all: int, seconds: float, unit: str = "runs") -> str:
    """Bar, count and time left, from the pace so far.

    Examples
    --------
    >>> bar(2500, 10000, 3.0)
    '######..................  2,500 of 10,000 runs, 9 s left'
    >>> bar(3, 9, 2.0, "figures")
    '########................  3 of 9 figures, 4 s left'
    """
    full = WIDTH * done // of_all
    noun = unit.removesuffix("s") if of_all == 1 else unit
    left = f", {duration(seconds * (of_all - done) / done)} left" if done else ""
    return f"{'#' * full}{'.' * (WIDTH - full)}  {done:,} of {of_all:,} {noun}{left}"


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
