"""The group of all commands: it imports a command only when it is called."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click

from sim._version import __version__
from sim.cli.main import exit_status, stop_in_force

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "run": ("sim.cli.commands.run", "Run a scenario many times; print and store what comes out."),
    "sweep": ("sim.cli.commands.sweep", "Run a scenario at every point of a design of conditions."),
    "trace": ("sim.cli.commands.trace", "Tell one run day by day: who moved, when and why."),
    "compare": ("sim.cli.commands.compare", "Compare scenarios run by run under the same luck."),
    "plot": ("sim.cli.commands.plot", "Draw figures from a stored result."),
    "new": ("sim.cli.commands.new", "Write a scenario to start from, or a variant of another."),
    "check": ("sim.cli.commands.check", "Check a scenario file; print its full form."),
    "schema": ("sim.cli.commands.schema", "Print the JSON Schema of scenario files."),
    "completion": ("sim.cli.commands.completion", "Print what a shell needs to complete commands."),
}
"""Module of each command, and what ``willing --help`` says of it without importing it. The
module holds a click command of the command's name."""


class LazyGroup(click.Group):
    """Commands by name, imported when called; errors of the user's as one clear message."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (Click passes it)
        """Names of the commands, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (Click passes it)
        cmd_name: str,
    ) -> click.Command | None:
        """Command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        return cast(click.Command, getattr(module, cmd_name))

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 (Click passes it)
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Command that the arguments ask for, with a suggestion when there is none."""
        close = get_close_matches(args[0], COMMANDS, n=1)
        is_typo = args[0] not in COMMANDS and close and not args[0].startswith("-")
        if is_typo and not ctx.resilient_parsing:  # a shell completes what is behind it
            ctx.fail(f"no command {args[0]!r}; did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Commands and options that begin so, without importing any command."""
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name][1]) for name in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Context of a call; ``--help`` and ``--version`` are printed in here."""
        with as_message():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command, and end with a message where the user, disk or memory is at fault."""
        with as_message():
            return super().invoke(ctx)


@contextmanager
def as_message() -> Iterator[None]:
    """Block that ends with a message and an exit status where nothing is a bug of ours.

    Raises
    ------
    click.ClickException
        Exit status 2 where the input is wrong, 1 where the disk or the memory gave out.
    click.exceptions.Exit
        Stopped by Ctrl-C (130), SIGTERM (143) or SIGHUP (129).
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.exceptions.Abort):
        raise
    except BaseException as error:
        _raise_as_message(error)
        raise


def stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """Ctrl-C, SIGTERM or SIGHUP that an error came of: in an import it may turn into another error.

    Examples
    --------
    >>> stop_behind(ValueError("a bug")) is None
    True
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    *_: object,
    **__: object,
) -> None:
    """Show a warning on standard error, in one line where it is about the disk and not our code."""
    from sim.store.folder import LeftBehind

    text = warnings.formatwarning(message, category, filename, lineno).rstrip()
    with suppress(OSError):
        click.echo(f"Warning: {message}" if issubclass(category, LeftBehind) else text, err=True)


def _raise_as_message(error: BaseException) -> None:
    """Raise what tells Click of an error that is no bug of ours."""
    from sim.cli.terminal.failures import failure_of

    stop = stop_behind(error)
    if stop is not None:
        stop_in_force().waits = True  # there may be more of them, and this is the end anyway
        with suppress(OSError):  # the terminal may have gone
            click.echo("Stopped; nothing was kept.", err=True)
        raise click.exceptions.Exit(exit_status(stop)) from None
    failure = failure_of(error)
    if failure is not None:
        raise failure from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: willing run paris_2025 --runs 1000",
)
@click.version_option(__version__, prog_name="willing", message="%(prog)s %(version)s")
def willing() -> None:
    """Simulate how a coalition of nations forms."""
