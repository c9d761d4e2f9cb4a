"""What is kept of a point: its runs are those of the engines, its estimates those of the books."""

from __future__ import annotations

import math
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.engines.run import run
from sim.results.ensemble import Ensemble
from sim.results.estimates import quantiles
from sim.scenario.load import scenario_from_dict
from sim.studies.design.outcomes import Outcome, find_outcomes
from sim.studies.design.study import Study
from sim.studies.sweep.blocks import run_blocks
from sim.studies.sweep.points import (
    StoppedError,
    Worker,
    estimates_of,
    half_width,
    is_precise,
    names_of,
    rank,
    recorded,
)
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.shared_inputs import SharedInputsCache
from sim.studies.sweep.sweep import sweep
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples
from tests.studies.sweep.made_up import made_up, study_of

FIXED = settings(derandomize=True, deadline=None, max_examples=examples(25))
MEAN, CHANCE = Outcome("size", "size"), Outcome("success", "success")

# Estimates


def test_a_mean_by_hand() -> None:
    values = np.array([5.0, 3.0, 9.0, 3.0, 5.0])
    mean, error, low, high, q05, median, q95 = estimates_of(MEAN, values)
    assert (mean, q05, median, q95) == (5.0, 3.0, 5.0, 9.0)
    assert error == pytest.approx(math.sqrt(6 / 5), rel=1e-15)  # squares 0 4 16 4 0, over 4, over 5
    assert high - mean == pytest.approx(2.7764451051977987 * math.sqrt(6 / 5), rel=1e-14)
    assert mean - low == pytest.approx(high - mean, rel=1e-14)
    assert half_width(MEAN, values) == pytest.approx(high - mean, rel=1e-14)


@pytest.mark.parametrize("n_hits", [0, 1, 11, 50, 99, 100])
def test_a_chance_has_the_interval_of_wilson(n_hits: int) -> None:
    values = np.repeat([1.0, 0.0], [n_hits, 100 - n_hits])
    chance, error, low, high = estimates_of(CHANCE, values)
    share, z = n_hits / 100, stats.norm.ppf(0.975)
    assert (chance, error) == (share, math.sqrt(share * (1 - share) / 100))
    ends = np.roots([1 + z**2 / 100, -(2 * share + z**2 / 100), share**2])  # of the equation
    assert (low, high) == pytest.approx(sorted(ends.real), abs=1e-9)
    assert half_width(CHANCE, values) == (high - low) / 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
@FIXED
def test_a_mean_has_the_interval_of_student(values: list[float]) -> None:
    found = estimates_of(MEAN, np.array(values))
    mean, error = np.mean(values), stats.sem(values)
    assert found[0] == pytest.approx(mean, rel=1e-12, abs=1e-9)
    assert found[1] == pytest.approx(error, rel=1e-9, abs=1e-9)
    half = error * stats.t(len(values) - 1).ppf(0.975)
    assert found[2:4] == pytest.approx([mean - half, mean + half], rel=1e-9, abs=1e-6)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=300), st.sampled_from([0.05, 0.5, 0.95]))
@FIXED
def test_quantiles_are_those_of_the_ensembles(sizes: list[int], q: float) -> None:
    counts = np.bincount(sizes, minlength=13)[None, :]
    (expected,) = quantiles(counts, np.arange(13.0), q)
    ordered = np.sort(np.array(sizes, dtype=np.float64))
    assert ordered[rank(q, len(sizes))] == expected
    named = dict(zip(names_of(MEAN), estimates_of(MEAN, ordered[::-1].copy()), strict=True))
    assert named[{0.05: "size.q05", 0.5: "size.median", 0.95: "size.q95"}[q]] == expected


def test_a_single_run_has_a_mean_and_no_error() -> None:
    found = estimates_of(MEAN, np.array([7.0]))
    assert found[0] == 7.0
    assert np.isnan(found[1:4]).all()
    assert found[4:] == [7.0, 7.0, 7.0]
    assert half_width(MEAN, np.array([7.0])) == math.inf
    assert estimates_of(CHANCE, np.array([1.0]))[:2] == [1.0, 0.0]


