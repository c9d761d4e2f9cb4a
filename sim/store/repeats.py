"""Whether the same command wrote a result folder, so that it may replace its own result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.store.files import text_of
from sim.store.folder import MARKER
from sim.store.kinds import Kind


def is_repeated_by(folder: Path, kind: Kind, command: str, titles: Sequence[str]) -> bool:
    """True if the result in a folder was written by this command.

    Parameters
    ----------
    folder : Path
    kind : Kind
    command : str
        The command as a provenance records it: without paths of the machine.
    titles : sequence of str
        Titles of its scenarios: files of one name in two folders are two scenarios.

    Returns
    -------
    bool
        The scenario file may have been edited since. Another seed, number of runs or ``--set``
        makes another command, whose result may be wanted beside the earlier one.
    """
    found = _provenance(folder)
    is_same = found.get("kind") == kind.name and found.get("command") == command
    return is_same and _titles(found) == list(titles)


def command_of(folder: Path) -> str:
    """The command that a provenance records; empty if there is none."""
    return str(_provenance(folder).get("command", ""))


def _provenance(folder: Path) -> dict[str, Any]:
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(text_of(folder / MARKER))
    return found if isinstance(found, dict) else {}


def _titles(found: dict[str, Any]) -> list[Any]:
    """Titles in a provenance: a comparison has several, any other result one."""
    several = found.get("scenarios")
    if isinstance(several, list):
        return [each.get("title") if isinstance(each, dict) else None for each in several]
    return [found.get("scenario")]
