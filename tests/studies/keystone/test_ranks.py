"""Ranks and their simultaneous intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import studentized_range

from sim.studies.keystone.ranks import MOST_DRAWN, bonferroni, largest_difference, ranks_of


@pytest.mark.parametrize(("n_effects", "n_runs"), [(2, 5000), (5, 30), (10, 5000), (37, 200)])
def test_independent_effects_have_the_quantile_of_the_studentised_range(
    n_effects: int, n_runs: int
) -> None:
    """Tukey's, of all pairwise differences at once."""
    exact = studentized_range.ppf(0.95, n_effects, n_runs - 1) / np.sqrt(2)
    assert largest_difference(np.eye(n_effects), n_runs) == pytest.approx(exact, abs=0.06)


def test_what_effects_share_does_not_widen_the_intervals() -> None:
    rng = np.random.default_rng(1)
    own = rng.normal(size=(500, 6)) + np.arange(6)
    luck = 100 * rng.normal(size=(500, 1))
    alone, shared = ranks_of(own), ranks_of(own + luck)
    assert (alone.is_above == shared.is_above).all()
    assert alone.rank.tolist() == [6, 5, 4, 3, 2, 1]


def test_all_ranks_lie_in_their_intervals_together_in_95_of_100_studies() -> None:
    truth = np.array([0.0, 0.0, 0.0, 0.1, 0.2, 0.5, 0.5, 1.0])
    true_low = np.array([1 + (truth > each).sum() for each in truth])
    true_high = np.array([(truth >= each).sum() for each in truth])
    spread = np.array([1.0, 0.3, 2.0, 1.0, 0.5, 1.0, 1.0, 1.0])
    n_studies, n_right, n_wrong = 400, 0, 0
    for seed in range(n_studies):
        rng = np.random.default_rng(seed)
        runs = truth + rng.normal(size=(60, 1)) + spread * rng.normal(size=(60, 8))
        found = ranks_of(runs, seed)
        n_right += bool(((found.low <= true_low) & (true_high <= found.high)).all())
        n_wrong += bool((found.is_above & (truth[:, None] <= truth[None, :])).any())
    assert n_right >= 0.93 * n_studies
    assert 0 < n_wrong <= 0.07 * n_studies  # they are not needlessly wide


@given(some.integers(0, 1000), some.integers(1, 8), some.integers(1, 40))
def test_a_rank_lies_in_its_interval_and_ties_go_both_ways(
    seed: int, n_effects: int, n_runs: int
) -> None:
    rng = np.random.default_rng(seed)
    effects = rng.integers(-2, 3, size=(n_runs, n_effects)).astype(float)
    found = ranks_of(effects)
    assert ((found.low <= found.rank) & (found.rank <= found.high)).all()
    assert not (found.is_above & found.is_above.T).any()
    for one in range(n_effects):
        assert all(one in found.ties(other) for other in found.ties(one))


def test_one_effect_and_one_run_tell_nothing() -> None:
    assert ranks_of(np.ones((50, 1))).high.tolist() == [1]
    found = ranks_of(np.array([[3.0, 1.0, 2.0]]))
    assert (found.rank.tolist(), found.low.tolist()) == ([1, 3, 2], [1, 1, 1])
    assert found.high.tolist() == [3, 3, 3]


def test_effects_that_are_the_same_in_every_run_are_tied_and_others_apart_with_enough_runs() -> (
    None
):
    column = np.random.default_rng(0).normal(size=(40, 1))
    same = ranks_of(np.hstack([column, column, column - 1]))
    assert same.rank.tolist() == [1, 1, 3]
    assert same.ties(0) == [1]
    assert same.low.tolist() == [1, 1, 3]
    few = ranks_of(np.hstack([column, column - 1])[:5])
    assert few.ties(0) == [1]


def test_with_many_effects_the_bound_is_bonferronis() -> None:
    n_effects = MOST_DRAWN + 1
    found = largest_difference(np.eye(n_effects), 1001)
    assert found == bonferroni(n_effects * (n_effects - 1) / 2, 1000)