@pytest.mark.parametrize("value", [0.1, 1 / 49, 1e-300, 12345.678, 0.0])
def test_what_is_the_same_in_every_run_is_its_mean_to_the_bit(value: float) -> None:
    for n_runs in (2, 3, 49, 1000):
        found = estimates_of(MEAN, np.full(n_runs, value))
        assert found == [value, 0.0, value, value, value, value, value]
        assert half_width(MEAN, np.full(n_runs, value)) == 0.0


# Runs

ASKED = (
    *("success", "size", "private_size", "firm_size", "peak_size", "force", "force.kind_1"),
    *("conditions.condition_0", "public.N02", "size@5", "size@5>=2", "force>=0.5"),
)


def expected_of(ensemble: Ensemble) -> dict[str, NDArray]:
    """The outcomes of each run of an ensemble."""
    size, force = ensemble.size, ensemble.force
    stage = ensemble.stage[:, 2]
    return {
        "success": ensemble.success_day >= 0,
        "size": size[:, -1],
        "private_size": ensemble.private_size[:, -1],
        "firm_size": ensemble.firm_size[:, -1],
        "peak_size": size.max(axis=1),
        "force": force.sum(axis=1),
        "force.kind_1": force[:, 1],
        "conditions.condition_0": ensemble.conditions[:, 0],
        "public.N02": (stage >= 3) & (stage <= 5),
        "size@5": size[:, 5],
        "size@5>=2": size[:, 5] >= 2,
        "force>=0.5": force.sum(axis=1) >= 0.5,
    }


def check_against_runs(found: Sweep, n_runs: int) -> None:
    """Compare every number of a sweep with ensembles of its points' scenarios."""
    for number in range(found.n_points):
        point = found.study.point(number)
        first = found.study.first_run(number)
        ensemble = run(
            found.study.scenario_at(point),
            n_runs,
            seed=found.study.seed,
            workers=1,
            first_run=first,
        )
        assert found.column("first_run")[number] == first
        for name, values in expected_of(ensemble).items():
            if name not in found.outcomes:
                continue
            names = names_of(found.outcome(name))
            expected = estimates_of(found.outcome(name), values.astype(np.float64))
            assert [found.column(each)[number] for each in names] == expected, name
        sizes = np.bincount(ensemble.size[:, -1], minlength=len(ensemble.nations) + 1)
        assert found.size_counts()[number].tolist() == sizes.tolist()
        sizes = np.bincount(ensemble.size[:, 5], minlength=len(ensemble.nations) + 1)
        assert found.size_counts(5)[number].tolist() == sizes.tolist()


VARY: dict[str, Any] = {
    "conditions.condition_0.level": [0.2, 0.7],
    "ties.leaders": [1, 3],
    "events.0": ["present", "absent"],
}


@pytest.mark.parametrize("common_luck", [True, False])
@pytest.mark.parametrize("drawn", [0.0, 0.5])
def test_the_numbers_of_a_point_are_those_of_its_runs(drawn: float, common_luck: bool) -> None:
    scenario = made_up(drawn=drawn, luck=16, pace=0.0).with_changes(
        {"success": {"public_size": 2, "hold": 1}, "conditions.condition_0.level": 0.5}
    )
    keys = {"runs": 30, "seed": 9, "days": [5], "common_luck": common_luck}
    study = study_of(VARY, scenario, outcomes=list(ASKED), **keys)
    found = sweep(study, workers=2)
    assert not found.problems
    check_against_runs(found, 30)
    assert len(set(found.column("size").tolist())) > 1


@given(scenarios(n_nations=5, n_kinds=2, n_conditions=1, n_days=9), st.integers(0, 2**64 - 1))
@FIXED
def test_the_numbers_of_made_up_scenarios_are_those_of_their_runs(form: Form, seed: int) -> None:
    scenario = scenario_from_dict({**form, "success": None})
    vary = {"nations.*.stake": [0.25, 0.5], "commitment.value": [0, 40.5]}
    study = study_of(vary, scenario, runs=6, seed=seed, days=[5])
    check_against_runs(sweep(study, workers=1), 6)


