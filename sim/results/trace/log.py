"""A trace as plain lists and dicts, ready for JSON: what happened, in order of time."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.core.stages import STAGES
from sim.results.trace.events_log import DECISION

if TYPE_CHECKING:
    from sim.results.trace.events_log import Happening, Move, Pledge, When
    from sim.results.trace.trace import Trace

SIZES = ("public_size", "private_size", "firm_size")


def event_log(trace: Trace) -> list[dict[str, Any]]:
    """Moves, pledges and dated events of a run in order of time.

    Returns
    -------
    list of dict
        Each with ``day``, ``date`` and ``type`` (``event``, ``move`` or ``pledge``). What is not
        a finite number is None.
    """
    notes = [(note.when, _happening(trace, note)) for note in trace.happenings]
    notes += [(note.when, _move(trace, note)) for note in trace.moves]
    notes += [(note.when, _pledge(trace, note)) for note in trace.pledges]
    return [plain(note) for _, note in sorted(notes, key=lambda note: note[0])]


def days_of(trace: Trace) -> dict[str, Any]:
    """Sizes, conditions, force and requirement at the end of each day, as lists from day 0."""
    kinds = trace.scenario.contributions
    conditions = zip(trace.scenario.conditions, trace.conditions.T, strict=True)
    force = zip((*kinds, "all kinds"), trace.force.T, strict=True)
    found = {
        **dict(zip(SIZES, trace.size, strict=True)),
        "conditions": dict(conditions),
        "force": dict(force),
        "requirement": trace.requirement,
        "has_deal": trace.has_deal,
    }
    ready: dict[str, Any] = plain(found)
    return ready


def hazard_rows(trace: Trace, nation: str) -> list[dict[str, Any]]:
    """The hazard table of a nation, a dict a row."""
    rows: list[dict[str, Any]] = plain(trace.hazard_table(nation).to_dict(orient="records"))
    return rows


def plain(value: Any) -> Any:
    """Nested dicts, lists and scalars that JSON can hold; None for what is no finite number."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _note(trace: Trace, when: When, kind: str) -> dict[str, Any]:
    return {"day": when.day, "date": trace.date(when.day), "type": kind}


def _happening(trace: Trace, note: Happening) -> dict[str, Any]:
    """A dated event."""
    return {
        **_note(trace, note.when, "event"),
        "event": note.kind,
        "label": note.label,
        "nations": [trace.nations[place] for place in note.nations],
        **note.numbers,
    }


def _move(trace: Trace, note: Move) -> dict[str, Any]:
    """A move, with what it came of where the nation decided it."""
    return {
        **_note(trace, note.when, "move"),
        "nation": trace.nations[note.nation],
        "move": note.name,
        "from": STAGES[note.before],
        "to": STAGES[note.after],
        "cause": note.cause,
        **(_decision(trace, note) if note.cause == DECISION else {}),
    }


def _decision(trace: Trace, note: Move) -> dict[str, Any]:
    """Hazard, threshold and terms behind a move that a nation decided."""
    place, day, side = note.nation, note.when.day, note.side
    visit = trace.visit(place, day)
    threshold = visit.thresholds[side]
    return {
        "moment": note.when.moment,
        "days_there": day - visit.day,
        "hazard": trace.hazards[day, place, side],
        "used_before": threshold - trace.remaining[day, place, side],
        "threshold": threshold,
        "would_wait_longer": trace.share_waiting_longer(note),
        "terms": trace.terms(trace.nations[place], day, side),
    }


def _pledge(trace: Trace, note: Pledge) -> dict[str, Any]:
    """A pledge, with what it rests on where the nation chose it."""
    kinds = tuple(trace.scenario.contributions)

    def by_kind(amounts: tuple[float, ...]) -> dict[str, float]:
        return dict(zip(kinds, amounts, strict=True))

    found: dict[str, Any] = {
        **_note(trace, note.when, "pledge"),
        "nation": trace.nations[note.nation],
        "how": note.how,
        "before": by_kind(note.before),
        "after": by_kind(note.after),
    }
    if note.reasons is not None:
        reasons = note.reasons._asdict()
        for name in ("cost", "capacity", "floor"):
            reasons[name] = by_kind(reasons[name])
        found["reasons"] = reasons
    return found
