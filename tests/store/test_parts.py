"""A new kind of result in parts: a few lines, and it is stopped and resumed like any other."""

from __future__ import annotations

import json
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
