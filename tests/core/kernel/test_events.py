"""Every kind of event, on its day and after it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import sim
from sim.core.draws import DEAL, one_uniform, stable_key
from sim.core.kernel import features as row
from sim.core.kernel.events import CONVENED
from sim.core.kernel.features import cell_index
from sim.core.stages import STAGES
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from tests.core.kernel.worlds import RATE, SURE, Story, felt, nation, small, watching
from tests.core.pace import at_pace


def near(expected):
    """What a log hazard is to within the last digits of a threshold."""
    return pytest.approx(expected, abs=1e-11)


def odds(share):
    """Log-odds of a share."""
    return math.log(share / (1 - share))


def logistic(log_odds):
    """The share with these log-odds."""
    return 1 / (1 + math.exp(-log_odds))


def fade(age, memory=5.0):
    """What is left of a meeting after some days."""
    return math.exp(-age / memory)


def test_a_meeting_is_felt_in_full_on_its_day_and_fades_from_the_next():
    world = small(
        [nation("W", "talks"), nation("V", "talks")],
        behaviour=watching("convened"),
        events=[{"date": 2, "meeting": "m", "participants": ["W"], "weight": 1.5}],
    )
    assert felt(world, "W", 5) == near([0.0, *(1.5 * fade(age) for age in range(4))])
    assert felt(world, "V", 5) == near([0.0] * 5)


def test_two_meetings_on_consecutive_days_add_up_the_first_faded_by_a_day():
    world = small(
        [nation("W", "talks"), nation("V", "talks")],
        memory={"convened": 1 / math.log(2)},  # half is left after a day
        behaviour=watching("convened"),
        events=[
            {"date": 2, "meeting": "chiefs", "participants": ["W"]},
            {"date": 3, "meeting": "ministers", "weight": 2},
        ],
    )
    assert felt(world, "W", 5) == near([0.0, 1.0, 2.5, 1.25, 0.625])
    assert felt(world, "V", 5) == near([0.0, 0.0, 2.0, 1.0, 0.5])


def test_two_meetings_of_one_day_add_up():
    world = small(
        [nation("W", "talks")],
        behaviour=watching("convened"),
        events=[{"date": 1, "meeting": "m"}, {"date": 1, "meeting": "n", "weight": 0.5}],
    )
    assert felt(world, "W", 1) == near([1.5])


def test_with_fatigue_meetings_weigh_1_then_1_2_then_1_4_whoever_attends():
    """The first was held before day 1 without V, the second without W, the last is a trigger."""
    world = small(
        [nation("W", "talks"), nation("V", "talks"), nation("X")],
        memory={"convened": 1 / math.log(2), "fatigue": 0.5},
        behaviour=watching("convened"),
        events=[
            {"date": 3, "trigger": "vote", "participants": ["W", "V"]},
            {"date": 2, "meeting": "second", "participants": ["V", "X"]},
            {"date": 0, "meeting": "first", "participants": ["W"]},
        ],
    )
    assert felt(world, "W", 4) == near([0.5, 0.25, 0.125 + 0.25, 0.1875])
    assert felt(world, "V", 4) == near([0.0, 0.5, 0.25 + 0.25, 0.25])


def test_a_meeting_that_nobody_attends_tires_those_of_the_next():
    world = small(
        [nation("W", "talks"), nation("V")],
        memory={"fatigue": 0.75},
        behaviour=watching("convened"),
        events=[
            {"date": 1, "meeting": "of_v", "participants": ["V"], "weight": 0},
            {"date": 1, "meeting": "of_w", "participants": ["W"]},
        ],
    )
    assert felt(world, "W", 1) == near([0.25])


def test_of_one_day_a_trigger_comes_after_the_meetings():
    """The meeting takes half of the trigger's weight, though the file names it last."""
    world = small(
        [nation("W", "talks"), nation("V", "talks")],
        memory={"fatigue": 0.5},
        behaviour=watching("convened"),
        events=[
            {"date": 1, "trigger": "vote", "participants": ["W"]},
            {"date": 1, "meeting": "m", "participants": ["V"]},
        ],
    )
    assert felt(world, "W", 1) == near([0.5])
    assert felt(world, "V", 1) == near([1.0])


