"""Slips of the pen in study files: each is refused with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.files.tree import tree_from
from sim.scenario.load import scenario_from_dict
from sim.studies.design.file import is_study_file, load_study
from sim.studies.design.study import Design
from sim.studies.design.values import StudyError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario."""
    form = {"days": 30, "nations": ["GBR", "POL"], "success": {"public_size": 1}}
    form["conditions"] = {"backing": {"level": 0.4}}
    (tmp_path / "small.yaml").write_text(scenario_from_dict(form).to_yaml(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> str:
    """Path of a study file with that text."""
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return "study.yaml"


def said_of(folder: Path, text: str) -> list[str]:
    """What is wrong with a study file, line by line."""
    with pytest.raises(StudyError) as refused:
        load_study(written(folder, text))
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario: small.yaml\nvarry: {ties.base: [1, 2]}\n",
         "study.yaml:2: varry: unknown key; did you mean 'vary'?"),
        ("scenario: small.yaml\nvary: {ties.base: [1, 2]}\ndesign_seed: 3\n",
         "study.yaml:3: design_seed: belongs to the designs lhs and sobol; a grid is not random"),
        ("scenario: small.yaml\nvary:\n  ties.base:\n    - 1\n    -\n",
         "study.yaml:5: vary.ties.base: a value is empty; write absent to remove something"),
        ("scenario: small.yaml\nvary: {base: [other.yaml]}\n",
         "study.yaml:2: vary.base: is not varied; whole scenarios are given as scenario=A,B"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_what_to_write(folder: Path, text: str, said: str) -> None:
    assert said_of(folder, text) == [said]
    assert is_study_file(folder / "study.yaml")


def test_a_design_that_is_no_more_drawn_takes_its_seed_with_it(folder: Path) -> None:
    text = "scenario: small.yaml\nvary: {ties.base: [1, 2]}\ndesign: lhs\npoints: 4\n"
    path = written(folder, f"{text}design_seed: 3\n")
    assert load_study(path).design == Design("lhs", 4, 3)
    assert load_study(path, {"design": tree_from("grid")}).design == Design()


def test_whole_scenarios_are_by_default_asked_what_all_of_them_can_be(folder: Path) -> None:
    (folder / "bare.yaml").write_text("days: 9\nnations: [GBR]\n", encoding="utf-8")
    text = "scenario: small.yaml\nvary: {scenario: [small.yaml, bare.yaml]}\nprecision: 0.5\n"
    study = load_study(written(folder, text))
    assert study.outcomes == ("size", "private_size", "firm_size", "peak_size", "force")
    assert study.effort.of == "size"


def test_a_long_path_is_cut_in_what_is_said(folder: Path) -> None:
    (said,) = said_of(folder, f"scenario: small.yaml\nvary:\n  ? {'a' * 10_000}\n  : [1]\n")
    assert len(said) < 500
    assert "…" in said
