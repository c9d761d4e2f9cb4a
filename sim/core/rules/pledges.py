"""What a nation commits: the exact optimum of its stake in success against its cost."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.compiled import compiled, index, inlined
from sim.core.elementary import exp, power

FORCE_UNITS = 2**30
"""Pledges are counted in units of 2**-30 of a force unit: sums of them are exact."""

FORCE_UNIT = 1.0 / FORCE_UNITS
MIN_COST = 1e-300
"""Of a unit of force, so that what a unit of cost buys is finite."""

TOLERANCE = 1e-8
MAX_NEWTON_STEPS = 4
MAX_GUESSES = 60
MAX_STEP = 2**60
"""Of the search over the bits of a price: twice as long would overflow."""

NO_REST = -1.0
"""Price at which nobody is known to give what it has pledged: below all prices."""

REST_MARGIN = 1.0 + 1e-9
"""Far above what roundings of a few operations add up to."""


class Offer(NamedTuple):
    """What one nation can give, by kind: three stretches of one array, in force units.

    Attributes
    ----------
    real : ndarray of float64
    per_cost, capacity, floor : int
        Where the forces that a unit of cost buys (1 / cost), the capacities, and what is given in
        any case begin.
    n_kinds : int
    """

    real: NDArray[np.float64]
    per_cost: int
    capacity: int
    floor: int
    n_kinds: int


class Prize(NamedTuple):
    """What success is worth, and how far off it is.

    Attributes
    ----------
    worth : float
        V_i * Q, the value of success times the requirement.
    others : float
        C_-i + Q, the force of the others and the requirement.
    per_convexity : float
        1 / convexity.
    """

    worth: float
    others: float
    per_convexity: float


@inlined
def adequacy(force: float, requirement: float) -> float:
    """Return S = C / (C + Q), the odds of success as a share [Tullock1980]_.

    Parameters
    ----------
    force, requirement : float
        Public force C, and the force Q at which the odds are even; the same units, Q > 0.
    """
    return force / (force + requirement)


@inlined
def cost_per_force(cost: float, aversion: float, support: float, spread: float) -> float:
    """Return a nation's cost of a unit of force: dearer where the public is averse.

    Parameters
    ----------
    cost, aversion : float
        Of the kind of contribution.
    support : float
        Domestic support, in [0, 1].
    spread : float
        What `spread_of_cost` returned, once a run.
    """
    own = cost * (1.0 + aversion * (1.0 - support)) * spread
    return own if own > MIN_COST else MIN_COST


@inlined
def spread_of_cost(spread: float, draw: float) -> float:
    """Return exp(spread * draw), the factor by which a nation's cost differs; `draw` is normal."""
    return exp(spread * draw)


@compiled
def size_factor(total_capacity: float, largest: float, scale: float) -> float:
    """Return (capacity / largest capacity) ** scale, 0 for a nation that has nothing to give.

    With scale 1 success is worth most to the large [OlsonZeckhauser1966]_.
    """
    if total_capacity <= 0.0:
        return 0.0
    return power(total_capacity / largest, scale) if scale > 0.0 else 1.0


@inlined
def value_of_success(value: float, stake: float, prospects: float, size: float) -> float:
    """Return V_i; `prospects` is the product itself, in [0, 1]."""
    return value * stake * prospects * size


@inlined
def share_wanted(price: float, per_cost: float, per_convexity: float) -> float:
    """Return the share of a kind's capacity whose marginal cost is at most the shadow price.

    Marginal cost is cost * (1 + convexity * g / K), so g / K = (price / cost - 1) / convexity,
    within [0, 1]. Reciprocals are taken once, since divisions are dear.
    """
    share = (price * per_cost - 1.0) * per_convexity
    share = share if share > 0.0 else 0.0
    return 1.0 if share > 1.0 else share


