"""Dated events of a run: what each kind changes on its day."""

from __future__ import annotations

from sim.core.compiled import compiled, index, inlined
from sim.core.draws import DEAL as DEAL_PURPOSE
from sim.core.draws import one_uniform
from sim.core.kernel import cells as row
from sim.core.kernel.cells import place
from sim.core.kernel.commitments import (
    is_stated,
    state_pledge,
    wait_to_pledge,
    waits_to_pledge,
    write_cost,
)
from sim.core.kernel.transitions import enter, key_at, stage_of, write_risks, write_standing
from sim.core.kernel.world import Luck, World
from sim.core.layout import (
    DEAL,
    LIST,
    MEETING,
    MOVE,
    NEW_REQUIREMENT,
    OPINION,
    PROPOSAL,
    SHOCK,
    SIGNAL,
)
from sim.core.rules.influence import impression
from sim.core.rules.moves import is_firm, takes_part
from sim.core.stages import DEPLOYED, PLEDGED


@inlined
def is_of_all(event: int, world: World) -> bool:
    """Return whether a meeting, list or opinion is of all nations rather than of those named."""
    return world.whole[index(world.at.event_target + event)] == 1


@inlined
def number_of_event(event: int, spot: int, world: World) -> float:
    """Return the first or the second number of an event."""
    place_in_file = world.whole[index(world.at.event_place + event)]
    return world.real[index(world.at.event + place_in_file * 2 + spot)]


@inlined
def n_covered(event: int, world: World) -> int:
    """Return how many nations an event is of: all, or those it names."""
    if is_of_all(event, world):
        return world.at.n_nations
    who = world.at.event_who_start + event
    return world.whole[index(who + 1)] - world.whole[index(who)]


@inlined
def covered(event: int, spot: int, world: World) -> int:
    """Return one of the nations that an event is of."""
    if is_of_all(event, world):
        return spot
    return named(event, spot, world)


@inlined
def named(event: int, spot: int, world: World) -> int:
    """Return one of the nations that an event names."""
    whole, at = world.whole, world.at
    return whole[index(at.event_who + whole[index(at.event_who_start + event)] + spot)]


@inlined
def hold_back(nation: int, world: World) -> None:
    """Keep a nation that an event moved from any risk until tomorrow."""
    world.whole[index(world.at.held + nation)] = 1
    world.now.n_held += 1


@compiled
def put(nation: int, event: int, day: int, world: World, luck: Luck) -> None:
    """Put a nation in a stage by an event."""
    at = world.at
    stage = world.whole[index(at.event_target + event)]
    if stage_of(nation, world) == stage:
        return
    hold_back(nation, world)
    enter(nation, stage, day, world, luck)
    if is_firm(stage):
        first = at.event_pledge + event * at.n_kinds
        if is_stated(first, world):
            state_pledge(nation, day, first, world)
        elif world.whole[index(at.pledged_on + nation)] < 0 and not waits_to_pledge(nation, world):
            wait_to_pledge(nation, float(nation - at.n_nations), world)


@inlined
def attend(nation: int, weight: float, attends: bool, world: World) -> None:
    """Let a nation feel convened by a meeting if it attends: no branch, which would be slow."""
    cell = world.at.cells + place(nation, row.CONVENED)
    felt = impression(world.real[index(cell)], weight)
    world.real[index(cell)] = felt if attends else world.real[index(cell)]
    world.whole[index(world.at.attends + nation)] |= 1 if attends else 0


@compiled
def convene(event: int, world: World) -> None:
    """Let those who attend a meeting feel convened: of all, those who take part in the talks."""
    weight = number_of_event(event, 0, world)
    if is_of_all(event, world):
        for nation in range(world.at.n_nations):
            attend(nation, weight, takes_part(stage_of(nation, world)), world)
    else:
        for spot in range(n_covered(event, world)):
            attend(named(event, spot, world), weight, True, world)


@compiled
def publish_list(event: int, world: World) -> None:
    """Tell those whom a list covers that names come out today."""
    for spot in range(n_covered(event, world)):
        world.real[index(world.at.cells + place(covered(event, spot, world), row.LISTED))] = 1.0
    world.now.n_lists += 1


@compiled
def shift_opinion(event: int, world: World) -> None:
    """Shift the domestic support of the nations named, within [0, 1]."""
    shift = number_of_event(event, 0, world)
    for spot in range(n_covered(event, world)):
        nation = covered(event, spot, world)
        support = world.at.support_now + nation
        world.real[index(support)] = min(1.0, max(0.0, world.real[index(support)] + shift))
        write_standing(nation, world)
        write_cost(nation, world)


