"""A small scenario whose outcomes answer to a condition, for sweeps."""

from __future__ import annotations

from sim.scenario.load import scenario_from_dict

LEVEL = "conditions.us_backing.level"
SCENARIO = scenario_from_dict(
    {
        "title": "Small test",
        "days": 20,
        "nations": [
            {"id": "GBR", "stage": "public"},
            *({"id": f"N{n}", "reliance": {"us_backing": 1}} for n in range(5)),
        ],
        "conditions": {"us_backing": {"level": 0.5}},
        "contributions": {"ground": {}},
        "events": [{"date": 3, "meeting": "talks"}],
        "behaviour": {
            "engage": {"rate": 0.2, "convened": 0.1},
            "resolve": {"rate": 0.2},
            "declare": {"rate": 0.2, "prospects": 3},
        },
        "success": {"public_size": 3, "hold": 2},
    }
)
