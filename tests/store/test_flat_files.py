"""CSV files and Excel workbooks: every cell comes back as it was, and nothing in them is run."""

from __future__ import annotations

import csv
import errno
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sim.store.flat_files import MOST_ROWS, FlatTable, write_csv, write_xlsx
from sim.store.folder import ResultsError

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    'a "quoted", cell',
    "two\nlines",
    "Côte d'Ivoire",
    "",
    None,
]


def flat(name: str = "table", /, **columns: list[Any]) -> FlatTable:
    """A table of one group."""
    table = pa.table(columns)
    return FlatTable(name, table.num_rows, tuple(columns), lambda: iter([table]))


def failing() -> FlatTable:
    """A table whose second group finds the disk full."""

    def groups() -> Iterator[pa.Table]:
        yield pa.table({"x": [1.0]})
        raise OSError(errno.ENOSPC, "No space left on device")

    return FlatTable("late", 2, ("x",), groups)


def test_csv_is_utf_8_with_quotes_doubled_and_lines_that_end_as_the_standard_says(
    tmp_path: Path,
) -> None:
    [file] = write_csv([flat(name=NASTY, x=[0.1 + 0.2] * 9, n=list(range(9)))], tmp_path)
    content = file.read_bytes()
    assert content.startswith(b"name,x,n\r\n=1+1,0.30000000000000004,0\r\n")
    assert b'"a ""quoted"", cell",' in content
    with file.open(encoding="utf-8", newline="") as stream:
        _, *rows = csv.reader(stream)
    assert [row[0] for row in rows] == [cell or "" for cell in NASTY]
    assert all(float(row[1]) == 0.1 + 0.2 for row in rows)


def test_what_is_no_number_is_an_empty_cell(tmp_path: Path) -> None:
    [file] = write_csv([flat(x=[float("nan"), 1.5, None], y=["a", "b", "c"])], tmp_path)
    assert file.read_text() == "x,y\n,a\n1.5,b\n,c\n"


def sheet_of(file: Path, number: int = 1) -> str:
    """XML of a sheet."""
    with zipfile.ZipFile(file) as book:
        return book.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_no_text_in_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    texts = [*NASTY, "https://example.org", "internal:Sheet1!A1"]
    write_xlsx([flat(name=texts), flat("other", x=[1.5] * 3)], tmp_path / "book.xlsx")
    sheet = sheet_of(tmp_path / "book.xlsx")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "<t>=1+1</t>" in sheet
    assert re.findall(r"<v>(.*?)</v>", sheet_of(tmp_path / "book.xlsx", 2)) == ["1.5"] * 3


def test_whole_numbers_that_excel_would_round_are_text(tmp_path: Path) -> None:
    write_xlsx([flat(n=[2**53, 2**53 + 1])], tmp_path / "book.xlsx")
    sheet = sheet_of(tmp_path / "book.xlsx")
    assert "<v>9007199254740992</v>" in sheet
    assert "<t>9007199254740993</t>" in sheet


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_xlsx([flat(x=[1.0])], tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_table_larger_than_a_sheet_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    large = FlatTable("nations", MOST_ROWS, ("x",), lambda: pytest.fail("it was read"))
    with pytest.raises(ResultsError, match=r"nations has 1,048,577 rows.* at most 1,048,576"):
        write_xlsx([large], tmp_path / "book.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_file_and_earlier_ones_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("mine")
    with pytest.raises(OSError, match="No space left"):
        write_csv([flat(x=[1.0]), failing()], tmp_path)
    with pytest.raises(OSError, match="No space left"):
        write_xlsx([flat(x=[1.0]), failing()], tmp_path / "book.xlsx")
    assert [item.name for item in tmp_path.iterdir()] == ["table.csv"]
    assert (tmp_path / "table.csv").read_text() == "mine"
