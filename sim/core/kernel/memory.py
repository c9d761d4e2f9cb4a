"""The layout of `World`: which part of a run's memory lies where, and a new one.

All real numbers of a run lie in one flat array and all whole numbers in another, but for what all
nations share and every day changes. A compiled function takes longer to compile and to call with
every array that it is handed; a few are cheap to pass on. Nothing is allocated in a run: compiled
code can then do without Numba's reference counts, which doubles its speed. A drawn or varied input
is one index, whatever it belongs to.

To give a run more memory is to add a line to one of the tables below: a number for each nation to
`REAL_PARTS` or `WHOLE_PARTS`, one that all nations share to `NOW_REALS` or `NOW_INTEGERS`, or to
`SHARED_PARTS` if every day changes it. Where a part stands in its table says when it is cleared;
see `clear` in `sim.core.kernel.start`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.features import BLOCK, N_LAST, NO_CONDITION, ROW
from sim.core.kernel.shared import N_MEMORY_ROWS
from sim.core.kernel.world import LANES, Worlds
from sim.core.layout import Inputs, Reals, Structure
from sim.core.stages import FADING_FEATURES, FEATURES, N_STAGES

REAL_PARTS: tuple[tuple[str, str], ...] = (
    # The same in all runs.
    ("stage_chance", "N7"),
    ("start_pledge", "NK"),
    ("event_pledge", "EK"),
    ("goal_condition", "C"),
    ("goal_at_most", "C"),
    # Filled before every run, where it matters: see `fill_table` in `sim.core.kernel.start`.
    ("cells", "B"),  # the table of `sim.core.kernel.features`
    # Set to 0 before every run, from here to `noise`.
    ("support_now", "N"),  # in [0, 1]; the inputs have it as of day 0
    ("disposition", "N"),  # standard normal
    ("first_draw", "N"),  # scratch: a draw for each nation, in one vector loop
    ("second_draw", "N"),
    ("peers_now", "H8"),  # scratch
    ("size_factor", "N"),  # what a nation's capacity makes of the value of success
    ("per_cost", "NK"),  # force that a unit of cost buys
    ("cost_spread", "KN"),  # kind by kind, so that the draws of one kind are neighbours
    ("capacity_force", "NK"),  # force units
    ("rest_price", "N"),  # at which a nation gives what it has pledged, see `rules.pledges`
    ("prospects_now", "N"),  # scratch: products of prospects
    ("pledging_moment", "N"),  # of the nations in `pledging`: fraction of the day
    ("log_rate", "72"),  # natural logarithm of `Inputs.rate`, 0 where that is 0
    # Never cleared: written before they are read, and only the days in `changed_on` are read.
    ("noise", "P"),  # scratch: a condition's standard normal draws, day by day
    ("floor", "K"),  # scratch: the least that a nation gives of each kind, force units
    ("tails", "T"),  # scratch: draws from the tails of a distribution
    ("force_by_day", "FD"),
    ("capacity_by_day", "D"),  # share of all capacity that public nations have
)
"""Parts of `World.real` after the inputs, with their shapes.