def willing_and_listed(*events, stage="willing"):
    """A willing nation that answers to meetings and lists when it declares and when it declines."""
    both = {"rate": RATE, "convened": 1.5, "listed": 1.0}
    return small(
        [nation("W", stage), nation("V", stage)],
        behaviour={"declare": both, "resolve": both, "decline": both},
        events=[*events, {"date": 2, "list": "names", "covers": ["W"]}],
    )


def test_a_list_takes_the_place_of_meetings_for_a_day_in_declaring_alone():
    events = [
        {"date": 1, "meeting": "m", "weight": 0.5},
        {"date": 2, "trigger": "t", "weight": 0.5},
    ]

    def by_day(name, *events):
        story = Story(willing_and_listed(*events))
        return [story.hazards_of_tomorrow(name) for _ in range(3)]

    listed, unlisted, never_met = by_day("W", *events), by_day("V", *events), by_day("W")
    declares, declines = listed[1]
    assert declares == never_met[1][0]  # to the last bit
    assert math.log(declares / RATE) == near(1.0)
    assert math.log(declines / RATE) == near(0.75 * (1 + fade(1)) + 1)
    assert math.log(unlisted[1][0] / RATE) == near(0.75 * (1 + fade(1)))
    assert listed[0] == unlisted[0]
    assert listed[2] == unlisted[2]


def test_a_list_leaves_meetings_their_effect_on_those_who_have_not_decided():
    story = Story(willing_and_listed({"date": 1, "meeting": "m"}, stage="talks")).go_to(1)
    assert math.log(story.hazards_of_tomorrow("W")[0] / RATE) == near(1.5 * fade(1) + 1)


def test_a_nation_that_becomes_willing_on_the_day_of_a_list_feels_meetings_on_the_next():
    sure = {"rate": 1e100}
    world = small(
        [nation("W", "outside"), nation("V", "talks")],
        behaviour={"resolve": sure, "declare": {"rate": RATE, "convened": 1.0}},
        events=[
            {"date": 1, "meeting": "m", "participants": ["W", "V"]},
            {"date": 1, "list": "names"},
            {"date": 1, "move": "W", "to": "willing"},
        ],
    )
    for name in ("W", "V"):
        story = Story(world).go_to(1)
        assert story.stages() == ["willing", "willing"]
        assert math.log(story.hazards_of_tomorrow(name)[0] / RATE) == near(fade(1))


@pytest.mark.parametrize("stage", STAGES)
def test_a_meeting_of_all_is_attended_by_those_who_take_part_that_day(stage):
    moves = ("engage", "resolve", "declare", "pledge", "deploy", "return")
    behaviour = {move: {"rate": RATE, "convened": 1.0} for move in moves}
    behaviour["withdraw"] = {"rate": RATE, "convened": 1.0}
    world = small(
        [nation("W", stage)],
        behaviour=behaviour,
        events=[{"date": 1, "meeting": "m"}, {"date": 2, "meeting": "n", "participants": "W"}],
    )
    story = Story(world)
    attended = stage not in ("outside", "left")
    felt_by_day = []
    for _ in range(2):
        forward, leave = story.hazards_of_tomorrow("W")
        felt_by_day.append(math.log(max(forward, leave) / RATE))
    assert felt_by_day == near([1.0, 1.0 + fade(1)] if attended else [0.0, 1.0])


