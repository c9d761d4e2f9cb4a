"""How broad the coalition is, by day, and success that asks for it: both engines, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.report.text import to_text
from sim.report.trace.run import ending
from sim.results.ensemble import Ensemble, join
from sim.results.success import threshold_chances
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.studies.design.outcomes import OutcomeError
from tests.engines.agreement import differing
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples

ENGINES = ("batch", "mesa")
FORM: Form = {
    "days": 6,
    "nations": [
        {"id": "GBR", "stage": "public", "capacity": {"ground": 6}},
        {"id": "FRA", "capacity": {"ground": 2, "air": 1}},
        {"id": "POL", "capacity": {"ground": 8}},
        {"id": "CAN"},
    ],
    "contributions": {"ground": {}, "air": {"weight": 2}, "sea": {}},
    "ties": {"groups": {"e2": ["GBR", "FRA"], "east": ["POL", "FRA"], "west": ["CAN"], "none": []}},
    "conditions": {"opposition": {"level": 0.6}},
    "behaviour": {"engage": {"rate": 1e-9}},
    "events": [
        {"date": 1, "move": "FRA", "to": "pledged", "pledge": {"air": 0.5}},
        {"date": 2, "move": "POL", "to": "public"},
        {"date": 3, "signal": "opposition", "shift": -2, "days": 2},
        {"date": 4, "move": "CAN", "to": "public"},
        {"date": 5, "move": "FRA", "to": "left"},
        {"date": 6, "move": "GBR", "to": "left"},
    ],
}
GROUPS = [1 / 4, 2 / 4, 2 / 4, 2 / 4, 3 / 4, 3 / 4, 2 / 4]
KINDS = [0, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 0, 0]
CAPACITY = [6 / 18, 10 / 18, 1, 1, 1, 14 / 18, 8 / 18]
SHARES = {"groups_covered": GROUPS, "kinds_covered": KINDS, "capacity_public": CAPACITY}


def ensemble(engine: str = "batch", runs: int = 2, **changed: Any) -> Ensemble:
    return sim.run(scenario_from_dict(FORM | changed), runs=runs, seed=1, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SHARES)
def test_shares_by_day_are_those_counted_by_hand(engine: str, name: str) -> None:
    found = ensemble(engine)
    assert getattr(found, name).tolist() == [SHARES[name]] * 2
    mean = found.tally(name).mean()
    assert mean == pytest.approx(SHARES[name], abs=0 if name != "capacity_public" else 0.0005)


def test_a_model_of_mesa_tells_them_as_it_goes() -> None:
    model = sim.CoalitionModel(scenario_from_dict(FORM), seed=1)
    model.step()
    shares = (model.groups_covered, model.kinds_covered, model.capacity_public)
    assert shares == (GROUPS[1], KINDS[1], CAPACITY[1])


def test_they_are_in_every_table_and_in_the_summary() -> None:
    found = ensemble()
    assert found.shares == tuple(SHARES)
    days, runs = found.days_table(), found.runs_table()
    for name, by_day in SHARES.items():
        assert runs[name].tolist() == [by_day[-1]] * 2
        assert days[days.measure == name].shape[0] == 7
    assert found.summary().as_dict()["breadth"]["groups_covered"]["end"]["mean"] == 0.5
    line = (
        "Breadth at the end (means): groups covered 50 %, kinds covered 0 %, capacity public 44 %"
    )
    assert line in found.summary().text()


@pytest.mark.parametrize("keep", ["runs", "summary"])
def test_they_are_stored_and_read_back_to_the_bit(tmp_path: Path, keep: str) -> None:
    scenario = scenario_from_dict(FORM | {"nations": [*FORM["nations"], {"id": "X"}]})
    scenario = scenario.with_value("nations.POL.capacity.ground", {"uniform": [3, 9]})
    found = sim.run(scenario, runs=5, seed=3, keep=keep)
    found.save(tmp_path / "stored")
    again = sim.load_results(tmp_path / "stored")
    assert differing(found.records, again.records) == []
    assert again.days_table().equals(found.days_table())


def test_joined_blocks_have_the_shares_of_both() -> None:
    scenario = scenario_from_dict(FORM)
    blocks = [sim.run(scenario, runs=2, seed=1, first_run=first) for first in (0, 2)]
    whole = sim.run(scenario, runs=4, seed=1)
    assert differing(join(blocks).records, whole.records) == []


def test_of_what_a_scenario_has_none_there_is_no_share() -> None:
    bare = scenario_from_dict({"days": 3, "nations": ["GBR", "FRA"]})
    found = sim.run(bare, runs=2)
    assert found.shares == ()
    assert not set(SHARES) & {*found.runs_table(), *found.days_table().measure.unique()}
    assert found.summary().breadth == {}
    for name, why in (
        ("groups_covered", "the scenario has no groups"),
        ("kinds_covered", "the scenario has no contributions"),
        ("capacity_public", "no nation has any capacity"),
    ):
        with pytest.raises(AttributeError, match=f"{name} is undefined: {why}"):
            getattr(found, name)
        with pytest.raises(OutcomeError, match=f"{name}: {why}"):
            sim.as_function(bare, {"days": "days"}, [name])
        with pytest.raises(ScenarioError, match=f"success.{name}: is undefined: {why}"):
            scenario_from_dict({"days": 3, "nations": ["GBR"], "success": {name: 0.5, "hold": 1}})
    model = sim.CoalitionModel(bare)
    shares = (model.groups_covered, model.kinds_covered, model.capacity_public)
    assert np.isnan(shares).all()


def test_a_study_asks_for_them_with_days_and_bars() -> None:
    outcomes = ["groups_covered@4>=0.75", "groups_covered", "kinds_covered@1", "capacity_public"]
    swept = sim.sweep(
        scenario_from_dict(FORM),
        {"commitment.value": [50, 100]},
        runs=2,
        outcomes=outcomes,
    ).points_table()
    assert [swept[name].tolist() for name in outcomes] == [
        [1.0, 1.0],
        [0.5, 0.5],
        [1 / 3, 1 / 3],
        [8 / 18, 8 / 18],
    ]


def test_a_point_of_a_sweep_without_any_capacity_has_no_share_of_it() -> None:
    changes = {f"nations.{name}.capacity.ground": 0 for name in ("GBR", "POL")}
    scenario = scenario_from_dict(FORM).with_changes({**changes, "events": None})
    scenario = scenario.with_value("nations.FRA.capacity.air", 0)
    outcomes = ["capacity_public", "capacity_public>=0.1"]
    swept = sim.sweep(
        scenario, {"nations.FRA.capacity.ground": [0, 2]}, runs=2, outcomes=outcomes
    ).points_table()
    for outcome in outcomes:
        assert swept[outcome].isna().tolist() == [True, False]


def test_a_comparison_has_their_differences() -> None:
    found = sim.compare(
        {"a": scenario_from_dict(FORM), "b": scenario_from_dict(FORM | {"events": []})}, runs=2
    ).outcomes_table()
    change = found[found.outcome == "groups_covered"]
    assert change.difference.tolist() == [1 / 4 - 2 / 4]


# Success


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("success", "day"),
    [
        ({"opposition": {"at_most": 0.4}}, 3),
        ({"opposition": {"at_least": 0.5}}, 0),
        ({"opposition": {"at_least": 0.1, "at_most": 0.4}, "members": ["CAN"]}, 4),
        ({"opposition": {"at_most": 0.1}}, -1),
        ({"members": ["POL", "FRA"]}, 2),
        ({"members": ["POL", "FRA", "CAN"]}, 4),
        ({"groups_covered": 0.75}, 4),
        ({"groups_covered": 0.76}, -1),
        ({"kinds_covered": 1 / 3}, 1),
        ({"capacity_public": 1.0}, 2),
        ({"capacity_public": 10 / 18, "kinds_covered": 0.3, "public_size": 4}, 4),
    ],
)
def test_success_comes_on_the_day_found_by_hand(engine: str, success: Form, day: int) -> None:
    found = ensemble(engine, success={**success, "hold": 1})
    assert found.success_day.tolist() == [day, day]


def test_success_is_written_out_as_short_as_it_can_be() -> None:
    written = {
        "groups_covered": 0.5,
        "members": ["POL"],
        "opposition": {"at_least": 0.1, "at_most": 0.4},
        "hold": 2,
    }
    scenario = scenario_from_dict(FORM | {"success": written})
    assert scenario.full()["success"] == written
    assert scenario_from_dict(scenario.full()) == scenario
    least = scenario_from_dict(FORM | {"success": {"opposition": {"at_least": 0.1}, "hold": 2}})
    assert least.full()["success"] == {"opposition": 0.1, "hold": 2}


def test_each_bound_has_a_path() -> None:
    scenario = scenario_from_dict(FORM | {"success": {"opposition": 0.1, "hold": 1}})
    assert scenario.parameter("success.opposition").value == 0.1
    assert scenario.parameter("success.opposition.at_least").path == "success.opposition"
    both = scenario.with_value("success.opposition.at_most", 0.4)
    assert both.full()["success"] == {"opposition": {"at_least": 0.1, "at_most": 0.4}, "hold": 1}
    most = both.parameter("success.opposition.at_most")
    assert (most.value, most.label) == (0.4, "success: opposition at most")
    paths = [each.path for each in both.parameters()]
    assert {"success.opposition.at_least", "success.opposition.at_most"} <= set(paths)
    with pytest.raises(
        ScenarioError, match=r"takes no number; give success.opposition.at_least or"
    ):
        both.parameter("success.opposition")
    assert both.with_value("success.opposition", 0.2).full()["success"]["opposition"] == 0.2
    swept = sim.sweep(both, {"success.opposition.at_most": [0.1, 0.4]}, runs=2)
    assert swept.column("success").tolist() == [0.0, 1.0]


def test_a_variant_adds_a_bound_to_the_number_of_its_base() -> None:
    base = {**FORM, "success": {"opposition": 0.1, "hold": 1}}
    more = scenario_from_dict({"base": base, "success": {"opposition": {"at_most": 0.4}}})
    assert more.full()["success"]["opposition"] == {"at_least": 0.1, "at_most": 0.4}
    only = {"opposition": {"at_least": None, "at_most": 0.4}}
    most = scenario_from_dict({"base": base, "success": only})
    assert most.full()["success"]["opposition"] == {"at_most": 0.4}
    fewer = {"base": {**FORM, "success": {"members": ["POL", "CAN"], "hold": 1}}}
    fewer |= {"remove_nations": "CAN"}
    with pytest.raises(ScenarioError, match=r"success\.members\.1: unknown nation 'CAN'"):
        scenario_from_dict(fewer)
    other = scenario_from_dict({**fewer, "success": {"members": ["POL"]}})
    assert other.success.members == ("POL",)


@pytest.mark.parametrize(
    ("success", "message"),
    [
        (
            {"opposition": {"at_mots": 0.4}},
            "opposition.at_mots: unknown key 'at_mots'; did you mean",
        ),
        ({"opposition": {}}, "success.opposition: {} must be a number between 0 and 1"),
        ({"opposition": {"at_most": 2}}, "success.opposition.at_most: 2 must be between 0 and 1"),
        (
            {"opposition": {"at_least": 0.5, "at_most": 0.4}},
            "success.opposition.at_most: 0.4 must be at least at_least, 0.5",
        ),
        ({"oposition": {"at_most": 0.4}}, "unknown condition 'oposition'; did you mean"),
        ({"members": ["PLO"]}, "success.members.0: unknown nation 'PLO'; did you mean 'POL'?"),
        ({"members": ["POL", "POL"]}, "the nation 'POL' is listed twice"),
        ({"members": []}, "success: sets no threshold; give public_size"),
        ({"groups_covered": 1.5}, "success.groups_covered: 1.5 must be between 0 and 1"),
    ],
)
def test_wrong_thresholds_are_refused_in_words(success: Form, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict(FORM | {"success": {**success, "hold": 1}})
    assert message in str(refused.value)


def test_each_chance_is_that_of_its_threshold() -> None:
    success = {
        "groups_covered": 0.5,
        "capacity_public": 0.9,
        "members": ["POL", "CAN"],
        "opposition": {"at_least": 0.7, "at_most": 0.65},
        "hold": 1,
    }
    success["opposition"] = {"at_least": 0.5, "at_most": 0.55}
    found = threshold_chances(ensemble(success=success))
    chances = {(each.name, each.is_most): each.chance for each in found}
    assert {key: met.chance for key, met in chances.items() if met is not None} == {
        ("groups_covered", False): 1.0,
        ("capacity_public", False): 0.0,
        ("members", False): 1.0,
        ("opposition", False): 1.0,
        ("opposition", True): 0.0,
        ("success", False): 0.0,
    }


def test_the_summary_says_what_success_needs() -> None:
    success = {"members": ["POL", "CAN"], "groups_covered": 0.5, "opposition": {"at_most": 0.4}}
    found = ensemble(success={**success, "hold": 1}).summary()
    needs = (
        "Success: at least 50 % of the groups covered, POL, CAN public, opposition at most 0.4, "
        "for one day"
    )
    assert needs in " ".join(found.text().split())
    thresholds = json.loads(json.dumps(found.as_dict()))["success"]["thresholds"]
    assert thresholds == {
        "groups_covered": 0.5,
        "members": ["POL", "CAN"],
        "opposition.at_most": 0.4,
    }


def test_a_trace_says_what_was_missing() -> None:
    success = {"members": ["GBR"], "groups_covered": 0.9, "opposition": {"at_most": 0.4}}
    trace = sim.trace(scenario_from_dict(FORM | {"success": {**success, "hold": 1}}))
    missing = "there is groups covered 0.500 (wanted: 0.9), GBR not public, opposition 0.600"
    assert missing in to_text(list(ending(trace)), width=500)


STRICTER = settings(derandomize=True, deadline=None, max_examples=examples(25))


@STRICTER
@given(scenarios(n_conditions=2, n_kinds=2, pace=0.0), st.integers(0, 2**32), st.randoms())
def test_a_stricter_threshold_never_makes_success_earlier(form: Form, seed: int, luck: Any) -> None:
    form = {**form, "success": form.get("success", {"public_size": 1, "hold": 1})}
    scenario = scenario_from_dict(form)
    success = dict(scenario.full()["success"])
    key = luck.choice([each for each in success if each != "hold"] + ["members", "condition_0"])
    now = success.get(key)
    if key == "public_size":
        success[key] = min(now + 1, len(form["nations"]))
    elif key == "members":
        success[key] = sorted({*(now or []), luck.choice(form["nations"])["id"]})
    elif key.startswith("condition_"):
        bounds = now if isinstance(now, dict) else {"at_least": now or 0.0}
        least, most = bounds.get("at_least", 0.0), bounds.get("at_most", 1.0)
        success[key] = {"at_least": least + 0.2 * (most - least), "at_most": most}
        success[key]["at_most"] -= 0.2 * (most - least)
    else:
        success[key] = min(1.0, now + 0.3)
    stricter = scenario_from_dict({**form, "success": success})
    before, after = (
        sim.run(each, runs=8, seed=seed, workers=1).success_day for each in (scenario, stricter)
    )
    last = form["days"] + 1
    assert (np.where(after < 0, last, after) >= np.where(before < 0, last, before)).all()
