"""The hot loop: every nation's two hazards of today, spent from its two thresholds.

More of the time of a run goes here than anywhere else, so the loop does the least: it reads the
table of `sim.core.kernel.features`, eight nations in one vector register, and branches nowhere. A
threshold that is crossed is marked by its sign; the few nations that crossed one are looked at
afterwards.
"""

from __future__ import annotations

import numpy as np

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.kernel.features import (
    BLOCK,
    EXIT_AT_RISK,
    EXIT_BASE,
    EXIT_HAZARD,
    EXIT_REMAINING,
    EXIT_WEIGHTS,
    FORWARD_AT_RISK,
    FORWARD_BASE,
    FORWARD_HAZARD,
    FORWARD_REMAINING,
    FORWARD_WEIGHTS,
    LastConditions,
    cells_of,
    fade_meetings,
    features_in,
    is_rare_day,
    last_conditions,
    shared_features,
    update_features,
    weights_from,
)
from sim.core.kernel.world import LANES, World, Worlds, world_in
from sim.core.layout import Reals
from sim.core.rules.hazard import hazard, hazard_of_base, remaining_after
from sim.core.stages import Features


@inlined
def forward_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its move forward today, per day."""
    return hazard(
        cells[index(cell + FORWARD_BASE * LANES)],
        weights_from(cells, cell + FORWARD_WEIGHTS * LANES, LANES),
        features,
        cells[index(cell + FORWARD_AT_RISK * LANES)],
        rare,
    )


@inlined
def exit_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its exit move today, per day."""
    return hazard(
        cells[index(cell + EXIT_BASE * LANES)],
        weights_from(cells, cell + EXIT_WEIGHTS * LANES, LANES),
        features,
        cells[index(cell + EXIT_AT_RISK * LANES)],
        rare,
    )


@inlined
def spend_threshold(cells: Reals, cell: int, remaining: int, hazard_today: float) -> np.int64:
    """Spend a hazard from the threshold in row `remaining`; return the bits of what is left."""
    left = np.float64(remaining_after(hazard_today, cells[index(cell + remaining * LANES)]))
    cells[index(cell + remaining * LANES)] = left
    return left.view(np.int64)


@inlined
def spend_today(
    cells: Reals, cell: int, conditions: LastConditions, shared: Features, rare: bool, exits: bool
) -> np.int64:
    """Spend a nation's hazards of today, and keep them; return bits, negative if it crosses."""
    features = features_in(cells, cell, conditions, shared, rare)
    forward, leave = forward_hazard(cells, cell, features, rare), 0.0
    if exits:
        leave = exit_hazard(cells, cell, features, rare)
        cells[index(cell + EXIT_HAZARD * LANES)] = leave
    cells[index(cell + FORWARD_HAZARD * LANES)] = forward
    bits = spend_threshold(cells, cell, FORWARD_REMAINING, forward)
    if exits:
        bits |= spend_threshold(cells, cell, EXIT_REMAINING, leave)
    return bits


AGAIN, BY_PEERS, FORWARD_ONLY, WITHOUT_RARE, WITH_RARE = range(5)
"""Which of the loops below a run takes today."""

# The same loop four times: what they leave out is literal in each, so that the compiler drops it.
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
        cells, n_blocks = cells_of(world), world.at.n_blocks
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for block in range(n_blocks):
            # A constant number of lanes, with constant distances between rows, becomes one vector.
            start = block * BLOCK
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
        cells, n_blocks = cells_of(world), world.at.n_blocks
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for block in range(n_blocks):
            start = block * BLOCK
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
        cells, n_blocks = cells_of(world), world.at.n_blocks
        conditions, shared = last_conditions(world), shared_features(world)
        keep_convened, crossed = world.now.keep_convened, 0
        for block in range(n_blocks):
            start = block * BLOCK
            for lane in range(LANES):
                cell = start + lane
                bits = spend_today(cells, cell, conditions, shared, False, False)
                crossed = 1 if bits < 0 else crossed
                fade_meetings(cells, cell, keep_convened)
        world.now.crossed = crossed


