"""Parquet files read without Arrow ever holding an object of Python's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


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
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Copied into Arrow's own memory. Its threads let go of what they read a moment after the table
    # is there; if that is Python's, and Python is ending, the whole process is aborted.
    own = pa.allocate_buffer(len(content))
    memoryview(own).cast("B")[:] = content
    with pq.ParquetFile(pa.BufferReader(own), page_checksum_verification=True) as file:
        return file.read()
