"""Rows of results in CSV files of this folder, so that a study goes on where it stopped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

Row = dict[str, str]


def read(name: str) -> list[Row]:
    """The rows of a file of this folder, none if there is no such file."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows to a file of this folder; the first one names the columns."""
    rows = list(rows)
    with (FOLDER / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def go_on(
    name: str,
    keys: Iterable[Row],
    rows_of: Callable[[Row, list[Row]], list[Row]],
    quick: bool = False,
) -> list[Row]:
    """The rows of all keys: those that are kept in a file, and new ones, which are added to it.

    Parameters
    ----------
    name : str
        Of the file.
    keys : iterable of dict
        Columns, as text, that say what a row is of.
    rows_of : callable
        Gives the rows of a key, without its columns, from the key and the rows before it.
    quick : bool
        Work everything out and write nothing.
    """
    kept = [] if quick else read(name)
    for key in keys:
        if any(key.items() <= row.items() for row in kept):
            continue
        kept += [{**key, **row} for row in rows_of(key, kept)]
        if not quick:
            write(name, kept)
        print(f"{name}: {', '.join(key.values())}", flush=True)
    return kept
