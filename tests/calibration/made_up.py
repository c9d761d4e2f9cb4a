"""Small made-up coalitions, and records as a run of one leaves them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sim.calibration.history import History
from sim.calibration.record import ALL_NATIONS, EVENTS, UNNAMED, Entry
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

START = datetime.date(2003, 1, 1)

BEHAVIOUR: dict[str, Any] = {
    "initial": {
        "talks": {"odds": 1.5, "bond": 2.0, "climate": 1.0, "disposition": 0.5},
        "willing": {"share": 0.3},
    },
    "engage": {"rate": 0.05, "momentum": 1.0, "climate": 0.3},
    "resolve": {
        "rate": 0.15,
        "bond": 1.5,
        "disposition": 0.8,
        "climate": 0.6,
        "prospects": 1.0,
        "peers": 1.0,
        "convened": 0.7,
    },
    "declare": {
        "rate": 0.2,
        "disposition": 0.5,
        "peers": 1.0,
        "momentum": 3.0,
        "convened": 1.0,
        "listed": 2.5,
    },
    "decline": {
        "outside": {"rate": 0.03},
        "talks": {"rate": 0.05, "convened": 0.7, "disposition": -0.5},
        "willing": {"rate": 0.04, "momentum": 1.0},
    },
    "return": {"rate": 0.3, "climate": 0.5},
}
"""Every hidden move, and rates that make each of them likely within days."""


def scenario(nations: int = 3, days: int = 5, behaviour: Mapping[str, Any] = BEHAVIOUR) -> Scenario:
    """A leader and some nations, with a meeting, a list and a condition that shifts."""
    return scenario_from_dict(
        {
            "start": START.isoformat(),
            "days": days,
            "nations": [{"id": "LED", "stage": "public"}]
            + [
                {"id": f"N{number:02}", "bond": 0.2 + 0.6 * number / nations, "stage": "initial"}
                for number in range(nations)
            ],
            "leaders": ["LED"],
            "ties": {"leaders": 2},
            "conditions": {"mandate": {"level": 0.4}},
            "events": [
                {"date": 2, "meeting": "first", "participants": ["N00", "N01"]},
                {"date": 3, "list": "names", "covers": ["N01"]},
                {"date": 3, "signal": "mandate", "shift": 1.5},
            ],
            "behaviour": behaviour,
        }
    )


def entry(nation: str, event: str, first: int, last: int | None = None, **more: Any) -> Entry:
    """A row of a record, from day to day of the scenario."""
    assert event in EVENTS
    last = first if last is None else last
    dates = [START + datetime.timedelta(days=day) for day in (first, last)]
    row = {"kind": "political", "number": None, "in_scenario": True, **more}
    return Entry(
        nation, *dates, event, row["kind"], row["number"], row["in_scenario"], "", "", "high", 1
    )


def count(day: int, least: int, most: int) -> Entry:
    """A count of unnamed members."""
    return entry(ALL_NATIONS, UNNAMED, day, number=(least, most))


def history(of: Scenario, entries: Sequence[Entry]) -> History:
    """A past coalition without files."""
    return History(of, tuple(entries))
