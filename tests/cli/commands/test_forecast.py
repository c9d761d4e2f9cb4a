"""``willing forecast``: what it prints and stores, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing

SCENARIO = """\
title: A past coalition
record: record.csv
start: 2011-03-10
days: 30
nations:
  - {id: FRA, stage: public}
  - {id: GBR, stage: initial}
  - {id: NOR, stage: initial}
  - {id: SWE, stage: initial}
leaders: [FRA]
"""
RECORD = """\
nation,first,last,event,kind,detail,publisher,confidence
NOR,2011-03-18,2011-03-18,public,air,Will take part,AFP,high
SWE,2011-03-29,2011-03-29,public,air,Will take part,AFP,high
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "past.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "record.csv").write_text(RECORD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(*words: str) -> Result:
    return CliRunner().invoke(willing, ["forecast", *words, "--runs", "40", "--draws", "30"])


def test_a_forecast_is_printed_and_stored(folder: Path) -> None:
    done = ask("past.yaml", "--as-of", "2011-03-20", "--no-figures")
    assert done.exit_code == 0, done.output
    assert "A past coalition, as of 2011-03-20" in done.output
    assert "Already public: FRA, NOR" in done.output
    assert "SWE" in done.output
    stored = sim.load_results(folder / "results" / "past_2011-03-20")
    assert stored.n_runs == 40
    assert stored.scenario.days == 20
    command = json.loads((folder / "results/past_2011-03-20/provenance.json").read_text())[
        "command"
    ]
    assert command == "willing forecast past.yaml --as-of 2011-03-20 --draws 30 --runs 40 --seed 0"


def test_it_says_how_many_occasions_it_expects(folder: Path) -> None:
    words = ("past.yaml", "--as-of", "2011-03-20", "--no-figures", "--print-only")
    known, scheduled = ask(*words), ask(*words, "--calendar", "scheduled")
    assert "Note: beside scheduled meetings, votes, lists and other occasions are" in known.output
    assert "beside scheduled meetings" not in scheduled.output
    assert "beside scheduled meetings" not in ask(*words, "--quiet").output


def test_the_same_numbers_as_from_python(folder: Path) -> None:
    done = ask("past.yaml", "--as-of", "2011-03-20", "--json")
    assert done.exit_code == 0, done.output
    from sim.calibration.forecast import forecast
    from sim.calibration.history import load_history

    found = forecast(load_history(folder / "past.yaml"), "2011-03-20", runs=40, n_draws=30)
    assert json.loads(done.stdout)["digest"] == found.scenario.digest


def test_how_often_exits_are_on_record_changes_what_silence_tells(folder: Path) -> None:
    often = ("--set", "behaviour.decline.talks.rate=0.3")
    usual, other = (
        json.loads(ask("past.yaml", "--as-of", "2011-03-20", "--json", *often, *words).stdout)
        for words in ((), ("--reported", "0.9"))
    )
    assert usual["digest"] != other["digest"]
    done = ask("past.yaml", "--as-of", "2011-03-20", "--reported", "0.9", "--no-figures")
    assert done.exit_code == 0, done.output
    command = json.loads((folder / "results/past_2011-03-20/provenance.json").read_text())[
        "command"
    ]
    assert "--reported 0.9" in command
    assert ask("past.yaml", "--as-of", "2011-03-20", "--reported", "2").exit_code == 2


