"""The table that the hazard loop walks through: blocks of eight nations, a row a quantity.

A cell is ``cells[block * BLOCK + row * LANES + lane]`` in one flat array with literal row offsets,
so that the compiler knows which cells differ and fills a vector register with eight nations.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.layout import Reals
from sim.core.rules.hazard import Features, hazard, remaining_after
from sim.core.rules.influence import faded
from sim.core.rules.prospects import pressure_with, prospects_with

LANES = 8

FORWARD_WEIGHTS = 0
EXIT_WEIGHTS = 9
FORWARD_STANDING, EXIT_STANDING = 18, 19
FORWARD_AT_RISK, EXIT_AT_RISK = 20, 21
FORWARD_LEFT, EXIT_LEFT = 22, 23
PEERS, CONVENED, FELT, LISTED = 24, 25, 26, 27
PROSPECTS_BEFORE, PRESSURE_BEFORE = 28, 29
RELIANCE, SENSITIVITY = 30, 34
N_ROWS = 38
BLOCK = N_ROWS * LANES

N_LEAN = 2
"""Up to so many conditions are read on an ordinary day."""

N_NEAR = 4
"""The last four conditions are read in the hazard loop itself, earlier ones before it."""


class Near(NamedTuple):
    """Values today of the last four conditions; a missing one is relied on by nobody."""

    first: float
    second: float
    third: float
    fourth: float


@inlined
def place(nation: int, row: int) -> int:
    """Return the index of a nation's cell in a row."""
    return (nation // LANES) * BLOCK + row * LANES + nation % LANES


@inlined
def prospects_in(cells: Reals, cell: int, near: Near, rare: bool) -> float:
    """Return a nation's prospects today, the feature: the product less 1."""
    product = 1.0
    if rare:
        product = cells[index(cell + PROSPECTS_BEFORE * LANES)]
    product = prospects_with(product, cells[index(cell + (RELIANCE + 0) * LANES)], near.first)
    product = prospects_with(product, cells[index(cell + (RELIANCE + 1) * LANES)], near.second)
    if rare:
        product = prospects_with(product, cells[index(cell + (RELIANCE + 2) * LANES)], near.third)
        product = prospects_with(product, cells[index(cell + (RELIANCE + 3) * LANES)], near.fourth)
    return product - 1.0


@inlined
def pressure_in(cells: Reals, cell: int, near: Near) -> float:
    """Return the pressure on a nation today."""
    total = cells[index(cell + PRESSURE_BEFORE * LANES)]
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 0) * LANES)], near.first)
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 1) * LANES)], near.second)
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 2) * LANES)], near.third)
    return pressure_with(total, cells[index(cell + (SENSITIVITY + 3) * LANES)], near.fourth)


@inlined
def weights_in(cells: Reals, cell: int) -> Features:
    """Return the nine daily coefficients whose first row `cell` lies in."""
    return Features(
        cells[index(cell)],
        cells[index(cell + 1 * LANES)],
        cells[index(cell + 2 * LANES)],
        cells[index(cell + 3 * LANES)],
        cells[index(cell + 4 * LANES)],
        cells[index(cell + 5 * LANES)],
        cells[index(cell + 6 * LANES)],
        cells[index(cell + 7 * LANES)],
        cells[index(cell + 8 * LANES)],
    )


@inlined
def features_in(
    cells: Reals, cell: int, near: Near, shared: Features, rare: bool, convened: int
) -> Features:
    """Return a nation's features today; `shared` gives those that are the same for all.

    `convened` is the row to read meetings from: CONVENED before they fade today, FELT after.
    """
    return Features(
        prospects_in(cells, cell, near, rare),
        cells[index(cell + PEERS * LANES)],
        shared.momentum,
        shared.defection,
        cells[index(cell + convened * LANES)],
        cells[index(cell + LISTED * LANES)] if rare else 0.0,
        shared.adequacy,
        pressure_in(cells, cell, near) if rare else 0.0,
        shared.deal,
    )


