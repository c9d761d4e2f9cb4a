"""A block of runs of one scenario, and what is kept of them: the way in from Python."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.kernel.breadth import covers_goals
from sim.core.kernel.day import advance, record_day
from sim.core.kernel.quorums import update_quorum_day
from sim.core.kernel.shared import rows_of_conditions, value_of
from sim.core.kernel.start import begin
from sim.core.kernel.transitions import count_logged_moves
from sim.core.kernel.world import (
    LANES,
    RunKey,
    World,
    Worlds,
    by_address,
    key_of,
    stage_of,
    world_in,
)
from sim.core.layout import Integers, Reals
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.success import NEVER, days_held, is_within
from sim.core.stages import N_STAGES

Tallies = NDArray[np.int32]
Days = NDArray[np.int16] | NDArray[np.int32]
Bins = NDArray[np.int16]

N_NOTED = 64
"""Runs that are noted before they are counted."""


class RandomValues(NamedTuple):
    """Inputs that differ from run to run.

    Attributes
    ----------
    indices : ndarray, shape (n_drawn,)
        In the flat inputs, which are the first part of `World.real`.
    value : ndarray, shape (n_runs, n_drawn)
    """

    indices: Integers
    value: Reals


class Rows(NamedTuple):
    """What is kept of each run of a block, a flat row for each run; see `sim.results.records`.

    N nations, K kinds, C conditions. All are int16 where not said, or int32 where that is too
    small: as they are kept, since to turn them into another type takes as long as to write them.

    Attributes
    ----------
    size, private_size, firm_size : ndarray, shape (n_runs, n_days + 1)
    stage : ndarray of int8, shape (n_runs, N)
    refusal_day, exit_day : ndarray, shape (n_runs, N)
    first_day : ndarray, shape (n_runs, N * 7)
    pledge : ndarray of float64, shape (n_runs, N * K), force units
    force, conditions : ndarray of float64, shapes (n_runs, K), (n_runs, C)
        At the end of the run, force in force units.
    success_day, quorum_day : ndarray, shape (n_runs,)
    groups_covered, kinds_covered : ndarray, shape (n_runs, n_days + 1)
        How many; no columns where the scenario has none.
    capacity_public : ndarray of float64, shape (n_runs, n_days + 1)
        Share; no columns where no nation has any capacity.
    """

    size: Days
    private_size: Days
    firm_size: Days
    stage: NDArray[np.int8]
    first_day: Days
    refusal_day: Days
    exit_day: Days
    pledge: Reals
    force: Reals
    conditions: Reals
    success_day: Days
    quorum_day: Days
    groups_covered: Days
    kinds_covered: Days
    capacity_public: Reals


class Noted(NamedTuple):
    """In which bins the runs are that are not counted yet; up to `n_most` of them.

    Attributes
    ----------
    n_runs : ndarray of int64, shape (1,)
    condition : ndarray of int16, shape (n_days + 1, C, n_most + LANES)
        By day.
    n_changed : ndarray of int32, shape (n_most,)
    changed_on : ndarray of int32, shape (n_most, n_days + 1), days
        On which anything else changed, the first `n_changed`.
    level : ndarray of int16, shape (n_most, n_days + 1, K + 2)
        At the end of each of these days: force of each kind and of all kinds together, and the
        share of all capacity that public nations have.
    """

    n_runs: Integers
    condition: Bins
    n_changed: Days
    changed_on: Days
    level: Bins


class Sums(NamedTuple):
    """What is counted over the runs of a thread.

    Sizes and force change on few days. So it is not counted how many runs are in a bin on a day,
    which would touch every day of every run, but how many arrive in it minus how many leave it;
    the sum over the days up to one is the count of that day.

    Attributes
    ----------
    size_change : ndarray of int32, shape (3, n_days + 1, N + 1)
        Public, private and firm size.
    level_change : ndarray of int32, shape (K + 2, n_days + 1, n_bins)
        Force of each kind and of all kinds together, and the share of all capacity that public
        nations have.
    condition : ndarray of int32, shape (n_days + 1, C, n_bins)
        Conditions change every day: how many runs are in each bin. Without days in these two, runs
        are only noted.
    noted : Noted
    level_scale : ndarray, shape (K + 2,), bins per unit
    success : ndarray of int64, shape (n_days + 2,)
        Runs by day of success; the last entry is never.
    quorum : ndarray of int64, shape (n_days + 2,)
        Runs by the first day on which the coalition's quorum held, likewise.
    groups_change : ndarray of int32, shape (n_days + 1, n_groups + 1)
    kinds_change : ndarray of int32, shape (n_days + 1, K + 1)
        Groups and kinds covered.
    """

    size_change: Tallies
    level_change: Tallies
    condition: Tallies
    noted: Noted
    level_scale: Reals
    success: Integers
    quorum: Integers
    groups_change: Tallies
    kinds_change: Tallies


@inlined
def meets_goals(world: World) -> bool:
    """Return whether every threshold of success holds at the end of today."""
    real, at, now = world.real, world.at, world.now
    share = world.whole[index(at.force + at.n_kinds)] * FORCE_UNIT / now.requirement
    if now.n_public < now.goal_public_size or share < now.goal_share:
        return False
    for condition in range(at.n_conditions):
        if not is_within(
            value_of(condition, world),
            real[index(at.goal_condition + condition)],
            real[index(at.goal_at_most + condition)],
        ):
            return False
    return covers_goals(world)


@inlined
def update_success(day: int, world: World) -> None:
    """Write for how many days running every threshold has held, and the first success."""
    now = world.now
    if now.success_day != NEVER:
        return
    now.held_for = days_held(meets_goals(world), now.held_for)
    if now.held_for >= now.goal_hold:
        now.success_day = day - now.held_for + 1


@inlined
def bin_of(value: float, scale: float, n_bins: int) -> int:
    """Return the bin of a value; the last holds all that is above, the first all else."""
    scaled = value * scale
    if scaled >= n_bins:
        return n_bins - 1
    return int(scaled) if scaled > 0.0 else 0


@compiled
def note_bins(noted: Bins, first: int, values: Reals, n_bins: int) -> None:
    """Note the bin of each condition of runs in step, from a place on; values are in [0, 1]."""
    widest_vectors()
    for condition in range(noted.shape[0]):
        for lane in range(LANES):
            value = values[index(condition * LANES + lane)]
            noted[index(condition), index(first + lane)] = bin_of(value, float(n_bins), n_bins)


@inlined
def observe(day: int, n_runs: int, worlds: Worlds, sums: Sums) -> None:
    """Note the bins of the conditions at the end of a day, and what holds for the first time."""
    of_all = worlds.now[index(0)]
    if worlds.at.n_conditions > 0:
        values = rows_of_conditions(worlds.at.value, worlds)
        first = sums.noted.n_runs[0]
        note_bins(sums.noted.condition[index(day)], first, values, sums.condition.shape[2])
    if of_all.goal_is_set > 0:
        for lane in range(n_runs):
            update_success(day, world_in(worlds, lane))
    if of_all.asks_quorum > 0:
        for lane in range(n_runs):
            update_quorum_day(day, world_in(worlds, lane))


@inlined
def next_day(day: int, n_runs: int, worlds: Worlds) -> int:
    """Return the next day that changes or notes anything in any of some runs, or the last day."""
    of_all, at = worlds.now[index(0)], worlds.at
    if at.n_conditions > 0 or of_all.goal_is_set > 0 or of_all.asks_quorum > 0:
        return day + 1
    soonest = at.n_days
    for run in range(n_runs):
        soonest = min(soonest, worlds.now[index(run)].spent_until)
    return max(day + 1, soonest)


@compiled
def simulate_runs(n_runs: int, worlds: Worlds, run_key: RunKey, sums: Sums) -> None:
    """Simulate runs in step from day 0 to the last day, leaving their records in their worlds.

    Parameters
    ----------
    n_runs : int
        At most as many as there are worlds, whose inputs are those of the runs.
    worlds : Worlds
    run_key : RunKey
        Of the first run; the others follow it.
    sums : Sums
        Conditions are noted in it.
    """
    for place in range(n_runs):
        world = world_in(worlds, place)
        begin(world, key_of(run_key, place))
        record_day(0, world)
        # Drawn coefficients may be 0 in some runs alone: all remember what any of them reads.
        worlds.now[index(0)].has_memories |= world.now.has_memories
    observe(0, n_runs, worlds, sums)
    day = 0
    while day < worlds.at.n_days:
        day = next_day(day, n_runs, worlds)
        advance(day, n_runs, worlds, run_key)
        observe(day, n_runs, worlds, sums)


@inlined
def change_count(counts: Tallies, day: int, before: int, after: int) -> None:
    """Move one run from a bin to another from a day on."""
    if before != after:
        if before >= 0:  # -1 on day 0: the run was in no bin yet
            counts[index(day), index(before)] -= 1
        counts[index(day), index(after)] += 1


@compiled
def add_sizes(world: World, counts: Tallies, measure: int) -> None:
    """Count one run's changes of one size, on the days on which anything changed."""
    whole, at, before = world.whole, world.at, -1
    for entry in range(world.now.n_changed):
        day = whole[index(at.changed_on + entry)]
        size = whole[index(at.size_by_day + measure * (at.n_days + 1) + day)]
        change_count(counts, day, before, size)
        before = size


