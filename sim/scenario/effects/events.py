"""Events that can have no effect, kind by kind."""

from __future__ import annotations

from itertools import chain
from typing import Any

from sim.core.event_kinds import (
    CHANGES_REQUIREMENT,
    CONVENES,
    JUMPS,
    REOPENS_PLEDGES,
    SHIFTS_SUPPORT,
    SHIFTS_TARGET,
    in_family,
)
from sim.core.stages import FORWARD, PLEDGED, WILLING
from sim.scenario.addresses import event_steps
from sim.scenario.effects.courses import FIRM_STAGES
from sim.scenario.effects.dependence import NO_FORCE, Dependence, is_nonzero
from sim.scenario.events import TEMPO
from sim.scenario.files.variants import path_of

NEVER = 2.0**-54
"""No draw reaches what is less likely: the smallest uniform is 2**-53."""


def idle_event(number: int, event: Any, found: Dependence) -> str:
    """Why an event, by its number in the file, can have no effect; empty if it may have one."""
    if event.drawn_date is not None and event.drawn_date.share_until(found.scenario.days) < NEVER:
        return "its date is after the last day in every run"
    reasons = []
    if in_family(event.kind, SHIFTS_TARGET + JUMPS):
        reasons.append(_idle_shift(event, found))
    if in_family(event.kind, CONVENES):
        reasons.append(_idle_meeting(number, event, found))
    if in_family(event.kind, SHIFTS_SUPPORT):
        reasons.append(_idle_opinion(event, found))
    if in_family(event.kind, CHANGES_REQUIREMENT):
        reasons.append("" if found.givers else NO_FORCE)
    match event.kind:
        case "list":
            reasons.append(_idle_list(event, found))
        case "deal":
            reasons.append(_idle_deal(number, event, found))
        case "move":
            reasons.append(_idle_move(number, event, found))
    # A kind that is not known here may have any effect, and one of several families several.
    return reasons[0] if reasons and all(reasons) else ""


def _idle_shift(event: Any, found: Dependence) -> str:
    subject = getattr(event, event.kind)
    if subject != TEMPO:
        return found.unused_condition(subject)
    nations = found.reach.unlike
    is_felt = any(TEMPO in found.looks_at(nation, event.first_date) for nation in nations)
    return "" if is_felt else found.unseen(TEMPO)


def _idle_meeting(number: int, event: Any, found: Dependence) -> str:
    """Why a meeting or trigger is felt by nobody, opens no pledge again, and tires nobody."""
    why = unfelt_meeting(event, found)
    if not why or found.reconsidering(event) or _tires(number, event, found):
        return ""
    can_reopen = in_family(event.kind, REOPENS_PLEDGES) and "convened" not in found.seen_by(event)
    if can_reopen and found.covered_alike(event):
        why += ", and nobody who attends has a pledge to reconsider"
    return why


def unfelt_meeting(event: Any, found: Dependence) -> str:
    """Why the weight of a meeting or trigger counts for no move; empty if it may count."""
    if not found.covered_alike(event):
        can = "attend" if in_family(event.kind, REOPENS_PLEDGES) else "feel"
        return f"no nation can {can} it"
    if "convened" in found.seen_by(event):
        return _hidden_by_list(event, found)
    return found.unseen("convened")


def _tires(number: int, event: Any, found: Dependence) -> bool:
    """Whether a meeting or trigger may weaken another that is felt, by having been held."""
    if not is_nonzero(found.scenario.memory.fatigue) or "convened" not in found.features:
        return False
    return any(
        in_family(other.kind, CONVENES)
        and place != number
        and other.last_date >= event.first_date
        and not unfelt_meeting(other, found)
        for place, other in enumerate(found.scenario.events)
    )


def _hidden_by_list(event: Any, found: Dependence) -> str:
    """Why a meeting of the last day is not felt: all that see it declare, and a list covers them.

    On any earlier day, what is felt of it outlasts the list.
    """
    last = found.scenario.days
    if event.first_date != last:
        return ""
    lists = [each for each in found.scenario.events if each.kind == "list"]
    named = [found.covered(each) for each in lists if each.first_date == each.last_date == last]
    on_list = set(chain.from_iterable(named))
    for nation in found.covered(event):
        sides = chain(*map(found.reach.open_sides, found.reach.courses[nation].during(event)))
        seen = {
            side
            for side in sides
            if found.reach.can_happen(side) and is_nonzero(found.reach.moves[side][1].convened)
        }
        if seen - ({(WILLING, FORWARD)} if nation in on_list else set()):
            return ""
    return "on the last day, a list covers all whom it could make declare, and takes its place"


def _idle_opinion(event: Any, found: Dependence) -> str:
    is_seen = "support" in found.seen_by(event)
    is_seen = is_seen or not found.pays_by_support.isdisjoint(found.covered(event))
    return "" if is_seen else found.unseen("support", by_pledges=True)


def _idle_list(event: Any, found: Dependence) -> str:
    reach = found.reach
    for nation in found.covered_alike(event):
        for side in chain(*map(reach.open_sides, reach.courses[nation].during(event))):
            if reach.can_happen(side) and is_nonzero(reach.moves[side][1].listed):
                return ""
    if "listed" not in found.features:
        return found.unseen("listed")
    return "nobody on it is at risk that day of a move with a coefficient of listed"


def _idle_deal(number: int, event: Any, found: Dependence) -> str:
    reach = found.reach
    for other, deal in enumerate(found.scenario.events):
        is_sure = deal.kind == "deal" and getattr(deal, "probability", 0) == 1
        is_sure = is_sure and getattr(deal, "collapses", 0) is None
        if is_sure and is_before((other, deal), (number, event)):
            path = path_of(("events", *event_steps(found.scenario)[other]))
            return f"{path} is certain to be signed before it, and never ends"
    # One that is in force keeps others from being signed: no deal is idle if another has an effect.
    deals = [deal for deal in found.scenario.events if deal.kind == "deal"]
    first, deploy = min(deal.first_date for deal in deals), (PLEDGED, FORWARD)
    may_collapse = any(getattr(deal, "collapses", None) is not None for deal in deals)
    for nation in reach.unlike:
        if deploy in reach.sides_since(nation, first) and reach.can_happen(deploy):
            return ""
        if "deal" in found.looks_at(nation, first):
            return ""
        if may_collapse and FIRM_STAGES & reach.courses[nation].ever:
            return ""
    return "no nation can deploy after it, and no move within reach has a coefficient of deal"


def _idle_move(number: int, event: Any, found: Dependence) -> str:
    if event.first_date >= 1:
        courses = (found.reach.courses[found.indices[nation]] for nation in event.move)
        is_idle = all(number in course.idle for course in courses)
        return f"every nation that it names is already in stage {event.to}" if is_idle else ""
    if event.last_date >= 1:  # it may be an announcement, and may place nations
        return ""
    if "momentum" not in found.features:
        return f"{found.unseen('momentum')}, and before day 1 a move changes no stage"
    earlier = {
        nation
        for other, move in enumerate(found.scenario.events)
        if move.kind == "move" and is_before((other, move), (number, event))
        for nation in getattr(move, "move", ())
    }
    is_repeated = earlier.issuperset(event.move)
    return "every nation that it names announced it before, and counts once" if is_repeated else ""


def is_before(one: tuple[int, Any], other: tuple[int, Any]) -> bool:
    """Whether an event surely comes before another of its kind; each after its number in a file."""
    return (one[1].last_date, one[0]) < (other[1].first_date, other[0])
