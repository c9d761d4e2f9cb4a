"""Every number has one address: what it is, where it stands, and how to change it."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.draws import stable_key
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.build import build
from sim.scenario.distribution import Distribution
from sim.scenario.files.catalogue import shipped_scenarios
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import tree_from
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.paths import complete
from sim.scenario.schema import Scenario
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples
from tests.scenario.unchecked import LeftToAllChecksError, without_all_checks

PARIS = load_scenario("paris_2025")
EVENTS = scenario_from_dict(
    {
        "days": 30,
        "nations": ["GBR", "FRA"],
        "conditions": {"backing": {"level": 0.5}},
        "events": [
            {"date": 2, "meeting": "No. 10"},
            {"date": 3, "meeting": "summit"},
            {"date": 4, "meeting": "summit"},
            {"date": 5, "meeting": "summit", "name": "the last summit"},
            {"date": 6, "shock": "backing", "jump": 1},
            {"date": 7, "requirement": 20},
            {"date": 8, "move": ["GBR", "FRA"], "to": "talks"},
            {"date": 9, "opinion": "all", "shift": 0.1},
            {"date": 10, "deal": 'the "deal"', "probability": 0.5},
            {"date": 11, "meeting": "shock"},
            {"date": 12, "meeting": "a=b"},
        ],
    }
)
EVERY = [load_scenario(path) for path in sorted(set(shipped_scenarios().values()))]
FEW = [scenario for scenario in EVERY if len(scenario.nations) < 200]


def by_all_checks(scenario: Scenario, changes: dict[str, Any]) -> Scenario | str:
    """The changed scenario by way of its full form, or the paths of what is wrong."""
    try:
        return build(Scenario, tree_from(scenario.full()), "", changes, [])
    except ScenarioError as error:
        return str([problem.path for problem in error.problems])


def by_path(scenario: Scenario, changes: dict[str, Any]) -> Scenario | str:
    try:
        return scenario.with_changes(changes)
    except ScenarioError as error:
        return str([problem.path for problem in error.problems])


def some_value(low: float, high: float, is_whole: bool, luck: random.Random) -> float:
    """A value of a field, which it may have or not."""
    span = min(high, low + 10) - low
    inside = low + luck.random() * span
    value = luck.choice([inside, inside, inside, low, high, 0, 1, -1, low - 1, high * 2, -0.0])
    return round(value) if is_whole or luck.random() < 0.1 else value


def some_changes(scenario: Scenario, luck: random.Random) -> dict[str, float]:
    known = scenario.parameters()
    chosen = luck.sample(known, min(len(known), luck.choice((1, 1, 1, 2, 3))))
    changes = {
        each.path: some_value(*each.bounds[:2], each.bounds.is_whole, luck) for each in chosen
    }
    if luck.random() < 0.2:
        field = luck.choice(("stake", "support", "threshold"))
        changes[f"nations.*.{field}"] = luck.choice((0.3, 1, 2))
    return changes


def check_changes(scenario: Scenario, changes: dict[str, float]) -> None:
    found, expected = by_path(scenario, changes), by_all_checks(scenario, changes)
    assert found == expected, changes
    if isinstance(found, Scenario) and isinstance(expected, Scenario):
        assert found.to_yaml() == expected.to_yaml(), changes
        assert found.digest == expected.digest
        assert arrays_of(found).vector.tobytes() == arrays_of(expected).vector.tobytes()


@given(scenarios(), st.integers(0, 2**32 - 1))
@settings(derandomize=True, deadline=None, max_examples=examples(60))
def test_a_change_by_path_is_that_of_all_checks_to_the_bit(form: Form, luck: int) -> None:
    scenario = scenario_from_dict(form)
    check_changes(scenario, some_changes(scenario, random.Random(luck)))


@pytest.mark.parametrize("luck", range(20))
def test_a_change_of_a_shipped_scenario_is_that_of_all_checks_to_the_bit(luck: int) -> None:
    chance = random.Random(luck)
    scenario = PARIS if luck % 2 else chance.choice(FEW)
    check_changes(scenario, some_changes(scenario, chance))


def surely_right(scenario: Scenario, changes: dict[str, float]) -> dict[str, float]:
    """Those of the changes that are made without all checks, each after those before it."""
    sure = dict[str, float]()
    with without_all_checks():
        for path, value in changes.items():
            with suppress(LeftToAllChecksError):
                scenario = scenario.with_value(path, value)
                sure[path] = value
    return sure


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(FEW)))
def test_each_number_of_each_shipped_scenario_is_changed_as_by_all_checks(number: int) -> None:
    """All checks see a hundred numbers at a time that are changed without them.

    So they do numbers that are left to them anyway, and of those nothing but that is in doubt.
    """
    luck, scenario, n_sure = random.Random(number), FEW[number], 0
    known = scenario.parameters()
    for begin in range(0, len(known), 100):
        changes = {
            each.path: some_value(*each.bounds[:2], each.bounds.is_whole, luck)
            for each in known[begin : begin + 100]
        }
        sure = surely_right(scenario, changes)
        check_changes(scenario, sure)
        check_changes(scenario, {path: changes[path] for path in changes if path not in sure})
        n_sure += len(sure)
    assert n_sure > len(known) / 4


@pytest.mark.parametrize("scenario", [PARIS, EVENTS, *FEW[::4]])
def test_every_address_leads_to_its_own_number(scenario: Scenario) -> None:
    known = scenario.parameters()
    assert [scenario.parameter(each.path) for each in known[::7]] == known[::7]
    assert max(Counter(each.path for each in known).values()) == 1
    assert all(each.label and each.help for each in known)


def holds_at(scenario: Scenario, slots: tuple[int, ...], value: float) -> bool:
    arrays = arrays_of(scenario)
    return all(arrays.vector[slot] == value for slot in slots)


@given(scenarios())
@settings(derandomize=True, deadline=None, max_examples=examples(25))
def test_every_number_of_the_flat_inputs_stands_where_its_slot_says(form: Form) -> None:
    scenario = scenario_from_dict(form)
    arrays, known = arrays_of(scenario), scenario.parameters()
    drawn = {each.slot: each for each in arrays.drawn}
    for each in known:
        for slot in each.slots:
            if each.is_random:
                assert drawn[slot].key == stable_key(each.key)
                law = drawn[slot].distribution  # of a date, on the days that its event may have
                assert (law.kind, law.parameters) == (each.value.kind, each.value.parameters)
            elif each.value is not None:
                assert arrays.vector[slot] == each.value
    slots = [slot for each in known for slot in each.slots]
    assert len(slots) == len(set(slots))
    assert len([each for each in known if each.is_random]) == len(drawn)


def test_a_number_says_what_it_is() -> None:
    level = PARIS.parameter("conditions.us_backing.level")
    assert (level.value, level.unit, level.label) == (0.35, "", "US backing: level")
    assert (level.bounds.open_low, level.bounds.open_high) == (True, True)
    assert not level.is_random
    support = PARIS.parameter("nations.EST.support")
    assert support.is_random
    assert isinstance(support.value, Distribution)
    every = PARIS.parameter("nations.*.stake")
    assert len(every.slots) == len(every.fields) == len(PARIS.nations)
    assert every.value is None
    assert every.key == ""


@pytest.mark.parametrize(
    ("path", "label", "unit"),
    [
        ("days", "length of the run", "days"),
        ("nations.POL.reliance.us_backing", "POL: reliance on US backing", ""),
        ("nations.*.stake", "all nations: stake", ""),
        ("nations.POL.capacity.ground", "POL: ground capacity", "thousand troops"),
        ("nations.EST.support.normal.0", "EST: support, mean", ""),
        ("conditions.us_backing.speed", "US backing: speed", "share of the way per day"),
        ("conditions.ukrainian_acceptability.responds.us_backing",
         "acceptability to Ukraine: response to US backing", "log-odds"),
        ("contributions.air.cost", "air: cost", "cost units per force unit"),
        ("commitment.requirement", "requirement", "thousand troops"),
        ("memory.momentum", "memory of momentum", "days"),
        ("climate", "climate", "standard deviations"),
        ("nations.POL.disposition", "POL: disposition", "standard deviations"),
        ("behaviour.declare.rate", "declare: rate", "per day"),
        ("behaviour.decline.talks.rate", "decline from talks: rate", "per day"),
        ("events.chiefs_of_defence.weight", "chiefs of defence: weight", ""),
        ("events.shock.us_backing.0.jump", "shock to US backing: jump", "log-odds"),
        ("success.hold", "success: hold", "days"),
        ("success.us_backing", "success: US backing", ""),
        ("ties.groups.e5.weight", "group e5: weight", ""),
    ],
)  # fmt: skip
def test_a_number_has_words_for_people(path: str, label: str, unit: str) -> None:
    found = PARIS.parameter(path)
    assert (found.path, found.label, found.unit) == (path, label, unit)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ('events."No. 10".weight', 'events."No. 10".weight'),
        ("events.No. 10.weight", 'events."No. 10".weight'),
        ("events.0.weight", 'events."No. 10".weight'),
        ("events.meeting.No. 10.0.weight", 'events."No. 10".weight'),
        ("events.meeting.summit.1.weight", "events.meeting.summit.1.weight"),
        ("events.2.weight", "events.meeting.summit.1.weight"),
        ("events.the last summit.weight", "events.the last summit.weight"),
        ("events.shock.backing.0.jump", "events.shock.backing.0.jump"),
        ("events.backing.jump", "events.shock.backing.0.jump"),
        ("events.requirement.0.requirement", "events.requirement.0.requirement"),
        ("events.move.GBR,FRA.0.date", "events.move.GBR,FRA.0.date"),
        ("events.opinion.all.0.shift", "events.opinion.all.0.shift"),
        ('events."the ""deal""".probability', 'events."the ""deal""".probability'),
        ("events.shock.weight", "events.meeting.shock.0.weight"),
        ('events."a=b".weight', 'events."a=b".weight'),
    ],
)
def test_an_event_has_one_address_and_is_found_by_others(path: str, canonical: str) -> None:
    found = EVENTS.parameter(path)
    assert found.path == canonical
    value = 9 if found.bounds.is_whole else 0.25
    assert EVENTS.with_value(path, value) == EVENTS.with_value(found, value) != EVENTS
    again = scenario_from_dict(EVENTS.full(), set=[f"{path}={value}"])
    assert again == EVENTS.with_value(path, value)


