"""The toy as a user of agentpy writes it: agents that are set up and stepped by their list."""

from __future__ import annotations

from math import exp

import agentpy  # type: ignore[import-not-found] # not a dependency
import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

TALKS, WILLING, PUBLIC = range(3)


class Nation(agentpy.Agent):  # type: ignore[misc]
    """A nation in the talks, willing or public."""

    def setup(self) -> None:
        """Begin in the talks, with a disposition of its own."""
        self.stage = TALKS
        self.disposition = self.model.random.gauss(0.0, 1.0)

    def consider(self) -> None:
        """Move forward with the chance ``1 - exp(-hazard)``."""
        if self.stage == PUBLIC:
            return
        peers = self.model.public_share - THRESHOLD
        hazard = RATE * exp(DISPOSITION * self.disposition + PEERS * peers)
        if self.model.random.random() < 1.0 - exp(-hazard):
            self.stage += 1
            if self.stage == PUBLIC:
                self.model.n_public += 1


class Coalition(agentpy.Model):  # type: ignore[misc]
    """All nations, each of which sees how many of the others were public last night."""

    def setup(self) -> None:
        """Make the nations."""
        self.n_public = 0
        self.public_share = 0.0
        self.nations = agentpy.AgentList(self, N_NATIONS, Nation)

    def step(self) -> None:
        """Let one day pass."""
        self.public_share = self.n_public / (N_NATIONS - 1)
        self.nations.consider()

    def update(self) -> None:
        """Record the day; agentpy calls it after `setup` and after every step."""
        self.record("n_public")


def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    sizes = np.empty((runs, N_DAYS + 1), dtype=np.int64)
    for run in range(runs):
        model = Coalition({"steps": N_DAYS, "seed": seed + run})
        results = model.run(display=False)
        sizes[run] = results.variables.Coalition.n_public
    return sizes
