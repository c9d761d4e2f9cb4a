"""What people call quantities: the names of the scenario, and the terms of the glossary."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from sim.report.ensemble import summary_blocks
from sim.report.text import to_text
from sim.results.labels import SIZE_LABELS, quantity_label
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.compare.changes import NationChange, OutcomeChange
from tests.results.synthetic import made_up

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def named() -> Scenario:
    """A scenario whose condition and contributions have names, and the latter one unit."""
    return scenario_from_dict(
        {
            "days": 3,
            "nations": ["GBR"],
            "conditions": {"us_backing": {"level": 0.5, "name": "US backing"}},
            "contributions": {
                "ground": {"name": "ground forces", "unit": "thousand troops"},
                "air_lift": {"unit": "thousand troops"},
            },
            "success": {"us_backing": 0.4, "hold": 1},
        }
    )


@pytest.mark.parametrize(
    ("quantity", "label"),
    [
        ("conditions.us_backing", "US backing"),
        ("force.ground", "force: ground forces"),
        ("force.air_lift", "force: air lift"),
        ("force", "force, thousand troops"),
        ("firm_size", "firm (pledged or deployed)"),
        ("peak_size", "most public on a day"),
        ("public.GBR", "GBR public"),
        ("success", "success"),
    ],
)
def test_quantities_go_by_the_names_of_the_scenario(quantity: str, label: str) -> None:
    assert quantity_label(quantity, named()) == label


def test_a_summary_prints_names_and_units_and_keeps_keys_in_json() -> None:
    summary = made_up(named(), 5).summary()
    text = to_text(summary_blocks(summary), 96)
    assert "Success: US backing at least 0.4, for one day" in text
    assert "Public force at the end, thousand troops" in text
    for name in ("US backing ", "ground forces ", "air lift "):
        assert f"\n  {name}" in text
    found = summary.as_dict()
    assert (list(found["conditions"]), list(found["force"])) == (
        ["us_backing"],
        ["ground", "air_lift"],
    )
    assert not {"names", "force_unit"} & set(found)


def test_the_glossary_has_the_sizes_and_the_columns_of_significance() -> None:
    for key, label in SIZE_LABELS.items():
        assert f"`{key}`" in GLOSSARY
        assert label in GLOSSARY
    columns = {field.name for kind in (OutcomeChange, NationChange) for field in fields(kind)}
    for name in ("fewer_runs", "fewer_runs_known", "significant_fdr", "days_significant_fdr"):
        assert name in columns
        assert f"`{name}`" in GLOSSARY


def test_a_quantity_that_has_no_label_goes_by_its_name() -> None:
    assert quantity_label("days_left.POL", named()) == "days left POL"
