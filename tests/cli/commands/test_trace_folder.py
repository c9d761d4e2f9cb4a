"""``willing trace``: the results it opens, and the folders it writes."""

from __future__ import annotations

import errno
import json
import os
import shlex
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import sim
from sim.cli.commands.trace import print_trace, story_of
from sim.cli.group import willing
from sim.cli.output import Output
from sim.cli.signals import Stop, Terminated
from sim.store import folder
from sim.store.folder import MARKER
from sim.store.kinds import TRACE
from sim.store.traces import TraceText
from tests.cli.tracing import SMALL, as_json, traced


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a scenario."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


@pytest.fixture
def result() -> Path:
    """A stored result of twenty runs, from run 30 on."""
    ensemble = sim.run(sim.load_scenario("small.yaml"), runs=20, seed=5, first_run=30)
    ensemble.save("result")
    return Path("result")


# A stored result


@pytest.mark.parametrize("run", [30, 37, 49])
def test_the_run_told_of_a_result_is_the_one_that_is_stored(result: Path, run: int) -> None:
    stored, row = sim.load_results(result), run - 30
    found = as_json("result", "--run", str(run))
    assert (found["seed"], found["run"]) == (5, run)
    assert found["days"]["public_size"] == stored.size[row].tolist()
    assert found["days"]["force"]["ground"][-1] == stored.force[row, 0]
    assert found["success_day"] == stored.success_day[row]


def test_without_a_number_it_is_the_first_run_that_is_stored(result: Path) -> None:
    assert as_json("result")["run"] == 30


def test_only_the_scenario_and_the_provenance_of_a_result_are_read(result: Path) -> None:
    for file in result.glob("*.parquet"):
        file.write_text("no table")
    assert traced("result").exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--run", "29"], "--run: 29 is not in result, which has runs 30 to 49"),
        (["--run", "50"], "--run: 50 is not in result, which has runs 30 to 49"),
        (["--seed", "5"], "--seed: result is a result, whose seed is 5: leave it out"),
        (["--set", "days=3"], "--set: result is a result, whose scenario cannot be changed"),
        (["--nation", "POLL"], "--nation: unknown nation 'POLL'; did you mean 'POL'?"),
    ],
)
def test_what_does_not_fit_a_result_is_the_users_error(
    result: Path, options: list[str], said: str
) -> None:
    ended = traced("result", *options)
    assert (ended.exit_code, ended.stderr) == (2, f"Error: {said}\n")


def test_a_result_with_one_run_names_it() -> None:
    sim.run(sim.load_scenario("small.yaml"), runs=1).save("one")
    assert "which has run 0\n" in traced("one", "--run", "1").stderr


def test_a_result_of_a_users_own_class_is_refused_with_the_call_that_tells_it() -> None:
    class Own(sim.Nation):
        """A nation of the user's."""

    scenario = sim.load_scenario("small.yaml")
    sim.run(scenario, runs=2, seed=3, engine="mesa", nation_class=Own).save("own")
    ended = traced("own", "--run", "1")
    assert ended.exit_code == 2
    assert "sim.trace(sim.load_scenario('own/scenario.yaml'), seed=3, run=1" in ended.stderr
    assert "nation_class=Own" in ended.stderr


def test_a_result_of_the_readable_engine_is_told() -> None:
    sim.run(sim.load_scenario("small.yaml"), runs=1, engine="mesa").save("readable")
    assert traced("readable").exit_code == 0


@pytest.mark.parametrize(
    ("name", "said"), [("willing", "written by willing 9.9 "), ("code", "(code 9.9), and this is")]
)
def test_a_result_of_another_version_is_told_with_a_warning(
    result: Path, name: str, said: str
) -> None:
    found = json.loads((result / MARKER).read_text())
    found["versions"][name] = "9.9"
    (result / MARKER).write_text(json.dumps(found))
    ended = traced("result")
    assert ended.exit_code == 0
    assert said in ended.stderr
    assert traced("result", "--quiet").stderr == ""


def lose_provenance(folder: Path) -> None:
    (folder / MARKER).unlink()


def garble_provenance(folder: Path) -> None:
    (folder / MARKER).write_text("{")


def edit_scenario(folder: Path) -> None:
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("Poland", "Roland"))


