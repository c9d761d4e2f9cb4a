"""``willing sensitivity``: what it prints and writes, how it goes on, and what it refuses."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.studies.sensitivity import study as studies
from sim.studies.sensitivity.sensitivity import load_sensitivity
from sim.studies.sweep.sweep import sweep
from tests.studies.sensitivity.small import LEVEL, SCENARIO
from tests.studies.sensitivity.test_sensitivity import Stopped
from tests.studies.sweep.folders import bytes_in

FEW = ("--points", "128", "--runs", "2", "--no-figures")
INPUTS = ("--inputs", f"{LEVEL}=0.1:0.9", "--inputs", "behaviour.engage")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scenario and a study."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO.to_yaml(), encoding="utf-8")
    Path("study.yaml").write_text(
        f"scenario: small.yaml\nset: {{commitment.value: 9}}\nvary:\n  {LEVEL}: [0.2, 0.8]\n",
        encoding="utf-8",
    )
    return tmp_path


def ended(*arguments: str) -> Result:
    """How a command ended: never with a traceback."""
    done = CliRunner().invoke(willing, ["sensitivity", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def test_an_analysis_is_told_stored_and_opened() -> None:
    done = ended("small.yaml", *INPUTS, "--outcome", "size", "--points", "1000", "--no-figures")
    assert done.exit_code == 0
    assert done.stderr.startswith("Note: events.before: no move within reach")
    lines = done.stdout.splitlines()
    assert lines[0] == "Small test: what public nations hangs on"
    assert lines[1] == "2 inputs, 1,024 points of 16 runs, seed 0"
    assert "of what is uncertain about public nations comes from" in " ".join(lines[3:5])
    assert lines[-2] == "Written to results/sensitivity_small"
    found = load_sensitivity("results/sensitivity_small")
    assert [each.name for each in found.inputs] == [LEVEL, "behaviour.engage"]
    assert found.study.command.startswith(
        f"willing sensitivity small.yaml --inputs {LEVEL}=0.1:0.9 --inputs behaviour.engage "
    )


def test_json_has_every_number() -> None:
    done = ended("small.yaml", *INPUTS, *FEW, "--json")
    told = json.loads(done.stdout)
    assert told["schema"] == "willing.sensitivity/1"
    assert (told["method"], told["n_points"], told["runs"]) == ("sobol", 128, 2)
    assert [each["input"] for each in told["inputs"]] == [LEVEL, "behaviour.engage"]
    (outcome,) = told["outcomes"]
    assert outcome["outcome"] == "success"
    assert outcome["inputs"] + outcome["luck"] + outcome["both"] == pytest.approx(1.0)
    shares = [each["share"] for each in outcome["inputs_by_share"]]
    assert sum(shares) == pytest.approx(outcome["inputs"])
    assert shares == sorted(shares, reverse=True)
    assert not Path("results").exists()


def test_morris_screens_all_inputs() -> None:
    done = ended("small.yaml", "--method", "morris", "--runs", "2", "--print-only")
    assert done.exit_code == 0
    assert "What changes success" in done.stdout
    assert not Path("results").exists()


@pytest.mark.parametrize("n_jobs", [0, 5])
def test_a_stopped_analysis_goes_on_with_the_same_command(
    n_jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("small.yaml", *INPUTS, *FEW, "--workers", "1", "--out")
    assert ended(*words, "whole").exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(studies, "PointRunner", Stopped)
        Stopped.n_left = n_jobs
        stopped = ended(*words, "out")
    assert stopped.exit_code == 130
    said = "5 of 16 jobs are finished, and kept in out" if n_jobs else "no job is finished"
    assert said in stopped.stderr
    assert ended(*words, "out").exit_code == 0
    assert bytes_in(Path("out")) == bytes_in(Path("whole"))


def test_a_study_file_says_what_is_varied() -> None:
    done = ended("study.yaml", *FEW, "--set", "days=10", "--outcome", "size")
    assert done.exit_code == 0
    found = load_sensitivity("results/sensitivity_study")
    assert (found.scenario.days, found.scenario.commitment.value) == (10, 9.0)
    assert [each.range for each in found.inputs] == ["2 values"]


def test_joint_draws_of_parameters_are_inputs() -> None:
    Path("draws.csv").write_text("commitment.value,behaviour.engage.rate\n50,0.1\n90,0.3\n")
    words = ("small.yaml", "--parameters", "draws.csv", "--inputs", "draws", *FEW, "--json")
    told = json.loads(ended(*words).stdout)
    assert [each["input"] for each in told["inputs"]] == ["draws.joint"]


def test_another_analysis_is_replaced_only_by_force() -> None:
    assert ended("small.yaml", *INPUTS, *FEW, "--out", "out").exit_code == 0
    other = ended("small.yaml", *INPUTS, *FEW, "--seed", "1", "--out", "out")
    assert other.exit_code == 2
    assert "seed was 0 and is 1" in other.stderr
    assert (
        ended("small.yaml", *INPUTS, *FEW, "--seed", "1", "--out", "out", "--force").exit_code == 0
    )
    assert load_sensitivity("out").study.seed == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--inputs", "nonsense"], "--inputs: nonsense: "),
        (["--inputs", f"{LEVEL}=0.5:1.5"], f"--inputs: {LEVEL}: 1.5 must be above 0 and below 1"),
        (["--outcome", "sise"], "unknown outcome 'sise'; did you mean 'size'"),
        (["--outcome", "in_force"], "the coalition of the scenario has no quorum"),
        (["--runs", "1"], "'1' must be a whole number from 2 to 1024"),
        (["--method", "moris"], "did you mean 'morris'"),
        (["--points", "9"], "--points: 9 are too few for"),
        (["--points", "10000000", "--runs", "1024"], "--points: 11,010,048 points of"),
        (["--workers", "2", "--dask", "tcp://127.0.0.1:1"], "--workers: it is for threads"),
        (["--set", "nations.N9.stake=1"], "N9"),
        (["--parameters", "none.csv"], "none.csv"),
        (["--inputs", "draws"], "the scenario has no joint draws"),
    ],
)
def test_what_it_cannot_do_is_refused(words: list[str], message: str) -> None:
    done = ended("small.yaml", *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("results").exists()


def test_a_cluster_that_does_not_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.studies.cluster.TIMEOUT_SECONDS", 0.2)
    done = ended("small.yaml", *INPUTS, *FEW, "--dask", "tcp://127.0.0.1:1")
    assert done.exit_code == 1
    assert "no Dask scheduler answers" in done.stderr


def test_tables_are_exported() -> None:
    assert ended("small.yaml", *INPUTS, *FEW, "--out", "out").exit_code == 0
    words = ["export", "out", "--to", "csv", "--quiet"]
    assert CliRunner().invoke(willing, words).exit_code == 0
    rows = Path("out_csv/inputs.csv").read_text().splitlines()
    assert rows[0].startswith("outcome,input,label,range,share,share.low,share.high,runs.first,")
    assert len(rows) == 3


def test_figures_are_drawn_again_for_another_outcome() -> None:
    words = ("small.yaml", *INPUTS, *FEW, "--outcome", "success", "--outcome", "size")
    assert ended(*words, "--out", "out").exit_code == 0
    again = ["plot", "out", "--kind", "tornado", "--outcome", "size", "--top", "1", "--dpi", "40"]
    drawn = CliRunner().invoke(willing, again)
    assert (drawn.exit_code, drawn.stdout) == (0, "out/figures/tornado_size.png\n")


def test_a_quiet_one_prints_nothing() -> None:
    done = ended("small.yaml", *INPUTS, *FEW, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_a_hostile_title_steers_no_terminal() -> None:
    text = SCENARIO.to_yaml().replace("Small test", '"\\x1B[31mred"')
    Path("hostile.yaml").write_text(text, encoding="utf-8")
    done = ended("hostile.yaml", *INPUTS, *FEW)
    assert done.exit_code == 0
    assert "\x1b" not in done.output


# Of a stored sweep


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep of 60 points."""
    folder = tmp_path_factory.mktemp("swept")
    vary = {LEVEL: {"range": [0.1, 0.9]}, "behaviour.engage.rate": {"range": [0.05, 0.4]}}
    keys = {"design": "lhs", "points": 60, "runs": 20, "outcomes": ["success", "size"]}
    sweep(SCENARIO, vary, out=folder / "sweep", **keys)
    return folder / "sweep"


