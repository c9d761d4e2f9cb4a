"""Whatever is printed can be printed: in every encoding, and to a reader who stops reading."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli.stdout import ESCAPED, escaped

TITLE = "caf\u00e9 \u0645\u0631\u062d\u0628\u0627 \U0001f600 \u2192 end"
SCENARIO = f"title: {TITLE}\ndays: 2\nnations: [GBR]\n"
FULL = Path("/dev/full")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "koi8-r", "utf-8"])
def test_json_stays_the_same_json_in_every_encoding(encoding: str) -> None:
    codecs.register_error(ESCAPED, escaped)
    document = {"title": TITLE, "path": "not text: \udcff"}
    text = json.dumps(document, ensure_ascii=False).encode(encoding, ESCAPED).decode(encoding)
    assert json.loads(text) == document


def called(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """A call in a process of its own, with some settings of the environment."""
    command = [sys.executable, "-m", "sim", *arguments]
    environment = {**os.environ, **settings}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)


CHECK, NEW = ["check", "f.yaml", "--full"], ["new", "-", "--base=f.yaml"]


@pytest.mark.parametrize(
    ("encoding", "arguments"),
    [
        *(("latin-1", CHECK), ("ascii", NEW)),
        *(
            pytest.param(*both, marks=pytest.mark.slow)
            for both in (
                *(("cp1252", CHECK), ("ascii", CHECK), ("utf-8", CHECK)),
                *(("latin-1", NEW), ("cp1252", NEW), ("utf-8", NEW)),
            )
        ),
    ],
)
def test_every_letter_is_printed_in_every_encoding(
    tmp_path: Path, encoding: str, arguments: list[str]
) -> None:
    (tmp_path / "f.yaml").write_text(SCENARIO, encoding="utf-8")
    done = called(tmp_path, *arguments, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" end" in done.stdout
    if encoding == "latin-1":
        assert (
            b"caf\xe9 \\u0645\\u0631\\u062d\\u0628\\u0627 \\ud83d\\ude00 \\u2192 end" in done.stdout
        )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        *((["--help"], 0), (["check", "wrong.yaml", "--json"], 2)),
        *(
            pytest.param(arguments, 0, marks=pytest.mark.slow)
            for arguments in (
                *(["--version"], ["run", "--help"], ["schema"]),
                *(["completion", "bash"], ["new", "-"], ["check", "f.yaml", "--full"]),
            )
        ),
    ],
)
def test_a_reader_who_stops_reading_changes_nothing(
    tmp_path: Path, arguments: list[str], status: int
) -> None:
    (tmp_path / "f.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("days: 0\nnations: [GBR]\n", encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "sim", *arguments]
    try:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_still_a_failure(tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        command = [sys.executable, "-m", "sim", "schema"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_without_standard_output_a_command_still_works(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m sim new made.yaml >&-"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "made.yaml").exists()
