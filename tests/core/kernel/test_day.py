"""A day: every feature as a nation feels it, conditions, and who moves when."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.draws import CLIMATE, DISPOSITION, one_uniform, stable_key, thresholds
from sim.core.elementary import normal_quantile
from sim.core.kernel.day import record_day
from sim.core.rules.hazard import CLOSED, hazard_of_base
from sim.core.stages import LEFT, PUBLIC, WILLING
from tests.core.kernel.worlds import RATE, SURE, Story, felt, nation, small, watching
from tests.core.pace import FEW


def near(expected):
    """What a log hazard is to within the last digits of a threshold."""
    return pytest.approx(expected, abs=1e-11)


def put(name, day, to="public", **parts):
    """An event that puts a nation in a stage."""
    return {"date": day, "move": name, "to": to, **parts}


@pytest.mark.parametrize("trait", ["stake", "support", "bond", "capability"])
def test_traits_are_felt_as_their_distance_from_one_half(trait):
    world = small([nation("W", "talks", **{trait: 0.8})], behaviour=watching(trait, 2.0))
    assert felt(world, "W", 2) == near([0.6, 0.6])


@pytest.mark.parametrize(("demand", "expected"), [(1.0, 0.6), (0.25, 0.15), (0.0, 0.0)])
def test_capability_counts_as_far_as_forces_are_asked(demand, expected):
    world = small(
        [nation("W", "talks", capability=0.8)],
        commitment={"demand": demand},
        behaviour=watching("capability", 2.0),
    )
    assert felt(world, "W", 2) == near([expected] * 2)


def test_a_tempo_multiplies_rates_by_its_power():
    """A tempo of 4 with a coefficient of 1/2 doubles the rate of a move, of others nothing."""
    world = small([nation("W", "talks"), "A"], tempo=4.0, behaviour=watching("tempo", 0.5))
    assert felt(world, "W", 2) == near([math.log(2)] * 2)
    calm = small([nation("W", "talks"), "A"], tempo=4.0, behaviour=watching("peers"))
    assert felt(calm, "W", 2) == near([0.0, 0.0])


def test_disposition_is_a_nation_s_own_draw_and_stands_for_the_whole_run():
    world = small([nation("W", "talks"), nation("V", "talks")], behaviour=watching("disposition"))
    for name in ("W", "V"):
        key = stable_key(f"nations.{name}")
        drawn = normal_quantile(one_uniform(np.uint64(0), np.uint64(0), key, DISPOSITION, 0))
        assert felt(world, name, 2) == near([drawn, drawn])


def test_the_climate_is_one_draw_for_all_nations():
    world = small([nation("W", "talks"), nation("V", "talks")], behaviour=watching("climate"))
    key = stable_key("climate")
    drawn = normal_quantile(one_uniform(np.uint64(0), np.uint64(0), key, CLIMATE, 0))
    assert felt(world, "W", 2) == near([drawn, drawn])
    assert felt(world, "V", 2) == near([drawn, drawn])


@pytest.mark.parametrize("n_conditions", [1, 2, 3, 4, 5, 7])
def test_prospects_are_a_product_over_all_conditions_however_many(n_conditions):
    levels = [0.2 + 0.1 * spot for spot in range(n_conditions)]
    reliance = {f"c{spot}": 0.9 - 0.1 * spot for spot in range(n_conditions)}
    conditions = {f"c{spot}": {"level": level} for spot, level in enumerate(levels)}
    world = small(
        [nation("W", "talks", reliance=reliance)],
        conditions=conditions,
        behaviour=watching("prospects", 3.0),
    )
    product = math.prod(
        1 - need * (1 - level) for need, level in zip(reliance.values(), levels, strict=True)
    )
    assert felt(world, "W", 2) == near([3 * (product - 1)] * 2)


@pytest.mark.parametrize("n_conditions", [1, 2, 5, 6])
def test_pressure_is_a_sum_over_all_conditions_however_many(n_conditions):
    sensitivity = {f"c{spot}": 1.0 + spot for spot in range(n_conditions)}
    conditions = {f"c{spot}": {"level": 0.3 + 0.1 * spot} for spot in range(n_conditions)}
    world = small(
        [nation("W", "talks", sensitivity=sensitivity)],
        conditions=conditions,
        behaviour=watching("pressure"),
    )
    total = math.fsum((1 + spot) * (0.1 * spot - 0.2) for spot in range(n_conditions))
    assert felt(world, "W", 2) == near([total] * 2)


def test_peers_are_felt_on_the_very_day_on_which_an_event_makes_them_public():
    world = small(
        [nation("W", "talks", threshold=0.1), *"ABCD"],
        behaviour=watching("peers"),
        events=[put("A", 2), put("B", 3), put("A", 4, to="left")],
    )
    assert felt(world, "W", 5) == near([-0.1, 0.15, 0.4, 0.15, 0.15])


def test_peers_weigh_by_their_ties():
    """W watches A with 1 * 2 * 3, B with 1 + 2 = 3 and C with 1: shares 0.6, 0.3 and 0.1."""
    world = small(
        [nation("W", "talks"), *"ABC"],
        leaders=["A"],
        ties={"leaders": 2, "groups": {"g": {"members": ["W", "A"], "weight": 3}}}
        | {"dyads": [["W", "B", 2.0]]},
        behaviour=watching("peers"),
        events=[put("A", 2), put("B", 3), put("C", 4)],
    )
    assert felt(world, "W", 4) == near([0.0, 0.6, 0.9, 1.0])


def test_a_nation_that_is_public_itself_is_none_of_its_own_peers():
    world = small(
        [nation("W", "public"), nation("A", "public"), "B"],
        behaviour={"pledge": {"rate": RATE, "peers": 1.0}},
    )
    assert felt(world, "W", 1) == near([0.5])


def test_momentum_counts_those_who_went_public_from_the_next_day_on_and_fades():
    world = small(
        [nation("W", "talks"), nation("P", "public"), "A", "B"],
        memory={"momentum": 4.0},
        behaviour=watching("momentum"),
        events=[put("A", 1), put("B", 3, to="deployed"), put("A", 4, to="pledged")],
    )
    first, second = (lambda age: math.exp(-age / 4) / 4 for _ in range(2))
    expected = [0.0, first(1), first(2), first(3) + second(1), first(4) + second(2)]
    assert felt(world, "W", 5) == near(expected)


def test_momentum_counts_those_who_go_public_by_their_own_decision():
    world = small(
        [nation("W", "talks"), nation("A", "willing")],
        behaviour=watching("momentum") | {"declare": SURE},
    )
    assert felt(world, "W", 2) == near([0.0, math.exp(-1 / 14) / 2])


def test_defection_counts_public_exits_alone_from_the_next_day_on():
    world = small(
        [nation("W", "talks"), nation("A", "public"), nation("B", "willing"), "C"],
        memory={"defection": 2.0},
        behaviour=watching("defection"),
        events=[put("A", 1, to="left"), put("B", 1, to="left"), put("C", 2, to="left")],
    )
    expected = [0.0, math.exp(-1 / 2) / 4, math.exp(-2 / 2) / 4]
    assert felt(world, "W", 3) == near(expected)


def test_adequacy_is_today_s_after_an_event_and_yesterday_s_after_a_decision():
    stated = {"ground": 10}
    world = small(
        [nation("W", "talks"), nation("A", capacity=stated), nation("B", capacity=stated)],
        contributions={"ground": {}},
        commitment={"requirement": 30, "value": 0, "token": 1},
        behaviour=watching("adequacy") | {"pledge": SURE},
        events=[put("A", 2, to="pledged", pledge=stated), put("B", 3, to="public")],
    )
    # B, put in public on day 3, pledges its token on day 4, which is felt on day 5
    assert felt(world, "W", 5) == near([0.0, 0.25, 0.25, 0.25, 0.4])


def test_a_condition_follows_the_recursion_of_its_log_odds():
    world = small(
        [nation("A", "public", capacity={"ground": 30}), "B"],
        contributions={"ground": {}},
        conditions={
            "one": {"level": 0.3, "start": 0.6, "speed": 0.25}
            | {"responds": {"force": 1.5, "public_share": 0.8, "two": 2.0}},
            "two": {"level": 0.7, "speed": 0.5},
        },
        events=[
            {"date": 2, "move": "A", "to": "pledged", "pledge": {"ground": 30}},
            {"date": 3, "shock": "two", "jump": 1.0},
        ],
    )

    def odds(share):
        return math.log(share / (1 - share))

    story, one, two = Story(world), odds(0.6), odds(0.7)
    adequacy = {1: 0.0, 2: 0.0, 3: 0.5, 4: 0.5, 5: 0.5}  # yesterday's
    for day in range(1, 6):
        other = 1 / (1 + math.exp(-two))  # yesterday's
        aim = odds(0.3) + 1.5 * adequacy[day] + 0.8 * 0.5 + 2.0 * (other - 0.5)
        one += 0.25 * (aim - one)
        two += 0.5 * (odds(0.7) - two) + (1.0 if day == 3 else 0.0)
        story.go_to(day)
        expected = [1 / (1 + math.exp(-one)), 1 / (1 + math.exp(-two))]
        assert story.conditions() == pytest.approx(expected, rel=1e-12)


def test_a_condition_with_volatility_takes_its_own_noise_each_day():
    parts = {"level": 0.4, "speed": 0.1, "volatility": 0.3}
    one = small(["A"], conditions={"one": parts})
    both = small(["A"], conditions={"zero": {"level": 0.5}, "one": parts})
    paths = [
        [Story(world).go_to(day).conditions()[-1] for day in range(6)] for world in (one, both)
    ]
    assert paths[0] == paths[1]
    assert len(set(paths[0])) == 6


@FEW
@given(st.floats(0.01, 2), st.floats(0.01, 2), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_a_nation_moves_on_the_day_its_hazards_reach_their_thresholds(rate, out, seed, run):
    """Of two crossed on one day, the one crossed at the smaller fraction of the day decides."""
    world = small(
        [nation("A", "willing")],
        days=6,
        behaviour={"declare": {"rate": rate}, "decline": {"rate": out}},
    )
    key = stable_key("nations.A")
    forward, leave = thresholds(np.uint64(seed), np.uint64(run), key, WILLING, 0)
    story, stage = Story(world, seed, run), WILLING
    rate, out = math.exp(math.log(rate)), math.exp(math.log(out))
    gaps = [abs(forward / rate - leave / out)]
    gaps += [abs(each - round(each)) for each in (forward / rate, leave / out)]
    if min(gaps) < 1e-9:
        return  # too close for this arithmetic to tell
    for day in range(1, 7):
        if stage == WILLING and min(forward / rate, leave / out) <= day:
            stage = PUBLIC if forward / rate < leave / out else LEFT
        assert story.go_to(day).part("stage", 1)[0] == stage


def test_hazards_begin_anew_in_every_stage_and_every_visit_has_its_own_thresholds():
    world = small(
        [nation("A", "left")],
        days=30,
        behaviour={"return": SURE, "decline": {"talks": SURE, "outside": None, "willing": None}},
    )
    story, seen = Story(world), []
    for day in range(1, 9):
        stage = story.stages()[0]
        seen.append(
            (stage, story.cell("FORWARD_REMAINING", "A"), story.cell("EXIT_REMAINING", "A"))
        )
        story.go_to(day)
    assert [stage for stage, *_ in seen] == ["left", "talks"] * 4
    assert len({each[1:] for each in seen}) == 8


def test_a_nation_moves_at_most_once_a_day():
    behaviour = dict.fromkeys(("engage", "resolve", "declare", "pledge"), SURE)
    story = Story(small(["A"], behaviour=behaviour))
    path = [story.go_to(day).stages()[0] for day in range(6)]
    assert path == ["outside", "talks", "willing", "public", "pledged", "pledged"]


def test_all_nations_decide_on_the_same_state_whatever_their_order():
    """Each would follow the other at once; frozen, both stay until one is moved by an event."""
    behaviour = {"declare": {"rate": 1e-100, "peers": 1000.0}}
    nations = [nation("A", "willing"), nation("B", "willing"), "C"]
    story = Story(small(nations, behaviour=behaviour, events=[put("C", 2)]))
    assert story.go_to(1).stages()[:2] == ["willing"] * 2
    assert story.go_to(2).stages()[:2] == ["public"] * 2


def test_a_move_that_the_behaviour_does_not_name_never_happens():
    story = Story(small([nation("A", "talks")], behaviour={"declare": SURE}))
    assert story.hazards_of_tomorrow("A") == (hazard_of_base(CLOSED), 0.0)


def test_nobody_deploys_without_a_deal_and_those_who_pledged_deploy_with_one():
    world = small(
        [nation("A", "pledged")],
        behaviour={"deploy": SURE},
        events=[{"date": 3, "deal": "ceasefire"}],
    )
    story = Story(world)
    assert [story.go_to(day).stages()[0] for day in (1, 2, 3)] == ["pledged", "pledged", "deployed"]


def test_the_record_says_how_many_are_public_private_and_firm():
    stages = ("outside", "talks", "willing", "public", "pledged", "deployed", "left")
    nations = [nation(f"N{spot}", stage) for spot, stage in enumerate(stages)]
    story = Story(small(nations, days=1)).go_to(1)
    record_day(1, story.world)
    sizes = story.world.whole[story.world.at.size_by_day :][:6]
    assert sizes.tolist() == [3, 3, 4, 4, 2, 2]
