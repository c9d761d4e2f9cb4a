"""Put occasions that nobody had scheduled into Paris 2025: drawn, by the law of forecasts.

Run ``python experiments/paris_2025_occasions/study.py`` to write them into
``scenarios/paris_2025.yaml``, ``scenarios/paris_2025_occasions.csv`` and the list of what
``scenarios/paris_2025_scheduled.yaml`` removes; ``--check`` writes nothing and exits with 1 if one
differs, ``--quick`` prints on how many days there are any.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.calibration.forecast import UNSCHEDULED, with_occasions
from sim.calibration.history import History
from sim.calibration.occasions import likely_calendars, shipped_courses
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SCENARIO, TABLE = SCENARIOS / "paris_2025.yaml", SCENARIOS / "paris_2025_occasions.csv"
WITHOUT = SCENARIOS / "paris_2025_scheduled.yaml"
"""The variant without them, which names each."""

REMOVED = "remove_events:\n"
BEGIN = "  # Occasions that nobody had scheduled, drawn: begin"
END = "  # Occasions: end\n"
N_DRAWS = 512


def scheduled() -> Scenario:
    """Paris 2025 with what was on the calendar alone."""
    full = load_scenario(SCENARIO).full()
    full.pop("draws", None)
    full["events"] = [
        event
        for event in full["events"]
        if not any(str(value).startswith(UNSCHEDULED) for value in event.values())
    ]
    return scenario_from_dict(full)


def occasions() -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """Events with room for all drawn calendars, and their dates and numbers by path."""
    scenario = scheduled()
    history = History(scenario, ())
    calendars = likely_calendars(history, 0, shipped_courses(history), N_DRAWS)
    with_room, draws = with_occasions(scenario, calendars, 0)
    return with_room.full()["events"][len(scenario.events) :], draws


def event_text(event: Mapping[str, Any]) -> str:
    """An event as a line of the file."""
    kept = {key: value for key, value in event.items() if value is not None}
    return f"  - {json.dumps(kept)}".replace('"', "")


def table_text(draws: Mapping[str, Sequence[Any]]) -> str:
    """The table of draws."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(draws)
    writer.writerows(zip(*draws.values(), strict=True))
    return out.getvalue()


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    events, draws = occasions()
    dates = np.array([values for path, values in draws.items() if path.endswith(".date")])
    never = scheduled().days + 1
    days = [len({*row} - {never}) for row in dates.T]
    low, high = np.quantile(days, [0.1, 0.9])
    print(f"{len(events)} places; on {np.mean(days):.1f} days, 80 %: {low:.0f} to {high:.0f}")
    if options.quick:
        return 0
    made = texts(events, draws)
    if options.check:
        is_same = all(file.read_text(encoding="utf-8") == text for file, text in made.items())
        print(f"as made: {is_same}")
        return int(not is_same)
    for file, text in made.items():
        file.write_text(text, encoding="utf-8")
    return 0


def texts(
    events: Sequence[Mapping[str, Any]], draws: Mapping[str, Sequence[Any]]
) -> dict[Path, str]:
    """What each file holds."""
    text = SCENARIO.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    first_line, rest = rest.split("\n", 1)
    after = rest.split(END, 1)[1]
    lines = "".join(f"{event_text(event)}\n" for event in events)
    names = (event.get("list") or event.get("trigger") for event in events)
    variant = WITHOUT.read_text(encoding="utf-8").split(REMOVED)[0]
    return {
        SCENARIO: f"{before}{BEGIN}{first_line}\n{lines}{END}{after}",
        TABLE: table_text(draws),
        WITHOUT: variant + REMOVED + "".join(f"  - {name}\n" for name in names),
    }


if __name__ == "__main__":
    sys.exit(main())
