"""A user overrides one decision of a nation, and the results show it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.rules.pledges import FORCE_UNITS
from sim.core.stages import EXIT, FORWARD, LEFT, PUBLIC, WILLING
from sim.engines.run import run
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import differing
from tests.engines.scenarios_strategy import Plan, scenario_of, scenarios
from tests.examples import examples

TOKEN = 0.125


class Unchanged(sim.Nation):
    """A nation as it is."""


class Looking(sim.Nation):
    """A nation as it is, whose features and hazards are worked out anew every day."""

    def features(self):
        return super().features()


class Asking(sim.Nation):
    """A nation as it is, whose hazards are asked for every day."""

    def forward_hazard(self, features):
        return super().forward_hazard(features)

    def exit_hazard(self, features):
        return super().exit_hazard(features)


class Recording(Asking):
    """A nation as it is, which keeps what it was given to decide on."""

    given = None

    def forward_hazard(self, features):
        self.given = features
        return super().forward_hazard(features)


class Careful(Asking):
    """A nation as it is, which is also asked every day whether its moves are open."""

    def is_at_risk(self, side):
        return super().is_at_risk(side)


class Follower(sim.Nation):
    """A nation that does not declare before the United States have."""

    def forward_hazard(self, features):
        first = self.model.nations[0]
        waits = self.stage == WILLING and self is not first and not first.is_public
        return 0.0 if waits else super().forward_hazard(features)


class Loyal(sim.Nation):
    """A nation that never leaves."""

    def is_at_risk(self, side):
        return side == FORWARD and super().is_at_risk(side)


class Sparing(sim.Nation):
    """A nation that gives its token and no more."""

    def choose_contributions(self):
        offer = self.offer()
        floor = offer.real[offer.floor : offer.floor + offer.n_kinds]
        return (floor * FORCE_UNITS).astype(np.int64)


class Restless(sim.Nation):
    """A nation that may leave although the behaviour names no exit."""

    def exit_hazard(self, features):
        return 0.05 * (1.0 + features.momentum)


class Watchful(sim.Nation):
    """A nation that writes down what it feels of meetings and of momentum."""

    def forward_hazard(self, features):
        self.felt = [*getattr(self, "felt", []), (features.convened, features.momentum)]
        return super().forward_hazard(features)


def a_coalition():
    nation = {"stage": "willing", "stake": 0.9, "capacity": {"ground": 8.0}}
    return scenario_from_dict(
        {
            "days": 12,
            "nations": [{"id": name, **nation} for name in ("USA", "GBR", "FRA", "POL", "ITA")],
            "contributions": {"ground": {}},
            "commitment": {"token": TOKEN, "value": 500},
            "behaviour": {
                "declare": {"rate": 0.3},
                "pledge": {"rate": 0.3},
                "withdraw": {"rate": 0.05},
                "decline": {"rate": 0.02},
            },
        }
    )


def ensemble_of(nation_class=None, **arguments):
    return run(
        a_coalition(), runs=25, seed=11, engine="mesa", nation_class=nation_class, **arguments
    )


@pytest.mark.parametrize("nation_class", [Unchanged, Looking, Asking, Careful])
@pytest.mark.parametrize("is_quiet", [False, True])
def test_a_subclass_whose_rules_are_the_built_in_ones_changes_no_bit(nation_class, is_quiet):
    scenario = scenario_from_dict(scenario_of(Plan(luck=3, is_quiet=is_quiet)))
    compiled = run(scenario, runs=3, seed=2)
    subclassed = run(scenario, runs=3, seed=2, engine="mesa", nation_class=nation_class)
    assert differing(compiled.records, subclassed.records) == []


@settings(derandomize=True, deadline=None, max_examples=examples(40))
@given(scenarios(), st.integers(0, 2**32), st.sampled_from([sim.Nation, Asking, Careful]))
def test_what_a_nation_saw_on_a_quiet_day_is_what_it_would_have_worked_out(form, seed, of_class):
    scenario = scenario_from_dict(form)
    resting, looking = (
        sim.CoalitionModel(scenario, seed, nation_class=each) for each in (of_class, Looking)
    )
    while looking.running:
        looking.step()
        resting.step()
        assert [nation.today for nation in resting.nations] == [
            nation.today for nation in looking.nations
        ]


def test_nobody_declares_before_the_nation_that_all_follow():
    def declared_before(ensemble):
        day = np.where(ensemble.first_day < 0, 99, ensemble.first_day)[:, :, PUBLIC]
        return (day[:, 1:] <= day[:, :1]) & (day[:, 1:] < 99)

    assert declared_before(ensemble_of()).any()
    assert not declared_before(ensemble_of(Follower)).any()
    assert (ensemble_of(Follower).size[:, -1] > 1).any()


def test_those_who_never_leave_stay():
    assert (ensemble_of().stage == LEFT).any()
    assert not (ensemble_of(Loyal).stage == LEFT).any()


def test_those_who_give_a_token_pledge_no_more():
    usual, sparing = ensemble_of(), ensemble_of(Sparing)
    assert usual.pledge.max() > 2.0
    assert set(sparing.pledge.ravel()) == {0.0, TOKEN * 8.0}
    assert np.array_equal(sparing.first_day, usual.first_day)
    assert np.array_equal(sparing.force, sparing.pledge.sum(axis=1))


def test_a_subclass_shows_in_counts_as_in_rows():
    kept, summary = ensemble_of(Follower), ensemble_of(Follower, keep="summary")
    assert np.array_equal(kept.records.size_counts, summary.records.size_counts)
    assert not np.array_equal(kept.records.size_counts, ensemble_of().records.size_counts)


def test_a_single_model_runs_a_subclass():
    model = sim.CoalitionModel(a_coalition(), seed=11, run=4, nation_class=Loyal)
    model.run_to_end()
    assert all(type(nation) is Loyal for nation in model.nations)
    assert [nation.stage for nation in model.nations] == ensemble_of(Loyal).stage[4].tolist()


def test_the_batch_engine_refuses_a_subclass():
    with pytest.raises(ValueError, match="nation_class: only engine='mesa'"):
        run(a_coalition(), runs=1, nation_class=Loyal)


@pytest.mark.parametrize("wrong", [int, "Nation", sim.CoalitionModel, 3])
def test_what_is_no_kind_of_nation_is_refused(wrong):
    with pytest.raises(ValueError, match="nation_class"):
        run(a_coalition(), runs=1, engine="mesa", nation_class=wrong)


def test_a_result_names_the_subclass_that_made_it():
    class Stubborn(sim.Nation):
        """A nation that is itself otherwise."""

    scenario = scenario_from_dict({"days": 2, "nations": ["GBR", "FRA"]})
    ensemble = sim.run(scenario, runs=1, engine="mesa", nation_class=Stubborn)
    assert ensemble.engine.startswith("mesa:")
    assert ensemble.engine.endswith("Stubborn")


def test_a_rule_for_a_move_that_the_behaviour_does_not_name_counts_on_every_day():
    form = {
        "days": 60,
        "nations": [{"id": name, "stage": "public"} for name in ("GBR", "FRA", "POL")],
        "behaviour": {"declare": {"rate": 0.1}},
    }
    scenario = scenario_from_dict(form)
    assert not (run(scenario, runs=10, engine="mesa").stage == LEFT).any()
    left = run(scenario, runs=10, engine="mesa", nation_class=Restless)
    assert (left.stage == LEFT).any()
    model = sim.CoalitionModel(scenario, run=4, nation_class=Restless)
    model.run_to_end()
    assert [nation.stage for nation in model.nations] == left.stage[4].tolist()


class Longing(sim.Nation):
    """A nation to which others mean more from day to day."""

    def peers(self):
        return float(self.model.day)


class Impulsive(sim.Nation):
    """A nation that goes public on the third day whatever its threshold."""

    def decide(self):
        if self.model.day == 3 and not self.is_public:
            self.model.enter_stage(self, PUBLIC)


class Alone(sim.Nation):
    """A nation that leaves peers out of its hazard, but on the first day."""

    def forward_hazard(self, features):
        first = super().forward_hazard(features)
        alone = super().forward_hazard(features._replace(peers=0.0))
        return first if self.model.day == 1 else alone


class Alternating(sim.Nation):
    """A nation that makes moves on even days only."""

    def is_at_risk(self, side):
        return self.model.day % 2 == 0 and super().is_at_risk(side)


def hazards_of(nation_class, days=4):
    form = {
        "days": days,
        "nations": [
            {"id": "GBR", "stage": "talks"},
            {"id": "FRA", "stage": "public"},
            {"id": "POL", "stage": "outside"},
        ],
        "behaviour": {"resolve": {"rate": 1e-9, "peers": 2.0}},
    }
    model, hazards = sim.CoalitionModel(scenario_from_dict(form), nation_class=nation_class), []
    while model.running:
        model.step()
        hazards.append(model.nations[0].today.hazards[FORWARD])
        assert model.nations[0].today.hazards[EXIT] == 0.0
    return hazards


def test_a_rule_may_take_the_built_in_hazard_at_other_features_on_any_day():
    usual = 1e-9 * np.exp(2.0 * 0.5)
    assert hazards_of(sim.Nation) == pytest.approx([usual] * 4, rel=1e-12)
    assert hazards_of(Alone) == pytest.approx([usual, 1e-9, 1e-9, 1e-9], rel=1e-12)


def test_a_rule_for_what_a_nation_sees_is_asked_every_day():
    expected = [1e-9 * np.exp(2.0 * day) for day in (1, 2, 3, 4)]
    assert hazards_of(Longing) == pytest.approx(expected, rel=1e-12)


def test_a_rule_for_decisions_is_asked_though_no_threshold_is_crossed():
    form = {"days": 4, "nations": ["GBR", "FRA"], "behaviour": {"declare": {"rate": 1e-9}}}
    impulsive = run(scenario_from_dict(form), runs=1, engine="mesa", nation_class=Impulsive)
    assert impulsive.first_day[0, :, PUBLIC].tolist() == [3, 3]


@pytest.mark.parametrize("nation_class", [sim.Nation, Recording, Careful])
def test_features_that_nobody_feels_are_seen_as_they_are_on_every_day(nation_class):
    form = {
        "days": 9,
        "nations": [
            {"id": "GBR", "stage": "talks"},
            {"id": "FRA", "stage": "talks"},
            {"id": "POL", "stage": "public"},
        ],
        "ties": {"dyads": [["GBR", "FRA", 3]]},
        "behaviour": {"resolve": {"rate": 1e-9, "peers": 1.0}},
        "events": [
            {"date": 3, "move": "FRA", "to": "public"},
            {"date": 3, "move": "POL", "to": "left"},
        ],
    }
    seen = {}
    for each in (nation_class, Looking):
        model = sim.CoalitionModel(scenario_from_dict(form), nation_class=each)
        seen[each] = []
        while model.running:
            model.step()
            seen[each].append(model.nations[0].today)
            if each is Recording:
                assert model.nations[0].given == seen[each][-1].features
    assert seen[nation_class] == seen[Looking]
    momentum = [today.features.momentum for today in seen[nation_class]]
    assert momentum[:3] == [0.0] * 3
    assert all(before > after > 0.0 for before, after in pairwise(momentum[3:]))
    assert seen[nation_class][2].hazards != seen[nation_class][1].hazards


def test_a_rule_for_when_a_move_is_open_is_asked_every_day():
    usual = 1e-9 * np.exp(2.0 * 0.5)
    assert hazards_of(Alternating) == pytest.approx([0.0, usual, 0.0, usual], rel=1e-12)


def test_a_subclass_sees_features_that_have_no_coefficient_and_rests_on_no_day():
    form = {
        "days": 9,
        "nations": [{"id": "GBR", "stage": "talks"}, {"id": "FRA", "stage": "willing"}],
        "behaviour": {"declare": {"rate": 1e-9}},
        "events": [
            {"date": 2, "meeting": "summit", "participants": ["GBR"], "weight": 0.5},
            {"date": 4, "move": "FRA", "to": "public"},
        ],
    }
    model = sim.CoalitionModel(scenario_from_dict(form), nation_class=Watchful)
    model.run_to_end()
    convened, momentum = np.transpose(model.nations[0].felt)
    assert (convened > 0.0).tolist() == [False] + [True] * 8
    assert (momentum > 0.0).tolist() == [False] * 4 + [True] * 5


def test_what_is_changed_by_hand_between_two_steps_counts():
    form = {
        "days": 3,
        "nations": [{"id": "GBR", "stage": "willing"}],
        "behaviour": {"declare": {"rate": 1e-9, "support": 2.0, "disposition": 1.0}},
    }
    model = sim.CoalitionModel(scenario_from_dict(form))
    nation, hazards = model.nations[0], []
    for change in (0.0, 0.25, 0.5):
        nation.support, nation.disposition = 0.5 + change, change
        model.step()
        hazards.append(nation.today.hazards[FORWARD])
    assert hazards == pytest.approx([1e-9 * np.exp(3.0 * change) for change in (0.0, 0.25, 0.5)])


HAND = {
    "convened": lambda nation: setattr(nation, "convened", 0.5),
    "listed": lambda nation: setattr(nation, "listed", 1.0),
    "held": lambda nation: setattr(nation, "is_held", True),
    "support": lambda nation: setattr(nation, "support", 0.9),
    "disposition": lambda nation: setattr(nation, "disposition", 0.9),
    "momentum": lambda nation: setattr(nation.model, "momentum", 2.0),
    "defection": lambda nation: setattr(nation.model, "defection", 2.0),
    "size": lambda nation: setattr(nation.model, "public_size", 1),
    "requirement": lambda nation: setattr(nation.model, "requirement", 9.0),
    "tempo": lambda nation: setattr(nation.model, "log_tempo", 0.5),
    "stage": lambda nation: nation.model.enter_stage(nation, WILLING),
}


@pytest.mark.parametrize("nation_class", [sim.Nation, Asking])
@pytest.mark.parametrize("change", HAND.values(), ids=HAND)
def test_whatever_is_changed_by_hand_between_two_steps_counts(change, nation_class):
    own, shared = ("support", "disposition", "peers", "convened", "listed"), ("tempo", "adequacy")
    felt = (*own, *shared, "momentum", "defection")
    move = {"rate": 1e-9, **dict.fromkeys(felt, 1.0)}
    others = [{"id": name, "stage": "pledged", "capacity": {"ground": 3}} for name in "BC"]
    form = {
        "days": 8,
        "nations": [{"id": "A", "stage": "talks"}, *others],
        "contributions": {"ground": {}},
        "behaviour": {"resolve": move, "declare": {**move, "rate": 2e-9}},
    }
    scenario, seen = scenario_from_dict(form), {}
    for each in (nation_class, Looking):
        model = sim.CoalitionModel(scenario, nation_class=each)
        model.step()
        model.step()
        change(model.nations[0])
        seen[each] = []
        while model.running:
            model.step()
            seen[each].append(model.nations[0].today)
    before = sim.CoalitionModel(scenario)
    before.step()
    assert seen[nation_class] == seen[Looking]
    assert seen[nation_class][0].hazards != before.nations[0].today.hazards


def test_a_climate_that_is_set_between_two_steps_counts():
    form = {
        "days": 2,
        "nations": [{"id": "GBR", "stage": "willing"}],
        "behaviour": {"declare": {"rate": 1e-9, "climate": 1.0}},
    }
    model, hazards = sim.CoalitionModel(scenario_from_dict(form)), []
    for climate in (0.5, 6.0):
        model.climate = climate
        model.step()
        hazards.append(model.nations[0].today.hazards[FORWARD])
    assert hazards == pytest.approx([1e-9 * np.exp(climate) for climate in (0.5, 6.0)])


def test_inputs_and_structure_of_a_model_cannot_be_written_to():
    model = sim.CoalitionModel("paris_2025")
    for part in (model.inputs.rate, model.inputs.threshold, model.structure.ties.base):
        with pytest.raises(ValueError, match="read-only"):
            part[:] = 0


def test_a_rule_may_change_what_is_the_nation_s_own_for_the_time_of_the_built_in_one():
    class Campaign(sim.Nation):
        """Support counts as 0.1 until day 5, as 0.9 from then on, and as it is every fourth day."""

        def forward_hazard(self, features):
            kept = self.support
            if self.model.day % 4 != 2:
                self.support = 0.9 if self.model.day > 5 else 0.1
            hazard = super().forward_hazard(features)
            self.support = kept
            return hazard

    class Anew(Campaign):
        """The same, with hazards worked out every day."""

        def consider(self):
            self._own = ()
            super().consider()

    scenario = scenario_from_dict(
        {
            "days": 20,
            "nations": [{"id": f"N{place}", "stage": "willing"} for place in range(20)],
            "behaviour": {"declare": {"rate": 0.02, "support": 9.0}},
        }
    )
    sizes = [
        run(scenario, runs=2, seed=1, engine="mesa", nation_class=each).size
        for each in (Campaign, Anew)
    ]
    assert np.array_equal(*sizes)
    assert sizes[0][:, 5].max() < 3 < 15 < sizes[0][:, 20].min()
