"""One nation whose threshold is known: it joins where its hazard adds up to an exponential draw.

It goes public with the constant hazard r exp(b (X - 1/2)) a day, so that it has done so by the end
of day T if T r exp(b (X - 1/2)) >= E, E ~ Exponential(1): at a level of X with the law

    F(x) = 1 - exp(-T r exp(b (x - 1/2))).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

DAYS, RATE, PRESSURE = 20, 0.03, 6.0
PATH = "conditions.x.level"


def one_nation(pressure: float = PRESSURE, **more: Any) -> Scenario:
    """The scenario; below 0, pressure makes the nation join up to a level."""
    return scenario_from_dict(
        {
            "title": "One nation",
            "days": DAYS,
            "nations": [{"id": "A", "stage": "willing", "sensitivity": {"x": pressure}}],
            "conditions": {"x": {"level": 0.5}},
            "behaviour": {"from": None, "declare": {"rate": RATE, "pressure": 1}},
            "success": {"public_size": 1, "hold": 1},
            **more,
        }
    )


def chance(level: Any, pressure: float = PRESSURE) -> Any:
    """Chance that it has joined by the end."""
    return 1 - np.exp(-DAYS * RATE * np.exp(pressure * (np.asarray(level) - 0.5)))


def level_of(share: float, pressure: float = PRESSURE) -> float:
    """The level at which the chance is this one."""
    return float(0.5 + np.log(-np.log(1 - share) / (DAYS * RATE)) / pressure)
