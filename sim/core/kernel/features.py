"""What every nation sees today: the table that the hazard loop reads, and who fills it.

The table holds a row for each quantity of a nation and stands in `World.real`, from ``at.cells``
on. Nations lie in blocks of sixteen, of which there is an even number: the cell of a nation is
``cells[block * BLOCK + row * ROW + place]``. Eight numbers of a row, an octet, are one vector
register of 512 bits, and the rows are literal offsets from each other. A compiler that sees
``cell + 24 * 16`` and ``cell + 22 * 16`` knows that they differ; with one array for each quantity,
it would have to ask before it may handle eight nations at once. Loops that do little, which fill
their registers only where more than eight numbers are neighbours, take both octets of a block.

All that the batch engine knows of a single feature stands in this file; its name and its place in
the sum stand in `sim.core.stages`.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined, widest_vectors, written_out
from sim.core.kernel.shared import DEFECTION_SHARE, MOMENTUM_SHARE, value_of
from sim.core.kernel.world import LANES, World, shared_cell
from sim.core.layout import DEMAND, Integers, Reals
from sim.core.rules.capability import capability_asked
from sim.core.rules.hazard import PEERS as OF_PEERS
from sim.core.rules.hazard import hazard_of_base, with_peers
from sim.core.rules.influence import faded, peers
from sim.core.rules.moves import is_public
from sim.core.rules.prospects import pressure_with, prospects_with
from sim.core.stages import FORWARD, N_DAILY, N_FEATURES, Features, Traits

N_LAST = 4
"""So many conditions, the last ones, are read in the hazard loop itself; earlier ones before it.
A loop over any number of conditions inside the hazard loop would keep it from being vectorised."""

N_ORDINARY = 2
"""With up to so many conditions, an ordinary day reads no more than these; see `is_rare_day`."""

# The rows of the table. Each move has its own; what a nation sees is the same for both.
FORWARD_WEIGHTS = 0  # first of N_DAILY rows: the coefficients of the daily features
EXIT_WEIGHTS = FORWARD_WEIGHTS + N_DAILY
FORWARD_STANDING = EXIT_WEIGHTS + N_DAILY  # part of the log hazard that no day changes, or CLOSED
EXIT_STANDING = FORWARD_STANDING + 1
FORWARD_BASE = FORWARD_STANDING + 2  # the same with peers, which change when a nation moves
EXIT_BASE = FORWARD_BASE + 1
FORWARD_REMAINING = FORWARD_STANDING + 4  # of the threshold; negative from its crossing on
EXIT_REMAINING = FORWARD_REMAINING + 1
FORWARD_HAZARD = FORWARD_STANDING + 6  # of the last day on which hazards were worked out, per day
EXIT_HAZARD = FORWARD_HAZARD + 1
PEERS = FORWARD_STANDING + 8
CONVENED = FORWARD_STANDING + 9  # memory of meetings; the hazard loop fades it by a day
LISTED = FORWARD_STANDING + 10
PROSPECTS_EARLIER = FORWARD_STANDING + 11  # over the conditions before the last four
PRESSURE_EARLIER = FORWARD_STANDING + 12
RELIANCE = FORWARD_STANDING + 13  # first of N_LAST rows
SENSITIVITY = RELIANCE + N_LAST  # first of N_LAST rows
N_ROWS = SENSITIVITY + N_LAST
ROW = 16
"""Nations in a block of the table."""

BLOCK = N_ROWS * ROW
"""Numbers of a block."""

NO_CONDITION = 0.5
"""Value of a condition that the scenario does not have: no nation relies on it or feels it.
`new_worlds` writes it once, as values of conditions that make their number up to `N_LAST`."""


class LastConditions(NamedTuple):
    """Values today of the last four conditions; `NO_CONDITION` for those that are missing."""

    first: float
    second: float
    third: float
    fourth: float


@written_out
def cells_of(world: World) -> Reals:
    """Return the table of a run."""
    at = world.at
    return stretch(world.real, at.cells, at.n_blocks * BLOCK)


@inlined
def cell_index(nation: int, row: int) -> int:
    """Return where a nation's cell of a row lies in the table."""
    return (nation // ROW) * BLOCK + row * ROW + nation % ROW


@inlined
def first_cell(octet: int) -> int:
    """Return the first nation's cell of row 0 of eight nations that are handled at once."""
    return cell_index(octet * LANES, 0)


# What a day of the hazard loop reads. `cell` is a nation's cell of row 0, so that its cell of
# another row is `cell + row * ROW`.


@inlined
def prospects_in(cells: Reals, cell: int, conditions: LastConditions, rare: bool) -> float:
    """Return a nation's prospects today, as the feature: the product minus 1."""
    product = 1.0
    if rare:
        product = cells[index(cell + PROSPECTS_EARLIER * ROW)]
    product = prospects_with(product, cells[index(cell + (RELIANCE + 0) * ROW)], conditions.first)
    product = prospects_with(product, cells[index(cell + (RELIANCE + 1) * ROW)], conditions.second)
    if rare:
        product = prospects_with(
            product, cells[index(cell + (RELIANCE + 2) * ROW)], conditions.third
        )
        product = prospects_with(
            product, cells[index(cell + (RELIANCE + 3) * ROW)], conditions.fourth
        )
    return product - 1.0


@inlined
def pressure_in(cells: Reals, cell: int, conditions: LastConditions) -> float:
    """Return the pressure on a nation today."""
    total = cells[index(cell + PRESSURE_EARLIER * ROW)]
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 0) * ROW)], conditions.first)
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 1) * ROW)], conditions.second)
    total = pressure_with(total, cells[index(cell + (SENSITIVITY + 2) * ROW)], conditions.third)
    return pressure_with(total, cells[index(cell + (SENSITIVITY + 3) * ROW)], conditions.fourth)


