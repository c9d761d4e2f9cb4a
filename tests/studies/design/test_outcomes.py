"""Outcomes by their names, read off blocks of runs."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engines.block_runner import RunBlock
from sim.scenario.load import scenario_from_dict
from sim.studies.design.outcomes import OutcomeError, default_outcomes, find_outcomes, is_column
from tests.engines.scenarios_strategy import Form

FORM: Form = {
    "days": 2,
    "nations": [{"id": "GBR", "capacity": {"ground": 1}}, "FRA", "N-1"],
    "conditions": {"us_backing": {"level": 0.5}, "other": {"level": 0.5}},
    "contributions": {"ground": {}, "air": {}},
    "ties": {"groups": {"one": ["GBR"], "two": ["FRA", "N-1"]}},
    "success": {"public_size": 2, "hold": 1},
    "quorum": {"public": 1, "lag": 1},
}
SCENARIO = scenario_from_dict(FORM)
BLOCK = RunBlock(
    size=np.array(
        [[[1, 3, 2], [2, 3, 3], [0, 1, 1]], [[0, 0, 1], [0, 1, 1], [0, 0, 0]]], dtype=np.int32
    ),
    stage=np.array([[3, 6, 5], [2, 4, 0]], dtype=np.int32),
    force=np.array([[2.5, 1.0], [0.0, 4.0]]),
    conditions=np.array([[0.25, 0.75], [0.5, 0.125]]),
    success_day=np.array([0, -1], dtype=np.int32),
    in_force_day=np.array([-1, 2], dtype=np.int32),
    groups_covered=np.array([[1, 2, 1], [0, 0, 1]], dtype=np.int32),
    kinds_covered=np.array([[0, 0, 2], [0, 1, 1]], dtype=np.int32),
    capacity_public=np.array([[0.25, 1.0, 0.75], [0.0, 0.0, 0.5]]),
    n_groups=2,
    n_kinds=2,
    first_day=np.empty((2, 0), dtype=np.int32),
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("success", [1, 0]),
        ("in_force", [0, 1]),
        ("size", [2, 1]),
        ("size@1", [3, 0]),
        ("size@0", [1, 0]),
        ("private_size", [3, 1]),
        ("firm_size@2", [1, 0]),
        ("peak_size", [3, 1]),
        ("force", [3.5, 4.0]),
        ("force.air", [1.0, 4.0]),
        ("conditions.other", [0.75, 0.125]),
        ("groups_covered", [0.5, 0.5]),
        ("groups_covered@1", [1.0, 0.0]),
        ("kinds_covered@1>=0.5", [0, 1]),
        ("capacity_public", [0.75, 0.5]),
        ("capacity_public>=0.75", [1, 0]),
        ("public.GBR", [1, 0]),
        ("public.FRA", [0, 1]),
        ("public.N-1", [1, 0]),
        ("size>=2", [1, 0]),
        ("size@1>=3", [1, 0]),
        ("peak_size>=1", [1, 1]),
        ("force>=3.75", [0, 1]),
        ("conditions.us_backing>=0.5", [0, 1]),
        ("conditions.us_backing>=5e-1", [0, 1]),
        ("size>=-1", [1, 1]),
        ("success>=0.5", [1, 0]),
    ],
)
def test_an_outcome_is_read_off_each_run(name: str, values: list[float]) -> None:
    (outcome,) = find_outcomes([name], SCENARIO)
    assert outcome.name == name
    found = outcome.values(BLOCK)
    assert found.dtype == np.float64
    assert found.tolist() == values
    is_chance = ">=" in name or name.startswith(("success", "in_force", "public"))
    assert outcome.is_chance == is_chance


def test_what_is_read_is_no_view_of_the_block() -> None:
    for outcome in find_outcomes([*default_outcomes(SCENARIO), "force.*", "public.*"], SCENARIO):
        for array in BLOCK[:-2]:
            assert not np.shares_memory(outcome.values(BLOCK), array)


def test_the_unit_of_an_outcome() -> None:
    names = ["size", "force.air", "conditions.other", "size>=2", "success", "peak_size"]
    units = ["nations", "force units", "", "", "", "nations"]
    assert [each.unit for each in find_outcomes(names, SCENARIO)] == units


def test_a_star_stands_for_all_of_a_group_and_what_is_asked_twice_is_kept_once() -> None:
    names = ["force.*", "force.air", "public.*", "conditions.*>=0.5", "size >= 2", "size>=2"]
    assert [each.name for each in find_outcomes(names, SCENARIO)] == [
        *("force.ground", "force.air"),
        *("public.GBR", "public.FRA", "public.N-1"),
        *("conditions.us_backing>=0.5", "conditions.other>=0.5"),
        "size>=2",
    ]


def test_what_is_kept_unless_others_are_asked_for() -> None:
    sizes = ("size", "private_size", "firm_size", "peak_size", "force")
    conditions = ("conditions.us_backing", "conditions.other")
    assert default_outcomes(SCENARIO) == ("success", "in_force", *sizes, *conditions)
    assert default_outcomes(scenario_from_dict({**FORM, "success": None})) == (
        "in_force",
        *sizes,
        *conditions,
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sise", "unknown outcome 'sise'; did you mean 'size'?"),
        ("public.GBT", "unknown outcome 'public.GBT'; did you mean 'public.GBR'?"),
        ("conditions.us_baking", "did you mean 'conditions.us_backing'?"),
        ("size.*", "unknown outcome 'size.*'"),
        ("", "unknown outcome ''"),
        ("size@3", "size@3: day 3 must be at most the last day, 2"),
        ("size@9999999", "unknown outcome"),
        ("force@1", "force@1: a day goes with size, private_size, firm_size, groups_covered, "),
        ("size>2", "'size>2': what an outcome must reach is written with >=, as in size>=2"),
        ("size@1 < 2", "is written with >=, as in size@1>=2"),
        ("size=2", "as in size>=2"),
        ("size>=", "as in size>=NUMBER"),
        ("size>=two", "as in size>=NUMBER"),
        ("s" * 10_000, f"unknown outcome '{'s' * 59}…'"),
        ("size>=1e", "size>=1e: '1e' must be a finite number"),
        ("size>=1e999", "size>=1e999: '1e999' must be a finite number"),
        ("size>=--1", "size>=--1: '--1' must be a finite number"),
    ],
)
def test_an_outcome_that_there_is_not_is_refused_in_words(name: str, message: str) -> None:
    with pytest.raises(OutcomeError) as refused:
        find_outcomes([name], SCENARIO)
    assert message in str(refused.value)


def test_outcomes_of_several_scenarios_are_by_default_those_that_all_have() -> None:
    conditions = {"third": {"level": 0.5}}
    form = {**FORM, "success": None, "quorum": None, "conditions": conditions}
    other = scenario_from_dict(form)
    sizes = ("size", "private_size", "firm_size", "peak_size", "force")
    assert default_outcomes(SCENARIO, other) == sizes
    assert default_outcomes(SCENARIO, SCENARIO) == default_outcomes(SCENARIO)


def test_success_needs_thresholds() -> None:
    scenario = scenario_from_dict({**FORM, "success": None})
    with pytest.raises(OutcomeError, match="success: the scenario sets no thresholds for it"):
        find_outcomes(["success"], scenario)


def test_no_outcome_and_too_many_are_refused() -> None:
    with pytest.raises(OutcomeError, match="no outcome is asked for"):
        find_outcomes([], SCENARIO)
    with pytest.raises(OutcomeError, match="2001 outcomes; at most 2000 can be asked for"):
        find_outcomes([f"size>={number}" for number in range(2001)], SCENARIO)


def test_names_of_columns() -> None:
    outcomes = ["size", "success", "conditions.us_backing"]
    taken = ("point", "n_runs", "first_run", "problem", "run", "public_size", "size_counts@end")
    for name in (*taken, "size", "size.q05", "success.high", "conditions.us_backing"):
        assert is_column(name, outcomes), name
    for name in ("days", "conditions.us_backing.level", "conditions.other", "sizes", "scenario"):
        assert not is_column(name, outcomes), name


def test_in_force_needs_a_quorum_of_the_coalition() -> None:
    scenario = scenario_from_dict({**FORM, "quorum": None})
    with pytest.raises(OutcomeError, match="in_force: the coalition of the scenario has no quorum"):
        find_outcomes(["in_force"], scenario)
