"""Constant hazards: the size by day, the order of moves, which of two moves comes first."""

from __future__ import annotations

from itertools import permutations
from math import exp, log

import numpy as np
import pytest
from scipy import stats

from experiments.verification.laws import LEAST_P, MOST_ERRORS, anchor, errors_off, moments, p_value
from sim.core.stages import LEFT, PUBLIC
from sim.engines.run import run
from sim.scenario.load import scenario_from_dict

HAZARD = anchor("pure_hazard")
CLOCKS = anchor("plackett_1975")
N_RUNS = 20_000
SIZES = np.arange(HAZARD["n_nations"] + 1)


@pytest.fixture(scope="module")
def pure_hazard():
    """Thirty willing nations, each of which declares at a constant rate."""
    nations = [{"id": f"N{place}", "stage": "willing"} for place in range(HAZARD["n_nations"])]
    behaviour = {"declare": {"rate": HAZARD["hazard_per_day"]}}
    scenario = scenario_from_dict({"days": 100, "nations": nations, "behaviour": behaviour})
    return run(scenario, runs=N_RUNS, seed=1)


def binomial(day):
    """Exact law of the size on a day."""
    share = -np.expm1(-HAZARD["hazard_per_day"] * day)
    return stats.binom.pmf(SIZES, SIZES[-1], share)


@pytest.mark.parametrize("row", HAZARD["by_day"], ids=lambda row: f"day_{row['t']}")
def test_the_size_has_the_mean_and_spread_of_the_table(pure_hazard, row):
    size = pure_hazard.size[:, row["t"]].astype(float)
    law = binomial(row["t"])
    mean, sd = moments(SIZES, law)
    assert (mean, sd) == pytest.approx((row["mean"], row["sd"]), rel=1e-9)
    assert errors_off(size, row["mean"], row["sd"]) < MOST_ERRORS
    squares = (SIZES - mean) ** 2
    assert errors_off((size - mean) ** 2, *moments(squares, law)) < MOST_ERRORS


@pytest.mark.parametrize("row", HAZARD["by_day"], ids=lambda row: f"day_{row['t']}")
def test_the_chances_of_none_all_and_half_are_those_of_the_table(pure_hazard, row):
    size = pure_hazard.size[:, row["t"]]
    for reached, name in (
        (size == 0, "P_n0"),
        (size == SIZES[-1], "P_all"),
        (size >= 15, "P_ge_15"),
    ):
        chance = min(max(row[name], 0.0), 1.0)
        assert stats.binomtest(int(reached.sum()), N_RUNS, chance).pvalue > LEAST_P


@pytest.mark.parametrize("day", [1, 2, 3, 7, 20, 45, 100])
def test_the_size_is_binomial_on_every_day(pure_hazard, day):
    counts = np.bincount(pure_hazard.size[:, day], minlength=SIZES.size)
    assert p_value(counts, binomial(day)) > LEAST_P
    assert np.array_equal(counts, pure_hazard.records.size_counts[0, day])


def test_the_size_on_day_20_has_the_law_of_the_table(pure_hazard):
    counts = np.bincount(pure_hazard.size[:, 20], minlength=SIZES.size)
    table = np.array(HAZARD["dist_t20"])
    assert table == pytest.approx(binomial(20), rel=1e-9)
    assert p_value(counts, table) > LEAST_P


def test_nations_move_independently_of_each_other(pure_hazard):
    by_day_10 = (pure_hazard.first_day[:, :, PUBLIC] <= 10) & (
        pure_hazard.first_day[:, :, PUBLIC] > 0
    )
    share = -np.expm1(-0.5)
    pairs = by_day_10[:, 0::2] & by_day_10[:, 1::2]
    both = stats.binomtest(int(pairs.sum()), pairs.size, share**2)
    assert both.pvalue > LEAST_P


def test_the_order_of_three_nations_has_plackett_s_probabilities():
    """Who pledges first finds least force there and gives most: pledges tell the order of a day.

    Day and fraction of the day together are an exponential clock, so that the order is exactly
    Plackett's although about half of the moves fall on the same day as another.
    """
    names, gain = list(CLOCKS["hazards"]), 4.0
    nations = [
        {
            "id": name,
            "stage": "public",
            "capability": 0.5 + log(CLOCKS["hazards"][name]) / gain,
            "capacity": {"ground": 10},
        }
        for name in names
    ]
    form = {
        "days": 30,
        "nations": nations,
        "contributions": {"ground": {}},
        "commitment": {"requirement": 10, "value": 100, "token": 0},
        "behaviour": {"pledge": {"rate": 1.0, "capability": gain}},
    }
    pledge = run(scenario_from_dict(form), runs=N_RUNS, seed=2).pledge[:, :, 0]
    ordered = np.argsort(-pledge, axis=1, kind="stable")
    assert (np.diff(np.take_along_axis(pledge, ordered, axis=1), axis=1) < 0.0).all()
    orders = list(permutations(range(3)))
    counts = np.array([(ordered == order).all(axis=1).sum() for order in orders])
    assert counts.sum() == N_RUNS
    spelled = ["".join(names[place] for place in order) for order in orders]
    assert p_value(counts, np.array([CLOCKS["P"][order] for order in spelled])) > LEAST_P


@pytest.mark.parametrize(("forward", "leave"), [(0.02, 0.01), (0.5, 1.0), (2.0, 1.0), (6.0, 3.0)])
def test_of_two_moves_the_first_is_a_matter_of_their_hazards(forward, leave):
    """P(forward first) = h_f / (h_f + h_x), on whatever day; the day is geometric."""
    behaviour = {"declare": {"rate": forward}, "decline": {"willing": {"rate": leave}}}
    nations = [{"id": f"N{place}", "stage": "willing"} for place in range(8)]
    form = {"days": 40, "nations": nations, "behaviour": behaviour}
    day = run(scenario_from_dict(form), runs=5000, seed=3).first_day
    both = forward + leave
    days = np.arange(1, 41)
    moves = np.exp(-both * (days - 1)) * -np.expm1(-both)
    law = np.concatenate([moves * forward / both, moves * leave / both, [exp(-both * 40)]])
    counts = np.concatenate(
        [
            np.bincount(day[:, :, stage][day[:, :, stage] > 0], minlength=41)[1:]
            for stage in (PUBLIC, LEFT)
        ]
    )
    counts = np.append(counts, day[:, :, 0].size - counts.sum())
    assert p_value(counts, law) > LEAST_P
    went = counts[:40].sum()
    assert stats.binomtest(int(went), int(counts[:80].sum()), forward / both).pvalue > LEAST_P
