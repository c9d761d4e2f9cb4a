"""The summary of an ensemble in plain words, for a terminal."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from sim.results.shown.parts import Part, heading, summary_parts
from sim.results.wording import CAVEAT

if TYPE_CHECKING:
    from sim.results.summary import Summary

WIDTH = 96


def summary_text(summary: Summary) -> str:
    """Lines of the summary; parts are left out where the scenario has nothing of the kind."""
    parts = [_part_text(part) for part in summary_parts(summary)]
    return "\n\n".join(["\n".join(heading(summary)), *parts, fill(CAVEAT, WIDTH)])


def table(header: list[str], rows: list[list[str]]) -> str:
    """Columns set flush, the first one to the left and indented under its heading."""
    body = [["  " + row[0], *row[1:]] for row in rows]
    widths = [max(len(row[column]) for row in [header, *body]) for column in range(len(header))]
    lines = []
    for row in [header, *body]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.ljust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines)


def _part_text(part: Part) -> str:
    """Lines, table, and details indented under them."""
    lines = list(part.lines)
    if part.rows:
        lines.append(table(part.header, part.rows))
    lines += [
        fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ") for text in part.details
    ]
    return "\n".join(lines)
