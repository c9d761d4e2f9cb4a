"""Who is public when, in what order, and who follows whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.outcomes.joining import alike, followings, public_days, rank_quantile, rank_shares
from tests.results.synthetic import small_ensemble

days_of_runs = arrays(np.int64, (7, 5), elements=st.integers(-1, 6))


def test_the_first_public_day_is_the_first_at_any_public_stage() -> None:
    ensemble = small_ensemble()
    days = public_days(ensemble)
    for run in range(20):
        for nation in range(len(ensemble.nations)):
            found = ensemble.first_day[run, nation, PUBLIC : DEPLOYED + 1]
            reached = found[found >= 0]
            assert days[run, nation] == (reached.min() if reached.size else -1)


def test_counts_alone_do_not_tell_when_nations_go_public() -> None:
    with pytest.raises(AttributeError, match="needs single runs"):
        public_days(small_ensemble(keep="summary"))


# Ranks


def ranks_one_by_one(days: np.ndarray) -> np.ndarray:
    """Shares of ranks, run by run and nation by nation."""
    n_runs, n = days.shape
    shares = np.zeros((n, n + 2))
    for run in days:
        for nation, day in enumerate(run):
            if day <= 0:
                shares[nation, 0 if day == 0 else -1] += 1
                continue
            before = sum(0 < other < day for other in run)
            together = sum(other == day for other in run)
            shares[nation, before + 1 : before + together + 1] += 1 / together
    return shares / n_runs


@settings(deadline=None)
@given(days_of_runs)
def test_ranks_are_those_of_counting_who_went_before(days: np.ndarray) -> None:
    assert rank_shares(days) == pytest.approx(ranks_one_by_one(days))


@settings(deadline=None)
@given(days_of_runs)
def test_every_nation_has_some_place_in_every_run_and_every_rank_one_holder(
    days: np.ndarray,
) -> None:
    shares = rank_shares(days)
    assert shares.sum(axis=1) == pytest.approx(1)
    newcomers = (days > 0).sum(axis=1)
    for rank in range(1, days.shape[1] + 1):
        assert shares[:, rank].sum() == pytest.approx((newcomers >= rank).mean())


def test_a_median_rank_is_over_the_runs_in_which_the_nation_joins() -> None:
    shares = np.array([[0, 0.1, 0.3, 0, 0.6], [0, 0, 0, 0, 1.0], [1.0, 0, 0, 0, 0]])
    assert rank_quantile(shares, 0.5).tolist()[0] == 2
    assert np.isnan(rank_quantile(shares, 0.5)[1])
    assert rank_quantile(shares, 0.5)[2] == 0
    assert rank_quantile(shares, 0.2)[0] == 1


# Followings


def excess_one_by_one(days: np.ndarray, group: np.ndarray, window: int) -> np.ndarray:
    """Share of runs in which one follows another, less that over all pairs of runs of a group."""
    n_runs, n = days.shape
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for run in range(n_runs):
                mates = np.nonzero(group == group[run])[0]
                found[i, j] += is_soon(days[run, i], days[run, j], window)
                found[i, j] -= np.mean(
                    [is_soon(days[run, i], days[mate, j], window) for mate in mates]
                )
    return found / n_runs


def is_soon(first: int, second: int, window: int) -> bool:
    return bool(first > 0 and second > 0 and 0 < second - first <= window)


@settings(deadline=None)
@given(
    days_of_runs,
    arrays(np.int64, 7, elements=st.integers(0, 1)),
    st.integers(min_value=1, max_value=9),
)
def test_the_excess_is_the_share_less_that_over_all_pairs_of_runs(
    days: np.ndarray, group: np.ndarray, window: int
) -> None:
    found = followings(days, group, window)
    expected = excess_one_by_one(days, group, window)
    assert found.excess == pytest.approx(expected, abs=1e-12)
    assert found.lead == pytest.approx(expected - expected.T, abs=1e-12)


def independent_days(n_runs: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    days = rng.geometric([0.02, 0.05, 0.03, 0.1], size=(n_runs, 4))
    return np.where(days > 60, -1, days)


def test_between_independent_nations_the_excess_is_noise_of_the_size_that_is_said() -> None:
    one_group = np.zeros(400, dtype=np.int64)
    off, pairs = ~np.eye(4, dtype=bool), np.triu_indices(4, 1)
    scores, leads = [], []
    for seed in range(100):
        found = followings(independent_days(400, seed), one_group, 7)
        scores.append(found.excess[off] / found.error[off])
        leads.append(found.lead[pairs] / found.lead_error[pairs])
    for z in (np.array(scores), np.array(leads)):
        assert abs(z.mean()) < 4.5 / np.sqrt(z.size)
        # 100 seeds a pair; the variance of a mean of squares of normals is 2 / n
        assert abs((z**2).mean() - 1) < 4.5 * np.sqrt(2 / z.size)


def test_a_follower_is_found_with_its_direction() -> None:
    rng = np.random.default_rng(1)
    days = independent_days(2000, 1)
    behind = days[:, 0] + rng.integers(1, 7, size=len(days))
    days[:, 1] = np.where((days[:, 0] > 0) & (rng.random(len(days)) < 0.3), behind, days[:, 1])
    found = followings(days, np.zeros(2000, dtype=np.int64), 7)
    z = found.excess / np.where(found.error > 0, found.error, np.inf)
    assert np.unravel_index(z.argmax(), z.shape) == (0, 1)
    assert found.lead[0, 1] > 6 * found.lead_error[0, 1]


def test_a_pace_that_all_share_makes_an_excess_only_between_runs_of_unlike_size() -> None:
    rng = np.random.default_rng(2)
    n_runs, pace = 20_000, 0.03
    fast = rng.random(n_runs) < 0.5
    days = rng.geometric(np.where(fast, 3 * pace, pace)[:, None], size=(n_runs, 3))
    days = np.where(days > 60, -1, days)
    off = ~np.eye(3, dtype=bool)
    together = followings(days, np.zeros(n_runs, dtype=np.int64), 7)
    apart = followings(days, fast.astype(np.int64), 7)
    assert (together.excess[off] / together.error[off]).min() > 4.5
    assert np.abs(apart.excess[off] / apart.error[off]).max() < 4.5


@pytest.mark.parametrize(("n_runs", "n_groups"), [(10, 1), (99, 1), (100, 2), (5000, 10)])
def test_runs_are_grouped_by_size_with_at_least_fifty_a_group(n_runs: int, n_groups: int) -> None:
    size = np.random.default_rng(3).permutation(n_runs)
    group = alike(size)
    assert len(np.unique(group)) == n_groups
    assert (np.diff(group[np.argsort(size)]) >= 0).all()


def test_a_single_size_makes_a_single_group() -> None:
    assert len(np.unique(alike(np.full(1000, 5)))) == 1
