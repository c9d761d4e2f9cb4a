"""The arrays of one scenario as the rules and both engines read them.

`Inputs` holds the numbers that may differ from run to run; they are views into one flat vector,
so that a drawn or varied number is one index. `Structure` holds what is the same in all runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import N_TRAITS

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

REQUIREMENT, VALUE, SCALE, CONVEXITY, TOKEN, DEMAND = range(6)
"""Indices in ``Inputs.commitment``."""

INITIAL_ODDS, INITIAL_WEIGHTS, WILLING_SHARE = 0, 1, 1 + N_TRAITS
"""Indices in ``Inputs.initial``: of the odds, of the first coefficient, of the share."""

OF_MOMENTUM, OF_DEFECTION, OF_CONVENED, OF_FATIGUE = range(4)
"""Indices in ``Inputs.memory``."""


class Inputs(NamedTuple):
    """Numbers of a run.

    N nations, C conditions, K kinds, E events, Q quorums, 7 stages, F features.

    Attributes
    ----------
    stake, support, bond, capability, threshold : ndarray, shape (N,)
    reliance, sensitivity : ndarray, shape (C, N)
    capacity : ndarray, shape (N, K), units
    level, start, speed, volatility, to_force, to_public_share : ndarray, shape (C,)
        A start that is not a number means the level.
    response : ndarray, shape (C, C), of the first condition to the second
    weight, cost, aversion, spread : ndarray, shape (K,)
    commitment : ndarray, shape (6,)
    memory : ndarray, shape (4,), three in days, and the fatigue by meetings
    tempo : ndarray, shape (1,)
    rate : ndarray, shape (7, 2), per day; coefficient : ndarray, shape (7, 2, F)
        By stage and move (forward, exit); a move that the behaviour does not name has rate 0.
    initial : ndarray, shape (8,)
        The initial law: odds, coefficients of `Traits`, share of the willing; all 0 without one.
    event_date : ndarray, shape (E,)
        Day of an event whose date is drawn; 0 for one whose date is fixed.
    event : ndarray, shape (E, 2)
        Weight of a meeting or trigger; gain and reference of a proposal; shift, jump, probability
        or amount.
    quorum : ndarray, shape (Q,)
        Least number, or share, of public nations or of their weight.
    given_climate : ndarray, shape (1,); given_disposition : ndarray, shape (N,)
        Not a number where they are drawn.
    given_stage : ndarray, shape (N,)
        Stage on day 0; not a number where chances or the initial law decide.
    """

    stake: Reals
    support: Reals
    bond: Reals
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
    to_public_share: Reals
    response: Reals
    weight: Reals
    cost: Reals
    aversion: Reals
    spread: Reals
    commitment: Reals
    memory: Reals
    tempo: Reals
    rate: Reals
    coefficient: Reals
    initial: Reals
    event_date: Reals
    event: Reals
    quorum: Reals
    given_climate: Reals
    given_disposition: Reals
    given_stage: Reals


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


class GroupArrays(NamedTuple):
    """Which groups each nation is in.

    Attributes
    ----------
    n_groups : int
    start : ndarray, shape (N + 1,)
        Groups of nation i are ``of[start[i]]`` to ``of[start[i + 1] - 1]``.
    of : ndarray, shape (n_memberships,)
    """

    n_groups: int
    start: Integers
    of: Integers


class Events(NamedTuple):
    """Dated events, sorted by day, kind and order in the file, those with drawn dates as of day 0.

    Attributes
    ----------
    kind, day, until : ndarray, shape (E,)
        `until` is the first day on which a signal or a deal no longer holds, NO_DAY for none.
    is_drawn, lasts : ndarray, shape (E,)
        1 where the date is drawn, so that each run has its own `day`; for how many days the event
        then holds, 0 where that is not what ends it.
    target : ndarray, shape (E,)
        The condition of a signal, shock or proposal, C for a signal of tempo; the stage of a
        move; 1 for an event of all nations in a meeting, trigger, list or opinion.
    who_start : ndarray, shape (E + 1,); who : ndarray
        Nations that an event names.
    pledge : ndarray, shape (E, K), units; not a number where the nation chooses
    key : ndarray of uint64, shape (E,)
    row : ndarray, shape (E,)
        Row of ``Inputs.event``: the number of the event in the file, from 0.
    busy : ndarray, shape (n_days + 1,)
        1 on days on which an event begins or ends, apart from those whose date is drawn.
    """

    kind: Integers
    day: Integers
    is_drawn: Integers
    until: Integers
    lasts: Integers
    target: Integers
    who_start: Integers
    who: Integers
    pledge: Reals
    key: Keys
    row: Integers
    busy: Integers


class Goals(NamedTuple):
    """What counts as success.

    Attributes
    ----------
    is_set : int
        0 where the scenario names no threshold.
    public_size : int
    requirement_share : float
        Share of the requirement met; below 0 where it is not asked for.
    groups_covered, kinds_covered, capacity_public : float
        Least shares; below 0 where none is asked for.
    members : ndarray, shape (N,)
        1 for a nation that must be public.
    conditions, at_most : ndarray, shape (C,)
        Least values, below 0 where none is asked for; and greatest, above 1 where none is.
    hold : int
        Days running for which all must hold.
    """

    is_set: int
    public_size: int
    requirement_share: float
    groups_covered: float
    kinds_covered: float
    capacity_public: float
    members: Integers
    conditions: Reals
    at_most: Reals
    hold: int


class Quorums(NamedTuple):
    """What nations, and the coalition, wait for; R different weights are counted.

    Attributes
    ----------
    nation : ndarray, shape (Q,)
        Nation that waits, -1 for the coalition.
    kind : ndarray, shape (Q,)
        What is counted; see `sim.core.rules.quorum`.
    moves : ndarray, shape (Q,)
        Bit s is 1 where the move forward from stage s is closed until the quorum holds.
    row : ndarray, shape (Q,)
        Row of the weight that is counted, 0 where none is.
    weight_first, weight_step : ndarray, shape (R,)
        Index in the flat inputs of a weight of the first nation, and from one nation to the next.
    lag : int
        Days from the day on which the coalition's quorum holds until it takes force.
    """

    nation: Integers
    kind: Integers
    moves: Integers
    row: Integers
    weight_first: Integers
    weight_step: Integers
    lag: int


class Structure(NamedTuple):
    """What is the same in every run.

    Attributes
    ----------
    n_days : int
    nation_key, condition_key, kind_key : ndarray of uint64, shapes (N,), (C,), (K,)
    climate_key : uint64
    stage_chance : ndarray, shape (N, 7), cumulative chance of the initial stages
    by_law : ndarray, shape (N,)
        1 where the initial law draws the stage, which then has no chances of its own.
    start_pledge : ndarray, shape (N, K), units; not a number where the nation chooses on day 0
    """

    n_days: int
    nation_key: Keys
    condition_key: Keys
    kind_key: Keys
    climate_key: np.uint64
    stage_chance: Reals
    by_law: Integers
    start_pledge: Reals
    ties: TieArrays
    groups: GroupArrays
    events: Events
    goals: Goals
    quorums: Quorums
