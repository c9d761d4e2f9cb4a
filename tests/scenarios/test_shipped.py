"""Every scenario file that is shipped loads, survives its full form and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.scenario.load import scenario_from_dict
from sim.store.scenarios import write_scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
FOLDERS = ("", "classics", "histories")
FILES = sorted(file for folder in FOLDERS for file in (SCENARIOS / folder).glob("*.yaml"))
N_RUNS = 20


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def file(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_a_shipped_scenario_survives_its_full_form(file: Path) -> None:
    scenario = sim.load_scenario(file)
    again = scenario_from_dict(scenario.full())
    assert again == scenario
    assert again.digest == scenario.digest


def test_a_shipped_scenario_survives_its_full_form_as_a_file(file: Path, tmp_path: Path) -> None:
    scenario = sim.load_scenario(file)
    copy = tmp_path / file.name
    write_scenario(scenario, copy)
    assert sim.load_scenario(copy) == scenario


def test_a_shipped_scenario_has_a_title_and_says_what_it_is(file: Path) -> None:
    scenario = sim.load_scenario(file)
    assert scenario.title
    assert scenario.description


def test_a_shipped_scenario_runs(file: Path) -> None:
    scenario = sim.load_scenario(file)
    ensemble = sim.run(scenario, runs=N_RUNS, seed=1)
    assert ensemble.size.shape == (N_RUNS, scenario.days + 1)
    assert ensemble.size.max() <= len(scenario.nations)
