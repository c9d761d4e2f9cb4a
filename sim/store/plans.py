"""The plan of a result in parts as a JSON file, and how that of another differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.results.format import cut
from sim.store.code import MADE_BY
from sim.store.files import text_of

MOST_SHOWN, LONGEST_SHOWN = 3, 80

Words = Callable[[Any, Any], str | None]


def plan_text(plan: Mapping[str, Any]) -> str:
    """A plan as the text of its file."""
    return json.dumps(plan, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plan_in(file: Path) -> dict[str, Any]:
    """The plan in a file; empty if it holds none that willing wrote."""
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(text_of(file))
    return found if isinstance(found, dict) and MADE_BY in found else {}


def plan_difference(
    file: Path, now: Mapping[str, Any], words: Mapping[str, Words] | None = None
) -> str:
    """How the plan in a file differs from another one, in words; empty if it does not.

    Parameters
    ----------
    file : Path
    now : mapping
        The plan that is wanted.
    words : mapping of key to callable of (was, is), optional
        Says how an entry differs; None to have it said as of any other.
    """
    if file.is_file() and file.read_bytes() == plan_text(now).encode():
        return ""
    before = plan_in(file)
    if not before:
        return f"its {file.name} cannot be read" if file.is_file() else f"it has no {file.name}"
    texts = list(_differences(before, now, words or {}))
    more = len(texts) - MOST_SHOWN
    shown = ", ".join(texts[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return shown or f"the text of {file.name} differs"


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any], words: Mapping[str, Words]
) -> Iterator[str]:
    """How one plan differs from another, one thing each."""
    for key in now:
        was, has_become = before.get(key), now[key]
        if was == has_become:
            continue
        if key == MADE_BY:
            yield "other versions of willing or its packages began it"
            continue
        if isinstance(was, dict) and isinstance(has_become, dict):
            yield from _differences(was, has_become, {})
            continue
        said = words[key](was, has_become) if key in words else None
        pair = (was, has_become)
        texts = (cut(json.dumps(each, ensure_ascii=False), LONGEST_SHOWN) for each in pair)
        yield said or "{} was {} and is {}".format(key, *texts)
