"""Nations that choose a pledge, as numbers by kind, and what the rules make of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from sim.core.rules.pledges import Offer, Prize, given, shadow_price


class Case(NamedTuple):
    """A nation's choice: costs, capacities and floors by kind; V, Q, C_-i and convexity."""

    costs: tuple[float, ...]
    capacities: tuple[float, ...]
    floors: tuple[float, ...]
    value: float
    requirement: float
    others: float
    convexity: float

    def offer(self) -> Offer:
        """What the nation can give."""
        n_kinds = len(self.costs)
        per_cost = [1.0 / cost for cost in self.costs]
        real = np.array([*per_cost, *self.capacities, *self.floors], dtype=np.float64)
        return Offer(real, 0, n_kinds, 2 * n_kinds, n_kinds)

    def prize(self) -> Prize:
        """What success is worth to it."""
        worth = self.value * self.requirement
        return Prize(worth, self.others + self.requirement, 1.0 / self.convexity)

    def price(self) -> float:
        """The shadow price that the rule finds."""
        return shadow_price(self.offer(), self.prize())

    def chosen(self) -> np.ndarray:
        """What the rule gives of each kind."""
        offer, price, prize = self.offer(), self.price(), self.prize()
        kinds = range(len(self.costs))
        return np.array([given(price, offer, kind, prize.per_convexity) for kind in kinds])

    def marginal_costs(self, amounts: np.ndarray) -> np.ndarray:
        """The cost of one more unit of each kind, beyond those amounts."""
        capacities = np.where(np.array(self.capacities) > 0, self.capacities, 1.0)
        return np.array(self.costs) * (1 + self.convexity * amounts / capacities)

    def marginal_benefit(self, amounts: np.ndarray) -> float:
        """The worth of one more unit of force."""
        everything = self.others + self.requirement + amounts.sum()
        return self.value * self.requirement / everything**2

    def net_value(self, amounts: np.ndarray) -> float:
        """V S less the cost: what the nation maximises."""
        force = self.others + amounts.sum()
        capacities = np.where(np.array(self.capacities) > 0, self.capacities, 1.0)
        cost = self.costs * (amounts + self.convexity * amounts**2 / (2 * capacities))
        return self.value * force / (force + self.requirement) - cost.sum()


@st.composite
def cases(draw: st.DrawFn, least_convexity: float = 0.001) -> Case:
    """Nations of one to four kinds, some without capacity, some with a pledge already."""
    n_kinds = draw(st.integers(1, 4))
    by_kind = {"min_size": n_kinds, "max_size": n_kinds}
    costs = draw(st.lists(st.floats(0.01, 100), **by_kind))
    capacities = draw(st.lists(st.sampled_from([0.0]) | st.floats(0.01, 100), **by_kind))
    shares = draw(st.lists(st.just(0.0) | st.floats(0, 1), **by_kind))
    floors = [share * capacity for share, capacity in zip(shares, capacities, strict=True)]
    return Case(
        tuple(costs),
        tuple(capacities),
        tuple(floors),
        value=draw(st.just(0.0) | st.floats(1e-3, 1e5)),
        requirement=draw(st.floats(0.01, 1e4)),
        others=draw(st.just(0.0) | st.floats(0, 1e4)),
        convexity=draw(st.floats(max(least_convexity, 0.001), 10) | st.just(1e3)),
    )
