"""One day of a run: events, conditions, hazards, moves, pledges, diary."""

from __future__ import annotations

import numpy as np

from sim.core.compiled import compiled, index, inlined
from sim.core.elementary import logistic
from sim.core.kernel import cells as row
from sim.core.kernel.cells import (
    N_LEAN,
    N_NEAR,
    Near,
    accumulate_hazards,
    exit_hazard,
    features_in,
    forward_hazard,
    place,
)
from sim.core.kernel.commitments import hear_pledges, take_stock, wait_to_pledge
from sim.core.kernel.events import release, take_events
from sim.core.kernel.transitions import enter, stage_of
from sim.core.kernel.world import Luck, World
from sim.core.layout import Reals
from sim.core.rules.conditions import (
    answer_to_coalition,
    answer_to_other,
    next_log_odds,
    target,
)
from sim.core.rules.hazard import NOT_TODAY, Features, crossing_time
from sim.core.rules.influence import peers, remembered
from sim.core.rules.moves import FORWARD, destination, first_move, is_public
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.prospects import pressure_with, prospects_with
from sim.core.stages import PLEDGED

NO_CONDITION = 0.5


@inlined
def remember_moves(world: World) -> None:
    """Let momentum and defection take in yesterday's moves, and begin today's count."""
    now = world.now
    now.momentum = remembered(now.momentum, now.went_public, now.keep_momentum)
    now.defection = remembered(now.defection, now.went_out, now.keep_defection)
    now.went_public = 0
    now.went_out = 0


@inlined
def aim_of(condition: int, world: World) -> float:
    """Return a condition's target today, from yesterday's coalition and conditions."""
    real, at = world.real, world.at
    from_coalition = answer_to_coalition(
        real[index(at.to_force + condition)],
        world.now.adequacy,
        real[index(at.to_breadth + condition)],
        world.now.public_share,
    )
    from_others = 0.0
    for other in range(at.n_conditions):
        response = real[index(at.response + condition * at.n_conditions + other)]
        from_others = answer_to_other(from_others, response, real[index(at.value + other)])
    return target(
        real[index(at.level_odds + condition)],
        from_coalition,
        from_others,
        real[index(at.shift + condition)],
    )


@inlined
def step_conditions(day: int, world: World) -> None:
    """Move every condition by one day."""
    real, at = world.real, world.at
    for condition in range(at.n_conditions):
        real[index(at.log_odds + condition)] = next_log_odds(
            real[index(at.log_odds + condition)],
            aim_of(condition, world),
            real[index(at.speed + condition)],
            real[index(at.volatility + condition)],
            real[index(at.noise + condition * at.n_noise + day)],
            real[index(at.jump + condition)],
        )
        real[index(at.jump + condition)] = 0.0
    for condition in range(at.n_conditions):
        real[index(at.value + condition)] = logistic(real[index(at.log_odds + condition)])


@compiled
def look_at_peers(world: World) -> None:
    """Write every nation's share of ties that are public."""
    real, whole, at = world.real, world.whole, world.at
    for nation in range(at.n_nations):
        own = 1 if is_public(stage_of(nation, world)) else 0
        public_ties = whole[index(at.tie_base + nation)] * (world.now.n_public - own)
        public_ties += whole[index(at.public_extra + nation)]
        cell = at.cells + place(nation, row.PEERS)
        real[index(cell)] = peers(public_ties, real[index(at.threshold + nation)])
    world.now.ties_changed = 0


@compiled
def look_at_far_conditions(world: World) -> None:
    """Write what the conditions before the last four make of prospects and pressure."""
    real, at = world.real, world.at
    for nation in range(at.n_nations):
        product, total = 1.0, 0.0
        for condition in range(at.n_conditions - N_NEAR):
            spot, value = condition * at.n_nations + nation, real[index(at.value + condition)]
            product = prospects_with(product, real[index(at.reliance + spot)], value)
            total = pressure_with(total, real[index(at.sensitivity + spot)], value)
        real[index(at.cells + place(nation, row.PROSPECTS_BEFORE))] = product
        real[index(at.cells + place(nation, row.PRESSURE_BEFORE))] = total


@inlined
def near_value(spot: int, world: World) -> float:
    """Return the value of one of the last four conditions."""
    at = world.at
    condition = max(0, at.n_conditions - N_NEAR) + spot
    return world.real[index(at.value + condition)] if condition < at.n_conditions else NO_CONDITION


@inlined
def shared_features(world: World) -> Features:
    """Return the features that are the same for all nations today, the others at 0."""
    now, n_nations = world.now, world.at.n_nations
    momentum, defection = now.momentum / n_nations, now.defection / n_nations
    deal = 1.0 if now.deal > 0 else 0.0
    return Features(0.0, 0.0, momentum, defection, 0.0, 0.0, now.adequacy, 0.0, deal)


@inlined
def near_values(world: World) -> Near:
    """Return the values of the last four conditions."""
    return Near(
        near_value(0, world), near_value(1, world), near_value(2, world), near_value(3, world)
    )


