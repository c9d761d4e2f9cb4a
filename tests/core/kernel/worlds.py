"""Small worlds made by hand, and one run of them a day at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.core.kernel import features as row
from sim.core.kernel.day import advance, record_day
from sim.core.kernel.features import cell_index, cells_of
from sim.core.kernel.memory import new_worlds
from sim.core.kernel.start import begin
from sim.core.kernel.world import LANES, RunKey, world_in
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import STAGES
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

SURE = {"rate": 1e100}
"""A move whose hazard is above any threshold: it happens on the first day at risk."""

RATE = 0.01
"""Rate of a move whose hazard a test reads off."""


def small(nations: list[Any], days: int = 5, **parts: Any) -> Scenario:
    """A scenario in which nothing happens unless a part says so."""
    return scenario_from_dict({"days": days, "nations": nations, "behaviour": {}, **parts})


def nation(name: str, stage: str = "outside", **parts: Any) -> dict[str, Any]:
    """A nation in a stage."""
    return {"id": name, "stage": stage, **parts}


class Story:
    """One run, a day at a time; it stands at the end of `day`."""

    def __init__(self, scenario: Scenario, seed: int = 0, run: int = 0) -> None:
        arrays = arrays_of(scenario)
        self.worlds = new_worlds(arrays.structure, inputs_of_run(arrays, seed, run), most=1)
        self.world = world_in(self.worlds, 0)
        self.run_key = RunKey(np.uint64(seed), np.uint64(run))
        self.scenario = scenario
        self.places = {each.id: place for place, each in enumerate(scenario.nations)}
        self.day = 0
        begin(self.world, self.run_key)
        record_day(0, self.world)

    def go_to(self, day: int) -> Story:
        """Bring the run to the end of a day."""
        while self.day < day:
            self.day += 1
            advance(self.day, 1, self.worlds, self.run_key)
        return self

    def part(self, name: str, length: int) -> np.ndarray:
        """A copy of a part of the world's numbers, real or whole."""
        world = self.world
        is_whole = name in {
            "pledge",
            "stage",
            "force",
            "visits",
            "tie_extra",
            "pledged_on",
            "restless",
        }
        flat = world.whole if is_whole else world.real
        return flat[world.at[name] : world.at[name] + length].copy()

    def cell(self, which: str, name: str) -> float:
        """A nation's cell in a row of the table of hazards."""
        cell = cell_index(self.places[name], getattr(row, which))
        return float(self.world.real[self.world.at.cells + cell])

    def stages(self) -> list[str]:
        """The stage of every nation."""
        return [STAGES[stage] for stage in self.part("stage", len(self.places))]

    def pledge(self, name: str) -> list[float]:
        """A nation's contributions, in force units."""
        n_kinds = len(self.scenario.contributions)
        all_of_them = self.part("pledge", len(self.places) * n_kinds) * FORCE_UNIT
        return list(all_of_them.reshape(-1, n_kinds)[self.places[name]])

    def force(self) -> list[float]:
        """Public force by kind, and in all."""
        return list(self.part("force", len(self.scenario.contributions) + 1) * FORCE_UNIT)

    def conditions(self) -> list[float]:
        """Values of the conditions."""
        first = self.world.at.value * LANES
        return list(self.world.shared[first::LANES][: len(self.scenario.conditions)])

    def hazards_of_tomorrow(self, name: str) -> tuple[float, float]:
        """Go on by a day on which nobody crosses, and say what it spent of two thresholds."""
        cells, now = cells_of(self.world), self.world.now
        for which in (row.FORWARD_REMAINING, row.EXIT_REMAINING):
            for each in self.places.values():
                cells[cell_index(each, which)] = 1e9
        now.spent_until, now.crossed = self.day, 0
        self.go_to(self.day + 1)
        return self.cell("FORWARD_HAZARD", name), self.cell("EXIT_HAZARD", name)


def felt(scenario: Scenario, name: str, days: int) -> list[float]:
    """ln(hazard / RATE) of a nation's move forward, on days 1 to `days`."""
    story = Story(scenario)
    return [math.log(story.hazards_of_tomorrow(name)[0] / RATE) for _ in range(days)]


def watching(feature: str, coefficient: float = 1.0) -> dict[str, Any]:
    """Behaviour by which nations in the talks show how strongly they feel a feature."""
    return {"resolve": {"rate": RATE, feature: coefficient}}
