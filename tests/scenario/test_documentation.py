"""What docs/scenario.md shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.core.stages import FEATURES, STAGES
from sim.scenario.behaviour import MOVES
from sim.scenario.events import EVENT_MODELS
from sim.scenario.load import load_scenario
from sim.scenario.parts import Commitment, Condition, Contribution, Memory, Nation, Ties
from sim.scenario.schema import Scenario

TEXT = (Path(__file__).parents[2] / "docs" / "scenario.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```\w+ title="([\w.]+)"\n(.*?)```', TEXT, re.DOTALL))
PARTS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["small.yaml", "paris.yaml", "backed.yaml", "later.yaml", "both.yaml", "forecast.yaml"]
)
def test_every_file_that_is_shown_loads(folder, name):
    assert load_scenario(folder / name).nations


@pytest.mark.parametrize("part", PARTS)
def test_every_part_that_is_shown_loads_over_the_whole_file(folder, part):
    bare = "leaders: []\nties: null\nevents: null\nsuccess: null\n" if "nations:" in part else ""
    (folder / "part.yaml").write_text(f"base: paris.yaml\n{bare}{part}", encoding="utf-8")
    assert load_scenario(folder / "part.yaml") != load_scenario(folder / "small.yaml")


def test_every_field_is_described():
    models = (Scenario, Nation, Ties, Condition, Contribution, Commitment, Memory)
    names = {name for model in models for name in model.model_fields}
    names |= {name for model in EVENT_MODELS.values() for name in model.model_fields}
    missing = {name for name in (*names, *FEATURES, *MOVES, *STAGES) if f"`{name}" not in TEXT}
    assert not missing


@pytest.mark.parametrize("model", [Nation, Ties, Condition, Contribution, Commitment, Memory])
def test_the_defaults_that_are_stated_are_those_of_the_models(model):
    stated = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| ([\d.]+) \|", TEXT, re.MULTILINE))
    for name, field in model.model_fields.items():
        if name in stated and isinstance(field.default, float):
            assert float(stated[name]) == field.default
