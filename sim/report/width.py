"""How wide printed text is: as the terminal, within bounds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from textwrap import fill

WIDEST, NARROWEST = 96, 40
"""Longer lines are hard to read; in a narrower terminal they wrap."""

TIE = "\u00a0"
"""A space at which `filled` breaks no line, and which it then writes as any other."""
TIED = ((" %", f"{TIE}%"), (">= ", f">={TIE}"))

_width = ContextVar("width", default=WIDEST)
"""Set by `as_wide_as`, for as long as a text is written."""


def terminal_width() -> int:
    """Columns for text: those of the terminal, within bounds; the most where none is written to."""
    if sys.stdout is None or not sys.stdout.isatty():
        return WIDEST
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))


def text_width() -> int:
    """Columns of the text that is being written.

    Examples
    --------
    >>> with as_wide_as(60):
    ...     text_width()
    60
    """
    return _width.get()


@contextmanager
def as_wide_as(columns: int) -> Iterator[None]:
    """Block in which text is written so wide; outside of one it is as wide as ever it is."""
    token = _width.set(columns)
    try:
        yield
    finally:
        _width.reset(token)


def filled(text: str, indent: int = 0, hanging: int = 0) -> str:
    """Text broken into lines of the width, the first one indented, later ones by `hanging`.

    Examples
    --------
    >>> with as_wide_as(12):
    ...     print(filled("as wide as it may be", 2, 4))
      as wide as
        it may
        be
    """
    for loose, tied in TIED:
        text = text.replace(loose, tied)
    lines = fill(
        text,
        text_width(),
        initial_indent=" " * indent,
        subsequent_indent=" " * hanging,
        break_on_hyphens=False,
    )
    return lines.replace(TIE, " ")
