"""Events, moves and pledges of a run are noted when they take place and for what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.core.stages import LEFT
from sim.engines.trace import trace
from sim.results.trace_records import (
    COLLAPSE,
    DECISION,
    ERASED,
    EVENT,
    KEPT,
    NEW,
    RAISED,
    STATED,
)
from sim.scenario.load import load_scenario, scenario_from_dict

ROOT = Path(__file__).parents[2]
EVERY_FEATURE = ROOT / "experiments" / "verification" / "rescaling" / "every_feature.yaml"


@pytest.fixture(scope="module")
def everything():
    """A trace in which all that the model has takes place."""
    return trace(load_scenario(EVERY_FEATURE), seed=1, run=3)


# Events


def test_every_kind_of_event_is_noted(everything):
    kinds = {note.kind for note in everything.events}
    assert kinds >= {"meeting", "list", "proposal", "signal", "signal ends", "shock", "move"}
    assert kinds >= {"deal opens", "deal signed", "deal collapses", "opinion", "requirement"}


def test_moves_are_told_with_their_cause(everything):
    causes = {
        cause: [m for m in everything.moves if m.cause == cause] for cause in (EVENT, COLLAPSE)
    }
    put = {everything.nations[move.nation] for move in causes[EVENT]}
    named = {"HUN", "GBR", "FRA", "DEU", "CAN", "TUR", "ESP", "NLD", "SWE", "FIN"}
    assert {"HUN", "GBR"} <= put <= named
    assert causes[COLLAPSE]
    days = {note.when.day for note in everything.events if note.kind == "deal collapses"}
    assert {move.when.day for move in causes[COLLAPSE]} <= days


def crossing(told, move):
    """Day on which a threshold was crossed, with the fraction of the hazard that it took."""
    at = move.when.day, move.nation, move.side
    return move.when.day + told.remaining[at] / told.hazards[at]


def test_moves_are_in_the_order_in_which_thresholds_were_crossed(everything):
    decided = [move for move in everything.moves if move.cause == DECISION]
    assert len({move.when.day for move in decided}) < len(decided)
    for move in decided:
        assert 0.0 < move.when.moment <= 1.0
        moment = crossing(everything, move) - move.when.day
        assert move.when.moment == pytest.approx(moment, rel=1e-9, abs=1e-9)
    crossings = [crossing(everything, move) for move in decided]
    assert crossings == sorted(crossings)


def test_events_come_before_the_moves_of_a_day_and_pledges_after_them(everything):
    notes = [(move.when, move.cause != DECISION) for move in everything.moves]
    by_day = {day: [is_put for when, is_put in notes if when.day == day] for day in range(400)}
    assert any(True in puts and False in puts for puts in by_day.values())
    assert all(puts == sorted(puts, reverse=True) for puts in by_day.values())
    pledged = {
        (move.when.day, move.nation): crossing(everything, move)
        for move in everything.moves
        if move.cause == DECISION and move.name == "pledge"
    }
    chosen = [each for each in everything.pledges if each.how == NEW and each.when.day > 0]
    moments = [
        pledged[each.when.day, each.nation]
        for each in chosen
        if (each.when.day, each.nation) in pledged
    ]
    assert len(moments) > 1
    assert moments == sorted(moments)


def test_those_who_attend_are_those_in_the_talks_or_those_named(everything):
    at = {note.label: note for note in everything.events if note.kind == "meeting"}
    ministers = {everything.nations[place] for place in at["defence_ministers"].nations}
    assert ministers == {"GBR", "FRA", "DEU", "ITA", "POL"}
    chiefs = at["chiefs_of_defence"]
    stage = everything.stage[chiefs.when.day - 1]
    assert chiefs.nations == tuple(np.flatnonzero((stage > 0) & (stage < LEFT)))


def test_two_meetings_of_a_day_each_have_their_own_attendance():
    form = {
        "days": 1,
        "nations": [{"id": name, "stage": "talks"} for name in ("GBR", "FRA", "DEU")],
        "events": [
            {"date": 1, "meeting": "first", "participants": ["GBR", "FRA"]},
            {"date": 1, "meeting": "second", "participants": ["FRA", "DEU"]},
        ],
    }
    meetings = [note.nations for note in trace(scenario_from_dict(form)).events]
    assert meetings == [(0, 1), (1, 2)]


def with_deals(*deals):
    """A deployed nation under deals, ten days long."""
    events = [{"date": date, "deal": label, **more} for date, label, more in deals]
    return scenario_from_dict(
        {"days": 10, "nations": [{"id": "GBR", "stage": "deployed"}], "events": events}
    )


def deals_of(told):
    return [(note.when.day, note.kind, note.label) for note in told.events]


def test_a_deal_that_collapses_calls_the_deployed_back_and_one_never_signed_lapses():
    told = trace(
        with_deals(
            (2, "sure", {"collapses": 4}), (3, "slim", {"probability": 1e-9, "collapses": 9})
        )
    )
    assert deals_of(told) == [
        (2, "deal signed", "sure"),
        (3, "deal opens", "slim"),
        (4, "deal collapses", "sure"),
        (9, "deal lapses", "slim"),
    ]
    [move] = told.moves
    assert (move.when.day, move.cause, move.name) == (4, COLLAPSE, None)
    assert told.has_deal.tolist() == [day in (2, 3) for day in range(11)]


def test_a_deal_that_takes_over_is_told_and_calls_nobody_back():
    told = trace(with_deals((2, "first", {"collapses": 5}), (3, "second", {})))
    assert deals_of(told) == [
        (2, "deal signed", "first"),
        (5, "deal collapses", "first"),
        (5, "deal signed", "second"),
    ]
    assert told.moves == ()


def test_the_past_is_told_on_its_own_dates():
    told = trace(load_scenario("paris_2025"))
    past = [note for note in told.events if note.when.day < 1]
    announced = {
        told.nations[place] for note in past if note.kind == "move" for place in note.nations
    }
    assert announced == {"GBR", "FRA"}
    assert {note.when.day for note in past} == {-21, -19, -8, -5, -4, -3, -2}


def test_a_nation_that_announced_twice_in_the_past_is_noted_the_first_time():
    past = [(-5, "GBR"), (-2, ["GBR", "FRA"])]
    form = {
        "days": 1,
        "nations": [{"id": "GBR", "stage": "public"}, {"id": "FRA", "stage": "public"}],
        "events": [{"date": date, "move": who, "to": "public"} for date, who in past],
    }
    told = trace(scenario_from_dict(form))
    assert [(note.when.day, note.nations) for note in told.events] == [(-5, (0,)), (-2, (1,))]


# Pledges


def test_pledges_are_told_with_what_they_rest_on(everything):
    by_how = {how: [p for p in everything.pledges if p.how == how] for how in (NEW, RAISED, KEPT)}
    assert all(by_how.values())
    for pledge in (pledge for pledges in by_how.values() for pledge in pledges):
        reasons = pledge.reasons
        everything_given = reasons.others + sum(pledge.after) + reasons.requirement
        worth = reasons.value * reasons.requirement / everything_given**2
        assert reasons.price <= worth * (1.0 + 1e-6)
        for kind, amount in enumerate(pledge.after):
            assert amount <= reasons.capacity[kind]
            worth_it = reasons.price > reasons.cost[kind]
            assert worth_it or amount <= reasons.floor[kind] + 1e-9


def test_a_pledge_that_an_event_states_is_told_without_reasons_and_its_loss_as_well():
    form = {
        "days": 3,
        "nations": [{"id": "GBR", "capacity": {"ground": 4.0}}],
        "contributions": {"ground": {}},
        "events": [
            {"date": 1, "move": "GBR", "to": "pledged", "pledge": {"ground": 3.0}},
            {"date": 2, "move": "GBR", "to": "left"},
        ],
    }
    stated, lost = trace(scenario_from_dict(form)).pledges
    assert (stated.when.day, stated.how, stated.after, stated.reasons) == (1, STATED, (3.0,), None)
    assert (lost.when.day, lost.how, lost.before, lost.after) == (2, ERASED, (3.0,), (0.0,))


def test_a_pledge_of_day_0_is_stated_or_chosen():
    nation = {"stage": "pledged", "capacity": {"ground": 4.0}}
    form = {
        "days": 1,
        "nations": [{"id": "GBR", **nation, "pledge": {"ground": 1.0}}, {"id": "FRA", **nation}],
        "contributions": {"ground": {}},
    }
    stated, chosen = trace(scenario_from_dict(form)).pledges
    assert (stated.when.day, stated.how, stated.after, stated.reasons) == (0, STATED, (1.0,), None)
    assert (chosen.when.day, chosen.how, chosen.reasons.others) == (0, NEW, 1.0)
