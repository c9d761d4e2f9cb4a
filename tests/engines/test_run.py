"""What `sim.run` accepts, what it refuses, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.engines.memory import bytes_of_counts, sizes_of
from sim.engines.run import EnsembleRun
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import differing

LARGEST = 2**64 - 1


@pytest.fixture(scope="module")
def scenario():
    return scenario_from_dict(
        {"days": 5, "nations": ["GBR", "FRA"], "behaviour": {"engage": {"rate": 0.3}}}
    )


@pytest.mark.parametrize(
    ("argument", "wrong", "message"),
    [
        ("runs", 0, "runs: 0 must be at least 1"),
        ("runs", -3, "runs: -3 must be at least 1"),
        ("seed", -1, r"seed: -1 must be from 0 to 2\*\*64 - 1"),
        ("seed", 2**64, r"seed: 18446744073709551616 must be from 0 to 2\*\*64 - 1"),
        ("first_run", -1, "first_run: -1 must be"),
        ("workers", 0, "workers: 0 must be at least 1"),
        ("workers", -2, "workers: -2 must be at least 1"),
        ("engine", "gpu", "engine: 'gpu' must be one of batch, mesa"),
        ("engine", None, "engine: None must be one of batch, mesa"),
        ("keep", "all", "keep: 'all' must be one of runs, summary"),
        ("keep", None, "keep: None must be one of runs, summary"),
    ],
)
def test_an_argument_out_of_range_is_named_with_what_is_allowed(scenario, argument, wrong, message):
    with pytest.raises(ValueError, match=message):
        sim.run(scenario, **{"runs": 1, argument: wrong})


@pytest.mark.parametrize("argument", ["runs", "seed", "first_run", "workers"])
@pytest.mark.parametrize("wrong", [1.5, "3", float("nan"), [1]])
def test_what_is_no_whole_number_is_refused_by_name(scenario, argument, wrong):
    with pytest.raises(ValueError, match=f"{argument}: .* must be"):
        sim.run(scenario, **{"runs": 1, argument: wrong})


@pytest.mark.parametrize("argument", ["runs", "seed", "first_run"])
def test_a_number_is_not_optional(scenario, argument):
    with pytest.raises(ValueError, match=f"{argument}: None must be"):
        sim.run(scenario, **{"runs": 1, argument: None})


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_runs_may_not_go_on_past_the_last_run_number(scenario, engine):
    last = sim.run(scenario, runs=2, first_run=2**63 - 2, engine=engine)
    assert last.runs_table()["run"].tolist() == [2**63 - 2, 2**63 - 1]
    with pytest.raises(ValueError, match=r"first_run: \d+ must be .*2\*\*63"):
        sim.run(scenario, runs=3, first_run=2**63 - 2, engine=engine)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 - 1, 2**63, LARGEST])
def test_every_seed_of_64_bits_runs_alike_on_both_engines(scenario, seed):
    compiled = sim.run(scenario, runs=4, seed=seed)
    readable = sim.run(scenario, runs=4, seed=seed, engine="mesa")
    assert differing(compiled.records, readable.records) == []


def test_seeds_far_apart_give_different_runs(scenario):
    seeds = (0, 1, 2**32, 2**63, LARGEST)
    days = {sim.run(scenario, runs=200, seed=seed).first_day.tobytes() for seed in seeds}
    assert len(days) == len(seeds)


@pytest.mark.parametrize("whole", [np.int64, np.int32, np.uint64, np.uint8])
def test_whole_numbers_of_numpy_are_whole_numbers(scenario, whole):
    plain = sim.run(scenario, runs=3, seed=5, first_run=2, workers=2)
    numpy_s = sim.run(scenario, runs=whole(3), seed=whole(5), first_run=whole(2), workers=whole(2))
    assert differing(plain.records, numpy_s.records) == []


def test_the_ensemble_says_how_it_was_run(scenario):
    ensemble = sim.run(scenario, runs=3, seed=4, engine="mesa", keep="summary", first_run=6)
    assert (ensemble.n_runs, ensemble.seed, ensemble.first_run) == (3, 4, 6)
    assert (ensemble.engine, ensemble.keep, ensemble.n_days) == ("mesa", "summary", 5)
    assert ensemble.scenario is scenario


def test_first_run_is_the_number_of_the_first_run(scenario):
    ten, last = sim.run(scenario, runs=10, seed=4), sim.run(scenario, runs=1, seed=4, first_run=9)
    assert np.array_equal(ten.first_day[9:], last.first_day)


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_progress_grows_to_the_number_of_runs(scenario, engine):
    told = []
    sim.run(
        scenario,
        runs=25,
        engine=engine,
        workers=2,
        progress=lambda done, all_runs: told.append((done, all_runs)),
    )
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert told[-1] == (25, 25)
    assert {all_runs for _, all_runs in told} == {25}


def test_an_error_in_progress_stops_the_runs(scenario):
    def interrupt(done, all_runs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.run(scenario, runs=1000, progress=interrupt)


@pytest.mark.parametrize("engine", ["batch", "mesa"])
@pytest.mark.parametrize("keep", ["runs", "summary"])
def test_runs_that_are_stopped_leave_the_first_ones_whole(engine, keep, scenario, monkeypatch):
    def interrupt(done, all_runs):
        if done >= 10:
            raise KeyboardInterrupt

    monkeypatch.setattr("sim.engines.batch.LARGEST_BLOCK", 4)
    monkeypatch.setattr(
        "sim.engines.run.NATION_DAYS_OF_MESA", 4 * len(scenario.nations) * scenario.days
    )
    asked = {"seed": 5, "engine": engine, "keep": keep, "first_run": 3}
    work = EnsembleRun(scenario, runs=60, workers=2, **asked)
    with pytest.raises(KeyboardInterrupt):
        work.run(interrupt)
    found = work.done()
    assert 8 <= found.n_runs < 60
    whole = sim.run(scenario, runs=found.n_runs, **asked)
    assert found.engine == whole.engine
    assert (found.seed, found.first_run, found.keep) == (5, 3, keep)
    for name in ("size_counts", "stage_counts", "condition_counts", "force_counts"):
        assert np.array_equal(getattr(found.records, name), getattr(whole.records, name))
    if keep == "runs":
        assert np.array_equal(found.size, whole.size)
        assert np.array_equal(found.pledge, whole.pledge)


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_what_is_done_can_be_asked_for_again(engine, scenario):
    work = EnsembleRun(scenario, runs=20, workers=2, engine=engine)
    work.run()
    found, again = work.done(), work.done()
    expected = sim.run(scenario, runs=20, workers=1, engine=engine).records
    assert differing(found.records, expected) == differing(again.records, expected) == []


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_runs_that_are_stopped_before_the_first_block_leave_nothing(engine, scenario):
    assert EnsembleRun(scenario, runs=5, engine=engine).done() is None


def test_arrays_of_an_ensemble_cannot_be_written_to(scenario):
    with pytest.raises(ValueError, match="read-only"):
        sim.run(scenario, runs=2).size[0, 0] = 7


def test_a_block_that_fails_ends_the_ensemble_with_its_error(monkeypatch):
    """And not with threads that wait for each other's memory for ever."""

    def fail(*_arguments):
        raise MemoryError("no room for rows")

    monkeypatch.setattr("sim.engines.block_runner.BlockRunner.fill", fail)
    with pytest.raises(MemoryError, match="no room"):
        sim.run(sim.load_scenario("paris_2025"), runs=64, workers=2)


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_counts_that_no_memory_holds_are_refused_before_they_are_made(engine, monkeypatch):
    monkeypatch.setattr("sim.engines.memory.LITTLE_MEMORY", 0)
    monkeypatch.setattr("sim.engines.memory.free_bytes", lambda: 10**6)
    with pytest.raises(MemoryError, match=r"37 nations over 180 days need 0\.0 GB"):
        sim.run(sim.load_scenario("paris_2025"), runs=2, engine=engine)


def test_threads_that_are_never_started_need_no_memory(scenario, monkeypatch):
    """Nine runs are two blocks of eight at most, so that no more than two threads count by day."""
    arrays = arrays_of(scenario)
    free = bytes_of_counts(sizes_of(arrays), workers=2)
    monkeypatch.setattr("sim.engines.memory.LITTLE_MEMORY", free - 1)
    monkeypatch.setattr("sim.engines.memory.free_bytes", lambda: free)
    assert sim.run(scenario, runs=9, workers=500).n_runs == 9
    monkeypatch.setattr("sim.engines.memory.free_bytes", lambda: free - 1)
    with pytest.raises(MemoryError, match="ask for fewer days, nations or workers"):
        sim.run(scenario, runs=9, workers=500)


@pytest.mark.parametrize("asked", ["yes", 2.5, 2])
def test_stage_counts_are_asked_for_by_yes_or_no(scenario, asked):
    with pytest.raises(ValueError, match=r"stage_counts: .* must be True, False or None"):
        sim.run(scenario, runs=1, stage_counts=asked)


def test_records_can_be_shown_whatever_they_count(scenario):
    for asked in (True, False):
        assert "Records" in repr(sim.run(scenario, runs=1, stage_counts=asked).records)