@inlined
def features_in(
    cells: Reals,
    cell: int,
    conditions: LastConditions,
    shared: Features,
    rare: bool,
) -> Features:
    """Return a nation's daily features.

    Parameters
    ----------
    cells : ndarray, shape (n_blocks * BLOCK,), or longer and `cell` counted from its start
    cell : int
        The nation's cell of row 0.
    conditions : LastConditions
    shared : Features
        From `shared_features`: those that are the same for all nations.
    rare : bool
        From `is_rare_day`. The rare features are 0 otherwise.
    """
    return Features(
        prospects=prospects_in(cells, cell, conditions, rare),
        peers=0.0,  # they are in the base
        momentum=shared.momentum,
        defection=shared.defection,
        convened=cells[index(cell + CONVENED * ROW)],
        listed=cells[index(cell + LISTED * ROW)] if rare else 0.0,
        adequacy=shared.adequacy,
        pressure=pressure_in(cells, cell, conditions) if rare else 0.0,
        deal=shared.deal,
        tempo=shared.tempo,
    )


@inlined
def weights_from(reals: Reals, first: int, step: int) -> Features:
    """Return the coefficients of the daily features of one move, from a position on."""
    return Features(
        prospects=reals[index(first)],
        peers=reals[index(first + 1 * step)],
        momentum=reals[index(first + 2 * step)],
        defection=reals[index(first + 3 * step)],
        convened=reals[index(first + 4 * step)],
        listed=reals[index(first + 5 * step)],
        adequacy=reals[index(first + 6 * step)],
        pressure=reals[index(first + 7 * step)],
        deal=reals[index(first + 8 * step)],
        tempo=reals[index(first + 9 * step)],
    )


# What no day changes: the sum over these stands in the table.


@inlined
def traits_of(nation: int, world: World) -> Traits:
    """Return the features of a nation that no day changes, its support as it is now."""
    real, at = world.real, world.at
    return Traits(
        stake=real[index(at.stake + nation)] - 0.5,
        support=real[index(at.support_now + nation)] - 0.5,
        bond=real[index(at.bond + nation)] - 0.5,
        capability=capability_asked(
            real[index(at.capability + nation)], real[index(at.commitment + DEMAND)]
        ),
        disposition=real[index(at.disposition + nation)],
        climate=world.now.climate,
    )


@inlined
def trait_weights(stage: int, move: int, world: World) -> Traits:
    """Return the coefficients of the features that no day changes."""
    return trait_weights_at(world.at.coefficient + (stage * 2 + move) * N_FEATURES, world)


