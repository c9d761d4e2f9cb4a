"""Candidates stand for a law by their weights, and the tail of the weights has its shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma
from scipy.stats import genpareto, multivariate_normal, multivariate_t

from sim.calibration.importance import (
    DEGREES_OF_FREEDOM,
    mean_near,
    smoothed,
    weighted_candidates,
)
from sim.core.layout import Reals

TURN = np.array([[1.0, 0.4, -0.3], [0.2, 0.9, 0.5], [-0.1, 0.3, 1.1]])
SHAPES = np.array([4.0, 9.0, 25.0])


def slope_of_log_gammas(at: Reals) -> Reals:
    """Gradient of the log density of TURN y, where y has logarithms of gamma numbers."""
    back = np.linalg.inv(TURN)
    return np.asarray(back.T @ (SHAPES - np.exp(back @ at)))


def test_the_mean_of_a_skewed_law_is_found_from_its_mode() -> None:
    mode, mean = TURN @ np.log(SHAPES), TURN @ digamma(SHAPES)
    covariance = TURN @ np.diag(1.0 / SHAPES) @ TURN.T
    found = mean_near(slope_of_log_gammas, mode, covariance)
    assert np.abs(found - mean).max() < 0.12 * np.abs(mode - mean).max()


def test_the_mean_of_a_symmetric_law_is_its_mode() -> None:
    mode, covariance = np.array([1.0, -2.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
    precision = np.linalg.inv(covariance)
    found = mean_near(lambda at: precision @ (mode - at), mode, covariance)
    assert found == pytest.approx(mode, abs=1e-12)


def test_the_mean_is_at_most_a_standard_deviation_from_the_mode() -> None:
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    found = mean_near(lambda at: 20.0 * at**2, np.zeros(2), covariance)
    assert found @ np.linalg.solve(covariance, found) == pytest.approx(1.0)


@pytest.mark.parametrize("slope", [np.nan, np.inf])
def test_the_mean_is_the_mode_where_a_slope_is_not_finite(slope: float) -> None:
    mode = np.array([1.0, -2.0])
    found = mean_near(lambda at: np.where(at > mode, slope, 1.0), mode, np.eye(2))
    assert found.tolist() == mode.tolist()


def test_candidates_of_the_law_itself_have_even_weights() -> None:
    centre, shape = np.array([1.0, 2.0]), np.array([[1.0, 0.3], [0.3, 2.0]])
    law = multivariate_t(centre, shape, df=DEGREES_OF_FREEDOM)
    found = weighted_candidates(law.logpdf, centre, shape, 101, np.random.default_rng(1), rounds=1)
    assert found.points.shape == (101, 2)
    assert found.weights == pytest.approx(np.full(101, 1.0 / 101))
    assert found.effective == pytest.approx(101)


@pytest.mark.parametrize("rounds", [1, 2, 3])
@pytest.mark.parametrize("n_dimensions", [1, 4])
def test_weighted_moments_are_those_of_the_law(rounds: int, n_dimensions: int) -> None:
    mean = np.linspace(0.5, 1.0, n_dimensions)
    covariance = np.diag(np.linspace(1.0, 1.5, n_dimensions)) + 0.2
    law = multivariate_normal(mean, covariance)
    found = weighted_candidates(
        law.logpdf,
        np.zeros(n_dimensions),
        np.eye(n_dimensions),
        4000,
        np.random.default_rng(2),
        rounds,
    )
    within = 4.5 / np.sqrt(found.effective)
    sds = np.sqrt(np.diag(covariance))
    assert found.weights.sum() == pytest.approx(1.0)
    assert (np.abs(found.mean - mean) / sds).max() < within
    off = (found.covariance - covariance) / np.outer(sds, sds)
    assert np.abs(off).max() < within * np.sqrt(2.0)


def test_a_second_round_goes_where_the_first_found_the_law() -> None:
    law = multivariate_normal(np.full(3, 1.5), 1.5 * np.eye(3))
    one, two = (
        weighted_candidates(law.logpdf, np.zeros(3), np.eye(3), 1000, np.random.default_rng(3), n)
        for n in (1, 2)
    )
    assert two.effective > 1.5 * one.effective


def test_few_candidates_of_many_numbers_leave_the_second_law_near_the_first() -> None:
    law = multivariate_normal(np.zeros(15), np.eye(15))
    effective = [
        weighted_candidates(
            law.logpdf, np.zeros(15), np.eye(15), 40, np.random.default_rng(seed), 2
        ).effective
        for seed in range(40)
    ]
    assert np.mean(effective) > 15.0


@pytest.mark.parametrize("shape", [-0.2, 0.3, 0.8])
def test_the_tail_of_weights_has_its_shape(shape: float) -> None:
    weights = genpareto.rvs(shape, size=20_000, random_state=3) + 1e-9
    _, found = smoothed(np.log(weights))
    assert found == pytest.approx(shape, abs=0.15)


def test_even_weights_stay_even() -> None:
    log_weights, shape = smoothed(np.zeros(200))
    assert np.ptp(log_weights) == 0.0
    assert shape == -np.inf
    assert np.isnan(smoothed(np.zeros(4))[1])
