from __future__ import annotations

import jsonschema
import pytest

from sim.scenario.files.catalogue import shipped_scenarios
from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import parse, read_document
from sim.scenario.jsonschema import scenario_json_schema
from sim.scenario.load import load_scenario, scenario_from_dict


@pytest.fixture(scope="module")
def validator():
    schema = scenario_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", sorted(set(shipped_scenarios().values())))
def test_the_schema_accepts_every_shipped_scenario(validator, path):
    validator.validate(plain(read_document(path)[0]))


def test_the_schema_accepts_short_and_full_form(validator, paris):
    validator.validate(plain(read_document(str(paris))[0]))
    validator.validate(load_scenario(paris).full())


def test_the_schema_accepts_a_variant(validator):
    text = "base: paris_2025\nnations: {set: {POL: {stake: 0.9}}}\nconditions: {us: {speed: 0.5}}"
    validator.validate(plain(parse(text, "f")[0]))


def test_the_schema_accepts_one_quorum_and_a_list_of_them(validator):
    text = """
days: 9
nations: [{id: A, quorum: {public: 1}}, {id: B, quorum: [{share: 0.5, moves: [pledge]}]}, C]
quorum: {weight: stake, at_least: {beta: [2, 2]}, lag: 30}
"""
    validator.validate(plain(parse(text, "f")[0]))


@pytest.mark.parametrize(
    "text",
    [
        "base: [a.yaml, paris_2025]",
        "add_nations: [ITA, {id: ESP, stake: 0.5}]",
        "add_nations: more.csv",
        "remove_nations: [POL, HUN]",
        "remove_events: [chiefs, shock.us_backing.0, 3]",
        "set_events: {chiefs: {weight: 2}, ministers: null}",
    ],
)
def test_the_schema_accepts_all_that_changes_the_lists_of_a_base(validator, text):
    base = "" if text.startswith("base") else "base: paris_2025\n"
    validator.validate(plain(parse(base + text, "f")[0]))


@pytest.mark.parametrize(
    "text",
    [
        "nations: [A]",
        "days: 9",
        "{days: 0, nations: [A]}",
        "{days: 9, nations: []}",
        "{days: 9, nations: [A], titel: x}",
        "{days: 9, nations: [{id: A, stake: 2}]}",
        "{days: 9, nations: [{id: A, stake: {unifrm: [0, 1]}}]}",
        "{days: 9, nations: [{id: A, stage: tlks}]}",
        "{days: 9, nations: [{stake: 1}]}",
        "{days: 9, nations: [{id: A, quorum: {publik: 1}}]}",
        "{days: 9, nations: [{id: A, quorum: {public: 1, moves: [decline]}}]}",
        "{days: 9, nations: [{id: A, quorum: {public: 1, moves: [declare, declare]}}]}",
        "{days: 9, nations: [{id: A, stage: {initial: 0.5, talks: 0.5}}]}",
        "{days: 9, nations: [A], tempo: 1e-320}",
        "{days: 9, nations: [A], events: [{date: {dates: {5: 1e308}}, list: l}]}",
        "{days: 9, nations: [A], conditions: {us: {speed: 1}}}",
        "{days: 9, nations: [A], conditions: {US: {level: 0.5}}}",
        "{days: 9, nations: [A], events: [{date: 3, meting: x}]}",
        "{days: 9, nations: [A], events: [{date: 3, meeting: x, shock: y}]}",
        "{days: 9, nations: [A], behaviour: {declar: {rate: 1}}}",
        "{days: 9, nations: [A], behaviour: {declare: {rate: 1, peer: 1}}}",
        "{days: 9, nations: [A], success: {us: 3}}",
        "{days: 9, nations: [A], ties: {groups: {g: {weight: 1}}}}",
        "{days: 9, nations: [A], add_events: []}",
        "{days: 9, nations: [A], remove_nations: [A]}",
        "{base: x, remove_nations: [3]}",
        "{base: x, add_nations: [{stake: 1}]}",
        "{base: x, set_events: {chiefs: 3}}",
        "{base: [x, 3]}",
    ],
)
def test_the_schema_rejects_what_is_wrong(validator, text):
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(plain(parse(text, "f")[0]))


def test_the_schema_knows_the_initial_law(validator):
    law = {"talks": {"odds": {"lognormal": [0, 1]}, "bond": 1}, "willing": {"share": 0.5}}
    form = {"days": 3, "nations": [{"id": "A", "stage": "initial"}, "B"]}
    validator.validate({**form, "behaviour": {"initial": law}})
    validator.validate(scenario_from_dict({**form, "behaviour": {"initial": law}}).full())
    validator.validate({**form, "behaviour": {"from": "reasoned", "initial": None}})
    for wrong in ({"talks": {"odds": 0}}, {"talks": {"odds": 1, "peers": 1}}, {"odds": 1}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**form, "behaviour": {"initial": wrong}})
