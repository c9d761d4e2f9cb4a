"""What is said of a study in which something can have no effect."""

from __future__ import annotations

from typing import Any

import pytest

from sim.scenario.load import scenario_from_dict
from sim.studies.design.file import study_from

OPPOSED = {
    "days": 20,
    "nations": [
        {"id": "GBR", "stage": "willing", "sensitivity": {"opposition": -2}},
        {"id": "FRA", "reliance": {"backing": 0.5}},
    ],
    "conditions": {"opposition": {"level": 0.7}, "backing": {"level": 0.5}},
    "events": [{"date": 3, "shock": "opposition", "jump": 1, "name": "quarrel"}],
    "behaviour": {
        "from": "reasoned",
        **{
            each: {"pressure": 0}
            for each in ("resolve", "declare", "pledge", "decline", "withdraw")
        },
    },
    "success": {"public_size": 1, "hold": 5},
}
NO_PRESSURE = "nations.GBR.sensitivity.opposition: no move has a coefficient of pressure"
UNUSED = (
    "no move or pledge within reach depends on opposition, success has no threshold for it, and no "
    "other condition that matters responds to it, so no nation depends on it"
)


def notes_of(vary: dict[str, Any], **keys: Any) -> tuple[str, ...]:
    return study_from({"vary": vary, **keys}, scenario=scenario_from_dict(OPPOSED)).notes


def test_a_path_that_can_have_no_effect_at_any_point_comes_first():
    notes = notes_of({"conditions.opposition.level": [0.1, 0.5, 0.9]})
    varied = "conditions.opposition.level is varied, but changes nothing at any point"
    assert notes == (f"{varied}: {UNUSED}", NO_PRESSURE, f"events.quarrel: {UNUSED}")


def test_an_event_that_can_have_no_effect_is_varied_in_vain():
    notes = notes_of({"events.quarrel": ["present", "absent"]})
    assert notes[0] == f"events.quarrel is varied, but changes nothing at any point: {UNUSED}"


@pytest.mark.parametrize(
    "vary",
    [
        {"behaviour.declare.pressure": [0, 1, 2]},
        {"behaviour.declare.pressure": {"range": [0, 2], "steps": 3}},
        {"behaviour": ["calibrated", {"label": "felt", "set": {"behaviour.declare.pressure": 1}}]},
        {"conditions.opposition.level": [0.1, 0.9], "behaviour.declare.pressure": [0, 1]},
    ],
)
def test_nothing_is_said_of_what_a_varied_number_gives_an_effect(vary):
    assert notes_of(vary) == ()


def test_a_random_design_is_looked_at_over_its_whole_range():
    design = {"design": "lhs", "points": 8}
    assert notes_of({"behaviour.declare.pressure": {"uniform": [0, 1]}}, **design) == ()
    idle = notes_of({"nations.*.sensitivity.opposition": {"uniform": [-3, 3]}}, **design)
    assert idle[0].startswith("nations.*.sensitivity.opposition is varied, but changes nothing")


def test_a_threshold_counts_with_all_its_values():
    assert notes_of({"success.opposition": [0.5, 0.8], "events.quarrel.jump": [0, 2]}) == (
        NO_PRESSURE,
    )
    never = notes_of({"success.requirement_share": [0.5, 0.8]})
    assert never[0].startswith("success.requirement_share is varied, but changes nothing")
    assert "it can never be met, and no run succeeds" in never[0]


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ([1, 3], ""),  # always met, never met: from every run to none
        ([3, 1], ""),
        ([0, 1], "it is always met: from 1 to 2 of 4 nations can be public"),
        (
            [3, 4],
            "it can never be met, and no run succeeds: from 1 to 2 of 4 nations can be public",
        ),
        ([1, 2], ""),
    ],
)
def test_a_threshold_is_varied_in_vain_only_if_it_is_always_met_or_never(sizes, reason):
    nations = [
        {"id": "A", "stage": "public"},
        {"id": "B", "stage": "willing"},
        {"id": "C", "stage": "outside"},
        {"id": "D", "stage": "outside"},
    ]
    base = scenario_from_dict(
        {
            "days": 20,
            "nations": nations,
            "behaviour": {"from": None, "declare": {"rate": 0.05}},
            "success": {"public_size": 1},
        }
    )
    found = study_from({"vary": {"success.public_size": sizes}, "runs": 40}, scenario=base).notes
    said = f"success.public_size is varied, but changes nothing at any point: {reason}"
    assert [note for note in found if note.startswith("success.public_size")] == [said] * bool(
        reason
    )


def test_whole_scenarios_are_named_where_a_note_is_not_about_all(tmp_path):
    used = scenario_from_dict({**OPPOSED, "success": {"opposition": 0.5, "hold": 5}})
    for label, each in (("unused", scenario_from_dict(OPPOSED)), ("used", used)):
        (tmp_path / f"{label}.yaml").write_text(each.to_yaml(), encoding="utf-8")
    files = [str(tmp_path / "unused.yaml"), str(tmp_path / "used.yaml")]
    notes = study_from({"vary": {"scenario": files}, "scenario": files[0]}).notes
    assert notes == (
        NO_PRESSURE,
        f"unused: conditions.opposition, events.quarrel: {UNUSED}",
    )


def test_what_the_shortest_run_leaves_out_is_noted():
    late = {"date": 25, "meeting": "late_meeting"}
    scenario = scenario_from_dict({"days": 30, "nations": ["A", "B"], "events": [late]})
    said = "the run ends on day 20, so what comes later is left out: meeting late_meeting (day 25)"
    assert (
        study_from({"vary": {"days": [20, 30]}}, scenario=scenario).notes[0] == f"days=20: {said}"
    )
    lengths = {"length": [{"label": "short", "set": {"days": 20}}, "present"]}
    assert study_from({"vary": lengths}, scenario=scenario).notes[0] == f"days=20: {said}"
    notes = study_from({"vary": {"days": [26, 30]}}, scenario=scenario).notes
    assert not any("left out" in note for note in notes)


def test_what_was_noted_in_loading_is_noted_of_the_study():
    late = {"date": 25, "meeting": "late_meeting"}
    scenario = scenario_from_dict({"days": 30, "nations": ["A", "B"], "events": [late]})
    study = study_from({"vary": {"ties.base": [1, 2]}, "set": {"days": 20}}, scenario=scenario)
    assert "late_meeting" in study.notes[0]
