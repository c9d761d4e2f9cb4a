"""Scores by their definitions, and baselines that learn what is there to learn."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from sim.calibration.backtest.baselines import Standing, base_rate, hazard_a_day, log_loss, logistic
from sim.calibration.backtest.scores import area_under_curve, scores
from sim.calibration.poisson_binomial import sizes_of_independent


def standing(joined: Any, covariate: Any = None, days: int = 100, share: float = 0.1) -> Standing:
    joined = np.array(joined, dtype=float)
    column = np.zeros(joined.size) if covariate is None else np.array(covariate, dtype=float)
    names = tuple(f"N{n}" for n in range(joined.size))
    return Standing(names, column[:, None], share, np.zeros(joined.size), days, joined)


def test_scores_of_a_forecast_by_their_definitions() -> None:
    chance, joined = np.array([0.9, 0.4, 0.2, 0.6]), np.array([1.0, 0.0, 0.0, 1.0])
    sizes = sizes_of_independent(chance)
    draws = np.random.default_rng(1).random((50_000, 4)) < chance
    found = scores(chance, sizes, draws, joined)
    assert found.log == pytest.approx(-np.log([0.9, 0.6, 0.8, 0.6]).mean())
    assert found.brier == pytest.approx(np.mean((chance - joined) ** 2))
    assert found.auc == 1.0
    counts = range(sizes.size)
    apart = sum(
        sizes[a] * sizes[b] * abs(a - b) / 2.0 for a, b in itertools.product(counts, counts)
    )
    away = sum(sizes[a] * abs(a - 2) for a in counts)
    assert found.crps == pytest.approx((away - apart) / 4.0)
    ways = np.array(list(itertools.product((0, 1), repeat=4)))
    weight = np.where(ways, chance, 1.0 - chance).prod(axis=1)
    away = weight @ np.sqrt((ways != joined).sum(axis=1))
    apart = weight @ np.sqrt((ways[:, None] != ways).sum(axis=2)) @ weight
    assert found.energy == pytest.approx(away - apart / 2.0, abs=0.01)
    assert found.covered
    assert not scores(chance, np.array([0.0, 0.0, 0.0, 0.0, 1.0]), draws, joined).covered


def test_sizes_of_independent_nations_by_enumeration() -> None:
    chance = np.array([0.1, 0.7, 0.4])
    wanted = np.zeros(4)
    for joins in itertools.product((0, 1), repeat=3):
        wanted[sum(joins)] += math.prod(
            p if yes else 1.0 - p for p, yes in zip(chance, joins, strict=True)
        )
    assert sizes_of_independent(chance) == pytest.approx(wanted)


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert area_under_curve(np.array([0.5, 0.5, 0.1]), np.array([1.0, 0.0, 0.0])) == 0.75
    assert math.isnan(area_under_curve(np.array([0.5, 0.5]), np.array([1.0, 1.0])))


def test_of_no_nations_scores_are_not_a_number() -> None:
    none = np.zeros(0)
    found = scores(none, np.ones(1), np.zeros((5, 0), dtype=bool), none)
    assert all(map(math.isnan, found[:-1]))
    assert found.covered


def test_a_certain_miss_costs_no_more_than_the_least_chance() -> None:
    assert log_loss(np.array([0.0]), np.array([1.0])) == pytest.approx(-math.log(0.01))


def test_the_base_rate_is_over_all_nations() -> None:
    past = [standing([1, 1, 0, 0]), standing([0, 0])]
    assert base_rate(past, standing([0, 0, 0])) == pytest.approx([1 / 3] * 3)


def test_a_hazard_a_day_grows_with_the_days() -> None:
    past = [standing([1, 0, 0, 0], days=100)]
    hazard = 1.0 / (3 * 100 + 50)
    for days in (1, 50):
        found = hazard_a_day(past, standing([0], days=days))
        assert found == pytest.approx([1.0 - math.exp(-hazard * days)])


@pytest.mark.parametrize("intercepts", [False, True])
def test_a_regression_finds_what_a_covariate_tells(intercepts: bool) -> None:
    draw = np.random.default_rng(5)
    past = []
    for _ in range(4):
        covariate = draw.normal(size=60)
        past.append(standing(draw.random(60) < 1 / (1 + np.exp(-2 * covariate)), covariate))
    now = standing(np.zeros(3), [-2.0, 0.0, 2.0])
    found = logistic(past, now, intercepts=intercepts)
    assert found[0] < 0.2 < found[1] < 0.8 < found[2]


def test_a_regression_learns_from_how_many_are_public() -> None:
    few = [standing(np.r_[np.ones(3), np.zeros(27)], share=0.05) for _ in range(3)]
    many = [standing(np.r_[np.ones(24), np.zeros(6)], share=0.6) for _ in range(3)]
    low, high = (
        logistic(few + many, standing(np.zeros(2), share=share), updated=True)[0]
        for share in (0.05, 0.6)
    )
    assert low < 0.35 < 0.55 < high
    flat = logistic(few + many, standing(np.zeros(2), share=0.6))[0]
    assert flat == pytest.approx(0.45, abs=0.02)


def test_a_regression_learns_nothing_of_what_no_past_coalition_differs_in() -> None:
    """Early on nobody is public elsewhere: peers are the same for all nations of a coalition."""
    past = [
        standing(np.arange(30) < n_joined)._replace(peers=np.full(30, peers))
        for n_joined, peers in ((3, 0.05), (9, 0.1), (6, 0.15))
    ]
    alike = standing(np.zeros(4))._replace(peers=np.full(4, 0.1))
    differing = alike._replace(peers=np.array([0.0, 0.1, 0.2, 0.4]))
    found = logistic(past, differing, updated=True, intercepts=True)
    assert found == pytest.approx(np.full(4, found[0]))
    assert 0.1 < found[0] < 0.3


def test_with_one_past_coalition_no_penalty_is_chosen() -> None:
    assert logistic([standing([1, 0])], standing([0]))[0] == pytest.approx(0.5, abs=0.01)


def test_scores_are_those_of_another_package() -> None:
    """By scoringrules 0.10.0: log_score, brier_score, crps_ensemble and es_ensemble."""
    random = np.random.default_rng(0)
    chance = random.random(12)
    draws = random.random((400, 12)) < chance * random.random((400, 1))
    joined = (random.random(12) < 0.4).astype(float)
    sizes = np.bincount(draws.sum(axis=1), minlength=13) / 400
    found = scores(draws.mean(axis=0), sizes, draws, joined)
    assert found.log == pytest.approx(0.44504821022414887, rel=1e-12)
    assert found.brier == pytest.approx(0.1529338541666667, rel=1e-12)
    assert found.crps == pytest.approx(0.05117135416666666, rel=1e-12)
    # It takes all pairs of draws, of which ours are a sample.
    assert found.energy == pytest.approx(0.9585049525590944, abs=0.02)
