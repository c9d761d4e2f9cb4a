"""A nation's hazards over time as a table: what each feature made of the rate, week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.core.stages import N_TRAITS, STAGES
from sim.report.trace.words import briefly, factor, paragraph, rate_text
from sim.report.width import text_width
from sim.results.trace import (
    EXIT,
    FORWARD,
    NO_MOVE,
    NOT_NAMED,
    NOT_TOLD,
    OPEN,
    SIDE_MOVES,
    TERMS,
)
from sim.results.trace_records import EventRecord

if TYPE_CHECKING:
    from sim.results.trace import Reals, Trace

WEEK = 7
EVERY = {FORWARD: WEEK, EXIT: 4 * WEEK}
"""Days from row to row: exits are rare, and change little."""

GAP = "  "
MOVED, MET = "*", "m"
HEADINGS = {FORWARD: "Moves forward", EXIT: "Exits"}
FIXED = ("date", "day", "stage", "move", "hazard", "used", "threshold")
FIRST_TO_GO = ("date", "stage", "threshold", "used")
"""Of those, what is left out where there is no room for them and two features."""
TWO_FEATURES = 24
TRAITS = "traits"


def hazards_text(trace: Trace, place: int) -> str:
    """Both hazard tables of a nation; a side on which no move is ever open is left out."""
    tables = [_table(trace, place, side) for side in (FORWARD, EXIT)]
    shown = [table for table in tables if table]
    note = (
        "One row a week, for exits one in four weeks, and rows of its moves (*) and of meetings it "
        "attended (m); of days on which a move was not open only the first. Used is the sum of "
        "the hazards since it came to the stage, this day's included; the move comes when it "
        "reaches the threshold. Columns of features are factors; traits, which change only where "
        "opinion shifts, are taken together."
    )
    return "\n\n".join([*shown, paragraph(note, 0)]) if shown else "No move was open to it."


def meetings_of(trace: Trace, place: int, day: int | None = None) -> list[EventRecord]:
    """Meetings that a nation attends, on one day or in all."""
    return [
        event
        for event in trace.events
        if event.kind == "meeting" and place in event.nations and day in (None, event.when.day)
    ]


def days_shown(trace: Trace, place: int, side: int) -> dict[int, str]:
    """Days that have a row, with their marks: a move, a meeting."""
    moved = {move.when.day for move in trace.moves if move.nation == place}
    met = {event.when.day for event in meetings_of(trace, place)} if side == FORWARD else set()
    regular = range(EVERY[side], trace.n_days + 1, EVERY[side])
    status = trace.status_rows(place, side)
    found: dict[int, str] = {}
    for day in sorted({1, trace.n_days, *regular, *moved, *met} - {0}):
        if day < 1:
            continue
        before = status[max(found)] if found else ""
        if status[day] == OPEN or day in moved or status[day] != before:
            found[day] = MOVED * (day in moved) + MET * (day in met)
    return found


def _table(trace: Trace, place: int, side: int) -> str:
    """The table of one side; empty if no move was ever open."""
    days = days_shown(trace, place, side)
    status = trace.status_rows(place, side)
    if np.isin(status, (NO_MOVE, NOT_NAMED, NOT_TOLD)).all():
        return ""
    (head, *rows), too_wide = _narrowed(_fixed(trace, place, side, days))
    kept, left_out = _fitting([head, *rows], _terms(trace, place, side, list(days)))
    left_out = [*too_wide, *left_out]
    for name, cells in kept.items():
        head.append(name)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    lines = [HEADINGS[side], *_set([head, *rows])]
    if left_out:
        lines.append(paragraph(f"Left out, for want of room: {', '.join(left_out)}", 0, 2))
    return "\n".join(lines)


def _fixed(trace: Trace, place: int, side: int, days: dict[int, str]) -> list[list[str]]:
    """Heading and rows of the columns that every table has."""
    rows = [_cells(trace, place, side, day, mark) for day, mark in days.items()]
    head = list(FIXED)
    if trace.scenario.start is None:
        head, rows = head[1:], [row[1:] for row in rows]
    return [head, *rows]


def _narrowed(rows: list[list[str]]) -> tuple[list[list[str]], list[str]]:
    """Rows with their heading, without columns for which there is no room, and names of these."""
    left_out = list[str]()
    for name in FIRST_TO_GO:
        if name in rows[0] and _room(rows) < TWO_FEATURES:
            place = rows[0].index(name)
            rows = [row[:place] + row[place + 1 :] for row in rows]
            left_out.append(name)
    return rows, left_out


def _room(rows: list[list[str]]) -> int:
    """Columns that are free behind a table."""
    widths = [max(map(len, column)) + len(GAP) for column in zip(*rows, strict=True)]
    return text_width() - sum(widths)


def _cells(trace: Trace, place: int, side: int, day: int, mark: str) -> list[str]:
    """Date, day, stage, move, hazard, and the sum of hazards with the threshold."""
    stage, status = int(trace.considered[day, place]), trace.status(place, day, side)
    told = [status, "", ""]
    if status == OPEN:
        numbers = (
            trace.hazards[day, place, side],
            trace.accumulated(place, side)[day],
            trace.visit(place, day).thresholds[side],
        )
        told = [rate_text(float(each)) for each in numbers]
    date = briefly(trace, day).split(",")[0]
    return [date, f"{day}{mark}", STAGES[stage], SIDE_MOVES[side][stage] or "-", *told]


def _terms(trace: Trace, place: int, side: int, days: list[int]) -> dict[str, Reals]:
    """Terms by name on some days, those of the traits taken together, those that are ever there."""
    rows = trace.term_rows(place, side)[days, 1:]
    found = {TRAITS: rows[:, :N_TRAITS].sum(axis=1)}
    found |= dict(zip(TERMS[1 + N_TRAITS :], rows[:, N_TRAITS:].T, strict=True))
    return {name: terms for name, terms in found.items() if np.nan_to_num(terms).any()}


def _fitting(
    rows: list[list[str]], terms: dict[str, Reals]
) -> tuple[dict[str, list[str]], list[str]]:
    """Columns of terms there is room for, the largest kept; and names of those left out."""
    size = {name: np.nanmax(np.abs(each)) for name, each in terms.items()}
    cells = {name: [_factor(term) for term in each] for name, each in terms.items()}
    room = _room(rows)
    kept = set[str]()
    for name in sorted(terms, key=lambda name: -size[name]):
        room -= max(len(name), *map(len, cells[name])) + len(GAP)
        if room + len(GAP) < 0:
            break
        kept.add(name)
    return {name: cells[name] for name in terms if name in kept}, [
        name for name in terms if name not in kept
    ]


def _factor(term: float) -> str:
    """A term as a factor; nothing where the move was not open."""
    if np.isnan(term):
        return ""
    return factor(float(term)) if np.isfinite(term) else "0"


def _set(rows: list[list[str]]) -> list[str]:
    """Rows with their columns flush."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
