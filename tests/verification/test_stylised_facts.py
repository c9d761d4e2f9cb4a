"""The study of stylised facts counts what it says, and its record is what the runs give."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import sim
from experiments.stylised_facts.facts import (
    REACH,
    Pair,
    Sample,
    bursts,
    came_back,
    declarations,
    double_ratio,
    has_left,
    mean_of,
    measure,
    near_meetings,
    near_occasions,
    ratio_of,
    run_pair,
    unnamed_on,
    without_convened,
)
from experiments.stylised_facts.score import (
    FACTS,
    FOLDER,
    MISSED,
    NOT_SCORED,
    PARTLY,
    SHOWN,
    UNDECIDED,
    Band,
    Claim,
    band_of,
    claims,
    clustered,
    history,
    lines_of,
    read_table,
    together,
    verdict,
    verdicts_of,
)
from experiments.stylised_facts.study import BASE, markdown, scenarios
from sim.core.stages import LEFT
from sim.scenario.behaviour import MOVES
from sim.scenario.load import scenario_from_dict

BAND = Band(0.3, 0.4, "")
ERRORS_APART = 4.5


@cache
def paris():
    return run_pair(BASE, 400, 2)


def sample(estimate, half=0.01, q05=0.0, q95=1.0):
    return Sample(estimate, estimate - half, estimate + half, q05, q95, 100)


@pytest.mark.parametrize(
    ("found", "claim", "band", "expected"),
    [
        (sample(0.35), Claim("a", ""), BAND, SHOWN),
        (sample(0.295), Claim("a", ""), BAND, UNDECIDED),
        (sample(0.305), Claim("a", ""), BAND, UNDECIDED),
        (sample(0.395, half=0.001), Claim("a", ""), BAND, SHOWN),
        (sample(0.35), Claim("a", "", "", None, False), BAND, NOT_SCORED),
        (sample(0.6, q05=0.38), Claim("a", ""), BAND, PARTLY),
        (sample(0.6, q05=0.45), Claim("a", ""), BAND, MISSED),
        (sample(0.6, q05=0.2), Claim("d", "", "returned"), BAND, MISSED),
        (sample(0.6, q05=0.45), Claim("b", "", "", 0.5), BAND, PARTLY),
        (sample(0.35), Claim("b", "", "", 0.5), BAND, MISSED),
        (sample(0.35), Claim("b", "", "", 0.3), BAND, SHOWN),
        (sample(0.505), Claim("b", "", "", 0.5), None, UNDECIDED),
        (sample(0.495), Claim("b", "", "", 0.5), None, UNDECIDED),
        (sample(0.48), Claim("b", "", "", 0.5), None, MISSED),
        (sample(0.52), Claim("b", "", "", 0.5), None, SHOWN),
        (sample(0.52), Claim("b", ""), None, NOT_SCORED),
        (sample(float("nan")), Claim("a", ""), BAND, NOT_SCORED),
    ],
)
def test_a_verdict_follows_the_stated_rule(found, claim, band, expected):
    assert verdict(found, claim, band) == expected


def test_a_fact_is_shown_or_missed_only_if_all_its_quantities_are():
    assert together([SHOWN, NOT_SCORED, SHOWN]) == SHOWN
    assert together([MISSED]) == MISSED
    assert together([SHOWN, MISSED]) == PARTLY
    assert together([NOT_SCORED]) == NOT_SCORED


def test_history_is_sourced_and_its_ranges_are_worked_from_its_counts():
    assert all(record.source and record.what and record.confidence for record in history())
    unnamed = band_of("unnamed")
    assert (unnamed.low, unnamed.high) == (15 / 45, 15 / 40)
    by_hand = (31 / 36) / (18 / 90)
    dated = next(r for r in history() if r.coalition == "ISIS 2014, dated members")
    assert dated.value == pytest.approx(by_hand)
    withdrew = [r for r in history() if r.measure == "withdrew" and r.scored]
    assert (sum(r.part for r in withdrew), sum(r.whole for r in withdrew)) == (4, 194)


def test_the_interval_of_returns_is_clustered_by_coalition_and_worked_by_hand():
    records = [r for r in history() if r.measure == "returned" and r.scored]
    assert [(r.part, r.whole) for r in records] == [(3, 16), (3, 6), (2, 3), (0, 6)]
    share = 8 / 31
    squares = sum((r.part - share * r.whole) ** 2 for r in records)
    half = 3.182446 * (4 / 3 * squares) ** 0.5 / 31
    assert half > share
    assert clustered(records) == pytest.approx((0.0, share + half))
    assert band_of("returned")[:2] == clustered(records)


def test_every_range_of_history_is_used_and_every_one_that_is_asked_for_exists():
    asked = {claim.history for claim in claims().values() if claim.history}
    assert asked == {record.measure for record in history()}
    assert all(band_of(name) is not None for name in asked)


def test_a_ratio_s_interval_holds_the_true_ratio_as_often_as_it_should():
    draws = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        under = draws.poisson(20.0, size=500)
        hits += (found := ratio_of(draws.binomial(under, 0.3), under)).low <= 0.3 <= found.high
    assert 0.91 < hits / 400 < 0.985


def test_a_ratio_of_nothing_has_an_upper_end_and_no_lower_one():
    found = ratio_of(np.zeros(50), np.ones(50))
    assert found[:2] == (0.0, 0.0)
    assert 0.0 < found.high < 0.1


def test_a_ratio_to_itself_is_one_without_error():
    top, below = np.array([3.0, 1.0, 2.0]), np.array([4.0, 4.0, 5.0])
    found = double_ratio((top, below), (top, below))
    assert found[:3] == pytest.approx((1.0, 1.0, 1.0))


def still(*stages, **more):
    nations = [{"id": f"N{place}", "stage": stage} for place, stage in enumerate(stages)]
    return scenario_from_dict({"days": 20, "nations": nations, "behaviour": {"from": None}, **more})


def test_the_unnamed_are_those_who_have_decided_and_not_said_so():
    ensemble = sim.run(still("public", "willing", "willing", "talks", "outside"), runs=3)
    found = unnamed_on(ensemble, np.array([0, 20, -1]))
    assert found.estimate == pytest.approx(2 / 3)
    assert found.n_runs == 2


def test_days_near_meetings_are_three_on_either_side_and_never_day_0():
    events = [
        {"date": -1, "meeting": "before"},
        {"date": 10, "meeting": "few", "participants": ["N0"]},
        {"date": 19, "meeting": "late"},
    ]
    ensemble = sim.run(still("talks", "talks", events=events), runs=1)
    near = set(np.flatnonzero(near_meetings(ensemble, only_all=False)))
    assert near == {1, 2, *range(10 - REACH, 10 + REACH + 1), *range(16, 21)}
    assert set(np.flatnonzero(near_meetings(ensemble, only_all=True))) == {1, 2, *range(16, 21)}


def test_days_near_occasions_are_each_run_s_own_where_dates_are_drawn():
    events = [
        {"date": 10, "meeting": "few", "participants": ["N0"]},
        {"date": {"dates": {"2": 1, "18": 1}}, "list": "names", "covers": "all"},
        {"date": {"uniform": [20, 21]}, "trigger": "on the last day or never"},
    ]
    ensemble = sim.run(still("talks", "talks", events=events), runs=40)
    near = near_occasions(ensemble)
    expected = {
        frozenset({*range(7, 14), *of_list, *of_trigger})
        for of_list in (range(1, 6), range(15, 21))
        for of_trigger in (range(17, 21), ())
    }
    assert {frozenset(np.flatnonzero(row)) for row in near} == expected


def test_a_scenario_of_meetings_alone_has_no_other_occasions():
    events = [{"date": 10, "meeting": "all"}]
    ensemble = sim.run(still("talks", "talks", events=events), runs=2)
    assert not any("occasion" in key for key, _ in bursts(Pair(ensemble, ensemble)))


def test_declarations_add_up_to_those_who_went_public():
    ensemble = paris().shown
    by_day = declarations(ensemble)
    assert by_day[:, 0].sum() == 0
    went = (ensemble.first_day[:, :, 3] > 0).sum(axis=1)
    assert np.array_equal(by_day.sum(axis=1), went)


def test_without_withdrawals_declarations_are_the_growth_of_the_public_size():
    scenario = sim.load_scenario(BASE).with_changes({"behaviour.withdraw": None})
    ensemble = sim.run(scenario, runs=50, seed=3)
    assert np.array_equal(declarations(ensemble)[:, 1:], np.diff(ensemble.size, axis=1))


def test_the_control_differs_in_the_effect_of_meetings_alone():
    scenario = sim.load_scenario(BASE)
    changes = without_convened(scenario)
    assert set(changes.values()) == {0.0}
    control = scenario.with_changes(changes)
    assert not without_convened(control)
    behaviour, other = scenario.full()["behaviour"], control.full()["behaviour"]
    for move in MOVES:
        sets = behaviour[move], other[move]
        if "rate" not in behaviour[move]:  # an exit, with a set for each stage
            sets = tuple({(s, key): x for s in each for key, x in each[s].items()} for each in sets)
        differ = {key for key, value in sets[0].items() if value != sets[1][key]}
        assert {key[-1] if isinstance(key, tuple) else key for key in differ} <= {"convened"}


def test_a_scenario_set_against_itself_has_no_bursts_beyond_its_control():
    shown = paris().shown
    found = measure(Pair(shown, shown))
    for name in ("any", "all", "occasion"):
        assert found[f"bursts_{name}_against_control"][:3] == pytest.approx((1.0, 1.0, 1.0))


def test_returns_read_off_first_days_are_seen_and_those_missed_ended_outside_again():
    decline = {f"behaviour.decline.{stage}.rate": 0.003 for stage in ("talks", "willing")}
    changes = {"behaviour.return.rate": 0.02, **decline}
    scenario = sim.load_scenario(BASE).with_changes(changes)
    ensemble = sim.run(scenario, runs=2, seed=4)
    read_off = came_back(ensemble)
    seen = np.array([returned_by_day(scenario, run) for run in range(2)])
    assert seen.sum() > 10
    assert not (read_off & ~seen).any()
    assert (ensemble.stage[seen & ~read_off] == LEFT).all()


def returned_by_day(scenario, run):
    model = sim.CoalitionModel(scenario, seed=4, run=run)
    model.run_to_end()
    stage = model.logbook.stage
    return ((stage[:-1] == LEFT) & (stage[1:] != LEFT)).any(axis=0)


def test_only_those_who_left_come_back():
    ensemble = paris().shown
    assert not (came_back(ensemble) & ~has_left(ensemble)).any()
    assert came_back(ensemble).sum() > 0


def test_every_quantity_has_a_claim_and_every_claim_a_quantity():
    assert set(measure(paris())) == set(claims())


def test_the_table_on_record_covers_every_scenario_and_fact():
    lines = read_table()
    assert {line.scenario for line in lines} == {file.stem for file in scenarios()}
    assert {line.fact for line in lines} == set(FACTS)
    assert len(verdicts_of(lines)) == len(FACTS) * len(scenarios())


def test_the_verdicts_on_record_are_what_the_rule_gives_for_the_numbers_on_record():
    lines = read_table()
    for scenario in {line.scenario for line in lines}:
        recorded = [line for line in lines if line.scenario == scenario]
        again = lines_of(scenario, {line.key: line.sample for line in recorded})
        assert [line.verdict for line in again] == [line.verdict for line in recorded]


def test_the_numbers_on_record_are_what_runs_give():
    recorded = {line.key: line.sample for line in read_table() if line.scenario == BASE}
    for key, found in measure(paris()).items():
        told = recorded[key]
        errors = [(each.high - each.low) / (2 * 1.96) for each in (found, told)]
        off = abs(found.estimate - told.estimate)
        assert off <= ERRORS_APART * np.hypot(*errors) + 1e-6, key


def test_the_readme_s_tables_are_those_on_record():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert markdown(read_table()) in readme


def test_a_mean_of_no_runs_is_nothing():
    assert np.isnan(mean_of([]).estimate)
    assert mean_of([]).n_runs == 0
