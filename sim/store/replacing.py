"""Whether a folder may be replaced: willing wrote it, and it holds nothing of the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.store.folder import FIGURE_NAMES, MARKER, ResultsError, is_unfinished
from sim.store.manifest import (
    COMPARISON_KIND,
    KIND,
    SWEEP_KIND,
    TRACE_KIND,
    fingerprint,
)

FIGURES = "figures"
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

WRITTEN = {
    KIND: ("result", "a result of willing run"),
    TRACE_KIND: ("trace", "a trace of willing trace"),
    COMPARISON_KIND: ("comparison", "a comparison of willing compare"),
    SWEEP_KIND: ("sweep", "a sweep of willing sweep"),
}
"""What each kind of folder that may be replaced is called, by itself and with who wrote it."""


def check_replaceable(folder: str | Path, target: Path, kind: str | None) -> None:
    """Refuse a folder in which anything would be lost that willing did not write.

    Parameters
    ----------
    folder : str or Path
        As it is called in messages.
    target : Path
        Where it is.
    kind : str, optional
        What is to be put there, out of `WRITTEN`; only the same may be replaced.

    Raises
    ------
    ResultsError
        It is no result, one of another kind, or holds files that are not as they were written.
    OSError
        The system does not let it be looked at.
    """
    found = {item.name for item in target.iterdir()}
    if not found:
        return
    marker = _marker(target)
    if marker is None:
        raise ResultsError(f"{folder} is not a result of willing and is not overwritten")
    if kind is not None and marker["kind"] != kind:
        raise ResultsError(
            f"{folder} holds {WRITTEN[marker['kind']][1]}, which no {WRITTEN[kind][0]} replaces; "
            "choose another folder"
        )
    listed = _listed(marker)
    foreign = sorted(found - {MARKER, *listed, *_figures_folder(target)})
    foreign += _foreign_figures(target, marker)
    if foreign:
        raise ResultsError(
            f"{folder} is not overwritten: move away what is no part of a result: "
            + ", ".join(foreign)
        )
    for name in sorted(found & set(listed)):
        if _is_changed(target / name, listed[name]):
            raise ResultsError(
                f"{folder} is not overwritten: {name} was changed after it was written; "
                "move it away"
            )


def _marker(target: Path) -> dict[str, Any] | None:
    """Provenance of ours, of whatever kind and layout; None where there is none."""
    file = target / MARKER
    if not file.is_file():  # a pipe would be waited for
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(found, dict) and found.get("kind") in tuple(WRITTEN)
    return found if is_ours else None


def _listed(marker: dict[str, Any]) -> dict[str, Any]:
    """Files that a provenance lists, each with its fingerprint."""
    files = marker.get("files")
    return files if isinstance(files, dict) else {}


def _is_changed(file: Path, expected: object) -> bool:
    """Whether a file is not what was written; its size, which is quick to see, comes first."""
    if not file.is_file() or not isinstance(expected, dict):
        return True
    return file.stat().st_size != expected.get("bytes") or fingerprint(file) != expected


def _figures_folder(target: Path) -> set[str]:
    """The name of the folder of figures, where it is a folder."""
    return {FIGURES} if (target / FIGURES).is_dir() else set()


def _foreign_figures(target: Path, marker: dict[str, Any]) -> list[str]:
    """What lies among the figures and is none that willing draws, nor is being drawn now."""
    own = FIGURE_NAMES | _figures_of_trace(marker)
    return sorted(
        f"{FIGURES}/{item.name}"
        for item in target.glob(f"{FIGURES}/*")
        if not is_unfinished(item)
        and not (
            item.stem.removesuffix("_dark") in own
            and item.suffix in FIGURE_SUFFIXES
            and item.is_file()
        )
    )


def _figures_of_trace(marker: dict[str, Any]) -> set[str]:
    """Figures of a trace, one a nation that its provenance names, without suffixes."""
    nations = marker.get("nations")
    return {f"hazard_{nation}" for nation in nations} if isinstance(nations, list) else set()
