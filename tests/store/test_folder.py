"""A result folder is whole or absent."""

from __future__ import annotations

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sim.store.ensembles import load_results
from sim.store.folder import (
    LeftBehind,
    ResultsError,
    atomic_folder,
    expanded,
    write_atomically,
)
from sim.store.unfinished import is_unfinished
from tests.results.synthetic import same_records, small_ensemble


def names_in(folder: Path) -> list[str]:
    """Names of all that lies in a folder."""
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError(errno.ENOSPC, "full")])
def test_an_error_on_the_way_leaves_nothing(
    tmp_path: Path, error: type[BaseException] | BaseException
) -> None:
    def fail() -> None:
        with atomic_folder(tmp_path / "out") as part:
            (part / "half").write_text("half")
            raise error

    with pytest.raises((RuntimeError, KeyboardInterrupt, OSError)):
        fail()
    assert names_in(tmp_path) == []


def test_until_it_is_whole_it_goes_by_another_name(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "out") as part:
        assert not (tmp_path / "out").exists()
        assert is_unfinished(part)
        (part / "file").write_text("text")
    assert names_in(tmp_path) == ["out"]
    assert (tmp_path / "out" / "file").read_text() == "text"


def test_a_folder_that_is_there_is_refused(tmp_path: Path) -> None:
    small_ensemble(5).save(tmp_path)
    with pytest.raises(ResultsError, match="is there already"):
        small_ensemble().save(tmp_path)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    small_ensemble(5).save(tmp_path)
    assert load_results(tmp_path).n_runs == 5


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("text")
    with pytest.raises(ResultsError, match="is a file"):
        small_ensemble().save(tmp_path / "out", overwrite=True)


def test_overwriting_puts_the_new_result_in_place_of_the_old(tmp_path: Path) -> None:
    small_ensemble(50).save(tmp_path / "out")
    small_ensemble(60).save(tmp_path / "out", overwrite=True)
    assert load_results(tmp_path / "out").n_runs == 60
    assert names_in(tmp_path) == ["out"]


def test_a_failure_while_overwriting_leaves_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.store.folder.exchange", lambda *_: False)
    small_ensemble(50).save(tmp_path / "out")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".part-" in self.name:
            raise OSError(errno.EIO, "input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="input/output"):
        small_ensemble(60).save(tmp_path / "out", overwrite=True)
    assert load_results(tmp_path / "out").n_runs == 50
    assert names_in(tmp_path) == ["out"]


def test_a_folder_that_is_no_result_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ResultsError, match="not a result of willing"):
        small_ensemble().save(tmp_path, overwrite=True)
    assert names_in(tmp_path) == ["thesis.tex"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_nobody_is_told_to_overwrite_what_is_never_overwritten(
    tmp_path: Path, overwrite: bool
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ResultsError, match=r"not overwritten; choose another folder$"):
        small_ensemble().save(tmp_path, overwrite=overwrite)


def test_a_result_with_files_of_ones_own_is_not_overwritten(tmp_path: Path) -> None:
    small_ensemble().save(tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match=r"notes\.txt"):
        small_ensemble().save(tmp_path / "out", overwrite=True)


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(ResultsError, match=r"cannot write .*file is a file, not a folder"):
        small_ensemble().save(tmp_path / "file" / "out")


def test_a_disk_that_cannot_be_written_to_is_an_error_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "a name nobody asked for")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OSError, match="Read-only") as caught:
        small_ensemble().save(tmp_path / "out")
    assert caught.value.filename == str(tmp_path / "out")


def test_an_interruption_between_the_renamings_puts_the_old_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.store.folder.exchange", lambda *_: False)
    small_ensemble(50).save(tmp_path / "out")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if ".old-" in target.name:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        small_ensemble(60).save(tmp_path / "out", overwrite=True)
    assert load_results(tmp_path / "out").n_runs == 50
    assert names_in(tmp_path) == ["out"]