def test_another_record_and_draws_of_parameters(folder: Path) -> None:
    (folder / "other.csv").write_text(RECORD.replace("NOR", "GBR"), encoding="utf-8")
    (folder / "draws.csv").write_text(
        "behaviour.declare.rate,weight\n0.01,1\n0.02,1\n", encoding="utf-8"
    )
    words = ("--record", "other.csv", "--parameters", "draws.csv", "--calendar", "all")
    done = ask("past.yaml", "--as-of", "2011-03-20", *words, "--json")
    assert done.exit_code == 0, done.output
    text = ask("past.yaml", "--as-of", "2011-03-20", *words, "--no-figures").output
    assert "the 2 draws of parameters are worth 2" in text
    assert "Already public: FRA, GBR" in text
    assert "30 joint draws of 4 numbers and 2 initial stages" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("past.yaml",), "Missing option '--as-of'"),
        (("past.yaml", "--as-of", "20 March"), "--as-of: '20 March' must be a calendar date"),
        (("past.yaml", "--as-of", "20110320"), "--as-of: '20110320' must be a calendar date"),
        (("past.yaml", "--as-of", "2010-01-01"), "--as-of: 2010-01-01 must lie in 2011-03-10 to"),
        (("past.yml", "--as-of", "2011-03-20"), "past.yml"),
        (("past.yaml", "--as-of", "2011-03-20", "--record", "none.csv"), "none.csv"),
        (
            ("past.yaml", "--as-of", "2011-03-20", "--parameters", "record.csv"),
            "record.csv:1: nation: unknown key 'nation'",
        ),
        (
            ("past.yaml", "--as-of", "2011-03-20", "--parameters", "words.csv"),
            "'x' must be a number",
        ),
        (
            ("past.yaml", "--as-of", "2011-03-20", "--parameters", "short.csv"),
            "has 1 cell; the first",
        ),
        (
            ("past.yaml", "--as-of", "2011-03-20", "--parameters", "tempo.csv"),
            "--parameters: tempo.csv has tempo, which is no number of the behaviour",
        ),
    ],
)
def test_what_is_wrong_gets_one_clear_message(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    (folder / "words.csv").write_text("behaviour.declare.rate\nx\n", encoding="utf-8")
    (folder / "tempo.csv").write_text("tempo\n1\n2\n", encoding="utf-8")
    (folder / "short.csv").write_text("behaviour.declare.rate,weight\n1\n", encoding="utf-8")
    done = ask(*words)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
    assert not (folder / "results").exists()


def test_a_problem_of_a_record_is_said_with_its_line(folder: Path) -> None:
    (folder / "record.csv").write_text(RECORD.replace("SWE", "SWD"), encoding="utf-8")
    done = ask("past.yaml", "--as-of", "2011-03-20")
    assert done.exit_code == 2
    assert "record.csv:3: nation: unknown nation 'SWD'" in done.output


def test_a_record_that_cannot_be_is_said(folder: Path) -> None:
    done = ask("past.yaml", "--as-of", "2011-03-20", "--set", "behaviour.declare=null")
    assert done.exit_code == 2
    assert "the record of NOR in 'A past coalition' cannot happen" in done.output


@pytest.mark.parametrize("stage", ["public", "pledged", "deployed"])
def test_who_starts_public_need_not_lead(folder: Path, stage: str) -> None:
    started = ("--set", f"nations.GBR.stage={stage}")
    done = ask("past.yaml", "--as-of", "2011-03-20", *started, "--no-figures")
    assert done.exit_code == 0, done.output
    assert "Already public: FRA, GBR, NOR" in done.output


def test_a_date_that_is_random_gets_one_clear_message(folder: Path) -> None:
    meeting = "events: [{date: {uniform: [2011-03-22, 2011-06-24]}, meeting: Paris}]"
    (folder / "past.yaml").write_text(f"{SCENARIO}{meeting}\n", encoding="utf-8")
    (folder / "draws.csv").write_text("behaviour.resolve.rate\n0.02\n0.03\n", encoding="utf-8")
    for more in ((), ("--parameters", "draws.csv")):
        done = ask("past.yaml", "--as-of", "2011-03-20", *more)
        assert done.exit_code == 2
        assert "past.yaml: the date of 'Paris' is drawn at random" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.output


def test_what_is_random_is_said_to_count_at_its_median(folder: Path) -> None:
    mandate = "conditions: {mandate: {level: {uniform: [0.2, 0.4]}, volatility: 0.1}}"
    (folder / "past.yaml").write_text(f"{SCENARIO}{mandate}\n", encoding="utf-8")
    done = ask("past.yaml", "--as-of", "2011-03-20", "--print-only")
    assert done.exit_code == 0, done.output
    assert (
        "Note: random numbers count at their medians up to 2011-03-20, a volatility as 0, since "
        "the record tells nothing of them: conditions.mandate.volatility, conditions.mandate.level"
    ) in done.stderr
    assert "at their medians" not in ask("past.yaml", "--as-of", "2011-03-10").stderr


def test_the_main_scenario_is_forecast_on_later_days_too(folder: Path) -> None:
    (folder / "record.csv").write_text(
        RECORD.replace("NOR,2011-03-18,2011-03-18", "NOR,2025-04-18,2025-04-18").replace(
            "SWE,2011-03-29,2011-03-29", "DEU,2025-05-20,2025-05-20"
        ),
        encoding="utf-8",
    )
    for date, known in (("2025-05-01", "FRA, GBR, NOR"), ("2025-09-05", "DEU, FRA, GBR, NOR")):
        done = ask("paris_2025", "--as-of", date, "--record", "record.csv", "--print-only")
        assert done.exit_code == 0, done.output
        assert f"Already public: {known}\n" in done.output
    assert "Chance of success" not in done.output  # one day is left, and success takes fourteen


def test_a_behaviour_set_by_judgement_is_said_to_be_so(folder: Path) -> None:
    by_judgement = ("past.yaml", "--as-of", "2011-03-20", "--set", "behaviour=reasoned")
    done = ask(*by_judgement, "--print-only")
    assert "Note: the behaviour is reasoned, set by judgement; --set behaviour=cal" in done.stderr
    assert "by judgement" not in ask(*by_judgement, "--print-only", "--quiet").stderr
    assert "by judgement" not in ask("past.yaml", "--as-of", "2011-03-20", "--print-only").stderr
    (folder / "draws.csv").write_text("behaviour.resolve.rate\n0.02\n0.03\n", encoding="utf-8")
    drawn = ask(*by_judgement, "--parameters", "draws.csv", "--print-only")
    assert drawn.exit_code == 0, drawn.output
    assert "by judgement" not in drawn.stderr


def test_a_coalition_that_all_have_joined_can_be_forecast(folder: Path) -> None:
    (folder / "record.csv").write_text(RECORD.splitlines()[0] + "\n", encoding="utf-8")
    nations = [f"nations.{nation}.stage=public" for nation in ("GBR", "NOR", "SWE")]
    words = [word for change in nations for word in ("--set", change)]
    for date in ("2011-03-10", "2011-03-20"):
        done = ask("past.yaml", "--as-of", date, *words, "--print-only")
        assert done.exit_code == 0, done.output
        assert "Already public: FRA, GBR, NOR, SWE\n" in done.output


def test_who_starts_public_may_leave_without_joining_first(folder: Path) -> None:
    row = "FRA,2011-03-15,2011-03-15,left,political,Changed its mind,AFP,high\n"
    (folder / "record.csv").write_text(RECORD + row, encoding="utf-8")
    done = ask("past.yaml", "--as-of", "2011-03-20", "--print-only")
    assert done.exit_code == 0, done.output
    assert "Already public: NOR\n" in done.output


@pytest.mark.parametrize("calendar", ["known", "all"])
def test_a_forecast_is_not_forecast_again(folder: Path, calendar: str) -> None:
    first = ask("past.yaml", "--as-of", "2011-03-12", "--out", "first", "--no-figures")
    assert first.exit_code == 0, first.output
    again = ("first/scenario.yaml", "--as-of", "2011-03-20", "--record", "record.csv")
    (folder / "draws.csv").write_text("behaviour.resolve.rate\n0.02\n0.03\n", encoding="utf-8")
    for more in ((), ("--parameters", "draws.csv")):
        done = ask(*again, "--calendar", calendar, *more)
        assert done.exit_code == 2
        message = "first/scenario.yaml: nations.GBR.stage is drawn by the scenario, as if it were a"
        assert message in done.stderr
        assert "Traceback" not in done.output
