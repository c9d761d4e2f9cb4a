"""Levers: all numbers of a scenario, and nothing that is listed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sim.app.changes import Changes, changed_by
from sim.app.levers import groups_of
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario

SCENARIOS = ("paris_2025", "kuran_1991", "burden_sharing", "ornstein_uhlenbeck_1930_shock")


def levers_of(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        lever
        for group in groups_of(scenario)
        for part in group["parts"]
        for lever in part["levers"]
    ]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_of_a_scenario_is_a_lever_once(name: str) -> None:
    scenario = load_scenario(name)
    found = sorted(lever["path"] for lever in levers_of(scenario))
    assert found == sorted(parameter.path for parameter in scenario.parameters())


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_slider_lies_within_the_bounds_and_holds_the_value(name: str) -> None:
    for lever in levers_of(load_scenario(name)):
        slider = lever["slider"]
        assert lever["low"] <= slider["low"] < slider["high"] <= lever["high"], lever
        assert not (lever["open_low"] and slider["low"] == lever["low"]), lever
        assert not (lever["open_high"] and slider["high"] == lever["high"]), lever
        assert 0 < slider["step"] <= slider["high"] - slider["low"], lever
        if lever["middle"] is not None:
            within = slider["low"] - slider["step"] <= lever["middle"] <= slider["high"]
            assert within, lever


@pytest.mark.parametrize("name", SCENARIOS[1:])
def test_both_ends_of_every_slider_are_scenarios(name: str) -> None:
    scenario = load_scenario(name)
    for lever in levers_of(scenario):
        if lever["fixed"]:
            continue
        for end in ("low", "high"):
            value = lever["slider"][end]
            value = int(value) if lever["whole"] else value
            changed_by(scenario, Changes({lever["path"]: value}))


def test_what_a_page_cannot_change_alone_says_why() -> None:
    fixed = {lever["path"]: lever["fixed"] for lever in levers_of(load_scenario("paris_2025"))}
    assert "by a table" in fixed["events.unscheduled_list_1.date"]
    assert "add up to 1" in fixed["nations.POL.stage.talks"]
    assert "reliance" in fixed["nations.POL.sensitivity.us_backing"]
    assert fixed["conditions.us_backing.level"] == ""


def test_a_drawn_number_says_how_it_is_drawn() -> None:
    found = {lever["path"]: lever for lever in levers_of(load_scenario("paris_2025"))}
    support = found["nations.CAN.support"]
    assert support["value"] is None
    assert support["drawn"] == "normal: mean 0.56, sd 0.17"
    assert support["middle"] == 0.56


def test_every_event_has_its_switch_and_every_nation_its_announcement() -> None:
    scenario = load_scenario("paris_2025")
    parts = [part for group in groups_of(scenario) for part in group["parts"]]
    assert len([part for part in parts if "event" in part]) == len(scenario.events)
    announces = {
        part["nation"]["id"]: part["nation"]["announces"] for part in parts if "nation" in part
    }
    assert announces["GBR"] == -8
    assert announces["POL"] is None
    assert len(announces) == len(scenario.nations)


def test_a_scenario_of_one_nation_has_levers() -> None:
    groups = groups_of(scenario_from_dict({"days": 1, "nations": ["GBR"]}))
    assert "nations" in [group["name"] for group in groups]
