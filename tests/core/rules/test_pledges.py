"""The pledge: its parts, its closed form, its optimum, its bits."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import optimize

from sim.core.elementary import exp
from sim.core.rules.pledges import (
    FORCE_UNIT,
    FORCE_UNITS,
    NO_REST,
    add_token,
    adequacy,
    cheapest_kind,
    cost_per_force,
    from_bits,
    highest_price,
    highest_price_per_worth,
    highest_worth_paying,
    is_at_rest_below,
    marginal_benefit,
    pledged_units,
    size_factor,
    spread_of_cost,
    to_bits,
    total_floor,
    total_given,
    value_of_success,
    worth_paying,
)
from tests.core.pace import ANY, FEW
from tests.core.rules.offers import Case, cases

ANCHORS = Path(__file__).parents[2] / "anchors"
LEAST_CONVEXITY = 0.001

shares = st.floats(0, 1)


def test_adequacy_is_even_at_the_requirement():
    assert adequacy(30.0, 30.0) == 0.5
    assert adequacy(0.0, 30.0) == 0.0
    assert adequacy(90.0, 30.0) == 0.75


@ANY
@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_adequacy_grows_with_force_and_stays_below_one(one, other, requirement):
    low, high = sorted((one, other))
    assert 0.0 <= adequacy(low, requirement) <= adequacy(high, requirement) <= 1.0


def test_a_cost_worked_by_hand():
    # 2 * (1 + 1.5 * (1 - 0.8)) * 1.25 = 3.25
    assert cost_per_force(2.0, 1.5, 0.8, 1.25) == pytest.approx(3.25)
    assert cost_per_force(2.0, 1.5, 1.0, 1.0) == 2.0


@ANY
@given(st.floats(0.01, 100), st.floats(0, 100), shares, shares, st.floats(0.01, 100))
def test_domestic_support_never_makes_a_contribution_dearer(cost, aversion, one, other, spread):
    low, high = sorted((one, other))
    dear = cost_per_force(cost, aversion, low, spread)
    assert dear >= cost_per_force(cost, aversion, high, spread) > 0.0


def test_without_spread_every_nation_has_the_same_cost():
    assert spread_of_cost(0.0, 2.5) == 1.0
    assert spread_of_cost(0.3, -2.0) == exp(-0.6)


def test_the_size_factor_at_its_limits():
    assert size_factor(40.0, 40.0, 1.7) == 1.0
    assert size_factor(0.0, 40.0, 1.7) == size_factor(0.0, 0.0, 0.0) == 0.0
    assert size_factor(1.0, 40.0, 0.0) == 1.0
    assert size_factor(10.0, 40.0, 1.0) == pytest.approx(0.25, rel=1e-14)
    assert size_factor(10.0, 40.0, 0.5) == pytest.approx(0.5, rel=1e-14)


def test_the_value_of_success_is_a_product():
    assert value_of_success(320.0, 0.5, 0.25, 0.75) == 30.0
    assert value_of_success(320.0, 0.5, 0.0, 0.75) == 0.0


def test_a_pledge_worked_by_hand():
    """Half a capacity of 20 costs 1.5 more a unit; 80 * 30 / (30 + 10)^2 = 1.5."""
    case = Case((1.0,), (20.0,), (0.0,), 80.0, 30.0, 0.0, 1.0)
    assert case.price() == pytest.approx(1.5, rel=1e-14)
    assert case.chosen() == pytest.approx([10.0], rel=1e-13)


def test_two_kinds_worked_by_hand_have_the_same_marginal_cost():
    """At p = 2: 10 of 10 at cost 1, 5 of 20 at cost 1.6; 160 * 45 / (45 + 15)^2 = 2."""
    case = Case((1.0, 1.6), (10.0, 20.0), (0.0, 0.0), 160.0, 45.0, 0.0, 1.0)
    assert case.price() == pytest.approx(2.0, rel=1e-14)
    assert case.chosen() == pytest.approx([10.0, 5.0], rel=1e-13)


@pytest.mark.parametrize(
    "row", json.loads((ANCHORS / "tullock_1980.json").read_text())["tullock_best_response"]
)
def test_a_lone_giver_s_pledge_is_tullock_s_best_response_to_the_requirement(row):
    """Marginal cost is 1 to within 2e-7 where capacity is ample."""
    ample = (1e4,)
    case = Case((1.0,), ample, (0.0,), row["V"], row["X_others"], 0.0, LEAST_CONVEXITY)
    assert case.chosen() == pytest.approx([row["best_response"]], abs=1e-6)
    assert case.chosen() == pytest.approx([row["numeric"]], abs=1e-6)


def water_filling(case: Case, costs: tuple[float, ...]) -> np.ndarray:
    """The pledge at constant marginal costs: from the cheapest kind up."""
    amounts = np.zeros(len(costs))
    for kind in sorted(range(len(costs)), key=costs.__getitem__):
        wanted = math.sqrt(case.value * case.requirement / costs[kind])
        more = wanted - case.requirement - case.others - amounts.sum()
        amounts[kind] = min(max(more, 0.0), case.capacities[kind])
    return amounts


@ANY
@given(cases())
def test_at_convexity_next_to_zero_the_total_is_the_closed_form(case):
    """Marginal costs lie between cost and 1.001 cost, so the total lies between two of them."""
    case = case._replace(floors=(0.0,) * len(case.costs), convexity=LEAST_CONVEXITY)
    dearest = tuple(cost * (1 + LEAST_CONVEXITY) for cost in case.costs)
    most = water_filling(case, case.costs).sum()
    least = water_filling(case, dearest).sum()
    slack = 1e-9 * (case.requirement + case.others + most)
    assert least - slack <= case.chosen().sum() <= most + slack


@ANY
@given(cases())
def test_at_convexity_next_to_zero_a_dearer_kind_waits_until_a_cheaper_one_is_full(case):
    case = case._replace(floors=(0.0,) * len(case.costs), convexity=LEAST_CONVEXITY)
    amounts = case.chosen()
    for kind, cost in enumerate(case.costs):
        for other, dearer in enumerate(case.costs):
            if dearer > cost * 1.0011 and amounts[other] > 0.0:
                assert amounts[kind] == case.capacities[kind]


@ANY
@given(cases())
@example(Case((1.0, 1.0, 51.75), (0.0, 0.0, 67.0), (0.0,) * 3, 0.625, 0.01, 0.0, LEAST_CONVEXITY))
def test_the_pledge_satisfies_the_conditions_of_an_optimum(case):
    """Given in part: marginal cost is marginal benefit. At a floor it is more, in full less."""
    amounts = case.chosen()
    benefit, costs = case.marginal_benefit(amounts), case.marginal_costs(amounts)
    # The next double after the price moves an amount by up to capacity / convexity times its last
    # bit, and the benefit by twice the share that this is of all force and the requirement.
    last_bits = sum(case.capacities) / case.convexity * 2.0**-52
    rounding = 2.0 * last_bits / (amounts.sum() + case.others + case.requirement)
    slack = (1e-9 + rounding) * (benefit + costs) + 1e-300
    for kind, amount in enumerate(amounts):
        floor, capacity = case.floors[kind], case.capacities[kind]
        assert floor <= amount <= capacity
        if amount > floor:
            assert costs[kind] <= benefit + slack[kind]
        if amount < capacity:
            # a step of the price so small that the amount does not change by its last bit
            assert costs[kind] >= benefit - slack[kind]


@FEW
@given(cases(least_convexity=0.05))
def test_a_numerical_optimiser_finds_nothing_better(case):
    ours = case.chosen()
    bounds = optimize.Bounds(case.floors, case.capacities)
    scale = 1.0 / (1.0 + case.value)
    found = optimize.minimize(
        lambda amounts: -scale * case.net_value(amounts),
        np.array(case.floors) / 2 + np.array(case.capacities) / 2,
        method="L-BFGS-B",
        jac=lambda amounts: (
            -scale * (case.marginal_benefit(amounts) - case.marginal_costs(amounts))
        ),
        bounds=bounds,
        options={"ftol": 1e-15, "gtol": 1e-12, "maxiter": 2000},
    )
    best = -found.fun / scale
    assert case.net_value(ours) >= best - 1e-9 * (1.0 + case.value)
    assert case.net_value(ours) <= best + 1e-4 * (1.0 + case.value)  # it did get there


@FEW
@given(cases(), st.lists(shares, min_size=4, max_size=4))
def test_no_other_pledge_is_better(case, places):
    ours, floors, capacities = case.chosen(), np.array(case.floors), np.array(case.capacities)
    other = floors + np.array(places[: ours.size]) * (capacities - floors)
    worth = case.value + float(np.dot(case.marginal_costs(capacities), capacities))
    assert case.net_value(ours) >= case.net_value(other) - 1e-12 * worth


def bisected(highest: float, case: Case) -> float:
    """The largest price worth paying, by halving the stretch of bits between 0 and `highest`."""
    offer, prize = case.offer(), case.prize()
    low, high = 0, int(np.float64(highest).view(np.int64))
    while high - low > 1:
        middle = (low + high) // 2
        if worth_paying(float(np.int64(middle).view(np.float64)), offer, prize):
            low = middle
        else:
            high = middle
    return float(np.int64(low).view(np.float64))


@ANY
@given(cases())
def test_the_price_is_worth_paying_and_the_next_number_is_not(case):
    price, offer, prize = case.price(), case.offer(), case.prize()
    assert worth_paying(price, offer, prize)
    assert not worth_paying(np.nextafter(price, np.inf), offer, prize)


@FEW
@given(cases(), st.floats(1, 1e9))
def test_a_plain_bisection_gives_the_same_bits_from_any_price_that_is_too_high(case, times):
    offer, prize = case.offer(), case.prize()
    highest = np.nextafter(marginal_benefit(total_floor(offer), prize), np.inf) * times
    assert highest_worth_paying(highest, offer, prize) == case.price() == bisected(highest, case)


@pytest.mark.parametrize("requirement", [1e-200, 1e-6, 1.0, 1e9])
@pytest.mark.parametrize("value", [1e-6, 1.0, 1e12])
@pytest.mark.parametrize("cost", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("convexity", [0.001, 1e6])
def test_the_root_is_found_at_the_ends_of_what_a_file_may_say(requirement, value, cost, convexity):
    costs, capacities = (cost, 3 * cost), (1.0, 1e6)
    case = Case(costs, capacities, (0.0, 0.0), value, requirement, 0.0, convexity)
    price, offer, prize = case.price(), case.offer(), case.prize()
    assert worth_paying(price, offer, prize)
    assert not worth_paying(np.nextafter(price, np.inf), offer, prize)


@ANY
@given(cases(), st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_is_given_never_falls_as_the_price_rises(case, one, other):
    low, high = sorted((one, other))
    offer, per_convexity = case.offer(), 1.0 / case.convexity
    assert total_given(low, offer, per_convexity) <= total_given(high, offer, per_convexity)
    assert total_given(0.0, offer, per_convexity) == total_floor(offer)


@ANY
@given(cases(), st.floats(0, 1e4))
def test_the_more_the_others_give_the_less_of_every_kind_a_nation_gives(case, more):
    eager = case._replace(others=case.others + more)
    assert np.all(eager.chosen() <= case.chosen())


@ANY
@given(cases(), shares, shares, shares, shares)
def test_a_higher_stake_or_better_prospects_never_lower_a_pledge(
    case, stake, other_stake, prospects, other_prospects
):
    low, high = sorted((stake, other_stake))
    worse, better = sorted((prospects, other_prospects))
    least = case._replace(value=value_of_success(case.value, low, worse, 0.5))
    most = case._replace(value=value_of_success(case.value, high, better, 0.5))
    assert np.all(least.chosen() <= most.chosen())


@ANY
@given(cases(), st.integers(0, 3), shares)
def test_a_nation_bound_to_more_of_one_kind_gives_no_more_of_the_others(case, kind, share):
    kind %= len(case.costs)
    floors = list(case.floors)
    floors[kind] += share * (case.capacities[kind] - floors[kind])
    bound = case._replace(
        floors=tuple(min(*pair) for pair in zip(floors, case.capacities, strict=True))
    )
    more, less = bound.chosen(), case.chosen()
    assert more[kind] >= bound.floors[kind]
    for other in range(len(floors)):
        if other != kind:
            assert more[other] <= less[other]


@ANY
@given(cases())
def test_the_highest_price_is_below_its_bound_but_for_a_billionth(case):
    """The bound takes the force that is pledged, which is all but a token of what must be given."""
    offer, prize = case.offer(), case.prize()
    force, highest = case.others + math.fsum(case.floors), highest_price(offer, prize)
    bound = prize.worth * highest_price_per_worth(force, case.requirement)
    assert highest <= bound <= highest * (1 + 1e-8)


@pytest.mark.parametrize(("force", "requirement"), [(1e160, 1.0), (0.0, 1e-120), (0.0, 1e-170)])
def test_next_to_the_smallest_and_largest_numbers_there_is_no_bound(force, requirement):
    assert highest_price_per_worth(np.float64(force), np.float64(requirement)) == math.inf


def test_nobody_is_at_rest_whose_price_of_rest_or_whose_highest_price_is_unknown():
    assert is_at_rest_below(2.0, 1.0, 2.0)
    assert not is_at_rest_below(2.0, 1.0, 2.1)
    assert not is_at_rest_below(NO_REST, 0.0, 2.0)
    assert not any(is_at_rest_below(rest, 0.0, math.inf) for rest in (NO_REST, 0.0, 1e300))


def test_a_higher_requirement_can_lower_a_pledge():
    easy = Case((1.0,), (100.0,), (0.0,), 100.0, 25.0, 0.0, LEAST_CONVEXITY)
    assert easy.chosen()[0] == pytest.approx(25.0, rel=1e-3)  # sqrt(100 * 25) - 25
    assert easy._replace(requirement=64.0).chosen()[0] == pytest.approx(16.0, rel=1e-2)


@ANY
@given(cases())
def test_a_nation_to_whom_success_is_worth_nothing_gives_what_it_must(case):
    assert tuple(case._replace(value=0.0).chosen()) == case.floors


@ANY
@given(cases())
def test_a_caveat_is_a_capacity_of_zero_and_gives_nothing_of_its_kind(case):
    caveat = case._replace(capacities=(0.0, *case.capacities[1:]), floors=(0.0, *case.floors[1:]))
    assert caveat.chosen()[0] == 0.0


@ANY
@given(cases())
def test_the_flag_is_laid_on_the_first_of_the_cheapest_kinds_with_capacity(case):
    usable = [kind for kind, capacity in enumerate(case.capacities) if capacity > 0.0]
    expected = min(usable, key=lambda kind: -case.offer().real[kind], default=-1)
    assert cheapest_kind(case.offer()) == expected


def test_of_kinds_at_the_same_cost_the_first_in_the_file_is_the_cheapest():
    case = Case((2.0, 1.0, 1.0), (5.0, 5.0, 5.0), (0.0,) * 3, 1.0, 1.0, 0.0, 1.0)
    assert cheapest_kind(case.offer()) == 1
    assert cheapest_kind(case._replace(capacities=(5.0, 0.0, 5.0)).offer()) == 2
    assert cheapest_kind(case._replace(capacities=(0.0,) * 3).offer()) == -1


@ANY
@given(cases(), shares)
def test_a_token_raises_the_floor_of_the_cheapest_kind_alone_and_lowers_none(case, token):
    offer = case.offer()
    add_token(offer, token)
    flag, n_kinds = cheapest_kind(offer), len(case.costs)
    for kind in range(n_kinds):
        least = token * case.capacities[kind] if kind == flag else 0.0
        assert offer.real[2 * n_kinds + kind] == max(case.floors[kind], least)


@ANY
@given(cases(), st.floats(0, 1e6))
def test_pledges_are_rounded_down_but_never_below_a_pledge_made_before(case, price):
    whole = [int(floor * FORCE_UNITS) for floor in case.floors]
    case = case._replace(floors=tuple(units * FORCE_UNIT for units in whole))
    offer = case.offer()
    for kind, capacity in enumerate(case.capacities):
        units = pledged_units(price, offer, kind, 1.0 / case.convexity)
        assert whole[kind] <= units
        assert units * FORCE_UNIT <= capacity


@ANY
@given(st.floats(0, allow_infinity=True), st.floats(0, allow_infinity=True))
def test_bits_order_as_numbers_do_and_turn_back_into_them(one, other):
    assume(math.copysign(1, one) > 0 and math.copysign(1, other) > 0)
    assert (to_bits(one) < to_bits(other)) == (one < other)
    assert from_bits(to_bits(one)) == one