def test_a_nation_put_in_the_talks_today_attends_today_s_meeting_of_all():
    world = small(
        [nation("W")],
        behaviour=watching("convened"),
        events=[{"date": 1, "meeting": "m"}, {"date": 1, "move": "W", "to": "talks"}],
    )
    story = Story(world).go_to(1)
    assert story.cell("CONVENED", "W") == story.world.now.keep_convened
    assert math.log(story.hazards_of_tomorrow("W")[0] / RATE) == near(fade(1))


def test_a_meeting_before_day_0_has_faded_by_its_age():
    world = small(
        [nation("W", "talks"), nation("V", "talks")],
        behaviour=watching("convened"),
        events=[
            {"date": -3, "meeting": "m", "participants": ["W"], "weight": 2},
            {"date": 0, "meeting": "n", "weight": 0.5},
        ],
    )
    assert felt(world, "W", 2) == near([2 * fade(4) + 0.5 * fade(1), 2 * fade(5) + 0.5 * fade(2)])
    assert felt(world, "V", 2) == near([0.5 * fade(1), 0.5 * fade(2)])


def test_an_announcement_before_day_0_feeds_momentum_once_a_nation_and_moves_nobody():
    world = small(
        [nation("W", "talks"), "A", "B"],
        behaviour=watching("momentum"),
        events=[
            {"date": -9, "move": ["A", "B"], "to": "public"},
            {"date": 0, "move": "A", "to": "pledged"},
        ],
    )
    expected = [2 * fade(9 + day, 14) / 3 for day in (1, 2)]
    assert felt(world, "W", 2) == near(expected)
    assert Story(world).go_to(3).stages() == ["talks", "outside", "outside"]


def test_a_list_is_felt_on_its_day_alone_by_those_it_covers():
    world = small(
        [nation("W", "talks"), nation("V", "talks")],
        behaviour=watching("listed", 2.0),
        events=[{"date": 2, "list": "first", "covers": ["W"]}, {"date": 4, "list": "second"}],
    )
    assert felt(world, "W", 5) == near([0.0, 2.0, 0.0, 2.0, 0.0])
    assert felt(world, "V", 5) == near([0.0, 0.0, 0.0, 2.0, 0.0])


def test_a_proposal_makes_its_condition_jump_by_what_yesterday_s_force_was_worth():
    stated = {"ground": 10}
    world = small(
        [nation("A", "pledged", capacity=stated, pledge=stated)],
        contributions={"ground": {}},
        commitment={"requirement": 30},
        conditions={"backing": {"level": 0.4, "speed": 0.5}, "other": {"level": 0.4}},
        events=[{"date": 2, "proposal": "backing", "gain": 8, "reference": 0.5}],
    )
    story, jump = Story(world), 8 * (10 / 40 - 0.5)
    for day, gap in ((1, 0.0), (2, jump), (3, jump / 2), (4, jump / 4)):
        expected = [logistic(odds(0.4) + gap), 0.4]
        assert story.go_to(day).conditions() == pytest.approx(expected, rel=1e-13)


def test_a_signal_with_a_duration_shifts_the_target_and_then_no_more():
    world = small(
        ["A"],
        conditions={"one": {"level": 0.5}, "two": {"level": 0.5}},
        events=[
            {"date": 2, "signal": "one", "shift": 1.0, "days": 2},
            {"date": 3, "signal": "one", "shift": 0.5},
            {"date": 4, "signal": "two", "shift": -1.0, "days": 1},
        ],
    )
    story = Story(world)
    shifts = [(0, 0), (1, 0), (1.5, 0), (0.5, -1), (0.5, 0)]
    for day, shift in enumerate(shifts, start=1):
        expected = [logistic(each) for each in shift]
        assert story.go_to(day).conditions() == pytest.approx(expected, rel=1e-13)


