"""Runs by the thousand: their laws, success, and what is kept of them."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.core.kernel.memory import new_worlds
from sim.core.kernel.simulate import RandomValues, bin_of, simulate_block
from sim.core.kernel.world import LANES, RunKey
from sim.engines.block_runner import new_rows, new_workspace
from sim.engines.memory import sizes_of
from sim.results.records import Records
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.arrays.random import drawn_values
from tests.core.kernel.restless import worlds
from tests.core.kernel.worlds import SURE, nation, small
from tests.core.pace import FEW, at_pace

ANCHORS = Path(__file__).parents[2] / "anchors"
COUNTED = [field.name for field in fields(Records) if field.name != "runs"]


def assert_same_counts(one, other):
    """Counts over runs are the same bits."""
    for name in COUNTED:
        assert np.array_equal(getattr(one.records, name), getattr(other.records, name)), name


def test_a_constant_hazard_gives_the_chain_binomial_day_by_day():
    """Thirty nations with a hazard of 0.05 a day, against the exact mean, and law on day 20."""
    anchor = json.loads((ANCHORS / "pure_hazard.json").read_text())
    runs, rate = at_pace(4_000, 60), anchor["hazard_per_day"]
    nations = [nation(f"N{spot}", "willing") for spot in range(anchor["n_nations"])]
    world = small(nations, days=at_pace(100, 25), behaviour={"declare": {"rate": rate}})
    size = sim.run(world, runs=runs, seed=1, workers=1).size
    for row in anchor["by_day"]:
        if row["t"] <= world.days:
            error = 4.5 * row["sd"] / np.sqrt(runs)
            assert abs(size[:, row["t"]].mean() - row["mean"]) < error
    # sizes 13 to 24 each, and the two tails, so that every class is expected often enough
    law = np.array(anchor["dist_t20"]) * runs
    expected = [law[:14].sum(), *law[14:24], law[24:].sum()]
    counts = np.bincount(size[:, 20], minlength=law.size)
    observed = [counts[:14].sum(), *counts[14:24], counts[24:].sum()]
    assert stats.chisquare(observed, expected).pvalue > 1e-5


def test_competing_moves_follow_the_law_of_competing_risks():
    """With hazards a and b the first day is geometric and a wins with chance a / (a + b)."""
    runs, forward, leave = at_pace(20_000, 100), 0.3, 0.5
    behaviour = {"declare": {"rate": forward}, "decline": {"willing": {"rate": leave}}}
    world = small([nation("A", "willing")], days=3, behaviour=behaviour)
    first_day = sim.run(world, runs=runs, seed=2, workers=1).first_day[:, 0]
    survival = np.exp(-(forward + leave) * np.arange(4))
    observed, expected = [np.sum((first_day[:, [3, 6]] < 0).all(axis=1))], [survival[3]]
    for stage, rate in ((3, forward), (6, leave)):
        for day in (1, 2, 3):
            observed.append(np.sum(first_day[:, stage] == day))
            expected.append((survival[day - 1] - survival[day]) * rate / (forward + leave))
    assert stats.chisquare(observed, np.array(expected) * runs).pvalue > 1e-5


@pytest.mark.parametrize(("speed", "days"), [(0.1, 60), (0.5, 20)])
def test_conditions_end_in_their_stationary_law_run_by_run(speed, days):
    """Independent runs that start at the target; what a run this short misses is below 1e-5."""
    volatility, level, runs = 0.4, 0.3, at_pace(4_000, 50)
    conditions = {"one": {"level": level, "speed": speed, "volatility": volatility}}
    ends = sim.run(small(["A"], days, conditions=conditions), runs=runs, workers=1).conditions
    odds = np.log(ends[:, 0] / (1 - ends[:, 0]))
    target, variance = np.log(level / (1 - level)), volatility**2 / (speed * (2 - speed))
    assert abs(odds.mean() - target) < 4.5 * np.sqrt(variance / runs)
    assert abs(((odds - target) ** 2).mean() - variance) < 4.5 * variance * np.sqrt(2 / runs)
    assert stats.kstest((odds - target) / np.sqrt(variance), "norm").pvalue > 1e-5
    assert abs(ends.mean() - level) > 0.001  # the mean of X is not the level


@FEW
@given(worlds(), st.integers(0, 2**64 - 1))
def test_blocks_and_threads_change_no_bit(world, seed):
    whole = sim.run(world, runs=6, seed=seed, workers=1)
    threads = sim.run(world, runs=6, seed=seed, workers=3)
    assert_same_counts(whole, threads)
    later = sim.run(world, runs=2, seed=seed, workers=1, first_run=4)
    for name in whole.records.runs.kept():
        rows = getattr(whole.records.runs, name)
        assert np.array_equal(rows, getattr(threads.records.runs, name)), name
        assert np.array_equal(rows[4:], getattr(later.records.runs, name)), name


@FEW
@given(worlds(), st.integers(0, 2**64 - 1))
def test_runs_that_are_noted_are_counted_the_same(world, seed):
    noted = [sim.run(world, runs=6, seed=seed, workers=n_workers) for n_workers in (1, 3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.engines.batch.MOST_NOTED", 0)
        counted = sim.run(world, runs=6, seed=seed, workers=1)
    for each in noted:
        assert_same_counts(each, counted)


@FEW
@given(worlds(), st.integers(0, 2**63))
def test_how_many_runs_are_in_step_changes_no_bit(world, seed):
    arrays, n_runs = arrays_of(world), 9
    drawn = RandomValues(*drawn_values(arrays.drawn, seed, 0, n_runs))
    found = []
    for most in (1, 3, LANES):
        rows, sums = new_rows(n_runs, sizes_of(arrays)), new_workspace(arrays).sums
        worlds = new_worlds(arrays.structure, arrays.inputs, most)
        simulate_block(worlds, RunKey(np.uint64(seed), np.uint64(0)), drawn, rows, sums)
        counted = [part for name, part in sums._asdict().items() if name != "noted"]  # scratch
        found.append([part.tobytes() for part in (*rows, *counted, worlds.moved)])
    assert found[0] == found[1] == found[2]


@FEW
@given(worlds())
def test_keeping_a_summary_alone_changes_no_count(world):
    assert_same_counts(*(sim.run(world, runs=3, workers=1, keep=k) for k in ("runs", "summary")))


def test_success_is_the_first_day_of_the_first_stretch_that_is_long_enough():
    moves = [(2, "public"), (3, "talks"), (5, "public"), (8, "talks")]
    world = small(
        ["A"],
        days=12,
        events=[{"date": date, "move": "A", "to": to} for date, to in moves],
        success={"public_size": 1, "hold": 3},
    )
    days = {
        hold: int(sim.run(world.with_changes({"success.hold": hold}), 1, workers=1).success_day[0])
        for hold in (1, 2, 3, 4)
    }
    assert days == {1: 2, 2: 5, 3: 5, 4: -1}


def test_success_waits_for_the_members_and_the_breadth_that_it_names():
    world = small(
        [nation("A", "public"), nation("B", "talks"), nation("C", "talks")],
        ties={"groups": {"one": ["A", "B"], "two": ["C"]}},
        events=[{"date": 1, "move": "C", "to": "public"}, {"date": 3, "move": "B", "to": "public"}],
        success={"public_size": 1, "hold": 1},
    )
    for wanted, day in (
        ({"members": ["A", "B"]}, 3),
        ({"members": ["C"]}, 1),
        ({"groups_covered": 0.5}, 0),
        ({"groups_covered": 1}, 1),
    ):
        goals = world.with_changes({f"success.{name}": value for name, value in wanted.items()})
        assert sim.run(goals, runs=1, workers=1).success_day.tolist() == [day], wanted


def test_success_may_begin_on_day_0_and_the_stretch_may_end_with_the_run():
    held = small([nation("A", "public")], days=4, success={"public_size": 1, "hold": 4})
    late = small(
        ["A"],
        days=4,
        events=[{"date": 3, "move": "A", "to": "public"}],
        success={"public_size": 1, "hold": 2},
    )
    assert sim.run(held, runs=1, workers=1).success_day.tolist() == [0]
    assert sim.run(late, runs=1, workers=1).success_day.tolist() == [3]
    assert sim.run(late, runs=1, workers=1).records.success_counts.tolist() == [0, 0, 0, 1, 0, 0]


def test_every_threshold_must_hold_on_the_same_day():
    """The condition is met up to day 3 and from day 6 on, the share met from day 4 on."""
    stated = {"ground": 15}
    world = small(
        [nation("A", capacity=stated)],
        days=9,
        contributions={"ground": {}},
        commitment={"requirement": 30},
        conditions={"one": {"level": 0.6}, "two": {"level": 0.1}},
        events=[
            {"date": 4, "signal": "one", "shift": -2, "days": 2},
            {"date": 4, "move": "A", "to": "pledged", "pledge": stated},
        ],
        success={"one": 0.5, "requirement_share": 0.5, "hold": 1},
    )
    assert sim.run(world, runs=1, workers=1).success_day.tolist() == [6]
    more = world.with_changes({"success.requirement_share": 0.51})
    assert sim.run(more, runs=1, workers=1).success_day.tolist() == [-1]


def test_without_thresholds_no_run_succeeds():
    world = small([nation("A", "public")], days=2)
    assert sim.run(world, runs=2, workers=1).records.success_counts.tolist() == [0, 0, 0, 2]


def test_drawn_inputs_are_those_of_each_run():
    """A rate that is either far below or far above any threshold."""
    world = small(
        [nation("A", "willing", stake={"uniform": [0, 1]})],
        days=1,
        behaviour={"declare": {"rate": 1.0, "stake": 1e6}},
    )
    arrays = arrays_of(world)
    ensemble = sim.run(world, runs=20, seed=8, workers=1)
    drawn = [inputs_of_run(arrays, 8, run).stake[0] for run in range(20)]
    assert (ensemble.size[:, 1] == 1).tolist() == [stake > 0.5 for stake in drawn]
    assert 0 < ensemble.size[:, 1].sum() < 20


def test_a_value_on_the_edge_of_the_range_falls_in_the_last_bin():
    assert bin_of(0.0, 10.0, 10) == 0
    assert bin_of(0.55, 10.0, 10) == 5
    assert bin_of(1.0, 10.0, 10) == bin_of(7.0, 10.0, 10) == 9


def test_the_order_of_nations_in_the_file_changes_no_nation_s_fate():
    names = [f"N{spot}" for spot in range(9)]
    behaviour = {
        "resolve": {"rate": 0.3, "disposition": 1.0},
        "declare": {"rate": 0.2, "peers": 3.0, "momentum": 2.0},
        "pledge": SURE,
        "withdraw": {"rate": 0.05, "defection": 4.0},
    }
    ties = {"groups": {"g": {"members": names[2:6], "weight": 3}}}
    worlds = [
        small([nation(n, "talks") for n in order], 12, behaviour=behaviour, ties=ties)
        for order in (names, names[::-1])
    ]
    one, other = (sim.run(world, runs=at_pace(50, 5), seed=5, workers=1) for world in worlds)
    assert np.array_equal(one.first_day, other.first_day[:, ::-1])
    assert np.array_equal(one.size, other.size)
    assert one.size[:, -1].any()