@inlined
def forward_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its move forward today, per day."""
    return hazard(
        cells[index(cell + FORWARD_STANDING * LANES)],
        weights_in(cells, cell + FORWARD_WEIGHTS * LANES),
        features,
        cells[index(cell + FORWARD_AT_RISK * LANES)],
        rare,
    )


@inlined
def exit_hazard(cells: Reals, cell: int, features: Features, rare: bool) -> float:
    """Return a nation's hazard of its exit move today, per day."""
    return hazard(
        cells[index(cell + EXIT_STANDING * LANES)],
        weights_in(cells, cell + EXIT_WEIGHTS * LANES),
        features,
        cells[index(cell + EXIT_AT_RISK * LANES)],
        rare,
    )


@inlined
def left_today(
    cells: Reals, cell: int, near: Near, shared: Features, rare: bool
) -> tuple[float, float]:
    """Return what today's hazards leave of a nation's two thresholds; below 0 once crossed."""
    features = features_in(cells, cell, near, shared, rare, CONVENED)
    forward = forward_hazard(cells, cell, features, rare)
    leave = exit_hazard(cells, cell, features, rare)
    forward_left = remaining_after(forward, cells[index(cell + FORWARD_LEFT * LANES)])
    return forward_left, remaining_after(leave, cells[index(cell + EXIT_LEFT * LANES)])


@inlined
def fade_meetings(cells: Reals, cell: int, keep_convened: float) -> None:
    """Let a nation's memory of meetings fade by a day."""
    felt = cells[index(cell + CONVENED * LANES)]
    cells[index(cell + FELT * LANES)] = felt
    cells[index(cell + CONVENED * LANES)] = faded(felt, keep_convened)


@compiled
def spend_all(
    cells: Reals, n_blocks: int, near: Near, shared: Features, keep_convened: float
) -> bool:
    """Spend every nation's hazards of today, every feature included."""
    widest_vectors()
    crossed = False
    for block in range(n_blocks):
        start = block * BLOCK
        for lane in range(LANES):
            cell = start + lane
            forward_left, exit_left = left_today(cells, cell, near, shared, True)
            cells[index(cell + FORWARD_LEFT * LANES)] = forward_left
            cells[index(cell + EXIT_LEFT * LANES)] = exit_left
            fade_meetings(cells, cell, keep_convened)
            crossed = crossed | (forward_left < 0.0) | (exit_left < 0.0)
    return crossed


@compiled
def spend_all_lean(
    cells: Reals, n_blocks: int, near: Near, shared: Features, keep_convened: float
) -> bool:
    """Spend every nation's hazards of today where the rare features are 0."""
    widest_vectors()
    crossed = False
    for block in range(n_blocks):
        start = block * BLOCK
        for lane in range(LANES):
            cell = start + lane
            forward_left, exit_left = left_today(cells, cell, near, shared, False)
            cells[index(cell + FORWARD_LEFT * LANES)] = forward_left
            cells[index(cell + EXIT_LEFT * LANES)] = exit_left
            fade_meetings(cells, cell, keep_convened)
            crossed = crossed | (forward_left < 0.0) | (exit_left < 0.0)
    return crossed


@compiled
def accumulate_hazards(
    cells: Reals, n_blocks: int, near: Near, shared: Features, keep_convened: float, rare: bool
) -> bool:
    """Spend every nation's two hazards of today; return whether any threshold was crossed.

    Parameters
    ----------
    cells : ndarray, shape (n_blocks * BLOCK,)
        Changed in place: thresholds spent, memories of meetings faded by a day.
    n_blocks : int
    near : Near
    shared : Features
        Momentum, defection, adequacy and deal; the other fields are not read.
    keep_convened : float
        exp(-1 / memory in days).
    rare : bool
        False on a day without a list or a deal, in a scenario of at most two conditions that
        press on nobody: the same bits from fewer terms.

    Notes
    -----
    No branch inside, so that the loop over lanes becomes vector instructions.
    """
    if rare:
        return spend_all(cells, n_blocks, near, shared, keep_convened)
    return spend_all_lean(cells, n_blocks, near, shared, keep_convened)
