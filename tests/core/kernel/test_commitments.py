"""Who chooses a pledge when, against what force, and who raises it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.core.draws import PLEDGE_COST, one_uniform, stable_key
from sim.core.elementary import exp, normal_quantile
from sim.core.rules.pledges import NO_REST
from tests.core.kernel.worlds import SURE, Story, nation, small

REQUIREMENT, VALUE = 30.0, 400.0


def game(nations, events=(), token=0.0, kinds=("ground",), **parts):
    """Nations with a stake of 1 that commit at a convexity next to 0 and a cost of 1."""
    commitment = {"requirement": REQUIREMENT, "value": VALUE, "convexity": 0.001}
    commitment |= {"token": token, "scale": 0}
    parts = {"contributions": {kind: {} for kind in kinds}, **parts}
    return small(nations, commitment=commitment, events=list(events), **parts)


def giver(name, stage="pledged", ground=1e5, **parts):
    """A nation with a capacity so large that its marginal cost stays at 1."""
    return nation(name, stage, stake=1, capacity={"ground": ground}, **parts)


def best(others, worth=1.0):
    """The closed form: sqrt(V Q) - Q - the others' force."""
    return max(0.0, math.sqrt(VALUE * worth * REQUIREMENT) - REQUIREMENT - others)


def close(expected):
    """To within what a convexity of a thousandth at ample capacity makes of it."""
    return pytest.approx(expected, abs=1e-4)


def test_those_who_start_pledged_choose_one_after_another_in_file_order():
    story = Story(game([giver("A", ground=50), giver("B"), giver("C")]))
    assert story.pledge("A") == [50.0]
    assert story.pledge("B") == close([best(50)])
    assert story.pledge("C") == close([0.0])


def test_pledges_of_one_day_are_made_in_the_order_of_the_moments_of_decision():
    """The first to decide leaves nothing worth giving to the second."""
    firsts = set()
    for run in range(8):
        nations = [giver("A", "public"), giver("B", "public")]
        story = Story(game(nations, behaviour={"pledge": SURE}), run=run)
        lefts = [story.cell("FORWARD_REMAINING", name) for name in "AB"]
        first, second = ("A", "B") if lefts[0] <= lefts[1] else ("B", "A")
        story.go_to(1)
        assert story.pledge(first) == close([best(0)])
        assert story.pledge(second) == close([0.0])
        firsts.add(first)
    assert firsts == {"A", "B"}


def test_those_put_there_by_an_event_choose_before_those_who_decide_and_in_file_order():
    nations = [giver("D", "public"), giver("B", "outside", ground=50), giver("A", "outside")]
    moves = [{"date": 1, "move": name, "to": "pledged"} for name in ("A", "B")]
    story = Story(game(nations, moves, behaviour={"pledge": SURE})).go_to(1)
    assert story.pledge("B") == [50.0]
    assert story.pledge("A") == close([best(50)])
    assert story.pledge("D") == close([0.0])
    assert story.stages() == ["pledged"] * 3


def test_every_nation_lays_its_token_even_where_the_optimum_is_nothing():
    world = game([giver("A"), giver("B", ground=10), giver("C", ground=0)], token=0.1)
    story = Story(world)
    assert story.pledge("B") == pytest.approx([1.0], abs=2**-29)
    assert story.pledge("C") == [0.0]


def test_the_optimum_rises_with_stake_prospects_and_size():
    world = game(
        [
            nation(
                "A",
                "pledged",
                stake=0.8,
                reliance={"backing": 0.5},
                capacity={"ground": 5e4},
            ),
            nation("B", capacity={"ground": 1e5}),
        ],
        conditions={"backing": {"level": 0.6}},
    ).with_changes({"commitment.scale": 2.0})
    worth = 0.8 * (1 - 0.5 * 0.4) * 0.5**2
    assert best(0, worth) > 5
    assert Story(world).pledge("A") == close([best(0, worth)])


def test_a_nation_raises_its_pledge_at_a_later_meeting_and_never_lowers_it():
    events = [
        {"date": 1, "requirement": 60},
        {"date": 2, "meeting": "m", "participants": ["A"]},
        {"date": 3, "requirement": 1},
        {"date": 4, "meeting": "n"},
    ]
    story = Story(game([giver("A")], events))
    first, raised = best(0), math.sqrt(VALUE * 60) - 60
    assert raised > first
    pledges = [story.go_to(day).pledge("A")[0] for day in range(6)]
    assert pledges == close([first, first, *[raised] * 4])


def test_nations_at_rest_are_passed_over_and_pledge_what_they_would_have_chosen():
    """At every meeting, in a run in which conditions, opinion and the requirement move prices."""
    kinds = ("ground", "air")
    nations = [
        nation(
            f"N{spot}",
            ("public", "pledged")[spot % 2],
            stake=1 - spot / 20,
            reliance={"backing": spot / 12, "calm": 0.3},
            capacity=dict.fromkeys(kinds, 3.0 + spot),
            **({"pledge": {"ground": 0.5}} if spot == 3 else {}),
        )
        for spot in range(11)
    ]
    volatile = {"level": 0.5, "volatility": 0.3}
    events = [
        *({"date": date, "meeting": "m"} for date in range(1, 31)),
        {"date": 7, "opinion": ["N1", "N2"], "shift": 0.3},
        {"date": 15, "requirement": 60},
    ]
    world = game(
        nations,
        events,
        token=0.02,
        kinds=kinds,
        days=30,
        conditions={"backing": volatile, "calm": volatile},
        behaviour={"pledge": {"rate": 0.1}, "withdraw": {"rate": 0.01}},
    )
    story, asked = Story(world, seed=3), Story(world, seed=3)
    n_asked, all_asked, at = 0, 0, story.world.at
    for day in range(1, 31):
        asked.world.real[at.rest_price : at.rest_price + len(nations)] = NO_REST
        for each in (story, asked):
            each.go_to(day)
        assert story.part("pledge", 22).tolist() == asked.part("pledge", 22).tolist()
        n_asked += story.part("restless", 11).sum()
        all_asked += asked.part("restless", 11).sum()
    assert 0 < n_asked < 0.7 * all_asked


