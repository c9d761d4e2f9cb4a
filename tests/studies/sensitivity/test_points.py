"""A point is the scenario with its values, run for run and bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario.arrays.slots import slots_of
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import find_outcomes
from sim.studies.sensitivity.asked import asked_inputs
from sim.studies.sensitivity.draws import draw_part, part_paths
from sim.studies.sensitivity.inputs import Input, inputs_of
from sim.studies.sensitivity.points import PointRunner, Structures, is_flat
from tests.studies.sensitivity.small import LEVEL, SCENARIO

N_RUNS, SEED, FIRST = 9, 3, 32


def runner_of(scenario: Scenario, asked: list[str]) -> tuple[PointRunner, tuple[Input, ...]]:
    inputs = inputs_of(scenario, asked_inputs(scenario, asked))
    outcomes = find_outcomes(["success", "size", "size@3", "force"], scenario)
    return PointRunner(Structures(scenario, inputs, outcomes)), inputs


def run_again(scenario: Scenario, changes: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Outcomes of the runs of a scenario with some values, shape (4, n_runs)."""
    changed = scenario.with_changes(changes)
    found = sim.run(changed, runs=N_RUNS, seed=SEED, first_run=FIRST, keep="runs")
    force = found.force[:, -1].sum(axis=-1) if found.force.ndim == 3 else None
    rows = found.records.runs
    assert rows is not None
    force = rows.force.sum(axis=1)
    return np.stack([found.success_day >= 0, found.size[:, -1], found.size[:, 3], force])


@pytest.mark.parametrize(
    "asked",
    [
        [f"{LEVEL}=0.1:0.9"],
        ["commitment.requirement", "behaviour.declare.rate", "events.talks.date"],
        ["nations.*.stake=0.1:0.9", "events.*.date"],
        ["nations.*.support", "nations.*.capacity.ground"],
        ["ties.leaders=1:8", f"{LEVEL}=0.1:0.9"],
        ["days=10:30", "success.public_size=2:5", "commitment.value"],
        ["success.public_size=2,5"],
        ["events.talks=present,absent", LEVEL],
    ],
)
def test_a_point_is_the_scenario_with_its_values(asked: list[str]) -> None:
    runner, inputs = runner_of(SCENARIO, asked)
    shares = np.random.default_rng(1).random((3, sum(each.width for each in inputs)))
    found = runner.values(shares, SEED, FIRST, N_RUNS)
    assert found.shape == (4, 3, N_RUNS)
    members = [member for each in inputs for member in each.members]
    for place, row in enumerate(shares):
        changes: dict[str, Any] = {}
        for member, share in zip(members, row, strict=True):
            option = member.drawn_option(member.drawn(np.array([share]))[0])
            changes |= option.changes
        assert np.array_equal(found[:, place], run_again(SCENARIO, changes))


def test_a_line_of_joint_draws_is_the_scenario_with_its_numbers() -> None:
    table = {LEVEL: [0.2, 0.5, 0.8], "events.vote.date": [6, 8, 11]}
    drawn = SCENARIO.with_draws(table)
    runner, _ = runner_of(drawn, ["draws", "commitment.value"])
    shares = np.array([[0.1, 0.5], [0.99, 0.5]])
    found = runner.values(shares, SEED, FIRST, N_RUNS)
    assert drawn.draws is not None
    part = draw_part(drawn.draws, part_paths(drawn.draws)["joint"])
    for place, share in enumerate(shares[:, 0]):
        line = dict(zip(part.paths, part.at(np.array([share]))[0].tolist(), strict=True))
        changes = {**line, "events.vote.date": int(line["events.vote.date"])}
        again = run_again(SCENARIO, {**changes, "commitment.value": 100.0})
        assert np.array_equal(found[:, place], again)


def test_values_without_a_place_in_the_flat_inputs_are_told() -> None:
    known = {"ties.leaders=1:2": False, "days=10:20": False, LEVEL: True, "events.talks.date": True}
    for text, flat in known.items():
        (each,) = inputs_of(SCENARIO, asked_inputs(SCENARIO, [text]))
        assert is_flat(SCENARIO, each.members[0], slots_of(SCENARIO)) is flat


def test_few_scenarios_are_kept_of_values_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.sensitivity.points.MOST_STRUCTURES", 2)
    runner, _ = runner_of(SCENARIO, ["days=10:30"])
    shares = np.linspace(0.05, 0.95, 7)[:, None]
    found = runner.values(shares, SEED, FIRST, N_RUNS)
    assert np.array_equal(found[:, ::-1], runner.values(shares[::-1], SEED, FIRST, N_RUNS))
    assert len(runner.structures._known) <= 2


def test_a_number_that_is_an_input_by_itself_is_no_part_of_the_joint_draws() -> None:
    drawn = SCENARIO.with_draws({LEVEL: [0.2, 0.5], "commitment.value": [50.0, 90.0]})
    runner, _ = runner_of(drawn, ["draws", f"{LEVEL}=0.6:0.9"])
    found = runner.values(np.array([[0.9, 0.5]]), SEED, FIRST, N_RUNS)
    again = run_again(drawn, {LEVEL: 0.75, "commitment.value": 90.0})
    assert np.array_equal(found[:, 0], again)


def test_weights_and_dates_of_events_are_varied_together() -> None:
    """Whatever order events then have."""
    more = SCENARIO.full()
    more["events"].append({"date": 8, "meeting": "second", "participants": "all", "weight": 2.0})
    scenario = scenario_from_dict(more)
    asked = ["events.second.date=2:15", "events.talks.date=2:15", "events.second.weight=0:9"]
    runner, inputs = runner_of(scenario, asked)
    shares = np.random.default_rng(4).random((4, 3))
    found = runner.values(shares, SEED, FIRST, N_RUNS)
    for place, row in enumerate(shares):
        changes: dict[str, Any] = {}
        for each, share in zip(inputs, row, strict=True):
            (member,) = each.members
            changes |= member.drawn_option(member.drawn(np.array([share]))[0]).changes
        assert np.array_equal(found[:, place], run_again(scenario, changes))
