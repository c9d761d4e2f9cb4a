"""Runs of a page: the bits of `sim.run` and `sim.compare`, kept within bounds, stopped at once."""

from __future__ import annotations

from dataclasses import fields
from threading import Event

import numpy as np
import pytest

import sim
from sim.app.exploration import Blocks, Exploration, Stopped, block_of, bytes_of_block
from sim.results.ensemble import Ensemble
from sim.results.records import Records
from sim.scenario.files.yaml import parse
from sim.scenario.load import scenario_from_tree
from sim.scenario.schema import Scenario
from tests.cli.tracing import SMALL

SIZES = (30, 300, 700)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenario_from_tree(parse(SMALL, "small.yaml")[0], "", None, [])


def assert_same(one: Ensemble, other: Ensemble) -> None:
    """The same runs, to the last bit."""
    assert (one.n_runs, one.seed, one.scenario.digest) == (
        other.n_runs,
        other.seed,
        other.scenario.digest,
    )
    for field in fields(Records):
        if field.name.endswith("_counts"):
            ours, theirs = (getattr(each.records, field.name, None) for each in (one, other))
            assert (ours is None) == (theirs is None), field.name
            assert ours is None or np.array_equal(ours, theirs), field.name
    assert one.records.runs is not None
    assert other.records.runs is not None
    for name, rows in other.records.runs.kept().items():
        assert np.array_equal(getattr(one.records.runs, name), rows, equal_nan=True), name


def test_frames_are_the_first_runs_to_the_last_bit(base: Scenario) -> None:
    changed = base.with_value("conditions.backing.level", 0.3)
    work = Exploration(base, changed, seed=3, sizes=SIZES)
    for size, found in zip(SIZES, work.steps(Blocks(1e8), Event()), strict=True):
        assert_same(found.ensemble, sim.run(changed, runs=size, seed=3))
        assert_same(found.base, sim.run(base, runs=size, seed=3))


@pytest.mark.parametrize("days", [40, 25, 55])
def test_differences_are_those_of_compare_also_where_lengths_differ(
    base: Scenario, days: int
) -> None:
    changed = base.with_changes({"conditions.backing.level": 0.3, "days": days})
    *_, found = Exploration(base, changed, 3, SIZES).steps(Blocks(1e8), Event())
    compared = sim.compare({"base": base, "changed": changed}, runs=SIZES[-1], seed=3)
    assert found.changes is not None
    theirs = compared.difference("changed")
    assert [*found.changes] == ["size", "success"]
    for name, change in found.changes.items():
        assert change == theirs.outcome(name)


def test_the_same_scenario_has_no_difference_and_is_run_once(base: Scenario) -> None:
    for found in Exploration(base, base, 0, SIZES).steps(Blocks(1e8), Event()):
        assert found.changes is None
        assert found.base is found.ensemble


def test_blocks_of_the_base_are_kept_and_their_memory_is_bounded(base: Scenario) -> None:
    a_block = bytes_of_block(base, 20)
    kept = Blocks(2.5 * a_block)
    first = kept.get(base, 0, range(20), Event())
    assert kept.get(base, 0, range(20), Event()) is first
    for seed in range(1, 6):
        kept.get(base, seed, range(20), Event())
        assert kept.n_bytes <= 2.5 * a_block
    assert kept.get(base, 5, range(20), Event()) is kept.get(base, 5, range(20), Event())
    assert kept.get(base, 0, range(20), Event()) is not first


def test_a_block_that_is_too_large_is_not_kept(base: Scenario) -> None:
    kept = Blocks(1.0)
    kept.get(base, 0, range(20), Event())
    assert kept.n_bytes == 0


def test_runs_stop_between_blocks(base: Scenario) -> None:
    stop = Event()
    steps = Exploration(base, base, 0, (100, 1_000_000)).steps(Blocks(1e9), stop)
    assert next(steps).ensemble.n_runs == 100
    stop.set()
    with pytest.raises(Stopped):
        next(steps)
    with pytest.raises(Stopped):
        block_of(base, 0, range(10), stop)
