"""What a killed process leaves behind is put right by whoever comes next, and nothing in use is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sim.store.ensembles import load_results
from sim.store.folder import ResultsError, atomic_folder, write_atomically
from sim.store.open import open_result
from sim.store.unfinished import exchange, is_unfinished
from tests.results.synthetic import small_ensemble

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing is known of other processes")


def names_in(folder: Path) -> list[str]:
    """Names of all that lies in a folder."""
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("name", [".out.part-0123abcd", ".out.old-0123abcd"])
def test_a_folder_that_a_killed_process_left_is_removed_by_the_next_one(
    tmp_path: Path, name: str
) -> None:
    small_ensemble(5).save(tmp_path / "out")
    small_ensemble(6).save(tmp_path / "left")
    (tmp_path / "left").rename(tmp_path / name)
    small_ensemble(7).save(tmp_path / "out", overwrite=True)
    assert names_in(tmp_path) == ["out"]
    assert load_results(tmp_path / "out").n_runs == 7


@pytest.mark.parametrize(
    "name",
    [
        *(".other.part-0123abcd", ".out.part-0123abcd.yaml", ".out.part-mine", ".out"),
        *(".out.part-0123abcde", "out.part-0123abcd", ".out.parts-0123abcd"),
    ],
)
def test_what_only_looks_like_a_leftover_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    small_ensemble(5).save(tmp_path / "out")
    assert names_in(tmp_path) == sorted([name, "out"])


def test_a_link_or_a_file_in_place_of_a_leftover_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    (tmp_path / ".out.part-0123abcd").symlink_to(tmp_path / "mine")
    (tmp_path / ".out.part-0123abce").touch()
    small_ensemble(5).save(tmp_path / "out")
    assert names_in(tmp_path) == [".out.part-0123abcd", ".out.part-0123abce", "mine", "out"]
    assert names_in(tmp_path / "mine") == ["thesis.tex"]


def test_a_folder_that_is_still_written_is_left_alone(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "out") as part:
        (part / "file").write_text("half")
        small_ensemble(5).save(tmp_path / "out")
        assert (part / "file").read_text() == "half"
        with pytest.raises(ResultsError, match="is there already"), atomic_folder(tmp_path / "out"):
            pytest.fail("it is taken")
        (tmp_path / "out").rename(tmp_path / "first")
    assert names_in(tmp_path) == ["first", "out"]


def test_a_file_that_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    for name in (".file.part-0123abcd.yaml", ".file.part-0123abcd", ".file.part-mine.yaml"):
        (tmp_path / name).write_text("half")
    write_atomically(tmp_path / "file.yaml", "text")
    assert names_in(tmp_path) == [".file.part-0123abcd", ".file.part-mine.yaml", "file.yaml"]


@pytest.mark.parametrize("load", [load_results, open_result])
def test_a_result_that_was_moved_aside_is_put_back_by_whoever_reads_it(
    tmp_path: Path, load: object
) -> None:
    assert callable(load)
    small_ensemble(5).save(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.old-0123abcd")
    assert load(tmp_path / "out").n_runs == 5
    assert names_in(tmp_path) == ["out"]


def test_a_result_that_was_moved_aside_is_put_back_before_it_could_be_lost(tmp_path: Path) -> None:
    small_ensemble(5).save(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.old-0123abcd")
    with pytest.raises(ResultsError, match="is there already"):
        small_ensemble(6).save(tmp_path / "out")
    assert load_results(tmp_path / "out").n_runs == 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it depends on the disk")
def test_two_folders_are_exchanged_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "one" / "first").mkdir(parents=True)
    (tmp_path / "other" / "second").mkdir(parents=True)
    assert exchange(tmp_path / "one", tmp_path / "other")
    assert (names_in(tmp_path / "one"), names_in(tmp_path / "other")) == (["second"], ["first"])
    assert not exchange(tmp_path / "one", tmp_path / "none")
    assert names_in(tmp_path) == ["one", "other"]


def test_there_is_a_result_at_every_moment_of_its_replacement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_ensemble(5).save(tmp_path / "out")
    rename, found = Path.rename, []

    def watched(self: Path, target: Path) -> Path:
        found.append(load_results(tmp_path / "out").n_runs)
        moved = rename(self, target)
        found.append(load_results(tmp_path / "out").n_runs)
        return moved

    monkeypatch.setattr(Path, "rename", watched)
    small_ensemble(6).save(tmp_path / "out", overwrite=True)
    assert found == [6, 6]


def test_a_written_result_is_no_error_because_its_folder_cannot_be_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.open

    def refuse(file: object, *given: int, **options: int) -> int:
        if file == tmp_path:
            raise PermissionError(13, "Permission denied", str(file))
        return before(file, *given, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("os.open", refuse)
    small_ensemble(5).save(tmp_path / "out")
    write_atomically(tmp_path / "file", "text")
    assert not any(is_unfinished(item) for item in tmp_path.iterdir())
    assert load_results(tmp_path / "out").n_runs == 5
