"""``willing plot``: what it draws, where it puts it, and what it says when it cannot."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.cli.signals import Terminated
from sim.plots import files
from sim.plots.catalogue import DrawingError, figures_of
from sim.store.ensembles import load_results, save_results
from tests.results.synthetic import made_up, small_scenario

RESULT = Path("results/small")
NAMES = [f"{kind}.png" for kind in figures_of("Ensemble")]
FAST = ("--dpi", "40")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result, to be copied."""
    folder = tmp_path_factory.mktemp("stored") / "small"
    save_results(made_up(small_scenario(), 500), folder)
    return folder


BACKING = "conditions.us_backing.level"


@pytest.fixture(scope="module")
def stored_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored sweep, to be copied."""
    folder = tmp_path_factory.mktemp("stored") / "swept"
    levels = {BACKING: [0.2, 0.8], "conditions.acceptability.level": [0.2, 0.8]}
    sim.sweep(small_scenario(), levels, runs=5, out=folder)
    return folder


@pytest.fixture
def swept(stored_sweep: Path) -> Path:
    """The sweep in the working folder."""
    shutil.copytree(stored_sweep, "results/swept")
    return Path("results/swept")


@pytest.fixture(autouse=True)
def result(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, RESULT)


def plot(*arguments: str) -> Result:
    """Result of ``willing plot`` that ends with a status and no traceback."""
    done = CliRunner().invoke(willing, ["plot", *arguments])
    assert done.exc_info is None or done.exc_info[0] is SystemExit, done.exc_info
    return done


def written(folder: str | Path) -> list[str]:
    """Names of the files in a folder, hidden ones included."""
    return sorted(item.name for item in Path(folder).iterdir())


def test_every_figure_is_drawn_into_the_result_which_stays_whole() -> None:
    done = plot(str(RESULT), *FAST)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.split() == [f"results/small/figures/{name}" for name in NAMES]
    assert written(RESULT / "figures") == sorted(NAMES)
    assert load_results(RESULT).n_runs == 500


def test_it_may_be_called_again_and_the_result_replaced_by_the_next_run() -> None:
    for _ in range(2):
        assert plot(str(RESULT), "--kind", "fan_chart", *FAST).exit_code == 0
    save_results(made_up(small_scenario(), 5), RESULT, overwrite=True)
    assert load_results(RESULT).n_runs == 5


def test_nothing_is_simulated() -> None:
    code = (
        "import sys; from sim.cli.group import willing\n"
        f"willing(['plot', {str(RESULT)!r}, '--dpi', '40', '--quiet'], standalone_mode=False)\n"
        "engines = ('sim.engines', 'numba', 'mesa')\n"
        "loaded = [name for name in sys.modules if name.startswith(engines)]\n"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_kinds_formats_and_looks_are_those_that_are_asked_for() -> None:
    words = ["--kind", "outcomes", "--kind", "tile_map", "--kind", "outcomes", "--dark"]
    done = plot(str(RESULT), *words, "--format", "svg", "--format", "pdf", "--out", "there")
    assert done.exit_code == 0
    assert written("there") == [
        *("outcomes_dark.pdf", "outcomes_dark.svg", "tile_map_dark.pdf", "tile_map_dark.svg")
    ]
    assert b"<svg" in (Path("there") / "outcomes_dark.svg").read_bytes()


def test_dark_figures_in_a_result_do_not_stand_in_the_way_of_replacing_it() -> None:
    assert plot(str(RESULT), "--kind", "fan_chart", "--dark", *FAST).exit_code == 0
    save_results(made_up(small_scenario(), 5), RESULT, overwrite=True)


def test_the_size_is_the_one_that_is_asked_for(painted_figures: None) -> None:
    words = ["--kind", "fan_chart", "--width", "4", "--height", "3.5", "--dpi", "50"]
    assert plot(str(RESULT), *words, "--out", "there").exit_code == 0
    header = (Path("there") / "fan_chart.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")) == (200, 175)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Options of each figure that is drawn, in order."""
    found: list[dict[str, Any]] = []
    drawer = files.drawer

    def noted(kind: str) -> Any:
        def draw(*arguments: Any, **options: Any) -> Any:
            found.append(options)
            return drawer(kind)(*arguments, **options)

        return draw

    monkeypatch.setattr(files, "drawer", noted)
    return found


@pytest.mark.parametrize("day", ["20", "2025-03-30"])
def test_a_day_is_a_number_or_a_date(day: str, asked: list[dict[str, Any]]) -> None:
    assert plot(str(RESULT), "--kind", "tile_map", "--day", day, *FAST).exit_code == 0
    words = ["--kind", "tile_maps", "--day", day, "--day", "0"]
    assert plot(str(RESULT), *words, *FAST).exit_code == 0
    assert asked[0]["day"] == 20
    assert asked[1]["days"] == [20, 0]


