"""Why a nation moved, what it waited for, and why it pledged what it did."""

from __future__ import annotations

from math import exp, isnan
from typing import TYPE_CHECKING

import numpy as np

from sim.report.trace.words import TIMES, days_text, factor, rate_text
from sim.report.width import TIE
from sim.results.format import number, percent
from sim.results.trace import LIMIT, OPEN, OWN_RULE, SIDE_MOVES, TERMS

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.results.trace_records import MoveRecord, PledgeReasons

MOST_FACTORS = 6
SLIGHT = 0.05
"""Terms below this, a factor between 0.95 and 1.05, are counted as smaller."""
CLEAR = 0.2
"""A term that changed by less did not make the difference."""
MOST_CHANGES = 3
CERTAIN = 40.0
"""Hazard of a day that is above any threshold anyone draws: lots end at 37."""
LEAP = 0.1
"""Of a threshold, left before the day: from here on it is told, for the move came of that day."""

AT_STAGE = (
    "outside",
    "in the talks",
    "undisclosed",
    "public",
    "pledged",
    "deployed",
    "out",
)
"""How the wait at each stage is called."""

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
SHUT = {
    "no move": "no move leads on from here",
    "not named": "the behaviour does not name it",
    "no deal": "not open without a peace deal",
    "held": "not open on the day of an event that moved it",
    "own rule": "shut by a rule of its own",
    "not told": "not told",
}


def hazard_text(trace: Trace, place: int, day: int, side: int, longest: int = 1000) -> str:
    """A hazard as the rate times what each feature makes of it, the largest first.

    Parameters
    ----------
    trace : Trace
    place, day, side : int
    longest : int
        Letters that it may have; what does not fit is only counted.
    """
    hazard = float(trace.hazards[day, place, side])
    terms = trace.terms(trace.nations[place], day, side)
    if not terms or not np.isfinite(terms.get(OWN_RULE, 0.0)):
        return f"hazard {SHUT.get(trace.status(place, day, side), 'not told')}"
    rate = trace.rate[trace.considered[day, place], side]
    terms.pop("rate")
    held = ", held to the limit" if terms.pop(LIMIT, 0.0) else ""
    text = f"hazard {rate_text(hazard)} a day{held} = rate {rate_text(rate)}"
    fitting = (text + factors(terms, most) for most in range(MOST_FACTORS, 0, -1))
    return next((each for each in fitting if len(each) <= longest), text + factors(terms, 1))


def factors(terms: dict[str, float], most: int) -> str:
    """The largest terms as factors, and how many smaller ones there are."""
    there = sorted((name for name in terms if terms[name]), key=lambda name: -abs(terms[name]))
    shown = [name for name in there if abs(terms[name]) >= SLIGHT][:most]
    text = "".join(f" {TIMES}{TIE}{name}{TIE}{factor(terms[name])}" for name in shown)
    rest = len(there) - len(shown)
    return text + (f", {rest} smaller" if rest else "")


def luck_text(trace: Trace, move: MoveRecord, full: bool) -> str:
    """How many would wait more days; how much of its threshold the day took, if much or `full`."""
    place, day, side = move.nation, move.when.day, move.side
    hazard = float(trace.hazards[day, place, side])
    if isnan(hazard):
        return "luck not told"
    if hazard >= CERTAIN:
        return "with any lot"
    left = float(trace.remaining[day, place, side]) / trace.visit(place, day).thresholds[side]
    luck = f"{percent(trace.share_waiting_longer(move))} wait longer"
    return f"{luck}, {percent(left)} left" if full or left > LEAP else luck


def wait_text(trace: Trace, move: MoveRecord) -> str:
    """How long a nation was at the stage it leaves."""
    days = move.when.day - trace.visit(move.nation, move.when.day).day
    return f"after {days_text(days)} {AT_STAGE[move.before]}"


