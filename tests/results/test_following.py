"""Who goes public soon after whom: the share, what chance gives, and its error."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.results import following
from sim.results.following import followings

N_DAYS = 9
days_of_runs = arrays(np.int64, (8, 4), elements=st.integers(-1, N_DAYS))


def groups_of(days: np.ndarray, i: int, j: int, n_groups: int) -> list[np.ndarray]:
    """Runs in groups by how long all but two nations have been public."""
    others = [place for place in range(days.shape[1]) if place not in (i, j)]
    pace = [sum(N_DAYS + 1 - run[place] for place in others if run[place] >= 0) for run in days]
    order = sorted(range(len(days)), key=lambda run: pace[run])
    size = len(days) // n_groups
    return [np.array(order[first : first + size]) for first in range(0, len(days), size)]


def is_soon(first: int, second: int, window: int) -> bool:
    return bool(first > 0 and second > 0 and 0 < second - first <= window)


def excess_one_by_one(days: np.ndarray, window: int, n_groups: int) -> np.ndarray:
    """Share of runs in which one follows another, less that over all pairs of runs of a group."""
    n = days.shape[1]
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for group in groups_of(days, min(i, j), max(i, j), n_groups) if i != j else []:
                for run in group:
                    found[i, j] += is_soon(days[run, i], days[run, j], window)
                    found[i, j] -= np.mean(
                        [is_soon(days[run, i], days[mate, j], window) for mate in group]
                    )
    return found / len(days)


@settings(deadline=None)
@given(days_of_runs, st.integers(1, 12), st.sampled_from([1, 2, 4]))
def test_the_excess_is_the_share_less_that_over_all_pairs_of_runs_of_a_group(
    days: np.ndarray, window: int, n_groups: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "LEAST_RUNS_A_GROUP", len(days) // n_groups)
        found = followings(days, N_DAYS, window)
    expected = excess_one_by_one(days, window, n_groups)
    assert found.excess == pytest.approx(expected, abs=1e-12)
    assert found.lead == pytest.approx(expected - expected.T, abs=1e-12)


def independent_days(n_runs: int, seed: int, n: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    days = rng.geometric(np.linspace(0.02, 0.1, n), size=(n_runs, n))
    return np.where(days > 60, -1, days)


def test_between_independent_nations_the_excess_is_noise_of_the_size_that_is_said() -> None:
    off, pairs = ~np.eye(4, dtype=bool), np.triu_indices(4, 1)
    scores, leads = [], []
    for seed in range(100):
        found = followings(independent_days(600, seed), 60, 7)
        scores.append(found.excess[off] / found.error[off])
        leads.append(found.lead[pairs] / found.lead_error[pairs])
    for z in (np.array(scores), np.array(leads)):
        assert abs(z.mean()) < 4.5 / np.sqrt(z.size)
        # the variance of a mean of squares of n normals is 2 / n
        assert abs((z**2).mean() - 1) < 4.5 * np.sqrt(2 / z.size)


def test_a_follower_is_found_with_its_direction() -> None:
    rng = np.random.default_rng(1)
    days = independent_days(2000, 1)
    behind = days[:, 0] + rng.integers(1, 7, size=len(days))
    days[:, 1] = np.where((days[:, 0] > 0) & (rng.random(len(days)) < 0.3), behind, days[:, 1])
    found = followings(np.where(days > 60, -1, days), 60, 7)
    z = found.excess / np.where(found.error > 0, found.error, np.inf)
    assert np.unravel_index(z.argmax(), z.shape) == (0, 1)
    assert found.lead[0, 1] > 6 * found.lead_error[0, 1]
    assert found.lead[1, 0] == -found.lead[0, 1]


def test_most_of_a_pace_that_all_share_does_not_count_as_following(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(2)
    rate = 0.025 * np.exp(rng.normal(size=4000))
    days = rng.geometric(1 - np.exp(-rate)[:, None], size=(4000, 36))
    days = np.where(days > 365, -1, days)
    off = ~np.eye(6, dtype=bool)
    among = range(6)
    grouped = followings(days, 365, 14, among)
    monkeypatch.setattr(following, "MOST_GROUPS", 1)
    together = followings(days, 365, 14, among)
    mean_z = [(found.excess[off] / found.error[off]).mean() for found in (grouped, together)]
    assert mean_z[1] > 6
    assert abs(mean_z[0]) < 1


def test_only_the_nations_asked_for_are_compared_and_all_set_the_pace() -> None:
    days = independent_days(600, 4, n=6)
    everyone, some = followings(days, 60), followings(days, 60, among=[5, 0, 2])
    for name in ("share", "excess", "error", "lead", "lead_error"):
        chosen = getattr(everyone, name)[np.ix_([5, 0, 2], [5, 0, 2])]
        assert getattr(some, name) == pytest.approx(chosen, abs=1e-15)


@pytest.mark.parametrize(
    ("n_runs", "n_days", "sizes"),
    [(50, 10, {50}), (199, 10, {199}), (200, 10, {100}), (7_000, 10, {140}), (900, 66_000, {300})],
)
def test_groups_are_equal_and_hold_a_hundred_runs_or_more(
    n_runs: int, n_days: int, sizes: set[int]
) -> None:
    group = following._groups(n_runs, n_days)
    assert set(np.bincount(group).tolist()) == sizes
    assert (np.diff(group) >= 0).all()
