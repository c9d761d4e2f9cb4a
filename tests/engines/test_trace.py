"""A traced run is the run of the ensemble, and what is noted of it explains all that happens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.rules.hazard import HIGHEST_LOG_HAZARD, LOWEST_LOG_HAZARD
from sim.core.rules.pledges import FORCE_UNITS
from sim.core.stages import EXIT, FORWARD, N_STAGES, WILLING
from sim.engines.run import run
from sim.engines.trace import trace
from sim.results.trace import NOT_TOLD, OPEN, OWN_RULE, TERMS
from sim.results.trace_records import DECISION
from sim.scenario.load import load_scenario, scenario_from_dict
from tests.engines.scenarios_strategy import Plan, scenario_of, scenarios
from tests.examples import examples

ROOT = Path(__file__).parents[2]
EVERY_FEATURE = ROOT / "experiments" / "verification" / "rescaling" / "every_feature.yaml"
SEEDS = st.integers(0, 2**64 - 1)
RUNS = st.integers(0, 2**63 - 1)
FIXED = settings(derandomize=True, deadline=None, max_examples=examples(40))


def check_that_it_is_the_run(told, batch):
    """Compare all that a run of the batch engine has with what a trace tells of it."""
    first_day = np.full((len(told.nations), N_STAGES), -1)
    for place, visits in enumerate(told.visits):
        for visit in reversed(visits):
            first_day[place, visit.stage] = visit.day
    assert np.array_equal(batch.first_day[0], first_day)
    assert np.array_equal(batch.size[0], told.size[0])
    assert np.array_equal(batch.private_size[0], told.size[1])
    assert np.array_equal(batch.records.runs.firm_size[0], told.size[2])
    assert np.array_equal(batch.stage[0], told.stage[-1])
    assert np.array_equal(batch.conditions[0], told.conditions[-1])
    assert np.array_equal(batch.force[0], told.force[-1, :-1])
    assert np.array_equal(batch.pledge[0], pledges_by_day(told)[-1])
    assert batch.success_day[0] == told.success_day


def pledges_by_day(told):
    """Pledges at the end of each day, from the notes alone."""
    n_kinds = len(told.scenario.contributions)
    pledges = np.zeros((told.n_days + 1, len(told.nations), n_kinds))
    for note in told.pledges:
        assert np.array_equal(pledges[note.when.day, note.nation], note.before)
        pledges[note.when.day :, note.nation] = note.after
    return pledges


def check_that_notes_explain_it(told):
    """Compare what happens with the notes, the hazards and the thresholds."""
    check_that_moves_lead_from_stage_to_stage(told)
    check_that_pledges_add_up(told)
    crossed = told.hazards >= told.remaining
    decided = np.zeros(crossed.shape, dtype=bool)
    for move in told.moves:
        if move.cause == DECISION:
            decided[move.when.day, move.nation, move.side] = True
    assert np.array_equal(crossed.any(axis=2), decided.any(axis=2))
    assert (crossed | ~decided).all()
    for place in range(len(told.nations)):
        for side in (FORWARD, EXIT):
            check_a_side(told, place, side)


def check_that_moves_lead_from_stage_to_stage(told):
    stage = np.array([visits[0].stage for visits in told.visits])
    moves = iter([*told.moves, None])
    move = next(moves)
    for day in range(told.n_days + 1):
        while move is not None and move.when.day == day:
            assert stage[move.nation] == move.before
            stage[move.nation] = move.after
            move = next(moves)
        assert np.array_equal(told.stage[day], stage)
    assert move is None


def check_that_pledges_add_up(told):
    pledges = pledges_by_day(told) * FORCE_UNITS
    assert np.array_equal(pledges.sum(axis=1), told.force[:, :-1] * FORCE_UNITS)


def check_a_side(told, place, side):
    """Hazards are those of the terms, thresholds are spent day by day from a visit to the next."""
    status, terms = told.status_rows(place, side), told.term_rows(place, side)
    hazard, remaining = told.hazards[:, place, side], told.remaining[:, place, side]
    is_open = status == OPEN
    assert not (status == OWN_RULE).any()
    assert (hazard[is_open] > 0.0).all()
    assert (hazard[~is_open][1:] == 0.0).all()
    assert np.isnan(terms[~is_open]).all()
    largest = np.maximum(1.0, np.abs(terms).max(axis=1))[is_open]
    off = terms[is_open].sum(axis=1) - np.log(hazard[is_open])
    assert (np.abs(off) <= 1e-12 * largest).all()
    visits = told.visits[place]
    for visit, later in zip(visits, [*visits[1:], None], strict=True):
        last = told.n_days if later is None else later.first_day - 1
        if visit.first_day <= last:
            days = slice(visit.first_day, last + 1)
            assert remaining[visit.first_day] == visit.thresholds[side]
            assert np.array_equal(remaining[days][1:], (remaining - hazard)[days][:-1])
            assert np.array_equal(
                told.thresholds(place)[days, side],
                [visit.thresholds[side]] * (last + 1 - visit.first_day),
            )


@FIXED
@given(scenarios(), SEEDS, RUNS)
def test_a_traced_run_is_the_run_of_the_ensemble_and_its_notes_explain_it(form, seed, number):
    scenario = scenario_from_dict(form)
    told = trace(scenario, seed=seed, run=number)
    check_that_it_is_the_run(told, run(scenario, runs=1, seed=seed, first_run=number))
    check_that_notes_explain_it(told)
    json.dumps(told.event_log(), allow_nan=False)


@FIXED
@given(scenarios(n_nations=12, n_kinds=3, n_events=30, pace=0.0), SEEDS)
def test_it_is_so_where_much_happens(form, seed):
    scenario = scenario_from_dict(form)
    told = trace(scenario, seed=seed)
    check_that_it_is_the_run(told, run(scenario, runs=1, seed=seed))
    check_that_notes_explain_it(told)


@pytest.mark.parametrize("number", [0, 7, 2**40])
@pytest.mark.parametrize("name", ["paris_2025", "paris_2025_peace_deal", EVERY_FEATURE])
def test_it_is_so_for_a_scenario_that_is_shipped(name, number):
    scenario = load_scenario(name)
    told = trace(scenario, seed=5, run=number)
    check_that_it_is_the_run(told, run(scenario, runs=1, seed=5, first_run=number))
    check_that_notes_explain_it(told)


def test_a_run_is_told_with_its_own_draw_of_rates_and_coefficients():
    rate = {"uniform": [0.1, 0.9]}
    form = {"days": 3, "nations": ["GBR"], "behaviour": {"engage": {"rate": rate, "stake": rate}}}
    scenario = scenario_from_dict(form)
    rates = {float(trace(scenario, run=number).rate[0, FORWARD]) for number in range(5)}
    assert len(rates) == 5
    assert all(0.1 <= rate <= 0.9 for rate in rates)
    assert trace(scenario).coefficient[0, FORWARD, 0] != trace(scenario).rate[0, FORWARD]


def test_hazards_beyond_the_limits_of_the_model_have_a_term_for_it():
    form = {
        "days": 2,
        "nations": [{"id": "GBR", "stake": 1.0}, {"id": "FRA", "stake": 0.0}],
        "behaviour": {"engage": {"rate": 1.0, "stake": 1e6}},
    }
    told = trace(scenario_from_dict(form))
    for nation, limit in (("GBR", HIGHEST_LOG_HAZARD), ("FRA", LOWEST_LOG_HAZARD)):
        terms = told.terms(nation, 1, FORWARD)
        assert abs(terms["stake"]) == 5e5
        assert sum(terms.values()) == limit


def test_a_nation_keeps_what_it_saw_when_it_last_considered():
    model = sim.CoalitionModel(a_coalition())
    nation = model.nations[0]
    assert nation.today is None
    before = tuple(nation.remaining)
    model.step()
    assert nation.today.remaining == before
    assert nation.today.features._replace(peers=nation.peers()) == nation.features()
    assert nation.today.features.peers == 0.0  # nobody was public yet
    assert nation.today.hazards == (pytest.approx(0.3 * np.exp(0.4)), 0.0)


# A rule of the user's own


class Unchanged(sim.Nation):
    """A nation as it is."""


class Halved(sim.Nation):
    """A nation that is half as likely to move on."""

    def forward_hazard(self, features):
        return super().forward_hazard(features) / 2.0


class Silent(sim.Nation):
    """A nation that never declares."""

    def forward_hazard(self, features):
        return 0.0 if self.stage == WILLING else super().forward_hazard(features)


class Bold(sim.Nation):
    """A nation that does what the behaviour does not name."""

    def exit_hazard(self, features):
        return 0.125 * (1.0 + features.deal)


class Sparing(sim.Nation):
    """A nation that gives its floor and no more."""

    def choose_contributions(self):
        offer = self.offer()
        return (offer.real[offer.floor : offer.floor + offer.n_kinds] * FORCE_UNITS).astype(
            np.int64
        )


class Dreamer(sim.Nation):
    """A nation that considers nothing."""

    def consider(self):
        self.moments = [2.0, 2.0]


def a_coalition():
    nation = {"stage": "willing", "stake": 0.9, "capacity": {"ground": 8.0}}
    return scenario_from_dict(
        {
            "days": 12,
            "nations": [{"id": name, **nation} for name in ("USA", "GBR", "FRA", "POL", "ITA")],
            "contributions": {"ground": {}},
            "commitment": {"value": 500},
            "behaviour": {
                "from": None,
                "declare": {"rate": 0.3, "stake": 1.0},
                "pledge": {"rate": 0.3},
            },
        }
    )


def test_a_subclass_that_overrides_nothing_is_told_the_same():
    scenario = scenario_from_dict(scenario_of(Plan(luck=3)))
    usual, same = trace(scenario, seed=2), trace(scenario, seed=2, nation_class=Unchanged)
    assert usual.event_log() == same.event_log()
    assert (usual.engine, same.engine) == ("mesa", f"mesa:{__name__}.Unchanged")


def test_the_traced_run_of_a_subclass_is_that_of_its_ensemble():
    scenario = a_coalition()
    told = trace(scenario, seed=4, run=3, nation_class=Halved)
    batch = run(scenario, runs=1, seed=4, first_run=3, engine="mesa", nation_class=Halved)
    check_that_it_is_the_run(told, batch)


def test_what_an_own_rule_does_to_a_hazard_is_a_term():
    told = trace(a_coalition(), nation_class=Halved)
    assert told.status(0, 1, FORWARD) == OPEN
    terms = told.terms("USA", 1, FORWARD)
    assert terms["own rule"] == pytest.approx(-np.log(2.0), abs=1e-12)
    assert sum(terms.values()) == pytest.approx(np.log(told.hazards[1, 0, FORWARD]), abs=1e-12)


def test_an_own_rule_that_shuts_a_move_is_no_number_in_json():
    told = trace(a_coalition(), nation_class=Silent)
    assert told.status(0, 1, FORWARD) == OWN_RULE
    assert told.terms("USA", 1, FORWARD)["own rule"] == -np.inf
    table = told.hazard_table("USA")
    assert (table[table.side == "forward"]["own rule"] == -np.inf).all()
    assert (told.stage == WILLING).all()


def test_an_own_rule_that_opens_a_move_is_all_of_its_terms():
    told = trace(a_coalition(), nation_class=Bold)
    assert told.status(0, 1, EXIT) == OWN_RULE
    assert sum(told.terms("USA", 1, EXIT).values()) == np.log(0.125)


def test_a_pledge_by_an_own_rule_is_told_as_one():
    usual, sparing = trace(a_coalition(), seed=1), trace(a_coalition(), 1, nation_class=Sparing)
    assert not any(pledge.reasons.is_own_rule for pledge in usual.pledges)
    assert sparing.pledges
    assert all(pledge.reasons.is_own_rule for pledge in sparing.pledges)


def test_nothing_is_made_up_of_a_nation_that_says_nothing():
    told = trace(a_coalition(), nation_class=Dreamer)
    assert set(told.status_rows(0, FORWARD)) == {NOT_TOLD}
    assert told.terms("USA", 1, FORWARD) == {}
    assert told.hazard_table("USA")[list(TERMS)].isna().all(axis=None)
    assert told.moves == ()


# The door


@pytest.mark.parametrize(
    ("argument", "wrong", "message"),
    [
        ("seed", -1, "seed: -1 must be from 0"),
        ("seed", 2**64, "seed: .* must be from 0"),
        ("seed", 1.5, "seed: 1.5 must be a whole number"),
        ("run", -1, "run: -1 must be from 0 to"),
        ("run", 2**63, "run: .* must be from 0 to"),
        ("run", "3", "run: '3' must be a whole number"),
        ("run", True, "run: True must be a whole number"),
        ("nation_class", int, "nation_class: .* must be a subclass of sim.Nation"),
    ],
)
def test_an_argument_out_of_range_is_named_with_what_is_allowed(argument, wrong, message):
    with pytest.raises(ValueError, match=message):
        sim.trace(a_coalition(), **{argument: wrong})


def test_a_run_too_large_to_be_told_is_refused_before_it_begins(monkeypatch):
    monkeypatch.setattr("sim.engines.trace.free_bytes", lambda: 10**5)
    with pytest.raises(MemoryError, match=r"37 nations over 180 days need 0\.0 GB .* to be traced"):
        sim.trace(load_scenario("paris_2025"))


def test_progress_is_told_day_by_day():
    seen = []
    trace(a_coalition(), progress=lambda done, of_all: seen.append((done, of_all)))
    assert seen == [(day, 12) for day in range(1, 13)]
