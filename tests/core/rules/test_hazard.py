"""The log hazard feature by feature, and the law of the moves that hazards make."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core.draws import stable_key, thresholds
from sim.core.elementary import exp, log
from sim.core.fused import exactly
from sim.core.rules.hazard import (
    CLOSED,
    HIGHEST_LOG_HAZARD,
    LOWEST_LOG_HAZARD,
    crossing_time,
    hazard,
    hazard_of_base,
    hazard_of_open_move,
    log_hazard,
    remaining_after,
    standing_log_hazard,
    with_peers,
)
from sim.core.stages import FEATURES, N_DAILY, N_TRAITS, RARE_FEATURES, Features, Traits
from tests.core.pace import ANY, at_pace

ANCHORS = Path(__file__).parents[2] / "anchors"
NO_TRAITS = Traits(*[0.0] * N_TRAITS)
NO_FEATURES = Features(*[0.0] * N_DAILY)

ordinary = st.floats(-50, 50)
traits = st.builds(Traits, *[ordinary] * N_TRAITS)
features = st.builds(Features, *[ordinary] * N_DAILY)
sparse = st.sampled_from([0.0, -0.0, 1.5, -2.0]) | ordinary


def with_all(hazard_of, standing, weights, today, *others):
    """A hazard, or its logarithm, with the example of others in its base."""
    base = with_peers(standing, weights.peers, today.peers)
    return hazard_of(base, weights, today, *others)


def test_the_features_come_in_the_order_of_the_table():
    assert Traits._fields == FEATURES[:N_TRAITS]
    assert Features._fields == FEATURES[N_TRAITS:]


def test_a_hazard_worked_by_hand():
    weights = NO_TRAITS._replace(
        stake=2.0, support=1.0, bond=3.0, capability=-1.0, disposition=0.5, climate=0.25
    )
    nation = NO_TRAITS._replace(
        stake=0.4, support=-0.2, bond=0.1, capability=0.1, disposition=1.0, climate=-2.0
    )  # 0.8 - 0.2 + 0.3 - 0.1 + 0.5 - 0.5 = 0.8
    standing = standing_log_hazard(math.log(0.02), weights, nation)
    assert standing == pytest.approx(math.log(0.02) + 0.8, rel=1e-15)
    daily = NO_FEATURES._replace(
        prospects=2.0,
        peers=1.5,
        momentum=1.0,
        defection=-1.0,
        convened=1.0,
        listed=0.5,
        adequacy=-0.5,
        pressure=1.0,
        deal=0.25,
        tempo=0.5,
    )
    today = NO_FEATURES._replace(
        prospects=-0.4,
        peers=0.3,
        momentum=0.2,
        defection=0.1,
        convened=0.6,
        listed=1.0,
        adequacy=0.2,
        pressure=-0.1,
        deal=1.0,
        tempo=-0.4,
    )
    # -0.8 + 0.45 + 0.2 - 0.1 + 0.6 + 0.5 - 0.1 - 0.1 + 0.25 - 0.2 = 0.7
    found = with_all(hazard, standing, daily, today)
    assert found == pytest.approx(0.02 * math.exp(1.5), rel=1e-14)


@pytest.mark.parametrize("name", Traits._fields)
def test_each_trait_is_weighed_by_its_own_coefficient(name):
    weights = Traits(*(3.0 + which for which in range(N_TRAITS)))
    nation = NO_TRAITS._replace(**{name: 0.25})
    assert standing_log_hazard(-1.0, weights, nation) == -1.0 + 0.25 * getattr(weights, name)


@pytest.mark.parametrize("name", Features._fields)
def test_each_feature_is_weighed_by_its_own_coefficient(name):
    weights = Features(*(3.0 + which for which in range(N_DAILY)))
    today = NO_FEATURES._replace(**{name: 0.25})
    assert with_all(log_hazard, -1.0, weights, today) == -1.0 + 0.25 * getattr(weights, name)


@ANY
@given(
    ordinary,
    st.builds(Features, *[sparse] * N_DAILY),
    st.builds(Features, *[sparse] * N_DAILY),
)
def test_the_hazard_of_an_open_move_is_the_same_from_arrays(standing, weights, today):
    found = hazard_of_open_move(standing, np.array(weights), np.array(today))
    assert found == with_all(hazard, standing, weights, today)


@ANY
@given(traits, features, st.floats(1e-6, 1e3))
def test_where_every_feature_is_neutral_the_hazard_is_the_rate(weights, daily, rate):
    standing = standing_log_hazard(log(rate), weights, NO_TRAITS)
    assert hazard(standing, daily, NO_FEATURES) == pytest.approx(rate, rel=1e-14)


@ANY
@given(st.floats(-20, 5), traits, traits, features, features)
def test_the_log_hazard_is_summed_in_the_stated_order(rate, weights, nation, daily, today):
    total = rate
    for weight, feature in zip(weights, nation, strict=True):
        total = exactly(weight, feature, total)
    standing = total
    total = exactly(daily.peers, today.peers, total)
    for name in Features._fields:
        if name != "peers":
            total = exactly(getattr(daily, name), getattr(today, name), total)
    assert standing_log_hazard(rate, weights, nation) == standing
    expected = min(max(total, LOWEST_LOG_HAZARD), HIGHEST_LOG_HAZARD)
    assert with_all(log_hazard, standing, daily, today) == expected


@ANY
@given(ordinary, features, features)
def test_leaving_out_rare_features_that_are_zero_changes_no_bit(standing, weights, today):
    today = today._replace(**dict.fromkeys(RARE_FEATURES, 0.0))
    full, lean = (with_all(hazard, standing, weights, today, rare) for rare in (True, False))
    assert full == lean


@ANY
@given(ordinary, features, features, st.sampled_from(Features._fields), st.floats(0, 50))
def test_a_larger_feature_of_positive_weight_never_lowers_the_hazard(
    standing, weights, today, name, more
):
    weights = weights._replace(**{name: abs(getattr(weights, name))})
    larger = today._replace(**{name: getattr(today, name) + more})
    more = with_all(hazard, standing, weights, larger)
    assert more >= with_all(hazard, standing, weights, today)


@pytest.mark.parametrize(
    ("total", "clipped"), [(-1e9, -700.0), (-700.5, -700.0), (300.5, 300.0), (1e9, 300.0)]
)
def test_the_log_hazard_is_clipped(total, clipped):
    assert log_hazard(total, NO_FEATURES, NO_FEATURES) == clipped
    assert hazard(total, NO_FEATURES, NO_FEATURES) == exp(clipped) > 0.0


@ANY
@given(features, features, st.floats(1e-100, 1e3))
def test_a_move_that_is_not_open_takes_nothing_from_a_threshold(weights, today, remaining):
    for rare in (True, False):
        spent = with_all(hazard, CLOSED, weights, today, rare)
        assert remaining_after(spent, remaining) == remaining
    assert remaining_after(hazard_of_base(CLOSED), remaining) == remaining


@ANY
@given(st.floats(1e-12, 1e6), st.floats(0, 1e6))
def test_a_threshold_is_spent_or_turns_negative(remaining, spent):
    left = remaining_after(spent, remaining)
    assert left == (remaining - spent if spent < remaining else -remaining)
    assert left != 0.0


@ANY
@given(st.floats(1e-12, 40), st.floats(1e-9, 1e6))
def test_a_threshold_is_crossed_at_the_fraction_of_the_day_that_it_takes(remaining, spent):
    moment = crossing_time(spent, remaining_after(spent, remaining))
    if spent < remaining:
        assert moment == 2.0
    else:
        assert moment == remaining / spent
        assert 0.0 < moment <= 1.0


def test_a_hazard_of_zero_crosses_nothing():
    assert remaining_after(0.0, 1e-300) == 1e-300
    assert crossing_time(0.0, 1e-300) == 2.0


def first_day(spent_daily: list[float], threshold: float) -> int:
    """The first day, from 1, on which a threshold is crossed; 0 for none."""
    left = threshold
    for day, spent in enumerate(spent_daily, start=1):
        left = remaining_after(spent, left)
        if left < 0.0:
            return day
    return 0


@ANY
@given(st.lists(st.integers(0, 64), min_size=1, max_size=8), st.integers(1, 256))
def test_the_move_happens_when_the_hazards_add_up_to_the_threshold(parts, threshold):
    sums = np.cumsum(parts)  # in sixteenths, so that sums are exact
    expected = int(np.argmax(sums >= threshold)) + 1 if sums[-1] >= threshold else 0
    assert first_day([part / 16 for part in parts], threshold / 16) == expected


def drawn_thresholds(name: str, n_runs: int) -> list[float]:
    """The forward thresholds of one nation in many runs."""
    key = stable_key(name)
    return [thresholds(np.uint64(5), np.uint64(run), key, 2, 0)[0] for run in range(n_runs)]


@pytest.mark.parametrize("spent", [0.05, 0.7])
def test_the_day_of_a_move_follows_the_complementary_log_log_law(spent):
    n_runs, n_days = at_pace(20_000, 1_000), 4
    days = [first_day([spent] * n_days, each) for each in drawn_thresholds("FRA", n_runs)]
    chance = [math.exp(-spent * (t - 1)) * -math.expm1(-spent) for t in range(1, n_days + 1)]
    expected = np.array([math.exp(-spent * n_days), *chance]) * n_runs
    observed = np.bincount(days, minlength=n_days + 1)
    assert stats.chisquare(observed, expected).pvalue > 1e-5


def test_competing_moves_come_in_the_order_of_plackett():
    anchor = json.loads((ANCHORS / "plackett_1975.json").read_text())
    n_runs = at_pace(20_000, 1_000)
    moments = {
        name: [crossing_time(rate, -each) for each in drawn_thresholds(name, n_runs)]
        for name, rate in anchor["hazards"].items()
    }
    orders = Counter(
        "".join(sorted(moments, key=lambda name: moments[name][run])) for run in range(n_runs)
    )
    observed = [orders[order] for order in anchor["P"]]
    expected = [n_runs * chance for chance in anchor["P"].values()]
    assert stats.chisquare(observed, expected).pvalue > 1e-5
