"""A nation enters a stage: sizes, ties, thresholds, coefficients and the record follow."""

from __future__ import annotations

from sim.core.compiled import compiled, index, inlined
from sim.core.draws import THRESHOLDS, counter, exponential, threefry2x64, thresholds
from sim.core.kernel import features as row
from sim.core.kernel.breadth import add_to_breadth
from sim.core.kernel.features import cell_index, count_turns, trait_weights, traits_of
from sim.core.kernel.memory import LOG_LENGTH
from sim.core.kernel.shared import WENT_OUT, WENT_PUBLIC
from sim.core.kernel.world import RunKey, World, key_at, shared_cell, stage_of
from sim.core.rules.hazard import (
    CLOSED,
    PEERS,
    hazard_of_base,
    standing_log_hazard,
    with_peers,
)
from sim.core.rules.moves import is_firm, is_private, is_public
from sim.core.rules.quorum import is_barred
from sim.core.stages import FORWARD, LEFT, N_DAILY, N_FEATURES, N_STAGES, N_TRAITS, PLEDGED


@inlined
def is_open(nation: int, move: int, world: World) -> bool:
    """Return whether a move is open to a nation.

    It is if the behaviour names it, that is, if it has a rate, and if no event moved the nation
    today. To deploy takes a deal, and a move forward may wait for a quorum.
    """
    stage = stage_of(nation, world)
    if world.whole[index(world.at.held + nation)] > 0:
        return False
    if move == FORWARD and stage == PLEDGED and world.now.deal == 0:
        return False
    if move == FORWARD and is_barred(world.whole[index(world.at.barred + nation)], stage):
        return False
    return world.real[index(world.at.rate + stage * 2 + move)] > 0.0


@inlined
def update_standing(nation: int, world: World) -> None:
    """Write the parts of the log hazards that stay until stage, support or what is open changes.

    Of both, or of the move forward alone where no exit has a rate: of that nothing is read. Six
    terms and a logarithm that the hazard loop need not repeat every day.
    """
    real, at, stage = world.real, world.at, stage_of(nation, world)
    traits = traits_of(nation, world)
    for move in range(1 + world.now.has_exits):
        log_rate, standing = real[index(at.log_rate + stage * 2 + move)], CLOSED
        if is_open(nation, move, world):
            standing = standing_log_hazard(log_rate, trait_weights(stage, move, world), traits)
        real[index(at.cells + cell_index(nation, row.FORWARD_STANDING + move))] = standing
        of_peers = real[index(at.coefficient + (stage * 2 + move) * N_FEATURES + N_TRAITS + PEERS)]
        felt = real[index(at.cells + cell_index(nation, row.PEERS))]
        base = with_peers(standing, of_peers, felt)
        real[index(at.cells + cell_index(nation, row.FORWARD_BASE + move))] = base


@compiled
def update_hazards(nation: int, world: World) -> None:
    """Write all that a nation's hazards depend on by its stage."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    update_standing(nation, world)
    # The daily coefficients are copied into the table: the hazard loop then reads them from the
    # lanes of eight nations, which may be in eight different stages, without looking up any.
    for move in range(1 + world.now.has_exits):
        source = at.coefficient + (stage * 2 + move) * N_FEATURES + N_TRAITS
        first = at.cells + cell_index(nation, row.FORWARD_WEIGHTS + move * N_DAILY)
        if world.now.peers_alone == 0:
            for feature in range(N_DAILY):
                real[index(first + feature * row.ROW)] = real[index(source + feature)]
        else:
            real[index(first + PEERS * row.ROW)] = real[index(source + PEERS)]


@inlined
def keep_hazard(nation: int, world: World) -> None:
    """Write a nation's hazard in its new stage, where nobody can leave and peers alone are felt.

    Other hazards change only by ties to this nation, and `update_peers` writes those.
    """
    first = world.at.cells + cell_index(nation, 0)
    hazard_today = hazard_of_base(world.real[index(first + row.FORWARD_BASE * row.ROW)])
    world.real[index(first + row.FORWARD_HAZARD * row.ROW)] = hazard_today


@inlined
def count_visit(nation: int, stage: int, day: int, world: World) -> int:
    """Count a nation's visit to a stage from a day on; return how many came before."""
    whole, at, entry = world.whole, world.at, nation * N_STAGES + stage
    visit = whole[index(at.visits + entry)]
    whole[index(at.visits + entry)] = visit + 1
    if visit == 0:
        whole[index(at.first_day + entry)] = day
    return visit


