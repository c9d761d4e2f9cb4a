"""``--parameters``: numbers of the behaviour that each run draws, in runs and forecasts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.cli.options import ParametersArgument

PAST = """\
title: A small coalition
record: record.csv
start: 2011-03-10
days: 30
nations:
  - {id: FRA, stage: public}
  - {id: GBR, stage: initial}
  - {id: NOR, stage: initial}
events:
  - {date: 2011-03-20, list: names}
success: {public_size: 2}
"""
RECORD = """\
nation,first,last,event,kind,detail,publisher,confidence
NOR,2011-03-18,2011-03-18,public,air,Will take part,AFP,high
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "past.yaml").write_text(PAST, encoding="utf-8")
    (tmp_path / "record.csv").write_text(RECORD, encoding="utf-8")
    (tmp_path / "d.csv").write_text("climate,tempo\n-1,1\n1,2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(*words: str) -> Result:
    return CliRunner().invoke(willing, [*words, "--no-figures"])


def test_a_run_draws_the_numbers_and_says_how_much_they_matter(folder: Path) -> None:
    done = ask("run", "past.yaml", "--parameters", "posterior", "--runs", "4000", "--out", "r")
    assert done.exit_code == 0, done.output
    assert "numbers fitted to history" in done.output
    assert "numbers set by judgement" in done.output
    command = json.loads((folder / "r" / "provenance.json").read_text())["command"]
    assert command.startswith("willing run past.yaml --parameters posterior --runs 4000")
    assert sim.load_results(folder / "r").scenario.draws is not None


def test_what_is_set_stays_and_what_a_scenario_draws_as_well() -> None:
    words = ("run", "past.yaml", "--parameters", "posterior", "--runs", "20", "--out", "r")
    assert ask(*words, "--set", "behaviour.resolve.bond=1", "--set", "draws=d.csv").exit_code == 0
    columns = sim.load_results("r").scenario.draws.columns
    assert "behaviour.resolve.bond" not in columns
    assert {"climate", "tempo", "behaviour.declare.rate"} <= set(columns)


def test_what_is_set_stays_over_a_table() -> None:
    words = ("run", "past.yaml", "--parameters", "d.csv", "--runs", "20", "--out", "r")
    assert ask(*words, "--set", "climate=0", "--set", "nations.GBR.stake=1").exit_code == 0
    assert list(sim.load_results("r").scenario.draws.columns) == ["tempo"]


def test_a_trace_and_its_reasons_draw_what_the_run_drew() -> None:
    drawn = ("--parameters", "posterior", "--set", "tempo=1.5")
    assert ask("run", "past.yaml", *drawn, "--runs", "5", "--out", "r").exit_code == 0
    for words in (("trace",), ("why", "--nation", "NOR")):
        command, *more = words
        of_scenario, of_result = (
            CliRunner().invoke(willing, [command, *place, "--run", "3", *more, "--json"])
            for place in (("past.yaml", *drawn), ("r",))
        )
        assert of_scenario.exit_code == 0, of_scenario.output
        assert json.loads(of_scenario.stdout) == json.loads(of_result.stdout)
    refused = CliRunner().invoke(willing, ["trace", "r", "--parameters", "posterior"])
    assert (refused.exit_code, "--parameters: r is a result" in refused.output) == (2, True)


def test_a_table_is_taken_too(folder: Path) -> None:
    file = str(folder / "d.csv")
    done = ask("run", "past.yaml", "--parameters", file, "--runs", "20", "--out", "r")
    assert done.exit_code == 0, done.output
    assert list(sim.load_results("r").scenario.draws.columns) == ["climate", "tempo"]
    command = json.loads((folder / "r" / "provenance.json").read_text())["command"]
    assert command.startswith("willing run past.yaml --parameters d.csv")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--parameters", "posteriro"), "posteriro does not exist; did you mean 'posterior'?"),
        (("--parameters", "none.csv"), "none.csv does not exist"),
        (("--parameters", ""), "empty"),
        (
            ("--parameters", "posterior", "--set", "behaviour=reasoned"),
            "draws: the behaviour of the scenario has none of the fitted numbers that posterior",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(words: tuple[str, ...], message: str, folder: Path) -> None:
    done = ask("run", "past.yaml", *words)
    assert done.exit_code in (1, 2), done.output
    assert message in done.output
    assert not (folder / "results").exists()


def test_a_forecast_draws_them_as_well() -> None:
    words = ("forecast", "past.yaml", "--as-of", "2011-03-15", "--parameters", "posterior")
    done = ask(*words, "--runs", "40", "--draws", "30", "--out", "f")
    assert done.exit_code == 0, done.output
    columns = sim.load_results("f").scenario.draws.columns
    assert {"behaviour.declare.rate", "behaviour.pledge.rate", "memory.fatigue"} <= set(columns)


def test_a_shell_offers_the_word_and_tables() -> None:
    offered = ParametersArgument(".csv").offered("")
    assert "posterior" in offered
    assert any(each.startswith("d.csv") for each in offered)
    assert ParametersArgument(".csv").offered("d") == ["d.csv"]
