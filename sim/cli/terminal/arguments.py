"""Kinds of arguments, and what a shell offers in their place."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from sim.cli.terminal.failures import Filled

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MOST_SEED = 2**64 - 1
MOST_ENTRIES = 10_000
"""Entries of a folder that are looked at; nobody picks from more."""


class Place(Filled):
    """Path of a folder, or of a file that has one of the suffixes.

    Parameters
    ----------
    *suffixes : str
        Suffixes of the files that a shell offers beside folders, such as ``.yaml``.
    """

    def __init__(self, *suffixes: str) -> None:
        self.suffixes = suffixes

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[Any]]:
        """Folders and files that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(text) for text in self.offered(ctx, param, incomplete)]

    def offered(
        self,
        ctx: click.Context,  # noqa: ARG002 (Click passes it)
        param: click.Parameter,  # noqa: ARG002 (Click passes it)
        incomplete: str,
    ) -> list[str]:
        """Texts that begin so, in the order they are to be shown in."""
        return paths(incomplete, self.suffixes)


class WholeNumber(click.IntRange):
    """A whole number in a range, which the message on any other names."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; an error of the user's where it is none, or is out of range."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} must be a whole number from {self.min} to {self.max}", param, ctx)


class OneOf(click.Choice[str]):
    """A name out of a few, with the closest of them for one that is mistyped."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name; an error of the user's where it is none of them."""
        names = list(self.choices)
        if value not in names:
            from sim.scenario.files.suggestions import closest

            meant = closest(str(value), names) or f"; it must be one of {', '.join(names)}"
            self.fail(f"no such name: {str(value)[:60]!r}{meant}", param, ctx)
        return str(value)


class ScenarioArgument(Place):
    """Name of a shipped scenario, or path of a scenario file."""

    def __init__(self) -> None:
        super().__init__(".yaml", ".yml")

    def offered(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        """Names of shipped scenarios first, then folders and files."""
        return [*shipped_names(incomplete), *super().offered(ctx, param, incomplete)]


def shipped_names(incomplete: str) -> list[str]:
    """Names of shipped scenarios that begin so.

    Those in a folder, which go by ``folder/name`` and by ``name``, are left out until something
    is typed: there are dozens.

    Examples
    --------
    >>> shipped_names("paris_2025_us")
    ['paris_2025_us_backstop', 'paris_2025_us_withdraws']
    """
    from sim.scenario.files.catalogue import shipped_scenarios

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
            found = [_shown(entry, suffixes) for entry in islice(entries, MOST_ENTRIES)]
    except (OSError, ValueError):
        return []
    return sorted(os.path.join(folder, text) for text in found if _fits(text, name))  # noqa: PTH118


def _fits(text: str, name: str) -> bool:
    """Whether a name goes on from what was typed, and can stand on a line of its own."""
    is_asked_for = name.startswith(".") or not text.startswith(".")
    return bool(text) and text.startswith(name) and is_asked_for and text.isprintable()


def _shown(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> str:
    """Name of an entry as a shell shows it; of one that is not wanted, none."""
    try:
        if entry.is_dir():
            return f"{entry.name}/"
    except OSError:
        return ""
    return entry.name if entry.name.endswith(suffixes) else ""


changes_option = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value of the scenario, e.g. nations.POL.stake=0.9; may be given many times.",
)
"""Decorator of each command that takes a scenario: `changes`, a tuple of texts."""
