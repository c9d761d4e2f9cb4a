"""Study files, options over them, and what is said of wrong ones: file, line, all at once."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from sim.cli.group import willing
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.studies.design.file import is_study_file, load_study, study_from
from sim.studies.design.study import Design, Effort
from sim.studies.design.values import StudyError
from sim.studies.sweep.resume import study_files
from tests.engines.scenarios_strategy import Form

FORM: Form = {
    "title": "Small",
    "days": 30,
    "nations": ["GBR", {"id": "POL", "stake": 0.9}],
    "conditions": {"backing": {"level": 0.4}},
    "events": [{"date": 2, "meeting": "talks"}],
    "success": {"public_size": 1},
}

EVERYTHING = """\
scenario: small.yaml
set: {commitment.value: 900}
vary:
  conditions.backing.level: {range: [0.1, 0.9], steps: 5}
  nations.POL.stake: {values: [0.1, 1], spacing: log}
  events.talks: [present, absent]
design: grid
runs: 7
seed: 18446744073709551615
outcomes: [success, size, size@9, "size>=2"]
days: [9, 3, 9, 30]
common_luck: false
keep: runs
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a scenario, in which nothing runs."""
    (tmp_path / "studies").mkdir()
    text = scenario_from_dict(FORM).to_yaml()
    (tmp_path / "studies" / "small.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "studies"


def written(folder: Path, text: str) -> str:
    """Path of a study file with that text."""
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return os.path.join("studies", "study.yaml")  # noqa: PTH118 (as a user writes it)


def said_of(folder: Path, text: str) -> list[str]:
    """What is wrong with a study file, a line each."""
    with pytest.raises(ScenarioError) as refused:
        load_study(written(folder, text))
    return str(refused.value).splitlines()


def test_a_study_file_with_everything_in_it(folder: Path) -> None:
    study = load_study(written(folder, EVERYTHING))
    assert study.scenario.commitment.value == 900
    assert study.paths == ("conditions.backing.level", "nations.POL.stake", "events.talks")
    assert [each.spacing for each in study.varied] == ["linear", "log", "linear"]
    assert (study.design, study.n_points) == (Design("grid", 0, 0), 20)
    assert study.effort == Effort(7)
    assert study.seed == 2**64 - 1
    assert study.outcomes == ("success", "size", "size@9", "size>=2")
    assert study.days == (3, 9)  # the last day is kept in any case
    assert (study.common_luck, study.keep) == (False, "runs")


def test_what_a_study_file_leaves_out(folder: Path) -> None:
    study = load_study(written(folder, "scenario: small.yaml\nvary: {days: [30, 31]}\n"))
    assert (study.design, study.effort, study.seed) == (Design(), Effort(1000), 0)
    assert study.outcomes[:3] == ("success", "size", "private_size")
    assert (study.days, study.common_luck, study.keep) == ((), True, "summary")


@pytest.mark.parametrize(
    ("keys", "effort"),
    [
        ("precision: 0.01", Effort(100_000, 0.01, "success")),
        ("precision: 1\nprecision_of: size", Effort(100_000, 1.0, "size")),
        ("precision: 1\nprecision_of: size >= 2\nmost_runs: 300", Effort(300, 1.0, "size>=2")),
        ("precision: 1\nset: {success: null}", Effort(100_000, 1.0, "size")),
    ],
)
def test_a_precision_instead_of_runs(folder: Path, keys: str, effort: Effort) -> None:
    text = f"scenario: small.yaml\nvary: {{days: [30, 31]}}\noutcomes: [force]\n{keys}\n"
    study = load_study(written(folder, text))
    assert study.effort == effort
    assert study.outcomes == (effort.of, "force")


def test_every_problem_of_a_study_is_told_at_once_each_with_its_line(folder: Path) -> None:
    text = """\
scenario: small.yaml
vary:
  conditions.backing.level: {range: [0.9, 0.1], steps: 5}
  nations.PLO.stake: [0.1]
  days: [30, 30]
  commitment.value: [1, 2]
  point: [{label: a, set: {}}]