def test_long_points_are_cut_into_stints_that_change_no_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = study_of({"commitment.value": list(range(40))}, runs=43, keep="runs", days=[5])
    whole = [part.points + (part.runs or b"") for part in run_blocks(study, [0], 1)]
    monkeypatch.setattr("sim.studies.sweep.blocks.MOST_RUNS_AT_ONCE", 10)
    for workers in (1, 3):
        cut = [part.points + (part.runs or b"") for part in run_blocks(study, [0], workers)]
        assert cut == whole


def test_runs_of_all_points_are_the_same_under_the_same_luck() -> None:
    base = made_up()
    value = base.commitment.value
    study = study_of({"commitment.value": [value, value + 1], "title": ["a", "b"]}, base, runs=40)
    found = sweep(study, workers=1)
    rows = found.points_table()[list(found.outcomes)].to_numpy()
    assert (rows[0] == rows[1]).all()  # another title, the same runs
    (alone,) = (
        sweep(study_of({"commitment.value": [value]}, base, runs=40))
        .points_table()[list(found.outcomes)]
        .to_numpy()
    )
    assert (rows[0] == alone).all()


def test_runs_of_their_own_luck_are_never_the_same() -> None:
    keys = {"runs": 25, "common_luck": False, "keep": "runs"}
    found = sweep(study_of({"title": ["a", "b", "c"]}, made_up(pace=-0.5, luck=8), **keys))
    table = found.runs_table()
    assert table["run"].tolist() == list(range(75))
    assert table["point"].tolist() == np.repeat([0, 1, 2], 25).tolist()
    rows = table.drop(columns=["point", "run"]).to_numpy().reshape(3, -1)
    assert not (rows[0] == rows[1]).all()
    assert not (rows[1] == rows[2]).all()


# Precision


def precise(width: float, of: str, **keys: Any) -> tuple[Study, Sweep]:
    keys = {"precision": width, "precision_of": of, "most_runs": 3000, "keep": "runs", **keys}
    vary = {"conditions.condition_0.level": [0.05, 0.5, 0.95], "nations.*.stake": [0.1, 0.9]}
    scenario = made_up(luck=7, pace=0.0)
    study = study_of(vary, scenario, runs=None, **keys)
    return study, sweep(study, workers=2)


@pytest.mark.parametrize(
    ("of", "width"), [("size", 0.2), ("size>=3", 0.02), ("force", 0.4), ("size@3", 0.05)]
)
def test_a_point_is_run_until_it_is_precise_or_has_its_most_runs(of: str, width: float) -> None:
    study, found = precise(width, of)
    runs = found.column("n_runs")
    halves = (found.column(f"{of}.high") - found.column(f"{of}.low")) / 2
    assert ((halves <= width * (1 + 1e-12)) | (runs == 3000)).all()
    round_before = {400: 200, 800: 400, 1600: 800, 3000: 1600}
    assert set(runs.tolist()) <= {200, *round_before}
    place = found.outcomes.index(of)
    for number in np.flatnonzero(runs > 200):
        before = _values(found, number)[: round_before[runs[number]], place]
        assert half_width(study.base_outcomes[place], before) > width


def _values(found: Sweep, number: int) -> NDArray:
    table = found.runs_table()
    rows: NDArray = table[table["point"] == number].drop(columns=["point", "run"]).to_numpy()
    return rows


@pytest.mark.parametrize("common_luck", [True, False])
def test_the_runs_of_later_rounds_are_new_ones(common_luck: bool) -> None:
    study, found = precise(0.2, "size", common_luck=common_luck)
    runs = found.column("n_runs")
    assert runs.max() > 200
    for number in np.flatnonzero(runs > 200).tolist():
        scenario, first = study.scenario_at(study.point(number)), study.first_run(number)
        expected = run(scenario, int(runs[number]), seed=study.seed, workers=1, first_run=first)
        sizes = _values(found, number)[:, found.outcomes.index("size")]
        assert sizes.tolist() == expected.size[:, -1].tolist()


