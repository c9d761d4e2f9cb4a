"""What a page says of one result, whatever kind it is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sim.pages.blocks import PageBlock
from sim.report.blocks import Block, Note, Text
from sim.results.format import cut
from sim.scenario.schema import Scenario

LONGEST_TITLE = 200
"""Letters of the title of a page."""

MOST_SENTENCES = 2
"""Sentences of an answer."""

JOINS, SIZE, FORCE, CONDITIONS, RUN, HANGS, CHANGES, HISTORY = (
    *("joins", "size", "force", "conditions", "run", "hangs-on", "changes", "history"),
)

PLACES = MappingProxyType(
    {
        JOINS: "Who joins when",
        SIZE: "Size by day",
        FORCE: "Force against the requirement",
        CONDITIONS: "Conditions",
        RUN: "One run, day by day",
        HANGS: "What it hangs on",
        CHANGES: "What would change it",
        HISTORY: "What past coalitions say",
    }
)
"""Sections that hold results, in the order of a page, with their headings."""


@dataclass(frozen=True)
class KeyNumber:
    """A number at the top of a page.

    Attributes
    ----------
    label : str
        What it is of.
    value : str
    interval : str
        Its interval or range, and which; empty where it has none.
    """

    label: str
    value: str
    interval: str = ""


@dataclass(frozen=True)
class Part:
    """What a page says of a result.

    Attributes
    ----------
    title : str
        Of the page that it heads.
    about : str
        What was done, on one line.
    answer : tuple of str
        Two sentences, for who reads nothing else.
    numbers : tuple of KeyNumber
        Up to three.
    sections : mapping of str to blocks
        By their place in `PLACES`.
    small_print : tuple of str
        What its numbers mean, and what they do and do not cover.
    scenarios : tuple of Scenario
        What it is of; the assumptions are those of the first.
    """

    title: str
    about: str
    answer: tuple[str, ...]
    numbers: tuple[KeyNumber, ...] = ()
    sections: Mapping[str, tuple[PageBlock, ...]] = field(default_factory=dict)
    small_print: tuple[str, ...] = ()
    scenarios: tuple[Scenario, ...] = ()


def part_of_blocks(
    blocks: Iterable[Block], place: str, about: str = "", small_print: tuple[str, ...] = ()
) -> Part:
    """What a page says of a result that has blocks, and no more: its first paragraph is the answer.

    Parameters
    ----------
    blocks : iterable of Block
        As a terminal shows them.
    place : str
        The section that they stand in, of `sim.pages.part.PLACES`.
    about : str
        That of their paragraphs which says what was done.
    small_print : tuple of str
        Their notes that say what the numbers cover.
    """
    listed = list(blocks)
    titles = [block.text for block in listed if isinstance(block, Text) and block.is_title]
    texts = [block.text for block in listed if isinstance(block, Text) and not block.is_title]
    kept = tuple(
        block
        for block in listed
        if not (isinstance(block, Text) and (block.is_title or block.text == about))
        and not (isinstance(block, Note) and block.text in small_print)
    )
    return Part(
        title=cut(next(iter(titles), "untitled"), LONGEST_TITLE),
        about=about,
        answer=tuple(text for text in texts if text != about)[:1],
        sections={place: kept},
        small_print=small_print,
    )