def test_another_date_changes_neither_the_address_nor_the_luck_of_an_event() -> None:
    before = EVENTS.parameter("events.shock.backing.0.jump")
    moved = EVENTS.with_value("events.shock.backing.0.date", 20)
    assert moved.parameter(before.path) == before


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("us_backing", "conditions.us_backing.level"),
        ("us_backing.level", "conditions.us_backing.level"),
        ("us_baking.level", "conditions.us_backing.level"),
        ("condition.us_backing.speed", "conditions.us_backing.speed"),
        ("POL.stake", "nations.POL.stake"),
        ("stake", "nations.*.stake"),
        ("chiefs_of_defence.weight", "events.chiefs_of_defence.weight"),
        ("requirement", "commitment.requirement"),
        ("nations.POL.us_backing", "nations.POL.reliance.us_backing"),
    ],
)
def test_a_path_that_is_nearly_right_is_answered_with_the_full_path(path: str, meant: str) -> None:
    for change in (
        lambda: PARIS.with_changes({path: 0.9}),
        lambda: PARIS.parameter(path),
        lambda: load_scenario("paris_2025", set=[f"{path}=0.9"]),
    ):
        with pytest.raises(ScenarioError) as refused:
            change()
        assert f"did you mean '{meant}'?" in str(refused.value)