def test_a_signal_of_tempo_hastens_all_nations_while_it_lasts_and_moves_no_condition():
    world = small(
        [nation("W", "talks")],
        conditions={"one": {"level": 0.25}},
        tempo=2.0,
        behaviour=watching("tempo", 2.0),
        events=[
            {"date": 2, "signal": "tempo", "shift": 1.0, "days": 2},
            {"date": 3, "signal": "tempo", "shift": -0.5},
            {"date": 3, "signal": "one", "shift": 1.0, "days": 1},
        ],
    )
    shifts = [0.0, 1.0, 0.5, -0.5, -0.5]
    expected = [2 * (math.log(2) + shift) for shift in shifts]
    assert felt(world, "W", 5) == pytest.approx(expected, abs=1e-11)
    assert Story(world).go_to(2).conditions() == pytest.approx([0.25], rel=1e-13)


def test_shocks_of_a_day_add_up_and_are_pulled_back_by_the_speed():
    world = small(
        ["A"],
        conditions={"one": {"level": 0.3, "speed": 0.25}},
        events=[{"date": 2, "shock": "one", "jump": jump} for jump in (2.0, -0.5)],
    )
    story = Story(world)
    for day, gap in ((1, 0.0), (2, 1.5), (3, 1.5 * 0.75), (4, 1.5 * 0.75**2)):
        expected = [logistic(odds(0.3) + gap)]
        assert story.go_to(day).conditions() == pytest.approx(expected, rel=1e-13)


def test_a_deal_on_a_date_is_felt_from_that_day_until_it_collapses():
    world = small(
        [nation("W", "talks")],
        behaviour=watching("deal", 2.0),
        events=[{"date": 2, "deal": "ceasefire", "collapses": 4}],
    )
    assert felt(world, "W", 5) == near([0.0, 2.0, 2.0, 0.0, 0.0])


def test_a_second_deal_can_follow_one_that_collapsed_even_on_the_same_day():
    deals = [
        {"date": 1, "deal": "first", "collapses": 3},
        {"date": 2, "deal": "second", "collapses": 4},
        {"date": 5, "deal": "third"},
    ]
    world = small([nation("W", "talks")], behaviour=watching("deal"), events=deals)
    assert felt(world, "W", 5) == near([1.0, 1.0, 1.0, 0.0, 1.0])


def test_a_deal_with_a_daily_probability_is_signed_on_the_first_day_drawn_below_it():
    probability, days = 0.3, 12
    world = small(
        [nation("W", "talks")],
        days=days,
        behaviour=watching("deal"),
        events=[{"date": 4, "deal": "ceasefire", "probability": probability}],
    )
    key = stable_key("events.deal.ceasefire.0")
    for run in range(3):
        story, run_key = Story(world, seed=9, run=run), (np.uint64(9), np.uint64(run))
        signed = [
            day >= 4 and one_uniform(*run_key, key, DEAL, day) < probability
            for day in range(1, days + 1)
        ]
        signed_by = [any(signed[: day + 1]) for day in range(days)]
        felt_by_day = [story.hazards_of_tomorrow("W")[0] > 1.5 * RATE for _ in range(days)]
        assert felt_by_day == signed_by


def test_a_list_changes_nothing_where_peers_alone_are_felt():
    """Nor does it hide the nations on it from their peers."""
    behaviour = {"declare": {"rate": 0.1, "peers": 2.0}}
    listed = [{"date": 2, "list": "names"}]
    days = [
        sim.run(
            small([nation(name, "willing") for name in "ABC"], behaviour=behaviour, events=events),
            runs=20,
            workers=1,
        ).first_day
        for events in ([], listed)
    ]
    assert (days[0] > 0).any()
    assert np.array_equal(*days)


def test_the_day_of_signing_follows_the_geometric_law():
    probability, first, days, runs = 0.2, 3, 8, at_pace(20_000, 100)
    world = small(
        [nation("A", "pledged")],
        days=days,
        behaviour={"deploy": SURE},
        events=[{"date": first, "deal": "ceasefire", "probability": probability}],
    )
    day = sim.run(world, runs=runs, seed=2, workers=1).first_day[:, 0, STAGES.index("deployed")]
    tries = np.arange(days - first + 1)
    chance = probability * (1 - probability) ** tries
    expected = np.array([*chance, (1 - probability) ** tries.size]) * runs
    observed = [np.sum(day == each) for each in (*(first + tries), -1)]
    assert sum(observed) == runs
    assert stats.chisquare(observed, expected).pvalue > 1e-5


