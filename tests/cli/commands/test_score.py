"""``willing score``: what it prints of a stored forecast, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from tests.cli.commands.test_forecast import RECORD, SCENARIO

STORED = "results/past_2011-03-20"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a forecast, made when half of the record was known."""
    monkeypatch.chdir(tmp_path)
    Path("past.yaml").write_text(SCENARIO, encoding="utf-8")
    Path("record.csv").write_text(RECORD, encoding="utf-8")
    half = "".join(RECORD.splitlines(keepends=True)[:2])
    Path("half.csv").write_text(half, encoding="utf-8")
    past = sim.load_history("past.yaml", record="half.csv")
    sim.forecast(past, "2011-03-20", runs=60, n_draws=30).save(STORED)


def score(*words: str) -> Result:
    return CliRunner().invoke(willing, ["score", *words])


def test_scores_are_printed_beside_baselines() -> None:
    done = score(STORED, "past.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    heading, table, note = done.stdout.rstrip().split("\n\n")
    assert heading == "As of 2011-03-20: 2 open nations, 1 of them public by 2011-04-09"
    rows = table.splitlines()
    assert [row.split()[0] for row in rows[:3]] == ["Scores", "model", "base"]
    assert len(rows) == 8
    assert "One coalition tells little" in " ".join(note.split())


def test_the_json_has_what_python_has() -> None:
    done = score(STORED, "past.yaml", "--by", "2011-03-30", "--json")
    found = json.loads(done.stdout)
    wanted = sim.score_forecast(STORED, "past.yaml", by="2011-03-30")
    assert (found["as_of"], found["by"]) == ("2011-03-20", "2011-03-30")
    assert [row["method"] for row in found["scores"]] == list(wanted.scores)
    assert found["scores"][0]["log"] == wanted.scores["model"].log
    assert [row["nation"] for row in found["nations"]] == list(wanted.nations)
    assert [row["model"] for row in found["nations"]] == wanted.chances["model"].tolist()


def test_the_record_that_is_given_counts() -> None:
    done = score(STORED, "past.yaml", "--record", "half.csv", "--json")
    assert done.stderr.startswith("Note: the record has no row after 2011-03-20: it may be")
    found = json.loads(done.stdout)
    assert [row["joined"] for row in found["nations"]] == [0, 0]
    assert found["scores"][0]["auc"] is None


def test_nobody_open_leaves_nothing_to_score() -> None:
    swedish = RECORD.replace("2011-03-29", "2011-03-19")
    all_of_them = swedish + swedish.splitlines(keepends=True)[1].replace("NOR", "GBR")
    Path("all.csv").write_text(all_of_them, encoding="utf-8")
    done = sim.load_history("past.yaml", record="all.csv")
    sim.forecast(done, "2011-03-20", runs=10, n_draws=5).save("all")
    assert "No nation was open" in score("all", "past.yaml", "--record", "all.csv").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((STORED, "past.yaml", "--by", "soon"), "Error: --by: 'soon' must be a calendar date"),
        ((STORED, "past.yaml", "--by", "2011-03-20"), "--by: 2011-03-20 must lie in 2011-03-21 to"),
        ((STORED, "histories/f16_2023"), f"Error: {STORED}: the forecast is of 2011-03-20, which"),
        ((STORED, "paris_2025"), "paris_2025: has no key record, so it is no history"),
        (("nowhere", "past.yaml"), "no folder nowhere"),
        ((STORED, "past.yaml", "--record", "none.csv"), "none.csv: does not exist"),
    ],
)
def test_what_cannot_be_scored_gets_one_clear_message(words: tuple[str, ...], message: str) -> None:
    done = score(*words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output
