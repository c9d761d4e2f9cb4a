"""Scenarios to compare, and made-up comparisons without any model behind them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sim.results.ensemble import Ensemble
from sim.results.records import RunRecords
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.evaluate import evaluated
from sim.studies.compare.paired_counts import PairedRuns, paired_runs
from tests.results.synthetic import made_up, small_scenario

SEED = 3


def without_chance(days: int = 10, *events: dict[str, Any], **fields: Any) -> Scenario:
    """A scenario in which nothing happens but by dated events: one nation public, two outside."""
    nations = [{"id": "AAA", "stage": "public"}, "BBB", "CCC"]
    form = {"title": "Without chance", "days": days, "nations": nations, "events": list(events)}
    return scenario_from_dict({**form, "behaviour": {}, **fields})


def put(nation: str, day: int, stage: str = "public") -> dict[str, Any]:
    """Event that puts a nation in a stage."""
    return {"date": day, "move": [nation], "to": stage}


def one_clock(rate: float, days: int = 10) -> Scenario:
    """One nation, undisclosed, that goes public at a constant rate per day."""
    nations = [{"id": "AAA", "stage": "willing"}]
    return scenario_from_dict(
        {"days": days, "nations": nations, "behaviour": {"declare": {"rate": rate}}}
    )


def paired(*ensembles: Ensemble) -> PairedRuns:
    """What is kept of some ensembles side by side."""
    return paired_runs([each.scenario for each in ensembles], [rows_of(each) for each in ensembles])


def rows_of(ensemble: Ensemble) -> RunRecords:
    """The rows of single runs."""
    assert ensemble.records.runs is not None
    return ensemble.records.runs


def gathered_in(sizes: list[int], scenarios: list[Scenario]) -> PairedRuns:
    """What is gathered of made-up runs in blocks of some sizes."""
    found, first = None, 0
    for size in sizes:
        block = paired(*(made_up_runs(scenario, size, first) for scenario in scenarios))
        found = block if found is None else found + block
        first += size
    assert found is not None
    return found


def made_up_runs(scenario: Scenario, n_runs: int, first_run: int = 0) -> Ensemble:
    """Made-up runs that differ between scenarios by the dates of events and the nations' stakes."""
    dates = sum(event.date for event in scenario.events)
    stakes = sum(nation.stake for nation in scenario.nations)
    return made_up(scenario, n_runs, SEED + dates + round(100 * stakes), first_run)


@cache
def made_up_comparison(n_nations: int = 7, n_others: int = 1, n_runs: int = 200) -> Comparison:
    """Comparison of made-up runs: of `small_scenario` with others of the same nations."""
    base = small_scenario(n_nations, 180)
    scenarios = [base]
    for place in range(n_others):
        event = {"date": 40 + 15 * place, "signal": "us_backing", "shift": 1}
        scenarios.append(base.with_changes({"events": [*base.full()["events"], event]}))
    labels = ("as it is", *(f"backing announced {place}" for place in range(1, n_others + 1)))
    gathered = gathered_in([n_runs], scenarios)
    every = tuple(scenarios)
    return Comparison(every, labels, 0, n_runs, base.days, evaluated(gathered, every, labels))
