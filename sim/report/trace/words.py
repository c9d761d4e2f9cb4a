"""Words that every part of the story uses: names, days, factors, lists."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

from sim.report.width import filled
from sim.results.format import cut, day_text, number

if TYPE_CHECKING:
    from sim.results.trace import Trace

LONGEST_NAME = 32
LONGEST_LABEL = 60
LONGEST_YEAR = 366
TIMES = "\u00d7"
LARGE_TERM = 7.0
"""From here on a factor is written as a power of e: it is above 1000 or below 1/1000."""


def on_day(trace: Trace, day: int) -> str:
    """A day by its date and number, or by its number alone."""
    date = day_text(trace.scenario.start, day)
    return date if trace.scenario.start is None else f"{date} (day {day})"


def safe(text: str, longest: int) -> str:
    r"""Text from a file on one line, cut short, without what would steer a terminal.

    Examples
    --------
    >>> safe("Po\x1b[31mland\n", 32)
    'Po?[31mland'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in cut(text, longest))


def name_of(trace: Trace, place: int) -> str:
    """A nation's name with its id, or its id alone where it has no other name.

    Two nations may share a name; ids differ.
    """
    nation = trace.scenario.nations[place]
    if nation.name == nation.id:
        return nation.id
    return f"{safe(nation.name, LONGEST_NAME)} ({nation.id})"


def label_text(label: str) -> str:
    """A label of an event as words: ``chiefs_of_defence`` is chiefs of defence."""
    return safe(label.replace("_", " "), LONGEST_LABEL)


def briefly(trace: Trace, day: int) -> str:
    """A day by its date and number, without the year where the run stays within one."""
    date = day_text(trace.scenario.start, day)
    if trace.scenario.start is None:
        return date.capitalize()
    if trace.n_days <= LONGEST_YEAR:
        date = date.rsplit(" ", 1)[0]
    return f"{date}, day {day}"


def ids(trace: Trace, places: Sequence[int], most: int = 8) -> str:
    """Ids of nations; of many the first ones and a count.

    Nations of which there are all are just that.
    """
    if len(places) == len(trace.nations) > 1:
        return "all nations"
    listed = ", ".join(trace.nations[place] for place in places[:most])
    more = len(places) - most
    return f"{listed} and {more:,} more" if more > 0 else listed


def factor(term: float) -> str:
    """What a term of the log hazard multiplies the hazard by.

    Examples
    --------
    >>> factor(0.7), factor(-1.43), factor(5.0), factor(-1e9)
    ('2', '0.24', '148', 'e^-1e+09')
    """
    if abs(term) >= LARGE_TERM:
        return f"e^{term:.3g}"
    value = exp(term)
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"


def rate_text(value: float) -> str:
    """A rate or hazard, per day.

    Examples
    --------
    >>> rate_text(0.0364), rate_text(100.0), rate_text(1e30), rate_text(0.0)
    ('0.036', '100', '1e+30', '0')
    """
    return f"{value:.0f}" if 99.5 <= value < 1e6 else f"{value:.2g}"


def days_text(days: int) -> str:
    """A number of days."""
    return "1 day" if days == 1 else f"{days:,} days"


def signed(value: float) -> str:
    """A number with its sign."""
    return ("+" if value >= 0 else "") + number(value)


def paragraph(text: str, indent: int, hanging: int | None = None) -> str:
    """Text filled to the width that is written in, indented; later lines by `hanging`."""
    return filled(text, indent, indent if hanging is None else hanging)
