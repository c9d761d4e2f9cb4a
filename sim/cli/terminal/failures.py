"""What goes wrong without a bug, as a message and an exit status."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click

from sim.store.folder import ResultsError, is_unfinished


class Failure(click.ClickException):
    """Message on standard error for what is nobody's mistake: exit status 1."""

    exit_code = 1


class WrongInput(Failure):
    """Message on standard error for what the user can put right: exit status 2."""

    exit_code = 2


class Filled(click.types.StringParamType):
    """Text of an argument, which must not be empty: an empty path would mean this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text; an error of the user's where there is none."""
        if not value:
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


def check_out(folder: str | None) -> None:
    """Refuse ``-`` for a folder: it means standard output, where no folder can go.

    Raises
    ------
    WrongInput
    """
    if folder == "-":
        raise WrongInput(
            "--out: - is standard output, and a folder is needed; write ./- for a folder of that "
            "name, or leave --out away and ask for --json"
        )


def readable(name: str) -> str:
    r"""A name as text that any file can hold, also where it is no UTF-8 or read as no UTF-8.

    Examples
    --------
    >>> print(readable("res\udcff.yaml"), readable("rtl.yaml"))
    res\xff.yaml rtl.yaml
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # Windows has names with half a surrogate pair
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


def as_text(option: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Values of an option as UTF-8, which they may be without being read as such.

    Raises
    ------
    WrongInput
        One is something else, which no file that is written could hold.
    """
    try:
        return tuple(value.encode("utf-8", "surrogateescape").decode("utf-8") for value in values)
    except UnicodeError as error:
        shown = ", ".join(repr(readable(value)) for value in values)
        raise WrongInput(f"{option}: {shown} must be UTF-8") from error


def failure_of(error: BaseException) -> Failure | None:
    """Failure that an exception stands for; None for one that must be a bug."""
    if isinstance(error, ResultsError):
        return WrongInput(str(error))
    if isinstance(error, MemoryError):
        reason = str(error) or "ask for fewer runs, or for --keep summary"
        return Failure(f"out of memory, nothing was kept: {reason}")
    if isinstance(error, OSError):
        return _of_the_system(error)
    return _of_a_scenario(error)


def reason_of(error: OSError, place: str = "") -> str:
    """What the system says, after the file it says it of, or else after `place`.

    `place` is also named instead of a file that was being written for it under another name.
    """
    written = error.filename is not None and not _is_passing(str(error.filename))
    said = os.strerror(error.errno) if error.errno else str(error)
    return ": ".join(part for part in (str(error.filename) if written else place, said) if part)


def _is_passing(file: str) -> bool:
    """Whether a file has gone by the time its name is read."""
    return any(is_unfinished(part) for part in (Path(file), *Path(file).parents))


def _of_the_system(error: OSError) -> Failure | None:
    if error.errno == errno.EPIPE:  # whoever read our output has gone; click ends quietly
        return None
    return Failure(reason_of(error, "standard output"))


def _of_a_scenario(error: BaseException) -> Failure | None:
    from sim.scenario.load import ScenarioError

    if not isinstance(error, ScenarioError):
        return None
    n_problems = len(error.problems)
    noun = "problem" if n_problems == 1 else "problems"
    where = "study" if "Study" in type(error).__name__ else "scenario"
    return WrongInput(f"{n_problems} {noun} in the {where}\n{error}")