def lose_scenario(folder: Path) -> None:
    (folder / "scenario.yaml").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lose_provenance, "result is not a result: it has no provenance.json"),
        (garble_provenance, "provenance.json cannot be read"),
        (edit_scenario, "result is damaged: scenario.yaml was changed"),
        (lose_scenario, "result is damaged: scenario.yaml is missing"),
    ],
)
def test_a_folder_that_is_no_whole_result_is_the_users_error(
    result: Path, damage: Any, said: str
) -> None:
    damage(result)
    ended = traced("result")
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_a_folder_that_holds_a_trace_says_what_it_is_and_how_to_tell_it_anew() -> None:
    traced("small.yaml", "--out", "out", "--quiet")
    ended = traced("out")
    assert ended.exit_code == 2
    assert "out holds a trace, one run told day by day, and no ensemble" in ended.stderr


def test_an_unfinished_result_is_refused(result: Path) -> None:
    result.rename(".result.part-01234567")
    assert "is an unfinished result" in traced(".result.part-01234567").stderr


# The folder


def test_out_writes_a_whole_folder_and_says_so() -> None:
    result = traced("small.yaml", "--nation", "POL", "--out", "out")
    assert result.exit_code == 0
    assert result.stdout.endswith("\nWritten to out\n")
    written = sorted(item.relative_to("out").as_posix() for item in Path("out").rglob("*"))
    assert written == [
        *("figures", "figures/hazard_POL.png", "hazards.parquet", MARKER),
        *("scenario.yaml", "story.txt", "trace.json"),
    ]
    assert Path("out/story.txt").read_text() in result.stdout
    assert json.loads(Path("out/trace.json").read_text()) == as_json(
        "small.yaml", "--nation", "POL"
    )


def test_the_provenance_of_a_trace_names_the_command_and_no_folder(tmp_path: Path) -> None:
    file = str(tmp_path / "small.yaml")
    traced(file, "--nation", "POL", "--set", "days=20", "--out", "out", "--run", "4")
    text = Path("out", MARKER).read_text()
    command = "willing trace small.yaml --seed 0 --run 4 --nation POL --set days=20"
    assert json.loads(text)["command"] == command
    assert str(tmp_path) not in text
    again = CliRunner().invoke(willing, [*shlex.split(command)[1:], "--json"])
    assert json.loads(again.stdout) == json.loads(Path("out/trace.json").read_text())


