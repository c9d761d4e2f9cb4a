"""The entry point of ``willing``, so light that Ctrl-C is quiet from the first moment on."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from sim.cli.group import willing

__all__ = ["Stop", "Terminated", "exit_status", "main", "raise_if_stopped", "willing"]


class Terminated(KeyboardInterrupt):
    """SIGTERM, which stops a command as Ctrl-C does."""


class Stop:
    """Answer to Ctrl-C and SIGTERM: raises an exception, and remembers that it did.

    An exception in a callback out of C, such as the compiler's, is lost: `raise_if_stopped`
    raises it again.
    """

    def __init__(self) -> None:
        self.received: type[KeyboardInterrupt] | None = None

    def __call__(self, number: int, _: FrameType | None) -> NoReturn:
        """Stop the command."""
        self.received = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        raise self.received


def raise_if_stopped() -> None:
    """Raise again what a signal raised, if it was lost."""
    answer = signal.getsignal(signal.SIGTERM)
    if isinstance(answer, Stop) and answer.received is not None:
        raise answer.received


def exit_status(stop: KeyboardInterrupt) -> int:
    """Exit status of a command that was stopped: 128 and the number of the signal.

    Examples
    --------
    >>> exit_status(KeyboardInterrupt()), exit_status(Terminated())
    (130, 143)
    """
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


def main() -> None:
    """Entry point of the command ``willing``."""
    _answer(signal.SIGINT, signal.default_int_handler, _leave)
    from sim.cli.group import willing

    stop = Stop()
    sys.unraisablehook = _tell_unless_stopped
    _answer(signal.SIGTERM, signal.SIG_DFL, stop)
    _answer(signal.SIGINT, _leave, stop)
    willing(prog_name="willing")


def _answer(number: signal.Signals, before: object, now: object) -> None:
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
