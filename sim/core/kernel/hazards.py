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
    CONVENED,
    CONVENED_TODAY,
    EXIT_AT_RISK,
    EXIT_REMAINING,
    EXIT_STANDING,
    EXIT_WEIGHTS,
    FORWARD_AT_RISK,
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
    weights_in,
)
from sim.core.kernel.world import World
from sim.core.layout import Reals
from sim.core.rules.hazard import NOT_TODAY, crossing_time, hazard, remaining_after
from sim.core.stages import Features


@inlined
def forward_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its move forward today, per day."""
    return hazard(
        cells[index(cell + FORWARD_STANDING * LANES)],
        weights_in(cells, cell, FORWARD_WEIGHTS),
        features,
        cells[index(cell + FORWARD_AT_RISK * LANES)],
        rare,
    )


@inlined
def exit_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its exit move today, per day."""
    return hazard(
        cells[index(cell + EXIT_STANDING * LANES)],
        weights_in(cells, cell, EXIT_WEIGHTS),
        features,
        cells[index(cell + EXIT_AT_RISK * LANES)],
        rare,
    )


@inlined
def remaining_today(
    cells: Reals, cell: int, conditions: LastConditions, shared: Features, rare: bool
) -> tuple[float, float]:
    """Return what today's hazards leave of a nation's two thresholds; below 0 once crossed."""
    features = features_in(cells, cell, conditions, shared, rare, CONVENED)
    forward = forward_hazard(cells, cell, features, rare)
    leave = exit_hazard(cells, cell, features, rare)
    return (
        remaining_after(forward, cells[index(cell + FORWARD_REMAINING * LANES)]),
        remaining_after(leave, cells[index(cell + EXIT_REMAINING * LANES)]),
    )


# The same loop twice: `rare` is a literal in each, so that the compiler drops the terms of the
# rare features from the second. A test of it inside the loop would cost what it saves.


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
            forward, leave = remaining_today(cells, cell, conditions, shared, True)
            cells[index(cell + FORWARD_REMAINING * LANES)] = forward
            cells[index(cell + EXIT_REMAINING * LANES)] = leave
            fade_meetings(cells, cell, keep_convened)
            # `|` looks at both sides; the jump of an `or` would end the vector instructions.
            crossed = crossed | (forward < 0.0) | (leave < 0.0)
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
            forward, leave = remaining_today(cells, cell, conditions, shared, False)
            cells[index(cell + FORWARD_REMAINING * LANES)] = forward
            cells[index(cell + EXIT_REMAINING * LANES)] = leave
            fade_meetings(cells, cell, keep_convened)
            crossed = crossed | (forward < 0.0) | (leave < 0.0)
    return crossed


@inlined
def spend_hazards(world: World) -> bool:
    """Spend every nation's hazards of today; return whether any threshold was crossed.

    All nations see the same frozen state: conditions of today, and nations as they were at the
    end of yesterday but for today's events.
    """
    at = world.at
    update_features(world)
    # The loop gets the table alone: with the whole world at hand, the compiler would have to
    # suppose that a cell it writes may be one of the numbers it reads.
    cells = world.real[at.cells : at.cells + at.n_blocks * BLOCK]
    conditions, shared, keep = (
        last_conditions(world),
        shared_features(world),
        world.now.keep_convened,
    )
    if is_rare_day(world):
        return spend_with_rare(cells, at.n_blocks, conditions, shared, keep)
    return spend_without_rare(cells, at.n_blocks, conditions, shared, keep)


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


@inlined
def crossing_times(
    cell: int, conditions: LastConditions, shared: Features, rare: bool, cells: Reals
) -> tuple[float, float]:
    """Return the fractions of today at which a nation's two thresholds were crossed.

    Each is `NOT_TODAY` where the threshold was not crossed. The hazard is worked out once more,
    the same to the last bit: to keep it for every nation would slow every day, and few days have
    a crossing. Meetings have faded since, hence the row CONVENED_TODAY.
    """
    features = features_in(cells, cell, conditions, shared, rare, CONVENED_TODAY)
    forward = cells[index(cell + FORWARD_REMAINING * LANES)]
    leave = cells[index(cell + EXIT_REMAINING * LANES)]
    forward_time, exit_time = NOT_TODAY, NOT_TODAY
    if forward < 0.0:
        forward_time = crossing_time(forward_hazard(cells, cell, features, rare), forward)
    if leave < 0.0:
        exit_time = crossing_time(exit_hazard(cells, cell, features, rare), leave)
    return forward_time, exit_time
