"""The same scenario, seed and run number give the same bits, however they are run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.kernel.features import N_LAST, PRESSURE_EARLIER, RELIANCE, cell_index
from sim.core.kernel.memory import (
    LOG_LENGTH,
    NOW_INTEGERS,
    NOW_REALS,
    new_worlds,
    write_constants,
)
from sim.core.kernel.simulate import RandomValues, simulate_block
from sim.core.kernel.world import LANES, RunKey, Worlds
from sim.engines import batch
from sim.engines.block_runner import new_rows, new_workspace
from sim.engines.memory import sizes_of
from sim.engines.run import run
from sim.results.ensemble import join
from sim.results.records import N_BINS
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.arrays.random import drawn_values
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import differing, digest
from tests.engines.scenarios_strategy import (
    Form,
    Plan,
    draws_of_behaviour,
    resting_scenarios,
    scenario_of,
    scenarios,
)
from tests.examples import examples
from tests.results.synthetic import binned, by_day

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
SEEDS = st.integers(0, 2**64 - 1)
FIXED = settings(derandomize=True, deadline=None, max_examples=examples(60))

UNCOMPILED_PLANS = (
    Plan(n_nations=1, n_days=3, n_conditions=0, n_kinds=0, luck=1),
    Plan(n_nations=9, n_days=4, n_conditions=5, n_kinds=3, n_events=10, drawn=0.5, luck=2),
    Plan(n_nations=3, n_days=8, n_conditions=2, n_kinds=4, n_events=12, pace=0.0, luck=3),
    Plan(n_nations=5, n_days=6, n_conditions=3, n_kinds=1, n_events=16, pace=0.0, luck=4),
)
UNCOMPILED = """
from sim.engines.run import run
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import digest
from tests.engines.scenarios_strategy import scenario_of
from tests.engines.test_engines_agree import UNCOMPILED_PLANS
for plan in UNCOMPILED_PLANS:
    scenario = scenario_from_dict(scenario_of(plan))
    print(digest(run(scenario, runs=2, seed=7, workers=1).records))
