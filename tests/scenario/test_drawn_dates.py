"""Dates that are drawn, as a scenario file writes them: forms, paths, checks, notes."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.scenario.drawn_date import DrawnDate, drawn_date_from
from sim.scenario.jsonschema import scenario_json_schema
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.scenario.schema import Scenario

DATES = {
    "{uniform: [2025-05-09, 2025-07-08]}": {"uniform": [60.0, 120.0]},
    "{uniform: [60, 2025-07-08]}": {"uniform": [60.0, 120.0]},
    "{triangular: [2025-05-09, 75, 120.5]}": {"triangular": [60.0, 75.0, 120.5]},
    "{normal: [2025-05-09, 14.5]}": {"normal": [60.0, 14.5]},
    "{lognormal: [4.1, 0.3]}": {"lognormal": [4.1, 0.3]},
    "{dates: {2025-05-09: 2, 2025-06-01: 1}}": {"dates": {"60": 2.0, "83": 1.0}},
    "{dates: {83: 1, 2025-05-09: 0.5}}": {"dates": {"60": 0.5, "83": 1.0}},
    "{dates: [2025-06-01, 60]}": {"dates": {"60": 1.0, "83": 1.0}},
}
"""Dates as a file may write them, and as the full form has them, from 10 March 2025 on."""


def scenario(*events: Any, **sections: Any) -> Scenario:
    """Two nations over 150 days from 10 March 2025."""
    return scenario_from_dict(
        {
            "days": 150,
            "start": "2025-03-10",
            "nations": ["GBR", "FRA"],
            "conditions": {"us_backing": {"level": 0.4}},
            "events": list(events),
            **sections,
        }
    )


def deal(date: Any, **more: Any) -> dict[str, Any]:
    return {"date": date, "deal": "peace", **more}


def problem_of(*events: Any, **sections: Any) -> str:
    with pytest.raises(ScenarioError) as found:
        scenario(*events, **sections)
    assert len(found.value.problems) == 1
    return str(found.value)


# Forms


@pytest.mark.parametrize(("written", "full"), DATES.items())
def test_a_law_of_days_has_one_full_form_in_days(tmp_path, written: str, full: Any) -> None:
    file = tmp_path / "s.yaml"
    lines = ["start: 2025-03-10", "days: 150", "nations: [GBR]", "events:"]
    lines += [f"  - {{date: {written}, deal: peace}}"]
    file.write_text("\n".join(lines), encoding="utf-8")
    found = sim.load_scenario(file)
    assert found.full()["events"][0]["date"] == full
    assert scenario_from_dict(found.full()) == found
    file.write_text(found.to_yaml(), encoding="utf-8")
    again = sim.load_scenario(file)
    assert (again, again.digest, again.to_yaml()) == (found, found.digest, found.to_yaml())


def test_python_writes_dates_of_its_own_and_of_pandas() -> None:
    first, last = datetime.date(2025, 5, 9), np.datetime64("2025-07-08")
    for law in (
        {"uniform": [first, last]},
        {"uniform": pd.to_datetime(["2025-05-09", "2025-07-08"])},
        {"uniform": (60, pd.Timestamp("2025-07-08"))},
        drawn_date_from({"uniform": [60, 120]}, 1, 36_500),
    ):
        assert scenario(deal(law)).full()["events"][0]["date"] == {"uniform": [60.0, 120.0]}
        moved = scenario(deal(10)).with_value("events.peace.date", law)
        assert moved == scenario(deal(law))


def test_a_law_of_days_needs_a_start_only_for_calendar_dates() -> None:
    assert scenario(deal({"uniform": [60, 120]}), start=None).events[0].last_date == 120
    message = problem_of(deal({"normal": ["2025-05-09", 3]}), start=None)
    assert "events.0.date: 2025-05-09 is a calendar date, so the scenario needs a start" in message


def test_a_variant_replaces_a_law_of_days_as_a_whole() -> None:
    base = scenario(deal({"dates": {"60": 2, "83": 1}}))
    for law in ({"dates": {"90": 1}}, {"uniform": [60, 70]}, 70):
        changed = scenario_from_dict(
            {"base": base, "set_events": {"peace": {"date": law}}}, set={"days": 140}
        )
        assert changed.events == scenario(deal(law)).events


def test_a_condition_may_have_the_name_of_the_list_of_dates() -> None:
    base = scenario(conditions={"dates": {"level": 0.4}})
    changed = scenario_from_dict({"base": base, "conditions": {"dates": {"speed": 0.5}}})
    assert (changed.conditions["dates"].level, changed.conditions["dates"].speed) == (0.4, 0.5)


# The law


def test_the_days_of_a_law_and_the_probability_of_each() -> None:
    uniform = drawn_date_from({"uniform": [-3, 6]}, 1, 36_500)
    assert (uniform.first, uniform.last) == (1, 6)
    shares = np.diff([uniform.share_until(day) for day in range(8)])
    assert shares == pytest.approx([1 / 6] * 6 + [0])
    listed = drawn_date_from({"dates": {"4": 3, "-2": 5, "9": 1}}, 1, 36_500)
    assert [listed.share_until(day) for day in (3, 4, 8, 9)] == [0.0, 0.75, 0.75, 1.0]
    normal = drawn_date_from({"normal": [20, 4]}, 1, 36_500)
    assert normal.share_until(20) == pytest.approx(0.5497, abs=1e-4)  # P(z < 1/8)


@pytest.mark.parametrize(
    ("event", "first"),
    [
        ({"meeting": "m"}, -3650),
        ({"move": "GBR", "to": "pledged"}, -3650),
        ({"move": "GBR", "to": "talks"}, 1),
        ({"deal": "peace"}, 1),
        ({"list": "l"}, 1),
    ],
)
def test_only_what_is_remembered_may_be_drawn_before_the_run(event, first) -> None:
    found = scenario({"date": {"normal": [5, 10]}, **event}).events[0]
    assert found.first_date == first


# Wrong input


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({"unifrom": [1, 2]}, "did you mean 'uniform'?"),
        ({"beta": [1, 2]}, "must be a day or one law of days out of {uniform: [low, high]}"),
        ({"uniform": [70, 60]}, "must have low below high in {uniform: [low, high]}"),
        ({"uniform": [60.5, 70]}, "must have whole days in {uniform: [low, high]}"),
        ({"uniform": [60]}, "must have the form {uniform: [low, high]}"),
        ({"uniform": ["soon", 70]}, "'soon' must be a calendar date such as 2025-03-10 or a day"),
        ({"uniform": ["2025-02-30", 70]}, "2025-02-30 is not in the calendar"),
        ({"normal": [60, 0]}, "must have sd above 0 in {normal: [mean, sd]}"),
        ({"dates": []}, "must have the form {dates: [day, ...]} or {dates: {day: weight, ...}}"),
        ({"dates": {"60": 0}}, "must have a weight above 0 for day 60"),
        ({"dates": {"60": 1e308, "61": 1e308}}, "must have a weight of at most 1e+100 for day 60"),
        ({"dates": {"60": "often"}}, "must have a weight above 0 for day 60"),
        ({"dates": {"60": 1, "2025-05-09": 1}}, "2025-05-09 is day 60, which has a weight already"),
        ({"dates": [60, "2025-05-09"]}, "has day 60 twice"),
        ({"dates": [60.5]}, "must have whole days in {dates: [day, ...]} or {dates: {day: weight"),
        ({"uniform": [60, 70], "normal": [60, 1]}, "must be a day or one law of days"),
        ({"uniform": [-9, 0]}, "must have probability between day 1 and day 36500"),
        ({"uniform": [160, 170]}, "2025-08-17 (day 160) must be between 2025-03-11 and 2025-08-07"),
        ({"dates": [151, 152]}, "2025-08-08 (day 151) must be between"),
    ],
)
def test_a_wrong_law_of_days_is_refused_with_what_is_allowed(law, message) -> None:
    found = problem_of(deal(law))
    assert "events.0.date" in found
    assert message in found


def test_a_deal_must_be_able_to_hold_before_it_collapses() -> None:
    assert scenario(deal({"uniform": [60, 120]}, collapses=61)).events[0].first_date == 60
    found = problem_of(deal({"uniform": [60, 120]}, collapses=60))
    assert "events.0.collapses: 2025-05-09 (day 60) must be between 2025-05-10" in found


def test_a_list_or_word_is_no_date_and_a_missing_one_says_what_is_allowed() -> None:
    assert "must be a calendar date such as 2025-03-10 or a day number" in problem_of(deal([3]))
    assert "is missing; it must be a whole number between -3650 and 36500 or a distribution" in (
        problem_of({"deal": "peace"})
    )


# Runs that are cut short


def test_a_shorter_run_leaves_out_an_event_only_if_it_can_never_happen_in_it() -> None:
    base = scenario(
        deal({"uniform": [60, 120]}), {"date": {"dates": [100, 110]}, "meeting": "late"}
    )
    cut = base.with_value("days", 90)
    assert [event.kind for event in cut.events] == ["deal"]
    assert any("so what comes later is left out" in note and "late" in note for note in cut.notes)
    assert [event.kind for event in base.with_value("days", 100).events] == ["deal", "meeting"]
    assert base.with_value("days", 59).events == ()


# Paths


def test_a_drawn_date_is_a_number_with_an_address_like_others() -> None:
    found = scenario(deal({"uniform": [60, 120]}))
    date = found.parameter("events.peace.date")
    assert (date.key, date.is_random, date.slots) == ("events.deal.peace.0.date", True, ())
    assert isinstance(date.value, DrawnDate)
    assert date.label == "peace: date"
    assert "events.peace.date" in [each.path for each in found.parameters()]
    fixed = found.with_value(date, 80)
    assert fixed.parameter("events.peace.date").slots == ()
    assert fixed == scenario(deal(80))
    later = found.with_value("events.peace.date.uniform.1", 130)
    assert later == scenario(deal({"uniform": [60, 130]}))
    assert found.parameter("events.peace.date.uniform.1").label == "peace: date, high"


def test_the_weight_of_a_day_is_changed_by_its_path() -> None:
    found = scenario(deal({"dates": {"60": 2, "83": 1}}))
    weight = found.parameter("events.peace.date.dates.83")
    assert (weight.value, weight.label) == (1.0, "peace: date, weight of day 83")
    changed = found.with_value(weight, 5)
    assert changed == scenario(deal({"dates": {"60": 2, "83": 5}}))


# The JSON Schema


def test_the_json_schema_takes_every_form_and_no_other() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(scenario_json_schema())

    def is_valid(date: Any) -> bool:
        return validator.is_valid({"days": 9, "nations": ["GBR"], "events": [deal(date)]})

    assert all(map(is_valid, DATES.values()))
    assert is_valid({"uniform": ["2025-05-09", 80]})
    assert is_valid({"dates": {"2025-05-09": 1}})
    for wrong in ({"beta": [1, 2]}, {"uniform": [1]}, {"dates": {"soon": 1}}, {"dates": []}):
        assert not is_valid(wrong)


# What can have no effect


def test_a_move_whose_date_is_drawn_may_find_nations_in_any_stage() -> None:
    behaviour = {"declare": {"rate": 0.1, "peers": 1}}
    nations = [{"id": "GBR", "stage": "willing"}, {"id": "FRA", "stage": "public"}]
    put = {"move": "GBR", "to": "public"}
    sections = {"behaviour": behaviour, "nations": nations, "conditions": {}}
    again = {"date": {"uniform": [5, 9]}, "move": "GBR", "to": "willing"}
    found = scenario({"date": {"uniform": [3, 7]}, **put}, again, **sections)
    assert found.notes == ()
    idle = scenario({"date": {"uniform": [3, 7]}, "move": "FRA", "to": "public"}, **sections)
    assert idle.notes == (
        "events.move.FRA.0: every nation that it names is already in stage public",
    )


def test_days_and_dates_are_keys_in_python_as_in_a_file() -> None:
    forms = [
        {"8": 97, "9": 3},
        {8: 97, 9: 3},
        {np.int64(8): 97, np.int64(9): 3},
        {datetime.date(2025, 3, 9): 97, "2025-03-10": 3},
        {np.datetime64("2025-03-09"): 97, pd.Timestamp("2025-03-10"): 3},
    ]
    found = {
        scenario_from_dict(
            {
                "days": 20,
                "start": "2025-03-01",
                "nations": ["GBR"],
                "events": [{"date": {"dates": dates}, "requirement": 5}],
            }
        ).digest
        for dates in forms
    }
    assert len(found) == 1
