"""The map over US backing and acceptability to Ukraine is what the model gives today."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import sim
from sim.plots.sheet import figure_of
from sim.plots.theme import DARK, LIGHT, Theme
from sim.scenario.files.tree import tree_from
from sim.studies.design.file import load_study
from tests.plots.lettering import cut_off, overlapping

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
    assert crossing(axis, np.array([0.0, 0.1, 0.2, 0.3])) == np.inf
    assert crossing(axis, np.array([0.5, 0.7, 0.8, 0.9])) == -np.inf


class MadeUp:
    """A sweep of two conditions with columns of our choosing, over (US backing, acceptability)."""

    def __init__(self, axes: list[list[float]], columns: dict[str, list[list[float]]]) -> None:
        varied = [SimpleNamespace(options=axis, labels=tuple(axis)) for axis in axes]
        self.study = SimpleNamespace(varied=varied)
        self.columns = {name: np.array(rows).ravel() for name, rows in columns.items()}

    def column(self, name: str) -> Any:
        return self.columns[name]


def test_even_levels_at_their_ends_are_told_by_the_edge_of_the_map() -> None:
    """Over three levels of US backing: never even, even from the first on, and crossing."""
    chances = np.array([[0.1, 0.8, 0.3], [0.2, 0.9, 0.55], [0.45, 0.9, 0.8]])
    columns = {"success": chances, "success.low": chances - 0.1, "success.high": chances + 0.1}
    axes = [[0.05, 0.5, 0.95], [0.2, 0.4, 0.6]]
    sweep = MadeUp(axes, {name: rows.tolist() for name, rows in columns.items()})
    found = study().even_levels(sweep, along=0)
    backing = np.array(axes[0])
    assert [study().even_text(each, backing) for each in found] == [
        "above 0.95 [0.86 to above 0.95]",
        "below 0.05 [below 0.05 to below 0.05]",
        "0.41 [0.23 to 0.59]",
    ]
    assert found[2].level == pytest.approx(0.05 + 0.45 * 0.2 / 0.25)
    along_the_other = study().even_levels(sweep, along=1)
    assert along_the_other[0].level == pytest.approx(0.2 + 0.2 * 0.4 / 0.7)


def test_a_threshold_binds_where_it_alone_is_least_likely_and_ties_are_counted_apart() -> None:
    size, force, backing, acceptability = study().THRESHOLDS
    columns = {
        size: [[0.9, 0.9, 0.0, 0.9]],
        force: [[0.1, 0.6, 0.0, 0.5]],
        backing: [[0.5, 0.2, 0.3, 0.5]],
        acceptability: [[0.7, 0.7, 0.9, 0.4]],
        "success": [[0.1, 0.5, 0.0, 0.4]],
    }
    rows = study().threshold_lines(MadeUp([[0.5], [0.1, 0.2, 0.3, 0.4]], columns))
    assert [[cell.strip() for cell in row.split("|")[2:4]] for row in rows[2:]] == [
        ["75 % of the map", "0 %"],
        ["50 % of the map", "25 %"],
        ["50 % of the map", "25 %"],
        ["75 % of the map", "25 %"],
        ["", "25 %"],
        ["25 % of the map", ""],
    ]


@pytest.mark.parametrize("look", [LIGHT, DARK, LIGHT.sized(3.5, None)])
def test_the_chart_of_thresholds_says_what_it_was_drawn_from_and_what_it_leaves_out(
    look: Theme,
) -> None:
    path = FOLDER / "study.yaml"
    levels = {"range": [0.05, 0.95], "steps": 3}
    quick = {**study().QUICK, "runs": 20}
    quick["vary"] = dict.fromkeys(quick["vary"], levels)
    sweep = sim.sweep(load_study(path, {key: tree_from(value) for key, value in quick.items()}))
    figure = figure_of(study().thresholds_chart(sweep, look))
    said = figure.get_supxlabel().replace("\n", " ")
    halves = [sweep.column(f"{name}.high") - sweep.column(f"{name}.low") for name in (
        *study().THRESHOLDS, "success")]  # fmt: skip
    assert "9 points · 20 runs a point · seed 1" in said
    assert f"chance is at most {50 * np.max(halves):.2g} points, which is Monte Carlo" in said
    assert "about the model, is not shown." in said
    assert overlapping(figure) == []
    assert cut_off(figure) == []


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
    assert max(low) <= 0.003  # three of 1,000 runs
    base = min(
        table, key=lambda r: abs(r["us_backing"] - 0.35) + abs(r["ukrainian_acceptability"] - 0.6)
    )
    assert re.search(
        rf"base scenario \(\.35, \.6\) \| [\d., ]+ \| {100 * base['success']:.1f} %", text
    )
