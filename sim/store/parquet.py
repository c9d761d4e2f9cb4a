"""Parquet files: written group by group, and read without Arrow ever holding a Python object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from sim.results.free_memory import free_bytes
from sim.store.files import file_bytes

COMPRESSION = "zstd"

DAMAGE = (
    *(OSError, LookupError, ValueError, TypeError),
    *(AttributeError, ArithmeticError, NotImplementedError),
)
"""What NumPy and Arrow raise at a table that is not as it was written."""


class Most(NamedTuple):
    """The most that a table may hold: its rows, and numbers in a list of one row and column."""

    rows: int
    in_list: int = 1


class OtherSchemaError(ValueError):
    """A table has other columns or metadata than it must have."""


def read_table(
    content: bytes, most: Most | None = None, schema: pa.Schema | None = None
) -> pa.Table:
    """The table of a Parquet file, each page of which is compared with its checksum if it has one.

    Parameters
    ----------
    content : bytes
        Of the whole file. Not its path: Arrow takes none that is not UTF-8. Nor a memory map: the
        table outlives the file, which may be replaced.
    most : Most, optional
        Refuse a larger table before any of it is read: a small file may ask for any memory.
    schema : Schema, optional
        Refuse another one before anything else is looked at: where what a damaged file says of its
        columns does not fit its schema, Arrow ends the process.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The bytes are not those of a whole file.
    ValueError
        The table is larger than it may be, or than the free memory, or of another schema.
    """
    # Copied into Arrow's own memory. Its threads let go of what they read a moment after the table
    # is there; if that is Python's, and Python is ending, the whole process is aborted.
    own = pa.allocate_buffer(len(content))
    memoryview(own).cast("B")[:] = content
    with pq.ParquetFile(pa.BufferReader(own), page_checksum_verification=True) as file:
        if schema is not None and not file.schema_arrow.equals(schema, check_metadata=True):
            raise OtherSchemaError
        _check_size(file.metadata, most)
        return file.read()


def _check_size(found: pq.FileMetaData, most: Most | None) -> None:
    """Refuse a table that is too large, by what its file says of it."""
    if most is not None and found.num_rows > most.rows:
        raise ValueError(f"it has {found.num_rows:,} rows, and at most {most.rows:,} belong there")
    groups = [found.row_group(index) for index in range(found.num_row_groups)]
    chunks = [group.column(index) for group in groups for index in range(group.num_columns)]
    needed = sum(max(chunk.num_values, chunk.total_uncompressed_size) for chunk in chunks)
    free = free_bytes()  # a number takes a byte at least
    if free is not None and needed > free:
        raise ValueError(f"it needs {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB is free")
    for name, n_values in _values_by_column(chunks).items():
        if most is not None and n_values > most.rows * most.in_list:
            raise ValueError(
                f"{name} has {n_values:,} values, and at most {most.rows * most.in_list:,} belong "
                "there"
            )


def _values_by_column(chunks: list[pq.ColumnChunkMetaData]) -> Counter[str]:
    found = Counter[str]()
    for chunk in chunks:
        found[chunk.path_in_schema] += chunk.num_values
    return found


@contextmanager
def stored_table(folder: Path, name: str, most: Most | None = None) -> Iterator[pa.Table]:
    """Block that is given the table of a file, and whose errors begin with the file's name.

    Raises
    ------
    ValueError
        It is damaged.
    OSError
        The system does not let it be read: that is no damage.
    """
    content = file_bytes(folder / name)
    try:
        yield read_table(content, most)
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno:  # Arrow's own have no number
            raise
        raise ValueError(f"{name}: {error}") from error


def write_tables(file: Path, tables: Iterable[pa.Table], **options: Any) -> None:
    """Write tables of one schema as the row groups of one file.

    Parameters
    ----------
    file : Path
    tables : iterable of pyarrow.Table
        One at least.
    **options
        Of pyarrow.parquet.ParquetWriter.
    """
    groups = iter(tables)
    first = next(groups)
    with (
        file.open("wb") as stream,  # Arrow takes no path that is not UTF-8
        pq.ParquetWriter(stream, first.schema, compression=COMPRESSION, **options) as writer,
    ):
        writer.write_table(first)
        for group in groups:
            writer.write_table(group)


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file: the same bytes for the same table."""
    stream = BytesIO()
    pq.write_table(table, stream, compression=COMPRESSION, write_page_checksum=True)
    return stream.getvalue()