@compiled
def note_levels(run: int, world: World, sums: Sums) -> None:
    """Note the bins of one run's force and capacity, on the days on which anything changed."""
    at, noted, n_bins = world.at, sums.noted, sums.level_change.shape[2]
    noted.n_changed[run] = world.now.n_changed
    for entry in range(world.now.n_changed):
        day = world.whole[index(at.changed_on + entry)]
        noted.changed_on[index(run), index(entry)] = day
        for level in range(sums.level_scale.shape[0]):
            # The share of capacity follows upon the force of each kind and of all kinds.
            value = world.real[index(at.force_by_day + level * (at.n_days + 1) + day)]
            which = bin_of(value, sums.level_scale[index(level)], n_bins)
            noted.level[index(run), index(entry), index(level)] = which


@compiled
def count_noted(sums: Sums) -> None:
    """Count the runs that are noted, and forget them.

    Not as they come: the counts of all days are far too many for the processor's nearest memory,
    those of one day are not.
    """
    noted = sums.noted
    n_runs = noted.n_runs[0]
    for day in range(sums.condition.shape[0]):
        for condition in range(sums.condition.shape[1]):
            for run in range(n_runs):
                which = noted.condition[index(day), index(condition), index(run)]
                sums.condition[index(day), index(condition), index(which)] += 1
    for level in range(sums.level_change.shape[0]):
        for run in range(n_runs):
            before = -1
            for entry in range(noted.n_changed[index(run)]):
                day = noted.changed_on[index(run), index(entry)]
                after = noted.level[index(run), index(entry), index(level)]
                change_count(sums.level_change[level], day, before, after)
                before = after
    noted.n_runs[0] = 0


