"""What a report is made of: text, tables, notes and figures, which any writer can write."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes
    ----------
    text : str
    tight : bool
        No empty line before it.
    indent, hanging : int
        Spaces before its first line and before those that follow, in a terminal.
    is_title : bool
    """

    text: str
    tight: bool = False
    indent: int = 0
    hanging: int = 2
    is_title: bool = False


@dataclass(frozen=True)
class Note:
    """Small print: under the block before it, or by itself where it is not `tight`."""

    text: str
    tight: bool = True


@dataclass(frozen=True)
class Table:
    """A table whose first column says what each row is of.

    Attributes
    ----------
    title : str
        What the rows are. It is the heading of the first column where that has none.
    columns : dict of str
        Headings of the columns by their names.
    rows : tuple of dict
        Cells by the name of their column; one that is missing is empty.
    drop : tuple of str
        Columns that may be left out where there is no room for all, the first to go first.
    tight : bool
        No empty line before it.
    """

    title: str
    columns: dict[str, str]
    rows: tuple[dict[str, str], ...]
    drop: tuple[str, ...] = ()
    tight: bool = False

    def cells(self, column: str) -> list[str]:
        """Cells of a column, from the first row to the last."""
        return [row.get(column, "") for row in self.rows]


@dataclass(frozen=True)
class Figure:
    """A finished drawing as SVG, with its caption; a terminal leaves it out."""

    svg: str
    caption: str = ""
    tight: bool = False


Block = Text | Table | Note | Figure
