"""Dates that are drawn once a run: the law of the dates, and runs that are those of fixed dates."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.core.stages import DEPLOYED, PUBLIC, TALKS
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import differing, same_bits
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples

FEW = settings(derandomize=True, deadline=None, max_examples=examples(25))

EVENTS: tuple[Form, ...] = (
    {"meeting": "m"},
    {"list": "l"},
    {"deal": "peace"},
    {"deal": "peace", "probability": 0.2, "collapses": 15},
    {"signal": "backing", "shift": 1, "days": 4},
    {"shock": "backing", "jump": -1},
    {"proposal": "backing"},
    {"opinion": "all", "shift": 0.1},
    {"requirement": 5},
    {"move": "B", "to": "pledged"},
)


def scenario(events: list[Form], **sections: Any) -> Scenario:
    """Three nations that answer to every kind of event, over 40 days from 10 March."""
    declare = {"rate": 0.02, "prospects": 1, "convened": 1, "listed": 2, "momentum": 1}
    return scenario_from_dict(
        {
            "days": 40,
            "start": "2025-03-10",
            "nations": [
                {"id": "A", "stage": "outside"},
                {"id": "B", "stage": "willing", "reliance": {"backing": 0.5}},
                {"id": "C", "stage": "pledged"},
                {"id": "D", "stage": "talks"},
            ],
            "conditions": {"backing": {"level": 0.5}},
            "contributions": {"ground": {}},
            "behaviour": {
                "resolve": {"rate": 0.03, "convened": 1, "support": 3},
                "declare": declare,
                "pledge": {"rate": 0.1, "adequacy": 1},
                "deploy": {"rate": 100},
            },
            "events": events,
            **sections,
        }
    )


def with_dates_of_run(scenario: Scenario, seed: int, run: int) -> Scenario:
    """The scenario with the dates of one run written in; those after the end are not checked."""
    dates = inputs_of_run(arrays_of(scenario), seed, run).event_date
    events = tuple(
        event if event.drawn_date is None else event.model_copy(update={"date": int(date)})
        for event, date in zip(scenario.events, dates, strict=True)
    )
    return scenario.model_copy(update={"events": events})


def check_runs_are_those_of_fixed_dates(form: Form, seed: int, n_runs: int) -> None:
    scenario = scenario_from_dict(form)
    drawn = sim.run(scenario, runs=n_runs, seed=seed, workers=1).records.runs
    for run in range(n_runs):
        dated = with_dates_of_run(scenario, seed, run)
        assert not any(event.drawn_date for event in dated.events)
        fixed = sim.run(dated, runs=1, first_run=run, seed=seed, workers=1).records.runs
        for field in fields(fixed):
            one, other = getattr(fixed, field.name), getattr(drawn, field.name)
            if other is None:  # a share that the scenario does not have
                assert one is None, field.name
            else:
                assert same_bits(one, np.ascontiguousarray(other[run : run + 1])), field.name


@FEW
@given(scenarios(drawn=0.7), st.integers(0, 2**64 - 1))
def test_a_run_with_drawn_dates_is_the_run_of_a_scenario_with_these_dates(form, seed):
    check_runs_are_those_of_fixed_dates(form, seed, n_runs=3)


# By hand


def test_a_law_of_two_dates_gives_each_its_share_of_runs():
    events = [{"date": {"dates": {"3": 2, "7": 1}}, "move": "A", "to": "public"}]
    day = sim.run(scenario(events), runs=3000, seed=5).first_day[:, 0, PUBLIC]
    assert set(day.tolist()) == {3, 7}
    expected, error = 3000 * 2 / 3, (3000 * 2 / 9) ** 0.5
    assert abs((day == 3).sum() - expected) < 4.5 * error


@pytest.mark.parametrize(
    ("law", "event", "days"),
    [
        ({"uniform": [5, 14]}, {"move": "A", "to": "public"}, range(5, 15)),
        ({"uniform": [-10, 4]}, {"move": "A", "to": "talks"}, range(1, 5)),  # cut at day 1
        ({"dates": [9, -2, 2]}, {"move": "A", "to": "talks"}, (2, 9)),
        ({"dates": ["2025-03-14", "2025-03-20"]}, {"move": "A", "to": "public"}, (4, 10)),
    ],
)
def test_every_day_of_a_uniform_date_is_equally_likely(law, event, days):
    found = sim.run(scenario([{"date": law, **event}]), runs=2000, seed=3).first_day[:, 0]
    day = found[:, PUBLIC if event["to"] == "public" else TALKS]
    counts = np.array([(day == each).sum() for each in days])
    assert counts.sum() == 2000
    assert stats.chisquare(counts).pvalue > 1e-5


def test_a_normal_date_lies_around_its_day_and_a_triangular_one_between_its_ends():
    for law, mean, sd in (
        ({"normal": [20, 3]}, 20, (9 + 1 / 12) ** 0.5),
        ({"triangular": [10, 20, 30]}, 20, (100 / 6 + 1 / 12) ** 0.5),
    ):
        events = [{"date": law, "move": "A", "to": "public"}]
        day = sim.run(scenario(events), runs=2000, seed=8).first_day[:, 0, PUBLIC]
        assert abs(day.mean() - mean) < 4.5 * sd / 2000**0.5
        assert abs(day.std() / sd - 1) < 0.1


def test_a_deal_that_is_drawn_gives_run_by_run_the_bits_of_its_date_written_in():
    events = [{"date": {"uniform": [60, 120]}, "deal": "peace"}]
    drawn = scenario(events, days=140)
    ensemble = sim.run(drawn, runs=12, seed=4)
    dates = ensemble.runs_table(inputs=True)["input.events.deal.peace.0.date"]
    assert dates.dtype == np.int64
    assert dates.between(60, 120).all()
    assert dates.nunique() > 6
    for run, date in enumerate(dates):
        fixed = sim.run(drawn.with_value("events.peace.date", int(date)), 1, seed=4, first_run=run)
        assert np.array_equal(fixed.first_day[0], ensemble.first_day[run])
        assert np.array_equal(fixed.size[0], ensemble.size[run])
        assert fixed.first_day[0, :, DEPLOYED].max() >= date


def test_the_days_of_a_signal_count_from_the_date_that_was_drawn():
    events = [{"date": {"uniform": [3, 9]}, "signal": "backing", "shift": 2, "days": 3}]
    for run in range(4):
        traced = sim.trace(scenario(events), seed=2, run=run)
        (date,) = traced.event_dates
        raised = np.flatnonzero(traced.conditions[:, 0] > 0.5)
        assert raised.tolist() == [date, date + 1, date + 2]


# Limits


@pytest.mark.parametrize("law", [{"uniform": [6, 6]}, {"dates": [6]}, {"normal": [6, 0.01]}])
def test_a_law_of_one_day_is_that_day(law):
    for event in EVENTS:
        one, other = (scenario([{**event, "date": date}]) for date in (law, 6))
        assert differing(*(sim.run(each, 20, seed=1).records for each in (one, other))) == []


def test_what_is_drawn_before_the_run_is_remembered_and_each_nation_announced_once():
    memory = {"momentum": 5, "convened": 5}
    for event in ({"meeting": "m"}, {"move": ["A", "B"], "to": "public"}):
        dates = [{"dates": [-3]}, {"uniform": [-8, 0]}]
        drawn = scenario([{"date": each, **event} for each in dates], memory=memory)
        for run in range(6):
            dated = with_dates_of_run(drawn, 1, run)
            assert all(each.date <= 0 for each in dated.events)
            ends = [sim.run(each, 1, seed=1, first_run=run).records for each in (drawn, dated)]
            assert differing(*ends) == []


def test_an_event_drawn_after_the_last_day_does_not_happen():
    events = [{"date": {"dates": {"5": 1e-9, "41": 1}}, **event} for event in EVENTS]
    late, none = (sim.run(scenario(each), 20, seed=1).records for each in (events, []))
    assert differing(late, none) == []


def test_a_deal_drawn_after_its_collapse_is_never_in_force():
    events = [{"date": {"dates": {"5": 1e-9, "21": 1}}, "deal": "peace", "collapses": 20}]
    ensemble = sim.run(scenario(events), 20, seed=1)
    assert (ensemble.first_day[..., DEPLOYED] == -1).all()
    assert not sim.trace(scenario(events), seed=1).has_deal.any()


def test_events_of_one_day_take_effect_by_kind_and_then_by_their_place_in_the_file():
    first, second = {"requirement": 10}, {"requirement": 20}
    for dates in ([{"dates": [5]}, 5], [5, {"dates": [5]}], [{"uniform": [5, 5]}] * 2):
        pair = [{"date": dates[0], **first}, {"date": dates[1], **second}]
        assert sim.trace(scenario(pair)).requirement[5] == 20
        pair = [{"date": dates[0], **second}, {"date": dates[1], **first}]
        assert sim.trace(scenario(pair)).requirement[5] == 10
    late = [{"date": {"uniform": [7, 7]}, **first}, {"date": {"dates": [5]}, **second}]
    assert sim.trace(scenario(late)).requirement[[4, 5, 7]].tolist() == [30, 20, 10]


# Random numbers


def test_the_draw_of_a_date_has_the_path_of_the_date_and_moves_no_other():
    law, other = {"uniform": [5, 30]}, {"normal": [12, 4]}
    events = [
        {"date": law, "shock": "backing", "jump": {"normal": [0, 1]}},
        {"date": other, "deal": "peace", "probability": 0.2},
    ]
    drawn = arrays_of(scenario(events))
    assert [each.path for each in drawn.drawn] == [
        "events.shock.backing.0.date",
        "events.shock.backing.0.jump",
        "events.deal.peace.0.date",
    ]
    moved = arrays_of(scenario([{**events[0], "date": {"uniform": [6, 31]}}, events[1]]))
    one, two = (inputs_of_run(each, 3, 7) for each in (drawn, moved))
    assert np.array_equal(one.event, two.event)
    assert (two.event_date - one.event_date).tolist() == [1, 0]
