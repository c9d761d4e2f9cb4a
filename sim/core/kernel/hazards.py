"""The hot loop: every nation's two hazards of today, spent from its two thresholds.

More of the time of a run goes here than anywhere else, so the loop does the least: it reads the
table of `sim.core.kernel.features`, eight nations in one vector register, and branches nowhere. A
threshold that is crossed is marked by its sign; the few nations that crossed one are looked at
afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.kernel.features import (
    BLOCK,
    EXIT_BASE,
    EXIT_HAZARD,
    EXIT_REMAINING,
    EXIT_WEIGHTS,
    FORWARD_BASE,
    FORWARD_HAZARD,
    FORWARD_REMAINING,
    FORWARD_WEIGHTS,
    ROW,
    LastConditions,
    cells_of,
    fade_meetings,
    features_in,
    first_cell,
    is_rare_day,
    last_conditions,
    shared_features,
    update_features,
    weights_from,
)
from sim.core.kernel.world import LANES, World, Worlds, world_in
from sim.core.layout import Integers, Reals
from sim.core.rules.hazard import hazard, remaining_after
from sim.core.stages import Features


@inlined
def forward_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its move forward today, per day."""
    return hazard(
        cells[index(cell + FORWARD_BASE * ROW)],
        weights_from(cells, cell + FORWARD_WEIGHTS * ROW, ROW),
        features,
        rare,
    )


@inlined
def exit_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its exit move today, per day."""
    return hazard(
        cells[index(cell + EXIT_BASE * ROW)],
        weights_from(cells, cell + EXIT_WEIGHTS * ROW, ROW),
        features,
        rare,
    )


@inlined
def bits_of(remaining: float) -> np.int64:
    """Return the bits of what remains of a threshold, as a number below 0 if it is crossed."""
    return np.float64(remaining).view(np.int64)


@inlined
def spend_threshold(cells: Reals, cell: int, remaining: int, hazard_today: float) -> np.int64:
    """Spend a hazard from the threshold in row `remaining`; return the bits of what is left."""
    left = remaining_after(hazard_today, cells[index(cell + remaining * ROW)])
    cells[index(cell + remaining * ROW)] = left
    return bits_of(left)


@inlined
def spend_today(
    cells: Reals, cell: int, conditions: LastConditions, shared: Features, rare: bool, exits: bool
) -> np.int64:
    """Spend a nation's hazards of today, and keep them; return bits, negative if it crosses."""
    features = features_in(cells, cell, conditions, shared, rare)
    forward, leave = forward_hazard(cells, cell, features, rare), 0.0
    if exits:
        leave = exit_hazard(cells, cell, features, rare)
        cells[index(cell + EXIT_HAZARD * ROW)] = leave
    cells[index(cell + FORWARD_HAZARD * ROW)] = forward
    bits = spend_threshold(cells, cell, FORWARD_REMAINING, forward)
    if exits:
        bits |= spend_threshold(cells, cell, EXIT_REMAINING, leave)
    return bits


AGAIN, FORWARD_ONLY, WITHOUT_RARE, WITH_RARE = range(4)
"""Which of the loops below a run takes today."""

# The same loop three times: what they leave out is literal in each, so that the compiler drops it.
# A test inside the loop would cost what it saves, and a loop that is merged into these functions
# would not get their wide vectors. Some runs at once, since a loop has more than thirty constants
# to put in place, as much work as eight nations. Whether a threshold was crossed is seen from the
# sign of what is left of it: one instruction asks eight nations, where a union of their bits would
# take six that wait for one another.


