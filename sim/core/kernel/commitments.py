"""Pledges in a run: who chooses today, in what order, and against what."""

from __future__ import annotations

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.kernel.shared import value_of
from sim.core.kernel.world import World, stage_of
from sim.core.layout import TOKEN, VALUE, Integers, Reals
from sim.core.rules.moves import is_firm
from sim.core.rules.pledges import (
    FORCE_UNIT,
    FORCE_UNITS,
    NO_REST,
    Offer,
    Prize,
    add_token,
    adequacy,
    cost_per_force,
    highest_price,
    highest_price_per_worth,
    is_at_rest_below,
    pledged_units,
    shadow_price,
    value_of_success,
)
from sim.core.rules.prospects import prospects_with
from sim.core.stages import PLEDGED


@inlined
def update_cost(nation: int, world: World) -> None:
    """Write what a unit of cost buys of each kind, at a nation's support of today."""
    real, at = world.real, world.at
    for kind in range(at.n_kinds):
        cost = cost_per_force(
            real[index(at.cost + kind)],
            real[index(at.aversion + kind)],
            real[index(at.support_now + nation)],
            real[index(at.cost_spread + kind * at.n_nations + nation)],
        )
        # The search for a price divides by the cost many times: keep the reciprocal.
        real[index(at.per_cost + nation * at.n_kinds + kind)] = 1.0 / cost
    real[index(at.rest_price + nation)] = NO_REST


@inlined
def prospects_of(nation: int, world: World) -> float:
    """Return the product of a nation's prospects today, in [0, 1].

    Over all conditions; the feature of the hazards reads the last ones from the table instead.
    """
    real, at = world.real, world.at
    product = 1.0
    for condition in range(at.n_conditions):
        reliance = real[index(at.reliance + condition * at.n_nations + nation)]
        product = prospects_with(product, reliance, value_of(condition, world))
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
    return Prize(value * requirement, others, world.now.per_convexity)


@inlined
def offer_of(nation: int, world: World) -> Offer:
    """Return what a nation can give: at least what it has pledged so far, and the token."""
    real, at = world.real, world.at
    entry = nation * at.n_kinds
    for kind in range(at.n_kinds):
        real[index(at.floor + kind)] = world.whole[index(at.pledge + entry + kind)] * FORCE_UNIT
    # Three stretches of `real` rather than arrays: no slices are made for every pledge.
    offer = Offer(real, at.per_cost + entry, at.capacity_force + entry, at.floor, at.n_kinds)
    add_token(offer, real[index(at.commitment + TOKEN)])
    return offer


@inlined
def set_pledge(nation: int, day: int, world: World) -> None:
    """Put the contributions in `chosen` in place of a nation's pledge.

    Pledges are whole numbers, so that the sums by kind, to which only the difference is added,
    are those that adding up all nations would give.
    """
    whole, at = world.whole, world.at
    for kind in range(at.n_kinds):
        entry = at.pledge + nation * at.n_kinds + kind
        more = whole[index(at.chosen + kind)] - whole[index(entry)]
        whole[index(entry)] += more
        whole[index(at.force + kind)] += more
        whole[index(at.force + at.n_kinds)] += more
    if whole[index(at.pledged_on + nation)] < 0:
        whole[index(at.pledged_on + nation)] = day
    world.now.has_changed = 1
    world.now.hazards_changed = 1


@inlined
def gives_the_same(nation: int, price: float, offer: Offer, prize: Prize, world: World) -> bool:
    """Return whether a nation that has pledged gives as much at a price, and so at a lower one."""
    whole, at = world.whole, world.at
    if whole[index(at.pledged_on + nation)] < 0:
        return False
    for kind in range(at.n_kinds):
        units = pledged_units(price, offer, kind, prize.per_convexity)
        if units != whole[index(at.pledge + nation * at.n_kinds + kind)]:
            return False
    return True


@compiled
def choose_pledge(nation: int, day: int, world: World) -> None:
    """Let a nation choose its contributions; it takes back nothing of an earlier pledge."""
    offer, prize = offer_of(nation, world), prize_for(nation, world)
    price = highest_price(offer, prize)
    if not gives_the_same(nation, price, offer, prize, world):
        price = shadow_price(offer, prize)
        for kind in range(world.at.n_kinds):
            units = pledged_units(price, offer, kind, prize.per_convexity)
            world.whole[index(world.at.chosen + kind)] = units
        set_pledge(nation, day, world)
    world.real[index(world.at.rest_price + nation)] = price


@inlined
def is_stated(first: int, world: World) -> bool:
    """Return whether a pledge is stated at a position of `World.real`, where its units begin."""
    # One that is not stated is not a number, which is the only one that differs from itself.
    return world.at.n_kinds > 0 and world.real[index(first)] == world.real[index(first)]