@inlined
def trait_weights_at(first: int, world: World) -> Traits:
    """Return coefficients of the features that no day changes, from a position of `real` on."""
    real = world.real
    return Traits(
        stake=real[index(first)],
        support=real[index(first + 1)],
        bond=real[index(first + 2)],
        capability=real[index(first + 3)],
        disposition=real[index(first + 4)],
        climate=real[index(first + 5)],
    )


# What is the same for all nations today.


@inlined
def shared_features(world: World) -> Features:
    """Return the features that are the same for all nations today, the others at 0."""
    shared, now = world.shared, world.now
    return Features(
        prospects=0.0,
        peers=0.0,
        momentum=shared[index(shared_cell(MOMENTUM_SHARE, world))],
        defection=shared[index(shared_cell(DEFECTION_SHARE, world))],
        convened=0.0,
        listed=0.0,
        adequacy=now.adequacy,
        pressure=0.0,
        deal=1.0 if now.deal > 0 else 0.0,
        tempo=now.log_tempo,
    )


@inlined
def last_conditions(world: World) -> LastConditions:
    """Return the values of the last four conditions."""
    shared, at = world.shared, world.at
    first = shared_cell(at.value + max(0, at.n_conditions - N_LAST), world)
    return LastConditions(
        shared[index(first)],
        shared[index(first + LANES)],
        shared[index(first + 2 * LANES)],
        shared[index(first + 3 * LANES)],
    )


@inlined
def is_rare_day(world: World) -> bool:
    """Return whether the hazards of today need the rare features, or more than two conditions.

    Lists, pressure, deals and tempo are 0 for every nation on most days of most scenarios. Their
    terms are then left out of the hazards, which changes no bit: a term of 0 adds nothing.
    """
    at, now = world.at, world.now
    rare = now.has_pressure > 0 or now.n_lists > 0 or now.deal > 0 or now.log_tempo != 0.0
    return rare or at.n_conditions > N_ORDINARY


# What is kept in the table and brought up to date before the hazards of a day are spent.


@inlined
def update_features(world: World) -> None:
    """Bring the rows of the table up to date that depend on other nations and conditions."""
    now = world.now
    # Somebody went public or stopped being so, which is not on most days. Where peers alone are
    # felt, the table keeps hazards, which events may have changed.
    if now.ties_changed > 0 or (now.peers_alone > 0 and now.hazards_changed > 0):
        update_peers(world)
    if world.at.n_conditions > N_LAST:
        update_earlier_conditions(world)


@inlined
def base_in(cells: Reals, cell: int, move: int) -> float:
    """Return a nation's part of the log hazard of a move that changes only when a nation moves."""
    return with_peers(
        cells[index(cell + (FORWARD_STANDING + move) * ROW)],
        cells[index(cell + (FORWARD_WEIGHTS + move * N_DAILY + OF_PEERS) * ROW)],
        cells[index(cell + PEERS * ROW)],
    )


@compiled
def add_peers(
    cells: Reals, shares: Reals, stale: Integers, n_lanes: int, peers_alone: bool
) -> None:
    """Write peers in some octets, and what follows: both bases, or forward base and hazard.

    The latter where peers alone are felt and nobody can leave. `n_lanes` is `LANES`, but no
    literal, for loops as short as these would be unrolled, and not vectorised.
    """
    widest_vectors()
    for entry in range(stale.shape[0]):
        octet = stale[index(entry)]
        first = first_cell(octet)
        for lane in range(n_lanes):
            cells[index(first + lane + PEERS * ROW)] = shares[index(octet * LANES + lane)]
        if peers_alone:
            for lane in range(n_lanes):
                base = base_in(cells, first + lane, FORWARD)
                cells[index(first + lane + FORWARD_BASE * ROW)] = base
                cells[index(first + lane + FORWARD_HAZARD * ROW)] = hazard_of_base(base)
        else:
            for lane in range(n_lanes):
                for move in range(2):
                    base = base_in(cells, first + lane, move)
                    cells[index(first + lane + (FORWARD_BASE + move) * ROW)] = base


