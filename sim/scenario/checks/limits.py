"""Checks of numbers that must fit each other: dates, pledges, capacities and thresholds."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import Any

from sim.core.stages import STAGES
from sim.scenario.behaviour import INITIAL
from sim.scenario.checks.references import listed, mapping
from sim.scenario.distribution import distribution_from
from sim.scenario.drawn_date import drawn_date_from
from sim.scenario.events import ANNOUNCED, EARLIEST_DAY, EVENT_MODELS, LONGEST_RUN, event_kind
from sim.scenario.fields import whole_number
from sim.scenario.files.errors import Finding, Steps
from sim.scenario.parts import BREADTH, NO_CAPACITY, NO_GROUPS, NO_KINDS, Success
from sim.scenario.tie_weights import overflowing, written_weights

FIRST_START, LAST_START = datetime.date(1700, 1, 1), datetime.date(2500, 12, 31)
MOST_FORCE = 4e9
"""Largest total capacity in force units that sums in fixed point can hold."""

MOST_PAIRS = 100_000_000
"""Ties that may differ from the base: those of a group of 10,000 nations."""

PLEDGING = ("pledged", "deployed")
NOT_ANNOUNCED = tuple(stage for stage in STAGES if stage not in ANNOUNCED)
_SUM_TOLERANCE = 1e-9


def limit_findings(data: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with numbers that must fit each other.

    Parameters
    ----------
    data : dict
        Plain data with the short forms written out; whatever is of a wrong type is passed over.
    """
    start, nations = data.get("start"), [mapping(each) for each in listed(data.get("nations"))]
    if isinstance(start, datetime.date) and not FIRST_START <= start <= LAST_START:
        yield Finding(("start",), f"{start} must be between {FIRST_START} and {LAST_START}")
    for index, nation in enumerate(nations):
        yield from _nation_limits(nation, ("nations", index))
    if mapping(data.get("behaviour")).get(INITIAL) is None:
        yield from _without_law(nations)
    capacities = {
        nation["id"]: mapping(nation.get("capacity"))
        for nation in nations
        if isinstance(nation.get("id"), str)
    }
    for index, event in enumerate(map(mapping, listed(data.get("events")))):
        yield from _date_limits(event, ("events", index), data)
        yield from _placed_pledge(event, ("events", index), capacities)
    yield from _quorum_limits(data.get("quorum"), ("quorum",))
    if isinstance(data.get("success"), dict):
        yield from _success_limits(data["success"], data)
    yield from _tie_limits(data, nations)
    weights = {
        kind: _upper(mapping(contribution).get("weight", 1.0), 1e3)
        for kind, contribution in mapping(data.get("contributions")).items()
    }
    total = sum(
        weights.get(kind, 0.0) * _upper(units, 1e6)
        for nation in nations
        for kind, units in mapping(nation.get("capacity")).items()
    )
    if total > MOST_FORCE:
        message = (
            f"the capacities of all nations may add up to {total:.3g} force units "
            f"(weight times units); at most {MOST_FORCE:g} are allowed"
        )
        yield Finding(("contributions",), message)


def _tie_limits(data: dict[str, Any], nations: list[dict[str, Any]]) -> Iterator[Finding]:
    """Weights of ties have finite products, and groups are not too large to list their pairs."""
    weights = written_weights(data)
    if weights is None:
        return
    ids = [nation["id"] for nation in nations if isinstance(nation.get("id"), str)]
    n_pairs = weights.n_pairs(len(ids))
    if n_pairs > MOST_PAIRS:
        message = (
            f"groups, leaders and dyads make {n_pairs:,} ties that differ from the base; at most "
            f"{MOST_PAIRS:,} are allowed: leave the largest group out, or divide it"
        )
        yield Finding(("ties",), message)
        return
    pair = overflowing(weights, ids)
    if pair is not None:
        message = f"the weights of {pair[0]}'s ties multiply to infinity, as of that to {pair[1]}"
        yield Finding(("ties",), message)


