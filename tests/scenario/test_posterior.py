"""The joint draws that come with the shipped behaviour."""

import numpy as np
import pytest

import sim
from sim.calibration.likelihood import coefficients_of
from sim.calibration.specifications import with_joiners
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.posterior import PARTS, REPEATS, part, posterior_table, shipped_numbers
from sim.scenario.files.tree import Node
from sim.scenario.load import scenario_from_dict

SMALL = {"days": 30, "nations": ["GBR", "FRA"]}


def posterior(**changes):
    return scenario_from_dict({**SMALL, "draws": "posterior", **changes}).draws


def test_shipped_numbers_are_those_of_a_scenario_that_changes_nothing():
    scenario = scenario_from_dict(SMALL)
    for path, number in shipped_numbers().items():
        assert scenario.parameter(path).value == number, path


def test_draws_lie_around_what_ships():
    columns = posterior().columns
    for path, number in shipped_numbers().items():
        low, high = min(columns[path]), max(columns[path])
        near = 0.01 if path == "memory.fatigue" else 0.0  # what ships is its least value
        assert low - near <= number <= high, path


def test_every_fitted_line_comes_with_other_judged_ones():
    table = posterior_table(Node("posterior", "", None))
    fitted, judged = (next(iter(part(name))) for name in PARTS)
    assert table.n_lines == REPEATS * len(part("fitted")[fitted])
    by_line = np.array(table.columns[judged]).reshape(-1, REPEATS)
    assert all(len(set(row)) == REPEATS for row in by_line[:100])
    _, counts = np.unique(table.columns[judged], return_counts=True)
    assert set(counts) == {table.n_lines // len(part("judged")[judged])}
    # An effect of a judged number looks like none of the fitted ones.
    assert abs(np.corrcoef(by_line[:, 0], by_line[:, 1])[0, 1]) < 4.5 / np.sqrt(len(by_line))


def test_what_ships_is_what_is_fitted_and_all_else_is_judged():
    base = coefficients_of(arrays_of(scenario_from_dict(SMALL)).inputs)
    paths = {f"behaviour.{path}" for each in with_joiners(base).parameters for path in each.on}
    assert set(part("fitted")) == paths
    assert {len(cells) for cells in part("fitted").values()} == {512}
    numbers = set(drawable(scenario_from_dict(SMALL).full()["behaviour"], "behaviour"))
    assert numbers | {"memory.fatigue"} == {*part("fitted"), *part("judged")}


def drawable(tree, path):
    """Paths of the numbers of a behaviour that are not 0."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from drawable(value, f"{path}.{key}")
        elif value:
            yield f"{path}.{key}"


def test_a_behaviour_that_is_set_as_a_whole_is_drawn_where_it_is_as_it_ships():
    changes = ["behaviour=calibrated", "draws=posterior"]
    scenario = scenario_from_dict({**SMALL, "behaviour": "reasoned"}, set=changes)
    assert set(scenario.draws.columns) == {*part("fitted"), *part("judged")}
    changes[0] = "behaviour={from: calibrated, engage: {rate: 0.1}}"
    scenario = scenario_from_dict({**SMALL, "behaviour": "reasoned"}, set=changes)
    assert "behaviour.engage.rate" not in scenario.draws.columns
    fixed = scenario_from_dict(SMALL, set=["draws=posterior", "memory.fatigue=0"])
    assert "memory.fatigue" not in fixed.draws.columns


def test_other_tables_go_before_it_and_it_is_given_once():
    own = scenario_from_dict(SMALL).with_draws({"behaviour.declare.rate": [0.1, 0.2]})
    both = own.with_draws("posterior", beside=True).draws
    assert set(both.columns["behaviour.declare.rate"]) == {0.1, 0.2}
    assert "behaviour.resolve.rate" in both.columns
    again = scenario_from_dict(SMALL).with_draws("posterior").with_draws("posterior", beside=True)
    assert again.draws == posterior()
    with pytest.raises(ScenarioError, match="posterior is given twice"):
        scenario_from_dict({**SMALL, "draws": ["posterior", "posterior"]})


def test_what_a_scenario_changes_is_not_drawn():
    whole = posterior()
    changed = posterior(behaviour={"from": "calibrated", "declare": {"rate": 0.3}})
    assert set(whole.columns) - set(changed.columns) == {"behaviour.declare.rate"}
    scenario = scenario_from_dict(SMALL).with_changes({"behaviour.resolve.prospects": 1.0})
    assert "behaviour.resolve.prospects" not in scenario.with_draws("posterior").draws.columns


@pytest.mark.parametrize("behaviour", ["reasoned", {"declare": {"rate": 0.1}}])
def test_another_behaviour_has_no_posterior(behaviour):
    with pytest.raises(ScenarioError, match="has none of the fitted numbers"):
        posterior(behaviour=behaviour)


def test_weights_do_not_go_with_a_table_that_is_named():
    scenario = scenario_from_dict(SMALL)
    with pytest.raises(ScenarioError, match="weight"):
        scenario.with_draws("posterior", [1.0, 2.0])
    with pytest.raises(ScenarioError, match="missing"):
        scenario.with_draws("missing.csv")


def test_a_stored_scenario_holds_its_draws(tmp_path):
    scenario = scenario_from_dict(SMALL).with_draws("posterior")
    sim.run(scenario, runs=5).save(tmp_path / "result")
    again = sim.load_scenario(tmp_path / "result" / "scenario.yaml")
    assert again.digest == scenario.digest


def test_numbers_without_effect_that_nobody_wrote_are_not_noted():
    assert scenario_from_dict({**SMALL, "draws": "posterior"}).notes == ()


def test_a_file_that_names_the_fitted_behaviour_hears_that_it_changed(tmp_path):
    file = tmp_path / "mine.yaml"
    for named in ("calibrated", "{from: calibrated, declare: {peers: 2}}"):
        file.write_text(f"days: 9\nnations: [GBR]\nbehaviour: {named}\n", encoding="utf-8")
        (note,) = (note for note in sim.load_scenario(file).notes if "judgement" in note)
        assert "reasoned" in note
    for named in ("reasoned", "{declare: {rate: 0.1}}"):
        file.write_text(f"days: 9\nnations: [GBR]\nbehaviour: {named}\n", encoding="utf-8")
        assert not any("judgement" in note for note in sim.load_scenario(file).notes)
    assert not any("judgement" in note for note in sim.load_scenario("paris_2025").notes)


def test_a_run_takes_the_same_numbers_of_the_behaviour_whatever_is_drawn_beside_them():
    alone = scenario_from_dict(SMALL).with_draws("posterior")
    beside = scenario_from_dict(SMALL).with_draws({"climate": np.linspace(-2, 2, 300)})
    beside = beside.with_draws("posterior", beside=True)
    path = "behaviour.declare.rate"
    assert list(beside.draws.columns[path]) == list(alone.draws.columns[path])
    climate = np.array(beside.draws.columns["climate"])
    rate = np.array(beside.draws.columns[path])
    assert abs(np.corrcoef(climate, rate)[0, 1]) < 4.5 / np.sqrt(rate.size)