def test_a_collapse_sends_the_deployed_back_to_pledged_with_what_they_pledged():
    stated = {"ground": 7, "air": 2}
    world = small(
        [nation("A", "deployed", capacity=stated, pledge=stated), nation("B", "deployed")],
        contributions={"ground": {}, "air": {}},
        behaviour={"deploy": SURE},
        events=[
            {"date": 1, "deal": "ceasefire", "collapses": 3},
            {"date": 3, "move": "B", "to": "public"},
            {"date": 5, "deal": "peace"},
        ],
    )
    story = Story(world)
    stages = [story.go_to(day).stages()[0] for day in range(6)]
    assert stages == [*["deployed"] * 3, *["pledged"] * 2, "deployed"]
    assert story.pledge("A") == [7.0, 2.0]
    assert story.stages()[1] == "public"


def test_the_deployed_of_a_collapsed_deal_are_at_no_risk_that_day():
    world = small(
        [nation("A", "deployed")],
        behaviour={"withdraw": {"pledged": SURE}},
        events=[{"date": 1, "deal": "ceasefire", "collapses": 3}],
    )
    story = Story(world)
    assert [story.go_to(day).stages()[0] for day in (2, 3, 4)] == ["deployed", "pledged", "left"]


def test_a_move_takes_effect_on_its_day_and_puts_the_nation_at_risk_from_the_next():
    world = small(
        ["A", "B"],
        behaviour={"resolve": SURE, "decline": {"talks": {"rate": 1e-300}}},
        events=[{"date": 2, "move": ["A", "B"], "to": "talks"}],
    )
    story = Story(world)
    assert [story.go_to(day).stages()[0] for day in (1, 2, 3)] == ["outside", "talks", "willing"]


def test_a_nation_that_an_event_moved_spends_nothing_of_either_threshold_that_day():
    behaviour = {"resolve": {"rate": RATE}, "decline": {"talks": {"rate": RATE}}}
    world = small(["A"], behaviour=behaviour, events=[{"date": 2, "move": "A", "to": "talks"}])
    story = Story(world).go_to(2)
    assert story.stages() == ["talks"]
    assert (story.cell("FORWARD_REMAINING", "A"), story.cell("EXIT_REMAINING", "A")) == tuple(
        Story(small([nation("A", "talks")], behaviour=behaviour)).cell(which, "A")
        for which in ("FORWARD_REMAINING", "EXIT_REMAINING")
    )
    assert story.hazards_of_tomorrow("A") == pytest.approx((RATE, RATE), rel=1e-12)


def test_a_move_into_the_stage_it_is_in_does_nothing():
    stated = {"ground": 5}
    nations = [nation("A", "pledged", capacity={"ground": 9}, pledge=stated)]
    parts = {"contributions": {"ground": {}}, "behaviour": {"withdraw": {"rate": RATE}}}
    move = {"date": 2, "move": "A", "to": "pledged", "pledge": {"ground": 9}}
    plain, moved = Story(small(nations, **parts)), Story(small(nations, events=[move], **parts))
    for day in range(1, 6):
        plain.go_to(day)
        moved.go_to(day)
        assert moved.pledge("A") == plain.pledge("A") == [5.0]
    assert moved.cell("EXIT_REMAINING", "A") == plain.cell("EXIT_REMAINING", "A")


