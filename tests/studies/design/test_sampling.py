"""Latin hypercubes and Sobol sequences fill the space that they are to fill."""

from __future__ import annotations

import math
from collections import Counter
from threading import Thread
from time import sleep
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.scenario.distribution import Distribution
from sim.studies.design.sampling import unit_points
from sim.studies.design.study import Design, Study
from sim.studies.design.values import Option, Varied
from tests.examples import examples
from tests.studies.sweep.made_up import made_up, study_of

FIXED = settings(derandomize=True, deadline=None, max_examples=examples(40))


def labels_of(study: Study) -> list[NDArray]:
    """What each path takes at the points, in their order."""
    points = [study.point(number).labels for number in range(study.n_points)]
    return [np.array(column) for column in zip(*points, strict=True)]


@given(st.integers(1, 6), st.integers(1, 70), st.integers(0, 2**64 - 1))
@FIXED
def test_a_latin_hypercube_has_one_point_in_each_stratum_of_each_dimension(
    n_varied: int, n_points: int, seed: int
) -> None:
    points = unit_points("lhs", n_varied, n_points, seed)
    assert points.shape == (n_points, n_varied)
    for column in points.T:
        assert sorted(np.floor(column * n_points).astype(int)) == list(range(n_points))


@given(st.integers(1, 6), st.integers(0, 7), st.integers(0, 2**64 - 1))
@FIXED
def test_a_sobol_sequence_has_as_many_points_in_every_half_quarter_and_so_on(
    n_varied: int, power: int, seed: int
) -> None:
    n_points = 2**power
    points = unit_points("sobol", n_varied, n_points, seed)
    for column in points.T:
        assert sorted(np.floor(column * n_points).astype(int)) == list(range(n_points))
    if n_varied > 1 and power > 1:
        quarters = Counter(map(tuple, np.floor(points[:, :2] * 2).astype(int)))
        assert set(quarters.values()) == {n_points // 4}


def test_a_design_follows_from_its_seed() -> None:
    for design in ("lhs", "sobol"):
        one, same, other = (unit_points(design, 3, 16, seed) for seed in (5, 5, 6))
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)
        assert np.unique(np.concatenate([one, other]), axis=0).shape == (32, 3)


