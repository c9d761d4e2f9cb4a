"""Parquet files: written group by group, and read without Arrow ever holding a Python object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

COMPRESSION = "zstd"

DAMAGE = (
    *(OSError, LookupError, ValueError, TypeError),
    *(AttributeError, ArithmeticError, NotImplementedError),
)
"""What NumPy and Arrow raise at a table that is not as it was written."""


def read_table(content: bytes) -> pa.Table:
    """The table of a Parquet file, each page of which is compared with its checksum if it has one.

    Parameters
    ----------
    content : bytes
        Of the whole file. Not its path: Arrow takes none that is not UTF-8. Nor a memory map: the
        table outlives the file, which may be replaced.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The bytes are not those of a whole file.
    """
    # Copied into Arrow's own memory. Its threads let go of what they read a moment after the table
    # is there; if that is Python's, and Python is ending, the whole process is aborted.
    own = pa.allocate_buffer(len(content))
    memoryview(own).cast("B")[:] = content
    with pq.ParquetFile(pa.BufferReader(own), page_checksum_verification=True) as file:
        return file.read()


@contextmanager
def stored_table(folder: Path, name: str) -> Iterator[pa.Table]:
    """Block that is given the table of a file, and whose errors begin with the file's name.

    Raises
    ------
    ValueError
        It is damaged.
    OSError
        The system does not let it be read: that is no damage.
    """
    content = (folder / name).read_bytes()
    try:
        yield read_table(content)
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
