"""Exit statuses: 0 done, 1 the disk or the memory gave out, 2 the input is wrong."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sim.cli.errors import reason_of
from sim.cli.group import willing
from tests.cli.conftest import install

LONG = "a" * 300
FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def surroundings(scenario_file: Path, engine: list[dict[str, Any]]) -> None:
    """A good scenario, a wrong one, a folder that is taken and links in a circle."""
    Path("wrong.yaml").write_text("days: 0\nnations: [GBR]\n", encoding="utf-8")
    Path("taken").mkdir()
    Path("taken", "notes.txt").touch()
    Path("loop").symlink_to("loop")


def ended(*arguments: str) -> Result:
    """A call that ends as a command should: with a status, and no traceback."""
    result = CliRunner().invoke(willing, arguments)
    assert result.exc_info is None or result.exc_info[0] is SystemExit, result.exc_info
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *(["run", "--help"], ["check", "--help"], ["schema", "--help"]),
        ["run", "small.yaml", "--runs", "5", "--no-figures"],
        ["run", "small.yaml", "--runs", "5", "--no-figures", "--out", "some/where/new"],
        ["check", "small.yaml"],
        ["schema"],
        ["schema", "--out", "new.json"],
        *(["new"], ["new", "-"], ["new", "new.yaml"], ["new", "new.yaml", "--base", "small.yaml"]),
        ["completion", "bash"],
    ],
)
def test_what_is_done_is_0(arguments: list[str]) -> None:
    result = ended(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage"),
        (["nonsense"], "nonsense"),
        (["--nonsense"], "--nonsense"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", ""], "'SCENARIO': it is empty"),
        (["run", "."], "is a directory; a file is needed"),
        (["run", "nowhere.yaml"], "does not exist"),
        (["run", "~nosuchuser/small.yaml"], "does not exist"),
        (["run", "wrong.yaml"], "1 problem in the scenario"),
        (["run", "small.yaml", "--runs", "0"], "--runs"),
        (["run", "small.yaml", "--runs", "many"], "--runs"),
        (["run", "small.yaml", "--seed", "-1"], "--seed"),
        (["run", "small.yaml", "--engine", "slow"], "--engine"),
        (["run", "small.yaml", "--keep", "all"], "--keep"),
        (["run", "small.yaml", "--workers", "0"], "--workers"),
        (["run", "small.yaml", "--set", ""], "must have the form PATH=VALUE"),
        (["run", "small.yaml", "--out", ""], "'--out': it is empty"),
        (["run", "small.yaml", "--out", "-"], "--out: - is standard output, and a folder is"),
        (["trace", "small.yaml", "--out", "-"], "--out: - is standard output, and a folder is"),
        (["run", "small.yaml", "--out", "taken"], "taken is not a result of willing"),
        (["run", "small.yaml", "--out", "small.yaml"], "small.yaml is a file, not a folder"),
        (["run", "small.yaml", "--out", "small.yaml/x"], "small.yaml is a file, not a folder"),
        (["run", "small.yaml", "--out", "small.yaml/x/y"], "small.yaml is a file, not a folder"),
        (["run", "small.yaml", "--out", "loop/x"], "links go round in a circle"),
        (["run", "small.yaml", "--out", LONG], "the name is too long"),
        (["run", "small.yaml", "--out", "~nosuchuser/x"], "there is no home folder ~nosuchuser"),
        (["check"], "Missing argument 'FILES...'"),
        (["check", ""], "'FILES...': it is empty"),
        (["check", "small.yaml", ""], "'FILES...': it is empty"),
        (["check", "nowhere.yaml"], "does not exist"),
        (["check", "wrong.yaml"], "days: 0"),
        (["schema", "--out", ""], "'--out': it is empty"),
        (["schema", "--out", "/"], "it is a folder, not a file"),
        (["schema", "--out", "taken"], "it is a folder, not a file"),
        (["schema", "--out", "small.yaml/x"], "small.yaml is a file, not a folder"),
        (["schema", "--out", "nowhere/x"], "there is no folder"),
        (["schema", "--out", "loop"], "links go round in a circle"),
        (["schema", "--out", LONG], "the name is too long"),
        (["schema", "--out", "~nosuchuser/x"], "there is no home folder ~nosuchuser"),
        (["schema", "more"], "more"),
        (["new", ""], "'[FILE]': it is empty"),
        (["new", "--base", ""], "'--base': it is empty"),
        (["new", "--title", ""], "'--title': it is empty"),
        (["new", "small.yaml"], "small.yaml is there already"),
        (["new", "taken"], "it is a folder, not a file"),
        (["new", "small.yaml/x"], "small.yaml is a file, not a folder"),
        (["new", "nowhere/x"], "there is no folder"),
        (["new", "nowhere/x", "--base", "small.yaml"], "there is no folder"),
        (["new", "loop"], "links go round in a circle"),
        (["new", LONG], "the name is too long"),
        (["new", "~nosuchuser/x"], "there is no home folder ~nosuchuser"),
        (["new", "x.yaml", "more"], "more"),
        (["completion"], "Missing argument 'SHELL'"),
        (["completion", "tcsh"], "no such name: 'tcsh'; it must be one of bash, zsh, fish"),
    ],
)
def test_wrong_input_is_2_and_runs_nothing(
    engine: list[dict[str, Any]], arguments: list[str], said: str
) -> None:
    before = sorted(Path().rglob("*"))
    result = ended(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert engine == []
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EPERM])
@pytest.mark.parametrize(
    ("arguments", "method"),
    [
        (["run", "small.yaml", "--out", "new"], "mkdir"),
        (["schema", "--out", "new"], "open"),
        (["new", "new"], "open"),
    ],
)
def test_a_full_or_read_only_disk_is_1_and_is_told_by_name(
    monkeypatch: pytest.MonkeyPatch, number: int, arguments: list[str], method: str
) -> None:
    done = getattr(Path, method)

    def refuse(self: Path, *given: Any, **options: Any) -> Any:
        if self.name.startswith(".new.part-"):
            raise OSError(number, os.strerror(number), str(self))
        return done(self, *given, **options)

    monkeypatch.setattr(Path, method, refuse)
    result = ended(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: new: {os.strerror(number)}")
    assert not list(Path().glob("*new*"))


def test_an_error_names_no_file_that_has_gone_when_it_is_read() -> None:
    words = os.strerror(errno.ENOSPC)
    part = "results/.paris.part-0123abcd/figures/fan_chart.png"
    assert (
        reason_of(OSError(errno.ENOSPC, words, part), "results/paris") == f"results/paris: {words}"
    )
    assert reason_of(OSError(errno.ENOSPC, words, "kept.png"), "here") == f"kept.png: {words}"
    assert reason_of(OSError(errno.ENOSPC, "Detail: [errno 28]"), "here") == f"here: {words}"
    assert reason_of(OSError("what a library says")) == "what a library says"


def test_memory_that_gives_out_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: Any, **__: Any) -> Any:
        raise MemoryError

    install(monkeypatch, exhausted)
    result = ended("run", "small.yaml")
    assert result.exit_code == 1
    assert "out of memory" in result.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["new", "-"],
        *(
            pytest.param(words, marks=pytest.mark.slow)
            for words in (
                ["--help"],
                ["check", "--help"],
                ["check", "small.yaml"],
                ["check", "small.yaml", "--full"],
                ["schema"],
                ["completion", "bash"],
            )
        ),
    ],
)
def test_a_terminal_that_cannot_be_written_to_is_1_and_one_line(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sim", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    assert done.returncode == 1
    assert done.stderr == "Error: standard output: No space left on device\n"


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_schema_goes_to_a_device_as_it_is() -> None:
    result = ended("schema", "--out", str(FULL))
    assert (result.exit_code, result.stderr) == (1, f"Error: {FULL}: No space left on device\n")
    assert FULL.is_char_device()


@pytest.mark.skipif(os.name == "nt", reason="arguments are text on this system")
@pytest.mark.parametrize("command", ["run", "trace"])
def test_a_change_that_is_no_utf8_is_2_and_runs_nothing(
    engine: list[dict[str, Any]], command: str
) -> None:
    result = ended(command, "small.yaml", "--set", os.fsdecode(b"title=\xff"), "--out", "new")
    assert (result.exit_code, engine) == (2, [])
    assert result.stderr == "Error: --set: 'title=\\\\xff' must be UTF-8\n"
    assert not Path("new").exists()


RUN, TRACE = ("run", "--runs", "5", "--no-figures"), ("trace",)
NO_UTF8, TO_THE_LEFT = b"sm\xff.yaml", "rtl \u202b.yaml".encode()
PLAIN: dict[str, str] = {}
OLD = {"LC_ALL": "C", "PYTHONUTF8": "0"}
QUICK = ((TRACE, NO_UTF8, OLD),)
CALLS = [
    pytest.param(*call, marks=[pytest.mark.slow] * (call not in QUICK))
    for call in product((RUN, TRACE), (NO_UTF8, TO_THE_LEFT), (OLD, PLAIN))
]


@pytest.mark.skipif(os.name == "nt", reason="names are text on this system")
@pytest.mark.parametrize(("command", "name", "environment"), CALLS)
def test_a_file_of_any_name_is_run_and_named_in_a_command_that_can_be_read(
    command: tuple[str, ...], name: bytes, environment: dict[str, str]
) -> None:
    Path("small.yaml").rename(os.fsdecode(name))
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command, name, "--out", b"out" + name],
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONCOERCECLOCALE": "0",
            **environment,
        },
    )
    assert done.returncode == 0, done.stderr
    assert b"Written to out" in done.stdout
    provenance = Path(os.fsdecode(b"out" + name), "provenance.json").read_text(encoding="utf-8")
    words = shlex.split(json.loads(provenance)["command"])
    assert words[:3] == ["willing", command[0], name.decode("utf-8", "backslashreplace")]