def test_the_trace_of_a_result_names_a_command_that_works_in_its_folder(
    result: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced("result", "--run", "41", "--out", "out")
    monkeypatch.chdir("out")
    command = json.loads(Path(MARKER).read_text())["command"]
    again = CliRunner().invoke(willing, [*shlex.split(command)[1:], "--json"])
    assert json.loads(again.stdout) == json.loads(Path("trace.json").read_text())


def test_json_and_out_together_say_where_it_is() -> None:
    assert as_json("small.yaml", "--out", "out")["out"] == "out"


def test_the_same_command_replaces_its_own_trace_and_an_empty_folder_is_free() -> None:
    Path("out").mkdir()
    for _ in range(2):
        assert traced("small.yaml", "--nation", "POL", "--out", "out").exit_code == 0
    assert traced("small.yaml", "--nation", "DEU", "--out", "out").exit_code == 2


def test_an_earlier_trace_is_refused_unless_forced() -> None:
    traced("small.yaml", "--nation", "POL", "--out", "out")
    again = traced("small.yaml", "--run", "1", "--out", "out")
    assert again.exit_code == 2
    assert "out is there already" in again.stderr
    assert traced("small.yaml", "--run", "1", "--out", "out", "--force").exit_code == 0
    assert json.loads(Path("out", MARKER).read_text())["run"] == 1
    assert not Path("out/figures").exists()


def test_an_ensemble_is_never_replaced_by_a_trace(result: Path) -> None:
    before = sim.load_results(result).size
    ended = traced("result", "--run", "31", "--out", "result", "--force")
    assert ended.exit_code == 2
    assert "holds a result of willing run, which no trace replaces" in ended.stderr
    assert (sim.load_results(result).size == before).all()


def test_a_trace_is_never_replaced_by_an_ensemble() -> None:
    traced("small.yaml", "--out", "out")
    before = Path("out/story.txt").read_text()
    ended = CliRunner().invoke(willing, ["run", "small.yaml", "--out", "out", "--force"])
    assert ended.exit_code == 2
    assert "out holds a trace of willing trace, which no result replaces" in ended.stderr
    assert Path("out/story.txt").read_text() == before


def test_a_folder_of_the_users_is_never_replaced() -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    ended = traced("small.yaml", "--out", "mine", "--force")
    assert ended.exit_code == 2
    assert "mine is not a result of willing and is not overwritten" in ended.stderr
    assert Path("mine/notes.txt").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_made_is_told_before_the_run(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make = Path.mkdir

    def refuse(self: Path, *given: Any, **options: Any) -> Any:
        if self.name.startswith(".new.part-"):
            raise OSError(number, os.strerror(number), str(self))
        return make(self, *given, **options)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it ran")

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr("sim.engines.trace.trace", never)
    result = traced("small.yaml", "--out", "new")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: new: {os.strerror(number)}")
    assert not list(Path().glob("*new*"))


def test_a_disk_that_is_full_on_the_way_is_told_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.store.parquet.write_tables", full)
    result = traced("small.yaml", "--out", "new")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: new: No space left on device; nothing was kept\n"
    assert not list(Path().glob("*new*"))


STOPS = [(KeyboardInterrupt, 130), (Terminated, 143)]


@pytest.mark.parametrize(("stop", "status"), STOPS)
@pytest.mark.parametrize("options", [[], ["--out", "new"]])
def test_a_stop_during_the_run_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
    stop: type[KeyboardInterrupt],
    status: int,
    options: list[str],
) -> None:
    def stopped(*_: Any) -> None:
        raise stop

    monkeypatch.setattr("sim.engines.trace.TracedModel.end_day", stopped)
    result = traced("small.yaml", *options)
    assert (result.exit_code, result.stderr) == (status, "Stopped; nothing was kept.\n")
    assert not list(Path().glob("*new*"))


def test_a_stop_that_was_lost_in_a_callback_stops_at_the_next_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.progress.raise_if_stopped", stopped)
    assert traced("small.yaml").exit_code == 130


def test_a_stop_that_was_lost_while_hazards_are_written_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[None] = []

    def stopped() -> None:
        calls.append(None)
        if len(calls) > 40:  # days
            raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.progress.raise_if_stopped", stopped)
    result = traced("small.yaml", "--out", "new")
    assert (result.exit_code, result.stderr) == (130, "Stopped; nothing was kept.\n")
    assert not list(Path().glob("*new*"))


def test_a_stop_while_it_is_printed_says_where_the_trace_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.commands.trace.print_trace", stopped)
    result = traced("small.yaml", "--out", "out")
    assert (result.exit_code, result.stderr) == (130, "Stopped: the trace is whole, in out.\n")
    assert Path("out", MARKER).is_file()


def test_a_signal_while_the_folder_is_put_in_place_leaves_it_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, put = Stop(), folder._put_in_place

    def signalled(part: Path, target: Path) -> None:
        stop(signal.SIGTERM, None)
        put(part, target)

    for module in ("commands.trace", "output", "signals"):
        monkeypatch.setattr(f"sim.cli.{module}.stop_in_force", lambda: stop)
    monkeypatch.setattr(folder, "_put_in_place", signalled)
    result = traced("small.yaml", "--out", "out")
    assert (result.exit_code, result.stderr) == (143, "Stopped: the trace is whole, in out.\n")
    assert Path("out", MARKER).is_file()


def test_a_terminal_that_cannot_be_written_to_is_1_and_says_what_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.cli.commands.trace.print_trace", full)
    result = traced("small.yaml", "--out", "out")
    assert result.exit_code == 1
    assert (
        "the trace is in out, but it could not be printed: standard output: No space"
        in result.stderr
    )
    result = traced("small.yaml")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: standard output: No space left on device\n",
    )


def test_a_narrow_terminal_sees_a_narrow_story_and_the_stored_one_is_as_wide_as_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sim.trace(sim.load_scenario("small.yaml"))
    told = TraceText(story_of(found, ()), (), "")
    output = Output(TRACE, Path(), force=False, figures=False, as_json=False, quiet=False)
    print_trace(found, told, output)
    assert capsys.readouterr().out == f"{told.story}\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    print_trace(found, told, output)
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= 50 < max(map(len, told.story.splitlines()))
    assert narrow.split() == told.story.split()


def test_a_mistyped_result_is_told_from_a_scenario(result: Path) -> None:
    Path("results").mkdir()
    result.rename("results/small")
    failed = traced("results/smal", "--run", "31")
    assert (failed.exit_code, failed.stderr) == (
        2,
        "Error: results/smal does not exist; did you mean results/small?\n",
    )
    assert traced("results/zzzz").exit_code == 2


@pytest.mark.parametrize("value", ["abc", "1e3", "-1", "9" * 30, "1.5", ""])
def test_a_number_that_is_none_is_told_what_it_must_be(value: str) -> None:
    failed = traced("small.yaml", "--run", value)
    assert failed.exit_code == 2
    assert f"{value!r} must be a whole number from 0 to {2**63 - 1}" in failed.stderr
    assert "integer range" not in failed.stderr
