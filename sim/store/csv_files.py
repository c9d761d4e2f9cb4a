"""Small tables of a result as CSV: every digit is kept, and a damaged file is refused by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.store.files import text_of


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV; numbers with every digit."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_rows(file: Path) -> list[dict[str, str]]:
    """Rows of a table by column.

    Raises
    ------
    ValueError
        It is no table, or has no row.
    OSError
        It cannot be read.
    """
    with io.StringIO(text_of(file), newline="") as text:
        reader = csv.DictReader(text, strict=True)
        try:
            rows = list(reader)
        except csv.Error as error:
            raise ValueError(f"{file.name}: {error}") from error
    if not rows or any(None in row or None in row.values() for row in rows):
        raise ValueError(f"{file.name} must have a header, and rows of the same length")
    return rows
