"""Messages on names that are not known, with the known name that is most like them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_COMPARED = 1000
"""Names that a mistyped one is compared with; of more, those with the same first letters."""
LEAST_ALIKE = 0.65
"""Least similarity of a suggestion; one letter of a three-letter name may be wrong."""
SHORTEST = 3
"""Least length of names that are compared; too many shorter ones differ by one letter."""

MOST_LISTED = 16
"""Known names that a message lists; the rest only where their number would take more room."""


def closest_of(name: str, known: Sequence[str]) -> str:
    """The known name that is most like a mistyped one; empty if none is.

    Examples
    --------
    >>> closest_of("stak", ["stake", "support"])
    'stake'
    >>> closest_of("no", ["o"])
    ''
    """
    if len(known) > MOST_COMPARED:
        known = [candidate for candidate in known if candidate[:2] == name[:2]][:MOST_COMPARED]
    folded = {candidate.casefold(): candidate for candidate in reversed(known)}
    wanted = name[:80].casefold()
    alike = [other for other in folded if len(other) >= SHORTEST or other == wanted]
    if len(wanted) >= SHORTEST or wanted in folded:
        close = get_close_matches(wanted, alike, n=1, cutoff=LEAST_ALIKE)
        if close:
            return folded[close[0]]
    begun = [candidate for candidate in known if name and candidate.startswith(name)]
    return begun[0] if len(begun) == 1 else ""


def closest(name: str, known: Sequence[str]) -> str:
    """The known name that is most like a mistyped one, as an addition to a message."""
    close = closest_of(name, known)
    return f"; did you mean '{close}'?" if close else ""


def suggestion(name: str, known: Sequence[str]) -> str:
    """The closest known name, else those known, many of them in part, as an addition to a message.

    Examples
    --------
    >>> suggestion("x", ["stake", "support"])
    '; known: stake, support'
    """
    if not known:
        return "; there are none"
    listed, rest = ", ".join(known[:MOST_LISTED]), known[MOST_LISTED:]
    more = min(f" and {len(rest)} more", "".join(f", {each}" for each in rest), key=len)
    return closest(name, known) or f"; known: {listed}{more}"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """The message on a name that is not known, with a suggestion."""
    short = name if len(name) <= 60 else name[:57] + "..."
    return f"unknown {what} {short!r}" + suggestion(name, known)
