"""What a scenario takes for granted is on its page."""

from __future__ import annotations

import sim
from sim.pages.assumptions import assumption_blocks, behaviour_source
from sim.pages.blocks import Folded, Listing, Terms, left_out
from sim.report.blocks import Table, Text
from sim.scenario.load import scenario_from_dict


def tables(blocks) -> dict[str, Table]:
    """Tables by title, those that open as well."""
    found = {}
    for block in blocks:
        if isinstance(block, Table):
            found[block.title] = block
        elif isinstance(block, Folded):
            found |= tables(block.blocks)
    return found


def test_the_shipped_behaviour_is_named_and_a_changed_one_is_not() -> None:
    scenario = sim.load_scenario("paris_2025")
    assert behaviour_source(scenario.behaviour).startswith("the shipped behaviour calibrated:")
    changed = scenario.with_changes({"behaviour.declare.rate": 0.9})
    said = behaviour_source(changed.behaviour)
    assert said == "set by the scenario; 1 number unlike the shipped behaviour calibrated"


def test_a_behaviour_whose_numbers_are_drawn_round_the_shipped_ones_is_the_shipped_one() -> None:
    scenario = sim.load_scenario("paris_2025", set={}).with_draws("posterior", beside=True)
    assert "behaviour calibrated" in behaviour_source(scenario.behaviour)
    [table] = [
        each for title, each in tables(assumption_blocks(scenario)).items() if "Feature" in title
    ]
    assert any("joint draws" in cell for row in table.rows for cell in row.values())


def test_success_conditions_calendar_draws_and_notes_are_there() -> None:
    scenario = scenario_from_dict(
        {
            "days": 9,
            "start": "2025-03-10",
            "nations": [{"id": "GBR", "support": {"normal": [0.5, 0.1]}}, "FRA"],
            "conditions": {"backing": {"level": 0.4, "responds": {"force": 1}}},
            "contributions": {"ground": {"unit": "troops"}},
            "events": [{"date": 4, "meeting": "first_meeting", "participants": ["FRA"]}],
            "success": {"public_size": 2, "backing": 0.3, "hold": 2},
            "tempo": 2,
        }
    )
    blocks = list(assumption_blocks(scenario))
    [terms] = [block for block in blocks if isinstance(block, Terms)]
    said = dict(terms.pairs)
    assert said["Success"] == (
        "at least 2 public nations, backing at least 0.3, for 2 days running"
    )
    assert said["Requirement"] == "30 troops, of ground"
    found = tables(blocks)
    assert found["Condition"].rows[0]["level"] == "0.4"
    assert found["Condition"].rows[0]["responds"] == "force 1"
    [event] = found["Events with dates of their own"].rows
    assert (event["date"], event["event"], event["whom"]) == ("14 Mar 2025", "first meeting", "FRA")
    assert found["Number"].rows[0]["law"] == "normal: 0.5, 0.1"
    notes = [block for block in blocks if isinstance(block, Listing)]
    assert [words for _, words in notes[0].items] == list(scenario.notes)


def test_lists_that_are_cut_say_how_much_is_left_out() -> None:
    scenario = scenario_from_dict(
        {
            "days": 9,
            "nations": [{"id": f"N{i}", "support": {"normal": [0.5, 0.1]}} for i in range(304)],
            "events": [{"date": 4, "meeting": f"meeting_{i}"} for i in range(302)],
        }
    )
    said = {
        block.summary: block.blocks[1:]
        for block in assumption_blocks(scenario)
        if isinstance(block, Folded) and len(block.blocks) > 1
    }
    assert said["302 events with dates of their own"] == left_out(302, 300)
    assert said["What each nation is given"] == left_out(304, 300)


def test_occasions_that_are_drawn_jointly_are_counted() -> None:
    blocks = assumption_blocks(sim.load_scenario("paris_2025"))
    texts = [block.text for block in blocks if isinstance(block, Text)]
    assert any(text.startswith("Beside these, 37 places for occasions") for text in texts)