@inlined
def draw_thresholds(nation: int, visit: int, world: World, run_key: RunKey) -> None:
    """Draw the thresholds of a visit to a stage; that of an exit only if any has a rate."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    key = key_at(at.nation_key + nation, world)
    forward_cell = at.cells + cell_index(nation, row.FORWARD_REMAINING)
    exit_cell = at.cells + cell_index(nation, row.EXIT_REMAINING)
    if world.now.has_exits > 0:
        forward, leave = thresholds(run_key.seed, run_key.run, key, stage, visit)
        real[index(forward_cell)], real[index(exit_cell)] = forward, leave
    else:
        address = counter(THRESHOLDS, stage, visit)
        first, _ = threefry2x64(run_key.seed, run_key.run, key, address)
        real[index(forward_cell)] = exponential(first)


@inlined
def add_to_sizes(stage: int, step: int, world: World) -> None:
    """Add 1 or -1 to each size that a stage counts in."""
    now = world.now
    if is_public(stage):
        now.n_public += step
    if is_private(stage):
        now.n_private += step
    if is_firm(stage):
        now.n_firm += step


@inlined
def note_turn(nation: int, step: int, world: World) -> None:
    """Note, for its watchers to count, that a nation went public or, with -1, is so no longer."""
    now = world.now
    world.whole[index(world.at.turned + now.n_turned)] = nation
    world.whole[index(world.at.turned_by + now.n_turned)] = step
    now.n_turned += 1
    if now.n_turned == LOG_LENGTH:
        count_turns(world)
    now.ties_changed = 1


@inlined
def add_to_public_weights(nation: int, step: int, world: World) -> None:
    """Add a nation's weights to, or with -1 take them from, what quorums count as public."""
    whole, at = world.whole, world.at
    for weight in range(at.n_weights):
        units = whole[index(at.weight_units + weight * at.n_nations + nation)]
        whole[index(at.public_weight + weight)] += step * units


@inlined
def remove_pledge(nation: int, world: World) -> None:
    """Take a nation's contributions out of the public force."""
    whole, at = world.whole, world.at
    for kind in range(at.n_kinds):
        entry = at.pledge + nation * at.n_kinds + kind
        whole[index(at.force + kind)] -= whole[index(entry)]
        whole[index(at.force + at.n_kinds)] -= whole[index(entry)]
        whole[index(entry)] = 0
    whole[index(at.pledged_on + nation)] = -1


@inlined
def counted_at(nation: int, stage: int, day: int, world: World) -> int:
    """Return the entry of `World.moved` in which a nation's arrival in a stage is counted."""
    at = world.at
    entry = day * at.n_nations + nation
    if at.counts_stages > 0:
        return entry * N_STAGES + stage
    # Thousands of nations: counts by day, nation and stage would be most of the memory.
    return entry if is_public(stage) else (at.n_days + 1) * at.n_nations


@compiled
def count_logged_moves(world: World) -> None:
    """Count the moves in the log, and empty it."""
    for entry in range(world.now.n_logged):
        world.moved[index(world.whole[index(world.at.log_left + entry)])] -= 1
        world.moved[index(world.whole[index(world.at.log_entered + entry)])] += 1
    world.now.n_logged = 0


@inlined
def write_first(position: int, day: int, world: World) -> None:
    """Write a day at a position of `World.whole` unless there is one already."""
    if world.whole[index(position)] < 0:
        world.whole[index(position)] = day


@inlined
def record_move(nation: int, before: int, after: int, day: int, world: World) -> None:
    """Count a move, and write down the day of a first refusal or exit."""
    at, now = world.at, world.now
    world.whole[index(at.log_left + now.n_logged)] = counted_at(nation, before, day, world)
    world.whole[index(at.log_entered + now.n_logged)] = counted_at(nation, after, day, world)
    now.n_logged += 1
    if now.n_logged == LOG_LENGTH:
        count_logged_moves(world)
    world.moved_by_day[index(day * N_STAGES + before)] -= 1
    world.moved_by_day[index(day * N_STAGES + after)] += 1
    if after == LEFT:
        if is_public(before):
            write_first(at.exit_day + nation, day, world)
        else:
            write_first(at.refusal_day + nation, day, world)


@compiled
def enter_stage(nation: int, stage: int, day: int, world: World, run_key: RunKey) -> None:
    """Move a nation to another stage on a day, by its own decision or by an event."""
    before = stage_of(nation, world)
    world.now.has_changed = 1
    record_move(nation, before, stage, day, world)
    add_to_sizes(before, -1, world)
    add_to_sizes(stage, 1, world)
    if is_public(stage) and not is_public(before):
        world.shared[index(shared_cell(WENT_PUBLIC, world))] += 1.0
        note_turn(nation, 1, world)
        add_to_breadth(nation, 1, world)
        add_to_public_weights(nation, 1, world)
    if is_public(before) and not is_public(stage):
        note_turn(nation, -1, world)
        add_to_breadth(nation, -1, world)
        add_to_public_weights(nation, -1, world)
        if stage == LEFT:
            world.shared[index(shared_cell(WENT_OUT, world))] += 1.0
    if not is_firm(stage):
        remove_pledge(nation, world)
    world.whole[index(world.at.stage + nation)] = stage
    draw_thresholds(nation, count_visit(nation, stage, day, world), world, run_key)
    update_hazards(nation, world)
    if world.now.peers_alone > 0:
        keep_hazard(nation, world)
    else:
        world.now.hazards_changed = 1
