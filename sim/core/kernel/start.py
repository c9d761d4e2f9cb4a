"""Day 0 of a run: what is drawn once, where nations stand, what they remember."""

from __future__ import annotations

import numpy as np

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.draws import CLIMATE as CLIMATE_PURPOSE
from sim.core.draws import (
    DISPOSITION,
    INITIAL_LAW,
    INITIAL_STAGE,
    PLEDGE_COST,
    fill_condition_shares,
    fill_shares,
    fill_thresholds,
    one_uniform,
)
from sim.core.elementary import exp, log, log_odds, logistic, normal_quantile
from sim.core.event_kinds import MOVE
from sim.core.inverse import to_normal_quantiles
from sim.core.kernel import features as row
from sim.core.kernel.breadth import add_to_breadth, prepare_capacity_units, update_breadth
from sim.core.kernel.commitments import (
    choose_pledge,
    is_stated,
    set_stated_pledge,
    update_adequacy,
    update_cost,
)
from sim.core.kernel.events import (
    convene,
    event_at,
    is_due,
    kind_of,
    n_named,
    named_nation,
    set_dates,
)
from sim.core.kernel.features import (
    N_LAST,
    cell_index,
    trait_weights_at,
    traits_of,
    weights_from,
)
from sim.core.kernel.quorums import prepare_weights
from sim.core.kernel.shared import (
    KEEP_DEFECTION,
    KEEP_MOMENTUM,
    MOMENTUM,
    WENT_PUBLIC,
    update_answers,
)
from sim.core.kernel.transitions import (
    add_to_public_weights,
    add_to_sizes,
    count_visit,
    counted_at,
    note_turn,
    update_hazards,
)
from sim.core.kernel.world import (
    LANES,
    RunKey,
    World,
    Worlds,
    by_address,
    key_at,
    shared_cell,
    stage_of,
    world_in,
)
from sim.core.layout import (
    CONVEXITY,
    INITIAL_ODDS,
    INITIAL_WEIGHTS,
    OF_CONVENED,
    OF_DEFECTION,
    OF_MOMENTUM,
    REQUIREMENT,
    SCALE,
    WILLING_SHARE,
    Reals,
)
from sim.core.rules.hazard import CLOSED, PEERS
from sim.core.rules.influence import faded, remembered
from sim.core.rules.moves import is_firm, is_public
from sim.core.rules.pledges import size_factor, spread_of_cost
from sim.core.rules.starts import chance_in_play, initial_stage, stage_by_law
from sim.core.rules.success import NEVER
from sim.core.rules.tempo import log_tempo
from sim.core.stages import EXIT, N_DAILY, N_FEATURES, N_STAGES, N_TRAITS

NO_MASK = np.uint64(0)

NEVER_CROSSED = 1e300
"""Threshold of the places that fill up the last blocks: no sum of hazards comes near it."""


@compiled
def clear(world: World) -> None:
    """Empty the memory of what the run before left behind.

    Parts lie in the order of `REAL_PARTS` and `WHOLE_PARTS`, so each kind is one stretch.
    """
    at, now = world.at, world.now
    stretch(world.real, at.support_now, at.noise - at.support_now)[:] = 0.0
    stretch(world.whole, at.stage, at.refusal_day - at.stage)[:] = 0
    stretch(world.whole, at.refusal_day, at.exit_day + at.n_nations - at.refusal_day)[:] = -1
    stretch(world.whole, at.pledged_on, at.n_nations)[:] = -1
    now.n_public = 0
    now.n_private = 0
    now.n_firm = 0
    now.deal = 0
    now.n_pledging = 0
    now.n_logged = 0
    now.n_changed = 0
    now.has_changed = 1
    now.hazards_changed = 1
    now.n_held = 0
    now.n_meetings = 0
    now.n_lists = 0
    now.ties_changed = 1
    now.n_turned = 0
    now.n_stale = at.n_octets
    for octet in range(at.n_octets):
        world.whole[index(at.stale + octet)] = octet
    now.has_pressure = 0
    now.has_exits = 0
    now.has_memories = 0
    now.peers_alone = 1
    now.moves_by_itself = 0
    now.spent_until = 0
    now.next_busy = 0
    now.success_day = NEVER
    now.held_for = 0
    now.quorum_day = NEVER
    for line in range(at.noise_by_day):
        world.shared[index(shared_cell(line, world))] = 0.0
    now.n_groups_covered = 0
    now.units_public = 0
    now.units_of_all = 0
    now.n_members_public = 0


