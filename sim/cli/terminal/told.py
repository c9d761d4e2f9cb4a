"""What is printed at the end of a command whose result is stored; it may be stopped meanwhile."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import click

from sim.cli.main import stop_in_force
from sim.cli.terminal.failures import Failure, reason_of


def printed_until_stopped(
    tell: Callable[[], None], stop: KeyboardInterrupt | None, kept: str
) -> KeyboardInterrupt | None:
    """Print; what stopped the command comes back, in here or before.

    Parameters
    ----------
    tell : callable
    stop : KeyboardInterrupt or None
        What stopped the command before.
    kept : str
        Where the result is, and that it could not be printed.

    Raises
    ------
    Failure
        It could not be printed. After a stop that is nothing to tell: the reader was stopped too.
    """
    answer = stop_in_force()
    try:
        answer.waits = False
        tell()
        answer.waits = True
    except KeyboardInterrupt as late:
        answer.waits = True
        return stop or late
    except OSError as error:
        answer.waits = True
        if stop is None:
            raise Failure(f"{kept}: {reason_of(error)}") from error
    return stop or answer.noted


def figures_in(folder: Path) -> list[str]:
    """Names of the figures that were drawn with a result."""
    return sorted(item.name for item in folder.glob("figures/*"))


def say_written(folder: Path, has_more: bool) -> None:
    """Say where a result is, with which figures, and how to draw more if there are any."""
    figures = figures_in(folder)
    drawn = f", with {' and '.join(figures)} in figures/" if figures else ""
    click.echo(f"\nWritten to {folder}{drawn}")
    if has_more:
        click.echo(f"More figures: willing plot {shlex.quote(str(folder))}")
