"""The code of the study that checks the fit (experiments/calibration_checks)."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.calibration_checks.fatigue import marginal, with_ratio
from experiments.calibration_checks.pledges import Waiting, estimate
from experiments.calibration_checks.posterior_ranks import places_of_truths
from experiments.calibration_checks.sampler import effective_draws, r_hat, real, shipped_draws
from experiments.calibration_checks.simulated import (
    N_RANKED,
    behaviour_at,
    from_prior,
    past_of,
    simulated,
    specification_of_histories,
    without_dispositions,
)
from experiments.calibration_checks.uniform import band_of_ecdf, ecdf, p_of_chi_squared, p_of_ecdf
from sim.calibration.history import History
from sim.calibration.likelihood import DISPOSITION, coalition_of, log_likelihood
from sim.calibration.replay import seen_along


def test_a_ratio_below_1_is_the_fatigue_of_the_model() -> None:
    history = past_of(quick=True)["isaf_2001"]
    changed = with_ratio(history, float(np.log(0.7)))
    same = History(history.scenario.with_changes({"memory.fatigue": 0.3}), history.entries)
    for found, wanted in zip(seen_along(changed), seen_along(same), strict=True):
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-15)


def test_the_marginal_of_a_parabola_is_a_product_of_two_normals() -> None:
    at = np.linspace(-1.5, 1.5, 31)
    fatigue, chance = marginal(at, -0.5 * ((at - 0.2) / 0.3) ** 2)
    log_ratio = np.log(1.0 - fatigue)
    precision = 1.0 / 0.3**2 + 1.0 / 0.5**2
    assert log_ratio @ chance == pytest.approx(0.2 / 0.3**2 / precision, abs=1e-3)
    assert (log_ratio**2 @ chance) - (log_ratio @ chance) ** 2 == pytest.approx(
        1.0 / precision, rel=1e-2
    )
    within, chance = marginal(at, np.zeros(31), within_model=True)
    assert within @ chance == pytest.approx((1.0 - np.exp(-1.5)) / 2.0, abs=1e-3)


def test_a_simulated_coalition_is_thinned_and_has_a_likelihood() -> None:
    past = past_of(quick=True)
    specification = specification_of_histories(past)
    random = np.random.default_rng(3)
    truth = from_prior(specification, random)
    found = simulated(past["isaf_2001"], specification, truth, 40, 9, random)
    leaders = found.scenario.leaders
    assert len(found.scenario.nations) == 9 + len(leaders)
    assert (found.scenario.days, found.scenario.start) == (40, past["isaf_2001"].scenario.start)
    assert {each.event for each in found.entries} <= {"public", "refused"}
    assert all(each.is_exact and each.nation not in leaders for each in found.entries)
    value = log_likelihood(coalition_of(found), specification.coefficients(truth))
    assert -500.0 < value.log_likelihood < 0.0


def test_dispositions_may_be_left_out_of_what_is_simulated_and_fitted() -> None:
    past = past_of(quick=True)
    specification = without_dispositions(specification_of_histories(past))
    assert not specification.base.table[:, DISPOSITION].any()
    behaviour = past["f16_2023"].scenario.full()["behaviour"]
    truth = specification.means + 0.1
    found = behaviour_at(behaviour, specification, truth)
    assert behaviour["resolve"]["disposition"] != 0.0
    assert found["resolve"]["disposition"] == found["decline"]["talks"]["disposition"] == 0.0
    assert found["resolve"]["rate"] == pytest.approx(np.exp(truth[0]))


def test_uniform_ranks_stay_in_the_band_and_others_leave_it() -> None:
    random = np.random.default_rng(1)
    low, high = band_of_ecdf(200, N_RANKED)
    within = []
    for _ in range(300):
        shares = ecdf(random.integers(0, N_RANKED + 1, 200), N_RANKED)
        within.append(bool(((low <= shares) & (shares <= high)).all()))
    assert 0.91 < np.mean(within) < 0.99
    narrow = random.binomial(N_RANKED, 0.5, 200)
    assert p_of_ecdf(narrow, N_RANKED) < 0.001
    assert p_of_chi_squared(narrow, N_RANKED) < 1e-6


def test_effective_draws_of_chains_that_remember() -> None:
    random, keep = np.random.default_rng(2), 0.8
    noise = random.standard_normal((2, 20_000))
    chains = np.zeros_like(noise)
    for step in range(1, noise.shape[1]):
        chains[:, step] = keep * chains[:, step - 1] + noise[:, step]
    wanted = chains.size * (1.0 - keep) / (1.0 + keep)
    assert effective_draws(chains) == pytest.approx(wanted, rel=0.1)
    assert effective_draws(noise) == pytest.approx(noise.size, rel=0.1)
    assert effective_draws(np.add(chains, [[0.0], [9.0]])) < 20.0


def test_r_hat_is_1_where_chains_agree_and_above_where_they_do_not() -> None:
    noise = np.random.default_rng(6).standard_normal((4, 2000))
    assert r_hat(noise) == pytest.approx(1.0, abs=2e-3)
    assert r_hat(np.exp(9.0 * noise)) == pytest.approx(r_hat(noise), abs=1e-12)
    apart = np.add(noise, [[-1.0], [-1.0], [1.0], [1.0]])
    assert r_hat(apart) > 1.3
    drifting = noise + np.linspace(-1.0, 1.0, 2000)  # alike as wholes, halves are not
    assert r_hat(drifting) > 1.05


def test_the_draws_that_ship_are_in_the_units_of_the_fit() -> None:
    found, draws = real(), shipped_draws()
    assert draws.shape == (512, len(found.mode))
    off = (draws.mean(axis=0) - found.mode) / np.sqrt(np.diag(found.covariance))
    assert np.abs(off).max() < 1.0


def test_places_of_truths_among_the_draws_that_they_are_from_are_uniform() -> None:
    places = places_of_truths([{"replicate": str(n)} for n in range(400)])
    assert places.shape == (400, len(real().mode))
    errors = N_RANKED / np.sqrt(12.0 * 400)
    assert np.abs(places.mean(axis=0) - N_RANKED / 2).max() < 4.5 * errors
    assert places.var(axis=0) == pytest.approx(N_RANKED**2 / 12, rel=0.25)


def test_the_rate_of_pledges_is_that_of_the_waiting() -> None:
    random = np.random.default_rng(4)
    of = []
    for _ in range(200):
        day = int(np.ceil(random.exponential(1.0 / (0.01 * 2.0))))
        of.append(Waiting(np.full(min(day, 100), 2.0), day <= 100))
    rate, low, high = estimate(of)
    assert low < 0.01 < high
    assert rate == pytest.approx(0.01, rel=0.25)