@compiled
def fill_table(world: World) -> None:
    """Fill the table with nations to whom no move is open, and with what nations rely on.

    Places beyond the last nation stay so, and their thresholds are never crossed. The hazard loop
    then runs over whole octets and asks of no lane whether it is one. What the run before left in
    the other rows changes no hazard: they are written before hazards are spent, or are coefficients
    of a closed move, whose log hazard is ``-inf`` with any of them.
    """
    real, at = world.real, world.at
    for nation in range(at.n_blocks * row.ROW):
        for move in range(2):
            real[index(at.cells + cell_index(nation, row.FORWARD_STANDING + move))] = CLOSED
            real[index(at.cells + cell_index(nation, row.FORWARD_BASE + move))] = CLOSED
        real[index(at.cells + cell_index(nation, row.CONVENED))] = 0.0
        real[index(at.cells + cell_index(nation, row.LISTED))] = 0.0
        real[index(at.cells + cell_index(nation, row.PROSPECTS_EARLIER))] = 1.0
        real[index(at.cells + cell_index(nation, row.FORWARD_REMAINING))] = NEVER_CROSSED
        real[index(at.cells + cell_index(nation, row.EXIT_REMAINING))] = NEVER_CROSSED
    first = max(0, at.n_conditions - N_LAST)
    for condition in range(first, at.n_conditions):
        for nation in range(at.n_nations):
            source = condition * at.n_nations + nation
            cell = at.cells + cell_index(nation, row.RELIANCE + condition - first)
            real[index(cell)] = real[index(at.reliance + source)]
            cell = at.cells + cell_index(nation, row.SENSITIVITY + condition - first)
            real[index(cell)] = real[index(at.sensitivity + source)]
            if real[index(cell)] != 0.0:
                world.now.has_pressure = 1


# Every run, not once a thread: each of these inputs may be drawn, and so differ from run to run.


@inlined
def note_moving_features(move: int, world: World) -> None:
    """Note what a day may change in the hazard of a move, by the coefficients that it has.

    Where conditions move a feature or memory fades it, the hazard may change on a day on which
    nothing happens.
    """
    at, now = world.at, world.now
    first = at.coefficient + move * N_FEATURES + N_TRAITS
    weights = weights_from(world.real, first, 1)
    for feature in range(N_DAILY):
        if feature != PEERS and world.real[index(first + feature)] != 0.0:
            now.peers_alone = 0
    if weights.momentum != 0.0 or weights.defection != 0.0:
        now.has_memories = 1
        now.moves_by_itself = 1
    if at.n_conditions > 0 and (weights.prospects != 0.0 or weights.pressure != 0.0):
        now.moves_by_itself = 1
    if at.n_events > 0 and weights.convened != 0.0:
        now.moves_by_itself = 1


@compiled
def prepare_rates(world: World) -> None:
    """Write the requirement, what a day leaves of memories, the log rates and the tempo."""
    real, at, now = world.real, world.at, world.now
    now.requirement = real[index(at.commitment + REQUIREMENT)]
    now.per_convexity = 1.0 / real[index(at.commitment + CONVEXITY)]
    keep_momentum = exp(-1.0 / real[index(at.memory + OF_MOMENTUM)])
    keep_defection = exp(-1.0 / real[index(at.memory + OF_DEFECTION)])
    world.shared[index(shared_cell(KEEP_MOMENTUM, world))] = keep_momentum
    world.shared[index(shared_cell(KEEP_DEFECTION, world))] = keep_defection
    now.keep_convened = exp(-1.0 / real[index(at.memory + OF_CONVENED)])
    now.log_tempo = log_tempo(real[index(at.tempo)], 0.0)
    for entry in range(N_STAGES * 2):
        rate = real[index(at.rate + entry)]
        # A rate of 0 is never read: `is_open` says that such a move is not.
        real[index(at.log_rate + entry)] = log(rate) if rate > 0.0 else 0.0
        if rate > 0.0:
            note_moving_features(entry, world)
            if entry % 2 == EXIT:
                now.has_exits, now.peers_alone = 1, 0