@compiled
def add_breadth(world: World, sums: Sums) -> None:
    """Count one run's changes of its breadth, on the days on which anything changed."""
    whole, at = world.whole, world.at
    groups_before, kinds_before = -1, -1
    for entry in range(world.now.n_changed):
        day = whole[index(at.changed_on + entry)]
        groups = whole[index(at.groups_by_day + day)]
        kinds = whole[index(at.kinds_by_day + day)]
        change_count(sums.groups_change, day, groups_before, groups)
        change_count(sums.kinds_change, day, kinds_before, kinds)
        groups_before, kinds_before = groups, kinds


@compiled
def add_stages_at_end(world: World) -> None:
    """Count the stage of each nation at the end of a run, which `World.moved` holds last."""
    first = (world.at.n_days + 1) * world.at.n_nations + 1
    for nation in range(world.at.n_nations):
        world.moved[index(first + nation * N_STAGES + stage_of(nation, world))] += 1


@compiled
def add_to_sums(world: World, sums: Sums) -> None:
    """Count one run that has ended."""
    at = world.at
    count_logged_moves(world)
    if at.counts_stages == 0:
        add_stages_at_end(world)
    for measure in range(3):
        add_sizes(world, sums.size_change[measure], measure)
    note_levels(sums.noted.n_runs[0] + world.lane, world, sums)
    add_breadth(world, sums)
    success = world.now.success_day
    sums.success[at.n_days + 1 if success == NEVER else success] += 1
    quorum = world.now.quorum_day
    sums.quorum[at.n_days + 1 if quorum == NEVER else quorum] += 1


@inlined
def copy_whole(begin: int, out: Days | NDArray[np.int8], world: World) -> None:
    """Copy whole numbers from `begin` on into a flat row."""
    for entry in range(out.shape[0]):
        out[entry] = world.whole[index(begin + entry)]


