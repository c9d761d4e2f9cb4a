"""The entry point of ``willing``, so light that Ctrl-C is quiet from the first moment on."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from sim.cli.group import willing

__all__ = [
    "HungUp",
    "Stop",
    "Terminated",
    "exit_status",
    "main",
    "raise_if_stopped",
    "stop_in_force",
    "willing",
]


class Terminated(KeyboardInterrupt):
    """SIGTERM, which stops a command as Ctrl-C does."""


class HungUp(KeyboardInterrupt):
    """SIGHUP, which comes when the terminal is closed, and stops a command as Ctrl-C does."""


def _stops() -> dict[int, type[KeyboardInterrupt]]:
    """What each signal raises, of those that this system has."""
    found: dict[int, type[KeyboardInterrupt]] = {
        signal.SIGINT: KeyboardInterrupt,
        signal.SIGTERM: Terminated,
    }
    if hasattr(signal, "SIGHUP"):
        found[signal.SIGHUP] = HungUp
    return found


STOPS = MappingProxyType(_stops())


class Stop:
    """Answer to Ctrl-C, SIGTERM and SIGHUP: raises an exception, or only notes that one is due.

    The first signal decides which exception it is, however many come. An exception in a callback
    out of C, such as the compiler's, is lost: `raise_if_stopped` raises it again.

    Attributes
    ----------
    waits : bool
        Signals are noted and no more, because something is being written that must be whole.
        Whoever sets it asks for what was `noted` afterwards.
    noted : KeyboardInterrupt or None
        What the first signal stands for.
    """

    def __init__(self) -> None:
        self.waits = False
        self.noted: KeyboardInterrupt | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        """Stop the command, now or once it is through with what it writes."""
        if self.noted is None:
            self.noted = STOPS[number]()
        if not self.waits:
            raise self.noted


def stop_in_force() -> Stop:
    """The answer to signals of this process; one that no signal reaches where there is none."""
    for number in STOPS:
        answer = signal.getsignal(number)
        if isinstance(answer, Stop):
            return answer
    return Stop()


def raise_if_stopped() -> None:
    """Raise again what a signal raised, if it was lost."""
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


def main() -> None:
    """Entry point of the command ``willing``."""
    _answer(signal.SIGINT, signal.default_int_handler, _leave)
    from sim.cli.group import show_warning, willing
    from sim.cli.terminal.output import prepare_output

    prepare_output()
    stop = Stop()
    sys.unraisablehook = _tell_unless_stopped
    warnings.showwarning = show_warning
    for number in STOPS:
        _answer(number, _leave if number == signal.SIGINT else signal.SIG_DFL, stop)
    try:
        willing(prog_name="willing")
    finally:
        if stop.noted is not None:
            _ignore_further(stop)


def _ignore_further(stop: Stop) -> None:
    """Let no signal after the first change the exit status, while Python itself winds up."""
    for number in STOPS:
        if signal.getsignal(number) is stop:
            signal.signal(number, signal.SIG_IGN)


def _answer(number: int, before: object, now: object) -> None:
    """Answer a signal otherwise, unless whoever started this process has it ignored."""
    if signal.getsignal(number) == before:
        signal.signal(number, now)  # type: ignore[arg-type]


def _leave(number: int, _: FrameType | None) -> NoReturn:
    """End at once: nothing is written yet, and an exception in an import would show a traceback."""
    os._exit(128 + number)


def _tell_unless_stopped(lost: Any) -> None:
    """Show an exception that was lost, unless it is one of `Stop`, which is raised again."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def __getattr__(name: str) -> object:
    """``willing``, the group of all commands, imported on first use."""
    if name != "willing":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim.cli import group

    return group.willing
