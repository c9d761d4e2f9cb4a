"""``willing why``: three sentences, as data too, of a scenario or of a stored run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.report.why import why_sentences
from tests.cli.tracing import SMALL, traced


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a scenario."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


def why(*words: str) -> Result:
    return CliRunner().invoke(willing, ["why", *words])


def test_three_sentences_stand_under_the_heading_of_the_run() -> None:
    result = why("small.yaml", "--seed", "1", "--run", "7", "--nation", "POL")
    assert (result.exit_code, result.stderr) == (0, "")
    heading, answer, *_ = result.stdout.split("\n\n")
    assert heading.startswith("A small coalition\n4 nations, 10 Mar 2025 to 19 Apr 2025, run 7")
    found = sim.why("small.yaml", "POL", seed=1, run=7)
    said = " ".join(answer.split("\n  ")[0].split())
    assert said == " ".join(why_sentences(found))
    assert "no forecast of what any government" in result.stdout


def test_a_trace_of_a_nation_starts_with_the_same_sentences() -> None:
    found = sim.why("small.yaml", "POL", seed=1, run=7)
    text = traced("small.yaml", "--seed", "1", "--run", "7", "--nation", "POL").stdout
    assert " ".join(text.split("\n\n")[1].split()) == " ".join(why_sentences(found))


def test_a_stored_run_is_explained_as_the_run_of_its_scenario() -> None:
    sim.run(sim.load_scenario("small.yaml"), runs=9, seed=1).save("result")
    stored = why("result", "--run", "7", "--nation", "POL", "--json")
    fresh = why("small.yaml", "--seed", "1", "--run", "7", "--nation", "POL", "--json")
    assert json.loads(stored.stdout) == json.loads(fresh.stdout)
    assert why("result", "--run", "9", "--nation", "POL").exit_code == 2


def test_wrong_input_is_one_message() -> None:
    for words, part in (
        (("small.yaml", "--nation", "POLL"), "POL"),
        (("small.yaml",), "--nation"),
        (("nowhere.yaml", "--nation", "POL"), "nowhere.yaml"),
        (("small.yaml", "--nation", "POL", "--run", "-1"), "--run"),
    ):
        result = why(*words)
        assert result.exit_code == 2
        assert part in result.stderr
        assert "Traceback" not in result.stderr
