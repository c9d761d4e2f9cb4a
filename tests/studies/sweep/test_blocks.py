"""Blocks of points: the same bytes from any crew, failing points among others, soon stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest

import sim.studies.sweep.blocks as module
from sim.store.parquet import read_table
from sim.studies.design.study import Study
from sim.studies.sweep.blocks import (
    SweepPart,
    n_blocks,
    points_a_block,
    points_ahead,
    points_of,
    run_block,
    run_blocks,
)
from sim.studies.sweep.points import Worker
from sim.studies.sweep.shared_inputs import SharedInputsCache
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.made_up import made_up, study_of

LEVELS = "conditions.condition_0.level"


def parts_of(study: Study, workers: int) -> list[SweepPart]:
    return list(run_blocks(study, range(n_blocks(study)), workers))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "points_a_block", lambda _: 3)


STUDIES: dict[str, dict[str, Any]] = {
    "numbers": {"vary": {LEVELS: [0.1, 0.2, 0.3, 0.4], "ties.leaders": [1, 2]}},
    "categories": {"vary": {"events.0": ["present", "absent"], "days": [12, 14], "title": ["a"]}},
    "failing points": {"vary": {LEVELS: [0, 0.2, 0.5, 1], "commitment.value": [1, 2]}},
    "a Latin hypercube": {
        "vary": {LEVELS: {"range": [0.1, 0.9]}, "events.0": ["present", "absent"]},
        "design": "lhs",
        "points": 7,
    },
    "precision": {
        "vary": {LEVELS: [0.1, 0.5, 0.9], "nations.*.stake": [0.1, 0.9]},
        "runs": None,
        "precision": 0.15,
        "most_runs": 900,
    },
    "luck of their own": {"vary": {LEVELS: [0.1, 0.5, 0.9, 0.95]}, "common_luck": False},
}  # fmt: skip


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("keep", ["summary", "runs"])
@pytest.mark.parametrize("what", STUDIES)
def test_blocks_are_the_same_bytes_whoever_runs_them(what: str, keep: str) -> None:
    study = study_of(**{"runs": 12, "keep": keep, **STUDIES[what]})
    alone = [run_block(study, SharedInputsCache(study), block) for block in range(n_blocks(study))]
    for workers in (1, 2, 5):
        assert parts_of(study, workers) == alone
    assert [part.block for part in alone] == list(range(n_blocks(study)))
    assert sum(part.n_points for part in alone) == study.n_points
    assert all((part.runs is not None) == (keep == "runs") for part in alone)


@pytest.mark.usefixtures("small_blocks")
def test_some_of_the_blocks_are_those_of_all() -> None:
    study = study_of({LEVELS: [n / 20 for n in range(1, 19)]}, runs=7)
    whole = parts_of(study, 2)
    assert list(run_blocks(study, [4, 1, 5], 3)) == [whole[4], whole[1], whole[5]]
    assert list(run_blocks(study, [], 3)) == []


def test_threads_that_make_frames_at_once_do_not_disturb_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sim.studies.sweep.shared_inputs.MOST_SHARED", 3)
    monkeypatch.setattr("sim.studies.sweep.shared_inputs._would_thrash", lambda _: False)
    vary = {LEVELS: [0.2, 0.8], "title": [f"title {n}" for n in range(12)]}
    study = study_of(vary, runs=3)
    expected = parts_of(study, 1)
    assert [parts_of(study, 8) for _ in range(3)] == [expected] * 3


# Points that cannot be run

FAILING: dict[str, Any] = {
    LEVELS: [0, 0.2, 0.5, 1],
    "nations.N00.stake": [0.3, 2, 0.6],
}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_point_that_cannot_be_run_is_kept_with_its_reason(workers: int) -> None:
    found = sweep(study_of(FAILING, keep="runs"), workers=workers)
    bad_stake, bad_level = {1, 4, 7, 10}, {0, 1, 2, 9, 10, 11}
    assert set(found.problems) == bad_stake | bad_level
    assert found.problems[4] == "nations.N00.stake: 2 must be between 0 and 1"
    assert found.problems[0] == f"{LEVELS}: 0 must be above 0 and below 1"
    assert found.problems[10].count(";") == 1  # both reasons
    failed = np.array([number in found.problems for number in range(12)])
    assert (found.column("n_runs")[failed] == 0).all()
    for name in found.outcomes:
        assert np.isnan(found.column(name)).tolist() == failed.tolist()
        assert np.isnan(found.column(f"{name}.low")).tolist() == failed.tolist()
    assert (found.size_counts().sum(axis=1) == np.where(failed, 0, 5)).all()
    assert set(found.runs_table()["point"]) == set(range(12)) - set(found.problems)


def test_points_beside_failing_ones_are_what_they_are_without_them() -> None:
    found = sweep(study_of(FAILING), workers=2).points_table()
    good = {LEVELS: [0.2, 0.5], "nations.N00.stake": [0.3, 0.6]}
    alone = sweep(study_of(good), workers=2).points_table()
    beside = found[found["problem"].isna()].drop(columns="point").reset_index(drop=True)
    alone = alone.drop(columns="point")
    assert beside.to_dict("list") == alone.to_dict("list")


def test_points_may_fail_all() -> None:
    vary = {"nations.N00.pledge": [{"kind_0": 1e5}, {"kind_0": 2e5}], "ties.base": [1, 2]}
    base = made_up().with_changes(
        {"nations.N00.stage": "pledged", "nations.N00.capacity.kind_0": 1e6}
    )
    study = study_of(vary, base)
    study = Study(**{**study.__getstate__(), "scenario": made_up()})
    found = sweep(study)
    assert len(found.problems) == 4
    assert np.isnan(found.column("size")).all()
    assert found.size_counts().shape[0] == 4
    assert "4 points failed" in repr(found)


def test_many_problems_of_a_point_are_told_in_a_line() -> None:
    scenario = made_up(n_events=0).with_changes({"leaders": [f"N0{n}" for n in range(6)]})
    vary = {"what": [{"label": n, "set": {f"nations.N0{n}": None}} for n in "012"]}
    several = {"label": "all", "set": {f"nations.N0{n}": None for n in range(5)}}
    study = study_of({"what": [*vary["what"], several, "present"]}, scenario)
    found = sweep(study, workers=1)
    reason = found.problems[3]
    assert reason.count("cannot be absent: leaders") == 3
    assert reason.endswith("more)")
    assert "\n" not in reason


# Progress and stopping


def test_progress_is_told_point_by_point() -> None:
    study, said = study_of({LEVELS: [n / 20 for n in range(1, 19)]}), list[tuple[int, int]]()
    sweep(study, workers=3, progress=lambda *given: said.append(given))
    assert said == [(number, 18) for number in range(1, 19)]


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_ctrl_c_ends_runs_under_way_soon_and_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = study_of({"commitment.value": [1, 2, 3, 4]}, made_up(n_days=25), runs=1_000_000)
    n_threads, main, sent = threading.active_count(), threading.get_ident(), list[float]()
    before = Worker.runs

    def runs(worker: Worker, *given: Any) -> Any:
        if not sent:
            sent.append(time.perf_counter())
            signal.pthread_kill(main, signal.SIGINT)
        return before(worker, *given)

    monkeypatch.setattr(Worker, "runs", runs)
    monkeypatch.setattr(module, "MOST_RUNS_AT_ONCE", 1_000_000)  # some ten seconds
    with pytest.raises(KeyboardInterrupt):
        list(run_blocks(study, [0], 2))
    while threading.active_count() > n_threads:  # one that was just being started is not waited for
        time.sleep(0.01)
        assert time.perf_counter() - sent[0] < 5
    assert time.perf_counter() - sent[0] < 5


def test_whoever_takes_no_more_parts_ends_the_runs_as_well() -> None:
    n_threads = threading.active_count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "points_a_block", lambda _: 1)
        study = study_of({"commitment.value": list(range(20))}, runs=2000)
        parts = run_blocks(study, range(20), 2)
        next(parts)
        parts.close()
    assert threading.active_count() == n_threads


# Sizes


@pytest.mark.parametrize(
    ("runs", "n_points", "expected"),
    [(1, 10, 4096), (1000, 10, 2777), (100_000, 10, 27), (1_000_000, 10, 2)],
)
def test_a_block_is_so_many_points_as_make_two_seconds(
    runs: int, n_points: int, expected: int
) -> None:
    levels = [n / (n_points + 1) for n in range(1, n_points + 1)]
    study = study_of({LEVELS: levels}, made_up(n_nations=6, n_days=12), runs=runs)
    assert points_a_block(study) == expected


def test_a_large_sweep_has_larger_blocks_not_more_files() -> None:
    vary = {
        "commitment.value": {"range": [0, 1], "steps": 1000},
        "ties.base": {"range": [0, 1], "steps": 1000},
    }
    study = study_of(vary, made_up(n_nations=12, n_days=25), runs=1_000_000)
    assert points_a_block(study) == 50
    assert n_blocks(study) == 20_000
    numbers = [number for block in (0, 1, 19_999) for number in points_of(study, block)]
    assert numbers == [*range(100), *range(999_950, 1_000_000)]


def test_every_point_is_in_one_block() -> None:
    study = study_of({LEVELS: [n / 20 for n in range(1, 20)]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "points_a_block", lambda _: 4)
        found = [number for block in range(n_blocks(study)) for number in points_of(study, block)]
    assert found == list(range(19))


def test_of_long_points_fewer_are_handed_out_ahead() -> None:
    keys = {"runs": None, "precision": 0.1, "most_runs": 1_000_000}
    short, long = study_of({"ties.base": [1]}, runs=1000), study_of({"ties.base": [1]}, **keys)
    widest = study_of({"ties.base": [1]}, outcomes=[f"size>={n}" for n in range(40)], **keys)
    assert points_ahead(short, 2) == 8
    assert points_ahead(long, 2) == max(2, 25 // len(long.outcomes))
    assert points_ahead(widest, 2) == 2  # one thread a point
    assert points_ahead(long, 8) == 8


def test_short_points_are_handed_out_several_at_a_time_and_no_thread_waits_for_want_of_them() -> (
    None
):
    levels = [n / 400 for n in range(1, 400)]
    short, long = (study_of({LEVELS: levels}, runs=runs) for runs in (10, 200_000))
    assert (module.points_together(short, 2), module.points_together(long, 2)) == (49, 1)
    for workers in (1, 2, 7):
        assert module.points_together(short, workers) * 4 * workers <= short.n_points


def test_what_is_kept_of_a_block_reads_as_it_was() -> None:
    study = study_of({LEVELS: [0.2, 1]}, keep="runs", days=[3])
    (part,) = parts_of(study, 1)
    assert (part.n_points, part.n_failed) == (2, 1)
    table = read_table(part.points)
    assert table.column_names[:3] == ["point", LEVELS, "n_runs"]
    assert table["problem"].to_pylist()[0] is None
    assert table["size_counts@3"].to_pylist()[1] is None
    assert read_table(part.runs or b"").num_rows == 5