@compiled
def prepare_capacities(world: World) -> None:
    """Write capacities in force units, and what size makes of the value of success."""
    real, at = world.real, world.at
    largest = 0.0
    for nation in range(at.n_nations):
        total = 0.0
        for kind in range(at.n_kinds):
            entry = nation * at.n_kinds + kind
            force = real[index(at.weight + kind)] * real[index(at.capacity + entry)]
            real[index(at.capacity_force + entry)] = force
            total += force
        real[index(at.size_factor + nation)] = total  # until the largest is known
        largest = max(largest, total)
    prepare_capacity_units(largest, world)
    for nation in range(at.n_nations):
        entry = at.size_factor + nation
        real[index(entry)] = size_factor(
            real[index(entry)], largest, real[index(at.commitment + SCALE)]
        )


# Draws are made for all nations at once: uniform numbers first, then the normal quantile, each in
# a loop of its own over neighbours in memory, which the compiler turns into vector instructions.


@compiled
def to_cost_spread(out: Reals, spread: float) -> None:
    """Turn standard normal draws into the factors by which costs differ, in place."""
    for nation in range(out.shape[0]):
        out[nation] = spread_of_cost(spread, out[nation])


@compiled
def draw_costs(world: World, run_key: RunKey) -> None:
    """Draw how far each nation's cost of each kind lies from the common one."""
    real, at = world.real, world.at
    keys = stretch(world.whole, at.nation_key, at.n_nations)
    for kind in range(at.n_kinds):
        first, kind_key = at.cost_spread + kind * at.n_nations, key_at(at.kind_key + kind, world)
        out = stretch(real, first, at.n_nations)
        fill_shares(out, run_key.seed, run_key.run, keys, kind_key, PLEDGE_COST)
    n_costs = at.n_kinds * at.n_nations
    to_normal_quantiles(stretch(real, at.cost_spread, n_costs), stretch(real, at.tails, n_costs))
    for kind in range(at.n_kinds):
        first = at.cost_spread + kind * at.n_nations
        to_cost_spread(stretch(real, first, at.n_nations), real[index(at.spread + kind)])
    for nation in range(at.n_nations):
        update_cost(nation, world)


@compiled
def draw_dispositions(world: World, run_key: RunKey) -> None:
    """Draw the climate and dispositions that are not given; support is as the inputs have it."""
    real, at, now = world.real, world.at, world.now
    climate = one_uniform(run_key.seed, run_key.run, now.climate_key, CLIMATE_PURPOSE, 0)
    given_climate = real[index(at.given_climate)]
    now.climate = given_climate if given_climate == given_climate else normal_quantile(climate)
    keys = stretch(world.whole, at.nation_key, at.n_nations)
    dispositions = stretch(real, at.disposition, at.n_nations)
    fill_shares(dispositions, run_key.seed, run_key.run, keys, NO_MASK, DISPOSITION)
    to_normal_quantiles(dispositions, stretch(real, at.tails, at.n_nations))
    for nation in range(at.n_nations):
        real[index(at.support_now + nation)] = real[index(at.support + nation)]
        given = real[index(at.given_disposition + nation)]
        if given == given:  # a number
            real[index(at.disposition + nation)] = given


@inlined
def copy_to_row(row: int, number: float, world: World) -> None:
    """Write a number of the run in a row of `World.shared`."""
    world.shared[index(shared_cell(row, world))] = number


@compiled
def draw_noise(condition: int, world: World, run_key: RunKey) -> None:
    """Draw a condition's noise for the whole run; without volatility there is none."""
    real, at = world.real, world.at
    noise = stretch(real, at.noise, at.n_noise)
    if real[index(at.volatility + condition)] > 0.0:
        key = key_at(at.condition_key + condition, world)
        fill_condition_shares(noise, run_key.seed, run_key.run, key)
        to_normal_quantiles(noise, stretch(real, at.tails, at.n_noise))
    else:
        noise[:] = 0.0
    for day in range(at.n_days + 1):
        row_of_day = at.noise_by_day + day * at.n_conditions + condition
        copy_to_row(row_of_day, real[index(at.noise + day)], world)


