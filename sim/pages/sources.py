"""Results that a page is made of: opened, or as they are, with what it takes to make them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sim.report.text import WIDEST, to_text
from sim.scenario.schema import Scenario
from sim.store.files import fingerprint, text_of
from sim.store.folder import MARKER, ResultsError, expanded, reading
from sim.store.kinds import TRACE
from sim.store.manifest import check_files, read_json, read_manifest, versions
from sim.store.open import kind_in, open_result
from sim.store.scenarios import load_stored_scenario
from sim.store.stored_run import SCENARIO_FILE

if TYPE_CHECKING:
    from sim.results.trace import Trace


@dataclass(frozen=True)
class ToldTrace:
    """A trace in words: a stored one is not run again.

    Attributes
    ----------
    told : dict
        As `willing trace --json` prints it.
    story : str
        As it prints it without.
    scenario : Scenario
    """

    told: dict[str, Any]
    story: str
    scenario: Scenario


class Source(NamedTuple):
    """A result, and how it was made.

    Attributes
    ----------
    result : Ensemble, Comparison, Sweep, ToldTrace, ...
    command : str
        What made it; empty where that is not known.
    versions : dict of str
        Of willing, Python and packages, under which it was made.
    files : dict of str
        SHA-256 of its files by name; empty of a result that is not stored.
    """

    result: Any
    command: str
    versions: dict[str, str]
    files: dict[str, str]


def opened_sources(results: object) -> list[Source]:
    """What a page is made of.

    Parameters
    ----------
    results : result, path of a folder, or a sequence of these

    Raises
    ------
    ResultsError
        A folder holds no result that can be opened.
    ValueError
        There is none.
    """
    is_several = isinstance(results, Sequence) and not isinstance(results, str)
    listed = list(cast("Sequence[object]", results)) if is_several else [results]
    found = [_source(each) for each in listed]
    if not found:
        raise ValueError("results: there is none; a page needs at least one")
    return found


def _source(given: object) -> Source:
    if not isinstance(given, str | PathLike):
        command = getattr(given, "command", None)
        return Source(_told(given), command or "", versions(), {})
    place = expanded(str(given))
    is_trace = place.is_dir() and kind_in(place) == TRACE
    result = _stored_trace(place) if is_trace else open_result(place)
    made = read_json(place)
    files = {name: each["sha256"] for name, each in made["files"].items()}
    files[MARKER] = fingerprint(place / MARKER)["sha256"]
    return Source(result, made["command"], made["versions"], files)


def _told(result: object) -> object:
    """A trace in words; any other result as it is."""
    # By its name, as its class brings the compiler, which a page of other results does not need.
    if type(result).__name__ != "Trace":
        return result
    from sim.report.trace.run import trace_blocks
    from sim.store.traces import trace_as_dict

    result = cast("Trace", result)
    return ToldTrace(trace_as_dict(result), to_text(trace_blocks(result), WIDEST), result.scenario)


def _stored_trace(place: Path) -> ToldTrace:
    """A trace as it was written.

    Raises
    ------
    ResultsError
        The folder is damaged.
    """
    with reading(place):
        _, found = read_manifest(place, TRACE, {})
        check_files(place, found["files"], verify=True)
        told = json.loads(text_of(place / "trace.json"))
        if not isinstance(told, dict):
            raise ResultsError(f"{place} is damaged: trace.json holds no trace")
        scenario = load_stored_scenario(place / SCENARIO_FILE)
        return ToldTrace(told, text_of(place / "story.txt"), scenario)