def test_at_a_trigger_nobody_reconsiders():
    events = [
        {"date": 1, "requirement": 60},
        {"date": 2, "trigger": "vote"},
        {"date": 3, "meeting": "m"},
        {"date": 3, "trigger": "vote"},
    ]
    story = Story(game([giver("A")], events))
    before = story.pledge("A")
    assert story.go_to(2).pledge("A") == before
    assert story.go_to(3).pledge("A") > before


def test_only_those_who_attend_reconsider():
    events = [{"date": 1, "requirement": 60}, {"date": 2, "meeting": "m", "participants": ["B"]}]
    story = Story(game([giver("A", ground=20), giver("B", ground=20)], events))
    before = story.pledge("A")
    story.go_to(2)
    assert story.pledge("A") == before
    assert story.pledge("B") == [20.0]


def test_a_deployed_nation_does_not_reconsider():
    events = [{"date": 1, "requirement": 60}, {"date": 2, "meeting": "m"}]
    deployed = Story(game([giver("A", "deployed")], events))
    before = deployed.pledge("A")
    assert deployed.go_to(3).pledge("A") == before


def test_raises_of_a_day_come_after_its_new_pledges():
    """A pledges anew on the day of a meeting: what it gives B, who reconsiders, need not."""
    events = [
        {"date": 1, "requirement": 60},
        {"date": 2, "meeting": "m", "participants": ["B"]},
        {"date": 2, "move": "A", "to": "pledged"},
    ]
    old = giver("B", pledge={"ground": 10})
    story = Story(game([old, giver("A", "public")], events)).go_to(2)
    assert story.pledge("A") == close([math.sqrt(VALUE * 60) - 60 - 10])
    assert story.pledge("B") == pytest.approx([10.0], abs=1e-3)


def test_raises_of_a_day_are_made_in_file_order():
    events = [{"date": 1, "requirement": 60}, {"date": 2, "meeting": "m"}]
    olds = [giver(name, pledge={"ground": 10}) for name in "BA"]
    story = Story(game(olds, events)).go_to(2)
    assert story.pledge("B") == close([math.sqrt(VALUE * 60) - 60 - 10])
    assert story.pledge("A") == pytest.approx([10.0], abs=1e-3)


def test_a_pledge_made_today_is_not_reconsidered_today():
    """Its own raise would fill up what rounding and the burst left; the stated pledge stands."""
    events = [
        {"date": 1, "move": "A", "to": "pledged", "pledge": {"ground": 3}},
        {"date": 1, "meeting": "m"},
        {"date": 2, "meeting": "n"},
    ]
    story = Story(game([giver("A", "outside")], events))
    assert story.go_to(1).pledge("A") == [3.0]
    assert story.go_to(2).pledge("A") == close([best(0)])


def test_a_nation_that_left_and_came_back_chooses_anew():
    events = [
        {"date": 1, "move": "A", "to": "left"},
        {"date": 2, "requirement": 60},
        {"date": 3, "move": "A", "to": "pledged"},
    ]
    story = Story(game([giver("A")], events))
    assert story.go_to(2).pledge("A") == [0.0]
    assert story.go_to(3).pledge("A") == close([math.sqrt(VALUE * 60) - 60])


def test_a_nation_that_pledged_and_left_on_the_same_day_gives_nothing():
    events = [{"date": 1, "move": "A", "to": to} for to in ("pledged", "left")]
    story = Story(game([giver("A", "outside"), "B"], events)).go_to(1)
    assert story.stages()[0] == "left"
    assert story.force() == [0.0, 0.0]


def test_the_spread_of_costs_is_drawn_by_nation_and_kind():
    world = small(
        ["A", "B"],
        contributions={"ground": {"cost": 2, "spread": 0.5}, "air": {"spread": 0.3}},
    )
    story = Story(world, seed=4, run=6)
    expected = []
    for name in "AB":
        for kind, cost, spread in (("ground", 2.0, 0.5), ("air", 1.0, 0.3)):
            key = stable_key(f"contributions.{kind}") ^ stable_key(f"nations.{name}")
            drawn = one_uniform(np.uint64(4), np.uint64(6), key, PLEDGE_COST, 0)
            expected.append(1 / (cost * exp(spread * normal_quantile(drawn))))
    assert story.part("per_cost", 4).tolist() == expected


def test_force_is_the_sum_of_all_pledges_to_the_last_bit():
    kinds = ("ground", "air", "naval")
    nations = [
        nation(f"N{spot}", "public", stake=1, capacity=dict.fromkeys(kinds, 0.7 + spot / 3))
        for spot in range(5)
    ]
    behaviour = {"pledge": {"rate": 0.4}, "withdraw": {"rate": 0.2}}
    events = [{"date": date, "meeting": "m"} for date in (3, 5)]
    story = Story(game(nations, events, kinds=kinds, behaviour=behaviour))
    for day in range(1, 6):
        story.go_to(day)
        pledges = np.array([story.pledge(each["id"]) for each in nations])
        assert story.force() == [*pledges.sum(axis=0), pledges.sum()]
    assert pledges.sum() > 0.0