@inlined
def given(price: float, offer: Offer, kind: int, per_convexity: float) -> float:
    """Return what is given of one kind at a shadow price: at least its floor, in force units."""
    share = share_wanted(price, offer.real[index(offer.per_cost + kind)], per_convexity)
    amount, floor = (
        offer.real[index(offer.capacity + kind)] * share,
        offer.real[index(offer.floor + kind)],
    )
    return floor if amount < floor else amount


@inlined
def total_given(price: float, offer: Offer, per_convexity: float) -> float:
    """Return the force given at a shadow price: monotone in the price to the last bit."""
    total = 0.0
    for kind in range(offer.n_kinds):
        total += given(price, offer, kind, per_convexity)
    return total


@inlined
def total_floor(offer: Offer) -> float:
    """Return the force given at a price of 0: the floors."""
    total = 0.0
    for kind in range(offer.n_kinds):
        total += offer.real[index(offer.floor + kind)]
    return total


@inlined
def marginal_benefit(total: float, prize: Prize) -> float:
    """Return V Q / (C_-i + g + Q)^2, the worth of one more unit of force."""
    everything = prize.others + total
    return prize.worth / (everything * everything)


@inlined
def worth_paying(price: float, offer: Offer, prize: Prize) -> bool:
    """Return whether a shadow price is at most the marginal benefit of what it buys."""
    return price <= marginal_benefit(total_given(price, offer, prize.per_convexity), prize)


@inlined
def tangent(price: float, offer: Offer, per_convexity: float) -> tuple[float, float]:
    """Return (constant, slope) of the straight line that `total_given` follows at a price."""
    constant, slope = 0.0, 0.0
    for kind in range(offer.n_kinds):
        per_cost, capacity = (
            offer.real[index(offer.per_cost + kind)],
            offer.real[index(offer.capacity + kind)],
        )
        share = share_wanted(price, per_cost, per_convexity)
        floor = offer.real[index(offer.floor + kind)]
        if share * capacity <= floor:
            constant += floor
        elif share >= 1.0:
            constant += capacity
        else:
            constant -= capacity * per_convexity
            slope += capacity * per_cost * per_convexity
    return constant, slope


@inlined
def price_on_line(price: float, constant: float, slope: float, worth: float) -> float:
    """Return about the root of p (constant + slope p)^2 = worth, from a price near it."""
    for _ in range(MAX_NEWTON_STEPS):
        everything = constant + slope * price
        excess = price * everything * everything - worth
        step = excess / (everything * (everything + 2.0 * price * slope))
        price = price - step
        if abs(step) <= TOLERANCE * price:
            break
    return price


@inlined
def guess_price(highest: float, offer: Offer, prize: Prize) -> float:
    """Return a shadow price close to the root of p (C + g(p) + Q)^2 = V Q.

    g(p) is made of straight pieces: the root is taken on the piece of the last guess, inside a
    bracket; where it would leave that, the middle is tried instead.
    """
    low, high, price = 0.0, highest, highest
    for _ in range(MAX_GUESSES):
        constant, slope = tangent(price, offer, prize.per_convexity)
        constant += prize.others
        everything = constant + slope * price
        if price * everything * everything > prize.worth:
            high = price
        else:
            low = price
        later = price_on_line(price, constant, slope, prize.worth)
        if abs(later - price) <= TOLERANCE * later:
            return later
        price = later if low < later < high else 0.5 * (low + high)
    return price


@inlined
def to_bits(number: float) -> int:
    """Return the bits of a non-negative number, which order as the numbers do."""
    return int(np.float64(number).view(np.int64))


@inlined
def from_bits(bits: int) -> float:
    """Return the number of these bits."""
    return np.int64(bits).view(np.float64)


@compiled
def highest_worth_paying(highest: float, offer: Offer, prize: Prize) -> float:
    """Return the largest price worth paying; `highest` is one that is not.

    Searches outwards from a guess: a good one saves time, any other gives the same bits.
    """
    low, high = 0, to_bits(highest)
    at, step = to_bits(guess_price(highest, offer, prize)), 1
    while high - low > 1:
        if worth_paying(from_bits(at), offer, prize):
            low = at
            at = low + step
        else:
            high = at
            at = high - step
        if step < MAX_STEP:
            step = step * 2
        if at <= low or at >= high:
            at = low + (high - low) // 2
    return from_bits(low)


