"""Sentences of the report of a run: on events, moves and pledges, and on their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, isnan
from types import MappingProxyType

import numpy as np

from sim.core.stages import PUBLIC_COUNT, PUBLIC_WEIGHT, STAGES
from sim.report.blocks import Text
from sim.report.text import TIE, WIDEST
from sim.results.format import counted, cut, cut_apart, day_text, number, percent
from sim.results.labels import condition_labels, contribution_labels
from sim.results.trace import LIMIT, NO_QUORUM, OPEN, OWN_RULE, SIDE_MOVES, TERMS, Reals, Trace
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    KEPT,
    NEW,
    RAISED,
    STATED,
    EventRecord,
    MoveRecord,
    PledgeReasons,
    PledgeRecord,
)
from sim.scenario.distribution import Distribution
from sim.scenario.events import EVENT_MODELS, TEMPO
from sim.scenario.labels import field_words
from sim.scenario.quorums import COALITION, quorum_terms

LONGEST_NAME = 32
LONGEST_LABEL = 60
LONGEST_YEAR = 366
TIMES = "\u00d7"
LARGE_TERM = 7.0
"""From here on a factor is written as a power of e: it is above 1000 or below 1/1000."""

MOST_FIGURES = 9
"""Rates that agree to so many figures are equal but for rounding."""

MOST_FACTORS = 6
SLIGHT = 0.05
"""Terms below this, a factor between 0.95 and 1.05, are counted as smaller."""
CLEAR = 0.2
"""A term that changed by less did not make the difference."""
MOST_CHANGES = 3
CERTAIN = 40.0
"""Hazard of a day that is above any random threshold: the largest is 37."""
LEAP = 0.1
"""Share of a threshold left before the day from which on it is reported: the day was decisive."""
LEAST_RAISE = 0.005
"""A pledge raised by less, which prints as 0.00, is only counted."""

AT_STAGE = (
    "outside",
    "in the talks",
    "undisclosed",
    "public",
    "pledged",
    "deployed",
    "out",
)
"""What the wait at each stage is called."""

DONE = {
    "engage": "joins the talks",
    "resolve": "makes up its mind, undisclosed",
    "declare": "goes public",
    "pledge": "pledges",
    "deploy": "deploys",
    "return": "returns to the talks",
    "decline": "declines",
    "withdraw": "withdraws",
}
TO_DO = {
    "engage": "To join the talks",
    "resolve": "To make up its mind",
    "declare": "To go public",
    "pledge": "To pledge",
    "deploy": "To deploy",
    "return": "To return to the talks",
    "decline": "To decline",
    "withdraw": "To withdraw",
}
DOING = {
    "engage": "joining the talks",
    "resolve": "making up its mind",
    "declare": "going public",
    "pledge": "pledging",
    "deploy": "deploying",
    "return": "returning to the talks",
    "decline": "declining",
    "withdraw": "withdrawing",
}
SHUT = {
    "no move": "no move leads on from here",
    "not named": "the behaviour does not name it",
    "no deal": "not open without a peace deal",
    "no quorum": "not open, for its quorum does not hold",
    "held": "not open on the day of an event that moved it",
    "own rule": "shut by a rule of its own",
    "not told": "not told",
}

LIST_ALONE = "; the list counts in place of meetings"
"""Why what a nation felt of meetings is not among the factors on a day with a list."""

EVENT_TEXTS = MappingProxyType(
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
"""Text on an event of each kind; its numbers have the names that they have in the record.

