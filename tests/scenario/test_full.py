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
        "nations": [{"id": "A", "stake": 0.5, "reliance": {"us": 0}, "stage": "outside"}],
        "behaviour": "calibrated",
        "events": [],
    }
    assert scenario_from_dict(short).digest == scenario_from_dict(long).digest


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
