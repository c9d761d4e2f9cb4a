"""A nation as a Mesa agent: one method a decision, each a call or two into the rules.

Subclass `Nation`, override a decision, and pass the class to ``sim.run(..., engine="mesa",
nation_class=...)`` or to `CoalitionModel`.

What a run does every day is in Python's own numbers, and by the rules in plain Python: to unpack
NumPy's numbers, and to call compiled code, takes longer than the sums themselves. Only a hazard,
the longest of them, is one call of compiled code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from sim.core.draws import (
    DISPOSITION,
    INITIAL_LAW,
    INITIAL_STAGE,
    PLEDGE_COST,
    one_uniform,
    thresholds,
)
from sim.core.elementary import log, normal_quantile
from sim.core.layout import (
    CONVEXITY,
    DEMAND,
    INITIAL_ODDS,
    INITIAL_WEIGHTS,
    SCALE,
    TOKEN,
    VALUE,
    WILLING_SHARE,
    Integers,
)
from sim.core.rules.capability import capability_asked
from sim.core.rules.hazard import NOT_TODAY, hazard_of_open_move, standing_log_hazard
from sim.core.rules.moves import STAY, destination
from sim.core.rules.pledges import (
    FORCE_UNIT,
    FORCE_UNITS,
    Offer,
    Prize,
    add_token,
    cost_per_force,
    pledged_units,
    shadow_price,
    size_factor,
    spread_of_cost,
    value_of_success,
)
from sim.core.rules.starts import chance_in_play, initial_stage, stage_by_law
from sim.core.rules.success import NEVER
from sim.core.stages import (
    EXIT,
    FORWARD,
    N_DAILY,
    N_STAGES,
    N_TRAITS,
    PLEDGED,
    STAGES,
    Features,
    Traits,
)
from sim.engines.mesa.daily_rules import (
    IS_PUBLIC,
    crossing_time,
    faded,
    first_move,
    is_barred,
    is_firm,
    peers,
    pressure_with,
    prospects_with,
    remaining_after,
)
from sim.scenario.quorums import COALITION

if TYPE_CHECKING:
    from sim.engines.mesa.model import CoalitionModel


new_tuple = tuple.__new__
"""Makes a named tuple from its values, in a third of the time that a call of its class takes."""

write_reals: Callable[..., None] = Struct(f"{N_DAILY}d").pack_into
"""Writes the features of a nation into an array, sooner than NumPy makes one of them."""

SharedFeatures = tuple[float, float, float, float, float]
"""Momentum, defection, adequacy, deal and tempo, which are the same for all nations."""


class Today(NamedTuple):
    """What a nation saw when it considered its moves.

    Attributes
    ----------
    features : Features
    hazards : tuple of float, per day
        Of its move forward and of its exit.
    remaining : tuple of float
        What was left of both thresholds before they were spent.
    """

    features: Features
    hazards: tuple[float, float]
    remaining: tuple[float, float]


NAN = float("nan")
UNSEEN = Today(Features(*(NAN,) * N_DAILY), (NAN, NAN), (NAN, NAN))
"""In place of what a nation saw, for one whose subclass does not say."""


def with_shared(features: Features, shared: SharedFeatures) -> Features:
    """Return features of a nation with other values of those that all nations share."""
    momentum, defection, adequacy, deal, tempo = shared
    values = (
        features.prospects,
        features.peers,
        momentum,
        defection,
        features.convened,
        features.listed,
        adequacy,
        features.pressure,
        deal,
        tempo,
    )
    return new_tuple(Features, values)


class Nation(mesa.Agent):  # type: ignore[misc]
    """A nation that decides when to take part, when to go public, what to pledge, when to leave.

    Attributes
    ----------
    index : int
        Index in the scenario's list of nations.
    id, name : str
    stage : int
        0 outside, 1 talks, 2 willing, 3 public, 4 pledged, 5 deployed, 6 left.
    disposition : float
        What the nation privately wants: random, drawn once a run, never seen by others.
    support : float
        Domestic support as it is now, in [0, 1].
    pledge : ndarray of int64, shape (n_kinds,)
        Contributions in units of 2**-30 of force.
    pledged_on : int
        Day of its first pledge; -1 for none.
    convened : float
        Its memory of meetings.
    listed : float
        1 if a list covers it today, 0 otherwise.
    is_held : bool
        True if an event has moved it today, so that no move is open to it.
    attends : bool
        True if it attends a meeting today, at which it may reconsider a pledge.
    remaining : list of float
        What is left of the thresholds of its move forward and of its exit.
    moments : list of float
        Fractions of today at which these thresholds are crossed; 2 for one that is not.
    today : Today or None
        What it saw when it last considered its moves; None before the first day, and in the runs
        of an ensemble, unless they are of a subclass.
    """

    # With so many attributes in a dictionary, Python would look methods up the slow way.
    __slots__ = (
        "_asked",
        "_before",
        "_bond",
        "_built_in",
        "_capability",
        "_features",
        "_hazards",
        "_own",
        "_reliance",
        "_sensitivity",
        "_shared",
        "_stake",
        "_standing",
        "_standing_traits",
        "_threshold",
        "_tie_base",
        "_traits",
        "_traits_support",
        "attends",
        "convened",
        "cost_spread",
        "disposition",
        "id",
        "index",
        "is_held",
        "key",
        "listed",
        "moments",
        "name",
        "pledge",
        "pledged_on",
        "public_ties_beyond_base",
        "remaining",
        "stage",
        "support",
        "visits",
    )

    model: CoalitionModel
    remaining: list[float]
    moments: list[float]

    def __init__(self, model: CoalitionModel, index: int) -> None:
        super().__init__(model)
        described, inputs = model.scenario.nations[index], model.inputs
        self.index = index
        self.id = described.id
        self.name = described.name
        self.key = model.structure.nation_key[index]
        self._stake = float(inputs.stake[index])
        self.support = float(inputs.support[index])
        self._bond = float(inputs.bond[index])
        self._capability = float(inputs.capability[index])
        self._threshold = float(inputs.threshold[index])
        self._reliance: list[float] = inputs.reliance[:, index].tolist()
        self._sensitivity: list[float] = inputs.sensitivity[:, index].tolist()
        self._tie_base = int(model.structure.ties.base[index])
        given = float(inputs.given_disposition[index])
        drawn = float(normal_quantile(self._uniform(self.key, DISPOSITION)))
        self.disposition = drawn if math.isnan(given) else given
        self.visits = [0] * N_STAGES
        self.convened = 0.0
        self.listed = 0.0
        self.is_held = False
        self.attends = False
        self.public_ties_beyond_base = 0
        self.pledge: Integers = np.zeros(model.n_kinds, dtype=np.int64)
        self.pledged_on = NEVER
        self.cost_spread = [self._draw_cost_spread(kind) for kind in range(model.n_kinds)]
        self._traits = Traits(*(math.nan,) * N_TRAITS)
        self._traits_support = math.nan
        self._standing: list[float | None] = [None, None]
        self._standing_traits: Traits | None = None
        # Its last hazards and what they rest on, for days on which nothing acts on them.
        self._own: tuple[float, ...] = ()
        self._features = UNSEEN.features
        self._hazards = UNSEEN.hazards
        self._built_in: list[float | None] = [None, None]
        self._asked: Features | None = None
        # What `today` is put together from, besides.
        self._shared: SharedFeatures | None = None
        self._before: Sequence[float] | None = None
        self.enter_stage(self.first_stage())

    @classmethod
    def overrides(cls, *names: str) -> bool:
        """Return whether a subclass has one of these methods of its own."""
        return any(getattr(cls, name) is not getattr(Nation, name) for name in names)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: {STAGES[self.stage]}>"

    # What the nation sees

    def traits(self) -> Traits:
        """Return its features that stay the same from day to day, in the order of the sum."""
        before, climate = self._traits, self.model.climate
        if (
            self.support != self._traits_support
            or self.disposition != before.disposition
            or climate != before.climate
        ):
            self._traits_support = self.support
            demand = float(self.model.inputs.commitment[DEMAND])
            self._traits = Traits(
                stake=self._stake - 0.5,
                support=self.support - 0.5,
                bond=self._bond - 0.5,
                capability=float(capability_asked(self._capability, demand)),
                disposition=self.disposition,
                climate=climate,
            )
        return self._traits

    def prospects(self) -> float:
        """Return how far the conditions it relies on hold today, in [0, 1]."""
        product = 1.0
        for condition, value in enumerate(self.model.conditions):
            product = prospects_with(product, self._reliance[condition], value)
        return product

    def pressure(self) -> float:
        """Return how far conditions lie above 1/2, weighted by its sensitivity to each."""
        total = 0.0
        for condition, value in enumerate(self.model.conditions):
            total = pressure_with(total, self._sensitivity[condition], value)
        return total

    def peers(self) -> float:
        """Return by how much the public share of its ties exceeds its threshold."""
        others = self.model.public_size - self.is_public
        return peers(self._tie_base * others + self.public_ties_beyond_base, self._threshold)

    def features(self) -> Features:
        """Return the features of today, in the order in which the log hazard adds them."""
        model = self.model
        is_seen = model.is_seen
        momentum, defection, adequacy, deal, tempo = model.shared or model.shared_features()
        values = (
            self.prospects() - 1.0 if is_seen.prospects else 0.0,
            self.peers() if is_seen.peers else 0.0,
            momentum,
            defection,
            self.convened,
            self.listed,
            adequacy,
            self.pressure() if is_seen.pressure else 0.0,
            deal,
            tempo,
        )
        return new_tuple(Features, values)

    @property
    def today(self) -> Today | None:
        """What it saw when it last considered its moves, put together when it is read."""
        features, before, shared = self._features, self._before, self._shared
        if before is None or not self.model.is_watched:
            return None
        if shared is not None:
            features = with_shared(features, shared)
        return Today(features, self._hazards, (before[FORWARD], before[EXIT]))

    @today.setter
    def today(self, seen: Today | None) -> None:
        self._own, self._shared = (), None
        self._features, self._hazards, before = seen or UNSEEN
        self._before = before if seen else None

    # Where the nation starts

    @property
    def is_by_law(self) -> bool:
        """Whether the initial law draws its stage on day 0."""
        return bool(self.model.structure.by_law[self.index])

    def first_stage(self) -> int:
        """Return its stage on day 0: given, drawn by the initial law, or by the file's chances."""
        model = self.model
        given = float(model.inputs.given_stage[self.index])
        if not math.isnan(given):
            return int(given)
        if self.is_by_law:
            share = float(model.inputs.initial[WILLING_SHARE])
            draw = self._uniform(self.key, INITIAL_LAW)
            return int(stage_by_law(draw, self.chance_in_play(), share))
        # A copy: for a read-only array Numba would compile the rule once more.
        chances = model.structure.stage_chance[self.index].copy()
        return int(initial_stage(self._uniform(self.key, INITIAL_STAGE), chances))

    def chance_in_play(self) -> float:
        """Return the chance with which the initial law puts it in talks or further, in [0, 1]."""
        law = [float(number) for number in self.model.inputs.initial]
        weights = Traits(*law[INITIAL_WEIGHTS:WILLING_SHARE])
        return float(chance_in_play(log(law[INITIAL_ODDS]), weights, self.traits()))

    # What the nation decides

    def forward_hazard(self, features: Features) -> float:
        """Return the hazard of its move forward today, per day."""
        return self._hazard(FORWARD, features)

    def exit_hazard(self, features: Features) -> float:
        """Return the hazard of leaving today, per day."""
        return self._hazard(EXIT, features)

    def is_at_risk(self, side: int) -> bool:
        """Return whether a move is open: named by the behaviour; deploying takes a deal.

        A move forward may wait for a quorum.
        """
        model, stage = self.model, self.stage
        if self.is_held or model.moves[stage][side].rate <= 0.0:
            return False
        if side == EXIT:
            return True
        if model.has_quorums and not self.quorum_holds():
            return False
        return stage != PLEDGED or model.has_deal

    def quorum_holds(self) -> bool:
        """Return whether every quorum that its move forward waits for holds today."""
        return not self.unmet_quorums()

    def unmet_quorums(self) -> list[int]:
        """Return the quorums, by their numbers, that keep its move forward closed today."""
        model = self.model
        own, of_all = model.quorums_of.get(self.index, []), model.quorums_of[COALITION]
        moves = model.structure.quorums.moves
        return [
            quorum
            for quorum in (*own, *of_all)
            if is_barred(int(moves[quorum]), self.stage) and not model.is_met(quorum)
        ]

    def consider(self) -> None:
        """Spend today's hazards, which all nations take from the same state of the model.

        The moves follow in `decide`, once all nations have considered. Hazards on which nothing
        has acted since yesterday are those of yesterday; a rule of a subclass is asked every day.
        """
        model, sides, before = self.model, self.model.sides[self.stage], self.remaining
        own: tuple[float, ...] = (
            self.support,
            self.disposition,
            self.convened,
            self.listed,
            self.is_held,
        )
        # Not None if only the features that all nations share may be others than yesterday.
        shared = model.shared if model.is_as_yesterday and own == self._own else None
        asks = True
        if shared is None:
            self._own, self._features, self._built_in = own, self.features(), [None, None]
        elif model.has_own_hazards:
            self._features = with_shared(self._features, shared)
            if model.has_own_risks:
                self._built_in = [None, None]
        else:
            asks = False
        if asks:
            features = self._asked = self._features
            self._hazards = (
                self.forward_hazard(features) if FORWARD in sides else 0.0,
                self.exit_hazard(features) if EXIT in sides else 0.0,
            )
            self._asked = None
        hazards, remaining, moments = self._hazards, [*before], [NOT_TODAY, NOT_TODAY]
        for side in sides:
            left = remaining[side] = remaining_after(hazards[side], before[side])
            if left <= 0.0:
                moments[side] = crossing_time(hazards[side], left)
                model.crossing[self] = None
        self.remaining, self.moments = remaining, moments
        self._shared, self._before = shared, before
        if self.convened > 0.0:
            self.forget_meetings()

    def forget_meetings(self) -> None:
        """Let the memory of meetings fade by a day."""
        self.convened = faded(self.convened, self.model.keep_convened)

    def decide(self) -> None:
        """Make the move whose threshold was crossed first today, if any was."""
        move = first_move(*self.moments)
        if move != STAY:
            stage, moment = destination(self.stage, move), self.moments[FORWARD]
            self.model.enter_stage(self, stage)
            if stage == PLEDGED:
                self.model.add_to_pledging(self, moment)

    def choose_contributions(self) -> Integers:
        """Return what it pledges now, at least what it pledged before, in 2**-30 of force."""
        offer, prize = self.offer(), self.prize()
        price = shadow_price(offer, prize)
        return np.array(
            [
                pledged_units(price, offer, kind, prize.per_convexity)
                for kind in range(self.model.n_kinds)
            ],
            dtype=np.int64,
        )

    # What the decisions rest on

    @property
    def is_public(self) -> bool:
        """Whether it counts in the public size."""
        return IS_PUBLIC[self.stage]

    @property
    def is_firm(self) -> bool:
        """Whether it has pledged."""
        return is_firm(self.stage)

    def offer(self) -> Offer:
        """Return what it can give, at least what it has pledged so far and the token."""
        model, n_kinds = self.model, self.model.n_kinds
        real = np.empty(3 * n_kinds)
        for kind in range(n_kinds):
            real[kind] = 1.0 / self.cost(kind)
        real[n_kinds : 2 * n_kinds] = model.capacity_force[self.index]
        real[2 * n_kinds :] = self.pledge * FORCE_UNIT
        offer = Offer(real, 0, n_kinds, 2 * n_kinds, n_kinds)
        add_token(offer, float(model.inputs.commitment[TOKEN]))
        return offer

    def cost(self, kind: int) -> float:
        """Return its cost of a unit of force of one kind."""
        inputs = self.model.inputs
        cost, aversion = float(inputs.cost[kind]), float(inputs.aversion[kind])
        return cost_per_force(cost, aversion, self.support, self.cost_spread[kind])

    def prize(self) -> Prize:
        """Return what success is worth to it, and the force of the others."""
        model = self.model
        total = float(model.capacity_total[self.index])
        size = size_factor(total, model.largest_capacity, float(model.inputs.commitment[SCALE]))
        value = value_of_success(
            float(model.inputs.commitment[VALUE]), self._stake, self.prospects(), size
        )
        others = model.total_units - int(self.pledge.sum())
        return Prize(
            value * model.requirement,
            others * FORCE_UNIT + model.requirement,
            1.0 / float(model.inputs.commitment[CONVEXITY]),
        )

    def stated_pledge(self, units: Sequence[float]) -> Integers:
        """Return the units of each kind that a scenario states as a pledge, at most capacity."""
        model = self.model
        pledge = np.zeros(model.n_kinds, dtype=np.int64)
        for kind, amount in enumerate(units):
            force = float(amount) * float(model.inputs.weight[kind])
            force = min(force, float(model.capacity_force[self.index, kind]))
            pledge[kind] = int(force * FORCE_UNITS)
        return pledge

    def enter_stage(self, stage: int) -> None:
        """Enter a stage and draw the thresholds of this visit."""
        self.stage = int(stage)
        visit = self.visits[self.stage]
        self.visits[self.stage] += 1
        model = self.model
        self.remaining = list(thresholds(model.seed_key, model.run_key, self.key, stage, visit))
        self.moments = [NOT_TODAY, NOT_TODAY]
        self._standing_traits, self._own = None, ()

    def _hazard(self, side: int, features: Features) -> float:
        # A subclass may change what is a nation's own for the time of this call.
        is_kept = (
            features is self._asked
            and self.support == self._own[0]
            and self.disposition == self._own[1]
        )
        if is_kept and (known := self._built_in[side]) is not None:
            return known
        if not self.is_at_risk(side):
            return 0.0
        move, traits = self.model.moves[self.stage][side], self.traits()
        if traits is not self._standing_traits:
            self._standing_traits, self._standing = traits, [None, None]
        standing = self._standing[side]
        if standing is None:
            standing = standing_log_hazard(move.log_rate, move.traits, traits)
            self._standing[side] = standing
        weights = move.features_if_listed if features.listed > 0.0 else move.features
        write_reals(self.model.features, 0, *features)
        hazard = hazard_of_open_move(standing, weights, self.model.features)
        if is_kept:
            self._built_in[side] = hazard
        return hazard

    def _uniform(self, key: np.uint64, purpose: int) -> float:
        return one_uniform(self.model.seed_key, self.model.run_key, key, purpose, 0)

    def _draw_cost_spread(self, kind: int) -> float:
        key = self.model.structure.kind_key[kind] ^ self.key
        draw = normal_quantile(self._uniform(key, PLEDGE_COST))
        return spread_of_cost(float(self.model.inputs.spread[kind]), draw)
