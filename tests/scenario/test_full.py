from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import parse
from sim.scenario.full import yaml_text
from sim.scenario.load import load_scenario, scenario_from_dict

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


def test_the_full_form_gives_an_equal_scenario_from_python_json_and_yaml(paris, tmp_path):
    scenario = load_scenario(paris)
    again = scenario_from_dict(scenario.full())
    from_json = scenario_from_dict(json.loads(json.dumps(scenario.full(), allow_nan=False)))
    (tmp_path / "full.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    from_yaml = load_scenario(tmp_path / "full.yaml")
    assert scenario == again == from_json == from_yaml
    assert scenario.digest == again.digest == from_json.digest == from_yaml.digest


def test_the_digest_names_results_and_not_words(paris):
    scenario = load_scenario(paris)
    words = {"title": "Another", "description": "words", "sources": ["none"]}
    assert scenario.with_changes(words).digest == scenario.digest
    assert scenario.with_changes({"days": 181}).digest != scenario.digest


def test_writing_a_default_does_not_change_the_digest():
    short = {"days": 9, "nations": ["A"], "conditions": {"us": {"level": 0.5}}}
    long = {
        **short,
        "nations": [{"id": "A", "stake": 0.5, "reliance": {"us": 0}, "stage": "initial"}],
        "behaviour": "calibrated",
        "events": [],
    }
    assert scenario_from_dict(short).digest == scenario_from_dict(long).digest


def test_a_climate_and_a_disposition_are_in_the_full_form_only_where_they_are_given():
    free = scenario_from_dict({"days": 9, "nations": ["A", "B"]})
    assert "climate" not in free.full()
    assert not any("disposition" in nation for nation in free.full()["nations"])
    given = free.with_changes({"climate": 0.8, "nations.A.disposition": {"normal": [-1.2, 0.1]}})
    assert given.full()["climate"] == 0.8
    assert given.full()["nations"][0]["disposition"] == {"normal": [-1.2, 0.1]}
    assert "disposition" not in given.full()["nations"][1]
    assert scenario_from_dict(given.full()) == given
    assert given.with_changes({"climate": None, "nations.A.disposition": None}) == free


def test_the_order_of_contributions_is_part_of_the_digest():
    def digest(*kinds):
        data = {"days": 9, "nations": ["A"], "contributions": {kind: {} for kind in kinds}}
        return scenario_from_dict(data).digest

    assert digest("air", "ground") != digest("ground", "air")


@given(title=TEXT, sources=st.lists(TEXT, max_size=3))
def test_any_text_survives_the_yaml_of_the_full_form(title, sources):
    scenario = scenario_from_dict(
        {"days": 3, "nations": ["NO", "null"], "title": title, "sources": sources}
    )
    text = scenario.to_yaml()
    assert plain(parse(text, "full.yaml")[0]) == scenario.full()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
        lambda children: (
            st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_yaml_text_is_read_back_as_it_was(value):
    full = {"title": value, "nations": [value], "behaviour": {"x": value}}
    if value not in (float("inf"), float("-inf")) and "Infinity" not in yaml_text(full):
        assert plain(parse(yaml_text(full), "f")[0]) == full


def named(scenario):
    full = scenario.full()
    full["conditions"]["us_backing"]["name"] = "US backing"
    full["contributions"]["ground"] |= {"name": "ground forces", "unit": "thousand troops"}
    full["events"][0]["name"] = "first summit"
    return scenario_from_dict(full)


PLAIN = scenario_from_dict(
    {
        "days": 10,
        "nations": ["GBR", "FRA"],
        "conditions": {"us_backing": {"level": 0.5}},
        "contributions": {"ground": {}, "air": {"weight": 2}},
        "events": [{"date": 3, "meeting": "paris_summit"}],
    }
)


def test_names_and_units_for_people_change_no_digest_and_survive_the_full_form():
    with_names = named(PLAIN)
    assert with_names.digest == PLAIN.digest
    assert scenario_from_dict(with_names.full()) == with_names
    assert with_names.full() != PLAIN.full()


def test_people_read_a_name_where_there_is_one_and_else_the_key_with_spaces():
    with_names = named(PLAIN)
    assert (PLAIN.condition_name("us_backing"), PLAIN.contribution_name("ground")) == (
        "us backing",
        "ground",
    )
    assert with_names.condition_name("us_backing") == "US backing"
    assert with_names.contribution_name("ground") == "ground forces"
    assert PLAIN.event_name(PLAIN.events[0]) == "paris summit"
    assert with_names.event_name(with_names.events[0]) == "first summit"


def test_force_has_a_unit_of_its_own_where_one_unit_of_every_kind_is_one_of_force():
    assert (PLAIN.contribution_unit("ground"), PLAIN.force_unit) == ("force units",) * 2
    with_unit = PLAIN.with_changes({f"contributions.{k}.unit": "troops" for k in ("ground", "air")})
    assert with_unit.contribution_unit("ground") == "troops"
    assert with_unit.contribution_unit("air") == "force units"
    assert with_unit.force_unit == "force units"
    assert with_unit.with_changes({"contributions.air.weight": 1}).force_unit == "troops"