A letter stands for N nations, C conditions, K kinds, F = K + 1 (each kind, then all together), E
events, Q quorums, R weights that they count, D = days + 1, P the same rounded up to whole vectors,
B cells of the table and H octets of nations, T the most numbers that are drawn at once, W nations
named by events, M ties that differ from their base, G groups, I memberships of nations in groups, L
entries of the log; a digit is itself. The inputs come first, in the order of `Inputs`.
"""

WHOLE_PARTS: tuple[tuple[str, str], ...] = (
    # The same in all runs: keys, ties, events.
    ("nation_key", "N"),
    ("by_law", "N"),  # 1 if the initial law draws the nation's stage
    ("condition_key", "C"),
    ("kind_key", "K"),
    ("tie_base", "N"),
    ("tie_start", "N+"),
    ("tie_watcher", "M"),
    ("tie_extra", "M"),
    ("group_start", "N+"),
    ("group_of", "I"),
    ("goal_member", "N"),  # 1 if success takes that the nation is public
    ("event_kind", "E"),
    ("event_is_drawn", "E"),  # 1 if the date is drawn
    ("event_lasts", "E"),  # for how many days one with a drawn date holds, 0 if it has another end
    ("event_target", "E"),
    ("event_who_start", "E+"),
    ("event_who", "W"),
    ("event_key", "E"),
    ("event_row", "E"),
    ("fixed_busy", "D"),  # 1 on days on which an event of a fixed date begins or ends
    # Of the run, where dates are drawn; else the same in all runs.
    ("event_day", "E"),
    ("event_until", "E"),
    ("event_order", "E"),  # events by day, then kind, then place in the file
    ("busy", "D"),
    ("quorum_nation", "Q"),
    ("quorum_kind", "Q"),
    ("quorum_moves", "Q"),
    ("quorum_row", "Q"),
    ("weight_first", "R"),
    ("weight_step", "R"),
    # Never cleared: only what is listed in `changed_on`, noted in a log, or visited is read.
    ("groups_by_day", "D"),  # groups and kinds covered, on the days in `changed_on`
    ("kinds_by_day", "D"),
    ("size_by_day", "3D"),  # public, private and firm size, on the days in `changed_on`
    ("changed_on", "D"),  # days on which stages, pledges or events changed anything
    ("log_left", "L"),  # moves not yet counted: entry of `moved` that loses one
    ("log_entered", "L"),  # and entry that gains one
    ("turned", "L"),  # nations that went public or are so no longer, ties not counted yet
    ("turned_by", "L"),  # 1 or -1
    ("first_day", "N7"),  # of a nation in each stage that it has visited
    ("stale", "H"),  # octets whose peers are out of date, in any order
    ("octets_crossed", "H"),  # scratch: octets in which a threshold is crossed today
    # Set to 0 before every run, from here to `refusal_day`.
    ("stage", "N"),
    ("visits", "N7"),  # how often a nation has entered each stage
    ("held", "N"),  # 1 if an event moved the nation today: no hazards until tomorrow
    ("attends", "N"),  # 1 if the nation attends a meeting today, a trigger aside
    ("announced", "N"),  # 1 if the nation announced on or before day 0 that it goes public
    ("barred", "N"),  # bit s is 1 if a quorum keeps the move forward from stage s closed
    ("weight_units", "RN"),  # of each weight that quorums count, in fixed point
    ("weight_total", "R"),  # over all nations
    ("public_weight", "R"),  # over the public ones
    ("pledged_on", "N"),  # day of the first pledge since it is pledged; -1 for none
    ("public_extra", "N"),  # ties to public nations beyond the base, units of 2**-50
    ("has_peers", "H"),  # 1 if the table has what an octet sees of its peers, 0 if it is in `stale`
    ("pledge", "NK"),  # units of 2**-30 of force
    ("force", "F"),  # sum of the pledges by kind, then of all kinds
    ("restless", "N"),  # scratch: 1 if the nation may raise its pledge today
    ("pledging", "N"),  # nations that choose a pledge at the end of today, in order
    ("chosen", "K"),  # scratch: the pledge that is being chosen
    ("group_public", "G"),  # public members of each group
    ("capacity_units", "N"),  # capacity of all kinds, in units of `sim.core.rules.fixed_point`
    # Days, set to -1 before every run.
    ("refusal_day", "N"),
    ("exit_day", "N"),
)
"""Parts of `World.whole`, with their shapes; keys are stored bit for bit."""

SHARED_PARTS: tuple[tuple[str, str], ...] = (
    ("memories", str(N_MEMORY_ROWS)),  # see `sim.core.kernel.shared`
    # Conditions. All but noise and values are set to 0 before every run.
    ("level_odds", "C"),  # log-odds of the conditions' levels
    ("speed_of_run", "C"),
    ("volatility_of_run", "C"),
    ("response_of_run", "CC"),  # of the first condition to the second
    ("log_odds", "C"),  # of the conditions, today
    ("from_coalition", "C"),  # what the coalition as of last night adds to the target
    ("from_others", "C"),  # what the other conditions add
    ("shift", "C+"),  # sum of the signals in force today: log-odds; the last, of ln tempo
    ("jump", "C"),  # sum of today's shocks and proposals, log-odds
    ("noise_by_day", "DC"),  # standard normal
    ("value", "V"),  # of the conditions, today, in [0, 1]
)
"""Rows of `World.shared`, with their shapes; V is C, but at least `N_LAST`. A row has a number for
each of `LANES` runs."""

LOG_LENGTH = 256
"""Moves that are noted before they are counted.