def test_of_several_days_there_is_no_single_map() -> None:
    done = plot(str(RESULT), "--day", "3", "--day", "9", *FAST)
    assert done.exit_code == 0
    assert "tile_maps.png" in done.stdout
    assert "tile_map.png" not in done.stdout
    refused = plot(str(RESULT), "--kind", "tile_map", "--day", "3", "--day", "9")
    assert refused.exit_code == 2
    assert "tile_map shows one day; tile_maps shows several" in refused.stderr


def test_a_figure_too_small_for_what_is_on_it_is_not_drawn() -> None:
    done = plot(str(RESULT), "--kind", "outcomes", "--height", "3.5", *FAST)
    assert done.exit_code == 2
    assert "Not drawn: outcomes: it takes" in done.stderr
    assert not (RESULT / "figures").exists()


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_full_disk_is_told_in_every_format(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    done = plot(str(RESULT), "--kind", "fan_chart", "--format", form)
    assert done.exit_code == 1
    assert f"fan_chart.{form}: {os.strerror(errno.ENOSPC)}" in done.stderr
    assert not (RESULT / "figures").exists()
    Path("here").mkdir()
    for out in ("new", "here", "here/above/new"):
        assert plot(str(RESULT), "--kind", "fan_chart", "--out", out).exit_code == 1
    assert written(".") == ["here", "results"]
    assert written("here") == []


def test_json_says_what_was_drawn_and_why_the_rest_was_not() -> None:
    save_results(made_up(small_scenario(), 20, keep="summary"), "counts")
    done = plot("counts", "--json", *FAST)
    report = json.loads(done.stdout)
    assert report["schema"] == "willing.figures/1"
    assert report["out"] == "counts/figures"
    assert report["figures"] == NAMES[:-2]
    assert set(report["not_drawn"]) == {"joining_order", "influence"}
    assert done.exit_code == 0
    assert "Not drawn: influence: it takes single runs" in done.stderr


def test_quiet_prints_nothing() -> None:
    done = plot(str(RESULT), "--kind", "fan_chart", "--quiet", *FAST)
    assert (done.exit_code, done.output) == (0, "")


def test_a_figure_that_is_asked_for_and_cannot_be_drawn_is_2() -> None:
    save_results(made_up(small_scenario(), 20, keep="summary"), "counts")
    done = plot("counts", "--kind", "influence", "--kind", "fan_chart", *FAST)
    assert done.exit_code == 2
    assert "Not drawn: influence: it takes single runs" in done.stderr
    assert written("counts/figures") == ["fan_chart.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'RESULT'"),
        ([""], "it is empty"),
        (["nowhere"], "no folder nowhere"),
        (["paris_2025"], "run it first: willing run paris_2025"),
        (["results/small", "--kind", "fan"], "did you mean 'fan_chart'?"),
        (["results"], "is not a result: it has no provenance.json"),
        (["results"], "it holds results/small: name one of these"),
        (["nowhere"], "a result is a folder that a command such as `willing run` wrote"),
        (["results/small", "--top", "0"], "--top"),
        (["results/small/scenario.yaml"], "is not a folder"),
        (["results/small", "--kind", "pie"], "pie"),
        (["results/small", "--format", "gif"], "gif"),
        (["results/small", "--width", "1"], "--width"),
        (["results/small", "--width", "nan"], "--width': 'nan' must be a number from 3.5 to 40"),
        (["results/small", "--height", "NaN"], "--height': 'NaN' must be a number from 3.5 to 60"),
        (["results/small", "--width", "40", "--height", "60", "--dpi", "1200"], "million pixels"),
        (["results/small", "--dpi", "0"], "--dpi"),
        (["results/small", "--window", "0"], "--window"),
        (["results/small", "--day", "31"], "--day: '31' must be a day from 0 to 30 or a date"),
        (["results/small", "--day", "2025-03-09"], "from 2025-03-10 to 2025-04-09"),
        (["results/small", "--day", "2025-02-30"], "must be a day"),
        (["results/small", "--day", "soon"], "must be a day"),
        (["results/small", "--out", ""], "it is empty"),
        (["results/small", "--out", "results/small/days.parquet"], "is a file, not a folder"),
        (["results/small", "--out", "results/small/days.parquet/x"], "is a file, not a folder"),
        (["results/small", "--nonsense"], "No such option"),
    ],
)
def test_what_the_user_can_put_right_is_2(arguments: list[str], said: str) -> None:
    done = plot(*arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not (RESULT / "figures").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--window", "14", "--kind", "fan_chart"], "--window: fan_chart does not take it; it is"),
        (["--window", "3", "--kind", "outcomes", "--kind", "tile_map"],
         "--window: none of outcomes, tile_map takes it; it is for influence"),
        (["--day", "3", "--kind", "influence"],
         "--day: influence does not take it; it is for tile_map, tile_maps, size_strip"),
        (["--outcome", "size"],
         "--outcome: no figure of `willing run` takes it; it is for condition_map"),
        (["--outcome", ""], "--outcome: no figure of `willing run` takes it"),
        (["--across", "days"], "--across: no figure of `willing run` takes it"),
        (["--by", "days"], "--by: no figure of `willing run` takes it"),
        (["--dpi", "150", "--format", "svg"], "--dpi: it is for PNG files, and --format asks for"),
        (["--dpi", "150", "--format", "svg"], "add --format png, or leave out --dpi"),
        (["--top", "3", "--kind", "fan_chart"],
         "--top: fan_chart does not take it; it is for nations_by_day, joining_order"),
        (["--force"], "--force: it is for a folder given by --out; figures in the result"),
    ],
)  # fmt: skip
def test_an_option_that_does_nothing_is_refused_with_what_it_is_for(
    arguments: list[str], said: str
) -> None:
    done = plot(str(RESULT), *arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not (RESULT / "figures").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--window", "14"], "--window: no figure of `willing sweep` takes it; it is for"
         " influence"),
        (["--day", "30", "--kind", "outcome_lines"],
         "--day: outcome_lines does not take it; it is for tile_map, tile_maps, size_strip"),
        (["--outcome", "size", "--kind", "size_strip"], "--outcome: size_strip does not take it"),
        (["--by", BACKING, "--kind", "size_strip"], "--by: size_strip does not take it"),
        (["--across", BACKING, "--kind", "outcome_multiples"],
         "--across: outcome_multiples does not take it; it is for condition_map"),
        (["--day", "30", "--day", "20"], "--day: a figure of a sweep shows one day"),
        (["--outcome", "sise"], "--outcome: the sweep has no 'sise'; did you mean 'size'?"),
        (["--across", "conditions.us_baking.level"], f"did you mean '{BACKING}'?"),
        (["--across", BACKING, "--by", BACKING],
         f"--by: '{BACKING}' is given as --across already; choose"),
        (["--across", BACKING, "--by", BACKING],
         "choose another path: conditions.acceptability.level"),
        (["--top", "3"], "--top: no figure of `willing sweep` takes it; it is for nations_by_day"),
        (["--day", "3"], "--day: '3' was not kept; there are "),
        (["--across", "x" * 10_000], f"--across: the sweep has no '{'x' * 59}…'"),
    ],
)  # fmt: skip
def test_of_a_sweep_an_option_that_does_nothing_is_refused_as_well(
    swept: Path, arguments: list[str], said: str
) -> None:
    done = plot(str(swept), *arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert not (swept / "figures").exists()


def test_an_option_of_no_drawn_figure_is_2(swept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = files.drawer("size_strip")

    def without_ink(*_: Any, **__: Any) -> None:
        raise DrawingError("no ink")

    monkeypatch.setattr(files, "drawer", lambda kind: {"size_strip": draw}.get(kind, without_ink))
    assert plot(str(swept), "--across", BACKING, *FAST).exit_code == 0
    assert plot(str(swept), "--by", BACKING, *FAST).exit_code == 2


def test_options_go_to_the_figures_of_a_sweep_that_take_them(swept: Path) -> None:
    words = ["--kind", "outcome_lines", "--kind", "size_strip", "--outcome", "size"]
    done = plot(str(swept), *words, "--across", BACKING, *FAST)
    assert (done.exit_code, done.stderr) == (0, "")
    assert written(swept / "figures") == ["outcome_lines_size.png", "size_strip.png"]


def test_a_result_of_another_layout_is_refused_with_the_version_that_wrote_it() -> None:
    file = RESULT / "provenance.json"
    found = json.loads(file.read_text())
    file.write_text(json.dumps({**found, "schema": 99, "versions": {"willing": "9.9"}}))
    done = plot(str(RESULT))
    assert done.exit_code == 2
    assert "holds results of layout 99" in done.stderr
    assert "willing 9.9" in done.stderr


def test_a_damaged_result_is_refused() -> None:
    (RESULT / "days.parquet").write_bytes(b"nonsense")
    done = plot(str(RESULT))
    assert done.exit_code == 2
    assert "days.parquet has 8 bytes" in done.stderr


def test_figures_elsewhere_are_replaced_only_when_forced() -> None:
    words = [str(RESULT), "--kind", "fan_chart", "--out", "there", *FAST]
    assert plot(*words).exit_code == 0
    before = (Path("there") / "fan_chart.png").read_bytes()
    again = plot(*words, "--dark")
    assert again.exit_code == 0
    refused = plot(*words)
    assert refused.exit_code == 2
    assert "there holds fan_chart.png already" in refused.stderr
    assert (Path("there") / "fan_chart.png").read_bytes() == before
    assert plot(*words, "--force").exit_code == 0


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_gives_out_keeps_what_was_drawn(
    reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = Path.write_bytes, []

    def failing(file: Path, content: bytes) -> int:
        calls.append(file)
        if len(calls) == 3:
            write(file, b"half")
            raise OSError(reason, os.strerror(reason), str(file))
        return write(file, content)

    monkeypatch.setattr(Path, "write_bytes", failing)
    done = plot(str(RESULT), *FAST)
    assert done.exit_code == 1
    assert f"nations_by_day.png: {os.strerror(reason)}" in done.stderr
    assert f"2 of {len(NAMES)} figures were drawn, and are kept in results/small" in done.stderr
    assert written(RESULT / "figures") == ["fan_chart.png", "outcomes.png"]


@pytest.mark.parametrize(("stop", "status"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_a_stop_keeps_what_was_drawn(
    stop: type[KeyboardInterrupt], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = Path.write_bytes, []

    def stopped(file: Path, content: bytes) -> int:
        calls.append(file)
        if len(calls) == 2:
            raise stop
        return write(file, content)

    monkeypatch.setattr(Path, "write_bytes", stopped)
    done = plot(str(RESULT), *FAST)
    assert done.exit_code == status
    assert f"Stopped: 1 of {len(NAMES)} figures were drawn" in done.stderr
    assert done.stdout.split() == ["results/small/figures/fan_chart.png"]
    assert written(RESULT / "figures") == ["fan_chart.png"]


def test_a_stop_before_the_first_figure_says_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "drawer", stopped)
    done = plot(str(RESULT), *FAST)
    assert done.exit_code == 130
    assert "Stopped; no figure was drawn." in done.stderr


def test_whatever_goes_wrong_in_drawing_is_one_line_and_1(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = files.drawer("outcomes")

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no such font\nsee the manual")

    monkeypatch.setattr(files, "drawer", lambda kind: {"outcomes": draw}.get(kind, broken))
    words = ["--kind", "outcomes", "--kind", "fan_chart", "--quiet", *FAST]
    done = plot(str(RESULT), *words)
    assert done.exit_code == 1
    assert done.stderr == "Not drawn: fan_chart: RuntimeError: no such font see the manual\n"
    assert written(RESULT / "figures") == ["outcomes.png"]


def test_letters_that_the_typeface_lacks_are_named(painted_figures: None) -> None:
    changed = small_scenario().with_changes({"nations.N02.name": "\u4e2d\u56fd"})
    save_results(made_up(changed, 20), "named")
    done = plot("named", "--kind", "nations_by_day", *FAST)
    assert done.exit_code == 0
    said = "nations_by_day: the typeface lacks \u4e2d\u56fd; boxes stand for these letters\n"
    assert done.stderr == said


def test_letters_that_the_typeface_lacks_are_named_once_for_all_figures(
    painted_figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.plots.fonts._installed", lambda: ())
    changed = small_scenario().with_changes({"nations.N02.name": "\u4e2d\u56fd"})
    save_results(made_up(changed, 20), "named")
    done = plot("named", "--kind", "nations_by_day", "--kind", "joining_order", *FAST)
    assert done.stderr == (
        "nations_by_day, joining_order: the typeface lacks \u4e2d\u56fd; boxes stand for these "
        "letters\n"
    )


def test_plain_figures_and_the_first_rows_are_those_that_are_asked_for(
    asked: list[dict[str, Any]],
) -> None:
    words = ["--kind", "nations_by_day", "--kind", "tile_map", "--top", "3", "--plain", "--dark"]
    done = plot(str(RESULT), *words, *FAST)
    assert (done.exit_code, done.stderr) == (0, "")
    assert written(RESULT / "figures") == [
        "nations_by_day_dark_plain.png",
        "tile_map_dark_plain.png",
    ]
    assert [options.get("top") for options in asked] == [3, None]
    assert all(options["look"].is_plain for options in asked)
    save_results(made_up(small_scenario(), 5), RESULT, overwrite=True)


def test_a_figure_that_is_too_low_says_how_high_it_must_be() -> None:
    done = plot(str(RESULT), "--kind", "outcomes", "--height", "3.5", *FAST)
    assert (
        "inches of height, and is given 3.5: ask for more, or leave out the height" in done.stderr
    )
    save_results(made_up(small_scenario(), 20), "few")
    done = plot("few", "--kind", "influence", *FAST)
    assert "and there are 20 (run with --runs 500 or more)" in done.stderr
