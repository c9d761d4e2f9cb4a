"""Blocks as text for a terminal, as wide as that is within bounds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from textwrap import fill, wrap

from sim.report.blocks import Block, Column, Figure, Note, Table

WIDEST, NARROWEST = 96, 40
"""Longer lines are hard to read; in a narrower terminal they wrap."""

GAP, NARROW_GAP = "   ", "  "
NARROWEST_NAME, WIDEST_WORD = 16, 28
"""The first cell of a row is broken into lines, at spaces and no narrower than this."""

TIE = "\u00a0"
"""A space at which no line is broken, written as any other."""
TIED = ((" %", f"{TIE}%"), (">= ", f">={TIE}"))


def terminal_width() -> int:
    """Columns for text: those of the terminal, within bounds; the most where none is written to."""
    if sys.stdout is None or not sys.stdout.isatty():
        return WIDEST
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))


def to_text(blocks: Sequence[Block], width: int | None = None) -> str:
    """Blocks as lines of text, without a line break at the end.

    Parameters
    ----------
    blocks : sequence of Block
    width : int, optional
        Columns; by default those of the terminal, up to 96.
    """
    width = terminal_width() if width is None else width
    text = ""
    for block in blocks:
        if isinstance(block, Figure):
            continue
        if text:
            text += "\n" if block.tight else "\n\n"
        if isinstance(block, Table):
            text += _table(block, width)
        elif isinstance(block, Note):
            indent = 2 if block.tight else 0
            text += filled(block.text, width, indent, indent)
        else:
            text += filled(block.text, width, block.indent, block.hanging)
    return text


def filled(text: str, width: int, indent: int = 0, hanging: int = 0) -> str:
    """Text broken into lines of a width, the first one indented, later ones by `hanging`.

    Examples
    --------
    >>> print(filled("as wide as it may be", 12, 2, 4))
      as wide as
        it may
        be
    """
    for loose, tied in TIED:
        text = text.replace(loose, tied)
    lines = fill(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * hanging,
        break_on_hyphens=False,
    )
    return lines.replace(TIE, " ")


def _table(table: Table, width: int) -> str:
    """Lines of a table. Columns for which there is no room are left out, and named below."""
    kept, room = _fitting(table, width)
    lines = _with_names(table, kept, room) if room else _plain(table, kept)
    left_out = [column.heading for column in table.columns if column not in kept]
    if left_out:
        text = f"Left out, for want of room: {', '.join(left_out)}"
        lines.append(filled(text, width, *((2, 4) if room else (0, 2))))
    return "\n".join(lines)


def _fitting(table: Table, width: int) -> tuple[list[Column], int]:
    """Columns there is room for, and the room of the names of rows; 0 if the first has a heading.

    Names are broken into lines before a column is left out.
    """
    kept = list(table.columns)
    names = None if kept[0].heading else [table.title, *table.cells(kept[0])]
    least = 0
    if names is not None:
        longest = max(len(word) for name in names for word in [*name.split(), ""])
        least = min(WIDEST_WORD, max(NARROWEST_NAME, longest + 2))
    gap = NARROW_GAP if names is None else GAP
    for name in (*table.drop, None):
        beside = kept if names is None else kept[1:]
        room = width - sum(len(gap) + _width(table, column) for column in beside)
        if names is None:
            room += len(gap)
        if room >= least or name is None:
            break
        kept = [column for column in kept if column.name != name]
    return kept, 0 if names is None else max(room, NARROWEST_NAME)


def _width(table: Table, column: Column) -> int:
    return max(map(len, [column.heading, *table.cells(column)]))


def _plain(table: Table, columns: list[Column]) -> list[str]:
    """Title, headings and rows, with their columns flush."""
    written = [[column.heading, *table.cells(column)] for column in columns]
    widths = [max(map(len, cells)) for cells in written]
    return [table.title, *(_line(row, widths, NARROW_GAP) for row in zip(*written, strict=True))]


def _with_names(table: Table, columns: list[Column], room: int) -> list[str]:
    """Headings and rows; the name of a row is broken into lines, its cells beside the last."""
    first, *others = columns
    names = [_broken(table.title, room, 0)]
    names += [_broken(name, room, 2) for name in table.cells(first)]
    widths = [max(len(line) for name in names for line in name)]
    widths += [_width(table, column) for column in others]
    rows = [[column.heading for column in others]]
    rows += [[row.get(column.name, "") for column in others] for row in table.rows]
    lines = []
    for name, row in zip(names, rows, strict=True):
        lines += [*name[:-1], _line([name[-1], *row], widths, GAP)]
    return lines


def _broken(name: str, room: int, indent: int) -> list[str]:
    later = " " * (indent + 2)
    return wrap(name, room, initial_indent=" " * indent, subsequent_indent=later) or [""]


def _line(cells: Sequence[str], widths: list[int], gap: str) -> str:
    return gap.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
