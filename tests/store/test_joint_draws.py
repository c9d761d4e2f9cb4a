"""Joint draws in stored results: the table lies beside each scenario, and is part of what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli.group import willing
from sim.results.ensemble import join
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.store.folder import ResultsError
from sim.store.stored_run import stored_run
from tests.engines.agreement import differing

FILE = """\
title: Forecast
days: 8
nations: [{id: FRA, stage: public}, {id: POL, stage: willing}, {id: CAN, stage: talks}]
behaviour: {from: null, resolve: {rate: 0.2}, declare: {rate: 0.1, climate: 1}}
draws: d.csv
"""
TABLE = "climate,behaviour.declare.rate,nations.CAN.stage\n0.5,0.1,talks\n-0.5,0.2,willing\n"
STUDY = "scenario: s.yaml\nvary: {behaviour.resolve.rate: [0.1, 0.3]}\nruns: 10\nkeep: runs\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario beside its table, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text(TABLE)
    Path("s.yaml").write_text(FILE)
    Path("study.yaml").write_text(STUDY)
    return tmp_path / "s.yaml"


@pytest.fixture
def scenario(file: Path) -> Scenario:
    """The scenario of the file."""
    return load_scenario(file)


def said(*arguments: str, status: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(willing, list(arguments))
    assert done.exit_code == status, done.output
    return done.output


def beside(folder: str) -> Path:
    """The one table of joint draws in a folder."""
    [table] = Path(folder).glob("draws-*.csv")
    return table


def test_an_ensemble_is_stored_with_its_draws_and_runs_again_from_its_folder(scenario):
    ensemble = sim.run(scenario, runs=12, seed=4)
    ensemble.save("out")
    Path("d.csv").unlink()
    loaded = sim.load_results("out")
    assert (loaded.scenario, loaded.scenario.digest) == (scenario, scenario.digest)
    again = sim.run("out/scenario.yaml", runs=12, seed=4)
    assert differing(again.records, ensemble.records) == []
    assert stored_run("out", run=3).scenario == scenario
    draws = loaded.runs_table(inputs=True)["input.draw"]
    assert set(draws) == {0, 1}


@pytest.mark.parametrize("read", [sim.load_results, lambda place: stored_run(place, run=0)])
def test_a_table_that_was_changed_damages_the_result(read, scenario):
    sim.run(scenario, runs=2).save("out")
    table = beside("out")
    table.write_text(table.read_text().replace("0.2", "0.3"))
    with pytest.raises(ResultsError, match=rf"damaged: {table.name} was changed"):
        read("out")
    table.unlink()
    with pytest.raises(ResultsError, match=rf"damaged: {table.name} is missing"):
        read("out")


def test_ensembles_of_other_draws_are_not_joined(scenario):
    other = scenario.with_draws({"climate": [0.5, -0.4]})
    one, two = sim.run(scenario, runs=2), sim.run(other, runs=2, first_run=2)
    with pytest.raises(ValueError, match="differ in their scenario"):
        join([one, two])


def test_a_comparison_keeps_the_draws_of_each_of_its_scenarios(scenario):
    other = scenario.with_value("climate", 0.2)
    free = scenario.with_value("draws", None)
    comparison = sim.compare({"base": scenario, "set": other, "free": free}, runs=10, seed=1)
    comparison.save("out")
    assert len(list(Path("out").glob("draws-*.csv"))) == 2
    assert sim.load_comparison("out").scenarios == (scenario, other, free)


def test_a_sweep_goes_on_with_its_draws_and_is_refused_with_others(file):
    said("sweep", "study.yaml", "--out", "out", "--no-figures")
    whole = {each.name: each.read_bytes() for each in sorted(Path("out").rglob("*.*"))}
    assert beside("out").name in whole
    stored = sim.load_sweep("out")
    assert stored.study.scenario == load_scenario(file)
    next(Path("out/parts").iterdir()).unlink()
    said("sweep", "study.yaml", "--out", "out", "--no-figures")
    assert {each.name: each.read_bytes() for each in sorted(Path("out").rglob("*.*"))} == whole
    Path("d.csv").write_text(TABLE.replace("0.2", "0.3"))
    refused = said("sweep", "study.yaml", "--out", "out", "--no-figures", status=2)
    assert "holds another sweep: the digest of scenario.yaml was" in " ".join(refused.split())
    said("sweep", "study.yaml", "--out", "out", "--no-figures", "--force")
    assert sim.load_sweep("out").study.scenario == load_scenario(file)
    beside("out")  # the table of before is gone


def test_each_point_of_a_sweep_is_its_scenario(scenario):
    vary = {"behaviour.declare.rate": [0.05, 0.15], "behaviour.resolve.rate": [0.1, 0.3]}
    swept = sim.sweep(scenario, vary=vary, runs=20, seed=2, outcomes=["size"])
    for _, point in swept.points_table().iterrows():
        changed = scenario.with_changes({path: point[path] for path in vary})
        assert list(changed.draws.columns) == ["climate", "nations.CAN.stage"]
        sizes = sim.run(changed, runs=20, seed=2).size[:, -1]
        assert point["size"] == sizes.mean()


def test_a_function_takes_a_number_of_the_draws_as_its_argument(scenario):
    size = sim.as_function(scenario, ["behaviour.declare.rate"], outcomes=["size"], runs=20)
    found = size(**{"behaviour.declare.rate": 0.4})["size"]
    changed = scenario.with_value("behaviour.declare.rate", 0.4)
    assert found == sim.run(changed, runs=20, seed=0).size[:, -1].mean()


def test_commands_say_what_is_drawn_jointly(file):
    words = "2 joint draws of 2 numbers and 1 initial stage"
    assert f"s.yaml: {words}\n" in said("check", "s.yaml")
    [report] = json.loads(said("check", "s.yaml", "--json"))
    assert report["draws"]["draws"] == report["draws"]["worth"] == 2
    assert report["draws"]["columns"] == TABLE.partition("\n")[0].split(",")
    assert f"Each run takes one of {words}" in said("run", "s.yaml", "--runs", "5", "--print-only")
    found = json.loads(said("run", "s.yaml", "--runs", "5", "--json"))
    assert found["joint_draws"] == words
    traced = said("trace", "s.yaml", "--run", "3", "--out", "out")
    assert f"from 0, of {words}" in " ".join(traced.split())
    told = json.loads(Path("out/trace.json").read_text())["joint_draw"]
    line = load_scenario(file).draws.columns["climate"].index(told["values"]["climate"])
    assert told["draw"] == line
    assert told["values"]["nations.CAN.stage"] == ("talks", "willing")[line]
    assert beside("out").is_file()
