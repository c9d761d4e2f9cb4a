"""The arithmetic and the exact laws of threshold crowds, and the shipped files that use them."""

from __future__ import annotations

import csv
from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from scipy.special import ndtr

from experiments.verification.laws import ANCHORS, anchor, moments
from experiments.verification.thresholds.claims import same_path
from experiments.verification.thresholds.crowds import (
    N_PERSONS,
    SIZES,
    crowd_law,
    final_law,
    final_law_in_digits,
    jump,
    quantile_thresholds,
    rounds,
    shipped,
    survival,
    tangency,
)

TABLES = ANCHORS.parents[1] / "scenarios" / "classics"
SMALL = {"mean": 1.2, "sigma": 1.1}


def by_enumeration(exceeds, n_days):
    """Law of the size by day from every way to put each person's threshold between two sizes."""
    n_persons = exceeds.size - 1
    joins_at = [*-np.diff([1.0, *exceeds]), exceeds[-1]]  # at most 0, at most 1, ..., above N
    law = np.zeros((n_days + 1, n_persons + 1))
    for cells in product(range(n_persons + 2), repeat=n_persons):
        path = rounds(np.array(cells))
        for day in range(n_days + 1):
            law[day, path[min(day, len(path) - 1)]] += prod(joins_at[cell] for cell in cells)
    return law


def by_fractions(exceeds):
    """Law of the final size from the triangular equations in fractions, without any rounding."""
    stays, n_persons = [Fraction(float(each)) for each in exceeds], exceeds.size - 1
    alone = []
    for m in range(n_persons + 1):
        alone.append(1 - sum(comb(m, j) * alone[j] * stays[j] ** (m - j) for j in range(m)))
    return [
        float(comb(n_persons, j) * alone[j] * stays[j] ** (n_persons - j))
        for j in range(n_persons + 1)
    ]


@pytest.mark.parametrize("n_persons", [1, 2, 3, 4])
def test_the_recursion_counts_every_small_crowd(n_persons):
    exceeds = survival(SMALL["sigma"], n_persons, SMALL["mean"])
    n_days = n_persons + 1
    off = crowd_law(exceeds, n_days) - by_enumeration(exceeds, n_days)
    assert abs(off).max() < 1e-14


def test_two_people_by_hand():
    exceeds = np.array([0.7, 0.4, 0.2])
    # day 1: both at once, one, none; day 2: whom the first draws along has a threshold in (0, 1]
    one = 2 * 0.3 * 0.7
    law = crowd_law(exceeds, 2)
    assert law[1] == pytest.approx([0.49, one, 0.09])
    assert law[2] == pytest.approx([0.49, one * 0.4 / 0.7, 0.09 + one * 0.3 / 0.7])


@pytest.mark.parametrize("sigma", [8.0, 12.5, 30.0])
def test_the_recursion_solves_the_triangular_equations(sigma):
    exceeds = survival(sigma)
    assert abs(final_law(sigma) - final_law_in_digits(exceeds)).max() < 1e-13


def test_two_hundred_digits_are_enough():
    exceeds = survival(8.0)
    assert (final_law_in_digits(exceeds) == final_law_in_digits(exceeds, 400)).all()


def test_the_triangular_equations_in_digits_are_those_in_fractions():
    exceeds = survival(5.0, 20, 5.0)
    assert final_law_in_digits(exceeds) == pytest.approx(by_fractions(exceeds), rel=1e-15)


def test_after_as_many_rounds_as_people_nothing_moves():
    law = crowd_law(survival(14.0), N_PERSONS + 20)
    assert abs(law.sum(axis=1) - 1).max() < 1e-12
    assert law[N_PERSONS + 1] == pytest.approx(law[-1], abs=1e-15)


def test_a_crowd_of_one_mind_has_no_chance():
    """Thresholds that all lie between two sizes: nobody starts, or all go at once."""
    nobody, everybody = np.ones(6), np.zeros(6)
    assert crowd_law(nobody, 3)[-1, 0] == 1.0
    assert crowd_law(everybody, 3)[1, -1] == 1.0


def test_the_mean_with_drawn_thresholds_climbs_where_the_quantiles_jump():
    means = [moments(SIZES, final_law(jump() + side))[0] for side in (-0.01, 0.01)]
    sizes = [rounds(quantile_thresholds(jump() + side))[-1] for side in (-0.01, 0.01)]
    assert 0 < means[1] - means[0] < 1
    assert sizes == [6, 100]


def test_the_continuous_law_touches_the_diagonal_at_the_tangency():
    known = anchor("granovetter_1978")["tangency_mean25_N100"]
    assert tangency() == pytest.approx(known["sigma_c"], abs=1e-10)
    sizes = np.linspace(0, 25, 100_001)
    gap = 100 * ndtr((sizes - 25) / tangency()) - sizes
    assert abs(gap.min()) < 1e-7
    assert sizes[gap.argmin()] == pytest.approx(known["r_c"], abs=1e-3)


@pytest.mark.parametrize("n_persons", [20, 100, 1000])
def test_a_crowd_jumps_where_the_closed_form_says(n_persons):
    before, after = (
        rounds(quantile_thresholds(jump(n_persons) + side, n_persons))[-1] for side in (-1e-9, 1e-9)
    )
    assert before < n_persons / 4
    assert after > n_persons / 2


def test_the_jump_of_large_crowds_tends_to_the_tangency():
    late = [jump(n_persons) - tangency() for n_persons in (100, 1_000, 10_000, 100_000)]
    assert all(late[place] > 5 * late[place + 1] > 0 for place in range(3))


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("granovetter_1978", (np.arange(N_PERSONS) - 0.5) / 99),
        ("granovetter_1978_normal", quantile_thresholds(12.5) / 99),
        ("granovetter_1978_normal_wider", quantile_thresholds(13.0) / 99),
    ],
)
def test_a_shipped_table_holds_the_thresholds_that_it_says(name, shares):
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["threshold"]) for row in rows] == pytest.approx(shares, abs=1e-12)
    assert [nation.threshold for nation in shipped(name).nations] == pytest.approx(
        shares, abs=1e-12
    )


@pytest.mark.parametrize(
    ("name", "case"), [("kuran_1991", "A"), ("kuran_1991_one_changed", "A_prime")]
)
def test_kuran_s_files_hold_his_sequences(name, case):
    shares = [nation.threshold for nation in shipped(name).nations]
    percent = [10 * (9 * share + 0.5) for share in shares]
    assert percent == pytest.approx(anchor("kuran_1991")[case]["thresholds"], abs=1e-9)


def test_a_path_that_differs_on_one_day_of_one_run_is_no_evidence():
    sizes = np.array([[0, 1, 2, 2], [0, 1, 2, 2]])
    assert same_path("", "", [0, 1, 2], sizes).holds
    sizes[1, 3] = 3
    assert not same_path("", "", [0, 1, 2], sizes).holds