@compiled
def spend_with_rare(n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today, every feature included."""
    widest_vectors()
    for run in range(n_runs):
        world = world_in(worlds, run)
        if world.now.loop != WITH_RARE:
            continue
        cells, n_octets = cells_of(world), world.at.n_octets
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for octet in range(n_octets):
            # A constant number of lanes, with constant distances between rows, becomes one vector.
            start = first_cell(octet)
            for lane in range(LANES):
                cell = start + lane
                bits = spend_today(cells, cell, conditions, shared, True, True)
                crossed = 1 if bits < 0 else crossed
                fade_meetings(cells, cell, keep_convened)
        world.now.crossed = crossed


@compiled
def spend_without_rare(n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today where the rare features are 0."""
    widest_vectors()
    for run in range(n_runs):
        world = world_in(worlds, run)
        if world.now.loop != WITHOUT_RARE:
            continue
        cells, n_octets = cells_of(world), world.at.n_octets
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for octet in range(n_octets):
            start = first_cell(octet)
            for lane in range(LANES):
                cell = start + lane
                bits = spend_today(cells, cell, conditions, shared, False, True)
                crossed = 1 if bits < 0 else crossed
                fade_meetings(cells, cell, keep_convened)
        world.now.crossed = crossed


@compiled
def spend_forward_only(n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today where nobody can leave, nothing rare."""
    widest_vectors()
    for run in range(n_runs):
        world = world_in(worlds, run)
        if world.now.loop != FORWARD_ONLY:
            continue
        cells, n_octets = cells_of(world), world.at.n_octets
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for octet in range(n_octets):
            start = first_cell(octet)
            for lane in range(LANES):
                cell = start + lane
                bits = spend_today(cells, cell, conditions, shared, False, False)
                crossed = 1 if bits < 0 else crossed
                fade_meetings(cells, cell, keep_convened)
        world.now.crossed = crossed


@compiled
def spend_again(cells: Reals, n_blocks: int, n_in_block: int, at_most: int) -> tuple[int, bool]:
    """Spend the hazards in the table, day after day, until somebody crosses.

    Parameters
    ----------
    cells : ndarray
        From `cells_of`.
    n_blocks, n_in_block : int
        `n_in_block` is `ROW` for moves forward alone, or twice that: the rows of exits follow.
    at_most : int
        Days, today among them, on which nothing but a crossing changes a hazard.

    Returns
    -------
    n_days : int
        Days that are spent, at least 1.
    crossed : bool
        Whether a threshold was crossed, on the last of these days.
    """
    widest_vectors()
    n_days, crossed = 0, 0
    while n_days < at_most and crossed == 0:
        for block in range(0, n_blocks, 2):
            for place in range(n_in_block):
                one, other = block * BLOCK + place, block * BLOCK + BLOCK + place
                of_one = cells[index(one + FORWARD_HAZARD * ROW)]
                of_other = cells[index(other + FORWARD_HAZARD * ROW)]
                bits = spend_threshold(cells, one, FORWARD_REMAINING, of_one)
                bits |= spend_threshold(cells, other, FORWARD_REMAINING, of_other)
                crossed = 1 if bits < 0 else crossed
        n_days += 1
    return n_days, crossed > 0


@inlined
def next_busy_day(day: int, world: World) -> int:
    """Return the first day after a day on which an event begins or ends, or one after the last."""
    at, now = world.at, world.now
    if at.n_events == 0:
        return at.n_days + 1
    if now.next_busy <= day:
        now.next_busy = day + 1
        while now.next_busy <= at.n_days and world.whole[index(at.busy + now.next_busy)] == 0:
            now.next_busy += 1
    return now.next_busy


@inlined
def loop_of(world: World) -> int:
    """Return which of the loops spends the hazards of today."""
    now = world.now
    if now.peers_alone > 0 or (now.moves_by_itself == 0 and now.hazards_changed == 0):
        return AGAIN
    if is_rare_day(world):
        return WITH_RARE
    return WITHOUT_RARE if now.has_exits > 0 else FORWARD_ONLY


@inlined
def spend_hazards(day: int, n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today; write in each run whether a threshold was crossed.

    All nations see the same frozen state: conditions of today, and nations as they were at the
    end of yesterday but for today's events.
    """
    loops = 0  # bits: which of them any run takes
    for run in range(n_runs):
        now = worlds.now[index(run)]
        if now.spent_until >= day:
            continue
        world = world_in(worlds, run)
        now.loop, now.spent_until = loop_of(world), day
        loops |= 1 << now.loop
        if now.loop != AGAIN or now.hazards_changed > 0 or now.ties_changed > 0:
            update_features(world)
        if now.loop == AGAIN:
            # Today may have an event: whom it holds back today is free again tomorrow.
            n_ahead = 1 if now.hazards_changed > 0 else next_busy_day(day, world) - day
            n_days, now.crossed = spend_again(
                cells_of(world),
                worlds.at.n_blocks,
                ROW * (1 + now.has_exits),
                n_ahead,
            )
            now.spent_until = day + n_days - 1
        now.hazards_changed = 0
    if loops & (1 << FORWARD_ONLY):
        spend_forward_only(n_runs, worlds)
    if loops & (1 << WITHOUT_RARE):
        spend_without_rare(n_runs, worlds)
    if loops & (1 << WITH_RARE):
        spend_with_rare(n_runs, worlds)


@inlined
def crosses_on(day: int, now: Any) -> bool:
    """Return whether any threshold of a run, whose `World.now` is given, is crossed on a day."""
    return now.crossed > 0 and now.spent_until == day


@compiled
def find_crossed(cells: Reals, octets: Integers, n_blocks: int, n_in_block: int) -> int:
    """Write in which octets, in order, any threshold is crossed today; return how many.

    Parameters
    ----------
    cells : ndarray
        From `cells_of`.
    octets : ndarray of int64
        Written, as far as they are returned.
    n_blocks, n_in_block : int
        As for `spend_again`.
    """
    widest_vectors()
    n_crossed = 0
    for block in range(0, n_blocks, 2):
        crossed = 0
        for place in range(n_in_block):
            cell = block * BLOCK + place + FORWARD_REMAINING * ROW
            bits = bits_of(cells[index(cell)]) | bits_of(cells[index(cell + BLOCK)])
            crossed = 1 if bits < 0 else crossed
        if crossed == 0:
            continue
        for octet in range(block * ROW // LANES, (block + 2) * ROW // LANES):
            # The union of bits has the sign bit of each.
            bits = np.int64(0)
            for lane in range(LANES):
                cell = first_cell(octet) + lane + FORWARD_REMAINING * ROW
                bits |= bits_of(cells[index(cell)]) | bits_of(cells[index(cell + ROW)])
            if bits < 0:
                octets[index(n_crossed)] = octet
                n_crossed += 1
    return n_crossed
