"""In what two full forms differ: written apart from the program, to check it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.schema import Scenario

NOTHING = "nothing is there"


def differing(before: Scenario, after: Scenario) -> set[str]:
    """Paths at which two scenarios differ: nations by their ids, events by their numbers."""
    return set(_differing("", before.full(), after.full()))


def _differing(path: str, before: Any, after: Any) -> Iterator[str]:
    if path == "nations":
        before, after = ({each["id"]: each for each in nations} for nations in (before, after))
    one, other = _steps(before), _steps(after)
    if one is None or other is None:
        if before != after or type(before) is not type(after):
            yield path
        return
    for step in {**one, **other}:
        below = f"{path}.{step}" if path else step
        yield from _differing(below, one.get(step, NOTHING), other.get(step, NOTHING))


def _steps(value: Any) -> dict[str, Any] | None:
    """What a mapping or list holds; None for a number, a word or an empty one."""
    if isinstance(value, list):
        value = {str(place): child for place, child in enumerate(value)}
    return value if isinstance(value, dict) and value else None
