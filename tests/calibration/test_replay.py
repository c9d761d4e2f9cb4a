"""What the nations of a past coalition saw day by day."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.replay import CONVENED, seen_along
from sim.core.stages import Features
from sim.scenario.load import scenario_from_dict
from tests.calibration.made_up import BEHAVIOUR, START, entry, history


def test_outside_only_meetings_that_name_a_nation_are_felt_and_in_talks_those_of_all() -> None:
    of = scenario_from_dict(
        {
            "start": START.isoformat(),
            "days": 6,
            "nations": [
                {"id": "LED", "stage": "public"},
                *({"id": each, "stage": "initial"} for each in ("N00", "N01", "N02")),
            ],
            "leaders": ["LED"],
            "events": [
                {"date": -1, "meeting": "before", "participants": ["N00"]},
                {"date": 2, "meeting": "of all"},
                {"date": 4, "meeting": "of one", "participants": ["N01"]},
                {"date": 5, "trigger": "of all as well", "weight": 2.0},
            ],
            "memory": {"convened": 1.0 / np.log(2.0)},
            "behaviour": BEHAVIOUR,
        }
    )
    seen = seen_along(history(of, [entry("N02", "public", 1)]))
    # Halved day by day; day 0 is not looked at.
    in_talks = {
        "N00": [0.25, 1.125, 0.5625, 0.28125, 2.140625, 1.0703125],
        "N01": [0.0, 1.0, 0.5, 1.25, 2.625, 1.3125],
        "N02": [0.0, 1.0, 0.5, 0.25, 2.125, 1.0625],
    }
    outside = {
        "N00": [0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125],
        "N01": [0.0, 0.0, 0.0, 1.0, 0.5, 0.25],
        "N02": in_talks["N02"],
    }
    for place, nation in enumerate(("N00", "N01", "N02"), 1):
        assert seen.talks[place, 1:, CONVENED] == pytest.approx(in_talks[nation])
        assert seen.willing[place, 1:, CONVENED] == pytest.approx(in_talks[nation])
        assert seen.outside[place, 1:, CONVENED] == pytest.approx(outside[nation])
    others = np.arange(len(Features._fields)) != CONVENED
    assert (seen.outside[:, :, others] == seen.talks[:, :, others]).all()
    assert seen.talks[:, :, others].any()
