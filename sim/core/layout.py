"""The arrays of one scenario as the rules and both engines read them.

`Inputs` holds the numbers that may differ from run to run; they are views into one flat vector,
so that a drawn or varied number is one index. `Structure` holds what is the same in all runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

REQUIREMENT, VALUE, SCALE, CONVEXITY, TOKEN = range(5)
"""Indices in ``Inputs.commitment``."""

OF_MOMENTUM, OF_DEFECTION, OF_CONVENED = range(3)
"""Indices in ``Inputs.memory``."""


class Inputs(NamedTuple):
    """Numbers of a run. N nations, C conditions, K kinds, E events, 7 stages, F features.

    Attributes
    ----------
    stake, support, capability, threshold : ndarray, shape (N,)
    reliance, sensitivity : ndarray, shape (C, N)
    capacity : ndarray, shape (N, K), units
    level, start, speed, volatility, to_force, to_breadth : ndarray, shape (C,)
        A start that is not a number means the level.
    response : ndarray, shape (C, C), of the first condition to the second
    weight, cost, aversion, spread : ndarray, shape (K,)
    commitment : ndarray, shape (5,); memory : ndarray, shape (3,), days
    rate : ndarray, shape (7, 2), per day; coefficient : ndarray, shape (7, 2, F)
        By stage and move (forward, exit); a move that the behaviour does not name has rate 0.
    event : ndarray, shape (E, 2)
        Weight of a meeting; gain and reference of a proposal; shift, jump, probability or amount.
    """

    stake: Reals
    support: Reals
    capability: Reals
    threshold: Reals
    reliance: Reals
    sensitivity: Reals
    capacity: Reals
    level: Reals
    start: Reals
    speed: Reals
    volatility: Reals
    to_force: Reals
    to_breadth: Reals
    response: Reals
    weight: Reals
    cost: Reals
    aversion: Reals
    spread: Reals
    commitment: Reals
    memory: Reals
    rate: Reals
    coefficient: Reals
    event: Reals


class TieArrays(NamedTuple):
    """Who watches whom, in units of 2**-50 of a row.

    Attributes
    ----------
    base : ndarray, shape (N,)
        Weight of every peer that has no entry of its own.
    start : ndarray, shape (N + 1,)
        Entries of the watched nation j are start[j] to start[j + 1].
    watcher, extra : ndarray, shape (n_entries,)
        The nation that watches, and its weight for j minus its base.
    """

    base: Integers
    start: Integers
    watcher: Integers
    extra: Integers


class Events(NamedTuple):
    """Dated events, sorted by day, kind and order in the file.

    Attributes
    ----------
    kind, day, until : ndarray, shape (E,)
        `until` is the first day on which a signal or a deal no longer holds, NO_DAY for none.
    target : ndarray, shape (E,)
        The condition of a signal, shock or proposal; the stage of a move; 1 for an event of all
        nations in a meeting, list or opinion.
    who_start : ndarray, shape (E + 1,); who : ndarray
        Nations that an event names.
    pledge : ndarray, shape (E, K), units; not a number where the nation chooses
    key : ndarray of uint64, shape (E,)
    row : ndarray, shape (E,)
        Row of ``Inputs.event``: the number of the event in the file, from 0.
    busy : ndarray, shape (n_days + 1,)
        1 on days on which an event begins or ends.
    first_day : int
        Day of the earliest event, at most 1.
    """

    kind: Integers
    day: Integers
    until: Integers
    target: Integers
    who_start: Integers
    who: Integers
    pledge: Reals
    key: Keys
    row: Integers
    busy: Integers
    first_day: int


class Goals(NamedTuple):
    """What counts as success.

    Attributes
    ----------
    is_set : int
        0 where the scenario names no threshold.
    public_size : int
    requirement_share : float
        Share of the requirement met; below 0 where it is not asked for.
    conditions : ndarray, shape (C,)
        Least values; below 0 where none is asked for.
    hold : int
        Days running for which all must hold.
    """

    is_set: int
    public_size: int
    requirement_share: float
    conditions: Reals
    hold: int


class Structure(NamedTuple):
    """What is the same in every run.

    Attributes
    ----------
    n_days : int
    nation_key, condition_key, kind_key : ndarray of uint64, shapes (N,), (C,), (K,)
    climate_key : uint64
    stage_chance : ndarray, shape (N, 7), cumulative chance of the initial stages
    start_pledge : ndarray, shape (N, K), units; not a number where the nation chooses on day 0
    """

    n_days: int
    nation_key: Keys
    condition_key: Keys
    kind_key: Keys
    climate_key: np.uint64
    stage_chance: Reals
    start_pledge: Reals
    ties: TieArrays
    events: Events
    goals: Goals
