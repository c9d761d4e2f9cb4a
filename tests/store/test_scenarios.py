"""Scenarios of result folders that earlier versions wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict
from sim.store.scenarios import load_stored_scenario, write_scenario

FORM: dict[str, Any] = {
    "days": 5,
    "nations": ["GBR", "FRA"],
    "conditions": {"backing": {"level": 0.5, "responds": {"force": 1, "public_share": 2}}},
}


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_former_name_of_the_public_share_is_read_in_a_store_and_refused_elsewhere(
    tmp_path: Path,
) -> None:
    scenario = scenario_from_dict(FORM)
    former = scenario.to_yaml().replace("public_share: 2", "breadth: 2")
    file = written(tmp_path, former)
    stored = load_stored_scenario(file)
    assert stored == scenario
    assert stored.digest != scenario.digest  # that of the version that wrote it
    hint = r"responds\.breadth: unknown key 'breadth'; it is called 'public_share' now"
    with pytest.raises(ScenarioError, match=hint):
        load_scenario(file)


def test_a_scenario_stored_today_has_the_digest_of_today(tmp_path: Path) -> None:
    scenario = load_scenario("paris_2025")
    write_scenario(scenario, tmp_path / "scenario.yaml")
    assert load_stored_scenario(tmp_path / "scenario.yaml").digest == scenario.digest


def test_a_stored_scenario_with_changes_has_a_digest_of_its_own(tmp_path: Path) -> None:
    scenario = scenario_from_dict(FORM)
    file = written(tmp_path, scenario.to_yaml())
    changed = load_stored_scenario(file, {"days": 6})
    assert changed.digest == scenario.with_value("days", 6).digest != scenario.digest
