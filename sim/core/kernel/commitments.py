"""Pledges in a run: who chooses today, in what order, against what."""

from __future__ import annotations

from sim.core.compiled import compiled, index, inlined
from sim.core.kernel.transitions import stage_of
from sim.core.kernel.world import World
from sim.core.layout import CONVEXITY, TOKEN, VALUE
from sim.core.rules.moves import is_firm
from sim.core.rules.pledges import (
    FORCE_UNIT,
    FORCE_UNITS,
    Offer,
    Prize,
    adequacy,
    cost_per_force,
    lay_token,
    pledged_units,
    shadow_price,
    value_of_success,
)
from sim.core.rules.prospects import prospects_with
from sim.core.stages import PLEDGED


@inlined
def write_cost(nation: int, world: World) -> None:
    """Write a nation's cost of each kind at its support of today."""
    real, at = world.real, world.at
    for kind in range(at.n_kinds):
        spot = nation * at.n_kinds + kind
        cost = cost_per_force(
            real[index(at.cost + kind)],
            real[index(at.aversion + kind)],
            real[index(at.support_now + nation)],
            real[index(at.cost_spread + kind * at.n_nations + nation)],
        )
        real[index(at.per_cost + spot)] = 1.0 / cost


@inlined
def prospects_of(nation: int, world: World) -> float:
    """Return the product of a nation's prospects today, in [0, 1]."""
    real, at = world.real, world.at
    product = 1.0
    for condition in range(at.n_conditions):
        reliance = real[index(at.reliance + condition * at.n_nations + nation)]
        product = prospects_with(product, reliance, real[index(at.value + condition)])
    return product


@inlined
def prize_for(nation: int, world: World) -> Prize:
    """Return what success is worth to a nation today, given the force of all others."""
    real, whole, at = world.real, world.whole, world.at
    own = 0
    for kind in range(at.n_kinds):
        own += whole[index(at.pledge + nation * at.n_kinds + kind)]
    value = value_of_success(
        real[index(at.commitment + VALUE)],
        real[index(at.stake + nation)],
        prospects_of(nation, world),
        real[index(at.size_factor + nation)],
    )
    requirement = world.now.requirement
    others = (whole[index(at.force + at.n_kinds)] - own) * FORCE_UNIT + requirement
    return Prize(value * requirement, others, 1.0 / real[index(at.commitment + CONVEXITY)])


@inlined
def put_pledge(nation: int, day: int, world: World) -> None:
    """Put the contributions that were chosen in place of a nation's pledge."""
    whole, at = world.whole, world.at
    for kind in range(at.n_kinds):
        spot = at.pledge + nation * at.n_kinds + kind
        more = whole[index(at.chosen + kind)] - whole[index(spot)]
        whole[index(spot)] += more
        whole[index(at.force + kind)] += more
        whole[index(at.force + at.n_kinds)] += more
    if whole[index(at.pledged_on + nation)] < 0:
        whole[index(at.pledged_on + nation)] = day
    world.now.has_changed = 1


@inlined
def offer_of(nation: int, world: World) -> Offer:
    """Return what a nation can give, at least what it has pledged so far and the token."""
    real, at = world.real, world.at
    spot = nation * at.n_kinds
    for kind in range(at.n_kinds):
        real[index(at.floor + kind)] = world.whole[index(at.pledge + spot + kind)] * FORCE_UNIT
    offer = Offer(real, at.per_cost + spot, at.capacity_force + spot, at.floor, at.n_kinds)
    lay_token(offer, real[index(at.commitment + TOKEN)])
    return offer


@compiled
def choose_pledge(nation: int, day: int, world: World) -> None:
    """Let a nation choose its contributions."""
    offer, prize = offer_of(nation, world), prize_for(nation, world)
    price = shadow_price(offer, prize)
    for kind in range(world.at.n_kinds):
        units = pledged_units(price, offer, kind, prize.per_convexity)
        world.whole[index(world.at.chosen + kind)] = units
    put_pledge(nation, day, world)


@inlined
def is_stated(first: int, world: World) -> bool:
    """Return whether a pledge is stated where its units would begin among the real numbers."""
    return world.at.n_kinds > 0 and world.real[index(first)] == world.real[index(first)]


@compiled
def state_pledge(nation: int, day: int, first: int, world: World) -> None:
    """Put a stated pledge, in units from `first` on, in place of a nation's choice."""
    real, at = world.real, world.at
    for kind in range(at.n_kinds):
        force = real[index(first + kind)] * real[index(at.weight + kind)]
        force = min(force, real[index(at.capacity_force + nation * at.n_kinds + kind)])
        world.whole[index(at.chosen + kind)] = int(force * FORCE_UNITS)
    put_pledge(nation, day, world)


@inlined
def waits_to_pledge(nation: int, world: World) -> bool:
    """Return whether a nation is on today's list already: events may move it there twice."""
    for spot in range(world.now.n_pledging):
        if world.whole[index(world.at.pledging + spot)] == nation:
            return True
    return False


@inlined
def wait_to_pledge(nation: int, moment: float, world: World) -> None:
    """Put a nation on today's list, which is kept in order of the fraction of the day."""
    real, whole, at = world.real, world.whole, world.at
    spot = world.now.n_pledging
    while spot > 0 and real[index(at.pledging_at + spot - 1)] > moment:
        real[index(at.pledging_at + spot)] = real[index(at.pledging_at + spot - 1)]
        whole[index(at.pledging + spot)] = whole[index(at.pledging + spot - 1)]
        spot -= 1
    real[index(at.pledging_at + spot)] = moment
    whole[index(at.pledging + spot)] = nation
    world.now.n_pledging += 1


@inlined
def reconsiders(nation: int, day: int, world: World) -> bool:
    """Return whether a nation that pledged before today attends a meeting today."""
    whole, at = world.whole, world.at
    attends = whole[index(at.attends + nation)] == 1
    if attends & (stage_of(nation, world) == PLEDGED):
        return whole[index(at.pledged_on + nation)] < day
    return False


@compiled
def hear_pledges(day: int, world: World) -> None:
    """Let those who pledged today choose, one after another; then those who reconsider."""
    whole, at, now = world.whole, world.at, world.now
    for spot in range(now.n_pledging):
        nation = whole[index(at.pledging + spot)]
        if whole[index(at.pledged_on + nation)] < 0 and is_firm(stage_of(nation, world)):
            choose_pledge(nation, day, world)
    now.n_pledging = 0
    if now.n_meetings > 0:
        for nation in range(at.n_nations):
            if reconsiders(nation, day, world):
                choose_pledge(nation, day, world)
        whole[at.attends : at.attends + at.n_nations] = 0
        now.n_meetings = 0


@inlined
def take_stock(world: World) -> None:
    """Write the adequacy of the public force as it is now."""
    total = world.whole[index(world.at.force + world.at.n_kinds)] * FORCE_UNIT
    world.now.adequacy = adequacy(total, world.now.requirement)