@pytest.mark.parametrize("path", ["title", "nations.POL", "start", "events", "nations.POL.stage"])
def test_what_is_no_number_is_no_parameter(path: str) -> None:
    with pytest.raises(ScenarioError, match=path):
        PARIS.parameter(path)


def test_a_path_that_is_no_text_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match=r"a path must be text, such as .*, not None"):
        PARIS.parameter(None)


def test_a_scenario_that_is_changed_by_a_path_has_a_digest_of_its_own() -> None:
    before = PARIS.digest
    changed = PARIS.with_value("conditions.us_backing.level", 0.9)
    assert changed.digest != before == PARIS.digest
    assert PARIS.conditions["us_backing"].level == 0.35


@pytest.mark.parametrize("value", [True, "much", None, float("nan"), 1.5, [1], {"uniform": [0, 1]}])
def test_whatever_is_no_plain_number_goes_through_all_checks(value: Any) -> None:
    check_changes(EVENTS, {"nations.GBR.stake": value})


def test_a_path_is_completed_step_by_step() -> None:
    assert complete(PARIS, "conditions.us_backing.") == [
        ("conditions.us_backing.level", "Level towards which the condition tends"),
        (
            "conditions.us_backing.start",
            "Value of the condition on day 0; its level unless given",
        ),
        ("conditions.us_backing.speed", "How fast the condition moves towards its target"),
        ("conditions.us_backing.volatility", "Standard deviation of the daily noise"),
        ("conditions.us_backing.responds.", ""),
    ]
    assert [path for path, _ in complete(PARIS, "")][:3] == ["nations.", "days", "ties."]
    assert ("nations.*.", "") in complete(PARIS, "nations.")
    assert complete(PARIS, "nothing") == []


@pytest.mark.parametrize("path", ["start.x", "ties.directed.x", "title.x"])
def test_a_path_below_a_date_a_switch_or_text_is_refused(path):
    scenario = load_scenario("paris_2025").with_changes({"ties.directed": True})
    with pytest.raises(ScenarioError):
        scenario.parameter(path)
    with pytest.raises(ScenarioError):
        scenario.with_changes({path: 0.5})


def test_the_numbers_of_the_initial_law_are_parameters() -> None:
    law = {"talks": {"odds": {"lognormal": [0, 1]}, "bond": 2}, "willing": {"share": 0.25}}
    found = scenario_from_dict({"days": 3, "nations": ["A"], "behaviour": {"initial": law}})
    paths = [each.path for each in found.parameters() if "initial" in each.path]
    traits = ("stake", "support", "bond", "capability", "disposition", "climate")
    talks = [f"behaviour.initial.talks.{name}" for name in ("odds", *traits)]
    assert paths == [*talks, "behaviour.initial.willing.share"]
    odds = found.parameter("behaviour.initial.talks.odds")
    assert odds.is_random
    assert odds.key == "behaviour.initial.talks.odds"
    assert odds.label == "initial law, talks: odds"
    assert len({slot for path in paths for slot in found.parameter(path).slots}) == len(paths)
