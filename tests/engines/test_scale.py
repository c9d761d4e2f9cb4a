"""Thousands of nations with a few ties each: work and memory grow with nations and ties."""

from __future__ import annotations

import time
import tracemalloc
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.core.kernel.simulate import simulate_runs
from sim.core.kernel.world import RunKey
from sim.engines.block_runner import new_workspace
from sim.engines.run import run
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

N_DAYS = 20
TIES_EACH = 10
SMALL, LARGE = 2_500, 10_000


@cache
def network(n_nations: int) -> Scenario:
    """Nations with ten ties each on average, to nobody else; one in fifty starts public."""
    rng = np.random.default_rng(7)
    ends = rng.integers(0, n_nations, size=(n_nations * TIES_EACH, 2))
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    pairs = rng.permutation(pairs)[: n_nations * TIES_EACH // 2]
    ids = [f"N{place}" for place in range(n_nations)]
    stages = ["public" if place % 50 == 0 else "willing" for place in range(n_nations)]
    return scenario_from_dict(
        {
            "days": N_DAYS,
            "nations": [
                {"id": name, "stage": stage} for name, stage in zip(ids, stages, strict=True)
            ],
            "ties": {"base": 0, "dyads": [[ids[one], ids[other]] for one, other in pairs]},
            "behaviour": {"declare": {"rate": 0.005, "peers": 6.0}},
        }
    )


@cache
def network_arrays(n_nations: int) -> Arrays:
    return arrays_of(network(n_nations))


def seconds_a_run(n_nations: int) -> float:
    """Least time of one run in the kernel, of several."""
    arrays = network_arrays(n_nations)
    worlds, sums = new_workspace(arrays)
    times = []
    for number in range(12):
        begin = time.perf_counter()
        simulate_runs(1, worlds, RunKey(np.uint64(1), np.uint64(number)), sums)
        times.append(time.perf_counter() - begin)
    return min(times)


def peak_bytes(scenario: Scenario, **options: Any) -> int:
    """Most memory that three runs take beside the scenario."""
    run(scenario, runs=1, workers=1)
    tracemalloc.start()
    run(scenario, runs=3, workers=1, **options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.slow
def test_the_ties_of_a_sparse_network_take_one_entry_each():
    for n_nations in (SMALL, LARGE):
        ties = network_arrays(n_nations).structure.ties
        assert ties.watcher.size == ties.extra.size == n_nations * TIES_EACH
        assert not ties.base.any()


def test_ten_thousand_nations_with_ten_ties_each_run():
    ensemble = run(network(LARGE), runs=4, seed=1)
    assert ensemble.size.shape == (4, N_DAYS + 1)
    assert (ensemble.size[:, 0] == LARGE // 50).all()
    assert (np.diff(ensemble.size, axis=1) >= 0).all()
    assert (ensemble.size[:, -1] > LARGE // 10).all()


def test_the_example_of_neighbours_counts_in_a_large_network():
    """Those with a public neighbour from the start declare sooner than those without."""
    ties = network_arrays(LARGE).structure.ties
    watched = np.repeat(np.arange(LARGE), np.diff(ties.start))
    seen = np.zeros(LARGE, dtype=bool)
    seen[ties.watcher[watched % 50 == 0]] = True
    willing = np.arange(LARGE) % 50 != 0
    declared = (run(network(LARGE), runs=4, seed=2).first_day[:, :, 3] > 0).mean(axis=0)
    assert declared[seen & willing].mean() > declared[~seen & willing].mean() + 0.03


@pytest.mark.slow
def test_memory_grows_with_the_number_of_nations_and_no_faster():
    worlds = {
        n_nations: new_workspace(network_arrays(n_nations)).worlds for n_nations in (SMALL, LARGE)
    }
    for part in ("real", "whole", "moved"):
        small, large = (getattr(worlds[n_nations], part).nbytes for n_nations in (SMALL, LARGE))
        assert large <= small * LARGE / SMALL * 1.01
    assert peak_bytes(network(LARGE)) < peak_bytes(network(SMALL)) * LARGE / SMALL * 1.25


@pytest.mark.slow
def test_half_a_year_of_ten_thousand_nations_is_not_counted_by_stage_unless_asked():
    """The counts by day, nation and stage would take 51 MB, more than all else."""
    scenario = network(LARGE).with_changes({"days": 180})
    fewer, all_stages = (
        peak_bytes(scenario, keep="summary", stage_counts=asked) for asked in (None, True)
    )
    assert fewer < 60e6
    assert fewer < all_stages - 40e6


def test_work_grows_with_the_number_of_nations_and_no_faster():
    """A quadratic step would make it sixteenfold; caches and a busy machine may double it."""
    seconds_a_run(SMALL)
    for _ in range(3):
        ratio = seconds_a_run(LARGE) / seconds_a_run(SMALL)
        if ratio < 2.0 * LARGE / SMALL:
            return
    pytest.fail(f"{LARGE} nations take {ratio:.1f} times as long as {SMALL}")
