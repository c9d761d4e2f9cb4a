"""``willing sweep``: a design of conditions from the command line, stopped and gone on with."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sim.cli.group import willing
from sim.studies.design.outcomes import Outcome
from sim.studies.design.values import StudyError
from sim.studies.sweep import blocks
from sim.studies.sweep.crossing import half_crossings_of
from sim.studies.sweep.folder import load_sweep
from sim.studies.sweep.paired import paired_differences
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.sweep import sweep
from tests.cli.sweeping import LEVEL, SCENARIO

SUCCESS = Outcome("success", "success")
EITHER = ["present", "absent"]

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scenario and a study."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO.to_yaml(), encoding="utf-8")
    Path("study.yaml").write_text(
        f"scenario: small.yaml\nset: {{commitment.value: 9}}\nvary:\n  {LEVEL}: [0.2, 0.8]\n"
        "runs: 7\nseed: 3\noutcomes: [size]\n",
        encoding="utf-8",
    )
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    return tmp_path


def ended(*arguments: str) -> Result:
    """How a command ended: never with a traceback."""
    done = CliRunner().invoke(willing, ["sweep", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def swept(*arguments: str, vary: str = f"{LEVEL}=0.2,0.8", out: str = "out") -> Sweep:
    """The sweep that a command made of the small scenario."""
    done = ended(
        *("small.yaml", "--vary", vary, "--runs", "20", "--no-figures", "--out", out, *arguments)
    )
    assert done.exit_code == 0, done.output
    return load_sweep(out)


def bytes_in(place: str | Path) -> dict[str, bytes]:
    files = (file for file in Path(place).rglob("*") if file.is_file())
    return {file.relative_to(place).as_posix(): file.read_bytes() for file in files}


def test_a_sweep_is_stored_and_told() -> None:
    done = ended("small.yaml", "--vary", f"{LEVEL}=0.2:0.8:3", "--runs", "50", "--no-figures")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "Small test",
        f"Varied: {LEVEL} (3 values)",
        "3 points, 50 runs each, seed 0",
    ]
    assert [line.split()[0] for line in lines[5:8]] == ["0.2", "0.5", "0.8"]
    assert "The runs of all points share their luck" in done.stdout
    assert lines[-2:] == [
        "Written to results/sweep_small",
        "More figures: willing plot results/sweep_small",
    ]
    assert load_sweep("results/sweep_small").n_points == 3


def test_what_a_command_stores_is_what_python_does() -> None:
    found = swept("--seed", "5", "--workers", "1")
    sweep("small.yaml", {LEVEL: [0.2, 0.8]}, runs=20, seed=5, out="python")
    assert bytes_in("out") == bytes_in("python")
    assert found.study.seed == 5


@pytest.mark.parametrize(
    ("arguments", "holds"),
    [
        (["--set", "commitment.value=9"], lambda s: s.study.scenario.commitment.value == 9),
        (["--seed", str(2**64 - 1)], lambda s: s.study.seed == 2**64 - 1),
        (["--outcome", "size@3", "--outcome", "size"], lambda s: s.outcomes == ("size@3", "size")),
        (["--outcome", "public.*"], lambda s: len(s.outcomes) == 6),
        (["--day", "3", "--day", "1"], lambda s: s.study.days == (1, 3)),
        (["--own-luck"], lambda s: s.column("first_run").tolist() == [0, 20]),
        (["--keep", "runs"], lambda s: len(s.runs_table()) == 40),
        (["--keep", "summary"], lambda s: s.study.keep == "summary"),
        (["--design", "grid"], lambda s: s.study.design.kind == "grid"),
        (["--design", "lhs", "--points", "6"], lambda s: s.n_points == 6),
        (
            ["--design", "sobol", "--points", "4", "--design-seed", "8"],
            lambda s: s.study.design == ("sobol", 4, 8),
        ),
        (["--vary", "events.talks=present,absent"], lambda s: s.n_points == 4),
        (["--vary", "scenario=small.yaml"], lambda s: set(s.column("scenario")) == {"small"}),
        (["--workers", "3"], lambda s: s.is_whole),
    ],
)  # fmt: skip
def test_every_option_is_heard(arguments: list[str], holds: Callable[[Sweep], bool]) -> None:
    assert holds(swept(*arguments))


def test_a_precision_is_heard() -> None:
    options = ["--precision", "0.3", "--precision-of", "size", "--most-runs", "500"]
    done = ended("small.yaml", "--vary", f"{LEVEL}=0.2,0.8", *options, "--no-figures")
    assert done.exit_code == 0
    assert (
        "2 points, 200 runs each, until the interval of size is +/- 0.3 (at most 500)"
        in done.stdout
    )
    effort = load_sweep("results/sweep_small").study.effort
    assert (effort.precision, effort.of, effort.runs) == (0.3, "size", 500)


def test_a_study_file_is_run_and_options_go_before_what_it_says() -> None:
    done = ended("study.yaml", "--no-figures", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    study = load_sweep("results/sweep_study").study
    assert (study.seed, study.effort.runs, study.scenario.commitment.value) == (3, 7, 9.0)
    options = ["--seed", "4", "--set", "days=21", "--precision", "2", "--out", "other"]
    done = ended("study.yaml", *options, "--precision-of", "size", "--no-figures", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    study = load_sweep("other").study
    assert (study.seed, study.effort.precision) == (4, 2.0)
    assert (study.scenario.days, study.scenario.commitment.value) == (21, 9.0)


def test_the_study_in_a_folder_gives_its_parts_again() -> None:
    ended("study.yaml", "--no-figures", "--out", "one")
    done = ended("one/study.yaml", "--no-figures", "--out", "other", "--workers", "1")
    assert done.exit_code == 0
    assert bytes_in("one") == bytes_in("other")


def refuse_constants(name: str) -> None:
    raise ValueError(name)


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        (["nations.N1.stake=0.1,0.5,7"], "--vary: nations.N1.stake: 7 must be between 0 and 1"),
        (["days=20,0", f"{LEVEL}=0.2,0.8"], "--vary: days: 0 must be a whole number"),
        ([f"{LEVEL}=0.5,1", "success.hold=2,-1"], "--vary: success.hold: -1 must be"),
        (["nations.N1.stage=willing,publc"], "'publc' must be a stage out of"),
        (["nations.GBR=present,absent", "days=9"], None),  # left to the points
    ],
)
def test_listed_values_that_no_point_can_have_are_refused_before_the_first_run(
    monkeypatch: pytest.MonkeyPatch, vary: list[str], said: str | None
) -> None:
    monkeypatch.setattr("sim.studies.sweep.sweep.run_blocks", gives_out(RuntimeError("is run")))
    command = ["sweep", "small.yaml", "--print-only", *(w for v in vary for w in ("--vary", v))]
    done = CliRunner().invoke(willing, command)
    assert (done.exit_code, isinstance(done.exception, RuntimeError)) == (
        (1, True) if said is None else (2, False)
    )
    assert said is None or said in done.stderr


def test_a_study_file_and_python_refuse_such_values_too_by_line_and_path() -> None:
    Path("wrong.yaml").write_text(
        f"scenario: small.yaml\nvary:\n  {LEVEL}:\n    - 0.2\n    - 1\n", encoding="utf-8"
    )
    done = ended("wrong.yaml", "--out", "out")
    assert done.exit_code == 2
    assert f"wrong.yaml:5: vary.{LEVEL}: 1 must be above 0 and below 1" in done.stderr
    with pytest.raises(StudyError, match=f"vary.{LEVEL}: 1 must be above 0 and below 1"):
        sweep("small.yaml", {LEVEL: [0.2, 1]}, runs=5)
    # A range may end on a value that is not allowed, and what is stored of it opens.
    sweep("small.yaml", {LEVEL: {"range": [0.5, 1], "steps": 2}}, runs=5, out="out")
    assert len(load_sweep("out").problems) == 1


@pytest.mark.parametrize("runs", ["1", "20"])
def test_json_is_json_whatever_is_in_it(runs: str) -> None:
    done = ended(
        *("small.yaml", "--vary", f"{LEVEL}=0.2:1:2", "--vary", "title=a,Łódź", "--runs", runs),
        *("--json", "--no-figures", "--out", "out"),
    )
    assert done.exit_code == 1  # a level of 1 cannot be had
    found = json.loads(done.stdout, parse_constant=refuse_constants)
    assert found["schema"] == "willing.sweep/1"
    assert found["varied"] == [LEVEL, "title"]
    assert (found["n_points"], found["n_failed"], found["out"]) == (4, 2, "out")
    assert found["digest"] == load_sweep("out").study.digest
    points = found["points"]
    assert [point[LEVEL] for point in points] == [0.2, 0.2, 1, 1]
    assert [point["title"] for point in points] == ["a", "Łódź"] * 2
    assert [point["problem"] is None for point in points] == [True, True, False, False]
    assert points[3]["size"] is None
    assert (points[0]["size.low"] is None) == (runs == "1")
    assert not any(name.startswith("size_counts") for name in points[0])


def test_json_has_the_paired_differences_and_the_crossings_that_a_terminal_shows() -> None:
    plain = ["small.yaml", "--runs", "40", "--json"]
    over_levels = json.loads(ended(*plain, "--vary", f"{LEVEL}=0.05:0.95:3").stdout)
    [crossing] = over_levels["half_crossings"]
    found = sweep("small.yaml", {LEVEL: [0.05, 0.5, 0.95]}, runs=40)
    assert crossing == {"outcome": "success", **half_crossings_of(found, SUCCESS)[0]._asdict()}
    assert crossing["before"] < crossing["value"] < crossing["after"]
    assert (over_levels["differences"], over_levels["is_whole"]) == ([], True)

    over_events = json.loads(ended(*plain, "--vary", "events.talks=present,absent").stdout)
    assert over_events["half_crossings"] == []
    paired = paired_differences(sweep("small.yaml", {"events.talks": EITHER}, runs=40))
    assert paired is not None
    assert over_events["differences"] == [
        {"point": 1, "base": 0, "outcome": name, **difference._asdict()}
        for name, difference in paired.by_point[1].items()
    ]
    assert not Path("results").exists()


def test_a_stop_before_the_first_block_of_a_printed_sweep_says_that_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any) -> Iterator[blocks.SweepPart]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("sim.studies.sweep.sweep.run_blocks", stopped)
    done = ended("small.yaml", "--vary", f"{LEVEL}=0.1:0.9:9", "--runs", "5", "--json")
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "Stopped; nothing was kept.\n"


def test_a_sweep_without_a_folder_prints_the_points_that_were_finished_before_a_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "points_a_block", lambda _: 2)

    def stopped(*given: Any) -> Iterator[blocks.SweepPart]:
        yield from islice(blocks.run_blocks(*given), 2)
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.studies.sweep.sweep.run_blocks", stopped)
    command = ["small.yaml", "--vary", f"{LEVEL}=0.1:0.9:9", "--runs", "5"]
    for option, why in (("--json", "--json without --out"), ("--print-only", "--print-only")):
        done = ended(*command, option)
        assert done.exit_code == 130
        assert done.stderr == (
            f"Stopped: 4 of 9 points were finished; no folder is written ({why}); with --out DIR "
            "the same command goes on where it was stopped.\n"
        )
        if option == "--json":
            found = json.loads(done.stdout)
            assert [point[LEVEL] for point in found["points"]] == [0.1, 0.2, 0.3, 0.4]
            assert not found["is_whole"]
        else:
            assert "Not finished: the study has 9 points" in done.stdout
    assert not Path("results").exists()


def test_a_long_sweep_without_a_folder_says_before_that_it_cannot_be_resumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "points_a_block", lambda _: 1)
    for n_points, n_notes in ((3, 0), (10, 1)):
        done = ended("small.yaml", "--vary", f"{LEVEL}=0.1:0.9:{n_points}", "--runs=5", "--json")
        assert done.stderr.count("this sweep cannot be resumed if it is stopped; --out") == n_notes


def test_equal_points_of_a_random_design_are_one_row_in_the_order_of_their_values() -> None:
    design = ["--design", "lhs", "--points", "8", "--runs", "5", "--print-only"]
    text = ended("small.yaml", "--vary", "days=9:12", *design).stdout
    rows = [line.split() for line in text.splitlines() if line.startswith("  ")]
    labels = [row for row in rows if row[0].isdigit()]
    assert [row[:4] for row in labels] == [
        [days, "(2", "equal", "points)"] for days in ("9", "10", "11", "12")
    ]
    text = ended("small.yaml", "--vary", "days=9:12", *design, "--own-luck").stdout
    days = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
    assert [day for day in days if day.isdigit()] == [
        str(n) for n in (9, 9, 10, 10, 11, 11, 12, 12)
    ]


def test_differences_that_are_none_in_all_runs_are_not_said_to_have_intervals() -> None:
    text = ended("small.yaml", "--vary", "title=a,b", "--runs", "5", "--print-only").stdout
    assert "none in 5 runs" in text
    assert "in brackets its 95 %" not in text
    assert "with the same random numbers: up to 52 % of all runs may differ" in text


def test_points_that_fail_without_a_folder_are_said_to_be_in_the_json() -> None:
    done = ended("small.yaml", "--vary", f"{LEVEL}=0.5:1:2", "--runs", "5", "--print-only")
    assert done.exit_code == 1
    assert done.stderr.endswith("The reasons of all are under problem in the points of --json.\n")


def test_failing_points_are_told_at_the_end_and_not_run_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["small.yaml", "--vary", f"{LEVEL}=0:1:3", "--runs", "5", "--no-figures"]
    done = ended(*arguments, "--vary", "commitment.value=1,2")
    assert done.exit_code == 1
    assert "Written to results/sweep_small" in done.stdout
    assert done.stderr == (
        f"Note: {LEVEL}: points with 2 of 3 values cannot be run; the first: 0 must be above 0 and "
        "below 1\n"
        f"Error: 4 of 6 points could not be run; the first, {LEVEL}=0, commitment.value=1: "
        f"{LEVEL}: 0 must be above 0 and below 1\n"
        "The reasons of all are in the column problem of the parts.\n"
    )
    monkeypatch.setattr("sim.studies.sweep.sweep.run_blocks", lambda *_: pytest.fail("is run"))
    again = ended(*arguments, "--vary", "commitment.value=1,2")
    assert (again.exit_code, again.output) == (done.exit_code, done.output)


def test_points_may_fail_together_though_each_value_can_be_had() -> None:
    Path("failing.yaml").write_text(
        "scenario: small.yaml\nvary:\n  days: [20, 10]\n  success.hold: [15, 20]\nruns: 5\n"
    )
    done = ended("failing.yaml", "--no-figures")
    assert done.exit_code == 1
    assert "2 of 4 points could not be run; the first, days=10, success.hold=15: " in done.stderr


DAYS = ("small.yaml", "--vary", "days=20")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["small.yaml"], "--vary: say what to vary, such as --vary conditions.us_backing.level="),
        (["small.yaml", "--vary", "days"], "'days' must have the form PATH=LOW:HIGH:STEPS"),
        (
            ["small.yaml", "--vary", "dys=1,2"],
            "--vary: dys: unknown key 'dys'; did you mean 'days'?",
        ),
        (["small.yaml", "--vary", "days=1,2", "--vary", "days=3"], "--vary: a path is given twice"),
        ([*DAYS, "--set", "days"], "'days' must have the form PATH=VALUE"),
        ([*DAYS, "--set", "dys=3"], "unknown key 'dys'"),
        ([*DAYS, "--outcome", "sise"], "did you mean 'size'?"),
        ([*DAYS, "--day", "21"], "--day: 21 must be a day from 0 to 20"),
        ([*DAYS, "--day", "-1"], "'-1' must be a whole number from 0 to"),
        ([*DAYS, "--runs", "0"], "'0' must be a whole number from 1 to"),
        ([*DAYS, "--runs", "1e3"], "'1e3' must be a whole number from 1"),
        ([*DAYS, "--design", "gird"], "'gird'"),
        ([*DAYS, "--points", "3"], "--points: belongs to the designs lhs"),
        (["small.yaml", "--vary", "days=20:30"], "no steps: a grid needs a number of values"),
        (
            [*DAYS, "--precision", "0"],
            "'0' must be a number above 0",
        ),
        ([*DAYS, "--precision", "x"], "'x' must be a number above 0"),
        ([*DAYS, "--precision", "nan"], "'nan' must be a number above 0"),
        (
            [*DAYS, "--precision", "1", "--runs", "3"],
            "--runs: cannot be combined with a precision; most_runs limits the runs",
        ),
        (
            [*DAYS, "--most-runs", "3"],
            "--most-runs: needs a precision, which is not given",
        ),
        (["no_such", "--vary", "days=20"], "unknown scenario 'no_such'"),
        (["no/such.yaml", "--vary", "days=20"], "no/such.yaml: does not exist"),
        ([".", "--vary", "days=20"], ""),
        ([*DAYS, "--out", "-"], "--out: - is standard output"),
        ([*DAYS, "--out", "small.yaml"], "small.yaml is a file, not a"),
        ([*DAYS, "--out", "."], ". is not overwritten: move away"),
        ([*DAYS, "--out", "mine"], "mine is there already, and is no"),
        (
            [*DAYS, "--dask", "tcp://a:1", "--workers", "2"],
            "--workers: it is for threads of this machine, which --dask does not use",
        ),
        (["study.yaml", "--vary", "day=3"], "--vary: day: unknown key 'day'; did you mean 'days'?"),
        (["small.yaml", "--vary", "size=1,2"], "--vary: size: is the name of a column"),
    ],
)
def test_wrong_input_is_told_with_status_2(arguments: list[str], message: str) -> None:
    done = ended(*arguments, "--no-figures")
    assert done.exit_code == 2, done.output
    assert message in done.stderr.replace("\n", " ")
    assert done.stdout == ""


def test_the_folder_of_another_sweep_is_refused_and_thrown_away_on_demand() -> None:
    swept()
    arguments = ["small.yaml", "--vary", f"{LEVEL}=0.2,0.8", "--no-figures", "--out", "out"]
    done = ended(*arguments, "--runs", "30")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: out holds another sweep: runs was 20 and is 30; choose another folder, or throw "
        "away what is there (--force)\n"
    )
    done = ended(*arguments, "--runs", "30", "--force")
    assert done.exit_code == 0
    assert set(load_sweep("out").column("n_runs")) == {30}
    Path("out/notes.txt").write_text("mine")
    done = ended(*arguments, "--runs", "31", "--force")
    assert done.exit_code == 2
    assert "out is not overwritten: move away what is no part of a sweep: notes.txt" in done.stderr


def gives_out(error: BaseException) -> Callable[..., Any]:
    def instead(*_: object, **__: object) -> Any:
        raise error

    return instead


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "out: No space left on device"),
        (OSError(errno.EROFS, "", "out/.lock"), "out/.lock: Read-only file system"),
        (MemoryError("9 GB are needed"), "out of memory: 9 GB are needed"),
        (MemoryError(), "out of memory"),
    ],
)
def test_a_disk_or_memory_that_gives_out_is_told_with_status_1(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    monkeypatch.setattr("sim.studies.sweep.folder.SweepFolder.write", gives_out(error))
    done = ended("small.yaml", "--vary", "days=20", "--no-figures", "--out", "out")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {said}; no block of points is finished\n"


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        ("pathlib.Path", "mkdir", "out: Permission denied"),
        ("filelock.FileLock", "acquire", "out/.lock: Permission denied"),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_told_with_status_1(
    monkeypatch: pytest.MonkeyPatch, owner: str, name: str, said: str
) -> None:
    place = None if name == "mkdir" else "out/.lock"
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
    monkeypatch.setattr(f"{owner}.{name}", gives_out(error))
    done = ended("small.yaml", "--vary", "days=20", "--no-figures", "--out", "out")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {said}; no block of points is finished\n"


def test_blocks_that_were_finished_before_the_disk_gave_out_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr("sim.studies.sweep.folder.SweepFolder.finish", gives_out(full))
    done = ended("small.yaml", "--vary", "days=20", "--no-figures", "--out", "out")
    kept = (
        "1 of 1 blocks of points are finished, and kept in out; the same command goes on from there"
    )
    said = f"out: No space left on device; {kept}"
    assert (done.exit_code, done.stderr) == (1, f"Error: {said}\n")


def test_a_folder_that_is_being_worked_on_is_refused() -> None:
    from sim.studies.design.file import load_study
    from sim.studies.sweep.folder import SweepFolder

    with SweepFolder("results/sweep_study", load_study("study.yaml")).locked():
        done = ended("study.yaml", "--no-figures")
    assert done.exit_code == 2
    assert "results/sweep_study: another process is at work on this sweep" in done.stderr


def test_a_dask_cluster_that_does_not_answer_is_told_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sim.studies.cluster.TIMEOUT_SECONDS", 0.2)
    done = ended("study.yaml", "--no-figures", "--dask", "tcp://127.0.0.1:1")
    assert done.exit_code == 1
    assert "--dask: no Dask scheduler answers at tcp://127.0.0.1:1: " in done.stderr


def test_print_only_prints_the_points_and_writes_no_folder() -> None:
    done = ended("small.yaml", "--vary", "days=20,30", "--runs", "4", "--json", "--print-only")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["n_points"] == 2
    assert not Path("results").exists()