def changes_text(trace: Trace, move: MoveRecord) -> str:
    """Which terms rose most from the first day of the stay on which the move was open to the move.

    Empty if none did.
    """
    place, day, side = move.nation, move.when.day, move.side
    first = trace.visit(place, day).first_day
    rows = trace.term_rows(place, side)
    days_open = first + np.flatnonzero(np.isfinite(rows[first : day + 1]).all(axis=1))
    if day not in days_open:
        return ""
    opened = int(days_open[0])
    risen = rows[day] - rows[opened]
    order = [spot for spot in np.argsort(-risen, kind="stable") if risen[spot] >= CLEAR]
    found = [
        f"{TERMS[spot]}{TIE}{TIMES}{TIE}{factor(risen[spot])}" for spot in order[:MOST_CHANGES]
    ]
    since = "it came there" if opened == first else f"day {opened}, the first it was open"
    return f"since {since}: {', '.join(found)}" if found else ""


def pledge_reasons(trace: Trace, reasons: PledgeReasons, after: tuple[float, ...]) -> list[str]:
    """What a chosen pledge rests on: success, the others' force, and each kind's cost."""
    lines = [
        f"success is worth {number(reasons.value)} cost units to it, the others give "
        f"{number(reasons.others)} of {number(reasons.requirement)}: {worth_text(reasons)}; ",
    ]
    kinds = tuple(trace.scenario.contributions)
    cheapest_first = sorted(range(len(kinds)), key=lambda kind: reasons.cost[kind])
    costs = [
        f"{kinds[kind]}{TIE}{number(reasons.cost[kind])} ({_given(reasons, kind, after[kind])})"
        for kind in cheapest_first
        if reasons.capacity[kind] > 0.0
    ]
    # Further units of a kind cost more than its first.
    first_unit = "the first unit of each" if len(costs) > 1 else "the first unit"
    lines[0] += f"{first_unit} costs it {', '.join(costs)}"
    none = [kinds[kind] for kind in range(len(kinds)) if reasons.capacity[kind] <= 0.0]
    if len(none) == len(kinds):
        lines = ["it has nothing to give"]
    elif none:
        lines[0] += f"; it has no {', '.join(none)}"
    if reasons.is_own_rule:
        lines.append("and it chose by a rule of its own")
    return lines


def worth_text(reasons: PledgeReasons) -> str:
    """The shadow price; of a nation with a rule of its own, that at what the model's rule gives."""
    at = " at what the model's rule would give" if reasons.is_own_rule else ""
    return f"one more unit is worth {number(reasons.price)}{at}"


def _given(reasons: PledgeReasons, kind: int, amount: float) -> str:
    """How much of one kind is given, and why no more."""
    share = amount / reasons.capacity[kind]
    if reasons.price <= reasons.cost[kind]:
        return "not worth it" if amount <= 0.0 else f"{percent(share)} given, not worth more"
    return "all given" if share > 1.0 - 1e-6 else f"{percent(share)} given"


def stay_text(trace: Trace, place: int, side: int) -> str:
    """What a nation that has not moved by the end waits for; empty where no move leads on."""
    day = trace.n_days
    move = SIDE_MOVES[side][trace.considered[day, place]]
    if move is None:
        return ""
    status = trace.status(place, day, side)
    if status != OPEN:
        return f"{TO_DO[move]}: {SHUT[status]}."
    accumulated = float(trace.accumulated(place, side)[day])
    threshold = trace.visit(place, day).thresholds[side]
    by_now = percent(1.0 - exp(-accumulated))
    kept = kept_back(trace, place, side)
    return (
        f"{TO_DO[move]}: {percent(accumulated / threshold)} of its threshold used up; {by_now} of "
        f"nations with these hazards would have done so by now{kept}. On the last day: "
        f"{hazard_text(trace, place, day, side)}."
    )


def kept_back(trace: Trace, place: int, side: int) -> str:
    """The terms that lowered the hazard most over the stay, by their mean over days it was open."""
    first = trace.visit(place, trace.n_days).first_day
    rows = trace.term_rows(place, side)[first:, 1:]
    days_open = rows[np.isfinite(rows).all(axis=1)]
    means = days_open.sum(axis=0) / max(1, len(days_open))
    lowest = [spot for spot in np.argsort(means, kind="stable") if means[spot] <= -CLEAR]
    found = [
        f"{TERMS[1 + spot]}{TIE}{TIMES}{TIE}{factor(float(means[spot]))}"
        for spot in lowest[:MOST_CHANGES]
    ]
    return f"; held back over the stay by {', '.join(found)}" if found else ""