design: gird
points: 3.5
design_seed: -1
run: 100
runs: 0
seed: one
outcomes: [sise]
days: [31]
common_luck: 1
keep: everything
precision_of: size
"""
    said = said_of(folder, text)
    assert sorted(said) == sorted(
        [
            "studies/study.yaml:3: vary.conditions.backing.level: [0.9, 0.1] must be two numbers, "
            "the lower one first",
            "studies/study.yaml:4: vary.nations.PLO.stake: unknown nation 'PLO'; did you mean "
            "'POL'?",
            "studies/study.yaml:5: vary.days: 30 is given twice",
            "studies/study.yaml:7: vary.point: is the name of a column of the results; give its "
            "values as {label: ..., set: {...}} under another name",
            "studies/study.yaml:8: design: 'gird' must be one of grid, lhs, sobol; did you mean "
            "'grid'?",
            "studies/study.yaml:9: points: 3.5 must be a whole number from 1 to 1000000",
            "studies/study.yaml:10: design_seed: -1 must be a whole number from 0 to "
            "18446744073709551615",
            "studies/study.yaml:11: run: unknown key; did you mean 'runs'?",
            "studies/study.yaml:12: runs: 0 must be a whole number from 1 to 1000000",
            "studies/study.yaml:13: seed: 'one' must be a whole number from 0 to "
            "18446744073709551615",
            "studies/study.yaml:14: outcomes: unknown outcome 'sise'; did you mean 'size'?",
            "studies/study.yaml:15: days: 31 must be a day from 0 to 30",
            "studies/study.yaml:16: common_luck: 1 must be true or false",
            "studies/study.yaml:17: keep: 'everything' must be one of summary, runs",
            "studies/study.yaml:18: precision_of: needs a precision, which is not given",
        ]
    )


def test_a_wrong_scenario_is_told_with_what_is_wrong_with_the_study(folder: Path) -> None:
    (folder / "small.yaml").write_text("days: 0\nnations: [GBR]\n", encoding="utf-8")
    text = "scenario: small.yaml\nvary: {days: [30, 31]}\nruns: 0\n"
    assert said_of(folder, text) == [
        "studies/study.yaml:3: runs: 0 must be a whole number from 1 to 1000000",
        "studies/small.yaml:1: days: 0 must be a whole number between 1 and 36500",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]\n", "study.yaml:1: must be a mapping with at least scenario and vary"),
        ("vary: {days: [30]}\n", "scenario: must be the path of a scenario file or a shipped name"),
        ("scenario: 3\nvary: {days: [1]}\n", "study.yaml:1: scenario: must be the path of"),
        ("scenario: small.yaml\n", "vary: must be a mapping of paths to their values"),
        ("scenario: small.yaml\nvary: {}\n", "study.yaml:2: vary: {} must be a mapping of paths"),
        ("scenario: small.yaml\nvary: [days]\n", "study.yaml:2: vary: ['days'] must be a map"),
        ("scenario: small.yaml\nvary:\n", "vary: must be a mapping of paths to their values"),
        (
            "scenario: smal.yaml\nvary: {days: [30]}\n",
            "study.yaml:1: scenario: studies/smal.yaml does not exist; did you mean 'studies/small",
        ),
        (
            "scenario: small.yaml\nvary: {scenario: [small.yaml, smal.yaml]}\n",
            "study.yaml:2: vary.scenario: studies/smal.yaml does not exist; did you mean",
        ),
        (
            "scenario: small.yaml\nset: [days]\nvary: {days: [30]}\n",
            "study.yaml:2: set: ['days'] must be a mapping of paths to their values",
        ),
        (
            "scenario: small.yaml\nset: {dys: 3}\nvary: {days: [30]}\n",
            "study.yaml:2: set.dys: unknown key 'dys'; did you mean 'days'?",
        ),
        (
            "scenario: small.yaml\nset:\n  days: 30\n  behaviour:\n    declare:\n      rate: -1\n"
            "vary: {days: [30]}\n",
            "study.yaml:6: set.behaviour.declare.rate: -1 must be between 0 and 1e100",
        ),
        (
            "scenario: small.yaml\nset:\n  days: 30\n  nations..stake: 1\nvary: {days: [30]}\n",
            "study.yaml:4: set.nations..stake: is no path that can be changed",
        ),
        (
            "scenario: small.yaml\nset:\n  days: x\nvary: {scenario: [small.yaml]}\n",
            "study.yaml:3: set.days: 'x' must be a whole number between 1 and 36500",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\ndesign: lhs\n",
            "study.yaml:1: points: must be given for the design lhs",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\ndesign: sobol\npoints: 12\n",
            "study.yaml:4: points: 12 must be a power of 2, such as 8 or 16, for balance",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\npoints: 12\n",
            "study.yaml:3: points: belongs to the designs lhs and sobol; a grid has one for each "
            "combination",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: 0.1\nruns: 12\n",
            "study.yaml:4: runs: cannot be combined with a precision; most_runs limits the runs",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: 0\n",
            "study.yaml:3: precision: 0 must be above 0: half the width of an interval",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: .nan\n",
            "study.yaml:3: precision: .nan must be above 0",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: {a: 1}\n",
            "study.yaml:3: precision: {a: 1} must be above 0",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: 1\nprecision_of: public.*\n",
            "study.yaml:4: precision_of: 'public.*' stands for 2 outcomes; one must be chosen",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\nprecision: 1\nprecision_of: syze\n",
            "study.yaml:4: precision_of: unknown outcome 'syze'; did you mean 'size'?",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\noutcomes: {size: 1}\n",
            "study.yaml:3: outcomes: must be a list of outcomes",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\noutcomes: []\n",
            "study.yaml:3: outcomes: no outcome is asked for",
        ),
        (
            "scenario: small.yaml\nvary: {days: [30]}\ndays: [true]\n",
            "study.yaml:3: days: True must be a day from 0 to 30",
        ),
        (
            "scenario: small.yaml\nvary: {scenario: small.yaml}\n",
            "study.yaml:2: vary.scenario: 'small.yaml' must be a list of scenario files",
        ),
        (
            "scenario: small.yaml\nvary: {scenario: [small.yaml, ../studies/small.yaml]}\n",
            "study.yaml:2: vary.scenario: two have the name small",
        ),
        (
            "scenario: small.yaml\nvary: {scenario: [small.yaml, 3]}\n",
            "study.yaml:2: vary.scenario: ['small.yaml', 3] must be a list of scenario files",
        ),
        ("scenario: small.yaml\nvary: {days: [30]}\nvary: {days: [31]}\n", "study.yaml:3"),
        ("scenario: small.yaml\nvary: {days: [30, {}: 3]}\n", "study.yaml:2"),
        ("vary: " + "[" * 5000, "study.yaml:1"),
        ("vary: {days: [" + "9" * 5000 + "]}\nscenario: small.yaml\n", "must be finite"),
        ("vary: !!python/object:sim.Nation {days: [30]}\nscenario: small.yaml\n", "study.yaml:1"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_in_one_line(folder: Path, text: str, said: str) -> None:
    lines = said_of(folder, text)
    assert any(said in line for line in lines), lines
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario: small.yaml\nvarry: {ties.base: [1, 2]}\n",
         "study.yaml:2: varry: unknown key; did you mean 'vary'?"),
        ("scenario: small.yaml\nvary: {ties.base: [1, 2]}\ndesign_seed: 3\n",
         "study.yaml:3: design_seed: belongs to the designs lhs and sobol; a grid is not random"),
        ("scenario: small.yaml\nvary:\n  ties.base:\n    - 1\n    -\n",
         "study.yaml:5: vary.ties.base: a value is empty; write absent to remove something"),
        ("scenario: small.yaml\nvary: {base: [other.yaml]}\n",
         "study.yaml:2: vary.base: is not varied; whole scenarios are given as scenario=A,B"),
    ],
)  # fmt: skip
def test_a_likely_typing_error_is_refused_with_what_to_write(
    folder: Path, text: str, said: str
) -> None:
    assert said_of(folder, text) == [os.path.join("studies", said)]  # noqa: PTH118
    assert is_study_file(folder / "study.yaml")


def test_a_grid_instead_of_a_random_design_drops_its_seed(folder: Path) -> None:
    text = "scenario: small.yaml\nvary: {ties.base: [1, 2]}\ndesign: lhs\npoints: 4\n"
    path = written(folder, f"{text}design_seed: 3\n")
    assert load_study(path).design == Design("lhs", 4, 3)
    assert load_study(path, {"design": tree_from("grid")}).design == Design()


def test_default_outcomes_are_those_that_all_scenarios_have(folder: Path) -> None:
    (folder / "bare.yaml").write_text("days: 9\nnations: [GBR]\n", encoding="utf-8")
    text = "scenario: small.yaml\nvary: {scenario: [small.yaml, bare.yaml]}\nprecision: 0.5\n"
    study = load_study(written(folder, text))
    assert study.outcomes == ("size", "private_size", "firm_size", "peak_size", "force")
    assert study.effort.of == "size"


def test_a_long_path_is_cut_in_a_message(folder: Path) -> None:
    (said,) = said_of(folder, f"scenario: small.yaml\nvary:\n  ? {'a' * 10_000}\n  : [1]\n")
    assert len(said) < 500
    assert "…" in said


def test_a_path_with_odd_letters_is_shown_and_refused(folder: Path) -> None:
    text = 'scenario: small.yaml\nvary: {"a\\u001b[31m\\n.b": [1]}\n'
    (said,) = said_of(folder, text)
    assert "\x1b" not in said
    assert "a name must have no control characters" in said


def test_a_grid_of_a_million_by_a_million_is_refused_at_once() -> None:
    began = time.process_time()
    large = {"range": [0, 1], "steps": 1_000_000}
    with pytest.raises(StudyError, match="from 2 to 100,000"):
        study_from({"scenario": "paris_2025", "vary": {"ties.base": large, "ties.leaders": large}})
    large["steps"] = 100_000
    with pytest.raises(StudyError, match="10,000,000,000 points; at most 1,000,000 are allowed"):
        study_from({"scenario": "paris_2025", "vary": {"ties.base": large, "ties.leaders": large}})
    assert time.process_time() - began < 5


def over(folder: Path, text: str, **changes: Any) -> Any:
    """A study file with options of the command line over it."""
    nodes = {key: tree_from(value, f"--{key}") for key, value in changes.items()}
    return load_study(written(folder, text), nodes)


def test_an_option_goes_before_what_the_file_says(folder: Path) -> None:
    study = over(folder, EVERYTHING, runs=9, seed=3, keep="summary", outcomes=["force"])
    assert (study.effort.runs, study.seed, study.keep) == (9, 3, "summary")
    assert study.outcomes == ("force",)
    assert study.n_points == 20
    assert over(folder, EVERYTHING, vary={"days": [30, 31]}).paths == ("days",)


def test_a_change_of_the_command_line_is_added_to_those_of_the_file(folder: Path) -> None:
    study = over(folder, EVERYTHING, set={"days": 40})
    assert (study.scenario.days, study.scenario.commitment.value) == (40, 900)
    study = over(folder, EVERYTHING, set={"commitment.value": 3})
    assert study.scenario.commitment.value == 3


def test_whoever_asks_for_a_precision_takes_back_the_runs_of_the_file(folder: Path) -> None:
    assert over(folder, EVERYTHING, precision=0.5).effort == Effort(100_000, 0.5, "success")
    precise = EVERYTHING.replace("runs: 7", "precision: 0.5\nmost_runs: 400\nprecision_of: size")
    assert over(folder, precise, runs=3).effort == Effort(3)
    assert over(folder, precise, most_runs=300).effort == Effort(300, 0.5, "size")


def test_whoever_asks_for_a_grid_takes_back_the_points_of_the_file(folder: Path) -> None:
    drawn = "scenario: small.yaml\nvary: {days: [30, 31]}\ndesign: lhs\npoints: 9\n"
    assert over(folder, drawn).n_points == 9
    assert over(folder, drawn, design="grid").n_points == 2
    assert over(folder, drawn, design="sobol", points=8).design == Design("sobol", 8, 0)


def test_a_study_is_told_from_a_scenario_by_what_it_varies(folder: Path) -> None:
    assert is_study_file(written(folder, EVERYTHING))
    assert not is_study_file(folder / "small.yaml")
    assert not is_study_file("paris_2025")
    assert not is_study_file("no_such_scenario")
    with pytest.raises(ScenarioError, match="does not exist"):
        is_study_file("no/such.yaml")


def test_the_files_of_a_folder_give_the_same_study_again(folder: Path) -> None:
    (folder / "other.yaml").write_text("base: small.yaml\ndays: 31\n", encoding="utf-8")
    (folder / "mine.yaml").write_text("declare: {rate: 0.5}\n", encoding="utf-8")
    studies = [
        EVERYTHING,
        "scenario: small.yaml\nvary: {scenario: [small.yaml, other.yaml], days: [31, 32]}\n",
        "scenario: small.yaml\nvary: {behaviour: [mine.yaml, calibrated], title: [2025-03-10]}\n",
        "scenario: small.yaml\nvary: {nations.POL.stake: {normal: [0.5, 0.1]}, ties.base: "
        "{range: [1, 100], spacing: log}}\ndesign: lhs\npoints: 5\ndesign_seed: 3\n",
        "scenario: small.yaml\nvary: {a: [{label: 1, set: {days: 31}}, {label: 2.5, set: {}}]}\n",
        "scenario: small.yaml\nvary: {nations.POL.stage: [talks, {talks: 0.5, willing: 0.5}]}\n"
        "precision: 1e-3\nprecision_of: size\n",
        "scenario: small.yaml\nvary: {commitment.value: [1, 1e30, 1e-7], leaders: [[], [POL]]}",
        "scenario: small.yaml\nvary: {conditions.backing.start: [null, 0.5, present]}\n",
        "scenario: small.yaml\nvary: {ties.directed: [true, false], title: ['yes', 'Łódź']}",
        "scenario: small.yaml\nvary: {x: [{label: 'a: b #c', set: {events.talks: null}}]}",
        "scenario: small.yaml\nvary: {x: [{label: '2025-01-01', set: {commitment.value: .inf}}, "
        "{label: '1', set: {}}]}\n",
        "scenario: small.yaml\nvary: {title: ['1e3', '0o17', '0x1F', '', '~', 'null', 'yes', '=', "
        "'<<', '12:30', '- a', '1_000', '.5', '.inf', ' a ', \"a\\tb\\u0085\", '2025-03-10']}\n",
    ]  # fmt: skip
    for number, text in enumerate(studies):
        # As if it were stored: some of the values are not allowed.
        study = load_study(written(folder, f"made_by: {{}}\n{text}"))
        place = folder / f"out{number}"
        for name, content in study_files(study).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(content, encoding="utf-8")
        again = load_study(place / "study.yaml")
        assert again.digest == study.digest, text
        assert study_files(again) == study_files(study)
        for point in map(study.point, range(study.n_points)):
            assert again.point(point.number) == point
            assert repr(again.point(point.number)) == repr(point)


def test_a_study_of_a_scenario_in_memory() -> None:
    scenario = load_scenario("paris_2025")
    study = study_from({"vary": {"commitment.value": [1, 2]}, "set": {"days": 190}}, scenario)
    assert study.scenario == scenario.with_changes({"days": 190})
    same = study_from(Node({"vary": tree_from({"commitment.value": [1, 2]})}, "", None), scenario)
    assert same.scenario is scenario


def test_the_command_knows_every_key_of_a_study() -> None:
    command = willing.get_command(None, "sweep")  # type: ignore[arg-type]
    assert command is not None
    options = {text for parameter in command.params for text in parameter.opts}
    assert options >= {
        *("--vary", "--set", "--design", "--points", "--design-seed", "--runs", "--precision"),
        *("--precision-of", "--most-runs", "--seed", "--outcome", "--day", "--own-luck", "--keep"),
    }
