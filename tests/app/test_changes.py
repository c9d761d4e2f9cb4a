"""What a page changes in a scenario, and what it sends."""

from __future__ import annotations

import pytest

from sim.app.changes import Changes, changed_by, changes_from
from sim.scenario.files.errors import ScenarioError
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

TWINS = {
    "days": 20,
    "nations": ["GBR", "FRA"],
    "conditions": {"backing": {"level": 0.5}},
    "events": [
        {"date": 3, "shock": "backing", "jump": 1},
        {"date": 5, "shock": "backing", "jump": 2},
        {"date": 7, "meeting": "summit", "weight": 1},
    ],
}


@pytest.fixture
def twins() -> Scenario:
    return scenario_from_dict(TWINS)


def test_nothing_changed_is_the_scenario_itself(twins: Scenario) -> None:
    assert changed_by(twins, Changes()).digest == twins.digest


def test_a_number_of_a_namesake_stays_with_its_event_when_the_first_is_left_out(
    twins: Scenario,
) -> None:
    changes = Changes({"events.shock.backing.1.jump": 9}, ("events.shock.backing.0",))
    (shock, _) = changed_by(twins, changes).events
    assert (shock.date, shock.jump) == (5, 9)


def test_a_number_of_an_event_that_is_left_out_has_no_effect(twins: Scenario) -> None:
    without = changed_by(twins, Changes(left_out=("events.summit",)))
    changes = Changes({"events.summit.weight": 2}, ("events.summit",))
    assert changed_by(twins, changes).digest == without.digest


def test_an_announcement_is_a_move_to_public_after_all_other_events(twins: Scenario) -> None:
    found = changed_by(twins, Changes(announcements={"FRA": 4})).events[-1]
    assert (found.kind, found.date, found.move, found.to) == ("move", 4, ("FRA",), "public")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (Changes({"tempo": -1}), "tempo: -1 must be"),
        (Changes({"nowhere.at.all": 1}), "nowhere"),
        (Changes(left_out=("events.nowhere",)), "names no event"),
        (Changes(left_out=("tempo",)), "names no event"),
        (Changes(announcements={"XXX": 1}), "unknown nation"),
        (Changes(announcements={"FRA": 30}), "30"),
    ],
)
def test_what_cannot_be_is_refused_by_name(twins: Scenario, changes: Changes, part: str) -> None:
    with pytest.raises(ScenarioError, match=part):
        changed_by(twins, changes)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {"unknown": 1},
        {"numbers": [1]},
        {"numbers": {"tempo": True}},
        {"numbers": {"tempo": None}},
        {"left_out": "events.summit"},
        {"left_out": [1]},
        {"announcements": {"FRA": 1.5}},
        {"announcements": {"FRA": 0}},
        {"announcements": {"FRA": False}},
        {"left_out": [f"events.{number}" for number in range(3000)]},
    ],
)
def test_changes_of_another_form_are_refused(given: object) -> None:
    with pytest.raises(ValueError, match="changes"):
        changes_from(given)
