"""Numbers, days and names as text, the same in terminals, pages and figures."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import ceil, isfinite, isnan, log10
from typing import Any

CAVEAT = (
    "Ranges in brackets contain 90 % of the runs: variation from chance and from inputs that the "
    "scenario draws at random. They do not include uncertainty about its other numbers or about "
    "the model. The number after ± is the Monte Carlo error (one standard error), which more runs "
    "would reduce."
)
"""What the numbers of a summary do and do not cover."""

LONGEST_NAME = 60
"""Letters of a name in a message."""

LONGEST_LABEL = 40
"""Letters of a scenario's label, in text and in figures."""

MOST_DIGITS = 4
"""Digits behind the point, at most."""

JOINERS = "\u200c\u200d"
"""Letters without width of their own that names in some scripts need."""

UNDRAWN = ("Mn", "Me", "Cf")
"""Classes of letters that take up no room: marks on other letters, and invisible ones."""

KEPT = f"\n\t{JOINERS}"
"""Letters that Python does not call printable, and that are printed."""


def day_text(start: date | None, day: int) -> str:
    """A day as a date, or by its number where the scenario has no calendar.

    Examples
    --------
    >>> day_text(date(2025, 3, 10), 22), day_text(None, 22)
    ('1 Apr 2025', 'day 22')
    """
    if start is None:
        return f"day {day}"
    on = start + timedelta(days=day)
    return f"{on.day} {on:%b %Y}"


def percent(share: float) -> str:
    """A share as a whole percentage that never rounds to certainty.

    Examples
    --------
    >>> percent(0.342), percent(0.999), percent(0.001), percent(1.0)
    ('34 %', '>99 %', '<1 %', '100 %')
    """
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:z.0f} %"


def number(value: float) -> str:
    """A number with about three figures; 0 has no sign, whatever was rounded to it.

    Examples
    --------
    >>> number(0.4567), number(23.456), number(12345.6), number(-0.001)
    ('0.46', '23.5', '12,346', '0.00')
    """
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:z,.{digits}f}"


def signed(value: float, digits: int) -> str:
    """A number with its sign; 0 has none.

    Examples
    --------
    >>> signed(0.25, 1), signed(-1234.5, 0), signed(-0.001, 2)
    ('+0.2', '-1,234', '0.00')
    """
    text = f"{value:+,.{digits}f}"
    return text if text.strip("+-0.") else text[1:]


