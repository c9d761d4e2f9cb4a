"""Whether the coalition has met what the scenario calls success, and since when."""

from __future__ import annotations

from sim.core.compiled import inlined

NEVER = -1


@inlined
def is_within(value: float, at_least: float, at_most: float) -> bool:
    """Return whether a condition meets both of its thresholds."""
    return at_least <= value <= at_most


@inlined
def days_held(meets: bool, held_for: int) -> int:
    """Return for how many days running every threshold has held, today included."""
    return held_for + 1 if meets else 0