def test_a_move_with_a_stated_pledge_puts_just_that_and_at_most_the_capacity():
    world = small(
        [nation("A", capacity={"ground": 10, "air": {"uniform": [0, 4]}}), nation("B", "talks")],
        contributions={"ground": {"weight": 0.5}, "air": {}},
        events=[
            {"date": 2, "move": "A", "to": "pledged", "pledge": {"ground": 4, "air": 4}},
            {"date": 3, "move": "B", "to": "deployed"},
        ],
    )
    story = Story(world).go_to(2)
    capacity = story.part("capacity", 2)[1]
    ground, air = story.pledge("A")
    assert ground == 2.0
    assert 0.0 < air <= capacity < 4.0
    assert air == pytest.approx(capacity, abs=2**-29)
    assert story.force() == [ground, air, ground + air]


def test_a_move_without_a_stated_pledge_lets_the_nation_choose_that_day():
    """The worked case of the rule: 80 * 30 / (30 + 10)^2 = 1.5, half of a capacity of 20."""
    world = small(
        [nation("A", stake=1, capacity={"ground": 20})],
        contributions={"ground": {}},
        commitment={"requirement": 30, "value": 80},
        events=[{"date": 2, "move": "A", "to": "pledged"}],
    )
    story = Story(world)
    assert story.go_to(1).pledge("A") == [0.0]
    assert story.go_to(2).pledge("A") == pytest.approx([10.0], abs=1e-8)


@pytest.mark.parametrize("to", ["outside", "talks", "willing", "public", "left"])
def test_a_nation_that_is_no_longer_firm_has_no_pledge(to):
    stated = {"ground": 5}
    world = small(
        [nation("A", "pledged", capacity=stated, pledge=stated)],
        contributions={"ground": {}},
        events=[{"date": 2, "move": "A", "to": to}],
    )
    story = Story(world)
    assert story.go_to(1).force() == [5.0, 5.0]
    assert story.go_to(2).force() == [0.0, 0.0]
    assert story.pledge("A") == [0.0]


def test_a_nation_put_from_pledged_to_deployed_keeps_its_pledge():
    stated = {"ground": 5}
    world = small(
        [nation("A", "pledged", capacity=stated, pledge=stated)],
        contributions={"ground": {}},
        commitment={"value": 0},
        events=[{"date": 2, "move": "A", "to": "deployed"}],
    )
    assert Story(world).go_to(3).pledge("A") == [5.0]


def test_moves_of_a_day_go_before_its_meetings_whatever_their_order_in_the_file():
    stated = {"ground": 5}
    world = small(
        [nation("A", capacity=stated)],
        contributions={"ground": {}},
        behaviour=watching("convened"),  # else nobody's memory of meetings is kept
        events=[
            {"date": 1, "meeting": "m"},
            {"date": 1, "move": "A", "to": "pledged", "pledge": stated},
        ],
    )
    story = Story(world).go_to(1)
    assert story.cell("CONVENED", "A") == story.world.now.keep_convened


def test_nations_moved_twice_on_one_day_leave_all_other_numbers_alone():
    moves = [{"date": 1, "move": ["A", "B"], "to": to} for to in ("pledged", "deployed")]
    story = Story(small(["A", "B"], events=moves)).go_to(1)
    assert story.part("log_rate", 14).tolist() == [0.0] * 14
    ensemble = sim.run(small(["A", "B"], days=2, events=moves), runs=1, workers=1)
    assert ensemble.size.tolist() == [[0, 2, 2]]


def test_an_opinion_shifts_support_within_its_range_for_good():
    world = small(
        [nation("W", "talks", support=0.6), nation("V", "talks", support=0.3)],
        behaviour=watching("support"),
        events=[
            {"date": 2, "opinion": ["W"], "shift": 0.2},
            {"date": 3, "opinion": "all", "shift": 0.5},
            {"date": 4, "opinion": "all", "shift": -1},
        ],
    )
    assert felt(world, "W", 5) == near([0.1, 0.3, 0.5, -0.5, -0.5])
    assert felt(world, "V", 5) == near([-0.2, -0.2, 0.3, -0.5, -0.5])


