"""Dated events, moves and pledges, each as a line or two of the story."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sim.core.stages import STAGES
from sim.report.trace.reasons import (
    DONE,
    changes_text,
    hazard_text,
    luck_text,
    pledge_reasons,
    wait_text,
    worth_text,
)
from sim.report.trace.words import TIMES, ids, label_text, name_of, paragraph, signed
from sim.report.width import WIDEST
from sim.results.format import number, percent
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    KEPT,
    NEW,
    RAISED,
    STATED,
)

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.results.trace_records import EventRecord, MoveRecord, PledgeRecord


OF_CONDITIONS = ("proposal", "shock", "signal", "signal ends")
"""Kinds of event whose label is the name of a condition, which is written as it stands."""
LEAST_RAISE = 0.005
"""A pledge raised by less, which prints as 0.00, is only counted."""


TEXTS = MappingProxyType(
    {
        "list": "A list is published, {label}: it covers {who}",
        "proposal": "The plan is put to {label}: {jump} on log-odds, {gain} "
        f"{TIMES} (adequacy {{adequacy}} - {{reference}})",
        "shock": "Shock to {label}: {jump} on log-odds",
        "signal": "Signal: {label} now tends {shift} on log-odds",
        "signal ends": "The signal of {shift} to {label} ends",
        "deal opens": "A deal is possible, {label}: it is signed with {probability} a day",
        "deal signed": "A peace deal is signed: {label}",
        "deal collapses": "The peace deal collapses: {label}",
        "deal lapses": "The deal lapses without having been signed: {label}",
        "opinion": "Domestic support shifts by {shift}: {who}",
        "requirement": "The force required becomes {after}, from {before}",
        "move": "An event puts nations in {label}, where they are already",
    }
)
"""What is said of an event of each kind; its numbers go by the names that they have in the note."""

FORMS = MappingProxyType({"jump": signed, "shift": signed, "probability": percent})
"""How its numbers are written, those that are not just numbers."""


def event_text(trace: Trace, event: EventRecord) -> str:
    """One dated event; empty for one that shows in the moves it made."""
    if event.kind == "meeting":
        return _meeting(trace, event)
    if event.kind == "move" and event.nations:
        return ""
    numbers = {name: FORMS.get(name, number)(value) for name, value in event.numbers.items()}
    label, who = label_text(event.label), ids(trace, event.nations)
    if event.kind in OF_CONDITIONS:
        label = event.label
    return TEXTS[event.kind].format(label=label, who=who, **numbers)


def _meeting(trace: Trace, event: EventRecord) -> str:
    """A meeting: who attends, and its weight where it is not 1."""
    n_there, weight = len(event.nations), event.numbers["weight"]
    text = f"Meeting, {label_text(event.label)}"
    text += f" (weight {weight:.2g})" if weight != 1.0 else ""
    if n_there == 0:
        return f"{text}: nobody attends"
    if n_there == len(trace.nations) > 1:
        return f"{text}: all {n_there:,} attend"
    listed = f": {ids(trace, event.nations)}" if n_there <= 6 else ""
    return f"{text}: {n_there:,} {'attends' if n_there == 1 else 'attend'}{listed}"


def move_lines(
    trace: Trace, move: MoveRecord, pledge: PledgeRecord | None, full: bool = False
) -> list[str]:
    """A move and why it was made, with the pledge that went with it.

    Parameters
    ----------
    trace : Trace
    move : MoveRecord
    pledge : PledgeRecord or None
        What the nation pledged or lost by this move.
    full : bool
        Tell as well what changed since it came to the stage.
    """
    done = f"{name_of(trace, move.nation)} {_done(trace, move, pledge)}"
    if move.cause == DECISION:
        done += f" ({luck_text(trace, move, full)})"
    lines = [paragraph(done, 2, 6)]
    if move.cause == DECISION:
        longest = 1000 if full else WIDEST - 4
        why = hazard_text(trace, move.nation, move.when.day, move.side, longest)
        lines.append(paragraph(why, 4, 6))
        changed = changes_text(trace, move) if full else ""
        lines += [paragraph(changed, 4, 6)] if changed else []
    if pledge is not None and pledge.reasons is not None:
        lines += _because(trace, pledge)
    return lines


def _done(trace: Trace, move: MoveRecord, pledge: PledgeRecord | None) -> str:
    """What a nation does, and after how long."""
    if move.cause == COLLAPSE:
        return "is called back to pledged, for the deal has collapsed"
    if move.cause == EVENT:
        text = f"is put in {STAGES[move.after]} by an event"
    else:
        text = DONE.get(move.name or "", f"goes from {STAGES[move.before]} to {STAGES[move.after]}")
    if pledge is not None:
        text += _gives(trace, move, pledge)
    return text if move.cause == EVENT else f"{text}, {wait_text(trace, move)}"


def _gives(trace: Trace, move: MoveRecord, pledge: PledgeRecord) -> str:
    """What a nation pledges or loses by a move, as the end of a sentence on the move."""
    given = amounts(trace, pledge.after)
    if pledge.how == ERASED:
        return f", which ends its pledge of {number(sum(pledge.before))}"
    if pledge.how == STATED:
        return f" with {given}"
    # Where an event puts a nation without a pledge, the nation chooses one itself.
    return f" {given}" if move.cause == DECISION else f", and pledges {given}"


def pledge_lines(trace: Trace, pledge: PledgeRecord) -> list[str]:
    """A pledge that no move of the day goes with: chosen or stated late, raised, or left."""
    who, given = name_of(trace, pledge.nation), amounts(trace, pledge.after)
    by = sum(pledge.after) - sum(pledge.before)
    if pledge.how == KEPT and pledge.reasons is not None:
        reasons = pledge.reasons
        why = f"the others give {number(reasons.others)} of {number(reasons.requirement)}, and "
        why += worth_text(reasons)
        return [paragraph(f"{who} leaves its pledge at {number(sum(pledge.after))}: {why}", 2, 6)]
    text = {
        NEW: f"{who} pledges {given}",
        STATED: f"{who} has pledged {given}",
        RAISED: f"{who} raises its pledge by {number(by)}, to {given}",
    }.get(pledge.how, f"{who} loses its pledge of {number(sum(pledge.before))}")
    return [paragraph(text, 2, 6), *_because(trace, pledge)]


def raises_text(trace: Trace, pledges: list[PledgeRecord]) -> str:
    """All pledges that were raised at the meetings of a day, in one line or two."""
    raises = [(pledge, sum(pledge.after) - sum(pledge.before)) for pledge in pledges]
    listed = [
        f"{trace.nations[pledge.nation]} by {number(by)} to {number(sum(pledge.after))}"
        for pledge, by in raises
        if by >= LEAST_RAISE
    ]
    rest = len(raises) - len(listed)
    others = "more" if listed else "nation" if rest == 1 else "nations"
    listed += [f"{rest:,} {others} by next to nothing"] if rest else []
    return f"Raised at a meeting: {', '.join(listed)}"


def amounts(trace: Trace, pledge: tuple[float, ...]) -> str:
    """A pledge by kind, and in all."""
    kinds = trace.scenario.contributions
    given = [
        f"{kind} {number(amount) if amount >= LEAST_RAISE else '<0.01'}"
        for kind, amount in zip(kinds, pledge, strict=True)
        if amount > 0
    ]
    if not given:
        return "nothing"
    return ", ".join(given) + (f" ({number(sum(pledge))} in all)" if len(given) > 1 else "")


def _because(trace: Trace, pledge: PledgeRecord) -> list[str]:
    """The reasons of a pledge that was chosen."""
    if pledge.reasons is None:
        return []
    return [paragraph(line, 4, 6) for line in pledge_reasons(trace, pledge.reasons, pledge.after)]