def test_a_name_as_long_as_the_disk_allows_is_a_result(tmp_path: Path) -> None:
    small_ensemble().save(tmp_path / ("a" * 250))
    assert names_in(tmp_path) == ["a" * 250]


@pytest.mark.parametrize("path", ["~nosuchuser/out", "out\0"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    for refused in (small_ensemble().save, load_results, expanded):
        with pytest.raises(ResultsError, match=r"nosuchuser|no file can have that name"):
            refused(path)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [None, "earlier"])
def test_a_file_is_whole_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, before: str | None
) -> None:
    file = tmp_path / "file"
    if before is not None:
        file.write_text(before)

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(type(error)):
        write_atomically(file, "text")
    assert names_in(tmp_path) == ([] if before is None else ["file"])
    assert before is None or file.read_text() == before


def test_a_file_is_written_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_atomically(tmp_path / "link", "one")
    write_atomically(tmp_path / "link", "two")
    assert (tmp_path / "file").read_text() == "two"
    assert (tmp_path / "link").is_symlink()
    assert names_in(tmp_path) == ["file", "link"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit((tmp_path / "pipe").read_text)
        write_atomically(tmp_path / "pipe", "text")
        assert read.result() == "text"
    assert (tmp_path / "pipe").is_fifo()


def test_a_file_that_may_not_be_changed_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError, match="Permission denied"):
        write_atomically(tmp_path / "file", "text")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["/", ".out.part-01234567"])
def test_a_name_that_cannot_be_a_result_is_refused(name: str) -> None:
    with pytest.raises(ResultsError):
        small_ensemble().save(name)


def test_a_read_only_result_is_replaced_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_ensemble(50).save(tmp_path / "out")
    (tmp_path / "out" / "figures").mkdir()
    remove, modes = shutil.rmtree, []

    def removed(folder: Path, **options: Any) -> None:
        if ".old-" in folder.name:
            modes.extend(item.stat().st_mode & 0o700 for item in (folder, folder / "figures"))
        remove(folder, **options)

    monkeypatch.setattr("shutil.rmtree", removed)
    (tmp_path / "out" / "figures").chmod(0o500)
    (tmp_path / "out").chmod(0o500)
    small_ensemble(60).save(tmp_path / "out", overwrite=True)
    assert modes == [0o700, 0o700]  # whoever is root could remove it as it was
    assert names_in(tmp_path) == ["out"]


def test_what_is_left_of_a_replaced_result_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_ensemble(50).save(tmp_path / "out")
    remove = shutil.rmtree

    def failing(folder: Path, **options: Any) -> None:
        if ".old-" not in folder.name:
            remove(folder, **options)

    monkeypatch.setattr("shutil.rmtree", failing)
    with pytest.warns(LeftBehind, match=r"could not be removed: it is in .*\.out\.old-"):
        small_ensemble(60).save(tmp_path / "out", overwrite=True)
    assert load_results(tmp_path / "out").n_runs == 60


@pytest.mark.skipif(os.name == "nt", reason="names are text on this system")
def test_a_name_that_is_no_utf8_is_a_result_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"res\xff")
    ensemble = small_ensemble()
    ensemble.save(folder)
    assert same_records(load_results(folder).records, ensemble.records)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such folders on this system")
def test_a_folder_that_only_its_owner_may_rename_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_ensemble().save(tmp_path / "out")
    tmp_path.chmod(0o1777)
    small_ensemble().save(tmp_path / "out", overwrite=True)
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with (
        pytest.raises(PermissionError, match=r"not permitted.*out"),
        atomic_folder(tmp_path / "out", overwrite=True),
    ):
        pytest.fail("it was claimed")
    tmp_path.chmod(0o777)
    small_ensemble().save(tmp_path / "out", overwrite=True)


def test_a_disk_in_its_place_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: path == tmp_path / "out")
    with (
        pytest.raises(OSError, match=r"busy.*out"),
        atomic_folder(tmp_path / "out", overwrite=True),
    ):
        pytest.fail("it was claimed")