@compiled
def start_conditions(world: World, run_key: RunKey) -> None:
    """Put each condition at its start, and draw its noise."""
    real, at = world.real, world.at
    for condition in range(at.n_conditions):
        level, start = real[index(at.level + condition)], real[index(at.start + condition)]
        if start != start:  # not a number: the file names no start
            start = level
        copy_to_row(at.level_odds + condition, log_odds(level), world)
        copy_to_row(at.log_odds + condition, log_odds(start), world)
        copy_to_row(at.value + condition, logistic(log_odds(start)), world)
        copy_to_row(at.speed_of_run + condition, real[index(at.speed + condition)], world)
        copy_to_row(at.volatility_of_run + condition, real[index(at.volatility + condition)], world)
        for other in range(at.n_conditions):
            entry = condition * at.n_conditions + other
            copy_to_row(at.response_of_run + entry, real[index(at.response + entry)], world)
        draw_noise(condition, world, run_key)


@compiled
def draw_first_stages(world: World, run_key: RunKey) -> None:
    """Draw every nation's initial stage."""
    real, at = world.real, world.at
    # Where every stage is certain, any draw gives it: the zeros that the memory holds do.
    if at.n_by_chance > 0:
        draws = stretch(real, at.first_draw, at.n_nations)
        keys = stretch(world.whole, at.nation_key, at.n_nations)
        fill_shares(draws, run_key.seed, run_key.run, keys, NO_MASK, INITIAL_STAGE)
    for nation in range(at.n_nations):
        chances = at.stage_chance + nation * N_STAGES
        draw = real[index(at.first_draw + nation)]
        stage = initial_stage(draw, stretch(real, chances, N_STAGES))
        world.whole[index(at.stage + nation)] = stage


@compiled
def draw_stages_by_law(world: World, run_key: RunKey) -> None:
    """Draw the initial stages of the nations whose stage the initial law draws."""
    widest_vectors()
    real, at = world.real, world.at
    log_of_odds = log(real[index(at.initial + INITIAL_ODDS)])
    weights = trait_weights_at(at.initial + INITIAL_WEIGHTS, world)
    willing_share = real[index(at.initial + WILLING_SHARE)]
    draws = stretch(real, at.first_draw, at.n_nations)
    keys = stretch(world.whole, at.nation_key, at.n_nations)
    fill_shares(draws, run_key.seed, run_key.run, keys, NO_MASK, INITIAL_LAW)
    for nation in range(at.n_nations):
        chance = chance_in_play(log_of_odds, weights, traits_of(nation, world))
        real[index(at.second_draw + nation)] = chance
    for nation in range(at.n_nations):
        draw, chance = real[index(at.first_draw + nation)], real[index(at.second_draw + nation)]
        if world.whole[index(at.by_law + nation)] > 0:
            stage = stage_by_law(draw, chance, willing_share)
            world.whole[index(at.stage + nation)] = stage


@compiled
def set_given_stages(world: World) -> None:
    """Put nations in the initial stages that the inputs give, over those that were drawn."""
    for nation in range(world.at.n_nations):
        given = world.real[index(world.at.given_stage + nation)]
        if given == given:  # a number
            world.whole[index(world.at.stage + nation)] = int(given)


@compiled
def draw_first_thresholds(world: World, run_key: RunKey) -> None:
    """Draw both thresholds of every nation's first visit: as `draw_thresholds`, but all at once."""
    real, whole, at = world.real, world.whole, world.at
    fill_thresholds(
        stretch(real, at.first_draw, at.n_nations),
        stretch(real, at.second_draw, at.n_nations),
        run_key.seed,
        run_key.run,
        stretch(whole, at.nation_key, at.n_nations),
        stretch(whole, at.stage, at.n_nations),
        world.now.has_exits > 0,
    )
    # Cells of the table are no neighbours across blocks, so the draws are copied there afterwards.
    for nation in range(at.n_nations):
        count_visit(nation, stage_of(nation, world), 0, world)
        forward = cell_index(nation, row.FORWARD_REMAINING)
        leave = cell_index(nation, row.EXIT_REMAINING)
        real[index(at.cells + forward)] = real[index(at.first_draw + nation)]
        real[index(at.cells + leave)] = real[index(at.second_draw + nation)]