def counted(count: int, noun: str) -> str:
    """A count with its noun, which is given in the singular.

    Examples
    --------
    >>> counted(1, "run"), counted(1000, "run")
    ('1 run', '1,000 runs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def printable(text: str) -> str:
    r"""Text in which letters that could steer a terminal, or turn its lines round, are ``?``.

    Line ends and tabs stay. So do halves of surrogate pairs, in which Python keeps bytes of file
    names that are no text: the stream to which they are written escapes them.

    Examples
    --------
    >>> printable("Po\x1b[31mland\n"), printable("\u202eanihc"), printable("\x9b2J")
    ('Po?[31mland\n', '?anihc', '?2J')
    """
    return text.translate(dict.fromkeys(map(ord, unprintable_letters(text)), "?"))


def unprintable_letters(text: str) -> list[str]:
    """The different letters of a text that are not to reach a terminal."""
    return [
        letter
        for letter in set(text)
        if not letter.isprintable()
        and letter not in KEPT
        and unicodedata.category(letter) not in ("Zs", "Cs")
    ]


def cut(text: str, longest: int) -> str:
    r"""Text on one line, cut short where it is longer than `longest` letters.

    Letters that could steer a terminal become question marks, as in `printable`.

    Examples
    --------
    >>> cut("Bosnia and Herzegovina", 12), cut("Poland", 12), cut("Po\x1b[31mland", 12)
    ('Bosnia and…', 'Poland', 'Po?[31mland')
    """
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def cut_apart(texts: Sequence[str], longest: int) -> list[str]:
    """Texts that stand beside each other, each cut to `longest` letters, so that they still differ.

    Those that `cut` would make the same are cut in the middle; where that is not enough, to where
    they begin to differ; and in the last resort they are numbered.

    Examples
    --------
    >>> cut_apart(["the first policy with", "the first policy without", "none"], 16)
    ['the fir…icy with', 'the fir… without', 'none']
    >>> cut_apart([f"a plan of long standing, {part} of all of us" for part in ("one", "two")], 16)
    ['a pl…ng, one of…', 'a pl…ng, two of…']
    """
    lines = [cut(text, len(text)) for text in texts]
    found = [cut(text, longest) for text in texts]
    for short in [short for short, count in Counter(found).items() if count > 1]:
        group = list(
            dict.fromkeys(line for line, cut_ in zip(lines, found, strict=True) if cut_ == short)
        )
        if len(group) == 1:  # the same text more than once
            continue
        taken = {each for each in found if each != short}
        shorter = next(
            each
            for each in _shortened(group, longest)
            if not taken & set(each) and len(set(each)) == len(group)
        )
        names = dict(zip(group, shorter, strict=True))
        found = [
            names[line] if cut_ == short else cut_ for line, cut_ in zip(lines, found, strict=True)
        ]
    return found


def _shortened(lines: list[str], longest: int) -> Iterator[list[str]]:
    """Ways of cutting lines that begin alike, the most readable first."""
    half = (longest - 1) // 2
    yield [
        line if len(line) <= longest else f"{line[:half]}…{line[half + 1 - longest :]}"
        for line in lines
    ]
    columns = enumerate(zip(*lines, strict=False))
    alike = next((place for place, letters in columns if len(set(letters)) > 1), longest)
    head, begin = longest // 4, max(0, alike - 4)
    yield [
        line if len(line) <= longest else f"{line[:head]}…{cut(line[begin:], longest - head - 1)}"
        for line in lines
    ]
    for first in range(1, 1_000_000):
        tags = [f"…{number}" for number in range(first, first + len(lines))]
        yield [
            f"{line[: max(0, longest - len(tag))]}{tag}"
            for line, tag in zip(lines, tags, strict=True)
        ]


def display_width(text: str) -> int:
    r"""Columns of a terminal that a text takes: two for a wide letter, none for one put on another.

    Wide are those of East Asia and most pictures, by their class in Unicode's Standard Annex 11.

    Examples
    --------
    >>> display_width("Poland"), display_width("\u4e2d\u56fd"), display_width("e\u0301")
    (6, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(letter) in UNDRAWN
        else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def first_of(names: Iterable[str], most: int = 4) -> str:
    """The first few of some names, and how many more there are.

    Examples
    --------
    >>> first_of("abc"), first_of("abcdef")
    ('a, b, c', 'a, b, c, d and 2 more')
    """
    listed = [cut(name, LONGEST_NAME) for name in names]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def json_ready(value: Any) -> Any:
    """Nested dicts, lists and scalars that JSON can hold; None for numbers that are not finite.

    Examples
    --------
    >>> json_ready({"low": float("nan"), "days": (1, 2.5)})
    {'low': None, 'days': [1, 2.5]}
    """
    if isinstance(value, dict):
        return {key: json_ready(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # of NumPy
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def digits_of(low: float, high: float) -> int:
    """Digits behind the point that an interval calls for; 2 where it says nothing.

    Examples
    --------
    >>> digits_of(4.567, 4.789), digits_of(0.4162, 0.4205), digits_of(20, 24)
    (1, 3, 0)
    """
    half = (high - low) / 2
    if isnan(half) or half <= 0:
        return 2
    return min(MOST_DIGITS, max(0, ceil(-log10(half))))


def unseen_share(n_runs: int) -> float:
    """Largest share of all runs that may differ where so many runs are alike, at 95 %.

    The upper end of Clopper and Pearson's exact interval (1934) where none of `n_runs`
    differs, 1 - 0.025^(1 / n): about 3.7 / n.

    Examples
    --------
    >>> round(unseen_share(10), 3), round(unseen_share(1000), 5)
    (0.308, 0.00368)
    """
    return float(1.0 - 0.025 ** (1 / n_runs))


def alike(n_runs: int) -> str:
    """What remains possible where so many runs are all alike.

    Examples
    --------
    >>> alike(1000), alike(10)
    ('up to 0.37 % of all runs may differ', 'up to 31 % of all runs may differ')
    """
    return f"up to {100 * unseen_share(n_runs):.2g} % of all runs may differ"


def by_chance(n_intervals: int) -> str:
    """How many of so many 95 % intervals exclude 0 where there is no difference.

    Examples
    --------
    >>> by_chance(37), by_chance(10)
    ('about 2', 'fewer than 1')
    """
    expected = 0.05 * n_intervals
    return f"about {expected:,.0f}" if expected >= 1 else "fewer than 1"
