"""A whole run as blocks: a paragraph for each day on which something happens, and the end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.core.event_kinds import CONVENES, REOPENS_PLEDGES, in_family
from sim.core.stages import DEPLOYED, PUBLIC, STAGES
from sim.report.blocks import Block, Text
from sim.report.text import WIDEST
from sim.report.trace.sentences import (
    amounts,
    briefly,
    day_with_number,
    event_text,
    ids,
    line,
    move_lines,
    nation_name,
    pledge_lines,
    quorum_asks,
    raises_text,
)
from sim.results.format import counted, cut, day_text, number, percent
from sim.results.labels import condition_labels
from sim.results.trace import Trace
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    KEPT,
    NEW,
    RAISED,
    STATED,
    MoveRecord,
    PledgeRecord,
    Timestamp,
)
from sim.scenario.arrays.random import joint_lines
from sim.scenario.distribution import Distribution
from sim.scenario.joint_draws import JointDate
from sim.scenario.labels import event_words
from sim.scenario.parts import FORCE_UNITS, Success
from sim.scenario.quorums import COALITION, quorum_terms

MOST_MOVES = 12
"""Most moves of one day, of each sort, with their reasons; the others are counted by stage."""
MOST_LISTED = 20
LONGEST_CONDITION = 16
WITH_MOVE = (NEW, STATED, ERASED)
"""How a move changes a pledge; all other changes are made at meetings."""

LEGEND = (
    "How to read it. The line under a move gives its hazard, how likely it was per day on that "
    "day: the rate, which is the hazard of a nation with every feature neutral (stake and support "
    "one half, all conditions met, no meeting and so on), times the factor of each feature (2 "
    "doubles it, 0.5 halves it). Hazards add up from day to day, and the move comes when their sum "
    "reaches a random threshold. The brackets show luck: what share of nations, with the same "
    "hazards and another random threshold, would wait more days; and what was left of the "
    "threshold before that day"
)
OF_DAYS = ", if that was much. The first line of a day gives the state at its end."

CAVEAT = (
    "This is one run of many under the scenario's assumptions: no forecast of what any government "
    "will do, nor a statement of what any wants."
)


def trace_blocks(trace: Trace) -> list[Block]:
    """A run from where every nation is on day 0 to how it ended."""
    days = [text for day in range(1, trace.n_days + 1) for text in _day_paragraph(trace, day)]
    days = days or [Text("Nothing happens from the first day to the last.", hanging=0)]
    first, *others = days
    return [
        *trace_heading(trace),
        Text(LEGEND + OF_DAYS, hanging=0),
        *_day_zero(trace),
        Text(first.text, indent=first.indent, hanging=first.hanging),
        *others,
        *ending(trace),
    ]


def trace_heading(trace: Trace) -> list[Text]:
    """Which run of which scenario it is."""
    title = cut(trace.scenario.title, WIDEST) or "untitled scenario"
    first, last = (day_text(trace.scenario.start, day) for day in (0, trace.n_days))
    nations = counted(len(trace.nations), "nation")
    which = f"run {trace.run}, seed {trace.seed}, digest {trace.scenario.digest[:12]}"
    return [
        Text(title, is_title=True),
        Text(f"{nations}, {first} to {last}, {which}", tight=True),
    ]


# Before the first day


def _day_zero(trace: Trace) -> Iterator[Text]:
    """Where nations and conditions are on day 0, and what is remembered from before."""
    day = day_with_number(trace, 0)
    yield Text(f"{day[0].upper()}{day[1:]}: stage of each nation")
    for number_, stage in enumerate(STAGES):
        there = [index for index, visits in enumerate(trace.visits) if visits[0].stage == number_]
        if there:
            listed = ids(trace, there, MOST_LISTED)
            yield line(f"{stage:<9}{len(there):>4,}  {listed}", hanging=17)
    by_law = [int(index) for index in np.flatnonzero(~np.isnan(trace.chance_in_play))]
    if by_law:
        chances = (
            f"{trace.nations[index]} {number(float(trace.chance_in_play[index]))}"
            for index in by_law[:MOST_LISTED]
        )
        more = f" and {len(by_law) - MOST_LISTED:,} more" if len(by_law) > MOST_LISTED else ""
        yield line(
            f"By the initial law, with the chance of talks or further: {', '.join(chances)}{more}"
        )
    pledges = [pledge for pledge in trace.pledges if pledge.when.day == 0]
    for pledge in pledges[:MOST_MOVES]:
        given = amounts(trace, pledge.after)
        yield line(f"{nation_name(trace, pledge.nation)} has pledged {given}")
    if len(pledges) > MOST_MOVES:
        yield line(f"and {len(pledges) - MOST_MOVES:,} more pledges")
    state = ", ".join(_state_texts(trace, 0, WIDEST))
    if state:
        yield line(f"At the start: {state}")
    past = _remembered(trace)
    if past:
        yield line(f"Still remembered from before: {'; '.join(past)}")
    yield from _drawn_for_the_run(trace)


def _drawn_for_the_run(trace: Trace) -> Iterator[Text]:
    """Dates, quorums and the joint draw of this run."""
    drawn = _drawn_dates(trace)
    if drawn:
        yield line(f"Dates drawn for this run: {'; '.join(drawn)}")
    asked = _drawn_quorums(trace)
    if asked:
        yield line(f"Quorums drawn for this run: {'; '.join(asked)}")
    draws = trace.scenario.draws
    if draws is not None:
        taken = joint_lines(draws, trace.seed, trace.run, 1)[0]
        yield line(f"This run takes draw {taken}, from 0, of {draws.summary}")


def _drawn_dates(trace: Trace) -> list[str]:
    """The dates of this run that were drawn, and what does not happen because of them."""
    found = []
    dated = zip(trace.scenario.events, trace.event_dates, strict=True)
    for number_, (event, day) in enumerate(dated):
        if event.drawn_date is None:
            continue
        if isinstance(event.date, JointDate) and day > trace.n_days:
            continue  # one of many places for events of which a run has few
        text = f"{event_words(trace.scenario, number_)}, {day_with_number(trace, day)}"
        if day > trace.n_days:
            text += ", after the end, so that it does not happen"
        elif event.until(day) <= day:
            text += ", after its collapse, so that it is never in force"
        found.append(text)
    return found[:MOST_MOVES] + [f"and {len(found) - MOST_MOVES:,} more"] * (
        len(found) > MOST_MOVES
    )


def _drawn_quorums(trace: Trace) -> list[str]:
    """What quorums wait for in this run whose numbers were drawn."""
    found = []
    for quorum, term in enumerate(quorum_terms(trace.scenario)):
        if isinstance(term.least, Distribution):
            owner = "the coalition" if term.nation == COALITION else trace.nations[term.nation]
            found.append(f"{owner}, until {quorum_asks(trace, quorum, 'are', 'is', drawn='')}")
    return found[:MOST_MOVES] + [f"and {len(found) - MOST_MOVES:,} more"] * (
        len(found) > MOST_MOVES
    )


def _remembered(trace: Trace) -> list[str]:
    """Meetings, triggers and announcements on or before day 0."""
    past = [event for event in trace.events if event.when.day < 1]
    convened = [event for event in past if in_family(event.kind, CONVENES)]
    moves = [event for event in past if event.kind == "move" and event.nations]
    parts = []
    for kind, is_meeting in (("meeting", True), ("trigger", False)):
        held = [each for each in convened if in_family(each.kind, REOPENS_PLEDGES) == is_meeting]
        if held:
            last = day_text(trace.scenario.start, held[-1].when.day)
            count = f"1 {kind}" if len(held) == 1 else f"{len(held):,} {kind}s, the last"
            parts.append(f"{count} on {last}")
    if moves:
        said = (
            f"{ids(trace, event.nations)} on {day_text(trace.scenario.start, event.when.day)}"
            for event in moves
        )
        parts.append(f"announcements by {', '.join(said)}")
    return parts


# Days


def day_line(trace: Trace, day: int) -> str:
    """A day and its end: sizes, force, and as many conditions as there is room for."""
    public, private = int(trace.size[0, day]), int(trace.size[1, day])
    text = f"{briefly(trace, day)}: {public:,} public"
    text += f", {private - public:,} undisclosed" if private > public else ""
    for count, part in enumerate(_state_texts(trace, day, LONGEST_CONDITION)):
        longer = f"{text}{', ' if count else '; '}{part}"
        if len(longer) > WIDEST - 3:
            return f"{text}, …"
        text = longer
    return text


def _state_texts(trace: Trace, day: int, longest: int) -> list[str]:
    """Force and conditions at the end of a day; names of conditions have `longest` letters."""
    scenario = trace.scenario
    parts = []
    if scenario.contributions:
        parts.append(f"force {number(float(trace.force[day, -1]))}")
    names = condition_labels(scenario, longest)
    conditions = zip(scenario.conditions, trace.conditions[day], strict=True)
    return parts + [f"{names[name]} {number(float(value))}" for name, value in conditions]


def _day_paragraph(trace: Trace, day: int) -> list[Text]:
    """The paragraph of a day; empty if nothing happens."""
    moves = [move for move in trace.moves if move.when.day == day]
    pledges = [each for each in trace.pledges if each.when.day == day and each.how != KEPT]
    with_move = pledges_by_move(moves, pledges)
    notes = _move_notes(trace, moves, with_move)
    for event in trace.events:
        if event.when.day == day and (text := event_text(trace, event)):
            notes.append((event.when, [line(text)]))
    lines = [each for _, texts in sorted(notes, key=lambda note: note[0]) for each in texts]
    raised = [each for each in pledges if each.how == RAISED]
    reported = {pledge.when for pledge in [*with_move.values(), *raised]}
    for pledge in pledges:
        if pledge.when not in reported:
            lines += pledge_lines(trace, pledge)
    if raised:
        lines.append(line(raises_text(trace, raised)))
    if day == trace.success_day:
        hold = trace.scenario.success.hold if trace.scenario.success else 0
        lines.append(
            line(f"Success: every threshold holds from today on, for {counted(hold, 'day')}")
        )
    if day == trace.quorum_day:
        lines.append(line(_quorum_text(trace)))
    return [line(day_line(trace, day), 0, 4), *lines] if lines else []


def _quorum_text(trace: Trace) -> str:
    """On which day the coalition's quorum held, and when it takes force."""
    day, quorum = trace.quorum_day, trace.scenario.quorum
    lag = 0 if quorum is None else quorum.lag
    if day < 0:
        return "The quorum of the coalition held on no day."
    held = f"The quorum holds from {day_with_number(trace, day)}"
    if day + lag > trace.n_days:
        return f"{held} on; the run ends before it takes force, {counted(lag, 'day')} later."
    return f"{held} on; in force on {day_with_number(trace, day + lag)}."


