"""Files of a result, read only if they are files: no pipe, device or folder in their place."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

MOST_TEXT_BYTES = 64_000_000
"""Most bytes of a text that is read whole. The provenance of the longest sweep has 6 million."""


@contextmanager
def opened(file: Path) -> Iterator[BufferedReader]:
    """Block that reads a file, which a link may lead to.

    Raises
    ------
    OSError
        It is not there, cannot be read, or is something else: to open a pipe would block, and a
        device may have no end.
    """
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(file))
    with file.open("rb") as stream:
        yield stream


def file_bytes(file: Path, most: int | None = None) -> bytes:
    """The bytes of a file, as many as it had when it was opened.

    Parameters
    ----------
    file : Path
    most : int, optional
        Refuse a longer file.

    Raises
    ------
    OSError
        It cannot be read, is no file, or is longer.
    """
    with opened(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        if most is not None and size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(file))
        return stream.read(size)


def text_of(file: Path) -> str:
    """The text of a small file.

    Raises
    ------
    OSError
        It cannot be read, is no file, or is too long.
    UnicodeError
    """
    return file_bytes(file, MOST_TEXT_BYTES).decode("utf-8")


def fingerprint(file: Path) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file."""
    with opened(file) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"bytes": os.fstat(stream.fileno()).st_size, "sha256": digest}


def fingerprint_of(content: bytes) -> dict[str, Any]:
    """Size in bytes and SHA-256 of what a file holds."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def is_fingerprint(value: object) -> bool:
    """True if it has the form of what `fingerprint` gives."""
    return (
        isinstance(value, dict)
        and set(value) == {"bytes", "sha256"}
        and type(value["bytes"]) is int
        and 0 <= value["bytes"] < 2**63
        and isinstance(value["sha256"], str)
        and re.fullmatch("[0-9a-f]{64}", value["sha256"]) is not None
    )
