"""Blocks as text for a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from sim.report.blocks import Block, Figure, Note, Table
from sim.results.format import display_width, printable

WIDEST, NARROWEST = 96, 40
"""Longer lines are hard to read; in a narrower terminal they wrap."""

GAP, NARROW_GAP = "   ", "  "
NARROWEST_HEADING = 5
"""A heading of so many columns is not broken into lines."""
NARROWEST_NAME, WIDEST_WORD = 16, 28
"""The first cell of a row is broken into lines, at spaces and no narrower than this."""

TIE = "\u00a0"
"""A space at which no line is broken; it is printed as an ordinary space."""
WIDER = "\ufdd0"
"""Stands before a letter of two columns while lines are broken; it is no letter of any text."""
TIED = ((" %", f"{TIE}%"), (">= ", f">={TIE}"))


def terminal_width() -> int:
    """Columns of the terminal, within bounds; the most if output does not go to a terminal."""
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
            text += _table_text(block, width)
        elif isinstance(block, Note):
            indent = 2 if block.tight else 0
            text += filled(block.text, width, indent, indent)
        else:
            text += filled(block.text, width, block.indent, block.hanging)
    return printable(text)


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
    lines = _lines(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * hanging,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(TIE, " ")


def _lines(text: str, width: int, **options: Any) -> list[str]:
    """Lines no wider than so many columns; of wide letters, one column less may be used."""
    padded = "".join(WIDER * (display_width(letter) - 1) + letter for letter in text)
    lines = wrap(padded, width - (WIDER in padded), **options)
    return [line.replace(WIDER, "") for line in lines]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - display_width(cell))


def _table_text(table: Table, width: int) -> str:
    """Lines of a table. Columns for which there is no room are left out, and named below."""
    cells = {name: [heading, *table.cells(name)] for name, heading in table.columns.items()}
    first = next(iter(cells))
    has_names = not table.columns[first]
    gap = GAP if has_names else NARROW_GAP
    names, least = [], -len(gap)  # no gap before the first column
    if has_names:
        cells[first][0] = table.title
        names = [name.replace("  ", 2 * TIE) for name in cells.pop(first)]  # an id and its name
        least = _least(names)
    widths = {name: max(map(display_width, column)) for name, column in cells.items()}
    if width - sum(len(gap) + each for each in widths.values()) < least:
        gap = NARROW_GAP
        widths = _narrow_widths(cells, table.drop, width - least)
    columns = []
    if has_names:  # they are broken into lines; the other cells stand beside the last of these
        room = max(width - sum(len(gap) + each for each in widths.values()), NARROWEST_NAME)
        whole = names if room >= least else [name.replace(TIE, " ") for name in names]
        columns.append([_broken(name, room, 2 if row else 0) for row, name in enumerate(whole)])
    for name, column_width in widths.items():
        heading, *column = cells[name]
        is_long = display_width(heading) > column_width
        columns.append([_in_two(heading) if is_long else [heading], *([cell] for cell in column)])
    line_widths = [max(display_width(line) for cell in each for line in cell) for each in columns]
    lines = [] if has_names else [table.title]
    for row in zip(*columns, strict=True):
        n_lines = max(map(len, row))
        for line in zip(*([""] * (n_lines - len(cell)) + cell for cell in row), strict=True):
            pairs = zip(line, line_widths, strict=True)
            lines.append(gap.join(_padded(cell, room) for cell, room in pairs).rstrip())
    left_out = [table.columns[name] for name in cells if name not in widths]
    if left_out:
        text = f"Left out, for want of room: {'; '.join(left_out)}"
        lines.append(filled(text, width, *((2, 4) if has_names else (0, 2))))
    return "\n".join(lines)


def _narrow_widths(cells: dict[str, list[str]], drop: Sequence[str], room: int) -> dict[str, int]:
    """Widths of the columns that fit if headings are broken in two and columns are close.

    Columns in `drop` can be done without, the first of them most easily.
    """
    widths = {
        name: max(map(display_width, [*_in_two(heading), *column]))
        for name, (heading, *column) in cells.items()
    }
    kept = {name for name in cells if name not in drop}
    for name in (each for each in reversed(drop) if each in cells):
        if sum(len(NARROW_GAP) + widths[each] for each in (*kept, name)) <= room:
            kept.add(name)
    return {name: each for name, each in widths.items() if name in kept}


def _in_two(heading: str) -> list[str]:
    """A heading in one or two lines, so that it takes few columns."""
    words = heading.split(" ")
    broken = [
        [heading],
        *([" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words))),
    ]
    return min(broken, key=lambda lines: max(NARROWEST_HEADING, *map(display_width, lines)))


def _least(names: list[str]) -> int:
    """Least width of a column of names: that of their longest word, within bounds."""
    longest = max(display_width(word) for name in names for word in name.split(" "))
    return min(WIDEST_WORD, max(NARROWEST_NAME, longest + 2))


def _broken(name: str, room: int, indent: int) -> list[str]:
    later = " " * (indent + 2)
    lines = _lines(name, room, initial_indent=" " * indent, subsequent_indent=later) or [""]
    return [line.replace(TIE, " ") for line in lines]
