"""A new kind of result in parts: a few lines, and it is stopped and resumed like any other."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sim.store.folder import MARKER, ResultsError
from sim.store.kinds import Kind
from sim.store.parquet import parquet_bytes
from sim.store.parts import PartsFolder

SQUARES = Kind("test.squares", "table", "a test", "list", "squares", plan="squares.txt")


class SquaresFolder(PartsFolder):
    """Squares of whole numbers, one number a part."""

    def __init__(self, name: Path, numbers: list[int]) -> None:
        super().__init__(name, SQUARES, {"squares.txt": f"{numbers}\n"}, len(numbers))
        self.numbers = numbers

    def schema(self, table: str, number: int) -> pa.Schema:  # noqa: ARG002 (there is one)
        return pa.schema({"square": pa.int64()}, metadata={"of": str(self.numbers[number])})

    def fields(self) -> dict[str, Any]:
        return {"numbers": self.numbers}

    def difference(self) -> str:
        file = self.place / "squares.txt"
        same = file.is_file() and file.read_text() == self.plan["squares.txt"]
        return "" if same else "other numbers"

    def begun_plan(self) -> list[str]:
        return ["squares.txt"]

    def run(self, most: int = 9, overwrite: bool = False) -> None:
        """Write the parts that are missing; stop after a few of them."""
        with self.locked(overwrite):
            for part in self.missing():
                if most == 0:
                    raise KeyboardInterrupt
                square = pa.table({"square": [self.numbers[part] ** 2]}, self.schema("", part))
                self.write_part(part, {"parts": parquet_bytes(square)})
                most -= 1
            self.finish()


def bytes_in(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("n_done", [0, 1, 2])
def test_what_was_stopped_is_resumed_and_ends_with_the_same_bytes(
    tmp_path: Path, n_done: int
) -> None:
    SquaresFolder(tmp_path / "whole", [2, 3, 4]).run()
    with pytest.raises(KeyboardInterrupt):
        SquaresFolder(tmp_path / "out", [2, 3, 4]).run(most=n_done)
    there = SquaresFolder(tmp_path / "out", [2, 3, 4])
    assert there.missing() == [0, 1, 2][n_done:]
    assert not (tmp_path / "out" / MARKER).exists()
    there.run()
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")
    found = json.loads((tmp_path / "out" / MARKER).read_text())
    assert (found["kind"], found["numbers"]) == ("test.squares", [2, 3, 4])
    assert [there.read("parts", part)["square"].to_pylist() for part in range(3)] == [
        [4],
        [9],
        [16],
    ]


def test_a_part_of_another_plan_is_missing(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "one", [2, 3]).run()
    SquaresFolder(tmp_path / "other", [5, 3]).run()
    one, other = (SquaresFolder(tmp_path / name, [2, 3]).part_file(0) for name in ("one", "other"))
    one.write_bytes(other.read_bytes())
    (tmp_path / "one" / MARKER).unlink()
    folder = SquaresFolder(tmp_path / "one", [2, 3])
    assert folder.missing() == [0]
    with pytest.raises(ResultsError, match=r"part-000000\.parquet is no part of this table"):
        folder.read("parts", 0)


def test_another_plan_is_refused_until_it_is_thrown_away(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "out", [2]).run()
    with pytest.raises(ResultsError, match="out holds another table: other numbers; choose"):
        SquaresFolder(tmp_path / "out", [3]).run()
    (tmp_path / "out" / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"move away what is no part of a table: notes\.txt"):
        SquaresFolder(tmp_path / "out", [3]).run(overwrite=True)
    (tmp_path / "out" / "notes.txt").unlink()
    SquaresFolder(tmp_path / "out", [3]).run(overwrite=True)
    SquaresFolder(tmp_path / "new", [3]).run()
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "new")


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    folder = SquaresFolder(tmp_path / "out", [2])
    with folder.locked(), pytest.raises(ResultsError, match="another process is at work on this"):
        SquaresFolder(tmp_path / "out", [2]).run()


def stopped(folder: Path, most: int = 2) -> None:
    """Stop after a few parts of three."""
    with pytest.raises(KeyboardInterrupt):
        SquaresFolder(folder, [2, 3, 4]).run(most=most)


@pytest.mark.parametrize("place", [-1, -9, -20, -60, -150])
def test_a_part_of_a_stopped_result_that_was_changed_is_run_again_and_said(
    tmp_path: Path, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    SquaresFolder(tmp_path / "whole", [2, 3, 4]).run()
    stopped(tmp_path / "out")
    file = tmp_path / "out" / "parts" / "part-000001.parquet"
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    assert SquaresFolder(tmp_path / "out", [2, 3, 4]).missing() == [1, 2]
    with pytest.raises(
        ResultsError, match=r"part-000001\.parquet was changed after it was written"
    ):
        SquaresFolder(tmp_path / "out", [2, 3, 4]).read("parts", 1)
    caplog.clear()
    SquaresFolder(tmp_path / "out", [2, 3, 4]).run()
    said = f"{tmp_path / 'out'}: 1 part is damaged, to be run again: parts/part-000001.parquet"
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [said]
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


@pytest.mark.parametrize("cut", [0, 1, 30, 70, -1, -30])
def test_parts_are_run_again_where_the_checksums_are_damaged(tmp_path: Path, cut: int) -> None:
    SquaresFolder(tmp_path / "whole", [2, 3, 4]).run()
    stopped(tmp_path / "out")
    file = tmp_path / "out" / ".checksums"
    file.write_bytes(file.read_bytes()[:cut] + b"\xff")
    SquaresFolder(tmp_path / "out", [2, 3, 4]).run()
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


def test_parts_that_an_earlier_version_stopped_after_are_not_run_again(tmp_path: Path) -> None:
    stopped(tmp_path / "out")
    (tmp_path / "out" / ".checksums").unlink()
    assert SquaresFolder(tmp_path / "out", [2, 3, 4]).missing() == [2]
    with pytest.raises(KeyboardInterrupt):
        SquaresFolder(tmp_path / "out", [2, 3, 4]).run(most=0)
    SquaresFolder(tmp_path / "out", [2, 3, 4]).run(most=1)
    assert bytes_in(tmp_path / "out").keys() == {
        *(".lock", "squares.txt", MARKER),
        *(f"parts/part-00000{number}.parquet" for number in range(3)),
    }


def test_a_bit_that_flips_after_the_last_check_is_not_certified(tmp_path: Path) -> None:
    folder = SquaresFolder(tmp_path / "out", [2, 3])
    with folder.locked():
        for part in folder.missing():
            square = pa.table({"square": [folder.numbers[part] ** 2]}, folder.schema("", part))
            folder.write_part(part, {"parts": parquet_bytes(square)})
        content = bytearray(folder.part_file(0).read_bytes())
        content[-20] ^= 1
        folder.part_file(0).write_bytes(content)
        folder.finish()
    with pytest.raises(ResultsError, match="was changed after it was written"):
        SquaresFolder(tmp_path / "out", [2, 3]).read("parts", 0)


def test_nothing_is_lost_where_the_new_result_fails_before_its_first_part(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "out", [2, 3]).run()
    before = bytes_in(tmp_path / "out")
    for numbers in ([2, 3], [7, 8, 9]):
        with pytest.raises(KeyboardInterrupt):
            SquaresFolder(tmp_path / "out", numbers).run(most=0, overwrite=True)
        assert bytes_in(tmp_path / "out") == before


def test_an_earlier_result_is_kept_until_the_new_one_is_whole(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "out", [2, 3]).run()
    before = bytes_in(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        SquaresFolder(tmp_path / "out", [7, 8, 9]).run(most=1, overwrite=True)
    kept = bytes_in(tmp_path / "out" / ".earlier")
    assert {name: kept[name] for name in before if name != ".lock"} == {
        name: content for name, content in before.items() if name != ".lock"
    }
    with pytest.raises(ResultsError, match="holds another table"):
        SquaresFolder(tmp_path / "out", [2, 3]).run()
    with pytest.raises(KeyboardInterrupt):
        SquaresFolder(tmp_path / "out", [5, 5]).run(most=1, overwrite=True)
    assert bytes_in(tmp_path / "out" / ".earlier").keys() >= kept.keys()
    SquaresFolder(tmp_path / "out", [5, 5]).run()
    SquaresFolder(tmp_path / "new", [5, 5]).run()
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "new")


@pytest.mark.parametrize("name", ["parts", ".lock", ".checksums", ".earlier"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_in_the_folder_leads_nothing_out_of_it(
    tmp_path: Path, name: str, overwrite: bool
) -> None:
    stopped(tmp_path / "out")
    (tmp_path / "elsewhere").mkdir()
    mine = tmp_path / "elsewhere" / "part-000000.parquet"
    mine.write_text("mine")
    place = tmp_path / "out" / name
    if place.exists():
        place.rename(tmp_path / "moved")
    place.symlink_to(mine if name in (".lock", ".checksums") else mine.parent)
    with pytest.raises(ResultsError, match=f"{name} is a link, and nothing is written where it"):
        SquaresFolder(tmp_path / "out", [2, 3, 4]).run(overwrite=overwrite)
    assert mine.read_text() == "mine"


def test_figures_that_are_a_link_are_not_cleared(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "out", [2, 3]).run()
    (tmp_path / "elsewhere").mkdir()
    mine = tmp_path / "elsewhere" / ".fan_chart.part-0123abcd.png"
    mine.write_text("mine")
    (tmp_path / "out" / "figures").symlink_to(mine.parent)
    SquaresFolder(tmp_path / "out", [2, 3]).run()
    SquaresFolder(tmp_path / "out", [4, 3]).run(overwrite=True)
    assert mine.read_text() == "mine"
    assert not (tmp_path / "out" / "figures").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize("name", ["parts/part-000000.parquet", ".checksums", MARKER])
def test_what_is_no_file_is_no_part_and_is_not_waited_for(
    tmp_path: Path, name: str, kind: str
) -> None:
    stopped(tmp_path / "out")
    place = tmp_path / "out" / name
    place.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        place.mkdir()
    folder = SquaresFolder(tmp_path / "out", [2, 3, 4])
    assert set(folder.missing()) <= {0, 1, 2}
    if name.startswith("parts"):
        assert folder.missing() == [0, 2]
        with pytest.raises(ResultsError, match="cannot be read: it is no regular file"):
            folder.read("parts", 0)
    with suppress(ResultsError, OSError):
        folder.run()


def test_a_folder_that_is_refused_is_left_without_a_lock(tmp_path: Path) -> None:
    (tmp_path / "squares.txt").write_text("somebody's")
    (tmp_path / "notes.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(ResultsError, match="is not overwritten"):
            SquaresFolder(tmp_path, [2]).run(overwrite=overwrite)
        assert sorted(item.name for item in tmp_path.iterdir()) == ["notes.txt", "squares.txt"]


def test_a_plan_that_was_edited_is_kept(tmp_path: Path) -> None:
    SquaresFolder(tmp_path / "whole", [2, 3, 4]).run()
    stopped(tmp_path / "begun")
    for folder in (tmp_path / "whole", tmp_path / "begun"):
        (folder / "squares.txt").write_text("[2, 3, 4] # my notes\n")
        with pytest.raises(ResultsError, match=r"squares\.txt was edited after it was written; mo"):
            SquaresFolder(folder, [2, 3, 4]).run(overwrite=True)
