"""The force required by day, as the scenario and its events set it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import OUTER
from sim.scenario.schema import Scenario

Reals = NDArray[np.float64]

SHARES = (OUTER[0], 0.5, OUTER[1])

FINE_SHARES = (np.arange(2000) + 0.5) / 2000
"""Where a distribution of which a part of the runs draws is looked at."""

Chances = list[tuple[Any, float]]
"""Numbers or distributions of the requirement, each with the share of runs in which it holds."""


def requirement_by_day(scenario: Scenario) -> Reals:
    """Quantiles of the requirement by day, shape (n_days + 1, 3), force units.

    Columns: 5 %, median, 95 % over runs; all the same on days on which it is one number.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> change = [{"date": {"dates": {"1": 1, "3": 9}}, "requirement": 40}]
    >>> scenario = scenario_from_dict({"days": 3, "nations": ["GBR"], "events": change})
    >>> requirement_by_day(scenario).tolist()[1:]
    [[30.0, 30.0, 40.0], [30.0, 30.0, 40.0], [40.0, 40.0, 40.0]]
    """
    found: list[tuple[Chances, Reals]] = []
    for chances in requirement_chances(scenario):
        is_same = found and found[-1][0] == chances
        found.append((chances, found[-1][1] if is_same else _quantiles(chances)))
    return np.array([quantiles for _, quantiles in found])


def requirement_chances(scenario: Scenario) -> list[Chances]:
    """What the requirement may be by day, with the share of runs in which it is so.

    It is that of the last event so far; of those of one day, the last in the file. Dates that are
    drawn are independent of each other.
    """
    changes: list[Any] = [event for event in scenario.events if event.kind == "requirement"]
    days = range(scenario.days + 1)
    by_now = np.array([[_share_until(event, day) for day in days] for event in changes])
    found = []
    for day in days:
        unchanged = prod(1.0 - share for share in by_now[:, day]) if changes else 1.0
        chances: Chances = [(scenario.commitment.requirement, unchanged)]
        for number, event in enumerate(changes):
            is_on = np.diff(by_now[number, : day + 1])  # on days 1, 2, ... up to this one
            for other in range(len(changes)):
                # Another one is later still, or came before: on the same day too if it stands
                # before it in the file.
                before = by_now[other, :day] if other > number else by_now[other, 1 : day + 1]
                is_on = is_on if other == number else is_on * (1.0 - by_now[other, day] + before)
            chances.append((event.requirement, float(is_on.sum())))
        found.append([(required, share) for required, share in chances if share > 0.0])
    return found


def _share_until(event: Any, day: int) -> float:
    """Share of runs in which an event is dated on a day or before it."""
    drawn = event.drawn_date
    return float(event.first_date <= day) if drawn is None else drawn.share_until(day)


def _quantiles(chances: Chances) -> Reals:
    """Quantiles of numbers and distributions that hold in some runs each."""
    if len(chances) == 1:
        return _drawn(chances[0][0], np.array(SHARES))
    values, shares = [], []
    for number, share in chances:
        found = _drawn(number, FINE_SHARES) if not isinstance(number, int | float) else [number]
        values += list(found)
        shares += [share / len(found)] * len(found)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.array(shares)[order])
    places = np.searchsorted(reached / reached[-1], SHARES)
    return np.asarray(values)[order][places]


def _drawn(number: Any, shares: Reals) -> Reals:
    """Quantiles of a distribution; a number for each."""
    if isinstance(number, int | float):
        return np.full(len(shares), float(number))
    from sim.scenario.arrays.random import shape  # imports Numba

    found = shares.copy()
    shape(found, number)
    return found
