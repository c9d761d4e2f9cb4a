"""Arguments and options that commands share: their kinds, and what a shell offers for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import islice
from math import isnan, nan
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from sim.cli.errors import WrongInput, readable
from sim.results.format import printable
from sim.scenario.files.catalogue import SUFFIXES, shipped_scenarios
from sim.scenario.files.suggestions import closest
from sim.scenario.joint_draws import POSTERIOR
from sim.store.kinds import Kind

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

MOST_SEED = 2**64 - 1
MOST_RUNS = 10**9
MOST_ENTRIES = 10_000
"""Most entries of a folder that are looked at for completion."""


class Filled(click.types.StringParamType):
    """Text of an argument, which must not be empty: an empty path would mean this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text; a usage error if it is empty."""
        if not value:
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


class PathArgument(Filled):
    """Path of a folder, or of a file that has one of the suffixes.

    Parameters
    ----------
    *suffixes : str
        Suffixes of the files that a shell offers beside folders, such as ``.yaml``.
    """

    def __init__(self, *suffixes: str) -> None:
        self.suffixes = suffixes

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 (Click passes it)
        param: click.Parameter,  # noqa: ARG002 (Click passes it)
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        """Folders and files that begin so."""
        return [CompletionItem(text) for text in self.offered(incomplete)]

    def offered(self, incomplete: str) -> list[str]:
        """Texts that begin so, in the order they are to be shown in."""
        return paths(incomplete, self.suffixes)


class ParametersArgument(PathArgument):
    """The word for the draws that come with the behaviour, or a table of draws."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word or the path; a word that is neither may be a mistyped one."""
        text = super().convert(value, param, ctx)
        close = "" if Path(text).exists() else closest(text, [POSTERIOR])
        if close and text != POSTERIOR:
            self.fail(f"{text} does not exist{close}", param, ctx)
        return text

    def offered(self, incomplete: str) -> list[str]:
        """Texts that begin so."""
        words = [POSTERIOR] if POSTERIOR.startswith(incomplete) else []
        return [*words, *super().offered(incomplete)]


class NumberPath(click.types.StringParamType):
    """A path of the scenario that was named before, with a value behind it."""

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 (Click passes it)
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        """Paths that begin so, up to their next dot, each with what its number means."""
        from sim.scenario.load import load_scenario  # heavy
        from sim.scenario.paths import complete

        # Click reads no arguments where the value of an option is still to come.
        given = [ctx.params.get(name) for name in ("scenario", "scenarios", "files")]
        named = [*(each for each in given if isinstance(each, str)), *ctx.args]
        named += [name for each in given if isinstance(each, tuple) for name in each]
        try:
            found = complete(load_scenario(named[0]), incomplete) if named else []
        except (OSError, ValueError):  # a shell is told nothing
            return []
        return [
            CompletionItem(path if path.endswith(".") else f"{path}=", help=printable(text) or None)
            for path, text in found
            if path.isprintable()
        ]


class ChangeOrFile(NumberPath):
    """A path of the scenario with a value behind it, or a variant file."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[Any]]:
        """Paths of the scenario that begin so, then folders and files."""
        files = [CompletionItem(text) for text in paths(incomplete, SUFFIXES)]
        return [*super().shell_complete(ctx, param, incomplete), *files]


class WholeNumber(click.IntRange):
    """A whole number in a range; the message about any other value names the range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a usage error if it is none or out of range."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} must be a whole number from {self.min} to {self.max}", param, ctx)


class RealNumber(click.FloatRange):
    """A number in a range, never nan; the message about any other value names the range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; a usage error if it is none or out of range."""
        try:
            number = float(super().convert(value, param, ctx))
        except click.BadParameter:
            number = nan
        if isnan(number):
            allowed = f"from {self.min} to {self.max}" if self.max else f"above {self.min}"
            self.fail(f"{value!r} must be a number {allowed}", param, ctx)
        return number


class Choice(click.Choice[str]):
    """One of a few names; the message about any other suggests the closest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name; a usage error if it is none of them."""
        names = list(self.choices)
        if value not in names:
            meant = closest(str(value), names) or f"; it must be one of {', '.join(names)}"
            self.fail(f"no such name: {str(value)[:60]!r}{meant}", param, ctx)
        return str(value)


class ScenarioArgument(PathArgument):
    """Name of a shipped scenario, or path of a scenario file."""

    def __init__(self) -> None:
        super().__init__(".yaml", ".yml")

    def offered(self, incomplete: str) -> list[str]:
        """Names of shipped scenarios first, then folders and files."""
        return [*shipped_names(incomplete), *super().offered(incomplete)]


def shipped_names(incomplete: str) -> list[str]:
    """Names of shipped scenarios that begin so.

    Those in a folder, which go by ``folder/name`` and by ``name``, are left out until something
    is typed: there are dozens.

    Examples
    --------
    >>> shipped_names("paris_2025_us")
    ['paris_2025_us_backstop', 'paris_2025_us_withdraws']
    """
    files = shipped_scenarios()
    inner = {name.rpartition("/")[2] for name in files if "/" in name}
    if not incomplete:
        return sorted(name for name in files if "/" not in name and name not in inner)
    return sorted(name for name in files if name.startswith(incomplete))


