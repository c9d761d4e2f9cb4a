"""The toy on which the engines are compared with what one would write by hand.

30 nations decide on each of 180 days whether to move from the talks to the willing, and from there
to the public. The hazard is ``RATE * exp(DISPOSITION * own + PEERS * (public share - THRESHOLD))``,
with a disposition of its own and the public share of the other nations as of last night. Nobody
leaves; there are no conditions, events or contributions.
"""

from __future__ import annotations

from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

N_NATIONS, N_DAYS = 30, 180
RATE, DISPOSITION, PEERS, THRESHOLD = 0.01, 1.0, 3.0, 0.5


def toy() -> Scenario:
    """The toy as a scenario."""
    nation = {"stage": "talks", "threshold": THRESHOLD}
    move = {"rate": RATE, "disposition": DISPOSITION, "peers": PEERS}
    return scenario_from_dict(
        {
            "title": "Toy",
            "days": N_DAYS,
            "nations": [{"id": f"N{number:02d}", **nation} for number in range(1, N_NATIONS + 1)],
            "behaviour": {"resolve": move, "declare": move},
        }
    )
