"""When the coalition's quorum takes force, and in what share of runs it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Chance, chance
from sim.results.records import Counts
from sim.scenario.schema import Scenario

NEVER = -1


def in_force_days(quorum_days: NDArray[Any], lag: int, n_days: int) -> NDArray[Any]:
    """Return the day on which the quorum takes force, run by run; -1 never.

    Parameters
    ----------
    quorum_days : ndarray of int, days
        First day at whose end the quorum held; -1 never.
    lag, n_days : int
        What is to come into force after the last day, `n_days`, does so in no run.

    Examples
    --------
    >>> in_force_days(np.array([3, 8, -1]), lag=30, n_days=35).tolist()
    [33, -1, -1]
    """
    in_time = (quorum_days >= 0) & (quorum_days <= n_days - lag)
    return np.where(in_time, quorum_days + quorum_days.dtype.type(min(lag, n_days)), NEVER).astype(
        quorum_days.dtype
    )


@dataclass(frozen=True)
class QuorumChance:
    """The chance that the coalition's quorum takes force by the last day.

    Attributes
    ----------
    chance : Chance
        In force by the last day.
    held : Chance
        The quorum held at the end of some day.
    lag : int, days
    median_day : int or None
        Day by which it is in force in half of the runs in which it is by the end; None for none.
    """

    chance: Chance
    held: Chance
    lag: int
    median_day: int | None


def quorum_chance(scenario: Scenario, counts: Counts | None) -> QuorumChance | None:
    """Chance that the quorum takes force, from runs by its first day; None without one.

    Parameters
    ----------
    scenario : Scenario
    counts : ndarray of int64, shape (n_days + 2,), or None
        `Records.quorum_counts`.
    """
    if scenario.quorum is None or counts is None:
        return None
    lag, n_runs, by_day = scenario.quorum.lag, int(counts.sum()), counts[:-1].cumsum()
    in_force = by_day[: max(0, by_day.size - lag)]
    n_hits = int(in_force[-1]) if in_force.size else 0
    median = int(np.argmax(2 * in_force >= n_hits)) + lag if n_hits else None
    return QuorumChance(chance(n_hits, n_runs), chance(int(by_day[-1]), n_runs), lag, median)