def paths(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """Folders, with a slash behind them, and files with one of the suffixes, that begin so.

    Hidden ones are offered once a dot is typed, and a home folder ``~`` is written out.
    """
    folder, name = os.path.split(os.path.expanduser(incomplete))  # noqa: PTH111
    try:
        with os.scandir(folder or ".") as entries:
            found = [_entry_name(entry, suffixes) for entry in islice(entries, MOST_ENTRIES)]
    except (OSError, ValueError):
        return []
    # Of what goes on from what was typed, names that can stand on a line of their own.
    fitting = [text for text in found if text.startswith(name) and text and text.isprintable()]
    if not name.startswith("."):
        fitting = [text for text in fitting if not text.startswith(".")]
    return sorted(os.path.join(folder, text) for text in fitting)  # noqa: PTH118


def _entry_name(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> str:
    """Name of an entry as a shell shows it; empty for one that is not offered."""
    try:
        if entry.is_dir():
            return f"{entry.name}/"
    except OSError:
        return ""
    return entry.name if entry.name.endswith(suffixes) else ""


def number_option(
    name: str, least: int, most: int, text: str, default: int | None = None
) -> Decorator[Any]:
    """Decorator of a command that takes a whole number from `least` to `most`."""
    return click.option(
        name,
        type=WholeNumber(least, most),
        metavar="N",
        default=default,
        show_default=default is not None,
        help=text,
    )


def runs_options(runs: str, seed: str) -> Decorator[Any]:
    """Decorator of a command that runs a scenario: `runs` and `seed`, with their helps."""
    options = [
        number_option("--runs", 1, MOST_RUNS, runs, default=1000),
        number_option("--seed", 0, MOST_SEED, seed, default=0),
    ]
    return _decorator_of(options)


def nations_option(default: str) -> Decorator[Any]:
    """Decorator of a command that prints a table of nations: `nations`, a text or None."""
    return click.option(
        "--nations",
        type=Filled(),
        metavar="IDS",
        help="Nations that are printed: all, or ids such as POL,DEU.  [default: " + default + "]",
    )


workers_option = number_option(
    "--workers",
    1,
    1024,
    "Number of threads; results do not depend on it.  [default: one per processor]",
)


dask_option = click.option(
    "--dask", metavar="ADDRESS", help="Run on the Dask cluster whose scheduler is at ADDRESS."
)


reported_option = click.option(
    "--reported",
    type=RealNumber(0, 1),
    default=0.5,
    show_default=True,
    metavar="SHARE",
    help="Chance that an exit before a public word is in a record.",
)


def utf8_texts(
    _: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """The values of an option, read as UTF-8 whatever the locale is.

    Raises
    ------
    WrongInput
        A value is not UTF-8, so that no file could hold it.
    """
    try:
        return tuple(value.encode("utf-8", "surrogateescape").decode("utf-8") for value in values)
    except UnicodeError as error:
        shown = ", ".join(repr(readable(value)) for value in values)
        raise WrongInput(f"{option.opts[0]}: {shown} must be UTF-8") from error


changes_option = click.option(
    "--set",
    "changes",
    type=NumberPath(),
    multiple=True,
    callback=utf8_texts,
    metavar="PATH=VALUE",
    help="Change a value of the scenario, e.g. nations.POL.stake=0.9; may be given many times.",
)
"""Decorator of each command that takes a scenario: `changes`, a tuple of texts."""


parameters_option = click.option(
    "--parameters",
    type=ParametersArgument(".csv"),
    metavar="posterior|FILE",
    help="Draw numbers of the behaviour in every run: posterior, the draws that come with the "
    "behaviour calibrated; or those of a FILE, such as the draws.csv of a calibration.",
)
"""Decorator of commands that take joint draws of numbers: `parameters`, a text or None."""


def output_options(
    kind: Kind,
    out: str,
    printed: str | None = None,
    is_run: bool = True,
    has_figures: bool = True,
) -> Decorator[Any]:
    """Decorator of a command that stores and prints a result: `out`, `no_figures`, `as_json`, ...

    Parameters
    ----------
    kind : Kind
        What it stores.
    out : str
        Help on the folder.
    printed : str, optional
        What it prints; by default all that it stores.
    is_run : bool
        A folder is written unless --print-only is given, or --json without --out; figures are drawn
        in it unless --no-figures is given.
    has_figures : bool
        Without, there is no --no-figures.
    """
    options = [
        click.option("--out", type=PathArgument(), metavar="DIR", help=out),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help=f"Print the {printed or kind.noun} as one JSON object; without --out no folder is "
            "written.",
        ),
        click.option("--quiet", is_flag=True, help="Print no text, notes or progress."),
        click.option(
            "--force", is_flag=True, help=f"Replace an earlier {kind.noun} in the folder."
        ),
    ]
    if is_run:
        options[1:1] = [
            click.option(
                "--print-only", is_flag=True, help="Print the result and write no folder."
            ),
        ]
    if is_run and has_figures:
        options.insert(1, click.option("--no-figures", is_flag=True, help="Draw no figures."))

    return _decorator_of(options)


def _decorator_of(options: Sequence[Decorator[Any]]) -> Decorator[Any]:
    """One decorator of several options, in their order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
