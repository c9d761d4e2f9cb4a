"""``willing tipping``: what it prints and writes, how it goes on, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.report.text import to_text
from sim.report.tipping import tipping_blocks
from sim.studies.jobs.folder import JobsFolder
from tests.studies.sweep.folders import bytes_in
from tests.studies.tipping.one_nation import PATH, one_nation

OUT = Path("results/tipping_one")
FEW = ("--runs", "64", "--scanned", "16", "--no-figures")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario in a working folder of its own, and small jobs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.studies.jobs.study.NATION_DAYS_A_JOB", 20 * 14 * 16)
    Path("one.yaml").write_text(one_nation().to_yaml(), encoding="utf-8")
    return tmp_path


def tipping(*arguments: str) -> Result:
    """Result of ``willing tipping one.yaml`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["tipping", "one.yaml", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def test_it_prints_what_it_writes() -> None:
    done = tipping("--along", PATH, *FEW)
    assert (done.exit_code, done.stderr) == (0, "")
    found = sim.load_tipping(OUT)
    assert done.stdout == f"{to_text(tipping_blocks(found))}\n\nWritten to {OUT}\n"
    assert done.stdout.startswith("Success along x: level\nOne nation: from 0.01 to 0.99, 64 runs,")
    assert found.command == (
        f"willing tipping one.yaml --along {PATH} --outcome success --runs 64 --scanned 16 --seed 0"
    )
    in_python = sim.tipping("one.yaml", PATH, runs=64, scanned=16)
    assert in_python.quantiles == found.quantiles
    assert sorted(file.name for file in OUT.glob("*.csv")) == [
        "curve.csv",
        "nations.csv",
        "quantiles.csv",
        "scan.csv",
        "thresholds.csv",
    ]


def test_json_has_the_same_numbers_and_writes_no_folder_by_itself() -> None:
    words = ("--along", PATH, *FEW, "--sharpen", "0.5", "--back", "--ramp", "20")
    found = json.loads(tipping(*words, "--json").stdout)
    assert not OUT.exists()
    kept = json.loads(tipping(*words, "--json", "--out", "kept").stdout)
    assert kept.pop("out") == "kept"
    assert kept.pop("figures") == []
    assert kept == found
    opened = sim.load_tipping("kept")
    assert found["schema"] == "willing.tipping/1"
    assert [each["level"] for each in found["quantiles"]] == [
        pytest.approx(each.level) for each in opened.quantiles
    ]
    share = opened.scan.not_monotone()
    assert found["not_monotone"]["share"] == share.mean
    assert found["not_monotone"]["high"] == pytest.approx(share.high)
    assert found["sharpened"]["level"] == opened.sharpened.level
    assert found["hysteresis"]["is_more_than_lag"] == opened.hysteresis.is_more_than_lag()
    assert found["answer"] in " ".join(to_text(tipping_blocks(opened), 96).split())
    assert opened.command.endswith("--ramp 20 --seed 0 --back")


def test_a_quantile_beyond_an_end_is_null_in_json_and_a_bound_in_text() -> None:
    words = ("--along", f"{PATH}=0.1:0.4", *FEW)
    found = json.loads(tipping(*words, "--json").stdout)
    last = found["quantiles"][-1]
    assert (last["level"], last["high"], last["beyond"]) == (None, None, "high end")
    shown = tipping(*words, "--print-only").stdout
    assert "above 0.4" in shown
    assert "less likely than not at every level" in shown
    assert not OUT.exists()


def test_a_plane_says_where_chances_are_even() -> None:
    words = ("--along", PATH, "--along", "behaviour.declare.rate=0.01:0.1:log", *FEW)
    done = tipping(*words)
    assert done.exit_code == 0, done.stderr
    assert "Where the chance of success is even" in done.stdout
    found = json.loads(tipping(*words, "--json", "--out", str(OUT)).stdout)
    assert [each["path"] for each in found["along"]] == [PATH, "behaviour.declare.rate"]
    assert len({each["second"] for each in found["quantiles"]}) == 11
    assert "nations" not in found


def test_a_stopped_one_goes_on_to_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tipping("--along", PATH, *FEW, "--out", "whole").exit_code == 0
    write, written = JobsFolder.write, []

    def stop(self, number, columns):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(number)
        write(self, number, columns)

    with monkeypatch.context() as patch:
        patch.setattr(JobsFolder, "write", stop)
        done = tipping("--along", PATH, *FEW)
    assert done.exit_code == 130
    said = f"Stopped: 3 blocks of runs are finished, and kept in {OUT}; the same command goes on"
    assert said in done.stderr
    shown = CliRunner().invoke(willing, ["plot", str(OUT)])
    assert shown.exit_code == 2
    assert "holds a tipping point that is not finished" in shown.stderr
    done = tipping("--along", PATH, *FEW)
    assert done.exit_code == 0, done.stderr
    assert bytes_in(OUT) == bytes_in(Path("whole"))


def test_another_one_is_not_replaced_unless_it_is_asked_for() -> None:
    assert tipping("--along", PATH, *FEW).exit_code == 0
    done = tipping("--along", PATH, *FEW, "--set", "behaviour.declare.rate=0.05")
    assert done.exit_code == 2
    assert f"{OUT} holds another tipping point: its scenario was" in done.stderr
    done = tipping("--along", PATH, "--runs", "32", "--no-figures")
    assert "runs was 64 and is 32" in done.stderr
    assert tipping("--along", PATH, "--runs", "32", "--no-figures", "--force").exit_code == 0
    assert sim.load_tipping(OUT).n_runs == 32


def test_figures_are_drawn_of_what_there_is() -> None:
    done = tipping("--along", PATH, "--runs", "16")
    assert done.stderr == ""
    assert sorted(file.name for file in OUT.glob("figures/*")) == [
        "nation_levels.png",
        "response_curve.png",
    ]
    drawn = CliRunner().invoke(willing, ["plot", str(OUT), "--kind", "hysteresis_loop"])
    assert drawn.exit_code == 2
    assert "the way back was not asked for" in drawn.stderr
    words = ("--along", PATH, "--runs", "16", "--back", "--ramp", "12", "--out", "back")
    assert tipping(*words).stderr == ""
    assert (Path("back") / "figures" / "hysteresis_loop.png").exists()
    plane = ("--along", PATH, "--along", "tempo=1:2", "--runs", "8", "--out", "plane")
    assert tipping(*plane).exit_code == 0
    assert [file.name for file in Path("plane/figures").iterdir()] == ["even_chances.png"]
    drawn = CliRunner().invoke(willing, ["plot", "plane", "--kind", "response_curve"])
    assert "even_chances shows the plane of two" in drawn.stderr


def test_its_tables_go_to_other_programs() -> None:
    assert tipping("--along", f"{PATH}=0.1:0.12", *FEW, "--back", "--ramp", "8").exit_code == 0
    for form in ("csv", "xlsx"):
        done = CliRunner().invoke(willing, ["export", str(OUT), "--to", form])
        assert done.exit_code == 0, done.output
    assert sorted(file.stem for file in Path(f"{OUT}_csv").iterdir()) == [
        "curve",
        "loop",
        "nations",
        "quantiles",
        "ramps",
        "scan",
        "thresholds",
    ]


def test_a_level_that_is_drawn_is_said_to_count_for_nothing() -> None:
    law = f"{PATH}={{uniform: [0.2, 0.4]}}"
    done = tipping("--along", PATH, *FEW, "--set", law)
    assert (
        f"Note: {PATH} is drawn in the scenario; here it has the levels of the path" in done.stderr
    )
    quiet = tipping("--along", PATH, *FEW, "--set", law, "--quiet", "--force")
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_draws_of_the_behaviour_are_taken() -> None:
    words = ["tipping", "paris_2025", "--along", "conditions.us_backing.level", "--runs", "16"]
    words += ["--print-only", "--json"]
    both = [
        json.loads(CliRunner().invoke(willing, [*words, *more]).stdout)
        for more in ([], ["--parameters", "posterior"])
    ]
    assert both[0]["scenario"]["digest"] != both[1]["scenario"]["digest"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing option '--along'"),
        (("--along", "conditions.y.level"), "unknown condition 'y'"),
        (("--along", f"{PATH}=0.9:0.1"), "0.9 must be below 0.1"),
        (("--along", f"{PATH}=0:1"), "conditions.x.level: 0 must be above 0 and below 1"),
        (("--along", PATH, "--outcome", "sucess"), "--outcome: unknown outcome 'sucess'"),
        (
            ("--along", PATH, "--outcome", "size"),
            "--outcome: size: it must be one that is true or",
        ),
        (("--along", PATH, "--sharpen", "2"), "'2' must be a number from 0 to 1"),
        (("--along", PATH, "--precision", "0"), "'0' must be a number above 0"),
        (("--along", PATH, "--ramp", "20"), "--ramp: it is for the way back"),
        (("--along", PATH, "--back", "--ramp", "3"), "--ramp: 3 days must be at least 8"),
        (("--along", PATH, "--runs", "10", "--scanned", "11"), "--scanned: 11 must be at least 1"),
        (("--along", PATH, "--sharpen", "0"), "--sharpen: 0.0 must be a chance above 0"),
        (("--along", PATH, "--precision", "0.1"), "--precision: it is for a root to sharpen"),
        (("--along", PATH, "--along", "tempo=1:2", "--back"), "--back: a plane of two paths"),
        (("--along", "behaviour.declare.rate=0.1:0.2", "--back"), "--back: behaviour.declare.rate"),
        (("--along", PATH, "--runs", "5"), "--runs: 5 must be at least 6, from which on"),
        (("--along", PATH, "--nations", "B"), "unknown nation 'B'"),
        (("--along", PATH, "--workers", "2", "--dask", "x:1"), "--workers: it is for threads"),
        (("--along", PATH, "--out", "-"), "--out: - is standard output"),
        (("--along", "days"), "days has no range of its own; give one, days=LOW:HIGH"),
        (("--along", "nations.A.stage"), "Error: --along: nations.A.stage: takes no number"),
        (("--along", "tempoo"), "Error: --along: tempoo: unknown key 'tempoo'; did you mean"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], said: str) -> None:
    done = tipping(*words)
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.split())
    assert not OUT.exists()
