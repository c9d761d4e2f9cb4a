"""Only what willing wrote is ever replaced, and only as long as it is as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.store.folder import MARKER, ResultsError, check_free
from sim.store.manifest import KIND, TRACE_KIND
from tests.results.synthetic import small_ensemble


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """Folder of a result, with a figure."""
    small_ensemble(5).save(tmp_path / "result")
    (tmp_path / "result" / "figures").mkdir()
    (tmp_path / "result" / "figures" / "fan_chart.png").touch()
    return tmp_path / "result"


def refused(folder: Path, reason: str, kind: str | None = None) -> None:
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
    [".hidden", "notes.txt", "trace.json", *(f"figures/{name}" for name in ("mine.png", ".mine"))],
)
def test_a_file_of_the_users_is_never_removed(result: Path, own: str) -> None:
    check_free(result, overwrite=True)
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


@pytest.mark.parametrize("name", ["scenario.yaml", "days.parquet", "runs.parquet"])
@pytest.mark.parametrize("change", ["appended", "turned round", "a folder"])
def test_a_file_that_was_changed_is_the_users(result: Path, name: str, change: str) -> None:
    content = (result / name).read_bytes()
    if change == "a folder":
        (result / name).unlink()
        (result / name).mkdir()
        (result / name / "notes.txt").touch()
    else:
        (result / name).write_bytes(content + b"mine" if change == "appended" else content[::-1])
    refused(result, f"{name} was changed after it was written; move it away")


@pytest.mark.parametrize("print_of", [None, 3, {}, {"bytes": 1}])
def test_a_file_without_a_checksum_may_have_been_changed(result: Path, print_of: Any) -> None:
    files = json.loads((result / MARKER).read_text(encoding="utf-8"))["files"]
    changed(result, files=files | {"scenario.yaml": print_of})
    refused(result, r"scenario\.yaml was changed")


def test_a_result_of_another_layout_or_with_a_file_missing_is_replaced(result: Path) -> None:
    changed(result, schema=99)
    (result / "days.parquet").unlink()
    small_ensemble(6).save(result, overwrite=True)


def test_a_figure_that_is_being_drawn_is_not_the_users(result: Path) -> None:
    (result / "figures" / ".outcomes.part-d39c1a38.png").touch()
    check_free(result, overwrite=True)


def test_a_trace_and_a_result_do_not_replace_each_other(result: Path) -> None:
    check_free(result, overwrite=True, kind=KIND)
    with pytest.raises(ResultsError, match="a result of willing run, which no trace replaces"):
        check_free(result, overwrite=True, kind=TRACE_KIND)
    changed(result, kind=TRACE_KIND)
    refused(result, "holds a trace of willing trace, which no result replaces", KIND)