def test_a_more_precise_point_begins_with_the_runs_of_a_less_precise_one() -> None:
    _, rough = precise(0.3, "size")
    _, fine = precise(0.12, "size")
    more = fine.column("n_runs") > rough.column("n_runs")
    assert more.any()
    for number in range(rough.n_points):
        before, after = _values(rough, number), _values(fine, number)
        assert (before == after[: len(before)]).all()


def test_what_never_varies_needs_as_many_runs_as_leave_little_unseen() -> None:
    fixed = {"nations.*.stage": "outside", "nations.*.pledge": None, "events": []}
    _, found = precise(1e-9, "size@0", most_runs=100_000, set=fixed)
    assert set(found.column("n_runs")) == {6400}  # 200 doubled until there are 5,000
    assert set(found.column("size@0.mc_error")) == {0.0}


@pytest.mark.parametrize(("chance", "more"), [(0.005, 20.0), (0.002, 30.0), (0.01, 15.0)])
def test_a_mean_that_seldom_varies_is_not_taken_for_exact(chance: float, more: float) -> None:
    """Five runs that depart hold the interval near its level: 89 % or more, not 31 to 83 %."""
    rng, precision, held, n_tries = np.random.default_rng(3), 0.05, 0, 300
    for _ in range(n_tries):
        values = 20 + more * (rng.random(102_400) < chance)
        n_runs = 200
        while not is_precise(MEAN, values[:n_runs], precision):
            n_runs *= 2
        low, high = estimates_of(MEAN, values[:n_runs])[2:4]
        held += low <= 20 + chance * more <= high
    assert held / n_tries > 0.85


@pytest.mark.parametrize("of", ["size>=0", "size>=1000"])
def test_a_chance_of_0_or_1_is_precise_when_wilson_says_so(of: str) -> None:
    _, found = precise(0.004, of)
    z = stats.norm.ppf(0.975)
    halves = {n: z**2 / (n + z**2) / 2 for n in (200, 400, 800)}
    n_runs = min(n for n, half in halves.items() if half <= 0.004)
    assert set(found.column("n_runs")) == {n_runs}


def test_most_runs_below_the_first_round_are_kept_to() -> None:
    _, found = precise(1e-9, "size", most_runs=37)
    assert set(found.column("n_runs")) == {37}


def test_runs_of_their_own_luck_do_not_overlap_whatever_their_number() -> None:
    study, found = precise(0.12, "size", common_luck=False)
    ends = found.column("first_run") + found.column("n_runs")
    assert (ends[:-1] <= found.column("first_run")[1:]).all()
    assert found.column("first_run").tolist() == [3000 * n for n in range(study.n_points)]


# Workers


def test_a_worker_that_nobody_waits_for_ends_early() -> None:
    study, stop = study_of({"commitment.value": [1]}, runs=5000), Event()
    worker = Worker(study, SharedInputsCache(study), stop)
    worker.runs(study.point(0), 0, 10)
    stop.set()
    with pytest.raises(StoppedError):
        worker.runs(study.point(0), 0, 5000)


def test_a_worker_keeps_its_memory_while_the_structure_is_the_same() -> None:
    vary = {"nations.*.stake": [0.1, 0.2], "days": [12, 13], "title": ["a", "b"]}
    study = study_of(vary)
    worker, runners = Worker(study, SharedInputsCache(study)), []
    for number in range(study.n_points):
        worker.records([study.point(number)])
        runners.append(worker._runner)
    assert [one is other for one, other in pairwise(runners)] == [
        *(True, False, True, False),
        *(True, False, True),
    ]


def test_the_outcomes_of_single_runs_are_dropped_unless_they_are_kept() -> None:
    for keep, shape in (("summary", (0, 0)), ("runs", (5, 1))):
        study = study_of({"commitment.value": [1]}, outcomes=["size"], keep=keep)
        runs = Worker(study, SharedInputsCache(study)).all_runs(study.point(0))
        record = recorded(study, study.point(0), find_outcomes(["size"], made_up()), [runs])
        assert record.runs is not None
        assert record.runs.values.shape == shape
        assert record.n_runs == 5
