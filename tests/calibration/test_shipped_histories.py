"""The shipped histories are made by one rule, and their records match what was counted then."""

from __future__ import annotations

import csv
import datetime
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from sim.calibration.history import History, load_history
from sim.scenario.events import Meeting, PublishedList, Trigger

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios" / "histories"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def study() -> ModuleType:
    path = ROOT / "experiments" / "histories" / "study.py"
    spec = importlib.util.spec_from_file_location("histories_study", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=NAMES)
def history(request: pytest.FixtureRequest) -> History:
    return load_history(f"histories/{request.param}")


def test_there_are_seven_histories(study: ModuleType) -> None:
    assert sorted(study.RULES) == NAMES
    assert len(NAMES) == 7


def test_every_table_is_what_the_rule_makes(study: ModuleType) -> None:
    for name, text in study.tables().items():
        assert (FOLDER / f"{name}_nations.csv").read_text(encoding="utf-8") == text, name


def test_every_scenario_has_the_leaders_of_its_rule(study: ModuleType) -> None:
    for name, rule in study.RULES.items():
        assert study.leaders_of(name) == rule.leaders


def test_leaders_are_public_and_the_initial_law_draws_all_others(history: History) -> None:
    leaders = set(history.scenario.leaders)
    for nation in history.scenario.nations:
        wanted = {"public": 1.0} if nation.id in leaders else {"initial": 1.0}
        assert nation.stage == wanted, nation.id


def test_demand_is_0_or_1_and_the_calendar_has_meetings_or_triggers(history: History) -> None:
    assert history.scenario.commitment.demand in (0.0, 1.0)
    assert any(isinstance(each, Meeting | Trigger) for each in history.scenario.events)


def test_every_row_of_a_record_has_a_publisher_and_no_address(history: History) -> None:
    for entry in history.entries:
        assert "://" not in entry.detail + entry.publisher
        assert not {"blogspot", "mirror"} & set(entry.publisher.lower().split()), entry


def test_some_joined_and_some_did_not_and_it_is_known_by_the_last_day(history: History) -> None:
    days = [history.first_public(nation) for nation in history.at_risk]
    last = history.scenario.days
    joined = [day for day in days if day is not None and day.last is not None and day.last <= last]
    assert 5 <= len(joined) < len(history.at_risk) - 5
    later = [day for day in days if day is not None and day not in joined]
    assert all(day.first is not None and day.first > last for day in later), later


COUNTED = {
    "iraq_2003": {  # with the United States; 30 and 33 without them, then with them
        "2003-03-18": 31,
        "2003-03-19": 34,
        "2003-03-20": 44,
        "2003-03-21": 45,
        "2003-03-24": 46,
        "2003-03-25": 48,
        "2003-03-26": 49,
    },
    "isis_2014": {"2014-09-05": 10, "2014-09-11": 20},
    "libya_2011": {"2011-04-05": 19},
    "leopard_2023": {"2023-01-31": 6, "2023-02-24": 12},
    "f16_2023": {"2023-07-11": 11, "2023-08-22": 12, "2023-08-24": 13},
    "isaf_2001": {"2002-01-10": 18},
    "gulf_1990": {"1990-08-14": 8, "1991-02-28": 40},
}


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_the_record_counts_what_was_counted_then(name: str) -> None:
    history = load_history(f"histories/{name}")
    found = {day: history.n_public(datetime.date.fromisoformat(day)) for day in COUNTED[name]}
    assert found == COUNTED[name]


def test_angola_left_the_list_for_four_days() -> None:
    history = load_history("histories/iraq_2003")
    assert [(each.event, str(each.first)) for each in history.of("AGO")] == [
        ("public", "2003-03-20"),
        ("left", "2003-03-21"),
        ("public", "2003-03-25"),
    ]


def test_a_refusal_counts_while_a_nation_is_not_public() -> None:
    iraq, libya = load_history("histories/iraq_2003"), load_history("histories/libya_2011")
    assert iraq.first_refused("CAN") == (56, 56)
    assert iraq.first_refused("DEU") == (1, 1)
    assert iraq.first_refused("TUR") == (40, 40)  # listed later
    assert iraq.first_refused("ESP") is None  # no combat troops, on the day of its listing
    assert libya.first_refused("ARE") == (12, 12)
    assert libya.first_refused("NOR") is None


def test_refusals_that_were_reversed_are_kept() -> None:
    libya, tanks = load_history("histories/libya_2011"), load_history("histories/leopard_2023")
    assert libya.of("TUR", "refused")
    assert libya.first_public("TUR") is not None
    assert tanks.of("DNK", "refused")


def test_lists_are_on_days_on_which_somebody_became_public(history: History) -> None:
    nations = {entry.nation for entry in history.entries}
    days = [history.first_public(nation) for nation in sorted(nations)]
    for event in history.scenario.events:
        if isinstance(event, PublishedList):
            named = [d for d in days if d is not None and _may_be(d.first, d.last, event.date)]
            assert named or event.label == "brussels_statement"


def _may_be(first: int | None, last: int | None, day: object) -> bool:
    assert isinstance(day, int)
    return (first is None or first <= day) and (last is None or day <= last)


def test_no_figure_is_later_than_the_years_of_its_history(study: ModuleType) -> None:
    measures = {"military_scale", "us_troops_hosted", "us_defence_pact", "electoral_democracy"}
    years = {int(row["year"]) for row in rows_of("figures.csv") if row["measure"] in measures}
    assert max(years) == max(rule.figures for rule in study.RULES.values()) == 2022
    for name, rule in study.RULES.items():  # ISAF: the year in which it ends
        assert rule.figures <= rule.start + (name == "isaf_2001")


def test_no_military_spending_is_shipped_but_ranks_and_a_scale() -> None:
    spending = [row for row in rows_of("figures.csv") if "SIPRI" in row["source"]]
    assert {row["measure"] for row in spending} == {"military_scale", "military_spending_rank"}
    scales = [float(row["value"]) for row in spending if row["measure"] == "military_scale"]
    assert min(scales) >= 0.0
    assert max(scales) <= 1.0


def test_every_figure_has_a_source_and_what_is_only_recalled_is_of_low_confidence() -> None:
    for row in rows_of("figures.csv"):
        assert all(row[column].strip() for column in row), row
        if "general knowledge" in row["source"]:
            assert row["confidence"] == "low", row


def test_bond_and_capability_are_worked_by_hand(study: ModuleType) -> None:
    rows = [
        {"nation": "A", "measure": "nato_since", "value": "1999", "year": "1999"},
        {"nation": "A", "measure": "us_troops_hosted", "value": "99", "year": "2002"},
        {"nation": "A", "measure": "military_scale", "value": "0.6", "year": "2001"},
        {"nation": "A", "measure": "military_scale", "value": "0.9", "year": "2003"},
    ]
    figures, rule = study.Figures(rows), study.RULES["iraq_2003"]
    assert study.bond(figures, rule, "A") == pytest.approx(0.5 + 0.35 * 2 / 5 + 0.25)
    assert study.capability(figures, rule, "A") == 0.6  # that of 2003 is too late
    assert study.is_at_risk(figures, rule, "A")
    assert not study.is_at_risk(figures, rule, "B")
