"""Dated events of a run: what each kind changes on its day.

The part ``event_order`` holds them by day, then in the order in which the kinds take effect, then
by their place in the file. `World.now.next_event` is the first place in it whose event has not
taken effect yet, so that a day looks only at its own.
"""

from __future__ import annotations

from sim.core.compiled import compiled, index, inlined
from sim.core.draws import DEAL as DEAL_PURPOSE
from sim.core.draws import one_uniform
from sim.core.event_kinds import (
    CHANGES_REQUIREMENT,
    CONVENES,
    DEAL,
    JUMPS,
    LIST,
    MOVE,
    REOPENS_PLEDGES,
    SHIFTS_SUPPORT,
    SHIFTS_TARGET,
)
from sim.core.kernel import features as row
from sim.core.kernel.commitments import (
    add_to_pledging,
    is_pledging,
    is_stated,
    set_stated_pledge,
    update_cost,
)
from sim.core.kernel.features import cell_index
from sim.core.kernel.transitions import enter_stage, update_standing
from sim.core.kernel.world import RunKey, World, key_at, shared_cell, stage_of
from sim.core.layout import OF_FATIGUE
from sim.core.rules.events import (
    jump_of,
    meeting_weight,
    requirement_after,
    support_after,
    target_shift,
)
from sim.core.rules.influence import convened_after, convened_coefficient, freshness_after
from sim.core.rules.moves import is_firm, takes_part
from sim.core.rules.tempo import log_tempo
from sim.core.stages import DEPLOYED, N_FEATURES, N_TRAITS, PLEDGED, Features

CONVENED = Features._fields.index("convened")
"""Place of meetings among the coefficients of the features of one day."""


@inlined
def kind_of(event: int, world: World) -> int:
    """Return the number of an event's kind."""
    return world.whole[index(world.at.event_kind + event)]


@inlined
def event_number(event: int, which: int, world: World) -> float:
    """Return the first (0) or the second (1) number of an event; see ``Inputs.event``."""
    entry = world.whole[index(world.at.event_row + event)]
    return world.real[index(world.at.event + entry * 2 + which)]


# When events are.


@inlined
def event_at(place: int, world: World) -> int:
    """Return the event at a place in the order of the run's dates."""
    return world.whole[index(world.at.event_order + place)]


@inlined
def is_due(day: int, world: World) -> bool:
    """Return whether the next event is of this day or an earlier one."""
    if world.now.next_event >= world.at.n_events:
        return False
    return world.whole[index(world.at.event_day + event_at(world.now.next_event, world))] <= day


@compiled
def mark_busy(event: int, world: World) -> None:
    """Mark the days on which an event whose date is drawn begins, may begin or ends."""
    whole, at = world.whole, world.at
    begin, end = whole[index(at.event_day + event)], whole[index(at.event_until + event)]
    last = begin
    if kind_of(event, world) == DEAL and event_number(event, 0, world) != 1.0:
        last = end
    for day in range(max(1, begin), min(last, at.n_days) + 1):
        whole[index(at.busy + day)] = 1
    if end <= at.n_days:
        whole[index(at.busy + max(end, 0))] = 1


@inlined
def comes_before(event: int, other: int, world: World) -> bool:
    """Return whether an event takes effect before another: by day, kind and place in the file."""
    whole, at = world.whole, world.at
    day, other_day = whole[index(at.event_day + event)], whole[index(at.event_day + other)]
    if day != other_day:
        return day < other_day
    kind, other_kind = kind_of(event, world), kind_of(other, world)
    if kind != other_kind:
        return kind < other_kind
    return whole[index(at.event_row + event)] < whole[index(at.event_row + other)]


@compiled
def set_dates(world: World) -> None:
    """Give events the dates of this run, where any is drawn, and put them in order."""
    whole, at = world.whole, world.at
    for day in range(at.n_days + 1):
        whole[index(at.busy + day)] = whole[index(at.fixed_busy + day)]
    for event in range(at.n_events):
        if whole[index(at.event_is_drawn + event)] == 1:
            date = int(world.real[index(at.event_date + whole[index(at.event_row + event)])])
            whole[index(at.event_day + event)] = date
            if whole[index(at.event_lasts + event)] > 0:
                whole[index(at.event_until + event)] = date + whole[index(at.event_lasts + event)]
            mark_busy(event, world)
    # By insertion: most are in order already, as all but a few were in the run before.
    for last in range(1, at.n_events):
        event, place = event_at(last, world), last
        while place > 0 and comes_before(event, event_at(place - 1, world), world):
            whole[index(at.event_order + place)] = event_at(place - 1, world)
            place -= 1
        whole[index(at.event_order + place)] = event


# Whom an event is about: those that it names, or all nations without a list of their indices.


@inlined
def covers_all(event: int, world: World) -> bool:
    """Return whether a meeting, list or opinion is about all nations."""
    return world.whole[index(world.at.event_target + event)] == 1


@inlined
def n_named(event: int, world: World) -> int:
    """Return how many nations an event names."""
    first = world.at.event_who_start + event
    return world.whole[index(first + 1)] - world.whole[index(first)]


