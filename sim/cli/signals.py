"""Ctrl-C, SIGTERM and SIGHUP stop a command at once, or after what it is writing is complete."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, MappingProxyType
from typing import Protocol, TypeVar


class Interrupted(KeyboardInterrupt):
    """Ctrl-C.

    Not `KeyboardInterrupt` itself: if one passes through an `exec` of text, of which imports have
    many, Python ends by the signal in place of the exit status, although it was caught.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM, which stops a command as Ctrl-C does."""


class HungUp(KeyboardInterrupt):
    """SIGHUP, which comes when the terminal is closed, and stops a command as Ctrl-C does."""


_ALL = {"SIGINT": Interrupted, "SIGTERM": Terminated, "SIGHUP": HungUp}
STOPS = MappingProxyType(
    {getattr(signal, name): raised for name, raised in _ALL.items() if hasattr(signal, name)}
)
"""What each signal raises, of those that this system has."""


class Stop:
    """Handler of Ctrl-C, SIGTERM and SIGHUP: raises an exception, or only notes that one is due.

    The first signal decides which exception it is, however many come. An exception in a callback
    out of C, such as the compiler's, is lost: `raise_if_stopped` raises it again.

    Attributes
    ----------
    waits : bool
        True while signals are only noted, because what is being written must be complete. Code
        that sets it checks `noted` afterwards.
    noted : KeyboardInterrupt or None
        What the first signal stands for.
    """

    def __init__(self) -> None:
        self.waits = False
        self.noted: KeyboardInterrupt | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        """Stop the command, at once or when it has written what it is writing."""
        if self.noted is None:
            self.noted = STOPS[number]()
        if not self.waits:
            raise self.noted


def stop_in_force() -> Stop:
    """The handler of this process; a new one, which no signal reaches, if none is installed."""
    for number in STOPS:
        answer = signal.getsignal(number)
        if isinstance(answer, Stop):
            return answer
    return Stop()


def raise_if_stopped() -> None:
    """Raise the exception of a signal again, in case it was lost."""
    stop = stop_in_force().noted
    if stop is not None:
        raise stop


def exit_status(stop: KeyboardInterrupt) -> int:
    """Exit status of a command that was stopped: 128 and the number of the signal.

    Examples
    --------
    >>> exit_status(KeyboardInterrupt()), exit_status(Terminated())
    (130, 143)
    """
    numbers = (number for number, raised in STOPS.items() if type(stop) is raised)
    return 128 + next(numbers, signal.SIGINT)


Done = TypeVar("Done", covariant=True)


class Interruptible(Protocol[Done]):
    """Long work that keeps what is finished when it is interrupted."""

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Work, and call progress with what is done and with all there is to do."""

    def done(self) -> Done | None:
        """What is done so far; None if nothing is."""


def run_until_stopped(
    work: Interruptible[Done], progress: Callable[[int, int], None]
) -> tuple[Done, KeyboardInterrupt | None]:
    """The finished part of some work, which is all of it if nothing stopped it, and the stop.

    Signals raise in here, and are only noted from its end on, so that none loses what is done.

    Raises
    ------
    KeyboardInterrupt
        Stopped before anything was done.
    """
    answer, stop = stop_in_force(), None
    try:
        answer.waits = False
        raise_if_stopped()
        work.run(progress)
        answer.waits = True  # inside the block, so that no signal falls between the two
    except KeyboardInterrupt as raised:
        answer.waits = True  # the first thing done: another signal may be near
        stop = raised
    found = work.done()
    if found is None:
        raise stop or KeyboardInterrupt
    return found, answer.noted or stop
