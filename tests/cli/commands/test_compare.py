"""``willing compare``: what it prints and writes, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.commands.compare import labels_of
from sim.cli.group import willing
from sim.cli.progress import Progress
from sim.cli.signals import HungUp, Stop, Terminated
from sim.report.comparison import comparison_blocks
from sim.report.json import comparison_json
from sim.report.text import to_text
from sim.studies.compare import compare as module
from sim.studies.compare import stored
from sim.studies.compare.compare import ComparisonRun
from tests.results.synthetic import NOTHING_IDLE, small_ensemble, small_scenario
from tests.studies.compare.scenarios import made_up_comparison

OUT = Path("results/compare_small_other")
FEW = ("--runs", "20", "--no-figures")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two scenarios in a working folder of their own."""
    monkeypatch.chdir(tmp_path)
    scenario = small_scenario().with_changes(NOTHING_IDLE)
    Path("small.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    other = scenario.with_changes({"conditions.us_backing.level": 0.9, "title": "More backing"})
    Path("other.yaml").write_text(other.to_yaml(), encoding="utf-8")
    return tmp_path


def compare(*arguments: str) -> Result:
    """Result of ``willing compare`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["compare", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def written(place: Path = OUT) -> list[str]:
    """Names of what is in a folder, hidden ones included."""
    return sorted(item.name for item in place.iterdir())


def test_it_prints_the_comparison_and_writes_it_with_figures() -> None:
    done = compare("small.yaml", "other.yaml", "--runs", "50", "--seed", "3")
    assert (done.exit_code, done.stderr) == (0, "")
    found = sim.load_comparison(OUT)
    assert done.stdout.startswith(to_text(comparison_blocks(found)))
    assert done.stdout.endswith(
        f"Written to {OUT}, with difference_fan.png and nation_changes.png in figures/\n"
    )
    assert (found.labels, found.n_runs, found.seed) == (("small", "other"), 50, 3)
    assert written(OUT / "figures") == ["difference_fan.png", "nation_changes.png"]
    scenarios = {"small": sim.load_scenario("small.yaml"), "other": sim.load_scenario("other.yaml")}
    again = sim.compare(scenarios, runs=50, seed=3)
    assert repr(again.differences[0].outcomes) == repr(found.differences[0].outcomes)


def test_the_command_that_is_stored_makes_it_again() -> None:
    words = ["small.yaml", "other.yaml", "--set", "nations.N02.stake=0.9", "--workers", "1", *FEW]
    assert compare(*words, "--out", "first").exit_code == 0
    command = json.loads(Path("first/provenance.json").read_text())["command"]
    assert (
        command
        == "willing compare small.yaml other.yaml --runs 20 --seed 0 --set nations.N02.stake=0.9"
    )
    assert compare(*command.split()[2:], "--out", "again", "--no-figures").exit_code == 0
    for name in written(Path("first")):
        assert Path("again", name).read_bytes() == Path("first", name).read_bytes()


def test_changes_apply_to_all_scenarios() -> None:
    assert compare("small.yaml", "other.yaml", "--set", "days=40", *FEW).exit_code == 0
    assert [scenario.days for scenario in sim.load_comparison(OUT).scenarios] == [40, 40]
    made = compare("small.yaml", "other.yaml", "--set", "conditions.us_backing.level=0.5", *FEW,
                   "--out", "same")  # fmt: skip
    assert "other is the same scenario as small" in made.stdout


def test_a_scenario_is_compared_with_itself_changed() -> None:
    Path("variant.yaml").write_text("base: small.yaml\nremove_events: 0\n", encoding="utf-8")
    level = "conditions.us_backing.level=0.9"
    done = compare("small.yaml", "--with", level, "--with", "variant.yaml", *FEW)
    assert (done.exit_code, done.stderr) == (0, "")
    place = Path("results/compare_small_us_backing.level=0.9_variant")
    stored = sim.load_comparison(place)
    assert stored.labels == ("small", "us_backing.level=0.9", "variant")
    base, backed, other = stored.scenarios
    assert backed == base.with_changes({"conditions.us_backing.level": 0.9})
    assert other.events == base.events[1:]
    assert stored.command == (
        f"willing compare small.yaml --runs 20 --seed 0 --with {level} --with variant.yaml"
    )
    again = sim.compare("small.yaml", runs=20, with_=[level, Path("variant.yaml")])
    assert again.labels == stored.labels
    assert again.outcomes_table().equals(stored.outcomes_table())


def test_what_is_set_holds_for_the_changed_scenarios_too() -> None:
    done = compare(
        "small.yaml", "--with", "conditions.us_backing.level=0.9", "--set", "days=20", *FEW
    )
    assert done.exit_code == 0
    (place,) = Path("results").iterdir()
    assert [scenario.days for scenario in sim.load_comparison(place).scenarios] == [20, 20]


def test_two_changes_with_one_label_get_names_of_their_own() -> None:
    Path("in").mkdir()
    for place in ("small.yaml", "in/other.yaml"):
        text = "base: small.yaml\ntitle: x\n" if place == "small.yaml" else "days: 9\n"
        Path(place if "/" in place else "in/" + place).write_text(text, encoding="utf-8")
    done = compare("small.yaml", "other.yaml", "--with", "in/other.yaml", "--out", "o", *FEW)
    assert done.exit_code == 0
    assert sim.load_comparison("o").labels == ("small", "other", "other_2")


def test_several_scenarios_are_each_compared_with_the_first() -> None:
    done = compare("small.yaml", "other.yaml", "paris_2025", "--set", "days=5", *FEW)
    assert done.exit_code == 2  # dated events lie beyond
    done = compare("small.yaml", "other.yaml", "paris_2025", *FEW)
    assert done.exit_code == 0, done.stderr
    assert (
        "More backing and Paris, the week of 10 March 2025, each compared with Small" in done.stdout
    )
    assert "Only in the base, and not compared: N00, N01" in done.stdout
    assert written(Path("results")) == ["compare_small_other_paris_2025"]


def test_json_holds_every_number_and_is_valid() -> None:
    done = compare("small.yaml", "other.yaml", "--json", *FEW, "--out", str(OUT))
    assert (done.exit_code, done.stderr) == (0, "")

    def refused(name: str) -> None:
        raise AssertionError(name)

    found = json.loads(done.stdout, parse_constant=refused)
    assert found["schema"] == "willing.comparison/2"
    assert [each["label"] for each in found["scenarios"]] == ["small", "other"]
    assert (found["out"], found["figures"]) == (OUT.as_posix(), [])
    [difference] = found["differences"]
    stored_one = sim.load_comparison(OUT).differences[0]
    assert [each["outcome"] for each in difference["outcomes"]] == [
        change.outcome for change in stored_one.outcomes
    ]
    assert difference["nations"][0]["difference"] == stored_one.nations[0].difference


@pytest.mark.parametrize("options", [["--json"], ["--json", "--print-only"]])
def test_json_needs_no_folder_and_print_only_writes_none(options: list[str]) -> None:
    done = compare("small.yaml", "other.yaml", *options, *FEW)
    assert done.exit_code == 0
    assert "out" not in json.loads(done.stdout)
    assert not Path("results").exists()


def test_the_same_command_replaces_its_own_comparison_and_no_other() -> None:
    assert compare("small.yaml", "other.yaml", *FEW).exit_code == 0
    assert compare("small.yaml", "other.yaml", *FEW).exit_code == 0
    assert compare("other.yaml", "small.yaml", *FEW, "--out", str(OUT)).exit_code == 2


def test_an_empty_folder_is_free() -> None:
    Path("empty").mkdir()
    assert compare("small.yaml", "other.yaml", *FEW, "--out", "empty").exit_code == 0


def test_json_of_one_run_says_null_for_what_is_not_known() -> None:
    found = json.loads(compare("small.yaml", "other.yaml", "--json", "--runs", "1").stdout)
    assert found["differences"][0]["outcomes"][0]["fewer_runs"] is None


def test_json_has_no_factor_where_there_are_too_few_runs_to_tell() -> None:
    few, many = (
        comparison_json(made_up_comparison(n_runs=n_runs))["differences"][0]["outcomes"]
        for n_runs in (39, 200)
    )
    assert all(row["fewer_runs"] is None and not row["fewer_runs_known"] for row in few)
    [size] = [row for row in many if row["outcome"] == "size"]
    assert size["fewer_runs"] > 0
    assert size["fewer_runs_known"]


def test_quiet_prints_nothing() -> None:
    done = compare("small.yaml", "other.yaml", "--quiet", *FEW)
    assert (done.exit_code, done.output) == (0, "")
    assert sim.load_comparison(OUT).n_runs == 20


def test_scenarios_of_one_name_get_names_of_their_own() -> None:
    Path("there").mkdir()
    Path("other.yaml").rename("there/small.yaml")
    assert compare("small.yaml", "there/small.yaml", *FEW).exit_code == 0
    assert sim.load_comparison("results/compare_small_small").labels == ("small", "small_2")
    assert labels_of(("a.yaml", "b/a.yaml", "a_2.yaml")) == ("a", "a_2", "a_2_2")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such locale on this system")
def test_names_are_written_whatever_the_locale() -> None:
    Path("other.yaml").rename("中.yaml")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "sim", "compare", "small.yaml", "中.yaml", *FEW],
        capture_output=True,
        check=False,
        env={**os.environ, **plain, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert sim.load_comparison("results/compare_small_中").labels == ("small", "中")


def test_text_keeps_within_every_width() -> None:
    for n_others in (1, 2):
        comparison = made_up_comparison(37, n_others)
        for width in (40, 60, 96):
            text = to_text(comparison_blocks(comparison), width)
            assert max(map(len, text.splitlines())) <= width + 8 * (width == 40)
    wide = to_text(comparison_blocks(made_up_comparison(37)))
    assert "Left out" not in wide


def test_nations_lists_every_nation_or_those_asked_for() -> None:
    def listed(*words: str) -> list[str]:
        command = ("paris_2025", "--with", "conditions.us_backing.level=0.8", "--runs", "40")
        text = compare(*command, "--print-only", *words).stdout
        return re.findall(r"^  ([A-Z]{3})  ", text, re.MULTILINE)

    assert len(listed()) == 12
    everybody = listed("--nations", "all")
    assert len(everybody) == 37
    assert everybody[:12] == listed()  # the largest difference first
    assert listed("--nations", "POL, DEU") == ["POL", "DEU"]
    refused = compare("small.yaml", "other.yaml", "--nations", "N99")
    assert (refused.exit_code, "--nations: unknown nation 'N99'" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "it takes two scenarios or more to compare, and there is none"),
        (["--with", "days=9"], "--with: it needs a SCENARIO that it changes"),
        (["small.yaml", "--with", "days"], "--with days: must have the form PATH=VALUE"),
        (["small.yaml", "--with", "no.yaml"], "\n--with no.yaml: no.yaml does not exist"),
        (
            ["small.yaml", "--with", "conditions.us.level=1"],
            "\n--with conditions.us.level=1: conditions.us: unknown condition 'us'",
        ),
        (["small.yaml", "--with", "days=0"], "\n--with days=0: days: 0 must be a whole number"),
        (["small.yaml", "--with", "base=other.yaml"], "\n--with base=other.yaml: is no path that"),
        (["small.yaml", "--with", "wrong.yaml"], "\nwrong.yaml:1: days: 0 must be"),
        (["small.yaml", "--with", "days=9", "--set", "days=0"], "\n--set: days: 0 must be"),
        (["small.yaml", "--with", "other.yaml"], "other.yaml is a whole scenario, no variant"),
        (["small.yaml", "--with", "paris_2025_us_backstop"], "which is a whole scenario"),
        (["small.yaml"], "and there is small.yaml alone"),
        (["small.yaml", "small.yaml"], "small.yaml is given twice"),
        (["small.yaml", "./small.yaml"], "small.yaml is ./small.yaml"),
        (["paris_2025", "other.yaml", "paris_2025"], "paris_2025 is given twice"),
        (["small.yaml", "othr.yaml"], "othr.yaml: does not exist; did you mean 'other.yaml'?"),
        (["small.yaml", "paris_2052"], "did you mean 'paris_2025'?"),
        (["small.yaml", "other.yaml", "--runs", "0"], "must be a whole number from 1"),
        (["small.yaml", "other.yaml", "--seed", "-1"], "must be a whole number from 0"),
        (["small.yaml", "other.yaml", "--set", "nations.XXX.stake=1"], "XXX"),
        (["small.yaml", "other.yaml", "--out", "-"], "--out: - is standard output"),
        (["small.yaml", "other.yaml", "--out", ""], "it is empty"),
        (["small.yaml", "other.yaml", "--out", "other.yaml"], "other.yaml is a file, not a folder"),
        (["small.yaml", "other.yaml", "--engine", "mesa"], "No such option"),
    ],
)
def test_what_the_user_can_put_right_is_2(arguments: list[str], said: str) -> None:
    Path("wrong.yaml").write_text("days: 0\n", encoding="utf-8")
    done = compare(*arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert written(Path()) == ["other.yaml", "small.yaml", "wrong.yaml"]


def test_a_file_that_is_a_circle_of_links_is_refused() -> None:
    Path("loop.yaml").symlink_to("loop.yaml")
    done = compare("small.yaml", "loop.yaml")
    assert done.exit_code == 2, done.output
    assert "\nloop.yaml: cannot be read" in done.stderr


def test_a_taken_folder_is_refused_before_anything_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare("small.yaml", "other.yaml", *FEW).exit_code == 0
    small_ensemble(5).save("ensemble")
    with monkeypatch.context() as patch:
        patch.setattr(ComparisonRun, "_run_block", lambda *_: pytest.fail("it was run"))
        done = compare("small.yaml", "other.yaml")
        assert done.exit_code == 2
        assert f"{OUT} is there already: --runs was 20 and is 1000; choose" in done.stderr
        forced = compare("small.yaml", "other.yaml", "--force", "--out", "ensemble")
        assert forced.exit_code == 2
        assert "a result of willing run, which no comparison replaces" in forced.stderr
    assert compare("small.yaml", "other.yaml", "--force", "--runs", "7").exit_code == 0
    assert sim.load_comparison(OUT).n_runs == 7


def test_lengths_that_cannot_be_made_equal_are_told() -> None:
    meetings = [{"date": day, "meeting": "summit"} for day in (29, 3)]
    for name, days in (("small", 30), ("other", 20)):
        events = meetings if name == "small" else []
        scenario = sim.load_scenario(f"{name}.yaml", set={"days": days, "events": events})
        Path(f"{name}.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    done = compare("small.yaml", "other.yaml", *FEW)
    assert done.exit_code == 2
    assert "put them in the order of their dates" in done.stderr
    assert not Path("results").exists() or written(Path("results")) == []


def test_more_runs_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda: 10**8)
    done = compare("small.yaml", "other.yaml", "--runs", "100000000")
    assert done.exit_code == 2
    assert "100,000,000 runs of these scenarios need" in done.stderr
    assert not Path("results").exists()


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_gives_out_leaves_nothing(reason: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(stored, "write_comparison", failing)
    done = compare("small.yaml", "other.yaml", *FEW)
    assert done.exit_code == 1
    assert f"{OUT}: {os.strerror(reason)}; nothing was kept" in done.stderr
    assert not Path("results").exists()


# Stops


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Stop:
    """The answer to signals, as it is in force in the command itself."""
    found = Stop()
    for name in ("errors", "output", "signals"):
        monkeypatch.setattr(f"sim.cli.{name}.stop_in_force", lambda: found)
    return found


@pytest.mark.parametrize(
    ("number", "raised", "status"),
    [
        (signal.SIGINT, KeyboardInterrupt, 130),
        (signal.SIGTERM, Terminated, 143),
        pytest.param(
            getattr(signal, "SIGHUP", None),
            HungUp,
            129,
            marks=pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal"),
        ),
    ],
)
def test_a_stop_keeps_the_blocks_that_are_finished(
    answer: Stop, number: int, raised: type, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_RUNS_A_BLOCK", 10)

    def stopped(_: Progress, done: int, __: int) -> None:
        if done == 2 * 20:  # of two scenarios
            answer(number, None)

    monkeypatch.setattr(Progress, "__call__", stopped)
    done = compare("small.yaml", "other.yaml", "--runs", "100", "--no-figures")
    assert done.exit_code == status
    kept = f"20 of 100 runs of each scenario were finished, and are kept in {OUT}."
    assert done.stderr == f"Stopped: {kept}\n"
    assert ("At the end, on" in done.stdout) == (raised is not HungUp)
    found = sim.load_comparison(OUT)
    assert found.n_runs == 20
    assert found.command == "willing compare small.yaml other.yaml --runs 20 --seed 0"


def test_a_stop_before_the_first_block_keeps_nothing(
    answer: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ComparisonRun, "_run_block", lambda *_: answer(signal.SIGINT, None))
    done = compare("small.yaml", "other.yaml", "--runs", "100")
    assert (done.exit_code, done.stderr) == (130, "Stopped; nothing was kept.\n")
    assert not Path("results").exists()


def test_a_stop_while_it_is_written_keeps_all(
    answer: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = stored.write_comparison

    def stopped(*given: Any) -> None:
        answer(signal.SIGTERM, None)
        answer(signal.SIGINT, None)
        write(*given)

    monkeypatch.setattr(stored, "write_comparison", stopped)
    done = compare("small.yaml", "other.yaml", *FEW)
    assert done.exit_code == 143
    assert "20 of 20 runs of each scenario were finished" in done.stderr
    assert sim.load_comparison(OUT).n_runs == 20


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_a_real_signal_during_the_runs_keeps_what_is_finished() -> None:
    program = (
        "import os, signal, sys; sys.argv[0] = 'willing'\n"
        "from sim.studies.compare import compare as module\n"
        "module.MOST_RUNS_A_BLOCK = 10\n"
        "from sim.cli.progress import Progress\n"
        "def stopped(progress, done, of_all):\n"
        "    if done == 2 * 30: os.kill(os.getpid(), signal.SIGTERM)\n"
        "Progress.__call__ = stopped\n"
        "from sim.cli.main import main\n"
        "main()\n"
    )
    words = ["compare", "small.yaml", "other.yaml", "--runs", "100", "--no-figures", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == 143, done.stderr
    assert sim.load_comparison(OUT).n_runs == 30
    assert written(Path("results")) == [OUT.name]


# Figures of it


def test_its_figures_are_drawn_again_by_plot() -> None:
    assert compare("small.yaml", "other.yaml", *FEW).exit_code == 0
    done = CliRunner().invoke(willing, ["plot", str(OUT), "--dark", "--dpi", "40"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert written(OUT / "figures") == ["difference_fan_dark.png", "nation_changes_dark.png"]
    assert compare("small.yaml", "other.yaml", "--force", *FEW).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--kind", "fan_chart"],
            "fan_chart is not a figure of `willing compare`, whose figures are",
        ),
        (["--day", "3"], "--day: no figure of `willing compare` takes it; it is for"),
        (["--window", "14"], "--window: no figure of `willing compare` takes it; it is"),
        (["--outcome", "size"], "--outcome: no figure of `willing compare` takes it"),
        (["--across", "days"], "--across: no figure of `willing compare` takes it"),
        (["--by", "days"], "--by: no figure of `willing compare` takes it"),
    ],
)
def test_figures_of_an_ensemble_are_not_drawn_of_it(arguments: list[str], said: str) -> None:
    assert compare("small.yaml", "other.yaml", *FEW).exit_code == 0
    done = CliRunner().invoke(willing, ["plot", str(OUT), *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    small_ensemble(5).save("ensemble")
    done = CliRunner().invoke(willing, ["plot", "ensemble", "--kind", "difference_fan"])
    assert done.exit_code == 2
    assert "difference_fan is not a figure of `willing run`" in done.stderr


def test_a_shell_completes_every_scenario() -> None:
    environment = {
        "_WILLING_COMPLETE": "bash_complete",
        "COMP_WORDS": "willing compare paris_2025 paris_2025_us",
        "COMP_CWORD": "3",
    }
    done = CliRunner().invoke(willing, [], prog_name="willing", env=environment)
    assert "paris_2025_us_backstop" in done.stdout
