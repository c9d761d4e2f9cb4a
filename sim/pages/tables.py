"""Tables laid out for a page: which columns hold numbers, and what each cell is sorted by."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from sim.report.blocks import Table

LEAST_SORTED = 3
"""Fewest rows of a table that is worth sorting."""

_DATE = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")
_DAY = re.compile(r"day (\d+)")
_NUMBER = re.compile(r"([<>]?)([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)(?= ?%|[ *]|$)")
_BLANK = ("", "-")
_ALIKE = "none in "


class Cell(NamedTuple):
    """Text of a cell, and the number that it is sorted by, if any."""

    text: str
    key: float | None


class Column(NamedTuple):
    """A column: its heading, and whether all that is in it are numbers."""

    heading: str
    is_number: bool


class LaidOut(NamedTuple):
    """A table as a page shows it."""

    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    is_sorted: bool


def laid_out(table: Table) -> LaidOut:
    """A table with what its cells are sorted by.

    Examples
    --------
    >>> found = laid_out(Table("Nations", {"id": "", "size": "mean"}, ({"id": "A", "size": "3"},)))
    >>> found.columns[1].is_number, found.rows[0][1].key
    (True, 3.0)
    """
    rows = [[_cell(row.get(name, "")) for name in table.columns] for row in table.rows]
    columns = []
    for place, heading in enumerate(table.columns.values()):
        filled = [row[place] for row in rows if row[place].text not in _BLANK]
        is_number = bool(filled) and all(cell.key is not None for cell in filled)
        title = table.title if place == 0 and not heading else heading
        columns.append(Column(title, is_number))
    return LaidOut(table.title, columns, rows, len(rows) >= LEAST_SORTED)


def _cell(text: str) -> Cell:
    return Cell(text, sort_key(text))


def sort_key(text: str) -> float | None:
    """The number that a text is sorted by: that which it begins with, or its day.

    Examples
    --------
    >>> sort_key("19 (10 to 24)"), sort_key("<1 %"), sort_key("1,200"), sort_key("POL  Poland")
    (19.0, 0.5, 1200.0, None)
    >>> sort_key("2 Jan 1970") - sort_key("1 Jan 1970"), sort_key("day 22")
    (1.0, 22.0)
    """
    if _DATE.fullmatch(text):
        try:
            return float(datetime.strptime(text, "%d %b %Y").toordinal())  # noqa: DTZ007 (a date)
        except ValueError:
            return None
    if found := _DAY.fullmatch(text):
        return float(found[1])
    if text.startswith(_ALIKE):
        return 0.0
    found = _NUMBER.match(text)
    if found is None:
        return None
    value = float(found[2].replace(",", ""))
    return value + {"<": -0.5, ">": 0.5, "": 0.0}[found[1]]