@inlined
def is_rare_day(world: World) -> bool:
    """Return whether the hazards of today need every feature and condition."""
    at, now = world.at, world.now
    rare = now.has_pressure > 0 or now.n_lists > 0 or now.deal > 0
    return rare or at.n_conditions > N_LEAN


@inlined
def face_hazards(world: World) -> bool:
    """Spend every nation's hazards of today; return whether any threshold was crossed."""
    at, now = world.at, world.now
    if now.ties_changed > 0:
        look_at_peers(world)
    if at.n_conditions > N_NEAR:
        look_at_far_conditions(world)
    return accumulate_hazards(
        world.real[at.cells : at.cells + at.n_blocks * row.BLOCK],
        at.n_blocks,
        near_values(world),
        shared_features(world),
        now.keep_convened,
        is_rare_day(world),
    )


@inlined
def crossing_times(
    cell: int, near: Near, shared: Features, rare: bool, cells: Reals
) -> tuple[float, float]:
    """Return the fractions of today at which a nation's two thresholds were crossed.

    The hazard of a threshold that was not crossed is not asked for.
    """
    features = features_in(cells, cell, near, shared, rare, row.FELT)
    forward_left = cells[index(cell + row.FORWARD_LEFT * row.LANES)]
    exit_left = cells[index(cell + row.EXIT_LEFT * row.LANES)]
    moment, exit_moment = NOT_TODAY, NOT_TODAY
    if forward_left < 0.0:
        moment = crossing_time(forward_hazard(cells, cell, features, rare), forward_left)
    if exit_left < 0.0:
        exit_moment = crossing_time(exit_hazard(cells, cell, features, rare), exit_left)
    return moment, exit_moment


@inlined
def has_crossed(cell: int, cells: Reals) -> bool:
    """Return whether either threshold of the nation in a cell was crossed today."""
    forward_left = cells[index(cell + row.FORWARD_LEFT * row.LANES)]
    return forward_left < 0.0 or cells[index(cell + row.EXIT_LEFT * row.LANES)] < 0.0


@inlined
def chosen_stage(nation: int, moment: float, exit_moment: float, world: World) -> int:
    """Return the stage a nation goes to today, by the threshold that it crossed first."""
    move = first_move(moment, exit_moment)
    stage = destination(stage_of(nation, world), move)
    if move == FORWARD and stage == PLEDGED:
        wait_to_pledge(nation, moment, world)
    return stage


@inlined
def any_crossed(first: int, cells: Reals) -> bool:
    """Return whether any nation of a block crossed a threshold today: any sign bit is set."""
    signs = np.int64(0)
    for lane in range(row.LANES):
        signs |= np.float64(cells[index(first + lane + row.FORWARD_LEFT * row.LANES)]).view(
            np.int64
        )
        signs |= np.float64(cells[index(first + lane + row.EXIT_LEFT * row.LANES)]).view(np.int64)
    return bool(signs < 0)


@compiled
def move_those_who_crossed(day: int, world: World, luck: Luck) -> None:
    """Move every nation whose threshold was crossed today, once, in file order."""
    real, at = world.real, world.at
    near, shared, rare = near_values(world), shared_features(world), is_rare_day(world)
    for block in range(at.n_blocks):
        first = at.cells + block * row.BLOCK
        if any_crossed(first, real):
            for lane in range(row.LANES):
                if has_crossed(first + lane, real):
                    moment, exit_moment = crossing_times(first + lane, near, shared, rare, real)
                    nation = block * row.LANES + lane
                    stage = chosen_stage(nation, moment, exit_moment, world)
                    enter(nation, stage, day, world, luck)


@inlined
def write_diary(day: int, world: World) -> None:
    """Write down sizes at the end of a day, and force if anything changed."""
    real, whole, at, now = world.real, world.whole, world.at, world.now
    n_records = at.n_days + 1
    whole[index(at.diary_size + day)] = now.n_public
    whole[index(at.diary_size + n_records + day)] = now.n_private
    whole[index(at.diary_size + 2 * n_records + day)] = now.n_firm
    if now.has_changed > 0:
        for kind in range(at.n_kinds + 1):
            real[index(at.diary_force + kind * n_records + day)] = (
                whole[index(at.force + kind)] * FORCE_UNIT
            )
        whole[index(at.changed_on + now.n_changed)] = day
        now.n_changed += 1
        now.has_changed = 0


@inlined
def advance(day: int, world: World, luck: Luck) -> None:
    """Bring a run from the end of one day to the end of the next."""
    now = world.now
    remember_moves(world)
    is_busy = world.whole[index(world.at.busy + day)] > 0
    if is_busy:
        take_events(day, world, luck)
        now.has_changed = 1
    step_conditions(day, world)
    if is_busy:
        take_stock(world)
    if face_hazards(world):
        move_those_who_crossed(day, world, luck)
    if now.n_pledging > 0 or now.n_meetings > 0:
        hear_pledges(day, world)
    if now.n_held > 0 or now.n_lists > 0:
        release(world)
    if now.has_changed > 0:
        take_stock(world)
        now.public_share = now.n_public / world.at.n_nations
    write_diary(day, world)
