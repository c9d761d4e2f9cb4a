"""A tipping point whole: exact laws, classic thresholds, two paths, folders that resume."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from experiments.tipping.study import SHARES, Model, by_interpolation
from sim.core.stages import PUBLIC
from sim.report.tipping import tipping_blocks, tipping_json
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.store.folder import ResultsError
from sim.studies.design.outcomes import OutcomeError
from sim.studies.jobs.folder import JobsFolder
from sim.studies.tipping.level_runs import LevelRuns
from sim.studies.tipping.levels import AlongError
from sim.studies.tipping.tables import table_rows
from tests.exact.test_thresholds import N_PERSONS, crowd, kuran_thresholds
from tests.studies.sweep.folders import bytes_in
from tests.studies.tipping.mean_field import PATH as BACKING
from tests.studies.tipping.mean_field import mean_field
from tests.studies.tipping.one_nation import PATH, chance, level_of, one_nation

PARIS = load_scenario("paris_2025")

EQUAL_RUNS = 890
"""Of a grid of 41 levels of Paris along US backing, whose intervals are as wide as those of 1,000
runs that are bisected."""


@pytest.mark.parametrize("pressure", [6.0, -6.0])
def test_the_curve_and_the_quantiles_are_those_of_the_exact_law(pressure: float) -> None:
    found = sim.tipping(one_nation(pressure), PATH, runs=1500, seed=2)
    assert found.rises == (pressure > 0)
    curve = found.chances()
    exact = chance(curve.level, pressure)
    assert ((curve.band_low <= exact) & (exact <= curve.band_high)).all()
    within = (curve.low <= exact) & (exact <= curve.high)
    assert within.mean() > 0.8
    for quantile in found.quantiles:
        level = level_of(quantile.share if found.rises else 1 - quantile.share, pressure)
        if not found.levels.low < level < found.levels.high:
            assert abs(quantile.level) == inf
            continue
        at = found.thresholds.quantile(quantile.share, 1 - 1e-5)
        assert at.low <= level <= at.high
    assert found.scan.not_monotone().mean == 0
    assert found.scan.missed().mean == 0
    assert found.n_made == 1500 * 14 + 40 * 36


def test_each_run_has_the_threshold_of_its_own_draw() -> None:
    """Rerun next to its threshold on both sides, a run joins on one of them."""
    scenario = one_nation()
    found = sim.tipping(scenario, PATH, runs=12, seed=9).thresholds
    values = found.levels.values
    for run, (below, above) in enumerate(zip(found.below, found.above, strict=True)):
        if 0 <= below < found.levels.last:
            sizes = [
                sim.run(scenario.with_value(PATH, float(values[at])), 1, 9, first_run=run).size
                for at in (below, above)
            ]
            assert [int(size[0, -1]) for size in sizes] == [0, 1]


@pytest.mark.slow
def test_intervals_of_the_whole_way_cover_as_often_as_they_say() -> None:
    hits, scenario = list[bool](), one_nation()
    for seed in range(200):
        found = sim.tipping(scenario, PATH, runs=120, seed=seed, scanned=1)
        hits += [each.low <= level_of(each.share) <= each.high for each in found.quantiles[:4]]
    assert 0.92 <= np.mean(hits) <= 0.985  # exact intervals of a discrete count cover a bit more


def test_the_riot_of_granovetter_turns_at_the_threshold_of_its_second_person() -> None:
    """One person who waits for two others instead of one ends it: that is at 1 / 99."""
    scenario = crowd(range(N_PERSONS), N_PERSONS + 2)
    found = sim.tipping(scenario, {"nations.P1.threshold": (0, 0.05)}, "size>=50", runs=8)
    assert not found.rises
    middle = found.quantile(0.5)
    assert middle.level == pytest.approx(1 / 99, abs=1e-4)  # the rate of 1e30 moves it by 7e-5
    assert middle.high - middle.low < 1e-4 or middle.low == -inf
    assert found.thresholds.share_always == found.thresholds.share_never == 0


@pytest.mark.parametrize(("case", "others"), [("A", 2), ("A_prime", 1)])
def test_the_society_of_kuran_turns_where_one_actor_is_less_afraid(case: str, others: int) -> None:
    """From A to A' the second actor follows one other instead of two, and nearly all follow."""
    thresholds = kuran_thresholds(case)
    assert thresholds[1] == others
    found = sim.tipping(
        crowd(thresholds, 15), {"nations.P1.threshold": (0, 0.5)}, "size>=9", runs=8
    )
    assert found.quantile(0.5).level == pytest.approx(1 / 9, abs=4e-4)
    by_nation = {each.nation: each for each in found.nations}
    assert by_nation["P0"].thresholds.share_never == 0  # it is public at every level
    assert by_nation["P2"].thresholds.quantile(0.5).level == pytest.approx(1 / 9, abs=0.0125)


