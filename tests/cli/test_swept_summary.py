"""A sweep in plain words, as wide as the terminal."""

from __future__ import annotations

import re

import pytest

from sim.cli.swept.summary import estimate_text, sweep_text
from sim.studies.design.study import Study
from sim.studies.sweeping.door import sweep
from sim.studies.sweeping.sweep import Sweep
from tests.cli.sweeping import LEVEL, SCENARIO
from tests.studies.sweeping.made_up import study_of


@pytest.fixture(scope="module")
def wide() -> Sweep:
    """A sweep over two paths, some of whose points fail."""
    vary = {LEVEL: [0.1, 0.5, 1], "events.talks": ["present", "absent"]}
    return sweep(study_of(vary, SCENARIO, runs=40, seed=1))


@pytest.mark.parametrize("width", [40, 60, 96])
def test_the_text_is_as_wide_as_the_terminal(wide: Sweep, width: int) -> None:
    narrow = sweep(study_of({LEVEL: [0.1, 0.5, 1]}, SCENARIO, runs=40))
    for found in (wide, narrow):
        text = sweep_text(found, width)
        assert max(len(line) for line in text.splitlines()) <= width
        assert "share their luck" in " ".join(text.split())


def test_of_a_wide_design_the_extremes_are_told(wide: Sweep) -> None:
    text = sweep_text(wide, 96)
    values = wide.column("size")
    low, high = int(values[:4].argmin()), int(values[:4].argmax())
    least, most = (estimate_text(wide, wide.outcome("size"), place) for place in (low, high))
    assert f"size: from {least} to {most}" in text
    where = f"{LEVEL}={wide.column(LEVEL)[low]:g}, events.talks={wide.column('events.talks')[low]}"
    assert f"least at {where}" in text
    assert "6 points, 40 runs each, seed 1" in text


def test_a_point_that_could_not_be_run_has_a_dash(wide: Sweep) -> None:
    assert estimate_text(wide, wide.outcome("size"), 4) == "-"
    narrow = sweep(study_of({LEVEL: [0.1, 1]}, SCENARIO, runs=40))
    row = next(line for line in sweep_text(narrow, 96).splitlines() if line.startswith("  1 "))
    assert set(row.split()[1:]) == {"-"}


def test_a_sweep_all_of_whose_points_failed_is_told_without_numbers() -> None:
    study = study_of({LEVEL: [0.1, 0.2]}, SCENARIO, runs=3)
    wrong = SCENARIO.model_copy(update={"days": 1})  # no file could hold it
    found = sweep(Study(**{**study.__getstate__(), "scenario": wrong}))
    assert len(found.problems) == 2
    text = sweep_text(found, 96)
    assert "2 points, 3 runs each" in text
    assert not re.search(r"\bnan\b", text)


def test_one_run_a_point_has_no_interval() -> None:
    found = sweep(study_of({LEVEL: [0.1]}, SCENARIO, runs=1))
    assert "[" not in estimate_text(found, found.outcome("size"), 0)
    assert "nan" not in sweep_text(found, 96)


def test_long_names_are_cut_short() -> None:
    vary = {"title": ["t" * 200, "\x1b[31mred"]}
    text = sweep_text(sweep(study_of(vary, SCENARIO, runs=2)), 96)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 96
