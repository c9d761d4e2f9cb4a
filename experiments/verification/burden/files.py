"""The shipped scenarios of burden sharing: as games on paper, and what the engines pledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

import sim
from experiments.verification.burden.game import Game
from experiments.verification.laws import Reals
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

SEED = 1966
ROUNDING = 2.0**-30
"""Pledges are rounded down to a multiple of this, in force units."""


def shipped(name: str, changes: Mapping[str, Any] | None = None) -> Scenario:
    """Scenario of that name among the classics, with some values changed."""
    return sim.load_scenario(f"classics/{name}", set=dict(changes or {}))


def game_of(scenario: Scenario) -> Game:
    """The game that a scenario without conditions and with one kind of force plays."""
    full = scenario.full()
    commitment, (kind,) = full["commitment"], full["contributions"]
    capacities = np.array([each["capacity"][kind] for each in full["nations"]], dtype=np.float64)
    stakes = np.array([each["stake"] for each in full["nations"]], dtype=np.float64)
    sizes = (capacities / capacities.max()) ** commitment["scale"]
    return Game(
        commitment["value"] * stakes * sizes,
        np.full((stakes.size, 1), full["contributions"][kind]["cost"], dtype=np.float64),
        capacities[:, None],
        float(commitment["requirement"]),
        float(commitment["convexity"]),
    )


def pledged(scenario: Scenario, engine: Literal["batch", "mesa"] = "batch") -> Reals:
    """Pledge of each nation at the end of one run, in force units."""
    found: Reals = sim.run(scenario, runs=1, seed=SEED, engine=engine).pledge[0, :, 0]
    return found


def in_order(scenario: Scenario, order: Sequence[int]) -> Scenario:
    """The scenario with its nations pledging one a day, in this order."""
    ids = [nation.id for nation in scenario.nations]
    return scenario.with_changes({f"events.{day}.move": ids[i] for day, i in enumerate(order)})


def engine_reply(scenario: Scenario, nation: int, pledges: Reals) -> float:
    """What one nation chooses in the engine after all others have stated their pledges."""
    ids = [each.id for each in scenario.nations]
    moves: list[dict[str, Any]] = [
        {"date": 1, "move": each, "to": "pledged", "pledge": {"force": float(pledge)}}
        for each, pledge in zip(ids, pledges, strict=True)
    ]
    moves[nation] = {"date": 2, "move": ids[nation], "to": "pledged"}
    told = scenario_from_dict({**scenario.full(), "events": moves})
    return float(pledged(told)[nation])


def engine_best_replies(scenario: Scenario, n_rounds: int) -> Reals:
    """Contributions after rounds of replies in the engine, one nation after another."""
    pledges = np.zeros(len(scenario.nations))
    for _ in range(n_rounds):
        for nation in range(pledges.size):
            pledges[nation] = engine_reply(scenario, nation, pledges)
    return pledges
