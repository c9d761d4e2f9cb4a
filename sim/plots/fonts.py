"""Typefaces for letters that the one of the figures does not have."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

TYPEFACE = "DejaVu Sans"
"""Of all figures; it comes with Matplotlib."""

UNFIT = ("Last Resort", "cm")
"""How the names of typefaces begin that have boxes for letters, or signs of mathematics."""


def add_typefaces(figure: Figure) -> None:
    """Give texts with letters that our typeface lacks installed ones that have them, if any do.

    The same typefaces are chosen whenever the same are installed.
    """
    texts = figure.findobj(Text)
    lacking = {text: _lacking(text.get_text()) for text in texts}
    found = typefaces_with(set().union(*lacking.values()))
    for text in texts if found else []:
        if lacking[text]:
            text.set_fontfamily([*text.get_fontfamily(), *found])


def missing_letters(figure: Figure) -> str:
    """Letters of a figure that none of the typefaces of their text has, in the order of texts.

    Matplotlib warns of each only once, whatever is drawn after that.
    """
    missing: dict[str, None] = {}
    for text in figure.findobj(Text):
        written = text.get_text() if text.get_visible() else ""
        if written.isascii():
            continue
        files = [str(findfont(FontProperties(family=[name]))) for name in text.get_fontfamily()]
        letters = (each for each in written if not each.isspace())
        missing |= {each: None for each in letters if not any(_has(file, each) for file in files)}
    return "".join(missing)


def typefaces_for(text: str) -> list[str]:
    """The typefaces that a text is drawn in."""
    return [TYPEFACE, *typefaces_with(_lacking(text))]


def typefaces_with(letters: Iterable[str]) -> list[str]:
    """Names of installed typefaces that together have as many of the letters as can be had.

    The one that has most comes first; of several with as many, the first by name.
    """
    wanted, chosen = set(letters), []
    while wanted:
        have = {name: {each for each in wanted if _has(file, each)} for name, file in _installed()}
        best = max(have, key=lambda name: len(have[name]), default=None)
        if best is None or not have[best]:
            break
        chosen.append(best)
        wanted -= have[best]
    return chosen


def _lacking(text: str) -> set[str]:
    """Printable letters of a text that our typeface does not have."""
    if text.isascii():
        return set()
    own = str(findfont(TYPEFACE))
    return {each for each in text if not each.isspace() and not _has(own, each)}


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    """Name and file of each installed upright typeface of normal weight, in order of name."""
    fit = (
        each
        for each in fontManager.ttflist
        if each.style == "normal" and _is_normal(each) and not each.name.startswith(UNFIT)
    )
    files: dict[str, str] = {}
    for each in sorted(fit, key=lambda each: (each.name, each.fname)):
        files.setdefault(each.name, each.fname)
    return tuple(files.items())


def _is_normal(entry: FontEntry) -> bool:
    return entry.weight in (400, "normal", "regular", "book")


@cache
def _has(file: str, letter: str) -> bool:
    """True if a typeface has a letter; a file that cannot be read has none."""
    try:
        return get_font([file]).get_char_index(ord(letter)) != 0
    except (OSError, RuntimeError):
        return False
