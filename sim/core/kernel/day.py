"""One day of a run: memories, events, conditions, hazards, moves, pledges, record."""

from __future__ import annotations

from sim.core.compiled import compiled, index, inlined
from sim.core.elementary import logistic
from sim.core.kernel.breadth import record_breadth, update_breadth
from sim.core.kernel.commitments import add_to_pledging, make_pledges, update_adequacy
from sim.core.kernel.events import apply_events, end_one_day_effects
from sim.core.kernel.features import (
    BLOCK,
    EXIT_HAZARD,
    EXIT_REMAINING,
    FORWARD_HAZARD,
    FORWARD_REMAINING,
    LANES,
)
from sim.core.kernel.hazards import has_crossed, spend_hazards
from sim.core.kernel.quorums import update_barred
from sim.core.kernel.transitions import enter_stage
from sim.core.kernel.world import RunKey, World, stage_of
from sim.core.rules.conditions import (
    answer_to_coalition,
    answer_to_other,
    next_log_odds,
    target,
)
from sim.core.rules.hazard import crossing_time
from sim.core.rules.influence import remembered
from sim.core.rules.moves import MOVE_FORWARD, destination, first_move
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import PLEDGED


@inlined
def target_of(condition: int, world: World) -> float:
    """Return a condition's target today, from yesterday's coalition and conditions."""
    real, at = world.real, world.at
    from_coalition = answer_to_coalition(
        real[index(at.to_force + condition)],
        world.now.adequacy,
        real[index(at.to_public_share + condition)],
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
            target_of(condition, world),
            real[index(at.speed + condition)],
            real[index(at.volatility + condition)],
            real[index(at.noise + condition * at.n_noise + day)],
            real[index(at.jump + condition)],
        )
        real[index(at.jump + condition)] = 0.0
    # In a loop of its own: until here `value` is yesterday's, to which all conditions respond.
    for condition in range(at.n_conditions):
        real[index(at.value + condition)] = logistic(real[index(at.log_odds + condition)])


@compiled
def make_moves(day: int, world: World, run_key: RunKey) -> None:
    """Move every nation whose threshold was crossed today, once, in file order.

    What is read of the table for one nation does not change by the moves of those before it.
    """
    real, at = world.real, world.at
    for block in range(at.n_blocks):
        first = at.cells + block * BLOCK
        if not has_crossed(first, real):
            continue
        for lane in range(LANES):
            cell, nation = first + lane, block * LANES + lane
            forward = real[index(cell + FORWARD_REMAINING * LANES)]
            leave = real[index(cell + EXIT_REMAINING * LANES)]
            if forward < 0.0 or leave < 0.0:
                forward_hazard = real[index(cell + FORWARD_HAZARD * LANES)]
                exit_hazard = real[index(cell + EXIT_HAZARD * LANES)]
                forward_time = crossing_time(forward_hazard, forward)
                exit_time = crossing_time(exit_hazard, leave)
                move = first_move(forward_time, exit_time)
                stage = destination(stage_of(nation, world), move)
                if move == MOVE_FORWARD and stage == PLEDGED:
                    add_to_pledging(nation, forward_time, world)
                enter_stage(nation, stage, day, world, run_key)


@inlined
def record_day(day: int, world: World) -> None:
    """Write down the sizes at the end of a day; force and breadth if anything changed."""
    real, whole, at, now = world.real, world.whole, world.at, world.now
    n_records = at.n_days + 1
    whole[index(at.size_by_day + day)] = now.n_public
    whole[index(at.size_by_day + n_records + day)] = now.n_private
    whole[index(at.size_by_day + 2 * n_records + day)] = now.n_firm
    # Nothing changes on most days. Counting over runs then looks at the few listed here.
    if now.has_changed > 0:
        for kind in range(at.n_kinds + 1):
            real[index(at.force_by_day + kind * n_records + day)] = (
                whole[index(at.force + kind)] * FORCE_UNIT
            )
        record_breadth(day, world)
        whole[index(at.changed_on + now.n_changed)] = day
        now.n_changed += 1
        now.has_changed = 0


@inlined
def advance(day: int, world: World, run_key: RunKey) -> None:
    """Bring a run from the end of one day to the end of the next.

    Parameters
    ----------
    day : int
        The day to be simulated, at least 1.
    world : World
        As it is at the end of the day before.
    run_key : RunKey
    """
    now = world.now
    # Momentum and defection take in the moves of yesterday, and today's count begins.
    now.momentum = remembered(now.momentum, now.went_public, now.keep_momentum)
    now.defection = remembered(now.defection, now.went_out, now.keep_defection)
    now.went_public = 0
    now.went_out = 0
    # Events come first: all that follows sees them. Most days have none.
    is_busy = world.whole[index(world.at.busy + day)] > 0
    if is_busy:
        apply_events(day, world, run_key)
        now.has_changed = 1
    # Quorums count those who are public by now; `ties_changed` says that these are others.
    if now.has_bars > 0 and now.ties_changed > 0:
        update_barred(world)
    # Conditions respond to the coalition as it was last night, so they move before the force of
    # today's events is taken into account.
    step_conditions(day, world)
    if is_busy:
        update_adequacy(world)
    # Every nation spends its hazards on the same frozen state; only then does anyone move.
    if spend_hazards(day, world):
        make_moves(day, world, run_key)
    # Whoever pledged chooses after all moves, and sees the pledges of those before.
    if now.n_pledging > 0 or now.n_meetings > 0:
        make_pledges(day, world)
    if now.n_held > 0 or now.n_lists > 0:
        end_one_day_effects(world)
    if now.has_changed > 0:
        update_adequacy(world)
        now.public_share = now.n_public / world.at.n_nations
        update_breadth(world)
    record_day(day, world)
