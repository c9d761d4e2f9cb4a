"""The shipped table of Paris 2025 is made from its figures, and nothing in it looks ahead."""

from __future__ import annotations

import csv
import importlib.util
import re
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
EVE = "2025-03-10"
CONFIDENCES = {"high", "medium", "low"}


def rows_of(name: str) -> list[dict[str, str]]:
    with (SCENARIOS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written_in(name: str) -> dict[str, Any]:
    text = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return written


@pytest.fixture(scope="module")
def study() -> ModuleType:
    path = ROOT / "experiments" / "paris_2025_table" / "study.py"
    spec = importlib.util.spec_from_file_location("paris_2025_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_table_is_what_the_formulas_make(study: ModuleType) -> None:
    shipped = (SCENARIOS / "nations" / "paris_2025.csv").read_text(encoding="utf-8")
    assert shipped == study.as_csv(study.make_rows())


def test_the_scenario_carries_the_spread_of_support_that_the_polls_give(study: ModuleType) -> None:
    text = (SCENARIOS / "paris_2025.yaml").read_text(encoding="utf-8")
    assert all(line in text for line in study.spread_lines())
    assert text.count("{support: {normal:") == len(study.spread_lines())


def test_no_figure_is_later_than_2024() -> None:
    assert max(int(row["year"]) for row in rows_of("nations/figures_2025.csv")) <= 2024


def test_no_statement_or_poll_is_later_than_the_eve() -> None:
    dates = [row["date"] for row in rows_of("statements_2025.csv") + rows_of("polls_2025.csv")]
    assert max(dates) <= EVE
    assert all(len(date) == len(EVE) for date in dates)


def test_every_figure_has_a_source_a_year_and_a_unit() -> None:
    for row in rows_of("nations/figures_2025.csv"):
        assert all(row[column].strip() for column in row), row
        assert row["confidence"] in CONFIDENCES


def test_every_statement_and_poll_names_its_publisher() -> None:
    for row in rows_of("statements_2025.csv") + rows_of("polls_2025.csv"):
        assert row["publisher"].strip(), row
        assert "://" not in row["publisher"], row
        assert row["confidence"] in CONFIDENCES


def test_no_military_spending_is_shipped_but_its_rank_and_a_scale() -> None:
    spending = [row for row in rows_of("nations/figures_2025.csv") if "SIPRI" in row["source"]]
    assert {row["measure"] for row in spending} == {"military_scale", "military_spending_rank"}
    ranks = [row["value"] for row in spending if row["measure"] == "military_spending_rank"]
    assert sorted(map(int, ranks)) == list(range(1, len(ranks) + 1))
    scales = [row["value"] for row in spending if row["measure"] == "military_scale"]
    assert all(len(value) == len("0.00") and 0.0 <= float(value) <= 1.0 for value in scales)


def test_every_measure_covers_every_nation_but_aid_which_three_lack() -> None:
    nations = {row["id"] for row in rows_of("nations/names_2025.csv")}
    covered: dict[str, set[str]] = {}
    for row in rows_of("nations/figures_2025.csv"):
        covered.setdefault(row["measure"], set()).add(row["nation"])
    assert nations - covered.pop("aid_to_ukraine") == {"ALB", "MKD", "MNE"}
    assert covered.pop("nato_since") == {
        row["nation"]
        for row in rows_of("nations/figures_2025.csv")
        if (row["measure"], row["value"]) == ("nato_member", "1")
    }
    assert all(found == nations for found in covered.values())


def test_attributes_lie_between_0_and_1_and_stages_sum_to_1() -> None:
    for row in rows_of("nations/paris_2025.csv"):
        reliances = [name for name in row if name.startswith("reliance.")]
        share = [
            float(row[name]) for name in ("stake", "support", "bond", "capability", *reliances)
        ]
        assert all(0.0 <= value <= 1.0 for value in share), row
        law = [row[name] for name in row if name.startswith("stage.")]
        by_law = row["note"].startswith("near") and "opposes" not in row["note"]
        assert all(law) == any(law) == (not by_law)
        assert sum(map(float, filter(None, law))) == pytest.approx(0.0 if by_law else 1.0)


def test_a_kind_that_a_nation_rules_out_has_no_capacity() -> None:
    ruled_out = {
        (row["nation"], row["kind"])
        for row in rows_of("statements_2025.csv")
        if row["event"] == "ruled_out" and row["nation"] not in {"USA", "RUS"}
    }
    table = {row["id"]: row for row in rows_of("nations/paris_2025.csv")}
    assert ("POL", "ground") in ruled_out
    assert all(float(table[nation][f"capacity.{kind}"]) == 0.0 for nation, kind in ruled_out)


def test_only_the_two_organisers_are_public_on_the_eve() -> None:
    table = rows_of("nations/paris_2025.csv")
    assert {row["id"] for row in table if float(row["stage.public"] or 0) > 0.0} == {"FRA", "GBR"}


def test_about_twenty_nations_are_in_the_talks() -> None:
    table = rows_of("nations/paris_2025.csv")
    inside = [row for row in table if row["stage.outside"] == "0.00"]
    assert 18 <= len(inside) <= 22


def test_stake_rises_with_aid_and_nearness_and_reliance_with_a_stated_need(
    study: ModuleType,
) -> None:
    figures = {
        "distance_to_kyiv": {"A": 2500.0, "B": 1000.0},
        "aid_to_ukraine": {"A": 0.1, "B": 0.1},
        "borders_russia_or_ukraine": {"A": 0.0, "B": 0.0},
        "us_troops_hosted": {"A": 0.0},
        "us_defence_pact": {"A": 1.0},
        "own_nuclear_weapons": {"A": 0.0},
    }
    assert study.stake(figures, "B", "open") > study.stake(figures, "A", "open")
    figures["aid_to_ukraine"]["A"] = 2.0
    assert study.stake(figures, "A", "open") > study.stake(figures, "B", "silent")
    need = {"event": "needs", "kind": "us_backing"}
    calm, needy = (study.reliance_on_us_backing(figures, "A", said) for said in ([], [need]))
    assert needy == pytest.approx(calm + 0.3)


@pytest.mark.parametrize("variant", ["us_withdraws", "us_backstop", "peace_deal"])
def test_a_variant_adds_to_the_events_of_its_base_and_changes_nothing(variant: str) -> None:
    written = written_in(f"paris_2025_{variant}")
    assert set(written) == {"base", "title", "description", "add_events"}
    assert 1 <= len(written["add_events"]) <= 2


def test_the_scheduled_calendar_is_the_base_without_its_drawn_occasions() -> None:
    written = written_in("paris_2025_scheduled")
    assert set(written) == {"base", "title", "description", "draws", "remove_events"}
    assert written["draws"] is None
    occasions = [
        event.get("list") or event.get("trigger")
        for event in written_in("paris_2025")["events"]
        if "list" in event or "trigger" in event
    ]
    assert written["remove_events"] == occasions
    assert all(name.startswith("unscheduled_") for name in occasions)


def test_every_meeting_to_come_has_a_day_that_the_sources_say_was_known() -> None:
    text = (SCENARIOS / "SOURCES.md").read_text(encoding="utf-8")
    calendar = text.split("## Calendar")[1].split("Meetings of the coalition have weight")[0]
    known = re.findall(r"\b\d+ (?:March|April|May|June|July)\b", "".join(first_cells(calendar)))
    days = [event["date"] for event in written_in("paris_2025")["events"] if "meeting" in event]
    to_come = [day for day in days if day > date.fromisoformat(EVE)]
    assert to_come
    assert {f"{day.day} {day:%B}" for day in to_come} <= set(known)


def first_cells(text: str) -> list[str]:
    """First cell of each row of a table, with a bar after it."""
    return [f"{row.split('|')[1]}|" for row in text.splitlines() if row.startswith("| ")]