@compiled
def change_deal(deal: int, day: int, world: World, luck: Luck) -> None:
    """Let a deal begin or collapse: the deployed of a collapsed deal go back to pledged."""
    world.now.deal = deal
    for nation in range(world.at.n_nations):
        stage = stage_of(nation, world)
        if deal == 0 and stage == DEPLOYED:
            hold_back(nation, world)
            enter(nation, PLEDGED, day, world, luck)
        elif stage == PLEDGED:
            write_risks(nation, world)


@inlined
def is_on(event: int, kind: int, day: int, world: World) -> bool:
    """Return whether an event is of a kind and has begun and not ended."""
    whole, at = world.whole, world.at
    if whole[index(at.event_kind + event)] != kind:
        return False
    return whole[index(at.event_day + event)] <= day < whole[index(at.event_until + event)]


@inlined
def signs_today(event: int, day: int, world: World, luck: Luck) -> bool:
    """Return whether a deal that is still open is signed today."""
    key = key_at(world.at.event_key + event, world)
    draw = one_uniform(luck.seed, luck.run, key, DEAL_PURPOSE, day)
    return draw < number_of_event(event, 0, world)


@compiled
def follow_deals(day: int, world: World, luck: Luck) -> None:
    """Sign the deals that are signed today, and end the one that collapses today.

    ``now.deal`` is 0, or 1 more than the event that the deal in force came from.
    """
    before = world.now.deal
    after = before
    if before > 0 and world.whole[index(world.at.event_until + before - 1)] <= day:
        after = 0
    for event in range(world.at.n_events):
        if after == 0 and is_on(event, DEAL, day, world) and signs_today(event, day, world, luck):
            after = event + 1
    world.now.deal = after
    if (after > 0) != (before > 0):
        change_deal(after, day, world, luck)


@compiled
def add_signals(day: int, world: World) -> None:
    """Write the sum of the signals in force today, condition by condition."""
    real, at = world.real, world.at
    for condition in range(at.n_conditions):
        real[index(at.shift + condition)] = 0.0
    for event in range(at.n_events):
        if is_on(event, SIGNAL, day, world):
            condition = world.whole[index(at.event_target + event)]
            real[index(at.shift + condition)] += number_of_event(event, 0, world)


@compiled
def jolt(event: int, world: World) -> None:
    """Add a shock, or the answer to a proposal, to today's jump of a condition."""
    at = world.at
    jump = number_of_event(event, 0, world)
    if world.whole[index(at.event_kind + event)] == PROPOSAL:
        jump = jump * (world.now.adequacy - number_of_event(event, 1, world))
    world.real[index(at.jump + world.whole[index(at.event_target + event)])] += jump


@compiled
def put_all(event: int, day: int, world: World, luck: Luck) -> None:
    """Put every nation that a move names in its stage."""
    who = world.at.event_who_start + event
    for spot in range(world.whole[index(who + 1)] - world.whole[index(who)]):
        put(named(event, spot, world), event, day, world, luck)


@compiled
def take_effect(event: int, day: int, world: World, luck: Luck) -> None:
    """Let one event of today take effect; deals and signals are followed day by day."""
    kind = world.whole[index(world.at.event_kind + event)]
    if kind == MOVE:
        put_all(event, day, world, luck)
    elif kind == MEETING:
        convene(event, world)
        world.now.n_meetings += 1
    elif kind == LIST:
        publish_list(event, world)
    elif kind == OPINION:
        shift_opinion(event, world)
    elif kind == NEW_REQUIREMENT:
        world.now.requirement = number_of_event(event, 0, world)
    elif kind in (SHOCK, PROPOSAL):
        jolt(event, world)


@compiled
def take_events(day: int, world: World, luck: Luck) -> None:
    """Let today's events take effect: moves, then deals, then meetings and the rest."""
    whole, at, now = world.whole, world.at, world.now
    dealt = False
    while now.next_event < at.n_events and whole[index(at.event_day + now.next_event)] <= day:
        event = now.next_event
        now.next_event = event + 1
        if whole[index(at.event_kind + event)] != MOVE and not dealt:
            follow_deals(day, world, luck)
            dealt = True
        take_effect(event, day, world, luck)
    if not dealt:
        follow_deals(day, world, luck)
    add_signals(day, world)


@compiled
def release(world: World) -> None:
    """End the day for those whom an event held back, and for lists."""
    if world.now.n_held > 0:
        for nation in range(world.at.n_nations):
            if world.whole[index(world.at.held + nation)] == 1:
                world.whole[index(world.at.held + nation)] = 0
                write_risks(nation, world)
        world.now.n_held = 0
    if world.now.n_lists > 0:
        for nation in range(world.at.n_nations):
            world.real[index(world.at.cells + place(nation, row.LISTED))] = 0.0
        world.now.n_lists = 0
