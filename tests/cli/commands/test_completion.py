"""Completion: what a shell offers, how it asks for it, and that asking is quick and quiet."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from sim.cli.commands.completion import SHELLS, script
from sim.cli.group import COMMANDS, willing
from sim.cli.options import MOST_ENTRIES, paths
from sim.scenario.files.catalogue import shipped_scenarios

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with scenario files, results and other things."""
    monkeypatch.chdir(tmp_path)
    for place in ("results/first", "results/second", "my folder", ".hidden"):
        Path(place).mkdir(parents=True)
    for file in ("mine.yaml", "my folder/a b.yml", "notes.txt", ".secret.yaml", "paris.json"):
        Path(file).touch()
    return tmp_path


def asked_in_bash(*words: str) -> dict[str, str]:
    """What bash puts into the environment to ask."""
    line = "\n".join(("willing", *(word.replace(" ", "\\ ") for word in words)))
    return {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}


def offered(*words: str, shell: str = "bash") -> list[str]:
    """What `willing` offers for the last of the words, asked as a shell asks."""
    asked = {**asked_in_bash(*words), "PYTHONPATH": str(ROOT)}
    if shell == "fish":
        asked["COMP_CWORD"] = words[-1]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from sim.cli.main import main; main()"],
        env={**os.environ, **asked, "_WILLING_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def offered_in_fish(*words: str) -> list[str]:
    """Kind, value and meaning of the one thing offered; how Click divides them has changed."""
    return re.split(r"(?<=^plain),|[\t\n]", "\n".join(offered(*words, shell="fish")))


def values(*words: str) -> list[str]:
    """The same without what bash is told of their kind, asked within this process."""
    completion = BashComplete(willing, {}, "willing", "_WILLING_COMPLETE")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asked_in_bash(*words).items():
            patch.setenv(name, value)
        lines = completion.complete().splitlines()
    return [line.removeprefix("plain,") for line in lines if line]


def test_every_command_is_offered_in_its_order() -> None:
    assert values("") == list(COMMANDS)
    assert values("ch") == ["check"]
    assert offered("ch", shell="zsh") == ["plain", "check", COMMANDS["check"]]
    assert offered_in_fish("ch") == ["plain", "check", COMMANDS["check"]]


def test_commands_are_offered_without_importing_any() -> None:
    program = (
        "import sys, click\nfrom sim.cli.group import COMMANDS, willing\n"
        "found = willing.shell_complete(click.Context(willing), '')\n"
        "loaded = [name for name in COMMANDS if f'sim.cli.commands.{name}' in sys.modules]\n"
        "print(len(found) >= len(COMMANDS), loaded)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "True []\n"


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_scenario_is_a_shipped_name_or_a_file(command: str) -> None:
    top = sorted(name for name in shipped_scenarios() if name.startswith("paris_2025"))
    assert values(command, "") == [*top, "mine.yaml", "my folder/", "results/"]
    assert values(command, "paris_2025_us") == ["paris_2025_us_backstop", "paris_2025_us_withdraws"]
    assert values(command, "my folder/a") == ["my folder/a b.yml"]
    assert values(command, "kuran_1991_") == ["kuran_1991_one_changed"]
    assert "classics/watts_2002" in values(command, "classics/")


def test_every_file_of_many_is_offered_something() -> None:
    assert values("check", "mine.yaml", "paris_2025_us_b") == ["paris_2025_us_backstop"]


def test_a_folder_to_write_to_is_a_folder() -> None:
    assert values("run", "mine.yaml", "--out", "") == ["my folder/", "results/"]
    assert values("run", "mine.yaml", "--out", "results/f") == ["results/first/"]
    assert values("run", "mine.yaml", "--out=results/f") == ["results/first/"]


def test_a_schema_is_written_to_a_file_of_its_kind() -> None:
    assert values("schema", "--out", "pa") == ["paris.json"]


def test_options_and_their_choices_are_offered() -> None:
    assert values("run", "--no") == ["--no-figures"]
    assert values("run", "--engine", "") == ["batch", "mesa"]
    assert values("completion", "") == list(SHELLS)
    assert values("--ver") == ["--version"]


def test_paths_of_the_scenario_are_offered_up_to_their_next_dot() -> None:
    for option in (("run", "paris_2025", "--set"), ("sweep", "paris_2025", "--vary")):
        assert values(*option, "conditions.us_backing.le") == ["conditions.us_backing.level="]
        assert values(*option, "cond") == ["conditions."]
        assert "events.chiefs_of_defence.weight=" in values(*option, "events.chiefs_of_defence.")
    for words in (("run", "--set"), ("run", "mine.yaml", "--set"), ("run", "nowhere", "--set")):
        assert values(*words, "cond") == []
    assert values("compare", "paris_2025", "paris_2025_us_backstop", "--set", "mem") == ["memory."]
    assert values("check", "paris_2025", "--set", "days") == ["days="]
    with_help = offered_in_fish("run", "paris_2025", "--set", "commitment.sc")
    meaning = "How strongly the value of success depends on the size of a nation"
    assert with_help == ["plain", "commitment.scale=", meaning]


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nowhere/"),
        ("run", "mine.yaml/"),
        ("run", "~nosuchuser/"),
        ("run", "a\x01b"),
        ("check", "a" * 5000),
    ],
)
def test_what_cannot_be_completed_is_met_with_silence(words: tuple[str, ...]) -> None:
    assert values(*words) == []


