"""The entry point of ``willing``, so light that Ctrl-C is quiet from its first line on."""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from types import FrameType
from typing import Any, NoReturn

from sim.cli.signals import STOPS, Stop, exit_status

OBJECTS_BETWEEN_SEARCHES = 500_000
"""More than the imports of a command make: what they make stays, and to search it for garbage again
and again takes a tenth of a command."""


def main() -> None:
    """Entry point of the command ``willing``."""
    _set_handler(signal.SIGINT, signal.default_int_handler, _leave)
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    # Only now: an interrupt during these imports ends the process without a traceback.
    from sim.cli.group import show_warning, willing
    from sim.cli.stdout import prepare_stdout

    prepare_stdout()
    stop = Stop()
    sys.unraisablehook = _report_unless_stopped
    warnings.showwarning = show_warning
    for number in STOPS:
        _set_handler(number, _leave if number == signal.SIGINT else signal.SIG_DFL, stop)
    try:
        willing(prog_name="willing")
    except BaseException as ended:
        # A signal that comes while another error is told would end with a traceback, and with 1.
        is_success = isinstance(ended, SystemExit) and not ended.code
        if stop.noted is None or is_success:
            raise
        raise SystemExit(exit_status(stop.noted)) from None
    finally:
        # Else Python would take apart at the end, one by one, what goes with the process anyway.
        gc.freeze()
        if stop.noted is not None:  # no later signal changes the exit status
            for number in STOPS:
                _set_handler(number, stop, signal.SIG_IGN)


def _set_handler(number: int, before: object, handler: object) -> None:
    """Replace the handler of a signal, unless the parent process has it ignored."""
    if signal.getsignal(number) == before:
        signal.signal(number, handler)  # type: ignore[arg-type]


def _leave(number: int, _: FrameType | None) -> NoReturn:
    """End at once: nothing is written yet, and an exception in an import would show a traceback."""
    os._exit(128 + number)


def _report_unless_stopped(lost: Any) -> None:
    """Report an exception that was lost, unless it is one of `Stop`, which is raised again."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
