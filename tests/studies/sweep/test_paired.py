"""Differences between points of a sweep over categories are those of a comparison."""

from __future__ import annotations

import pytest

import sim
from sim.report.sweep import sweep_blocks
from sim.report.text import to_text
from sim.scenario.changes import changed
from sim.studies.sweep import paired
from sim.studies.sweep.paired import paired_differences
from sim.studies.sweep.sweep import sweep
from tests.cli.sweeping import LEVEL, SCENARIO
from tests.studies.sweep.made_up import study_of

VARIED = {"nations.N0.stage": ["outside", "willing", "public"]}


@pytest.mark.parametrize("keep", ["summary", "runs"])
def test_they_are_those_of_a_comparison_of_the_same_runs(keep: str) -> None:
    found = paired_differences(sweep(study_of(VARIED, SCENARIO, runs=60, seed=2, keep=keep)))
    assert found is not None
    assert found.base == 0  # outside: the scenario as it stands
    other = changed(SCENARIO, {"nations.N0.stage": "willing"})
    compared = sim.compare({"base": SCENARIO, "other": other}, runs=60, seed=2).differences[0]
    differing = 0
    for change in compared.outcomes:
        if change.outcome in found.by_point[1]:
            own = found.by_point[1][change.outcome]
            assert (own.estimate, own.low, own.high) == (change.difference, change.low, change.high)
            assert own.n_differ == change.n_differ
            differing += own.n_differ
    assert differing > 0


def test_they_are_printed_with_their_intervals() -> None:
    found = sweep(study_of(VARIED, SCENARIO, runs=60, seed=2))
    text = to_text(sweep_blocks(found), 96)
    assert "Difference from outside" in text
    rows = [line for line in text.splitlines() if line.startswith("  public ")]
    assert len(rows) == 2
    assert "none in 60 runs" in rows[1] or " to " in rows[1]


def test_there_are_none_between_numbers_or_with_luck_of_their_own() -> None:
    numbers = sweep(study_of({LEVEL: [0.2, 0.8]}, SCENARIO, runs=4))
    own = sweep(study_of(VARIED, SCENARIO, runs=4, common_luck=False))
    assert paired_differences(numbers) is None
    assert paired_differences(own) is None
    assert "Difference from" not in to_text(sweep_blocks(numbers), 96)


def test_many_runs_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = sweep(study_of(VARIED, SCENARIO, runs=4))
    monkeypatch.setattr(paired, "MOST_RUN_AGAIN", 11)
    assert paired_differences(found) is None
    monkeypatch.setattr(paired, "MOST_RUN_AGAIN", 12)
    assert paired_differences(found) is not None
