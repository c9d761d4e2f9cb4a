"""Flat tables as CSV files and Excel workbooks, whole or absent."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sim.store.folder import ResultsError, atomic_file

MOST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767
"""Limits of a sheet of Excel: rows with the headings, columns, and letters of a cell."""

MOST_EXACT = 2**53
"""Excel keeps every number as a double, which holds no larger whole number exactly."""


@dataclass(frozen=True)
class FlatTable:
    """A table whose cells hold one number or text each, made a group of rows at a time.

    Attributes
    ----------
    name : str
    n_rows : int
    columns : tuple of str
    groups : callable
        Makes the rows.
    """

    name: str
    n_rows: int
    columns: tuple[str, ...]
    groups: Callable[[], Iterator[pa.Table]]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows in order; None for a cell that is empty."""
        for group in self.groups():
            columns = [_without_nan(column).to_pylist() for column in group.columns]
            yield from zip(*columns, strict=True)


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with empty cells in place of NaN."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def write_csv(tables: Sequence[FlatTable], folder: Path) -> list[Path]:
    """Write each table to a CSV file of its name (RFC 4180, UTF-8); all of them or none.

    Parameters
    ----------
    tables : sequence of FlatTable
    folder : Path
        Exists. Files of these names in it are replaced.

    Raises
    ------
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    files = [folder / f"{table.name}.csv" for table in tables]
    with ExitStack() as stack:
        for table, file in zip(tables, files, strict=True):
            part = stack.enter_context(atomic_file(file))
            with part.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\r\n")
                writer.writerow(table.columns)
                writer.writerows(table.rows())
    return files


def check_fits_sheets(tables: Sequence[FlatTable]) -> None:
    """Refuse tables that no sheet of Excel can hold.

    Raises
    ------
    ResultsError
    """
    for table in tables:
        sizes = (
            (table.n_rows + 1, MOST_ROWS, "rows"),
            (len(table.columns), MOST_COLUMNS, "columns"),
        )
        for size, most, what in sizes:
            if size > most:
                raise ResultsError(
                    f"{table.name} has {size:,} {what}, and a sheet of Excel holds at most "
                    f"{most:,}: export it with --to csv, or others with --table"
                )


def write_xlsx(tables: Sequence[FlatTable], file: Path) -> None:
    """Write tables as the sheets of an Excel workbook. No text in it is run as a formula.

    Parameters
    ----------
    tables : sequence of FlatTable
    file : Path
        Replaced if it exists.

    Raises
    ------
    ImportError
        The package xlsxwriter is missing (``pip install 'willing[excel]'``).
    ResultsError
        A table is larger than a sheet can be.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    try:
        import xlsxwriter  # optional
        from xlsxwriter.exceptions import FileCreateError
    except ImportError as error:
        message = "xlsxwriter is missing: python -m pip install 'willing[excel]'"
        raise ImportError(message) from error
    check_fits_sheets(tables)
    # In memory at first: a workbook whose disk is full fails again, aloud, when it is let go.
    stream = io.BytesIO()
    with atomic_file(file) as part:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        # As in every result: the same bytes whenever it is written.
        book.set_properties({"created": datetime(1980, 1, 1)})  # noqa: DTZ001 (a constant)
        try:
            for table in tables:
                _write_sheet(book, table)
        except BaseException:
            with suppress(FileCreateError):  # the first error counts
                book.close()  # with its temporary files
            raise
        try:
            book.close()
        except FileCreateError as error:  # it stands for the error of the system
            if error.args and isinstance(error.args[0], OSError):
                raise error.args[0] from error
            raise
        part.write_bytes(stream.getbuffer())


def _write_sheet(book: Any, table: FlatTable) -> None:
    """Write a table under its headings, which stay in view."""
    sheet, heading = book.add_worksheet(table.name), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name[:LONGEST_TEXT], heading)
    for row, cells in enumerate(table.rows(), start=1):
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell)


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    """Write a cell by the type of its value: text that begins with = stays text."""
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif (isinstance(cell, float) and isfinite(cell)) or (
        isinstance(cell, int) and abs(cell) <= MOST_EXACT
    ):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell)[:LONGEST_TEXT])