@compiled
def set_stated_pledge(nation: int, day: int, first: int, world: World) -> None:
    """Pledge what is stated, in units from a position of `World.real` on, at most capacity."""
    real, at = world.real, world.at
    for kind in range(at.n_kinds):
        force = real[index(first + kind)] * real[index(at.weight + kind)]
        force = min(force, real[index(at.capacity_force + nation * at.n_kinds + kind)])
        world.whole[index(at.chosen + kind)] = int(force * FORCE_UNITS)
    set_pledge(nation, day, world)
    real[index(at.rest_price + nation)] = NO_REST


@inlined
def is_pledging(nation: int, world: World) -> bool:
    """Return whether a nation waits to choose a pledge today: two events may move it there."""
    for entry in range(world.now.n_pledging):
        if world.whole[index(world.at.pledging + entry)] == nation:
            return True
    return False


@inlined
def add_to_pledging(nation: int, moment: float, world: World) -> None:
    """Let a nation choose a pledge at the end of today, in order of the fraction of the day.

    An insertion into a sorted list, at the end of equals. It seldom holds more than one nation.
    """
    real, whole, at = world.real, world.whole, world.at
    entry = world.now.n_pledging
    while entry > 0 and real[index(at.pledging_moment + entry - 1)] > moment:
        real[index(at.pledging_moment + entry)] = real[index(at.pledging_moment + entry - 1)]
        whole[index(at.pledging + entry)] = whole[index(at.pledging + entry - 1)]
        entry -= 1
    real[index(at.pledging_moment + entry)] = moment
    whole[index(at.pledging + entry)] = nation
    world.now.n_pledging += 1


# The two functions below get arrays alone, a number for each nation.


@compiled
def multiply_prospects(products: Reals, reliances: Reals, condition: float) -> None:
    """Multiply the prospects of all nations by those of one more condition."""
    widest_vectors()
    for nation in range(products.shape[0]):
        products[nation] = prospects_with(products[nation], reliances[nation], condition)


@compiled
def fill_restless(
    out: Integers,
    attends: Integers,
    stages: Integers,
    pledged_on: Integers,
    rest_prices: Reals,
    stakes: Reals,
    prospects: Reals,
    size_factors: Reals,
    value: float,
    requirement: float,
    price_per_worth: float,
    day: int,
) -> None:
    """Write 1 for nations that reconsider their pledge and may not be at rest."""
    widest_vectors()
    for nation in range(out.shape[0]):
        worth = requirement * value_of_success(
            value, stakes[nation], prospects[nation], size_factors[nation]
        )
        rests = is_at_rest_below(rest_prices[nation], worth, price_per_worth)
        # `&` rather than `and`: to look at all of it costs less than jumps.
        reconsiders = attends[nation] & (stages[nation] == PLEDGED) & (pledged_on[nation] < day)
        out[nation] = 0 if rests else reconsiders


@inlined
def find_restless(day: int, world: World) -> None:
    """Find the nations that reconsider, but for those that are at rest: most of them.

    Before any of them chooses: no raise moves another nation that is at rest, for the more force
    there is, the less a unit of it is worth.
    """
    real, whole, at = world.real, world.whole, world.at
    end, prospects = at.n_nations, stretch(real, at.prospects_now, at.n_nations)
    prospects[:] = 1.0
    for condition in range(at.n_conditions):
        first = at.reliance + condition * end
        multiply_prospects(prospects, stretch(real, first, end), value_of(condition, world))
    force, requirement = whole[index(at.force + at.n_kinds)] * FORCE_UNIT, world.now.requirement
    fill_restless(
        stretch(whole, at.restless, end),
        stretch(whole, at.attends, end),
        stretch(whole, at.stage, end),
        stretch(whole, at.pledged_on, end),
        stretch(real, at.rest_price, end),
        stretch(real, at.stake, end),
        prospects,
        stretch(real, at.size_factor, end),
        real[index(at.commitment + VALUE)],
        requirement,
        highest_price_per_worth(force, requirement),
        day,
    )


@compiled
def make_pledges(day: int, world: World) -> None:
    """Let those who pledged today choose, one after another; then those who reconsider."""
    whole, at, now = world.whole, world.at, world.now
    for entry in range(now.n_pledging):
        nation = whole[index(at.pledging + entry)]
        # By now an event may have stated its pledge, or it may have left again.
        if whole[index(at.pledged_on + nation)] < 0 and is_firm(stage_of(nation, world)):
            choose_pledge(nation, day, world)
    now.n_pledging = 0
    if now.n_meetings > 0:
        find_restless(day, world)
        for nation in range(at.n_nations):
            if whole[index(at.restless + nation)] > 0:
                choose_pledge(nation, day, world)
        stretch(whole, at.attends, at.n_nations)[:] = 0
        now.n_meetings = 0


@inlined
def update_adequacy(world: World) -> None:
    """Write the adequacy of the public force as it is now."""
    total = world.whole[index(world.at.force + world.at.n_kinds)] * FORCE_UNIT
    world.now.adequacy = adequacy(total, world.now.requirement)
