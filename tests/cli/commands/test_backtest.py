"""``willing backtest``: what it prints and writes, how it goes on, and what it refuses."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.calibration.backtest import case, folder, leave_one_out
from sim.calibration.backtest.baselines import base_rate
from sim.cli.group import willing
from sim.cli.progress import Progress
from sim.report.backtest import backtest_blocks, backtest_json
from sim.report.text import to_text
from sim.store.files import fingerprint
from sim.store.folder import ResultsError
from tests.calibration.small_files import BEHAVIOUR, write_history

OUT = Path("results/backtest")
NAMES = ("one.yaml", "two.yaml", "three.yaml")


@pytest.fixture(autouse=True)
def histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three past coalitions in a working folder of their own."""
    monkeypatch.chdir(tmp_path)
    for name, day in (("one", 19), ("two", 22), ("three", 16)):
        write_history(tmp_path, name, day)
    return tmp_path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Fits that take no time, what each leaves out is noted; and baselines that take none."""
    monkeypatch.setattr(leave_one_out, "BASELINES", {"base rate": base_rate})
    monkeypatch.setattr(leave_one_out, "UPDATED", {})
    left_out: list[list[str]] = []

    class Found:
        def __init__(self, mode: Any) -> None:
            self.mode = mode

    def fit_without(_: Any, specification: Any, names: list[str], **__: Any) -> Found:
        left_out.append(names)
        return Found(specification.means)

    monkeypatch.setattr(leave_one_out, "fit_without", fit_without)
    return left_out


def backtest(*arguments: str) -> Result:
    """Result of ``willing backtest`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["backtest", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def bytes_in(place: Path) -> dict[str, bytes]:
    """The files of a result but its lock and figures, by name."""
    return {
        file.relative_to(place).as_posix(): file.read_bytes()
        for file in sorted(place.rglob("*"))
        if file.is_file() and file.name != ".lock" and file.parent.name != "figures"
    }


def test_it_prints_scores_and_writes_them() -> None:
    done = backtest(*NAMES, "--no-figures")
    assert (done.exit_code, done.stderr) == (0, "")
    found = sim.load_backtest(OUT)
    assert done.stdout == f"{to_text(backtest_blocks(found))}\n\nWritten to {OUT}\n"
    assert done.stdout.startswith("3 coalitions, 12 nations, 9 forecasts\n")
    assert repr(found) == "<Backtest of 3 past coalitions, 9 forecasts>"
    again = sim.backtest(list(NAMES))
    assert again.scoreboard == found.scoreboard
    assert again.reliability == found.reliability
    assert again.fits == found.fits
    assert [each.nations for each in again.forecasts] == [each.nations for each in found.forecasts]
    assert (again.table()["log"] == found.table()["log"]).all()
    assert found.command == (
        "willing backtest one.yaml two.yaml three.yaml --calendar known --reported 0.5 "
        "--standing start --standing launch --standing third --standing half"
    )


@pytest.mark.usefixtures("at_once")
def test_json_has_the_same_numbers_and_writes_no_folder_by_itself() -> None:
    done = backtest(*NAMES, "--json", "--standing", "half", "--standing", "start")
    assert not OUT.exists()
    kept = json.loads(backtest(*NAMES, "--json", "--out", "kept", "--no-figures").stdout)
    assert kept["out"] == "kept"
    found = json.loads(done.stdout)
    assert {each["standing"] for each in found["means"]} == {"start", "half"}
    by_standing = [each for each in kept["means"] if each["standing"] == "half"]
    assert [each for each in found["means"] if each["standing"] == "half"] == by_standing
    assert kept["fits"] == json.loads(json.dumps(backtest_json(sim.load_backtest("kept"))))["fits"]
    assert backtest(*NAMES, "--quiet", "--no-figures").stdout == ""


def test_a_stopped_one_goes_on_from_the_fits_that_are_finished(
    at_once: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    backtest(*NAMES, "--out", "whole", "--no-figures")
    whole = bytes_in(Path("whole"))
    at_once.clear()
    write, written = folder.BacktestFolder.write, []

    def stop(self: Any, number: int, parameters: Any) -> None:
        write(self, number, parameters)
        written.append(number)
        if len(written) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(folder.BacktestFolder, "write", stop)
    done = backtest(*NAMES, "--no-figures")
    assert done.exit_code == 130
    said = f"Stopped: 2 of 3 fits are finished, and kept in {OUT}; the same command goes on from"
    assert said in done.stderr
    assert at_once == [["one"], ["two"]]
    shown = CliRunner().invoke(willing, ["plot", str(OUT)])
    assert shown.exit_code == 2
    assert "holds a back-test that is not finished; the same command goes on" in shown.stderr
    monkeypatch.setattr(folder.BacktestFolder, "write", write)
    done = backtest(*NAMES, "--no-figures")
    assert done.exit_code == 0, done.stderr
    assert at_once == [["one"], ["two"], ["three"]]
    assert bytes_in(OUT) == whole
    assert backtest(*NAMES, "--no-figures").exit_code == 0
    assert len(at_once) == 3


def test_a_stop_in_a_fit_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "__call__", stop)
    done = backtest(*NAMES)
    assert done.exit_code == 130
    assert "Stopped: no fit is finished." in done.stderr
    done = backtest(*NAMES, "--print-only")
    assert "nothing is kept, as no folder is written" in done.stderr


@pytest.mark.usefixtures("at_once")
def test_another_one_is_not_replaced_unless_it_is_asked_for() -> None:
    assert backtest(*NAMES, "--no-figures").exit_code == 0
    for words, said in (
        (("one.yaml", "two.yaml"), "histories were one, two, three and are one, two"),
        ((*NAMES, "--calendar", "all"), 'calendar was "known" and is "all"'),
        ((*NAMES, "--reported", "0.4"), "reported was 0.5 and is 0.4"),
    ):
        done = backtest(*words, "--no-figures")
        assert done.exit_code == 2
        assert f"{OUT} holds another back-test: {said}" in done.stderr
    assert backtest("one.yaml", "two.yaml", "--force", "--no-figures").exit_code == 0
    assert len(sim.load_backtest(OUT).coalitions) == 2
    write_history(Path(), "two", 23)
    assert "a history was changed" in backtest("one.yaml", "two.yaml", "--no-figures").stderr
    (OUT / "scores.csv").write_text("edited\n", encoding="utf-8")
    done = backtest("one.yaml", "two.yaml", "--force")
    assert done.exit_code == 2
    assert "scores.csv was edited after it was written" in done.stderr
    with pytest.raises(ResultsError, match=r"scores\.csv"):
        sim.load_backtest(OUT)


def test_wrong_histories_and_options_are_refused() -> None:
    other = BEHAVIOUR.replace("bond: 1,", "bond: 1.1,")
    write_history(Path(), "other", behaviour=other)
    impossible = "{from: null, resolve: {rate: 0.02}, initial: {talks: {odds: 1}}}"
    for name, day in (("impossible", 19), ("hopeless", 22)):
        write_history(Path(), name, day, behaviour=impossible)
    record = Path("record_three.csv")
    record.write_text(record.read_text().replace("NOR,", "NRO,"), encoding="utf-8")
    for words, said in (
        (NAMES, "record_three.csv:2: nation: unknown nation 'NRO'; did you mean 'NOR'?"),
        (("one.yaml",), "a back-test leaves one history out, and needs at least two"),
        (("one.yaml", "tow.yaml"), "tow.yaml: does not exist; did you mean 'two.yaml'?"),
        (("histories/lybia_2011",), "did you mean 'histories/libya_2011'?"),
        (("paris_2025", "one.yaml"), "paris_2025: has no key record, so it is no history"),
        (("one.yaml", "other.yaml"), "other: its behaviour is not that of one"),
        (("one.yaml", "one.yaml"), "one is given twice"),
        (("one.yaml", "two.yaml", "--calendar", "knwn"), "did you mean 'known'?"),
        (("one.yaml", "two.yaml", "--standing", "hlaf"), "did you mean 'half'?"),
        (("one.yaml", "two.yaml", "--reported", "1.5"), "'1.5' must be a number from 0 to 1"),
        (("one.yaml", "two.yaml", "--out", "-"), "--out: - is standard output"),
        (("impossible.yaml", "hopeless.yaml"), "without impossible: the record of NOR in"),
    ):
        done = backtest(*words)
        assert done.exit_code == 2, (words, done.output)
        assert said in done.stderr, words
    with pytest.raises(ValueError, match=r"standings: .* must be some of start, launch"):
        sim.backtest(["one.yaml", "two.yaml"], standings=["noon"])
    with pytest.raises(ValueError, match="calendar: 'some' must be one of known, scheduled, all"):
        sim.backtest(["one.yaml", "two.yaml"], calendar="some")  # type: ignore[arg-type]


@pytest.mark.usefixtures("at_once")
def test_a_full_disk_keeps_finished_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "scores.csv")

    monkeypatch.setattr(folder.BacktestFolder, "finish_with", full)
    done = backtest(*NAMES)
    assert done.exit_code == 1
    assert "3 of 3 fits are finished, and kept in" in done.stderr


@pytest.mark.usefixtures("at_once")
def test_a_damaged_folder_is_refused_by_the_name_of_the_file() -> None:
    backtest(*NAMES, "--quiet", "--no-figures")
    for name, text, said in (
        ("chances.csv", "coalition,standing\none\n", r"chances\.csv must have a header"),
        (
            "scores.csv",
            "method,coalition\nmodel,one\n",
            "the table of scores has no column standing",
        ),
        ("parts/part-000001.parquet", "", r"part-000001\.parquet"),
        ("provenance.json", "{}", "is not a result of willing"),
    ):
        file = OUT / name
        before = file.read_bytes()
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ResultsError, match="is damaged" if name.endswith(".csv") else said):
            sim.load_backtest(OUT)
        if name.endswith(".csv"):  # as a careless program would have written it
            told = json.loads((OUT / "provenance.json").read_text(encoding="utf-8"))
            told["files"][name] = fingerprint(file)
            written = (OUT / "provenance.json").read_bytes()
            (OUT / "provenance.json").write_text(json.dumps(told), encoding="utf-8")
            with pytest.raises(ResultsError, match=said):
                sim.load_backtest(OUT)
            (OUT / "provenance.json").write_bytes(written)
        file.write_bytes(before)
    assert len(sim.load_backtest(OUT).coalitions) == 3
    with pytest.raises(ResultsError, match="no folder nowhere"):
        sim.load_backtest("nowhere")


@pytest.mark.usefixtures("at_once")
def test_other_commands_say_what_a_back_test_is() -> None:
    backtest(*NAMES, "--quiet", "--no-figures")
    run = CliRunner().invoke
    check = run(willing, ["check", str(OUT)])
    assert check.exit_code == 2
    assert f"{OUT}: is a result of willing, and holds no scenario" in check.stderr
    trace = run(willing, ["trace", str(OUT)])
    assert trace.exit_code == 2
    assert "holds a back-test, forecasts of past coalitions" in trace.stderr
    export = run(willing, ["export", str(OUT), "--to", "csv"])
    assert export.exit_code == 0, export.output
    assert sorted(file.name for file in Path("results/backtest_csv").iterdir()) == [
        "chances.csv",
        "coalitions.csv",
        "means.csv",
        "scores.csv",
    ]


def test_launch_is_left_out_where_three_are_never_public() -> None:
    found = sim.backtest(list(NAMES), standings=["start", "launch"])
    assert found.scoreboard.standings == ("start",)
    assert case.N_AT_LAUNCH == 3