@compiled
def fill_peers(
    out: Reals,
    octets: Integers,
    stages: Integers,
    bases: Integers,
    extras: Integers,
    thresholds: Reals,
    n_public: int,
) -> None:
    """Fill with the share of ties that are public, above its threshold, of nations in some octets.

    Most ties of a nation have the same weight, its base. So the public ones are counted with that,
    and what moves of its other peers have summed up is added: no loop over pairs of nations.
    """
    widest_vectors()
    for entry in range(octets.shape[0]):
        begin = octets[index(entry)] * LANES
        for place in range(begin, min(begin + LANES, out.shape[0])):
            nation = index(place)
            own = 1 if is_public(stages[nation]) else 0
            public_ties = bases[nation] * (n_public - own) + extras[nation]
            out[nation] = peers(public_ties, thresholds[nation])


@inlined
def add_to_stale(octet: int, world: World) -> None:
    """List an octet as one whose peers are out of date, unless it is listed."""
    whole, at, now = world.whole, world.at, world.now
    if whole[index(at.has_peers + octet)] > 0:
        whole[index(at.has_peers + octet)] = 0
        whole[index(at.stale + now.n_stale)] = octet
        now.n_stale += 1


@compiled
def count_turns(world: World) -> None:
    """Add the ties of nations that went public to the public ties of their watchers.

    And take away those of nations that are public no longer. Only ties that differ from a watcher's
    base are listed; `fill_peers` counts the others. Ties are whole numbers, so that what is added
    and taken away again leaves nothing behind.
    """
    whole, at, now = world.whole, world.at, world.now
    watchers, extras, public_extra = at.tie_watcher, at.tie_extra, at.public_extra
    for turn in range(now.n_turned):
        start = at.tie_start + whole[index(at.turned + turn)]
        step = whole[index(at.turned_by + turn)]
        for entry in range(whole[index(start)], whole[index(start + 1)]):
            watcher = whole[index(watchers + entry)]
            whole[index(public_extra + watcher)] += step * whole[index(extras + entry)]
            add_to_stale(watcher // LANES, world)
    now.n_turned = 0


@compiled
def update_peers(world: World) -> None:
    """Write every nation's share of ties that are public, and what follows, where it is stale."""
    real, whole, at, now = world.real, world.whole, world.at, world.now
    count_turns(world)
    # With a base to ties, a move changes what all others see; without, what its watchers do, a few
    # in a network of thousands.
    if at.has_base > 0 or (now.peers_alone > 0 and now.hazards_changed > 0):
        for octet in range(at.n_octets):
            add_to_stale(octet, world)
    stale = stretch(whole, at.stale, now.n_stale)
    shares = stretch(real, at.peers_now, at.n_octets * LANES)
    fill_peers(
        stretch(real, at.peers_now, at.n_nations),
        stale,
        stretch(whole, at.stage, at.n_nations),
        stretch(whole, at.tie_base, at.n_nations),
        stretch(whole, at.public_extra, at.n_nations),
        stretch(real, at.threshold, at.n_nations),
        now.n_public,
    )
    add_peers(cells_of(world), shares, stale, LANES, now.peers_alone > 0)
    for entry in range(now.n_stale):
        whole[index(at.has_peers + stale[index(entry)])] = 1
    now.ties_changed, now.n_stale = 0, 0


@compiled
def update_earlier_conditions(world: World) -> None:
    """Write what the conditions before the last four contribute to prospects and pressure."""
    real, at = world.real, world.at
    for nation in range(at.n_nations):
        product, total = 1.0, 0.0
        for condition in range(at.n_conditions - N_LAST):
            entry, value = condition * at.n_nations + nation, value_of(condition, world)
            product = prospects_with(product, real[index(at.reliance + entry)], value)
            total = pressure_with(total, real[index(at.sensitivity + entry)], value)
        real[index(at.cells + cell_index(nation, PROSPECTS_EARLIER))] = product
        real[index(at.cells + cell_index(nation, PRESSURE_EARLIER))] = total


@inlined
def fade_meetings(cells: Reals, cell: int, keep_convened: float) -> None:
    """Fade a nation's memory of meetings by a day."""
    convened = cells[index(cell + CONVENED * ROW)]
    cells[index(cell + CONVENED * ROW)] = faded(convened, keep_convened)
