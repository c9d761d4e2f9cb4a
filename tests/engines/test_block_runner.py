"""A runner of blocks gives the runs of `sim.run`, whatever it has run before."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import sim.engines.block_runner as module
from sim.core.kernel.simulate import RandomValues
from sim.engines.block_runner import BlockRunner, DrawCache, RunBlock, same_structure
from sim.engines.run import run
from sim.results.ensemble import Ensemble
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.scenarios_strategy import (
    Form,
    Plan,
    resting_scenarios,
    scenario_of,
    scenarios,
)
from tests.examples import examples

FIXED = settings(derandomize=True, deadline=None, max_examples=examples(60))
SEEDS = st.integers(0, 2**64 - 1)
FIRST_RUNS = st.integers(0, 2**62)
N_RUNS = 7
PLAN = Plan(n_nations=9, n_days=20, n_conditions=3, n_kinds=3, n_events=12, drawn=0.4)


def blocks_of(
    runner: BlockRunner, arrays: Arrays, seed: int = 0, first_run: int = 0, n_runs: int = N_RUNS
) -> Iterator[RunBlock]:
    return runner.blocks(arrays.vector, seed, first_run, n_runs, first_days=True)


def joined(blocks: Iterator[RunBlock]) -> dict[str, NDArray]:
    """Blocks behind each other, by the name of what they hold."""
    found = list(blocks)
    return {
        name: np.concatenate([getattr(each, name) for each in found])
        for name in RunBlock._fields
        if name not in ("n_groups", "n_kinds")
    }


def from_run(
    scenario: Scenario, seed: int = 0, first_run: int = 0, n_runs: int = N_RUNS
) -> dict[str, NDArray]:
    """The same numbers out of an ensemble."""
    ensemble = run(scenario, runs=n_runs, seed=seed, first_run=first_run, workers=1, keep="runs")
    sizes = (ensemble.size, ensemble.private_size, ensemble.firm_size)
    rows, none = ensemble.records.runs.kept(), np.empty((n_runs, 0))
    return {
        "size": np.stack(sizes, axis=1).astype(np.int32),
        "stage": ensemble.stage.astype(np.int32),
        "force": ensemble.force,
        "conditions": ensemble.conditions,
        "success_day": ensemble.success_day.astype(np.int32),
        "in_force_day": days_in_force(scenario, ensemble, n_runs),
        "groups_covered": rows.get("groups_covered", none).astype(np.int32),
        "kinds_covered": rows.get("kinds_covered", none).astype(np.int32),
        "capacity_public": rows.get("capacity_public", none),
        "first_day": ensemble.first_day.astype(np.int32).reshape(n_runs, -1),
    }


def days_in_force(scenario: Scenario, ensemble: Ensemble, n_runs: int) -> NDArray:
    """Days on which the coalition's quorum takes force; never where it has none."""
    if scenario.quorum is None:
        return np.full(n_runs, -1, dtype=np.int32)
    return ensemble.in_force_day.astype(np.int32)


def differing(one: dict[str, NDArray], other: dict[str, NDArray]) -> list[str]:
    """Names of what is not the same in shape or any bit."""
    return [
        name
        for name in one
        if one[name].shape != other[name].shape or one[name].tobytes() != other[name].tobytes()
    ]


@given(scenarios(), SEEDS, FIRST_RUNS)
@FIXED
def test_the_runs_of_a_runner_are_those_of_run_to_the_bit(
    form: Form, seed: int, first_run: int
) -> None:
    scenario = scenario_from_dict(form)
    arrays = arrays_of(scenario)
    found = joined(blocks_of(BlockRunner(arrays), arrays, seed, first_run))
    assert differing(found, from_run(scenario, seed, first_run)) == []


