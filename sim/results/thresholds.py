"""What success needs: its thresholds by name, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sim.results.format import counted
from sim.scenario.parts import BREADTH, Success

SHARES = MappingProxyType(
    {
        "requirement_share": "of the required force",
        "groups_covered": "of the groups covered",
        "kinds_covered": "of the kinds of contribution covered",
        "capacity_public": "of all capacity public",
    }
)
"""What each share that success may need is a share of."""

Needed = float | tuple[str, ...]
"""What a threshold needs: a least or greatest value, or members."""

AT_MOST = ".at_most"
"""Ends the name of a threshold that is the greatest value of a condition."""


def thresholds_of(success: Success, conditions: Sequence[str]) -> dict[str, Needed]:
    """What each threshold of success needs, by its name, in the order in which they are listed.

    Examples
    --------
    >>> thresholds_of(Success(public_size=20, at_most={"war": 0.5}), ["war"])
    {'public_size': 20, 'war.at_most': 0.5}
    """
    named = ("public_size", "requirement_share", *BREADTH, "members")
    given = {name: getattr(success, name) for name in named}
    found = {name: value for name, value in given.items() if value not in (None, ())}
    for name in conditions:
        bounds = {name: success.conditions.get(name), name + AT_MOST: success.at_most.get(name)}
        found |= {key: value for key, value in bounds.items() if value is not None}
    return found


def success_words(thresholds: Mapping[str, Needed], hold: int, names: Mapping[str, str]) -> str:
    """What success needs, in words.

    Parameters
    ----------
    thresholds : mapping
        See `thresholds_of`.
    hold : int, days
        For how long all must hold.
    names : mapping of str to str
        What people call each condition.

    Examples
    --------
    >>> success_words({"public_size": 20, "backing": 0.4}, 14, {"backing": "US backing"})
    'at least 20 public nations, US backing at least 0.4, for 14 days running'
    >>> success_words({"requirement_share": 0.7}, 1, {})
    'at least 70 % of the required force, for one day'
    """
    parts = []
    for name, needed in thresholds.items():
        if isinstance(needed, tuple):
            parts.append(f"{', '.join(needed)} public")
        elif name == "public_size":
            parts.append(f"at least {counted(int(needed), 'public nation')}")
        elif name in SHARES:
            parts.append(f"at least {100 * needed:.4g} % {SHARES[name]}")
        elif name.endswith(AT_MOST):
            parts.append(f"{names[name.removesuffix(AT_MOST)]} at most {needed:g}")
        else:
            parts.append(f"{names[name]} at least {needed:g}")
    held = "for one day" if hold == 1 else f"for {hold:,} days running"
    return ", ".join([*parts, held])
