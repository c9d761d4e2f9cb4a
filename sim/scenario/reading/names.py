"""Messages on names that are not known, with the known name that is most like them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_COMPARED = 1000
"""Names that a mistyped one is compared with; of more, those that begin in the same way."""


def closest_of(name: str, known: Sequence[str]) -> str:
    """The known name that is most like a mistyped one; empty if none is.

    Examples
    --------
    >>> closest_of("stak", ["stake", "support"])
    'stake'
    """
    if len(known) > MOST_COMPARED:
        known = [candidate for candidate in known if candidate[:2] == name[:2]][:MOST_COMPARED]
    folded = {candidate.casefold(): candidate for candidate in reversed(known)}
    close = get_close_matches(name[:80].casefold(), list(folded), n=1, cutoff=0.6)
    if close:
        return folded[close[0]]
    begun = [candidate for candidate in known if name and candidate.startswith(name)]
    return begun[0] if len(begun) == 1 else ""


def closest(name: str, known: Sequence[str]) -> str:
    """The known name that is most like a mistyped one, as an addition to a message."""
    close = closest_of(name, known)
    return f"; did you mean '{close}'?" if close else ""


def suggestion(name: str, known: Sequence[str]) -> str:
    """The closest known name, else the first of those known, as an addition to a message.

    Examples
    --------
    >>> suggestion("x", ["stake", "support"])
    '; known: stake, support'
    """
    if not known:
        return "; there are none"
    listed = ", ".join(known[:16])
    more = f" and {len(known) - 16} more" if len(known) > 16 else ""
    return closest(name, known) or f"; known: {listed}{more}"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """The message on a name that is not known, with a suggestion."""
    shown = name if len(name) <= 60 else name[:57] + "..."
    return f"unknown {what} {shown!r}" + suggestion(name, known)
