"""Runs with levers pulled are, bit for bit, runs of the scenario that says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engines.run import run
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import find_outcomes
from sim.studies.keystone.levers import KINDS, MOVES, LeverError, Levers
from sim.studies.keystone.runs import LeverRunner, Lucks, Runs
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples

N_RUNS = 11
BEHAVIOUR = {
    "engage": {"rate": 0.02},
    "resolve": {"rate": 0.1, "peers": 1.0},
    "declare": {"rate": 0.05, "peers": 2.0, "momentum": 1.0},
    "pledge": {"rate": 0.1},
    "return": {"rate": 0.2},
    "decline": {"rate": 0.02},
    "withdraw": {"rate": 0.02, "defection": 3.0},
}
FORM: Form = {
    "days": 30,
    "nations": [
        {"id": "GBR", "stage": "public"},
        {"id": "FRA", "stage": {"willing": 0.5, "public": 0.5}},
        {"id": "POL", "stage": "willing", "quorum": {"public": 1}},
        {"id": "DEU", "stage": "talks"},
        {"id": "ITA", "stage": "outside"},
        {"id": "ESP", "stage": "left"},
        {"id": "NOR", "stage": "willing", "stake": {"uniform": [0, 1]}},
    ],
    "conditions": {
        "backing": {"level": 0.4, "responds": {"public_share": 1.0}},
        "mood": {"level": {"uniform": [0.2, 0.8]}, "volatility": 0.2},
    },
    "behaviour": {"from": None, **BEHAVIOUR},
    "events": [
        {"date": 3, "meeting": "first", "weight": 2},
        {"date": 12, "meeting": "second"},
        {"date": {"uniform": [5, 40]}, "meeting": "some_day"},
        {"date": 20, "move": ["DEU", "NOR"], "to": "public"},
    ],
    "success": {"public_size": 4, "backing": 0.3, "hold": 3},
}
SCENARIO = scenario_from_dict(FORM)


def lucks_of(levers: Levers, first_run: int = 0, n_runs: int = N_RUNS, seed: int = 3) -> Lucks:
    levers.check()
    return Lucks(LeverRunner(levers, None, seed), first_run, n_runs)


def alone(lucks: Lucks, name: str) -> np.ndarray:
    """One lever by its name."""
    return np.array([lever.name == name for lever in lucks.runner.levers.found])


def assert_is_run_of(
    found: Runs, scenario: Scenario, rows: Any = slice(None), first_run: int = 0, seed: int = 3
) -> None:
    ensemble = run(
        scenario, runs=len(found.public), seed=seed, first_run=first_run, keep="runs", workers=1
    )
    public = (ensemble.stage >= 3) & (ensemble.stage <= 5)
    np.testing.assert_array_equal(found.public[rows], public[rows])
    if scenario.success is not None:
        np.testing.assert_array_equal(found.success[rows], (ensemble.success_day >= 0)[rows])
    np.testing.assert_array_equal(found.size[rows], ensemble.size[rows, -1])


def with_event(**event: Any) -> Scenario:
    return scenario_from_dict({"base": SCENARIO, "add_events": [event]})


@given(scenarios(), st.integers(0, 2**64 - 1), st.sampled_from(MOVES))
@settings(derandomize=True, deadline=None, max_examples=examples(40))
def test_with_no_lever_pulled_every_run_is_that_of_the_scenario(
    form: Form, seed: int, stage: str
) -> None:
    scenario = scenario_from_dict(form)
    levers = Levers(scenario, KINDS, 1 + seed % scenario.days, stage)
    if not levers.found:
        return
    lucks = Lucks(LeverRunner(levers, None, seed), 5, 7)
    assert_is_run_of(lucks.base, scenario, first_run=5, seed=seed)


@pytest.mark.parametrize("day", [1, 9, 30])
@pytest.mark.parametrize("stage", ["talks", "public", "pledged"])
def test_a_nation_that_is_moved_is_that_of_the_scenario_with_the_event(
    day: int, stage: str
) -> None:
    lucks = lucks_of(Levers(SCENARIO, ("nations",), day, stage))
    names = [lever.name for lever in lucks.runner.levers.found]
    assert names == ["ITA"] if stage == "talks" else len(names) >= 5
    for name in names:
        pulled = alone(lucks, name)
        scenario = with_event(date=day, move=name, to=stage)
        open_here = lucks.open[:, pulled][:, 0]
        assert_is_run_of(lucks.play(pulled), scenario, open_here)
        assert_is_run_of(lucks.play(pulled), SCENARIO, ~open_here)


@given(scenarios(), st.integers(0, 2**64 - 1), st.sampled_from(MOVES), st.booleans())
@settings(derandomize=True, deadline=None, max_examples=examples(40))
def test_runs_that_are_not_made_again_are_those_that_would_have_been(
    form: Form, seed: int, stage: str, is_early: bool
) -> None:
    """Runs in which a lever changes nothing are taken from the base: all are made here."""
    scenario = scenario_from_dict(form)
    levers = Levers(scenario, KINDS, 1 if is_early else 1 + seed % scenario.days, stage)
    if not levers.found:
        return
    lucks = Lucks(LeverRunner(levers, None, seed), 5, 30)
    for place, found in enumerate(lucks.each_pulled()):
        pulled = np.arange(len(levers.found)) == place
        for one, other in zip(found, lucks.play(pulled), strict=True):
            np.testing.assert_array_equal(one, other)
    nobody = np.zeros((30, len(levers.found)), dtype=bool)
    for column, place in enumerate(levers.held):
        held = nobody.copy()
        held[:, place] = True
        inputs = lucks._inputs(slice(None), nobody, held)
        all_made = lucks._runs(lucks.runner.run(5, 30, inputs, first_days=False))
        is_same = ~lucks.reaches[:, column]
        for one, other in zip(lucks.base, all_made, strict=True):
            np.testing.assert_array_equal(one[is_same], other[is_same])


def test_each_run_has_levers_of_its_own() -> None:
    lucks = lucks_of(Levers(SCENARIO, KINDS, 2, "public", {"mood": 0.9}))
    pulled = np.random.default_rng(0).random(lucks.open.shape) < 0.4
    found = lucks.play(pulled)
    for luck in range(N_RUNS):
        same = lucks.play(np.broadcast_to(pulled[luck], pulled.shape))
        np.testing.assert_array_equal(found.public[luck], same.public[luck])
    assert (found.public != lucks.base.public).any()


def test_levers_are_open_where_the_nation_has_neither_reached_the_stage_nor_left() -> None:
    day = 9
    levers = Levers(SCENARIO, ("nations",), day, "public")
    assert [(each.name, each.why) for each in levers.idle] == [
        ("GBR", "is public from the start"),
        ("ESP", "has left from the start"),
    ]
    lucks = lucks_of(levers, n_runs=60)
    assert [lever.name for lever in levers.found] == ["FRA", "POL", "DEU", "ITA", "NOR"]
    first = run(SCENARIO, runs=60, seed=3, keep="runs").first_day
    for place, lever in enumerate(levers.found):
        of = first[:, lever.nation, 3:7]
        expected = ~((of >= 0) & (of < day)).any(axis=1)
        np.testing.assert_array_equal(lucks.open[:, place], expected)
    assert 0 < lucks.open.mean() < 1


def test_a_nation_that_is_held_back_is_never_at_the_stage_and_moves_freely_before() -> None:
    levers = Levers(SCENARIO, ("nations",), 1, "public")
    lucks = lucks_of(levers, n_runs=80)
    assert [levers.found[place].name for place in levers.held] == ["POL", "ITA"]
    made = lucks.held(lucks.reaches)
    for column, place in enumerate(levers.held):
        name, nation = levers.found[place].name, levers.found[place].nation
        quorum = [{"public": 100_000}]
        if name == "POL":
            quorum = [{"public": 1}, *quorum]
        scenario = SCENARIO.with_changes({f"nations.{name}.quorum": quorum})
        found = run(scenario, runs=80, seed=3, keep="runs")
        rows, is_its = lucks.reaches[:, column], np.nonzero(lucks.reaches)[1] == column
        assert 0 < rows.sum() < 80
        np.testing.assert_array_equal(made.stage[is_its], found.stage[rows])
        np.testing.assert_array_equal(made.success[is_its], found.success_day[rows] >= 0)
        np.testing.assert_array_equal(made.outcome[is_its], found.size[rows, -1])
        public = (found.stage >= 3) & (found.stage <= 5)
        assert not public[:, nation].any()
        # Where it would not have been public anyway, nobody notices.
        first_day = run(SCENARIO, runs=80, seed=3, keep="runs").first_day[:, nation, 3:6]
        np.testing.assert_array_equal(rows, first_day.max(axis=1) >= 0)
        np.testing.assert_array_equal(public[~rows], lucks.base.public[~rows])


def test_any_of_the_runs_without_a_nation_can_be_made() -> None:
    lucks = lucks_of(Levers(SCENARIO, ("nations",), 1, "public"), n_runs=80)
    all_made = lucks.held(lucks.reaches)
    some = lucks.reaches & (np.arange(80) % 5 < 2)[:, None]
    made = lucks_of(Levers(SCENARIO, ("nations",), 1, "public"), n_runs=80).held(some)
    is_in = some[lucks.reaches]
    for few, of_all in zip(made, all_made, strict=True):
        np.testing.assert_array_equal(few, of_all[is_in])


STARTS = {
    "days": 5,
    "nations": [
        {"id": "A", "stage": {"willing": 0.5, "public": 0.5}},
        {"id": "B", "stage": {"willing": 0.5, "talks": 0.5}},
        {"id": "C", "stage": "willing"},
    ],
    "behaviour": {"from": None, "declare": {"rate": 0.05}},
}


def held_of(scenario: Scenario, stage: str = "public") -> list[str]:
    levers = Levers(scenario, ("nations",), 1, stage)
    return [levers.found[place].name for place in levers.held]


def test_a_nation_that_may_start_at_the_stage_cannot_be_kept_from_it() -> None:
    """A quorum bars moves and no start."""
    scenario = scenario_from_dict(STARTS)
    assert held_of(scenario) == ["B", "C"]
    assert held_of(scenario, "pledged") == ["A", "B", "C"]
    assert held_of(scenario, "willing") == []
    joint = scenario.with_draws({"nations.C.stage": ["willing", "public"]})
    assert held_of(joint) == ["B"]


def test_a_nation_whose_start_the_initial_law_draws_is_never_public_then() -> None:
    form = {**STARTS, "nations": [{"id": "A", "stage": "initial"}, {"id": "B"}]}
    form["behaviour"] = {"from": None, "initial": {"talks": {"odds": 1}, "willing": {"share": 0.5}}}
    scenario = scenario_from_dict(form)
    assert "A" in held_of(scenario, "public")
    assert "A" not in held_of(scenario, "willing")
    assert "A" not in held_of(scenario, "talks")


def test_who_is_kept_from_talks_does_not_return_to_them() -> None:
    form = {
        "days": 40,
        "nations": [{"id": "A", "stage": "outside"}, {"id": "B", "stage": "willing"}],
        "behaviour": {"from": None, "decline": {"rate": 0.3}, "return": {"rate": 0.3}},
    }
    lucks = lucks_of(Levers(scenario_from_dict(form), ("nations",), 1, "talks"), n_runs=40)
    assert (lucks.base.stage[:, 0] == 1).any()
    assert not (lucks.held(lucks.reaches).stage[:, 0] == 1).any()


def test_who_departs_stays_away() -> None:
    levers = Levers(SCENARIO, ("nations",), 4, "left")
    lucks = lucks_of(levers, n_runs=60)
    assert [each.name for each in levers.idle] == ["ESP"]
    assert levers.held == ()
    pulled = alone(lucks, "FRA")
    found = lucks.play(pulled)
    is_open = lucks.open[:, pulled][:, 0]
    assert not found.public[is_open, 1].any()
    barred = {"nations.FRA.quorum": [{"public": 100_000, "moves": ["return"]}]}
    scenario = with_event(date=4, move="FRA", to="left").with_changes(barred)
    assert_is_run_of(found, scenario, is_open)
    assert 0 < is_open.mean() < 1  # some have left before


def test_a_meeting_that_is_left_out_is_that_of_the_scenario_without_it() -> None:
    levers = Levers(SCENARIO, ("meetings",), 5)
    lucks = lucks_of(levers, n_runs=60)
    assert [lever.name for lever in levers.found] == ["events.second", "events.some_day"]
    for name in ("second", "some_day"):
        found = lucks.play(alone(lucks, f"events.{name}"))
        assert_is_run_of(found, SCENARIO.with_changes({f"events.{name}": None}))
    # The first is before the day; the last comes too late in some runs.
    assert 0 < lucks.open[:, 1].mean() < 1
    assert Levers(SCENARIO, ("meetings",), 1).found[0].label == "first"


def test_a_condition_at_a_level_is_a_signal_from_the_day_on() -> None:
    levers = Levers(SCENARIO, ("conditions",), 6, "public", {"backing": 0.7})
    lucks = lucks_of(levers)
    assert [lever.label for lever in levers.found] == [
        "backing (own level 0.7)",
        "mood (+1 log-odds)",
    ]
    found = lucks.play(alone(lucks, "conditions.backing"))
    shift = np.log(0.7 / 0.3) - np.log(0.4 / 0.6)
    assert_is_run_of(found, with_event(date=6, signal="backing", shift=float(shift)))
    found = lucks.play(alone(lucks, "conditions.mood"))
    assert_is_run_of(found, with_event(date=6, signal="mood", shift=1.0))


def test_a_drawn_level_is_set_to_the_same_one_in_every_run() -> None:
    levers = Levers(SCENARIO, ("conditions",), 1, "public", {"mood": 0.9})
    mood = find_outcomes(["conditions.mood"], levers.scenario)[0]
    lucks = Lucks(LeverRunner(levers, mood, 3), 0, 400)
    found = lucks.play(alone(lucks, "conditions.mood")).outcome
    assert found.std() < 0.3 * lucks.base.outcome.std()
    assert found.mean() == pytest.approx(0.9, abs=0.01)


def test_joint_draws_stay_as_they_are() -> None:
    drawn = SCENARIO.with_draws({"climate": [-0.4, 0.9], "conditions.mood.level": [0.3, 0.6]})
    lucks = lucks_of(Levers(drawn, KINDS, 2, "public", {"mood": 0.9}))
    assert_is_run_of(lucks.base, drawn)
    paris = load_scenario("paris_2025")
    assert_is_run_of(lucks_of(Levers(paris)).base, paris)


def test_what_makes_no_sense_is_refused() -> None:
    for options, said in (
        ({"kinds": ("nation",)}, "levers: 'nation' must be some of nations, meetings, conditions"),
        ({"kinds": ()}, "levers: none are given"),
        ({"kinds": ("meetings", "meetings")}, "levers: meetings are given twice"),
        ({"stage": "outside"}, "move: 'outside' must be one of talks, willing, public"),
        ({"day": 0}, "day: 0 must be from 1 to the last day, 30"),
        ({"day": 31}, "day: 31 must be from 1 to the last day, 30"),
        ({"levels": {"backing": 0.5}}, "level: it is of a condition, and conditions are no levers"),
        (
            {"levels": {"bakcing": 0.5}, "kinds": ("conditions",)},
            "level: unknown condition 'bakcing'; did you mean 'backing'?",
        ),
        (
            {"levels": {"backing": 1.0}, "kinds": ("conditions",)},
            "level: backing: 1 must be above 0 and below 1",
        ),
    ):
        with pytest.raises(LeverError, match="^" + said.replace("?", r"\?")):
            Levers(SCENARIO, **options).check()
    many = scenario_from_dict({"days": 3, "nations": [f"N{i}" for i in range(1001)]})
    said = "^levers: 1,001 of nations are more than the 1,000 that can be compared; ask for other"
    with pytest.raises(LeverError, match=said):
        Levers(many).check()
    plain = scenario_from_dict({"days": 3, "nations": [{"id": "A", "stage": "public"}]})
    said = (
        "there is nothing to change: every nation is public from the start, and there is no "
        "meeting on day 2 or later, and there are no conditions"
    )
    with pytest.raises(LeverError, match=said):
        Levers(plain, KINDS, 2).check()