@compiled
def spend_by_peers(n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today where a day changes peers alone.

    Nobody can leave, and no other feature of a day has a coefficient.
    """
    widest_vectors()
    for run in range(n_runs):
        world = world_in(worlds, run)
        if world.now.loop != BY_PEERS:
            continue
        cells, n_blocks, crossed = cells_of(world), world.at.n_blocks, 0
        # `LANES`, as nobody can leave; but no literal, for a loop as short as that would be
        # unrolled, and not vectorised.
        n_lanes = LANES * (1 + world.now.has_exits)
        for block in range(n_blocks):
            start = block * BLOCK
            for lane in range(n_lanes):
                cell = start + lane
                at_risk = cells[index(cell + FORWARD_AT_RISK * LANES)]
                forward = hazard_of_base(cells[index(cell + FORWARD_BASE * LANES)], at_risk)
                cells[index(cell + FORWARD_HAZARD * LANES)] = forward
                bits = spend_threshold(cells, cell, FORWARD_REMAINING, forward)
                crossed = 1 if bits < 0 else crossed
        world.now.crossed = crossed


@compiled
def spend_again(n_runs: int, worlds: Worlds) -> None:
    """Spend the hazards of yesterday once more.

    Of the moves forward alone, or of exits too: the rows of both lie side by side.
    """
    widest_vectors()
    for run in range(n_runs):
        world = world_in(worlds, run)
        if world.now.loop != AGAIN:
            continue
        cells, n_blocks = cells_of(world), world.at.n_blocks
        n_in_block, crossed = LANES * (1 + world.now.has_exits), 0
        for block in range(n_blocks):
            start = block * BLOCK
            for place in range(n_in_block):
                cell = start + place
                hazard_today = cells[index(cell + FORWARD_HAZARD * LANES)]
                bits = spend_threshold(cells, cell, FORWARD_REMAINING, hazard_today)
                crossed = 1 if bits < 0 else crossed
        world.now.crossed = crossed


@inlined
def are_as_yesterday(day: int, world: World) -> bool:
    """Return whether every hazard of today is what it was yesterday.

    Apart from features that move by themselves, hazards depend on stages, pledges and events, and
    a day on which any of these changed is listed in `changed_on`, today's events included.
    """
    now = world.now
    if now.moves_by_itself > 0 or now.has_changed > 0:
        return False
    return world.whole[index(world.at.changed_on + now.n_changed - 1)] < day - 1


@inlined
def loop_of(day: int, world: World) -> int:
    """Return which of the loops spends the hazards of today."""
    if are_as_yesterday(day, world):
        return AGAIN
    if world.now.feels_more_than_peers == 0 and world.now.has_exits == 0:
        return BY_PEERS
    if is_rare_day(world):
        return WITH_RARE
    return WITHOUT_RARE if world.now.has_exits > 0 else FORWARD_ONLY


@inlined
def spend_hazards(day: int, n_runs: int, worlds: Worlds) -> None:
    """Spend every nation's hazards of today; write in each run whether a threshold was crossed.

    All nations see the same frozen state: conditions of today, and nations as they were at the
    end of yesterday but for today's events.
    """
    loops = 0  # bits: which of them any run takes
    for run in range(n_runs):
        world = world_in(worlds, run)
        world.now.loop = loop_of(day, world)
        loops |= 1 << world.now.loop
        if world.now.loop != AGAIN:
            update_features(world)
    if loops & (1 << AGAIN):
        spend_again(n_runs, worlds)
    if loops & (1 << BY_PEERS):
        spend_by_peers(n_runs, worlds)
    if loops & (1 << FORWARD_ONLY):
        spend_forward_only(n_runs, worlds)
    if loops & (1 << WITHOUT_RARE):
        spend_without_rare(n_runs, worlds)
    if loops & (1 << WITH_RARE):
        spend_with_rare(n_runs, worlds)


@inlined
def has_crossed(first: int, cells: Reals) -> bool:
    """Return whether any nation of a block, whose first cell of row 0 is given, crossed today.

    A number below 0 has its sign bit set, and so has the union of its bits with others: sixteen
    numbers are asked at once.
    """
    signs = np.int64(0)
    for lane in range(LANES):
        forward = np.float64(cells[index(first + lane + FORWARD_REMAINING * LANES)])
        leave = np.float64(cells[index(first + lane + EXIT_REMAINING * LANES)])
        signs |= forward.view(np.int64) | leave.view(np.int64)
    return bool(signs < 0)