@pytest.mark.parametrize("path", [PATH, "events.0.date", "success.public_size=0:1", "days=20:90"])
def test_a_run_that_is_scanned_has_the_threshold_that_bisection_finds(path: str) -> None:
    """It begins with what the scan has found, on the very levels that bisection tries first."""
    scenario = one_nation(
        success={"public_size": 1, "x": {"at_least": 0.3, "at_most": 0.8}, "hold": 1}
    ).with_changes({"events": [{"date": 9, "signal": "x", "shift": 1.0}]})
    few, many = (sim.tipping(scenario, path, runs=60, scanned=n, seed=2) for n in (7, 60))
    np.testing.assert_array_equal(few.thresholds.below, many.thresholds.below)
    np.testing.assert_array_equal(few.thresholds.above, many.thresholds.above)
    assert few.slices[0][2:] == many.slices[0][2:]
    np.testing.assert_array_equal(few.scan.holds, many.scan.holds[:7])


def test_it_takes_less_than_two_fifths_of_the_runs_of_a_grid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it is asked for by default, with the scan; see the next test for the grid."""
    n_made, read = 0, LevelRuns.read

    def counted(self: LevelRuns, seed: int, first: int, values: Any, what: Any) -> Any:
        nonlocal n_made
        n_made += len(values)
        return read(self, seed, first, values, what)

    monkeypatch.setattr(LevelRuns, "read", counted)
    found = sim.tipping("paris_2025", "conditions.us_backing.level")
    assert found.n_runs == 1000
    assert n_made == found.n_made <= 0.4 * 41 * EQUAL_RUNS


@pytest.mark.slow
def test_a_grid_of_so_many_runs_has_no_narrower_intervals() -> None:
    """Of the levels of three chances, over twelve lucks, by straight lines between its points."""
    model = Model(PARIS)
    halves = np.zeros((2, len(SHARES)))
    for seed in range(1, 13):
        thresholds, outcomes = model.bisected(seed, 1000), model.grid(seed, EQUAL_RUNS)
        for place, share in enumerate(SHARES):
            found = thresholds.quantile(share), by_interpolation(model, outcomes, share)
            halves[:, place] += [(each.high - each.low) / 2 for each in found]
    assert (halves[0] <= halves[1]).all()


def test_success_between_two_bounds_is_found_though_it_fails_at_both_ends() -> None:
    scenario = one_nation(success={"x": {"at_least": 0.4, "at_most": 0.7}, "hold": 1})
    found = sim.tipping(scenario, PATH, runs=40, scanned=40)
    assert found.scan.not_monotone().mean == 1
    assert found.quantile(0.5).level == pytest.approx(0.4, abs=0.001)
    assert found.thresholds.share_never == 0


def test_a_sharpened_root_is_narrower_and_contains_the_exact_one() -> None:
    rough = sim.tipping(one_nation(), PATH, runs=400, seed=1)
    found = sim.tipping(one_nation(), PATH, runs=400, seed=1, sharpen=0.5, precision=0.01)
    assert found.quantiles == rough.quantiles
    root = found.sharpened
    assert root is not None
    assert (root.is_reached, root.fits) == (True, True)
    assert root.low < level_of(0.5) < root.high
    assert root.high - root.low < (rough.quantile(0.5).high - rough.quantile(0.5).low) / 2
    assert found.n_made == rough.n_made + root.n_runs
    beyond = sim.tipping(one_nation(), {PATH: (0.01, 0.3)}, runs=50, sharpen=0.9).sharpened
    assert beyond is not None
    assert (beyond.level, beyond.n_runs) == (inf, 0)


@pytest.mark.parametrize("asked_chance", [0.8, 0.2])
def test_a_root_where_the_outcome_falls_is_that_of_the_chance_itself(asked_chance: float) -> None:
    found = sim.tipping(one_nation(-6.0), PATH, runs=300, seed=3, sharpen=asked_chance)
    root = found.sharpened
    assert root is not None
    assert (found.rises, root.chance) == (False, asked_chance)
    assert root.level == pytest.approx(level_of(asked_chance, -6.0), abs=2 * (root.high - root.low))
    assert f"is {100 * asked_chance:g} % at {root.level:.2f}"[:-1] in str(tipping_blocks(found))
    assert tipping_json(found)["sharpened"]["chance"] == asked_chance


def test_by_default_the_precision_of_a_log_path_is_a_share_of_its_own_way() -> None:
    root = sim.tipping(one_nation(), {PATH: (0.01, 0.99, "log")}, runs=100, sharpen=0.5).sharpened
    assert root is not None
    assert root.precision == pytest.approx(0.005 * np.log(99) * level_of(0.5), rel=0.2)
    linear = sim.tipping(one_nation(), {PATH: (0.2, 0.8)}, runs=100, sharpen=0.5).sharpened
    assert linear is not None
    assert linear.precision == pytest.approx(0.005 * 0.6)


def test_where_all_runs_turn_at_one_level_it_is_found_to_many_digits() -> None:
    found = sim.tipping(
        crowd(range(10), 12), {"nations.P1.threshold": (0, 0.5)}, "size>=5", 20, sharpen=0.5
    )
    assert found.sharpened is not None
    assert found.sharpened.level == pytest.approx(1 / 9 + 69e-6, abs=5e-6)


def test_along_two_paths_the_even_chances_are_those_of_the_exact_law() -> None:
    form = one_nation().full()
    form["conditions"]["z"] = {"level": 0.5}
    form["nations"][0]["sensitivity"] = {"x": 6, "z": 3}
    scenario = scenario_from_dict(form)
    found = sim.tipping(scenario, [PATH, "conditions.z.level=0.2:0.8"], runs=500, scanned=20)
    assert len(found.slices) == 11
    for each, (at, quantile) in zip(found.slices, found.even(), strict=True):
        exact = level_of(0.5) - 3 * (at - 0.5) / 6
        sure = each.thresholds.quantile(0.5, 1 - 1e-5)
        assert sure.low <= exact <= sure.high
        assert quantile.low < quantile.level < quantile.high
    assert found.nations == ()
    assert found.n_made == 11 * 500 * 13 + 20 * 36


def test_up_and_down_a_falling_outcome_is_lost_first_and_gained_again() -> None:
    """The mean field with its condition the other way round has the same loop."""
    mirrored = mean_field(150, 0.05, peers=3, pressure=-2, low=0.2, days=40)
    mirrored = mirrored.with_changes({"nations.*.stage": "public"})
    found = sim.tipping(
        mirrored, {BACKING: (0.2, 0.8)}, "size>=75", runs=8, scanned=1, back=True, ramp=1600
    )
    assert not found.rises
    assert found.hysteresis is not None
    assert found.hysteresis.outcome == "size>=75"
    assert found.hysteresis.is_more_than_lag()
    up, down = found.hysteresis.quantiles()[0]
    assert up.level > 0.55
    assert down.level < 0.45


# In folders


def asked(out: Path | None = None, **more):
    options = {"runs": 80, "scanned": 16, "sharpen": 0.5, "precision": 0.02, "back": True}
    return sim.tipping(one_nation(), PATH, **{**options, "ramp": 20, "out": out, **more})


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.jobs.study.NATION_DAYS_A_JOB", 20 * 14 * 24)


@pytest.mark.usefixtures("small_jobs")
def test_the_result_is_the_same_in_memory_in_a_folder_and_opened_again(tmp_path: Path) -> None:
    found, kept = asked(), asked(tmp_path / "one", workers=1)
    assert asked(tmp_path / "two", workers=2).n_made == found.n_made
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "two")
    opened = sim.load_tipping(tmp_path / "one")
    for each in (kept, opened):
        assert table_rows(each) == table_rows(found)
        assert each.sharpened == found.sharpened
    assert opened.command == kept.command
    assert repr(opened) == "<Tipping of success along conditions.x.level: 80 runs, seed 0>"
    assert opened.table().loc[0.99, "share"] > 0.9


@pytest.mark.usefixtures("small_jobs")
@pytest.mark.parametrize("most", [0, 2, 7])
def test_a_stopped_study_goes_on_to_the_same_bytes(
    tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(tmp_path / "whole", workers=1)
    write, written = JobsFolder.write, []

    def stop(self, number, columns):
        if len(written) == most:
            raise KeyboardInterrupt
        written.append(number)
        write(self, number, columns)

    with monkeypatch.context() as patch:
        patch.setattr(JobsFolder, "write", stop)
        with pytest.raises(KeyboardInterrupt):
            asked(tmp_path / "out", workers=1)
    if most:
        with pytest.raises(ResultsError, match="holds a tipping point that is not finished"):
            sim.load_tipping(tmp_path / "out")
    asked(tmp_path / "out")
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


def test_dates_and_ranges_of_its_own_are_stored_as_numbers(tmp_path: Path) -> None:
    dates = (np.datetime64("2025-03-12"), np.datetime64("2025-03-20"))
    ranges = {"events.leaders_call.date": dates}
    found = sim.tipping(PARIS, ranges, "size>=18", runs=8, out=tmp_path / "dates")
    assert json.loads((tmp_path / "dates" / "tipping.json").read_text())["options"]["along"] == [
        ["events.leaders_call.date", [2, 10]]
    ]
    assert sim.load_tipping(tmp_path / "dates").quantiles == found.quantiles
    own = sim.tipping(one_nation(), PATH, runs=8, out=tmp_path / "own")
    given = sim.tipping(one_nation(), {PATH: (0.01, 0.99)}, runs=8, out=tmp_path / "own")
    assert own.quantiles == given.quantiles


def test_more_workers_and_a_cluster_make_no_difference(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with (
        distributed.LocalCluster(
            **options, dashboard_address=":0", local_directory=str(tmp_path), protocol="tcp"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        asked(tmp_path / "dask", dask=client)
    asked(tmp_path / "threads")
    assert bytes_in(tmp_path / "dask") == bytes_in(tmp_path / "threads")


# What makes no sense


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"outcome": "size"},
            "must be one that is true or not in a run, such as success or size>=",
        ),
        ({"outcome": "public.*"}, "must be one that is true or not"),
        ({"scanned": 2000}, "scanned: 2000 must be at least 1 and at most the runs, 10"),
        ({"sharpen": 1.0}, "sharpen: 1.0 must be a chance above 0 and below 1"),
        ({"precision": 0.1}, "precision: it is for a root to sharpen"),
        ({"sharpen": 0.5, "precision": 0.0}, "precision: 0.0 must be above 0"),
        ({"ramp": 100}, "ramp: it is for the way back"),
        ({"back": True, "outcome": "public.POL"}, "up and down, it must be success"),
        ({"along": []}, "along: 0 paths; one makes a curve, two a plane"),
        ({"along": ["tempo=1:2", "commitment.token", "climate=-1:1"]}, "3 paths"),
        ({"along": "tempo"}, "tempo has no range of its own"),
        ({"along": "success.public_size", "sharpen": 0.5}, "has 38 levels and none between"),
        ({"along": "ties.leaders=1:5", "sharpen": 0.5}, "has 41 levels and none between"),
        ({"along": "nations.POL.stake", "back": True}, "no event moves it within a run"),
        (
            {"along": ["tempo=1:2", "commitment.token"], "sharpen": 0.5},
            "a plane of two paths has no way back and no root to sharpen",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_run(options, said: str) -> None:
    given = {"along": "conditions.us_backing.level", "runs": 10, **options}
    with pytest.raises(AlongError, match=said.replace("(", r"\(").replace(">=", ">=")):
        sim.tipping(PARIS, **given)


def test_outcomes_that_there_are_not_are_refused() -> None:
    without = PARIS.with_changes({"success": None})
    with pytest.raises(OutcomeError, match=r"no thresholds for it; give another outcome, such as"):
        sim.tipping(without, "conditions.us_backing.level", runs=10)
    with pytest.raises(OutcomeError, match="unknown outcome 'sucess'"):
        sim.tipping(PARIS, "conditions.us_backing.level", "sucess", runs=10)
    with pytest.raises(OutcomeError, match="day 100 must be at most the last day, 30"):
        sim.tipping(PARIS, "days=30:120", "size@100>=20", runs=10)
    assert sim.tipping(without, "tempo=1:2", "size>=18", runs=8).outcome == "size>=18"


def test_two_paths_to_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="which nations"):
        sim.tipping(PARIS, ["nations.POL.stake", "nations.*.stake"], runs=10)


@pytest.mark.parametrize("stage", ["public", "left"])
def test_nations_that_cannot_move_turn_nowhere(stage: str) -> None:
    form = {
        "days": 5,
        "nations": [{"id": "A", "stage": stage}, {"id": "B", "stage": stage}],
        "conditions": {"x": {"level": 0.5}},
        "behaviour": {"from": None},
        "success": {"public_size": 2, "hold": 1},
    }
    found = sim.tipping(scenario_from_dict(form), PATH, runs=6, sharpen=0.5)
    assert found.quantile(0.5).level == (-inf if stage == "public" else inf)
    assert (found.sharpened.n_runs, found.scan.not_monotone().mean) == (0, 0)
    assert PUBLIC == 3


def test_a_level_that_the_scenario_draws_counts_for_nothing() -> None:
    drawn = one_nation().with_value(PATH, {"uniform": [0.2, 0.3]})
    found = sim.tipping(drawn, PATH, runs=60, seed=4)
    assert found.quantiles == sim.tipping(one_nation(), PATH, runs=60, seed=4).quantiles
    jointly = one_nation().with_draws({PATH: [0.2, 0.9]})
    assert sim.tipping(jointly, PATH, runs=60, seed=4).quantiles == found.quantiles
