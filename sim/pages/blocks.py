"""What a page has beside the blocks of every report: charts, what opens, lists, code."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from sim.report.blocks import Block, Note, Table


@dataclass(frozen=True)
class Chart:
    """A drawing with its caption, what its marks mean and, in a table that opens, its numbers.

    Attributes
    ----------
    drawings : tuple of Markup
        SVG for wide windows and, if there is another, for narrow ones; each has its text
        alternative.
    caption : str
    legend : tuple of (str, str)
        Class of a mark in the style sheet, and what it means.
    numbers : Table, optional
    is_wide : bool
        It is not drawn again for narrow windows, where it is scrolled.
    """

    drawings: tuple[Markup, ...]
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    numbers: Table | None = None
    is_wide: bool = False


@dataclass(frozen=True)
class Folded:
    """Blocks that open under a line; in print they are open, unless they are for screens only."""

    summary: str
    blocks: tuple[PageBlock, ...]
    is_for_screens: bool = False


@dataclass(frozen=True)
class OpeningTable:
    """A table of whose rows each may open blocks; a row without any does not open."""

    table: Table
    opened: tuple[tuple[PageBlock, ...], ...]


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True)
class Terms:
    """Things by what they are called."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Listing:
    """A list of texts; of each the beginning may be strong."""

    items: tuple[tuple[str, str], ...]
    """Of each item the strong beginning, which may be empty, and the rest."""


@dataclass(frozen=True)
class Code:
    """Text that a machine reads: commands, a file."""

    text: str
    label: str


@dataclass(frozen=True)
class Story:
    """Paragraphs with their indents: of each how far it is indented, from 0 to 3, and its text."""

    paragraphs: tuple[tuple[int, str], ...]


PageBlock = Block | Chart | Folded | OpeningTable | Heading | Terms | Listing | Code | Story


def left_out(n_all: int, n_listed: int, where: str = "in the scenario file") -> tuple[Note, ...]:
    """What a list says that holds fewer than there are; nothing where it holds all.

    Examples
    --------
    >>> left_out(1200, 300)
    (Note(text='and 900 more, in the scenario file', tight=True),)
    >>> left_out(3, 3)
    ()
    """
    return (Note(f"and {n_all - n_listed:,} more, {where}"),) if n_listed < n_all else ()
