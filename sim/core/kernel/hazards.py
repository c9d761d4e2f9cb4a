"""The hot loop: every nation's two hazards of today, spent from its two thresholds.

Nearly all the time of a run goes here, so the loop does the least: it reads the table of
`sim.core.kernel.features`, eight nations in one vector register, and branches nowhere. A threshold
that is crossed is marked by its sign; the few nations that crossed one are looked at afterwards.
"""

from __future__ import annotations

import numpy as np

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.kernel.features import (
    BLOCK,
    EXIT_AT_RISK,
    EXIT_HAZARD,
    EXIT_REMAINING,
    EXIT_STANDING,
    EXIT_WEIGHTS,
    FORWARD_AT_RISK,
    FORWARD_HAZARD,
    FORWARD_REMAINING,
    FORWARD_STANDING,
    FORWARD_WEIGHTS,
    LANES,
    LastConditions,
    fade_meetings,
    features_in,
    is_rare_day,
    last_conditions,
    shared_features,
    update_features,
    weights_from,
)
from sim.core.kernel.world import World
from sim.core.layout import Reals
from sim.core.rules.hazard import hazard, remaining_after
from sim.core.stages import Features


@inlined
def forward_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its move forward today, per day."""
    return hazard(
        cells[index(cell + FORWARD_STANDING * LANES)],
        weights_from(cells, cell + FORWARD_WEIGHTS * LANES, LANES),
        features,
        cells[index(cell + FORWARD_AT_RISK * LANES)],
        rare,
    )


@inlined
def exit_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its exit move today, per day."""
    return hazard(
        cells[index(cell + EXIT_STANDING * LANES)],
        weights_from(cells, cell + EXIT_WEIGHTS * LANES, LANES),
        features,
        cells[index(cell + EXIT_AT_RISK * LANES)],
        rare,
    )


@inlined
def spend_threshold(cells: Reals, cell: int, remaining: int, hazard_today: float) -> bool:
    """Spend a hazard from the threshold in row `remaining`; return whether it is crossed."""
    left = remaining_after(hazard_today, cells[index(cell + remaining * LANES)])
    cells[index(cell + remaining * LANES)] = left
    return left < 0.0


@inlined
def spend_today(
    cells: Reals, cell: int, conditions: LastConditions, shared: Features, rare: bool, exits: bool
) -> bool:
    """Spend a nation's hazards of today, and keep them; return whether a threshold is crossed."""
    features = features_in(cells, cell, conditions, shared, rare)
    forward, leave = forward_hazard(cells, cell, features, rare), 0.0
    if exits:
        leave = exit_hazard(cells, cell, features, rare)
        cells[index(cell + EXIT_HAZARD * LANES)] = leave
    cells[index(cell + FORWARD_HAZARD * LANES)] = forward
    crosses = spend_threshold(cells, cell, FORWARD_REMAINING, forward)
    if exits:
        crosses = crosses | spend_threshold(cells, cell, EXIT_REMAINING, leave)
    return crosses


# The same loop three times: `rare` and `exits` are literals in each, so that the compiler drops
# what they leave out. A test of them inside the loop would cost what it saves, and a loop that is
# merged into these functions would not get their wide vectors.


@compiled
def spend_with_rare(
    cells: Reals,
    n_blocks: int,
    conditions: LastConditions,
    shared: Features,
    keep_convened: float,
) -> bool:
    """Spend every nation's hazards of today, every feature included."""
    widest_vectors()
    crossed = False
    for block in range(n_blocks):
        # A constant number of lanes, with constant distances between rows, becomes one vector.
        start = block * BLOCK
        for lane in range(LANES):
            cell = start + lane
            crosses = spend_today(cells, cell, conditions, shared, True, True)
            fade_meetings(cells, cell, keep_convened)
            # `|` looks at both sides; the jump of an `or` would end the vector instructions.
            crossed = crossed | crosses
    return crossed


@compiled
def spend_without_rare(
    cells: Reals,
    n_blocks: int,
    conditions: LastConditions,
    shared: Features,
    keep_convened: float,
) -> bool:
    """Spend every nation's hazards of today where the rare features are 0."""
    widest_vectors()
    crossed = False
    for block in range(n_blocks):
        start = block * BLOCK
        for lane in range(LANES):
            cell = start + lane
            crosses = spend_today(cells, cell, conditions, shared, False, True)
            fade_meetings(cells, cell, keep_convened)
            crossed = crossed | crosses
    return crossed


@compiled
def spend_forward_only(
    cells: Reals,
    n_blocks: int,
    conditions: LastConditions,
    shared: Features,
    keep_convened: float,
) -> bool:
    """Spend every nation's hazards of today where the rare features are 0 and nobody can leave."""
    widest_vectors()
    crossed = False
    for block in range(n_blocks):
        start = block * BLOCK
        for lane in range(LANES):
            cell = start + lane
            crosses = spend_today(cells, cell, conditions, shared, False, False)
            fade_meetings(cells, cell, keep_convened)
            crossed = crossed | crosses
    return crossed


@compiled
def spend_again(cells: Reals, n_blocks: int, n_in_block: int) -> bool:
    """Spend the hazards of yesterday once more; return whether any threshold was crossed.

    Parameters
    ----------
    n_in_block : int
        LANES for the moves forward alone, twice as many for exits too: the rows of both lie side
        by side. No literal, for a loop as short as that would be unrolled, and not vectorised.
    """
    widest_vectors()
    signs = np.int64(0)
    for block in range(n_blocks):
        start = block * BLOCK
        for place in range(n_in_block):
            cell = start + place
            left = np.float64(
                remaining_after(
                    cells[index(cell + FORWARD_HAZARD * LANES)],
                    cells[index(cell + FORWARD_REMAINING * LANES)],
                )
            )
            cells[index(cell + FORWARD_REMAINING * LANES)] = left
            signs |= left.view(np.int64)  # negative if any is: the sign is the uppermost bit
    return bool(signs < 0)


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
def spend_hazards(day: int, world: World) -> bool:
    """Spend every nation's hazards of today; return whether any threshold was crossed.

    All nations see the same frozen state: conditions of today, and nations as they were at the
    end of yesterday but for today's events.
    """
    at, now = world.at, world.now
    # The loop gets the table alone: with the whole world at hand, the compiler would have to
    # suppose that a cell it writes may be one of the numbers it reads.
    cells = world.real[at.cells : at.cells + at.n_blocks * BLOCK]
    if are_as_yesterday(day, world):
        return spend_again(cells, at.n_blocks, LANES * (1 + now.has_exits))
    update_features(world)
    conditions, shared, keep = last_conditions(world), shared_features(world), now.keep_convened
    if is_rare_day(world):
        return spend_with_rare(cells, at.n_blocks, conditions, shared, keep)
    if now.has_exits > 0:
        return spend_without_rare(cells, at.n_blocks, conditions, shared, keep)
    return spend_forward_only(cells, at.n_blocks, conditions, shared, keep)


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
