"""Dated events as sorted arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.draws import stable_key
from sim.core.event_kinds import DEAL, LIST, MEETING, MOVE, SHOCK, SIGNAL
from sim.core.stages import DEPLOYED, NO_DAY, PUBLIC
from sim.scenario.arrays.calendar import KINDS
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.events import EVENT_MODELS, event_keys
from sim.scenario.load import scenario_from_dict
from tests.examples import examples

FEW = settings(deadline=None, max_examples=examples(40))
DAYS = 20


def scenario(*events: dict[str, Any]) -> Any:
    """Three nations, two conditions, two kinds, and some events."""
    capacity = {"ground": 9, "air": 9}
    return scenario_from_dict(
        {
            "days": DAYS,
            "nations": [{"id": name, "capacity": capacity} for name in "ABC"],
            "conditions": {"one": {"level": 0.5}, "two": {"level": 0.5}},
            "contributions": {"ground": {}, "air": {}},
            "events": list(events),
        }
    )


def event_arrays(made_up):
    """The events of a scenario as arrays."""
    return arrays_of(made_up).structure.events


def test_every_kind_of_event_has_a_number_of_its_own():
    assert set(KINDS) == set(EVENT_MODELS)
    assert sorted(KINDS.values()) == list(range(len(EVENT_MODELS)))


def test_of_one_day_moves_come_first_then_deals_meetings_triggers_lists_and_the_rest():
    order = ["move", "deal", "meeting", "trigger", "list", "opinion", "requirement"]
    order += ["signal", "shock", "proposal"]
    assert sorted(KINDS, key=KINDS.__getitem__) == order


def test_events_are_sorted_by_day_then_kind_then_place_in_the_file():
    events = event_arrays(
        scenario(
            {"date": 3, "shock": "two", "jump": 1},
            {"date": 3, "meeting": "m"},
            {"date": 1, "list": "l"},
            {"date": 3, "move": "B", "to": "public"},
            {"date": 3, "move": "A", "to": "deployed"},
            {"date": -4, "meeting": "past"},
        )
    )
    assert events.day.tolist() == [-4, 1, 3, 3, 3, 3]
    assert events.kind.tolist() == [MEETING, LIST, MOVE, MOVE, MEETING, SHOCK]
    assert events.row.tolist() == [5, 2, 3, 4, 1, 0]
    assert events.target.tolist() == [1, 1, PUBLIC, DEPLOYED, 1, 1]


def test_the_nations_that_an_event_names_come_in_file_order_and_all_is_none():
    events = event_arrays(
        scenario(
            {"date": 1, "meeting": "m", "participants": ["C", "A"]},
            {"date": 2, "meeting": "n"},
            {"date": 3, "opinion": ["B"], "shift": 0.1},
            {"date": 4, "requirement": 3},
        )
    )
    named = [events.who[b:e].tolist() for b, e in zip(events.who_start, events.who_start[1:])]  # noqa: B905
    assert named == [[0, 2], [], [1], []]
    assert events.target.tolist() == [0, 1, 0, 0]


def test_a_signal_ends_after_its_days_and_a_deal_on_the_day_it_collapses():
    events = event_arrays(
        scenario(
            {"date": 2, "signal": "two", "shift": 1, "days": 3},
            {"date": 3, "signal": "one", "shift": 1},
            {"date": 4, "deal": "d", "collapses": 9},
            {"date": 10, "deal": "e"},
        )
    )
    assert events.kind.tolist() == [SIGNAL, SIGNAL, DEAL, DEAL]
    assert events.until.tolist() == [5, NO_DAY, 9, NO_DAY]
    assert events.target.tolist() == [1, 0, 0, 0]
    assert np.flatnonzero(events.busy).tolist() == [2, 3, 4, 5, 9, 10]


def test_every_day_on_which_a_deal_may_be_signed_is_busy():
    open_for_good = event_arrays(scenario({"date": 17, "deal": "d", "probability": 0.5}))
    assert np.flatnonzero(open_for_good.busy).tolist() == [17, 18, 19, 20]
    drawn = {"date": 5, "deal": "d", "probability": {"uniform": [0, 1]}, "collapses": 8}
    assert np.flatnonzero(event_arrays(scenario(drawn)).busy).tolist() == [5, 6, 7, 8]


def test_what_ends_after_the_run_keeps_no_day_busy():
    events = event_arrays(scenario({"date": 19, "signal": "one", "shift": 1, "days": 5}))
    assert np.flatnonzero(events.busy).tolist() == [19]
    assert events.busy.size == DAYS + 1


def test_what_happened_before_the_run_keeps_no_day_busy():
    events = event_arrays(
        scenario({"date": -3, "meeting": "m"}, {"date": 0, "move": "A", "to": "public"})
    )
    assert not events.busy.any()


def test_a_stated_pledge_names_every_kind_and_an_unstated_one_none():
    events = event_arrays(
        scenario(
            {"date": 1, "move": "A", "to": "pledged", "pledge": {"air": 2}},
            {"date": 2, "move": "B", "to": "pledged"},
        )
    )
    assert events.pledge[0].tolist() == [0.0, 2.0]
    assert np.isnan(events.pledge[1]).all()


def test_a_scenario_without_events_has_empty_arrays():
    events = event_arrays(scenario())
    assert events.kind.size == events.who.size == 0
    assert events.who_start.tolist() == [0]


def test_names_tell_apart_events_of_the_same_label():
    names = event_keys(
        scenario(
            {"date": 1, "deal": "d", "probability": 0.1},
            {"date": 2, "deal": "d", "probability": 0.1},
            {"date": 1, "shock": "one", "jump": 1},
            {"date": 1, "move": ["A", "B"], "to": "public"},
            {"date": 1, "requirement": 5},
            {"date": 1, "opinion": "all", "shift": 0.1},
        ).events
    )
    assert names == [
        "events.deal.d.0",
        "events.deal.d.1",
        "events.shock.one.0",
        "events.move.A,B.0",
        "events.requirement..0",
        "events.opinion.all.0",
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_adding_an_event_of_another_label_leaves_the_keys_of_the_others(place):
    events = [{"date": 2, "deal": "d", "probability": 0.1}, {"date": 1, "meeting": "m"}]
    more = [*events[:place], {"date": 2, "deal": "other"}, *events[place:]]
    keys = set(event_arrays(scenario(*events)).key.tolist())
    assert keys < set(event_arrays(scenario(*more)).key.tolist())
    assert stable_key("events.deal.d.0") in keys


def test_deals_alone_have_keys_as_nothing_else_of_an_event_is_drawn_day_by_day():
    events = event_arrays(
        scenario({"date": 1, "meeting": "m"}, {"date": 2, "deal": "d", "probability": 0.5})
    )
    assert events.key.tolist() == [0, stable_key("events.deal.d.0")]


days = st.integers(1, DAYS)
some_events = st.lists(
    st.one_of(
        st.fixed_dictionaries({"date": days, "shock": st.just("one"), "jump": st.just(1)}),
        st.fixed_dictionaries({"date": days, "meeting": st.just("m")}),
        st.fixed_dictionaries({"date": days, "list": st.just("l"), "covers": st.just(["A"])}),
        st.fixed_dictionaries({"date": days, "move": st.just(["A", "C"]), "to": st.just("left")}),
    ),
    max_size=8,
)


@FEW
@given(some_events)
def test_each_event_of_the_file_is_there_once_on_its_day(written):
    events = event_arrays(scenario(*written))
    assert sorted(events.row.tolist()) == list(range(len(written)))
    for index, row in enumerate(events.row):
        assert events.day[index] == written[row]["date"]
        assert events.busy[written[row]["date"]] == 1
    order = list(zip(events.day, events.kind, events.row, strict=True))
    assert order == sorted(order)