@inlined
def copy_first_days(begin: int, visits: int, out: Days, world: World) -> None:
    """Copy the first day of each visited stage into a flat row; `NEVER` for the others."""
    for entry in range(out.shape[0]):
        day, n_visits = world.whole[index(begin + entry)], world.whole[index(visits + entry)]
        out[entry] = day if n_visits > 0 else NEVER


@compiled
def write_days(run: int, world: World, rows: Rows) -> None:
    """Copy a run's sizes and breadth, written down on days with a change, to all days after."""
    real, whole, at, n_records = world.real, world.whole, world.at, world.at.n_days + 1
    has_groups, has_kinds = rows.groups_covered.shape[1] > 0, rows.kinds_covered.shape[1] > 0
    has_capacity = rows.capacity_public.shape[1] > 0
    for entry in range(world.now.n_changed):
        begin, end = whole[index(at.changed_on + entry)], n_records
        if entry + 1 < world.now.n_changed:
            end = whole[index(at.changed_on + entry + 1)]
        size = whole[index(at.size_by_day + begin)]
        private_size = whole[index(at.size_by_day + n_records + begin)]
        firm_size = whole[index(at.size_by_day + 2 * n_records + begin)]
        # A few days at a time: one loop over all rows takes less than a loop over each.
        for day in range(begin, end):
            rows.size[index(run), index(day)] = size
            rows.private_size[index(run), index(day)] = private_size
            rows.firm_size[index(run), index(day)] = firm_size
        if has_groups:
            rows.groups_covered[run, begin:end] = whole[index(at.groups_by_day + begin)]
        if has_kinds:
            rows.kinds_covered[run, begin:end] = whole[index(at.kinds_by_day + begin)]
        if has_capacity:
            rows.capacity_public[run, begin:end] = real[index(at.capacity_by_day + begin)]


@compiled
def write_rows(run: int, world: World, rows: Rows) -> None:
    """Copy one run's record and its state at the end into its row."""
    whole, at = world.whole, world.at
    copy_first_days(at.first_day, at.visits, rows.first_day[run], world)
    copy_whole(at.refusal_day, rows.refusal_day[run], world)
    copy_whole(at.exit_day, rows.exit_day[run], world)
    copy_whole(at.stage, rows.stage[run], world)
    for condition in range(at.n_conditions):
        rows.conditions[run, condition] = value_of(condition, world)
    for entry in range(at.n_nations * at.n_kinds):
        rows.pledge[run, entry] = whole[index(at.pledge + entry)] * FORCE_UNIT
    for kind in range(at.n_kinds):
        rows.force[run, kind] = whole[index(at.force + kind)] * FORCE_UNIT
    rows.success_day[run] = world.now.success_day
    rows.quorum_day[run] = world.now.quorum_day
    write_days(run, world, rows)


@compiled
def simulate_block(
    worlds: Worlds, run_key: RunKey, drawn: RandomValues, rows: Rows, sums: Sums
) -> None:
    """Simulate a block of runs, a few of them in step.

    Parameters
    ----------
    worlds : Worlds
        Memory of one thread, from `new_worlds`.
    run_key : RunKey
        Seed, and number of the block's first run.
    drawn : RandomValues
    rows : Rows
        Filled, a row a run, unless it has no rows: then only sums are kept.
    sums : Sums
        Added to.
    """
    n_runs, n_worlds = drawn.value.shape[0], worlds.now.shape[0]
    addressed = by_address(worlds)
    for first in range(0, n_runs, n_worlds):
        n_in_step = min(n_worlds, n_runs - first)
        for place in range(n_in_step):
            # The inputs lie first in `real`, so that an index into the flat inputs is one into it.
            real = world_in(addressed, place).real
            for entry in range(drawn.indices.shape[0]):
                value = drawn.value[index(first + place), index(entry)]
                real[index(drawn.indices[entry])] = value
        simulate_runs(n_in_step, addressed, key_of(run_key, first), sums)
        for place in range(n_in_step):
            world = world_in(addressed, place)
            add_to_sums(world, sums)
            if rows.stage.shape[0] > 0:
                write_rows(first + place, world, rows)
        sums.noted.n_runs[0] += n_in_step
        is_full = sums.noted.n_runs[0] + n_worlds > sums.noted.n_changed.shape[0]
        if sums.level_change.shape[1] > 0 and (is_full or first + n_in_step == n_runs):
            count_noted(sums)