@inlined
def named_nation(event: int, entry: int, world: World) -> int:
    """Return one of the nations that an event names."""
    whole, at = world.whole, world.at
    return whole[index(at.event_who + whole[index(at.event_who_start + event)] + entry)]


@inlined
def n_covered(event: int, world: World) -> int:
    """Return how many nations an event is about."""
    return world.at.n_nations if covers_all(event, world) else n_named(event, world)


@inlined
def covered_nation(event: int, entry: int, world: World) -> int:
    """Return one of the nations that an event is about."""
    return entry if covers_all(event, world) else named_nation(event, entry, world)


# Moves and deals, which put nations in another stage.


@inlined
def hold_back(nation: int, world: World) -> None:
    """Keep a nation that an event moved from any risk until tomorrow."""
    world.whole[index(world.at.held + nation)] = 1
    world.now.n_held += 1


@compiled
def set_stage(nation: int, event: int, day: int, world: World, run_key: RunKey) -> None:
    """Put a nation in the stage that an event says, with its pledge if it has one there."""
    at = world.at
    stage = world.whole[index(at.event_target + event)]
    if stage_of(nation, world) == stage:
        return
    hold_back(nation, world)  # before it enters, which writes what is open to it
    enter_stage(nation, stage, day, world, run_key)
    if is_firm(stage):
        first = at.event_pledge + event * at.n_kinds
        if is_stated(first, world):
            set_stated_pledge(nation, day, first, world)
        elif world.whole[index(at.pledged_on + nation)] < 0 and not is_pledging(nation, world):
            # A moment below 0: those moved by events choose before those who decide, which cross
            # a threshold at a moment above 0; among themselves in file order.
            add_to_pledging(nation, float(nation - at.n_nations), world)


@compiled
def set_deal(deal: int, day: int, world: World, run_key: RunKey) -> None:
    """Let a deal begin or collapse: the deployed of a collapsed deal go back to pledged."""
    world.now.deal = deal
    for nation in range(world.at.n_nations):
        stage = stage_of(nation, world)
        if deal == 0 and stage == DEPLOYED:
            hold_back(nation, world)
            enter_stage(nation, PLEDGED, day, world, run_key)
        elif stage == PLEDGED:  # whose move forward, to deploy, takes a deal
            update_standing(nation, world)


@inlined
def is_in_force(event: int, day: int, world: World) -> bool:
    """Return whether an event has begun and not ended."""
    whole, at = world.whole, world.at
    return whole[index(at.event_day + event)] <= day < whole[index(at.event_until + event)]


@inlined
def is_signed_today(event: int, day: int, world: World, run_key: RunKey) -> bool:
    """Return whether a deal that is still open is signed today."""
    key = key_at(world.at.event_key + event, world)
    draw = one_uniform(run_key.seed, run_key.run, key, DEAL_PURPOSE, day)
    return draw < event_number(event, 0, world)


@compiled
def update_deal(day: int, world: World, run_key: RunKey) -> None:
    """Sign the deals that are signed today, and end the one that collapses today.

    ``now.deal`` is 0, or 1 more than the event that the deal in force came from.
    """
    before = world.now.deal
    after = before
    if before > 0 and world.whole[index(world.at.event_until + before - 1)] <= day:
        after = 0
    for place in range(world.at.n_events):
        event = event_at(place, world)
        is_open = after == 0 and kind_of(event, world) == DEAL and is_in_force(event, day, world)
        if is_open and is_signed_today(event, day, world, run_key):
            after = event + 1
    world.now.deal = after
    # One deal that follows another on the same day changes nothing for nations.
    if (after > 0) != (before > 0):
        set_deal(after, day, world, run_key)


# Meetings, lists and opinion, which act on nations where they are.


@inlined
def attend(nation: int, weight: float, reopens: int, attends: bool, world: World) -> None:
    """Let a nation feel convened if it attends, and reconsider its pledge if `reopens` is 1.

    Both selects write in any case, the old value if need be: no jump, on which the processor
    would often guess wrong.
    """
    cell = world.at.cells + cell_index(nation, row.CONVENED)
    felt = convened_after(world.real[index(cell)], weight)
    world.real[index(cell)] = felt if attends else world.real[index(cell)]
    world.whole[index(world.at.attends + nation)] |= reopens if attends else 0


@compiled
def convene(event: int, world: World) -> None:
    """Let those who attend a meeting feel convened: of all, those who take part in the talks.

    The next meeting weighs less by the fatigue, whoever attended this one.
    """
    kind, now = kind_of(event, world), world.now
    weight = meeting_weight(kind, event_number(event, 0, world)) * now.freshness
    reopens = 1 if kind in REOPENS_PLEDGES else 0
    if covers_all(event, world):
        for nation in range(world.at.n_nations):
            attend(nation, weight, reopens, takes_part(stage_of(nation, world)), world)
    else:
        for entry in range(n_named(event, world)):
            attend(named_nation(event, entry, world), weight, reopens, True, world)
    now.freshness = freshness_after(now.freshness, world.real[index(world.at.memory + OF_FATIGUE)])


