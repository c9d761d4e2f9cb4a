"""Scenarios by name, by path or in memory; Mesa's own tools; what prints itself, and how short."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

import sim
from sim.scenario.load import ScenarioError, scenario_from_dict

NATIONS = [f"N{number:02}" for number in range(60)]
SCENARIO = scenario_from_dict(
    {
        "title": "A long title " * 40,
        "days": 5,
        "nations": NATIONS,
        "conditions": {"backing": {"level": 0.5}},
        "behaviour": {"engage": {"rate": 0.2}, "resolve": {"rate": 0.2}, "declare": {"rate": 0.2}},
    }
)

TAKERS: dict[str, Callable[[Any], Any]] = {
    "run": lambda given: sim.run(given, runs=2).size.tolist(),
    "run with Mesa": lambda given: sim.run(given, runs=2, engine="mesa").size.tolist(),
    "trace": lambda given: sim.trace(given).size.tolist(),
    "CoalitionModel": lambda given: sim.CoalitionModel(given).scenario.digest,
    "compare": lambda given: sim.compare({"a": given, "b": SCENARIO}, runs=2).n_runs,
    "sweep": lambda given: sim.sweep(given, {"days": [3, 5]}, runs=2).column("size").tolist(),
    "as_function": lambda given: sim.as_function(given, ["days"], ["size"], runs=2)(days=4),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("given") / "mine.yaml"
    path.write_text(SCENARIO.to_yaml(), encoding="utf-8")
    return path


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_a_scenario_is_taken_as_its_file_and_as_a_name(take, file) -> None:
    assert take(SCENARIO) == take(file) == take(str(file))
    with pytest.raises(ScenarioError, match="unknown scenario 'pariss_2025'; did you mean 'paris"):
        take("pariss_2025")


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
@pytest.mark.parametrize("wrong", [5, None, {"days": 5}, b"paris_2025", [SCENARIO]])
def test_anything_else_is_refused_with_what_is_wanted(take, wrong) -> None:
    wanted = "it must be a Scenario, a shipped name or a path, not"
    with pytest.raises(TypeError, match=f"{wanted} {type(wrong).__name__}"):
        take(wrong)


def test_a_file_is_loaded_from_a_name_or_a_path_alone() -> None:
    with pytest.raises(TypeError, match="it must be a shipped name or a path, not Scenario"):
        sim.load_scenario(SCENARIO)
    with pytest.raises(TypeError, match="vary: it must be a mapping of paths to their values"):
        sim.sweep(SCENARIO, ["days=3,5"])


# Mesa's own tools


def test_batch_run_takes_one_scenario_and_several(file) -> None:
    options = {"number_processes": 1, "display_progress": False}
    for scenario, count in ((SCENARIO, 2), (str(file), 2), (file, 2), ([SCENARIO, SCENARIO], 4)):
        given = {"scenario": scenario, "run": range(2)}
        rows = mesa.batch_run(sim.CoalitionModel, given, **options)
        assert len(rows) == count
        ends = sim.run(SCENARIO, runs=2).size[:, -1]
        assert all(row["public_size"] == ends[row["run"]] for row in rows)


def test_a_scenario_is_not_iterable_and_still_a_model_of_pydantic() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        iter(SCENARIO)
    assert pickle.loads(pickle.dumps(SCENARIO)) == SCENARIO
    assert SCENARIO.model_copy(update={"days": 4}).days == 4
    assert type(SCENARIO).model_validate(SCENARIO) == SCENARIO
    assert len(SCENARIO.model_dump()["nations"]) == len(NATIONS)


def test_a_step_after_the_last_day_is_refused_in_a_sentence() -> None:
    model = sim.CoalitionModel(SCENARIO)
    model.run_to_end()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the run ended on day 5, its last; for another run"):
            model.step()
    assert (model.day, model.running) == (5, False)
    assert model.logbook.size.shape == (3, 6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"run": -1}, r"run: -1 must be from 0 to 2\*\*63 - 1"),
        ({"run": 2**63}, r"run: \d+ must be from 0 to 2\*\*63 - 1"),
        ({"run": 1.5}, "run: 1.5 must be a whole number"),
        ({"seed": -1}, r"seed: -1 must be from 0 to 2\*\*64 - 1"),
        ({"seed": "1"}, "seed: '1' must be a whole number"),
    ],
)
def test_a_model_of_a_run_that_cannot_be_is_refused_as_a_trace_is(given, message) -> None:
    for take in (sim.CoalitionModel, sim.trace):
        with pytest.raises(ValueError, match=message):
            take(SCENARIO, **given)
    assert sim.CoalitionModel(SCENARIO, seed=np.int64(3), run=np.uint8(2)).n_nations == 60
    with pytest.raises(ValueError, match="seed: None must be a whole number"):
        sim.trace(SCENARIO, seed=None)
    assert sim.CoalitionModel(SCENARIO, seed=None).seed_key == 0  # as Mesa's batch_run hands it in


@pytest.mark.parametrize("day", [6, -1])
def test_a_day_that_a_trace_does_not_have_is_refused(day) -> None:
    trace = sim.trace(SCENARIO)
    for ask in (
        lambda: trace.terms("N00", day, 0),
        lambda: trace.status(0, day, 0),
        lambda: trace.visit(0, day),
    ):
        with pytest.raises(ValueError, match=f"day: {day} must be from 0 to 5"):
            ask()


# What prints itself

DIGEST = SCENARIO.digest[:12]
LONG = 300
"""Characters: three lines of a terminal at most."""


def test_what_people_hold_prints_itself_on_a_few_lines() -> None:
    ensemble = sim.run(SCENARIO, runs=3)
    swept = sim.sweep(SCENARIO, {f"nations.{name}.stake": [0.5] for name in NATIONS}, runs=1)
    labelled = {f"scenario {number}": SCENARIO for number in range(30)}
    paths = [f"nations.{name}.stake" for name in NATIONS]
    held = {
        "60 nations": [SCENARIO, ensemble, ensemble.summary(), sim.trace(SCENARIO)],
        DIGEST: [SCENARIO, ensemble, ensemble.summary(), sim.trace(SCENARIO)],
        "3 runs": [ensemble, ensemble.summary()],
        "N00": [SCENARIO.nations[0], sim.CoalitionModel(SCENARIO).nations[0]],
        "and 56 more": [swept, swept.study, sim.as_function(SCENARIO, paths, runs=1)],
        "1 point": [swept, swept.study],
        "and 25 more": [sim.compare(labelled, runs=1)],
        "60 numbers": [SCENARIO.parameter("nations.*.stake")],
        "day 0 of 5": [sim.CoalitionModel(SCENARIO)],
    }
    for words, objects in held.items():
        for each in objects:
            text = repr(each)
            assert words in text, text
            assert len(text) <= LONG, text
            assert text.startswith("<")
            assert text.endswith(">")


def test_a_scenario_says_what_is_in_it() -> None:
    plain = scenario_from_dict({"days": 1, "nations": ["GBR"]})
    expected = "<Scenario 'untitled': 1 nation, 1 day, 0 conditions, 0 events; digest {}>"
    assert repr(plain) == str(plain) == f"{plain}" == expected.format(plain.digest[:12])
    drawn = plain.with_changes({"nations.GBR": {"name": "Britain", "support": {"beta": [2, 2]}}})
    assert str(drawn.nations[0]) == (
        "<Nation GBR (Britain): stage by the initial law, stake 0.5, "
        "support {'beta': [2.0, 2.0]}, bond 0.5, "
        "capability 0.5>"
    )
    assert repr(plain.parameter("commitment.token")) == (
        "<Parameter commitment.token: 0.02 in [0, 1]; token>"
    )
