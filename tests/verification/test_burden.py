"""The game of pledges on paper, and the model's rule in it: worked cases, properties, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.verification.burden.files import game_of, pledged, shipped
from experiments.verification.burden.game import (
    Game,
    best_replies,
    best_reply_rounds,
    bracket,
    closed_pledges,
    closed_total,
    equilibrium,
    generated,
    in_turn,
    irrevocable,
    late_map,
    payoff,
    potential,
    totals_wanted,
)
from experiments.verification.burden.published import cobb_douglas, cobb_douglas_replies
from experiments.verification.burden.replies import best_gain
from tests.core.pace import FEW

ONE_KIND = st.integers(0, 10**6)
CONVEXITIES = st.sampled_from([0.001, 0.1, 1.0, 10.0])


def a_game(seed: int, convexity: float, n_kinds: int = 1) -> Game:
    return next(generated(1, n_kinds, convexity, seed))


def five() -> Game:
    return game_of(shipped("burden_sharing"))


def test_the_closed_form_worked_by_hand():
    """Totals wanted 75, 65, 55, 45, 35: 25 and 20 are given in full, then 10 of 30 up to 55."""
    game = five()
    assert totals_wanted(game)[:, 0] == pytest.approx([75, 65, 55, 45, 35], rel=1e-12)
    assert closed_total(totals_wanted(game), game.capacities) == pytest.approx(55, rel=1e-12)
    pledges = closed_pledges(totals_wanted(game), game.capacities)[:, 0]
    assert pledges == pytest.approx([25, 20, 10, 0, 0], abs=1e-9)


def test_where_two_want_the_same_total_the_closed_form_splits_it_by_capacity():
    wanted, capacities = np.array([[30.0], [30.0], [10.0]]), np.array([[40.0], [20.0], [50.0]])
    assert closed_pledges(wanted, capacities)[:, 0] == pytest.approx([20, 10, 0])


def test_where_capacities_bind_all_of_them_is_given():
    assert closed_total(np.array([[30.0], [20.0]]), np.array([[4.0], [5.0]])) == 9.0


def test_where_nobody_wants_any_nothing_is_given():
    assert closed_total(np.array([[-3.0], [-1.0]]), np.array([[4.0], [5.0]])) == 0.0


def test_the_payoff_worked_by_hand():
    """400 x 75 / 100 less 20 + 0.5 x 20^2 / (2 x 40)."""
    game = Game(np.array([400.0]), np.ones((1, 1)), np.array([[40.0]]), 25.0, 0.5)
    assert payoff(game, 0, np.array([20.0]), 55.0) == pytest.approx(300 - 22.5, rel=1e-14)


@FEW
@given(ONE_KIND, CONVEXITIES, st.sampled_from([1, 2, 3]))
def test_best_replies_of_the_rule_reach_the_root_in_the_total(seed, convexity, n_kinds):
    game = a_game(seed, convexity, n_kinds)
    off = abs(best_replies(game) - equilibrium(game)).max()
    assert off <= 1e-7 * (1.0 + game.capacities.max())


@FEW
@given(ONE_KIND, CONVEXITIES)
def test_the_total_lies_between_the_closed_forms_of_the_first_and_the_last_unit(seed, convexity):
    game = a_game(seed, convexity)
    low, high = bracket(game)
    slack = 1e-9 * (high + game.requirement)
    assert low - slack <= best_replies(game).sum() <= high + slack


@FEW
@given(ONE_KIND, CONVEXITIES, st.sampled_from([1, 2]))
def test_no_nation_gains_by_another_contribution(seed, convexity, n_kinds):
    game, chance = a_game(seed, convexity, n_kinds), np.random.default_rng(seed)
    pledges = best_replies(game)
    for nation in range(game.n_nations):
        assert best_gain(game, nation, pledges, chance, 11)[0] <= 1e-12


@FEW
@given(ONE_KIND, CONVEXITIES)
def test_the_potential_never_falls_from_round_to_round(seed, convexity):
    game = a_game(seed, convexity)
    game = game._replace(values=np.maximum(game.values, 0.1 * game.requirement))
    climbed = [potential(game, pledges) for pledges in best_reply_rounds(game)]
    assert (np.diff(climbed) >= -1e-12).all()


@FEW
@given(ONE_KIND, CONVEXITIES)
def test_pledges_that_are_never_lowered_never_come_to_less_than_the_equilibrium(seed, convexity):
    game = a_game(seed, convexity)
    order = np.random.default_rng(seed).permutation(game.n_nations)
    end, total = equilibrium(game).sum(), in_turn(game, order.tolist()).sum()
    assert total >= end - 1e-9 * (end + game.requirement)


@FEW
@given(ONE_KIND, st.sampled_from([0.1, 1.0, 10.0]))
def test_the_rule_in_turn_is_the_bisection_in_turn(seed, convexity):
    game = a_game(seed, convexity)
    order = np.random.default_rng(seed).permutation(game.n_nations)
    due = irrevocable(game, order[None, :])[0]
    assert in_turn(game, order.tolist())[:, 0] == pytest.approx(due, abs=1e-9 * due.sum() + 1e-12)


@FEW
@given(ONE_KIND, CONVEXITIES)
def test_a_higher_requirement_moves_the_total_to_the_side_of_even_odds(seed, convexity):
    game = a_game(seed, convexity)
    low, high = (
        equilibrium(game._replace(requirement=game.requirement * factor)).sum()
        for factor in (1.0, 1.001)
    )
    slack = 1e-9 * game.requirement
    if low > 1.01 * game.requirement:
        assert high >= low - slack
    elif low < 0.99 * game.requirement:
        assert high <= low + slack


def test_a_late_round_of_two_alike_is_the_square_of_one_reply():
    """A reply to d more is -d / (1 + own bend / common bend); a round is two of them."""
    game = Game(np.full(2, 400.0), np.ones((2, 1)), np.full((2, 1), 60.0), 25.0, 1.0)
    partly, late = late_map(game)
    total = equilibrium(game).sum()
    ratio = (1 / (400 * 60)) / (2 * 25 / (total + 25) ** 3)
    assert partly.all()
    assert late[1, 1] == pytest.approx((1 + ratio) ** -2, rel=1e-9)
    assert late[0] == pytest.approx([0.0, -1 / (1 + ratio)], rel=1e-9)


def test_everyone_adds_at_the_review_once_more_is_required():
    """So that nobody adds without it says something."""
    name = "burden_sharing"
    more = pledged(shipped(name, {"events.4": {"date": 5, "requirement": 60}}))
    assert more.sum() > pledged(shipped(name)).sum() + 1.0


@pytest.mark.parametrize(("scale", "rises"), [(1.0, True), (0.5, True), (0.0, False)])
def test_the_share_given_in_equilibrium_rises_with_size_only_if_the_value_does(scale, rises):
    game = game_of(shipped("olson_zeckhauser_1966", {"commitment.scale": scale}))
    shares = (best_replies(game) / game.capacities)[:, 0]
    assert (shares[-1] > shares[0] + 0.1) == rises
    assert (np.diff(shares) >= -1e-9).all()
    if not rises:
        assert np.ptp(shares) <= 1e-9


@FEW
@given(
    st.lists(st.floats(1, 100), min_size=1, max_size=6),
    st.floats(0.1, 0.9),
)
def test_cobb_douglas_replies_come_to_rest_at_the_published_formula(incomes, alpha):
    due = cobb_douglas(np.array(incomes), alpha)
    assert cobb_douglas_replies(np.array(incomes), alpha) == pytest.approx(due, abs=1e-8)


@FEW
@given(st.floats(-2, 2))
def test_income_moved_between_givers_leaves_the_total_of_cobb_douglas(moved):
    before, after = (
        cobb_douglas(np.full(3, 10.0), 0.5),
        cobb_douglas(np.array([10.0 + moved, 10.0, 10.0 - moved]), 0.5),
    )
    assert after.sum() == pytest.approx(before.sum(), rel=1e-12)
    assert after - before == pytest.approx([moved, 0.0, -moved], abs=1e-12)
