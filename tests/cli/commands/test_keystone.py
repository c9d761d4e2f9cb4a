"""``willing keystone``: what it prints and writes, how it goes on, and what it refuses."""

from __future__ import annotations

import errno
import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.report.keystone import keystone_blocks, keystone_json
from sim.report.text import to_text
from sim.store.folder import ResultsError
from sim.studies.jobs import folder as folders
from sim.studies.keystone.study import KeystoneStudy
from tests.studies.keystone.test_runs import SCENARIO
from tests.studies.sweep.folders import bytes_in

OUT = Path("results/keystone_small")
FEW = ("--runs", "40", "--no-figures")


@pytest.fixture(autouse=True)
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a scenario, and jobs of a few runs."""
    monkeypatch.chdir(tmp_path)
    dated = SCENARIO.with_changes({"start": "2025-03-10", "title": "Small \x1b[31mred"})
    Path("small.yaml").write_text(dated.to_yaml(), encoding="utf-8")
    monkeypatch.setattr("sim.studies.jobs.study.NATION_DAYS_A_JOB", 20 * 7 * 30 * 8)


def keystone(*arguments: str) -> Result:
    """Result of ``willing keystone`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["keystone", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def test_it_prints_the_answer_and_writes_it() -> None:
    done = keystone("small.yaml", *FEW, "--k", "2", "--values", "shapley", "--pairs")
    assert done.exit_code == 0, done.stderr
    assert "Note: conditions.mood: no nation relies on mood" in done.stderr
    found = sim.load_keystone(OUT)
    assert done.stdout == f"{to_text(keystone_blocks(found))}\n\nWritten to {OUT}\n"
    assert "\x1b" not in done.stdout
    assert done.stdout.startswith("Whose announcement on 11 Mar 2025 changes most: Small ?[31mred")
    assert found.command == (
        "willing keystone small.yaml --day 1 --move public --k 2 --values shapley --levers nations "
        "--outcome others --feasible 0.1 --never-share 0.06 --runs 40 --seed 0 --pairs"
    )
    again = CliRunner().invoke(willing, [*shlex.split(found.command)[1:], "--json"])
    told = keystone_json(found)
    assert json.loads(again.stdout) == json.loads(json.dumps(told))
    assert (found.sets is not None, len(found.pairs) > 1, found.values is not None) == (True,) * 3


def test_options_choose_day_move_levers_and_what_is_drawn() -> None:
    Path("draws.csv").write_text("behaviour.declare.peers,climate\n1.0,0.2\n2.0,0.1\n")
    done = keystone(
        *("small.yaml", "--day", "2025-03-20", "--move", "left", "--runs", "40", "--seed", "7"),
        *("--levers", "nations, conditions", "--level", "backing=0.8", "--outcome", "success"),
        *(
            "--feasible",
            "0.2",
            "--never-share",
            "0.5",
            "--set",
            "conditions.backing.volatility=0.1",
        ),
        *("--parameters", "draws.csv", "--json"),
    )
    assert done.exit_code == 0, done.stderr
    assert not OUT.exists()
    found = json.loads(done.stdout)
    assert (found["day"], found["move"], found["seed"], found["n_runs"]) == (10, "left", 7, 40)
    assert (found["outcome"], found["feasible"], found["never_share"]) == ("success", 0.2, 0.5)
    assert "backing (own level 0.8)" in {each["label"] for each in found["effects"]}
    expected = sim.keystone(
        sim.load_scenario("small.yaml", set={"conditions.backing.volatility": 0.1}).with_draws(
            "draws.csv", beside=True
        ),
        day=10,
        move="left",
        levers=["nations", "conditions"],
        level={"backing": 0.8},
        outcome="success",
        feasible=0.2,
        never_share=0.5,
        runs=40,
        seed=7,
    )
    assert found["effects"] == json.loads(json.dumps(keystone_json(expected)))["effects"]


def test_nations_are_listed_as_they_are_asked_for() -> None:
    text = keystone("small.yaml", *FEW, "--print-only", "--nations", "DEU,ITA").stdout
    assert "\n  DEU " in text
    assert "\n  POL " not in text
    assert "\n  POL " in keystone("small.yaml", *FEW, "--print-only", "--nations", "all").stdout
    assert not OUT.exists()
    assert keystone("small.yaml", *FEW, "--quiet").stdout == ""


@pytest.mark.usefixtures("blank_figures")
def test_figures_are_drawn_of_what_there_is() -> None:
    assert keystone("small.yaml", "--runs", "40").exit_code == 0
    assert [file.name for file in (OUT / "figures").iterdir()] == ["keystone_effects.png"]
    words = ("--k", "2", "--values", "banzhaf", "--force")
    done = keystone("small.yaml", "--runs", "40", *words)
    assert done.exit_code == 0
    drawn = ["keystone_effects.png", "keystone_sets.png", "keystone_values.png"]
    assert sorted(file.name for file in (OUT / "figures").iterdir()) == drawn
    plotted = CliRunner().invoke(willing, ["plot", str(OUT), "--top", "2", "--out", "more"])
    assert plotted.exit_code == 0, plotted.output
    assert sorted(file.name for file in Path("more").iterdir()) == drawn


def test_a_stopped_one_goes_on_from_the_jobs_that_are_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("small.yaml", *FEW, "--k", "2")
    keystone(*words, "--out", "whole")
    run, n_run = KeystoneStudy.run, 0

    def stop(*given: Any) -> Any:
        nonlocal n_run
        n_run += 1
        if n_run > 2:
            raise KeyboardInterrupt
        return run(*given)

    monkeypatch.setattr(KeystoneStudy, "run", stop)
    done = keystone(*words, "--workers", "1")
    assert done.exit_code == 130
    said = f"Stopped: 2 jobs are finished, and kept in {OUT}; the same command goes on from there."
    assert said in done.stderr
    shown = CliRunner().invoke(willing, ["plot", str(OUT)])
    assert "holds a keystone study that is not finished; the same command goes on" in shown.stderr
    monkeypatch.setattr(KeystoneStudy, "run", run)
    assert keystone(*words).exit_code == 0
    assert bytes_in(OUT) == bytes_in(Path("whole"))


def test_another_one_is_not_replaced_unless_it_is_asked_for() -> None:
    assert keystone("small.yaml", *FEW).exit_code == 0
    done = keystone("small.yaml", *FEW, "--day", "2")
    assert done.exit_code == 2
    assert f"{OUT} holds another keystone study: day was 1 and is 2" in done.stderr
    assert keystone("small.yaml", *FEW, "--day", "2", "--force").exit_code == 0
    assert sim.load_keystone(OUT).day == 2


def test_a_full_disk_keeps_finished_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "effects.csv")

    monkeypatch.setattr(folders.JobsFolder, "finish", full)
    done = keystone("small.yaml", *FEW)
    assert done.exit_code == 1
    assert "jobs are finished, and kept in" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("smal.yaml",), "smal.yaml: does not exist; did you mean 'small.yaml'?"),
        (("small.yaml", "--day", "0"), "--day: 0 must be from 1 to the last day, 30"),
        (("small.yaml", "--day", "31"), "--day: '31' must be a day from 0 to 30 or a date from"),
        (("small.yaml", "--move", "pubic"), "did you mean 'public'?"),
        (("small.yaml", "--k", "9"), "--k: 9 must be at most 5, the levers"),
        (("small.yaml", "--values", "shaply"), "did you mean 'shapley'?"),
        (("small.yaml", "--values", "owen"), "--values: owen takes groups of nations"),
        (("small.yaml", "--levers", "nation"), "--levers: 'nation' must be some of nations, meet"),
        (("small.yaml", "--levers", ""), "--levers: '' must be some of nations, meetings"),
        (("small.yaml", "--level", "backing"), "--level: 'backing' must have the form NAME=LEVEL"),
        (("small.yaml", "--level", "backing=0.5"), "--level: it is of a condition, and conditions"),
        (
            ("small.yaml", "--levers", "conditions", "--level", "bakcing=0.5"),
            "--level: unknown condition 'bakcing'; did you mean 'backing'?",
        ),
        (
            ("small.yaml", "--levers", "conditions", *("--level", "mood=0.5") * 2),
            "--level: 'mood' is given twice",
        ),
        (("small.yaml", "--levers", "nations, nations"), "--levers: nations are given twice"),
        (
            ("small.yaml", "--levers", "nations,meetings", "--k", "2"),
            "--k: nations are ranked by what they add, meetings by what they take away: sets and",
        ),
        (
            ("small.yaml", "--levers", "nations,conditions", "--move", "left", "--pairs"),
            "--pairs: conditions are ranked by what they add, nations by what they take away",
        ),
        (("small.yaml", "--outcome", "succes"), "--outcome: unknown outcome 'succes'"),
        (("small.yaml", "--outcome", "othrs"), "did you mean 'others'?"),
        (("small.yaml", "--feasible", "2"), "'2' must be a number from 0 to 1"),
        (("small.yaml", "--runs", "5"), "--runs: 5 must be from 20 to 1,000,000"),
        (("small.yaml", "--nations", "DEV"), "--nations: unknown nation 'DEV'"),
        (("small.yaml", "--workers", "2", "--dask", "tcp://x"), "--workers: it is for threads of"),
        (("small.yaml", "--out", "-"), "--out: - is standard output"),
        (("small.yaml", "--print-only", "--out", "x"), "--print-only: it writes no folder"),
        (("small.yaml", "--set", "days=0"), "days: 0 must be"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], said: str) -> None:
    done = keystone(*words)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not OUT.exists()


def test_nothing_to_change_is_said() -> None:
    Path("alone.yaml").write_text("days: 3\nnations: [{id: A, stage: public}]\n")
    done = keystone("alone.yaml")
    assert done.exit_code == 2
    assert "there is nothing to change: every nation is public from the start" in done.stderr


def test_other_commands_say_what_it_is_and_export_its_tables() -> None:
    keystone("small.yaml", *FEW, "--quiet")
    run = CliRunner().invoke
    assert "holds a keystone study, what single announcements do" in (
        run(willing, ["trace", str(OUT)]).stderr
    )
    assert run(willing, ["export", str(OUT), "--to", "csv"]).exit_code == 0
    exported = Path("results/keystone_small_csv")
    assert [file.name for file in exported.iterdir()] == ["effects.csv"]
    keystone("small.yaml", *FEW, "--quiet", "--k", "2", "--values", "shapley", "--force")
    assert run(willing, ["export", str(OUT), "--to", "csv", "--force"]).exit_code == 0
    names = sorted(file.name for file in exported.iterdir())
    assert names == ["effects.csv", "pairs.csv", "sets.csv", "values.csv"]
    with pytest.raises(ResultsError, match="holds no sweep"):
        sim.load_sweep(OUT)
