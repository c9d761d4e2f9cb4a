"""A mean-field binary choice with positive influence, as a scenario, and its exact branches.

A nation that is willing goes public with the log hazard ln r + a (s - 1/2) + c (X - 1/2), where s
is the public share and X a condition; it withdraws with ln r minus the rest, and comes back through
the talks within two days. As r -> 0 these are negligible, and the share s of many nations moves
towards the odds s / (1 - s) = exp(2 a (s - 1/2) + 2 c (X - 1/2)), that is, with m = 2 s - 1,

    m = tanh(beta (J m + h)), where beta J = a / 2 and beta h = c (X - 1/2).

For beta J > 1 there are two stable branches between the ends at which one of them vanishes:
1 - m^2 = 1 / (beta J), so m = +-sqrt(1 - 1 / (beta J)) and beta h = artanh(m) - beta J m.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

PATH = "conditions.backing.level"


def mean_field(
    n_nations: int, rate: float, peers: float, pressure: float, low: float, days: int
) -> Scenario:
    """The scenario; r is the rate, a the coefficient of peers, c that of pressure."""
    at_once = {"rate": 1e3}
    return scenario_from_dict(
        {
            "days": days,
            "nations": [
                {
                    "id": f"N{number}",
                    "stage": "willing",
                    "threshold": 0.5,
                    "sensitivity": {"backing": pressure},
                }
                for number in range(n_nations)
            ],
            "conditions": {"backing": {"level": low}},
            "behaviour": {
                "from": None,
                **dict.fromkeys(("engage", "resolve", "return"), at_once),
                "declare": {"rate": rate, "peers": peers, "pressure": 1},
                "withdraw": {"public": {"rate": rate, "peers": -peers, "pressure": -1}},
            },
        }
    )


def ends(peers: float, pressure: float) -> tuple[float, float]:
    """Levels at which the upper branch vanishes, on the way down, and the lower, on the way up."""
    beta_j = peers / 2
    m = np.sqrt(1 - 1 / beta_j)
    beta_h = float(np.arctanh(m) - beta_j * m)  # below 0
    return 0.5 + beta_h / pressure, 0.5 - beta_h / pressure


def branch(peers: float, pressure: float, level: float, is_upper: bool) -> float:
    """Public share on a branch at a level."""
    beta_j, beta_h = peers / 2, pressure * (level - 0.5)

    def departure(m: float) -> float:
        return float(np.tanh(beta_j * m + beta_h) - m)

    m = np.sqrt(max(0.0, 1 - 1 / beta_j))
    found = brentq(departure, m, 1) if is_upper else brentq(departure, -1, -m)
    return (1 + found) / 2