An event of a kind without a text here is reported by its kind, label, nations and numbers."""

TEMPO_TEXTS = MappingProxyType(
    {
        "signal": f"Signal: the tempo is now {TIMES} {{times}}",
        "signal ends": f"The signal of tempo, {TIMES} {{times}}, ends",
    }
)
"""The same of signals that shift the tempo, no condition."""


# Names, days, numbers


def line(text: str, indent: int = 2, hanging: int = 6) -> Text:
    """An indented line under the block before it."""
    return Text(text, tight=True, indent=indent, hanging=hanging)


def day_with_number(trace: Trace, day: int) -> str:
    """A day by its date and number, or by its number alone."""
    date = day_text(trace.scenario.start, day)
    return date if trace.scenario.start is None else f"{date} (day {day})"


def briefly(trace: Trace, day: int) -> str:
    """A day by its date and number, without the year where the run stays within one."""
    date = day_text(trace.scenario.start, day)
    if trace.scenario.start is None:
        return date.capitalize()
    if trace.n_days <= LONGEST_YEAR:
        date = date.rsplit(" ", 1)[0]
    return f"{date}, day {day}"


def nation_name(trace: Trace, index: int) -> str:
    """A nation's name with its id, or its id alone where it has no other name.

    Two nations may share a name; ids differ.
    """
    nation = trace.scenario.nations[index]
    if nation.name == nation.id:
        return nation.id
    return f"{cut(nation.name, LONGEST_NAME)} ({nation.id})"


def ids(trace: Trace, nations: Sequence[int], most: int = 8) -> str:
    """Ids of nations; of many the first ones and a count; "all nations" where there are all."""
    if len(nations) == len(trace.nations) > 1:
        return "all nations"
    listed = ", ".join(trace.nations[index] for index in nations[:most])
    more = len(nations) - most
    return f"{listed} and {more:,} more" if more > 0 else listed


def event_label(trace: Trace, event: EventRecord) -> str:
    """What people call an event, or the condition that it is about."""
    model = EVENT_MODELS.get(event.kind.removesuffix(" ends"))
    if model is not None and model.of_condition:
        return condition_labels(trace.scenario, LONGEST_LABEL).get(event.label, event.label)
    dated = zip(trace.scenario.events, trace.event_dates, strict=True)
    alike = [(each, day) for each, day in dated if getattr(each, each.kind) == event.label]
    same_day = [(each, day) for each, day in alike if day == event.when.day]
    names = [trace.scenario.event_name(each) for each, _ in (*same_day, *alike)]
    label = names[0] if names and names[0] else event.label.replace("_", " ")
    if len(label) <= LONGEST_LABEL:
        return cut(label, LONGEST_LABEL)
    others = [trace.scenario.event_name(each) for each in trace.scenario.events]
    return cut_apart([label, *others], LONGEST_LABEL)[0]


def factor(term: float) -> str:
    """What a term of the log hazard multiplies the hazard by.

    Examples
    --------
    >>> factor(0.7), factor(-1.43), factor(5.0), factor(-1e9)
    ('2', '0.24', '148', 'e^-1e+09')
    """
    if abs(term) >= LARGE_TERM:
        return f"e^{term:.3g}"
    value = exp(term)
    return f"{value:.0f}" if value >= 99.5 else f"{value:.2g}"


def rate_text(value: float) -> str:
    """A rate or hazard, per day.

    Examples
    --------
    >>> rate_text(0.0364), rate_text(100.0), rate_text(1e30), rate_text(0.0)
    ('0.036', '100', '1e+30', '0')
    """
    return f"{value:.0f}" if 99.5 <= value < 1e6 else f"{value:.2g}"


def rates_apart(first: float, second: float) -> tuple[str, str]:
    """Two rates, with as many figures as it takes to tell them apart.

    Examples
    --------
    >>> rates_apart(0.0364, 1.4), rates_apart(1.4213, 1.3987), rates_apart(1.4, 1.4)
    (('0.036', '1.4'), ('1.42', '1.40'), ('1.4', '1.4'))
    """
    texts = rate_text(first), rate_text(second)
    if texts[0] != texts[1]:
        return texts
    for figures in range(3, MOST_FIGURES + 1):
        longer = [f"{value:#.{figures}g}".rstrip(".") for value in (first, second)]
        if longer[0] != longer[1]:
            return longer[0], longer[1]
    return texts


def signed(value: float) -> str:
    """A number with its sign."""
    return ("+" if value >= 0 else "") + number(value)


FORMS = MappingProxyType({"jump": signed, "shift": signed, "probability": percent})
"""How numbers of events are written that have a form of their own."""


# Events


def event_text(trace: Trace, event: EventRecord) -> str:
    """Text on a dated event; empty if the moves that it made say it."""
    if event.kind == "move" and event.nations:
        return ""
    return _event_text(trace, event) + (" (date drawn)" if event.is_drawn else "")


def _event_text(trace: Trace, event: EventRecord) -> str:
    """Text on a dated event, whether its date is fixed or not."""
    if event.kind in ("meeting", "trigger"):
        return _meeting_text(trace, event)
    numbers = {name: FORMS.get(name, number)(value) for name, value in event.numbers.items()}
    label, who = event_label(trace, event), ids(trace, event.nations)
    if event.label == TEMPO and event.kind in TEMPO_TEXTS:
        return TEMPO_TEXTS[event.kind].format(times=factor(event.numbers["shift"]))
    if event.kind in EVENT_TEXTS:
        return EVENT_TEXTS[event.kind].format(label=label, who=who, **numbers)
    said = [event.kind.replace("_", " ").capitalize(), label, who]
    said += [f"{name.replace('_', ' ')} {value}" for name, value in numbers.items()]
    return ", ".join(part for part in said if part)


def _meeting_text(trace: Trace, event: EventRecord) -> str:
    """A meeting or trigger: who attends or feels it, and its weight where it is not 1."""
    n_there, weight, felt = len(event.nations), event.numbers["weight"], event.numbers.get("felt")
    said = [f"weight {weight:.2g}"] if weight != 1.0 else []
    said += [f"felt as {felt:.2g} after those before it"] if felt is not None else []
    text = f"{event.kind.capitalize()}, {event_label(trace, event)}"
    text += f" ({', '.join(said)})" if said else ""
    one, many = ("attends", "attend") if event.kind == "meeting" else ("feels it", "feel it")
    if n_there == 0:
        return f"{text}: nobody {one}"
    if n_there == len(trace.nations) > 1:
        return f"{text}: all {n_there:,} {many}"
    listed = f": {ids(trace, event.nations)}" if n_there <= 6 else ""
    return f"{text}: {n_there:,} {one if n_there == 1 else many}{listed}"


# Moves


def move_lines(
    trace: Trace, move: MoveRecord, pledge: PledgeRecord | None, full: bool = False
) -> list[Text]:
    """A move and its reasons, with the pledge that went with it.

    Parameters
    ----------
    trace : Trace
    move : MoveRecord
    pledge : PledgeRecord or None
        What the nation pledged or lost by this move.
    full : bool
        Add what changed since it entered the stage.
    """
    done = f"{nation_name(trace, move.nation)} {_move_text(trace, move, pledge)}"
    if move.cause != DECISION:
        return [line(done), *_because(trace, pledge)]
    longest = 1000 if full else WIDEST - 4
    lines = [
        line(f"{done} ({luck_text(trace, move, full)})"),
        line(hazard_text(trace, move.nation, move.when.day, move.side, longest), 4),
    ]
    changed = changes_text(trace, move) if full else ""
    return [*lines, *([line(changed, 4)] if changed else []), *_because(trace, pledge)]


def _move_text(trace: Trace, move: MoveRecord, pledge: PledgeRecord | None) -> str:
    """What a nation does, and after how long."""
    if move.cause == COLLAPSE:
        return "is called back to pledged, for the deal has collapsed"
    if move.cause == EVENT:
        text = f"is put in {STAGES[move.after]} by an event"
    else:
        text = DONE.get(move.name or "", f"goes from {STAGES[move.before]} to {STAGES[move.after]}")
    if pledge is not None:
        text += _pledge_clause(trace, move, pledge)
    if move.cause == EVENT:
        return text
    days = move.when.day - trace.visit(move.nation, move.when.day).day
    return f"{text}, after {counted(days, 'day')} {AT_STAGE[move.before]}"


def _pledge_clause(trace: Trace, move: MoveRecord, pledge: PledgeRecord) -> str:
    """What a nation pledges or loses by a move, as the end of a sentence on the move."""
    given = amounts(trace, pledge.after)
    if pledge.how == ERASED:
        return f", which ends its pledge of {number(sum(pledge.before))}"
    if pledge.how == STATED:
        return f" with {given}"
    # Where an event puts a nation without a pledge, the nation chooses one itself.
    return f" {given}" if move.cause == DECISION else f", and pledges {given}"


def luck_text(trace: Trace, move: MoveRecord, full: bool) -> str:
    """How many would wait more days; how much of its threshold the day took, if much or `full`."""
    nation, day, side = move.nation, move.when.day, move.side
    hazard = float(trace.hazards[day, nation, side])
    if isnan(hazard):
        return "luck not told"
    if hazard >= CERTAIN:
        return "at any threshold"
    left = float(trace.remaining[day, nation, side]) / trace.visit(nation, day).thresholds[side]
    luck = f"{percent(trace.share_waiting_longer(move))} wait longer"
    return f"{luck}, {percent(left)} left" if full or left > LEAP else luck


def hazard_text(trace: Trace, nation: int, day: int, side: int, longest: int = 1000) -> str:
    """A hazard as the rate times the factor of each feature, the largest first.

    Parameters
    ----------
    trace : Trace
    nation, day, side : int
    longest : int
        Letters that it may have; what does not fit is only counted.
    """
    hazard = float(trace.hazards[day, nation, side])
    terms = trace.terms(trace.nations[nation], day, side)
    if trace.status(nation, day, side) == NO_QUORUM:
        return f"hazard 0: {quorum_text(trace, nation, day)}"
    if not terms or not np.isfinite(terms.get(OWN_RULE, 0.0)):
        return f"hazard {SHUT.get(trace.status(nation, day, side), 'not told')}"
    rate = trace.rate[trace.considered[day, nation], side]
    terms.pop("rate")
    held = ", held to the limit" if terms.pop(LIMIT, 0.0) else ""
    text = f"hazard {rate_text(hazard)} a day{held} = rate {rate_text(rate)}"
    listed = LIST_ALONE if trace.has_list_for_meetings(nation, day, side) else ""
    fitting = (text + factors(terms, most) + listed for most in range(MOST_FACTORS, 0, -1))
    return next((each for each in fitting if len(each) <= longest), text + factors(terms, 1))


def factors(terms: dict[str, float], most: int) -> str:
    """The largest terms as factors, and how many smaller ones there are."""
    there = sorted((name for name in terms if terms[name]), key=lambda name: -abs(terms[name]))
    shown = [name for name in there if abs(terms[name]) >= SLIGHT][:most]
    text = "".join(f" {TIMES}{TIE}{name}{TIE}{factor(terms[name])}" for name in shown)
    rest = len(there) - len(shown)
    return text + (f", {rest} smaller" if rest else "")


def changes_text(trace: Trace, move: MoveRecord) -> str:
    """Which terms rose most from the first day of the stay on which the move was open to the move.

    Empty if none did.
    """
    nation, day, side = move.nation, move.when.day, move.side
    first = trace.visit(nation, day).first_day
    rows = trace.term_rows(nation, side)
    days_open = first + np.flatnonzero(np.isfinite(rows[first : day + 1]).all(axis=1))
    if day not in days_open:
        return ""
    opened = int(days_open[0])
    found = _largest_changes(rows[day] - rows[opened], TERMS)
    since = "it came there" if opened == first else f"day {opened}, the first it was open"
    return f"since {since}: {', '.join(found)}" if found else ""


def _largest_changes(changes: Reals, names: tuple[str, ...], sign: int = 1) -> list[str]:
    """The terms that changed most, up or down by `sign`, as factors."""
    order = np.argsort(-sign * changes, kind="stable")[:MOST_CHANGES]
    return [
        f"{names[index]}{TIE}{TIMES}{TIE}{factor(float(changes[index]))}"
        for index in order
        if sign * changes[index] >= CLEAR
    ]


def quorum_text(trace: Trace, nation: int, day: int) -> str:
    """What a nation waits for by its quorums, and how much of it there is."""
    terms, parts = quorum_terms(trace.scenario), []
    for unmet in trace.unmet[day, nation]:
        so_far = f"{unmet.part} {'is' if unmet.part == 1 else 'are'}"
        if terms[unmet.quorum].kind != PUBLIC_COUNT:
            so_far = f"{percent(unmet.part / unmet.whole if unmet.whole else 0.0)} is"
        parts.append(f"it waits until {quorum_asks(trace, unmet.quorum, 'are', 'is')}; {so_far}")
    return ", and ".join(parts)


def quorum_asks(
    trace: Trace, quorum: int, are: str, is_: str, drawn: str = " (drawn for this run)"
) -> str:
    """What one quorum asks for in this run, such as "10 others are public"; `drawn` if drawn."""
    term, least = quorum_terms(trace.scenario)[quorum], trace.quorum_numbers[quorum]
    drawn = drawn if isinstance(term.least, Distribution) else ""
    whole = term.nation == COALITION
    if term.kind == PUBLIC_COUNT:
        n_least = ceil(least)
        who = counted(n_least, "nation" if whole else "other")
        return f"{who}{drawn} {is_ if n_least == 1 else are} public"
    what = "the nations" if whole else "the others"
    if term.kind == PUBLIC_WEIGHT:
        field, _, kind = term.weight.partition(".")
        what = field_words(trace.scenario, (field, kind) if kind else (field,))
        what = f"all {what}"
    return f"{percent(least)} of {what}{drawn} {is_} public"


def stay_text(trace: Trace, nation: int, side: int) -> str:
    """What a nation that has not moved by the end waits for; empty where no move leads on."""
    day = trace.n_days
    move = SIDE_MOVES[side][trace.considered[day, nation]]
    if move is None:
        return ""
    status = trace.status(nation, day, side)
    if status == NO_QUORUM:
        return f"{TO_DO[move]}: {quorum_text(trace, nation, day)}."
    if status != OPEN:
        return f"{TO_DO[move]}: {SHUT[status]}."
    accumulated = float(trace.accumulated(nation, side)[day])
    threshold = trace.visit(nation, day).thresholds[side]
    by_now = percent(1.0 - exp(-accumulated))
    # What lowered the hazard most over the stay, by the mean over days on which it was open.
    rows = trace.term_rows(nation, side)[trace.visit(nation, day).first_day :, 1:]
    days_open = rows[np.isfinite(rows).all(axis=1)]
    lowered = _largest_changes(days_open.sum(axis=0) / max(1, len(days_open)), TERMS[1:], sign=-1)
    kept = f"; held back over the stay by {', '.join(lowered)}" if lowered else ""
    return (
        f"{TO_DO[move]}: {percent(accumulated / threshold)} of its threshold used up; {by_now} of "
        f"nations with these hazards would have done so by now{kept}. On the last day: "
        f"{hazard_text(trace, nation, day, side)}."
    )


# Pledges


def pledge_lines(trace: Trace, pledge: PledgeRecord) -> list[Text]:
    """A pledge that no move of the day goes with: chosen or stated late, raised, or left."""
    who, given = nation_name(trace, pledge.nation), amounts(trace, pledge.after)
    by = sum(pledge.after) - sum(pledge.before)
    if pledge.how == KEPT and pledge.reasons is not None:
        reasons = pledge.reasons
        why = f"the others give {number(reasons.others)} of {number(reasons.requirement)}, and "
        why += worth_text(reasons)
        return [line(f"{who} leaves its pledge at {number(sum(pledge.after))}: {why}")]
    text = {
        NEW: f"{who} pledges {given}",
        STATED: f"{who} has pledged {given}",
        RAISED: f"{who} raises its pledge by {number(by)}, to {given}",
    }.get(pledge.how, f"{who} loses its pledge of {number(sum(pledge.before))}")
    return [line(text), *_because(trace, pledge)]


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
    given = [
        f"{kind} {number(amount) if amount >= LEAST_RAISE else '<0.01'}"
        for kind, amount in zip(kind_names(trace), pledge, strict=True)
        if amount > 0
    ]
    if not given:
        return "nothing"
    return ", ".join(given) + (f" ({number(sum(pledge))} in all)" if len(given) > 1 else "")


def kind_names(trace: Trace) -> list[str]:
    """What people call each kind of contribution."""
    return list(contribution_labels(trace.scenario, LONGEST_NAME).values())


def _because(trace: Trace, pledge: PledgeRecord | None) -> list[Text]:
    """The reasons of a pledge that was chosen."""
    if pledge is None or pledge.reasons is None:
        return []
    return [line(each, 4) for each in pledge_reasons(trace, pledge.reasons, pledge.after)]


def pledge_reasons(trace: Trace, reasons: PledgeReasons, after: tuple[float, ...]) -> list[str]:
    """What a chosen pledge rests on: success, the others' force, and each kind's cost."""
    kinds = kind_names(trace)
    given = [kind for kind in range(len(kinds)) if reasons.capacity[kind] > 0.0]
    none = [name for kind, name in enumerate(kinds) if kind not in given]
    lines = ["it has nothing to give"]
    if given:
        costs = []
        for kind in sorted(given, key=lambda kind: reasons.cost[kind]):
            how_much = _given_text(reasons, kind, after[kind])
            costs.append(f"{kinds[kind]}{TIE}{number(reasons.cost[kind])} ({how_much})")
        # Further units of a kind cost more than its first.
        first_unit = "the first unit of each" if len(costs) > 1 else "the first unit"
        lines = [
            f"success is worth {number(reasons.value)} cost units to it, the others give "
            f"{number(reasons.others)} of {number(reasons.requirement)}: {worth_text(reasons)}; "
            f"{first_unit} costs it {', '.join(costs)}"
            + (f"; it has no {', '.join(none)}" if none else "")
        ]
    return [*lines, *(["and it chose by a rule of its own"] if reasons.is_own_rule else [])]


def worth_text(reasons: PledgeReasons) -> str:
    """The shadow price; of a nation with a rule of its own, that at what the model's rule gives."""
    at = " at what the model's rule would give" if reasons.is_own_rule else ""
    return f"one more unit is worth {number(reasons.price)}{at}"


def _given_text(reasons: PledgeReasons, kind: int, amount: float) -> str:
    """How much of one kind is given, and why no more."""
    share = amount / reasons.capacity[kind]
    if reasons.price <= reasons.cost[kind]:
        return "not worth it" if amount <= 0.0 else f"{percent(share)} given, not worth more"
    return "all given" if share > 1.0 - 1e-6 else f"{percent(share)} given"