`World.moved` is far too large for the processor's nearest memory, and so are the ties of thousands
of nations: each count waits for memory. Counted one right after another, they wait together.
"""

STEP_BYTES = 2**20
"""Memory that the runs in step may take up: what a processor core keeps near itself."""

SIZES = (
    "n_days",
    "n_nations",
    "n_conditions",
    "n_kinds",
    "n_groups",
    "n_events",
    "n_quorums",
    "n_weights",  # that quorums count
    "n_blocks",  # of the table
    "n_octets",  # of nations, eight of which are handled at once
    "n_noise",  # length of a condition's noise
    "n_drawn_dates",  # events whose date is drawn
    "n_by_law",  # nations whose stage the initial law draws
    "n_by_chance",  # nations that have a stage on day 0 by chance, apart from the law
    "has_base",  # 1 if any nation has ties to those that it does not list
    "n_real",  # numbers of a world
    "n_whole",
    "counts_stages",  # 1 if moves are counted by day, nation and stage
)

NOW_REALS = (
    "climate",
    "log_tempo",  # today, signals included
    "adequacy",
    "public_share",  # at the end of yesterday
    "requirement",
    "per_convexity",  # 1 / convexity
    "keep_convened",  # what a day leaves of a memory: exp(-1 / memory in days)
    "freshness",  # factor of the next meeting's weight
    "goal_share",
    "goal_groups",
    "goal_kinds",
    "goal_capacity",
    "capacity_public",  # share of all capacity
)
NOW_INTEGERS = (
    "n_public",
    "n_private",
    "n_firm",
    "ties_changed",  # 1 if the row PEERS is out of date
    "n_turned",  # length of `turned`
    "n_stale",  # length of `stale`
    "deal",  # 0 for none, or 1 more than the event that is in force
    "next_event",
    "n_pledging",
    "n_logged",
    "has_changed",  # 1 if anything changed today
    "hazards_changed",  # 1 if the table no longer holds the hazards of today, `stale` aside
    "n_changed",  # length of `changed_on`
    "n_held",
    "n_meetings",  # today
    "n_lists",  # today
    "has_pressure",  # 1 if any nation is sensitive to any of the last conditions
    "has_exits",  # 1 if any exit has a rate
    "peers_alone",  # 1 if no other feature of a day has a coefficient, and no exit has a rate
    "has_memories",  # 1 if momentum or defection has a coefficient
    "moves_by_itself",  # 1 if hazards may change on a day on which nothing happens
    "success_day",
    "held_for",  # days running for which every threshold of success has held
    "crossed",  # 1 if any threshold of a hazard was crossed on the day `spent_until`
    "loop",  # which of the hazard loops is of today
    "spent_until",  # day up to which hazards are spent, ahead of today while nothing changes them
    "next_busy",  # next day on which an event begins or ends, when it was last asked for
    "quorum_day",  # first day at whose end the coalition's quorum holds
    "asks_quorum",  # 1 if the coalition has a quorum
    "has_bars",  # 1 if any quorum keeps any move closed
    "goal_is_set",
    "goal_public_size",
    "goal_hold",
    "n_groups_covered",
    "n_kinds_covered",
    "units_public",  # capacity of public nations, and of all, in units
    "units_of_all",
    "n_members_public",  # of the nations that success takes
    "goal_members",  # how many those are
)

OFFSETS_DTYPE = np.dtype(
    [
        (name, np.int64)
        for name in (
            *SIZES,
            *Inputs._fields,
            *(name for name, _ in REAL_PARTS),
            *(name for name, _ in WHOLE_PARTS),
            *(name for name, _ in SHARED_PARTS),
        )
    ]
)
"""Type of `World.at`."""

NOW_DTYPE = np.dtype(
    [(name, np.float64) for name in NOW_REALS]
    + [(name, np.int64) for name in NOW_INTEGERS]
    + [("climate_key", np.uint64)]
)
"""Type of `World.now`."""


LayoutKey = tuple[tuple[int, ...], tuple[tuple[str, int], ...]]
"""Lengths of the parts of the inputs, and what each letter of a shape stands for."""


def length_of(shape: str, sizes: dict[str, int]) -> int:
    """Return the number of entries of a part whose shape is written as in `REAL_PARTS`."""
    if shape.endswith("+"):
        return sizes[shape[0]] + 1
    total = 1
    for letter in shape:
        total *= int(letter) if letter.isdigit() else sizes[letter]
    return total


def sizes_of(structure: Structure) -> dict[str, int]:
    """Return what each letter of a shape stands for."""
    n_nations, n_kinds = structure.start_pledge.shape
    n_noise = -(-(structure.n_days + 1) // LANES) * LANES
    return {
        "N": n_nations,
        "C": structure.condition_key.size,
        "V": max(structure.condition_key.size, N_LAST),
        "K": n_kinds,
        "F": n_kinds + 1,
        "E": structure.events.kind.size,
        "Q": structure.quorums.nation.size,
        "R": structure.quorums.weight_first.size,
        "D": structure.n_days + 1,
        "P": n_noise,
        "B": -(-n_nations // (2 * ROW)) * 2 * BLOCK,
        "H": -(-n_nations // LANES),
        "W": structure.events.who.size,
        "M": structure.ties.watcher.size,
        "G": structure.groups.n_groups,
        "I": structure.groups.of.size,
        "L": LOG_LENGTH,
        "T": max(n_nations * max(1, n_kinds), n_noise),
    }


def constant_parts(structure: Structure) -> dict[str, NDArray[Any]]:
    """Return the parts that stay as they are through all runs."""
    ties, events, quorums = structure.ties, structure.events, structure.quorums
    return {
        "stage_chance": structure.stage_chance,
        "start_pledge": structure.start_pledge,
        "event_pledge": events.pledge,
        "goal_condition": structure.goals.conditions,
        "goal_at_most": structure.goals.at_most,
        "nation_key": structure.nation_key.view(np.int64),
        "by_law": structure.by_law,
        "condition_key": structure.condition_key.view(np.int64),
        "kind_key": structure.kind_key.view(np.int64),
        "tie_base": ties.base,
        "tie_start": ties.start,
        "tie_watcher": ties.watcher,
        "tie_extra": ties.extra,
        "group_start": structure.groups.start,
        "group_of": structure.groups.of,
        "goal_member": structure.goals.members,
        "event_kind": events.kind,
        "event_is_drawn": events.is_drawn,
        "event_lasts": events.lasts,
        "event_target": events.target,
        "event_who_start": events.who_start,
        "event_who": events.who,
        "event_key": events.key.view(np.int64),
        "event_row": events.row,
        "fixed_busy": events.busy,
        "event_day": events.day,
        "event_until": events.until,
        "event_order": np.arange(events.kind.size),
        "busy": events.busy,
        "quorum_nation": quorums.nation,
        "quorum_kind": quorums.kind,
        "quorum_moves": quorums.moves,
        "quorum_row": quorums.row,
        "weight_first": quorums.weight_first,
        "weight_step": quorums.weight_step,
    }


def set_offsets(
    parts: tuple[tuple[str, str], ...], begin: int, sizes: dict[str, int], at: dict[str, int]
) -> int:
    """Write where each part begins, the first at `begin`; return where the last one ends."""
    for name, shape in parts:
        # A row of eight nations is as long as a cache line: let no row lie across two.
        begin += -begin % LANES if name == "cells" else 0
        at[name] = begin
        begin += length_of(shape, sizes)
    return begin


def layout_key(structure: Structure, inputs: Inputs) -> LayoutKey:
    """Return what the layout of a scenario depends on: the arguments of `layout`."""
    return tuple(part.size for part in inputs), tuple(sizes_of(structure).items())


@lru_cache(maxsize=16)
def layout(
    inputs: tuple[int, ...], of_letters: tuple[tuple[str, int], ...]
) -> tuple[Any, dict[str, int], int, int, int]:
    """Return where each part begins, twice, and the lengths of the arrays in `World`.

    Of `World.shared` in rows. As a record for compiled code, and as a dictionary, which Python
    reads faster.

    Parameters
    ----------
    inputs : tuple of int
        Length of each part of the inputs.
    of_letters : tuple of (str, int)
        From `sizes_of`.
    """
    sizes, begin, begins = dict(of_letters), 0, dict[str, int]()
    for name, length in zip(Inputs._fields, inputs, strict=True):
        begins[name] = begin
        begin += length
    n_real = set_offsets(REAL_PARTS, begin, sizes, begins)
    n_real += -n_real % LANES  # so that the cells of every world begin at a cache line
    n_whole = set_offsets(WHOLE_PARTS, 0, sizes, begins)
    n_rows = set_offsets(SHARED_PARTS, 0, sizes, begins)
    at = np.recarray(1, OFFSETS_DTYPE)
    for name, begin in begins.items():
        at[name] = begin
    return at, begins, n_real, n_whole, n_rows


def aligned_zeros(length: int) -> Reals:
    """Return zeros of which the first lies at the beginning of a cache line of 64 bytes."""
    zeros = np.zeros(length + LANES)
    skipped = (-zeros.ctypes.data // zeros.itemsize) % LANES
    return zeros[skipped : skipped + length]


def rests_between_moves(structure: Structure, inputs: Inputs) -> bool:
    """Return whether hazards stay as they are while nobody moves, unless drawn inputs change that.

    Each run then skips the days between, and would only wait for others in step with it.
    """
    fading = inputs.coefficient[..., [FEATURES.index(name) for name in FADING_FEATURES]]
    return structure.condition_key.size == 0 and not fading.any()


def memory_key(structure: Structure, inputs: Inputs) -> tuple[LayoutKey, bool]:
    """Return what scenarios have in common whose runs can work in the same memory."""
    return layout_key(structure, inputs), rests_between_moves(structure, inputs)


def new_worlds(
    structure: Structure, inputs: Inputs, most: int = LANES, counts_stages: bool = True
) -> Worlds:
    """Return the memory of one thread for runs of one scenario.

    Parameters
    ----------
    structure : Structure
    inputs : Inputs
        Copied; drawn numbers are written over the copy, run by run.
    most : int
        Runs that are simulated in step; fewer where a run takes much memory. Which are in step
        with each other changes no bit.
    counts_stages : bool
        Count moves by day, nation and stage; or only by two of these at a time.
    """
    at, begins, n_real, n_whole, n_rows = layout(*layout_key(structure, inputs))
    if rests_between_moves(structure, inputs):
        most = 1
    n_worlds = max(1, min(most, STEP_BYTES // (8 * (n_real + n_whole))))
    shared = aligned_zeros(n_rows * LANES)
    shared[begins["value"] * LANES :] = NO_CONDITION
    worlds = Worlds(
        aligned_zeros(n_worlds * n_real).reshape(n_worlds, n_real),
        np.zeros((n_worlds, n_whole), dtype=np.int64),
        *new_move_counts(structure, counts_stages),
        at.copy()[0],
        np.recarray(n_worlds, NOW_DTYPE),
        shared,
    )
    write_constants(worlds, structure, inputs, counts_stages)
    return worlds


def write_constants(
    worlds: Worlds, structure: Structure, inputs: Inputs, counts_stages: bool
) -> None:
    """Write what is the same in all runs into worlds with the layout of a scenario.

    The rest is written before it is read, in every run.

    Parameters
    ----------
    worlds : Worlds
        Changed; worlds that runs of another scenario have left do as well as new ones.
    structure, inputs, counts_stages
        As for `new_worlds`.
    """
    key = layout_key(structure, inputs)
    sizes, goals, (_, begins, n_real, n_whole, _) = dict(key[1]), structure.goals, layout(*key)
    real, whole = worlds.real[0], worlds.whole[0]
    real[: sum(key[0])] = np.concatenate([part.ravel() for part in inputs])
    for name, part in constant_parts(structure).items():
        flat = real if part.dtype == np.float64 else whole
        flat[begins[name] : begins[name] + part.size] = part.ravel()
    n_same, n_same_whole = begins["cells"], begins["groups_by_day"]
    worlds.real[1:, :n_same], worlds.whole[1:, :n_same_whole] = real[:n_same], whole[:n_same_whole]
    numbers = (
        structure.n_days,
        sizes["N"],
        sizes["C"],
        sizes["K"],
        sizes["G"],
        sizes["E"],
        sizes["Q"],
        sizes["R"],
        sizes["B"] // BLOCK,
        sizes["H"],
        sizes["P"],
        int(structure.events.is_drawn.sum()),
        int(structure.by_law.sum()),
        int(((structure.stage_chance > 0.0) & (structure.stage_chance < 1.0)).any(axis=1).sum()),
        int(structure.ties.base.any()),
        n_real,
        n_whole,
        int(counts_stages),
    )
    for name, number in zip(SIZES, numbers, strict=True):
        worlds.at[name] = number
    of_all_runs = {
        "goal_is_set": goals.is_set,
        "goal_public_size": goals.public_size,
        "goal_share": goals.requirement_share,
        "goal_hold": goals.hold,
        "goal_groups": goals.groups_covered,
        "goal_kinds": goals.kinds_covered,
        "goal_capacity": goals.capacity_public,
        "goal_members": goals.members.sum(),
        "asks_quorum": (structure.quorums.nation < 0).any(),
        "has_bars": structure.quorums.moves.any(),
        "climate_key": structure.climate_key,
    }
    for name, value in of_all_runs.items():
        worlds.now[name] = value


def new_move_counts(
    structure: Structure, counts_stages: bool
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return `Worlds.moved` and `Worlds.moved_by_day` before any run."""
    n_nations, n_records = len(structure.nation_key), structure.n_days + 1
    by_nation = n_records * n_nations
    n_counts = by_nation * N_STAGES if counts_stages else by_nation + 1 + n_nations * N_STAGES
    return np.zeros(n_counts, dtype=np.int32), np.zeros(n_records * N_STAGES, dtype=np.int64)
