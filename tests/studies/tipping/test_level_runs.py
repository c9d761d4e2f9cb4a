"""A run at a level of its own is the run of the scenario with that level."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engines.run import run
from sim.scenario.load import scenario_from_dict
from sim.studies.tipping.level_runs import LevelRuns, is_public
from sim.studies.tipping.levels import levels_from, split_along

SCENARIO = scenario_from_dict(
    {
        "days": 40,
        "nations": [
            {"id": name, "stage": "willing", "reliance": {"backing": share}}
            for name, share in zip("ABCDE", (0.9, 0.7, 0.5, 0.3, 0.1), strict=True)
        ],
        "conditions": {"backing": {"level": {"beta": [2, 2]}, "volatility": 0.2}},
        "events": [
            {"date": 9, "meeting": "summit"},
            {"date": {"uniform": [1, 60]}, "list": "names"},
        ],
        "success": {"public_size": 3, "hold": 2},
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "conditions.backing.level=0.1:0.9",
        "nations.*.reliance.backing",
        "events.summit.date=1:40",
        "events.names.date=2:30",
        "behaviour.declare.rate=0.001:0.5:log",
        "success.public_size=1:5",
        "ties.leaders=1:3",
        "days=20:40",
    ],
)
def test_it_is_the_run_of_the_scenario_with_that_level(text: str) -> None:
    levels = levels_from(SCENARIO, *split_along(text))
    values = levels.values[np.linspace(0, levels.last, 11).astype(int)[[3, 0, 10, 5, 5, 8, 1]]]
    runs = LevelRuns(SCENARIO, levels)
    has_succeeded = runs.read(7, 20, values, lambda block: block.success_day >= 0)
    public = runs.read(7, 20, values, is_public)
    for number, value in enumerate(values.tolist()):
        exact = int(value) if levels.is_whole else value
        alone = run(SCENARIO.with_value(levels.path, exact), runs=1, seed=7, first_run=20 + number)
        assert has_succeeded[number] == (alone.success_day[0] >= 0)
        assert public[number].tolist() == ((alone.stage[0] >= 3) & (alone.stage[0] <= 5)).tolist()
