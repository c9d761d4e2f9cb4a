"""Quantiles, means, chances and their errors, against NumPy and worked cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.stages import DEPLOYED, LEFT, PLEDGED, PUBLIC, WILLING
from sim.results.estimates import (
    Z_95,
    chance,
    chance_public,
    even_odds_day,
    order_of_arrival,
    quantiles,
)
from sim.results.tally import Tally
from tests.results.synthetic import small_ensemble

samples = st.lists(st.integers(0, 12), min_size=1, max_size=60)
shares = st.decimals(0, 1, places=2).map(float)


def tally_of(values: list[int]) -> Tally:
    """Tally of one day."""
    counts = np.bincount(values, minlength=13)[None, :]
    return Tally("size", np.arange(13.0), counts, 12.0)


@given(samples, shares)
def test_a_quantile_is_the_smallest_value_whose_cumulative_share_reaches_q(
    values: list[int], q: float
) -> None:
    expected = np.quantile(values, q, method="inverted_cdf")
    assert tally_of(values).quantile(q)[0] == expected


def test_a_quantile_is_exact_where_q_times_n_is_not_a_binary_fraction() -> None:
    counts = np.array([[7, 93]])  # 0.07 * 100 is 7.000000000000001 in floating point
    assert quantiles(counts, np.array([0.0, 1.0]), 0.07)[0] == 0.0


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_quantile_outside_0_and_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantiles(np.array([[1]]), np.array([0.0]), q)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=60))
def test_mean_and_monte_carlo_error_are_those_of_the_runs(values: list[int]) -> None:
    tally = tally_of(values)
    assert tally.mean()[0] == pytest.approx(np.mean(values))
    expected = np.std(values, ddof=1) / np.sqrt(len(values))
    assert tally.mc_error()[0] == pytest.approx(expected, abs=1e-12)


def test_a_single_run_has_no_monte_carlo_error() -> None:
    spread = tally_of([5]).spread(0)
    assert (spread.median, spread.low, spread.high, spread.mean) == (5, 5, 5, 5)
    assert np.isnan(spread.mc_error)


@given(st.integers(1, 500), st.data())
def test_the_wilson_interval_solves_its_equation_and_stays_in_0_to_1(
    n_runs: int, data: st.DataObject
) -> None:
    n_hits = data.draw(st.integers(0, n_runs))
    found = chance(n_hits, n_runs)
    assert 0 <= found.low <= found.chance <= found.high <= 1
    for end in (found.low, found.high):
        distance = Z_95 * np.sqrt(end * (1 - end) / n_runs)
        assert abs(found.chance - end) == pytest.approx(distance, abs=1e-9)


def test_ten_successes_in_twenty_runs_give_wilsons_published_interval() -> None:
    found = chance(10, 20)
    assert found.low == pytest.approx(0.2993, abs=5e-5)
    assert found.high == pytest.approx(0.7007, abs=5e-5)
    assert found.mc_error == pytest.approx(np.sqrt(0.25 / 20))


def test_a_nation_is_public_in_stages_3_to_5_only() -> None:
    counts = np.zeros((1, 1, 7), dtype=np.int64)
    counts[0, 0, [WILLING, PUBLIC, PLEDGED, DEPLOYED, LEFT]] = [1, 2, 3, 4, 10]
    assert chance_public(counts)[0, 0] == 9 / 20


def test_even_odds_are_reached_at_exactly_one_half_or_never() -> None:
    chances = np.array([[0.49, 0.2], [0.5, 0.4], [0.3, 0.1]])
    assert even_odds_day(chances).tolist() == [1, -1]


def test_nations_follow_by_day_of_even_odds_and_then_by_chance_at_the_end() -> None:
    now = np.array([0.0, 0.0, 1.0, 0.0, 0.0])
    at_end = np.array([0.1, 0.3, 1.0, 0.6, 0.7])
    already, others = order_of_arrival(now, at_end, np.array([-1, -1, 0, 9, 4]))
    assert (already, others) == ([2], [4, 3, 1, 0])


def test_tallies_agree_with_the_rows_of_single_runs() -> None:
    ensemble = small_ensemble()
    for name in ("size", "private_size", "firm_size"):
        expected = np.quantile(getattr(ensemble, name), 0.25, axis=0, method="inverted_cdf")
        assert ensemble.tally(name).quantile(0.25).tolist() == expected.tolist()
    done = (ensemble.success_day >= 0).mean()
    assert ensemble.tally("success").mean()[-1] == pytest.approx(done)


@pytest.mark.parametrize("q", [0.05, 0.5, 0.95])
def test_binned_quantities_are_within_a_bin_of_the_exact_quantile(q: float) -> None:
    ensemble = small_ensemble()
    columns = {
        "conditions.us_backing": ensemble.conditions[:, 0],
        "force.air": ensemble.force[:, 1],
        "force": ensemble.force.sum(axis=1),
    }
    for name, exact in columns.items():
        tally = ensemble.tally(name)
        expected = np.quantile(exact, q, method="inverted_cdf")
        assert abs(tally.quantile(q)[-1] - expected) <= tally.top / 1000


def test_no_force_is_read_as_exactly_none() -> None:
    assert small_ensemble().tally("force").quantile(0.95)[0] == 0.0