@inlined
def shadow_price(offer: Offer, prize: Prize) -> float:
    """Return the largest p with p <= V Q / (C_-i + sum g(p) + Q)^2.

    Parameters
    ----------
    offer : Offer
        Its floor holds what the nation gave before, and the token.
    prize : Prize

    Notes
    -----
    The nation maximises V S(C_-i + sum g) - sum cost_k (g_k + convexity g_k^2 / (2 K_k)) over
    floor <= g <= K: every kind that is given in part has marginal cost equal to the price p.
    At convexity -> 0 it fills kinds from the cheapest up to sqrt(V Q / cost) - Q - C_-i.
    The left side grows with p and the right side falls, in floating point as on paper, so the
    largest such number is well defined and any way of searching for it gives the same bits.

    Differs from the source: in [Tullock1980]_ the others' efforts are rivals; here they add up,
    and the requirement is the rival.
    """
    highest = highest_price(offer, prize)
    if worth_paying(highest, offer, prize):
        return highest
    return highest_worth_paying(highest, offer, prize)


@inlined
def highest_price(offer: Offer, prize: Prize) -> float:
    """Return the worth of one more unit of force where a nation gives its floors alone."""
    return marginal_benefit(total_floor(offer), prize)


@inlined
def highest_price_per_worth(force: float, requirement: float) -> float:
    """Return a number that times `Prize.worth` is at least the `highest_price` of who has pledged.

    Parameters
    ----------
    force : float
        Of all nations.
    requirement : float

    Notes
    -----
    The floors of a nation are at least what it has pledged, so that everything at its floors is at
    least the force of all and the requirement. The margin makes up for roundings; where they might
    be larger, next to the smallest and the largest numbers, no bound is given.
    """
    everything = force + requirement
    bound = REST_MARGIN / (everything * everything)
    return bound if 1e-200 < bound < 1e200 else math.inf


@inlined
def is_at_rest_below(rest_price: float, worth: float, price_per_worth: float) -> bool:
    """Return whether a nation would pledge what it has pledged, without its highest price.

    Parameters
    ----------
    rest_price : float
        A price at which it gives what it has pledged. It does so at any lower one, down to its
        floors.
    worth : float
        Of `Prize`.
    price_per_worth : float
        From `highest_price_per_worth`.
    """
    return worth * price_per_worth <= rest_price


@inlined
def cheapest_kind(offer: Offer) -> int:
    """Return the kind of least cost with any capacity, the first of equals; -1 for none."""
    best = -1
    for kind in range(offer.n_kinds):
        cheaper = (
            best < 0
            or offer.real[index(offer.per_cost + kind)] > offer.real[index(offer.per_cost + best)]
        )
        if offer.real[index(offer.capacity + kind)] > 0.0 and cheaper:
            best = kind
    return best


@inlined
def add_token(offer: Offer, token: float) -> None:
    """Raise the floor of the cheapest kind to the token, in place: a symbolic share.

    Parameters
    ----------
    offer : Offer
    token : float
        Share of the cheapest kind's capacity.
    """
    flag = cheapest_kind(offer)
    if flag >= 0:
        least = token * offer.real[index(offer.capacity + flag)]
        if offer.real[index(offer.floor + flag)] < least:
            offer.real[index(offer.floor + flag)] = least


@inlined
def pledged_units(price: float, offer: Offer, kind: int, per_convexity: float) -> int:
    """Return what is given of one kind in units of 2**-30 of force.

    Rounded down: never above capacity, and never below a floor that is itself a pledge.
    """
    return int(given(price, offer, kind, per_convexity) * FORCE_UNITS)
