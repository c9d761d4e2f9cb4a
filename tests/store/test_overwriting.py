"""Only what willing wrote is ever replaced: a folder with its provenance and nothing foreign."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.store.ensembles import load_results
from sim.store.folder import MARKER, ResultsError, check_free
from sim.store.kinds import RESULT, TRACE, Kind
from tests.results.synthetic import small_ensemble


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """Folder of a result, with a figure."""
    small_ensemble(5).save(tmp_path / "result")
    (tmp_path / "result" / "figures").mkdir()
    (tmp_path / "result" / "figures" / "fan_chart.png").touch()
    return tmp_path / "result"


def refused(folder: Path, reason: str, kind: Kind | None = None) -> None:
    """See a folder refused, for a reason, with all that is in it left as it is."""
    before = {item: item.is_file() and item.read_bytes() for item in folder.rglob("*")}
    with pytest.raises(ResultsError, match=reason):
        small_ensemble(6).save(folder, overwrite=True)
    with pytest.raises(ResultsError, match=reason):
        check_free(folder, overwrite=True, kind=kind)
    assert {item: item.is_file() and item.read_bytes() for item in folder.rglob("*")} == before


def changed(folder: Path, **fields: Any) -> None:
    """Write other fields into a provenance."""
    found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    (folder / MARKER).write_text(json.dumps(found | fields), encoding="utf-8")


NOT_OURS = [
    *("", "[]", "{}", "null", "not JSON", "[" * 10**5),
    *('{"kind": "other tool"}', '{"kind": ["willing.result"]}', '{"files": {}}'),
]


@pytest.mark.parametrize("text", NOT_OURS)
@pytest.mark.parametrize("name", ["scenario.yaml", "runs.parquet"])
def test_a_provenance_of_another_tool_makes_no_folder_ours(
    tmp_path: Path, text: str, name: str
) -> None:
    (tmp_path / MARKER).write_text(text)
    (tmp_path / name).write_text("mine")
    refused(tmp_path, "is not a result of willing and is not overwritten")


@pytest.mark.parametrize("content", [b"\xff\xfe", "\ufeff{}".encode()])
def test_a_provenance_that_is_no_text_makes_no_folder_ours(result: Path, content: bytes) -> None:
    (result / MARKER).write_bytes(content)
    refused(result, "is not a result of willing")


def test_a_provenance_that_is_a_folder_makes_no_folder_ours(tmp_path: Path) -> None:
    (tmp_path / MARKER).mkdir()
    refused(tmp_path, "is not a result of willing")


@pytest.mark.parametrize("files", [None, {}, [], ["scenario.yaml"], "scenario.yaml"])
def test_only_files_that_the_provenance_lists_are_of_a_result(result: Path, files: Any) -> None:
    changed(result, files=files)
    refused(result, r"move away what is no part of a result: days\.parquet, nations")


@pytest.mark.parametrize(
    "own",
    [
        *(".hidden", "notes.txt", "trace.json", "deep/er/file", "figures/notes.txt"),
        *("figures/.mine.png", "figures/mine/mine.png", "parts/figures/mine.png"),
    ],
)
def test_a_file_of_the_users_is_never_removed(result: Path, own: str) -> None:
    check_free(result, overwrite=True)
    (result / own).parent.mkdir(parents=True, exist_ok=True)
    (result / own).touch()
    refused(result, f"no part of a result: {own}$")


@pytest.mark.parametrize("own", ["figures/fan_chart.txt", "figures/outcomes.png/notes.txt"])
def test_what_only_has_the_name_of_a_figure_is_the_users(result: Path, own: str) -> None:
    (result / own).parent.mkdir(exist_ok=True)
    (result / own).touch()
    refused(result, "no part of a result: figures/")


def test_figures_that_are_a_file_are_the_users(tmp_path: Path) -> None:
    small_ensemble(5).save(tmp_path / "result")
    (tmp_path / "result" / "figures").write_text("mine")
    refused(tmp_path / "result", "no part of a result: figures$")


def test_a_link_to_a_folder_is_the_users_but_for_that_of_figures(
    tmp_path: Path, result: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine")
    (result / "link").symlink_to(tmp_path / "elsewhere")
    refused(result, "no part of a result: link$")
    (result / "link").unlink()
    shutil.rmtree(result / "figures")
    (result / "figures").symlink_to(tmp_path / "elsewhere")
    small_ensemble(6).save(result, overwrite=True)
    assert (tmp_path / "elsewhere" / "mine.txt").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_the_users(result: Path) -> None:
    (result / "runs.parquet").unlink()
    (result / "runs.parquet").mkdir()
    (result / "runs.parquet" / "notes.txt").touch()
    refused(result, r"no part of a result: runs\.parquet/notes\.txt$")


@pytest.mark.parametrize("content", [b"", b"changed"])
def test_a_folder_with_our_provenance_is_ours_whatever_its_files_hold(
    result: Path, content: bytes
) -> None:
    (result / "days.parquet").write_bytes(content)
    files = json.loads((result / MARKER).read_text(encoding="utf-8"))["files"]
    changed(result, files=files | {"scenario.yaml": None})
    small_ensemble(6).save(result, overwrite=True)
    assert load_results(result).n_runs == 6


@pytest.mark.parametrize("name", ["fan_chart.svg", "fan_chart_dark.png", "of a later version.pdf"])
def test_every_image_among_the_figures_is_replaced_with_the_result(result: Path, name: str) -> None:
    (result / "figures" / name).touch()
    small_ensemble(6).save(result, overwrite=True)
    assert not (result / "figures").exists()


def test_a_result_of_another_layout_or_with_a_file_missing_is_replaced(result: Path) -> None:
    changed(result, schema=99)
    (result / "days.parquet").unlink()
    small_ensemble(6).save(result, overwrite=True)


def test_a_figure_that_is_being_drawn_is_not_the_users(result: Path) -> None:
    (result / "figures" / ".outcomes.part-d39c1a38.png").touch()
    check_free(result, overwrite=True)


def test_a_trace_and_a_result_do_not_replace_each_other(result: Path) -> None:
    check_free(result, overwrite=True, kind=RESULT)
    with pytest.raises(ResultsError, match="a result of willing run, which no trace replaces"):
        check_free(result, overwrite=True, kind=TRACE)
    changed(result, kind=TRACE.name)
    refused(result, "holds a trace of willing trace, which no result replaces", RESULT)


def test_a_text_that_was_edited_is_kept(result: Path) -> None:
    with (result / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("# my notes\n")
    refused(result, r"scenario\.yaml was edited after it was written; move it away, or choose")
    (result / "scenario.yaml").rename(result.parent / "mine.yaml")
    small_ensemble(6).save(result, overwrite=True)
    assert load_results(result).n_runs == 6


@pytest.mark.parametrize("inner", [".", "deep", "deep/er"])
def test_the_working_folder_and_those_above_it_are_never_replaced(
    result: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    (result.parent / "elsewhere" / inner).mkdir(parents=True)
    (result / "figures" / inner).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(result / "figures" / inner)
    refused(result, "is the working folder, or holds it, and is not replaced")
    monkeypatch.chdir(result)
    with pytest.raises(ResultsError, match=r"\. is the working folder, or holds it"):
        small_ensemble(6).save(".", overwrite=True)
    with pytest.raises(ResultsError, match=r"\.\. is the working folder, or holds it"):
        small_ensemble(6).save("..", overwrite=True)
    monkeypatch.chdir(result.parent / "elsewhere" / inner)
    small_ensemble(6).save(result, overwrite=True)


def test_the_home_folder_is_never_replaced(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(result))
    refused(result, "is the home folder, or holds it, and is not replaced")


def test_the_root_is_never_replaced() -> None:
    with pytest.raises(ResultsError):
        small_ensemble(6).save("/", overwrite=True)


def test_an_unfinished_sweep_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "study.yaml").write_text("made_by: {}\n")
    refused(tmp_path, "holds a sweep of willing sweep that is not finished, which no result repl")


def test_a_provenance_that_is_a_pipe_or_endless_makes_no_folder_ours(tmp_path: Path) -> None:
    (tmp_path / MARKER).symlink_to("/dev/zero")
    with pytest.raises(ResultsError, match="is not a result of willing"):
        small_ensemble(6).save(tmp_path, overwrite=True)