def _move_notes(
    trace: Trace, moves: list[MoveRecord], with_move: dict[int, PledgeRecord]
) -> list[tuple[Timestamp, list[Text]]]:
    """The moves of a day with their reasons; of very many, the first ones and a count."""
    notes = []
    called_back = [move for move in moves if move.cause == COLLAPSE]
    if called_back:
        who = ids(trace, [move.nation for move in called_back], MOST_LISTED)
        text = f"Called back to pledged, for the deal has collapsed: {who}"
        notes.append((called_back[0].when, [line(text)]))
    for cause, kind in ((EVENT, "moves by events"), (DECISION, "moves")):
        alike = [move for move in moves if move.cause == cause]
        for move in alike[:MOST_MOVES]:
            lines = move_lines(trace, move, with_move.get(move.when.order))
            notes.append((move.when, lines))
        rest = alike[MOST_MOVES:]
        if rest:
            ends = [move.after for move in rest]
            gone = [f"{ends.count(end):,} to {STAGES[end]}" for end in sorted(set(ends))]
            text = f"and {len(rest):,} more {kind}: {', '.join(gone)}"
            notes.append((rest[0].when, [line(text)]))
    return notes


def pledges_by_move(
    moves: list[MoveRecord], pledges: list[PledgeRecord]
) -> dict[int, PledgeRecord]:
    """Pledges that went with a move of the day, by the number of the move, the last before them.

    A pledge that was raised or kept belongs to the day's meeting, even if its nation moved before
    on that day; a nation that is called back keeps its pledge.
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


# The end


def ending(trace: Trace) -> Iterator[Text]:
    """How the run ended: sizes, force, and whether it succeeded or what was missing."""
    public, private, firm = (int(size[-1]) for size in trace.size)
    sizes = f"{public:,} public"
    sizes += f" ({private:,} with the undisclosed)" if private > public else ""
    sizes += f", {firm:,} pledged or deployed"
    if trace.scenario.contributions:
        force, required = float(trace.force[-1, -1]), float(trace.requirement[-1])
        unit = trace.scenario.force_unit
        unit = "" if unit == FORCE_UNITS else f" {unit}"
        share = percent(min(force / required, 1e6))
        sizes += f", force {number(force)}{unit}: {share} of the {number(required)} required"
    yield Text(f"At the end, {day_with_number(trace, trace.n_days)}: {sizes}.")
    if trace.scenario.success is not None:
        yield line(_success_text(trace, trace.scenario.success), 0, 2)
    if trace.scenario.quorum is not None:
        yield line(_quorum_text(trace), 0, 2)
    yield line(CAVEAT, 0, 0)


def _success_text(trace: Trace, wanted: Success) -> str:
    """Whether and when the run succeeded, or else what was missing."""
    hold = counted(wanted.hold, "day")
    if trace.success_day >= 0:
        since = day_with_number(trace, trace.success_day)
        return f"Success from {since} on: every threshold held for {hold}."
    met = thresholds_met(trace, wanted)
    missing = [text for text, by_day in met if not by_day[-1]]
    together = np.logical_and.reduce([by_day for _, by_day in met])
    longest = counted(longest_stretch(together), "day")
    held = (
        f"They held together for {longest} at most, and {hold} in a row are needed."
        if together.any()
        else "There was no day on which all held."
    )
    if not missing:
        return f"No success: every threshold is met on the last day. {held}"
    return f"No success: on the last day there is {', '.join(missing)}. {held}"


def thresholds_met(trace: Trace, wanted: Success) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each threshold of success: what is missing on the last day, and the days on which it held."""
    found = []
    if wanted.public_size is not None:
        size = trace.size[0]
        text = f"a public size of {size[-1]:,} (wanted: {wanted.public_size:,})"
        found.append((text, size >= wanted.public_size))
    if wanted.requirement_share is not None:
        with np.errstate(over="ignore"):  # next to nothing may be required
            share = trace.force[:, -1] / trace.requirement
        text = f"{100 * min(share[-1], 1e6):.1f} % of the force required"
        text += f" (wanted: {100 * wanted.requirement_share:g} %)"
        found.append((text, share >= wanted.requirement_share))
    for name, share in trace.shares.items():
        least = getattr(wanted, name)
        if least is not None:
            text = f"{name.replace('_', ' ')} {share[-1]:.3f} (wanted: {least:g})"
            found.append((text, share >= least))
    for member in wanted.members:
        stage = trace.stage[:, trace.index_of(member)]
        found.append((f"{member} not public", (stage >= PUBLIC) & (stage <= DEPLOYED)))
    for index, name in enumerate(trace.scenario.conditions):
        value, label = trace.conditions[:, index], cut(trace.scenario.condition_name(name), WIDEST)
        if name in wanted.conditions:
            least = wanted.conditions[name]
            found.append((f"{label} {value[-1]:.3f} (wanted: {least:g})", value >= least))
        if name in wanted.at_most:
            most = wanted.at_most[name]
            text = f"{label} {value[-1]:.3f} (wanted: at most {most:g})"
            found.append((text, value <= most))
    return found


def longest_stretch(holds: NDArray[np.bool_]) -> int:
    """Most days running on which something holds.

    Examples
    --------
    >>> longest_stretch(np.array([True, True, False, True]))
    2
    """
    longest = running = 0
    for is_so in holds:
        running = running + 1 if is_so else 0
        longest = max(longest, running)
    return longest
