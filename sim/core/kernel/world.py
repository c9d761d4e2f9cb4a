"""What compiled functions are handed: the memory of one thread, and the key of a run's draws."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.compiled import index, inlined
from sim.core.layout import Integers, Reals


class RunKey(NamedTuple):
    """Which draws a run sees."""

    seed: np.uint64
    run: np.uint64


class World(NamedTuple):
    """Everything that one day of one run reads and writes; made by `sim.core.kernel.memory`.

    Attributes
    ----------
    real : ndarray of float64
        All real numbers of a run. Nation i's support is ``real[at.support + i]``.
    whole : ndarray of int64
        All whole numbers of a run. Nation i's stage is ``whole[at.stage + i]``.
    moved : ndarray of int32, shape ((n_days + 1) * N * 7,)
        Arrivals minus departures by day, nation and stage, summed over the runs of a thread.
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


@inlined
def stage_of(nation: int, world: World) -> int:
    """Return the stage that a nation is in."""
    return world.whole[index(world.at.stage + nation)]


@inlined
def key_at(position: int, world: World) -> np.uint64:
    """Return the key that lies at a position of `World.whole`, where it is stored bit for bit."""
    return np.int64(world.whole[index(position)]).view(np.uint64)
