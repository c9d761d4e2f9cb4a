"""The group of all commands: it imports a command only when it is called."""

from __future__ import annotations

import warnings
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

import click
from click.shell_completion import CompletionItem

from sim._version import __version__
from sim.cli.errors import as_message
from sim.cli.stdout import say
from sim.store.folder import LeftBehind

COMMANDS = {
    "run": "Run a scenario many times; print and store the results.",
    "sweep": "Run a scenario at every point of a design (a parameter sweep).",
    "app": "Open a live page of a scenario on this machine.",
    "trace": "Show one run day by day: who moved, when and why.",
    "why": "Say why one nation did or did not join in one run.",
    "compare": "Compare scenarios run by run, with common random numbers.",
    "sensitivity": "Say which inputs an outcome hangs on, and how much is chance.",
    "keystone": "Find whose early announcement changes the coalition most.",
    "tipping": "Find the level of a number at which success turns, run by run.",
    "calibrate": "Fit the behaviour to past coalitions.",
    "backtest": "Forecast each past coalition by a fit to all others; score that.",
    "forecast": "Forecast a coalition as of a date, from what was public then.",
    "score": "Score a stored forecast against the record of what came.",
    "plot": "Draw figures of a stored result.",
    "report": "Write one HTML page of stored results, to read, mail and print.",
    "export": "Write the tables of a stored result for Excel and other programs.",
    "new": "Write a new scenario file, or a variant of an existing one.",
    "check": "Check a scenario file; print its full form.",
    "schema": "Print the JSON Schema of scenario files.",
    "completion": "Print the completion script of a shell.",
}
"""What ``willing --help`` says of each command without importing it. A command is in the module of
its name."""


class LazyGroup(click.Group):
    """Commands by name, imported when called; a user's error is reported as one clear message."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Names of the commands, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"sim.cli.commands.{cmd_name}")
        return cast(click.Command, getattr(module, cmd_name))

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Commands and options that begin so, without importing any command."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Context of a call; ``--help`` and ``--version`` are printed in here."""
        with as_message():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command, and end with a message where the user, disk or memory is at fault."""
        with as_message():
            return super().invoke(ctx)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    *_: object,
    **__: object,
) -> None:
    """Show a warning on standard error, in one line where it is about the disk and not our code."""
    text = warnings.formatwarning(message, category, filename, lineno).rstrip()
    with suppress(OSError):
        say(f"Warning: {message}" if issubclass(category, LeftBehind) else text, err=True)


@click.group(
    cls=LazyGroup,
    commands=cast("dict[str, click.Command]", dict.fromkeys(COMMANDS)),  # names for suggestions
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: willing run paris_2025 --runs 1000",
)
@click.version_option(__version__, prog_name="willing", message="%(prog)s %(version)s")
def willing() -> None:
    """Simulate how a coalition of nations forms."""
