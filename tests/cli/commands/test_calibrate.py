"""``willing calibrate``: what it prints and writes, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.calibration import calibrate as module
from sim.calibration import stored
from sim.calibration.specifications import HISTORIES
from sim.cli.group import willing
from sim.cli.progress import Progress
from sim.report.calibration import calibration_blocks, calibration_json
from sim.report.text import to_text
from tests.calibration.small_files import BEHAVIOUR, FEW, small_calibration, write_history

OUT = Path("results/calibration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two past coalitions in a working folder of their own."""
    monkeypatch.chdir(tmp_path)
    write_history(tmp_path, "one")
    write_history(tmp_path, "two", 22)
    return tmp_path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that takes no time."""
    found = small_calibration().fit
    monkeypatch.setattr(module, "fit", lambda *_, **__: found)


def calibrate(*arguments: str) -> Result:
    """Result of ``willing calibrate`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["calibrate", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def test_it_prints_the_fit_and_writes_it() -> None:
    done = calibrate("one.yaml", "two.yaml", *FEW, "--seed", "3")
    assert (done.exit_code, done.stderr) == (0, "")
    found = sim.load_calibration(OUT)
    assert done.stdout == f"{to_text(calibration_blocks(found))}\n\nWritten to {OUT}\n"
    for term in (
        "Pareto k: ",
        "effective draws: ",
    ):  # said in the first line, explained in the last
        assert term in " ".join(done.stdout.split())
    first, *lines = done.stdout.splitlines()
    assert first.startswith(f"2 coalitions, 8 nations, {found.fit.evaluations} evaluations; Pareto")
    (resolve,) = (line for line in lines if line.startswith("  resolve "))
    row = found.rows()[0]
    assert f"{row['prior_mean']:.1f} ± {row['prior_sd']:.1f}" in resolve
    assert f"{row['mode']:.2f} ± {row['standard_error']:.2f}" in resolve
    assert any(line.startswith("  two ") for line in lines)
    assert found.fit.mode.tolist() == small_calibration().fit.mode.tolist()
    assert found.command == (
        "willing calibrate one.yaml two.yaml --starts 2 --candidates 25 --draws 20 --reported 0.5 "
        "--undated middle --seed 3"
    )


@pytest.mark.usefixtures("at_once")
def test_json_has_the_same_numbers_and_writes_no_folder_by_itself() -> None:
    done = calibrate("one.yaml", "two.yaml", "--json")
    found = json.loads(done.stdout)
    assert not OUT.exists()
    assert found == json.loads(json.dumps(calibration_json(small_calibration()))) | {
        "seed": 0,
        "candidates": 250,
        "warnings": [],  # of a Pareto k that is too large for few candidates alone
    }
    assert found["parameters"][0]["prior_mean"] == HISTORIES[0].mean
    stored_as = json.loads(calibrate("one.yaml", "two.yaml", "--json", "--out", "kept").stdout)
    assert stored_as["out"] == "kept"
    assert Path("kept/behaviour.yaml").is_file()
    assert calibrate("one.yaml", "--quiet").stdout == ""


@pytest.mark.usefixtures("at_once")
def test_without_names_it_is_fitted_to_all_that_are_shipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "shipped_histories", lambda: ("one.yaml", "two.yaml"))
    found = json.loads(calibrate("--json").stdout)
    assert [each["name"] for each in found["coalitions"]] == ["one", "two"]


@pytest.mark.usefixtures("at_once")
def test_an_earlier_result_is_replaced_by_the_same_command_only() -> None:
    assert calibrate("one.yaml", "two.yaml").exit_code == 0
    assert calibrate("one.yaml", "two.yaml").exit_code == 0
    other = calibrate("one.yaml", "two.yaml", "--seed", "1", "--undated", "last")
    assert other.exit_code == 2
    said = f"{OUT} is there already: --undated was middle and is last, --seed was 0 and is 1; "
    assert said in other.stderr
    assert calibrate("one.yaml", "two.yaml", "--seed", "1", "--force").exit_code == 0
    (OUT / "behaviour.yaml").write_text("resolve: {rate: 0.1}\n", encoding="utf-8")
    edited = calibrate("one.yaml", "two.yaml", "--force")
    assert edited.exit_code == 2
    assert "behaviour.yaml was edited after it was written" in edited.stderr


def test_wrong_histories_are_refused_with_file_and_line() -> None:
    write_history(Path(), "other", behaviour=BEHAVIOUR.replace("bond: 1,", "bond: 1.1,"))
    record = Path("record_two.csv")
    record.write_text(record.read_text().replace("NOR,", "NRO,"), encoding="utf-8")
    done = calibrate("one.yaml", "two.yaml")
    assert done.exit_code == 2
    assert "record_two.csv:2: nation: unknown nation 'NRO'; did you mean 'NOR'?" in done.stderr
    assert calibrate("one.yaml", "other.yaml").exit_code == 2
    for words, said in (
        (("paris_2025",), "paris_2025: has no key record, so it is no history"),
        (("histories/lybia_2011",), "did you mean 'histories/libya_2011'?"),
        (("one.yaml", "other.yaml"), "other: its behaviour is not that of one"),
        (("one.yaml", "./one.yaml"), "one is given twice"),
        (("one.yaml", "--candidates", "24"), "must be a whole number from 25"),
        (("one.yaml", "--reported", "1.5"), "'1.5' must be a number from 0 to 1"),
        (("one.yaml", "--undated", "lst"), "did you mean 'last'?"),
        (("one.yaml", "--out", "-"), "--out: - is standard output"),
    ):
        done = calibrate(*words)
        assert done.exit_code == 2, words
        assert said in done.stderr, words
    impossible = "{from: null, resolve: {rate: 0.02}, initial: {talks: {odds: 1}}}"
    write_history(Path(), "impossible", behaviour=impossible)
    done = calibrate("impossible.yaml", *FEW)
    assert done.exit_code == 2
    assert "the record of NOR in 'The impossible coalition' cannot happen" in done.stderr
    assert not OUT.exists()


def test_a_stop_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def stop(_: Progress, done: int, of_all: int) -> None:
        calls.append((done, of_all))
        if done == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "__call__", stop)
    done = calibrate("one.yaml", *FEW)
    assert done.exit_code == 130
    assert "Stopped; nothing was kept." in done.stderr
    assert len(calls) == 5
    assert not OUT.exists()
    assert not list(Path("results").glob(".*"))


@pytest.mark.usefixtures("at_once")
def test_a_full_disk_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "draws.csv")

    monkeypatch.setattr(stored, "write_calibration", full)
    done = calibrate("one.yaml")
    assert done.exit_code == 1
    assert "nothing was kept" in done.stderr
    assert not OUT.exists()


@pytest.mark.usefixtures("at_once")
def test_other_commands_say_what_a_calibration_is() -> None:
    calibrate("one.yaml", "two.yaml", "--quiet")
    run = CliRunner().invoke
    plot = run(willing, ["plot", str(OUT)])
    assert (plot.exit_code, plot.stderr) == (
        2,
        "Error: there are no figures of `willing calibrate`\n",
    )
    trace = run(willing, ["trace", str(OUT)])
    assert trace.exit_code == 2
    assert "holds a calibration, a fit to past coalitions" in trace.stderr
    export = run(willing, ["export", str(OUT), "--to", "csv"])
    assert export.exit_code == 0
    assert sorted(file.name for file in Path("results/calibration_csv").iterdir()) == [
        "coalitions.csv",
        "draws.csv",
        "parameters.csv",
    ]


def test_progress_counts_evaluations_up_to_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(Progress, "__call__", lambda _, *counts: calls.append(counts))
    done = calibrate("one.yaml", *FEW, "--json")
    evaluations = json.loads(done.stdout)["evaluations"]
    assert [each for each, _ in calls] == list(range(1, evaluations + 1))
    assert calls[-1] == (evaluations, evaluations)
