"""``willing run``: what it prints, what it writes, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import re
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.commands.run import EPILOG
from sim.cli.group import willing
from sim.cli.signals import Terminated
from sim.core.compiled import CacheFolders, compiled
from sim.core.compiling import COMPILING
from sim.store import ensembles as store
from sim.store.ensembles import load_results
from sim.store.parquet import write_tables
from tests.cli.conftest import install
from tests.results.synthetic import made_up

pytestmark = pytest.mark.usefixtures("scenario_file")


def willing_run(*arguments: str) -> Result:
    """Result of ``willing run small.yaml`` and more."""
    return CliRunner().invoke(willing, ["run", "small.yaml", *arguments])


@pytest.mark.usefixtures("engine")
def test_it_prints_a_summary_and_writes_a_whole_folder() -> None:
    result = willing_run("--runs", "50")
    assert result.exit_code == 0, result.output
    for part in ("Size of the coalition", "Chance of success", "N05  Nation 5", "ground", "±"):
        assert part in result.stdout
    assert "results/small" in result.stdout
    assert result.stderr == ""
    written = sorted(item.name for item in Path("results/small").rglob("*"))
    assert written == [
        *("days.parquet", "fan_chart.png", "figures", "nations.parquet", "nations_by_day.png"),
        *("provenance.json", "runs.parquet", "scenario.yaml", "stages.parquet"),
    ]
    assert load_results("results/small").n_runs == 50


@pytest.mark.usefixtures("engine")
def test_json_is_one_object_that_agrees_with_the_stored_result() -> None:
    result = willing_run("--runs", "50", "--json", "--out", "there")
    found = json.loads(result.stdout)
    stored = json.loads(json.dumps(load_results("there").summary().as_dict()))
    assert {name: found[name] for name in stored} == stored
    assert found["out"] == "there"
    assert found["figures"] == ["fan_chart.png", "nations_by_day.png"]


@pytest.mark.usefixtures("engine")
def test_quiet_prints_nothing_and_no_figures_draws_none() -> None:
    result = willing_run("--runs", "5", "--quiet", "--no-figures")
    assert (result.exit_code, result.output) == (0, "")
    assert not Path("results/small/figures").exists()


def test_options_reach_the_engine(engine: list[dict[str, Any]]) -> None:
    options = ["--runs", "7", "--seed", "3", "--engine", "mesa", "--workers", "2"]
    assert willing_run(*options, "--keep", "summary").exit_code == 0
    [call] = engine
    del call["progress"]
    assert call == {
        "runs": 7,
        "seed": 3,
        "engine": "mesa",
        "workers": 2,
        "keep": "summary",
        "first_run": 0,
    }


@pytest.mark.usefixtures("engine")
def test_set_changes_the_scenario_that_is_stored() -> None:
    change = "conditions.us_backing.level=0.8"
    assert willing_run("--runs", "5", "--set", change).exit_code == 0
    ensemble = load_results("results/small")
    assert ensemble.scenario.conditions["us_backing"].level == 0.8
    assert ensemble.command == (
        f"willing run small.yaml --runs 5 --seed 0 --engine batch --keep runs --set {change}"
    )


@pytest.mark.usefixtures("engine")
def test_the_command_in_the_provenance_names_no_folder(tmp_path: Path) -> None:
    CliRunner().invoke(willing, ["run", str(tmp_path / "small.yaml"), "--runs", "5"])
    assert str(tmp_path) not in Path("results/small/provenance.json").read_text()


@pytest.mark.usefixtures("engine")
def test_an_earlier_result_is_refused_unless_forced() -> None:
    assert willing_run("--runs", "5").exit_code == 0
    again = willing_run("--runs", "6")
    assert again.exit_code == 2
    assert "results/small is there already" in again.stderr
    assert load_results("results/small").n_runs == 5
    assert willing_run("--runs", "6", "--force").exit_code == 0
    assert load_results("results/small").n_runs == 6


def test_a_taken_folder_is_refused_before_anything_is_run(engine: list[dict[str, Any]]) -> None:
    Path("taken").mkdir()
    Path("taken", "notes.txt").touch()
    assert willing_run("--out", "taken").exit_code == 2
    assert engine == []


@pytest.mark.usefixtures("engine")
def test_an_empty_folder_is_free() -> None:
    Path("empty").mkdir()
    assert willing_run("--runs", "5", "--out", "empty").exit_code == 0
    assert load_results("empty").n_runs == 5


@pytest.mark.usefixtures("engine")
def test_the_folder_that_one_works_in_is_not_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("here").mkdir()
    monkeypatch.chdir("here")
    result = CliRunner().invoke(willing, ["run", "../small.yaml", "--out", "."])
    assert result.exit_code == 2
    assert ". is the working folder" in result.stderr


@pytest.mark.usefixtures("engine")
def test_the_same_command_replaces_its_own_result_even_of_an_edited_scenario() -> None:
    assert willing_run("--runs", "5").exit_code == 0
    edited = sim.load_scenario("small.yaml", set={"days": 20})
    Path("small.yaml").write_text(edited.to_yaml(), encoding="utf-8")
    assert willing_run("--runs", "5").exit_code == 0
    assert load_results("results/small").n_days == 20


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("other", "said"),
    [
        (["--seed", "1"], "--seed was 0 and is 1"),
        (["--runs", "4"], "--runs was 5 and is 4"),
        (["--set", "title=Other"], "--set was not given and is title=Other"),
        (["--keep", "summary"], "--keep was runs and is summary"),
    ],
)
def test_another_command_does_not_replace_a_result_and_says_what_differs(
    other: list[str], said: str
) -> None:
    assert willing_run("--runs", "5").exit_code == 0
    again = willing_run("--runs", "5", *other)
    assert again.exit_code == 2
    advice = "choose another folder or overwrite it (--force)"
    assert again.stderr == f"Error: results/small is there already: {said}; {advice}\n"


@pytest.mark.usefixtures("engine")
def test_the_result_of_another_scenario_is_told_by_its_digest() -> None:
    assert willing_run("--runs", "5", "--out", "there").exit_code == 0
    other = sim.load_scenario("small.yaml", set={"days": 20})
    Path("other.yaml").write_text(other.to_yaml(), encoding="utf-8")
    again = CliRunner().invoke(willing, ["run", "other.yaml", "--runs", "5", "--out", "there"])
    before = load_results("there").scenario.digest[:12]
    assert "the scenario was small.yaml and is other.yaml" in again.stderr
    assert f"the digest of the scenario was {before} and is {other.digest[:12]}" in again.stderr


@pytest.mark.usefixtures("engine")
def test_a_result_that_python_wrote_is_told_from_that_of_the_command() -> None:
    made_up(sim.load_scenario("small.yaml"), 5).save("results/small")
    again = willing_run("--runs", "5")
    assert "results/small is there already: it was written by sim.run(" in again.stderr


@pytest.mark.usefixtures("engine")
def test_a_scenario_of_the_same_file_name_and_another_title_does_not_replace_a_result() -> None:
    assert willing_run("--runs", "5").exit_code == 0
    Path("other").mkdir()
    titled = sim.load_scenario("small.yaml", set={"title": "Another"})
    Path("other/small.yaml").write_text(titled.to_yaml(), encoding="utf-8")
    again = CliRunner().invoke(willing, ["run", "other/small.yaml", "--runs", "5"])
    assert again.exit_code == 2


@pytest.mark.usefixtures("engine")
def test_files_of_the_users_are_not_replaced_by_the_same_command() -> None:
    assert willing_run("--runs", "5").exit_code == 0
    Path("results/small/notes.txt").write_text("mine")
    again = willing_run("--runs", "5")
    assert again.exit_code == 2
    assert "notes.txt" in again.stderr


@pytest.mark.usefixtures("engine")
def test_the_summary_lists_every_nation_or_those_asked_for() -> None:
    def listed(*words: str) -> list[str]:
        text = willing_run("--runs", "20", "--print-only", *words).stdout
        return re.findall(r"^  (N\d\d)  Nation", text, re.MULTILINE)

    everybody = [f"N{number:02d}" for number in range(7)]
    assert sorted(listed("--nations", "all")) == everybody
    assert sorted(listed()) == everybody[2:]  # two are public already
    assert listed("--nations", "N05, N01") == ["N05", "N01"]
    assert listed("--nations", "N05,N05") == ["N05"]
    assert willing_run("--runs", "20").exit_code == 0
    summary = load_results("results/small").summary()
    assert re.findall(r"^  (N\d\d) ", summary.text("N04"), re.MULTILINE) == ["N04"]
    assert len(re.findall(r"^  N\d\d ", summary.text(["all"], 60), re.MULTILINE)) == 7
    with pytest.raises(ValueError, match="unknown nation 'N9'"):
        summary.text("N9")


def test_an_unknown_nation_is_refused_before_anything_is_run(engine: list[dict[str, Any]]) -> None:
    for names in ("N99", "N01,,N02", "all,N01", ","):
        result = willing_run("--nations", names)
        assert result.exit_code == 2
        assert "--nations: unknown nation" in result.stderr
    assert engine == []


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("options", [["--json"], ["--json", "--print-only"]])
def test_json_needs_no_folder(options: list[str]) -> None:
    for runs in (50, 49):  # nothing can be there already
        result = willing_run("--runs", str(runs), *options)
        assert json.loads(result.stdout)["n_runs"] == runs
        assert "out" not in json.loads(result.stdout)
    assert not Path("results").exists()


@pytest.mark.usefixtures("engine")
def test_print_only_prints_the_summary_and_writes_no_folder() -> None:
    stored, printed = willing_run("--runs", "50"), willing_run("--runs", "50", "--print-only")
    text, _, _ = stored.stdout.partition("\nWritten to")
    assert printed.stdout == text
    assert willing_run("--print-only", "--out", "there").exit_code == 2
    assert [item.name for item in Path("results").iterdir()] == ["small"]


@pytest.mark.usefixtures("engine")
def test_every_problem_of_a_scenario_is_told_without_a_traceback() -> None:
    text = Path("small.yaml").read_text()
    Path("small.yaml").write_text(text + "nonsense: 1\nmore_nonsense: 2\n")
    result = willing_run()
    assert result.exit_code == 2
    assert "2 problems" in result.stderr
    assert ": nonsense" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("change", ["days", "=3", "days=[1", "no.such.path=1", "days=-4"])
def test_a_change_that_cannot_be_made_is_the_users_error(change: str) -> None:
    result = willing_run("--set", change)
    assert result.exit_code == 2
    assert result.stderr
    assert result.exc_info is not None
    assert result.exc_info[0] is SystemExit


@pytest.mark.parametrize("option", [["--runs", "0"], ["--seed", "-1"], ["--engine", "slow"]])
def test_a_wrong_option_is_the_users_error(option: list[str]) -> None:
    assert willing_run(*option).exit_code == 2


@pytest.mark.usefixtures("engine")
def test_a_scenario_that_is_not_there_is_the_users_error() -> None:
    result = CliRunner().invoke(willing, ["run", "nowhere.yaml"])
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.stderr


@pytest.mark.usefixtures("engine")
def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, *given: Any, **options: Any) -> None:
        if file.name == "runs.parquet":  # others are written by then
            raise OSError(errno.ENOSPC, "No space left on device")
        write_tables(file, *given, **options)

    monkeypatch.setattr(store, "write_tables", full)
    result = willing_run("--runs", "5")
    assert result.exit_code == 1
    assert "No space left on device; nothing was kept" in result.stderr
    assert not Path("results").exists()


@pytest.mark.usefixtures("engine")
def test_a_disk_that_is_full_when_figures_are_drawn_costs_no_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.plots.files.draw_each", full)
    result = willing_run("--runs", "5")
    assert (result.exit_code, result.stderr) == (1, "Not drawn: No space left on device\n")
    assert "Chance of success" in result.stdout
    assert load_results("results/small").n_runs == 5


@pytest.mark.usefixtures("engine")
def test_a_stop_while_figures_are_drawn_costs_no_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.plots.files.draw_each", stopped)
    result = willing_run("--runs", "5")
    assert result.exit_code == 130
    assert "5 of 5 runs were finished, and are kept in results/small" in result.stderr
    assert load_results("results/small").n_runs == 5


STOPS = [(KeyboardInterrupt, 130), (Terminated, 143)]


@pytest.mark.parametrize(("stop", "status"), STOPS)
def test_a_stop_before_the_first_block_says_that_nothing_was_kept(
    monkeypatch: pytest.MonkeyPatch, stop: type[KeyboardInterrupt], status: int
) -> None:
    def stopped(*_: Any, **__: Any) -> Any:
        raise stop

    install(monkeypatch, stopped)
    result = willing_run("--runs", "5")
    assert result.exit_code == status
    assert "nothing was kept" in result.stderr
    assert not Path("results").exists()


def test_a_stop_that_an_import_turned_into_another_error_is_still_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Error calling __set_name__") from Terminated()

    install(monkeypatch, stopped)
    result = willing_run("--runs", "5")
    assert (result.exit_code, result.stderr) == (143, "Stopped; nothing was kept.\n")


@pytest.mark.usefixtures("engine")
def test_a_stop_while_the_summary_is_printed_says_where_the_result_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.report.ensemble.summary_blocks", stopped)
    result = willing_run("--runs", "5")
    assert result.exit_code == 130
    assert "5 of 5 runs were finished, and are kept in results/small" in result.stderr
    assert load_results("results/small").n_runs == 5


@pytest.mark.parametrize("keep", ["runs", "summary"])
@pytest.mark.parametrize(("stop", "status"), STOPS)
def test_a_stop_later_keeps_the_blocks_that_were_finished(
    monkeypatch: pytest.MonkeyPatch, keep: str, stop: type[KeyboardInterrupt], status: int
) -> None:
    def run(scenario: Any, **options: Any) -> Any:
        if options["first_run"] == 60:
            raise stop
        wanted = (options["runs"], options["seed"], options["first_run"], options["keep"])
        return made_up(scenario, *wanted)

    install(monkeypatch, run, a_block=20)
    result = willing_run("--runs", "100", "--keep", keep)
    assert result.exit_code == status
    assert "60 of 100 runs were finished" in result.stderr
    ensemble = load_results("results/small")
    assert (ensemble.n_runs, ensemble.keep) == (60, keep)
    assert "--runs 60" in (ensemble.command or "")


def test_the_same_command_replaces_its_own_result_that_was_stopped_by_one_of_more_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop_at = 60

    def run(scenario: Any, **options: Any) -> Any:
        if options["first_run"] == stop_at:
            raise KeyboardInterrupt
        wanted = (options["runs"], options["seed"], options["first_run"], options["keep"])
        return made_up(scenario, *wanted)

    install(monkeypatch, run, a_block=20)
    ends = []
    for stop_at in (60, 40, 80, 100, 40):
        result = willing_run("--runs", "100", "--no-figures")
        ends.append((result.exit_code, load_results("results/small").n_runs))
        if stop_at == 40:
            there = "more" if ends[-1][1] == 60 else "all"
            said = f"the earlier result in results/small, which has {there} runs, is kept."
            assert result.stderr == f"Stopped; {said}\n"
    assert ends == [(130, 60), (130, 60), (130, 80), (0, 100), (130, 100)]
    assert "asked" not in json.loads(Path("results/small/provenance.json").read_text())


def test_a_stop_without_a_folder_says_so_and_prints_what_is_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(scenario: Any, **options: Any) -> Any:
        if options["first_run"] == 60:
            raise KeyboardInterrupt
        return made_up(scenario, options["runs"], 0, options["first_run"], options["keep"])

    install(monkeypatch, run, a_block=20)
    for option, why in (("--json", "--json without --out"), ("--print-only", "--print-only")):
        result = willing_run("--runs", "100", option)
        assert result.exit_code == 130
        said = f"60 of 100 runs were finished; no folder is written ({why})."
        assert result.stderr == f"Stopped: {said}\n"
        assert ('"n_runs": 60' if option == "--json" else "60 runs") in result.stdout
    assert not Path("results").exists()


def test_keep_auto_gives_up_single_runs_when_they_would_fill_the_memory(
    engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.cli.commands.run.MOST_KEPT_BYTES", 1000.0)
    result = willing_run("--runs", "50")
    assert [call["keep"] for call in engine] == ["summary"]
    assert load_results("results/small").keep == "summary"
    assert "Chance of success" in result.stdout
    for said in (result.stderr, result.stdout):
        (line,) = [line for line in said.splitlines() if "only counts are" in line]
        assert "more than 500 MB" in line
    assert "--keep runs keeps them" in result.stderr
    assert "--keep runs keeps them" in result.stdout
    for options in (["--quiet"], ["--keep", "summary"], ["--keep", "runs"]):
        result = willing_run("--runs", "50", "--force", *options)
        assert "only counts are" not in result.output


@pytest.mark.parametrize("example", re.findall(r"willing (run .+)", EPILOG))
def test_the_examples_in_the_help_run(monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    install(monkeypatch, lambda scenario, **_: made_up(scenario, 5), a_block=10**9)
    result = CliRunner().invoke(willing, shlex.split(example))
    assert result.exit_code == 0, result.output


def test_a_shipped_scenario_runs_on_the_real_engine_whatever_is_kept() -> None:
    found = []
    for keep in ("runs", "summary"):
        options = ["--runs", "20", "--keep", keep, "--out", keep, "--json", "--no-figures"]
        result = CliRunner().invoke(willing, ["run", "paris_2025", *options])
        assert result.exit_code == 0, result.output
        stored = load_results(keep)
        found.append({**json.loads(result.stdout), "out": ""})
        assert stored.summary().as_dict().items() <= found[-1].items()
    assert found[0] == found[1]


@pytest.mark.parametrize("quiet", [[], pytest.param(["--quiet"], marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "command",
    [
        ["run", "small.yaml", "--runs", "5"],
        ["run", "small.yaml", "--runs", "5", "--engine", "mesa"],
        ["compare", "small.yaml", "other.yaml", "--runs", "5"],
        ["sweep", "small.yaml", "--vary", "conditions.us_backing.level=0.2,0.8", "--runs", "5"],
        ["trace", "small.yaml"],
    ],
)
def test_whatever_compiles_says_so_before_the_wait(
    command: list[str], quiet: list[str], scenario_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a small function is compiled as often as the model is called."""
    said: list[str] = []
    monkeypatch.setattr("sim.core.compiling._write_line", said.append)
    monkeypatch.setattr(COMPILING, "_ended", None)
    monkeypatch.setattr("sim.core.compiled.cache_folders", lambda: CacheFolders((), None, ()))
    for function in ("block_runner.simulate_block", "mesa.model.inputs_of_run"):
        module, _, name = f"sim.engines.{function}".rpartition(".")
        call = getattr(import_module(module), name)

        def compiling(*given: Any, call: Callable[..., Any] = call) -> Any:
            assert compiled(lambda number: 2 * number)(len(given)) == 2 * len(given)
            return call(*given)

        monkeypatch.setattr(f"{module}.{name}", compiling)
    Path("other.yaml").write_text("base: small.yaml\ndays: 9\nevents: []\n", encoding="utf-8")
    options = [] if command[0] == "trace" else ["--no-figures"]
    done = CliRunner().invoke(willing, [*command, *options, *quiet], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [text[:20] for text in said] == ([] if quiet else ["Compiling the model:"])
