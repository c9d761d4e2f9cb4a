"""What is noted as without effect has none, and what has an effect is not noted."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.event_kinds import LIST, MEETING, NEW_REQUIREMENT, SHOCK
from sim.core.rules import moves as rules
from sim.core.stages import EXIT, FEATURES, FORWARD, N_STAGES
from sim.engines.run import run
from sim.scenario.effects import dependence
from sim.scenario.effects import events as effects_of_events
from sim.scenario.effects.courses import FIRM_STAGES, PUBLIC_STAGES, destination_of
from sim.scenario.effects.dependence import Dependence
from sim.scenario.effects.events import idle_event
from sim.scenario.effects.inert import inert_parts
from sim.scenario.effects.notes import address_of
from sim.scenario.files.variants import path_of
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from tests.engines.agreement import arrays_in, same_bits
from tests.engines.scenarios_strategy import EVENTS, Form, plans, scenario_of
from tests.examples import examples

RUNS = 12
SPARSE = settings(derandomize=True, deadline=None, max_examples=examples(60))


def thinned(form: Form, luck: random.Random) -> Form:
    """A made-up scenario with much of it left out, so that much of the rest has no effect."""
    for section in ("ties", "memory", "commitment"):
        if luck.random() < 0.2:
            form[section] = {}
    form["behaviour"] = {"from": None, **thinned_behaviour(form["behaviour"], luck)}
    kinds = luck.sample(EVENTS, luck.randint(0, len(EVENTS)))
    form["events"] = [event for event in form["events"] if not set(kinds) & set(event)]
    never = luck.sample(["reliance", "sensitivity", "threshold", "stake", "capacity"], 2)
    for nation in form["nations"]:
        for field in never:
            nation.pop(field, None)
        thin_stage(nation, "initial" in form["behaviour"], luck)
        if "capacity" not in nation or not {"pledged", "deployed"} & set(nation.get("stage", ())):
            nation.pop("pledge", None)
    for event in form["events"]:
        event.pop("pledge", None)
    has_capacity = any(any(nation.get("capacity", {}).values()) for nation in form["nations"])
    for share, is_there in (("groups_covered", form["ties"]), ("capacity_public", has_capacity)):
        if not is_there:
            form.get("success", {}).pop(share, None)
    return form


def thin_stage(nation: Form, has_law: bool, luck: random.Random) -> None:
    """Make the stage of a nation certain, now and then, and leave none to a law that is gone."""
    if nation.get("stage") == "initial" and not has_law:
        del nation["stage"]
    if luck.random() < 0.6 and isinstance(nation.get("stage"), dict):
        nation["stage"] = {luck.choice(list(nation["stage"])): 1}


def thinned_behaviour(behaviour: Form, luck: random.Random) -> Form:
    """Some of the moves, without the coefficients of some features."""
    seldom = luck.sample(FEATURES, luck.randint(0, len(FEATURES)))
    moves = {move: of for move, of in behaviour.items() if luck.random() < 0.7}
    for move in moves.values():
        for coefficients in [move] if "rate" in move else move.values():
            for feature in seldom:
                coefficients.pop(feature, None)
    return moves


def sparse_scenarios() -> st.SearchStrategy[tuple[Scenario, random.Random]]:
    """Thinned scenarios, with the luck for what is done to them."""

    def made(plan: Any) -> tuple[Scenario, random.Random]:
        luck = random.Random(repr(plan))
        return scenario_from_dict(thinned(scenario_of(plan), luck)), luck

    return plans(drawn=0.1).map(made)


def differences(one: Scenario, other: Scenario) -> list[str]:
    """Names of the arrays of results that differ in any bit, but for conditions without effect.

    The width of the bins of force follows from the capacities, and is no result. So does the share
    of capacity that is public: notes are about what is done and whether that succeeds.
    """
    used = Dependence(one).conditions_in_use
    places = [place for place, name in enumerate(one.conditions) if name in used]
    left, right = (dict(arrays_in(run(each, RUNS, 7, workers=1).records)) for each in (one, other))
    found = []
    by_capacity = {"force_top", "capacity_public_counts", "runs.capacity_public"}
    for name in left.keys() - by_capacity:
        arrays = [left[name], right[name]]
        if name in ("condition_counts", "runs.conditions"):
            arrays = [array[:, places] for array in arrays]
        if not same_bits(*arrays):
            found.append(name)
    return found


def other_value(scenario: Scenario, path: str, luck: random.Random) -> Any:
    """Another value that a number may have."""
    low, high, open_low, open_high, _ = scenario.parameter(path).bounds
    high = min(high, low + 10.0 ** luck.randint(-1, 2))
    return luck.uniform(low + 1e-6 * open_low, high - 1e-6 * open_high)


@SPARSE
@given(sparse_scenarios())
def test_another_value_of_a_number_without_effect_changes_no_bit(made):
    scenario, luck = made
    paths = {parameter.path for parameter in scenario.parameters()}
    inert = [each for each in inert_parts(scenario) if not each.comes_to]
    numbers = [(path_of(address_of(scenario, each.keys)), each) for each in inert]
    numbers = [(path, each) for path, each in numbers if path in paths]
    by_reason = {each.why: (path, each) for path, each in luck.sample(numbers, len(numbers))}
    for path, each in by_reason.values():
        try:
            other = scenario.with_value(path, other_value(scenario, path, luck))
        except ValueError:  # it does not fit the others: a pledge above the capacity
            continue
        assert differences(scenario, other) == [], f"{path}: {each.why}"


def scenario(**sections: Any) -> Scenario:
    """Two nations and a condition, and whatever else a test is about."""
    nations = [{"id": "GBR", "stage": "willing", "stake": 0.9}, "FRA"]
    form = {"days": 20, "nations": nations, "conditions": {"opposition": {"level": 0.7}}}
    return scenario_from_dict({**form, **sections})


def noted(found: Scenario) -> list[str]:
    """The paths that the notes of a scenario begin with."""
    return [note.partition(": ")[0] for note in found.notes]


WITHOUT_PRESSURE = {
    "from": "reasoned",
    **{each: {"pressure": 0} for each in ("resolve", "declare", "pledge", "decline", "withdraw")},
}
UNFELT = {"from": None, "resolve": {"rate": 0.1}, "declare": {"rate": 0.1}}
"""Moves without a coefficient of any feature."""

OPPOSED = [{"id": name, "sensitivity": {"opposition": -2}} for name in ("GBR", "FRA", "POL")]
UNUSED = (
    "success has no threshold for it, and no other condition that matters responds to it, so no "
    "nation depends on it"
)


def test_a_sensitivity_is_noted_while_no_move_has_a_coefficient_of_pressure():
    opposed = scenario(nations=OPPOSED, behaviour=WITHOUT_PRESSURE)
    assert opposed.notes == (
        "nations.*.sensitivity.opposition (3 nations): no move has a coefficient of pressure",
        f"conditions.opposition: no move or pledge within reach depends on opposition, {UNUSED}",
    )
    assert opposed.with_changes({"behaviour.declare.pressure": 1.0}).notes == ()
    only_deployed = opposed.with_changes({"behaviour.withdraw.deployed.pressure": 1.0})
    assert only_deployed.notes[0].endswith("no move within reach has a coefficient of pressure")
    assert scenario(nations=OPPOSED).notes == ()  # moves of the shipped behaviour have one


def test_a_climate_and_a_disposition_are_noted_while_no_move_has_a_coefficient_of_them():
    given = scenario(
        nations=[{"id": "GBR", "stage": "willing", "disposition": 1}, "FRA"],
        climate={"normal": [0.5, 0.1]},
        behaviour=UNFELT,
    )
    assert {"nations.GBR.disposition", "climate"} <= set(noted(given))
    felt = {"behaviour.declare.disposition": 1.0, "behaviour.declare.climate": 1.0}
    assert not {"nations.GBR.disposition", "climate"} & set(noted(given.with_changes(felt)))
    law = {"talks": {"odds": 1, "climate": 1}}
    by_law = {"behaviour.initial": law, "nations.FRA.stage": "initial"}
    assert "climate" not in noted(given.with_changes(by_law))


def test_a_coefficient_is_noted_where_the_climate_and_every_disposition_are_given_as_0():
    felt = {"from": None, "declare": {"rate": 0.1, "disposition": 1, "climate": 1}}
    zero = {"climate": 0, "nations.*.disposition": 0}
    drawn = scenario(behaviour=felt, nations=[{"id": each, "stage": "willing"} for each in "AB"])
    assert not [note for note in drawn.notes if note.startswith("behaviour.declare.")]
    assert [note for note in drawn.with_changes(zero).notes if note.startswith("behaviour.")] == [
        "behaviour.declare.disposition: disposition is 0 for every nation that may be in stage "
        "willing",
        "behaviour.declare.climate: climate is 0",
    ]
    some = drawn.with_changes({"nations.A.disposition": 0})
    assert "behaviour.declare.disposition" not in noted(some)


def test_a_tie_to_the_leaders_is_noted_while_no_move_has_a_coefficient_of_bond():
    tied = scenario(
        nations=[{"id": "GBR", "stage": "willing", "bond": 0.9}, "FRA"], behaviour=UNFELT
    )
    assert "nations.GBR.bond: no move has a coefficient of bond" in tied.notes
    felt = tied.with_changes({"behaviour.declare.bond": 1.0})
    assert not any("bond" in note for note in felt.notes)
    neutral = felt.with_changes({"nations.GBR.bond": 0.5})
    assert any(note.startswith("behaviour.declare.bond: bond is 0.5") for note in neutral.notes)


def test_demand_is_noted_unless_capability_counts():
    large = {"nations": [{"id": "GBR", "stage": "willing", "capability": 0.9}, "FRA"]}
    asked = scenario(**large, commitment={"demand": 0.5}, behaviour=UNFELT)
    assert "commitment.demand: no move has a coefficient of capability" in asked.notes
    felt = {"behaviour.declare.capability": 1.0}
    assert not any("capability" in note for note in asked.with_changes(felt).notes)
    alike = asked.with_changes({**felt, "nations.GBR.capability": 0.5})
    assert any(note.startswith("commitment.demand: capability is 0.5") for note in alike.notes)
    listed = asked.with_changes({**felt, "commitment.demand": 0})
    why = "commitment.demand is 0, so capability does not count"
    noted_there = [note for note in listed.notes if why in note]
    assert [note.partition(": ")[0] for note in noted_there] == [
        "nations.GBR.capability",
        "behaviour.declare.capability",
    ]


def test_a_tempo_is_noted_while_no_move_has_a_coefficient_of_it():
    signal = [{"date": 3, "signal": "tempo", "shift": 1}]
    urgent = scenario(tempo=2, events=signal, behaviour=UNFELT)
    assert "tempo, events.signal.tempo.0: no move has a coefficient of tempo" in urgent.notes
    felt = {"behaviour.declare.tempo": 1.0}
    assert not any("tempo" in note for note in urgent.with_changes(felt).notes)
    why = "tempo is 1, its neutral value, and no signal shifts it"
    calm = scenario(behaviour={**UNFELT, "declare": {"rate": 0.1, "tempo": 2.0}})
    assert any(note == f"behaviour.declare.tempo: {why}" for note in calm.notes)


def test_an_event_of_two_families_is_idle_only_if_neither_effect_reaches_anything(monkeypatch):
    made = scenario_from_dict(
        {
            "days": 9,
            "nations": [{"id": "FRA", "stage": "public"}],
            "conditions": {"calm": {"level": 0.5}},
            "events": [{"date": 2, "shock": "calm", "jump": 1}],
        }
    )
    shock = made.events[0]
    assert "no nation depends on it" in idle_event(0, shock, Dependence(made))
    monkeypatch.setattr(effects_of_events, "CHANGES_REQUIREMENT", (NEW_REQUIREMENT, SHOCK))
    assert not Dependence(made).givers
    assert idle_event(0, shock, Dependence(made))
    armed = scenario_from_dict(
        {
            "days": 9,
            "nations": [{"id": "FRA", "stage": "public", "capacity": {"ground": 5}}],
            "contributions": {"ground": {}},
            "conditions": {"calm": {"level": 0.5}},
            "events": [{"date": 2, "shock": "calm", "jump": 1}],
        }
    )
    assert Dependence(armed).givers
    assert idle_event(0, armed.events[0], Dependence(armed)) == ""


def test_a_kind_that_convenes_is_a_meeting_whatever_its_name(monkeypatch):
    made = scenario_from_dict(
        {"days": 9, "nations": ["FRA"], "events": [{"date": 2, "list": "names", "covers": ["FRA"]}]}
    )
    assert Dependence(made).always_zero("convened", [0]) == "there is no meeting"
    monkeypatch.setattr(dependence, "CONVENES", (MEETING, LIST))
    assert Dependence(made).always_zero("convened", [0]) == ""


def test_a_condition_that_nobody_looks_at_is_noted_with_its_events():
    shock = [{"date": 3, "shock": "opposition", "jump": 1}]
    idle = scenario(events=shock)
    reason = f"no nation relies on opposition or is sensitive to it, {UNUSED}"
    assert idle.notes == (f"conditions.opposition, events.shock.opposition.0: {reason}",)
    backing = {"level": 0.5, "responds": {"opposition": -1}}
    for used in (
        scenario(events=shock, success={"opposition": 0.5}),
        scenario(nations=[{"id": "GBR", "reliance": {"opposition": 0.1}}], events=shock),
        scenario(
            nations=[{"id": "GBR", "reliance": {"backing": 0.1}}],
            conditions={"opposition": {"level": 0.7}, "backing": backing},
        ),
    ):
        assert used.notes == ()


PLEDGING = {
    "conditions": {},
    "nations": [{"id": "GBR", "stage": "public", "capacity": {"ground": 5}}, "FRA"],
    "contributions": {"ground": {"cost": 2}},
    "commitment": {"value": 400},
}
NO_FORCE = "no nation that has any capacity can ever be pledged or deployed"


@pytest.mark.parametrize(
    ("sections", "path", "reason"),
    [
        ({"leaders": ["GBR"]}, "leaders", "ties.leaders, the factor for ties to them, is 1"),
        ({"ties": {"leaders": 3}}, "ties.leaders", "no nation leads"),
        ({"ties": {"groups": {"two": ["GBR", "FRA"]}}}, "ties.groups.two", "its weight is 1"),
        (
            {"ties": {"groups": {"one": {"members": ["FRA"], "weight": 3}}}},
            "ties.groups.one",
            "it has fewer than two members",
        ),
        ({"ties": {"dyads": [["GBR", "FRA", 0]]}}, "ties.dyads.0", "its weight is 0"),
        (
            {"ties": {"base": 3}, "behaviour": {"from": None, "declare": {"rate": 1}}},
            "ties.base",
            "no move has a coefficient of peers",
        ),
        (
            {"memory": {"momentum": 3}, "behaviour": {"from": None, "declare": {"rate": 1}}},
            "memory.momentum",
            "no move has a coefficient of momentum",
        ),
        (
            {"behaviour": {"from": "reasoned", "declare": {"deal": 3}}},
            "behaviour.declare.deal",
            "no event offers a deal",
        ),
        (
            {"behaviour": {"from": "reasoned", "declare": {"rate": 0, "peers": 5}}},
            "behaviour.declare.peers",
            "the rate of the move is 0",
        ),
        (
            {"behaviour": {"from": "reasoned", "declare": {"listed": 5}}},
            "behaviour.declare.listed",
            "there is no list",
        ),
        (
            {"behaviour": {"from": None, "declare": {"rate": 1}}},
            "nations.GBR.stake",
            "no move has a coefficient of stake, and no pledge within reach depends on it",
        ),
        (
            {"nations": [{"id": "GBR", "stage": "left", "threshold": 0.4}],
             "behaviour": {"from": "reasoned", "return": None}},
            "nations.GBR.threshold",
            "no move within reach has a coefficient of peers",
        ),
        (
            {**PLEDGING, "behaviour": {"from": "reasoned", "pledge": None}},
            "nations.GBR.capacity.ground",
            NO_FORCE,
        ),
        (
            {**PLEDGING, "behaviour": {"from": "reasoned", "pledge": None}},
            "contributions.ground.cost, commitment.value",
            NO_FORCE,
        ),
        (
            {**PLEDGING, "contributions": {"ground": {}, "sea": {"cost": 3}}},
            "contributions.sea.cost",
            "no nation has capacity for it",
        ),
        (
            {"events": [{"date": 2, "list": "names", "covers": "FRA"}],
             "behaviour": {"from": "reasoned", "initial": None}},
            "events.names",
            "nobody on it is at risk that day of a move with a coefficient of listed",
        ),
        (
            {"events": [{"date": 3, "move": "GBR", "to": "willing"}],
             "behaviour": {"from": None, "engage": {"rate": 1}}},
            "events.move.GBR.0",
            "every nation that it names is already in stage willing",
        ),
        (
            {"nations": [{"id": "GBR", "stage": "talks"}, {"id": "FRA", "stage": "talks"}],
             "behaviour": {"from": None, "resolve": {"rate": 1, "prospects": 2}}},
            "behaviour.resolve.prospects",
            "no nation that may be in stage talks has a reliance",
        ),
        ({"events": [{"date": 3, "requirement": 20}]}, "events.requirement.0", NO_FORCE),
        (
            {"events": [{"date": 3, "deal": "a"}, {"date": 5, "deal": "b", "probability": 0.1}]},
            "events.b",
            "events.a is certain to be signed before it, and never ends",
        ),
        (
            {"events": [{"date": 3, "meeting": "summit", "participants": "FRA"}],
             "nations": [{"id": "GBR", "stage": "talks"}, {"id": "FRA", "stage": "left"}],
             "behaviour": {"from": "reasoned", "return": None}},
            "events.summit",
            "no move within reach has a coefficient of convened, and nobody who attends has a "
            "pledge to reconsider",
        ),
        (
            {"events": [{"date": 3, "trigger": "vote", "participants": "FRA"}],
             "nations": [{"id": "GBR", "stage": "talks"}, {"id": "FRA", "stage": "left"}],
             "behaviour": {"from": "reasoned", "return": None}},
            "events.vote",
            "no move within reach has a coefficient of convened",
        ),
        (
            {"events": [{"date": 3, "trigger": "vote"}], "memory": {"fatigue": 0.5}},
            "memory.fatigue",
            "there is only one meeting or trigger, and none before it",
        ),
        (
            {"events": [{"date": 3, "meeting": "m"}, {"date": 9, "trigger": "vote"}],
             "memory": {"fatigue": 0.5},
             "behaviour": {"from": None, "declare": {"rate": 1, "stake": 1}}},
            "memory.fatigue, events.vote",
            "no move has a coefficient of convened",
        ),
        (
            {"events": [{"date": 3, "trigger": "vote"}],
             "nations": [{"id": "GBR"}, {"id": "FRA", "stage": "left"}],
             "behaviour": {"from": None, "engage": {"rate": 0, "convened": 1}}},
            "events.vote",
            "no nation can feel it",
        ),
        (
            {"events": [{"date": 3, "opinion": "FRA", "shift": 0.2}],
             "behaviour": {"from": None, "declare": {"rate": 1, "support": 1}}},
            "events.opinion.FRA.0",
            "no move within reach has a coefficient of support, and no pledge within reach "
            "depends on it",
        ),
    ],
)  # fmt: skip
def test_a_note_names_the_path_and_the_reason(sections, path, reason):
    assert f"{path}: {reason}" in scenario(**sections).notes


@pytest.mark.parametrize(
    ("success", "note"),
    [
        (
            {"public_size": 2},
            "success.public_size: it can never be met, and no run succeeds: from 0 to 1 of 2 "
            "nations can be public",
        ),
        ({"public_size": 0}, "success.public_size: it is always met: "),
        (
            {"requirement_share": 0.1},
            "success.requirement_share: it can never be met, and no run succeeds: all that can be "
            "pledged is 0 of the requirement",
        ),
        ({"opposition": 0.6}, "success.opposition: it is always met: nothing moves opposition"),
        ({"opposition": 0.8}, "success.opposition: it can never be met, and no run succeeds: "),
        ({"opposition": {"at_most": 0.8}}, "success.opposition.at_most: it is always met: nothing"),
        ({"opposition": {"at_most": 1}}, "success.opposition.at_most: it is always met: nothing"),
        (
            {"opposition": {"at_least": 0.1, "at_most": 0.6}},
            "success.opposition.at_most: it can never be met, and no run succeeds: nothing moves",
        ),
        (
            {"members": ["GBR", "FRA"]},
            "success.members: it can never be met, and no run succeeds: FRA can never be public",
        ),
        (
            {"groups_covered": 0.6},
            "success.groups_covered: it can never be met, and no run succeeds: from 0 to 1 of 2 "
            "groups can have a public member",
        ),
        ({"groups_covered": 0}, "success.groups_covered: it is always met: from 0 to 1 of 2"),
        (
            {"kinds_covered": 0.5},
            "success.kinds_covered: it can never be met, and no run succeeds: at most 0 of 1 kinds",
        ),
        (
            {"capacity_public": 0.5},
            "success.capacity_public: it can never be met, and no run succeeds: no nation that has",
        ),
    ],
)
def test_a_threshold_that_always_or_never_binds_is_noted(success, note):
    behaviour = {"from": None, "declare": {"rate": 1, "stake": 1}}
    nations = [
        {"id": "GBR", "stage": "willing", "stake": 0.9},
        {"id": "FRA", "capacity": {"ground": 3}},
    ]
    found = scenario(
        success={**success, "hold": 1},
        behaviour=behaviour,
        nations=nations,
        contributions={"ground": {}},
        ties={"groups": {"one": ["GBR"], "other": ["FRA"]}},
    )
    assert any(line.startswith(note) for line in found.notes)
    days = run(found, 50).records.success_counts
    assert days[-1] == (50 if "never" in note else 0)


def test_thresholds_that_may_bind_are_not_noted():
    moved = {"opposition": {"level": 0.7, "start": 0.5, "speed": 0.1}}
    found = scenario(conditions=moved, success={"public_size": 2, "opposition": 0.6})
    assert found.notes == ()


@pytest.mark.parametrize("name", ["paris_2025", "paris_2025_peace_deal", "paris_2025_us_withdraws"])
def test_shipped_scenarios_say_nothing_without_effect(name):
    assert load_scenario(name).notes == ()


def test_a_scenario_that_is_only_about_a_condition_says_so():
    found = load_scenario("classics/ornstein_uhlenbeck_1930_shock")
    assert noted(found) == ["conditions.backing, events.shock.backing.0"]


def test_notes_follow_a_changed_number():
    opposed = scenario(nations=OPPOSED)
    assert opposed.notes == ()
    unopposed = opposed.with_value("nations.*.sensitivity.opposition", 0)
    assert noted(unopposed) == ["conditions.opposition"]


def test_numbers_of_a_shipped_scenario_that_are_not_noted_have_an_effect():
    """But for coefficients of moves and features that it does not come to, which are defaults."""
    base = load_scenario(Path("paris_2025"))
    inert = {path_of(address_of(base, each.keys)) for each in inert_parts(base)}
    before = dict(arrays_in(run(base, 300, 1, workers=1).records))
    silent = []
    for parameter in base.parameters():
        path, low, high = parameter.path, *parameter.bounds[:2]
        is_asked = path.startswith(("commitment", "memory", "contributions", "conditions"))
        if not is_asked or path in inert or path.endswith(".start"):
            continue
        now = 0.0 if parameter.is_random else float(parameter.value)
        value = now / 2 if now > 0 else min(high, max(low, 0.5))
        after = dict(arrays_in(run(base.with_value(path, value), 300, 1, workers=1).records))
        if all(same_bits(before[name], after[name]) for name in before.keys() - {"force_top"}):
            silent.append(path)
    assert silent == []


def test_stages_are_those_of_the_rules():
    for stage in range(N_STAGES):
        assert rules.is_public(stage) == (stage in PUBLIC_STAGES)
        assert rules.is_firm(stage) == (stage in FIRM_STAGES)
        assert rules.destination(stage, rules.MOVE_OUT) == destination_of((stage, EXIT))
        assert rules.destination(stage, rules.MOVE_FORWARD) == destination_of((stage, FORWARD))


LAW = {"talks": {"odds": 1, "stake": 1, "bond": 2, "disposition": 1}, "willing": {"share": 0.5}}


def test_an_initial_law_that_no_nation_starts_by_is_noted():
    given_stages = [{"id": "GBR", "stage": "talks"}, {"id": "FRA", "stage": "outside"}]
    found = scenario(nations=given_stages, conditions={}, behaviour={"initial": LAW})
    assert "behaviour.initial: every nation's stage on day 0 is given" in found.notes


def test_numbers_that_only_the_initial_law_looks_at_have_an_effect():
    nations = [{"id": "GBR", "stake": 0.9, "support": 0.9}, {"id": "FRA", "stage": "talks"}]
    found = scenario(nations=nations, conditions={}, behaviour={"initial": LAW})
    assert found.notes == (
        "nations.GBR.support: no move has a coefficient of support, and no pledge within reach "
        "depends on it",
        "behaviour.initial.talks.bond: bond is 0.5, its neutral value, for every nation",
    )


def test_a_meeting_that_nobody_attends_still_tires_those_after_it():
    form: Form = {
        "days": 9,
        "nations": [{"id": "A", "stage": "outside"}, {"id": "B", "stage": "willing"}],
        "behaviour": {"declare": {"rate": 0.1, "convened": 2}},
        "events": [
            {"date": 2, "meeting": "empty", "participants": ["A"], "weight": 3},
            {"date": 4, "meeting": "full", "participants": ["B"]},
        ],
    }
    seen = "no move within reach has a coefficient of convened"
    for fatigue in (0.5, {"uniform": [0, 0.5]}):
        tiring = scenario_from_dict({**form, "memory": {"fatigue": fatigue}})
        assert [each for each in tiring.notes if "empty" in each] == [
            f"events.empty.weight: {seen}"
        ]
        without = tiring.with_changes({"events.empty": None})
        assert differences(tiring, without) != []
    first: list[Any] = [{**form["events"][1], "trigger": "full"}, {**form["events"][0], "date": 4}]
    del first[0]["meeting"]  # on one day, meetings come before triggers, whatever the file's order
    tiring = scenario_from_dict({**form, "events": first, "memory": {"fatigue": 0.5}})
    assert [each for each in tiring.notes if "empty" in each] == [f"events.empty.weight: {seen}"]
    idle = scenario_from_dict(form)
    assert any(each.startswith(f"events.empty: {seen}") for each in idle.notes)
    assert differences(idle, idle.with_changes({"events.empty": None})) == []


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            {"events": [{"list": "l", "date": {"normal": [90, 5]}}]},
            "events.l: its date is after the last day in every run",
        ),
        (
            {"events": [{"list": "l", "date": {"dates": [-1, 0, 5]}}]},
            "events.l.date: day -1, 0 is left out, as no list may be dated before day 1",
        ),
        (
            {"quorum": {"public": 2, "lag": 10}},
            "quorum.lag: the run ends on day 9, so that the quorum takes force in no run",
        ),
        (
            {"nations": [{"id": "A", "stage": "public", "quorum": {"public": 1}}, "B"]},
            "nations.A.quorum.0: the nation is never at risk of declare, the move that it keeps "
            "closed",
        ),
        (
            {
                "nations": [
                    {"id": "A", "stake": 0.5, "quorum": {"weight": "stake", "at_least": 0.7}},
                    {"id": "B", "stake": 1},
                ]
            },
            "nations.A.quorum.0.at_least: it can never be reached: all others have at most 0.6667 "
            "of stake, as its total counts the nation's own",
        ),
    ],
)
def test_what_never_comes_is_noted(changes, note):
    form: Form = {
        "days": 9,
        "nations": [{"id": "A", "stage": "willing"}, {"id": "B", "stage": "willing"}],
        "behaviour": {
            "engage": {"rate": 1},
            "resolve": {"rate": 1},
            "declare": {"rate": 0.1, "listed": 2},
        },
    }
    assert note in scenario_from_dict(form | changes).notes


def test_a_weight_that_all_others_just_reach_is_not_noted():
    quorum = {"weight": "stake", "at_least": 0.75}
    nations = [{"id": "A", "stake": 0.3, "stage": "willing", "quorum": quorum}]
    nations.append({"id": "B", "stake": 0.9, "stage": "public"})
    form = {"days": 9, "nations": nations, "behaviour": {"declare": {"rate": 1}}}
    scenario = scenario_from_dict(form)
    assert not [each for each in scenario.notes if "quorum" in each]
    assert run(scenario, 3).stage[:, 0].min() == 3
