"""Errors that are no bugs, as a message and an exit status."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from sim.cli.signals import exit_status, stop_in_force
from sim.cli.stdout import say
from sim.results.format import printable
from sim.scenario.files.errors import ScenarioError
from sim.store.folder import ResultsError
from sim.store.unfinished import is_unfinished


class Failure(click.ClickException):
    """An error that is not the user's: a message on standard error, exit status 1."""

    exit_code = 1

    def format_message(self) -> str:
        """The message, without letters of file names or titles that could steer a terminal."""
        return printable(self.message)


class WrongInput(Failure):
    """An error that the user can correct: a message on standard error, exit status 2."""

    exit_code = 2


def readable(name: str) -> str:
    r"""A file name as text that can be written as UTF-8, whatever its bytes are.

    Examples
    --------
    >>> print(readable("res\udcff.yaml"), readable("rtl.yaml"))
    res\xff.yaml rtl.yaml
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # Windows has names with half a surrogate pair
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def as_message() -> Iterator[None]:
    """Context in which errors that are no bugs end the command with a message and a status.

    Raises
    ------
    click.ClickException
        Exit status 2 where the input is wrong, 1 where the disk or the memory gave out.
    click.exceptions.Exit
        Stopped by Ctrl-C (130), SIGTERM (143) or SIGHUP (129).
    """
    try:
        yield
    except click.ClickException as error:  # with words of the command line in Click's message
        error.message = printable(error.message)  # type: ignore[misc]
        raise
    except (click.exceptions.Exit, click.exceptions.Abort):
        raise
    except BaseException as error:
        stop = stop_behind(error)
        if stop is not None:
            stop_in_force().waits = True  # another signal changes nothing any more
            raise exit_after(stop, "Stopped; nothing was kept.") from None
        failure = failure_of(error)
        if failure is not None:
            raise failure from error
        raise


def exit_after(stop: KeyboardInterrupt, text: str | None) -> click.exceptions.Exit:
    """The end of a command that was stopped, to be raised; a text is printed first."""
    with suppress(OSError):  # the terminal may have gone
        if text is not None:
            say(text, err=True)
    return click.exceptions.Exit(exit_status(stop))


def stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The stop signal that caused an error, if any: in an import it may turn into another error.

    Examples
    --------
    >>> stop_behind(ValueError("a bug")) is None
    True
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def failure_of(error: BaseException) -> Failure | None:
    """Failure that an exception stands for; None for one that must be a bug."""
    if isinstance(error, ResultsError):
        return WrongInput(str(error))
    if isinstance(error, MemoryError):
        reason = str(error) or "ask for fewer runs, days or nations"
        return Failure(f"out of memory, nothing was kept: {reason}")
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        return Failure(reason_of(error, "standard output"))
    if isinstance(error, ScenarioError):
        n_problems = len(error.problems)
        noun = "problem" if n_problems == 1 else "problems"
        where = "study" if "Study" in type(error).__name__ else "scenario"
        return WrongInput(f"{n_problems} {noun} in the {where}\n{error}")
    return None  # a bug, or a reader of our output who has gone: Click ends quietly then


def reason_of(error: OSError, place: str = "") -> str:
    """The message of the system, preceded by the file it is about, or by `place` if there is none.

    `place` also stands in for the temporary name of a result that was being written.
    """
    file = None if error.filename is None else Path(str(error.filename))
    if file is not None and not any(map(is_unfinished, (file, *file.parents))):
        place = str(file)
    message = os.strerror(error.errno) if error.errno else str(error)
    return f"{place}: {message}" if place else message
