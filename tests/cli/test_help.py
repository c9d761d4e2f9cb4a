"""The examples in ``--help``: every command has one, and all of them run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sim.cli.group import COMMANDS, willing
from tests.shown_commands import shortened

STORED = "results/paris_2025"
SWEPT = "results/sweep_paris_2025"
FORECAST = "results/libya_2011_2011-03-20"
CONTEXT = click.Context(willing)


def epilog_of(name: str) -> str:
    """What stands at the end of a command's help; of ``willing`` itself without a name."""
    command = willing.get_command(CONTEXT, name) if name else willing
    assert command is not None
    return command.epilog or ""


def examples_of(name: str) -> list[str]:
    """Example lines of a command's help."""
    block = re.search(r"Examples?:(.*?)(?:\n\n|\Z)", epilog_of(name), re.DOTALL)
    return re.findall(r"willing .*", block[1]) if block else []


FITTING = ("calibrate", "backtest")

EXAMPLES = [
    # A fit to past coalitions takes seconds, and has tests of its own on small ones.
    pytest.param(name, line, marks=[pytest.mark.slow] * (number > 0 or name in FITTING))
    for name in ("", *COMMANDS)
    for number, line in enumerate(examples_of(name))
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results, as `willing run paris_2025`, a sweep and a forecast write them."""
    folder = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(willing, ["run", "paris_2025", "--runs", "50", "--no-figures"])
        assert done.exit_code == 0, done.output
        levels = "conditions.us_backing.level=0.01:0.99:50"  # as many as --discover needs
        words = ["sweep", "paris_2025", "--vary", levels, "--runs", "20", "--no-figures"]
        done = CliRunner().invoke(willing, words)
        assert done.exit_code == 0, done.output
        libya = ["histories/libya_2011", "--as-of", "2011-03-20", "--draws", "20"]
        words = ["forecast", *libya, "--runs", "50", "--no-figures"]
        done = CliRunner().invoke(willing, words)
        assert done.exit_code == 0, done.output
    return folder


def prepare(words: list[str], stored: Path) -> None:
    """Have in the working folder what an example reads."""
    for place in (STORED, SWEPT, FORECAST):
        if place in words:
            shutil.copytree(stored / place, place)
    for word in words:
        if word.endswith(".yaml") and words[0] != "new":
            Path(word).write_text("base: paris_2025\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_ends_with_an_example(name: str) -> None:
    assert examples_of(name)
    assert all(f"willing {name}".strip() in line for line in examples_of(name))
    shown = CliRunner().invoke(willing, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert shown.stdout.rstrip().endswith("\n    ".join(examples_of(name)))


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_every_example_in_a_help_runs(
    name: str, example: str, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if name == "app":  # which goes on until Ctrl-C, and opens a browser
        monkeypatch.setattr("sim.app.serving.Serving.run", lambda serving: serving.close())
        monkeypatch.setattr("webbrowser.open", lambda _: True)
        monkeypatch.setattr("os.nice", lambda _: 0)
    words = shortened(example)
    prepare(words, stored)
    done = CliRunner().invoke(willing, words)
    assert done.exit_code == 0, done.output
