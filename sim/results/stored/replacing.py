"""Whether a folder may be replaced: it is a result or a trace, and holds nothing of the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.results.stored.folder import FIGURE_NAMES, MARKER, ResultsError, is_unfinished
from sim.results.stored.provenance import KIND, TRACE_KIND, fingerprint

FIGURES = "figures"
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

HOLDS = {
    KIND: "a result of willing run, which no trace replaces",
    TRACE_KIND: "a trace of willing trace, which no result replaces",
}
"""What a folder of each kind holds, for whoever would put the other kind there."""


def check_replaceable(folder: str | Path, target: Path, kind: str | None) -> None:
    """Refuse a folder in which anything would be lost that willing did not write.

    Parameters
    ----------
    folder : str or Path
        As it is called in messages.
    target : Path
        Where it is.
    kind : str, optional
        What is to be put there, `KIND` or `TRACE_KIND`; only the same may be replaced.

    Raises
    ------
    ResultsError
        It is no result, one of the other kind, or holds files that are not as they were written.
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
        raise ResultsError(f"{folder} holds {HOLDS[marker['kind']]}; choose another folder")
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
    """Provenance of a result or trace, of whatever layout; None where there is none."""
    file = target / MARKER
    if not file.is_file():  # a pipe would be waited for
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(found, dict) and found.get("kind") in (KIND, TRACE_KIND)
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
