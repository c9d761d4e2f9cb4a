"""A nation enters a stage: counts, thresholds, coefficients, ties and the diary follow."""

from __future__ import annotations

import numpy as np

from sim.core.compiled import compiled, index, inlined
from sim.core.draws import thresholds
from sim.core.kernel import cells as row
from sim.core.kernel.cells import LANES, place
from sim.core.kernel.world import MOST_LOGGED, Luck, World
from sim.core.rules.hazard import Traits, standing_log_hazard
from sim.core.rules.moves import is_firm, is_private, is_public
from sim.core.stages import LEFT, N_FEATURES, N_STAGES, N_TRAITS, PLEDGED

N_DAILY = N_FEATURES - N_TRAITS


@inlined
def stage_of(nation: int, world: World) -> int:
    """Return the stage a nation is in."""
    return world.whole[index(world.at.stage + nation)]


@inlined
def key_at(spot: int, world: World) -> np.uint64:
    """Return a key that is stored bit for bit among the whole numbers."""
    return np.int64(world.whole[index(spot)]).view(np.uint64)


@inlined
def traits_of(nation: int, world: World) -> Traits:
    """Return the features of a nation that no day changes; support as it is now."""
    real, at = world.real, world.at
    return Traits(
        real[index(at.stake + nation)] - 0.5,
        real[index(at.support_now + nation)] - 0.5,
        real[index(at.capability + nation)] - 0.5,
        real[index(at.disposition + nation)],
        world.now.climate,
    )


@inlined
def trait_weights(stage: int, move: int, world: World) -> Traits:
    """Return the coefficients of the features that no day changes."""
    real = world.real
    first = world.at.coefficient + (stage * 2 + move) * N_FEATURES
    return Traits(
        real[index(first)],
        real[index(first + 1)],
        real[index(first + 2)],
        real[index(first + 3)],
        real[index(first + 4)],
    )


@inlined
def write_standing(nation: int, world: World) -> None:
    """Write the parts of both log hazards that stand until the stage or the support changes."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    traits = traits_of(nation, world)
    for move in range(2):
        log_rate = real[index(at.log_rate + stage * 2 + move)]
        standing = standing_log_hazard(log_rate, trait_weights(stage, move, world), traits)
        real[index(at.cells + place(nation, row.FORWARD_STANDING + move))] = standing


@inlined
def write_weights(nation: int, world: World) -> None:
    """Write the daily coefficients of both moves from the nation's stage."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    for move in range(2):
        source = at.coefficient + (stage * 2 + move) * N_FEATURES + N_TRAITS
        first = at.cells + place(nation, row.FORWARD_WEIGHTS + move * N_DAILY)
        for feature in range(N_DAILY):
            real[index(first + feature * LANES)] = real[index(source + feature)]


@inlined
def write_risks(nation: int, world: World) -> None:
    """Write which of its two moves a nation is at risk of: those named, deploy with a deal only."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    free = world.whole[index(at.held + nation)] == 0
    forward = free and real[index(at.rate + stage * 2)] > 0.0
    if stage == PLEDGED and world.now.deal == 0:
        forward = False
    leave = free and real[index(at.rate + stage * 2 + 1)] > 0.0
    real[index(at.cells + place(nation, row.FORWARD_AT_RISK))] = 1.0 if forward else 0.0
    real[index(at.cells + place(nation, row.EXIT_AT_RISK))] = 1.0 if leave else 0.0


@inlined
def draw_thresholds(nation: int, world: World, luck: Luck) -> None:
    """Draw the two thresholds of this visit to a stage."""
    real, at, stage = world.real, world.at, stage_of(nation, world)
    spot = at.visits + nation * N_STAGES + stage
    visit = world.whole[index(spot)]
    key = key_at(at.nation_key + nation, world)
    forward, leave = thresholds(luck.seed, luck.run, key, stage, visit)
    world.whole[index(spot)] = visit + 1
    real[index(at.cells + place(nation, row.FORWARD_LEFT))] = forward
    real[index(at.cells + place(nation, row.EXIT_LEFT))] = leave


@compiled
def settle(nation: int, world: World) -> None:
    """Let the hazards of a nation be those of the stage it is in."""
    write_standing(nation, world)
    write_weights(nation, world)
    write_risks(nation, world)


@inlined
def count(stage: int, step: int, world: World) -> None:
    """Add to or take from the counts that a stage belongs to."""
    now = world.now
    if is_public(stage):
        now.n_public += step
    if is_private(stage):
        now.n_private += step
    if is_firm(stage):
        now.n_firm += step


@inlined
def tell_watchers(nation: int, step: int, world: World) -> None:
    """Add to or take from the public ties of those who watch a nation more than others."""
    whole, at = world.whole, world.at
    for entry in range(
        whole[index(at.tie_start + nation)], whole[index(at.tie_start + nation + 1)]
    ):
        watcher = whole[index(at.tie_watcher + entry)]
        whole[index(at.public_extra + watcher)] += step * whole[index(at.tie_extra + entry)]
    world.now.ties_changed = 1


@inlined
def erase_pledge(nation: int, world: World) -> None:
    """Take a nation's contributions out of the public force."""
    whole, at = world.whole, world.at
    for kind in range(at.n_kinds):
        spot = at.pledge + nation * at.n_kinds + kind
        whole[index(at.force + kind)] -= whole[index(spot)]
        whole[index(at.force + at.n_kinds)] -= whole[index(spot)]
        whole[index(spot)] = 0
    whole[index(at.pledged_on + nation)] = -1


@compiled
def count_moves(world: World) -> None:
    """Count the moves that wait to be counted."""
    for entry in range(world.now.n_logged):
        world.moved[index(world.whole[index(world.at.left_at + entry)])] -= 1
        world.moved[index(world.whole[index(world.at.entered_at + entry)])] += 1
    world.now.n_logged = 0


@inlined
def note_once(part: int, nation: int, day: int, world: World) -> None:
    """Write down a day unless one is written there already."""
    if world.whole[index(part + nation)] < 0:
        world.whole[index(part + nation)] = day


@inlined
def note_move(nation: int, before: int, after: int, day: int, world: World) -> None:
    """Write a move into the diary."""
    at = world.at
    spot = (day * at.n_nations + nation) * N_STAGES
    world.whole[index(at.left_at + world.now.n_logged)] = spot + before
    world.whole[index(at.entered_at + world.now.n_logged)] = spot + after
    world.now.n_logged += 1
    if world.now.n_logged == MOST_LOGGED:
        count_moves(world)
    note_once(at.first_day + nation * N_STAGES, after, day, world)
    if after == LEFT:
        if is_public(before):
            note_once(at.exit_day, nation, day, world)
        else:
            note_once(at.refusal_day, nation, day, world)


@compiled
def enter(nation: int, stage: int, day: int, world: World, luck: Luck) -> None:
    """Move a nation to another stage on a day, by its own decision or by an event."""
    before = stage_of(nation, world)
    world.now.has_changed = 1
    note_move(nation, before, stage, day, world)
    count(before, -1, world)
    count(stage, 1, world)
    if is_public(stage) and not is_public(before):
        world.now.went_public += 1
        tell_watchers(nation, 1, world)
    if is_public(before) and not is_public(stage):
        tell_watchers(nation, -1, world)
        if stage == LEFT:
            world.now.went_out += 1
    if not is_firm(stage):
        erase_pledge(nation, world)
    world.whole[index(world.at.stage + nation)] = stage
    draw_thresholds(nation, world, luck)
    settle(nation, world)
