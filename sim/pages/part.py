"""What a page says of one result, whatever kind it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sim.pages.blocks import PageBlock
from sim.scenario.schema import Scenario

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