def test_an_opinion_changes_what_a_contribution_costs():
    """An aversion of 2 at support 1/2 doubles the cost; full support takes it back to 1."""
    world = small(
        [nation("A", "public", stake=1, support=0.5, capacity={"ground": 20})],
        contributions={"ground": {"aversion": 2}},
        commitment={"requirement": 30, "value": 80, "token": 0},
        events=[
            {"date": 1, "opinion": "A", "shift": 0.5},
            {"date": 2, "move": "A", "to": "pledged"},
        ],
    )
    assert Story(world).go_to(2).pledge("A") == pytest.approx([10.0], abs=1e-8)
    assert Story(world).part("per_cost", 1) == [0.5]


def test_a_requirement_changes_adequacy_from_its_day_on():
    stated = {"ground": 10}
    world = small(
        [nation("W", "talks"), nation("A", "pledged", capacity=stated, pledge=stated)],
        contributions={"ground": {}},
        commitment={"requirement": 30},
        behaviour=watching("adequacy"),
        events=[{"date": 2, "requirement": 10}],
    )
    assert felt(world, "W", 3) == near([0.25, 0.5, 0.5])


def test_a_drawn_number_of_an_event_differs_from_run_to_run():
    world = small(
        ["A"],
        conditions={"one": {"level": 0.5}},
        events=[{"date": 1, "shock": "one", "jump": {"uniform": [1, 2]}}],
    )
    values = {Story(world, run=run).go_to(1).conditions()[0] for run in range(5)}
    assert len(values) == 5
    assert all(logistic(1) <= value <= logistic(2) for value in values)


def test_a_run_with_drawn_dates_is_the_run_with_these_dates_written_in():
    def world(meeting, signal, deal, early):
        return small(
            [nation("W", "talks"), nation("V", "pledged")],
            days=8,
            conditions={"backing": {"level": 0.5}},
            contributions={"ground": {}},
            behaviour={"resolve": {"rate": RATE, "convened": 1, "deal": 1}, "deploy": SURE},
            events=[
                {"date": 3, "shock": "backing", "jump": 0.5},
                {"date": deal, "deal": "peace", "probability": 0.4, "collapses": 7},
                {"date": signal, "signal": "backing", "shift": 1, "days": 2},
                {"date": meeting, "meeting": "one"},
                {"date": early, "meeting": "other"},
            ],
        )

    choices = [{"dates": days} for days in ([2, 3, 5], [1, 3, 9], [2, 4], [-3, 0, 3])]
    drawn = world(*choices)
    for run in range(at_pace(60, 20)):
        numbers = inputs_of_run(arrays_of(drawn), 2, run).event_date
        deal, signal, meeting, early = (int(number) for number in numbers[1:])
        fixed = Story(world(meeting, min(signal, 8), deal, early), seed=2, run=run)
        story = Story(drawn, seed=2, run=run)
        for day in range(1, 9 if signal < 9 else 8):
            assert story.go_to(day).stages() == fixed.go_to(day).stages(), (run, day)
            assert story.conditions() == fixed.conditions()
            assert story.cell("CONVENED", "W") == fixed.cell("CONVENED", "W")


def test_what_a_list_makes_of_a_coefficient_goes_when_the_nation_enters_another_stage():
    """Though no move that is open has one: a closed move's coefficients are written as well."""
    world = small(
        [nation("A", "talks")],
        behaviour={"resolve": {"rate": 0.0, "convened": 5.0}, "withdraw": {"rate": 0.01}},
        events=[{"date": 1, "list": "names"}, {"date": 3, "move": "A", "to": "public"}],
    )
    story = Story(world)
    cell = story.world.at.cells + cell_index(0, row.FORWARD_WEIGHTS + CONVENED)
    coefficients = [story.go_to(day).world.real[cell] for day in (2, 3)]
    assert coefficients == [5.0, 0.0]