@inlined
def set_listed(nation: int, listed: float, world: World) -> None:
    """Write whether a list covers a nation today, and what its move forward makes of meetings.

    The hazard loop sees a coefficient of 0 in place of a feature of 0: the same bits, and it need
    not ask who is willing and listed.
    """
    real, at, stage = world.real, world.at, stage_of(nation, world)
    real[index(at.cells + cell_index(nation, row.LISTED))] = listed
    if world.now.peers_alone > 0:
        return  # meetings are not felt, and `update_hazards` writes no coefficient of theirs
    source = at.coefficient + stage * 2 * N_FEATURES + N_TRAITS + CONVENED
    cell = at.cells + cell_index(nation, row.FORWARD_WEIGHTS + CONVENED)
    real[index(cell)] = convened_coefficient(real[index(source)], stage, listed)


@compiled
def publish_list(event: int, world: World) -> None:
    """Let the nations that a list covers know that names are published today."""
    for entry in range(n_covered(event, world)):
        set_listed(covered_nation(event, entry, world), 1.0, world)
    world.now.n_lists += 1


@compiled
def shift_support(event: int, world: World) -> None:
    """Shift the domestic support of nations, within [0, 1], and what depends on it."""
    kind, first = kind_of(event, world), event_number(event, 0, world)
    for entry in range(n_covered(event, world)):
        nation = covered_nation(event, entry, world)
        support = world.at.support_now + nation
        world.real[index(support)] = support_after(kind, world.real[index(support)], first)
        update_standing(nation, world)
        update_cost(nation, world)


# Signals, shocks and proposals, which act on conditions.


@compiled
def update_shifts(day: int, world: World) -> None:
    """Write the sum of the signals in force today, condition by condition, and the tempo.

    Added up afresh, in the order of their dates: to take an ended signal away again would leave a
    rounding error behind.
    """
    shared, at = world.shared, world.at
    for condition in range(at.n_conditions + 1):  # the last is tempo
        shared[index(shared_cell(at.shift + condition, world))] = 0.0
    for place in range(at.n_events):
        event = event_at(place, world)
        kind = kind_of(event, world)
        if kind in SHIFTS_TARGET and is_in_force(event, day, world):
            condition = world.whole[index(at.event_target + event)]
            shift = target_shift(kind, event_number(event, 0, world))
            shared[index(shared_cell(at.shift + condition, world))] += shift
    of_tempo = shared[index(shared_cell(at.shift + at.n_conditions, world))]
    world.now.log_tempo = log_tempo(world.real[index(at.tempo)], of_tempo)


@compiled
def apply_jump(event: int, world: World) -> None:
    """Add a shock, or the answer to a proposal, to today's jump of a condition."""
    at, kind = world.at, kind_of(event, world)
    first, second = event_number(event, 0, world), event_number(event, 1, world)
    jump = jump_of(kind, first, second, world.now.adequacy)
    condition = world.whole[index(at.event_target + event)]
    world.shared[index(shared_cell(at.jump + condition, world))] += jump


@compiled
def apply_event(event: int, day: int, world: World, run_key: RunKey) -> None:
    """Let one event of today take effect; deals and signals are followed day by day."""
    kind = kind_of(event, world)
    if kind == MOVE:
        for entry in range(n_named(event, world)):
            set_stage(named_nation(event, entry, world), event, day, world, run_key)
    if kind in CONVENES:
        convene(event, world)
        world.now.n_meetings += 1 if kind in REOPENS_PLEDGES else 0
    if kind == LIST:
        publish_list(event, world)
    if kind in SHIFTS_SUPPORT:
        shift_support(event, world)
    if kind in CHANGES_REQUIREMENT:
        first = event_number(event, 0, world)
        world.now.requirement = requirement_after(kind, world.now.requirement, first)
    if kind in JUMPS:
        apply_jump(event, world)


@compiled
def apply_events(day: int, world: World, run_key: RunKey) -> None:
    """Let today's events take effect: moves, then deals, then meetings and the rest."""
    whole, at, now = world.whole, world.at, world.now
    # A deal may be signed or collapse on a day on which no event is dated: deals are followed once
    # a day, after the moves and before the first event of another kind, or at the end.
    is_deal_updated = False
    while is_due(day, world):
        event = event_at(now.next_event, world)
        now.next_event += 1
        if whole[index(at.event_kind + event)] != MOVE and not is_deal_updated:
            update_deal(day, world, run_key)
            is_deal_updated = True
        apply_event(event, day, world, run_key)
    if not is_deal_updated:
        update_deal(day, world, run_key)
    update_shifts(day, world)


@compiled
def end_one_day_effects(world: World) -> None:
    """End the day for those whom an event held back, and for lists."""
    if world.now.n_held > 0:
        for nation in range(world.at.n_nations):
            if world.whole[index(world.at.held + nation)] == 1:
                world.whole[index(world.at.held + nation)] = 0
                update_standing(nation, world)
        world.now.n_held = 0
    if world.now.n_lists > 0:
        for nation in range(world.at.n_nations):
            set_listed(nation, 0.0, world)
        world.now.n_lists = 0