"""


def check_that_engines_agree(form: Form | Scenario, seed: int, runs: int = 3) -> None:
    scenario = form if isinstance(form, Scenario) else scenario_from_dict(form)
    compiled = run(scenario, runs=runs, seed=seed, engine="batch")
    readable = run(scenario, runs=runs, seed=seed, engine="mesa")
    assert differing(compiled.records, readable.records) == []


@FIXED
@given(scenarios(), SEEDS)
def test_both_engines_give_the_same_bits(form, seed):
    check_that_engines_agree(form, seed)


@FIXED
@given(resting_scenarios(), SEEDS)
def test_both_engines_give_the_same_bits_where_days_are_skipped(form, seed):
    check_that_engines_agree(form, seed)


@FIXED
@given(scenarios(n_nations=12, n_kinds=4, n_events=30, pace=0.0), SEEDS)
def test_both_engines_give_the_same_bits_where_much_happens(form, seed):
    check_that_engines_agree(form, seed)


@FIXED
@given(scenarios(drawn=0.0), SEEDS)
def test_both_engines_give_the_same_bits_where_runs_in_step_differ_in_what_is_felt(form, seed):
    form["behaviour"].setdefault("engage", {"rate": 0.1})
    drawn = scenario_from_dict(form).with_draws(draws_of_behaviour(form))
    check_that_engines_agree(drawn, seed, runs=9)


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=2000)
@given(scenarios() | resting_scenarios(), SEEDS)
def test_both_engines_give_the_same_bits_on_thousands_of_scenarios(form, seed):
    check_that_engines_agree(form, seed)


@pytest.mark.parametrize("n_conditions", range(7))
def test_both_engines_give_the_same_bits_for_any_number_of_conditions(n_conditions):
    for luck in range(5):
        plan = Plan(n_conditions=n_conditions, n_nations=9, pace=-0.5, luck=luck)
        check_that_engines_agree(scenario_of(plan), seed=luck, runs=2)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, marks=[pytest.mark.slow] * (file not in SHIPPED[::6]), id=file.stem)
        for file in SHIPPED
    ],
)
def test_both_engines_give_the_same_bits_on_a_shipped_scenario(file):
    scenario = load_scenario(file)
    compiled = run(scenario, runs=2, seed=3)
    readable = run(scenario, runs=2, seed=3, engine="mesa")
    assert differing(compiled.records, readable.records) == []


def test_a_nation_that_events_put_in_and_out_of_pledged_on_one_day_pledges_once():
    stages = ("pledged", "left", "pledged", "left", "pledged", "outside")
    form = {
        "days": 3,
        "nations": [{"id": "POL", "capacity": {"ground": 5}}],
        "contributions": {"ground": {}},
        "behaviour": {"engage": {"rate": 1e-9}},
        "events": [{"date": 1, "move": "POL", "to": stage} for stage in stages],
    }
    compiled = run(scenario_from_dict(form), runs=20)
    assert (compiled.stage == 0).all()
    check_that_engines_agree(form, seed=0)


def test_a_pledge_is_found_however_far_the_first_guess_lies_from_it():
    form = {
        "days": 1,
        "nations": [
            {"id": "FRA", "stage": "pledged", "capacity": {"land": 19.413, "sea": 9.5388}},
        ],
        "contributions": {"land": {"cost": 3.5348}, "sea": {"cost": 1.80669}},
        "commitment": {"requirement": 36.5, "value": 132.53876, "convexity": 0.001, "token": 0},
        "behaviour": {},
    }
    land, sea = run(scenario_from_dict(form), runs=1).pledge[0, 0]
    filled_up = (
        np.sqrt(132.53876 * 0.5 * 36.5 / 1.80669) - 36.5
    )  # water-filling: convexity is small
    assert (land, sea) == pytest.approx((0.0, filled_up), abs=1e-3)
    check_that_engines_agree(form, seed=0)


def test_a_meeting_is_forgotten_on_days_on_which_nothing_else_happens():
    form = {
        "days": 40,
        "nations": [{"id": name, "stage": "willing"} for name in ("GBR", "FRA", "POL")],
        "memory": {"convened": 2.0},
        "behaviour": {"declare": {"rate": 0.01, "convened": 4.0}},
        "events": [{"date": 0, "meeting": "summit", "participants": ["GBR", "FRA"]}],
    }
    for date in (0, 5):
        form["events"][0]["date"] = date
        check_that_engines_agree(form, seed=0, runs=20)


def test_hazards_follow_a_pledge_that_a_meeting_raised():
    form = {
        "days": 60,
        "nations": [
            {"id": "GBR", "stage": "pledged", "capacity": {"ground": 50}, "pledge": {"ground": 1}},
            *({"id": name, "stage": "willing"} for name in ("FRA", "POL", "EST")),
        ],
        "contributions": {"ground": {"cost": 0.1}},
        "commitment": {"requirement": 20, "value": 200},
        "behaviour": {"declare": {"rate": 0.001, "adequacy": 4.0}},
        "events": [{"date": 3, "meeting": "summit", "participants": ["GBR"]}],
    }
    check_that_engines_agree(form, seed=0, runs=20)


def test_hazards_follow_peers_where_nothing_else_is_felt():
    form = {
        "days": 60,
        "nations": [{"id": f"N{place}", "stage": "willing"} for place in range(5)],
        "behaviour": {"declare": {"rate": 0.01, "peers": 4.0}},
    }
    check_that_engines_agree(form, seed=0, runs=20)


def test_hundreds_of_nations_that_turn_on_one_day_are_all_seen_by_those_who_watch_them():
    """More than are noted before they are counted: at the start, there and back, and out."""
    ids = [f"N{place}" for place in range(2 * LOG_LENGTH + 9)]
    public = ids[::2]
    form = {
        "days": 4,
        "nations": [{"id": name, "stage": "public" if name in public else "talks"} for name in ids],
        "ties": {"base": 0, "dyads": [list(pair) for pair in pairwise(ids)]},
        "behaviour": {"resolve": {"rate": 0.01, "peers": 4.0}},
        "events": [
            {"date": 2, "move": public, "to": "left"},
            {"date": 2, "move": public, "to": "public"},
            {"date": 3, "move": public[1:], "to": "left"},
        ],
    }
    assert len(public) > LOG_LENGTH
    check_that_engines_agree(form, seed=0)


def test_success_is_held_on_days_on_which_nothing_changes():
    form = {
        "days": 60,
        "nations": [{"id": f"N{place}", "stage": "willing"} for place in range(5)],
        "behaviour": {"declare": {"rate": 0.01}, "withdraw": {"rate": 0.02}},
        "success": {"public_size": 1, "hold": 7},
    }
    days = run(scenario_from_dict(form), runs=20).records.runs.success_day
    assert (days > 0).any()
    check_that_engines_agree(form, seed=0, runs=20)


@FIXED
@given(scenarios() | resting_scenarios(), SEEDS)
def test_the_number_of_workers_changes_no_bit(form, seed):
    scenario = scenario_from_dict(form)
    one, two, five = (
        run(scenario, runs=30, seed=seed, workers=workers).records for workers in (1, 2, 5)
    )
    assert differing(one, two) == []
    assert differing(one, five) == []


@FIXED
@given(scenarios() | resting_scenarios(), SEEDS, st.integers(1, 31))
def test_the_size_of_a_block_changes_no_bit(form, seed, largest):
    scenario = scenario_from_dict(form)
    whole = run(scenario, runs=30, seed=seed, workers=1).records
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "LARGEST_BLOCK", largest)
        patch.setattr(batch, "BLOCKS_PER_WORKER", 1)
        assert differing(whole, run(scenario, runs=30, seed=seed, workers=2).records) == []
        patch.setattr(batch, "LARGEST_BLOCK_BYTES", 1)
        assert differing(whole, run(scenario, runs=30, seed=seed, workers=1).records) == []


def litter(worlds: Worlds, arrays: Arrays, seed: int) -> None:
    """Write numbers wherever a run may leave some, each about as large as what may lie there."""
    luck, at, n_worlds = np.random.default_rng(seed), worlds.at, len(worlds.now)
    # Places beyond the last nation, and conditions that a scenario does not have, stay as they are.
    n_rows = PRESSURE_EARLIER if at.n_conditions <= N_LAST else RELIANCE
    for nation, row in product(range(at.n_nations), range(n_rows)):
        worlds.real[:, at.cells + cell_index(nation, row)] = luck.uniform(-9.0, 9.0, n_worlds)
    after = worlds.real[:, at.support_now :]
    after[:] = luck.uniform(-9.0, 9.0, after.shape)
    worlds.whole[:] = luck.integers(-9, 99, worlds.whole.shape)
    of_runs = worlds.shared[: at.value * LANES]
    of_runs[:] = luck.uniform(-9.0, 9.0, of_runs.shape)
    for names in (NOW_INTEGERS, NOW_REALS):
        for name in names:
            worlds.now[name] = luck.integers(0, 99, n_worlds)
    write_constants(worlds, arrays.structure, arrays.inputs, counts_stages=True)


@FIXED
@given(scenarios() | resting_scenarios(), SEEDS)
def test_nothing_that_lies_in_the_memory_of_a_run_changes_a_bit(form, seed):
    arrays, n_runs = arrays_of(scenario_from_dict(form)), 9
    drawn = RandomValues(*drawn_values(arrays.drawn, seed, 0, n_runs))
    found = []
    for is_littered in (False, True):
        rows, sums = new_rows(n_runs, sizes_of(arrays)), new_workspace(arrays).sums
        worlds = new_worlds(arrays.structure, arrays.inputs)
        if is_littered:
            litter(worlds, arrays, seed)
        simulate_block(worlds, RunKey(np.uint64(seed), np.uint64(0)), drawn, rows, sums)
        found.append([part.tobytes() for part in (*rows, worlds.moved, worlds.moved_by_day)])
    assert found[0] == found[1]


@FIXED
@given(scenarios() | resting_scenarios(), SEEDS, st.integers(1, 9))
def test_an_ensemble_equals_its_parts_joined(form, seed, cut):
    scenario = scenario_from_dict(form)
    whole = run(scenario, runs=10, seed=seed)
    parts = [
        run(scenario, runs=cut, seed=seed),
        run(scenario, runs=10 - cut, seed=seed, first_run=cut),
    ]
    assert differing(whole.records, join(parts).records) == []


def test_a_later_run_of_the_readable_model_is_that_of_the_compiled_one():
    scenario = scenario_from_dict(scenario_of(Plan(n_conditions=5, drawn=0.5, luck=9)))
    last = 2**63 - 3
    compiled = run(scenario, runs=3, first_run=last, seed=2**64 - 1)
    readable = run(scenario, runs=3, first_run=last, seed=2**64 - 1, engine="mesa")
    assert differing(compiled.records, readable.records) == []


@FIXED
@given(scenarios(), SEEDS)
def test_keeping_only_a_summary_changes_no_count(form, seed):
    scenario = scenario_from_dict(form)
    for engine, runs in (("batch", 20), ("mesa", 2)):
        kept = run(scenario, runs=runs, seed=seed, engine=engine).records
        summary = run(scenario, runs=runs, seed=seed, engine=engine, keep="summary").records
        assert summary.runs is None
        assert differing(replace(kept, runs=None), summary) == []


@FIXED
@given(scenarios(), SEEDS)
def test_counts_are_those_of_the_rows(form, seed):
    records = run(scenario_from_dict(form), runs=20, seed=seed).records
    rows, n_nations = records.runs, records.size_counts.shape[2] - 1
    sizes = (rows.size, rows.private_size, rows.firm_size)
    for counts, size in zip(records.size_counts, sizes, strict=True):
        assert np.array_equal(counts, by_day(size, n_nations + 1))
    stage = [(rows.stage == stage).sum(axis=0) for stage in range(7)]
    assert np.array_equal(records.stage_counts[-1], np.stack(stage, axis=-1))
    force = np.column_stack([rows.force, rows.force.sum(axis=1)])[:, None]
    assert np.array_equal(records.force_counts[-1:], binned(force, records.force_top))
    assert (records.condition_counts.sum(axis=2) == 20).all()
    assert records.condition_counts.shape[2] == N_BINS
    days = np.where(rows.success_day < 0, rows.size.shape[1], rows.success_day)
    assert np.array_equal(
        records.success_counts, np.bincount(days, minlength=records.success_counts.size)
    )


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_compilation_changes_no_bit():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", UNCOMPILED],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scenarios_run = [scenario_from_dict(scenario_of(plan)) for plan in UNCOMPILED_PLANS]
    compiled = [digest(run(scenario, runs=2, seed=7).records) for scenario in scenarios_run]
    assert done.stdout.split() == compiled


def test_coefficients_of_a_move_without_a_rate_are_felt_by_nobody():
    """A list on a day before its nations enter another stage, in which they feel no meeting."""
    names = [f"N{place}" for place in range(9)]
    scenario = scenario_from_dict(
        {
            "days": 12,
            "nations": [{"id": name, "stage": "talks"} for name in names],
            "behaviour": {
                "resolve": {"rate": 0.0, "convened": 5.0},
                "declare": {"rate": 0.02},
                "withdraw": {"rate": 0.01},
            },
            "events": [
                {"date": 2, "list": "names"},
                {"date": 3, "move": names, "to": "willing"},
                {"date": 4, "meeting": "A"},
            ],
        }
    )
    compiled, readable = (run(scenario, runs=20, seed=1, engine=e) for e in ("batch", "mesa"))
    assert differing(compiled.records, readable.records) == []


def test_a_pledge_that_an_event_lowers_is_reconsidered() -> None:
    """A nation is not taken to rest on what it chose before its pledge was stated."""
    form = {
        "days": 5,
        "nations": [{"id": "AAA", "stage": "pledged", "capacity": {"ground": 3.0}}, {"id": "BBB"}],
        "contributions": {"ground": {"cost": 0.1}},
        "commitment": {"requirement": 10.0, "value": 20.0},
        "events": [
            {"date": 2, "move": ["AAA"], "to": "public"},
            {"date": 3, "move": ["AAA"], "to": "pledged", "pledge": {"ground": 0.0}},
            {"date": 4, "requirement": 41.0},  # at which its former price would not be reached
            {"date": 4, "meeting": "A", "participants": ["AAA"]},
        ],
        "behaviour": {"declare": {"rate": 0.01}},
    }
    for pledged in (form, {**form, "events": form["events"][1:]}):
        if pledged is not form:
            pledged["nations"] = [{**form["nations"][0], "stage": "deployed"}, {"id": "BBB"}]
        check_that_engines_agree(pledged, seed=1)
        records = run(scenario_from_dict(pledged), runs=1).records.runs
        assert records.pledge[0, 0, 0] > 0.0
