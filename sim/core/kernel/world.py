"""What compiled functions are handed: the memory of runs, and the key of a run's draws."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.addresses import address_of, row_of
from sim.core.compiled import index, inlined, written_out
from sim.core.layout import Integers, Reals

LANES = 8
"""As many float64 numbers as there are in the widest vector register: nations in a block of the
table of hazards, and runs whose days are simulated in step."""


class RunKey(NamedTuple):
    """Which draws a run sees."""

    seed: np.uint64
    run: np.uint64


@inlined
def key_of(first: RunKey, lane: int) -> RunKey:
    """Return the key of the run that comes so many after the first one."""
    return RunKey(first.seed, first.run + np.uint64(lane))


class World(NamedTuple):
    """Everything that one day of one run reads and writes; made by `sim.core.kernel.memory`.

    Attributes
    ----------
    real : ndarray of float64
        All real numbers of a run. Nation i's support is ``real[at.support + i]``.
    whole : ndarray of int64
        All whole numbers of a run. Nation i's stage is ``whole[at.stage + i]``.
    moved : ndarray of int32
        Arrivals minus departures, summed over the runs of a thread: by day, nation and stage, shape
        ((n_days + 1) * N * 7,). Or, where that is too much, those of the public stages by day and
        nation; one entry for moves elsewhere, which nobody reads; runs by nation and stage at the
        end.
    moved_by_day : ndarray of int64, shape ((n_days + 1) * 7,)
        Arrivals minus departures of all nations by day and stage.
    at : record of int64
        Sizes, and where each part of the other arrays begins.
    now : record
        Numbers that all nations share, as they are now.
    shared : ndarray of float64
        More of these, which change every day: those of `LANES` runs side by side.
    lane : int
        Which of them are of this run.
    """

    real: Reals
    whole: Integers
    moved: NDArray[np.int32]
    moved_by_day: Integers
    at: Any
    now: Any
    shared: Reals
    lane: int


class Worlds(NamedTuple):
    """The worlds of one thread, whose runs go through their days in step.

    Attributes
    ----------
    real : ndarray of float64, shape (n_worlds, n_real)
    whole : ndarray of int64, shape (n_worlds, n_whole)
    moved : ndarray of int32
    moved_by_day : ndarray of int64
    at : record of int64
        The same for all worlds.
    now : ndarray of records, shape (n_worlds,)
    shared : ndarray of float64
    """

    real: NDArray[np.float64]
    whole: NDArray[np.int64]
    moved: NDArray[np.int32]
    moved_by_day: Integers
    at: Any
    now: Any
    shared: Reals


@written_out
def by_address(worlds: Worlds) -> Worlds:
    """Return the worlds of a thread with the addresses of their memory."""
    return Worlds(
        address_of(worlds.real),
        address_of(worlds.whole),
        address_of(worlds.moved),
        address_of(worlds.moved_by_day),
        worlds.at,
        worlds.now,
        address_of(worlds.shared),
    )


@written_out
def world_in(worlds: Worlds, lane: int) -> World:
    """Return one of the worlds of a thread, which shares their memory."""
    return World(
        row_of(worlds.real, lane, worlds.at.n_real),
        row_of(worlds.whole, lane, worlds.at.n_whole),
        worlds.moved,
        worlds.moved_by_day,
        worlds.at,
        worlds.now[index(lane)],
        worlds.shared,
        lane,
    )


@inlined
def shared_cell(row: int, world: World) -> int:
    """Return where a run's number lies in a row of `World.shared`."""
    return row * LANES + world.lane


@inlined
def stage_of(nation: int, world: World) -> int:
    """Return the stage that a nation is in."""
    return world.whole[index(world.at.stage + nation)]


@inlined
def key_at(position: int, world: World) -> np.uint64:
    """Return the key that lies at a position of `World.whole`, where it is stored bit for bit."""
    return np.int64(world.whole[index(position)]).view(np.uint64)
