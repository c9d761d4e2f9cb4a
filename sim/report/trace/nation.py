"""One nation's part in a run as blocks: each stage it passes, and its hazards over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from sim.core.event_kinds import CONVENES, REOPENS_PLEDGES, in_family
from sim.core.stages import EXIT, FEATURES, FORWARD, N_TRAITS, STAGES
from sim.report.blocks import Block, Table, Text
from sim.report.trace.run import CAVEAT, LEGEND, pledges_by_move, trace_heading
from sim.report.trace.sentences import (
    AT_STAGE,
    briefly,
    day_with_number,
    event_label,
    factor,
    line,
    move_lines,
    nation_name,
    pledge_lines,
    rate_text,
    rates_apart,
    signed,
    stay_text,
)
from sim.report.why import why_sentences
from sim.results.format import counted, number
from sim.results.trace import (
    NO_MOVE,
    NOT_NAMED,
    NOT_TOLD,
    OPEN,
    SIDE_MOVES,
    TERMS,
    Trace,
)
from sim.results.trace_records import EventRecord
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.studies.why import Why, explained

HALVED = ("stake", "support", "bond")
"""Traits that nations have in [0, 1]; 1/2 is neutral."""

WEEK = 7
EVERY = {FORWARD: WEEK, EXIT: 4 * WEEK}
"""Days from row to row: exits are rare, and change little."""

MOVED, MET = "*", "m"
TITLES = {FORWARD: "Moves forward", EXIT: "Exits"}
FIXED = ("date", "day", "stage", "move", "hazard", "used", "threshold")
TRAITS = "traits"
N_FEATURES_KEPT = 2
"""Features that stay while date, stage, used and threshold are left out for want of room."""

TABLE_NOTE = (
    "One row a week, for exits one in four weeks, and rows of its moves (*) and of meetings it "
    "attended and triggers (m); of days on which a move was not open only the first. Used is "
    "the sum of the hazards since it came to the stage, this day's included; the move comes when "
    "it reaches the threshold. Columns of features are factors; traits, which change only where "
    "opinion shifts, are taken together."
)


def nations_blocks(
    trace: Trace, nations: tuple[str, ...], answers: Sequence[Why] = ()
) -> list[Block]:
    """The parts of some nations in a run, one after another, under three sentences on each."""
    answers = answers or [explained(trace, nation) for nation in nations]
    sentences = [Text(" ".join(why_sentences(answer)), hanging=0) for answer in answers]
    parts = [each for nation in nations for each in nation_blocks(trace, trace.index_of(nation))]
    legend = Text(f"{LEGEND}.", hanging=0)
    return [*trace_heading(trace), *sentences, legend, *parts, Text(CAVEAT, hanging=0)]


def nation_blocks(trace: Trace, nation: int) -> list[Block]:
    """One nation: its traits, its moves and their reasons, what it waits for, its hazards."""
    traits = zip(FEATURES[:N_TRAITS], trace.features[1, nation], strict=False)
    values = ", ".join(
        f"{name} {number(value + 0.5) if name in HALVED else signed(value)}"
        if name != "capability"
        else _capability_text(trace, nation)
        for name, value in traits
    )
    first, last = trace.visits[nation][0], trace.visits[nation][-1]
    stage, day = int(trace.stage[-1, nation]), trace.n_days
    since = counted(day - last.day, "day")
    chance = float(trace.chance_in_play[nation])
    law = (
        ""
        if isnan(chance)
        else f", by the initial law (chance of talks or further {number(chance)})"
    )
    waits = []
    if trace.considered[day, nation] == stage and last.first_day <= day:
        waits = [stay_text(trace, nation, side) for side in (FORWARD, EXIT)]
    return [
        Text(f"{nation_name(trace, nation)} in this run: {values}", hanging=6),
        line(f"It starts {AT_STAGE[first.stage]}, on {day_with_number(trace, 0)}{law}", 0),
        *_day_lines(trace, nation),
        line(f"At the end, {day_with_number(trace, day)}: {AT_STAGE[stage]}, for {since}", 0),
        *(line(wait) for wait in waits if wait),
        *hazard_blocks(trace, nation),
    ]


def _capability_text(trace: Trace, nation: int) -> str:
    """A nation's capability, and how far the demand for forces scales what moves see of it."""
    inputs = inputs_of_run(arrays_of(trace.scenario), trace.seed, trace.run)
    capability, demand = float(inputs.capability[nation]), float(inputs.commitment[-1])
    text = f"capability {number(capability)}"
    if demand == 1.0:
        return text
    seen = signed((capability - 0.5) * demand)
    return f"{text} (a demand of {number(demand)} makes {seen} of {signed(capability - 0.5)})"