@given(scenarios(n_events=6), st.integers(1, N_RUNS))
@FIXED
def test_how_the_runs_are_cut_into_blocks_changes_no_bit(form: Form, step: int) -> None:
    scenario = scenario_from_dict(form)
    arrays = arrays_of(scenario)
    runner = BlockRunner(arrays)
    runner._step = step
    lengths = [len(each.stage) for each in blocks_of(runner, arrays)]
    assert lengths == [step] * (N_RUNS // step) + [N_RUNS % step] * (N_RUNS % step > 0)
    assert differing(joined(blocks_of(runner, arrays)), from_run(scenario)) == []


def other_numbers(form: Form) -> Form:
    """The scenario with other numbers wherever it has plain ones in the same places."""
    changed = copy.deepcopy(form)
    for nation in changed["nations"]:
        for name in ("stake", "support", "capability"):
            if isinstance(nation.get(name), float):
                nation[name] = (nation[name] + 0.37) % 1.0
    for condition in changed["conditions"].values():
        if isinstance(condition["level"], float):
            condition["level"] = 0.05 + 0.9 * ((condition["level"] + 0.41) % 1.0)
    if isinstance(changed["commitment"]["value"], float):
        changed["commitment"]["value"] += 13.5
    return changed


@given(scenarios() | resting_scenarios(), SEEDS)
@FIXED
def test_nothing_of_one_ensemble_is_left_in_the_next(form: Form, seed: int) -> None:
    one, other = scenario_from_dict(form), scenario_from_dict(other_numbers(form))
    arrays, others = arrays_of(one), arrays_of(other)
    assert same_structure(arrays, others)
    runner = BlockRunner(arrays)
    first = joined(blocks_of(runner, arrays, seed))
    second = joined(blocks_of(runner, others, seed, first_run=3))
    third = joined(blocks_of(runner, arrays, seed))
    assert differing(first, third) == []
    assert differing(second, from_run(other, seed, first_run=3)) == []


def another_structure(form: Form) -> Form:
    """The scenario with other numbers, days and stages, and success only where it had none."""
    changed = other_numbers(form)
    for nation in changed["nations"]:
        nation.pop("pledge", None)
        nation["stage"] = "talks"
    if changed.pop("success", None) is None:
        changed["success"] = {"public_size": 1, "hold": 1}
    for event in changed["events"]:
        if isinstance(event["date"], int) and event["date"] > 1:
            event["date"] -= 1
    return changed


@given(scenarios() | resting_scenarios(), SEEDS)
@FIXED
def test_nothing_of_a_scenario_is_left_in_the_next_of_the_same_layout(
    form: Form, seed: int
) -> None:
    one, other = scenario_from_dict(form), scenario_from_dict(another_structure(form))
    assert not same_structure(arrays_of(one), arrays_of(other))
    module.IDLE.clear()
    expected = from_run(other, seed)
    module.IDLE.clear()
    from_run(one, seed)
    [(_, left)] = module.IDLE
    assert differing(from_run(other, seed), expected) == []
    [(_, again)] = module.IDLE
    assert again.real is left.real


def test_the_two_vectors_of_that_test_do_differ_in_their_runs() -> None:
    form = scenario_of(PLAN._replace(drawn=0.0, luck=3))
    one, other = (scenario_from_dict(each) for each in (form, other_numbers(form)))
    assert differing(from_run(one), from_run(other))


def test_a_larger_capacity_than_the_runner_was_made_for_is_counted_whole() -> None:
    form = scenario_of(PLAN._replace(drawn=0.0, pace=0.0, luck=5))
    form["behaviour"].pop("withdraw", None)
    form["events"] = []
    form["commitment"]["token"] = 1.0
    giver = form["nations"][0]  # pledged to the end with all it has, whatever the plan's luck
    giver.update(stage="pledged", capacity=dict.fromkeys(form["contributions"], 1.0))
    giver.pop("pledge", None)
    large = copy.deepcopy(form)
    for nation in large["nations"]:
        for kind in nation.get("capacity", {}):
            nation["capacity"][kind] = 1e5
    small, scenario = scenario_from_dict(form), scenario_from_dict(large)
    runner = BlockRunner(arrays_of(small))
    found = joined(blocks_of(runner, arrays_of(scenario)))
    assert differing(found, from_run(scenario)) == []
    assert found["force"].max() > arrays_of(small).force_top.max()


def test_drawn_inputs_are_kept_for_ensembles_of_the_same_luck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = scenario_from_dict(scenario_of(PLAN))
    arrays = arrays_of(scenario)
    calls = []

    def counted(*given: object) -> tuple[NDArray, NDArray]:
        calls.append(given[1:])
        return before(*given)

    before = module.drawn_values
    monkeypatch.setattr(module, "drawn_values", counted)
    drawn = DrawCache(arrays)
    for _ in range(3):
        for runner in (BlockRunner(arrays, drawn), BlockRunner(arrays, drawn)):
            assert differing(joined(blocks_of(runner, arrays, 5)), from_run(scenario, 5)) == []
    assert calls == [(5, 0, N_RUNS)]


def test_blocks_of_other_lengths_have_drawn_inputs_of_their_own() -> None:
    """Else a runner of longer steps would read behind the end of what a shorter one has drawn."""
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    drawn = DrawCache(arrays)
    for n_runs in (2, N_RUNS, 3):
        _, expected = module.drawn_values(arrays.drawn, 5, 0, n_runs)
        assert drawn.values(5, 0, n_runs).value.tolist() == expected.tolist()


def test_drawn_inputs_that_would_fill_the_memory_are_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    monkeypatch.setattr(module, "MOST_DRAWN_KEPT", 3 * N_RUNS * len(arrays.drawn) * 8)
    drawn = DrawCache(arrays)
    for first_run in range(10):
        drawn.values(0, first_run, N_RUNS)
    assert len(drawn._kept) == 3


def test_drawn_inputs_of_some_runs_of_a_block_are_taken_from_it() -> None:
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    drawn = DrawCache(arrays)
    drawn.values(7, 5, 20)
    for seed, first_run, n_runs in ((7, 5, 3), (7, 9, 16), (7, 24, 2), (7, 4, 3), (8, 9, 4)):
        found = drawn.values(seed, first_run, n_runs)
        alone = DrawCache(arrays).values(seed, first_run, n_runs)
        np.testing.assert_array_equal(found.indices, alone.indices)
        np.testing.assert_array_equal(found.value, alone.value)
    assert [key for key in drawn._kept if key[0] == 7] == [(7, 5, 20), (7, 24, 2), (7, 4, 3)]


def test_threads_share_drawn_inputs_and_nothing_else() -> None:
    scenario = scenario_from_dict(scenario_of(PLAN))
    arrays = arrays_of(scenario)
    drawn = DrawCache(arrays)
    found: list[dict[str, NDArray]] = []

    def work(seed: int) -> None:
        runner = BlockRunner(arrays, drawn)
        found.extend(joined(blocks_of(runner, arrays, seed, n_runs=40)) for _ in range(5))

    threads = [Thread(target=work, args=(7,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    expected = from_run(scenario, 7, n_runs=40)
    assert [differing(each, expected) for each in found] == [[]] * 20


def test_another_number_of_days_another_tie_or_another_distribution_is_another_structure() -> None:
    form = scenario_of(PLAN._replace(drawn=0.0))
    arrays = arrays_of(scenario_from_dict(form))
    for changes in (
        {"days": 21},
        {"ties.base": 7.5},
        {"nations.N00.stage": "willing"},
        {"nations.N00.stake": {"uniform": [0, 1]}},
        {"success": {"public_size": 3, "hold": 2}},
    ):
        other = scenario_from_dict(form).with_changes(changes)
        assert not same_structure(arrays, arrays_of(other))
    other = scenario_from_dict(form).with_changes({"nations.N00.stake": 0.123})
    assert same_structure(arrays, arrays_of(other))
    assert BlockRunner(arrays).fits(arrays_of(other))


def test_a_scenario_without_capacity_is_of_another_structure() -> None:
    form = {"days": 3, "nations": [{"id": "A", "capacity": {"men": 2.0}}]}
    one = scenario_from_dict({**form, "contributions": {"men": {}}, "behaviour": {}})
    other, none = (one.with_value("nations.A.capacity.men", units) for units in (3.0, 0.0))
    assert same_structure(arrays_of(one), arrays_of(other))
    assert not same_structure(arrays_of(one), arrays_of(none))


def test_first_days_have_no_columns_unless_they_are_asked_for() -> None:
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    block = next(BlockRunner(arrays).blocks(arrays.vector, 0, 0, 5))
    assert block.first_day.shape == (5, 0)


def test_blocks_have_the_end_alone_if_that_is_all_that_is_read() -> None:
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    whole, end = (
        next(BlockRunner(arrays).blocks(arrays.vector, 0, 0, 20, only_end=only_end))
        for only_end in (False, True)
    )
    np.testing.assert_array_equal(end.size, whole.size[:, :, -1:])
    for name in ("stage", "success_day", "force", "conditions"):
        np.testing.assert_array_equal(getattr(end, name), getattr(whole, name))


def test_too_little_memory_is_told_before_any_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError("too little")

    monkeypatch.setattr(module, "check_memory", refuse)
    monkeypatch.setattr(module, "new_workspace", lambda *_: pytest.fail("memory was taken"))
    with pytest.raises(MemoryError, match="too little"):
        BlockRunner(arrays_of(scenario_from_dict(scenario_of(PLAN))))


# Inputs that each run has of its own

WITH_LEVEL = {
    "days": 30,
    "nations": [
        {"id": name, "reliance": {"backing": share}}
        for name, share in zip("ABCDE", (0.9, 0.7, 0.5, 0.3, 0.1), strict=True)
    ],
    "conditions": {"backing": {"level": {"uniform": [0, 1]}}},
    "success": {"public_size": 2, "backing": 0.4},
}


def own_levels(levels: NDArray[np.float64]) -> tuple[Scenario, dict[str, NDArray]]:
    """A scenario with a drawn level, and its runs in which the levels are given."""
    scenario = scenario_from_dict(WITH_LEVEL)
    arrays = arrays_of(scenario)
    slots = scenario.parameter("conditions.backing.level").slots
    values = RandomValues(np.array(slots, dtype=np.int64), levels[:, None])
    blocks = BlockRunner(arrays).blocks(arrays.vector, 3, 5, len(levels), values, first_days=True)
    return scenario, joined(blocks)


def test_a_run_whose_level_is_given_is_the_run_of_the_scenario_with_that_level() -> None:
    levels = np.array([1e-9, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1 / 3, 2 / 3, 0.2])
    scenario, found = own_levels(levels)
    for number, level in enumerate(levels.tolist()):
        alone = scenario.with_value("conditions.backing.level", level)
        expected = from_run(alone, 3, 5 + number, 1)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name][number : number + 1], values, err_msg=name)


@pytest.mark.parametrize("step", [1, 4, 1024])
@pytest.mark.parametrize("counts", [True, False])
def test_points_are_the_same_runs_with_the_inputs_of_each(
    step: int, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_BLOCK", step)
    scenario, levels, n_runs = scenario_from_dict(WITH_LEVEL), np.array([0.1, 0.5, 0.9]), 3
    arrays = arrays_of(scenario)
    slots = np.array(scenario.parameter("conditions.backing.level").slots, dtype=np.int64)
    runner = BlockRunner(arrays, counts=counts)
    for _ in range(2):  # nothing is left over from those before
        given_levels = RandomValues(slots, levels[:, None])
        blocks = list(runner.points(arrays.vector, 3, 5, n_runs, given_levels))
        assert sum(len(block.stage) for block in blocks) == len(levels) * n_runs
        for field in ("size", "stage", "force", "conditions", "success_day"):
            found = np.concatenate([getattr(block, field) for block in blocks])
            for place, level in enumerate(levels):
                own = RandomValues(slots, np.full((n_runs, 1), level))
                alone = BlockRunner(arrays).blocks(arrays.vector, 3, 5, n_runs, own)
                expected = np.concatenate([getattr(block, field) for block in alone])
                of_point = found[place * n_runs : (place + 1) * n_runs]
                np.testing.assert_array_equal(of_point, expected)


def test_a_runner_that_counts_nothing_runs_any_number_of_runs() -> None:
    arrays = arrays_of(scenario_from_dict(scenario_of(PLAN)))
    quiet = BlockRunner(arrays, counts=False)
    for first_run in range(0, 3000, 1000):
        found = np.concatenate([b.size for b in quiet.blocks(arrays.vector, 1, first_run, 1000)])
        loud = BlockRunner(arrays).blocks(arrays.vector, 1, first_run, 1000)
        np.testing.assert_array_equal(found, np.concatenate([b.size for b in loud]))
