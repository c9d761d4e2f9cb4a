"""Mappings of a scenario cannot be changed, and are otherwise as any dict."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import sim
from sim.scenario.load import scenario_from_dict
from sim.scenario.parts import Nation
from sim.scenario.schema import Scenario

CHANGES: tuple[Callable[[Any], object], ...] = (
    lambda of: of.__setitem__("ground", 1.0),
    lambda of: of.__delitem__("ground"),
    lambda of: of.__ior__({"ground": 1.0}),
    lambda of: of.update(ground=1.0),
    lambda of: of.setdefault("ground", 1.0),
    lambda of: of.pop("ground", None),
    lambda of: of.popitem(),
    lambda of: of.clear(),
)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return sim.load_scenario("paris_2025").with_value("nations.GBR.capacity.ground", 3.0)


@pytest.mark.parametrize("change", CHANGES)
def test_mappings_refuse_changes(change, scenario):
    nation, small = scenario.nations[0], scenario_from_dict({"days": 1, "nations": ["A"]})
    for mapping in (
        scenario.conditions,
        scenario.contributions,
        scenario.ties.groups,
        scenario.success.conditions,
        scenario.conditions["us_backing"].responds,
        *(getattr(nation, name) for name in ("stage", "reliance", "sensitivity", "capacity")),
        small.conditions,  # a default
    ):
        with pytest.raises(TypeError, match="with_changes"):
            change(mapping)


def test_copies_are_equal_and_refuse_changes_too(scenario):
    for other in (copy.deepcopy(scenario), pickle.loads(pickle.dumps(scenario))):
        assert other == scenario
        with pytest.raises(TypeError, match="with_changes"):
            other.conditions.clear()


def test_read_only_mappings_are_read_and_written_as_any_dict(scenario):
    conditions, capacity = scenario.conditions, scenario.nations[0].capacity
    assert conditions == dict(conditions)
    assert type(conditions.copy()) is type(conditions | {}) is dict
    assert json.loads(json.dumps(capacity)) == capacity
    ties = scenario.ties
    assert type(ties).model_validate_json(ties.model_dump_json()) == ties
    assert Nation(id="A", name="A", capacity=capacity).capacity == capacity
    assert scenario_from_dict(scenario.full()) == scenario
