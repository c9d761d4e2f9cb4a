"""Titles and names of files, whoever chose them, cannot steer the terminal of who reads them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.group import willing
from tests.report.test_hostile_texts import STEERING, scenario_of

NAME = "a\x1b[31m\x1b]0;owned\x07\x9b2J\x7f\u202e\u2066z"
TITLE = f"{NAME}<b>"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no such file names on this system"),
    pytest.mark.usefixtures("blank_figures"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a hostile name, in which the commands are called."""
    place = tmp_path / NAME
    place.mkdir()
    monkeypatch.chdir(place)
    (place / f"{NAME}.yaml").write_text(scenario_of(TITLE).to_yaml(), encoding="utf-8")
    Path("wrong.yaml").write_text(f'title: "{NAME.encode("unicode_escape").decode()}"\ndays: x\n')
    return place


def called(*arguments: str, status: int = 0) -> Result:
    """A call that prints nothing which steers a terminal."""
    result = CliRunner().invoke(willing, list(arguments))
    assert result.exit_code == status, result.output
    for text in (result.stdout, result.stderr):
        assert not STEERING & set(text), text
    return result


def test_no_command_prints_them(folder: Path) -> None:
    file, out = f"{NAME}.yaml", f"out{NAME}"
    called("check", file)
    called("check", file, "--full")
    called("check", "wrong.yaml", status=2)
    called("check", f"missing{NAME}.yaml", status=2)
    called("run", file, "--runs", "3", "--workers", "1")
    called("run", file, "--runs", "3", "--workers", "1", "--out", out)
    assert "already" in called("run", file, "--runs", "4", "--out", out, status=2).stderr
    called("trace", file, "--out", f"trace{NAME}")
    called("trace", file, "--nation", NAME, status=2)
    called("compare", file, file, "--set", "days=5", "--runs", "3", "--no-figures", status=2)
    Path(f"2{NAME}.yaml").write_text(scenario_of(TITLE, days=5).to_yaml(), "utf-8")
    called("compare", file, f"2{NAME}.yaml", "--runs", "3", "--workers", "1", "--out", f"c{out}")
    vary = ("--vary", "conditions.backing.level=0.2,0.8", "--runs", "3", "--workers", "1")
    called("sweep", file, *vary, "--out", f"s{out}")
    called("sweep", file, *vary, "--seed", "7", "--out", f"s{out}", status=2)
    called("sweep", file, "--vary", f"{NAME}=1,2", status=2)
    called("plot", out, "--kind", "fan_chart")
    called("plot", out, "--kind", "fan_chart", "--out", ".")
    assert "already" in called("plot", out, "--kind", "fan_chart", "--out", ".", status=2).stderr
    called("plot", f"missing{NAME}", status=2)
    called("report", out, f"c{out}", f"s{out}", f"trace{NAME}", "--out", f"{NAME}.html")
    assert not STEERING & set(Path(f"{NAME}.html").read_text(encoding="utf-8"))
    called("report", f"missing{NAME}", status=2)
    called("new", f"new{NAME}.yaml", "--title", TITLE)
    assert "already" in called("new", f"new{NAME}.yaml", status=2).stderr
    called("new", "-", "--base", file, "--title", TITLE)


def test_wrong_words_of_the_command_line_are_quoted_without_them(folder: Path) -> None:
    file = f"{NAME}.yaml"
    called(NAME, status=2)
    called("run", file, f"--{NAME}", status=2)
    called("run", file, "--runs", NAME, status=2)
    called("run", file, "--engine", NAME, status=2)
    called("run", file, "--set", f"{NAME}=1", status=2)
    called("run", file, "--set", f"days={NAME}", status=2)
    called("run", file, NAME, status=2)


def test_a_folder_that_cannot_be_written_to_is_named_without_them(folder: Path) -> None:
    place = folder / NAME
    place.write_text("a file")
    called("run", f"{NAME}.yaml", "--runs", "3", "--out", f"{NAME}/out", status=2)
    called("new", f"{NAME}/new.yaml", status=2)


def test_json_says_them_exactly(folder: Path) -> None:
    file = f"{NAME}.yaml"
    [report] = json.loads(called("check", file, "--json").stdout)
    assert (report["file"], report["title"]) == (file, TITLE)
    options = ("--runs", "3", "--workers", "1", "--out", f"o{NAME}", "--json")
    for command in (
        ("run", file, *options),
        ("trace", file, "--out", f"t{NAME}", "--json"),
        ("sweep", file, "--vary", "days=4,5", *options[:-2], f"s{NAME}", "--json"),
        ("plot", f"o{NAME}", "--kind", "fan_chart", "--json"),
    ):
        found = json.loads(called(*command).stdout)
        assert NAME in found["out"]
    run = json.loads((Path(f"o{NAME}") / "provenance.json").read_text("utf-8"))
    assert run["scenario"] == TITLE or TITLE in json.dumps(run, ensure_ascii=False)


def test_bytes_that_are_no_text_are_still_named(folder: Path) -> None:
    name = os.fsdecode(b"bytes\xff.yaml")
    assert "bytes" in called("check", name, status=2).stderr