def _fixed_number(value: object) -> float | None:
    """A fixed number; None for a distribution or anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e300 else None


def _upper(value: object, high: float) -> float:
    """Largest value that a number or distribution in ``[0, high]`` may take; 0 if it is wrong."""
    if isinstance(value, dict):
        try:
            return distribution_from(value, 0.0, high).upper()
        except ValueError:
            return 0.0
    number = _fixed_number(value)
    return number if number is not None and 0 <= number <= high else 0.0


def _without_law(nations: list[dict[str, Any]]) -> Iterator[Finding]:
    """The first nation whose stage is left to an initial law, where the behaviour names none."""
    by_law = [n for n, each in enumerate(nations) if INITIAL in mapping(each.get("stage"))]
    if by_law:
        message = "initial needs an initial law, and the behaviour names none (behaviour.initial)"
        others = len(by_law) - 1
        message += f"; {others} more start by it" if others else ""
        yield Finding(("nations", by_law[0], "stage"), message)


def _nation_limits(nation: dict[str, Any], steps: Steps) -> Iterator[Finding]:
    stages = mapping(nation.get("stage"))
    shares = [_fixed_number(share) for share in stages.values()]
    known = [share for share in shares if share is not None and 0 <= share <= 1]
    is_given = isinstance(nation.get("stage"), dict) and len(known) == len(shares)
    if is_given and not math.isclose(sum(known), 1.0, abs_tol=_SUM_TOLERANCE):
        message = f"the probabilities add up to {sum(known):.9g}; they must add up to 1"
        yield Finding((*steps, "stage"), message)
    elif INITIAL in stages and len(stages) > 1:
        message = "initial stands alone: the initial law draws the stage, no probability beside it"
        yield Finding((*steps, "stage"), message)
    pledge = nation.get("pledge")
    if isinstance(pledge, dict):
        if not any(_fixed_number(stages.get(stage)) for stage in PLEDGING):
            message = "a nation has a pledge only if it may start pledged or deployed"
            yield Finding((*steps, "pledge"), message)
        yield from _within(pledge, mapping(nation.get("capacity")), (*steps, "pledge"), "")
    for place, quorum in enumerate(listed(nation.get("quorum"))):
        yield from _quorum_limits(quorum, (*steps, "quorum", place))
    sensitivity = mapping(nation.get("sensitivity"))
    for name, value in mapping(nation.get("reliance")).items():
        if _has_effect(value) and _has_effect(sensitivity.get(name)):
            message = f"{name} is relied on as well; a condition is either relied on or presses"
            yield Finding((*steps, "sensitivity", name), message)


def _quorum_limits(quorum: object, steps: Steps) -> Iterator[Finding]:
    """A quorum asks for something, and a weight and its share stand together."""
    if not isinstance(quorum, dict):
        return
    given = {
        key for key in ("public", "share", "weight", "at_least") if quorum.get(key) is not None
    }
    if not given:
        message = "asks for nothing; give public, share, or weight with at_least"
        yield Finding(steps, message)
    for one, other in (("weight", "at_least"), ("at_least", "weight")):
        if one in given and other not in given:
            message = f"is missing; a quorum with {one} has both weight and at_least"
            yield Finding((*steps, other), message)
    if steps != ("quorum",) and quorum.get("moves") == []:
        yield Finding((*steps, "moves"), "is empty; leave it out for declare")
    moves = listed(quorum.get("moves"))
    for place, move in enumerate(moves):
        if isinstance(move, str) and move in moves[:place]:
            yield Finding((*steps, "moves", place), f"the move {move!r} is listed twice")


def _within(
    pledge: dict[str, Any], capacity: dict[str, Any], steps: Steps, whose: str
) -> Iterator[Finding]:
    """A pledge is at most the capacity in every kind."""
    for kind, units in pledge.items():
        given, top = _fixed_number(units), _upper(capacity.get(kind, 0.0), 1e6)
        if given is not None and given > top:
            message = f"{given:.9g} must be at most the capacity{whose}, {top:.9g}"
            yield Finding((*steps, kind), message)


def _has_effect(value: object) -> bool:
    return isinstance(value, dict) or bool(_fixed_number(value))


def _date_limits(event: dict[str, Any], steps: Steps, data: dict[str, Any]) -> Iterator[Finding]:
    day, days, kind = event.get("date"), _day_count(data), event_kind(event)
    is_remembered = kind is not None and EVENT_MODELS[kind].is_remembered
    first = EARLIEST_DAY if is_remembered else 1
    if isinstance(day, dict):
        is_announced = kind != "move" or event.get("to") in ANNOUNCED
        try:
            law = drawn_date_from(day, EARLIEST_DAY, LONGEST_RUN)
        except ValueError:  # the field says so
            return
        try:
            law = drawn_date_from(day, first if is_announced else 1, LONGEST_RUN)
        except ValueError as error:
            yield Finding((*steps, "date"), str(error))
            return
        day = law.first  # later ones may be beyond the end: then it does not happen
    if not isinstance(day, int) or isinstance(day, bool) or days is None:
        return
    if kind is not None and not first <= day <= days:
        yield Finding((*steps, "date"), _outside(day, first, data))
    if kind == "move" and day <= 0 and event.get("to") in NOT_ANNOUNCED:
        message = f"{event['to']} must be one of {', '.join(ANNOUNCED)} on or before day 0"
        yield Finding((*steps, "to"), message)
    end = event.get("collapses")
    if kind == "deal" and isinstance(end, int) and not day < end <= days:
        after = "must be after the deal, which is signed on the last day at the earliest"
        message = _outside(end, day + 1, data) if day < days else after
        yield Finding((*steps, "collapses"), message)


def _day_count(data: dict[str, Any]) -> int | None:
    """The days of the run, None if they are given wrongly."""
    days = whole_number(data.get("days"))
    return days if days is not None and 1 <= days <= LONGEST_RUN else None


def _outside(day: int, first: int, data: dict[str, Any]) -> str:
    """The message on a day outside the run, with calendar dates if the scenario has them."""
    start, days = data.get("start"), _day_count(data)
    assert days is not None
    message = f"day {day} must be between day {first} and day {days}"
    if not isinstance(start, datetime.date) or not FIRST_START <= start <= LAST_START:
        return message
    try:
        dates = [start + datetime.timedelta(count) for count in (day, first, days)]
    except OverflowError:
        return message
    return (
        f"{dates[0]} (day {day}) must be between {dates[1]} and {dates[2]}, day {first} to {days}"
    )


def _placed_pledge(
    event: dict[str, Any], steps: Steps, capacities: dict[str, dict[str, Any]]
) -> Iterator[Finding]:
    """A pledge that an event sets is one that its nations can make."""
    pledge = event.get("pledge")
    if "move" not in event or not isinstance(pledge, dict):
        return
    if event.get("to") not in PLEDGING:
        message = "a pledge goes only with to: pledged or to: deployed"
        yield Finding((*steps, "pledge"), message)
    ids = event["move"] if isinstance(event["move"], list) else [event["move"]]
    for nation in ids:
        if isinstance(nation, str) and nation in capacities:
            whose = f" of {nation}"
            yield from _within(pledge, capacities[nation], (*steps, "pledge"), whose)


def _success_limits(success: dict[str, Any], data: dict[str, Any]) -> Iterator[Finding]:
    nations = data.get("nations")
    thresholds = ("public_size", "requirement_share", *BREADTH, "members")
    if not any(success.get(key) not in (None, []) for key in thresholds) and not (
        success.get("conditions") or success.get("at_most")
    ):
        message = f"sets no threshold; give {', '.join(thresholds)} or a condition"
        yield Finding(("success",), message)
    yield from _undefined_shares(success, data)
    least = mapping(success.get("conditions"))
    for name, most in mapping(success.get("at_most")).items():
        low, high = _fixed_number(least.get(name)), _fixed_number(most)
        if low is not None and high is not None and low > high:
            message = f"{high:g} must be at least at_least, {low:g}"
            yield Finding(("success", "at_most", name), message)
    size = whole_number(success.get("public_size"))
    if isinstance(nations, list) and size is not None and size > len(nations) > 0:
        message = f"{size} must be at most the number of nations, {len(nations)}"
        yield Finding(("success", "public_size"), message)
    default: int = Success.model_fields["hold"].default
    hold, days = whole_number(success.get("hold", default)), _day_count(data)
    if hold is not None and days is not None and hold > days:
        unless = "" if "hold" in success else " (which it is unless it is given)"
        message = f"{hold}{unless} must be at most the days of the run, {days}"
        yield Finding(("success", "hold"), message)


def _undefined_shares(success: dict[str, Any], data: dict[str, Any]) -> Iterator[Finding]:
    """Success asks for a share only of what the scenario has."""
    nations = [mapping(each) for each in listed(data.get("nations"))]
    capacities = (units for each in nations for units in mapping(each.get("capacity")).values())
    has = {
        "groups_covered": (bool(mapping(data.get("ties")).get("groups")), NO_GROUPS),
        "kinds_covered": (bool(data.get("contributions")), NO_KINDS),
        "capacity_public": (any(map(_has_effect, capacities)), NO_CAPACITY),
    }
    for name, (is_defined, why) in has.items():
        if success.get(name) is not None and not is_defined:
            yield Finding(("success", name), f"is undefined: {why}")
