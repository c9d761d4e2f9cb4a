"""The summary of an ensemble in plain words, for a terminal."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from sim.report.ensemble import Part, heading, summary_parts
from sim.report.width import as_wide_as, filled, terminal_width, text_width
from sim.results.format import CAVEAT

if TYPE_CHECKING:
    from sim.results.summary import Summary

GAP = "   "
NARROWEST_NAME, WIDEST_WORD = 16, 28
"""What stands first in a row is broken into lines, at spaces and no narrower than this."""


def summary_text(summary: Summary, width: int | None = None) -> str:
    """Lines of the summary; parts are left out where the scenario has nothing of the kind.

    Parameters
    ----------
    summary : Summary
    width : int, optional
        Columns; by default those of the terminal, up to 96.
    """
    with as_wide_as(terminal_width() if width is None else width):
        head = "\n".join(filled(line, 0, 2) for line in heading(summary))
        parts = [_part_text(part) for part in summary_parts(summary)]
        return "\n\n".join([head, *parts, filled(CAVEAT)])


def table(header: list[str], rows: list[list[str]], main: int = 1) -> str:
    """Columns set flush, the first one to the left and indented under its heading.

    Where they are too wide, what stands first in a row is broken into lines; then columns are left
    out, and named below.

    Parameters
    ----------
    header, rows : list
    main : int
        Column that is never left out: first those go that are to the left of it.
    """
    columns = list(zip(header, *rows, strict=True))
    least = _least(columns[0])
    order = [*range(1, main), *reversed(range(main + 1, len(columns)))]
    kept, left_out = columns[1:], list[str]()
    for place in order:
        if _room(kept) >= least:
            break
        kept.remove(columns[place])
        left_out.append(header[place])
    room = max(_room(kept), NARROWEST_NAME)
    names = [_broken(name, room, 2 if place else 0) for place, name in enumerate(columns[0])]
    lines = _set(names, kept)
    if left_out:
        lines.append(filled(f"Left out, for want of room: {', '.join(left_out)}", 2, 4))
    return "\n".join(lines)


def _least(names: tuple[str, ...]) -> int:
    """How much room names need: that of their longest word, within bounds."""
    longest = max(len(word) for name in names for word in [*name.split(), ""])
    return min(WIDEST_WORD, max(NARROWEST_NAME, longest + 2))


def _room(columns: list[tuple[str, ...]]) -> int:
    """How wide the names may be that stand before some columns."""
    return text_width() - sum(len(GAP) + max(map(len, column)) for column in columns)


def _broken(name: str, room: int, indent: int) -> list[str]:
    """A name in lines, later ones indented further."""
    later = " " * (indent + 2)
    return wrap(name, room, initial_indent=" " * indent, subsequent_indent=later) or [""]


def _set(names: list[list[str]], columns: list[tuple[str, ...]]) -> list[str]:
    """Lines of a table: cells stand beside the last line of their name."""
    widths = [max(len(line) for name in names for line in name)]
    widths += [max(map(len, column)) for column in columns]
    lines = []
    for name, *cells in zip(names, *columns, strict=True):
        lines += name[:-1]
        row = zip((name[-1], *cells), widths, strict=True)
        lines.append(GAP.join(cell.ljust(width) for cell, width in row).rstrip())
    return lines


def _part_text(part: Part) -> str:
    """Lines, table, and details indented under them."""
    lines = [filled(line, 0, 2) for line in part.lines]
    if part.rows:
        lines.append(table(part.header, part.rows, part.main))
    return "\n".join([*lines, *(filled(text, 2, 2) for text in part.details)])
