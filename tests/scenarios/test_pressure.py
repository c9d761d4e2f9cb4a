"""What a sensitivity does in the shipped behaviour: a condition presses, for or against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

SEED = 3
ONE_WAY = {
    "from": "reasoned",
    "engage": {"momentum": 0},
    "resolve": {"rate": 0.05, "adequacy": 0},
    "declare": {"rate": 0.05, "momentum": 0},
    "pledge": {"rate": 0.05, "adequacy": 0},
    "decline": None,
    "withdraw": None,
}
"""The shipped behaviour without what the monotone property excludes: exits and fading answers."""


def coalition(sensitivity: float, level: float, behaviour: Any) -> Scenario:
    """Two leaders and ten others, all sensitive to one condition."""
    return scenario_from_dict(
        {
            "days": 120,
            "nations": {
                "list": [
                    *({"id": name, "stage": "public"} for name in ("GBR", "FRA")),
                    *({"id": f"N{number}", "stage": "talks"} for number in range(10)),
                ],
                "set": {"*": {"sensitivity": {"opposition": sensitivity}}},
            },
            "conditions": {"opposition": {"level": level}},
            "behaviour": behaviour,
        }
    )


def ensemble(sensitivity: float, level: float, behaviour: Any, runs: int) -> sim.Ensemble:
    return sim.run(coalition(sensitivity, level, behaviour), runs=runs, seed=SEED, workers=1)


@pytest.mark.parametrize("sensitivity", [-1.0, 1.0])
def test_run_by_run_a_higher_condition_presses_the_way_of_the_sensitivity(sensitivity):
    low, high = (ensemble(sensitivity, level, ONE_WAY, 100) for level in (0.2, 0.9))
    first, last = (low, high) if sensitivity > 0 else (high, low)
    assert (last.size >= first.size).all()
    assert (last.private_size >= first.private_size).all()
    assert last.size[:, -1].mean() > first.size[:, -1].mean() + 1


@pytest.mark.parametrize("sensitivity", [-1.0, 1.0])
def test_with_exits_it_also_holds_nations_or_drives_them_out(sensitivity):
    runs = 1000
    low, high = (ensemble(sensitivity, level, "calibrated", runs) for level in (0.2, 0.9))
    sign = np.sign(sensitivity)
    for moved in (
        sign * (high.size[:, -1].astype(int) - low.size[:, -1]),
        sign * ((low.refusal_day >= 0).sum(axis=1) - (high.refusal_day >= 0).sum(axis=1)),
        sign * ((low.exit_day >= 0).sum(axis=1) - (high.exit_day >= 0).sum(axis=1)),
    ):
        assert moved.mean() > 4.5 * moved.std(ddof=1) / np.sqrt(runs)


def test_without_a_sensitivity_a_condition_changes_no_bit():
    low, high = (ensemble(0.0, level, "calibrated", 50) for level in (0.2, 0.9))
    assert np.array_equal(low.first_day, high.first_day)
    assert np.array_equal(low.exit_day, high.exit_day)
