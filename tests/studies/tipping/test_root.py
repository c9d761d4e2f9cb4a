"""A root from runs near it: its interval covers, whatever the curve, and knows when it does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.studies.tipping.root import MOST_GROWTH, fitted_root, n_needed
from sim.studies.tipping.thresholds import interval_ranks

LAWS = {
    "logistic": stats.logistic(0.5, 0.08),
    "normal": stats.norm(0.5, 0.15),
    "skewed": stats.lognorm(0.8, scale=0.2),
    "uniform": stats.uniform(0, 1),
    "exponential": stats.expon(scale=0.3),
}


def evenly(window, n):
    return window[0] + (window[1] - window[0]) * (np.arange(n) + 0.5) / n


def rough_window(law, share, random):
    """The window that 300 bisected runs give, within the ends 0 and 1."""
    found = np.sort(law.rvs(300, random_state=random))
    ends = (found[rank] for rank in interval_ranks(300, share, 0.999))
    return tuple(float(np.clip(end, 0, 1)) for end in ends)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", LAWS)
def test_intervals_cover_the_root_of_any_smooth_curve(name: str, share: float) -> None:
    law, random, hits = LAWS[name], np.random.default_rng(11), []
    truth = law.ppf(share)
    for _ in range(200):
        window = rough_window(law, share, random)
        x = evenly(window, 6000)
        found = fitted_root(x, law.rvs(6000, random_state=random) <= x, share, window)
        hits.append(found.low <= truth <= found.high)
    # 95 % but for the 0.1 % of windows without the root, and what a parabola departs by.
    assert np.mean(hits) > 0.94 - 3.5 * np.sqrt(0.95 * 0.05 / 200)


def test_with_as_many_runs_as_are_ever_made_it_still_covers() -> None:
    law, random, hits = LAWS["skewed"], np.random.default_rng(12), []
    for _ in range(60):
        window = rough_window(law, 0.25, random)
        x = evenly(window, 300 * MOST_GROWTH)
        found = fitted_root(x, law.rvs(len(x), random_state=random) <= x, 0.25, window)
        hits.append(found.low <= law.ppf(0.25) <= found.high)
    assert np.mean(hits) >= 0.85


def test_where_all_runs_turn_at_one_level_it_lies_between_two_of_them() -> None:
    x = evenly((0.2, 0.3), 1000)
    found = fitted_root(x, x >= 0.25, 0.5, (0.2, 0.3))
    assert found.low < 0.25 <= found.high
    assert found.high - found.low < 2e-4
    all_turned = fitted_root(x, np.ones(1000, dtype=bool), 0.5, (0.2, 0.3))
    assert (all_turned.low, all_turned.high) == (0.2, x[0])
    none_turned = fitted_root(x, np.zeros(1000, dtype=bool), 0.5, (0.2, 0.3))
    assert (none_turned.low, none_turned.high) == (x[-1], 0.3)


def test_a_curve_with_a_jump_is_said_to_fit_no_smooth_one() -> None:
    random = np.random.default_rng(13)
    x = evenly((0.0, 1.0), 8000)
    jump = random.random(8000) < np.where(x < 0.45, 0.3, 0.7)
    assert not fitted_root(x, jump, 0.5).fits
    smooth = random.random(8000) < 0.3 + 0.4 * x
    assert fitted_root(x, smooth, 0.5).fits


def test_runs_that_do_not_bound_it_give_the_ends_of_the_window() -> None:
    flat = np.random.default_rng(14).random(500) < 0.5
    found = fitted_root(evenly((0.4, 0.6), 500), flat, 0.5, (0.4, 0.6))
    assert (found.low, found.high) == (0.4, 0.6)


def test_the_runs_that_are_needed_grow_with_the_square_of_the_precision() -> None:
    assert n_needed(1000, 0.04, 0.01, 10**9) == 17600
    assert n_needed(1000, float("inf"), 0.01, 5000) == 5000
    assert n_needed(10, 1.0, 100.0, 5000) == 400
    assert n_needed(10, 1.0, 100.0, 50) == 50
