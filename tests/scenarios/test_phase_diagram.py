"""The map over US backing and acceptability to Ukraine is what the model gives today."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim

FOLDER = Path(__file__).parents[2] / "experiments" / "us_backing_and_acceptability"
PLACES = (0, 415, 840, 1100, 1680)


def rows() -> list[dict[str, float]]:
    with (FOLDER / "points.csv").open(encoding="utf-8") as file:
        return [{key: float(cell) for key, cell in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("place", PLACES)
def test_a_point_of_the_map_is_its_ensemble(place: int) -> None:
    row = rows()[place]
    changes = {
        "conditions.us_backing.level": row["us_backing"],
        "conditions.ukrainian_acceptability.level": row["ukrainian_acceptability"],
    }
    found = sim.run(sim.load_scenario("paris_2025").with_changes(changes), runs=1000, seed=1)
    assert row["success"] == (found.success_day >= 0).mean(), (
        "results moved: run the experiment again, and say why in CHANGELOG.md"
    )
    assert row["size"] == pytest.approx(found.size[:, -1].mean(), rel=1e-5)
    assert row["size>=20"] == (found.size[:, -1] >= 20).mean()


def test_where_success_is_even_is_found_on_a_straight_line() -> None:
    axis = np.array([0.0, 1.0, 2.0, 3.0])
    crossing = study().first_crossing
    assert crossing(axis, np.array([0.0, 0.4, 0.8, 0.9])) == pytest.approx(1.25)
    assert np.isnan(crossing(axis, np.array([0.0, 0.1, 0.2, 0.3])))
    assert np.isnan(crossing(axis, np.array([0.6, 0.7, 0.8, 0.9])))


def study() -> Any:
    """The experiment as a module."""
    found = importlib.util.spec_from_file_location("phase_diagram", FOLDER / "study.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_map_has_every_point() -> None:
    table = rows()
    assert len(table) == 41 * 41
    assert len({(row["us_backing"], row["ukrainian_acceptability"]) for row in table}) == 41 * 41


def test_the_reading_gives_the_numbers_of_the_map() -> None:
    table = rows()
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    share = np.mean([row["success"] >= 0.5 for row in table])
    assert f"| {100 * share:.0f} % of the map | |" in text
    low = [
        row["success"]
        for row in table
        if min(row["us_backing"], row["ukrainian_acceptability"]) < 0.21
    ]
    assert max(low) == 0
    base = min(
        table, key=lambda r: abs(r["us_backing"] - 0.35) + abs(r["ukrainian_acceptability"] - 0.6)
    )
    assert re.search(
        rf"base scenario \(\.35, \.6\) \| [\d., ]+ \| {100 * base['success']:.1f} %", text
    )