@compiled
def start_nations(world: World, run_key: RunKey) -> None:
    """Put every nation in its initial stage.

    As `enter_stage`, but without what only a move does: nobody is new, and there is no pledge yet.
    """
    at = world.at
    draw_first_stages(world, run_key)
    if at.n_by_law > 0:
        draw_stages_by_law(world, run_key)
    set_given_stages(world)
    draw_first_thresholds(world, run_key)
    for nation in range(at.n_nations):
        stage = stage_of(nation, world)
        add_to_sizes(stage, 1, world)
        if is_public(stage):
            note_turn(nation, 1, world)
            add_to_public_weights(nation, 1, world)
            add_to_breadth(nation, 1, world)
        world.moved[index(counted_at(nation, stage, 0, world))] += 1
        world.moved_by_day[index(stage)] += 1
        update_hazards(nation, world)


@compiled
def announce(event: int, world: World) -> None:
    """Count the nations that a move of a day on or before day 0 announces, each nation once."""
    for entry in range(n_named(event, world)):
        place = world.at.announced + named_nation(event, entry, world)
        if world.whole[index(place)] == 0:
            world.whole[index(place)] = 1
            world.shared[index(shared_cell(WENT_PUBLIC, world))] += 1.0


@compiled
def apply_past_events(day: int, world: World) -> None:
    """Let announcements and meetings of a day on or before day 0 take effect on memories."""
    now = world.now
    while is_due(day, world):
        event = event_at(now.next_event, world)
        now.next_event += 1
        if kind_of(event, world) == MOVE:
            announce(event, world)
        else:  # a scenario dates nothing but moves, meetings and triggers on or before day 0
            convene(event, world)


@inlined
def fade_all_meetings(world: World) -> None:
    """Fade every nation's memory of meetings by a day."""
    for octet in range(world.at.n_octets):
        first = world.at.cells + cell_index(octet * LANES, row.CONVENED)
        for lane in range(LANES):
            convened = world.real[index(first + lane)]
            world.real[index(first + lane)] = faded(convened, world.now.keep_convened)


@compiled
def remember_past(world: World) -> None:
    """Feed momentum and the memory of meetings with what happened on or before day 0."""
    shared, at, now = world.shared, world.at, world.now
    momentum, went_public = shared_cell(MOMENTUM, world), shared_cell(WENT_PUBLIC, world)
    now.next_event = 0
    now.freshness = 1.0
    first_day = 1
    if at.n_events > 0:
        first_day = world.whole[index(at.event_day + event_at(0, world))]
    for day in range(first_day, 1):
        shared[index(momentum)] = remembered(
            shared[index(momentum)],
            shared[index(went_public)],
            shared[index(shared_cell(KEEP_MOMENTUM, world))],
        )
        shared[index(went_public)] = 0.0
        apply_past_events(day, world)
        fade_all_meetings(world)
    # Who attended a meeting then does not reconsider a pledge now.
    stretch(world.whole, at.attends, at.n_nations)[:] = 0


@compiled
def make_first_pledges(world: World) -> None:
    """Give those who start with a pledge the one they state, or the one they choose."""
    at = world.at
    for nation in range(at.n_nations):
        if is_firm(stage_of(nation, world)):
            first = at.start_pledge + nation * at.n_kinds
            if is_stated(first, world):
                set_stated_pledge(nation, 0, first, world)
            else:
                choose_pledge(nation, 0, world)
    update_adequacy(world)


@compiled
def begin(world: World, run_key: RunKey) -> None:
    """Bring a run to the end of day 0.

    Parameters
    ----------
    world : World
        Its inputs are those of the run; all else may be left over from another run.
    run_key : RunKey
    """
    clear(world)
    if world.at.n_drawn_dates > 0:
        set_dates(world)
    fill_table(world)
    prepare_rates(world)
    prepare_capacities(world)
    prepare_weights(world)
    start_conditions(world, run_key)
    draw_dispositions(world, run_key)
    draw_costs(world, run_key)
    start_nations(world, run_key)  # after climate and dispositions, on which their hazards depend
    remember_past(world)
    make_first_pledges(world)  # last: a pledge looks at conditions, costs and other pledges
    update_answers(world)
    update_breadth(world)


@compiled
def begin_first(worlds: Worlds, run_key: RunKey) -> None:
    """Bring the first of some worlds to the end of day 0, as `begin` does: the way in from Python.

    What `begin` calls is compiled for addresses already, and not for arrays once more.
    """
    begin(world_in(by_address(worlds), 0), run_key)
