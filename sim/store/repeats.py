"""Whether the same command wrote a result folder, and how the command that did differs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.results.format import cut
from sim.store.files import text_of
from sim.store.folder import MARKER
from sim.store.kinds import Kind

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MOST_SHOWN, LONGEST_SHOWN = 4, 80


def is_repeated_by(folder: Path, kind: Kind, command: str, scenarios: Sequence[Scenario]) -> bool:
    """True if the result in a folder was written by this command, be it that it was stopped.

    Parameters
    ----------
    folder : Path
    kind : Kind
    command : str
        The command as a provenance records it: without paths of the machine.
    scenarios : sequence of Scenario
        Their titles are compared: files of one name in two folders are two scenarios.

    Returns
    -------
    bool
        The scenario file may have been edited since. Another seed, number of runs or ``--set``
        makes another command, whose result may be wanted beside the earlier one.
    """
    found = _provenance(folder)
    is_same = found.get("kind") == kind.name and _asked(found) == command
    return is_same and _of_scenarios(found, "title") == [each.title for each in scenarios]


def difference(folder: Path, kind: Kind, command: str, scenarios: Sequence[Scenario]) -> str:
    """How the command that wrote the result in a folder differs from this one, in words.

    Empty if the folder holds no result of that kind, or nothing differs.
    """
    found = _provenance(folder)
    if found.get("kind") != kind.name:
        return ""
    before = _asked(found)
    try:
        was, now = _parts(before), _parts(command)
    except ValueError:  # quotation marks are not closed: the provenance is damaged
        was = {}
    if not before.startswith("willing ") or not was:
        return f"it was written by {cut(before, LONGEST_SHOWN)}"
    texts = []
    for name in {**was, **now}:
        if was.get(name) != now.get(name):
            one, other = (cut(each.get(name, "not given"), LONGEST_SHOWN) for each in (was, now))
            texts.append(f"{name} was {one} and is {other}")
    digests = [each.digest for each in scenarios]
    for old, new in zip(_of_scenarios(found, "digest"), digests, strict=False):
        if old != new:
            texts.append(f"the digest of the scenario was {str(old)[:12]} and is {new[:12]}")
    if not texts and _of_scenarios(found, "title") != [each.title for each in scenarios]:
        texts.append("the title of the scenario differs")
    more = len(texts) - MOST_SHOWN
    return ", ".join(texts[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def is_whole(folder: Path) -> bool:
    """True unless the result in a folder is of a command that was stopped."""
    return "asked" not in _provenance(folder)


def n_runs_in(folder: Path) -> int:
    """Number of runs in a result; 0 if its provenance says none."""
    n_runs = _provenance(folder).get("n_runs")
    return n_runs if isinstance(n_runs, int) else 0


def _asked(found: dict[str, Any]) -> str:
    """The command that was given, of which a result that was stopped has fewer runs."""
    return str(found.get("asked", found.get("command", "")))


def _parts(command: str) -> dict[str, str]:
    """What a command line names, and the values of its options."""
    name, found = "the scenario", dict[str, list[str]]()
    for word in shlex.split(command)[2:]:
        if word.startswith("--"):
            name = word
            found.setdefault(name, [])
        else:
            found.setdefault(name, []).append(word)
    return {name: " ".join(words) or "given" for name, words in found.items()}


def _provenance(folder: Path) -> dict[str, Any]:
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(text_of(folder / MARKER))
    return found if isinstance(found, dict) else {}


def _of_scenarios(found: dict[str, Any], key: str) -> list[Any]:
    """Titles or digests in a provenance: a comparison has several, any other result one."""
    several = found.get("scenarios")
    if isinstance(several, list):
        return [each.get(key) if isinstance(each, dict) else None for each in several]
    return [found.get("scenario" if key == "title" else key)]
