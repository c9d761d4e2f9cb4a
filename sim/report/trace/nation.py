"""One nation's part in a run: each stage it passes, and its hazards over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.core.stages import FEATURES, N_TRAITS
from sim.report.trace.ending import CAVEAT
from sim.report.trace.events import move_lines, pledge_lines
from sim.report.trace.hazards import hazards_text, meetings_of
from sim.report.trace.reasons import AT_STAGE, stay_text
from sim.report.trace.run import LEGEND, heading, pledges_by_move
from sim.report.trace.words import (
    briefly,
    days_text,
    label_text,
    name_of,
    on_day,
    paragraph,
    signed,
)
from sim.results.format import number
from sim.results.trace import EXIT, FORWARD

if TYPE_CHECKING:
    from sim.results.trace import Trace

HALVED = ("stake", "support", "capability")
"""Traits whose feature is what they differ from 1/2 by."""


def nations_text(trace: Trace, nations: tuple[str, ...]) -> str:
    """The parts of some nations in a run, one after another."""
    parts = [heading(trace), paragraph(f"{LEGEND}.", 0)]
    parts += [nation_text(trace, trace.index_of(nation)) for nation in nations]
    return "\n\n".join([*parts, paragraph(CAVEAT, 0)])


def nation_text(trace: Trace, place: int) -> str:
    """One nation: what it brings, what it does and why, what it waits for; then its hazards."""
    first = trace.visits[place][0].stage
    text = f"{name_of(trace, place)} in this run: {_traits(trace, place)}"
    starts = f"It starts {AT_STAGE[first]}, on {on_day(trace, 0)}"
    lines = [paragraph(text, 0, 6), paragraph(starts, 0, 6)]
    lines += _days(trace, place)
    lines += _ending(trace, place)
    return "\n".join([*lines, "", hazards_text(trace, place)])


def _traits(trace: Trace, place: int) -> str:
    """Traits of a nation on the first day."""
    values = zip(FEATURES[:N_TRAITS], trace.features[1, place], strict=False)
    return ", ".join(
        f"{name} {number(value + 0.5) if name in HALVED else signed(value)}"
        for name, value in values
    )


def _days(trace: Trace, place: int) -> list[str]:
    """What a nation does, day by day."""
    moves = [move for move in trace.moves if move.nation == place]
    pledges = [pledge for pledge in trace.pledges if pledge.nation == place]
    lines = []
    days = {move.when.day for move in moves} | {pledge.when.day for pledge in pledges}
    for day in sorted(days):
        of_day = [move for move in moves if move.when.day == day]
        given = [pledge for pledge in pledges if pledge.when.day == day]
        with_move = pledges_by_move(of_day, given)
        lines.append(paragraph(f"{briefly(trace, day)}{_met(trace, place, day)}", 0, 6))
        for move in of_day:
            lines += move_lines(trace, move, with_move.get(move.when.order), full=True)
        for pledge in given:
            if pledge not in with_move.values():
                lines += pledge_lines(trace, pledge)
    return lines


def _met(trace: Trace, place: int, day: int) -> str:
    """Meetings that a nation attends on a day."""
    meetings = [label_text(event.label) for event in meetings_of(trace, place, day)]
    return f", at the meeting {', '.join(meetings)}" if meetings else ""


def _ending(trace: Trace, place: int) -> list[str]:
    """Where a nation ends, and what each of its moves waits for."""
    stage, day = int(trace.stage[-1, place]), trace.n_days
    last = trace.visits[place][-1]
    text = f"At the end, {on_day(trace, day)}: {AT_STAGE[stage]}, for {days_text(day - last.day)}"
    waits = []
    if trace.considered[day, place] == stage and last.first_day <= day:
        waits = [stay_text(trace, place, side) for side in (FORWARD, EXIT)]
    return [paragraph(text, 0, 6), *(paragraph(wait, 2, 6) for wait in waits if wait)]
