"""``willing completion``: what has a shell complete commands, options and files."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import Choice
from sim.cli.stdout import say

SHELLS = ("bash", "zsh", "fish")

TEMPLATES = Path(__file__).with_name("templates")


@click.command(
    name="completion",
    epilog="""\b
Example:
  willing completion bash
""",
)
@click.argument("shell", type=Choice(SHELLS), metavar="SHELL")
def completion(shell: str) -> None:
    """Print a script with which SHELL completes commands, options, scenarios and results.

    SHELL is bash, zsh or fish. Printing it changes nothing; to have completion from now on:

    \b
    In bash, put this line into ~/.bashrc
      eval "$(willing completion bash)"

    \b
    In zsh, make the folder ~/.zfunc, call
      willing completion zsh > ~/.zfunc/_willing
    and put these lines into ~/.zshrc
      fpath=(~/.zfunc $fpath)
      autoload -Uz compinit && compinit

    \b
    In fish, call
      willing completion fish > ~/.config/fish/completions/willing.fish

    Then open a new terminal, type "willing run " and press the Tab key.
    """  # noqa: D301 (\b is Click's sign to keep lines as they are)
    say(script(shell), nl=False)


def script(shell: str) -> str:
    """The script of a shell.

    Examples
    --------
    >>> "complete" in script("bash")
    True
    """
    return (TEMPLATES / f"completion.{shell}").read_text(encoding="utf-8")
