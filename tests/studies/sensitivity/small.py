"""A small scenario with numbers of every kind."""

from __future__ import annotations

from sim.scenario.load import scenario_from_dict

LEVEL = "conditions.us_backing.level"
SCENARIO = scenario_from_dict(
    {
        "title": "Small test",
        "days": 20,
        "nations": [
            {"id": "GBR", "stage": "public", "capacity": {"ground": 4}},
            *(
                {
                    "id": f"N{n}",
                    "reliance": {"us_backing": 1},
                    "capacity": {"ground": 1 + n},
                    "support": {"normal": [0.5, 0.2]} if n < 2 else 0.5,
                }
                for n in range(5)
            ),
        ],
        "leaders": ["GBR"],
        "ties": {"leaders": 2},
        "conditions": {"us_backing": {"level": 0.5, "volatility": 0.1, "speed": 0.2}},
        "contributions": {"ground": {}},
        "events": [
            {"date": -3, "meeting": "before", "participants": "all"},
            {"date": 3, "meeting": "talks", "participants": "all"},
            {"date": {"uniform": [5, 12]}, "trigger": "vote", "participants": "all"},
        ],
        "behaviour": {
            "from": None,
            "engage": {"rate": 0.2, "convened": 0.5},
            "resolve": {"rate": 0.2, "support": 2},
            "declare": {"rate": 0.1, "prospects": 3, "peers": -1},
            "pledge": {"rate": 0.2},
        },
        "success": {"public_size": 4, "hold": 2},
    }
)
