"""Who is public when, and in what order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.joining import public_days, rank_quantile, rank_shares
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


def test_no_rank_is_held_that_nobody_ever_reaches() -> None:
    rng = np.random.default_rng(5)
    days = np.where(rng.random((500, 12)) < 0.3, rng.integers(1, 20, (500, 12)), -1)
    most = int((days > 0).sum(axis=1).max())
    assert most < 12
    assert rank_shares(days)[:, most].any()
    assert not rank_shares(days)[:, most + 1 : -1].any()
