"""How many examples of a property are tried."""

from __future__ import annotations

from hypothesis import settings

QUICK = 8


def examples(most: int) -> int:
    """So many, or at most ``QUICK`` under the profile of that name, where no slow tests run."""
    return min(most, QUICK) if settings.default.max_examples == QUICK else most
