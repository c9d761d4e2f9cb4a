"""One day of a run: memories, events, conditions, hazards, moves, pledges, record."""

from __future__ import annotations

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined
from sim.core.kernel.breadth import record_breadth, update_breadth
from sim.core.kernel.commitments import add_to_pledging, make_pledges, update_adequacy
from sim.core.kernel.events import apply_events, end_one_day_effects
from sim.core.kernel.features import (
    EXIT_HAZARD,
    EXIT_REMAINING,
    FORWARD_HAZARD,
    FORWARD_REMAINING,
    ROW,
    cells_of,
    first_cell,
)
from sim.core.kernel.hazards import crosses_on, find_crossed, spend_hazards
from sim.core.kernel.quorums import update_barred
from sim.core.kernel.shared import remember_yesterday, step_conditions, update_answers
from sim.core.kernel.transitions import enter_stage
from sim.core.kernel.world import LANES, RunKey, World, Worlds, key_of, stage_of, world_in
from sim.core.rules.hazard import crossing_time
from sim.core.rules.moves import MOVE_FORWARD, destination, first_move
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import PLEDGED


@compiled
def make_moves(day: int, world: World, run_key: RunKey) -> None:
    """Move every nation whose threshold was crossed today, once, in file order.

    What is read of the table for one nation does not change by the moves of those before it.
    """
    real, at = world.real, world.at
    octets = stretch(world.whole, at.octets_crossed, at.n_octets)
    n_in_block = ROW * (1 + world.now.has_exits)
    for entry in range(find_crossed(cells_of(world), octets, at.n_blocks, n_in_block)):
        octet = octets[index(entry)]
        first = at.cells + first_cell(octet)
        for lane in range(LANES):
            cell, nation = first + lane, octet * LANES + lane
            forward = real[index(cell + FORWARD_REMAINING * ROW)]
            leave = real[index(cell + EXIT_REMAINING * ROW)]
            if forward < 0.0 or leave < 0.0:
                forward_hazard = real[index(cell + FORWARD_HAZARD * ROW)]
                exit_hazard = real[index(cell + EXIT_HAZARD * ROW)]
                forward_time = crossing_time(forward_hazard, forward)
                exit_time = crossing_time(exit_hazard, leave)
                move = first_move(forward_time, exit_time)
                stage = destination(stage_of(nation, world), move)
                if move == MOVE_FORWARD and stage == PLEDGED:
                    add_to_pledging(nation, forward_time, world)
                enter_stage(nation, stage, day, world, run_key)


@inlined
def record_day(day: int, world: World) -> None:
    """Write down sizes, force and breadth at the end of a day on which anything changed."""
    real, whole, at, now = world.real, world.whole, world.at, world.now
    n_records = at.n_days + 1
    whole[index(at.size_by_day + day)] = now.n_public
    whole[index(at.size_by_day + n_records + day)] = now.n_private
    whole[index(at.size_by_day + 2 * n_records + day)] = now.n_firm
    for kind in range(at.n_kinds + 1):
        real[index(at.force_by_day + kind * n_records + day)] = (
            whole[index(at.force + kind)] * FORCE_UNIT
        )
    record_breadth(day, world)
    # Nothing changes on most days: who reads the record looks at the few that are listed here.
    whole[index(at.changed_on + now.n_changed)] = day
    now.n_changed += 1
    now.has_changed = 0


@inlined
def start_day(day: int, world: World, run_key: RunKey) -> None:
    """Let today's events take effect, if there are any."""
    if world.whole[index(world.at.busy + day)] > 0:
        apply_events(day, world, run_key)
        update_adequacy(world)
        world.now.has_changed = 1
        world.now.hazards_changed = 1


@inlined
def end_day(day: int, world: World, run_key: RunKey) -> None:
    """Move those whose threshold was crossed, let nations pledge, and record the day."""
    now = world.now
    if crosses_on(day, now):
        make_moves(day, world, run_key)
    # Whoever pledged chooses after all moves, and sees the pledges of those before.
    if now.n_pledging > 0 or now.n_meetings > 0:
        make_pledges(day, world)
    if now.n_held > 0 or now.n_lists > 0:
        end_one_day_effects(world)
        now.hazards_changed = 1
    update_adequacy(world)
    update_answers(world)
    update_breadth(world)
    record_day(day, world)


@inlined
def advance(day: int, n_runs: int, worlds: Worlds, run_key: RunKey) -> None:
    """Bring some runs from the end of one day to the end of the next.

    Each part of the day is done for all runs, which know nothing of each other: eight at once
    where they do the same, else one after another.

    Parameters
    ----------
    day : int
        The day to be simulated, at least 1.
    n_runs : int
        As many worlds, the first ones, are brought forward.
    worlds : Worlds
        As they are at the end of the day before.
    run_key : RunKey
        Of the first run; the others follow it.
    """
    of_all, whole = worlds.now[index(0)], world_in(worlds, 0).whole  # the same in every run
    if of_all.has_memories > 0:
        remember_yesterday(worlds.shared, worlds.at.n_nations)
    # Events come first: all that follows sees them. Most days have none in any run.
    if worlds.at.n_drawn_dates > 0 or whole[index(worlds.at.busy + day)] > 0:
        for lane in range(n_runs):
            start_day(day, world_in(worlds, lane), key_of(run_key, lane))
    # Quorums count those who are public by now; `ties_changed` says that these are others.
    if of_all.has_bars > 0:
        for lane in range(n_runs):
            if worlds.now[index(lane)].ties_changed > 0:
                update_barred(world_in(worlds, lane))
    # Conditions respond to the coalition as it was last night, before today's events.
    step_conditions(day, worlds)
    # Every nation spends its hazards on the same frozen state; only then does anyone move.
    spend_hazards(day, n_runs, worlds)
    for lane in range(n_runs):
        now = worlds.now[index(lane)]
        if crosses_on(day, now) or now.has_changed > 0:
            end_day(day, world_in(worlds, lane), key_of(run_key, lane))
