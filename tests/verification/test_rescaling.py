"""The hazards computed anew, the statistics of moves, and the scenario that has every feature."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from experiments.verification.laws import LEAST_P, MOST_ERRORS
from experiments.verification.rescaling import martingales, oracle
from experiments.verification.rescaling.claims import (
    MOST_DIFFERENCE,
    SCENARIO,
    Recorded,
    difference,
    effects,
    observe,
)
from sim.core import stages
from sim.engines.mesa.model import CoalitionModel
from sim.scenario.load import scenario_from_dict

LOG2 = np.log(2.0)


@pytest.fixture(scope="module")
def every_feature():
    return sim.load_scenario(SCENARIO)


def small(**fields):
    """Three nations over four days, in full form."""
    return scenario_from_dict({"days": 4, "nations": ["A", "B", "C"], **fields}).full()


def history(stage, deal=(False,) * 5):
    """A run of three nations without pledges or conditions."""
    stage = np.array(stage)
    return oracle.History(
        stage,
        np.zeros(stage.shape),
        np.zeros((5, 0)),
        np.array(deal),
        np.full(3, 0.5),
        np.zeros(3),
        0.0,
    )


# The scenario


def test_the_words_are_those_of_the_engine():
    assert oracle.STAGES == stages.STAGES
    assert oracle.MOVES == (stages.FORWARD_MOVES, stages.EXIT_MOVES)
    assert oracle.FEATURES == stages.FEATURES
    assert oracle.N_TRAITS == stages.N_TRAITS


def test_every_move_answers_to_every_feature(every_feature):
    rate, coefficient = oracle.behaviour(every_feature.full())
    named = martingales.KIND_OF != martingales.NO_KIND
    assert (rate[named] > 0.0).all()
    assert (coefficient[named] != 0.0).all()


KINDS = {
    *("move", "deal", "meeting", "trigger", "list", "opinion"),
    *("requirement", "signal", "shock", "proposal"),
}


def test_every_kind_of_event_happens_on_days_that_are_known_and_that_are_drawn(every_feature):
    for is_drawn in (False, True):
        events = [each for each in every_feature.events if is_drawn is bool(each.drawn_date)]
        assert {event.kind for event in events} == KINDS


# The hazards computed anew


def test_hazards_agree_on_the_days_that_a_run_has_drawn_and_on_no_other_ones(every_feature):
    form, model = every_feature.full(), CoalitionModel(every_feature, 3, 0, Recorded)
    observed, spent = observe(model)
    drawn = model.inputs.event_date
    found = oracle.hazards(oracle.recompute(oracle.dated(form, drawn), observed))
    assert difference(found, spent) < MOST_DIFFERENCE
    # Deals, and conditions with what acts on them, are observed.
    have_a_say = {"move", "meeting", "trigger", "list", "opinion", "requirement"}
    n_late = 0
    for place, event in enumerate(every_feature.events):
        has_a_say = event.kind in have_a_say or getattr(event, "signal", "") == "tempo"
        if event.drawn_date and has_a_say and drawn[place] < model.day:
            late = oracle.dated(form, drawn + (np.arange(drawn.size) == place))
            found = oracle.hazards(oracle.recompute(late, observed))
            assert difference(found, spent) > MOST_DIFFERENCE, event
            n_late += 1
    assert n_late == 7


def test_an_event_whose_drawn_day_comes_after_the_end_does_not_happen():
    events = [{"date": {"uniform": [3, 5]}, "list": "x", "covers": "all"}]
    form = small(events=events)
    assert oracle.dated(form, np.array([4]))["events"][0]["date"] == 4
    assert oracle.dated(form, np.array([5]))["events"] == []


def test_announcements_fade_by_the_day():
    faded = oracle.faded_sum({-1: 2.0, 1: 1.0, 3: 0.0}, memory=1.0 / LOG2)
    assert faded == pytest.approx([1.0, 0.5, 0.75, 0.375])


def test_ties_are_shares_of_what_a_nation_watches():
    groups = {"pair": {"members": ["A", "B"], "weight": 2}}
    form = small(leaders=["C"], ties={"base": 1, "leaders": 3, "groups": groups})
    assert oracle.ties(form) == pytest.approx(
        np.array([[0.0, 0.4, 0.6], [0.4, 0.0, 0.6], [0.5, 0.5, 0.0]])
    )


def test_a_nation_that_an_event_moves_is_held_and_its_move_is_not_a_decision():
    form = small(events=[{"date": 2, "move": "A", "to": "public"}])
    run = history([[1, 1, 1], [1, 1, 1], [3, 2, 1], [4, 6, 1], [6, 6, 1]])
    eve = oracle.eve_of(form, run)
    assert np.argwhere(eve.held).tolist() == [[2, 0]]
    assert np.argwhere(oracle.moves(eve, run)).tolist() == [
        *([2, 1, 0], [3, 0, 0], [3, 1, 1], [4, 0, 1]),
    ]
    assert list(oracle.announcements(form, run, eve).values()) == [0.0, 1.0, 0.0, 0.0]
    assert list(oracle.public_exits(run, eve).values()) == [0.0, 0.0, 0.0, 1.0]


def test_the_collapse_of_a_deal_calls_the_deployed_back():
    run = history([[5, 4, 3]] * 3 + [[4, 4, 3]] * 2, deal=(False, True, True, False, False))
    eve = oracle.eve_of(small(), run)
    assert eve.stage[3].tolist() == [4, 4, 3]
    assert np.argwhere(eve.held).tolist() == [[3, 0]]
    assert not oracle.moves(eve, run).any()


def test_a_meeting_fades_and_a_meeting_of_all_is_of_those_who_take_part():
    meeting = {"date": 1, "meeting": "x", "weight": 2}
    form = small(events=[meeting], memory={"convened": 1.0 / LOG2})
    felt = oracle.convened(form, oracle.eve_of(form, history([[0, 1, 6]] * 5)))
    assert felt == pytest.approx(np.outer([0.0, 2.0, 1.0, 0.5, 0.25], [0, 1, 0]))


def test_meetings_and_triggers_add_up_and_each_takes_its_share_of_the_next():
    events = [
        {"date": 2, "trigger": "vote", "participants": ["B"], "weight": 4},
        {"date": 2, "meeting": "x", "participants": ["A"], "weight": 4},
        {"date": 0, "meeting": "y"},
    ]
    form = small(events=events, memory={"convened": 1.0 / LOG2, "fatigue": 0.5})
    felt = oracle.convened(form, oracle.eve_of(form, history([[1, 1, 6]] * 5)))
    assert felt[:, 0] == pytest.approx([1.0, 0.5, 2.25, 1.125, 0.5625])
    assert felt[:, 1] == pytest.approx([1.0, 0.5, 1.25, 0.625, 0.3125])
    assert (felt[:, 2] == 0.0).all()


def test_a_list_sets_meetings_aside_in_the_declaring_of_the_willing_alone():
    form = small(events=[{"date": 2, "list": "x", "covers": ["A", "B"]}])
    run, every = history([[2, 1, 2]] * 5), np.ones((5, 3, 2, len(oracle.FEATURES)))
    weight = oracle.without_meetings(every, oracle.eve_of(form, run), oracle.listed(form, run))
    column = oracle.FEATURES.index("convened")
    assert weight[:, 0, :, column].tolist() == [[1, 1], [1, 1], [0, 1], [1, 1], [1, 1]]
    assert (weight[:, 1:, :, column] == 1.0).all()


def test_opinion_stays_within_its_range_after_each_shift():
    shifts = [{"date": 2, "opinion": "A", "shift": 0.9}, {"date": 3, "opinion": "A", "shift": -0.3}]
    level = oracle.support(small(events=shifts), history([[0, 0, 0]] * 5))
    assert level[:, 0] == pytest.approx([0.5, 0.5, 1.0, 0.7, 0.7])
    assert (level[:, 1:] == 0.5).all()


# The statistics


def test_a_hazard_where_there_is_none_is_infinitely_far_off():
    assert difference(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0
    assert difference(np.array([1.1, 0.0]), np.array([1.0, 0.0])) == pytest.approx(0.1)
    assert difference(np.array([1.0, 0.1]), np.array([1.0, 0.0])) == np.inf


def test_chances_of_two_moves_add_up_to_that_of_either():
    hazard = np.array([[0.3, 0.1], [0.0, 0.0], [2.0, 0.0]])
    chance = martingales.chances(hazard)
    assert chance.sum(axis=1) == pytest.approx(1.0 - np.exp(-hazard.sum(axis=1)))
    assert chance[0, 0] == pytest.approx(3.0 * chance[0, 1])


def test_the_variance_of_weighted_moves_is_that_of_a_choice_among_three():
    chance, weight = np.array([[0.3, 0.2]]), np.array([[[2.0], [-1.0]]])
    found = martingales.score(weight, np.array([[True, False]]), chance)
    values, law = np.array([2.0, -1.0, 0.0]), np.array([0.3, 0.2, 0.5])
    mean = values @ law
    assert found.observed == 2.0
    assert found.expected == pytest.approx(mean)
    assert found.variance == pytest.approx((values - mean) ** 2 @ law)


def test_the_square_of_a_day_s_moves_has_its_exact_moments():
    chance = np.array([[0.3, 0.6]])
    squares, law = [], []
    for first in (False, True):
        for second in (False, True):
            excess, variance = martingales.same_day(chance, np.array([[first, second]]))
            squares.append(excess[0])
            law.append((0.3 if first else 0.7) * (0.6 if second else 0.4))
    assert np.dot(squares, law) == pytest.approx(0.0)
    assert np.dot(np.square(squares), law) == pytest.approx(variance[0])


def test_visits_add_up_hazards_until_the_moment_of_a_move():
    """A moves on day 2, at the middle of its law; an event moves B on day 3; C stays."""
    stage = np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1, 0], [1, 1, 0]])
    held = np.zeros((5, 3), dtype=bool)
    held[3, 1] = True
    moved = np.zeros((5, 3, 2), dtype=bool)
    moved[2, 0, 0] = True
    blank = np.zeros((5, 3, 2))
    eve = oracle.Eve(stage, np.zeros((5, 3)), held)
    run = oracle.Recomputed(eve, moved, moved, blank, blank, blank)
    hazard = np.broadcast_to([0.3, 0.1], (5, 3, 2)).copy()
    hazard[0] = hazard[held] = 0.0
    found = martingales.spells(run, hazard, np.full((5, 3), 0.5))
    moment = -np.log(1.0 - 0.5 * (1.0 - np.exp(-0.4)))
    assert found.time == pytest.approx([0.4 + moment, 0.8, 0.8, 0.4, 1.6])
    assert found.by_side[:, 0] == pytest.approx(0.75 * found.time)
    assert found.stage.tolist() == [0, 1, 0, 1, 0]
    assert found.side.tolist() == [0, -1, -1, -1, -1]
    assert found.before[1] == pytest.approx(0.4 + moment)
    assert np.isnan(found.before[[0, 2, 3, 4]]).all()


def test_time_in_a_bin_is_what_is_spent_there():
    time, ended = np.array([0.5, 1.5, 3.0]), np.array([True, False, True])
    moves, within = martingales.excess(time, ended, np.array([0.0, 1.0, 2.0, np.inf]))
    assert moves.tolist() == [1.0, 0.0, 1.0]
    assert within.tolist() == [2.5, 1.5, 1.0]


@pytest.mark.parametrize(("scale", "passes"), [(1.0, True), (1.1, False), (0.9, False)])
def test_exponential_times_pass_although_cut_short_and_others_do_not(scale, passes):
    draws = np.random.default_rng(1)
    time, cut = scale * draws.exponential(size=20_000), draws.uniform(0.0, 2.0, 20_000)
    p = martingales.exponential_p(np.minimum(time, cut), time <= cut, 20)
    assert (p > LEAST_P) == passes


@pytest.mark.parametrize(("bend", "passes"), [(1.0, True), (0.8, False)])
def test_a_choice_by_its_probability_passes_and_another_does_not(bend, passes):
    draws = np.random.default_rng(2)
    share = draws.random(20_000)
    forward = draws.random(20_000) < share**bend
    assert (martingales.choice_p(forward, share, 20) > LEAST_P) == passes


@pytest.mark.parametrize("memory", [0.0, 0.3])
def test_only_a_time_that_answers_to_the_one_before_is_found_out(memory):
    draws = np.random.default_rng(3)
    before = draws.exponential(size=20_000)
    time = draws.exponential(size=20_000) * np.exp(memory * (before - 1.0))
    cut = draws.exponential(size=20_000) * 2.0
    side = np.where(time <= cut, 0, martingales.NO_KIND)
    none = np.zeros(20_000, dtype=int)
    found = martingales.Spells(none, np.minimum(time, cut), np.zeros((20_000, 2)), side, before)
    assert (abs(martingales.lag_score(found)[0]) > MOST_ERRORS) == (memory > 0.0)


def test_a_mistake_takes_its_part_from_the_log_hazard():
    n_features, peers = len(oracle.FEATURES), oracle.FEATURES.index("peers")
    draws = np.random.default_rng(4)
    feature = draws.normal(size=(3, 2, n_features))
    coefficient = draws.normal(size=(3, 2, 2, n_features))
    eve = oracle.Eve(*(np.zeros((3, 2)),) * 3)
    is_open = np.ones((3, 2, 2), dtype=bool)
    run = oracle.Recomputed(eve, is_open, is_open, np.zeros((3, 2, 2)), coefficient, feature)
    wrong = oracle.hazards(run)[..., None] * np.exp(-effects(run))
    without, late = feature.copy(), feature.copy()
    without[:, :, peers], late[1:, :, peers] = 0.0, feature[:-1, :, peers]
    assert wrong[..., peers] == pytest.approx(oracle.hazards(run._replace(feature=without)))
    assert wrong[..., n_features + peers - oracle.N_TRAITS] == pytest.approx(
        oracle.hazards(run._replace(feature=late))
    )