def test_a_mistake_further_left_is_no_error() -> None:
    assert values("rnu", "") == values("nonsense", "") == list(COMMANDS)
    assert "mine.yaml" in values("run", "--runs", "many", "--nonsense", "")


def test_hidden_files_are_offered_once_a_dot_is_typed() -> None:
    assert paths("", (".yaml",)) == ["mine.yaml", "my folder/", "results/"]
    assert paths(".", (".yaml",)) == [".hidden/", ".secret.yaml"]


def test_a_home_folder_is_written_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert paths("~/mi", (".yaml",)) == [f"{folder}/mine.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="no such names on this system")
def test_a_name_that_would_break_the_lines_is_left_out() -> None:
    for name in (
        "mi\nplain,run.yaml",
        "mi\x1b[31m.yaml",
        b"mi\xff.yaml".decode(errors="surrogateescape"),
    ):
        Path(name).touch()
    assert paths("mi", (".yaml",)) == ["mine.yaml"]


def test_no_more_entries_are_looked_at_than_anyone_picks_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MOST_ENTRIES >= 1000
    monkeypatch.setattr("sim.cli.options.MOST_ENTRIES", 0)
    assert paths("", (".yaml",)) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_as_it_is(shell: str) -> None:
    result = CliRunner().invoke(willing, ["completion", shell])
    assert (result.exit_code, result.output) == (0, script(shell))
    assert f"_WILLING_COMPLETE={shell}_complete" in script(shell)


@pytest.mark.parametrize("arguments", [[], ["tcsh"], ["bash", "zsh"]])
def test_a_shell_that_is_not_known_is_the_users_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(willing, ["completion", *arguments]).exit_code == 2


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_understands_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run(
        [shell, "-n"], input=script(shell), text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


IN_BASH = """
source <(cat)
COMP_WORDS=(willing {words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
{function} {program}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed_in_bash(words: str, folder: Path) -> list[str]:
    """What bash would offer, with the script sourced and its function called as bash calls it."""
    program = folder / "willing"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sim "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    asked = IN_BASH.format(words=words, function="_willing_completion", program=program)
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        input=script("bash"),
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="no bash here")
def test_bash_itself_completes(folder: Path) -> None:
    assert completed_in_bash("compl", folder) == ["completion"]
    assert completed_in_bash("run paris_2025_us_b", folder) == ["paris_2025_us_backstop"]
    assert completed_in_bash("run 'my\\ folder/a\\ '", folder) == ["my folder/a b.yml"]
    assert completed_in_bash("run mine.yaml --out = results/f", folder) == ["results/first/"]
    assert completed_in_bash("run mine.yaml --out =", folder) == ["my folder/", "results/"]
    assert completed_in_bash("run nowhere/", folder) == [""]
    backing = "conditions.us_backing.level="
    assert completed_in_bash("run paris_2025 --set conditions.us_backing.le", folder) == [backing]


IN_ZSH = """
compdef() {{ }}
compadd() {{ print -r -- "$@" }}
_describe() {{ print -r -- "$@" ${{(P)3}} }}
source <(cat)
words=({program} {words})
CURRENT=$#words
PREFIX=${{words[-1]}}
_willing_completion
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@pytest.mark.parametrize(
    ("words", "added"),
    [
        ("run mine.yaml --out=results/f", "-U -P --out= -S  -- results/first/"),
        ("run mine.yaml --out results/f", "-U -P  -S  -- results/first/"),
        ("run paris_2025_us_b", "-U -P  -V names -a names"),
    ],
)
def test_zsh_itself_completes_behind_what_is_typed(words: str, added: str, folder: Path) -> None:
    program = folder / "willing"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sim "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        ["zsh", "-f", "-c", IN_ZSH.format(words=words, program=program)],
        input=script("zsh"),
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.stdout, done.stderr) == (f"{added}\n", "")


def test_one_completion_takes_a_moment() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        assert offered("run", "paris_2025_us_b")
        return time.perf_counter() - began

    assert min(seconds() for _ in range(4)) < 0.5


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("bsh", "no such name: 'bsh'; did you mean 'bash'?"),
        ("tcl", "no such name: 'tcl'; it must be one of bash, zsh, fish"),
    ],
)
def test_a_shell_that_is_not_known_gets_the_closest_or_all(shell: str, said: str) -> None:
    result = CliRunner().invoke(willing, ["completion", shell])
    assert result.exit_code == 2
    assert said in result.stderr
