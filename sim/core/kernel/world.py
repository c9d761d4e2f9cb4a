"""The memory of one thread: everything that a run reads and writes, in two flat arrays.

Compiled code gets fast and quick to compile when it is handed few arrays. So all real numbers
of a run lie in ``World.real``, all whole numbers in ``World.whole``; ``World.at`` says where each
part begins, and ``World.now`` holds the numbers that all nations share. Nation i's support, for
one, is ``world.real[world.at.support + i]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.cells import BLOCK, LANES
from sim.core.layout import Inputs, Integers, Reals, Structure
from sim.core.stages import N_STAGES

REAL_PARTS: tuple[tuple[str, str], ...] = (
    ("stage_chance", "N7"),
    ("start_pledge", "NK"),
    ("event_pledge", "EK"),
    ("goal_condition", "C"),
    ("cells", "B"),
    ("support_now", "N"),
    ("disposition", "N"),
    ("first_draw", "N"),
    ("second_draw", "N"),
    ("size_factor", "N"),
    ("per_cost", "NK"),
    ("cost_spread", "KN"),
    ("capacity_force", "NK"),
    ("pledging_at", "N"),
    ("log_rate", "72"),
    ("level_odds", "C"),
    ("log_odds", "C"),
    ("value", "C"),
    ("shift", "C"),
    ("jump", "C"),
    ("noise", "CP"),
    ("floor", "K"),
    ("diary_force", "FD"),
)
"""Parts of ``World.real`` after the inputs, with their shapes.

