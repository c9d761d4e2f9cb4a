"""Dates that are drawn once a run: the law of the dates, and runs that are those of fixed dates."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import same_bits
from tests.engines.scenarios_strategy import Form, scenarios

FEW = settings(derandomize=True, deadline=None, max_examples=25)


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
            one, other = getattr(fixed, field.name), getattr(drawn, field.name)[run : run + 1]
            assert same_bits(one, np.ascontiguousarray(other)), field.name


@FEW
@given(scenarios(drawn=0.7), st.integers(0, 2**64 - 1))
def test_a_run_with_drawn_dates_is_the_run_of_a_scenario_with_these_dates(form, seed):
    check_runs_are_those_of_fixed_dates(form, seed, n_runs=3)