def test_a_stored_sweep_has_indices_without_any_run(swept: Path) -> None:
    done = ended(str(swept), "--outcome", "size", "--print-only")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("What public nations hangs on, by 60 points\n")
    assert not (swept.parent / "sensitivity_sweep").exists()
    told = json.loads(ended(str(swept), "--json").stdout)
    assert (told["schema"], told["outcome"]) == ("willing.given_data/1", "success")
    assert not Path("results").exists()


def test_what_a_sweep_tells_is_kept_beside_it(swept: Path) -> None:
    assert ended(str(swept), "--outcome", "size", "--out", "told").exit_code == 0
    done = ended(str(swept), "--outcome", "size")
    there = swept.parent / "sensitivity_sweep"
    assert f"Written to {there}, with sensitivity_indices.png in figures/\n" in done.stdout
    assert sorted(bytes_in(there)) == [
        "analysis.json",
        "analysis.txt",
        "figures/sensitivity_indices.png",
        "inputs.csv",
        "provenance.json",
        "scenario.yaml",
    ]
    assert bytes_in(there) == bytes_in(Path("told"))
    made = json.loads((there / "provenance.json").read_text(encoding="utf-8"))
    assert made["command"] == "willing sensitivity sweep --outcome size"
    assert made["sweep"]["n_points"] == 60
    told = json.loads((there / "analysis.json").read_text(encoding="utf-8"))
    assert told == json.loads(ended(str(swept), "--outcome", "size", "--json").stdout)
    rows = (there / "inputs.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [each["path"] for each in told["inputs"]]
    # The same question again takes its place, another one does not.
    assert ended(str(swept), "--outcome", "size").exit_code == 0
    other = ended(str(swept), "--outcome", "success")
    assert other.exit_code == 2
    assert "--outcome was size and is success" in other.stderr
    assert ended(str(swept), "--outcome", "success", "--force").exit_code == 0
    assert CliRunner().invoke(willing, ["report", str(there), "--out", "told.html"]).exit_code == 0
    page = Path("told.html").read_text(encoding="utf-8")
    assert "What success hangs on, by 60 points" in page
    assert "delta of US backing: level" in page or "delta of us backing: level" in page
    assert 'aria-label="Shares and indices of inputs, with intervals. ' in page


def test_what_a_sweep_tells_is_opened_drawn_and_exported(swept: Path) -> None:
    words = (str(swept), "--outcome", "size", "--out", "told", "--no-figures")
    assert ended(*words).exit_code == 0
    assert not Path("told/figures").exists()
    found = sim.load_sweep_analysis("told")
    assert found == replace(
        sim.analyse_sweep(swept, "size"), command="willing sensitivity sweep --outcome size"
    )
    drawn = CliRunner().invoke(willing, ["plot", "told", "--dark", "--top", "1", "--dpi", "40"])
    assert (drawn.exit_code, drawn.stdout) == (0, "told/figures/sensitivity_indices_dark.png\n")
    refused = CliRunner().invoke(willing, ["plot", "told", "--kind", "tornado"])
    assert refused.exit_code == 2
    assert "whose figures are sensitivity_indices, discovery_box" in refused.stderr
    other = CliRunner().invoke(willing, ["plot", "told", "--kind", "discovery_box"])
    assert other.exit_code == 2
    assert "it says which inputs shift the outcome, and not where" in other.stderr
    export = ["export", "told", "--to", "csv", "--quiet"]
    assert CliRunner().invoke(willing, export).exit_code == 0
    exported = Path("told_csv/inputs.csv").read_text(encoding="utf-8").splitlines()
    assert exported[0].startswith("input,delta,delta.low,delta.high,delta_without,pawn,")
    assert len(exported) == 3


def test_from_within_a_sweep_it_is_kept_beside_it_too(
    swept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(swept)
    assert ended(".", "--outcome", "size", "--force").exit_code == 0
    assert (swept.parent / "sensitivity_sweep").is_dir()
    assert not (swept / "sensitivity_sweep").exists()


def test_discover_says_where_an_outcome_is_reached(swept: Path) -> None:
    pytest.importorskip("ema_workbench")
    words = (str(swept), "--discover", "--outcome", "size", "--at-least", "2")
    assert ended(*words, "--out", "boxes").exit_code == 0
    header, *rows = (Path("boxes") / "boxes.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("box,input,above,below,density,density.low,")
    assert rows[0].startswith("prim,")
    assert Path("boxes/figures/discovery_box.png").is_file()
    assert sim.load_sweep_analysis("boxes").is_discovery
    assert CliRunner().invoke(willing, ["report", "boxes", "--out", "boxes.html"]).exit_code == 0
    page = Path("boxes.html").read_text(encoding="utf-8")
    assert "of the points in the box reach it" in page
    words = (*words, "--print-only")
    assert "A mean of at least 2 for public nations needs" in " ".join(ended(*words).stdout.split())
    told = json.loads(ended(*words, "--json").stdout)
    assert (told["schema"], told["at_least"]) == ("willing.discovery/1", 2.0)


def test_discover_without_the_workbench_says_what_to_install(
    swept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    done = ended(str(swept), "--discover")
    assert done.exit_code == 2
    assert "python -m pip install 'willing[exploration]'" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--points", "9"], "--points: "),
        (
            ["--inputs", LEVEL],
            "points are run already; only --outcome, --discover",
        ),
        (["--workers", "2"], "--workers: "),
        (["--at-least", "3"], "--at-least: it is for --discover"),
        (["--outcome", "sise"], "--outcome: no outcome 'sise'; did you mean 'size'"),
        (["--outcome", "size", "--outcome", "success"], "of a stored sweep one at a time is told"),
        (["--discover", "--outcome", "size"], "size is no chance: say what it must reach"),
    ],
)
def test_what_a_stored_sweep_does_not_take_is_refused(
    swept: Path, words: list[str], message: str
) -> None:
    done = ended(str(swept), *words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_what_is_for_stored_sweeps_alone_is_refused() -> None:
    done = ended("small.yaml", "--discover")
    assert done.exit_code == 2
    assert "--discover: it is for the folder of a stored sweep" in done.stderr
    Path("empty").mkdir()
    assert ended("empty").exit_code == 2