N nations, C conditions, K kinds, F = K + 1, E events, D = days + 1, P the same rounded up to whole
vectors, B cells, W named nations, M ties of their own and L moves to be counted; a digit is itself.
The inputs come first, in the order of `Inputs`.
"""

WHOLE_PARTS: tuple[tuple[str, str], ...] = (
    ("nation_key", "N"),
    ("condition_key", "C"),
    ("kind_key", "K"),
    ("tie_base", "N"),
    ("tie_start", "N+"),
    ("tie_watcher", "M"),
    ("tie_extra", "M"),
    ("event_kind", "E"),
    ("event_day", "E"),
    ("event_until", "E"),
    ("event_target", "E"),
    ("event_who_start", "E+"),
    ("event_who", "W"),
    ("event_key", "E"),
    ("event_place", "E"),
    ("busy", "D"),
    ("stage", "N"),
    ("visits", "N7"),
    ("held", "N"),
    ("attends", "N"),
    ("pledged_on", "N"),
    ("public_extra", "N"),
    ("pledge", "NK"),
    ("force", "F"),
    ("pledging", "N"),
    ("chosen", "K"),
    ("diary_size", "3D"),
    ("changed_on", "D"),
    ("left_at", "L"),
    ("entered_at", "L"),
    ("first_day", "N7"),
    ("refusal_day", "N"),
    ("exit_day", "N"),
)
"""Parts of ``World.whole``; keys are stored bit for bit."""

MOST_LOGGED = 256
"""Moves that wait to be counted: all at once, since each misses the nearest memory."""

SIZES = (
    "n_days",
    "n_nations",
    "n_conditions",
    "n_kinds",
    "n_events",
    "n_blocks",
    "n_noise",
    "first_day_of_all",
)

NOW_REALS = (
    "climate",
    "momentum",
    "defection",
    "adequacy",
    "public_share",
    "requirement",
    "keep_momentum",
    "keep_defection",
    "keep_convened",
    "goal_share",
)
NOW_INTEGERS = (
    "n_public",
    "n_private",
    "n_firm",
    "went_public",
    "went_out",
    "ties_changed",
    "deal",
    "next_event",
    "n_pledging",
    "n_logged",
    "has_changed",
    "n_changed",
    "n_held",
    "n_meetings",
    "n_lists",
    "has_pressure",
    "success_day",
    "goal_is_set",
    "goal_public_size",
    "goal_hold",
)
PLACES_DTYPE = np.dtype(
    [
        (name, np.int64)
        for name in (
            *SIZES,
            *Inputs._fields,
            *(name for name, _ in REAL_PARTS),
            *(name for name, _ in WHOLE_PARTS),
        )
    ]
)
NOW_DTYPE = np.dtype(
    [(name, np.float64) for name in NOW_REALS]
    + [(name, np.int64) for name in NOW_INTEGERS]
    + [("climate_key", np.uint64)]
)


class Luck(NamedTuple):
    """Which draws a run sees."""

    seed: np.uint64
    run: np.uint64


class World(NamedTuple):
    """Everything that one day of one run reads and writes.

    Attributes
    ----------
    real : ndarray of float64; whole : ndarray of int64
    moved : ndarray of int32, shape ((n_days + 1) * N * 7,)
        Arrivals less departures by day, nation and stage, summed over the runs of a thread.
    at : record of int64
        Sizes, and where each part of `real` and `whole` begins.
    now : record
        Numbers that all nations share, as they are now.
    """

    real: Reals
    whole: Integers
    moved: NDArray[np.int32]
    at: Any
    now: Any


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
    return {
        "N": n_nations,
        "C": structure.condition_key.size,
        "K": n_kinds,
        "F": n_kinds + 1,
        "E": structure.events.kind.size,
        "D": structure.n_days + 1,
        "P": -(-(structure.n_days + 1) // LANES) * LANES,
        "B": -(-n_nations // LANES) * BLOCK,
        "W": structure.events.who.size,
        "M": structure.ties.watcher.size,
        "L": MOST_LOGGED,
    }


def written_parts(structure: Structure) -> dict[str, NDArray[Any]]:
    """Return the parts that stay as they are through all runs."""
    ties, events = structure.ties, structure.events
    return {
        "stage_chance": structure.stage_chance,
        "start_pledge": structure.start_pledge,
        "event_pledge": events.pledge,
        "goal_condition": structure.goals.conditions,
        "nation_key": structure.nation_key.view(np.int64),
        "condition_key": structure.condition_key.view(np.int64),
        "kind_key": structure.kind_key.view(np.int64),
        "tie_base": ties.base,
        "tie_start": ties.start,
        "tie_watcher": ties.watcher,
        "tie_extra": ties.extra,
        "event_kind": events.kind,
        "event_day": events.day,
        "event_until": events.until,
        "event_target": events.target,
        "event_who_start": events.who_start,
        "event_who": events.who,
        "event_key": events.key.view(np.int64),
        "event_place": events.place,
        "busy": events.busy,
    }


def lay_out(parts: tuple[tuple[str, str], ...], begin: int, sizes: dict[str, int], at: Any) -> int:
    """Write where each part begins, the cells at a cache line; return where the last one ends."""
    for name, shape in parts:
        begin += -begin % LANES if name == "cells" else 0
        at[name] = begin
        begin += length_of(shape, sizes)
    return begin


def aligned_zeros(length: int) -> Reals:
    """Return zeros that begin at a cache line, so that no eight of a block straddle two."""
    zeros = np.zeros(length + LANES)
    skipped = (-zeros.ctypes.data // zeros.itemsize) % LANES
    return zeros[skipped : skipped + length]


def new_world(structure: Structure, inputs: Inputs) -> World:
    """Return the memory of one thread for runs of one scenario.

    Parameters
    ----------
    structure : Structure
    inputs : Inputs
        Copied; drawn numbers are written over the copy, run by run.
    """
    sizes = sizes_of(structure)
    at = np.recarray(1, PLACES_DTYPE)[0]
    now = np.recarray(1, NOW_DTYPE)[0]
    begin = 0
    for name, part in zip(Inputs._fields, inputs, strict=True):
        at[name] = begin
        begin += part.size
    real = aligned_zeros(lay_out(REAL_PARTS, begin, sizes, at))
    whole = np.zeros(lay_out(WHOLE_PARTS, 0, sizes, at), dtype=np.int64)
    real[:begin] = np.concatenate([part.ravel() for part in inputs])
    for name, part in written_parts(structure).items():
        flat = real if part.dtype == np.float64 else whole
        flat[at[name] : at[name] + part.size] = part.ravel()
    write_sizes(structure, sizes, at, now)
    moved = np.zeros(sizes["D"] * sizes["N"] * N_STAGES, dtype=np.int32)
    return World(real, whole, moved, at, now)


def write_sizes(structure: Structure, sizes: dict[str, int], at: Any, now: Any) -> None:
    """Write the sizes, the goals and the key of the climate."""
    goals = structure.goals
    numbers = (
        structure.n_days,
        sizes["N"],
        sizes["C"],
        sizes["K"],
        sizes["E"],
        sizes["B"] // BLOCK,
        sizes["P"],
        structure.events.first_day,
    )
    for name, number in zip(SIZES, numbers, strict=True):
        at[name] = number
    now.goal_is_set = goals.is_set
    now.goal_public_size = goals.public_size
    now.goal_share = goals.requirement_share
    now.goal_hold = goals.hold
    now.climate_key = structure.climate_key
