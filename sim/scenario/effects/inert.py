"""Everything in a scenario that can have no effect, section by section of a file.

A number has no effect where no move, pledge or success can depend on it, whatever is drawn. Then
another value gives the same results to the last bit: the same moves on the same days, the same
pledges and force, the same success. Only what is certain is listed; a number that is not may still
matter little or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.core.event_kinds import CHANGES_REQUIREMENT, CONVENES, SHIFTS_SUPPORT, in_family
from sim.core.stages import EXIT_MOVES, FEATURES, FORWARD, FORWARD_MOVES, PLEDGED, STAGES, Traits
from sim.scenario.addresses import Keys
from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, REASONED
from sim.scenario.distribution import ends_of
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.effects.courses import FIRM_STAGES, PUBLIC_STAGES
from sim.scenario.effects.dependence import (
    NO_DEMAND,
    NO_FORCE,
    NOBODY_PUBLIC,
    Dependence,
    is_nonzero,
)
from sim.scenario.effects.events import idle_event, unfelt_meeting
from sim.scenario.events import TEMPO
from sim.scenario.joint_draws import JointNumber
from sim.scenario.parts import BREADTH

if TYPE_CHECKING:
    from sim.scenario.behaviour import Behaviour, Initial
    from sim.scenario.schema import Scenario

MARGIN = 1e-9
"""By how much a threshold must be missed or passed, beyond what rounding may do."""


class Inert(NamedTuple):
    """Something in a scenario that can have no effect.

    Attributes
    ----------
    keys : tuple
        Keys of the number, as those of a path; of a whole event, group or list, its own.
    why : str
    is_written : bool
        False for a number at its default, which is not noted.
    shown : tuple
        Keys that a note names instead; empty for those of the number.
    comes_to : str
        What its value comes to, where another value could have an effect; empty if none could.
        Values that come to the same give the same results.
    """

    keys: Keys
    why: str
    is_written: bool = True
    shown: Keys = ()
    comes_to: str = ""


def inert_parts(scenario: Scenario) -> Iterator[Inert]:
    """Yield all that can have no effect, numbers at their defaults included."""
    found = Dependence(scenario)
    return chain(
        _nations(found),
        _ties(found),
        _conditions(found),
        _contributions(found),
        _commitment(found),
        _memory(found),
        _tempo(found),
        _climate(found),
        _events(found),
        _behaviour(found),
        _initial_law(found),
        _success(found),
        _quorums(found),
    )


def _quorums(found: Dependence) -> Iterator[Inert]:
    """Quorums that can never hold or always do, and those that bar no move within reach."""
    scenario, n_nations = found.scenario, found.n_nations
    quorums: list[tuple[Keys, Any, int]] = [
        (("nations", index, "quorum", place), quorum, n_nations - 1)
        for index, nation in enumerate(scenario.nations)
        for place, quorum in enumerate(nation.quorum)
    ]
    if scenario.quorum is not None:
        quorums.append((("quorum",), scenario.quorum, n_nations))
    for keys, quorum, most in quorums:
        why = "" if keys == ("quorum",) else _bars_nothing(found, int(keys[1]), quorum.moves)
        if why:  # the coalition's still takes force
            yield Inert(keys, why)
            continue
        for field in ("public", "share", "at_least"):
            number = getattr(quorum, field)
            if number is not None:
                yield from _quorum_number(found, (*keys, field), quorum.weight, number, most)
    if scenario.quorum is not None and scenario.quorum.lag > scenario.days:
        why = f"the run ends on day {scenario.days}, so that the quorum takes force in no run"
        yield Inert(("quorum", "lag"), why, comes_to="never")


def _bars_nothing(found: Dependence, nation: int, moves: Sequence[str]) -> str:
    """Why a nation makes none of the moves that its quorum keeps closed; empty if it may."""
    barred = [(FORWARD_MOVES.index(move), FORWARD) for move in moves]
    named, sides = " or ".join(moves), found.reach.sides_since(nation)
    if not any(side in found.reach.moves and found.reach.can_happen(side) for side in barred):
        return f"the behaviour gives no rate to {named}, the move that it keeps closed"
    if sides.isdisjoint(barred):
        return f"the nation is never at risk of {named}, the move that it keeps closed"
    return ""


def _quorum_number(
    found: Dependence, keys: Keys, weight: str | None, number: Any, most: int
) -> Iterator[Inert]:
    """A number of a quorum that is always reached, or never."""
    least, highest = ends_of(number)
    nations = "1 nation" if found.n_nations == 1 else f"{found.n_nations} nations"
    if highest <= 0:
        yield Inert(keys, "0 is always reached", comes_to="always")
    elif least > 0 and most == 0:
        why = "it can never be reached: there is no other nation"
        yield Inert(keys, why, comes_to="never")
    elif keys[-1] == "public" and least > most:
        why = f"it can never be reached with {nations} in all"
        yield Inert(keys, why, comes_to="never")
    elif keys[-1] == "at_least" and least > 0:
        own = None if keys[0] == "quorum" else int(keys[1])
        share = _largest_weight(found, weight or "", own)
        if share == 0:
            is_all = _largest_weight(found, weight or "", None) == 0
            who = "every nation" if is_all else "all others"
            why = f"it can never be reached: {weight} is 0 for {who}"
            yield Inert(keys, why, comes_to="never")
        elif least > share * (1 + MARGIN):
            why = (
                f"it can never be reached: all others have at most {share:.4g} of {weight}, as its "
                "total counts the nation's own"
            )
            yield Inert(keys, why, comes_to="never")


def _largest_weight(found: Dependence, weight: str, own: int | None) -> float:
    """The largest share of a weight that others than a nation may have; than none, all."""
    field, _, kind = weight.partition(".")
    values = [getattr(nation, field) for nation in found.scenario.nations]
    ends = [ends_of(value[kind] if kind else value) for value in values]
    others = sum(most for index, (_, most) in enumerate(ends) if index != own)
    total = others + (0.0 if own is None else ends[own][0])
    return others / total if total > 0 else 0.0


def _nations(found: Dependence) -> Iterator[Inert]:
    for index, nation in enumerate(found.scenario.nations):
        seen, head = found.looks_at(index) | found.starts_by(index), ("nations", index)
        for field, feature, is_used in (
            ("stake", "stake", index in found.values_success),
            ("support", "support", index in found.pays_by_support),
            ("bond", "bond", False),
            ("capability", "capability", False),
            ("threshold", "peers", False),
            ("disposition", "disposition", False),
        ):
            counts = field in found.quorum_weights
            if feature not in seen and not is_used and not counts:
                why = found.unseen(feature, by_pledges=field in ("stake", "support"))
                yield Inert((*head, field), why, _is_written(nation, field))
            elif field == "capability" and not found.asks_forces and not counts:
                yield Inert((*head, field), NO_DEMAND, _is_written(nation, field))
        for field, feature, is_used in (
            ("reliance", "prospects", index in found.values_success),
            ("sensitivity", "pressure", False),
        ):
            if feature in seen or is_used:
                continue
            why = found.unseen(feature, by_pledges=field == "reliance")
            for name, number in getattr(nation, field).items():
                yield Inert((*head, field, name), why, number != 0)
        yield from _capacities(found, index)


def _capacities(found: Dependence, index: int) -> Iterator[Inert]:
    """Capacities of a nation, of which nothing is ever pledged or counted."""
    can_give = found.givers or found.reach.courses[index].ever & FIRM_STAGES
    if can_give or found.counts_capacity:
        return
    for kind, number in found.scenario.nations[index].capacity.items():
        if f"capacity.{kind}" not in found.quorum_weights:
            yield Inert(("nations", index, "capacity", kind), NO_FORCE, number != 0)


def _ties(found: Dependence) -> Iterator[Inert]:
    ties, why = found.scenario.ties, ""
    if "peers" not in found.features:
        why = found.unseen("peers")
    elif not found.can_be_public:
        why = NOBODY_PUBLIC
    elif found.n_nations == 1:
        why = "there is only one nation"
    if why:
        yield Inert(("ties", "base"), why, _is_written(ties, "base"))
    for index, (*_, weight) in enumerate(ties.dyads):
        if why:
            yield Inert(("ties", "dyads", index, 2), why, shown=("ties", "dyads"))
        elif weight == 0:
            yield Inert(("ties", "dyads", index), "its weight is 0", comes_to="no tie")
    has_ties = is_nonzero(ties.base) or any(is_nonzero(weight) for *_, weight in ties.dyads)
    yield from _factors_of_ties(found, why or ("" if has_ties else "every tie is 0"))


def _factors_of_ties(found: Dependence, why: str) -> Iterator[Inert]:
    """Leaders and groups; ``why`` says why no factor has an effect, if none has."""
    ties, leaders = found.scenario.ties, found.scenario.leaders
    if why or not leaders:
        yield Inert(("ties", "leaders"), why or "no nation leads", _is_written(ties, "leaders"))
    if leaders and why:
        yield Inert(("leaders",), why)
    elif leaders and ties.leaders == 1:
        yield Inert(("leaders",), "ties.leaders, the factor for ties to them, is 1")
    for name, group in ties.groups.items():
        head: Keys = ("ties", "groups", name)
        is_pair = len(set(group.members)) > 1
        reason = why or ("" if is_pair else "it has fewer than two members")
        if reason:
            yield Inert((*head, "weight"), reason, shown=() if found.covers_groups else head)
        elif group.weight == 1 and not found.covers_groups:
            yield Inert(head, "its weight is 1", comes_to="no factor")


def _conditions(found: Dependence) -> Iterator[Inert]:
    for name, condition in found.scenario.conditions.items():
        head: Keys = ("conditions", name)
        why = found.unused_condition(name)
        if why:
            for field in ("level", "start", "speed", "volatility"):
                yield Inert((*head, field), why, shown=head)
        for other, number in condition.responds.items():
            keys = (*head, "responds", other)
            if why:
                yield Inert(keys, why, shown=head)
            elif other == "force" and not found.givers:
                yield Inert(keys, NO_FORCE, number != 0)
            elif other == "public_share" and not found.can_be_public:
                yield Inert(keys, NOBODY_PUBLIC, number != 0)


def _contributions(found: Dependence) -> Iterator[Inert]:
    for kind, contribution in found.scenario.contributions.items():
        why = why_cost = "" if found.givers else NO_FORCE
        if not any(found.has_capacity(nation, kind) for nation in range(found.n_nations)):
            why = why_cost = "no nation has capacity for it"
        elif not any(found.has_capacity(nation, kind) for nation in found.choosers):
            why_cost = why_cost or "no nation that has capacity for it ever chooses a pledge"
        for field in ("weight", "cost", "aversion", "spread"):
            reason = why_cost
            if field == "weight":  # it counts where success asks for a share of capacity
                reason = "" if found.counts_capacity and why == NO_FORCE else why
            if reason:
                written = _is_written(contribution, field)
                yield Inert(("contributions", kind, field), reason, written)


def _commitment(found: Dependence) -> Iterator[Inert]:
    commitment = found.scenario.commitment
    for field in ("requirement", "value", "scale", "convexity", "token"):
        why = "" if found.givers else NO_FORCE
        if field != "requirement" and not found.choosers:
            why = why or "no nation that has any capacity ever chooses a pledge"
        elif field in ("scale", "convexity") and not found.values_success:
            why = why or "commitment.value is 0"
        if why:
            yield Inert(("commitment", field), why, _is_written(commitment, field))
    nations = [
        each
        for each in range(found.n_nations)
        if "capability" in found.looks_at(each) | found.starts_by(each)
    ]
    why = found.unseen("capability")
    if nations:
        why = found.neutral_numbers("capability", nations)
    if why:
        yield Inert(("commitment", "demand"), why, _is_written(commitment, "demand"))


def _tempo(found: Dependence) -> Iterator[Inert]:
    if TEMPO not in found.features:
        yield Inert((TEMPO,), found.unseen(TEMPO), _is_written(found.scenario, TEMPO))


def _climate(found: Dependence) -> Iterator[Inert]:
    nations = range(found.n_nations)
    if not any("climate" in found.looks_at(each) | found.starts_by(each) for each in nations):
        why = found.unseen("climate")
        yield Inert(("climate",), why, _is_written(found.scenario, "climate"))


def _memory(found: Dependence) -> Iterator[Inert]:
    memory = found.scenario.memory
    n_held = sum(in_family(event.kind, CONVENES) for event in found.scenario.events)
    for field in ("momentum", "defection", "convened", "fatigue"):
        feature = "convened" if field == "fatigue" else field
        nations = [each for each in range(found.n_nations) if feature in found.looks_at(each)]
        why = found.always_zero(feature, nations) if nations else found.unseen(feature)
        if field == "fatigue" and n_held < 2:
            why = why or "there is only one meeting or trigger, and none before it"
        if why:
            yield Inert(("memory", field), why, _is_written(memory, field))


def _events(found: Dependence) -> Iterator[Inert]:
    for number, event in enumerate(found.scenario.events):
        head: Keys = ("events", number)
        why = idle_event(number, event, found)
        if why:
            yield Inert(head, why)
            for field in event.numbers:
                yield Inert((*head, field), why, shown=head)
        elif _only_convenes(event.kind) and (why := unfelt_meeting(event, found)):
            for field in event.numbers:
                yield Inert((*head, field), why, _is_written(event, field))
        first = event.earliest_allowed
        if isinstance(event.date, DrawnDate) and (gone := event.date.listed_before(first)):
            left_out = f"day {', '.join(map(str, gone))} is left out"
            why = f"{left_out}, as no {event.kind} may be dated before day {first}"
            yield Inert((*head, "date"), why)
        if event.kind == "move" and event.last_date < 1:
            why = "on or before day 0 a move is an announcement, which sets no pledge"
            for kind in getattr(event, "pledge", None) or ():
                yield Inert((*head, "pledge", kind), why, shown=(*head, "pledge"))


def _only_convenes(kind: str) -> bool:
    others = SHIFTS_SUPPORT + CHANGES_REQUIREMENT
    return in_family(kind, CONVENES) and not in_family(kind, others)


def _behaviour(found: Dependence) -> Iterator[Inert]:
    at_risk: dict[tuple[int, int], list[int]] = {}
    for nation in range(found.n_nations):
        for side in found.reach.sides_since(nation):
            at_risk.setdefault(side, []).append(nation)
    for side, (path, move) in found.reach.moves.items():
        stage, nations = STAGES[side[0]], at_risk.get(side, [])
        head = tuple("return_" if step == "return" else step for step in path.split("."))
        why = "" if nations else f"no nation is ever at risk of a move from {stage}"
        if not nations and side == (PLEDGED, FORWARD) and found.reach.first_deal is None:
            why = "no event offers a deal, without which no nation deploys"
        shipped = shipped_moves(side)
        if why:
            is_written = _own(move.rate) not in [each.rate for each in shipped]
            yield Inert((*head, "rate"), why, is_written)
        elif not found.reach.can_happen(side):
            why = "the rate of the move is 0"
        for feature in FEATURES:
            reason = why or found.always_zero(feature, nations, stage)
            if reason:
                usual = [0.0, *(getattr(each, feature) for each in shipped)]
                is_written = _own(getattr(move, feature)) not in usual
                yield Inert((*head, feature), reason, is_written)


def _initial_law(found: Dependence) -> Iterator[Inert]:
    """The law where no nation starts by it, and coefficients of features that never differ."""
    law, shipped = found.scenario.behaviour.initial, shipped_laws()
    if law is None:
        return
    head: Keys = ("behaviour", "initial")
    idle = "" if found.by_law else "every nation's stage on day 0 is given"
    for part, field in (
        ("talks", "odds"),
        *(("talks", feature) for feature in Traits._fields),
        ("willing", "share"),
    ):
        is_feature = field in Traits._fields
        why = idle or (found.always_zero(field, found.by_law) if is_feature else "")
        if why:
            number = getattr(getattr(law, part), field)
            usual = [0.0, *(getattr(getattr(each, part), field) for each in shipped)]
            shown = head if idle else ()
            yield Inert((*head, part, field), why, _own(number) not in usual, shown)


def _success(found: Dependence) -> Iterator[Inert]:
    """Thresholds that are never met, and those that always are."""
    success, courses = found.scenario.success, found.reach.courses
    if success is None:
        return
    if success.public_size is not None:
        least = sum(course.ever <= PUBLIC_STAGES for course in courses)
        most = sum(bool(course.ever & PUBLIC_STAGES) for course in courses)
        what = f"from {least} to {most} of {found.n_nations} nations can be public"
        size = ends_of(success.public_size)
        yield from _threshold(("public_size",), size, (least, most), what)
    if success.requirement_share is not None:
        share = found.largest_share()
        what = f"all that can be pledged is {share:.4g} of the requirement"
        least_share = ends_of(success.requirement_share)
        yield from _threshold(("requirement_share",), least_share, (0.0, share), what)
    for field in BREADTH:
        if getattr(success, field) is not None:
            low, high, what = found.breadth_range(field)
            least_of = ends_of(getattr(success, field))
            yield from _threshold((field,), least_of, (low, high), what)
    yield from _members(found, success.members)
    for name in {**success.conditions, **success.at_most}:
        lowest, highest = found.range_of(name)
        # Rounding may carry a condition beyond its level.
        lowest, highest = max(0.0, lowest - MARGIN), min(1.0, highest + MARGIN)
        what = f"{name} keeps between {lowest:.4g} and {highest:.4g}"
        if highest - lowest < 3 * MARGIN:
            what = f"nothing moves {name} from {lowest:.4g}"
        if name in success.conditions:
            at_least = success.conditions[name]
            yield from _threshold(("conditions", name), ends_of(at_least), (lowest, highest), what)
        if name in success.at_most:  # as a least value of what the condition lacks of 1
            low, high = (1 - end for end in ends_of(success.at_most[name]))
            possible = 1 - highest, 1 - lowest
            yield from _threshold(("at_most", name), (high, low), possible, what)


def _members(found: Dependence, members: Sequence[str]) -> Iterator[Inert]:
    """Members that success takes and that are never public, or all of which always are."""
    courses = [found.reach.courses[found.indices[name]] for name in members]
    pairs = zip(members, courses, strict=True)
    never = [name for name, course in pairs if not course.ever & PUBLIC_STAGES]
    if never:
        why = f"it can never be met, and no run succeeds: {', '.join(never)} can never be public"
        yield Inert(("success", "members"), why, comes_to="never met")
    elif members and all(course.ever <= PUBLIC_STAGES for course in courses):
        why = "it is always met: all of them are public on every day"
        yield Inert(("success", "members"), why, comes_to="always met")


def _threshold(
    keys: Keys, ends: tuple[float, float], possible: tuple[float, float], what: str
) -> Iterator[Inert]:
    """A threshold of success, between two ends, that what is possible never or always meets."""
    least, most = ends
    if least > possible[1] * (1 + MARGIN):
        why = f"it can never be met, and no run succeeds: {what}"
        yield Inert(("success", *keys), why, comes_to="never met")
    elif most <= possible[0]:
        yield Inert(("success", *keys), f"it is always met: {what}", comes_to="always met")


@cache
def shipped_behaviours() -> tuple[Behaviour, ...]:
    """The behaviours that come with the package: what they say, nobody wrote."""
    from sim.scenario.load import scenario_from_dict  # its scenarios have notes: imported late

    small: dict[str, Any] = {"days": 1, "nations": ["A"]}
    return tuple(
        scenario_from_dict({**small, "behaviour": name}).behaviour
        for name in (DEFAULT_BEHAVIOUR, REASONED)
    )


def shipped_laws() -> list[Initial]:
    """The initial laws of the shipped behaviours."""
    return [each.initial for each in shipped_behaviours() if each.initial is not None]


def shipped_moves(side: tuple[int, int]) -> list[Any]:
    """The move of a side in each shipped behaviour that has it."""
    stage, which = side
    if which == FORWARD:
        name = str(FORWARD_MOVES[stage])
        moves = [
            getattr(each, "return_" if name == "return" else name) for each in shipped_behaviours()
        ]
    else:
        exits = [getattr(each, str(EXIT_MOVES[stage])) for each in shipped_behaviours()]
        moves = [getattr(each, STAGES[stage]) for each in exits if each is not None]
    return [each for each in moves if each is not None]


def _is_written(part: Any, field: str) -> bool:
    """Whether a field differs from its default."""
    return bool(_own(getattr(part, field)) != type(part).model_fields[field].default)


def _own(number: Any) -> Any:
    """A number without the joint draws in its place."""
    return number.under if isinstance(number, JointNumber) else number