def _day_lines(trace: Trace, nation: int) -> Iterator[Text]:
    """What a nation does, day by day."""
    moves = [move for move in trace.moves if move.nation == nation]
    pledges = [pledge for pledge in trace.pledges if pledge.nation == nation]
    days = {move.when.day for move in moves} | {pledge.when.day for pledge in pledges}
    for day in sorted(days):
        of_day = [move for move in moves if move.when.day == day]
        given = [pledge for pledge in pledges if pledge.when.day == day]
        with_move = pledges_by_move(of_day, given)
        felt = meetings_of(trace, nation, day)
        met = ""
        for at, is_meeting in (("at the meeting", True), ("on the trigger", False)):
            some = [each for each in felt if in_family(each.kind, REOPENS_PLEDGES) == is_meeting]
            met += f", {at} {', '.join(event_label(trace, each) for each in some)}" if some else ""
        yield line(f"{briefly(trace, day)}{met}", 0)
        for move in of_day:
            yield from move_lines(trace, move, with_move.get(move.when.order), full=True)
        for pledge in given:
            if pledge not in with_move.values():
                yield from pledge_lines(trace, pledge)


def meetings_of(trace: Trace, nation: int, day: int | None = None) -> list[EventRecord]:
    """Meetings that a nation attends and triggers that it feels, on one day or in all."""
    return [
        event
        for event in trace.events
        if in_family(event.kind, CONVENES)
        and nation in event.nations
        and day in (None, event.when.day)
    ]


# The tables of hazards


def hazard_blocks(trace: Trace, nation: int) -> list[Block]:
    """Both hazard tables of a nation; a side on which no move is ever open is left out."""
    tables = [_hazard_table(trace, nation, side) for side in (FORWARD, EXIT)]
    shown = [table for table in tables if table is not None]
    if not shown:
        return [Text("No move was open to it.", hanging=0)]
    return [*shown, Text(TABLE_NOTE, hanging=0)]


def days_shown(trace: Trace, nation: int, side: int) -> dict[int, str]:
    """Days that have a row, with their marks: a move, a meeting."""
    moved = {move.when.day for move in trace.moves if move.nation == nation}
    met = {event.when.day for event in meetings_of(trace, nation)} if side == FORWARD else set()
    regular = range(EVERY[side], trace.n_days + 1, EVERY[side])
    status = trace.status_rows(nation, side)
    found: dict[int, str] = {}
    for day in sorted({1, trace.n_days, *regular, *moved, *met} - {0}):
        if day < 1:
            continue
        before = status[max(found)] if found else ""
        if status[day] == OPEN or day in moved or status[day] != before:
            found[day] = MOVED * (day in moved) + MET * (day in met)
    return found


def _hazard_table(trace: Trace, nation: int, side: int) -> Table | None:
    """The table of one side; None if no move was ever open."""
    if np.isin(trace.status_rows(nation, side), (NO_MOVE, NOT_NAMED, NOT_TOLD)).all():
        return None
    days = days_shown(trace, nation, side)
    # The traits are taken together; features that never are other than 0 are left out.
    terms = trace.term_rows(nation, side)[list(days), 1:]
    features = {TRAITS: terms[:, :N_TRAITS].sum(axis=1)}
    features |= dict(zip(TERMS[1 + N_TRAITS :], terms[:, N_TRAITS:].T, strict=True))
    size = {name: float(np.abs(np.nan_to_num(each)).max()) for name, each in features.items()}
    features = {name: each for name, each in features.items() if size[name]}
    rows = []
    for index, (day, mark) in enumerate(days.items()):
        factors = {name: _factor_cell(float(each[index])) for name, each in features.items()}
        rows.append({**_fixed_cells(trace, nation, side, day), "day": f"{day}{mark}", **factors})
    fixed = FIXED if trace.scenario.start is not None else FIXED[1:]
    smallest_first = sorted(features, key=lambda name: size[name])
    drop = (
        *smallest_first[:-N_FEATURES_KEPT],
        *("date", "stage", "used", "threshold"),
        *smallest_first[-N_FEATURES_KEPT:-1],
    )
    names = [*fixed, *features]
    return Table(TITLES[side], dict(zip(names, names, strict=True)), tuple(rows), drop)


def _fixed_cells(trace: Trace, nation: int, side: int, day: int) -> dict[str, str]:
    """Date, stage, move, hazard, and the sum of hazards with the threshold."""
    stage, status = int(trace.considered[day, nation]), trace.status(nation, day, side)
    row = {
        "date": briefly(trace, day).split(",")[0],
        "stage": STAGES[stage],
        "move": SIDE_MOVES[side][stage] or "-",
        "hazard": status,
    }
    if status != OPEN:
        return row
    used, threshold = rates_apart(
        float(trace.accumulated(nation, side)[day]),
        float(trace.visit(nation, day).thresholds[side]),
    )
    hazard = rate_text(float(trace.hazards[day, nation, side]))
    return row | {"hazard": hazard, "used": used, "threshold": threshold}


def _factor_cell(term: float) -> str:
    """A term as a factor; nothing where the move was not open."""
    if np.isnan(term):
        return ""
    return factor(term) if np.isfinite(term) else "0"
