"""A whole run in plain words: a paragraph for each day on which something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.core.stages import STAGES
from sim.report.trace.ending import ending_text
from sim.report.trace.events import (
    amounts,
    event_text,
    move_lines,
    pledge_lines,
    raises_text,
)
from sim.report.trace.words import briefly, days_text, ids, name_of, on_day, paragraph, safe
from sim.report.width import WIDEST
from sim.results.format import cut, day_text, number
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    KEPT,
    NEW,
    RAISED,
    STATED,
    Timestamp,
)

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.results.trace_records import MoveRecord, PledgeRecord

MOST_TOLD = 12
"""Moves of one day, of each sort, told with their reasons; of the others, how many went where."""
MOST_LISTED = 20
LONGEST_CONDITION = 16
WITH_MOVE = (NEW, STATED, ERASED)
"""What becomes of a pledge by a move; meetings do the rest."""

LEGEND = (
    "How to read it. Under a move stands its hazard, how likely it was per day on that day: the "
    "rate, which is the hazard of a nation with every feature neutral (stake and support one half, "
    "all conditions met, no meeting and so on), times what each feature made of it (2 doubles it, "
    "0.5 halves it). "
    "Hazards add up from day to day, and the move comes when their sum reaches a threshold drawn "
    "by lot. In brackets stands luck: what share of nations, with the same hazards and another "
    "lot, would wait more days; and what was left of the threshold before that day"
)
OF_DAYS = ", where it was much. On the line of a day stands what it ends with."


class Note(NamedTuple):
    """What is said of something that happens, and when it does: notes sort in order of time."""

    when: Timestamp
    lines: list[str]


def story_text(trace: Trace) -> str:
    """The story of a run, from where everybody stands to what it came to."""
    days = [_day(trace, day) for day in range(1, trace.n_days + 1)]
    parts = [heading(trace), paragraph(LEGEND + OF_DAYS, 0), _start(trace)]
    told = [day for day in days if day]
    parts.append("\n".join(told) if told else "Nothing happens from the first day to the last.")
    return "\n\n".join([*parts, ending_text(trace)])


def heading(trace: Trace) -> str:
    """Which run of which scenario it is."""
    title = safe(trace.scenario.title, WIDEST) or "untitled scenario"
    first, last = (day_text(trace.scenario.start, day) for day in (0, trace.n_days))
    n_nations = len(trace.nations)
    nations = "1 nation" if n_nations == 1 else f"{n_nations:,} nations"
    which = f"run {trace.run}, seed {trace.seed}, digest {trace.scenario.digest[:12]}"
    return f"{paragraph(title, 0, 2)}\n{paragraph(f'{nations}, {first} to {last}, {which}', 0, 2)}"


def _start(trace: Trace) -> str:
    """Where nations and conditions stand on day 0, and what is remembered from before."""
    day = on_day(trace, 0)
    lines = [f"{day[0].upper()}{day[1:]}: where they stand"]
    for number_, stage in enumerate(STAGES):
        there = [place for place, each in enumerate(trace.visits) if each[0].stage == number_]
        if there:
            listed = ids(trace, there, MOST_LISTED)
            lines.append(paragraph(f"{stage:<9}{len(there):>4,}  {listed}", 2, 17))
    pledges = [pledge for pledge in trace.pledges if pledge.when.day == 0]
    for pledge in pledges[:MOST_TOLD]:
        given = amounts(trace, pledge.after)
        lines.append(paragraph(f"{name_of(trace, pledge.nation)} has pledged {given}", 2, 6))
    if len(pledges) > MOST_TOLD:
        lines.append(f"  and {len(pledges) - MOST_TOLD:,} more pledges")
    state = ", ".join(_state(trace, 0, WIDEST))
    lines += [paragraph(f"At the start: {state}", 2, 6)] if state else []
    past = _past(trace)
    return "\n".join([*lines, *([paragraph(past, 2, 6)] if past else [])])


def _past(trace: Trace) -> str:
    """Meetings and announcements on or before day 0."""
    past = [event for event in trace.events if event.when.day < 1]
    meetings = [event for event in past if event.kind == "meeting"]
    said = [
        f"{ids(trace, event.nations)} on {day_text(trace.scenario.start, event.when.day)}"
        for event in past
        if event.kind == "move" and event.nations
    ]
    parts = []
    if meetings:
        last = day_text(trace.scenario.start, meetings[-1].when.day)
        count = "1 meeting" if len(meetings) == 1 else f"{len(meetings):,} meetings, the last"
        parts.append(f"{count} on {last}")
    parts += [f"announcements by {', '.join(said)}"] if said else []
    return f"Still remembered from before: {'; '.join(parts)}" if parts else ""


def day_line(trace: Trace, day: int) -> str:
    """A day and what it ends with: sizes, force, and as many conditions as there is room for."""
    public, private = int(trace.size[0, day]), int(trace.size[1, day])
    line = f"{briefly(trace, day)}: {public:,} public"
    line += f", {private - public:,} undisclosed" if private > public else ""
    parts = _state(trace, day, LONGEST_CONDITION)
    for count, part in enumerate(parts):
        longer = f"{line}{', ' if count else '; '}{part}"
        if len(longer) > WIDEST - 3:
            return paragraph(f"{line}, …", 0, 4)
        line = longer
    return paragraph(line, 0, 4)


def _state(trace: Trace, day: int, longest: int) -> list[str]:
    """Force and conditions at the end of a day; names of conditions have `longest` letters."""
    parts = []
    if trace.scenario.contributions:
        parts.append(f"force {number(float(trace.force[day, -1]))}")
    conditions = zip(trace.scenario.conditions, trace.conditions[day], strict=True)
    return parts + [f"{cut(name, longest)} {number(float(value))}" for name, value in conditions]


def _day(trace: Trace, day: int) -> str:
    """The paragraph of a day; empty if nothing happens."""
    moves = [move for move in trace.moves if move.when.day == day]
    pledges = [each for each in trace.pledges if each.when.day == day and each.how != KEPT]
    with_move = pledges_by_move(moves, pledges)
    notes = [*_events(trace, day), *_moves(trace, moves, with_move)]
    lines = [line for note in sorted(notes) for line in note.lines]
    raised = [each for each in pledges if each.how == RAISED]
    told = {pledge.when for pledge in [*with_move.values(), *raised]}
    for pledge in pledges:
        if pledge.when not in told:
            lines += pledge_lines(trace, pledge)
    if raised:
        lines.append(paragraph(raises_text(trace, raised), 2, 6))
    if day == trace.success_day:
        hold = trace.scenario.success.hold if trace.scenario.success else 0
        text = f"Success: every threshold holds from today on, for {days_text(hold)}"
        lines.append(paragraph(text, 2, 6))
    return "\n".join([day_line(trace, day), *lines]) if lines else ""


def _events(trace: Trace, day: int) -> list[Note]:
    """The dated events of a day, those that moves do not show."""
    events = [event for event in trace.events if event.when.day == day]
    told = [(event.when, event_text(trace, event)) for event in events]
    return [Note(when, [paragraph(text, 2, 6)]) for when, text in told if text]


def _moves(trace: Trace, moves: list[MoveRecord], with_move: dict[int, PledgeRecord]) -> list[Note]:
    """The moves of a day with their reasons; of very many, the first ones and a count."""
    notes: list[Note] = []
    called_back = [move for move in moves if move.cause == COLLAPSE]
    if called_back:
        who = ids(trace, [move.nation for move in called_back], MOST_LISTED)
        text = f"Called back to pledged, for the deal has collapsed: {who}"
        notes.append(Note(called_back[0].when, [paragraph(text, 2, 6)]))
    for cause, kind in ((EVENT, "moves by events"), (DECISION, "moves")):
        alike = [move for move in moves if move.cause == cause]
        for move in alike[:MOST_TOLD]:
            lines = move_lines(trace, move, with_move.get(move.when.order))
            notes.append(Note(move.when, lines))
        rest = alike[MOST_TOLD:]
        if rest:
            gone = [
                f"{sum(each.after == to for each in rest):,} to {STAGES[to]}" for to in _ends(rest)
            ]
            text = f"and {len(rest):,} more {kind}: {', '.join(gone)}"
            notes.append(Note(rest[0].when, [paragraph(text, 2, 6)]))
    return notes


def _ends(moves: list[MoveRecord]) -> list[int]:
    """Stages that moves lead to."""
    return sorted({move.after for move in moves})


def pledges_by_move(
    moves: list[MoveRecord], pledges: list[PledgeRecord]
) -> dict[int, PledgeRecord]:
    """Pledges that went with a move of the day, by the order of the move: the last before them.

    One that was raised or kept goes with the day's meeting, whatever moved the nation before; and
    who is called back keeps what it has pledged.
    """
    found = {}
    for pledge in pledges:
        before = [
            move.when.order
            for move in moves
            if move.nation == pledge.nation
            and move.cause != COLLAPSE
            and pledge.how in WITH_MOVE
            and move.when.order < pledge.when.order
        ]
        if before:
            found[max(before)] = pledge
    return found
