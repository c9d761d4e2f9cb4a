"""The force required by day, as the scenario and its events set it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import OUTER
from sim.scenario.schema import Scenario

SHARES = (OUTER[0], 0.5, OUTER[1])


def requirement_by_day(scenario: Scenario) -> NDArray[np.float64]:
    """Quantiles of the requirement by day, shape (n_days + 1, 3), force units.

    Columns: 5 %, median, 95 % over runs; all the same on days on which it is one number.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> change = [{"date": 2, "requirement": 40}]
    >>> scenario = scenario_from_dict({"days": 3, "nations": ["GBR"], "events": change})
    >>> requirement_by_day(scenario)[:, 1]
    array([30., 30., 40., 40.])
    """
    by_day = np.empty((scenario.days + 1, len(SHARES)))
    by_day[:] = _quantiles(scenario.commitment.requirement)
    changes: list[Any] = [event for event in scenario.events if event.kind == "requirement"]
    for event in sorted(changes, key=lambda event: event.date):
        by_day[max(event.date, 0) :] = _quantiles(event.requirement)
    return by_day


def _quantiles(number: Any) -> NDArray[np.float64]:
    """Quantiles of a distribution; a number three times."""
    if isinstance(number, int | float):
        return np.full(len(SHARES), float(number))
    from sim.scenario.arrays.random import shape  # imports Numba

    shares = np.array(SHARES)
    shape(shares, number)
    return shares
