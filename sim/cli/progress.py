"""Progress on standard error: how far a command is."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from sim.cli.signals import raise_if_stopped
from sim.core.compiling import COMPILING

FIRST_SECONDS = 1.0
EVERY_SECONDS = 0.2
LONGEST_BAR, SHORTEST_BAR = 24, 6


class Progress:
    """A bar with the time left, shown once a command has taken a second.

    Call it with the number of units done and of all units.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    unit : str
        What is counted, in the plural: ``runs``, ``figures``, ``days``.
    stream : TextIO
        Where to; nothing is shown unless it is a terminal.
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
        self.compiled_before = COMPILING.seconds()
        self.length = 0

    def __call__(self, done: int, of_all: int) -> None:
        """Update the bar if it is time to; a stop that was lost takes effect here."""
        raise_if_stopped()
        now = self.clock()
        if not self.watched or now - self.began < FIRST_SECONDS or now - self.last < EVERY_SECONDS:
            return
        self.last = now
        # A line that wraps could not be overwritten.
        columns = shutil.get_terminal_size().columns - 1
        # Compiling is over and done with, and says nothing of the pace of what is left.
        working = now - self.began - (COMPILING.seconds() - self.compiled_before)
        text = bar(done, of_all, max(0.0, working), self.unit, columns)[:columns]
        self._write("\r" + text.ljust(self.length))
        self.length = len(text)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wipe the bar away."""
        if self.length:
            self._write("\r" + " " * self.length + "\r")
            self.length = 0

    def _write(self, text: str) -> None:
        """Write to the terminal; work goes on unwatched where the terminal has gone."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            self.watched = False


def bar(
    done: int, of_all: int, seconds: float, unit: str = "runs", columns: int | None = None
) -> str:
    """Bar, count and time left, from the pace so far.

    In a narrow terminal the bar is shortened first; then words are left out, and numbers last.

    Examples
    --------
    >>> bar(2500, 10000, 3.0)
    '######..................  2,500 of 10,000 runs, 9 s left'
    >>> bar(3, 9, 2.0, "figures")
    '########................  3 of 9 figures, 4 s left'
    >>> bar(24231, 100000, 3.0, columns=39)
    '24,231 of 100,000 runs, 9 s left'
    """
    noun = unit.removesuffix("s") if of_all == 1 else unit
    left = duration(seconds * (of_all - done) / done) if done else ""
    count = f"{done:,} of {of_all:,}"
    behind = f", {left} left" if done else ""
    texts = [f"{count} {noun}{behind}", f"{count}{behind}", f"{done:,}/{of_all:,} {left}".rstrip()]
    if columns is None:
        return f"{_bar_alone(done, of_all, LONGEST_BAR)}  {texts[0]}"
    for text in texts:
        room = min(LONGEST_BAR, columns - len(text) - 2)
        if room >= SHORTEST_BAR:
            return f"{_bar_alone(done, of_all, room)}  {text}"
        if len(text) <= columns:
            return text
    return texts[-1]


def _bar_alone(done: int, of_all: int, length: int) -> str:
    full = length * done // of_all
    return "#" * full + "." * (length - full)


def duration(seconds: float) -> str:
    """Seconds as text, in the two largest units.

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
