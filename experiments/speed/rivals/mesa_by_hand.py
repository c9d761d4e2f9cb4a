"""The toy as a user of Mesa writes it: agents with a step, plain numbers, Mesa's random stream."""

from __future__ import annotations

from math import exp

import mesa
import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

TALKS, WILLING, PUBLIC = range(3)


class Nation(mesa.Agent):  # type: ignore[misc]
    """A nation in the talks, willing or public."""

    def __init__(self, model: Coalition) -> None:
        super().__init__(model)
        self.stage = TALKS
        self.disposition = self.random.gauss(0.0, 1.0)

    def step(self) -> None:
        """Move forward with the chance ``1 - exp(-hazard)``."""
        if self.stage == PUBLIC:
            return
        peers = self.model.public_share - THRESHOLD
        hazard = RATE * exp(DISPOSITION * self.disposition + PEERS * peers)
        if self.random.random() < 1.0 - exp(-hazard):
            self.stage += 1
            if self.stage == PUBLIC:
                self.model.n_public += 1


class Coalition(mesa.Model):  # type: ignore[misc]
    """All nations, each of which sees how many of the others were public last night."""

    def __init__(self, seed: int) -> None:
        super().__init__(rng=seed)
        self.n_public = 0
        self.public_share = 0.0
        Nation.create_agents(self, N_NATIONS)
        self.datacollector = mesa.DataCollector(model_reporters={"n_public": "n_public"})
        self.datacollector.collect(self)

    def step(self) -> None:
        """Let one day pass."""
        self.public_share = self.n_public / (N_NATIONS - 1)
        self.agents.do("step")
        self.datacollector.collect(self)


def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    sizes = np.empty((runs, N_DAYS + 1), dtype=np.int64)
    for run in range(runs):
        model = Coalition(seed + run)
        for _ in range(N_DAYS):
            model.step()
        sizes[run] = model.datacollector.model_vars["n_public"]
    return sizes