def test_designs_are_set_up_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = [0], [0]

    class Sampler(stats.qmc.Sobol):
        def __init__(self, *arguments: Any, rng: Any) -> None:
            assert isinstance(rng, np.random.Generator)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            sleep(0.02)
            inside[0] -= 1
            super().__init__(*arguments)

    monkeypatch.setattr(stats.qmc, "Sobol", Sampler)
    threads = [Thread(target=unit_points, args=("sobol", 3, 8, 0)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_the_seed_of_a_design_is_not_that_of_the_runs(design: str) -> None:
    vary = {"commitment.value": {"range": [0, 1]}}
    one = study_of(vary, design=design, points=8, seed=1)
    other = study_of(vary, design=design, points=8, seed=2)
    assert np.array_equal(labels_of(one)[0], labels_of(other)[0])
    moved = study_of(vary, design=design, points=8, seed=1, design_seed=1)
    assert not np.array_equal(labels_of(one)[0], labels_of(moved)[0])


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_lists_and_categories_take_equal_parts(design: str) -> None:
    vary = {
        "nations.N00.stage": ["talks", "willing"],
        "commitment.value": [1, 2, 4, 8],
        "ties.base": [1, 2, 3],
    }
    words, numbers, thirds = labels_of(study_of(vary, design=design, points=64))
    assert Counter(words.tolist()) == {"talks": 32, "willing": 32}
    assert Counter(numbers.tolist()) == dict.fromkeys([1, 2, 4, 8], 16)
    assert {20, 21, 22} >= set(Counter(thirds.tolist()).values())
    if design == "lhs":  # one third of 63 is 21
        (thirds,) = labels_of(study_of({"ties.base": [1, 2, 3]}, design=design, points=63))
        assert set(Counter(thirds.tolist()).values()) == {21}


def test_whole_numbers_of_a_list_stay_whole_and_can_be_run() -> None:
    study = study_of({"days": [12, 20, 30]}, design="lhs", points=6)
    points = [study.point(number) for number in range(6)]
    assert {type(point.labels[0]) for point in points} == {int}
    assert sorted(study.scenario_at(point).days for point in points) == [12, 12, 20, 20, 30, 30]


def test_a_range_is_filled_evenly_from_end_to_end() -> None:
    (values,) = labels_of(
        study_of({"commitment.value": {"range": [10, 20]}}, design="lhs", points=50)
    )
    assert sorted(np.floor((values - 10) * 5).astype(int)) == list(range(50))


def test_a_range_on_a_log_axis_is_filled_evenly_there() -> None:
    vary = {"commitment.value": {"range": [1e-3, 1e3], "spacing": "log"}}
    study = study_of(vary, design="lhs", points=60)
    (values,) = labels_of(study)
    assert sorted(np.floor((np.log10(values) + 3) * 10).astype(int)) == list(range(60))
    assert study.varied[0].is_number


def test_a_distribution_is_met_at_its_quantiles_and_kept_to_its_field() -> None:
    vary = {
        "nations.N00.support": {"normal": [0.9, 0.3]},
        "nations.*.stake": {"beta": [2, 5]},
        "nations.N01.threshold": {"triangular": [-1, 0, 3]},
        "commitment.value": {"lognormal": [3, 0.5]},
    }
    normal, beta, triangular, lognormal = labels_of(study_of(vary, design="lhs", points=400))
    kept = stats.truncnorm((0 - 0.9) / 0.3, (1 - 0.9) / 0.3, 0.9, 0.3)
    exact = [kept, stats.beta(2, 5), stats.triang(0.25, -1, 4), stats.lognorm(0.5, 0, math.exp(3))]
    for values, law in zip((normal, beta, triangular, lognormal), exact, strict=True):
        shares = law.cdf(values)
        assert sorted(np.floor(shares * 400).astype(int)) == list(range(400))
    assert 0 < normal.min() < normal.max() < 1


def test_a_distribution_that_the_base_has_already_is_kept_to_its_field_too() -> None:
    wide = {"normal": [0.5, 3]}
    scenario = made_up().with_changes({"nations.N00.support": wide, "nations.N01.support": wide})
    study = study_of({"nations.N00.support": wide}, scenario, design="lhs", points=30)
    (values,) = labels_of(study)
    assert 0 < values.min() < values.max() < 1
    assert study.scenario_at(study.point(3)).nations[1].support == scenario.nations[1].support


def test_a_distribution_of_a_field_that_is_never_drawn_is_not_kept() -> None:
    study = study_of({"ties.base": {"normal": [1, 1]}}, design="lhs", points=40)
    (values,) = labels_of(study)
    assert values.min() < 0 < values.max()  # points below 0 fail, each with its reason


def test_the_ends_of_a_drawn_design_are_those_of_its_points() -> None:
    vary = {
        "commitment.value": {"range": [0, 1]},
        "ties.base": [3, 1, 2],
        "nations.N00.stage": ["talks", "willing"],
    }
    for points in (1, 2, 16):
        study = study_of(vary, design="lhs", points=points)
        for column, (least, most) in zip(labels_of(study)[:2], study.ends, strict=False):
            assert (least.label, most.label) == (column.min(), column.max())


def test_shares_at_the_very_ends_are_values_like_others() -> None:
    shares = np.array([0.0, 2.0**-60, 0.5, 1 - 2.0**-53])
    listed = Varied("a", (Option(1, {"a": 1}), Option(2, {"a": 2}), Option(5, {"a": 5})))
    assert [listed.drawn_option(each).label for each in listed.drawn(shares)] == [1, 1, 2, 5]
    drawn = Varied("a", distribution=Distribution("normal", (0.0, 1.0)))
    values = drawn.drawn(shares)
    assert np.isfinite(values).all()
    assert values[2] == 0.0
    assert shares[0] == 0.0  # what is handed over is not changed


def test_the_number_of_points() -> None:
    varied = [Varied("a", (Option(1, {}),) * 3), Varied("b", (Option(1, {}),) * 4)]
    assert Study(made_up(), tuple(varied)).n_points == 12
    assert Study(made_up(), tuple(varied), Design("sobol", 16)).n_points == 16
